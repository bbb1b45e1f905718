import {
  CancelledError,
  type EventStoreDBClient as Client,
  DeadlineExceededError,
  EventStoreDBClient,
  jsonEvent,
  MaxAppendSizeExceededError,
  NotLeaderError,
  START,
  StreamDeletedError,
  StreamNotFoundError,
  TimeoutError,
  UnavailableError,
  WrongExpectedVersionError,
} from '@eventstore/db-client';
import { isOurs } from '../domain/event-type.js';

/** An event as the store gave it back: nothing in it is checked yet. */
export interface StoredEvent {
  readonly id: string;
  readonly stream: string;
  readonly type: string;
  readonly revision: number;
  /** Commit position, a decimal string. */
  readonly position: string;
  /** RFC 3339 in UTC. */
  readonly recordedAt: string;
  readonly data: unknown;
  readonly metadata: unknown;
}

/** An event on its way to the store. */
export interface NewEvent {
  readonly id: string;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** Revision of a stream that has no events. */
export const NO_REVISION = -1;

/** Somebody else wrote to the stream in between. */
export class WrongRevision extends Error {
  override readonly name = 'WrongRevision';
}

/** The store cannot be reached or does not answer. What was sent may or may not have been written. */
export class StoreAway extends Error {
  override readonly name: string = 'StoreAway';
}

/** The store takes nothing more until somebody frees space. Nothing was written. */
export class StoreFull extends StoreAway {
  override readonly name = 'StoreFull';
}

/** The events are larger than the store takes in one append. Nothing was written. */
export class TooLarge extends Error {
  override readonly name = 'TooLarge';
}

/** The stream was deleted in the store itself, by other means than this ledger. */
export class StreamGone extends Error {
  override readonly name = 'StreamGone';
}

/** The store found damage in its own log: it hands out nothing from there on. The message says where, in its words. */
export class StoreDamaged extends Error {
  override readonly name = 'StoreDamaged';

  /** Where the damage is, as far as the store said it. */
  get place(): { readonly position: string | null; readonly stream: string | null; readonly revision: number | null } {
    const position = /\bat position (\d+)/.exec(this.message)?.[1] ?? null;
    const [, revision, stream] = /\((\d+)@(\S+)\)/.exec(this.message) ?? [];
    return { position, stream: stream ?? null, revision: revision === undefined ? null : Number(revision) };
  }

  /** Whether a record is there and does not match its check sum; otherwise it is gone, or nothing is known of it. */
  get hasRecord(): boolean {
    return /checksum does not match/.test(this.message);
  }
}

/** Events that the client may hold ready in a long read. */
const READ_AHEAD = 64;

/** Events asked for at a time on the way to a damaged place, first and then close to it. */
const TOWARDS_DAMAGE = [32, 1] as const;

/** How long one call may take, in milliseconds. The client has no timer of its own for appends and reads. */
const CALL_MS = 10_000;

const RESOURCE_EXHAUSTED = 8;
const DATA_LOSS = 15;

/** gRPC codes that mean "not now": CANCELLED, DEADLINE_EXCEEDED, ABORTED, UNAVAILABLE. */
const AWAY_CODES: readonly unknown[] = [1, 4, 10, 14];

/**
 * The one door to the store. There is one client per process, because an error on the append stream of any client fails the
 * pending appends of all. When the store is gone every call fails with `StoreAway`; the client dials again by itself.
 */
export class EventStore {
  readonly #client: Client;
  readonly #callMs: number;

  constructor(connectionString: string, options: { readonly callMs?: number } = {}) {
    this.#client = EventStoreDBClient.connectionString(connectionString);
    this.#callMs = options.callMs ?? CALL_MS;
  }

  /**
   * Appends events to a stream, all or none, durable when it resolves.
   * @param expected revision of the last event of the stream, or NO_REVISION
   * @returns revision and commit position of the last event written
   * @throws WrongRevision, StoreAway, StoreFull, TooLarge, StreamGone
   */
  async append(
    stream: string,
    events: readonly NewEvent[],
    expected: number,
  ): Promise<{ readonly revision: number; readonly position: string }> {
    const result = await this.#inTime(
      this.#client.appendToStream(
        stream,
        events.map(({ id, type, data, metadata }) => jsonEvent({ id, type, data, metadata })),
        { expectedRevision: expected === NO_REVISION ? 'no_stream' : BigInt(expected), deadline: this.#callMs },
      ),
    );
    if (result.position === undefined) throw new StoreAway('The store took the events without saying where.');
    return { revision: Number(result.nextExpectedRevision), position: String(result.position.commit) };
  }

  /**
   * Reads a stream forwards; empty where it does not exist.
   * @throws StoreAway, StreamGone
   */
  async read(stream: string, from = 0, maxCount = Number.MAX_SAFE_INTEGER): Promise<readonly StoredEvent[]> {
    const events: StoredEvent[] = [];
    const reading = this.#client.readStream(stream, { fromRevision: BigInt(from), maxCount, direction: 'forwards' });
    const watch = setTimeout(() => reading.destroy(stalled()), this.#callMs);
    try {
      for await (const { event, commitPosition } of reading) {
        watch.refresh();
        if (event !== undefined) events.push(storedEvent(event, commitPosition));
      }
    } catch (error) {
      if (error instanceof StreamNotFoundError) return [];
      throw typed(error);
    } finally {
      clearTimeout(watch);
    }
    return events;
  }

  /**
   * Reads the whole log forwards, events of the ledger's own streams only, as fast as they are taken.
   * @param after position (commit) of the last event that is not wanted any more; left out: from the first
   * @throws StoreAway, StoreDamaged
   */
  async *readAll(after?: string): AsyncGenerator<StoredEvent, void, undefined> {
    for await (const page of this.readPages(after)) yield* page;
  }

  /**
   * The same, as many events together as have come: a step for each event costs more than looking at it.
   * @throws StoreAway, StoreDamaged
   */
  async *readPages(after?: string): AsyncGenerator<readonly StoredEvent[], void, undefined> {
    const from = after === undefined ? START : { commit: BigInt(after), prepare: BigInt(after) };
    const reading = this.#client.readAll({ fromPosition: from, direction: 'forwards' }, { highWaterMark: READ_AHEAD });
    const stalled = new StoreAway('The store stopped answering in the middle of the log.');
    let taken = true;
    let isWhole = false;
    let page: StoredEvent[] = [];
    let seen: string | undefined;
    const watch = setInterval(() => {
      if (taken) taken = false;
      else if (reading.readableLength === 0) reading.destroy(stalled);
    }, this.#callMs).unref();
    try {
      for await (const { event, commitPosition } of reading) {
        taken = true;
        seen = String(event?.position.commit ?? commitPosition ?? seen ?? 0n);
        if (event !== undefined && isOurs(event.streamId)) {
          const stored = storedEvent(event, commitPosition);
          if (after === undefined || BigInt(stored.position) > BigInt(after)) page.push(stored);
        }
        if (page.length === 0 || (page.length < READ_AHEAD && reading.readableLength > 0)) continue;
        yield page;
        page = [];
        // The one who takes the events may take its time: only the store's own silence counts.
        taken = true;
      }
      isWhole = true;
      if (page.length > 0) yield page;
    } catch (error) {
      const told = typed(error);
      if (told instanceof StoreDamaged) {
        clearInterval(watch);
        if (page.length > 0) yield page;
        yield* this.#towardsDamage(seen ?? after);
      }
      throw told;
    } finally {
      clearInterval(watch);
      // Destroying the readable alone would leave the call open on the server.
      if (!isWhole) await reading.cancel().catch(() => {});
      reading.destroy();
    }
  }

  /** What was on its way when the store came upon damage is lost with the call: asked for again, a few events at a time. */
  async *#towardsDamage(after: string | undefined): AsyncGenerator<readonly StoredEvent[], void, undefined> {
    let last = after;
    for (const step of TOWARDS_DAMAGE) {
      for (;;) {
        const events = await this.#next(last, step);
        const end = events?.at(-1)?.position;
        if (events === null || end === undefined) break;
        last = end;
        const ours = events.filter(({ stream }) => isOurs(stream));
        if (ours.length > 0) yield ours;
      }
    }
  }

  /** So many events after a position; null where the store refuses them because one of them is damaged. */
  async #next(after: string | undefined, count: number): Promise<readonly StoredEvent[] | null> {
    const fromPosition = after === undefined ? START : { commit: BigInt(after), prepare: BigInt(after) };
    // A position is read with its own event.
    const maxCount = after === undefined ? count : count + 1;
    const reading = this.#client.readAll({ direction: 'forwards', fromPosition, maxCount });
    const watch = setTimeout(() => reading.destroy(stalled()), this.#callMs);
    const events: StoredEvent[] = [];
    try {
      for await (const { event, commitPosition } of reading)
        if (event !== undefined) events.push(storedEvent(event, commitPosition));
    } catch (error) {
      const told = typed(error);
      if (told instanceof StoreDamaged) return null;
      throw told;
    } finally {
      clearTimeout(watch);
    }
    return events.filter(({ position }) => after === undefined || BigInt(position) > BigInt(after));
  }

  /**
   * The commit position of the last event in the log, a decimal string; "0" where there is none.
   * @throws StoreAway
   */
  async end(): Promise<string> {
    const reading = this.#client.readAll({ direction: 'backwards', fromPosition: 'end', maxCount: 1 });
    const watch = setTimeout(() => reading.destroy(stalled()), this.#callMs);
    let end = '0';
    try {
      // Read to its end: a stream of the client that is left early is never closed.
      for await (const { event, commitPosition } of reading)
        end = String(event?.position.commit ?? commitPosition ?? 0n);
    } catch (error) {
      throw typed(error);
    } finally {
      clearTimeout(watch);
    }
    return end;
  }

  /** Ends the connection; pending calls fail. */
  async close(): Promise<void> {
    await this.#client.dispose();
  }

  #inTime<T>(call: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new StoreAway(`The store did not answer within ${this.#callMs} ms.`));
      }, this.#callMs);
      call.then(
        (value) => {
          clearTimeout(timer);
          resolve(value);
        },
        (error: unknown) => {
          clearTimeout(timer);
          reject(typed(error));
        },
      );
    });
  }
}

function stalled(): StoreAway {
  return new StoreAway('The store stopped answering in the middle of a read.');
}

/** An event of the client in the shape that the codec takes. */
export function storedEvent(
  event: {
    readonly id: string;
    readonly streamId: string;
    readonly type: string;
    readonly revision: bigint;
    readonly created: Date;
    readonly data: unknown;
    readonly metadata?: unknown;
    readonly position?: { readonly commit: bigint };
  },
  commitPosition: bigint | undefined,
): StoredEvent {
  return {
    id: event.id,
    stream: event.streamId,
    type: event.type,
    revision: Number(event.revision),
    position: String(event.position?.commit ?? commitPosition ?? 0n),
    recordedAt: event.created.toISOString(),
    data: event.data,
    metadata: event.metadata,
  };
}

/** The client's errors in our words. What is not understood is passed on: it is a fault, not a state of the world. */
function typed(error: unknown): unknown {
  if (error instanceof StoreAway) return error;
  if (error instanceof WrongExpectedVersionError) return new WrongRevision(error.message);
  if (error instanceof MaxAppendSizeExceededError || codeOf(error) === RESOURCE_EXHAUSTED) {
    return new TooLarge('The events are larger than the store takes in one append.');
  }
  if (codeOf(error) === DATA_LOSS) return new StoreDamaged(detailOf(error));
  if (error instanceof StreamDeletedError)
    return new StreamGone(`The stream ${error.streamName} was deleted in the store.`);
  if (!isAway(error)) return error;
  const text = error instanceof Error ? error.message : String(error);
  return /disk full|no space|ENOSPC|SQLITE_FULL/i.test(text)
    ? new StoreFull('The disk of the store is full: nothing was written.')
    : new StoreAway('The store cannot be reached for the moment.', { cause: error });
}

function isAway(error: unknown): boolean {
  return (
    error instanceof UnavailableError ||
    error instanceof CancelledError ||
    error instanceof TimeoutError ||
    error instanceof DeadlineExceededError ||
    error instanceof NotLeaderError ||
    // The client's first question to a server, what it can do, fails with the bare error of gRPC.
    AWAY_CODES.includes(codeOf(error))
  );
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}

/** What the server said, without the client's own words around it. */
function detailOf(error: unknown): string {
  const said = typeof error === 'object' && error !== null && 'details' in error ? error.details : undefined;
  if (typeof said === 'string' && said !== '') return said;
  return (error instanceof Error ? error.message : String(error)).replace(/^\d+ [A-Z_]+: /, '');
}
