import { EMPTY, type NewEvent, readEntry, readStreamName } from './record.js';
import { type Expected, Refusal } from './refusal.js';
import { NIL_UUID, readUuid } from './uuid.js';
import { WireReader } from './wire.js';

// Hand-written decoding of the two append requests: the generated classes spend more time on an event than the rest of
// the append, and they drop the field in which newer clients send their deadline.

export interface AppendOptions {
  readonly stream: string;
  readonly expected: Expected;
  /** When the caller stops waiting, in milliseconds since 1970. */
  readonly deadlineMs: number | undefined;
}

/** One message of the Append call: the options first, then one event each. */
export type AppendPart = { readonly options: AppendOptions } | { readonly event: Proposal };

/** One message of the BatchAppend call. */
export interface BatchPart {
  /** The correlation id as the client encoded it, to be sent back unchanged. */
  readonly correlation: Buffer;
  readonly options: AppendOptions | undefined;
  readonly events: readonly Proposal[];
  readonly isFinal: boolean;
}

/** An event as proposed; what is wrong with it is said when the append is decided, not while decoding. */
export interface Proposal extends NewEvent {
  readonly fault: 'missing-metadata' | 'no-id' | 'bad-id' | 'no-type' | undefined;
}

export function readAppendPart(message: Buffer): AppendPart {
  const reader = new WireReader(message);
  while (reader.next()) {
    if (reader.field === 1) return { options: readOptions(reader.bytes()) };
    if (reader.field === 2) return { event: readProposal(reader.bytes()) };
    reader.skip();
  }
  throw new RangeError('the append message is empty');
}

export function readBatchPart(message: Buffer): BatchPart {
  const reader = new WireReader(message);
  let correlation: Buffer = EMPTY;
  let options: AppendOptions | undefined;
  let isFinal = false;
  const events: Proposal[] = [];
  while (reader.next()) {
    if (reader.field === 1) correlation = reader.bytes();
    else if (reader.field === 2) options = readOptions(reader.bytes());
    else if (reader.field === 3) events.push(readProposal(reader.bytes()));
    else if (reader.field === 4) isFinal = reader.varint() !== 0;
    else reader.skip();
  }
  return { correlation, options, events, isFinal };
}

function readOptions(message: Buffer): AppendOptions {
  const reader = new WireReader(message);
  let stream = '';
  let expected: Expected = { kind: 'any' };
  let deadlineMs: number | undefined;
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        stream = readStreamName(reader.bytes());
        break;
      case 2:
        expected = { kind: 'exact', revision: reader.varint() };
        break;
      case 3:
        reader.skip();
        expected = { kind: 'no-stream' };
        break;
      case 4:
        reader.skip();
        expected = { kind: 'any' };
        break;
      case 5:
        reader.skip();
        expected = { kind: 'stream-exists' };
        break;
      case 6:
        deadlineMs = readSeconds(reader.bytes()) * 1000;
        break;
      case 7:
        deadlineMs = Date.now() + readSeconds(reader.bytes()) * 1000;
        break;
      default:
        reader.skip();
    }
  }
  return { stream, expected, deadlineMs };
}

/** Timestamp and Duration look the same on the wire: whole seconds and nanoseconds. */
function readSeconds(message: Buffer): number {
  const reader = new WireReader(message);
  let seconds = 0;
  while (reader.next()) {
    if (reader.field === 1) seconds += Number(reader.int64());
    else if (reader.field === 2) seconds += Number(reader.int64()) / 1e9;
    else reader.skip();
  }
  return seconds;
}

function readProposal(message: Buffer): Proposal {
  const reader = new WireReader(message);
  let id: string | undefined = NIL_UUID;
  let type: string | undefined;
  let contentType: string | undefined;
  let metadata: Buffer = EMPTY;
  let data: Buffer = EMPTY;
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        id = uuidOrNothing(reader.bytes());
        break;
      case 2: {
        const [key, value] = readEntry(reader.bytes());
        if (key === 'type') type = value;
        else if (key === 'content-type') contentType = value;
        break;
      }
      case 3:
        metadata = reader.bytes();
        break;
      case 4:
        data = reader.bytes();
        break;
      default:
        reader.skip();
    }
  }
  const complete = type !== undefined && contentType !== undefined;
  const fault = complete ? faultOf(id, type) : 'missing-metadata';
  // Anything that is not JSON is binary, whatever it calls itself.
  const kind = contentType === 'application/json' ? contentType : 'application/octet-stream';
  return { id: id ?? NIL_UUID, type: type ?? '', contentType: kind, metadata, data, fault };
}

/** One bad id must not end the stream that all appends of a client share. */
function uuidOrNothing(message: Buffer): string | undefined {
  try {
    return readUuid(message);
  } catch {
    return undefined;
  }
}

function faultOf(id: string | undefined, type: string | undefined): Proposal['fault'] {
  if (id === undefined) return 'bad-id';
  if (id === NIL_UUID) return 'no-id';
  return type === '' ? 'no-type' : undefined;
}

/** Throws the Refusal for a stream that cannot be written, or the first event that cannot be stored. */
export function refuseFaulty(stream: string, events: readonly Proposal[]): void {
  if (stream === '' || stream === '$all' || stream === '$$') {
    throw new Refusal({ kind: 'invalid', message: `"${stream}" is no stream to append to.` });
  }
  for (const { fault } of events) {
    if (fault === 'missing-metadata') throw new Refusal({ kind: 'missing-metadata' });
    if (fault === 'no-id') throw new Refusal({ kind: 'invalid', message: 'Empty eventId provided.' });
    if (fault === 'bad-id') throw new Refusal({ kind: 'invalid', message: 'The eventId is not a UUID.' });
    if (fault === 'no-type') throw new Refusal({ kind: 'invalid', message: 'Empty eventType provided.' });
  }
}

/** Bytes an event counts against the limit of an append: data, metadata and twice the length of its type. */
export function sizeOf(event: NewEvent): number {
  return event.data.length + event.metadata.length + 2 * event.type.length;
}
