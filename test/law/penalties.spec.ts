import { describe, expect, it } from '@jest/globals';
import type { EmployerSize } from '../../src/law/circumstances.js';
import { exposureOf, standingOn } from '../../src/law/exposure.js';
import { PenaltyHistory, penaltiesIn } from '../../src/law/penalty-history.js';
import { toldOn } from '../../src/law/told.js';
import { traceOf } from '../../src/law/trace.js';
import { book, fact, history, obligation } from './kit.js';

/** Arrived on Monday, 2 November 2026: due on the 5th, overdue from the 6th. */
const arrived = [
  fact('2026-11-01', 'WorkerRegistered', { citizenship: 'TR', employerBin: '100140000016' }),
  fact('2026-11-02', 'Arrived', { region: 'KZ-75' }, 'arrival'),
];
const ARRIVAL = 'notify-arrival.arrival';

const imposed = (on: string, data: Record<string, unknown> = {}) =>
  fact(on, 'PenaltyImposed', {
    obligationId: 'notify-arrival.other',
    mci: 15,
    article: '518 p. 1',
    caseOpenedOn: on,
    ...data,
  });
const paid = (on: string, amountTenge: number, obligationId = ARRIVAL) =>
  fact(on, 'PenaltyPaid', { obligationId, amountTenge });

/** The arrival's duty in the light of penalties: those of its own history, and those of other workers. */
function inLightOf(own: readonly ReturnType<typeof fact>[], others: readonly ReturnType<typeof fact>[] = []) {
  const facts = history(...arrived, ...own);
  const penalties = new PenaltyHistory(
    [
      ...penaltiesIn(
        others.map((one, n) => ({ ...one, eventId: `other-${n}` })),
        book,
      ),
      ...penaltiesIn(facts, book),
    ],
    book,
  );
  const one = obligation(facts, 'notify-arrival');
  const sizeOn = (): EmployerSize => 'medium';
  const price = (asOf: string) => exposureOf(one, { asOf, book, sizeOn, penalties });
  return {
    one,
    mci: (asOf: string) => price(asOf)?.mciMax ?? null,
    price,
    standing: (asOf: string) => standingOn(one, asOf, 30, penalties),
    told: (asOf: string) => toldOn(one, { asOf, workerId: 'w', employerBin: 'e', sizeOn, penalties, book }),
    trace: (asOf: string) => traceOf(one, { facts, asOf, sizeOn, penalties, book }),
  };
}

describe('an offence within the year after a penalty of the kind', () => {
  it('costs the part on a repeat, to the last day of the year and not a day longer', () => {
    // Overdue from 6 November 2026.
    expect(inLightOf([], [imposed('2025-11-05')]).mci('2026-11-10')).toBe(15);
    expect(inLightOf([], [imposed('2025-11-06')]).mci('2026-11-10')).toBe(70);
  });

  it('is a repeat from the day after the penalty, not on the day itself', () => {
    expect(inLightOf([], [imposed('2026-11-05')]).mci('2026-11-10')).toBe(70);
    expect(inLightOf([], [imposed('2026-11-06')]).mci('2026-11-10')).toBe(15);
  });

  it('is told with the article of the repeat and no first offence', () => {
    expect(inLightOf([], [imposed('2026-03-10')]).price('2026-11-10')).toMatchObject({
      article: 'CAO art. 518 p. 3',
      firstOffence: false,
      tengeMax: 302_750,
      reducedTengeMax: 151_375,
    });
  });

  it('is at risk as a repeat before it happens, once the penalty is there', () => {
    const { mci, standing } = inLightOf([], [imposed('2026-11-04')]);
    expect([mci('2026-11-03'), mci('2026-11-04'), mci('2026-11-05')]).toEqual([15, 70, 70]);
    expect(standing('2026-11-04')).toBe('atRisk');
  });

  it('is a repeat after a penalty of either part and of a repeat, but not after one of another article', () => {
    const priced = (article: string, mci = 15) =>
      inLightOf([], [imposed('2026-03-10', { article, mci })]).mci('2026-11-10');
    expect(priced('CAO art. 518 p. 2')).toBe(70);
    expect(priced('ст. 518 ч. 3 КоАП')).toBe(70);
    expect(priced('518')).toBe(70);
    expect(priced('art. 519 p. 2')).toBe(15);
    expect(priced('art. 517 p. 3')).toBe(15);
    expect(priced('519')).toBe(15);
    expect(priced('518 p. 1', 0)).toBe(70);
  });

  it('is a repeat by the rule that was breached where no article is given', () => {
    const { article: _, ...data } = imposed('2026-03-10').data;
    expect(inLightOf([], [{ ...imposed('2026-03-10'), data }]).mci('2026-11-10')).toBe(70);
  });

  it('is not a repeat of what a hotel was penalised for', () => {
    const penalties = penaltiesIn([imposed('2026-03-10')], book, () => ({
      rule: 'notify-arrival',
      region: null,
      responsible: 'third-party',
    }));
    expect(new PenaltyHistory(penalties, book).repeatOf('cao-518-1', '2026-11-06', '2026-11-10')).toBeNull();
  });

  it('names the earlier penalty in its trace, with the caps', () => {
    const trace = inLightOf([], [imposed('2026-03-10')]).trace('2026-11-10');
    expect(trace.firstOffence).toBe('repeat');
    expect(trace.repeat).toMatchObject({
      eventId: 'other-0',
      obligationId: 'notify-arrival.other',
      imposedOn: '2026-03-10',
      article: '518 p. 1',
      until: '2027-03-10',
      why: 'the offence of 2026-11-06 lies within the term after the penalty of 2026-03-10, which ends on 2027-03-10',
    });
    expect(trace.tier).toMatchObject({ penalty: 'cao-518-3', article: 'CAO art. 518 p. 3' });
    expect(trace.arithmetic).toContain('70 MCI × 4325 tenge');
    expect(trace.caps).toMatchObject({
      size: 'medium',
      mci: 1000,
      tenge: 4_325_000,
      jointMci: 3000,
      jointTenge: 12_975_000,
    });
    expect(trace.assumptions.join(' ')).not.toContain('first offence');
  });
});

describe('a duty that was penalised itself', () => {
  const own = imposed('2026-11-20', { obligationId: ARRIVAL, caseOpenedOn: '2026-11-18' });

  it('stays overdue, is imposed on its day without being accrued, and costs a repeat from the day after', () => {
    const { mci, standing, told, trace } = inLightOf([own]);
    expect([mci('2026-11-19'), mci('2026-11-20'), mci('2026-11-21'), mci('2028-01-10')]).toEqual([15, null, 70, 70]);
    expect([standing('2026-11-19'), standing('2026-11-20'), standing('2026-11-21')]).toEqual([
      'accrued',
      'none',
      'accrued',
    ]);
    expect(told('2026-11-20')).toMatchObject({ state: 'overdue', exposure: null, imposed: { mci: 15 } });
    expect(trace('2026-11-20').assumptions.join(' ')).toContain('penalised on this very day');
    expect(told('2026-11-21')).toMatchObject({ state: 'overdue', metOn: null, daysOverdue: 16 });
    const { assumptions, repeat, verified } = trace('2026-11-21');
    expect(repeat).toMatchObject({ imposedOn: '2026-11-20', verified: false });
    expect(assumptions.join(' ')).toContain('goes on after its penalty is a repeat is our own choice');
    expect(verified).toBe(false);
  });

  it('costs nothing more from the day of the penalty on once it is done', () => {
    const acknowledged = (on: string) => fact(on, 'NotificationAcknowledged', { about: 'arrival', eventId: 'arrival' });
    const earlier = inLightOf([acknowledged('2026-11-15'), own]);
    expect([earlier.mci('2026-11-19'), earlier.mci('2026-11-20'), earlier.mci('2026-11-21')]).toEqual([15, null, null]);
    expect([earlier.standing('2026-11-19'), earlier.standing('2026-11-20')]).toEqual(['accrued', 'none']);
    expect(earlier.trace('2026-11-20').assumptions.join(' ')).toContain('The duty is done and was penalised');
    const later = inLightOf([own, acknowledged('2026-11-25')]);
    expect([later.mci('2026-11-24'), later.mci('2026-11-25')]).toEqual([70, null]);
    // Without a penalty it would have cost for two months.
    expect(inLightOf([acknowledged('2026-11-15')]).mci('2027-01-15')).toBe(15);
  });

  it('is imposed, not accrued, also on the day of a second penalty', () => {
    const second = imposed('2026-12-20', { obligationId: ARRIVAL, mci: 70, article: '518 p. 3' });
    const { mci } = inLightOf([own, second]);
    expect([mci('2026-12-19'), mci('2026-12-20'), mci('2026-12-21')]).toEqual([70, null, 70]);
  });

  it('is told with its penalty as it stood on the day', () => {
    const { told } = inLightOf([own, paid('2026-11-27', 32_438)]);
    expect(told('2026-11-19').imposed).toBeNull();
    expect(told('2026-11-26').imposed).toMatchObject({
      imposedOn: '2026-11-20',
      caseOpenedOn: '2026-11-18',
      mci: 15,
      tenge: 64_875,
      reducedTenge: 32_438,
      reducedUntil: '2026-11-27',
      paidTenge: 0,
      executedOn: null,
      penalisedUntil: null,
    });
    expect(told('2026-11-27').imposed).toMatchObject({
      paidTenge: 32_438,
      executedOn: '2026-11-27',
      penalisedUntil: '2027-11-27',
    });
  });

  it('is settled by half on the seventh day and not on the eighth', () => {
    const executedOn = (on: string) => inLightOf([own, paid(on, 32_438)]).told('2027-01-01').imposed?.executedOn;
    expect([executedOn('2026-11-27'), executedOn('2026-11-28')]).toEqual(['2026-11-27', null]);
  });

  it('may be penalised again: what is paid goes to the older penalty first', () => {
    const second = imposed('2026-12-20', {
      obligationId: ARRIVAL,
      mci: 70,
      article: '518 p. 3',
      caseOpenedOn: '2026-12-15',
    });
    const penalties = penaltiesIn(
      history(...arrived, own, second, paid('2026-12-22', 64_875), paid('2026-12-23', 100_000)),
      book,
    );
    expect(penalties).toMatchObject([
      { mci: 15, paidTenge: 64_875, executedOn: '2026-12-22' },
      { mci: 70, paidTenge: 100_000, executedOn: null, penalty: 'cao-518-3' },
    ]);
  });
});
