import { describe, expect, it } from '@jest/globals';
import { positionParam } from '../../src/reading/params.js';

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
