import { open } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { loadStreams } from './load-streams.js';
import { Projector, type ProjectorContext, RebuildNeeded } from './projector.js';
import type { OpenRows, ReadStore } from './read-store.js';
import { loadInThreads, type RebuildThreads } from './rebuild-threads.js';

/** Events taken in one go when the log has grown meanwhile. */
const EVENTS_AT_ONCE = 200;

/** A thread starts in half a second: fewer events are made quicker here. */
const WORTH_THREADS_EVENTS = 20_000;

export interface RebuildOptions {
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
  /** Does the work in threads of their own; left out: in this one. */
  readonly threads?: RebuildThreads;
}

/**
 * Makes all rows anew from the kept log, beside the rows that stand, which answer meanwhile, and switches. Goes stream by
 * stream: a row depends on its own stream and the law in force, so the rows are the same as those made in log order.
 * @returns the number of events taken
 * @throws when the rows cannot be written; the old ones stay
 */
export async function rebuild(
  store: ReadStore,
  context: ProjectorContext,
  options: RebuildOptions = {},
): Promise<number> {
  for (;;) {
    try {
      return await rebuildOnce(store, context, options);
    } catch (error) {
      // Another law came in meanwhile: the next attempt has it from the beginning.
      if (!(error instanceof RebuildNeeded)) throw error;
    }
  }
}

async function rebuildOnce(
  store: ReadStore,
  context: ProjectorContext,
  { onProgress, signal, threads }: RebuildOptions,
): Promise<number> {
  const { lastSeq } = store.current.log;
  const file = store.newBuildingFile();
  let building: OpenRows | undefined;
  try {
    if (threads !== undefined && lastSeq >= (threads.worthEvents ?? WORTH_THREADS_EVENTS)) {
      await loadInThreads({
        ...store.paths,
        file,
        until: lastSeq,
        threads,
        ruleBook: context.book.hash,
        onProgress,
        signal,
      });
      building = store.openBuilding(file);
    } else {
      building = store.openBuilding(file);
      await loadInTurns(building, context, { until: lastSeq, onProgress, signal });
    }
    const projector = new Projector(building, context);
    while (projector.step(EVENTS_AT_ONCE) === EVENTS_AT_ONCE) await breathe(signal);
    await sync(file);
    // From here to the switch nothing waits, so nothing can be recorded in between.
    while (projector.step(EVENTS_AT_ONCE) > 0);
    const taken = building.rows.seq();
    store.switchTo(building);
    return taken;
  } catch (error) {
    building?.connection.close();
    store.discard(file);
    throw error;
  }
}

/** The same work in this thread, in small pieces between which others get their turn. */
async function loadInTurns(
  building: OpenRows,
  context: ProjectorContext,
  { until, onProgress, signal }: { readonly until: number } & Pick<RebuildOptions, 'onProgress' | 'signal'>,
): Promise<void> {
  for (const done of loadStreams(building, context, { until, part: 0, parts: 1 })) {
    onProgress?.(done, until);
    await breathe(signal);
  }
  building.rows.setSeq(until);
  for (const statement of building.rows.indexStatements()) {
    building.connection.exec(statement);
    await breathe(signal);
  }
}

async function breathe(signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  await nextTurn();
}

/** Puts the bulk on disk before the switch, which must not wait long for the rest. */
async function sync(file: string): Promise<void> {
  const handle = await open(file, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
