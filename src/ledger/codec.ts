import { z } from 'zod';
import { eventTypeOf } from '../domain/catalogue.js';
import { isDay, legalDayOf } from '../domain/dates.js';
import type { EventData, EventType } from '../domain/event-type.js';
import { CORRECTED, isAmendment } from '../domain/history.js';
import type { EventMetadata, RecordedEvent } from '../domain/recorded-event.js';
import { upcast } from '../domain/upcast.js';
import type { StoredEvent } from './event-store.js';
import type { PersonalData, Withheld } from './personal-data.js';

/** A stored event that this ledger cannot read. It is parked, never skipped in silence. */
export class UnreadableEvent extends Error {
  override readonly name = 'UnreadableEvent';

  constructor(
    readonly event: Pick<StoredEvent, 'id' | 'stream' | 'type' | 'revision'>,
    why: string,
  ) {
    super(`${event.type} ${event.id}, revision ${event.revision} of ${event.stream}, cannot be read: ${why}`);
  }
}

// Loose: a later version may write more beside every event.
const metadataSchema = z.looseObject({
  schemaVersion: z.number().int().min(1),
  actor: z.string(),
  reason: z.string().optional(),
  acknowledged: z.array(z.string()).optional(),
  commandId: z.string(),
  commandTag: z.string(),
  $correlationId: z.string(),
  $causationId: z.string(),
  recordedAt: z.iso.datetime().optional(),
  previousHash: z.string().optional(),
  hash: z.string().optional(),
});

/** What of an event's data stands in the clear: the fields that are not personal, and the derived ones. */
export function clearSchemaOf(type: EventType): z.ZodObject {
  const known = clearSchemas.get(type.type);
  if (known !== undefined) return known;
  const clear = Object.fromEntries(Object.entries(type.data.shape).filter(([name]) => !type.personal.includes(name)));
  const schema = z.strictObject({ ...clear, ...type.derived } as z.core.$ZodLooseShape) as unknown as z.ZodObject;
  clearSchemas.set(type.type, schema);
  return schema;
}

const clearSchemas = new Map<string, z.ZodObject>();

/** Takes the personal fields out of an event's data. */
export function split(type: EventType, data: EventData): { readonly clear: EventData; readonly personal: EventData } {
  if (type.personal.length === 0) return { clear: data, personal: {} };
  const clear: Record<string, unknown> = {};
  const personal: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(data)) (type.personal.includes(name) ? personal : clear)[name] = value;
  return { clear, personal };
}

/** Whose key seals the personal fields of an event: the stream's, unless the type names a field that says otherwise. */
export function personOf(type: EventType, stream: string, data: EventData): string {
  const named = type.personField === undefined ? undefined : data[type.personField];
  return typeof named === 'string' ? named : subjectOf(stream);
}

/** The worker's UUID or the employer's BIN in the name of a stream. */
export function subjectOf(stream: string): string {
  return stream.slice(stream.indexOf('-') + 1);
}

/**
 * Turns what the store holds into an event of today's shape: checked, brought to the present version, personal fields left
 * sealed.
 * @throws UnreadableEvent
 */
export function decode(stored: StoredEvent): RecordedEvent {
  const type = eventTypeOf(stored.type);
  if (type === undefined) throw new UnreadableEvent(stored, 'this ledger does not know the type');
  const metadata = metadataSchema.safeParse(stored.metadata);
  if (!metadata.success) throw new UnreadableEvent(stored, `its metadata is wrong at ${placeOf(metadata.error)}`);
  if (!isRecord(stored.data)) throw new UnreadableEvent(stored, 'its data is no JSON object');
  const envelope = {
    id: stored.id,
    stream: stored.stream,
    type: stored.type,
    revision: stored.revision,
    position: stored.position,
    recordedAt: recordedAtOf(stored),
    metadata: metadata.data as EventMetadata,
  };
  return isAmendment(stored.type)
    ? { ...envelope, ...amendment(stored, stored.data) }
    : { ...envelope, ...statement(stored, type, stored.data, metadata.data.schemaVersion) };
}

/**
 * When an event was recorded: the instant that its writer put under the chain, so that it can be proven and survives the
 * way into another store; never later than the store itself says. Events without one have only the store's word.
 */
export function recordedAtOf({ recordedAt, metadata }: Pick<StoredEvent, 'recordedAt' | 'metadata'>): string {
  const written = isRecord(metadata) ? metadata['recordedAt'] : undefined;
  return typeof written === 'string' && INSTANT.test(written) && written < recordedAt ? written : recordedAt;
}

// As `Date.toISOString` writes it: such texts compare as the instants do.
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

type Content = Pick<RecordedEvent, 'occurredOn' | 'data' | 'sealed'>;

function statement(stored: StoredEvent, type: EventType, raw: EventData, version: number): Content {
  const { occurredOn, sealed, ...rest } = raw;
  if (typeof occurredOn !== 'string' || !isDay(occurredOn))
    throw new UnreadableEvent(stored, 'occurredOn is not a date');
  return { occurredOn, data: clearData(stored, type, version, rest), ...sealedPart(sealed) };
}

function amendment(stored: StoredEvent, raw: EventData): Content {
  const { sealed, ...rest } = raw;
  const own = eventTypeOf(stored.type)?.data.safeParse(rest);
  if (own?.success !== true) {
    throw new UnreadableEvent(stored, `its data is wrong at ${own === undefined ? '(root)' : placeOf(own.error)}`);
  }
  // An amendment happens when it is recorded; the day it puts right is part of its data.
  const content: Content = { occurredOn: legalDayOf(recordedAtOf(stored)), data: own.data, ...sealedPart(sealed) };
  const { correctsType, correctsVersion, data } = own.data;
  if (stored.type !== CORRECTED || !isRecord(data)) return content;
  const type = eventTypeOf(String(correctsType));
  if (type === undefined)
    throw new UnreadableEvent(stored, `it corrects a ${String(correctsType)}, a type not known here`);
  return { ...content, data: { ...own.data, data: clearData(stored, type, Number(correctsVersion), data) } };
}

function clearData(stored: StoredEvent, type: EventType, version: number, data: EventData): EventData {
  let shape: EventData;
  try {
    shape = upcast(type.type, version, type.version, data);
  } catch (error) {
    throw new UnreadableEvent(stored, error instanceof Error ? error.message : String(error));
  }
  const parsed = clearSchemaOf(type).safeParse(shape);
  if (!parsed.success) throw new UnreadableEvent(stored, `its data is wrong at ${placeOf(parsed.error)}`);
  return parsed.data;
}

/** An event's data as its recorder gave it: personal fields opened, derived ones left out. */
export interface OpenedData {
  readonly data: EventData;
  /** Whether personal fields are missing because the person was erased. */
  readonly erased: boolean;
  /** Why personal fields are missing, where they are. */
  readonly withheld?: Withheld;
}

/** Opens the personal fields of an event; of a correction, those of the replacing data. */
export function openData(personalData: PersonalData, event: RecordedEvent): OpenedData {
  const isCorrection = event.type === CORRECTED;
  const type = eventTypeOf(isCorrection ? String(event.data['correctsType']) : event.type);
  const inner = isCorrection ? event.data['data'] : event.data;
  if (type === undefined || !isRecord(inner)) return { data: {}, erased: false };
  const given = Object.fromEntries(Object.entries(inner).filter(([name]) => type.derived?.[name] === undefined));
  if (event.sealed === undefined) return { data: given, erased: false };
  const person = personOf(type, event.stream, inner);
  const context = { stream: event.stream, eventId: event.id, type: event.type };
  const opened = personalData.open(person, context, event.sealed);
  if (opened !== null) return { data: { ...given, ...opened }, erased: false };
  const withheld = personalData.withheld(person) ?? 'missing';
  return { data: given, erased: withheld === 'erased', withheld };
}

function sealedPart(sealed: unknown): { readonly sealed?: string } {
  return typeof sealed === 'string' ? { sealed } : {};
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function placeOf(error: z.ZodError): string {
  const [issue] = error.issues;
  if (issue === undefined) return '(root)';
  const keys = issue.code === 'unrecognized_keys' ? issue.keys : [];
  return [...issue.path, ...keys].join('.') || '(root)';
}
