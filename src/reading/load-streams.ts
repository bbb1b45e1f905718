import type { Row } from '../../projections/projection.js';
import { isOfLaw } from '../domain/event-type.js';
import type { KeptEvent } from './kept-log.js';
import { LawInForce } from './law-in-force.js';
import { type ProjectorContext, parked, parkUnreadable } from './projector.js';
import type { OpenRows } from './read-store.js';
import { STANDING } from './row-tables.js';
import { type FoldContext, type RowChange, relawn, StreamFold } from './stream-fold.js';

/** Streams read and written in one go: with 20 events each, some 10 ms. */
const STREAMS_AT_ONCE = 20;

/** Which streams to load: every `parts`-th group of them, up to an event of the log. */
export interface Share {
  readonly until: number;
  readonly part: number;
  readonly parts: number;
}

/** Writes the rows of streams into empty tables; yields the number of events done, after each group. */
export function* loadStreams(building: OpenRows, context: ProjectorContext, share: Share): Generator<number, void> {
  const { connection, log } = building;
  const law = LawInForce.of(log, context.book);
  const folding: LoadContext = { law, projections: context.projections, decode: context.decode, until: share.until };
  const streams = log.streamCount();
  let done = 0;
  for (let first = 1 + share.part * STREAMS_AT_ONCE; first <= streams; first += share.parts * STREAMS_AT_ONCE) {
    const events = log.ofStreams(first, first + STREAMS_AT_ONCE - 1, share.until);
    connection.transaction(() => {
      let start = 0;
      while (start < events.length) {
        let end = start + 1;
        while (end < events.length && events[end]?.streamNumber === events[start]?.streamNumber) end += 1;
        loadStream(building, folding, events.slice(start, end));
        start = end;
      }
      building.rows.flush();
    });
    done += events.length;
    yield done;
  }
}

interface LoadContext extends FoldContext, Pick<ProjectorContext, 'decode'> {
  readonly law: LawInForce;
  readonly until: number;
}

/** One stream's rows with all their versions: the end of each is known before it is written. */
function loadStream({ rows }: OpenRows, context: LoadContext, events: readonly KeptEvent[]): void {
  const [first] = events;
  if (first === undefined) return;
  const { stream, streamNumber } = first;
  if (isOfLaw(stream)) {
    for (const kept of events) parkUnreadable(rows, kept, context.decode);
    return;
  }
  const standing = context.projections.map(() => new Map<string, { readonly row: Row; readonly from: number }>());
  const write = (changes: readonly RowChange[], seq: number): void => {
    for (const { projection, key, row } of changes) {
      const open = standing[projection];
      const before = open?.get(key);
      if (before !== undefined) rows.add(projection, streamNumber, key, before.from, seq, before.row);
      if (row === null) open?.delete(key);
      else open?.set(key, { row, from: seq });
    }
  };
  let fold = new StreamFold(context, stream, first.seq);
  let reached = first.seq;
  const relawUntil = (seq: number): void => {
    for (const change of context.law.changes(fold.employer, reached)) {
      if (change > seq) break;
      write(relawn(fold, change), change);
    }
    reached = seq;
  };
  for (const kept of events) {
    relawUntil(kept.seq - 1);
    const taken = fold.events;
    try {
      write(fold.advance(context.decode(kept), kept.seq), kept.seq);
    } catch (error) {
      rows.park(parked(kept, error));
      fold = StreamFold.of(context, stream, taken, kept.seq - 1);
    }
  }
  relawUntil(context.until);
  for (const [projection, open] of standing.entries()) {
    for (const [key, { row, from }] of open) rows.add(projection, streamNumber, key, from, STANDING, row);
  }
}
