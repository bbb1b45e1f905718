import { describe, expect, it } from '@jest/globals';
import type { Fact } from '../../src/domain/recorded-event.js';
import { exposureOf, mciOn, priceOf, standingOn, stateOn } from '../../src/law/exposure.js';
import type { Obligation } from '../../src/law/obligation.js';
import { type Trace, traceOf, walkOf } from '../../src/law/trace.js';
import { book, fact, history, obligation } from './kit.js';
import { smallLaw } from './small-law.js';

const law = smallLaw();
const arrived = history(
  fact('2026-11-01', 'WorkerRegistered', { citizenship: 'TR' }),
  fact('2026-11-02', 'Arrived', { region: 'KZ-75' }, 'arrival'),
);
const notice = obligation(arrived, 'notify-arrival');
type Size = 'medium' | 'unknown' | 'individual' | 'large';

function traced(
  one: Obligation,
  asOf: string,
  facts: readonly Fact[] = arrived,
  size: Size = 'medium',
  from = book,
): Trace {
  return traceOf(one, { facts, asOf, sizeOn: () => size, book: from });
}

describe('a count walked day by day', () => {
  const walk = (count: Partial<NonNullable<Obligation['count']>>, dueOn: string | null) =>
    walkOf(
      { unit: 'business-days', days: 2, direction: 'after', from: '2026-11-06', inclusive: false, ...count },
      dueOn,
      book,
    );
  const short = (...args: Parameters<typeof walk>) =>
    walk(...args).map(
      ({ date, counted, why, decree }) => `${date.slice(5)} ${counted ? '+' : '-'} ${why}${decree ?? ''}`,
    );

  it('counts working days, with the day itself or without', () => {
    expect(short({}, '2026-11-10')).toEqual([
      '11-06 - the day itself is not counted',
      '11-07 - Saturday',
      '11-08 - Sunday',
      '11-09 + working day 1 of 2',
      '11-10 + working day 2 of 2',
    ]);
    expect(short({ inclusive: true }, '2026-11-09')).toEqual([
      '11-06 + working day 1 of 2',
      '11-07 - Saturday',
      '11-08 - Sunday',
      '11-09 + working day 2 of 2',
    ]);
  });

  it('counts calendar days, and says which days follow them to the next working day', () => {
    expect(short({ unit: 'calendar-days' }, '2026-11-09')).toEqual([
      '11-06 - the day itself is not counted',
      '11-07 + calendar day 1 of 2',
      '11-08 + calendar day 2 of 2',
      '11-09 - working day',
    ]);
    expect(short({ unit: 'calendar-days', inclusive: true }, '2026-11-07')).toEqual([
      '11-06 + calendar day 1 of 2',
      '11-07 + calendar day 2 of 2',
    ]);
  });

  it('counts back', () => {
    expect(short({ unit: 'calendar-days', direction: 'before' }, '2026-11-04')).toEqual([
      '11-06 - the day counted back from',
      '11-05 + calendar day 1 of 2 back',
      '11-04 + calendar day 2 of 2 back',
    ]);
  });

  it('shows only the ends of a count of more than 120 days', () => {
    expect(walk({ unit: 'calendar-days', days: 120 }, '2027-03-06')).toHaveLength(121);
    expect(short({ unit: 'calendar-days', days: 121 }, '2027-03-07')).toEqual([
      '11-06 - the day the count starts from',
      '03-07 + calendar day 121 of 121',
    ]);
    expect(walk({ unit: 'calendar-days', days: 120, direction: 'before' }, '2026-07-09')).toHaveLength(121);
    expect(short({ unit: 'calendar-days', days: 121, direction: 'before' }, '2026-07-08')).toEqual([
      '11-06 - the day the count starts from',
      '07-08 + calendar day 121 of 121',
    ]);
  });

  it('has no walk for months and for a day that is not known', () => {
    expect(walk({ unit: 'months' }, '2027-01-06')).toEqual([]);
    expect(walk({}, null)).toEqual([]);
  });

  it('walks over days that the calendar does not know', () => {
    expect(short({ unit: 'calendar-days', days: 1, from: '2030-01-01' }, '2030-01-03')).toEqual([
      '01-01 - the day itself is not counted',
      '01-02 + calendar day 1 of 1',
      '01-03 - not in the calendar',
    ]);
  });
});

describe('the sentence on how the days were counted', () => {
  const said = (change: Partial<Obligation>) => traced({ ...notice, ...change }, '2026-11-03').counting;
  const count = { unit: 'business-days', days: 3, direction: 'after', from: '2026-11-02', inclusive: false } as const;

  it.each<[string, Partial<Obligation>]>([
    [
      '3 working days after 2026-11-02: the day after 2026-11-02 is the first that can count, so the last day is 2026-11-05.',
      { count },
    ],
    [
      '3 calendar days after 2026-11-02: 2026-11-02 itself is day 1 when it counts, so the last day is 2026-11-05.',
      { count: { ...count, unit: 'calendar-days', inclusive: true } },
    ],
    [
      '3 calendar months after 2026-11-02: the day after 2026-11-02 is the first that can count, so the last day is 2026-11-05.',
      { count: { ...count, unit: 'months' } },
    ],
    [
      '3 calendar days back from 2026-11-02 give 2026-11-05; the duty opens on 2026-11-02.',
      { count: { ...count, unit: 'calendar-days', direction: 'before' } },
    ],
    ['The last day, 2026-11-05, is named by the facts and not counted.', { count: null }],
    ['The last day is not known: nobody says.', { dueOn: null, dueReason: 'nobody says' }],
    ['The last day is not known: no reason is recorded.', { dueOn: null, dueReason: null }],
  ])('%s', (sentence, change) => {
    expect(said(change)).toBe(sentence);
  });
});

describe('what a trace takes for granted', () => {
  it('is said in sentences, of the rule, the amount and the index', () => {
    const { assumptions, verified } = traced(notice, '2026-11-06');
    expect(assumptions).toEqual([
      'A first offence is assumed: no penalty of the kind within the year before it is recorded here.',
      expect.stringMatching(/^The MCI is that of 2026-11-06, as if a case were opened on that day \(Code .+\)\.$/),
      'The value of the MCI was not read in the budget law itself.',
      'The amount was not read in the version of the Code in force on that day.',
      'The rule was not read in the act itself, in the version of that day.',
      'Whether the three-day notice survives the registration reported from 2026-07-01 is not known; it is kept; that permanent residents need no notice is assumed.',
    ]);
    expect(verified).toBe(false);
  });

  it('says how long a late fulfilment costs', () => {
    const facts = [
      ...arrived,
      ...history(fact('2026-11-06', 'NotificationAcknowledged', { about: 'arrival', eventId: 'arrival' }, 'answered')),
    ];
    const late = obligation(facts, 'notify-arrival');
    const { assumptions, arithmetic, state, events } = traced(late, '2026-11-10', facts);
    expect(assumptions.at(-1)).toMatch(
      /^It was done late: the cost counts until the day before 2027-01-07, when nobody is liable any more \(Code .+\)\.$/,
    );
    expect([state, arithmetic === null]).toEqual(['met', false]);
    expect(events.map(({ did }) => did)).toEqual(['opened', 'met']);
    expect(traced(late, '2027-01-06', facts).arithmetic).not.toBeNull();
    expect(traced(late, '2027-01-07', facts).arithmetic).toBeNull();
    expect(traced(late, '2027-01-07', facts)).toMatchObject({
      tier: null,
      firstOffence: null,
      caps: null,
      repeat: null,
    });
  });

  it('shows the class, the day that chose it, and the sum', () => {
    const tier = (size: Size, asOf = '2026-11-10') => traced(notice, asOf, arrived, size);
    expect(tier('large').tier).toMatchObject({
      on: '2026-11-06',
      why: 'the employer\'s class on 2026-11-06 was "large"',
      size: 'large',
      penalty: 'cao-518-1',
    });
    expect(tier('unknown').tier?.why).toBe(
      "the employer's size on 2026-11-06 is not known, so the range from small to large is shown",
    );
    expect(tier('large').arithmetic).toBe('20 MCI × 4325 tenge (MCI for fines from 2026-01-01) = 86500 tenge');
    expect(tier('individual').arithmetic).toBe('A warning: no money.');
    expect(tier('unknown', '2027-11-10').arithmetic).toBe(
      '10 to 20 MCI; the MCI of that year is not known yet (the last known is 4325 tenge from 2026-01-01), so no sum in tenge is given.',
    );
    expect(tier('large').tier?.reference).toContain('518');
  });

  it('tells an end of the duty and a filing that did not suffice', () => {
    const facts = history(
      fact('2026-11-02', 'EmploymentContractSigned', { number: 'C-1', validUntil: '2026-12-31' }, 'signed'),
      fact('2026-11-04', 'EmploymentTerminated', {}, 'ended'),
    );
    const mentor = obligation(facts, 'assign-mentor');
    expect(traced(mentor, '2026-11-05', facts).events.map(({ eventId, did }) => [eventId, did])).toEqual([
      ['signed', 'opened'],
      ['ended', 'voided'],
    ]);
    expect(traced(mentor, '2026-11-03', [], 'medium').events).toEqual([
      { eventId: 'signed', type: 'EmploymentContractSigned', occurredOn: '2026-11-02', did: 'opened' },
    ]);
  });

  it('refuses an obligation of another law', () => {
    expect(() => traced({ ...notice, rule: 'tell-nobody' }, '2026-11-06')).toThrow(
      'The rule book has no rule "tell-nobody".',
    );
  });
});

describe('the price of an offence', () => {
  const price = (size: Size, asOf: string, on = '2026-11-06', repeat = false) =>
    priceOf({ penalty: 'cao-518-1', size, on, asOf, book, repeat });

  it('is halved, rounded up, where the Code allows it', () => {
    expect(price('medium', '2026-11-06')).toMatchObject({
      tengeMin: 64_875,
      reducedTengeMin: 32_438,
      reducedTengeMax: 32_438,
      firstOffence: true,
      article: 'CAO art. 518 p. 1',
    });
    expect(price('individual', '2027-11-06')).toMatchObject({
      penalty: 'warning',
      mciMax: 0,
      tengeMin: 0,
      tengeMax: 0,
    });
    expect(price('large', '2027-11-06')).toMatchObject({
      tengeMin: null,
      reducedTengeMin: null,
      reducedTengeMax: null,
    });
    expect(price('unknown', '2026-11-06', '2026-11-06', true)).toMatchObject({
      mciMin: 40,
      mciMax: 100,
      firstOffence: false,
      article: 'CAO art. 518 p. 3',
    });
  });

  it('follows the version of the first overdue day, and the oldest before all of them', () => {
    expect(price('medium', '2026-11-06', '2014-01-01').mciMin).toBe(15);
    expect([
      price('medium', '2026-11-06', '2018-01-01').verified,
      price('medium', '2026-11-06', '2017-12-31').verified,
    ]).toEqual([true, false]);
    expect([
      price('medium', '2026-11-06', '2020-05-13').verified,
      price('medium', '2026-11-06', '2020-05-14').verified,
    ]).toEqual([true, false]);
  });

  it('has no price for what the law does not know', () => {
    expect(() => priceOf({ penalty: 'cao-1', size: 'medium', on: '2026-01-01', asOf: '2026-01-01', book })).toThrow(
      'The law has no penalty "cao-1".',
    );
  });

  it('is not halved where the law does not say so, and has no repeat where none is named', () => {
    const small = law.book();
    const question = { size: 'medium', on: '2026-11-06', asOf: '2026-11-06', book: small, repeat: true } as const;
    expect(priceOf({ ...question, penalty: 'late-notice' })).toMatchObject({
      mciMin: 70,
      reducedTengeMin: null,
      firstOffence: false,
    });
    expect(priceOf({ ...question, penalty: 'late-again' })).toMatchObject({ mciMin: 70, firstOffence: true });
  });

  it('knows the index of the day, or the last one known', () => {
    const small = law.book();
    expect(mciOn(small, '2026-12-31')).toEqual({
      value: 4325,
      validFrom: '2026-01-01',
      purpose: 'fines',
      verified: false,
      lastKnown: null,
    });
    expect(mciOn(small, '2027-01-01')).toEqual({
      value: null,
      validFrom: null,
      purpose: 'fines',
      verified: false,
      lastKnown: { value: 4325, validFrom: '2026-01-01' },
    });
    expect(mciOn(small, '2024-12-31')).toMatchObject({ value: null, lastKnown: null });
    expect(mciOn(small, '2025-01-01')).toMatchObject({ value: 3932, verified: true });
  });
});

describe('an obligation on its days', () => {
  const ask = (change: Partial<Obligation>, asOf: string, horizon?: number) => {
    const one = { ...notice, ...change };
    return [
      stateOn(one, asOf),
      standingOn(one, asOf, horizon),
      exposureOf(one, { asOf, sizeOn: () => 'medium', book }) !== null,
    ];
  };

  it('opens, is due, and is overdue from the next day on', () => {
    const later = { opensOn: '2026-11-03' };
    expect(ask(later, '2026-11-02')).toEqual(['upcoming', 'none', false]);
    expect(ask(later, '2026-11-03')).toEqual(['open', 'atRisk', true]);
    expect(ask({}, '2026-11-05')).toEqual(['open', 'atRisk', true]);
    expect(ask({}, '2026-11-06')).toEqual(['overdue', 'accrued', true]);
  });

  it('is at risk within the horizon only, its last day included', () => {
    expect(ask({}, '2026-11-02', 3)[1]).toBe('atRisk');
    expect(ask({}, '2026-11-02', 2)[1]).toBe('none');
    expect(ask({}, '2026-11-05', 0)[1]).toBe('atRisk');
    expect(ask({ dueOn: null, overdueFrom: null, dueReason: 'nobody says' }, '2026-11-05')[1]).toBe('none');
  });

  it('costs nothing without a penalty, or where it is not the employer who has to do it', () => {
    expect(ask({ penalty: null }, '2026-11-06')).toEqual(['overdue', 'none', false]);
    expect(ask({ responsible: 'third-party' }, '2026-11-06')).toEqual(['overdue', 'none', false]);
    expect(ask({ responsible: 'worker' }, '2026-11-05')).toEqual(['open', 'none', false]);
  });
});
