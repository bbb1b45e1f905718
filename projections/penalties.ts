import type { ImposedPenalty, Payment } from '../src/law/circumstances.js';
import type { Responsible } from '../src/law/obligation.js';
import { FoldedPenalties } from '../src/law/penalty-history.js';
import { FOREVER, type Folder, type Projection, type Row } from './projection.js';

/**
 * Penalties that were imposed, one row each, with the days and amounts of what was paid on them, so that what was owed can
 * be told of any day. They stand in the worker's stream; whether an offence is a repeat is a question about the employer.
 */
export const penalties: Projection = {
  name: 'penalties',
  streams: ['worker'],
  columns: {
    employer: 'TEXT',
    obligation: 'TEXT',
    rule: 'TEXT',
    region: 'TEXT',
    responsible: 'TEXT',
    penalty: 'TEXT',
    article: 'TEXT',
    imposed_on: 'TEXT',
    case_opened_on: 'TEXT',
    mci: 'INTEGER',
    tenge: 'INTEGER',
    reduced_tenge: 'INTEGER',
    reduced_until: 'TEXT',
    paid_tenge: 'INTEGER',
    executed_on: 'TEXT',
    payments: 'TEXT',
  },
  indexes: [{ name: 'penalties_employer', on: 'employer, imposed_on, known_from, known_until' }],
  start({ assessment }): Folder {
    const folded = new FoldedPenalties(assessment.book, (id) => assessment.get(id));
    let employer: string | null = null;
    return (fact, rows) => {
      if (fact.type === 'WorkerRegistered') {
        employer = String(fact.data['employerBin']);
        // Also of what another program recorded before the registration.
        for (const penalty of folded.all()) rows.set(penalty.eventId, rowOf(penalty, employer));
      }
      const changed = folded.apply(fact);
      if (changed !== null) rows.set(changed.eventId, rowOf(changed, employer));
    };
  },
};

function rowOf(penalty: ImposedPenalty, employer: string | null): Row {
  return {
    employer,
    obligation: penalty.obligationId,
    rule: penalty.rule,
    region: penalty.region,
    responsible: penalty.responsible,
    penalty: penalty.penalty,
    article: penalty.article,
    imposed_on: penalty.imposedOn,
    case_opened_on: penalty.caseOpenedOn,
    mci: penalty.mci,
    tenge: penalty.tenge,
    reduced_tenge: penalty.reducedTenge,
    reduced_until: penalty.reducedUntil,
    paid_tenge: penalty.paidTenge,
    executed_on: penalty.executedOn ?? FOREVER,
    payments: JSON.stringify(penalty.payments.map(({ on, tenge }) => [on, tenge])),
  };
}

/** The penalty that a row states, with everything that was paid on it on whatever day. */
export function penaltyOf(key: string, row: Row): ImposedPenalty {
  const executedOn = String(row['executed_on']);
  return {
    eventId: key,
    obligationId: String(row['obligation']),
    rule: String(row['rule']),
    region: text(row['region']),
    responsible: String(row['responsible']) as Responsible,
    imposedOn: String(row['imposed_on']),
    caseOpenedOn: String(row['case_opened_on']),
    mci: Number(row['mci']),
    penalty: text(row['penalty']),
    article: text(row['article']),
    tenge: whole(row['tenge']),
    reducedTenge: whole(row['reduced_tenge']),
    reducedUntil: text(row['reduced_until']),
    payments: (JSON.parse(String(row['payments'])) as [string, number][]).map(
      ([on, tenge]): Payment => ({ on, tenge }),
    ),
    paidTenge: Number(row['paid_tenge']),
    executedOn: executedOn === FOREVER ? null : executedOn,
  };
}

function text(value: Row[string] | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

function whole(value: Row[string] | undefined): number | null {
  return typeof value === 'number' ? value : null;
}
