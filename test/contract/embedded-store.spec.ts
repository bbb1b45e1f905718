import { randomUUID } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  BACKWARDS,
  END,
  EventStoreDBClient,
  jsonEvent,
  START,
  persistentSubscriptionToStreamSettingsFromDefaults as streamSettings,
  UnavailableError,
} from '@eventstore/db-client';
import gossipRpc from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import type { ClusterInfo } from '@eventstore/db-client/generated/gossip_pb.js';
import sharedMessages from '@eventstore/db-client/generated/shared_pb.js';
import streamsRpc from '@eventstore/db-client/generated/streams_grpc_pb.js';
import streamsMessages from '@eventstore/db-client/generated/streams_pb.js';
import { credentials, logVerbosity, setLogVerbosity } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DatabaseSync } from '@photostructure/sqlite';
import { backupStore, restoreStore } from '../../src/embedded-store/backup.js';
import {
  type EmbeddedStore,
  type EmbeddedStoreOptions,
  startEmbeddedStore,
} from '../../src/embedded-store/embedded-store.js';
import { Store } from '../../src/embedded-store/store.js';
import { verifyStore } from '../../src/embedded-store/verify.js';
import { collect, failure, numbered, take, temporaryFolder } from './event-store-endpoint.js';

const UNAVAILABLE = 14;

// What only the embedded store promises: its folder, its file, its life.

// A port that is taken is an error of the store; gRPC need not print it as well.
setLogVerbosity(logVerbosity.NONE);

let folder: string;
let running: { readonly store: EmbeddedStore; readonly client: EventStoreDBClient }[];

beforeEach(() => {
  folder = temporaryFolder();
  running = [];
});

afterEach(async () => {
  for (const { store, client } of running) {
    await client.dispose();
    await store.close();
  }
  rmSync(folder, { recursive: true });
});

async function start(options: Partial<EmbeddedStoreOptions> = {}) {
  const store = await startEmbeddedStore({ dataDir: folder, inProcess: true, ...options });
  const client = EventStoreDBClient.connectionString(store.connectionString);
  const started = { store, client };
  running.push(started);
  const stop = async (): Promise<void> => {
    running.splice(running.indexOf(started), 1);
    await client.dispose();
    await store.close();
  };
  return { store, client, stop };
}

const revisions = async (client: EventStoreDBClient, stream: string): Promise<number[]> =>
  (await collect(client.readStream(stream))).map(({ event }) => Number(event?.revision));

/** Changes the file behind the store's back. */
function tamper(sql: string): void {
  const database = new DatabaseSync(join(folder, 'log.sqlite'));
  database.exec(sql);
  database.close();
}

describe('a restart', () => {
  it('finds everything as it was: events, metadata, deletions, the ids of what was appended', async () => {
    const first = await start();
    const events = numbered(3);
    const { position } = await first.client.appendToStream('worker-1', events);
    await first.client.setStreamMetadata('worker-1', { maxCount: 2 });
    await first.client.appendToStream('worker-2', numbered(1));
    await first.client.deleteStream('worker-2');
    await first.client.appendToStream('worker-3', numbered(1));
    await first.client.tombstoneStream('worker-3');
    await first.stop();

    const { client } = await start();
    expect(await revisions(client, 'worker-1')).toEqual([1, 2]);
    await expect(revisions(client, 'worker-2')).rejects.toMatchObject({ type: 'stream-not-found' });
    await expect(revisions(client, 'worker-3')).rejects.toMatchObject({ type: 'stream-deleted' });
    expect((await client.appendToStream('worker-1', events)).position).toEqual(position);
    const next = await client.appendToStream('worker-1', numbered(1), { expectedRevision: 2n });
    expect(next.position?.commit).toBeGreaterThan(position?.commit ?? 0n);
  });

  it('goes on with groups behind their checkpoint, and keeps what they parked', async () => {
    const first = await start();
    await first.client.appendToStream('tasks', numbered(4));
    const settings = streamSettings({ startFrom: START });
    await first.client.createPersistentSubscriptionToStream('tasks', 'desk', settings);
    const subscription = first.client.subscribeToPersistentSubscriptionToStream('tasks', 'desk');
    const events = await take<{ readonly event?: { readonly id: string } }>(subscription, 'data', 4);
    await subscription.ack(events[0] as never, events[1] as never);
    await subscription.nack('park', 'later', events[2] as never);
    const info = () => first.client.getPersistentSubscriptionToStreamInfo('tasks', 'desk');
    while ((await info()).stats.parkedMessageCount < 1n) await new Promise(setImmediate);
    await first.stop();

    const { client } = await start();
    const again = client.subscribeToPersistentSubscriptionToStream('tasks', 'desk');
    const [only] = await take<{ readonly event?: { readonly revision: bigint } }>(again, 'data', 1);
    expect(only?.event?.revision).toBe(3n);
    const { stats } = await client.getPersistentSubscriptionToStreamInfo('tasks', 'desk');
    expect(stats).toMatchObject({ parkedMessageCount: 1n, lastCheckpointedEventRevision: 2n });
    await again.unsubscribe();
  });

  it('goes on with native projections without losing or repeating a link', async () => {
    const first = await start();
    await first.client.enableProjection('$by_category');
    await first.client.appendToStream('worker-1', numbered(300));
    await first.stop();
    const second = await start();
    await second.client.appendToStream('worker-2', numbered(300));
    const subscription = second.client.subscribeToStream('$ce-worker', { resolveLinkTos: true });
    const links = await take<{ readonly event?: { readonly streamId: string; readonly revision: bigint } }>(
      subscription,
      'data',
      600,
    );
    const names = links.map(({ event }) => `${event?.revision}@${event?.streamId}`);
    expect(new Set(names).size).toBe(600);
    expect((await second.client.getProjectionStatus('$by_category')).status).toBe('Running');
    await subscription.unsubscribe();
  });
});

describe('the data folder', () => {
  it('belongs to one store at a time', async () => {
    const { stop } = await start();
    await expect(start()).rejects.toThrow(
      `The data folder ${folder} is in use by another running store: stop that process or choose another folder.`,
    );
    await stop();
    await start();
  });

  it('is refused when the file in it is no log', async () => {
    writeFileSync(join(folder, 'log.sqlite'), 'this is not a database, it is a letter to the editor '.repeat(20));
    await expect(start()).rejects.toThrow(`The log in ${folder} cannot be opened: the log is damaged`);
  });

  it('is refused in a sentence when it cannot be written', async () => {
    mkdirSync(join(folder, 'lock.sqlite'));
    await expect(start()).rejects.toThrow(/The data folder .* cannot be written: .*; check its owner and its disk\./);
  });

  it('is given back when the port is taken', async () => {
    const { store } = await start({ dataDir: join(folder, 'one') });
    await expect(start({ dataDir: join(folder, 'two'), port: store.port })).rejects.toThrow(/cannot listen/);
    await start({ dataDir: join(folder, 'two') });
  });
});

describe('the network', () => {
  it('is not let in unless that is said', async () => {
    await expect(start({ host: '0.0.0.0' })).rejects.toThrow(/listens on loopback only/);
    const { client } = await start({ host: '0.0.0.0', allowRemote: true, port: 0 });
    await client.dispose();
  });

  it('finds the store also by gossip', async () => {
    const { store } = await start();
    const client = EventStoreDBClient.connectionString(`esdb+discover://127.0.0.1:${store.port}?tls=false`);
    expect((await client.appendToStream('a', numbered(1))).success).toBe(true);
    await client.dispose();
  });
});

describe('gossip', () => {
  it('names the node by the address the client came by, not by the one listened on', async () => {
    const { store } = await start({ host: '0.0.0.0', allowRemote: true });
    const gossip = new gossipRpc.GossipClient(`127.0.0.1:${store.port}`, credentials.createInsecure());
    const members = await new Promise<ClusterInfo>((resolve, reject) => {
      gossip.read(new sharedMessages.Empty(), (error, info) => (error ? reject(error) : resolve(info)));
    });
    const [end] = members.getMembersList().map((member) => member.getHttpEndPoint()?.toObject());
    expect(end).toEqual({ address: '127.0.0.1', port: store.port });
    gossip.close();
  });
});

describe('closing', () => {
  it('answers what was taken and ends what is open as unavailable', async () => {
    const { store, client, stop } = await start();
    const appends = Array.from({ length: 50 }, () => client.appendToStream('worker-1', numbered(1)));
    await appends[0];
    const subscription = client.subscribeToStream('worker-1', { fromRevision: END });
    await take(subscription, 'caughtUp', 1);
    const ended = failure(subscription);
    await store.close();
    expect(await ended).toBeInstanceOf(UnavailableError);
    const outcomes = await Promise.allSettled(appends);
    await stop();
    const answered = outcomes.filter(({ status }) => status === 'fulfilled').length;
    const again = await start();
    expect((await revisions(again.client, 'worker-1')).length).toBeGreaterThanOrEqual(answered);
  });

  it('does not wait for a client that never finishes what it began', async () => {
    const { store, stop } = await start();
    const half = new streamsRpc.StreamsClient(`127.0.0.1:${store.port}`, credentials.createInsecure());
    const ended = new Promise<number | undefined>((resolve) => {
      const call = half.append((error) => resolve(error?.code));
      call.write(new streamsMessages.AppendReq().setOptions(new streamsMessages.AppendReq.Options()));
    });
    const client = EventStoreDBClient.connectionString(store.connectionString);
    await client.appendToStream('worker-1', numbered(1));
    await client.dispose();
    await stop();
    expect(await ended).toBe(UNAVAILABLE);
    half.close();
  });

  it('lets a client that waits for it come back', async () => {
    const { store, stop } = await start();
    const client = EventStoreDBClient.connectionString(store.connectionString);
    await client.appendToStream('worker-1', numbered(1));
    await stop();
    await expect(client.appendToStream('worker-1', numbered(1))).rejects.toMatchObject({ code: UNAVAILABLE });
    await start({ port: store.port });
    expect((await client.appendToStream('worker-1', numbered(1))).nextExpectedRevision).toBe(1n);
    await client.dispose();
  });
});

describe('a full disk', () => {
  it('fails appends as unavailable, goes on reading, writes nothing by halves, and recovers', async () => {
    const full = await start({ maxLogBytes: 600_000 });
    const large = () => jsonEvent({ type: 'Scanned', data: { text: 'x'.repeat(50_000) } });
    let written = 0;
    const fill = async (): Promise<void> => {
      for (;;) {
        await full.client.appendToStream('scans', [large(), large()]);
        written += 2;
      }
    };
    const refusal = await fill().catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(UnavailableError);
    expect((refusal as Error).message).toMatch(/disk full/);
    expect(written).toBeGreaterThan(2);
    await expect(full.client.deleteStream('scans')).resolves.toBeDefined();
    expect((await collect(full.client.readAll())).length).toBeGreaterThanOrEqual(written);
    await full.stop();

    const roomy = await start();
    await roomy.client.appendToStream('scans', large());
    expect((await verifyStore(folder)).findings).toEqual([]);
    expect(await revisions(roomy.client, 'scans')).toEqual([written]);
  });
});

describe('one transaction', () => {
  it('is not spoilt for others by one that fails halfway, nor does anything of that one remain', async () => {
    const store = await Store.open({ dataDir: folder });
    const event = (stream: string) => ({
      stream,
      expected: { kind: 'any' as const },
      events: [
        {
          id: randomUUID(),
          type: 'A',
          contentType: 'application/json',
          data: Buffer.from('{}'),
          metadata: Buffer.alloc(0),
        },
      ],
    });
    const outcomes = await Promise.allSettled([
      store.append(event('before')),
      store.transact(() => {
        store.appendNow(event('half'));
        throw new Error('a fault of ours');
      }),
      store.append(event('after')),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect([
      store.streams.head('before').last,
      store.streams.head('half').last,
      store.streams.head('after').last,
    ]).toEqual([0, -1, 0]);
    expect(store.log.head).toBe(3);
    store.close();
    expect(await verifyStore(folder)).toMatchObject({ events: 3, ok: true });
  });
});

describe('a damaged record', () => {
  it('is never served as good: the read fails naming it, the others are served', async () => {
    const { client, stop } = await start();
    await client.appendToStream('worker-1', numbered(3));
    await client.appendToStream('worker-2', numbered(1));
    await stop();
    tamper(`UPDATE events SET record = zeroblob(length(record)) WHERE position = 3`);
    const again = await start();
    const read = collect(again.client.readStream('worker-1'));
    await expect(read).rejects.toThrow(/position 3 .*is damaged: its checksum does not match/);
    expect(await revisions(again.client, 'worker-2')).toEqual([0]);
    const subscription = again.client.subscribeToAll({ fromPosition: START });
    expect((await failure(subscription)).message).toMatch(/position 3/);
    await again.client.createPersistentSubscriptionToStream('worker-1', 'desk', streamSettings({ startFrom: START }));
    const desk = again.client.subscribeToPersistentSubscriptionToStream('worker-1', 'desk');
    expect((await failure(desk)).message).toMatch(/position 3/);
    await again.client.enableProjection('$by_category');
    const status = () => again.client.getProjectionStatus('$by_category');
    while ((await status()).status === 'Running') await new Promise(setImmediate);
    expect(await status()).toMatchObject({ status: 'Faulted', stateReason: expect.stringMatching(/position 3/) });
  });

  it('that is gone is not passed over', async () => {
    const { client, stop } = await start();
    await client.appendToStream('worker-1', numbered(5));
    await stop();
    tamper('DELETE FROM events WHERE position = 4');
    const again = await start();
    await expect(revisions(again.client, 'worker-1')).rejects.toThrow(/2@worker-1 is missing/);
    const backwards = collect(again.client.readAll({ direction: BACKWARDS, fromPosition: END }));
    await expect(backwards).rejects.toThrow(/position 4 is missing/);
    const subscription = again.client.subscribeToStream('worker-1', { fromRevision: 2n });
    expect(await take(subscription, 'data', 2)).toHaveLength(2);
    await subscription.unsubscribe();
  });

  it('that is gone from the end of a stream is missed like any other', async () => {
    const { client } = await start();
    await client.appendToStream('worker-1', numbered(5));
    tamper('DELETE FROM events WHERE position = 6');
    await expect(revisions(client, 'worker-1')).rejects.toThrow(/4@worker-1 is missing/);
    await expect(collect(client.readStream('worker-1', { fromRevision: 4n }))).rejects.toThrow(/is missing/);
  });

  it('is found by verification also when only the index has lost it', async () => {
    const { client, stop } = await start();
    await client.appendToStream('worker-1', numbered(5));
    await stop();
    tamper('PRAGMA wal_checkpoint(TRUNCATE)');
    const file = join(folder, 'log.sqlite');
    const bytes = readFileSync(file);
    // The index entry of 4@worker-1: four bytes of header, then stream 2, revision 4, position 6.
    const entry = bytes.indexOf(Buffer.from([4, 1, 1, 1, 2, 4, 6]));
    expect(entry).toBeGreaterThan(0);
    bytes[entry + 4] = 0x42;
    writeFileSync(file, bytes);
    expect(await verifyStore(folder)).toMatchObject({
      ok: false,
      findings: expect.arrayContaining([
        expect.objectContaining({ message: expect.stringMatching(/index events_by_stream/) }),
      ]),
    });
  });

  it('that was the last one keeps the log from being opened, so that no other takes its place', async () => {
    const { client, stop } = await start();
    await client.appendToStream('worker-1', numbered(3));
    await stop();
    tamper('DELETE FROM events WHERE position = 4');
    await expect(start()).rejects.toThrow(/ends at position 3, but its end is noted as 4; run verify/);
  });

  it('in the books of a group is no reason to forget the group', async () => {
    const { client, stop } = await start();
    const settings = streamSettings({ startFrom: START, checkPointLowerBound: 1, checkPointAfter: 1 });
    await client.createPersistentSubscriptionToStream('tasks', 'bad', settings);
    await client.appendToStream('tasks', numbered(1));
    const subscription = client.subscribeToPersistentSubscriptionToStream('tasks', 'bad');
    const [event] = await take(subscription, 'data', 1);
    await subscription.ack(event as never);
    const stream = '$persistentsubscription-tasks::bad-checkpoint';
    while ((await collect(client.readStream(stream)).catch(() => [])).length === 0) await new Promise(setImmediate);
    await stop();
    tamper('UPDATE events SET record = zeroblob(length(record)) WHERE position = (SELECT max(position) FROM events)');
    const damaged = await start();
    await damaged.client.createPersistentSubscriptionToStream('tasks', 'other', settings);
    await damaged.stop();
    const { client: last } = await start();
    await expect(last.getPersistentSubscriptionToStreamInfo('tasks', 'bad')).rejects.toThrow(/is damaged/);
  });

  it('does not let a group forget what its clients held when they met it', async () => {
    const first = await start();
    const settings = streamSettings({ startFrom: START, checkPointLowerBound: 1, checkPointAfter: 1 });
    await first.client.appendToStream('tasks', numbered(70));
    await first.client.createPersistentSubscriptionToStream('tasks', 'desk', settings);
    await first.stop();
    // The group reads 64 at once, so the damage shows with the second page.
    tamper('UPDATE events SET checksum = checksum + 1 WHERE position = 68');
    const { client } = await start();
    const desk = client.subscribeToPersistentSubscriptionToStream('tasks', 'desk', { bufferSize: 70 });
    const ended = failure(desk);
    await take(desk, 'data', 64);
    expect((await ended).message).toMatch(/is damaged/);
    const again = client.subscribeToPersistentSubscriptionToStream('tasks', 'desk', { bufferSize: 70 });
    again.on('error', () => {});
    const seen = await take<{ readonly event?: { readonly revision: bigint } }>(again, 'data', 64);
    expect(seen.map(({ event }) => Number(event?.revision))).toEqual(Array.from({ length: 64 }, (_, n) => n));
  });

  it('in the books of a group concerns that group only', async () => {
    const { client, stop } = await start();
    const settings = streamSettings({ startFrom: START, checkPointLowerBound: 1, checkPointAfter: 1 });
    for (const group of ['good', 'bad']) await client.createPersistentSubscriptionToStream('tasks', group, settings);
    await client.appendToStream('tasks', numbered(1));
    const subscription = client.subscribeToPersistentSubscriptionToStream('tasks', 'bad');
    const [event] = await take(subscription, 'data', 1);
    await subscription.ack(event as never);
    const stream = '$persistentsubscription-tasks::bad-checkpoint';
    while ((await collect(client.readStream(stream)).catch(() => [])).length === 0) await new Promise(setImmediate);
    await stop();
    tamper('UPDATE events SET record = zeroblob(length(record)) WHERE position = (SELECT max(position) FROM events)');
    const again = await start();
    expect((await again.client.getPersistentSubscriptionToStreamInfo('tasks', 'good')).status).toBeDefined();
    await expect(again.client.getPersistentSubscriptionToStreamInfo('tasks', 'bad')).rejects.toThrow(/is damaged/);
  });

  it('is found by verification, as are records that are gone or lie in the wrong place', async () => {
    const { client, stop } = await start();
    await client.appendToStream('worker-1', numbered(9));
    await stop();
    expect(await verifyStore(folder)).toMatchObject({ events: 10, streams: 2, ok: true });
    tamper(`UPDATE events SET record = CAST(replace(CAST(record AS TEXT), '"number":2', '"number":7') AS BLOB) WHERE position = 4;
            DELETE FROM events WHERE position IN (6, 10);
            UPDATE events SET revision = 40 WHERE position = 8;`);
    const { findings, ok } = await verifyStore(folder);
    expect(ok).toBe(false);
    expect(findings.map(({ kind, position }) => [kind, position])).toEqual(
      expect.arrayContaining([
        ['damaged', 4],
        ['missing', 6],
        ['damaged', 8],
        ['missing', 10],
      ]),
    );
  });
});

describe('backup', () => {
  it('is taken while the store runs, and restores to the same log', async () => {
    const { client } = await start();
    await client.appendToStream('worker-1', numbered(20));
    const target = join(folder, 'backups', 'monday.sqlite');
    const writing = Promise.all(numbered(40).map((event) => client.appendToStream('worker-2', event)));
    const { events } = await backupStore(folder, target);
    await writing;
    expect(events).toBeGreaterThanOrEqual(21);

    const restored = join(folder, 'restored');
    await restoreStore(target, restored);
    const other = await start({ dataDir: restored });
    expect(await revisions(other.client, 'worker-1')).toHaveLength(20);
    const [original] = await collect(client.readAll({ maxCount: 1 }));
    const [copy] = await collect(other.client.readAll({ maxCount: 1 }));
    expect(copy?.event?.id).toBe(original?.event?.id);
    await other.client.appendToStream('worker-1', numbered(1), { expectedRevision: 19n });
  });

  it('overwrites nothing, neither a backup nor a log', async () => {
    const { client, stop } = await start();
    await client.appendToStream('worker-1', numbered(1));
    const target = join(folder, 'one.sqlite');
    await backupStore(folder, target);
    const before = readFileSync(target);
    await expect(backupStore(folder, target)).rejects.toThrow(/exists already/);
    await expect(restoreStore(target, folder)).rejects.toThrow(/in use/);
    await stop();
    await expect(restoreStore(target, folder)).rejects.toThrow(/holds a log already/);
    expect(readFileSync(target)).toEqual(before);
  });

  it('of a damaged log is not kept, and a damaged backup is not restored', async () => {
    const { client, stop } = await start();
    await client.appendToStream('worker-1', numbered(5));
    await stop();
    const good = join(folder, 'good.sqlite');
    await backupStore(folder, good);
    const torn = join(folder, 'torn.sqlite');
    copyFileSync(good, torn);
    const bytes = readFileSync(torn);
    const at = bytes.indexOf('{"number":3}');
    bytes.write('{"number":8}', at);
    writeFileSync(torn, bytes);
    const target = join(folder, 'target');
    await expect(restoreStore(torn, target)).rejects.toThrow(/is damaged/);
    expect(existsSync(join(target, 'log.sqlite'))).toBe(false);
    tamper('DELETE FROM events WHERE position = 2');
    const bad = join(folder, 'bad.sqlite');
    await expect(backupStore(folder, bad)).rejects.toThrow(/missing/);
    expect(existsSync(bad)).toBe(false);
    expect(statSync(good).size).toBeGreaterThan(0);
  });
});
