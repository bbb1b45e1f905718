import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { FOREVER } from '../../../projections/projection.js';
import { Refusal } from '../../domain/refusal.js';
import type { ObligationsAnswer } from '../answers.js';
import { refuseUnknownNames } from '../known-names.js';
import type { ObligationsParams } from '../params.js';
import { OBLIGATION_COLUMNS, type ObligationRow, Reading, type View } from '../reading.js';
import type { Parameter } from '../sqlite.js';

/** Obligations by state, subject and due day, the first due first; those without a known last day come at the end. */
export class ListObligations extends Query<ObligationsAnswer> {
  constructor(readonly params: ObligationsParams) {
    super();
  }
}

@QueryHandler(ListObligations)
export class ListObligationsHandler implements IQueryHandler<ListObligations> {
  constructor(private readonly reading: Reading) {}

  async execute({ params }: ListObligations): Promise<ObligationsAnswer> {
    const { limit, cursor: _, after: __, asOf: ___, knownAt: ____, ...filters } = params;
    const { view, page } = await this.reading.page(params, { list: 'obligations', ...filters });
    refuseUnknownNames(view.book, params);
    refuseReversedDays(params);
    const rows = obligationRows(view, filters, { after: page.after, limit: limit + 1 });
    const last = rows.length > limit ? rows[limit - 1] : undefined;
    return {
      items: rows.slice(0, limit).map((row) => view.obligation(row)),
      nextCursor: last === undefined ? null : page.nextCursor([String(last['due_on']), last.stream, last.key]),
      ...view.envelope,
    };
  }
}

/** @throws Refusal 400 where nothing can lie between the two days: an empty list would read as "nothing is due" */
function refuseReversedDays({ dueFrom, dueUntil }: ObligationsParams): void {
  if (dueFrom === undefined || dueUntil === undefined || dueFrom <= dueUntil) return;
  const message = `${dueFrom} lies after dueUntil, ${dueUntil}: no day lies between them`;
  throw new Refusal({
    code: 'days-reversed',
    status: 400,
    detail: `dueFrom: ${message}.`,
    remedy: 'Exchange the two.',
    errors: [{ path: 'dueFrom', message }],
  });
}

export type ObligationFilters = Pick<
  ObligationsParams,
  'state' | 'employer' | 'worker' | 'region' | 'rule' | 'dueFrom' | 'dueUntil'
>;

/** Rows of the obligations that the filters let through, in the order of the list. */
export function obligationRows(
  view: View,
  filters: ObligationFilters,
  { after, limit }: { readonly after: readonly (string | number)[] | null; readonly limit: number },
): readonly ObligationRow[] {
  const { state, employer, worker, region, rule, dueFrom, dueUntil } = filters;
  const where: string[] = [view.known('o')];
  const parameters: Parameter[] = [];
  const and = (condition: string, ...values: readonly Parameter[]): void => {
    where.push(condition);
    parameters.push(...values);
  };
  let index = state === 'overdue' ? 'obligations_overdue' : 'obligations_due';
  if (state !== undefined) {
    const { condition, days } = STATES[state];
    and(condition, ...Array<string>(days).fill(view.asOf));
  }
  if (employer !== undefined) {
    and('o.employer = ?', employer);
    index = 'obligations_employer';
  }
  if (worker !== undefined) {
    and('o.stream = ?', view.streamNumber(`worker-${worker}`) ?? -1);
    index = 'obligations_key';
  }
  if (region !== undefined) and('o.region = ?', region);
  if (rule !== undefined) and('o.rule = ?', rule);
  if (dueFrom !== undefined) and(`o.due_on >= ? AND o.due_on < '${FOREVER}'`, dueFrom);
  if (dueUntil !== undefined) and('o.due_on <= ?', dueUntil);
  if (after !== null) {
    const [dueOn = '', stream = 0, key = ''] = after;
    and('o.due_on >= ? AND (o.due_on, o.stream, o.key) > (?, ?, ?)', dueOn, dueOn, stream, key);
  }
  return view.all<ObligationRow>(
    `SELECT ${OBLIGATION_COLUMNS} FROM obligations o INDEXED BY ${index} CROSS JOIN log.streams s ON s.number = o.stream
     WHERE ${where.join(' AND ')} ORDER BY o.due_on, o.stream, o.key LIMIT ?`,
    ...parameters,
    limit,
  );
}

const NOT_CLOSED = 'o.met_on > ? AND o.void_on > ?';

/** What each state means for a row; each `?` is the day asked about. The same as `stateOn`, as comparisons. */
const STATES: Readonly<
  Record<NonNullable<ObligationsParams['state']>, { readonly condition: string; readonly days: number }>
> = {
  upcoming: { condition: `o.due_on > ? AND o.opens_on > ? AND ${NOT_CLOSED}`, days: 4 },
  open: { condition: `o.due_on >= ? AND o.opens_on <= ? AND ${NOT_CLOSED}`, days: 4 },
  due: { condition: `o.due_on >= ? AND o.opens_on <= ? AND o.due_on < '${FOREVER}' AND ${NOT_CLOSED}`, days: 4 },
  overdue: { condition: 'o.due_on < ? AND o.overdue_from IS NOT NULL AND o.overdue_until > ?', days: 2 },
  met: { condition: 'o.met_on <= ? AND o.void_on > ?', days: 2 },
  void: { condition: 'o.void_on <= ?', days: 1 },
};
