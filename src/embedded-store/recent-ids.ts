import type { Sighting } from './expected-revision.js';
import type { Log } from './log.js';
import { idOf, type StoredEvent } from './record.js';

const CAPACITY = 50_000;

interface Place extends Sighting {
  readonly stream: number;
}

/**
 * Where the newest event ids were written, for appends that do not say which revision they expect. Bounded, oldest out,
 * and filled from the end of the log at start, so that it knows as much after a restart as before.
 */
export class RecentIds {
  private readonly places = new Map<string, Place>();
  private fresh: string[] = [];

  constructor(log: Log) {
    for (let after = Math.max(log.head - CAPACITY, 0); after < log.head; ) {
      const events = log.readAfter(after, 1000);
      for (const event of events) this.add(event);
      after = events.at(-1)?.position ?? log.head;
    }
    this.fresh = [];
  }

  find(stream: number | undefined, id: string): Sighting | undefined {
    const place = this.places.get(id);
    return place && place.stream === stream ? place : undefined;
  }

  add({ record, stream, revision, position }: StoredEvent): void {
    const id = idOf(record);
    this.places.delete(id);
    this.places.set(id, { stream, revision, position });
    this.fresh.push(id);
  }

  committed(): void {
    this.fresh = [];
    for (const id of this.places.keys()) {
      if (this.places.size <= CAPACITY) return;
      this.places.delete(id);
    }
  }

  rolledBack(): void {
    for (const id of this.fresh) this.places.delete(id);
    this.fresh = [];
  }
}
