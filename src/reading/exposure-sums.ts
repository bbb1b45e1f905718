import { type ExposureSum, NO_EXPOSURE, plusExposure } from '../../projections/exposure.js';
import { addDays, type Day } from '../domain/dates.js';
import { priceOf } from '../law/exposure.js';
import type { ExposureParams } from './params.js';
import { subjectOf, type View } from './reading.js';
import type { Parameter } from './sqlite.js';

/** What has accrued, and what will if nothing is done within the horizon. */
export interface StandingSums {
  readonly accrued: ExposureSum;
  readonly atRisk: ExposureSum;
}

interface Question {
  readonly groupBy?: ExposureParams['groupBy'];
  readonly employer?: string | undefined;
  /** Number of a worker's or employer's stream. */
  readonly stream?: number | undefined;
  readonly horizon: number;
}

interface Group {
  readonly group_key: string | null;
  readonly employer: string | null;
  readonly penalty: string;
  /** First day on which it was, or would be, overdue. */
  readonly first_day: Day;
  readonly count: number;
}

const GROUP_COLUMNS: Readonly<Record<ExposureParams['groupBy'], string>> = {
  employer: 'o.employer',
  worker: 'o.stream',
  region: 'o.region',
  rule: 'o.rule',
};

export const NOTHING_DUE: StandingSums = { accrued: NO_EXPOSURE, atRisk: NO_EXPOSURE };

/**
 * Adds up what obligations cost at a moment, by group. Obligations with the same penalty, employer and first overdue day
 * cost the same: SQL counts them, the law prices each kind once.
 * @returns sums by group key; a single group under `null` when no grouping was asked for
 */
export function exposureSums(view: View, question: Question): ReadonlyMap<string | null, StandingSums> {
  const sums = new Map<string | null, StandingSums>();
  const prices = new Map<string, ReturnType<typeof priceOf>>();
  const add = (standing: keyof StandingSums, groups: readonly Group[]): void => {
    for (const { group_key: key, employer, penalty, first_day: on, count } of groups) {
      const size = view.sizeOn(employer)(on);
      const kind = `${penalty} ${size} ${on}`;
      const price = prices.get(kind) ?? priceOf({ penalty, size, on, asOf: view.asOf, book: view.parts.book });
      prices.set(kind, price);
      const before = sums.get(key) ?? NOTHING_DUE;
      sums.set(key, { ...before, [standing]: plusExposure(before[standing], price, count) });
    }
  };
  add('accrued', accruedGroups(view, question));
  add('atRisk', atRiskGroups(view, question));
  return question.groupBy === 'worker' ? byWorkerId(view, sums) : sums;
}

/** The same without groups. */
export function exposureTotal(view: View, question: Omit<Question, 'groupBy'>): StandingSums {
  return exposureSums(view, question).get(null) ?? NOTHING_DUE;
}

export function addSums(a: StandingSums, b: StandingSums): StandingSums {
  return { accrued: sum(a.accrued, b.accrued), atRisk: sum(a.atRisk, b.atRisk) };
}

/** Overdue, or met late and not past the limitation. */
function accruedGroups(view: View, question: Question): readonly Group[] {
  const index =
    question.stream !== undefined ? 'obligations_key' : view.moment.isCurrent ? 'obligations_accruing' : null;
  return groups(
    view,
    question,
    index ?? 'obligations_overdue',
    'o.overdue_from',
    'o.overdue_from IS NOT NULL AND o.overdue_from <= ? AND o.accrues_until > ?',
    [view.asOf, view.asOf],
  );
}

/** Open and due within the horizon. */
function atRiskGroups(view: View, question: Question): readonly Group[] {
  const { asOf } = view;
  const index = question.stream !== undefined ? 'obligations_key' : 'obligations_due';
  return groups(
    view,
    question,
    index,
    'o.due_on',
    'o.due_on >= ? AND o.due_on <= ? AND o.opens_on <= ? AND o.accrues_until > ?',
    [asOf, addDays(asOf, question.horizon), asOf, asOf],
  ).map((group) => ({ ...group, first_day: addDays(group.first_day, 1) }));
}

function groups(
  view: View,
  { groupBy, employer, stream }: Question,
  index: string,
  day: string,
  condition: string,
  days: readonly Parameter[],
): readonly Group[] {
  const column = groupBy === undefined ? 'NULL' : GROUP_COLUMNS[groupBy];
  return view.all<Group>(
    `SELECT ${column} AS group_key, o.employer, o.penalty, ${day} AS first_day, count(*) AS count
     FROM obligations o INDEXED BY ${index}
     WHERE o.penalty IS NOT NULL AND o.responsible = 'employer' AND ${condition} AND ${view.known('o')}
       ${employer === undefined ? '' : 'AND o.employer = ?'} ${stream === undefined ? '' : 'AND o.stream = ?'}
     GROUP BY 1, 2, 3, 4 ORDER BY 1`,
    ...days,
    ...(employer === undefined ? [] : [employer]),
    ...(stream === undefined ? [] : [stream]),
  );
}

function byWorkerId(
  view: View,
  sums: ReadonlyMap<string | null, StandingSums>,
): ReadonlyMap<string | null, StandingSums> {
  const named = new Map<string | null, StandingSums>();
  for (const [stream, standing] of sums) {
    const name = view.get<{ name: string }>('SELECT name FROM log.streams WHERE number = ?', stream)?.name ?? '';
    // An employer's own duties (a quota) are no worker's: they stand under null.
    const key = name.startsWith('worker-') ? subjectOf(name) : null;
    named.set(key, addSums(named.get(key) ?? NOTHING_DUE, standing));
  }
  return named;
}

function sum(a: ExposureSum, b: ExposureSum): ExposureSum {
  const add = (x: number | null, y: number | null) => (x === null || y === null ? null : x + y);
  return {
    mciMin: a.mciMin + b.mciMin,
    mciMax: a.mciMax + b.mciMax,
    tengeMin: add(a.tengeMin, b.tengeMin),
    tengeMax: add(a.tengeMax, b.tengeMax),
    obligations: a.obligations + b.obligations,
  };
}
