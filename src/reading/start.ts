import { projections } from '../../projections/registry.js';
import type { RuleBook } from '../law/book.js';
import { decode, programHash } from './making.js';
import { type Notice, ReadModel } from './read-model.js';
import { Subscription } from './subscription.js';

export interface ReadingOptions {
  /** Folder of the read side's files. */
  readonly dir: string;
  /** Connection string of the store. */
  readonly storeUrl: string;
  readonly book: RuleBook;
  readonly onNotice?: (notice: Notice) => void;
}

/** A read side that follows its store until it is closed. */
export interface RunningReading {
  readonly model: ReadModel;
  close(): Promise<void>;
}

/** Opens the read side without following a store: for a rebuild, or a look at what is there. */
export function openReadModel({ dir, book, onNotice }: Omit<ReadingOptions, 'storeUrl'>): ReadModel {
  return new ReadModel({ dir, book, projections, decode, program: programHash(), ...(onNotice && { onNotice }) });
}

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
