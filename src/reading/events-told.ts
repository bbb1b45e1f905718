import { isDay } from '../domain/dates.js';
import type { EventData } from '../domain/event-type.js';
import { ADOPTED } from '../domain/events/law.js';
import type { RecordedEvent } from '../domain/recorded-event.js';
import type { EventAnswer } from './answers.js';
import type { KeptEvent } from './kept-log.js';
import { decode } from './making.js';
import { opened, textOf } from './persons.js';
import type { View } from './reading.js';

/** An event as it is told to others: personal fields opened, one that cannot be read shown as far as it is clear. */
export function told(view: View, kept: KeptEvent): EventAnswer {
  const base = {
    eventId: kept.id,
    stream: kept.stream,
    type: kept.type,
    revision: kept.revision,
    position: kept.position,
    recordedAt: kept.recordedAt,
  };
  let event: RecordedEvent;
  try {
    event = decode(kept);
  } catch (error) {
    return { ...base, ...unreadable(kept), error: error instanceof Error ? error.message : String(error) };
  }
  const { actor, reason, acknowledged } = event.metadata;
  return {
    ...base,
    occurredOn: event.occurredOn,
    recordedBy: actor,
    reason: reason ?? textOf(event.data['reason']),
    acknowledged: [...(acknowledged ?? [])],
    ...openedData(view, event),
    error: null,
  };
}

/** The data as its recorder gave it; of a correction with the replacing data in its place. */
function openedData(view: View, event: RecordedEvent): Pick<EventAnswer, 'data' | 'erased'> {
  const { data, erased } = opened(view.parts.personalData, event);
  const { data: replaced, reason: _, ...own } = event.data;
  if (event.type === 'EventCorrected') return { data: { ...own, ...(replaced === undefined ? {} : { data }) }, erased };
  if (event.type === 'EventRetracted') return { data: own, erased: false };
  if (event.type === ADOPTED) return { data: withoutTexts(data), erased: false };
  return { data: { ...data }, erased };
}

/** The texts of a whole rule book have an address of their own: a list of events is not the place to read them. */
function withoutTexts(data: EventData): Record<string, unknown> {
  return Object.fromEntries(Object.entries(data).filter(([name]) => name !== 'content'));
}

function unreadable(kept: KeptEvent) {
  const data = objectIn(kept.data);
  const metadata = objectIn(kept.metadata);
  const { sealed: _, occurredOn, ...clear } = data;
  const day = textOf(occurredOn);
  return {
    occurredOn: day !== null && isDay(day) ? day : null,
    recordedBy: textOf(metadata['actor']),
    reason: textOf(metadata['reason']),
    acknowledged: [],
    data: clear,
    erased: false,
  };
}

function objectIn(json: string): Record<string, unknown> {
  const value = JSON.parse(json) as unknown;
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}
