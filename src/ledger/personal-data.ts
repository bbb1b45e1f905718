import { createCipheriv, createDecipheriv, createHmac, randomBytes, randomFillSync } from 'node:crypto';
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite';
import { cannotOpen, openedOrNotMade } from '../damaged-file.js';
import type { EventData } from '../domain/event-type.js';
import { currentAccess } from './access.js';
import { StoreFull } from './event-store.js';
import { KEYS_FILE } from './keys-backup.js';
import type { KeyProvider } from './master-key.js';

/** What a sealed text is bound to: moved to another event, it no longer opens. */
export interface SealContext {
  readonly stream: string;
  readonly eventId: string;
  readonly type: string;
}

/** The person's key was destroyed: nothing personal of this person can be written any more. */
export class PersonErased extends Error {
  override readonly name = 'PersonErased';
}

/** The person's key is locked by a master key that is not here. It is kept as it is; with the right one it opens again. */
export class KeysLocked extends Error {
  override readonly name = 'KeysLocked';
}

/** The file of the keys cannot be opened. Nothing was written into it; the message names it and says what to do. */
export class KeysUnreadable extends Error {
  override readonly name = 'KeysUnreadable';
}

/** Why personal fields are not there. `missing`: there never was a key here, or the key file was lost. */
export type Withheld = 'erased' | 'locked' | 'missing' | 'masked';

/** How the keys are, for health and for the operator. */
export interface KeysReport {
  /** Persons whose data can be read. */
  readonly open: number;
  /** Persons whose key is locked by a master key that is not here. */
  readonly locked: number;
  readonly erased: number;
  /** Name of the present master key; null without one. */
  readonly masterKey: string | null;
  /** Names of the master keys that lock what cannot be read. */
  readonly lockedBy: readonly string[];
  /** Some of the persons that cannot be read. */
  readonly lockedPersons: readonly string[];
}

interface Key {
  readonly seal: Buffer;
  readonly tag: Buffer;
}

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const MAC_BYTES = 16;
const TAG_BYTES = 16;
const FORMAT = 1;

/** What SQLite takes for a page where it is told nothing else. */
const PAGE_BYTES = 4_096;

/** Keys locked anew in one transaction. */
const REWRAPPED_AT_ONCE = 2_000;

/** Locked persons named in a report. */
const NAMED = 20;

/** Keys kept in memory at most. */
const CACHED = 50_000;

/** Keys made up for commands that may still be refused, or that were only tried out. */
const PROVISIONAL = 10_000;

/**
 * Keeps what is personal erasable. Each person (a worker by its id, a family member by its memberId) has one key, in a
 * file apart from the log; personal fields are encrypted with it before they reach the store. Destroying the key erases
 * the person from every copy of the log at once. Tags are keyed too, so that nobody can guess a number after an erasure.
 */
export class PersonalData {
  // Statements alone would not keep the database from being collected and closed.
  readonly #database: DatabaseSyncInstance;
  readonly #select;
  readonly #insert;
  readonly #master: KeyProvider | null;
  readonly #previous: KeyProvider | null;
  readonly #known = new Map<string, Key | null | 'locked'>();
  /** Whether keys are here that neither master key opens: no new ones are made then, lest two kinds be mixed. */
  #someLocked = false;
  /** The state of the file as another connection last left it; ours do not change it. */
  readonly #foreignWrites;
  #seenForeignWrites: unknown;
  /** Keys made up for persons that have none yet; they count only once they are on disk. */
  readonly #provisional = new Map<string, Key>();
  #commit: Promise<void> | null = null;
  readonly #queued = new Set<string>();

  /**
   * Keys found unlocked are locked with the master key at once, if there is one. A wrong or missing one changes nothing:
   * what it cannot open stays as it is.
   * @param folder where the keys are; created if it is missing, readable for its owner only
   */
  constructor(folder: string, { master = null, previous = null, maxBytes }: MasterKeys & KeyFileOptions = {}) {
    this.#master = master;
    this.#previous = previous;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const file = join(folder, KEYS_FILE);
    this.#database = new DatabaseSync(file, { timeout: 5_000 });
    chmodSync(file, 0o600);
    this.#database.exec('PRAGMA journal_mode = WAL');
    this.#database.exec('PRAGMA synchronous = FULL');
    this.#database.exec('PRAGMA secure_delete = ON');
    if (maxBytes !== undefined) this.#database.exec(`PRAGMA max_page_count = ${Math.ceil(maxBytes / PAGE_BYTES)}`);
    const synchronous = Number(this.#database.prepare('PRAGMA synchronous').get()?.['synchronous']);
    if (synchronous !== 2) throw new Error(`${file}: synchronous is ${synchronous} instead of 2 (FULL)`);
    this.#database.exec(
      'CREATE TABLE IF NOT EXISTS keys (person TEXT PRIMARY KEY, key BLOB, made_at TEXT NOT NULL, destroyed_at TEXT, wrapped_by TEXT) STRICT, WITHOUT ROWID',
    );
    const columns = this.#database.prepare('PRAGMA table_info(keys)').all();
    if (!columns.some((column) => column['name'] === 'wrapped_by')) {
      this.#database.exec('ALTER TABLE keys ADD COLUMN wrapped_by TEXT');
    }
    this.#select = this.#database.prepare('SELECT key, wrapped_by FROM keys WHERE person = ?');
    this.#insert = this.#database.prepare(
      'INSERT INTO keys (person, key, made_at, wrapped_by) VALUES (?, ?, ?, ?) ON CONFLICT (person) DO NOTHING',
    );
    if (master !== null) this.#rewrap('wrapped_by IS NULL');
    this.#foreignWrites = this.#database.prepare('PRAGMA data_version');
    this.#seenForeignWrites = this.#foreignWrites.get()?.['data_version'];
    this.#someLocked = this.report().locked > 0;
  }

  /**
   * A keyed tag of a value: equal values of one person give equal tags, and nothing else can be read from it.
   * @throws PersonErased
   */
  tag(person: string, value: string): string {
    const hash = createHmac('sha256', this.#writing(person).tag).update(value).digest();
    return hash.subarray(0, TAG_BYTES).toString('base64url');
  }

  /**
   * Encrypts personal fields. Call `settle` first: a key that is not on disk must not have sealed anything that is.
   * @throws PersonErased, or Error when the key is not on disk
   */
  seal(person: string, context: SealContext, fields: EventData): string {
    const key = this.#writing(person);
    if (this.#provisional.get(person) === key) throw new Error(`The key of ${person} is not on disk yet.`);
    const nonce = freshNonce();
    const cipher = createCipheriv('aes-256-gcm', key.seal, nonce).setAAD(boundTo(context));
    const text = cipher.update(JSON.stringify(fields), 'utf8');
    const end = cipher.final();
    return Buffer.concat([Buffer.of(FORMAT), nonce, text, end, cipher.getAuthTag()]).toString('base64url');
  }

  /**
   * Decrypts personal fields; null when the person was erased or the key is not here.
   * @throws Error when the text was changed or moved to another event
   */
  open(person: string, context: SealContext, sealed: string): EventData | null {
    const key = this.#stored(person);
    if (key === null || key === undefined || key === 'locked') return null;
    const access = currentAccess();
    if (access?.masked === true) return null;
    access?.persons.add(person);
    const bytes = Buffer.from(sealed, 'base64url');
    if (bytes[0] !== FORMAT) throw new Error(`sealed in a format that is not known (${bytes[0]})`);
    const decipher = createDecipheriv('aes-256-gcm', key.seal, bytes.subarray(1, 1 + NONCE_BYTES))
      .setAAD(boundTo(context))
      .setAuthTag(bytes.subarray(-MAC_BYTES));
    const text = decipher.update(bytes.subarray(1 + NONCE_BYTES, -MAC_BYTES));
    return JSON.parse(Buffer.concat([text, decipher.final()]).toString('utf8')) as EventData;
  }

  /** Why `open` gives nothing for a person; null when it does. */
  withheld(person: string): Withheld | null {
    const key = this.#stored(person);
    if (key === null) return 'erased';
    if (key === undefined) return 'missing';
    if (key === 'locked') return 'locked';
    return currentAccess()?.masked === true ? 'masked' : null;
  }

  /** How many keys open, and which do not. Looks at all of them. */
  report(): KeysReport {
    const ours = [this.#master?.id, this.#previous?.id].filter((id) => id !== undefined);
    const rows = this.#database
      .prepare('SELECT wrapped_by, count(key) AS kept, count(*) AS rows FROM keys GROUP BY wrapped_by')
      .all() as unknown as readonly { wrapped_by: string | null; kept: number; rows: number }[];
    const isOpen = (by: string | null) => by === null || ours.includes(by);
    const lockedBy = rows.flatMap(({ wrapped_by: by, kept }) => (by === null || isOpen(by) || kept === 0 ? [] : [by]));
    const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);
    return {
      open: sum(rows.filter((row) => isOpen(row.wrapped_by)).map(({ kept }) => kept)),
      locked: sum(rows.filter((row) => !isOpen(row.wrapped_by)).map(({ kept }) => kept)),
      erased: sum(rows.map((row) => row.rows - row.kept)),
      masterKey: this.#master?.id ?? null,
      lockedBy,
      lockedPersons: lockedBy.flatMap((by) =>
        this.#database
          .prepare('SELECT person FROM keys WHERE wrapped_by = ? AND key IS NOT NULL LIMIT ?')
          .all(by, NAMED)
          .map((row) => String(row['person'])),
      ),
    };
  }

  /**
   * Locks every key that the previous master key locks, and those without a lock, with the present one. Can be broken off
   * and called again.
   * @returns how many were locked anew
   * @throws KeysLocked without a master key
   */
  rotate(): number {
    if (this.#master === null) throw new KeysLocked('There is no master key to rotate to.');
    const rewrapped = this.#rewrap('wrapped_by IS NULL OR wrapped_by = ?1', this.#previous?.id ?? '');
    this.#someLocked = this.report().locked > 0;
    return rewrapped;
  }

  /** Whether a person's key was destroyed. */
  isErased(person: string): boolean {
    return this.#stored(person) === null;
  }

  /**
   * Sees to it that each of these persons has a key on disk, several callers in one transaction.
   * @throws PersonErased, KeysLocked, StoreFull
   * @returns false when another process made a key for one of them first: tags made so far are void then, begin again
   */
  async settle(persons: Iterable<string>): Promise<boolean> {
    this.#lookAgain();
    const mine = new Map([...persons].map((person) => [person, this.#writing(person)]));
    const waiting = [...mine.keys()].filter((person) => this.#provisional.has(person));
    if (waiting.length === 0) return true;
    for (const person of waiting) this.#queued.add(person);
    this.#commit ??= new Promise((resolve, reject) => {
      setImmediate(() => {
        this.#commit = null;
        try {
          this.#write();
          resolve();
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      });
    });
    await this.#commit;
    return waiting.every((person) => {
      const stored = this.#stored(person);
      return isKey(stored) && mine.get(person)?.seal.equals(stored.seal) === true;
    });
  }

  /**
   * Destroys a person's key for good, the bytes in the file too. Sealed fields of this person can never be opened again.
   * @throws StoreFull
   */
  destroy(person: string): void {
    try {
      this.#database
        .prepare(
          'INSERT INTO keys (person, key, made_at, destroyed_at) VALUES (?1, NULL, ?2, ?2) ON CONFLICT (person) DO UPDATE SET key = NULL, wrapped_by = NULL, destroyed_at = coalesce(destroyed_at, ?2)',
        )
        .run(person, new Date().toISOString());
      this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    } catch (error) {
      throw fullOr(error, 'a key was not destroyed');
    }
    this.#provisional.delete(person);
    this.#remember(person, null);
  }

  close(): void {
    this.#database.close();
  }

  /** Another process may have locked the keys anew meanwhile: a key locked by the old master key must not join them. */
  #lookAgain(): void {
    const writes = this.#foreignWrites.get()?.['data_version'];
    if (writes === this.#seenForeignWrites) return;
    this.#seenForeignWrites = writes;
    this.#known.clear();
    this.#someLocked = this.report().locked > 0;
  }

  #writing(person: string): Key {
    const stored = this.#stored(person);
    if (stored === null) throw new PersonErased(`The key of ${person} was destroyed.`);
    if (stored === 'locked') throw new KeysLocked(`The key of ${person} is locked by another master key.`);
    if (stored !== undefined) return stored;
    if (this.#someLocked) throw new KeysLocked('Keys are here that are locked by another master key.');
    const begun = this.#provisional.get(person);
    if (begun !== undefined) return begun;
    const made = keyOf(randomBytes(KEY_BYTES));
    this.#provisional.set(person, made);
    if (this.#provisional.size > PROVISIONAL) this.#forgetUnused();
    return made;
  }

  /** The key on disk: null where it was destroyed, undefined where there never was one. */
  #stored(person: string): Key | null | 'locked' | undefined {
    const known = this.#known.get(person);
    if (known !== undefined) {
      this.#known.delete(person);
      this.#known.set(person, known);
      return known;
    }
    const row = this.#select.get(person);
    if (row === undefined) return undefined;
    const bytes = row['key'];
    if (bytes === null || bytes === undefined) return this.#remember(person, null);
    const key = this.#unlocked(person, Buffer.from(bytes as Uint8Array), row['wrapped_by']);
    return this.#remember(person, key === null ? 'locked' : keyOf(key));
  }

  /** A key as it was before it was locked; null when none of our master keys did it. */
  #unlocked(person: string, bytes: Buffer, wrappedBy: unknown): Buffer | null {
    if (wrappedBy === null || wrappedBy === undefined) return bytes;
    const provider = [this.#master, this.#previous].find((each) => each?.id === wrappedBy);
    return provider?.unwrap(person, bytes) ?? null;
  }

  #rewrap(where: string, ...parameters: readonly string[]): number {
    const master = this.#master;
    if (master === null) return 0;
    const select = this.#database.prepare(
      `SELECT person, key, wrapped_by FROM keys WHERE key IS NOT NULL AND (${where}) LIMIT ${REWRAPPED_AT_ONCE}`,
    );
    const update = this.#database.prepare('UPDATE keys SET key = ?, wrapped_by = ? WHERE person = ?');
    let rewrapped = 0;
    for (let rows = select.all(...parameters); rows.length > 0; rows = select.all(...parameters)) {
      this.#database.exec('BEGIN IMMEDIATE');
      try {
        for (const row of rows) {
          const person = String(row['person']);
          const key = this.#unlocked(person, Buffer.from(row['key'] as Uint8Array), row['wrapped_by']);
          if (key !== null) update.run(master.wrap(person, key), master.id, person);
        }
        this.#database.exec('COMMIT');
      } catch (error) {
        this.#undo();
        throw error;
      }
      rewrapped += rows.length;
    }
    // What was written before must not stay behind in the journal.
    if (rewrapped > 0) this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    return rewrapped;
  }

  #remember<K extends Key | null | 'locked'>(person: string, key: K): K {
    this.#known.set(person, key);
    if (this.#known.size > CACHED) {
      for (const oldest of this.#known.keys()) {
        this.#known.delete(oldest);
        break;
      }
    }
    return key;
  }

  #forgetUnused(): void {
    for (const person of this.#provisional.keys()) {
      if (this.#queued.has(person)) continue;
      this.#provisional.delete(person);
      break;
    }
  }

  #write(): void {
    const persons = [...this.#queued];
    this.#queued.clear();
    const now = new Date().toISOString();
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      this.#lookAgain();
      if (this.#someLocked) throw new KeysLocked('Keys are here that are locked by another master key.');
      for (const person of persons) {
        const key = this.#provisional.get(person);
        if (key === undefined) continue;
        const master = this.#master;
        this.#insert.run(person, master === null ? key.seal : master.wrap(person, key.seal), now, master?.id ?? null);
      }
      this.#database.exec('COMMIT');
    } catch (error) {
      this.#undo();
      throw fullOr(error, 'nothing was written');
    } finally {
      for (const person of persons) this.#provisional.delete(person);
    }
  }

  /** A full disk has undone the transaction already: a second undoing would fail and cover what went wrong. */
  #undo(): void {
    if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
  }
}

export interface KeyFileOptions {
  /** Largest size of the file, in bytes: for tests of a full disk. */
  readonly maxBytes?: number;
}

const FULL = 13;
/** No room for the index of the journal, which SQLite tells as an error of the disk. */
const NO_ROOM_FOR_INDEX = 4_874;

function fullOr(error: unknown, what: string): unknown {
  const { errcode } = (error ?? {}) as { readonly errcode?: unknown };
  const isFull = typeof errcode === 'number' && ((errcode & 0xff) === FULL || errcode === NO_ROOM_FOR_INDEX);
  return isFull ? Object.assign(new StoreFull(`The disk of the keys is full: ${what}.`), { cause: error }) : error;
}

/**
 * Opens the persons' keys.
 * @throws KeysUnreadable
 */
export function openPersonalData(folder: string, keys: MasterKeys): PersonalData {
  try {
    return openedOrNotMade(join(folder, KEYS_FILE), () => new PersonalData(folder, keys));
  } catch (error) {
    const remedy = `move it away, with the journals beside it (${KEYS_FILE}-wal, ${KEYS_FILE}-shm), and put a copy back with \`ledger keys restore <file>\`; names and numbers whose keys are in no copy cannot be read any more.`;
    throw new KeysUnreadable(cannotOpen("The file of the persons' keys", join(folder, KEYS_FILE), error, remedy));
  }
}

/** The keys that lock the persons' keys: the present one, and the one before while it is being rotated out. */
export interface MasterKeys {
  readonly master?: KeyProvider | null;
  readonly previous?: KeyProvider | null;
}

function isKey(stored: Key | null | 'locked' | undefined): stored is Key {
  return typeof stored === 'object' && stored !== null;
}

/** Two keys out of one, so that no key serves two purposes. */
function keyOf(seal: Buffer): Key {
  return { seal, tag: createHmac('sha256', seal).update('tag').digest() };
}

function boundTo({ stream, eventId, type }: SealContext): Buffer {
  return Buffer.from(`${stream}\n${eventId}\n${type}`, 'utf8');
}

const nonces = Buffer.alloc(NONCE_BYTES * 256);
let nextNonce = nonces.length;

/** Random bytes that were never given out before; asked of the system for many at a time, which costs as much as for one. */
function freshNonce(): Buffer {
  if (nextNonce === nonces.length) {
    randomFillSync(nonces);
    nextNonce = 0;
  }
  const nonce = Buffer.from(nonces.subarray(nextNonce, nextNonce + NONCE_BYTES));
  nextNonce += NONCE_BYTES;
  return nonce;
}
