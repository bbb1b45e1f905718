import { type Connection, send } from './connection.js';
import { grouped, type Output, table } from './output.js';

interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
  readonly position: string;
  readonly ruleBook: string;
}

interface Money {
  readonly mciMin: number | null;
  readonly mciMax: number | null;
  readonly tengeMin: number | null;
  readonly tengeMax: number | null;
}

export interface ListedObligation {
  readonly id: string;
  readonly rule: string;
  readonly workerId: string | null;
  readonly employerBin: string | null;
  readonly dueOn: string | null;
  readonly safeBy: string | null;
  readonly state: string;
  readonly daysOverdue: number | null;
  readonly exposure: (Money & { readonly penalty: string }) | null;
}

/** Largest page that the service gives. */
const PAGE = 500;

/** `ledger obligations`: fetches page after page until there are as many as asked for. */
export async function obligations(
  connection: Connection,
  output: Output,
  options: Readonly<Record<string, string>>,
): Promise<void> {
  const { limit = '50', ...filters } = options;
  const wanted = Number(limit) === 0 ? Number.POSITIVE_INFINITY : Number(limit);
  const items: ListedObligation[] = [];
  let page: Page<ListedObligation> | null = null;
  do {
    const query = new URLSearchParams({ ...filters, limit: String(Math.min(PAGE, wanted - items.length)) });
    if (page?.nextCursor) query.set('cursor', page.nextCursor);
    page = (await send<Page<ListedObligation>>(connection, { method: 'GET', path: `/v1/obligations?${query}` })).answer;
    items.push(...page.items);
  } while (page.nextCursor !== null && items.length < wanted);
  if (output.json) return output.line(JSON.stringify({ ...page, items }, null, 2));
  output.line(obligationTable(items));
  output.remark(
    `\n${items.length} ${items.length === 1 ? 'obligation' : 'obligations'}${page.nextCursor === null ? '' : ', and more (--limit)'}; position ${page.position}, rule book ${page.ruleBook.slice(0, 12)}.`,
  );
}

export function obligationTable(items: readonly ListedObligation[]): string {
  return table(items, [
    { heading: 'state', cell: (row) => row.state },
    { heading: 'due', cell: (row) => row.dueOn },
    { heading: 'late by', cell: (row) => (row.daysOverdue ? `${row.daysOverdue} d` : '-') },
    { heading: 'rule', cell: (row) => row.rule },
    { heading: 'worker', cell: (row) => row.workerId ?? row.employerBin },
    { heading: 'MCI', cell: (row) => range(row.exposure?.mciMin, row.exposure?.mciMax) },
    { heading: 'tenge', cell: (row) => range(row.exposure?.tengeMin, row.exposure?.tengeMax) },
  ]);
}

type Sum = Money & { readonly obligations: number };

interface Group {
  readonly key?: string;
  readonly accrued: Sum;
  readonly atRisk: Sum;
}

interface ExposureAnswer {
  readonly groups?: readonly Group[];
  readonly items?: readonly Group[];
  readonly total: Group;
  readonly position: string;
}

/** `ledger exposure`: one line per group and the sum. */
export async function exposure(
  connection: Connection,
  output: Output,
  options: Readonly<Record<string, string>>,
): Promise<void> {
  const { answer } = await send<ExposureAnswer>(connection, {
    method: 'GET',
    path: `/v1/exposure?${new URLSearchParams(options)}`,
  });
  if (output.json) return output.line(JSON.stringify(answer, null, 2));
  output.line(exposureTable(answer, options['groupBy'] ?? 'group'));
}

export function exposureTable({ groups, items, total }: ExposureAnswer, heading: string): string {
  return table(
    [...(groups ?? items ?? []), { ...total, key: 'total' }],
    [
      { heading, cell: (row) => row.key },
      { heading: 'accrued', cell: (row) => row.accrued.obligations },
      { heading: 'MCI', cell: (row) => range(row.accrued.mciMin, row.accrued.mciMax) },
      { heading: 'tenge', cell: (row) => range(row.accrued.tengeMin, row.accrued.tengeMax) },
      { heading: 'at risk', cell: (row) => row.atRisk.obligations },
      { heading: 'MCI', cell: (row) => range(row.atRisk.mciMin, row.atRisk.mciMax) },
      { heading: 'tenge', cell: (row) => range(row.atRisk.tengeMin, row.atRisk.tengeMax) },
    ],
  );
}

function range(min: number | null | undefined, max: number | null | undefined): string {
  if (min === null || min === undefined || max === null || max === undefined) return '-';
  return min === max ? grouped(min) : `${grouped(min)} ... ${grouped(max)}`;
}
