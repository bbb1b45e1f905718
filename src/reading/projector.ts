import type { Projection } from '../../projections/projection.js';
import { isOfLaw } from '../domain/event-type.js';
import type { RecordedEvent } from '../domain/recorded-event.js';
import type { RuleBook } from '../law/book.js';
import type { KeptEvent } from './kept-log.js';
import { LawInForce } from './law-in-force.js';
import type { Decode } from './making.js';
import type { OpenRows } from './read-store.js';
import { type RowTables, STANDING } from './row-tables.js';
import { type FoldContext, type RowChange, relawn, StreamFold } from './stream-fold.js';

export interface ProjectorContext {
  /** The law that this process was started with; what counted at each event stands in the log. */
  readonly book: RuleBook;
  readonly projections: readonly Projection[];
  readonly decode: Decode;
  /** Events held by all cached folds together, about 2 kB each; a stream that is not cached is folded from the log. */
  readonly cachedEvents?: number;
}

const CACHED_EVENTS = 60_000;

/** More streams than this are made anew beside the rows that stand, not in one step in which nobody is answered. */
const MOST_STREAMS_IN_PLACE = 200;

/** Another law counts for too many streams to bring them up in place: all rows are to be made anew. */
export class RebuildNeeded extends Error {
  override readonly name = 'RebuildNeeded';
}

/**
 * Brings the rows up to the kept log, event by event: each closes and opens its own rows, so the rows do not depend on
 * how the events came in. Rows and checkpoint move in one transaction.
 */
export class Projector {
  readonly #store: OpenRows;
  readonly #context: ProjectorContext;
  readonly #law: LawInForce;
  readonly #folding: FoldContext;
  readonly #folds = new Map<number, StreamFold>();
  #cachedEvents = 0;

  constructor(store: OpenRows, context: ProjectorContext) {
    this.#store = store;
    this.#context = context;
    this.#law = LawInForce.of(store.log, context.book);
    this.#folding = { law: this.#law, projections: context.projections };
  }

  /**
   * Takes the next events of the kept log, at most `limit`, in one transaction.
   * @returns how many were taken; 0 when the rows are level with the log
   * @throws when the rows cannot be written (a full disk): nothing is written then, and the step can be tried again;
   * RebuildNeeded when the law changes for more streams than can be brought up while others wait
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
    const { streamNumber: stream, seq } = kept;
    if (isOfLaw(kept.stream)) {
      parkUnreadable(this.#store.rows, kept, this.#context.decode);
      this.#applyNewLaw(null, seq);
      return;
    }
    let changes: readonly RowChange[];
    try {
      const event = this.#context.decode(kept);
      changes = this.#fold(kept).advance(event, seq);
      this.#cachedEvents += 1;
    } catch (error) {
      this.#drop(stream);
      this.#store.rows.park(parked(kept, error));
      return;
    }
    this.#write(stream, seq, changes);
    const bin = EMPLOYER.exec(kept.stream)?.[1];
    if (bin !== undefined) this.#applyNewLaw(bin, seq);
  }

  #write(stream: number, seq: number, changes: readonly RowChange[]): void {
    const { rows } = this.#store;
    for (const { projection, key, before, row } of changes) {
      if (before !== undefined) rows.close(projection, stream, key, seq);
      if (row !== null) rows.open(projection, stream, key, seq, row);
    }
  }

  /** Brings up the streams for which another law counts from an event on: an employer's workers, or everybody. */
  #applyNewLaw(bin: string | null, seq: number): void {
    if (this.#law.for(bin, seq) === this.#law.for(bin, seq - 1)) return;
    const streams = this.#streamsUnder(bin, seq);
    if (streams.length > MOST_STREAMS_IN_PLACE) {
      throw new RebuildNeeded(`From event ${seq} of the log on another law counts for ${streams.length} streams.`);
    }
    for (const { number, name } of streams) {
      let changes: readonly RowChange[];
      try {
        changes = relawn(this.#fold({ streamNumber: number, stream: name, seq, revision: 1 }), seq);
      } catch {
        // A history that cannot be folded keeps its rows, as it does in a rebuild; its next event is parked.
        this.#drop(number);
        continue;
      }
      this.#write(number, seq, changes);
    }
  }

  #streamsUnder(bin: string | null, seq: number): readonly { readonly number: number; readonly name: string }[] {
    const { connection } = this.#store;
    const limit = MOST_STREAMS_IN_PLACE + 1;
    const begun = 'EXISTS (SELECT 1 FROM log.events e WHERE e.stream = s.number AND e.seq < ?)';
    return bin === null
      ? connection.all(
          `SELECT s.number, s.name FROM log.streams s WHERE s.name NOT GLOB 'law-*' AND ${begun} ORDER BY s.number LIMIT ?`,
          seq,
          limit,
        )
      : connection.all(
          `SELECT DISTINCT s.number, s.name FROM status w JOIN log.streams s ON s.number = w.stream
           WHERE w.employer = ? AND w.known_until = ${STANDING} ORDER BY s.number LIMIT ?`,
          bin,
          limit,
        );
  }

  /** The fold of a stream as it stood before an event. */
  #fold(before: Pick<KeptEvent, 'streamNumber' | 'stream' | 'seq' | 'revision'>): StreamFold {
    const { streamNumber, stream, seq } = before;
    let fold = this.#folds.get(streamNumber);
    if (fold === undefined) {
      fold = StreamFold.of(this.#folding, stream, this.#takenBefore(before), seq - 1);
      this.#cachedEvents += fold.size;
      this.#evict();
    } else {
      this.#folds.delete(streamNumber);
    }
    this.#folds.set(streamNumber, fold);
    return fold;
  }

  #takenBefore({
    streamNumber,
    stream,
    seq,
    revision,
  }: Pick<KeptEvent, 'streamNumber' | 'stream' | 'seq' | 'revision'>): readonly RecordedEvent[] {
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

const EMPLOYER = /^employer-(.+)$/;

/** Parks an event from which nothing is projected, if it cannot be read. */
export function parkUnreadable(rows: RowTables, kept: KeptEvent, decode: Decode): void {
  try {
    decode(kept);
  } catch (error) {
    rows.park(parked(kept, error));
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
