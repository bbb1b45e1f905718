import { describe, expect, it } from '@jest/globals';
import { exposureParams, obligationsParams, positionParam, workersParams } from '../../src/reading/params.js';
import { conflictsParams } from '../../src/reading/queries/conflicts.js';
import { findingsParams } from '../../src/reading/queries/findings.js';
import { BIN } from '../api/people.js';

describe('a position in a question', () => {
  const complaints = (value: string) =>
    positionParam.safeParse(value).error?.issues.map(({ message }) => message) ?? [];

  it('is the decimal string that an answer gave, up to the largest that a log can have', () => {
    for (const value of ['0', '17', '9223372036854775807']) expect(complaints(value)).toEqual([]);
    expect(complaints('9223372036854775808')).toEqual(['is not a position: it is too large']);
  });

  it('that is something else gets one sentence, however long it is', () => {
    for (const value of ['', '-1', 'now', '00000000-0000-4000-8000-000000000001', '1'.repeat(20)]) {
      expect(complaints(value)).toEqual(['is not a position: use the decimal string that an answer gave']);
    }
  });
});

describe('an employer in a question', () => {
  const filters = { exposureParams, obligationsParams, workersParams, findingsParams, conflictsParams };

  it.each(Object.entries(filters))('is a number that may have been issued: %s', (_, params) => {
    const complaints = (employer: string) =>
      params.safeParse({ employer }).error?.issues.map(({ path, message }) => `${path.join('.')} ${message}`) ?? [];
    expect(complaints(BIN)).toEqual([]);
    expect(complaints(`${BIN.slice(0, 11)}${(Number(BIN[11]) + 1) % 10}`)).toEqual([
      'employer has a wrong check digit, so at least one digit is mistyped: copy the BIN (or IIN) again',
    ]);
    expect(complaints(BIN.slice(1))).toEqual(['employer must be 12 digits: copy the BIN (or IIN) again']);
  });
});
