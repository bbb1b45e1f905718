import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { RuleBookOptions } from '../law/book.js';
import type { Making } from './read-store.js';

/** How many threads rebuild, and where each finds the law: functions do not travel between threads. */
export interface RebuildThreads {
  readonly count: number;
  readonly law: RuleBookOptions;
  /** Fewer events than this are made quicker without threads. */
  readonly worthEvents?: number;
}

/** What a thread is started with. */
export interface ThreadTask {
  readonly logFile: string;
  /** The file that this thread fills: the first thread the building itself, the others a part to be merged. */
  readonly file: string;
  readonly until: number;
  readonly part: number;
  readonly parts: number;
  readonly law: RuleBookOptions;
  readonly ruleBook: string;
  readonly program: string;
  /** Its first number becomes 1 when the work is called off: it is shared, so that a thread at work sees it. */
  readonly calledOff: Int32Array;
}

/** What a thread is told when all have loaded: the first merges the others' files and makes the indexes. */
export interface MergeOrder {
  readonly merge: readonly string[];
}

export type ThreadNews =
  | { readonly kind: 'progress'; readonly done: number }
  | { readonly kind: 'loaded' }
  | { readonly kind: 'finished' };

export interface ThreadedLoad {
  readonly logFile: string;
  readonly making: Making;
  readonly file: string;
  readonly until: number;
  readonly threads: RebuildThreads;
  readonly ruleBook: string;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Folds are short-lived: with room for some thousands of them, few live long enough to be collected twice. */
const YOUNG_MB = 96;

/** Threads need a compiled file beside this one; the sources of a test run have none. */
export const THREADS_POSSIBLE = fileURLToPath(import.meta.url).endsWith('.js');

/**
 * Fills a building file with all rows and indexes, in threads of their own: this thread goes on answering.
 * @throws when a thread fails or the work is called off
 */
export async function loadInThreads(load: ThreadedLoad): Promise<void> {
  const { file, until, threads, onProgress, signal, making } = load;
  const parts = Math.max(1, threads.count);
  const files = Array.from({ length: parts }, (_, part) => (part === 0 ? file : `${file}.part-${part}`));
  const done = files.map(() => 0);
  const calledOff = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const workers: Worker[] = [];
  const ends: Promise<void>[] = [];
  try {
    await new Promise<void>((resolve, reject) => {
      let loaded = 0;
      signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      for (const [part, partFile] of files.entries()) {
        const { logFile, ruleBook } = load;
        const { law } = threads;
        const task: ThreadTask = {
          logFile,
          file: partFile,
          until,
          part,
          parts,
          law,
          ruleBook,
          program: making.program,
          calledOff,
        };
        const worker = new Worker(new URL('./rebuild-thread.js', import.meta.url), {
          workerData: task,
          resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
        });
        workers.push(worker);
        ends.push(new Promise((resolve) => worker.once('exit', () => resolve())));
        worker.on('error', reject);
        worker.on('exit', (code) => {
          if (code !== 0) reject(new Error(`A rebuilding thread ended with code ${code}.`));
        });
        worker.on('message', (news: ThreadNews) => {
          switch (news.kind) {
            case 'progress':
              done[part] = news.done;
              onProgress?.(
                done.reduce((a, b) => a + b),
                until,
              );
              return;
            case 'loaded':
              loaded += 1;
              if (loaded === parts) workers[0]?.postMessage({ merge: files.slice(1) } satisfies MergeOrder);
              return;
            case 'finished':
              resolve();
          }
        });
      }
      signal?.throwIfAborted();
    });
  } finally {
    // Asked to end, not ended: a thread that is torn out of the database's code takes the whole process with it.
    Atomics.store(calledOff, 0, 1);
    workers[0]?.postMessage({ merge: [] } satisfies MergeOrder);
    await Promise.all(ends);
  }
}
