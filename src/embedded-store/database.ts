import { join } from 'node:path';
import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite';
import { Refusal } from './refusal.js';

export type Database = DatabaseSyncInstance;
export type Statement = ReturnType<Database['prepare']>;

export const LOG_FILE = 'log.sqlite';

const FORMAT = 1;
const PAGE_BYTES = 4096;

/** Pages held in memory, in KiB: the index over the streams in use is read at every append. */
const CACHE_KIB = 65_536;
const SMALL_CACHE_KIB = 1_024;

const SCHEMA = `
  CREATE TABLE store (key TEXT PRIMARY KEY, value ANY NOT NULL) STRICT;
  CREATE TABLE streams (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE events (
    position INTEGER PRIMARY KEY,
    stream INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    record BLOB NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX events_by_stream ON events (stream, revision);
  CREATE TABLE projections (
    name TEXT PRIMARY KEY,
    enabled INTEGER NOT NULL,
    position INTEGER NOT NULL
  ) STRICT;
  INSERT INTO store VALUES ('format', ${FORMAT}), ('head', 0);
`;

/**
 * Opens the log of a data folder, creating it if need be. Every commit is on disk before it returns: SQLite forgets
 * "synchronous" between connections, so it is set and checked on each.
 */
export function openDatabase(dataDir: string, maxLogBytes?: number): Database {
  const database = new DatabaseSync(join(dataDir, LOG_FILE), { timeout: 5_000 });
  database.exec(`PRAGMA page_size = ${PAGE_BYTES}`);
  database.exec('PRAGMA journal_mode = WAL');
  database.exec('PRAGMA synchronous = FULL');
  database.exec(`PRAGMA cache_size = -${CACHE_KIB}`);
  database.exec('PRAGMA wal_autocheckpoint = 4000');
  database.exec('PRAGMA temp_store = MEMORY');
  if (maxLogBytes !== undefined) database.exec(`PRAGMA max_page_count = ${Math.ceil(maxLogBytes / PAGE_BYTES)}`);
  assertDurable(database);
  createSchema(database);
  return database;
}

/** Opens the log of a data folder for looking only; works beside a running store. */
export function openForReading(dataDir: string): Database {
  const database = new DatabaseSync(join(dataDir, LOG_FILE), { timeout: 5_000 });
  database.exec('PRAGMA query_only = ON');
  database.exec('PRAGMA synchronous = FULL');
  return database;
}

/** Runs something that reads a long stretch of the log once, without holding all of it in memory from then on. */
export function readOnce<Result>(database: Database, read: () => Result): Result {
  database.exec(`PRAGMA cache_size = -${SMALL_CACHE_KIB}`);
  const result = read();
  database.exec(`PRAGMA cache_size = -${CACHE_KIB}`);
  return result;
}

function assertDurable(database: Database): void {
  const journal = pragma(database, 'journal_mode');
  const synchronous = pragma(database, 'synchronous');
  if (journal !== 'wal' || synchronous !== 2) {
    throw new Error(
      `The log cannot be written durably: journal_mode is ${String(journal)}, synchronous is ${String(synchronous)}; use a local disk.`,
    );
  }
}

function createSchema(database: Database): void {
  const tables = database.prepare("SELECT count(*) AS n FROM sqlite_schema WHERE name = 'store'").get() as {
    n: number;
  };
  if (tables.n === 0) {
    database.exec(`BEGIN IMMEDIATE; ${SCHEMA} COMMIT`);
    return;
  }
  const format = database.prepare("SELECT value FROM store WHERE key = 'format'").get() as { value: number };
  if (format.value !== FORMAT) {
    throw new Error(`The log has format ${format.value}; this version reads format ${FORMAT}.`);
  }
}

function pragma(database: Database, name: string): unknown {
  const row = database.prepare(`PRAGMA ${name}`).get() as Record<string, unknown>;
  return row[name];
}

const BUSY = 5;
const READ_ONLY = 8;
const IO_ERROR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANNOT_OPEN = 14;
const NOT_A_DATABASE = 26;

/** Puts what SQLite reports about the disk into words for the caller; anything else is passed on as it is. */
export function explainDiskError(error: unknown): unknown {
  if (!isSqliteError(error)) return error;
  switch (error.errcode & 0xff) {
    case FULL:
      return new Refusal({ kind: 'unavailable', message: 'disk full: nothing was written; free some space and retry' });
    case READ_ONLY:
    case IO_ERROR:
    case CANNOT_OPEN:
      return new Refusal({ kind: 'unavailable', message: `the disk cannot be written or read: ${error.message}` });
    case CORRUPT:
    case NOT_A_DATABASE:
      return new Refusal({ kind: 'damaged', message: `the log is damaged: ${error.message}; restore a backup` });
    default:
      return error;
  }
}

export function isBusy(error: unknown): boolean {
  return isSqliteError(error) && (error.errcode & 0xff) === BUSY;
}

interface SqliteError {
  readonly message: string;
  readonly errcode: number;
}

/** Told by its shape: an error made by native code need not be an instance of the Error known here. */
function isSqliteError(error: unknown): error is SqliteError {
  return typeof error === 'object' && error !== null && 'errcode' in error && typeof error.errcode === 'number';
}
