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
  task: PackTask,
  onProgress: (progress: PackProgress) => void,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const worker = new Worker(new URL('./pack-thread.js', import.meta.url), {
    workerData: task,
    resourceLimits: LIMITS,
  });
  const brokenOff = () => void worker.terminate();
  signal.addEventListener('abort', brokenOff, { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
      worker.on('error', reject);
      worker.on('exit', () => {
        reject(signal.aborted ? (signal.reason as Error) : new Error('The thread that made a pack ended too early.'));
      });
      worker.on('message', (news: PackNews) => {
        switch (news.kind) {
          case 'progress':
            onProgress(news.progress);
            return;
          case 'made':
            resolve();
            return;
          case 'failed':
            reject(Object.assign(new Error(news.message), { code: news.code }));
        }
      });
    });
  } finally {
    signal.removeEventListener('abort', brokenOff);
    await worker.terminate();
  }
}
