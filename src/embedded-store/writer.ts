import { explainDiskError } from './database.js';
import type { Log } from './log.js';
import type { RecentIds } from './recent-ids.js';
import type { StoredEvent } from './record.js';
import { Refusal } from './refusal.js';
import type { Streams } from './streams.js';

interface Job {
  /** Does the work and returns how to tell the caller, once it is on disk. */
  attempt(): () => void;
  isCancelled?: (() => boolean) | undefined;
  reject(error: unknown): void;
}

const MAX_JOBS_PER_COMMIT = 1000;

/**
 * The only way to write. What arrives in one turn of the event loop becomes one transaction and one fsync; every caller
 * hears of success after that fsync, in the order of arrival. A caller that is refused has written nothing and disturbs
 * nobody; when the disk fails, all callers of the transaction fail and nothing of it remains.
 */
export class Writer {
  private queue: Job[] = [];
  private scheduled = false;
  private closed = false;

  constructor(
    private readonly log: Log,
    private readonly streams: Streams,
    private readonly recentIds: RecentIds,
    private readonly onCommit: (events: readonly StoredEvent[]) => void,
  ) {}

  /**
   * Runs a job in the next transaction. A job that fails before it writes is simply refused; one that fails halfway
   * costs the others of its turn a second try without it, so let a job decide before it writes.
   */
  submit<Result>(run: () => Result, isCancelled?: () => boolean): Promise<Result> {
    if (this.closed) return Promise.reject(shuttingDown());
    return new Promise<Result>((resolve, reject) => {
      const attempt = (): (() => void) => {
        const result = run();
        return () => resolve(result);
      };
      this.queue.push({ attempt, isCancelled, reject });
      if (this.scheduled) return;
      this.scheduled = true;
      setImmediate(() => this.flush());
    });
  }

  /** Takes no more jobs; those already taken are done first. */
  close(): void {
    this.closed = true;
    while (this.queue.length > 0) this.flush();
  }

  private flush(): void {
    this.scheduled = false;
    const jobs = this.queue.splice(0, MAX_JOBS_PER_COMMIT);
    if (this.queue.length > 0 && !this.closed) {
      this.scheduled = true;
      setImmediate(() => this.flush());
    }
    const open: Job[] = [];
    for (const job of jobs) {
      if (job.isCancelled?.()) job.reject(new Refusal({ kind: 'timeout' }));
      else open.push(job);
    }
    if (open.length > 0) this.transact(open);
  }

  private transact(jobs: readonly Job[]): void {
    const answers: (() => void)[] = [];
    let events: readonly StoredEvent[];
    let current: Job | undefined;
    try {
      this.log.begin();
      for (const job of jobs) {
        current = job;
        answers.push(this.attempt(job));
      }
      current = undefined;
      events = this.log.commit();
    } catch (thrown) {
      this.takeBack();
      this.fail(jobs, current, explainDiskError(thrown));
      return;
    }
    this.streams.committed();
    this.recentIds.committed();
    for (const answer of answers) answer();
    if (events.length > 0) this.onCommit(events);
  }

  private attempt(job: Job): () => void {
    const before = this.log.uncommitted;
    try {
      return job.attempt();
    } catch (error) {
      if (error instanceof Refusal && this.log.uncommitted === before) return () => job.reject(error);
      throw error;
    }
  }

  /** When the disk fails, everybody fails; a fault of one job is its own. */
  private fail(jobs: readonly Job[], culprit: Job | undefined, error: unknown): void {
    const diskFailed = error instanceof Refusal && error.reason.kind === 'unavailable';
    if (!culprit || diskFailed) {
      for (const job of jobs) job.reject(error);
      return;
    }
    culprit.reject(error);
    const others = jobs.filter((job) => job !== culprit);
    if (others.length > 0) this.transact(others);
  }

  private takeBack(): void {
    try {
      this.log.rollback();
    } finally {
      this.streams.rolledBack();
      this.recentIds.rolledBack();
    }
  }
}

function shuttingDown(): Refusal {
  return new Refusal({ kind: 'unavailable', message: 'The store is shutting down.' });
}
