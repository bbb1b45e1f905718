import type { Database, Statement } from './database.js';
import { LeastRecentlyUsed } from './least-recently-used.js';
import type { Log } from './log.js';
import { createdMs, type StoredEvent } from './record.js';
import {
  isMetadataStream,
  metadataStreamOf,
  NO_METADATA,
  parseMetadata,
  type StreamMetadata,
} from './stream-metadata.js';
import { TOMBSTONE_REVISION } from './wire.js';

/** What is known of a stream: its number in the log and its newest revision (-1 without events). */
export interface StreamHead {
  readonly name: string;
  id: number | undefined;
  last: number;
  tombstoned: boolean;
}

const CACHED_STREAMS = 20_000;

/** The heads and the metadata of streams, looked up in the log and remembered for the streams in use. */
export class Streams {
  private readonly heads = new LeastRecentlyUsed<StreamHead>(CACHED_STREAMS);
  private readonly metadata = new LeastRecentlyUsed<StreamMetadata>(CACHED_STREAMS);
  private readonly changed = new Set<string>();
  private readonly findId: Statement;
  private readonly findLast: Statement;
  private readonly addStream: Statement;

  constructor(
    database: Database,
    private readonly log: Log,
  ) {
    this.findId = database.prepare('SELECT id FROM streams WHERE name = ?');
    this.findLast = database.prepare(
      'SELECT revision FROM events WHERE stream = ? AND revision <= ? ORDER BY revision DESC LIMIT 1',
    );
    this.addStream = database.prepare('INSERT INTO streams (name) VALUES (?)');
  }

  head(name: string): StreamHead {
    const known = this.heads.get(name);
    if (known) return known;
    const row = this.findId.get(name) as { id: number } | undefined;
    const newest = row && this.lastRevision(row.id, TOMBSTONE_REVISION);
    const tombstoned = newest === TOMBSTONE_REVISION;
    const last = tombstoned && row ? this.lastRevision(row.id, TOMBSTONE_REVISION - 1) : (newest ?? -1);
    const head = { name, id: row?.id, last, tombstoned };
    this.heads.set(name, head);
    return head;
  }

  /** The stream's metadata as its newest metadata event says. */
  metadataOf(name: string): StreamMetadata {
    const known = this.metadata.get(name);
    if (known) return known;
    const metadata = this.readMetadata(name);
    this.metadata.set(name, metadata);
    return metadata;
  }

  hasMetadata(name: string): boolean {
    return this.head(metadataStreamOf(name)).last >= 0;
  }

  /** True for a stream deleted for ever; the metadata of such a stream is deleted with it. */
  isTombstoned(name: string): boolean {
    return this.head(name).tombstoned || (isMetadataStream(name) && this.head(name.slice(2)).tombstoned);
  }

  /** The event that carries the stream's metadata now. */
  metadataEvent(name: string): StoredEvent | undefined {
    const head = this.head(metadataStreamOf(name));
    return head.id === undefined || head.last < 0 ? undefined : this.log.at(head.id, head.last);
  }

  /**
   * The first revision a reader may see, given $maxCount, $maxAge and $tb. Beyond the last revision when all is hidden.
   */
  firstVisible(name: string, nowMs: number): number {
    const head = this.head(name);
    if (isMetadataStream(name)) return Math.max(head.last, 0);
    const { maxCount, maxAgeSeconds, truncateBefore } = this.metadataOf(name);
    let first = 0;
    if (maxCount !== undefined) first = Math.max(first, head.last + 1 - maxCount);
    if (truncateBefore !== undefined) first = Math.max(first, truncateBefore);
    if (maxAgeSeconds !== undefined && head.id !== undefined) {
      first = this.firstCreatedSince(head.id, first, head.last, nowMs - maxAgeSeconds * 1000);
    }
    return first;
  }

  /** Gives the stream a number, inside the open transaction. */
  register(head: StreamHead): number {
    this.changed.add(head.name);
    head.id ??= Number(this.addStream.run(head.name).lastInsertRowid);
    return head.id;
  }

  /** Takes note of an event inserted in the open transaction. */
  advance(head: StreamHead, revision: number): void {
    if (revision === TOMBSTONE_REVISION) head.tombstoned = true;
    else head.last = revision;
    if (isMetadataStream(head.name)) this.metadata.delete(head.name.slice(2));
  }

  committed(): void {
    this.changed.clear();
  }

  /** Forgets everything learnt in a transaction that was taken back. */
  rolledBack(): void {
    for (const name of this.changed) {
      this.heads.delete(name);
      if (isMetadataStream(name)) this.metadata.delete(name.slice(2));
    }
    this.changed.clear();
  }

  private lastRevision(stream: number, upTo: number): number {
    const row = this.findLast.get(stream, upTo) as { revision: number } | undefined;
    return row?.revision ?? -1;
  }

  private readMetadata(name: string): StreamMetadata {
    const event = this.metadataEvent(name);
    return event ? parseMetadata(event.record) : NO_METADATA;
  }

  private firstCreatedSince(stream: number, from: number, last: number, sinceMs: number): number {
    let low = from;
    let high = last + 1;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const event = this.log.at(stream, middle);
      if (event && createdMs(event.record) >= sinceMs) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
