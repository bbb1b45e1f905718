import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import {
  type AllStreamResolvedEvent,
  type AllStreamSubscription,
  EventStoreDBClient,
  START,
  StreamNotFoundError,
  streamNameFilter,
} from '@eventstore/db-client';
import { isOurs, STREAM_PREFIXES } from '../domain/event-type.js';
import { recordedAtOf } from '../ledger/codec.js';
import type { ArrivedEvent, Checkpoint, Landmark } from './kept-log.js';

const MAX_BATCH = 500;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

/** So long nothing may come from a server that does not say that it has caught up, before that is taken for the end. */
const SILENCE_MS = 5_000;

/**
 * Live events come at once after a pause; in a stream of them, together: a commit costs as much as two events. Under a
 * load of many writers they wait longer for each other, which leaves the writers more of the processor.
 */
const LIVE_SPACING_MS = 15;
const BUSY_SPACING_MS = 60;
/** A live batch of this many events is a load. */
const BUSY_BATCH = 8;

/** How often, in units of 32 events considered, the server says how far it has looked. */
const CHECKPOINT_INTERVAL = 32;

/** Who takes the events. Every call is awaited before the next: order and back-pressure come from here. */
export interface Receiver {
  /** Where to go on, asked at each (re)connection; null begins at the first event. */
  checkpoint(): Checkpoint | null;
  /** An event that the store must still have if it is the one it was; null when nothing is kept. */
  landmark(): Landmark | null;
  /** The store is another one, or has lost its end: everything kept is void. */
  storeChanged(): Promise<void>;
  /** Events in log order, without gaps. An error makes the subscription start again from the checkpoint. */
  receive(events: readonly ArrivedEvent[]): Promise<void>;
  /** Nothing of ours lies before this position that was not received. */
  passed(checkpoint: Checkpoint): Promise<void>;
  /** Everything that the store has was received; called again after each batch from then on. */
  caughtUp(): Promise<void>;
  /** The connection was lost or could not be made; it will be tried again. */
  interrupted(error: unknown): void;
}

/**
 * A catch-up subscription to our streams in `$all` that goes on by itself after any error, from the receiver's checkpoint,
 * with a growing pause (0.1 s to 5 s). The client itself never subscribes again.
 */
export class Subscription {
  readonly #connectionString: string;
  readonly #receiver: Receiver;
  readonly #stop = new AbortController();
  #client: EventStoreDBClient | undefined;
  #running: Promise<void> | undefined;

  constructor(connectionString: string, receiver: Receiver) {
    this.#connectionString = connectionString;
    this.#receiver = receiver;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await this.#client?.dispose().catch(() => {});
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    let pauseMs = FIRST_PAUSE_MS;
    while (!signal.aborted) {
      const startedWith = JSON.stringify(this.#receiver.checkpoint());
      try {
        this.#client ??= EventStoreDBClient.connectionString(this.#connectionString);
        await this.#verifyStore(this.#client);
        await this.#follow(this.#client, signal);
      } catch (error) {
        if (!signal.aborted) this.#receiver.interrupted(error);
      }
      if (signal.aborted) return;
      if (JSON.stringify(this.#receiver.checkpoint()) !== startedWith) pauseMs = FIRST_PAUSE_MS;
      await pause(pauseMs, undefined, { signal }).catch(() => {});
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    }
  }

  /** Positions mean something in one store only: before going on, its event at our end must be ours. */
  async #verifyStore(client: EventStoreDBClient): Promise<void> {
    const landmark = this.#receiver.landmark();
    if (landmark === null) return;
    let isThere = false;
    try {
      const read = client.readStream(landmark.stream, { fromRevision: BigInt(landmark.revision), maxCount: 1 });
      for await (const { event } of read) {
        isThere = event?.id === landmark.id && event.created.toISOString() === landmark.storedAt;
      }
    } catch (error) {
      if (!(error instanceof StreamNotFoundError)) throw error;
    }
    if (!isThere) await this.#receiver.storeChanged();
  }

  async #follow(client: EventStoreDBClient, signal: AbortSignal): Promise<void> {
    const from = this.#receiver.checkpoint();
    const batch: ArrivedEvent[] = [];
    let isLevel = false;
    let isReceiving = false;
    let receivedAt = 0;
    let spacingMs = LIVE_SPACING_MS;
    let passed: Checkpoint | undefined;
    const subscription = client.subscribeToAll(
      {
        fromPosition: from === null ? START : { commit: BigInt(from.commit), prepare: BigInt(from.prepare) },
        filter: streamNameFilter({
          prefixes: [...STREAM_PREFIXES],
          checkpointInterval: CHECKPOINT_INTERVAL,
          checkpointReached: (_, { commit, prepare }) => {
            passed = { commit: String(commit), prepare: String(prepare) };
            void settleWhenIdle();
          },
        }),
      },
      { highWaterMark: MAX_BATCH },
    );
    // What the server has passed counts only once everything before it was received: events may wait in the buffer.
    const settle = async (): Promise<void> => {
      if (signal.aborted || subscription.readableLength > 0 || batch.length > 0) return;
      const reached = passed;
      passed = undefined;
      if (reached !== undefined) await this.#receiver.passed(reached);
      if (isLevel) await this.#receiver.caughtUp();
    };
    const settleWhenIdle = async (): Promise<void> => {
      await nextTurn();
      if (!isReceiving) await settle().catch((error: unknown) => void subscription.destroy(error as Error));
    };
    const becomeLevel = () => {
      isLevel = true;
      void settleWhenIdle();
    };
    // Servers before 23.10 never say that they have caught up: silence has to do. It is none while we ourselves are busy.
    const silence = setTimeout(() => {
      if (isReceiving || batch.length > 0 || subscription.readableLength > 0) silence.refresh();
      else becomeLevel();
    }, SILENCE_MS).unref();
    subscription.on('caughtUp', becomeLevel);
    const end = () => void subscription.destroy();
    signal.addEventListener('abort', end, { once: true });
    // It may have been told to stop while the store was looked at: nobody would tell it again.
    if (signal.aborted) end();
    try {
      for await (const resolved of subscription as AsyncIterable<AllStreamResolvedEvent>) {
        silence.refresh();
        const event = arrivedEvent(resolved);
        if (event !== null) batch.push(event);
        // While the client has more at hand, take it along; a turn lets what has arrived be decoded.
        if (batch.length < MAX_BATCH) {
          if (subscription.readableLength > 0) continue;
          const waitMs = receivedAt + spacingMs - performance.now();
          if (!isLevel) await nextTurn();
          else if (waitMs > 1) await pause(waitMs);
          if (subscription.readableLength > 0) continue;
        }
        isReceiving = true;
        spacingMs = batch.length < BUSY_BATCH ? LIVE_SPACING_MS : BUSY_SPACING_MS;
        await this.#receiver.receive(batch.splice(0));
        await settle();
        isReceiving = false;
        silence.refresh();
        receivedAt = performance.now();
      }
    } finally {
      clearTimeout(silence);
      signal.removeEventListener('abort', end);
      await unsubscribe(subscription);
    }
    if (!signal.aborted) throw new Error('The store ended the subscription.');
  }
}

/** Destroying the readable alone would leave the call open on the server. */
async function unsubscribe(subscription: AllStreamSubscription): Promise<void> {
  subscription.on('error', () => {});
  await subscription.unsubscribe().catch(() => {});
  subscription.destroy();
}

function arrivedEvent({ event, commitPosition }: AllStreamResolvedEvent): ArrivedEvent | null {
  if (event === undefined || !isOurs(event.streamId)) return null;
  const storedAt = event.created.toISOString();
  return {
    id: event.id,
    stream: event.streamId,
    type: event.type,
    revision: Number(event.revision),
    position: String(event.position?.commit ?? commitPosition),
    prepare: String(event.position?.prepare ?? commitPosition),
    recordedAt: recordedAtOf({ recordedAt: storedAt, metadata: event.metadata }),
    storedAt,
    data: event.data,
    metadata: event.metadata,
  };
}
