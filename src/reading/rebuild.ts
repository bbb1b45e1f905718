import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Row } from '../../projections/projection.js';
import type { KeptEvent } from './kept-log.js';
import { parked, Projector, type ProjectorContext } from './projector.js';
import type { OpenRows, ReadStore } from './read-store.js';
import { STANDING } from './row-tables.js';
import { StreamFold } from './stream-fold.js';

/** Streams read and written in one go: with 20 events each, some 10 ms. */
const STREAMS_AT_ONCE = 20;

/** Events taken in one go when the log has grown meanwhile. */
const EVENTS_AT_ONCE = 200;

export interface RebuildOptions {
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Makes all rows anew from the kept log, beside the rows that stand, which answer meanwhile, and switches. Goes stream by
 * stream: a row depends on its own stream only, so the rows are the same as those made in log order.
 * @returns the number of events taken
 * @throws when the rows cannot be written; the old ones stay
 */
export async function rebuild(
  store: ReadStore,
  context: ProjectorContext,
  { onProgress, signal }: RebuildOptions = {},
): Promise<number> {
  const building = store.beginBuilding();
  try {
    const until = store.current.log.lastSeq;
    await loadStreams(building, context, until, { ...(onProgress && { onProgress }), ...(signal && { signal }) });
    for (const statement of building.rows.indexStatements()) {
      building.connection.exec(statement);
      await breathe(signal);
    }
    const projector = new Projector(building, context);
    while (projector.step(EVENTS_AT_ONCE) === EVENTS_AT_ONCE) await breathe(signal);
    // From here to the switch nothing waits, so nothing can be recorded in between.
    while (projector.step(EVENTS_AT_ONCE) > 0);
    const taken = building.rows.seq();
    store.switchTo(building);
    return taken;
  } catch (error) {
    store.abandon(building);
    throw error;
  }
}

async function loadStreams(
  building: OpenRows,
  context: ProjectorContext,
  until: number,
  { onProgress, signal }: RebuildOptions,
): Promise<void> {
  const { connection, log, rows } = building;
  const streams = log.streamCount();
  let done = 0;
  for (let first = 1; first <= streams; first += STREAMS_AT_ONCE) {
    const events = log.ofStreams(first, first + STREAMS_AT_ONCE - 1, until);
    connection.transaction(() => {
      let start = 0;
      while (start < events.length) {
        let end = start + 1;
        while (end < events.length && events[end]?.streamNumber === events[start]?.streamNumber) end += 1;
        loadStream(building, context, events.slice(start, end));
        start = end;
      }
    });
    done += events.length;
    onProgress?.(done, until);
    await breathe(signal);
  }
  rows.setSeq(until);
}

/** One stream's rows with all their versions: the end of each is known before it is written. */
function loadStream({ rows }: OpenRows, context: ProjectorContext, events: readonly KeptEvent[]): void {
  const [first] = events;
  if (first === undefined) return;
  const { stream, streamNumber } = first;
  const standing = context.projections.map(() => new Map<string, { readonly row: Row; readonly from: number }>());
  let fold = new StreamFold(context, stream);
  for (const kept of events) {
    const taken = fold.events;
    let changes: ReturnType<StreamFold['advance']>;
    try {
      changes = fold.advance(context.decode(kept));
    } catch (error) {
      rows.park(parked(kept, error));
      fold = StreamFold.of(context, stream, taken);
      continue;
    }
    for (const { projection, key, row } of changes) {
      const open = standing[projection];
      const before = open?.get(key);
      if (before !== undefined) rows.insert(projection, streamNumber, key, before.from, kept.seq, before.row);
      if (row === null) open?.delete(key);
      else open?.set(key, { row, from: kept.seq });
    }
  }
  for (const [projection, open] of standing.entries()) {
    for (const [key, { row, from }] of open) rows.insert(projection, streamNumber, key, from, STANDING, row);
  }
}

async function breathe(signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  await nextTurn();
}
