import type { Database } from './database.js';
import type { Sighting } from './expected-revision.js';
import { ID_LENGTH, ID_START, idOf, type StoredEvent } from './record.js';

const CAPACITY = 50_000;
const MAX_READ_AT_START_BYTES = 64 * 1024 * 1024;

interface Place extends Sighting {
  readonly stream: number;
}

type Row = readonly [position: number, stream: number, revision: number, length: number, id: string];

/**
 * Where the newest event ids were written, for appends that do not say which revision they expect. Bounded, oldest out,
 * and filled from the end of the log at start, so that it knows as much after a restart as before.
 */
export class RecentIds {
  private readonly places = new Map<string, Place>();
  private fresh: string[] = [];

  constructor(database: Database) {
    const newest = database.prepare(
      `SELECT position, stream, revision, length(record), CAST(substr(record, ${ID_START + 1}, ${ID_LENGTH}) AS TEXT)
       FROM events ORDER BY position DESC LIMIT ${CAPACITY}`,
    );
    newest.setReturnArrays(true);
    const rows: Row[] = [];
    let bytes = 0;
    for (const row of newest.iterate() as Iterable<Row>) {
      rows.push(row);
      bytes += row[3];
      if (bytes > MAX_READ_AT_START_BYTES) break;
    }
    for (const [position, stream, revision, , id] of rows.reverse())
      this.places.set(id, { stream, revision, position });
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
