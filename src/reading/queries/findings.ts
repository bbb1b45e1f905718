import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { z } from 'zod';
import { findingOf } from '../../../projections/findings.js';
import type { Row } from '../../../projections/projection.js';
import { toldFinding } from '../../law/findings.js';
import { severities } from '../../law/findings-schema.js';
import { sourceKinds } from '../../law/schema.js';
import { obligationsParams } from '../params.js';
import { Reading, subjectOf, type View } from '../reading.js';
import type { Parameter } from '../sqlite.js';
import { employerFindings } from './employer-findings.js';

const { employer, worker } = obligationsParams.shape;

export const findingsParams = obligationsParams
  .omit({ state: true, region: true, rule: true, dueFrom: true, dueUntil: true })
  .extend({
    employer,
    worker,
    severity: z.enum(severities).optional(),
    standing: z
      .enum(['open', 'all'])
      .default('open')
      .meta({ description: '`open`: what stands on the day; `all`: also what was over by then.' }),
  });
export type FindingsParams = z.output<typeof findingsParams>;

const day = z.string().meta({ format: 'date' });
const stated = {
  finding: z.string(),
  title: z.string(),
  severity: z.enum(severities),
  subject: z.string(),
  sentence: z.object({ en: z.string(), ru: z.string(), kk: z.string() }),
  reference: z.string(),
  sourceKind: z.enum(sourceKinds),
  verified: z.boolean(),
};

export const findingAnswer = z
  .object({
    id: z.string(),
    workerId: z.string(),
    employerBin: z.string().nullable(),
    ...stated,
    openedOn: day,
    closedOn: day.nullable().meta({ description: 'First day without it, where it was over by the day asked about.' }),
    madeBy: z.string().meta({ description: 'Event that made it.' }),
  })
  .meta({ id: 'Finding' });

export const employerFindingAnswer = z.object({ employerBin: z.string(), ...stated }).meta({ id: 'EmployerFinding' });

export const findingsAnswer = z
  .object({
    items: z.array(findingAnswer),
    employers: z.array(employerFindingAnswer).meta({
      description:
        'What does not fit on the day between quota, requests and permits of an employer, or between two ledgers of a worker who changed employers; on the first page only.',
    }),
    nextCursor: z.string().nullable(),
    asOf: day,
    position: z.string(),
    ruleBook: z.string(),
  })
  .meta({ id: 'FindingList' });
export type FindingsAnswer = z.output<typeof findingsAnswer>;

/** Contradictions in the facts that are no duties, the oldest first. */
export class ListFindings extends Query<FindingsAnswer> {
  constructor(readonly params: FindingsParams) {
    super();
  }
}

@QueryHandler(ListFindings)
export class ListFindingsHandler implements IQueryHandler<ListFindings> {
  constructor(private readonly reading: Reading) {}

  async execute({ params }: ListFindings): Promise<FindingsAnswer> {
    const { limit, employer, worker, severity, standing } = params;
    const { view, page } = await this.reading.page(params, { list: 'findings', employer, worker, severity, standing });
    const rows = findingRows(view, params, { after: page.after, limit: limit + 1 });
    const last = rows.length > limit ? rows[limit - 1] : undefined;
    const isFirst = page.after === null;
    return {
      items: rows.slice(0, limit).map((row) => told(view, row)),
      employers: isFirst ? employerFindings(view, { employer, worker, severity }) : [],
      nextCursor: last === undefined ? null : page.nextCursor([String(last['opened_on']), last.stream, last.key]),
      ...view.envelope,
    };
  }
}

type FindingRow = Row & { readonly key: string; readonly stream: number; readonly stream_name: string };

function findingRows(
  view: View,
  { employer, worker, severity, standing }: FindingsParams,
  { after, limit }: { readonly after: readonly (string | number)[] | null; readonly limit: number },
): readonly FindingRow[] {
  const where = [view.known('f'), 'f.opened_on <= ?'];
  const parameters: Parameter[] = [view.asOf];
  const and = (condition: string, ...values: readonly Parameter[]): void => {
    where.push(condition);
    parameters.push(...values);
  };
  if (standing === 'open') and('f.closed_on > ?', view.asOf);
  if (employer !== undefined) and('f.employer = ?', employer);
  if (worker !== undefined) and('f.stream = ?', view.streamNumber(`worker-${worker}`) ?? -1);
  if (severity !== undefined) and('f.severity = ?', severity);
  if (after !== null) {
    const [openedOn = '', stream = 0, key = ''] = after;
    and('(f.opened_on, f.stream, f.key) > (?, ?, ?)', openedOn, stream, key);
  }
  return view.all<FindingRow>(
    `SELECT f.key, f.stream, s.name AS stream_name, f.finding, f.severity, f.employer, f.opened_on, f.closed_on, f.detail
     FROM findings f CROSS JOIN log.streams s ON s.number = f.stream
     WHERE ${where.join(' AND ')} ORDER BY f.opened_on, f.stream, f.key LIMIT ?`,
    ...parameters,
    limit,
  );
}

/** What had not happened yet on the day asked about is not told. */
function told(view: View, row: FindingRow): z.output<typeof findingAnswer> {
  const bin = row['employer'] === null ? null : String(row['employer']);
  const { parameters: _, ...finding } = toldFinding(findingOf(row.key, row), view.bookOf(bin));
  const { closedOn } = finding;
  return {
    ...finding,
    closedOn: closedOn !== null && closedOn <= view.asOf ? closedOn : null,
    workerId: subjectOf(row.stream_name),
    employerBin: bin,
  };
}
