import { jsonEvent, type ResolvedEvent, START } from '@eventstore/db-client';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  collect,
  differences,
  type Endpoint,
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

const unique = (): string => `c${Math.random().toString(36).slice(2)}`;

/** Link streams are written a moment later: a subscription waits for them. */
const linked = async (stream: string, count: number): Promise<ResolvedEvent[]> => {
  const subscription = store.client.subscribeToStream(stream, { fromRevision: START, resolveLinkTos: true });
  const events = await take<ResolvedEvent>(subscription, 'data', count);
  await subscription.unsubscribe();
  return events;
};

describe('the native projections', () => {
  it('are all known, and can be enabled, disabled and aborted', async () => {
    const names = ['$by_category', '$by_event_type', '$by_correlation_id', '$streams', '$stream_by_category'];
    const listed = await store.client.listProjections();
    expect(listed.map(({ name }) => name)).toEqual(expect.arrayContaining(names));
    await store.client.enableProjection('$streams');
    expect((await store.client.getProjectionStatus('$streams')).status).toBe('Running');
    await store.client.disableProjection('$streams');
    expect((await store.client.getProjectionStatus('$streams')).status).toBe('Stopped');
    await store.client.enableProjection('$streams');
    await store.client.abortProjection?.('$streams');
    await store.client.enableProjection('$streams');
    expect(await store.client.getProjectionState('$by_category')).toEqual({});
  });

  it('link every event of a category, what was there before and what comes', async () => {
    const category = unique();
    const [one, two] = [freshStream(category), freshStream(category)];
    await store.client.appendToStream(one, numbered(2));
    await store.client.enableProjection('$by_category');
    await store.client.appendToStream(two, numbered(1));
    await store.client.appendToStream(one, numbered(1));
    const events = await linked(`$ce-${category}`, 4);
    expect(events.map(({ event }) => `${event?.revision}@${event?.streamId}`)).toEqual([
      `0@${one}`,
      `1@${one}`,
      `0@${two}`,
      `2@${one}`,
    ]);
    expect(events.map(({ link }) => Number(link?.revision))).toEqual([0, 1, 2, 3]);
    expect(events[0]?.link?.metadata).toMatchObject({ $o: one });
  });

  it('link every event once, also when they are started by many at once', async () => {
    const category = unique();
    await store.client.disableProjection('$by_category');
    await store.client.appendToStream(freshStream(category), numbered(300));
    const { client } = store;
    await Promise.all(Array.from({ length: 4 }, () => client.enableProjection('$by_category')));
    await linked(`$ce-${category}`, 300);
    await client.disableProjection('$by_category');
    await client.enableProjection('$by_category');
    expect(await collect(client.readStream(`$ce-${category}`))).toHaveLength(300);
  });

  it('link events by type, but no links', async () => {
    const type = unique();
    await store.client.enableProjection('$by_event_type');
    await store.client.enableProjection('$by_category');
    const stream = freshStream();
    await store.client.appendToStream(stream, [...numbered(1, type), ...numbered(2), ...numbered(1, type)]);
    const events = await linked(`$et-${type}`, 2);
    expect(events.map(({ event }) => event?.revision)).toEqual([0n, 3n]);
    await expect(collect(store.client.readStream('$et-$>'))).rejects.toMatchObject({ type: 'stream-not-found' });
  });

  it('link events by their correlation id', async () => {
    const correlation = unique();
    await store.client.enableProjection('$by_correlation_id');
    const stream = freshStream();
    const event = jsonEvent({ type: 'Arrived', data: {}, metadata: { $correlationId: correlation } });
    await store.client.appendToStream(stream, [event, ...numbered(1)]);
    const [only] = await linked(`$bc-${correlation}`, 1);
    expect(only?.event?.id).toBe(event.id);
    expect(only?.link?.metadata).toMatchObject({ $eventTimestamp: expect.stringMatching(/^\d{4}-/) });
  });

  it('name each stream once, and each stream of a category', async () => {
    const category = unique();
    await store.client.enableProjection('$streams');
    await store.client.enableProjection('$stream_by_category');
    const [one, two] = [freshStream(category), freshStream(category)];
    await store.client.appendToStream(one, numbered(3));
    await store.client.appendToStream(two, numbered(1));
    const references = await linked(`$category-${category}`, 2);
    expect(references.map(({ event }) => event?.type)).toEqual(['$@', '$@']);
    expect(references.map(({ event }) => Buffer.from(event?.data as Uint8Array).toString())).toEqual([one, two]);
    const known: string[] = [];
    for await (const { event } of store.client.subscribeToStream('$streams', { resolveLinkTos: true })) {
      if (event) known.push(event.streamId);
      if (known.includes(one) && known.includes(two)) break;
    }
    expect(known).toHaveLength(new Set(known).size);
  });

  it('are the only ones there are; anything else is not found', async () => {
    await expect(store.client.getProjectionStatus('nobody')).rejects.toMatchObject({ type: 'not-found' });
    await expect(store.client.enableProjection('nobody')).rejects.toMatchObject({ type: 'not-found' });
    if (differences.userProjections) return;
    const query = 'fromAll().when({ $init: () => ({ n: 0 }) })';
    await expect(store.client.createProjection('mine', query)).rejects.toThrow(/only its five native projections/);
  });
});
