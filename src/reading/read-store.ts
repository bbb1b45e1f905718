import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Projection } from '../../projections/projection.js';
import { KeptLog } from './kept-log.js';
import { RowTables, schemaHash } from './row-tables.js';
import { Connection, isCorrupt } from './sqlite.js';

const LOG = 'log.sqlite';
const ROWS = /^rows-(\d+)\.sqlite$/;
const SIDE_FILES = ['', '-wal', '-shm', '-journal'];

/** What rows are made of besides events: rows made of something else are rebuilt. */
export interface Making {
  readonly projections: readonly Projection[];
  /** Hash of the rule book. */
  readonly bookHash: string;
  /** Hash of the program that turns events into rows, or any mark that changes with it. */
  readonly program: string;
}

/** One file of rows with the kept log beside it, on one connection. */
export interface OpenRows {
  readonly connection: Connection;
  readonly log: KeptLog;
  readonly rows: RowTables;
}

/**
 * The read side's files in one folder: `log.sqlite` (the kept events) and `rows-<n>.sqlite` (the projections). A rebuild
 * writes `building-<n>.sqlite` and becomes current by being renamed to the next number: the highest number counts, so a
 * crash at any moment leaves the old rows or the new ones.
 */
export class ReadStore {
  readonly #dir: string;
  readonly #making: Making;
  #open: OpenRows;
  #number: number;

  constructor(dir: string, making: Making) {
    this.#dir = dir;
    this.#making = making;
    mkdirSync(dir, { recursive: true });
    this.#sweep();
    this.#number = this.#numbers().at(-1) ?? 0;
    this.#open = this.#openCurrent();
  }

  get current(): OpenRows {
    return this.#open;
  }

  /** Whether the rows were made by today's law and program; if not they must not be shown. */
  get isUsable(): boolean {
    const { rows } = this.#open;
    return this.#marks().every(([name, value]) => rows.meta(name) === value);
  }

  /** A second connection on the rows that stand, which sees them as they are now whatever is written meanwhile. */
  snapshot(): OpenRows {
    const connection = new Connection(this.#open.connection.file, { readOnly: true });
    connection.exec('BEGIN');
    connection.tuple('SELECT value FROM main.meta LIMIT 1');
    return { connection, log: this.#open.log, rows: new RowTables(connection, this.#making.projections) };
  }

  /** Opens an empty file beside the current one; the caller fills it, makes its indexes and hands it to `switchTo`. */
  beginBuilding(): OpenRows {
    this.#removeBuildings();
    const connection = new Connection(join(this.#dir, `building-${this.#number + 1}.sqlite`));
    try {
      // No journal and no syncs: a crash throws the file away, and `switchTo` syncs it whole.
      connection.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -65536');
      this.#attachLog(connection);
      const rows = new RowTables(connection, this.#making.projections);
      connection.transaction(() => this.#begin(rows));
      return { connection, log: new KeptLog(connection), rows };
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  /** Makes a finished building the current rows and removes the old ones. Nobody sees a moment without rows. */
  switchTo(building: OpenRows): void {
    building.connection.close();
    const old = this.#open.connection;
    const next = this.#number + 1;
    const file = this.#rowsFile(next);
    sync(building.connection.file);
    renameSync(building.connection.file, file);
    sync(this.#dir);
    this.#number = next;
    this.#open = this.#openFile(file);
    old.close();
    remove(old.file);
  }

  abandon(building: OpenRows): void {
    building.connection.close();
    remove(building.connection.file);
  }

  /** Forgets everything, the kept log too: the store behind it is another one. */
  forget(): void {
    this.#open.connection.close();
    remove(join(this.#dir, LOG));
    for (const number of this.#numbers()) remove(this.#rowsFile(number));
    this.#number += 1;
    this.#open = this.#openCurrent();
  }

  close(): void {
    this.#open.connection.close();
  }

  #openCurrent(): OpenRows {
    const file = this.#rowsFile(this.#number);
    try {
      return this.#openFile(file);
    } catch (error) {
      if (!isCorrupt(error)) throw error;
      // Everything here can be made again from the store behind it.
      remove(file);
      remove(join(this.#dir, LOG));
      return this.#openFile(file);
    }
  }

  #openFile(file: string): OpenRows {
    const connection = new Connection(file);
    try {
      connection.exec('PRAGMA main.journal_mode = WAL; PRAGMA main.synchronous = NORMAL; PRAGMA main.cache_size = -65536');
      this.#attachLog(connection);
      const rows = new RowTables(connection, this.#making.projections);
      if (connection.get("SELECT 1 FROM main.sqlite_schema WHERE name = 'meta'") === undefined) {
        connection.transaction(() => {
          this.#begin(rows);
          for (const statement of rows.indexStatements()) connection.exec(statement);
        });
      }
      return { connection, log: new KeptLog(connection), rows };
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  #attachLog(connection: Connection): void {
    connection.run('ATTACH DATABASE ? AS log', join(this.#dir, LOG));
    connection.exec('PRAGMA log.journal_mode = WAL; PRAGMA log.synchronous = NORMAL; PRAGMA log.cache_size = -16384');
  }

  #begin(rows: RowTables): void {
    rows.create();
    rows.setSeq(0);
    for (const [name, value] of this.#marks()) rows.setMeta(name, value);
  }

  #marks(): readonly (readonly [string, string])[] {
    return [
      ['schema', schemaHash(this.#making.projections)],
      ['ruleBook', this.#making.bookHash],
      ['program', this.#making.program],
    ];
  }

  #rowsFile(number: number): string {
    return join(this.#dir, `rows-${number}.sqlite`);
  }

  #numbers(): readonly number[] {
    return readdirSync(this.#dir)
      .flatMap((name) => (ROWS.test(name) ? [Number(ROWS.exec(name)?.[1])] : []))
      .sort((a, b) => a - b);
  }

  #sweep(): void {
    this.#removeBuildings();
    for (const number of this.#numbers().slice(0, -1)) remove(this.#rowsFile(number));
  }

  #removeBuildings(): void {
    for (const name of readdirSync(this.#dir)) {
      if (name.startsWith('building-')) rmSync(join(this.#dir, name), { force: true });
    }
  }
}

function remove(file: string): void {
  for (const suffix of SIDE_FILES) rmSync(file + suffix, { force: true });
}

function sync(path: string): void {
  if (!existsSync(path)) return;
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
