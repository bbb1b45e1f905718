import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type { EventsAnswer } from '../answers.js';
import { told } from '../events-told.js';
import { refuseUnknownNames } from '../known-names.js';
import type { EventsParams } from '../params.js';
import { Reading } from '../reading.js';

/** The whole ledger in the order of recording, from after a position. */
export class ListEvents extends Query<EventsAnswer> {
  constructor(readonly params: EventsParams) {
    super();
  }
}

@QueryHandler(ListEvents)
export class ListEventsHandler implements IQueryHandler<ListEvents> {
  constructor(private readonly reading: Reading) {}

  async execute({ params }: ListEvents): Promise<EventsAnswer> {
    const { limit, since, types } = params;
    const { view, page } = await this.reading.page(params, { list: 'events', since, types });
    refuseUnknownNames(view.book, params);
    const { log } = view.parts.model.current;
    const from = page.after?.[0] ?? (since === undefined ? 0 : log.seqAtPosition(since));
    const events = log.between(Number(from), view.moment.seq, {
      limit: limit + 1,
      ...(types && { types }),
      ...(params.asOf && { occurredUntil: params.asOf }),
    });
    const last = events.length > limit ? events[limit - 1] : undefined;
    return {
      items: events.slice(0, limit).map((event) => told(view, event)),
      nextCursor: last === undefined ? null : page.nextCursor([last.seq]),
      ...view.envelope,
    };
  }
}
