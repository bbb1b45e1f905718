import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { type EmbeddedStore, startEmbeddedStore } from '../../src/embedded-store/embedded-store.js';

/**
 * Where the contract runs: on the embedded store, or on a real server when EVENTSTORE_URL names one. The assertions
 * are the same; what may differ is listed here, with its reason.
 */
export const onRealServer = process.env['EVENTSTORE_URL'] !== undefined;

export const differences = {
  /** Server 24.6 counts only the data of events against the largest append; the embedded store counts as 25.0 does. */
  metadataCountsAgainstAppendSize: !onRealServer,
  /** A real server does not know where a log ends that is shorter than a client's position; it waits instead. */
  refusesPositionsBeyondTheEnd: !onRealServer,
  /** A real server runs every filter expression to its end; the embedded store gives it 0.1 s for one name. */
  stopsEndlessFilters: !onRealServer,
  /** On a real server projections written in JavaScript exist; the embedded store has the five native ones. */
  userProjections: onRealServer,
};

export interface Endpoint {
  readonly client: EventStoreDBClient;
  readonly connectionString: string;
  /** Another client of the same store, disposed of at the end. */
  connect(options?: string): EventStoreDBClient;
  close(): Promise<void>;
}

export async function openEndpoint(): Promise<Endpoint> {
  const url = process.env['EVENTSTORE_URL'];
  const folder = url === undefined ? temporaryFolder() : undefined;
  const store: EmbeddedStore | undefined = folder
    ? await startEmbeddedStore({ dataDir: folder, inProcess: true })
    : undefined;
  const connectionString = store?.connectionString ?? url ?? '';
  const clients: EventStoreDBClient[] = [];
  const connect = (options = ''): EventStoreDBClient => {
    const client = EventStoreDBClient.connectionString`${connectionString}${options}`;
    clients.push(client);
    return client;
  };
  return {
    client: connect(),
    connectionString,
    connect,
    close: async () => {
      await Promise.all(clients.map((client) => client.dispose()));
      await store?.close();
      if (folder) rmSync(folder, { recursive: true });
    },
  };
}

/** Host and port, for calls the Node client never makes but clients in other languages do. */
export function addressOf({ connectionString }: Endpoint): string {
  return /\/\/(?:[^@]*@)?([^?/]+)/.exec(connectionString)?.[1] ?? '';
}

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'event-store-'));
}

/** A stream name no other test uses, so that the suite can run again and again on one server. */
export function freshStream(category = 'worker'): string {
  return `${category}-${randomUUID()}`;
}

/** `count` events of one type, numbered from `first`. */
export function numbered(count: number, type = 'Arrived', first = 0): ReturnType<typeof jsonEvent>[] {
  return Array.from({ length: count }, (_, index) => jsonEvent({ type, data: { number: first + index } }));
}

/** Everything a finite read yields. */
export async function collect<Item>(read: AsyncIterable<Item>): Promise<Item[]> {
  const items: Item[] = [];
  for await (const item of read) items.push(item);
  return items;
}

interface Source {
  on(event: string, listener: (...values: unknown[]) => void): unknown;
  removeListener(event: string, listener: (...values: unknown[]) => void): unknown;
}

/** Resolves with the first `count` values of an event emitter's event; rejects on its error. */
export function take<Value>(source: Source, event: string, count: number): Promise<Value[]> {
  return new Promise((resolve, reject) => {
    const values: Value[] = [];
    const receive = (value: unknown): void => {
      values.push(value as Value);
      if (values.length < count) return;
      source.removeListener(event, receive);
      source.removeListener('error', reject);
      resolve(values);
    };
    source.on(event, receive);
    source.on('error', reject);
  });
}

/** Resolves with the error a subscription or read ends with. */
export function failure(source: Source): Promise<Error> {
  return new Promise((resolve) => {
    source.on('error', (error) => resolve(error as Error));
    source.on('data', () => {});
  });
}
