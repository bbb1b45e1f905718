import { type ExposureSum, NO_EXPOSURE, plusExposure } from '../../projections/exposure.js';
import { obligationOf } from '../../projections/obligations.js';
import { addDays, type Day } from '../domain/dates.js';
import type { RuleBook } from '../law/book.js';
import type { Circumstances, EmployerSize } from '../law/circumstances.js';
import { dayNumber, dayText } from '../law/days.js';
import { type Exposure, exposureOf, priceOf, standingOn } from '../law/exposure.js';
import type { ExposureParams } from './params.js';
import { OBLIGATION_COLUMNS, type ObligationRow, subjectOf, type View } from './reading.js';
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

/** Obligations of one employer with one penalty whose first overdue days lie in one period of the law. */
interface Group {
  readonly key: string | null;
  readonly employer: string | null;
  readonly penalty: string;
  /** First days on which the first and the last of them were, or would be, overdue. */
  readonly from: Day;
  readonly until: Day;
  readonly count: number;
}

/** A kind of standing: which rows, by which index, and which column tells the first overdue day. */
interface Selection {
  readonly index: string;
  readonly day: 'o.overdue_from' | 'o.due_on';
  readonly condition: string;
  readonly parameters: readonly Parameter[];
}

const GROUP_COLUMNS: Readonly<Record<ExposureParams['groupBy'], string>> = {
  employer: 'o.employer',
  worker: 'o.stream',
  region: 'o.region',
  rule: 'o.rule',
};

export const NOTHING_DUE: StandingSums = { accrued: NO_EXPOSURE, atRisk: NO_EXPOSURE };

/**
 * Adds up what obligations cost at a moment, by group. What costs the same is counted in SQL and priced once: the same
 * penalty in the same period of the law, of an employer whose class did not change in between. Where an employer was
 * penalised, its offences are counted day by day, because the days decide which of them is a repeat.
 * @returns sums by group key; a single group under `null` when no grouping was asked for
 */
export function exposureSums(view: View, question: Question): ReadonlyMap<string | null, StandingSums> {
  const sums = new Map<string | null, StandingSums>();
  const { asOf, book } = view;
  const prices = new Map<string, Exposure>();
  const priced = (penalty: string, { sizeOn, penalties }: Circumstances, on: Day): Exposure => {
    const repeat = penalties !== undefined && penalties.repeatOf(penalty, on, asOf) !== null;
    const size: EmployerSize = sizeOn(on);
    const kind = `${penalty} ${size} ${on} ${repeat}`;
    const price = prices.get(kind) ?? priceOf({ penalty, size, on, asOf, book, repeat });
    prices.set(kind, price);
    return price;
  };
  const plus = (standing: keyof StandingSums, key: string | null, price: Exposure, count: number): void => {
    const before = sums.get(key) ?? NOTHING_DUE;
    sums.set(key, { ...before, [standing]: plusExposure(before[standing], price, count) });
  };
  const penalised = penalisedEmployers(view, question);
  const add = (standing: keyof StandingSums, selection: Selection): void => {
    for (const group of groupsOf(view, question, selection, { except: penalised })) {
      const { sizeOn, changes } = view.sizesOf(group.employer);
      const isOfOneSize = !changes.some((day) => group.from < day && day <= group.until);
      const parts = isOfOneSize ? [group] : groupsOf(view, question, selection, { within: group });
      for (const { key, penalty, from, count } of parts) plus(standing, key, priced(penalty, { sizeOn }, from), count);
    }
    if (penalised.length === 0) return;
    for (const { key, employer, penalty, from, count } of groupsOf(view, question, selection, { only: penalised }))
      plus(standing, key, priced(penalty, view.circumstancesOf(employer), from), count);
  };
  add('accrued', accrued(view, question));
  add('atRisk', atRisk(view, question));
  // What was penalised itself was counted above like any other: it is taken out, and put back at what it costs now.
  if (penalised.length > 0) {
    for (const { key, row } of penalisedRows(view, question)) {
      const circumstances = view.circumstancesOf(row.employer);
      const { penalties } = circumstances;
      const obligation = obligationOf(row.key, row);
      const { penalty, overdueFrom } = obligation;
      if (penalty === null || overdueFrom === null) continue;
      plus('accrued', key, priced(penalty, circumstances, overdueFrom), -1);
      if (standingOn(obligation, asOf, question.horizon, penalties) !== 'accrued') continue;
      const price = exposureOf(obligation, { asOf, book, ...circumstances });
      if (price !== null) plus('accrued', key, price, 1);
    }
    for (const [key, { accrued: sum, atRisk: risk }] of sums) {
      if (sum.obligations > 0) continue;
      if (risk.obligations === 0) sums.delete(key);
      else sums.set(key, { accrued: NO_EXPOSURE, atRisk: risk });
    }
  }
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
function accrued({ asOf, moment }: View, { stream }: Question): Selection {
  const index = moment.isCurrent ? 'obligations_accruing' : 'obligations_overdue';
  return {
    index: stream === undefined ? index : 'obligations_key',
    day: 'o.overdue_from',
    condition: 'o.overdue_from IS NOT NULL AND o.overdue_from <= ? AND o.accrues_until > ?',
    parameters: [asOf, asOf],
  };
}

/** Open and due within the horizon. */
function atRisk({ asOf }: View, { stream, horizon }: Question): Selection {
  return {
    index: stream === undefined ? 'obligations_due' : 'obligations_key',
    day: 'o.due_on',
    condition: 'o.due_on >= ? AND o.due_on <= ? AND o.opens_on <= ? AND o.accrues_until > ?',
    parameters: [asOf, addDays(asOf, horizon), asOf, asOf],
  };
}

type GroupTuple = readonly [string | null, string | null, string, Day, Day, number];

/** Which part of a selection is grouped: without some employers by the periods of the law, else day by day. */
type Part = { readonly except: readonly string[] } | { readonly only: readonly string[] } | { readonly within: Group };

/** The groups of a part of a selection. */
function groupsOf(view: View, question: Question, selection: Selection, part: Part): readonly Group[] {
  const { groupBy, employer, stream } = question;
  const { index, day, condition, parameters } = selection;
  const column = columnOf(groupBy);
  // The day after the last in time is the first overdue one.
  const lead = day === 'o.due_on' ? 1 : 0;
  const where = [`o.penalty IS NOT NULL AND o.responsible = 'employer' AND ${condition}`, view.known('o')];
  const values = [...parameters];
  const and = (expression: string, value: Parameter | undefined): void => {
    if (value === undefined) return;
    where.push(`${expression} ?`);
    values.push(value);
  };
  and('o.employer =', employer);
  and('o.stream =', stream);
  if ('except' in part && part.except.length > 0) {
    where.push('(o.employer IS NULL OR o.employer NOT IN (SELECT value FROM json_each(?)))');
    values.push(JSON.stringify(part.except));
  }
  if ('only' in part) {
    where.push('o.employer IN (SELECT value FROM json_each(?))');
    values.push(JSON.stringify(part.only));
  }
  if ('within' in part) {
    const { within } = part;
    and('o.employer IS', within.employer);
    and('o.penalty =', within.penalty);
    and(`${column} IS`, within.key);
    and(`${day} >=`, addDays(within.from, -lead));
    and(`${day} <=`, addDays(within.until, -lead));
  }
  const periods = periodStarts(view.book).map((start) => `(${day} >= '${addDays(start, -lead)}')`);
  const period = 'except' in part ? periods.join(' + ') || '0' : day;
  return view
    .tuples<GroupTuple>(
      `SELECT ${column}, o.employer, o.penalty, min(${day}), max(${day}), count(*) FROM obligations o INDEXED BY ${index}
       WHERE ${where.join(' AND ')} GROUP BY 1, 2, 3, ${period} ORDER BY 1, 2, 3, 4`,
      ...values,
    )
    .map(([key, bin, penalty, from, until, count]) => ({
      key,
      employer: bin,
      penalty,
      from: lead === 0 ? from : dayText(dayNumber(from) + lead),
      until: lead === 0 ? until : dayText(dayNumber(until) + lead),
      count,
    }));
}

function columnOf(groupBy: Question['groupBy']): string {
  return groupBy === undefined ? 'NULL' : GROUP_COLUMNS[groupBy];
}

/** Employers of the question with a penalty by the as-of day; usually there is none, and nothing more is looked at. */
function penalisedEmployers(view: View, { employer, stream }: Question): readonly string[] {
  const { asOf } = view;
  const where = ['p.employer IS NOT NULL AND p.imposed_on <= ?', view.known('p')];
  const values: Parameter[] = [asOf];
  if (employer !== undefined) {
    where.push('p.employer = ?');
    values.push(employer);
  }
  if (stream !== undefined) {
    // Of a worker it is the employer that was penalised, perhaps for another worker.
    where.push(`p.employer IN (SELECT o.employer FROM obligations o WHERE o.stream = ? AND ${view.known('o')})`);
    values.push(stream);
  }
  return view
    .tuples<readonly [string]>(`SELECT DISTINCT p.employer FROM penalties p WHERE ${where.join(' AND ')}`, ...values)
    .map(([bin]) => bin);
}

/** Accrued obligations of the question that were themselves penalised by the as-of day, with their groups. */
function penalisedRows(
  view: View,
  question: Question,
): readonly { readonly key: string | null; readonly row: ObligationRow }[] {
  const { groupBy, employer, stream } = question;
  const { condition, parameters } = accrued(view, question);
  const where = [
    `o.penalty IS NOT NULL AND o.responsible = 'employer' AND ${condition}`,
    view.known('o'),
    'p.imposed_on <= ?',
    view.known('p'),
  ];
  const values = [...parameters, view.asOf];
  if (employer !== undefined) {
    where.push('p.employer = ?');
    values.push(employer);
  }
  if (stream !== undefined) {
    where.push('p.stream = ?');
    values.push(stream);
  }
  const rows = view.all<ObligationRow & { readonly group_key: string | null }>(
    `SELECT DISTINCT ${columnOf(groupBy)} AS group_key, ${OBLIGATION_COLUMNS}
     FROM penalties p CROSS JOIN obligations o INDEXED BY obligations_key ON o.stream = p.stream AND o.key = p.obligation
     JOIN log.streams s ON s.number = o.stream WHERE ${where.join(' AND ')}`,
    ...values,
  );
  return rows.map((row) => ({ key: row.group_key, row }));
}

/** Days on which the amount of some penalty changes: between two of them an offence of a class costs the same. */
function periodStarts(book: RuleBook): readonly Day[] {
  const known = periods.get(book);
  if (known !== undefined) return known;
  const starts = new Set<Day>();
  for (const { versions } of book.penalties.values()) {
    for (const { validFrom, validTo } of versions) {
      starts.add(validFrom);
      if (validTo !== undefined) starts.add(addDays(validTo, 1));
    }
  }
  const sorted = [...starts].sort();
  periods.set(book, sorted);
  return sorted;
}

const periods = new WeakMap<RuleBook, readonly Day[]>();

function byWorkerId(
  view: View,
  sums: ReadonlyMap<string | null, StandingSums>,
): ReadonlyMap<string | null, StandingSums> {
  const named = new Map<string | null, StandingSums>();
  const names = new Map(
    view.tuples<readonly [number, string]>(
      'SELECT number, name FROM log.streams WHERE number IN (SELECT value FROM json_each(?))',
      JSON.stringify([...sums.keys()]),
    ),
  );
  for (const [stream, standing] of sums) {
    const name = names.get(Number(stream)) ?? '';
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
