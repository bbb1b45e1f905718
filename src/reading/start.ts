import { availableParallelism } from 'node:os';
import { projections } from '../../projections/registry.js';
import type { RuleBook, RuleBookOptions } from '../law/book.js';
import { decode, programHash } from './making.js';
import { type Notice, ReadModel } from './read-model.js';
import { THREADS_POSSIBLE } from './rebuild-threads.js';
import { Subscription } from './subscription.js';

export interface ReadingOptions {
  /** Folder of the read side's files. */
  readonly dir: string;
  /** Connection string of the store. */
  readonly storeUrl: string;
  readonly book: RuleBook;
  /** Where the book was loaded from, so that a rebuild's threads can load it too; left out, it runs in this thread. */
  readonly law?: RuleBookOptions;
  readonly onNotice?: (notice: Notice) => void;
}

/** A read side that follows its store until it is closed. */
export interface RunningReading {
  readonly model: ReadModel;
  close(): Promise<void>;
}

/** Opens the read side without following a store: for a rebuild, or a look at what is there. */
export function openReadModel({ dir, book, law, onNotice }: Omit<ReadingOptions, 'storeUrl'>): ReadModel {
  const hasThreads = law !== undefined && THREADS_POSSIBLE;
  return new ReadModel({
    dir,
    book,
    projections,
    decode,
    program: programHash(),
    ...(hasThreads && { threads: { count: Math.min(MOST_THREADS, availableParallelism()), law } }),
    ...(onNotice && { onNotice }),
  });
}

/** More threads only wait for the disk and for the one that merges. */
const MOST_THREADS = 4;

/** Opens the read side and follows the store from where it was; returns at once, `health()` tells how far it is. */
export function startReading(options: ReadingOptions): RunningReading {
  const model = openReadModel(options);
  const subscription = new Subscription(options.storeUrl, model);
  subscription.start();
  return {
    model,
    close: async () => {
      await subscription.stop();
      await model.close();
    },
  };
}
