import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type { WorkerStatus } from '../../../projections/status.js';
import type { WorkerSummaryAnswer, WorkersAnswer } from '../answers.js';
import { refuseUnknownNames } from '../known-names.js';
import { decode } from '../making.js';
import type { WorkersParams } from '../params.js';
import { namesIn, opened } from '../persons.js';
import { Reading, subjectOf, type View } from '../reading.js';
import type { Parameter } from '../sqlite.js';

/** Workers by employer, status and region of stay, in the order in which they were first recorded. */
export class ListWorkers extends Query<WorkersAnswer> {
  constructor(readonly params: WorkersParams) {
    super();
  }
}

@QueryHandler(ListWorkers)
export class ListWorkersHandler implements IQueryHandler<ListWorkers> {
  constructor(private readonly reading: Reading) {}

  async execute({ params }: ListWorkers): Promise<WorkersAnswer> {
    const { limit, employer, status, region } = params;
    const { view, page } = await this.reading.page(params, { list: 'workers', employer, status, region });
    refuseUnknownNames(view.book, params);
    const where: string[] = [];
    const parameters: Parameter[] = [];
    for (const [column, value] of Object.entries({ employer, status, region })) {
      if (value === undefined) continue;
      where.push(`w.${column} = ?`);
      parameters.push(value);
    }
    if (page.after !== null) {
      where.push('w.stream > ?');
      parameters.push(page.after[0] ?? 0);
    }
    const rows = statusRows(view, {
      index: indexFor({ employer, status, region }),
      where,
      parameters,
      limit: limit + 1,
    });
    const last = rows.length > limit ? rows[limit - 1] : undefined;
    return {
      items: rows.slice(0, limit).map((row) => summaryOf(view, row)),
      nextCursor: last === undefined ? null : page.nextCursor([last.stream]),
      ...view.envelope,
    };
  }
}

export interface StatusRow {
  readonly stream: number;
  readonly stream_name: string;
  readonly status: WorkerStatus;
  readonly region: string | null;
  readonly employer: string;
  readonly citizenship: string;
  readonly named_by: string;
  readonly valid_from: string;
}

interface StatusQuestion {
  readonly index: string;
  readonly where: readonly string[];
  readonly parameters: readonly Parameter[];
  readonly limit: number;
}

/** The stretch that holds the day asked about, of each worker that the conditions let through. */
export function statusRows(view: View, { index, where, parameters, limit }: StatusQuestion): readonly StatusRow[] {
  return view.all<StatusRow>(
    `SELECT w.stream, s.name AS stream_name, w.status, w.region, w.employer, w.citizenship, w.named_by, w.valid_from
     FROM status w INDEXED BY ${index} CROSS JOIN log.streams s ON s.number = w.stream
     WHERE ${[view.known('w'), 'w.valid_from <= ?', 'w.valid_until > ?', ...where].join(' AND ')}
     ORDER BY w.stream LIMIT ?`,
    view.asOf,
    view.asOf,
    ...parameters,
    limit,
  );
}

export function summaryOf(view: View, row: StatusRow): WorkerSummaryAnswer {
  const { model, personalData } = view.parts;
  const named = model.current.log.byId(row.named_by);
  const names = named === null ? { data: {}, erased: true } : opened(personalData, decode(named));
  return {
    workerId: subjectOf(row.stream_name),
    employerBin: row.employer,
    citizenship: row.citizenship,
    ...namesIn(names),
    status: row.status,
    statusSince: row.valid_from,
    region: row.region,
  };
}

/** The narrowest first: a status may be rarer than a region, an employer rarer than both. */
function indexFor({ employer, status, region }: Pick<WorkersParams, 'employer' | 'status' | 'region'>): string {
  if (employer !== undefined) return 'status_employer';
  if (region !== undefined) return 'status_region';
  return status === undefined ? 'status_key' : 'status_status';
}
