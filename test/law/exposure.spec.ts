import { describe, expect, it } from '@jest/globals';
import { choicesOf, conflictsOf, impactOf } from '../../src/law/conflicts.js';
import { type EmployerSize, exposureOf, mciOn, priceOf, standingOn, stateOn } from '../../src/law/exposure.js';
import { capOf, jointCapOf, PenaltyHistory, penalisedUntil, penaltiesIn } from '../../src/law/penalty-history.js';
import { book, fact, history, obligation } from './kit.js';

const arrived = history(fact('2026-11-02', 'Arrived', { region: 'KZ-75' }, 'arrival'));
const price = (penalty: string, size: EmployerSize, asOf = '2026-11-22', repeat = false) =>
  priceOf({ penalty, size, on: '2026-11-06', asOf, book, repeat });

describe('what an offence costs', () => {
  it.each([
    ['cao-518-1', 'individual', 0, 0, 'warning'],
    ['cao-518-1', 'official', 10, 10, 'fine'],
    ['cao-518-1', 'small', 10, 10, 'fine'],
    ['cao-518-1', 'nonprofit', 10, 10, 'fine'],
    ['cao-518-1', 'medium', 15, 15, 'fine'],
    ['cao-518-1', 'large', 20, 20, 'fine'],
    ['cao-518-1', 'unknown', 10, 20, 'fine'],
    ['cao-518-2', 'individual', 25, 25, 'fine'],
    ['cao-518-2', 'large', 75, 75, 'fine'],
    ['cao-519-1', 'individual', 30, 30, 'fine'],
    ['cao-519-1', 'official', 50, 50, 'fine'],
    ['cao-519-1', 'small', 100, 100, 'fine'],
    ['cao-519-1', 'medium', 200, 200, 'fine'],
    ['cao-519-1', 'large', 700, 700, 'fine'],
    ['cao-519-2', 'nonprofit', 100, 100, 'fine'],
    ['cao-519-2', 'unknown', 100, 700, 'fine'],
    ['cao-519-5', 'individual', 30, 30, 'fine'],
  ] as const)('%s for %s is %i to %i MCI, a %s', (penalty, size, mciMin, mciMax, kind) => {
    expect(price(penalty, size)).toMatchObject({
      mciMin,
      mciMax,
      penalty: kind,
      tengeMin: mciMin * 4325,
      tengeMax: mciMax * 4325,
      firstOffence: true,
    });
  });

  it.each([
    ['cao-518-1', 'individual', 30],
    ['cao-518-1', 'small', 40],
    ['cao-518-1', 'medium', 70],
    ['cao-518-1', 'large', 100],
    ['cao-519-1', 'small', 200],
    ['cao-519-2', 'medium', 300],
    ['cao-519-2', 'large', 1000],
  ] as const)('%s repeated by %s is %i MCI', (penalty, size, amount) => {
    expect(price(penalty, size, '2026-11-22', true)).toMatchObject({
      mciMin: amount,
      mciMax: amount,
      firstOffence: false,
    });
  });

  it('takes the MCI of the day a case would be opened, for fines', () => {
    expect(mciOn(book, '2026-11-22')).toMatchObject({
      value: 4325,
      validFrom: '2026-01-01',
      purpose: 'fines',
      lastKnown: null,
    });
    expect(mciOn(book, '2025-12-31').value).toBe(3932);
    expect(mciOn(book, '2022-06-01').value).toBe(3063);
    expect(book.parameter('mci', { on: '2022-06-01', purpose: 'benefits' }).known?.value).toBe(3180);
    expect(mciOn(book, '2009-12-31')).toMatchObject({ value: null, lastKnown: null });
  });

  it('invents no tenge for a year whose MCI is not known', () => {
    expect(price('cao-518-1', 'large', '2026-12-31').tengeMin).toBe(86_500);
    expect(price('cao-518-1', 'large', '2027-01-01')).toMatchObject({
      mciMin: 20,
      tengeMin: null,
      tengeMax: null,
      reducedTengeMin: null,
      mci: { value: null, validFrom: null, lastKnown: { value: 4325, validFrom: '2026-01-01' } },
    });
    expect(price('cao-518-1', 'individual', '2027-01-01')).toMatchObject({ tengeMin: 0, tengeMax: 0 });
  });

  it('shows half of it for payment within seven days', () => {
    expect(price('cao-518-1', 'medium').reducedTengeMin).toBe(32_438);
    expect(price('cao-518-1', 'small').reducedTengeMax).toBe(21_625);
  });

  it('asks for the class on the first overdue day', () => {
    const asked: string[] = [];
    const one = obligation(arrived, 'notify-arrival');
    const sizeOn = (day: string): EmployerSize => {
      asked.push(day);
      return day < '2026-11-06' ? 'small' : 'large';
    };
    expect(exposureOf(one, { asOf: '2026-11-20', sizeOn, book })?.mciMax).toBe(20);
    expect(asked).toEqual(['2026-11-06']);
  });
});

describe('where an obligation stands', () => {
  const one = obligation(arrived, 'notify-arrival');

  it('is at risk until its last day and accrues from the day after', () => {
    expect(['2026-11-02', '2026-11-05', '2026-11-06'].map((day) => [stateOn(one, day), standingOn(one, day)])).toEqual([
      ['open', 'atRisk'],
      ['open', 'atRisk'],
      ['overdue', 'accrued'],
    ]);
    expect(stateOn(one, '2026-11-01')).toBe('upcoming');
    expect(standingOn(one, '2026-11-01')).toBe('none');
  });

  it('is at risk only within the horizon', () => {
    expect(standingOn(one, '2026-11-02', 3)).toBe('atRisk');
    expect(standingOn(one, '2026-11-02', 2)).toBe('none');
  });

  it("costs nothing before it opens, met in time, void, or as another's duty", () => {
    const costs = (facts: typeof arrived, rule: string, asOf: string) =>
      exposureOf(obligation(facts, rule), { asOf, sizeOn: () => 'medium', book });
    expect(costs(arrived, 'notify-arrival', '2026-11-01')).toBeNull();
    const met = history(
      ...arrived,
      fact('2026-11-05', 'NotificationAcknowledged', { about: 'arrival', eventId: 'arrival' }),
    );
    expect(costs(met, 'notify-arrival', '2026-11-06')).toBeNull();
    expect(costs(met, 'notify-arrival', '2026-11-04')?.mciMax).toBe(15);
    const hotel = history(fact('2026-11-02', 'Arrived', { region: 'KZ-75', host: 'third-party' }));
    expect(costs(hotel, 'notify-arrival', '2026-11-20')).toBeNull();
    expect(standingOn(obligation(hotel, 'notify-arrival'), '2026-11-20')).toBe('none');
  });

  it('accrues after a late fulfilment until the last day of the second month', () => {
    const late = obligation(
      history(...arrived, fact('2026-11-20', 'NotificationAcknowledged', { about: 'arrival', eventId: 'arrival' })),
      'notify-arrival',
    );
    expect(late).toMatchObject({ overdueFrom: '2026-11-06', overdueUntil: '2026-11-20', accruesUntil: '2027-01-21' });
    expect(['2026-11-05', '2026-11-06', '2027-01-20', '2027-01-21'].map((day) => standingOn(late, day))).toEqual([
      'atRisk',
      'accrued',
      'accrued',
      'none',
    ]);
  });
});

describe('penalties that were imposed', () => {
  const imposed = history(
    ...arrived,
    fact('2026-11-20', 'PenaltyImposed', {
      obligationId: 'notify-arrival.arrival',
      mci: 15,
      article: 'art. 518 p. 1',
      caseOpenedOn: '2026-11-18',
    }),
  );

  it('are priced with the MCI of the day the case was opened', () => {
    expect(penaltiesIn(imposed, book)).toMatchObject([
      {
        penalty: 'cao-518-1',
        imposedOn: '2026-11-20',
        tenge: 64_875,
        reducedTenge: 32_438,
        paidTenge: 0,
        executedOn: null,
      },
    ]);
    const earlier = history(
      ...arrived,
      fact('2026-01-15', 'PenaltyImposed', {
        obligationId: 'notify-arrival.arrival',
        mci: 15,
        caseOpenedOn: '2025-12-30',
      }),
    );
    expect(penaltiesIn(earlier, book)).toMatchObject([{ penalty: 'cao-518-1', tenge: 58_980 }]);
  });

  it('are settled by half within seven days and by the whole after them', () => {
    const paid = (on: string, amountTenge: number) =>
      penaltiesIn(
        history(...imposed, fact(on, 'PenaltyPaid', { obligationId: 'notify-arrival.arrival', amountTenge })),
        book,
      )[0];
    expect(paid('2026-11-27', 32_438)?.executedOn).toBe('2026-11-27');
    expect(paid('2026-11-28', 32_438)?.executedOn).toBeNull();
    expect(paid('2026-11-27', 32_437)?.executedOn).toBeNull();
    const full = paid('2026-12-20', 64_875);
    expect(full?.executedOn).toBe('2026-12-20');
    expect(full === undefined ? null : penalisedUntil(full, book)).toBe('2027-12-20');
  });

  it('make the next offence of the kind a repeat for a year from the day they were imposed', () => {
    const penalties = new PenaltyHistory(penaltiesIn(imposed, book), book);
    const repeats = (penalty: string, on: string) => penalties.repeatOf(penalty, on, on) !== null;
    expect(repeats('cao-518-1', '2026-11-20')).toBe(false);
    expect(repeats('cao-518-1', '2026-11-21')).toBe(true);
    expect(repeats('cao-518-2', '2027-11-20')).toBe(true);
    expect(repeats('cao-518-1', '2027-11-21')).toBe(false);
    expect(repeats('cao-519-1', '2026-12-01')).toBe(false);
  });

  it('discharge no duty', () => {
    expect(stateOn(obligation(imposed, 'notify-arrival'), '2026-11-22')).toBe('overdue');
  });

  it('are capped by the class of the offender, and three times that when heard together', () => {
    expect(
      ['individual', 'small', 'medium', 'large', 'unknown'].map((size) =>
        capOf(size as EmployerSize, '2026-11-22', book),
      ),
    ).toEqual([200, 750, 1000, 2000, 2000]);
    expect(jointCapOf('large', '2026-11-22', book)).toBe(6000);
    expect(capOf('large', '2014-01-01', book)).toBeNull();
    for (const { penalty, versions } of book.penalties.values()) {
      for (const { tiers } of versions) {
        for (const [size, amount] of Object.entries(tiers)) {
          expect([
            penalty,
            amount === 'warning' || amount <= (capOf(size as EmployerSize, '2026-11-22', book) ?? 0),
          ]).toEqual([penalty, true]);
        }
      }
    }
  });
});

describe('sources that disagree', () => {
  it('are listed with every side, the applied one marked', () => {
    const conflicts = conflictsOf(book);
    const quota = conflicts.find(({ name }) => name === 'request-quota');
    expect(quota?.sides.map(({ reading, applied }) => [reading, applied])).toEqual([
      ['first-of-august', true],
      ['september-27', false],
      ['september-30', false],
    ]);
    expect(conflicts.find(({ name }) => name === 'counting-of-days')?.kind).toBe('parameter');
    expect(conflicts.find(({ name }) => name === 'penalty-range')).toMatchObject({
      kind: 'note',
      rule: 'notify-arrival',
    });
    for (const { sides } of conflicts) expect(sides.length).toBeGreaterThan(1);
  });

  it('are priced for the facts at hand, reading by reading', () => {
    const trip = history(
      fact('2026-10-01', 'Arrived', { region: 'KZ-75' }, 'arrival'),
      fact('2026-10-02', 'NotificationAcknowledged', { about: 'arrival', eventId: 'arrival' }),
      fact('2026-10-12', 'RegionalTravel', { region: 'KZ-23', from: '2026-10-12', until: '2026-10-30' }),
    );
    const impact = impactOf('notify-regional-travel', {
      histories: [{ subject: { kind: 'worker', id: 'w' }, facts: trip }],
      asOf: '2026-11-22',
      sizeOn: () => 'large',
      book,
    });
    expect(impact).toMatchObject([
      { reading: 'kept', applied: true, accrued: { obligations: 1, mciMin: 20, mciMax: 20, tengeMax: 86_500 } },
      { reading: 'dropped-2020', applied: false, accrued: { obligations: 0, mciMax: 0 } },
    ]);
    expect(() => impactOf('cancel-visa', { histories: [], asOf: '2026-11-22', sizeOn: () => 'large', book })).toThrow(
      'sources agree here',
    );
  });

  it('follow the last choice of the employer', () => {
    const chosen = [
      fact('2026-01-10', 'ReadingChosen', {
        rule: 'request-quota',
        reading: 'september-27',
        reason: 'practice of the region',
      }),
      fact('2026-02-10', 'ReadingChosen', {
        rule: 'request-quota',
        reading: 'september-30',
        reason: 'letter of the region',
      }),
    ];
    expect(choicesOf(chosen)).toEqual({ 'request-quota': 'september-30' });
    expect(book.withReadings(choicesOf(chosen)).choices).toEqual({ 'request-quota': 'september-30' });
  });
});
