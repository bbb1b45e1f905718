import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite';
import type { EventData } from '../domain/event-type.js';

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

interface Key {
  readonly seal: Buffer;
  readonly tag: Buffer;
}

const KEYS_FILE = 'keys.sqlite';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const MAC_BYTES = 16;
const TAG_BYTES = 16;
const FORMAT = 1;

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
  readonly #known = new Map<string, Key | null>();
  /** Keys made up for persons that have none yet; they count only once they are on disk. */
  readonly #provisional = new Map<string, Key>();
  #commit: Promise<void> | null = null;
  readonly #queued = new Set<string>();

  /** @param folder where the keys are; created if it is missing, readable for its owner only */
  constructor(folder: string) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const file = join(folder, KEYS_FILE);
    this.#database = new DatabaseSync(file, { timeout: 5_000 });
    chmodSync(file, 0o600);
    this.#database.exec('PRAGMA journal_mode = WAL');
    this.#database.exec('PRAGMA synchronous = FULL');
    this.#database.exec('PRAGMA secure_delete = ON');
    const synchronous = Number(this.#database.prepare('PRAGMA synchronous').get()?.['synchronous']);
    if (synchronous !== 2) throw new Error(`${file}: synchronous is ${synchronous} instead of 2 (FULL)`);
    this.#database.exec(
      'CREATE TABLE IF NOT EXISTS keys (person TEXT PRIMARY KEY, key BLOB, made_at TEXT NOT NULL, destroyed_at TEXT) STRICT, WITHOUT ROWID',
    );
    this.#select = this.#database.prepare('SELECT key FROM keys WHERE person = ?');
    this.#insert = this.#database.prepare(
      'INSERT INTO keys (person, key, made_at) VALUES (?, ?, ?) ON CONFLICT (person) DO NOTHING',
    );
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
   * @throws PersonErased
   */
  seal(person: string, context: SealContext, fields: EventData): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#writing(person).seal, nonce).setAAD(boundTo(context));
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
    if (key === null || key === undefined) return null;
    const bytes = Buffer.from(sealed, 'base64url');
    if (bytes[0] !== FORMAT) throw new Error(`sealed in a format that is not known (${bytes[0]})`);
    const decipher = createDecipheriv('aes-256-gcm', key.seal, bytes.subarray(1, 1 + NONCE_BYTES))
      .setAAD(boundTo(context))
      .setAuthTag(bytes.subarray(-MAC_BYTES));
    const text = decipher.update(bytes.subarray(1 + NONCE_BYTES, -MAC_BYTES));
    return JSON.parse(Buffer.concat([text, decipher.final()]).toString('utf8')) as EventData;
  }

  /**
   * Puts the new keys of these persons on disk, several callers in one transaction.
   * @returns false when another process made a key for one of them first: tags made so far are void then, begin again
   */
  async settle(persons: Iterable<string>): Promise<boolean> {
    const waiting = [...persons].filter((person) => this.#provisional.has(person));
    if (waiting.length === 0) return true;
    const mine = waiting.map((person) => this.#provisional.get(person));
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
    return waiting.every((person, index) => {
      const stored = this.#stored(person);
      return stored !== null && stored !== undefined && mine[index]?.seal.equals(stored.seal) === true;
    });
  }

  /** Destroys a person's key for good, the bytes in the file too. Sealed fields of this person can never be opened again. */
  destroy(person: string): void {
    this.#database
      .prepare(
        'INSERT INTO keys (person, key, made_at, destroyed_at) VALUES (?1, NULL, ?2, ?2) ON CONFLICT (person) DO UPDATE SET key = NULL, destroyed_at = ?2',
      )
      .run(person, new Date().toISOString());
    this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    this.#provisional.delete(person);
    this.#remember(person, null);
  }

  close(): void {
    this.#database.close();
  }

  #writing(person: string): Key {
    const stored = this.#stored(person) ?? (this.#known.get(person) === null ? null : this.#provisional.get(person));
    if (stored === null) throw new PersonErased(`The key of ${person} was destroyed.`);
    if (stored !== undefined) return stored;
    const made = keyOf(randomBytes(KEY_BYTES));
    this.#provisional.set(person, made);
    if (this.#provisional.size > PROVISIONAL) this.#forgetUnused();
    return made;
  }

  /** The key on disk: null where it was destroyed, undefined where there never was one. */
  #stored(person: string): Key | null | undefined {
    const known = this.#known.get(person);
    if (known !== undefined) {
      this.#known.delete(person);
      this.#known.set(person, known);
      return known;
    }
    const row = this.#select.get(person);
    if (row === undefined) return undefined;
    const bytes = row['key'];
    return this.#remember(
      person,
      bytes === null || bytes === undefined ? null : keyOf(Buffer.from(bytes as Uint8Array)),
    );
  }

  #remember(person: string, key: Key | null): Key | null {
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
      for (const person of persons) {
        const key = this.#provisional.get(person);
        if (key !== undefined) this.#insert.run(person, key.seal, now);
      }
      this.#database.exec('COMMIT');
    } catch (error) {
      this.#database.exec('ROLLBACK');
      throw error;
    } finally {
      for (const person of persons) this.#provisional.delete(person);
    }
  }
}

/** Two keys out of one, so that no key serves two purposes. */
function keyOf(seal: Buffer): Key {
  return { seal, tag: createHmac('sha256', seal).update('tag').digest() };
}

function boundTo({ stream, eventId, type }: SealContext): Buffer {
  return Buffer.from(`${stream}\n${eventId}\n${type}`, 'utf8');
}
