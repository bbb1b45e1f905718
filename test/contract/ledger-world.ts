import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FixedClock } from '../../src/clock.js';
import type { EventData } from '../../src/domain/event-type.js';
import { type EmbeddedStore, startEmbeddedStore } from '../../src/embedded-store/embedded-store.js';
import { loadRuleBook } from '../../src/law/book.js';
import type { EventInput, StreamRef, WriteAnswer, WriteContext } from '../../src/ledger/command.js';
import { CorrectEvent, CorrectEventHandler } from '../../src/ledger/correct-event.js';
import { EventStore } from '../../src/ledger/event-store.js';
import { LawLookups } from '../../src/ledger/law-lookups.js';
import { PersonalData } from '../../src/ledger/personal-data.js';
import { RecordEvents, RecordEventsHandler } from '../../src/ledger/record-events.js';
import { RetractEvent, RetractEventHandler } from '../../src/ledger/retract-event.js';
import { Writer } from '../../src/ledger/writer.js';

export const TODAY = '2026-11-20';
export const BIN = '120340004562';

export interface DeskOptions {
  /** Whether other desks write to the same store; true when left out. */
  readonly shared?: boolean;
  readonly callMs?: number;
  /** Largest size of the file of keys, in bytes. */
  readonly maxKeysBytes?: number;
}

/** One process of the application: its own client, cache and connection to the keys. */
export class Desk {
  readonly store: EventStore;
  readonly keys: PersonalData;
  readonly writer: Writer;

  constructor(
    connectionString: string,
    keysDir: string,
    { shared = true, callMs = 5_000, maxKeysBytes }: DeskOptions = {},
  ) {
    this.store = new EventStore(connectionString, { callMs });
    this.keys = new PersonalData(keysDir, maxKeysBytes === undefined ? {} : { maxBytes: maxKeysBytes });
    this.writer = new Writer(this.store, this.keys, law, new FixedClock(`${TODAY}T08:00:00Z`), shared);
  }

  record(stream: StreamRef, events: readonly EventInput[], more: Partial<WriteContext> = {}): Promise<WriteAnswer> {
    return new RecordEventsHandler(this.writer).execute(new RecordEvents({ ...context(stream), ...more, events }));
  }

  correct(
    stream: StreamRef,
    correction: { eventId: string; occurredOn?: string; data?: EventData; reason: string },
    more: Partial<WriteContext> = {},
  ): Promise<WriteAnswer> {
    const input = { ...context(stream), ...more, ...correction };
    return new CorrectEventHandler(this.writer).execute(new CorrectEvent(input));
  }

  retract(stream: StreamRef, eventId: string, reason: string, more: Partial<WriteContext> = {}): Promise<WriteAnswer> {
    return new RetractEventHandler(this.writer).execute(
      new RetractEvent({ ...context(stream), ...more, eventId, reason }),
    );
  }

  async close(): Promise<void> {
    await this.store.close();
    this.keys.close();
  }
}

const law = new LawLookups(loadRuleBook());

function context(stream: StreamRef): WriteContext {
  return { stream, commandId: randomUUID(), actor: 'aigerim.s', correlationId: randomUUID() };
}

/** A folder with an embedded store, its keys, and as many desks as a test opens. */
export class World {
  readonly folder = mkdtempSync(join(tmpdir(), 'ledger-'));
  readonly logDir = join(this.folder, 'log');
  readonly keysDir = join(this.folder, 'keys');
  readonly #desks: Desk[] = [];
  #embedded: EmbeddedStore | null = null;
  #port = 0;

  get connectionString(): string {
    return `esdb://127.0.0.1:${this.#port}?tls=false`;
  }

  async start(options: { readonly maxLogBytes?: number } = {}): Promise<void> {
    this.#embedded = await startEmbeddedStore({
      dataDir: this.logDir,
      inProcess: true,
      port: this.#port,
      ...options,
    });
    this.#port = this.#embedded.port;
  }

  async stop(): Promise<void> {
    await this.#embedded?.close();
    this.#embedded = null;
  }

  desk(options?: DeskOptions): Desk {
    const desk = new Desk(this.connectionString, this.keysDir, options);
    this.#desks.push(desk);
    return desk;
  }

  async end(): Promise<void> {
    for (const desk of this.#desks) await desk.close();
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export function worker(): StreamRef {
  return { kind: 'worker', id: randomUUID() };
}

export const employer: StreamRef = { kind: 'employer', id: BIN };

/** Resolves to the error of a promise that must fail. */
export async function failure(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('expected a failure');
}
