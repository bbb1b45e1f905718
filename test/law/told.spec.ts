import { describe, expect, it } from '@jest/globals';
import type { Fact } from '../../src/domain/recorded-event.js';
import { PenaltyHistory, penaltiesIn } from '../../src/law/penalty-history.js';
import { toldOn } from '../../src/law/told.js';
import { book, fact, history, obligation } from './kit.js';

const arrived = [
  fact('2026-11-01', 'WorkerRegistered', { citizenship: 'TR' }),
  fact('2026-11-02', 'Arrived', { region: 'KZ-75' }, 'arrival'),
];
const filed = fact('2026-11-06', 'NotificationSubmitted', { about: 'arrival', eventId: 'arrival' }, 'filed');
const answered = fact('2026-11-10', 'NotificationAcknowledged', { about: 'arrival', eventId: 'arrival' }, 'answered');

function told(facts: readonly Fact[], asOf: string, rule = 'notify-arrival', penalised: readonly Fact[] = []) {
  const one = obligation(history(...facts), rule);
  const imposed = penalised.map((penalty) => ({ ...penalty, data: { obligationId: one.id, ...penalty.data } }));
  const penalties = new PenaltyHistory(
    penaltiesIn(imposed, book, () => one),
    book,
  );
  return toldOn(one, { asOf, workerId: 'w-1', employerBin: '123', book, sizeOn: () => 'medium', penalties });
}

describe('an obligation as it is told on a day', () => {
  it('holds what it is, whose it is and what it would cost', () => {
    const one = told(arrived, '2026-11-06');
    expect(one).toMatchObject({
      id: 'notify-arrival.arrival',
      rule: 'notify-arrival',
      ruleVersion: '2026-07-01',
      reading: 'three-days',
      workerId: 'w-1',
      employerBin: '123',
      subject: 'worker',
      region: 'KZ-75',
      responsible: 'employer',
      triggeredBy: { eventId: 'arrival', type: 'Arrived', occurredOn: '2026-11-02' },
      opensOn: '2026-11-02',
      dueOn: '2026-11-05',
      dueReason: null,
      safeBy: '2026-11-04',
      state: 'overdue',
      submittedOn: null,
      metOn: null,
      metBy: null,
      late: false,
      voidOn: null,
      voidReason: null,
      daysOverdue: 1,
      sourceKind: 'law',
      consequence: null,
      exposure: { mciMin: 15, mciMax: 15, tengeMin: 64_875, penalty: 'fine', firstOffence: true },
      imposed: null,
    });
    expect(Object.keys(one)).not.toContain('penalty');
    expect(Object.keys(one)).not.toContain('count');
  });

  it('does not know on a day what happened later', () => {
    const facts = [...arrived, filed, answered];
    expect(told(facts, '2026-11-05')).toMatchObject({ state: 'open', submittedOn: null, metOn: null, metBy: null });
    const late = { metOn: '2026-11-06', metBy: 'answered', late: true, submittedOn: '2026-11-06', daysOverdue: 0 };
    expect(told(facts, '2026-11-06')).toMatchObject({ state: 'met', ...late, exposure: { mciMin: 15 } });
    expect(told([...arrived, { ...filed, occurredOn: '2026-11-05' }, answered], '2026-11-06')).toMatchObject({
      state: 'met',
      late: false,
      exposure: null,
    });
    expect(told([...arrived, filed], '2026-11-06')).toMatchObject({ state: 'overdue', submittedOn: '2026-11-06' });
    expect(told([...arrived, filed], '2026-11-05').submittedOn).toBeNull();
  });

  it('is void from the day of its end on, with the reason', () => {
    const facts = [
      ...arrived,
      fact('2026-11-10', 'EmploymentContractSigned', { number: 'C-1', validUntil: '2026-12-31' }),
    ];
    const ended = [...facts, fact('2026-11-12', 'EmploymentTerminated', {}, 'end')];
    const rule = 'assign-mentor';
    expect(told(facts, '2026-11-12', rule)).toMatchObject({ state: 'open', voidOn: null, voidReason: null });
    expect(told(ended, '2026-11-11', rule)).toMatchObject({ state: 'open', voidOn: null, voidReason: null });
    expect(told(ended, '2026-11-12', rule)).toMatchObject({
      state: 'void',
      voidOn: '2026-11-12',
      voidReason: 'the employment ended before the last day',
      exposure: null,
    });
  });

  it('tells the penalty that was imposed for it, as it stood on the day', () => {
    const imposed = fact(
      '2026-12-01',
      'PenaltyImposed',
      { mci: 15, article: '518 p. 1', caseOpenedOn: '2026-11-20' },
      'fine',
    );
    const paid = fact('2026-12-05', 'PenaltyPaid', { amountTenge: 32_438 }, 'paid');
    const at = (asOf: string) => told(arrived, asOf, 'notify-arrival', [imposed, paid]).imposed;
    expect(at('2026-11-30')).toBeNull();
    const fine = {
      eventId: 'fine',
      imposedOn: '2026-12-01',
      caseOpenedOn: '2026-11-20',
      mci: 15,
      tenge: 64_875,
      reducedTenge: 32_438,
      reducedUntil: '2026-12-08',
    };
    expect(at('2026-12-04')).toEqual({ ...fine, paidTenge: 0, executedOn: null, penalisedUntil: null });
    expect(at('2026-12-05')).toEqual({
      ...fine,
      paidTenge: 32_438,
      executedOn: '2026-12-05',
      penalisedUntil: '2027-12-05',
    });
  });

  it('counts somebody penalised for a repeat as penalised for as long as for the first', () => {
    const repeat = fact('2026-12-01', 'PenaltyImposed', { mci: 0, article: '518 p. 3' }, 'repeat');
    const warned = told(arrived, '2026-12-02', 'notify-arrival', [repeat]).imposed;
    expect(warned).toMatchObject({
      tenge: 0,
      reducedTenge: null,
      executedOn: '2026-12-01',
      penalisedUntil: '2027-12-01',
    });
    const foreign = fact('2026-12-01', 'PenaltyImposed', { mci: 0, article: '999' }, 'other');
    expect(told(arrived, '2026-12-02', 'notify-arrival', [foreign]).imposed?.penalisedUntil).toBeNull();
  });
});
