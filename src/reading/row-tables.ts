import { createHash } from 'node:crypto';
import type { Cell, Projection, Row } from '../../projections/projection.js';
import type { Connection, Tuple } from './sqlite.js';

/** `known_until` of a row that stands: no event has closed it yet. Events are numbered below this. */
export const STANDING = 2_147_483_647;

/** Raised when the shape of these tables changes in a way that the projections' own columns do not show. */
const LAYOUT = 1;

/** Rows in one statement of a bulk load: a call costs as much as binding a dozen values. */
const BULK_ROWS = 16;

/** Rows read at once while a digest is worked out. */
const DIGEST_ROWS = 2_000;

/** An event that could not be taken, with the reason; its stream is flagged, the others go on. */
export interface ParkedEvent {
  readonly seq: number;
  readonly stream: string;
  readonly eventId: string;
  readonly type: string;
  readonly error: string;
}

/** Identifies what the rows look like; rows of another shape are rebuilt. */
export function schemaHash(projections: readonly Projection[]): string {
  const shape = projections.map(({ name, streams, columns, indexes }) => ({ name, streams, columns, indexes }));
  return createHash('sha256')
    .update(JSON.stringify([LAYOUT, shape]))
    .digest('hex');
}

/**
 * The tables of the projections. Each row is known from one event (`known_from`) until another closes it
 * (`known_until`); the checkpoint moves in the transaction that writes the rows.
 */
export class RowTables {
  readonly #connection: Connection;
  readonly #projections: readonly Projection[];
  readonly #columns: readonly (readonly string[])[];
  readonly #inserts: readonly string[];
  readonly #closes: readonly string[];
  readonly #bulks: readonly string[];
  /** Cells of rows that wait to be written together, by projection. */
  readonly #waiting: readonly Cell[][];

  constructor(connection: Connection, projections: readonly Projection[]) {
    this.#connection = connection;
    this.#projections = projections;
    this.#columns = projections.map(({ columns }) => Object.keys(columns));
    this.#inserts = projections.map(({ name }, index) => {
      const names = ['stream', 'key', 'known_from', 'known_until', ...(this.#columns[index] ?? [])];
      return `INSERT INTO main.${table(name)} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`;
    });
    this.#bulks = this.#inserts.map((insert) => {
      const [head = '', values = ''] = insert.split(' VALUES ');
      return `${head} VALUES ${Array.from({ length: BULK_ROWS }, () => values).join(', ')}`;
    });
    this.#waiting = projections.map(() => []);
    this.#closes = projections.map(
      ({ name }) =>
        `UPDATE main.${table(name)} SET known_until = ? WHERE stream = ? AND key = ? AND known_until = ${STANDING}`,
    );
  }

  create(): void {
    this.#connection.exec(`
      CREATE TABLE main.meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
      CREATE TABLE main.parked (
        seq INTEGER PRIMARY KEY, stream TEXT NOT NULL, event_id TEXT NOT NULL, type TEXT NOT NULL, error TEXT NOT NULL
      );
      CREATE INDEX main.parked_stream ON parked (stream);`);
    for (const { name, columns } of this.#projections) {
      const own = Object.entries(columns).map(([column, type]) => `${column} ${type}`);
      this.#connection.exec(
        `CREATE TABLE main.${table(name)} (stream INTEGER NOT NULL, key TEXT NOT NULL, known_from INTEGER NOT NULL,
           known_until INTEGER NOT NULL, ${own.join(', ')})`,
      );
    }
  }

  /** One statement per index, so that a caller can breathe between them. */
  indexStatements(): readonly string[] {
    return this.#projections.flatMap(({ name, indexes }) => [
      `CREATE UNIQUE INDEX main.${table(name)}_key ON ${table(name)} (stream, key, known_until)`,
      ...indexes.map((index) => {
        const where =
          index.where === undefined ? '' : ` WHERE ${index.where.replaceAll('{current}', `known_until = ${STANDING}`)}`;
        return `CREATE INDEX main.${index.name} ON ${table(name)} (${index.on})${where}`;
      }),
    ]);
  }

  /** Opens a row from an event on; the row that stood under the key must be closed first. */
  open(projection: number, stream: number, key: string, seq: number, row: Row): void {
    const cells: Cell[] = [stream, key, seq, STANDING];
    this.#addCells(projection, row, cells);
    this.#connection.statement(this.#inserts[projection] ?? '').run(...cells);
  }

  /** Adds a row whose end is known already, to be written with others: `flush` writes what is left. */
  add(projection: number, stream: number, key: string, from: number, until: number, row: Row): void {
    const waiting = this.#waiting[projection] as Cell[];
    waiting.push(stream, key, from, until);
    this.#addCells(projection, row, waiting);
    if (waiting.length < BULK_ROWS * this.#width(projection)) return;
    this.#connection.statement(this.#bulks[projection] ?? '').run(...waiting);
    waiting.length = 0;
  }

  flush(): void {
    for (const [projection, waiting] of this.#waiting.entries()) {
      const width = this.#width(projection);
      const insert = this.#connection.statement(this.#inserts[projection] ?? '');
      for (let at = 0; at < waiting.length; at += width) insert.run(...waiting.slice(at, at + width));
      waiting.length = 0;
    }
  }

  #addCells(projection: number, row: Row, cells: Cell[]): void {
    for (const column of this.#columns[projection] ?? []) cells.push(row[column] ?? null);
  }

  #width(projection: number): number {
    return 4 + (this.#columns[projection]?.length ?? 0);
  }

  close(projection: number, stream: number, key: string, seq: number): void {
    const closed = this.#connection.run(this.#closes[projection] ?? '', seq, stream, key);
    if (closed !== 1) {
      throw new Error(`The row ${key} of ${this.#projections[projection]?.name} was to be closed and does not stand.`);
    }
  }

  /** The last event whose rows are here, as its seq. */
  seq(): number {
    return Number(this.meta('seq') ?? 0);
  }

  setSeq(seq: number): void {
    this.setMeta('seq', String(seq));
  }

  meta(name: string): string | null {
    return this.#connection.get<{ value: string }>('SELECT value FROM main.meta WHERE name = ?', name)?.value ?? null;
  }

  setMeta(name: string, value: string): void {
    this.#connection.run('INSERT OR REPLACE INTO main.meta (name, value) VALUES (?, ?)', name, value);
  }

  park({ seq, stream, eventId, type, error }: ParkedEvent): void {
    this.#connection.run(
      'INSERT OR REPLACE INTO main.parked (seq, stream, event_id, type, error) VALUES (?, ?, ?, ?, ?)',
      seq,
      stream,
      eventId,
      type,
      error,
    );
  }

  /** Parked events up to a seq, of one stream or of all. */
  parked(options: { readonly stream?: string; readonly limit?: number } = {}): readonly ParkedEvent[] {
    const { stream, limit = 1_000 } = options;
    const columns = 'SELECT seq, stream, event_id AS eventId, type, error FROM main.parked';
    return stream === undefined
      ? this.#connection.all<ParkedEvent>(`${columns} ORDER BY seq LIMIT ?`, limit)
      : this.#connection.all<ParkedEvent>(`${columns} WHERE stream = ? ORDER BY seq LIMIT ?`, stream, limit);
  }

  parkedCount(): number {
    return Number(this.#connection.tuple('SELECT count(*) FROM main.parked')?.[0] ?? 0);
  }

  /**
   * SHA-256 over every row of every projection, in an order that does not depend on where the rows lie. Yields now and
   * then, so that others get their turn: rows must not change meanwhile, hence a connection of its own.
   */
  *digest(): Generator<void, string> {
    const hash = createHash('sha256');
    for (const [index, { name }] of this.#projections.entries()) {
      hash.update(`${name}\n`);
      const own = (this.#columns[index] ?? []).map((column) => `, ${column}`).join('');
      const rows = this.#connection.each(
        `SELECT stream, key, known_until, known_from${own} FROM main.${table(name)} ORDER BY stream, key, known_until`,
      );
      let block: Tuple[] = [];
      for (const row of rows) {
        block.push(row);
        if (block.length < DIGEST_ROWS) continue;
        hash.update(JSON.stringify(block).slice(1, -1)).update(',');
        block = [];
        yield;
      }
      hash.update(JSON.stringify(block).slice(1, -1)).update('\n');
    }
    return hash.digest('hex');
  }
}

/** Names of projections may hold hyphens, names of tables may not. */
export function table(projection: string): string {
  return projection.replaceAll('-', '_');
}
