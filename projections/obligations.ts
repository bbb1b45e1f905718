import type { Day } from '../src/domain/dates.js';
import type { DayCount, Obligation, Responsible, SourceKind } from '../src/law/obligation.js';
import { FOREVER, type Folder, type Projection, type Row } from './projection.js';

/** A `DayCount` without names. */
type Count = readonly [DayCount['unit'], number, DayCount['direction'], Day, boolean];

/**
 * What no question filters or sorts by, kept together as one JSON list without names: there are millions of these. Only
 * `detailOf` and `obligationOf` know the order; a change of either makes all rows anew.
 */
type Detail = readonly [
  ruleVersion: Day,
  reading: string,
  subject: string,
  triggerType: string,
  triggerOn: Day,
  dueReason: string | null,
  safeBy: Day | null,
  submittedOn: Day | null,
  metBy: string | null,
  voidReason: string | null,
  count: Count | null,
  verified: boolean,
  sourceKind: SourceKind,
  consequence: string | null,
];

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
      const isRegistration = fact.type === 'WorkerRegistered';
      if (isRegistration) employer = String(fact.data['employerBin']);
      // The registration names the employer of everything, also of what another program recorded before it.
      const changed = isRegistration ? assessment.obligations() : assessment.touched;
      for (const obligation of changed) rows.set(obligation.id, rowOf(obligation, employer));
    };
  },
};

function rowOf(obligation: Obligation, employer: string | null): Row {
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
    detail: JSON.stringify(detailOf(obligation)),
  };
}

function detailOf({ ruleVersion, reading, subject, triggeredBy, ...rest }: Obligation): Detail {
  const { dueReason, safeBy, submittedOn, metBy, voidReason, count, verified, sourceKind, consequence } = rest;
  return [
    ruleVersion,
    reading,
    subject,
    triggeredBy.type,
    triggeredBy.occurredOn,
    dueReason,
    safeBy,
    submittedOn,
    metBy,
    voidReason,
    count === null ? null : [count.unit, count.days, count.direction, count.from, count.inclusive],
    verified,
    sourceKind,
    consequence,
  ];
}

/** The obligation that a row states. */
export function obligationOf(key: string, row: Row): Obligation {
  const [ruleVersion, reading, subject, type, occurredOn, dueReason, safeBy, ...rest] = JSON.parse(
    String(row['detail']),
  ) as Detail;
  const [submittedOn, metBy, voidReason, count, verified, sourceKind, consequence] = rest;
  const rule = String(row['rule']);
  // The id is made of the rule and the event, so the event need not be kept twice.
  const eventId = key.slice(rule.length + 1, rule.length + 1 + UUID_LENGTH);
  return {
    id: key,
    rule,
    ruleVersion,
    reading,
    subject,
    region: text(row['region']),
    responsible: String(row['responsible']) as Responsible,
    triggeredBy: { eventId, type, occurredOn },
    opensOn: String(row['opens_on']),
    dueOn: day(row['due_on']),
    dueReason,
    safeBy,
    submittedOn,
    metOn: day(row['met_on']),
    metBy,
    voidOn: day(row['void_on']),
    voidReason,
    penalty: text(row['penalty']),
    overdueFrom: text(row['overdue_from']),
    overdueUntil: day(row['overdue_until']),
    accruesUntil: day(row['accrues_until']),
    count: count === null ? null : countOf(count),
    verified,
    sourceKind,
    consequence,
  };
}

const UUID_LENGTH = 36;

function countOf([unit, days, direction, from, inclusive]: Count): DayCount {
  return { unit, days, direction, from, inclusive };
}

/** Days that are not known yet are later than any that is asked about. */
function day(value: Row[string] | undefined): Day | null {
  return value === FOREVER ? null : text(value);
}

function text(value: Row[string] | undefined): string | null {
  return typeof value === 'string' ? value : null;
}
