import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { checksum } from './checksum.js';
import { type Database, LOG_FILE, openForReading } from './database.js';
import { decodeRecord, JSON_CONTENT, type RecordedEvent, streamOf } from './record.js';
import { TOMBSTONE_REVISION } from './wire.js';

/** An event as it lies in the log, in the form in which a client of the store would get it. */
export interface FiledEvent {
  readonly stream: string;
  readonly revision: number;
  /** A decimal string, as clients tell positions. */
  readonly position: string;
  readonly id: string;
  readonly type: string;
  readonly data: unknown;
  readonly metadata: unknown;
  /** Why the store itself would not hand it out, as the end of a sentence; undefined where it would. */
  readonly fault: string | undefined;
  readonly isLost: false;
}

/** A place of the log with nothing to look at: the record is gone, cannot be decoded, or is not where it belongs. */
export interface LostPlace {
  /** Null where nothing says any more whose it was. */
  readonly stream: string | null;
  readonly revision: number;
  readonly position: string;
  /** What is wrong, as a sentence. */
  readonly fault: string;
  /** Where a record is there and cannot be trusted; left out where there is nothing to look at. */
  readonly kind?: 'damaged-record';
  readonly isLost: true;
}

export type FiledRecord = FiledEvent | LostPlace;

type Row = readonly [position: number, stream: number, revision: number, checksum: number, record: Uint8Array];

const PAGE = 2_000;

/**
 * Reads a log from its files, in order and as of one moment, without a store that runs: page by page, each record held
 * against its checksum and the place it is filed under. Works beside a running store too.
 * @param wanted which streams are decoded at all; places that are lost, damaged or filed under another stream than their
 * own are told whoever's they are, lest a name change hide a history
 * @throws Error when there is no log in the folder, or the file is none
 */
export function* readLogFiles(
  dataDir: string,
  wanted: (stream: string) => boolean,
): Generator<readonly FiledRecord[], void, undefined> {
  if (!existsSync(join(dataDir, LOG_FILE))) throw new Error(`There is no log in ${dataDir}: ${LOG_FILE} is missing.`);
  const database = openForReading(dataDir);
  try {
    database.exec('BEGIN');
    yield* pagesOf(database, wanted);
  } finally {
    // A transaction left open would keep the file locked until the connection is collected.
    if (database.isTransaction) database.exec('ROLLBACK');
    database.close();
  }
}

function* pagesOf(database: Database, wanted: (stream: string) => boolean): Generator<readonly FiledRecord[]> {
  const head = (database.prepare("SELECT value FROM store WHERE key = 'head'").get() as { value: number }).value;
  const page = database.prepare(
    'SELECT position, stream, revision, checksum, record FROM events WHERE position > ? ORDER BY position LIMIT ?',
  );
  page.setReturnArrays(true);
  const names = new Names(database);
  let last = 0;
  for (;;) {
    const rows = page.all(last, PAGE) as Row[];
    if (rows.length === 0) break;
    const events: FiledRecord[] = [];
    for (const row of rows) {
      const [position, stream] = row;
      if (position !== last + 1) events.push(gap(last + 1, position - 1));
      last = position;
      const name = names.of(stream);
      const record =
        name === undefined || wanted(name) ? filedEvent(row, name, wanted) : faultOfForeign(row, name, wanted);
      if (record !== null) events.push(record);
    }
    yield events;
  }
  if (last < head) yield [gap(last + 1, head)];
}

/** Most events stand in streams met before; nobody else writes to the table meanwhile. */
class Names {
  readonly #known = new Map<number, string | undefined>();
  readonly #find;

  constructor(database: Database) {
    this.#find = database.prepare('SELECT name FROM streams WHERE id = ?');
  }

  of(stream: number): string | undefined {
    const known = this.#known.get(stream);
    if (known !== undefined) return known;
    const name = (this.#find.get(stream) as { name: string } | undefined)?.name;
    this.#known.set(stream, name);
    return name;
  }
}

function gap(from: number, to: number): LostPlace {
  const which = from === to ? `position ${from} is` : `positions ${from} to ${to} are`;
  const fault = `Of the log ${which} missing: what stood there was taken out of the store's own file.`;
  return { stream: null, revision: 0, position: String(from), fault, isLost: true };
}

/** What is wrong with a record filed under a stream that nobody asked for; null where it belongs there and is sound. */
function faultOfForeign(row: Row, name: string, wanted: (stream: string) => boolean): LostPlace | null {
  const [position, stream, revision, sum, bytes] = row;
  const record = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isSound = checksum(record, position, stream, revision) === sum;
  if (isSound && streamOf(record) === name) return null;
  let event: RecordedEvent;
  try {
    event = decodeRecord(record);
  } catch {
    return lost(position, revision, name, 'cannot be decoded');
  }
  // Of a record whose bytes rotted the name is no evidence, unless it is one of those asked for.
  if (isSound || wanted(event.stream)) return misfiled(position, name, event, wanted);
  return { ...lost(position, revision, name, UNSOUND), kind: 'damaged-record' };
}

const UNSOUND = 'does not match the checksum in the store';

function filedEvent(
  [position, stream, revision, sum, bytes]: Row,
  name: string | undefined,
  wanted: (stream: string) => boolean,
): FiledRecord {
  const record = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isSound = checksum(record, position, stream, revision) === sum;
  let event: RecordedEvent;
  try {
    event = decodeRecord(record);
  } catch {
    return lost(position, revision, name, 'cannot be decoded');
  }
  const { type, contentType } = event;
  if (event.stream !== name) return misfiled(position, name, event, wanted);
  if (revision === TOMBSTONE_REVISION) return lost(position, revision, name, 'deletes the stream for ever');
  const isInPlace = event.position === position && event.revision === revision;
  const fault = !isSound
    ? UNSOUND
    : isInPlace
      ? undefined
      : `is filed in another place than its own, ${event.revision} at ${event.position}`;
  return {
    stream: name,
    revision,
    position: String(position),
    id: event.id,
    type,
    data: contentType === JSON_CONTENT ? parsed(event.data, asText) : event.data,
    metadata: event.metadata.length === 0 ? undefined : parsed(event.metadata, asBytes),
    fault,
    isLost: false,
  };
}

function lost(position: number, revision: number, name: string | undefined, why: string): LostPlace {
  const fault = `The record at position ${position}, ${placeOf(revision, name)}, ${why}.`;
  return { stream: name ?? null, revision, position: String(position), fault, isLost: true };
}

/** A record counts for the stream that it says it is of; where that is none of those asked for, for the one it is filed under. */
function misfiled(
  position: number,
  filed: string | undefined,
  { stream: own, revision }: Pick<RecordedEvent, 'stream' | 'revision'>,
  wanted: (stream: string) => boolean,
): LostPlace {
  const under = filed ?? 'one without a name';
  const fault = `The record at position ${position}, ${placeOf(revision, own)}, is filed under another stream than its own: ${under}.`;
  const stream = wanted(own) ? own : (filed ?? own);
  return { stream, revision, position: String(position), fault, kind: 'damaged-record', isLost: true };
}

function placeOf(revision: number, name: string | undefined): string {
  return `${revision === TOMBSTONE_REVISION ? 'the end' : `revision ${revision}`} of ${name ?? 'a stream without a name'}`;
}

/** As the clients do: what is no JSON comes as it is. */
function parsed(bytes: Uint8Array, otherwise: (bytes: Uint8Array) => unknown): unknown {
  try {
    return JSON.parse(asText(bytes)) as unknown;
  } catch {
    return otherwise(bytes);
  }
}

function asText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

function asBytes(bytes: Uint8Array): Uint8Array {
  return bytes;
}
