import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { type Database, explainDiskError, openDatabase, readOnce } from './database.js';
import { type Decision, decide, type SeenEvents } from './expected-revision.js';
import { type FolderLock, lockFolder } from './lock.js';
import { Log } from './log.js';
import { RecentIds } from './recent-ids.js';
import { decodeRecord, EMPTY, idOf, JSON_CONTENT, type NewEvent, type StoredEvent } from './record.js';
import { type Expected, Refusal } from './refusal.js';
import { Signal } from './signal.js';
import {
  isMetadataStream,
  METADATA_TYPE,
  metadataStreamOf,
  SOFT_DELETE_JSON,
  withTruncateBefore,
} from './stream-metadata.js';
import { type StreamHead, Streams } from './streams.js';
import { TOMBSTONE_REVISION } from './wire.js';
import { Writer } from './writer.js';

export interface StoreOptions {
  readonly dataDir: string;
  /** Appends are refused as "disk full" beyond this size of the log file, in bytes. */
  readonly maxLogBytes?: number | undefined;
}

export interface AppendRequest {
  readonly stream: string;
  readonly expected: Expected;
  readonly events: readonly NewEvent[];
  readonly isCancelled?: () => boolean;
}

/** Where an append ended: revision and position of its last event; revision -1 when the stream is still empty. */
export interface AppendResult {
  readonly revision: number;
  readonly position: number;
}

const FIRST_STREAM = '$embedded-store';
const TOMBSTONE_TYPE = '$streamDeleted';

/** The log and everything that is decided inside one transaction: append, delete, tombstone. Knows nothing of gRPC. */
export class Store {
  readonly log: Log;
  readonly streams: Streams;
  readonly committed = new Signal();
  private readonly writer: Writer;
  private readonly recentIds: RecentIds;

  private constructor(
    readonly database: Database,
    private readonly lock: FolderLock,
  ) {
    this.log = new Log(database);
    this.streams = new Streams(database, this.log);
    this.recentIds = readOnce(database, () => new RecentIds(database));
    this.writer = new Writer(this.log, this.streams, this.recentIds, () => this.committed.fire());
  }

  /** Opens a data folder, creating it if need be. Throws when another process holds it. */
  static async open(options: StoreOptions): Promise<Store> {
    mkdirSync(options.dataDir, { recursive: true });
    const lock = lockFolder(options.dataDir);
    try {
      const store = new Store(openDatabase(options.dataDir, options.maxLogBytes), lock);
      if (store.log.head === 0) await store.writer.submit(() => store.writeFirstEvent());
      return store;
    } catch (error) {
      lock.release();
      const cause = explainDiskError(error);
      if (cause instanceof Refusal)
        throw new Error(`The log in ${options.dataDir} cannot be opened: ${cause.message}.`);
      throw cause;
    }
  }

  /** Runs a job in the next transaction; see `Writer.submit`. */
  transact<Result>(job: () => Result): Promise<Result> {
    return this.writer.submit(job);
  }

  append(request: AppendRequest): Promise<AppendResult> {
    return this.writer.submit(() => this.appendNow(request), request.isCancelled);
  }

  /** Deletes a stream so that it can be written again; answers the position of the deletion. */
  delete(stream: string, expected: Expected): Promise<number> {
    return this.writer.submit(() => {
      const head = this.streams.head(stream);
      if (!this.streams.isTombstoned(stream) && head.last < 0 && !this.streams.hasMetadata(stream)) {
        throw new Refusal({ kind: 'wrong-expected-version', stream, expected, current: -1 });
      }
      this.demand(head, expected);
      return this.insertMetadata(stream, SOFT_DELETE_JSON);
    });
  }

  /** Deletes a stream for ever; answers the position of the tombstone. */
  tombstone(stream: string, expected: Expected): Promise<number> {
    return this.writer.submit(() => {
      const head = this.streams.head(stream);
      this.demand(head, expected);
      const event = {
        id: randomUUID(),
        type: TOMBSTONE_TYPE,
        contentType: 'application/octet-stream',
        data: EMPTY,
        metadata: EMPTY,
      };
      return this.insert(head, event, TOMBSTONE_REVISION).position;
    });
  }

  /** Appends inside the transaction of `transact`. */
  appendNow({ stream, expected, events }: AppendRequest): AppendResult {
    const head = this.streams.head(stream);
    const { softDeleted } = this.streams.metadataOf(stream);
    const revives = isMetadataStream(stream) && this.streams.metadataOf(stream.slice(2)).softDeleted;
    const firstRevision = head.last + 1;
    const ids = events.map((event) => event.id);
    const decision = this.decide(head, expected, ids);
    if (decision.kind === 'repeated') return decision.last;
    this.refuseUnlessWritable(decision, head, expected);
    let position = this.log.head;
    for (const event of events) position = this.insert(head, event, head.last + 1).position;
    const result = { revision: head.last, position };
    if (events.length > 0 && softDeleted) this.insertMetadata(stream, withTruncateBefore('{}', firstRevision));
    if (events.length > 0 && revives) this.keepHidden(stream.slice(2));
    return result;
  }

  /** Writes what was already taken and takes nothing more. */
  drain(): void {
    this.writer.close();
  }

  /** Lets go of the file and the folder. */
  close(): void {
    if (!this.database.isOpen) return;
    this.drain();
    this.database.close();
    this.lock.release();
  }

  private decide(head: StreamHead, expected: Expected, ids: readonly string[]): Decision {
    const { name, last } = head;
    const seen: SeenEvents = {
      recent: (id) => this.recentIds.find(head.id, id),
      at: (revision) => {
        const event = head.id === undefined ? undefined : this.log.at(head.id, revision);
        return event && { id: idOf(event.record), revision, position: event.position };
      },
    };
    const facts = {
      last,
      tombstoned: this.streams.isTombstoned(name),
      softDeleted: this.streams.metadataOf(name).softDeleted,
      hasMetadata: expected.kind === 'stream-exists' && this.streams.hasMetadata(name),
    };
    return decide(expected, facts, ids, seen);
  }

  private demand(head: StreamHead, expected: Expected): void {
    this.refuseUnlessWritable(this.decide(head, expected, []), head, expected);
  }

  private refuseUnlessWritable(decision: Decision, head: StreamHead, expected: Expected): void {
    if (decision.kind === 'stream-deleted') throw new Refusal({ kind: 'stream-deleted', stream: head.name });
    if (decision.kind === 'wrong-expected-version') {
      throw new Refusal({ kind: 'wrong-expected-version', stream: head.name, expected, current: head.last });
    }
  }

  private insert(head: StreamHead, event: NewEvent, revision: number): StoredEvent {
    const stored = this.log.insert(event, head.name, this.streams.register(head), revision);
    this.streams.advance(head, revision);
    this.recentIds.add(stored);
    return stored;
  }

  private insertMetadata(stream: string, json: string): number {
    const head = this.streams.head(metadataStreamOf(stream));
    const event = {
      id: randomUUID(),
      type: METADATA_TYPE,
      contentType: JSON_CONTENT,
      data: Buffer.from(json),
      metadata: EMPTY,
    };
    return this.insert(head, event, head.last + 1).position;
  }

  /** New metadata brings a deleted stream back, empty: the events from before stay hidden and numbering goes on. */
  private keepHidden(stream: string): void {
    const { last } = this.streams.head(stream);
    const written = this.streams.metadataEvent(stream);
    if (last < 0 || !written || this.streams.metadataOf(stream).softDeleted) return;
    const text = Buffer.from(decodeRecord(written.record).data).toString('utf8');
    this.insertMetadata(stream, withTruncateBefore(text, last + 1));
  }

  private writeFirstEvent(): void {
    const data = Buffer.from(JSON.stringify({ storeId: randomUUID() }));
    const event = { id: randomUUID(), type: '$storeCreated', contentType: JSON_CONTENT, data, metadata: EMPTY };
    this.insert(this.streams.head(FIRST_STREAM), event, 0);
  }
}
