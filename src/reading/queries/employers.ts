import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { standingFacts } from '../../domain/history.js';
import type { EmployerSize } from '../../law/exposure.js';
import { localContent } from '../../law/local-content.js';
import type { EmployerAnswer, EmployersAnswer } from '../answers.js';
import { wholeExposure } from '../imposed-sums.js';
import { type PageParams, type ReadParams, workerStatuses } from '../params.js';
import { knownDay, Reading, unknown, type View } from '../reading.js';
import { parkedOf, USUAL_HORIZON_DAYS } from './get-worker.js';

/** Employers in the order in which they were first recorded. */
export class ListEmployers extends Query<EmployersAnswer> {
  constructor(readonly params: PageParams) {
    super();
  }
}

@QueryHandler(ListEmployers)
export class ListEmployersHandler implements IQueryHandler<ListEmployers> {
  constructor(private readonly reading: Reading) {}

  async execute({ params }: ListEmployers): Promise<EmployersAnswer> {
    const { limit } = params;
    const { view, page } = await this.reading.page(params, { list: 'employers' });
    const rows = employerRows(view, 'e.stream > ?', page.after?.[0] ?? 0, limit + 1);
    const last = rows.length > limit ? rows[limit - 1] : undefined;
    return {
      items: rows.slice(0, limit).map(summaryOf),
      nextCursor: last === undefined ? null : page.nextCursor([last.stream]),
      ...view.envelope,
    };
  }
}

/** One employer: its sizes by date, its workers by status, what it owes. */
export class GetEmployer extends Query<EmployerAnswer> {
  constructor(
    readonly bin: string,
    readonly params: ReadParams,
  ) {
    super();
  }
}

@QueryHandler(GetEmployer)
export class GetEmployerHandler implements IQueryHandler<GetEmployer> {
  constructor(private readonly reading: Reading) {}

  async execute({ bin, params }: GetEmployer): Promise<EmployerAnswer> {
    const view = await this.reading.at(params);
    const name = `employer-${bin}`;
    const [row] = employerRows(view, 'e.stream = ?', view.streamNumber(name) ?? -1, 1);
    if (row === undefined) throw unknown('employer', bin);
    return {
      ...summaryOf(row),
      sizes: sizesOf(view, bin),
      workers: workersByStatus(view, bin),
      revision: view.eventsOf(name).at(-1)?.revision ?? -1,
      localContent: localContentOf(view, row),
      exposure: wholeExposure(view, { bin, horizon: USUAL_HORIZON_DAYS }),
      parkedEvents: parkedOf(view, name),
      ...view.envelope,
    };
  }
}

interface EmployerRow {
  readonly stream: number;
  readonly bin: string;
  readonly name: string;
  readonly registered_on: string | null;
  readonly size: EmployerSize;
}

function employerRows(view: View, condition: string, value: string | number, limit: number): readonly EmployerRow[] {
  return view.all<EmployerRow>(
    `SELECT e.stream, e.bin, e.name, e.registered_on, e.size FROM employers e
     WHERE ${condition} AND ${view.known('e')} AND e.valid_from <= ? AND e.valid_until > ? ORDER BY e.stream LIMIT ?`,
    value,
    view.asOf,
    view.asOf,
    limit,
  );
}

function summaryOf({ bin, name, size, registered_on }: EmployerRow) {
  return { bin, name, size, registeredOn: registered_on };
}

function sizesOf(view: View, bin: string): EmployerAnswer['sizes'] {
  return view
    .all<{ size: EmployerSize; valid_from: string; valid_until: string }>(
      `SELECT e.size, e.valid_from, e.valid_until FROM employers e
       WHERE e.bin = ? AND ${view.known('e')} ORDER BY e.valid_from`,
      bin,
    )
    .map(({ size, valid_from, valid_until }) => ({ size, from: valid_from, until: knownDay(valid_until) }));
}

/** The share of citizens by the last count of staff, and by the permits in force. */
function localContentOf(view: View, { bin, size }: EmployerRow): EmployerAnswer['localContent'] {
  const counted = standingFacts(view.historyOf(`employer-${bin}`)).findLast(
    ({ type, occurredOn }) => type === 'StaffCounted' && occurredOn <= view.asOf,
  );
  const number = (name: string): number | null => {
    const value = counted?.data[name];
    return typeof value === 'number' ? value : null;
  };
  const foreigners = foreignersByCategory(view, bin);
  const of = (...categories: readonly string[]) =>
    categories.reduce((sum, category) => sum + (foreigners.get(category) ?? 0), 0);
  return localContent({
    staff: {
      '1-2': { citizens: number('seniorCitizens'), foreigners: of('1', '2') },
      '3-4': { citizens: number('otherCitizens'), foreigners: of('3', '4') },
    },
    employees: number('employees'),
    size,
    asOf: view.asOf,
    book: view.bookOf(bin),
  }).map((one) => ({ ...one, countedOn: counted?.occurredOn ?? null }));
}

/** Workers of an employer with a work permit in force, by its category. */
function foreignersByCategory(view: View, bin: string): ReadonlyMap<string, number> {
  const { asOf } = view;
  const rows = view.all<{ category: string; count: number }>(
    `SELECT p.category, COUNT(DISTINCT p.stream) AS count FROM permits p JOIN status w ON w.stream = p.stream
     WHERE ${view.known('p')} AND ${view.known('w')} AND p.kind = 'work-permit' AND w.employer = ?
       AND p.applies_from <= ? AND p.applies_until > ? AND p.valid_from <= ? AND p.valid_until >= ?
       AND (p.ended_on IS NULL OR p.ended_on >= ?)
       AND w.valid_from <= ? AND w.valid_until > ? AND w.status <> 'ended' GROUP BY p.category`,
    bin,
    ...Array<string>(7).fill(asOf),
  );
  return new Map(rows.map(({ category, count }) => [category, count]));
}

function workersByStatus(view: View, bin: string): EmployerAnswer['workers'] {
  const counts = view.all<{ status: keyof EmployerAnswer['workers']; count: number }>(
    `SELECT w.status, count(*) AS count FROM status w
     WHERE w.employer = ? AND w.valid_from <= ? AND w.valid_until > ? AND ${view.known('w')} GROUP BY w.status`,
    bin,
    view.asOf,
    view.asOf,
  );
  const byStatus = new Map(counts.map(({ status, count }) => [status, count]));
  return Object.fromEntries(
    workerStatuses.map((status) => [status, byStatus.get(status) ?? 0]),
  ) as EmployerAnswer['workers'];
}
