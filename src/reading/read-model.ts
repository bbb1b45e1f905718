import { setImmediate as nextTurn } from 'node:timers/promises';
import { ADOPTED } from '../domain/events/law.js';
import type { ArrivedEvent, Checkpoint, Landmark } from './kept-log.js';
import { LawInForce } from './law-in-force.js';
import { Projector, type ProjectorContext, RebuildNeeded } from './projector.js';
import { type OpenRows, ReadStore } from './read-store.js';
import { type RebuildOptions, rebuild } from './rebuild.js';
import type { RebuildThreads } from './rebuild-threads.js';
import type { ParkedEvent } from './row-tables.js';
import { isCorrupt } from './sqlite.js';
import type { Receiver } from './subscription.js';

/** The read side cannot answer yet; the same question may be answered a moment later. */
export class ReadSideBehind extends Error {
  override readonly name = 'ReadSideBehind';

  constructor(
    message: string,
    readonly retryAfterSeconds: number,
  ) {
    super(message);
  }
}

/** What views read from. */
export interface ReadSource {
  /** The rows with their log; another turn of the event loop may have others. */
  readonly current: OpenRows;
  /** By which law the rows of each moment were made. */
  readonly law: LawInForce;
}

export interface ReadModelOptions extends ProjectorContext {
  /** Folder of the read side's own files; all of it can be made again. */
  readonly dir: string;
  /** Hash of the program that makes the rows: rows of another program are rebuilt. */
  readonly program: string;
  /** Does rebuilds in threads of their own. */
  readonly threads?: RebuildThreads;
  /** Told what an operator should know: a lost connection, a parked event, a rebuild. */
  readonly onNotice?: (notice: Notice) => void;
}

export interface Notice {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  readonly error?: unknown;
}

/** How the read side is. */
export interface ReadHealth {
  /** `ready` = level with the store; `waiting` = the store is not connected, the rest answers from what it has. */
  readonly status: 'starting' | 'rebuilding' | 'catching-up' | 'ready' | 'waiting';
  /** Something is wrong that does not stop the others: parked events, or rows that could not be written. */
  readonly degraded: boolean;
  readonly position: string;
  readonly events: number;
  /** Events that were taken from the store and are not in the rows yet. */
  readonly behind: number;
  readonly connected: boolean;
  readonly parked: number;
  /** The first of the parked events. */
  readonly parkedEvents: readonly ParkedEvent[];
  readonly lastError: string | null;
}

/** Further behind than this, rows are made stream by stream beside the old ones instead of event by event. */
const REBUILD_BEYOND_EVENTS = 20_000;

/** Events in one transaction: as many as some 20 ms take, so that reads get their turn. */
const EVENTS_A_STEP = 250;

const PARKED_SHOWN = 20;

interface Waiter {
  readonly position: bigint;
  readonly resolve: () => void;
}

/**
 * The read side: takes events from the subscription, keeps them, brings the rows up to them, and tells how far it is.
 * Nothing that goes wrong here stops the process: reads go on from what there is, and what failed is tried again.
 */
export class ReadModel implements Receiver, ReadSource {
  readonly #options: ReadModelOptions;
  readonly #store: ReadStore;
  readonly #waiters = new Set<Waiter>();
  #projector: { readonly of: OpenRows; readonly step: (limit: number) => number } | null = null;
  /** Null until the first attempt has ended either way. */
  #isConnected: boolean | null = null;
  #isLevel = false;
  #lastError: string | null = null;
  #rebuilding: { readonly done: Promise<number>; readonly abort: AbortController } | null = null;
  #closed = false;

  constructor(options: ReadModelOptions) {
    this.#options = options;
    this.#store = new ReadStore(options.dir, {
      projections: options.projections,
      firstBook: (log) => LawInForce.of(log, options.book).firstHash,
      program: options.program,
    });
    if (!this.#store.isUsable) {
      this.#notice('info', 'The law or the program changed: the rows are made anew from the kept events.');
      this.#rebuildInBackground();
    }
  }

  /**
   * The rows to read from, in one turn of the event loop: another turn may have others.
   * @throws ReadSideBehind while they are being made for the first time: nothing must not be shown as if it were all
   */
  get current(): OpenRows {
    if (!this.#store.isUsable) throw new ReadSideBehind('The read side is being rebuilt.', 5);
    const { current } = this.#store;
    if (!this.#isLevel && current.rows.seq() === 0) {
      const reason = this.#lastError === null ? '' : ` It could not go on: ${this.#lastError}.`;
      throw new ReadSideBehind(`The read side has not read the log for the first time yet.${reason}`, 2);
    }
    return current;
  }

  /** The files of the rows that stand, for a thread that reads them by itself. */
  get files(): { readonly rowsFile: string; readonly logFile: string } {
    return this.#store.files;
  }

  /** By which law the rows of each moment were made. */
  get law(): LawInForce {
    return LawInForce.of(this.#store.current.log, this.#options.book);
  }

  /** Commit position of the last event that the rows know. */
  get position(): string {
    const { log, rows } = this.#store.current;
    return log.positionOf(rows.seq());
  }

  /**
   * Waits until the rows know everything up to a position.
   * @throws ReadSideBehind when that takes longer than `timeoutMs`
   */
  async waitFor(position: string, timeoutMs: number): Promise<void> {
    const wanted = BigInt(position);
    if (this.#reached() >= wanted) return;
    let waiter: Waiter | undefined;
    let timer: NodeJS.Timeout | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        waiter = { position: wanted, resolve };
        this.#waiters.add(waiter);
        timer = setTimeout(() => {
          const message = `The read side has not reached position ${position} within ${timeoutMs} ms; it is at ${this.position}.`;
          reject(new ReadSideBehind(message, 1));
        }, timeoutMs);
      });
    } finally {
      clearTimeout(timer);
      if (waiter !== undefined) this.#waiters.delete(waiter);
    }
  }

  health(): ReadHealth {
    const { log, rows } = this.#store.current;
    const parked = rows.parkedCount();
    return {
      status: this.#status(),
      degraded: parked > 0 || this.#lastError !== null,
      position: this.position,
      events: rows.seq(),
      behind: log.lastSeq - rows.seq(),
      connected: this.#isConnected === true,
      parked,
      parkedEvents: parked === 0 ? [] : rows.parked({ limit: PARKED_SHOWN }),
      lastError: this.#lastError,
    };
  }

  /** SHA-256 over all rows: equal before and after a rebuild, and however the events came in. */
  async digest(): Promise<string> {
    const snapshot = this.#store.snapshot();
    try {
      const digest = snapshot.rows.digest();
      for (;;) {
        const step = digest.next();
        if (step.done === true) return step.value;
        await nextTurn();
      }
    } finally {
      snapshot.connection.close();
    }
  }

  /**
   * Makes all rows anew from the kept events while the old ones answer; parked events are tried again. One rebuild runs at
   * a time: a second call waits for the first.
   * @returns the number of events taken
   */
  rebuild(options: Pick<RebuildOptions, 'onProgress'> = {}): Promise<number> {
    if (this.#rebuilding !== null) return this.#rebuilding.done;
    const abort = new AbortController();
    const { threads } = this.#options;
    const done = rebuild(this.#store, this.#options, {
      ...options,
      signal: abort.signal,
      ...(threads && { threads }),
    }).finally(() => {
      this.#rebuilding = null;
      this.#reach();
    });
    this.#rebuilding = { done, abort };
    return done;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#rebuilding?.abort.abort();
    await this.#rebuilding?.done.catch(() => {});
    this.#store.close();
  }

  // What the subscription brings.

  checkpoint(): Checkpoint | null {
    return this.#store.current.log.checkpoint();
  }

  landmark(): Landmark | null {
    return this.#store.current.log.landmark();
  }

  async storeChanged(): Promise<void> {
    this.#notice(
      'warn',
      'The store is another one than before, or has lost its end: everything is read again. What was kept of it is set aside as log.set-aside.sqlite.',
    );
    this.#rebuilding?.abort.abort();
    await this.#rebuilding?.done.catch(() => {});
    this.#store.forget();
    this.#isLevel = false;
  }

  async receive(events: readonly ArrivedEvent[]): Promise<void> {
    this.#isConnected = true;
    const { log } = this.#store.current;
    const { gaps } = this.#writing(() => log.append(events));
    for (const seq of gaps) {
      this.#notice('error', `Before event ${seq} of the log some revisions of its stream are missing in the store.`);
    }
    if (!this.#isLevel) return;
    this.#noticeOtherLaw(events);
    await this.#catchUp();
  }

  /** Replicas should be started with one law: reads follow the log, but what this process writes is decided by its own. */
  #noticeOtherLaw(events: readonly ArrivedEvent[]): void {
    const own = this.#options.book.hash;
    const adopted = events.findLast(({ type }) => type === ADOPTED)?.data as { readonly hash?: unknown } | undefined;
    if (adopted === undefined || adopted.hash === own) return;
    this.#notice(
      'warn',
      `Another process adopted rule book ${String(adopted.hash).slice(0, 12)}, and answers follow it; this one was started with ${own.slice(0, 12)}: start all with the same law.`,
    );
  }

  async passed(checkpoint: Checkpoint): Promise<void> {
    this.#isConnected = true;
    this.#writing(() => this.#store.current.log.append([], checkpoint));
    this.#reach();
  }

  async caughtUp(): Promise<void> {
    this.#isConnected = true;
    await this.#catchUp();
    this.#isLevel = true;
    this.#reach();
  }

  interrupted(error: unknown): void {
    if (this.#isConnected !== false) {
      this.#notice('warn', 'The store cannot be followed for the moment; the read side goes on by itself.', error);
    }
    this.#isConnected = false;
  }

  async #catchUp(): Promise<void> {
    const { log, rows } = this.#store.current;
    if (!this.#store.isUsable || log.lastSeq - rows.seq() > REBUILD_BEYOND_EVENTS) {
      // Its last steps take what came in meanwhile.
      await this.rebuild();
      return;
    }
    try {
      while (this.#writing(() => this.#step()) === EVENTS_A_STEP) {
        this.#reach();
        await nextTurn();
        if (this.#closed) return;
      }
    } catch (error) {
      if (error instanceof RebuildNeeded) {
        if (this.#rebuilding === null) {
          this.#notice('info', `${error.message} The rows are made anew; the old ones answer meanwhile.`);
        }
        await this.rebuild();
        return;
      }
      if (this.#closed || !isAboutRows(error)) throw error;
      this.#notice('error', 'The rows do not fit the kept events; they are made anew.', error);
      await this.rebuild();
      this.#lastError = null;
    }
    this.#reach();
  }

  /** A rebuild may have put other rows in place of the ones that the projector wrote to. */
  #step(): number {
    const { current } = this.#store;
    if (this.#projector?.of !== current) {
      const projector = new Projector(current, this.#options);
      this.#projector = { of: current, step: (limit) => projector.step(limit) };
    }
    return this.#projector.step(EVENTS_A_STEP);
  }

  /** Writing may fail (a full disk): it is shown, the caller tries again later, and reads go on. */
  #writing<T>(work: () => T): T {
    try {
      const result = work();
      this.#lastError = null;
      return result;
    } catch (error) {
      if (error instanceof RebuildNeeded) throw error;
      this.#lastError = error instanceof Error ? error.message : String(error);
      this.#notice('error', 'The read side could not write; it will try again.', error);
      throw error;
    }
  }

  #rebuildInBackground(): void {
    this.rebuild().catch((error: unknown) => {
      if (this.#closed) return;
      this.#lastError = error instanceof Error ? error.message : String(error);
      this.#notice('error', 'The rows could not be made anew; it will be tried again.', error);
    });
  }

  #status(): ReadHealth['status'] {
    if (!this.#store.isUsable) return 'rebuilding';
    if (this.#isConnected !== true) return this.#isLevel ? 'waiting' : 'starting';
    const { log, rows } = this.#store.current;
    return this.#isLevel && log.lastSeq === rows.seq() ? 'ready' : 'catching-up';
  }

  /** Everything of ours up to here is in the rows. */
  #reached(): bigint {
    if (!this.#store.isUsable) return -1n;
    const { log, rows } = this.#store.current;
    const seq = rows.seq();
    const own = BigInt(log.positionOf(seq));
    if (seq < log.lastSeq) return own;
    const checkpoint = BigInt(log.checkpoint()?.commit ?? '0');
    return checkpoint > own ? checkpoint : own;
  }

  #reach(): void {
    if (this.#waiters.size === 0) return;
    const reached = this.#reached();
    for (const waiter of this.#waiters) {
      if (waiter.position <= reached) waiter.resolve();
    }
  }

  #notice(level: Notice['level'], message: string, error?: unknown): void {
    this.#options.onNotice?.({ level, message, ...(error === undefined ? {} : { error }) });
  }
}

/** Whether an error says that the rows themselves are wrong, not that the disk is: those are mended by a rebuild. */
function isAboutRows(error: unknown): boolean {
  const { errcode } = error as { errcode?: unknown };
  return typeof errcode !== 'number' || isCorrupt(error) || (errcode & 0xff) === CONSTRAINT;
}

const CONSTRAINT = 19;
