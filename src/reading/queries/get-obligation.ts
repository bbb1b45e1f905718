import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { obligationOf } from '../../../projections/obligations.js';
import { standingFacts } from '../../domain/history.js';
import { traceOf } from '../../law/trace.js';
import type { ObligationWithTraceAnswer } from '../answers.js';
import type { ReadParams } from '../params.js';
import { OBLIGATION_COLUMNS, type ObligationRow, Reading, unknown, type View } from '../reading.js';

/** One obligation with the trace of its days and figures. */
export class GetObligation extends Query<ObligationWithTraceAnswer> {
  constructor(
    readonly id: string,
    readonly params: ReadParams,
  ) {
    super();
  }
}

@QueryHandler(GetObligation)
export class GetObligationHandler implements IQueryHandler<GetObligation> {
  constructor(private readonly reading: Reading) {}

  async execute({ id, params }: GetObligation): Promise<ObligationWithTraceAnswer> {
    const view = await this.reading.at(params);
    const row = obligationRow(view, id);
    if (row === undefined) throw unknown('obligation', id);
    const obligation = obligationOf(row.key, row);
    const trace = traceOf(obligation, {
      facts: standingFacts(view.historyOf(row.stream_name)),
      asOf: view.asOf,
      ...view.circumstancesOf(row.employer),
      book: view.bookOf(row.employer),
    });
    return {
      ...view.obligation(row),
      trace: { ...trace, chosenBy: view.choiceBehind(row.employer, obligation) },
      ...view.envelope,
    };
  }
}

const TRIGGER = /^[a-z0-9-]+?\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:\.|$)/;

/** The id holds the triggering event, which tells the stream: no index over the ids is needed. */
function obligationRow(view: View, id: string): ObligationRow | undefined {
  const eventId = TRIGGER.exec(id)?.[1];
  const event = eventId === undefined ? null : view.parts.model.current.log.byId(eventId);
  if (event === null) return undefined;
  return view.get<ObligationRow>(
    `SELECT ${OBLIGATION_COLUMNS} FROM obligations o JOIN log.streams s ON s.number = o.stream
     WHERE o.stream = ? AND o.key = ? AND ${view.known('o')}`,
    event.streamNumber,
    id,
  );
}
