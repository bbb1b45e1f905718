import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { effectsOf, NO_EFFECTS, type ObligationVersion } from '../../../projections/timeline.js';
import type { StreamKind } from '../../domain/event-type.js';
import { isAmendment, standingFacts } from '../../domain/history.js';
import type { EventAnswer, TimelineAnswer, TimelineEntryAnswer } from '../answers.js';
import { told } from '../events-told.js';
import type { KeptEvent } from '../kept-log.js';
import type { PageParams } from '../params.js';
import { textOf } from '../persons.js';
import { knownDay, Reading, unknown, type View } from '../reading.js';
import { STANDING } from '../row-tables.js';

/** Everything recorded about one worker or employer, in the order of recording, with what each event did. */
export class GetTimeline extends Query<TimelineAnswer> {
  constructor(
    readonly kind: StreamKind,
    readonly id: string,
    readonly params: PageParams,
  ) {
    super();
  }
}

@QueryHandler(GetTimeline)
export class GetTimelineHandler implements IQueryHandler<GetTimeline> {
  constructor(private readonly reading: Reading) {}

  async execute({ kind, id, params }: GetTimeline): Promise<TimelineAnswer> {
    const { limit } = params;
    const stream = `${kind}-${id.toLowerCase()}`;
    const { view, page } = await this.reading.page(params, { list: 'timeline', stream });
    const kept = view.eventsOf(stream);
    if (kept.length === 0) throw unknown(kind === 'employer' ? 'employer' : 'worker', id);
    const from = Number(page.after?.[0] ?? -1);
    const happened = hasHappened(view, stream);
    const shown = kept.filter((event) => event.revision > from && happened(event)).slice(0, limit + 1);
    const last = shown.length > limit ? shown[limit - 1] : undefined;
    return {
      items: entriesOf(view, stream, kept, shown.slice(0, limit)),
      nextCursor: last === undefined ? null : page.nextCursor([last.revision]),
      ...view.envelope,
    };
  }
}

/** Whether an event is about the day asked about or one before it; an amendment goes with the event that it amends. */
function hasHappened(view: View, stream: string): (kept: KeptEvent) => boolean {
  const days = new Map<string, string>();
  const history = view.historyOf(stream);
  for (const { id, type, occurredOn } of history) if (!isAmendment(type)) days.set(id, occurredOn);
  for (const { eventId, occurredOn } of standingFacts(history)) days.set(eventId, occurredOn);
  for (const { id, type, data } of history) {
    if (isAmendment(type)) days.set(id, days.get(String(data['eventId'])) ?? '');
  }
  return ({ id }) => (days.get(id) ?? '') <= view.asOf;
}

function entriesOf(
  view: View,
  stream: string,
  all: readonly KeptEvent[],
  shown: readonly KeptEvent[],
): TimelineEntryAnswer[] {
  const effects = effectsOf(versionsOf(view, all[0]?.streamNumber ?? -1));
  const parked = new Map(view.parts.model.current.rows.parked({ stream }).map((event) => [event.seq, event.error]));
  const standing = new Set(standingFacts(view.historyOf(stream)).map(({ eventId }) => eventId));
  const amendments = new Map<string, EventAnswer[]>();
  for (const kept of all) {
    if (!isAmendment(kept.type)) continue;
    const event = told(view, kept);
    const original = textOf(event.data['eventId']) ?? '';
    amendments.set(original, [...(amendments.get(original) ?? []), event]);
  }
  return shown.map((kept) => {
    const event = told(view, kept);
    const amendedBy = amendments.get(kept.id) ?? [];
    const error = parked.get(kept.seq) ?? event.error;
    return {
      ...event,
      error,
      standing: standingOf(kept, { isParked: error !== null, stands: standing.has(kept.id), amendedBy }),
      amends: isAmendment(kept.type) ? textOf(event.data['eventId']) : null,
      amendedBy: amendedBy.map(({ eventId, type, recordedAt, recordedBy, reason }) => ({
        eventId,
        type,
        recordedAt,
        recordedBy,
        reason,
      })),
      ...copied(effects.get(kept.seq) ?? NO_EFFECTS),
    };
  });
}

function standingOf(
  { type }: KeptEvent,
  { isParked, stands, amendedBy }: { isParked: boolean; stands: boolean; amendedBy: readonly EventAnswer[] },
): TimelineEntryAnswer['standing'] {
  if (isParked) return 'parked';
  if (isAmendment(type)) return 'amendment';
  if (!stands) return 'retracted';
  return amendedBy.some((event) => event.type === 'EventCorrected') ? 'corrected' : 'stands';
}

/** All versions of the stream's obligations that the moment knows, each obligation's in the order of their making. */
function versionsOf(view: View, stream: number): readonly ObligationVersion[] {
  const { seq } = view.moment;
  return view
    .all<{ key: string; rule: string; met_on: string; void_on: string; known_from: number; known_until: number }>(
      `SELECT key, rule, met_on, void_on, known_from, known_until FROM obligations
       WHERE stream = ? AND known_from <= ? ORDER BY key, known_from`,
      stream,
      seq,
    )
    .map((row) => ({
      id: row.key,
      rule: row.rule,
      metOn: knownDay(row.met_on),
      voidOn: knownDay(row.void_on),
      knownFrom: row.known_from,
      knownUntil: row.known_until === STANDING || row.known_until > seq ? null : row.known_until,
    }));
}

function copied({ opened, closed, changed, withdrawn }: typeof NO_EFFECTS) {
  return { opened: [...opened], closed: [...closed], changed: [...changed], withdrawn: [...withdrawn] };
}
