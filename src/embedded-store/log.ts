import { checksum } from './checksum.js';
import type { Database, Statement } from './database.js';
import { createdMs, encodeRecord, type NewEvent, type StoredEvent, streamOf } from './record.js';
import { Refusal } from './refusal.js';
import { Tail } from './tail.js';
import { TOMBSTONE_REVISION } from './wire.js';

type Row = readonly [position: number, stream: number, revision: number, checksum: number, record: Uint8Array];

const COLUMNS = 'position, stream, revision, checksum, record';

/**
 * The one sequence of all events. Positions are 1, 2, 3 ... without a gap, so a missing record shows. Reading checks
 * every record against its checksum and refuses to hand out a damaged one.
 */
export class Log {
  /** Position of the newest event on disk. */
  head: number;
  private next: number;
  private lastMs = 0;
  private appended: StoredEvent[] = [];
  private readonly tail = new Tail();
  private readonly insertRow: Statement;
  private readonly saveHead: Statement;
  private readonly forwards: Statement;
  private readonly backwards: Statement;
  private readonly streamForwards: Statement;
  private readonly streamBackwards: Statement;

  constructor(private readonly database: Database) {
    const query = (condition: string): Statement => {
      const statement = database.prepare(`SELECT ${COLUMNS} FROM events WHERE ${condition} LIMIT ?`);
      statement.setReturnArrays(true);
      return statement;
    };
    this.insertRow = database.prepare(`INSERT INTO events (${COLUMNS}) VALUES (?, ?, ?, ?, ?)`);
    this.saveHead = database.prepare("UPDATE store SET value = ? WHERE key = 'head'");
    this.forwards = query('position > ? ORDER BY position');
    this.backwards = query('position < ? ORDER BY position DESC');
    this.streamForwards = query('stream = ? AND revision >= ? ORDER BY revision');
    this.streamBackwards = query('stream = ? AND revision <= ? ORDER BY revision DESC');
    const newest = database.prepare('SELECT coalesce(max(position), 0) AS head FROM events').get() as { head: number };
    this.head = newest.head;
    this.refuseLostEnd(database);
    this.next = this.head + 1;
    this.lastMs = this.newestMs();
  }

  /** Events after a position, oldest first; the newest come from memory. */
  readAfter(position: number, limit: number): readonly StoredEvent[] {
    return (
      this.tail.after(position, limit) ??
      gapless(
        { place: 'position', first: position + 1, step: 1, count: Math.min(limit, this.head - position) },
        toEvents(this.forwards.all(position, limit)),
      )
    );
  }

  /** Events before a position, newest first. */
  readBefore(position: number, limit: number): readonly StoredEvent[] {
    const span = { place: 'position', first: position - 1, step: -1, count: Math.min(limit, position - 1) } as const;
    return gapless(span, toEvents(this.backwards.all(position, limit)));
  }

  /** `limit` events of a stream from a revision on, oldest first; it must have them all. */
  readStream(stream: number, fromRevision: number, limit: number): readonly StoredEvent[] {
    const span = { place: 'revision', first: fromRevision, step: 1, count: limit, stream } as const;
    return gapless(span, toEvents(this.streamForwards.all(stream, fromRevision, limit)));
  }

  /** `limit` events of a stream from a revision down, newest first; it must have them all. */
  readStreamBackwards(stream: number, fromRevision: number, limit: number): readonly StoredEvent[] {
    const span = { place: 'revision', first: fromRevision, step: -1, count: limit, stream } as const;
    return gapless(span, toEvents(this.streamBackwards.all(stream, fromRevision, limit)));
  }

  /** One event of a stream. */
  at(stream: number, revision: number): StoredEvent | undefined {
    const [event] = toEvents(this.streamForwards.all(stream, revision, 1));
    return event?.revision === revision && event.stream === stream ? event : undefined;
  }

  /** Adds an event to the open transaction. */
  insert(event: NewEvent, streamName: string, stream: number, revision: number): StoredEvent {
    const position = this.next;
    const record = encodeRecord(event, streamName, revision, position, this.ticks());
    this.insertRow.run(position, stream, revision, checksum(record, position, stream, revision), record);
    this.next++;
    const stored = { position, stream, revision, record };
    this.appended.push(stored);
    return stored;
  }

  /** Events inserted in the open transaction. */
  get uncommitted(): number {
    return this.appended.length;
  }

  begin(): void {
    this.database.exec('BEGIN IMMEDIATE');
  }

  /** Makes what was inserted durable and visible; returns it. */
  commit(): readonly StoredEvent[] {
    const appended = this.appended;
    if (appended.length > 0) this.saveHead.run(this.next - 1);
    this.database.exec('COMMIT');
    this.head = this.next - 1;
    this.appended = [];
    this.tail.push(appended);
    return appended;
  }

  rollback(): void {
    this.appended = [];
    this.next = this.head + 1;
    if (this.database.isTransaction) this.database.exec('ROLLBACK');
  }

  /** New events in the places of lost ones could never be told from them: a log that has lost its end is not opened. */
  private refuseLostEnd(database: Database): void {
    const noted = database.prepare("SELECT value FROM store WHERE key = 'head'").get() as { value: number } | undefined;
    if (noted?.value === this.head) return;
    const message = `it ends at position ${this.head}, but its end is noted as ${noted?.value}; run verify and restore a backup`;
    throw new Refusal({ kind: 'damaged', message });
  }

  /** Recording time in ticks of 100 ns; never goes back within a run, so that age can be searched by halving. */
  private ticks(): string {
    this.lastMs = Math.max(this.lastMs, Date.now());
    return `${this.lastMs}0000`;
  }

  /** When the newest event was recorded; a damaged one must not keep the others from being served. */
  private newestMs(): number {
    try {
      const [last] = this.readBefore(this.next, 1);
      return last ? createdMs(last.record) : 0;
    } catch {
      return 0;
    }
  }
}

function toEvents(rows: unknown[]): readonly StoredEvent[] {
  return (rows as Row[]).map(([position, stream, revision, sum, bytes]) => {
    const record = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (checksum(record, position, stream, revision) !== sum) throw damaged(position, revision, record);
    return { position, stream, revision, record };
  });
}

/** The places that must have been found: so many from the first on, up or down, all in one stream if it is given. */
interface Span {
  readonly place: 'position' | 'revision';
  readonly first: number;
  readonly step: 1 | -1;
  readonly count: number;
  readonly stream?: number;
}

/** A record that is gone is no better than a damaged one: it is not passed over, also not at the end. */
function gapless(span: Span, events: readonly StoredEvent[]): readonly StoredEvent[] {
  const { place, step, count, stream } = span;
  let expected = span.first;
  for (const event of events) {
    if (event[place] !== expected || (stream !== undefined && event.stream !== stream)) {
      throw missing(span, expected, event);
    }
    expected += step;
  }
  if (events.length < count) throw missing(span, expected, events[0]);
  return events;
}

function missing({ place, stream }: Span, expected: number, found: StoredEvent | undefined): Refusal {
  const name = found && found.stream === stream ? readableStream(found.record) : `stream number ${stream}`;
  const where = place === 'position' ? `at position ${expected}` : `${expected}@${name}`;
  return new Refusal({
    kind: 'damaged',
    message: `The event ${where} is missing from the log; run verify and restore a backup.`,
  });
}

function damaged(position: number, revision: number, record: Buffer): Refusal {
  const number = revision === TOMBSTONE_REVISION ? 'tombstone' : revision;
  return new Refusal({
    kind: 'damaged',
    message: `The event at position ${position} (${number}@${readableStream(record)}) is damaged: its checksum does not match; run verify and restore a backup.`,
  });
}

function readableStream(record: Buffer): string {
  try {
    return streamOf(record);
  } catch {
    return 'unknown stream';
  }
}
