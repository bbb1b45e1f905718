import type { Day } from '../src/domain/dates.js';
import type { DayCount, Obligation, Responsible, SourceKind } from '../src/law/obligation.js';
import { FOREVER, type Folder, type Projection, type Row } from './projection.js';

/** What no question filters or sorts by: kept together, as one text. */
interface Detail {
  readonly ruleVersion: Day;
  readonly reading: string;
  readonly subject: string;
  readonly triggeredBy: Obligation['triggeredBy'];
  readonly dueReason: string | null;
  readonly safeBy: Day | null;
  readonly submittedOn: Day | null;
  readonly metBy: string | null;
  readonly voidReason: string | null;
  readonly count: DayCount | null;
  readonly verified: boolean;
  readonly sourceKind: SourceKind;
  readonly consequence: string | null;
}

/**
 * Every obligation with the days that follow from facts and law. Whether it is overdue is a comparison with the day that
 * is asked about; what it costs follows from `penalty`, `overdue_from`, `accrues_until` and the employer's size. A day that is not
 * known yet, or will never come, is `FOREVER`: comparisons then need no second case.
 */
export const obligations: Projection = {
  name: 'obligations',
  streams: ['worker', 'employer'],
  columns: {
    rule: 'TEXT',
    employer: 'TEXT',
    region: 'TEXT',
    responsible: 'TEXT',
    opens_on: 'TEXT',
    due_on: 'TEXT',
    met_on: 'TEXT',
    void_on: 'TEXT',
    penalty: 'TEXT',
    overdue_from: 'TEXT',
    overdue_until: 'TEXT',
    accrues_until: 'TEXT',
    detail: 'TEXT',
  },
  // The lists filter by days inside an index and touch only the rows that they show.
  indexes: [
    { name: 'obligations_due', on: 'due_on, stream, opens_on, met_on, void_on, known_from, known_until' },
    {
      name: 'obligations_overdue',
      on: 'due_on, stream, overdue_until, known_from, known_until',
      where: 'overdue_from IS NOT NULL',
    },
    {
      name: 'obligations_employer',
      on: 'employer, due_on, stream, opens_on, met_on, void_on, overdue_until, known_from, known_until',
    },
    {
      name: 'obligations_accruing',
      on: 'accrues_until, overdue_from, employer, penalty, rule, region, stream',
      where: `penalty IS NOT NULL AND responsible = 'employer' AND overdue_from IS NOT NULL AND {current}`,
    },
  ],
  start({ kind, id, assessment }): Folder {
    let employer: string | null = kind === 'employer' ? id : null;
    return (fact, rows) => {
      if (fact.type === 'WorkerRegistered') employer = String(fact.data['employerBin']);
      for (const obligation of assessment.touched) rows.set(obligation.id, rowOf(obligation, employer));
    };
  },
};

function rowOf(obligation: Obligation, employer: string | null): Row {
  const { ruleVersion, reading, subject, triggeredBy, dueReason, safeBy, submittedOn, metBy, voidReason } = obligation;
  const { count, verified, sourceKind, consequence } = obligation;
  const detail: Detail = {
    ruleVersion,
    reading,
    subject,
    triggeredBy,
    dueReason,
    safeBy,
    submittedOn,
    metBy,
    voidReason,
    count,
    verified,
    sourceKind,
    consequence,
  };
  return {
    rule: obligation.rule,
    employer,
    region: obligation.region,
    responsible: obligation.responsible,
    opens_on: obligation.opensOn,
    due_on: obligation.dueOn ?? FOREVER,
    met_on: obligation.metOn ?? FOREVER,
    void_on: obligation.voidOn ?? FOREVER,
    penalty: obligation.penalty,
    overdue_from: obligation.overdueFrom,
    overdue_until: obligation.overdueUntil ?? FOREVER,
    accrues_until: obligation.accruesUntil ?? FOREVER,
    detail: JSON.stringify(detail),
  };
}

/** The obligation that a row states. */
export function obligationOf(key: string, row: Row): Obligation {
  const detail = JSON.parse(String(row['detail'])) as Detail;
  return {
    id: key,
    rule: String(row['rule']),
    region: text(row['region']),
    responsible: String(row['responsible']) as Responsible,
    opensOn: String(row['opens_on']),
    dueOn: day(row['due_on']),
    metOn: day(row['met_on']),
    voidOn: day(row['void_on']),
    penalty: text(row['penalty']),
    overdueFrom: text(row['overdue_from']),
    overdueUntil: day(row['overdue_until']),
    accruesUntil: day(row['accrues_until']),
    ...detail,
  };
}

/** Days that are not known yet are later than any that is asked about. */
function day(value: Row[string] | undefined): Day | null {
  return value === FOREVER ? null : text(value);
}

function text(value: Row[string] | undefined): string | null {
  return typeof value === 'string' ? value : null;
}
