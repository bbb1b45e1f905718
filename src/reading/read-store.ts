import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Projection } from '../../projections/projection.js';
import { KeptLog, LOG_LAYOUT } from './kept-log.js';
import { RowTables, schemaHash } from './row-tables.js';
import { Connection, isCorrupt } from './sqlite.js';

const LOG = 'log.sqlite';
/** The kept log of a store that was another one before. */
const SET_ASIDE = 'log.set-aside.sqlite';
const ROWS = /^rows-(\d+)\.sqlite$/;
const SIDE_FILES = ['', '-wal', '-shm', '-journal'];

/** What rows are made of besides events: rows made of something else are rebuilt. */
export interface Making {
  readonly projections: readonly Projection[];
  /** Hash of the rule book that counts from the first event of a log on; later ones stand in the log as events. */
  readonly firstBook: (log: KeptLog) => string;
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
  #looked: { readonly open: OpenRows; readonly firstBook: string; readonly isUsable: boolean } | null = null;

  constructor(dir: string, making: Making) {
    this.#dir = dir;
    this.#making = making;
    mkdirSync(dir, { recursive: true });
    this.#sweep();
    this.#number = this.#numbers().at(-1) ?? 0;
    if (!hasTodaysLayout(join(dir, LOG))) this.#removeAll();
    this.#open = this.#openCurrent();
  }

  get current(): OpenRows {
    return this.#open;
  }

  /** Whether the rows were made by today's law and program; if not they must not be shown. */
  get isUsable(): boolean {
    const open = this.#open;
    const firstBook = this.#making.firstBook(open.log);
    // Asked before every read, and only the first book of a log can still change under rows that are open.
    if (this.#looked?.open !== open || this.#looked.firstBook !== firstBook) {
      const isUsable = marks(this.#making, open.log).every(([name, value]) => open.rows.meta(name) === value);
      this.#looked = { open, firstBook, isUsable };
    }
    return this.#looked.isUsable;
  }

  /** A second connection on the rows that stand, which sees them as they are now whatever is written meanwhile. */
  snapshot(): OpenRows {
    const connection = new Connection(this.#open.connection.file, { readOnly: true });
    connection.exec('BEGIN');
    connection.tuple('SELECT value FROM main.meta LIMIT 1');
    return { connection, log: this.#open.log, rows: new RowTables(connection, this.#making.projections) };
  }

  /** The files of the rows that stand and of the log, for a connection in another thread. */
  get files(): { readonly rowsFile: string; readonly logFile: string } {
    return { rowsFile: this.#open.connection.file, logFile: join(this.#dir, LOG) };
  }

  /** What a thread needs to fill a building file by itself. */
  get paths(): { readonly logFile: string; readonly making: Making } {
    return { logFile: join(this.#dir, LOG), making: this.#making };
  }

  /** Where the next rows are built, beside the current ones; what an earlier attempt left there is removed. */
  newBuildingFile(): string {
    this.#removeBuildings();
    return join(this.#dir, `building-${this.#number + 1}.sqlite`);
  }

  /** Opens a building file, empty or filled; rows, indexes and the last events are written to it before the switch. */
  openBuilding(file: string): OpenRows {
    return openRows(file, join(this.#dir, LOG), this.#making);
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
    this.#removeBuildings();
  }

  /** Removes a building that came to nothing, with the parts that threads may have left. */
  discard(file: string): void {
    remove(file);
    this.#removeBuildings();
  }

  /** Forgets everything, the kept log too: the store behind it is another one. */
  forget(): void {
    this.#open.connection.close();
    this.#setLogAside();
    this.#removeAll();
    this.#open = this.#openCurrent();
  }

  /** It may be the last copy of what was recorded: only the next one takes its place. */
  #setLogAside(): void {
    const aside = join(this.#dir, SET_ASIDE);
    remove(aside);
    // A thread that still reads may have kept the journal from being emptied into the file.
    for (const suffix of ['', '-wal']) {
      const file = join(this.#dir, LOG) + suffix;
      if (existsSync(file)) renameSync(file, aside + suffix);
    }
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
      this.#removeAll();
      return this.#openFile(this.#rowsFile(this.#number));
    }
  }

  #removeAll(): void {
    // The log first: rows without a log are older than any log, and are made anew.
    remove(join(this.#dir, LOG));
    for (const number of this.#numbers()) remove(this.#rowsFile(number));
    this.#number += 1;
  }

  #openFile(file: string): OpenRows {
    const connection = new Connection(file);
    try {
      connection.exec(
        'PRAGMA main.journal_mode = WAL; PRAGMA main.synchronous = NORMAL; PRAGMA main.cache_size = -65536; PRAGMA wal_autocheckpoint = 8000',
      );
      attachLog(connection, join(this.#dir, LOG));
      const rows = new RowTables(connection, this.#making.projections);
      const log = new KeptLog(connection);
      if (isEmpty(connection)) {
        connection.transaction(() => {
          begin(rows, this.#making, log);
          for (const statement of rows.indexStatements()) connection.exec(statement);
        });
      }
      return { connection, log, rows };
    } catch (error) {
      connection.close();
      throw error;
    }
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

/**
 * Opens a file to be filled with rows, with the kept log beside it. No journal on disk and no syncs: a crash throws the
 * file away, and it is synced whole before it counts.
 */
export function openRows(file: string, logFile: string, making: Making): OpenRows {
  const connection = new Connection(file);
  try {
    connection.exec(
      'PRAGMA main.journal_mode = MEMORY; PRAGMA main.synchronous = OFF; PRAGMA main.cache_size = -65536',
    );
    attachLog(connection, logFile);
    const rows = new RowTables(connection, making.projections);
    const log = new KeptLog(connection);
    if (isEmpty(connection)) connection.transaction(() => begin(rows, making, log));
    return { connection, log, rows };
  } catch (error) {
    connection.close();
    throw error;
  }
}

/**
 * Opens rows and log a second time, for work that reads much and long: through a small cache of its own, so that it costs
 * the answers neither memory nor what they have cached.
 */
export function openForReading(file: string, logFile: string, projections: readonly Projection[]): OpenRows {
  const connection = new Connection(file, { readOnly: true });
  try {
    connection.run('ATTACH DATABASE ? AS log', logFile);
    connection.exec('PRAGMA main.cache_size = -8192; PRAGMA log.cache_size = -4096');
    const rows = new RowTables(connection, projections);
    return { connection, log: new KeptLog(connection, { readOnly: true }), rows };
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** How many events a folder of a read side has kept of its store; 0 where none, or where its file is damaged. */
export function eventsKeptIn(dir: string): number {
  const file = join(dir, LOG);
  if (!existsSync(file)) return 0;
  try {
    const connection = new Connection(file, { readOnly: true });
    try {
      return Number(connection.tuple('SELECT max(seq) FROM events')?.[0] ?? 0);
    } finally {
      connection.close();
    }
  } catch (error) {
    // Of a damaged file nothing is left to lose; one without tables has kept nothing yet.
    if (isCorrupt(error) || /no such table/.test(String(error))) return 0;
    throw error;
  }
}

/** A log that an older program kept in other tables is of no use; one that cannot be opened shows itself later. */
function hasTodaysLayout(logFile: string): boolean {
  if (!existsSync(logFile)) return true;
  try {
    const connection = new Connection(logFile);
    try {
      return connection.tuple('PRAGMA user_version')?.[0] === LOG_LAYOUT;
    } finally {
      connection.close();
    }
  } catch (error) {
    if (isCorrupt(error)) return false;
    throw error;
  }
}

function isEmpty(connection: Connection): boolean {
  return connection.get("SELECT 1 FROM main.sqlite_schema WHERE name = 'meta'") === undefined;
}

function attachLog(connection: Connection, logFile: string): void {
  connection.run('ATTACH DATABASE ? AS log', logFile);
  connection.exec('PRAGMA log.journal_mode = WAL; PRAGMA log.synchronous = NORMAL; PRAGMA log.cache_size = -16384');
}

function begin(rows: RowTables, making: Making, log: KeptLog): void {
  rows.create();
  rows.setSeq(0);
  for (const [name, value] of marks(making, log)) rows.setMeta(name, value);
}

function marks({ projections, firstBook, program }: Making, log: KeptLog): readonly (readonly [string, string])[] {
  return [
    ['schema', schemaHash(projections)],
    ['ruleBook', firstBook(log)],
    ['program', program],
  ];
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
