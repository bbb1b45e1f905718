import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite';
import type { Access } from '../ledger/access.js';

/** One reading of one person's data. */
export interface AccessEntry {
  /** Number of the request, growing. */
  readonly request: number;
  readonly at: string;
  readonly actor: string;
  readonly purpose: string | null;
  /** What was asked: method and path. */
  readonly route: string;
  /** A worker's id or a family member's. */
  readonly person: string;
}

export interface AccessQuestion {
  readonly person?: string | undefined;
  readonly actor?: string | undefined;
  /** Instants, RFC 3339 in UTC. */
  readonly from?: string | undefined;
  readonly until?: string | undefined;
  /** Entries before this one: request and person of the last entry of the page before. */
  readonly before?: { readonly request: number; readonly person: string } | undefined;
  readonly limit: number;
}

/** The file of the access log inside its folder. */
export const ACCESS_FILE = 'access.sqlite';

/** Who read whose personal data, when and what for; a file of its own, apart from the log and from the keys. */
export class AccessLog {
  readonly #database: DatabaseSyncInstance;
  readonly #insertRequest;
  readonly #insertPerson;

  /** @param folder where the file is; created if it is missing */
  constructor(folder: string) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#database = new DatabaseSync(join(folder, ACCESS_FILE), { timeout: 5_000 });
    this.#database.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;
      CREATE TABLE IF NOT EXISTS requests (
        number INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, actor TEXT NOT NULL, purpose TEXT, route TEXT NOT NULL
      ) STRICT;
      CREATE TABLE IF NOT EXISTS persons (
        request INTEGER NOT NULL, person TEXT NOT NULL, PRIMARY KEY (request, person)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX IF NOT EXISTS persons_person ON persons (person, request);
      CREATE INDEX IF NOT EXISTS requests_at ON requests (at);`);
    this.#insertRequest = this.#database.prepare(
      'INSERT INTO requests (at, actor, purpose, route) VALUES (?, ?, ?, ?)',
    );
    this.#insertPerson = this.#database.prepare('INSERT OR IGNORE INTO persons (request, person) VALUES (?, ?)');
  }

  /** Notes whose data a request opened; nothing when it opened none. What is noted is forgotten in the request. */
  note({ actor, purpose, route, persons }: Access, at: Date): void {
    if (persons.size === 0) return;
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const { lastInsertRowid: request } = this.#insertRequest.run(at.toISOString(), actor, purpose, route);
      for (const person of persons) this.#insertPerson.run(request, person);
      this.#database.exec('COMMIT');
    } catch (error) {
      // A full disk has undone it already; the first error is the one that matters.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
    persons.clear();
  }

  /** The latest readings first. */
  list({ person, actor, from, until, before, limit }: AccessQuestion): readonly AccessEntry[] {
    const conditions = ['1'];
    const parameters: (string | number)[] = [];
    const where = (condition: string, ...values: (string | number)[]) => {
      conditions.push(condition);
      parameters.push(...values);
    };
    if (person !== undefined) where('p.person = ?', person);
    if (actor !== undefined) where('r.actor = ?', actor);
    if (from !== undefined) where('r.at >= ?', from);
    if (until !== undefined) where('r.at <= ?', until);
    if (before !== undefined) where('(p.request, p.person) < (?, ?)', before.request, before.person);
    return this.#database
      .prepare(
        `SELECT p.request, r.at, r.actor, r.purpose, r.route, p.person FROM persons p JOIN requests r ON r.number = p.request
         WHERE ${conditions.join(' AND ')} ORDER BY p.request DESC, p.person DESC LIMIT ?`,
      )
      .all(...parameters, limit)
      .map((row) => ({ ...row }) as unknown as AccessEntry);
  }

  close(): void {
    this.#database.close();
  }
}
