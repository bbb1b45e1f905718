import { DatabaseSync, type DatabaseSyncInstance, type StatementSyncInstance } from '@photostructure/sqlite';

/** What a parameter of a statement can be. */
export type Parameter = string | number | bigint | null;

/** A row as read by name. */
export type Record_ = Readonly<Record<string, string | number | null>>;

/** A row as read by the place of its columns: three times cheaper than by name. */
export type Tuple = readonly (string | number | null)[];

/**
 * One connection with its statements prepared once. It holds the database object: statements alone would not keep it
 * from being collected and closed.
 */
export class Connection {
  readonly #database: DatabaseSyncInstance;
  readonly #named = new Map<string, StatementSyncInstance>();
  readonly #placed = new Map<string, StatementSyncInstance>();
  readonly #isReadOnly: boolean;
  #closed = false;

  constructor(
    readonly file: string,
    options: { readonly readOnly?: boolean } = {},
  ) {
    this.#isReadOnly = options.readOnly ?? false;
    this.#database = new DatabaseSync(file, { readOnly: this.#isReadOnly, timeout: 5_000 });
  }

  exec(sql: string): void {
    this.#database.exec(sql);
  }

  run(sql: string, ...parameters: readonly Parameter[]): number {
    return Number(this.#statement(sql, this.#named, false).run(...parameters).changes);
  }

  get<R extends object = Record_>(sql: string, ...parameters: readonly Parameter[]): R | undefined {
    return this.#statement(sql, this.#named, false).get(...parameters) as R | undefined;
  }

  all<R extends object = Record_>(sql: string, ...parameters: readonly Parameter[]): readonly R[] {
    return this.#statement(sql, this.#named, false).all(...parameters) as R[];
  }

  tuple<R extends Tuple = Tuple>(sql: string, ...parameters: readonly Parameter[]): R | undefined {
    return this.#statement(sql, this.#placed, true).get(...parameters) as R | undefined;
  }

  tuples<R extends Tuple = Tuple>(sql: string, ...parameters: readonly Parameter[]): readonly R[] {
    return this.#statement(sql, this.#placed, true).all(...parameters) as R[];
  }

  /** Reads rows one by one; nothing may be written on this connection before the last is read. */
  each<R extends Tuple = Tuple>(sql: string, ...parameters: readonly Parameter[]): IterableIterator<R> {
    return this.#statement(sql, this.#placed, true).iterate(...parameters) as IterableIterator<R>;
  }

  /** A prepared statement for hot loops, to be run with its parameters in place. */
  statement(sql: string): StatementSyncInstance {
    return this.#statement(sql, this.#named, false);
  }

  /** All or nothing: an error undoes everything that `work` wrote. `work` must not wait for anything. */
  transaction<T>(work: () => T): T {
    // Not IMMEDIATE: that would lock the attached kept log too. Each file has one writer.
    this.exec('BEGIN');
    try {
      const result = work();
      this.exec('COMMIT');
      return result;
    } catch (error) {
      // A full disk may have rolled back already; the first error is the one that matters.
      this.#tryTo('ROLLBACK');
      throw error;
    }
  }

  /**
   * Ends what is open and puts everything into the files themselves: the connection is really gone, with its locks, only
   * when its statements are collected.
   */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    // Whatever fails here stays in the write-ahead log and is found there at the next opening.
    this.#tryTo('ROLLBACK');
    if (!this.#isReadOnly) this.#tryTo('PRAGMA busy_timeout = 0; PRAGMA wal_checkpoint(TRUNCATE)');
    this.#named.clear();
    this.#placed.clear();
    this.#database.close();
  }

  #tryTo(sql: string): void {
    try {
      this.exec(sql);
    } catch {
      // Tidying up before closing: what a reader or a full disk prevents is done at the next opening.
    }
  }

  #statement(sql: string, cache: Map<string, StatementSyncInstance>, asArrays: boolean): StatementSyncInstance {
    const known = cache.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(sql);
    if (asArrays) statement.setReturnArrays(true);
    cache.set(sql, statement);
    return statement;
  }
}

/** Result codes of SQLite that say the file itself is unusable, not the statement. */
export function isCorrupt(error: unknown): boolean {
  const code = (error as { errcode?: unknown }).errcode;
  return typeof code === 'number' && ((code & 0xff) === 11 || (code & 0xff) === 26);
}
