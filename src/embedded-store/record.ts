import { canonicalUuid, structuredUuid } from './uuid.js';
import { bytesField, TOMBSTONE_REVISION, varintSize, WireReader, writeVarint } from './wire.js';

// An event is stored as the very bytes of the protocol's RecordedEvent, so that reading it back is copying. Protobuf
// lets fields come in any order; here the id comes first (always 40 bytes), then the type, then the stream's name, so
// that filters and the choice of UUID form need no decoding.

/** An event as a caller proposes it. */
export interface NewEvent {
  readonly id: string;
  readonly type: string;
  readonly contentType: string;
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
}

/** A stored event, decoded. `created` is in ticks of 100 ns since 1970. */
export interface RecordedEvent extends NewEvent {
  readonly stream: string;
  readonly revision: number;
  readonly position: number;
  readonly created: string;
}

/** An event as it lies in the log. `stream` is the number of its stream; `record` are the protocol's own bytes. */
export interface StoredEvent {
  readonly position: number;
  readonly stream: number;
  readonly revision: number;
  readonly record: Buffer;
}

export const JSON_CONTENT = 'application/json';
export const LINK_TYPE = '$>';
export const EMPTY = Buffer.alloc(0);

export const ID_START = 4;
export const ID_LENGTH = 36;
const ID_FIELD_LENGTH = 40;
const TYPE_ENTRY = Buffer.from([0x0a, 4, ...Buffer.from('type')]);
const CREATED_ENTRY = Buffer.from([0x0a, 7, ...Buffer.from('created')]);
const CONTENT_TYPE_ENTRY = Buffer.from([0x0a, 12, ...Buffer.from('content-type')]);

/** Encodes an event for storage, in the string form of its id. */
export function encodeRecord(
  event: NewEvent,
  stream: string,
  revision: number,
  position: number,
  createdTicks: string,
): Buffer {
  const typeLength = Buffer.byteLength(event.type);
  const streamLength = Buffer.byteLength(stream);
  const contentTypeLength = Buffer.byteLength(event.contentType);
  const typeEntry = TYPE_ENTRY.length + 1 + varintSize(typeLength) + typeLength;
  const streamField = 1 + varintSize(streamLength) + streamLength;
  const createdEntry = CREATED_ENTRY.length + 2 + createdTicks.length;
  const contentTypeEntry = CONTENT_TYPE_ENTRY.length + 1 + varintSize(contentTypeLength) + contentTypeLength;
  const size =
    ID_FIELD_LENGTH +
    1 +
    varintSize(typeEntry) +
    typeEntry +
    1 +
    varintSize(streamField) +
    streamField +
    3 +
    varintSize(revision) +
    2 * varintSize(position) +
    2 +
    createdEntry +
    1 +
    varintSize(contentTypeEntry) +
    contentTypeEntry +
    (event.metadata.length > 0 ? 1 + varintSize(event.metadata.length) + event.metadata.length : 0) +
    (event.data.length > 0 ? 1 + varintSize(event.data.length) + event.data.length : 0);

  const record = Buffer.allocUnsafe(size);
  record[0] = 0x0a;
  record[1] = 38;
  record[2] = 0x12;
  record[3] = 36;
  record.write(event.id, ID_START, ID_LENGTH, 'latin1');
  let at = ID_FIELD_LENGTH;
  record[at++] = 0x32;
  at = writeVarint(record, at, typeEntry);
  at += TYPE_ENTRY.copy(record, at);
  record[at++] = 0x12;
  at = writeVarint(record, at, typeLength);
  at += record.write(event.type, at, typeLength, 'utf8');
  record[at++] = 0x12;
  at = writeVarint(record, at, streamField);
  record[at++] = 0x1a;
  at = writeVarint(record, at, streamLength);
  at += record.write(stream, at, streamLength, 'utf8');
  record[at++] = 0x18;
  at = writeVarint(record, at, revision);
  record[at++] = 0x20;
  at = writeVarint(record, at, position);
  record[at++] = 0x28;
  at = writeVarint(record, at, position);
  record[at++] = 0x32;
  record[at++] = createdEntry;
  at += CREATED_ENTRY.copy(record, at);
  record[at++] = 0x12;
  record[at++] = createdTicks.length;
  at += record.write(createdTicks, at, createdTicks.length, 'latin1');
  record[at++] = 0x32;
  at = writeVarint(record, at, contentTypeEntry);
  at += CONTENT_TYPE_ENTRY.copy(record, at);
  record[at++] = 0x12;
  at = writeVarint(record, at, contentTypeLength);
  at += record.write(event.contentType, at, contentTypeLength, 'utf8');
  at = writeBytes(record, at, 0x3a, event.metadata);
  writeBytes(record, at, 0x42, event.data);
  return record;
}

function writeBytes(record: Buffer, offset: number, tag: number, bytes: Uint8Array): number {
  if (bytes.length === 0) return offset;
  record[offset] = tag;
  const at = writeVarint(record, offset + 1, bytes.length);
  record.set(bytes, at);
  return at + bytes.length;
}

/** Decodes a stored event; throws a RangeError when the bytes are no record. */
export function decodeRecord(record: Buffer): RecordedEvent {
  let id = '';
  let stream = '';
  let revision = 0;
  let position = 0;
  let data: Buffer = EMPTY;
  let metadata: Buffer = EMPTY;
  const system = new Map<string, string>();
  const reader = new WireReader(record);
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        id = canonicalUuid(reader.bytes().toString('latin1', 2));
        break;
      case 2:
        stream = readStreamName(reader.bytes());
        break;
      case 3:
        revision = reader.varint();
        break;
      case 4:
        position = reader.varint();
        break;
      case 6: {
        const [key, value] = readEntry(reader.bytes());
        system.set(key, value);
        break;
      }
      case 7:
        metadata = reader.bytes();
        break;
      case 8:
        data = reader.bytes();
        break;
      default:
        reader.skip();
    }
  }
  return {
    id,
    stream,
    revision,
    position,
    type: system.get('type') ?? '',
    contentType: system.get('content-type') ?? '',
    created: system.get('created') ?? '0',
    data,
    metadata,
  };
}

/** The stream name in the wire's StreamIdentifier message. */
export function readStreamName(message: Buffer): string {
  const reader = new WireReader(message);
  let name = '';
  while (reader.next()) {
    if (reader.field === 3) name = reader.string();
    else reader.skip();
  }
  return name;
}

/** One entry of a protobuf `map<string, string>`. */
export function readEntry(message: Buffer): readonly [string, string] {
  const reader = new WireReader(message);
  let key = '';
  let value = '';
  while (reader.next()) {
    if (reader.field === 1) key = reader.string();
    else if (reader.field === 2) value = reader.string();
    else reader.skip();
  }
  return [key, value];
}

/** The event id of a stored event, without decoding it. */
export function idOf(record: Buffer): string {
  return record.toString('latin1', ID_START, ID_FIELD_LENGTH);
}

/** The event type of a stored event, without decoding the rest. */
export function typeOf(record: Buffer): string {
  const [start, end] = typeSpan(record);
  return record.toString('utf8', start, end);
}

/** The stream name of a stored event, without decoding the rest. */
export function streamOf(record: Buffer): string {
  const at = skipLength(record, typeSpan(record)[1] + 1) + 1;
  const start = skipLength(record, at);
  return record.toString('utf8', start, start + lengthAt(record, at));
}

/** True for a link: an event of type `$>` that points at another event. */
export function isLink(record: Buffer): boolean {
  const [start, end] = typeSpan(record);
  return end - start === 2 && record[start] === 0x24 && record[start + 1] === 0x3e;
}

function typeSpan(record: Buffer): readonly [number, number] {
  const entry = skipLength(record, ID_FIELD_LENGTH + 1);
  const length = entry + TYPE_ENTRY.length + 1;
  const start = skipLength(record, length);
  return [start, start + lengthAt(record, length)];
}

function lengthAt(record: Buffer, offset: number): number {
  let value = 0;
  let shift = 0;
  for (let at = offset; ; at++) {
    const byte = record[at] ?? 0;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return value;
    shift += 7;
  }
}

function skipLength(record: Buffer, offset: number): number {
  let at = offset;
  while ((record[at] ?? 0) >= 0x80) at++;
  return at + 1;
}

/** When the event was recorded, in milliseconds since 1970. */
export function createdMs(record: Buffer): number {
  return Math.floor(Number(decodeRecord(record).created) / 10_000);
}

/** How a reader wants event ids: as text (Node) or as two 64-bit numbers (Java, .NET, Rust, Go). */
export type UuidForm = 'string' | 'structured';

/** What a reader receives for one event: the event (or the target of a link), the link it came by, and retries. */
export interface Delivery {
  readonly event: Buffer | undefined;
  readonly link: Buffer | undefined;
  readonly position: number;
  /** Present only on persistent subscriptions. */
  readonly retryCount?: number;
}

/** Encodes `ReadResp { event }` of the Streams service, or of persistent subscriptions when a retry count is given. */
export function encodeDelivery(delivery: Delivery, uuids: UuidForm): Buffer {
  const event = delivery.event && (uuids === 'string' ? delivery.event : withStructuredId(delivery.event));
  const link = delivery.link && (uuids === 'string' ? delivery.link : withStructuredId(delivery.link));
  const { position, retryCount } = delivery;
  let body = 1 + varintSize(position);
  if (event) body += 1 + varintSize(event.length) + event.length;
  if (link) body += 1 + varintSize(link.length) + link.length;
  if (retryCount !== undefined) body += 1 + varintSize(retryCount);
  const bytes = Buffer.allocUnsafe(1 + varintSize(body) + body);
  bytes[0] = 0x0a;
  let at = writeVarint(bytes, 1, body);
  if (event) at = writeBytes(bytes, at, 0x0a, event);
  if (link) at = writeBytes(bytes, at, 0x12, link);
  bytes[at++] = 0x18;
  at = writeVarint(bytes, at, position);
  if (retryCount !== undefined) {
    bytes[at++] = 0x28;
    writeVarint(bytes, at, retryCount);
  }
  return bytes;
}

function withStructuredId(record: Buffer): Buffer {
  return Buffer.concat([bytesField(1, structuredUuid(idOf(record))), record.subarray(ID_FIELD_LENGTH)]);
}

/** True when the record is the mark that its stream is deleted for ever. */
export function isTombstone(revision: number): boolean {
  return revision === TOMBSTONE_REVISION;
}
