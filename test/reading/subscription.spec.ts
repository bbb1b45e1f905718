import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type EmbeddedStore, startEmbeddedStore } from '../../src/embedded-store/embedded-store.js';
import { EventStore } from '../../src/ledger/event-store.js';
import type { ArrivedEvent } from '../../src/reading/kept-log.js';
import { Connection } from '../../src/reading/sqlite.js';
import { type RunningReading, startReading } from '../../src/reading/start.js';
import { Log, theBook } from './kit.js';

let folder: string;
let store: EmbeddedStore;
let reading: RunningReading | undefined;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'following-'));
  store = await startStore();
});

afterEach(async () => {
  await reading?.close();
  reading = undefined;
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

function startStore(options: { readonly name?: string; readonly port?: number } = {}): Promise<EmbeddedStore> {
  const { name = 'store', port = 0 } = options;
  return startEmbeddedStore({ dataDir: join(folder, name), inProcess: true, port });
}

function follow(): RunningReading {
  reading = startReading({ dir: join(folder, 'read'), storeUrl: store.connectionString, book: theBook() });
  return reading;
}

/** Appends events one by one and tells the position of the last. */
async function append(events: readonly ArrivedEvent[]): Promise<string> {
  const client = new EventStore(store.connectionString);
  try {
    let position = '0';
    for (const { id, stream, type, revision, data, metadata } of events) {
      const event = { id, type, data: data as object, metadata: metadata as object };
      ({ position } = await client.append(
        stream,
        [{ ...event, data: { ...event.data }, metadata: { ...event.metadata } }],
        revision - 1,
      ));
    }
    return position;
  } finally {
    await client.close();
  }
}

const PATIENCE_MS = 20_000;

describe('Following a store', () => {
  test('what was recorded before and after the start is there, in order, and nothing else', async () => {
    const log = new Log();
    const early = [log.registered('Mehmet', '2026-01-05'), log.arrived('Mehmet', '2026-01-12')];
    await append([...early, new Log().add('elsewhere-1', 'Noise', {})]);
    const { model } = follow();
    const late = [log.registered('Aylin', '2026-01-06'), log.arrived('Aylin', '2026-01-13')];
    const position = await append(late);
    await model.waitFor(position, PATIENCE_MS);
    expect(model.health()).toMatchObject({ status: 'ready', events: 4, position, connected: true });
    expect(model.current.log.after(0, 10).map(({ id }) => id)).toEqual([...early, ...late].map(({ id }) => id));
  });

  test('it ends when it is told to, in whatever it is just doing', async () => {
    const position = await append([new Log().registered('Mehmet', '2026-01-05')]);
    const { model } = follow();
    await model.waitFor(position, PATIENCE_MS);
    await reading?.close();
    // From here on the store is asked for the last event before it is followed.
    for (let turns = 0; turns < 30; turns++) {
      follow();
      for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
      await reading?.close();
    }
  });

  test('it goes on by itself after the store was away, from where it was', async () => {
    const log = new Log();
    const { model } = follow();
    await model.waitFor(await append([log.registered('Mehmet', '2026-01-05')]), PATIENCE_MS);
    const { port } = store;
    await store.close();
    store = await startStore({ port });
    await model.waitFor(await append([log.arrived('Mehmet', '2026-01-12')]), PATIENCE_MS);
    expect(model.health()).toMatchObject({ status: 'ready', events: 2, parked: 0 });
  });

  test('a read side that was closed goes on from its checkpoint', async () => {
    const log = new Log();
    const first = follow();
    await first.model.waitFor(await append([log.registered('Mehmet', '2026-01-05')]), PATIENCE_MS);
    const before = await first.model.digest();
    await first.close();
    const { model } = follow();
    expect(model.health().events).toBe(1);
    expect(await model.digest()).toBe(before);
    await model.waitFor(await append([log.arrived('Mehmet', '2026-01-12')]), PATIENCE_MS);
    expect(model.health().events).toBe(2);
  });

  test('before another store everything is forgotten and read again', async () => {
    const log = new Log();
    const first = follow();
    await first.model.waitFor(
      await append([log.registered('Mehmet', '2026-01-05'), log.arrived('Mehmet', '2026-01-12')]),
      PATIENCE_MS,
    );
    await first.close();
    await store.close();
    store = await startStore({ name: 'another' });
    const position = await append([new Log().registered('Mehmet', '2026-01-05')]);
    const { model } = follow();
    await model.waitFor(position, PATIENCE_MS).catch(() => {});
    // The other store's only event lies where the first store's did: the old rows had passed that position already.
    while (model.health().status !== 'ready') await new Promise((resolve) => setImmediate(resolve));
    expect(model.health().events).toBe(1);
    // What was kept of the first store may be all that is left of it.
    const aside = new Connection(join(folder, 'read', 'log.set-aside.sqlite'), { readOnly: true });
    expect(aside.tuple('SELECT count(*) FROM events')).toEqual([2]);
    aside.close();
  });
});
