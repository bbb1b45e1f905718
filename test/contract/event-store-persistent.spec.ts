import { randomUUID } from 'node:crypto';
import {
  persistentSubscriptionToAllSettingsFromDefaults as allSettings,
  binaryEvent,
  DISPATCH_TO_SINGLE,
  END,
  eventTypeFilter,
  PARK,
  PersistentSubscriptionDoesNotExistError,
  PersistentSubscriptionDroppedError,
  PersistentSubscriptionExistsError,
  PersistentSubscriptionFailedError,
  PersistentSubscriptionMaximumSubscribersReachedError,
  type PersistentSubscriptionToStreamSettings,
  PINNED,
  RETRY,
  type ResolvedEvent,
  SKIP,
  START,
  persistentSubscriptionToStreamSettingsFromDefaults as streamSettings,
} from '@eventstore/db-client';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { collect, type Endpoint, failure, freshStream, numbered, openEndpoint, take } from './event-store-endpoint.js';

let store: Endpoint;
beforeAll(async () => {
  store = await openEndpoint();
});
afterAll(async () => {
  await store.close();
});

type Delivered = ResolvedEvent & { readonly retryCount: number };

const numberOf = ({ event }: ResolvedEvent): number =>
  (event?.data as { readonly number: number } | undefined)?.number ?? -1;

const groupOn = async (
  events: number,
  settings: Partial<PersistentSubscriptionToStreamSettings> = {},
): Promise<{ readonly stream: string; readonly group: string }> => {
  const [stream, group] = [freshStream(), randomUUID()];
  await store.client.createPersistentSubscriptionToStream(
    stream,
    group,
    streamSettings({ startFrom: START, ...settings }),
  );
  if (events > 0) await store.client.appendToStream(stream, numbered(events));
  return { stream, group };
};

const join = ({ stream, group }: { readonly stream: string; readonly group: string }, bufferSize = 10) =>
  store.client.subscribeToPersistentSubscriptionToStream(stream, group, { bufferSize });

/** Polls until the store has come to a state it reaches by itself; each question is a call, so nothing spins. */
const eventually = async (reached: () => Promise<boolean>): Promise<void> => {
  while (!(await reached())) await new Promise(setImmediate);
};

const parkedCount = async (stream: string, group: string): Promise<number> =>
  Number((await store.client.getPersistentSubscriptionToStreamInfo(stream, group)).stats.parkedMessageCount);

describe('a group on a stream', () => {
  it('delivers from its start on, inclusive, what is there and what comes', async () => {
    const names = await groupOn(3, { startFrom: 1n });
    const subscription = join(names);
    const received = take<Delivered>(subscription, 'data', 3);
    subscription.on('data', (event: Delivered) => void subscription.ack(event));
    await store.client.appendToStream(names.stream, numbered(1, 'Arrived', 3));
    expect((await received).map(numberOf)).toEqual([1, 2, 3]);
    expect((await received).map(({ retryCount }) => retryCount)).toEqual([0, 0, 0]);
    await subscription.unsubscribe();
  });

  it('from the end delivers only what comes after it was made', async () => {
    const stream = freshStream();
    await store.client.appendToStream(stream, numbered(2));
    await store.client.createPersistentSubscriptionToStream(stream, 'g', streamSettings({ startFrom: END }));
    const subscription = join({ stream, group: 'g' });
    const received = take<Delivered>(subscription, 'data', 1);
    await take(subscription, 'confirmation', 1);
    await store.client.appendToStream(stream, numbered(1, 'Arrived', 2));
    expect((await received).map(numberOf)).toEqual([2]);
    await subscription.unsubscribe();
  });

  it('takes names in any script', async () => {
    const [stream, group] = [freshStream('근로자'), 'группа 👷'];
    await store.client.createPersistentSubscriptionToStream(stream, group, streamSettings({ startFrom: START }));
    await store.client.appendToStream(stream, numbered(1));
    const subscription = join({ stream, group });
    expect(await take(subscription, 'data', 1)).toHaveLength(1);
    await expect(
      store.client.createPersistentSubscriptionToStream(stream, group, streamSettings()),
    ).rejects.toBeInstanceOf(PersistentSubscriptionExistsError);
    await subscription.unsubscribe();
  });

  it('hands out no more at once than the client has room for', async () => {
    const names = await groupOn(10);
    const subscription = join(names, 3);
    const first = await take<Delivered>(subscription, 'data', 3);
    const { connections } = await store.client.getPersistentSubscriptionToStreamInfo(names.stream, names.group);
    expect(connections).toMatchObject([{ inFlightMessages: 3, availableSlots: 0 }]);
    const rest = take<Delivered>(subscription, 'data', 2);
    await subscription.ack(...first.slice(0, 2));
    expect((await rest).map(numberOf)).toEqual([3, 4]);
    await subscription.unsubscribe();
  });

  it('delivers again what is refused, counting, and parks it after the last try', async () => {
    const names = await groupOn(1, { maxRetryCount: 2 });
    const subscription = join(names);
    const tries: number[] = [];
    subscription.on('data', (event: Delivered) => {
      tries.push(event.retryCount);
      void subscription.nack(RETRY, 'not yet', event);
    });
    await eventually(async () => (await parkedCount(names.stream, names.group)) === 1);
    expect(tries).toEqual([0, 1, 2]);
    const [parked] = await collect(
      store.client.readStream(`$persistentsubscription-${names.stream}::${names.group}-parked`),
    );
    expect(parked?.event).toMatchObject({ type: '$>', metadata: { reason: 'Reached retry count of 2' } });
    await subscription.unsubscribe();
  });

  it('parks what is to be parked and hands it out again when replayed', async () => {
    const names = await groupOn(4);
    const subscription = join(names);
    const first = await take<Delivered>(subscription, 'data', 4);
    await subscription.nack(PARK, 'for later', ...first.slice(0, 3));
    if (first[3]) await subscription.ack(first[3]);
    await eventually(async () => (await parkedCount(names.stream, names.group)) === 3);

    const replayed = take<Delivered>(subscription, 'data', 2);
    await store.client.replayParkedMessagesToStream(names.stream, names.group, { stopAt: 2 });
    const two = await replayed;
    expect(two.map(numberOf)).toEqual([0, 1]);
    expect(await parkedCount(names.stream, names.group)).toBe(1);

    const last = take<Delivered>(subscription, 'data', 1);
    await subscription.ack(...two);
    await store.client.replayParkedMessagesToStream(names.stream, names.group);
    const [three] = await last;
    expect(three && numberOf(three)).toBe(2);
    if (three) await subscription.ack(three);
    await eventually(async () => (await parkedCount(names.stream, names.group)) === 0);
    await subscription.unsubscribe();
  });

  it('drops what is to be skipped', async () => {
    const names = await groupOn(2);
    const subscription = join(names, 1);
    const [first] = await take<Delivered>(subscription, 'data', 1);
    const next = take<Delivered>(subscription, 'data', 1);
    if (first) await subscription.nack(SKIP, 'not for us', first);
    expect((await next).map(numberOf)).toEqual([1]);
    expect(await parkedCount(names.stream, names.group)).toBe(0);
    await subscription.unsubscribe();
  });

  it('delivers again what is not answered in time', async () => {
    const names = await groupOn(1, { messageTimeout: 100 });
    const subscription = join(names);
    const tries = await take<Delivered>(subscription, 'data', 2);
    expect(tries.map(({ retryCount }) => retryCount)).toEqual([0, 1]);
    await subscription.unsubscribe();
  });

  it('gives what a client held to another when it leaves', async () => {
    const names = await groupOn(3);
    const leaving = join(names);
    await take(leaving, 'data', 3);
    const staying = join(names);
    const received = take<Delivered>(staying, 'data', 3);
    await leaving.unsubscribe();
    expect((await received).map(numberOf)).toEqual([0, 1, 2]);
    await staying.unsubscribe();
  });

  it('resolves links and is answered by the id of the link', async () => {
    const [target, links, group] = [freshStream(), freshStream('list'), randomUUID()];
    await store.client.appendToStream(target, numbered(2));
    await store.client.appendToStream(
      links,
      [0, 1].map((revision) => binaryEvent({ type: '$>', data: Buffer.from(`${revision}@${target}`) })),
    );
    await store.client.createPersistentSubscriptionToStream(
      links,
      group,
      streamSettings({ startFrom: START, resolveLinkTos: true }),
    );
    const subscription = join({ stream: links, group }, 1);
    const received = take<Delivered>(subscription, 'data', 2);
    subscription.on('data', (event: Delivered) => void subscription.ack(event));
    expect((await received).map(({ event, link }) => [event?.streamId, link?.streamId])).toEqual([
      [target, links],
      [target, links],
    ]);
    await subscription.unsubscribe();
  });
});

describe('several clients of a group', () => {
  it('share the events in turn', async () => {
    const names = await groupOn(0);
    const [one, two] = [join(names), join(names)];
    await Promise.all([take(one, 'confirmation', 1), take(two, 'confirmation', 1)]);
    const both = Promise.all([take<Delivered>(one, 'data', 5), take<Delivered>(two, 'data', 5)]);
    await store.client.appendToStream(names.stream, numbered(10));
    const all = (await both).flat().map(numberOf);
    expect(all.sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    await Promise.all([one.unsubscribe(), two.unsubscribe()]);
  });

  it('get nothing while the first has room, with DispatchToSingle', async () => {
    const names = await groupOn(0, { consumerStrategyName: DISPATCH_TO_SINGLE });
    const one = join(names, 4);
    const first = take<Delivered>(one, 'data', 4);
    await take(one, 'confirmation', 1);
    const two = join(names, 4);
    const second = take<Delivered>(two, 'data', 2);
    await take(two, 'confirmation', 1);
    await store.client.appendToStream(names.stream, numbered(6));
    expect((await first).map(numberOf)).toEqual([0, 1, 2, 3]);
    expect((await second).map(numberOf)).toEqual([4, 5]);
    await Promise.all([one.unsubscribe(), two.unsubscribe()]);
  });

  it('each get all events of a stream, with Pinned', async () => {
    const category = `pin${Date.now()}`;
    const links = freshStream('list');
    const streams = Array.from({ length: 12 }, () => freshStream(category));
    for (const stream of streams) await store.client.appendToStream(stream, numbered(2));
    const names = { stream: links, group: randomUUID() };
    await store.client.createPersistentSubscriptionToStream(
      links,
      names.group,
      streamSettings({ startFrom: START, resolveLinkTos: true, consumerStrategyName: PINNED }),
    );
    const clients = [join(names, 30), join(names, 30)];
    await Promise.all(clients.map((client) => take(client, 'confirmation', 1)));
    const seen = new Map<string, Set<number>>();
    let count = 0;
    const all = new Promise<void>((resolve) => {
      for (const [index, client] of clients.entries()) {
        client.on('data', ({ event }: Delivered) => {
          const stream = event?.streamId ?? '';
          seen.set(stream, (seen.get(stream) ?? new Set()).add(index));
          if (++count === 24) resolve();
        });
      }
    });
    await store.client.appendToStream(
      links,
      [0, 1].flatMap((revision) =>
        streams.map((stream) => binaryEvent({ type: '$>', data: Buffer.from(`${revision}@${stream}`) })),
      ),
    );
    await all;
    expect([...seen.values()].every((indexes) => indexes.size === 1)).toBe(true);
    await Promise.all(clients.map((client) => client.unsubscribe()));
  });

  it('are limited in number when the group says so', async () => {
    const names = await groupOn(0, { maxSubscriberCount: 1 });
    const one = join(names);
    await take(one, 'confirmation', 1);
    expect(await failure(join(names))).toBeInstanceOf(PersistentSubscriptionMaximumSubscribersReachedError);
    await one.unsubscribe();
  });
});

describe('managing groups', () => {
  it('refuses a group that exists, and all that concerns one that does not', async () => {
    const { stream, group } = await groupOn(0);
    const again = store.client.createPersistentSubscriptionToStream(stream, group, streamSettings());
    await expect(again).rejects.toBeInstanceOf(PersistentSubscriptionExistsError);
    const unknown = [
      store.client.updatePersistentSubscriptionToStream(stream, 'nobody', streamSettings()),
      store.client.deletePersistentSubscriptionToStream(stream, 'nobody'),
      store.client.getPersistentSubscriptionToStreamInfo(stream, 'nobody'),
      store.client.replayParkedMessagesToStream(stream, 'nobody'),
      store.client.listPersistentSubscriptionsToStream(freshStream()),
    ];
    for (const call of unknown) await expect(call).rejects.toBeInstanceOf(PersistentSubscriptionDoesNotExistError);
    const missing = await failure(join({ stream, group: 'nobody' }));
    expect(missing).toBeInstanceOf(PersistentSubscriptionDoesNotExistError);
    expect(missing.message).toContain(`Subscription group nobody on stream ${stream} does not exist.`);
  });

  it('refuses settings that cannot work', async () => {
    const settings = streamSettings({ readBatchSize: 50, historyBufferSize: 50 });
    await expect(
      store.client.createPersistentSubscriptionToStream(freshStream(), 'g', settings),
    ).rejects.toBeInstanceOf(PersistentSubscriptionFailedError);
    const { stream, group } = await groupOn(0);
    await expect(store.client.replayParkedMessagesToStream(stream, group, { stopAt: -1 })).rejects.toBeInstanceOf(
      PersistentSubscriptionFailedError,
    );
  });

  it('drops the clients when the group is changed, and goes on where it was', async () => {
    const names = await groupOn(3);
    const subscription = join(names, 2);
    const dropped = failure(subscription);
    const [first] = await take<Delivered>(subscription, 'data', 2);
    if (first) await subscription.ack(first);
    await eventually(async () => {
      const { connections } = await store.client.getPersistentSubscriptionToStreamInfo(names.stream, names.group);
      return connections[0]?.totalItems === 3n;
    });
    await store.client.updatePersistentSubscriptionToStream(
      names.stream,
      names.group,
      streamSettings({ startFrom: START, maxRetryCount: 3 }),
    );
    expect(await dropped).toBeInstanceOf(PersistentSubscriptionDroppedError);
    const { settings } = await store.client.getPersistentSubscriptionToStreamInfo(names.stream, names.group);
    expect(settings.maxRetryCount).toBe(3);
    const again = join(names);
    expect((await take<Delivered>(again, 'data', 2)).map(numberOf)).toEqual([1, 2]);
    await again.unsubscribe();
  });

  it('delivers to clients that come while the group is being changed, and changed again', async () => {
    const names = await groupOn(0);
    const change = (maxRetryCount: number): Promise<void> =>
      store.client.updatePersistentSubscriptionToStream(
        names.stream,
        names.group,
        streamSettings({ startFrom: START, maxRetryCount }),
      );
    const [first, second] = [join(names), join(names)];
    const drops = [failure(first), failure(second)];
    await Promise.all([take(first, 'confirmation', 1), take(second, 'confirmation', 1)]);
    const changes = Promise.all([change(1), change(2), change(3)]);
    await Promise.all(drops);
    // Whoever comes back at once is either let in for good or dropped again; nobody is let in and forgotten.
    const comeBack = async (): Promise<Delivered[]> => {
      for (;;) {
        const subscription = join(names).on('error', () => {});
        const got = await take<Delivered>(subscription, 'data', 1).catch(() => undefined);
        if (got) return got;
      }
    };
    const back = comeBack();
    await changes;
    await store.client.appendToStream(names.stream, numbered(1));
    expect((await back).map(numberOf)).toEqual([0]);
    const { settings } = await store.client.getPersistentSubscriptionToStreamInfo(names.stream, names.group);
    expect(settings.maxRetryCount).toBe(3);
  });

  it('begins anew when it is made anew, also while the old one is still being deleted', async () => {
    const names = await groupOn(3, { checkPointLowerBound: 1, checkPointAfter: 1 });
    const subscription = join(names);
    subscription.on('error', () => {});
    for (const event of await take<Delivered>(subscription, 'data', 3)) await subscription.ack(event);
    await eventually(async () => {
      const { stats } = await store.client.getPersistentSubscriptionToStreamInfo(names.stream, names.group);
      return stats.lastCheckpointedEventRevision === 2n;
    });
    await Promise.all([
      store.client.deletePersistentSubscriptionToStream(names.stream, names.group),
      store.client.createPersistentSubscriptionToStream(
        names.stream,
        names.group,
        streamSettings({ startFrom: START }),
      ),
    ]);
    const again = join(names);
    expect((await take<Delivered>(again, 'data', 3)).map(numberOf)).toEqual([0, 1, 2]);
    await again.unsubscribe();
  });

  it('drops the clients when the group is deleted', async () => {
    const names = await groupOn(1);
    const subscription = join(names);
    const dropped = failure(subscription);
    await take(subscription, 'data', 1);
    await store.client.deletePersistentSubscriptionToStream(names.stream, names.group);
    expect(await dropped).toBeInstanceOf(PersistentSubscriptionDroppedError);
    expect(await failure(join(names))).toBeInstanceOf(PersistentSubscriptionDoesNotExistError);
  });

  it('tells what a group is set to and how it stands', async () => {
    const { stream, group } = await groupOn(2, { extraStatistics: true, startFrom: START });
    const subscription = join({ stream, group }, 7);
    const events = await take<Delivered>(subscription, 'data', 2);
    const info = await store.client.getPersistentSubscriptionToStreamInfo(stream, group);
    expect(info).toMatchObject({
      eventSource: stream,
      groupName: group,
      status: 'Live',
      settings: { startFrom: START, maxRetryCount: 10, consumerStrategyName: 'RoundRobin', extraStatistics: true },
      connections: [{ username: 'anonymous', availableSlots: 5, inFlightMessages: 2 }],
    });
    await subscription.ack(...events);
    const listed = await store.client.listPersistentSubscriptionsToStream(stream);
    expect(listed.map(({ groupName }) => groupName)).toEqual([group]);
    const all = await store.client.listAllPersistentSubscriptions();
    expect(all.map(({ groupName }) => groupName)).toContain(group);
    await subscription.unsubscribe();
  });
});

describe('a group on $all', () => {
  it('delivers what its filter lets through, and nothing of its own bookkeeping', async () => {
    const [type, group, stream] = [`Filtered${Date.now()}`, randomUUID(), freshStream()];
    await store.client.createPersistentSubscriptionToAll(group, allSettings({ startFrom: START }), {
      filter: eventTypeFilter({ prefixes: [type] }),
    });
    await store.client.appendToStream(stream, [...numbered(2, type), ...numbered(3), ...numbered(1, type, 2)]);
    const subscription = store.client.subscribeToPersistentSubscriptionToAll(group);
    const received = take<Delivered>(subscription, 'data', 3);
    subscription.on('data', (event: Delivered) => void subscription.ack(event));
    expect((await received).map(numberOf)).toEqual([0, 1, 2]);
    await subscription.unsubscribe();
    const info = await store.client.getPersistentSubscriptionToAllInfo(group);
    expect(info).toMatchObject({ eventSource: '$all', groupName: group });
    await store.client.updatePersistentSubscriptionToAll(group, allSettings({ startFrom: START, maxRetryCount: 1 }));
    await store.client.deletePersistentSubscriptionToAll(group);
    await expect(store.client.getPersistentSubscriptionToAllInfo(group)).rejects.toBeInstanceOf(
      PersistentSubscriptionDoesNotExistError,
    );
  });

  it('from the end delivers what is written later, parks and replays', async () => {
    const [type, group] = [`Late${Date.now()}`, randomUUID()];
    await store.client.createPersistentSubscriptionToAll(group, allSettings({ startFrom: END }), {
      filter: eventTypeFilter({ prefixes: [type] }),
    });
    await store.client.appendToStream(freshStream(), numbered(1, type));
    const subscription = store.client.subscribeToPersistentSubscriptionToAll(group);
    const [event] = await take<Delivered>(subscription, 'data', 1);
    if (!event) throw new Error('nothing came');
    await subscription.nack(PARK, 'later', event);
    await eventually(
      async () => (await store.client.getPersistentSubscriptionToAllInfo(group)).stats.parkedMessageCount === 1n,
    );
    const again = take<Delivered>(subscription, 'data', 1);
    await store.client.replayParkedMessagesToAll(group);
    expect((await again)[0]?.event?.id).toBe(event.event?.id);
    const all = await collect(store.client.readAll());
    expect(all.filter(({ event: seen }) => seen?.streamId.startsWith('$persistentsubscription-$all'))).toEqual([]);
    await subscription.unsubscribe();
  });

  it('cannot begin behind the end of the log', async () => {
    const beyond = { commit: 1_000_000_000n, prepare: 1_000_000_000n };
    await expect(
      store.client.createPersistentSubscriptionToAll(randomUUID(), allSettings({ startFrom: beyond })),
    ).rejects.toBeInstanceOf(PersistentSubscriptionFailedError);
  });
});

describe('the subsystem', () => {
  it('drops everybody and begins again from what is on disk', async () => {
    const names = await groupOn(2);
    const subscription = join(names);
    const dropped = failure(subscription);
    await take(subscription, 'data', 2);
    await store.client.restartPersistentSubscriptionSubsystem();
    expect(await dropped).toBeInstanceOf(PersistentSubscriptionDroppedError);
    const again = join(names);
    expect((await take<Delivered>(again, 'data', 2)).map(numberOf)).toEqual([0, 1]);
    await again.unsubscribe();
  });
});
