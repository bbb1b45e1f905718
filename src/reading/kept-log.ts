import type { StoredEvent } from '../ledger/event-store.js';
import type { Connection, Parameter, Tuple } from './sqlite.js';

/** An event as the subscription handed it out, before anything is made of it. */
export interface ArrivedEvent extends StoredEvent {
  /** Prepare position: equal to the commit position in all but very old logs. */
  readonly prepare: string;
  /** When this store took it, which `recordedAt` need not be for a history that was moved here. */
  readonly storedAt: string;
}

/** An event as the read side keeps it: data and metadata word for word as JSON, personal fields still sealed. */
export interface KeptEvent {
  readonly seq: number;
  /** Number of the stream in order of first appearance: the same in every read side of this log. */
  readonly streamNumber: number;
  readonly stream: string;
  readonly revision: number;
  readonly position: string;
  readonly id: string;
  readonly type: string;
  readonly recordedAt: string;
  readonly data: string;
  readonly metadata: string;
}

/** Where a subscription goes on: strictly after this position. */
export interface Checkpoint {
  readonly commit: string;
  readonly prepare: string;
}

/** What of a kept event a store must still have in the same place if it is the store that it was. */
export interface Landmark {
  readonly stream: string;
  readonly revision: number;
  readonly id: string;
  readonly storedAt: string;
}

/** Raised when the tables below change: a file of another layout is thrown away and read again from the store. */
export const LOG_LAYOUT = 2;

const TABLES = `
  CREATE TABLE IF NOT EXISTS log.meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS log.streams (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
  CREATE TABLE IF NOT EXISTS log.events (
    seq INTEGER PRIMARY KEY, stream INTEGER NOT NULL, revision INTEGER NOT NULL, position INTEGER NOT NULL,
    prepare INTEGER NOT NULL, id TEXT NOT NULL, type TEXT NOT NULL, occurred_on TEXT, recorded_at TEXT NOT NULL,
    known_at TEXT NOT NULL, stored_at TEXT NOT NULL, actor TEXT, data TEXT NOT NULL, metadata TEXT NOT NULL
  );
  CREATE UNIQUE INDEX IF NOT EXISTS log.events_stream ON events (stream, revision);
  CREATE INDEX IF NOT EXISTS log.events_id ON events (id);
  CREATE INDEX IF NOT EXISTS log.events_type ON events (type, seq);
  PRAGMA log.user_version = ${LOG_LAYOUT};`;

const COLUMNS = `e.seq, e.stream, s.name, e.revision, CAST(e.position AS TEXT), e.id, e.type, e.recorded_at, e.data,
  e.metadata FROM log.events e JOIN log.streams s ON s.number = e.stream`;

const REMEMBERED_STREAMS = 20_000;

/**
 * Everything the read side has taken from the store: our events in log order, numbered 1, 2, 3 ... (`seq`). Rows are
 * rebuilt from here without the client. It lives in the schema `log`, a file of its own, so that a rebuild copies
 * nothing; rows have a checkpoint of their own, so neither file needs the other's commit.
 */
export class KeptLog {
  readonly #connection: Connection;
  readonly #heads = new Map<string, { readonly number: number; last: number }>();
  #lastSeq: number;
  #lastKnownAt: string;

  /**
   * @param connection one with the log's file attached as `log`
   * @param options.readOnly whether it may only read: another connection has made the tables
   */
  constructor(connection: Connection, { readOnly = false }: { readonly readOnly?: boolean } = {}) {
    this.#connection = connection;
    if (!readOnly) connection.exec(TABLES);
    const last = connection.tuple('SELECT seq, known_at FROM log.events ORDER BY seq DESC LIMIT 1');
    this.#lastSeq = Number(last?.[0] ?? 0);
    this.#lastKnownAt = String(last?.[1] ?? '');
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  /**
   * Takes events in log order, in one transaction with the checkpoint; those it already has are passed over. A hole in
   * a stream's revisions is taken as it is: `gaps` says after which event something is missing.
   */
  append(
    events: readonly ArrivedEvent[],
    checkpoint?: Checkpoint,
  ): { readonly added: number; readonly gaps: readonly number[] } {
    const before = { seq: this.#lastSeq, knownAt: this.#lastKnownAt };
    const gaps: number[] = [];
    try {
      return this.#connection.transaction(() => {
        const insert = this.#connection.statement(
          `INSERT INTO log.events (seq, stream, revision, position, prepare, id, type, occurred_on, recorded_at,
             known_at, stored_at, actor, data, metadata) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)`,
        );
        for (const event of events) {
          const head = this.#head(event.stream);
          if (event.revision <= head.last) continue;
          if (event.revision > head.last + 1) gaps.push(this.#lastSeq + 1);
          head.last = event.revision;
          this.#lastSeq += 1;
          // Clocks step back now and then; what is known must not become unknown a moment later.
          if (event.recordedAt > this.#lastKnownAt) this.#lastKnownAt = event.recordedAt;
          insert.run(
            this.#lastSeq,
            head.number,
            event.revision,
            BigInt(event.position),
            BigInt(event.prepare),
            event.id,
            event.type,
            textField(event.data, 'occurredOn'),
            event.recordedAt,
            this.#lastKnownAt,
            event.storedAt,
            textField(event.metadata, 'actor'),
            jsonOf(event.data),
            jsonOf(event.metadata),
          );
        }
        const last = events.at(-1);
        const reached = checkpoint ?? (last && { commit: last.position, prepare: last.prepare });
        if (reached !== undefined) this.setMeta('checkpoint', JSON.stringify(reached));
        return { added: this.#lastSeq - before.seq, gaps };
      });
    } catch (error) {
      this.#lastSeq = before.seq;
      this.#lastKnownAt = before.knownAt;
      this.#heads.clear();
      throw error;
    }
  }

  checkpoint(): Checkpoint | null {
    const value = this.meta('checkpoint');
    return value === null ? null : (JSON.parse(value) as Checkpoint);
  }

  /** The last kept event, to be looked up in the store before it is trusted to be the same store. */
  landmark(): Landmark | null {
    const last = this.#connection.get<{ name: string; revision: number; id: string; stored_at: string }>(
      `SELECT s.name, e.revision, e.id, e.stored_at FROM log.events e JOIN log.streams s ON s.number = e.stream
       ORDER BY e.seq DESC LIMIT 1`,
    );
    return last === undefined
      ? null
      : { stream: last.name, revision: last.revision, id: last.id, storedAt: last.stored_at };
  }

  meta(name: string): string | null {
    return this.#connection.get<{ value: string }>('SELECT value FROM log.meta WHERE name = ?', name)?.value ?? null;
  }

  setMeta(name: string, value: string): void {
    this.#connection.run('INSERT OR REPLACE INTO log.meta (name, value) VALUES (?, ?)', name, value);
  }

  /** The number of a stream, or null when nothing of it was recorded. */
  streamNumber(name: string): number | null {
    return numberIn(this.#connection.tuple('SELECT number FROM log.streams WHERE name = ?', name));
  }

  /** The last event recorded by an instant: its seq, 0 before the first. */
  seqKnownAt(instant: string): number {
    return this.#lastSeqWhere('known_at <= ?', instant);
  }

  /** The last event at or before a position: its seq, 0 before the first. */
  seqAtPosition(position: string): number {
    return this.#lastSeqWhere('position <= ?', BigInt(position));
  }

  /** Positions and times grow with the seq: halving finds them, and two indexes less are written for every event. */
  #lastSeqWhere(condition: string, value: Parameter): number {
    let [from, until] = [0, this.#lastSeq];
    while (from < until) {
      const middle = Math.ceil((from + until) / 2);
      const holds = this.#connection.tuple(`SELECT ${condition} FROM log.events WHERE seq = ?`, value, middle)?.[0];
      if (holds === 1) from = middle;
      else until = middle - 1;
    }
    return from;
  }

  /** The commit position of an event by its seq; `0` before the first. */
  positionOf(seq: number): string {
    if (seq <= 0) return '0';
    return String(
      this.#connection.tuple('SELECT CAST(position AS TEXT) FROM log.events WHERE seq = ?', seq)?.[0] ?? '0',
    );
  }

  /** The next events in log order. */
  after(seq: number, limit: number): readonly KeptEvent[] {
    return this.#connection
      .tuples(`SELECT ${COLUMNS} WHERE e.seq > ? ORDER BY e.seq LIMIT ?`, seq, limit)
      .map(keptEvent);
  }

  /** Events after one seq and not after another, in log order, of some types or all. */
  between(
    afterSeq: number,
    untilSeq: number,
    options: { readonly limit: number; readonly types?: readonly string[]; readonly occurredUntil?: string },
  ): readonly KeptEvent[] {
    const { limit, types = [], occurredUntil } = options;
    const ofTypes = types.length === 0 ? '' : `AND e.type IN (${types.map(() => '?').join(', ')})`;
    const occurred = occurredUntil === undefined ? '' : 'AND e.occurred_on <= ?';
    return this.#connection
      .tuples(
        `SELECT ${COLUMNS} WHERE e.seq > ? AND e.seq <= ? ${ofTypes} ${occurred} ORDER BY e.seq LIMIT ?`,
        afterSeq,
        untilSeq,
        ...types,
        ...(occurredUntil === undefined ? [] : [occurredUntil]),
        limit,
      )
      .map(keptEvent);
  }

  /** The next events of some streams, named by their numbers, in log order. */
  betweenOf(streams: readonly number[], afterSeq: number, untilSeq: number, limit: number): readonly KeptEvent[] {
    return this.#connection
      .tuples(
        `SELECT ${COLUMNS} WHERE e.stream IN (SELECT value FROM json_each(?)) AND e.seq > ? AND e.seq <= ?
         ORDER BY e.seq LIMIT ?`,
        JSON.stringify(streams),
        afterSeq,
        untilSeq,
        limit,
      )
      .map(keptEvent);
  }

  /** One stream's events up to a seq, in order. */
  ofStream(streamNumber: number, untilSeq: number): readonly KeptEvent[] {
    return this.#connection
      .tuples(`SELECT ${COLUMNS} WHERE e.stream = ? AND e.seq <= ? ORDER BY e.revision`, streamNumber, untilSeq)
      .map(keptEvent);
  }

  /** Events of several streams by their numbers, stream by stream. */
  ofStreams(from: number, until: number, untilSeq: number): readonly KeptEvent[] {
    return this.#connection
      .tuples(
        `SELECT ${COLUMNS} WHERE e.stream BETWEEN ? AND ? AND e.seq <= ? ORDER BY e.stream, e.revision`,
        from,
        until,
        untilSeq,
      )
      .map(keptEvent);
  }

  /** The first event of a stream: its place in the log, and the name of the stream. */
  firstOf(streamNumber: number): { readonly seq: number; readonly stream: string } | null {
    const row = this.#connection.tuple<readonly [number, string]>(
      `SELECT e.seq, s.name FROM log.events e JOIN log.streams s ON s.number = e.stream
       WHERE e.stream = ? ORDER BY e.revision LIMIT 1`,
      streamNumber,
    );
    return row === undefined ? null : { seq: row[0], stream: row[1] };
  }

  /** How many events some streams have up to a seq. */
  countOf(streams: readonly number[], untilSeq: number): number {
    const sql = 'SELECT count(*) FROM log.events WHERE stream IN (SELECT value FROM json_each(?)) AND seq <= ?';
    return numberIn(this.#connection.tuple(sql, JSON.stringify(streams), untilSeq)) ?? 0;
  }

  /** How many streams there are: their numbers are 1 to this. */
  streamCount(): number {
    return numberIn(this.#connection.tuple('SELECT max(number) FROM log.streams')) ?? 0;
  }

  /** Names of employers' streams that have events of some types after one seq and not after another. */
  employersWith(types: readonly string[], afterSeq: number, untilSeq: number): readonly string[] {
    return this.#connection
      .tuples<readonly [string]>(
        `SELECT DISTINCT s.name FROM log.events e JOIN log.streams s ON s.number = e.stream
         WHERE e.type IN (SELECT value FROM json_each(?)) AND e.seq > ? AND e.seq <= ?
           AND s.name GLOB 'employer-*'`,
        JSON.stringify(types),
        afterSeq,
        untilSeq,
      )
      .map(([name]) => name);
  }

  /** Which of some ids events of some types name in a field, or in that field of a correction, and in which streams. Reads
   * every event of these types: for a million of them 1.4 s with one id, 3 s with five. */
  streamsNaming(
    types: readonly string[],
    field: string,
    ids: readonly string[],
  ): readonly { readonly id: string; readonly stream: string }[] {
    return this.#connection
      .tuples<readonly [string, string]>(
        `SELECT DISTINCT i.value, s.name FROM log.events e
         JOIN json_each(?) i ON i.value IN (json_extract(e.data, '$.' || ?), json_extract(e.data, '$.data.' || ?))
         JOIN log.streams s ON s.number = e.stream
         WHERE e.type IN (SELECT value FROM json_each(?))`,
        JSON.stringify(ids),
        field,
        field,
        JSON.stringify(types),
      )
      .map(([id, stream]) => ({ id, stream }));
  }

  byId(id: string): KeptEvent | null {
    const found = this.#connection.tuple(`SELECT ${COLUMNS} WHERE e.id = ?`, id);
    return found === undefined ? null : keptEvent(found);
  }

  #head(stream: string): { readonly number: number; last: number } {
    const known = this.#heads.get(stream);
    if (known !== undefined) return known;
    let number = this.streamNumber(stream);
    let last = -1;
    if (number === null) {
      number = this.streamCount() + 1;
      this.#connection.run('INSERT INTO log.streams (number, name) VALUES (?, ?)', number, stream);
    } else {
      last = numberIn(this.#connection.tuple('SELECT max(revision) FROM log.events WHERE stream = ?', number)) ?? -1;
    }
    if (this.#heads.size >= REMEMBERED_STREAMS) this.#heads.clear();
    const head = { number, last };
    this.#heads.set(stream, head);
    return head;
  }
}

function keptEvent(row: Tuple): KeptEvent {
  return {
    seq: row[0] as number,
    streamNumber: row[1] as number,
    stream: row[2] as string,
    revision: row[3] as number,
    position: row[4] as string,
    id: row[5] as string,
    type: row[6] as string,
    recordedAt: row[7] as string,
    data: row[8] as string,
    metadata: row[9] as string,
  };
}

function numberIn(row: Tuple | undefined): number | null {
  const value = row?.[0];
  return typeof value === 'number' ? value : null;
}

function textField(value: unknown, name: string): string | null {
  if (typeof value !== 'object' || value === null) return null;
  const field = (value as Record<string, unknown>)[name];
  return typeof field === 'string' ? field : null;
}

/** Bytes that are no JSON are kept too, as a JSON string: they are parked, not lost. */
function jsonOf(value: unknown): string {
  if (value instanceof Uint8Array) return JSON.stringify(Buffer.from(value).toString('base64'));
  return JSON.stringify(value ?? null);
}
