import { describe, expect, it } from '@jest/globals';
import type { EventData } from '../../src/domain/event-type.js';
import type { Fact } from '../../src/domain/recorded-event.js';
import { loadRuleBook } from '../../src/law/book.js';
import { stayCount } from '../../src/law/stay-count.js';

const book = loadRuleBook();

const story = (citizenship: string, ...events: readonly (readonly [string, string, EventData?])[]): Fact[] =>
  [['WorkerRegistered', '2020-01-06', { citizenship }] as const, ...events].map(
    ([type, occurredOn, data = {}], revision) => ({
      eventId: `event-${revision}`,
      type,
      occurredOn,
      data,
      revision,
      statedBy: `event-${revision}`,
    }),
  );

describe('Days without a visa and without a residence permit', () => {
  const inForJanuary = story('RU', ['Arrived', '2026-01-01']);

  it('are counted with the day of entry, up to the last day that is within the term', () => {
    expect(stayCount(inForJanuary, '2026-01-01', book)).toMatchObject({ days: 1, left: 89, lastDay: '2026-03-31' });
    expect(stayCount(inForJanuary, '2026-03-31', book)).toMatchObject({ days: 90, left: 0, lastDay: '2026-03-31' });
    expect(stayCount(inForJanuary, '2026-04-01', book)).toMatchObject({ days: 91, left: 0, lastDay: '2026-03-31' });
    expect(stayCount(inForJanuary, '2026-02-01', book)).toMatchObject({
      limit: 90,
      window: 180,
      entry: { since: '2026-01-01', days: 32 },
      verified: false,
    });
  });

  it('count in a stretch of 180 days that moves with the day: who comes back a day too early may not stay', () => {
    const left = [...inForJanuary, ...story('RU', ['Departed', '2026-03-31']).slice(1)];
    const back = (on: string) => stayCount([...left, ...story('RU', ['Arrived', on]).slice(1)], on, book);
    expect(back('2026-06-29')).toMatchObject({ days: 91, left: 0, lastDay: '2026-06-28' });
    expect(back('2026-06-30')).toMatchObject({ days: 90, lastDay: '2026-09-27' });
    expect(stayCount(left, '2026-06-30', book)).toMatchObject({ days: 89, left: 1, entry: null, lastDay: null });
    expect(stayCount(left, '2026-09-27', book)).toMatchObject({ days: 0, left: 90 });
  });

  it('end sooner where the term of one entry is shorter, or the country has fewer days', () => {
    const turkish = story('TR', ['Arrived', '2026-06-01']);
    expect(stayCount(turkish, '2026-06-10', book)).toMatchObject({
      left: 80,
      entry: { limit: 30 },
      lastDay: '2026-06-30',
    });
    const indian = story('IN', ['Arrived', '2026-06-01'], ['Departed', '2026-06-14'], ['Arrived', '2026-06-20']);
    expect(stayCount(indian, '2026-06-20', book)).toMatchObject({
      limit: 42,
      days: 15,
      left: 27,
      lastDay: '2026-07-03',
    });
  });

  it('do not count while a visa or a residence permit gives the right to stay', () => {
    const visa = { number: 'V-1', category: 'C3', validFrom: '2026-06-11', validUntil: '2026-06-30' };
    const covered = story('TR', ['Arrived', '2026-06-01'], ['VisaIssued', '2026-06-10', visa]);
    expect(stayCount(covered, '2026-06-30', book)).toMatchObject({ days: 10, entry: null, lastDay: null });
    expect(stayCount(covered, '2026-07-02', book)).toMatchObject({ days: 12, entry: { since: '2026-07-01' } });
    const cancelled = story(
      'TR',
      ['Arrived', '2026-06-01'],
      ['VisaIssued', '2026-06-10', visa],
      ['VisaCancelled', '2026-06-20', { number: 'V-1' }],
    );
    expect(stayCount(cancelled, '2026-06-21', book)).toMatchObject({ days: 12, entry: { since: '2026-06-20' } });
  });

  it('are none of a citizen, and of nobody before there was a term', () => {
    expect(stayCount(story('KZ', ['Arrived', '2026-06-01']), '2026-06-10', book)).toBeNull();
    expect(stayCount(story('RU', ['Arrived', '2022-12-01']), '2023-01-26', book)).toBeNull();
    expect(stayCount(story('RU', ['Arrived', '2022-12-01']), '2023-01-27', book)).toMatchObject({ days: 58 });
  });
});
