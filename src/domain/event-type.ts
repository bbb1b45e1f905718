import { z } from 'zod';
import type { Day } from './dates.js';

/** Which kind of stream an event belongs to: `worker-<uuid>` or `employer-<bin>`. */
export type StreamKind = 'worker' | 'employer';

/**
 * Where a type of event may stand; `law` for what is said of the law itself, in the one stream that has no subject; `any`
 * for amendments, which stand beside what they amend.
 */
export type EventHome = StreamKind | 'law' | 'any';

/** How the names of the ledger's own streams begin: everything else in the store belongs to others. */
export const STREAM_PREFIXES: readonly string[] = ['worker-', 'employer-', 'law-'];

/** Whether a stream is about the law itself: it has no subject, so nothing is projected from it. */
export function isOfLaw(stream: string): boolean {
  return stream.startsWith('law-');
}

/** Whether a stream is one of the ledger's own. */
export function isOurs(stream: string): boolean {
  return STREAM_PREFIXES.some((prefix) => stream.startsWith(prefix));
}

/** Fields of an event's data as the caller gives them. */
export type EventData = Readonly<Record<string, unknown>>;

/** Two given values that cannot both be right. The message never repeats a personal value. */
export interface Contradiction {
  readonly field: string;
  readonly message: string;
}

/** Makes a keyed tag of a personal value, with the key of the person it belongs to: equal values, equal tags. */
export type Tagger = (value: string) => string;

/**
 * One kind of immigration event: its name, what it means and the shape of its data.
 * Stored names are forever: a new meaning is a new type, a new shape a new `version` with an upcaster.
 */
export interface EventType {
  readonly type: string;
  readonly stream: EventHome;
  /** Version of the data's shape; stored with each event as `schemaVersion`. */
  readonly version: number;
  /** One sentence for officers and for the catalogue. */
  readonly meaning: string;
  /** A strict object: an unknown field is an error, never dropped. `occurredOn` is not part of it. */
  readonly data: z.ZodObject;
  /** Fields that are personal data: encrypted with the person's key before they reach the store. */
  readonly personal: readonly string[];
  /** Whose key encrypts the personal fields: the worker (the stream's id) unless the field named here says otherwise. */
  readonly personField?: string;
  /** Clear values that the law needs from personal ones; computed when the event is written and stored beside them. */
  readonly derive?: (data: EventData, tag: Tagger) => EventData;
  /** Shapes of what `derive` adds: stored and read, never given by a caller. All are optional. */
  readonly derived?: Readonly<Record<string, z.ZodType>>;
  /** What data and the day must not contradict each other in; seen with the personal values in the clear. */
  readonly check?: (data: EventData, occurredOn: Day) => readonly Contradiction[];
}

/** Marks a field as personal data; seen in the JSON Schema as `personal: true`. */
export function personal<T extends z.ZodType>(schema: T): T {
  return schema.meta({ ...schema.meta(), personal: true });
}

/** Declares an event type; the personal fields are read off the marks in the schema. */
export function eventType<const T extends Omit<EventType, 'personal'>>(definition: T): T & Pick<EventType, 'personal'> {
  const personalFields = Object.entries(definition.data.shape)
    .filter(([, field]) => isPersonal(field as z.ZodType))
    .map(([name]) => name);
  return { ...definition, personal: personalFields };
}

function isPersonal(field: z.ZodType): boolean {
  if (field.meta()?.['personal'] === true) return true;
  return field instanceof z.ZodOptional && isPersonal(field.unwrap() as z.ZodType);
}
