import {
  type AllStreamSubscription,
  END,
  eventTypeFilter,
  excludeSystemEvents,
  jsonEvent,
  type Position,
  START,
  StreamDeletedError,
  type StreamSubscription,
  streamNameFilter,
} from '@eventstore/db-client';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  differences,
  type Endpoint,
  failure,
  freshStream,
  numbered,
  openEndpoint,
  take,
} from './event-store-endpoint.js';

let store: Endpoint;
beforeAll(async () => {
  store = await openEndpoint();
});
afterAll(async () => {
  await store.close();
});

interface Received {
  readonly event?: { readonly streamId: string; readonly revision: bigint; readonly type: string };
}

/** The events of a subscription in order, and how often it said that it had caught up. */
function record(subscription: StreamSubscription | AllStreamSubscription) {
  const seen: string[] = [];
  let caughtUp = 0;
  const waiting: { readonly count: number; readonly done: () => void }[] = [];
  subscription.on('data', ({ event }: Received) => {
    if (event) seen.push(`${event.revision}@${event.streamId}`);
    for (const { count, done } of waiting) if (seen.length >= count) done();
  });
  subscription.on('caughtUp', () => {
    caughtUp++;
  });
  return {
    seen,
    caughtUp: () => caughtUp,
    until: (count: number) =>
      seen.length >= count ? Promise.resolve() : new Promise<void>((done) => waiting.push({ count, done })),
  };
}

const names = (stream: string, ...revisions: number[]): string[] =>
  revisions.map((revision) => `${revision}@${stream}`);

describe('subscribing to a stream', () => {
  it('delivers what is there, says once that it has caught up, then delivers what is written', async () => {
    const stream = freshStream();
    await store.client.appendToStream(stream, numbered(3));
    const subscription = store.client.subscribeToStream(stream, { fromRevision: START });
    const log = record(subscription);
    const order: string[] = [];
    for (const name of ['confirmation', 'caughtUp', 'data'] as const) subscription.on(name, () => order.push(name));
    await Promise.all([take(subscription, 'caughtUp', 1), log.until(3)]);
    await store.client.appendToStream(stream, numbered(2));
    await log.until(5);
    await store.client.appendToStream(stream, numbered(1));
    await log.until(6);
    expect(log.seen).toEqual(names(stream, 0, 1, 2, 3, 4, 5));
    expect(order.slice(0, 5)).toEqual(['confirmation', 'data', 'data', 'data', 'caughtUp']);
    expect(log.caughtUp()).toBe(1);
    await subscription.unsubscribe();
  });

  it('begins behind the given revision', async () => {
    const stream = freshStream();
    await store.client.appendToStream(stream, numbered(4));
    const subscription = store.client.subscribeToStream(stream, { fromRevision: 1n });
    const log = record(subscription);
    await log.until(2);
    expect(log.seen).toEqual(names(stream, 2, 3));
    await subscription.unsubscribe();
  });

  it('from the end shows only what comes, and has caught up at once', async () => {
    const stream = freshStream();
    await store.client.appendToStream(stream, numbered(2));
    const subscription = store.client.subscribeToStream(stream, { fromRevision: END });
    const log = record(subscription);
    await take(subscription, 'caughtUp', 1);
    await store.client.appendToStream(stream, numbered(1));
    await log.until(1);
    expect(log.seen).toEqual(names(stream, 2));
    await subscription.unsubscribe();
  });

  it('waits for a stream that is not there yet', async () => {
    const stream = freshStream();
    const subscription = store.client.subscribeToStream(stream);
    const log = record(subscription);
    await take(subscription, 'caughtUp', 1);
    await store.client.appendToStream(stream, numbered(2));
    await log.until(2);
    expect(log.seen).toEqual(names(stream, 0, 1));
    await subscription.unsubscribe();
  });

  it('neither loses nor repeats an event while others write', async () => {
    const stream = freshStream();
    const writing = (async () => {
      for (let n = 0; n < 60; n++) await store.client.appendToStream(stream, numbered(10));
    })();
    const subscriptions = Array.from({ length: 3 }, () => store.client.subscribeToStream(stream));
    const logs = subscriptions.map(record);
    await writing;
    await Promise.all(logs.map((log) => log.until(600)));
    for (const log of logs) expect(log.seen).toEqual(names(stream, ...Array.from({ length: 600 }, (_, n) => n)));
    await Promise.all(subscriptions.map((subscription) => subscription.unsubscribe()));
  });

  it('sees the mark of a stream deleted for ever and then fails; later subscriptions fail at once', async () => {
    const stream = freshStream();
    await store.client.appendToStream(stream, numbered(1));
    const subscription = store.client.subscribeToStream(stream);
    const received = take<Received>(subscription, 'data', 2);
    const failed = failure(subscription);
    await take(subscription, 'caughtUp', 1);
    await store.client.tombstoneStream(stream);
    expect((await received)[1]?.event).toMatchObject({ type: '$streamDeleted', revision: 9223372036854775807n });
    expect(await failed).toBeInstanceOf(StreamDeletedError);
    expect(await failure(store.client.subscribeToStream(stream))).toBeInstanceOf(StreamDeletedError);
  });

  it('is silent about a deletion and goes on when the stream is written again', async () => {
    const stream = freshStream();
    await store.client.appendToStream(stream, numbered(2));
    const subscription = store.client.subscribeToStream(stream);
    const log = record(subscription);
    await log.until(2);
    await store.client.deleteStream(stream);
    await store.client.appendToStream(stream, numbered(1));
    await log.until(3);
    expect(log.seen).toEqual(names(stream, 0, 1, 2));
    const late = store.client.subscribeToStream(stream);
    const rest = record(late);
    await rest.until(1);
    expect(rest.seen).toEqual(names(stream, 2));
    await Promise.all([subscription.unsubscribe(), late.unsubscribe()]);
  });
});

describe('subscribing to $all', () => {
  it('delivers everything behind a position in order, then what is written', async () => {
    const [one, two] = [freshStream(), freshStream()];
    const { position } = await store.client.appendToStream(one, numbered(1));
    if (!position) throw new Error('no position');
    await store.client.appendToStream(two, numbered(2));
    const subscription = store.client.subscribeToAll({ fromPosition: position });
    const log = record(subscription);
    await take(subscription, 'caughtUp', 1);
    await store.client.appendToStream(one, numbered(1));
    await log.until(3);
    expect(log.seen).toEqual([...names(two, 0, 1), ...names(one, 1)]);
    expect(log.caughtUp()).toBe(1);
    await subscription.unsubscribe();
  });

  it('from the start shows system events too', async () => {
    const subscription = store.client.subscribeToAll({ fromPosition: START });
    const [first] = await take<Received>(subscription, 'data', 1);
    expect(first?.event?.streamId).toMatch(/^\$/);
    await subscription.unsubscribe();
  });

  it.each([
    ['types by prefix', eventTypeFilter({ prefixes: ['Wanted', 'Other'] })],
    ['types by pattern', eventTypeFilter({ regex: '^(Wanted|Other)' })],
  ])('filters %s', async (_name, filter) => {
    const stream = freshStream();
    const { position } = await store.client.appendToStream(stream, numbered(1));
    if (!position) throw new Error('no position');
    const subscription = store.client.subscribeToAll({ fromPosition: position, filter });
    const log = record(subscription);
    await store.client.appendToStream(stream, [
      ...numbered(1, 'WantedOne'),
      ...numbered(3),
      ...numbered(1, 'OtherTwo'),
    ]);
    await log.until(2);
    expect(log.seen).toEqual(names(stream, 1, 5));
    await subscription.unsubscribe();
  });

  it('filters streams by prefix and by pattern', async () => {
    const category = `kept${Date.now()}`;
    const stream = freshStream(category);
    for (const filter of [streamNameFilter({ prefixes: [category] }), streamNameFilter({ regex: `^${category}-` })]) {
      const { position } = await store.client.appendToStream(freshStream(), numbered(1));
      if (!position) throw new Error('no position');
      const subscription = store.client.subscribeToAll({ fromPosition: position, filter });
      const log = record(subscription);
      await store.client.appendToStream(freshStream(), numbered(2));
      const { nextExpectedRevision } = await store.client.appendToStream(stream, numbered(1));
      await log.until(1);
      expect(log.seen).toEqual([`${nextExpectedRevision}@${stream}`]);
      await subscription.unsubscribe();
    }
  });

  it('leaves system events out when asked', async () => {
    const subscription = store.client.subscribeToAll({ fromPosition: START, filter: excludeSystemEvents() });
    const types: string[] = [];
    subscription.on('data', ({ event }) => types.push(event?.type ?? ''));
    await take(subscription, 'caughtUp', 1);
    expect(types.length).toBeGreaterThan(0);
    expect(types.filter((type) => type.startsWith('$'))).toEqual([]);
    await subscription.unsubscribe();
  });

  it('reports how far it has looked, never twice the same and never back', async () => {
    const [quiet, marked] = [freshStream(), `Marked${Date.now()}`];
    const { position } = await store.client.appendToStream(quiet, numbered(1));
    if (!position) throw new Error('no position');
    const checkpoints: bigint[] = [];
    const filter = eventTypeFilter({
      prefixes: [marked],
      maxSearchWindow: 32,
      checkpointInterval: 2,
      checkpointReached: async (_subscription: AllStreamSubscription, { commit }: Position) => {
        checkpoints.push(commit);
      },
    });
    await store.client.appendToStream(quiet, numbered(384, marked));
    const subscription = store.client.subscribeToAll({ fromPosition: position, filter });
    subscription.on('data', () => {});
    await take(subscription, 'caughtUp', 1);
    expect([6, 7]).toContain(checkpoints.length);
    const { position: last } = await store.client.appendToStream(quiet, numbered(64));
    while ((checkpoints.at(-1) ?? 0n) < (last?.commit ?? 0n)) await new Promise(setImmediate);
    expect(checkpoints).toEqual([...new Set(checkpoints)].sort((a, b) => (a < b ? -1 : 1)));
    await subscription.unsubscribe();
  });

  it('refuses a pattern that would take years, and serves the others meanwhile', async () => {
    if (!differences.stopsEndlessFilters) return;
    const stream = freshStream();
    await store.client.appendToStream(stream, [jsonEvent({ type: `${'a'.repeat(60)}!`, data: {} })]);
    const subscription = store.client.subscribeToAll({
      fromPosition: START,
      filter: eventTypeFilter({ regex: '^(a+)+$' }),
    });
    const ended = failure(subscription);
    await expect(take(store.client.readStream(stream), 'data', 1)).resolves.toHaveLength(1);
    expect((await ended).message).toMatch(/takes too long/);
  });

  it('refuses a filter that is no regular expression', async () => {
    const subscription = store.client.subscribeToAll({ filter: eventTypeFilter({ regex: '(' }) });
    expect((await failure(subscription)).message).toMatch(/regular expression|Invalid pattern|parsing/i);
  });

  it('refuses a position the log has not reached', async () => {
    if (!differences.refusesPositionsBeyondTheEnd) return;
    const beyond = 1_000_000_000n;
    const subscription = store.client.subscribeToAll({ fromPosition: { commit: beyond, prepare: beyond } });
    expect((await failure(subscription)).message).toMatch(/invalid position/);
  });

  it('does not let a subscriber that stops reading hold up others or grow the store', async () => {
    const stream = freshStream();
    const stalled = store.client.subscribeToStream(stream);
    const first = take(stalled, 'data', 1);
    const payload = 'x'.repeat(50_000);
    const event = () => jsonEvent({ type: 'Scanned', data: { payload } });
    await store.client.appendToStream(stream, event());
    await first;
    stalled.pause();
    for (let n = 0; n < 30; n++) await store.client.appendToStream(stream, Array.from({ length: 10 }, event));
    const other = store.client.subscribeToStream(stream);
    const log = record(other);
    await log.until(301);
    const rest = take(stalled, 'data', 300);
    stalled.resume();
    await rest;
    await Promise.all([stalled.unsubscribe(), other.unsubscribe()]);
  });
});
