import { Worker } from 'node:worker_threads';
import type { LawTexts } from '../../law/book.js';
import type { Moment } from '../../reading/moment.js';
import type { PackScope } from './scope.js';
import type { PackProgress } from './write-pack.js';

/** What a thread is started with: everything by value, for nothing of ours travels between threads. */
export interface PackTask {
  /** The pack's folder, with what was made of it already. */
  readonly folder: string;
  readonly rowsFile: string;
  readonly logFile: string;
  readonly law: LawTexts;
  readonly keys: { readonly folder: string; readonly master: string | null; readonly previous: string | null };
  readonly scope: PackScope;
  readonly moment: Moment;
  readonly names: boolean;
  /** Its first number becomes 1 when the making is called off: it is shared, so that a thread at work sees it. */
  readonly calledOff: Int32Array;
}

export type PackNews =
  | { readonly kind: 'progress'; readonly progress: PackProgress }
  | { readonly kind: 'made' }
  | { readonly kind: 'failed'; readonly message: string; readonly code: string | null };

/** The service is ending: what was made of a pack is kept, and the same question goes on. */
export class PackBrokenOff extends Error {
  override readonly name = 'PackBrokenOff';

  constructor() {
    super('The service ended before the pack was made. What was made of it is kept, and the same question goes on.');
  }
}

/**
 * Lines and events live for a moment only, so a small nursery is enough and the heap stays near what is really held. The
 * second limit is only to end what would grow without bounds.
 */
const LIMITS = { maxYoungGenerationSizeMb: 8, maxOldGenerationSizeMb: 1_024 };

/**
 * Makes a pack in a thread of its own: this one goes on answering, and neither its heap nor its caches grow.
 * @throws PackBrokenOff when it is called off; else what the thread met, with its `code`
 */
export async function makeInThread(
  given: Omit<PackTask, 'calledOff'>,
  onProgress: (progress: PackProgress) => void,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const calledOff = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const task: PackTask = { ...given, calledOff };
  const worker = new Worker(new URL('./pack-thread.js', import.meta.url), {
    workerData: task,
    resourceLimits: LIMITS,
  });
  // Asked to end, not ended: a thread that is torn out of the database's code takes the whole process with it.
  const callOff = () => void Atomics.store(calledOff, 0, 1);
  signal.addEventListener('abort', callOff, { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
      let outcome: () => void = () => reject(new Error('The thread that made a pack ended too early.'));
      worker.on('error', reject);
      // Settled only when the thread has let its files go.
      worker.on('exit', () => (signal.aborted ? reject(signal.reason as Error) : outcome()));
      worker.on('message', (news: PackNews) => {
        switch (news.kind) {
          case 'progress':
            onProgress(news.progress);
            return;
          case 'made':
            outcome = resolve;
            return;
          case 'failed':
            outcome = () => reject(Object.assign(new Error(news.message), { code: news.code }));
        }
      });
    });
  } finally {
    signal.removeEventListener('abort', callOff);
  }
}
