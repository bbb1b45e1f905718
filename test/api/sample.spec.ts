import { describe, expect, test } from '@jest/globals';
import { sampleEmployer } from '../../src/cli/demo/sample.js';
import { eventTypeOf } from '../../src/domain/catalogue.js';
import { checkEmployerNumber } from '../../src/domain/identifiers.js';

describe('the sample employer of the demo', () => {
  const sample = sampleEmployer({ until: '2026-10-30', workers: 200 });

  test('is the same every time', () => {
    expect(sampleEmployer({ until: '2026-10-30', workers: 200 }).events).toEqual(sample.events);
  });

  test('has a BIN that could be one', () => {
    expect(checkEmployerNumber(sample.employer.bin)).toEqual({ problem: null, warnings: [] });
  });

  test('holds only events that the catalogue knows, in their right shape, none after its last day', () => {
    const wrong = sample.events.flatMap(({ type, data, about }) => {
      const eventId = about === undefined ? {} : { eventId: '0b1f2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d' };
      const parsed = eventTypeOf(type)?.data.safeParse({ ...data, ...eventId });
      return parsed?.success === true ? [] : [`${type}: ${parsed?.error.message ?? 'not in the catalogue'}`];
    });
    expect([...new Set(wrong)]).toEqual([]);
    expect(sample.events.filter(({ occurredOn }) => occurredOn > '2026-10-30')).toEqual([]);
  });

  test('makes the mistakes that employers make', () => {
    expect([...sample.mistakes.keys()].sort()).toEqual([
      'arrival never told',
      'arrival told late',
      'left without cancelling permit and visa',
      'long trip to another region not told',
      'new address told late',
      'new passport not put into the permit',
      'notice rejected and filed again',
      'permit not renewed in time',
      'title changed without a permit',
    ]);
  });
});
