import type { EventData } from './event-type.js';
import type { Fact, RecordedEvent } from './recorded-event.js';

export const CORRECTED = 'EventCorrected';
export const RETRACTED = 'EventRetracted';

/** Whether an event speaks about another event instead of the world. */
export function isAmendment(type: string): boolean {
  return type === CORRECTED || type === RETRACTED;
}

/** The fact that an original event states before anything corrected it. */
export function factOf(event: Pick<RecordedEvent, 'id' | 'type' | 'occurredOn' | 'data' | 'revision'>): Fact {
  return {
    eventId: event.id,
    type: event.type,
    occurredOn: event.occurredOn,
    data: event.data,
    revision: event.revision,
    statedBy: event.id,
    sealedBy: event.id,
  };
}

/** What a correction replaces: the day, the whole data, or both. */
export interface Correction {
  readonly id: string;
  readonly occurredOn?: string;
  readonly data?: EventData;
}

/** The fact after a correction. What the correction does not speak of stays as it stood. */
export function corrected(fact: Fact, by: Correction): Fact {
  return {
    ...fact,
    occurredOn: by.occurredOn ?? fact.occurredOn,
    ...(by.data === undefined ? {} : { data: by.data, sealedBy: by.id }),
    statedBy: by.id,
  };
}

/** The order in which things happened: by day, and by recording order of the originals within a day. */
export function byOccurrence(a: Fact, b: Fact): number {
  if (a.occurredOn !== b.occurredOn) return a.occurredOn < b.occurredOn ? -1 : 1;
  return a.revision - b.revision;
}

/**
 * The history that stands in one stream: its original events after all corrections and without the retracted ones, ordered
 * by the day they happened. The one place where corrections and retractions are resolved.
 * @param events all events of the stream so far, in revision order
 * @throws Error when an amendment names an event that does not come before it in the stream
 */
export function standingFacts(events: readonly RecordedEvent[]): readonly Fact[] {
  const facts = new Map<string, Fact>();
  const retracted = new Set<string>();
  let ordered = true;
  let last: Fact | undefined;
  for (const event of events) {
    if (!isAmendment(event.type)) {
      const fact = factOf(event);
      if (last !== undefined && byOccurrence(last, fact) > 0) ordered = false;
      facts.set(fact.eventId, fact);
      last = fact;
      continue;
    }
    const original = originalOf(event);
    const fact = facts.get(original);
    if (fact === undefined) {
      if (retracted.has(original)) continue;
      throw new Error(
        `${event.type} ${event.id} in ${event.stream} names ${original}, which no earlier event there has as its id`,
      );
    }
    if (event.type === RETRACTED) {
      facts.delete(original);
      retracted.add(original);
    } else {
      facts.set(original, corrected(fact, correctionOf(event)));
      ordered = false;
    }
  }
  const standing = [...facts.values()];
  return ordered ? standing : standing.sort(byOccurrence);
}

/**
 * Whether an event simply adds a fact at the end of what happened, so that a fold of the facts can go on from where it is.
 * @param facts the facts that stood before the event, in order
 */
export function isAppendInOrder(facts: readonly Fact[], event: Pick<RecordedEvent, 'type' | 'occurredOn'>): boolean {
  if (isAmendment(event.type)) return false;
  const last = facts[facts.length - 1];
  return last === undefined || last.occurredOn <= event.occurredOn;
}

/** The id of the original event that an amendment is about. */
export function originalOf(amendment: Pick<RecordedEvent, 'data'>): string {
  return String(amendment.data['eventId']);
}

/** What a stored `EventCorrected` says. */
export function correctionOf(event: Pick<RecordedEvent, 'id' | 'data'>): Correction {
  const { occurredOn, data } = event.data;
  return {
    id: event.id,
    ...(typeof occurredOn === 'string' ? { occurredOn } : {}),
    ...(isObject(data) ? { data } : {}),
  };
}

function isObject(value: unknown): value is EventData {
  return typeof value === 'object' && value !== null;
}
