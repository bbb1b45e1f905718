import type { RecordedEvent } from '../domain/recorded-event.js';
import type { KeptEvent } from './kept-log.js';
import type { OpenRows } from './read-store.js';
import { type FoldContext, StreamFold } from './stream-fold.js';

/** Turns a kept event into what the domain knows. Throws when it cannot: the event is then parked. */
export type Decode = (kept: KeptEvent) => RecordedEvent;

export interface ProjectorContext extends FoldContext {
  readonly decode: Decode;
  /** Events held by all cached folds together, about 2 kB each; a stream that is not cached is folded from the log. */
  readonly cachedEvents?: number;
}

const CACHED_EVENTS = 60_000;

/**
 * Brings the rows up to the kept log, event by event: each closes and opens its own rows, so the rows do not depend on
 * how the events came in. Rows and checkpoint move in one transaction.
 */
export class Projector {
  readonly #store: OpenRows;
  readonly #context: ProjectorContext;
  readonly #folds = new Map<number, StreamFold>();
  #cachedEvents = 0;

  constructor(store: OpenRows, context: ProjectorContext) {
    this.#store = store;
    this.#context = context;
  }

  /**
   * Takes the next events of the kept log, at most `limit`, in one transaction.
   * @returns how many were taken; 0 when the rows are level with the log
   * @throws when the rows cannot be written (a full disk): nothing is written then, and the step can be tried again
   */
  step(limit: number): number {
    const { connection, log, rows } = this.#store;
    const events = log.after(rows.seq(), limit);
    const last = events.at(-1);
    if (last === undefined) return 0;
    try {
      connection.transaction(() => {
        for (const event of events) this.#take(event);
        rows.setSeq(last.seq);
      });
    } catch (error) {
      this.#folds.clear();
      this.#cachedEvents = 0;
      throw error;
    }
    return events.length;
  }

  #take(kept: KeptEvent): void {
    const { rows } = this.#store;
    const { streamNumber: stream, seq } = kept;
    let changes: ReturnType<StreamFold['advance']>;
    try {
      const event = this.#context.decode(kept);
      changes = this.#fold(kept).advance(event);
      this.#cachedEvents += 1;
    } catch (error) {
      this.#drop(stream);
      rows.park(parked(kept, error));
      return;
    }
    for (const { projection, key, before, row } of changes) {
      if (before !== undefined) rows.close(projection, stream, key, seq);
      if (row !== null) rows.open(projection, stream, key, seq, row);
    }
  }

  #fold(kept: KeptEvent): StreamFold {
    const { streamNumber, stream } = kept;
    let fold = this.#folds.get(streamNumber);
    if (fold === undefined) {
      fold = StreamFold.of(this.#context, stream, this.#takenBefore(kept));
      this.#cachedEvents += fold.size;
      this.#evict();
    } else {
      this.#folds.delete(streamNumber);
    }
    this.#folds.set(streamNumber, fold);
    return fold;
  }

  #takenBefore({ streamNumber, stream, seq, revision }: KeptEvent): readonly RecordedEvent[] {
    if (revision === 0) return [];
    const { log, rows } = this.#store;
    const parkedSeqs = new Set(rows.parked({ stream }).map((event) => event.seq));
    return log
      .ofStream(streamNumber, seq - 1)
      .filter((event) => !parkedSeqs.has(event.seq))
      .map(this.#context.decode);
  }

  #evict(): void {
    const most = this.#context.cachedEvents ?? CACHED_EVENTS;
    for (const [number] of this.#folds) {
      if (this.#cachedEvents <= most) return;
      this.#drop(number);
    }
  }

  #drop(streamNumber: number): void {
    this.#cachedEvents -= this.#folds.get(streamNumber)?.size ?? 0;
    this.#folds.delete(streamNumber);
  }
}

/** Personal values stay out of messages: the event is named, its content is not shown. */
export function parked(kept: KeptEvent, error: unknown) {
  return {
    seq: kept.seq,
    stream: kept.stream,
    eventId: kept.id,
    type: kept.type,
    error: error instanceof Error ? error.message : String(error),
  };
}
