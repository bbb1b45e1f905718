import {
  ANY,
  type AppendExpectedRevision,
  BACKWARDS,
  binaryEvent,
  END,
  type EventData,
  jsonEvent,
  MaxAppendSizeExceededError,
  NO_STREAM,
  STREAM_EXISTS,
  StreamDeletedError,
  WrongExpectedVersionError,
} from '@eventstore/db-client';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { collect, type Endpoint, freshStream, numbered, openEndpoint } from './event-store-endpoint.js';

let store: Endpoint;
beforeAll(async () => {
  store = await openEndpoint();
});
afterAll(async () => {
  await store.close();
});

// Credentials on the call make the client use Append instead of BatchAppend; both must obey the same rules.
const routes = [
  { route: 'BatchAppend', options: {} },
  { route: 'Append', options: { credentials: { username: 'admin', password: 'changeit' } } },
];

describe.each(routes)('appending through $route', ({ options }) => {
  const append = (stream: string, events: EventData | EventData[], expectedRevision: AppendExpectedRevision = ANY) =>
    store.client.appendToStream(stream, events, { expectedRevision, ...options });

  it('numbers the events of a stream from 0 and tells where the last one lies', async () => {
    const stream = freshStream();
    const first = await append(stream, numbered(3), NO_STREAM);
    expect(first).toMatchObject({ success: true, nextExpectedRevision: 2n });
    const second = await append(stream, numbered(1), 2n);
    expect(second.nextExpectedRevision).toBe(3n);
    const events = await collect(store.client.readStream(stream));
    expect(events.map(({ event }) => event?.revision)).toEqual([0n, 1n, 2n, 3n]);
    expect(events[3]?.event?.position).toEqual(second.position);
    expect(second.position?.commit).toBeGreaterThan(first.position?.commit ?? 0n);
  });

  it('keeps JSON, bytes, metadata and names in any script as they were given', async () => {
    const stream = freshStream('근로자-работник-👷');
    const bytes = Uint8Array.from([0, 255, 1, 254, 10, 13]);
    const json = jsonEvent({ type: 'Прибыл', data: { имя: 'Әлия', n: 1.5 }, metadata: { who: 'ไทย' } });
    const binary = binaryEvent({ type: 'Scan', data: bytes, metadata: bytes });
    const before = Date.now();
    await append(stream, [json, binary]);
    const [one, two] = await collect(store.client.readStream(stream));
    expect(one?.event).toMatchObject({
      id: json.id,
      streamId: stream,
      type: 'Прибыл',
      isJson: true,
      data: { имя: 'Әлия', n: 1.5 },
      metadata: { who: 'ไทย' },
    });
    expect(Math.abs((one?.event?.created.getTime() ?? 0) - before)).toBeLessThan(60_000);
    expect(two?.event).toMatchObject({ id: binary.id, isJson: false });
    expect(Buffer.from(two?.event?.data as Uint8Array)).toEqual(Buffer.from(bytes));
    expect(Buffer.from(two?.event?.metadata as Uint8Array)).toEqual(Buffer.from(bytes));
  });

  it('refuses no_stream on a stream with events, naming both revisions', async () => {
    const stream = freshStream();
    await append(stream, numbered(2));
    const refusal = append(stream, numbered(1), NO_STREAM);
    await expect(refusal).rejects.toBeInstanceOf(WrongExpectedVersionError);
    await expect(refusal).rejects.toMatchObject({ streamName: stream, actualVersion: 1n });
  });

  it.each([0n, 2n, 7n])('refuses exact revision %s when the last is 1', async (revision) => {
    const stream = freshStream();
    await append(stream, numbered(2));
    await expect(append(stream, numbered(1), revision)).rejects.toMatchObject({
      type: 'wrong-expected-version',
      expectedVersion: revision,
      actualVersion: 1n,
    });
  });

  it('refuses an exact revision and stream_exists on a stream that is not there', async () => {
    const stream = freshStream();
    await expect(append(stream, numbered(1), 0n)).rejects.toMatchObject({ actualVersion: 'no_stream' });
    await expect(append(stream, numbered(1), STREAM_EXISTS)).rejects.toBeInstanceOf(WrongExpectedVersionError);
    await store.client.setStreamMetadata(stream, { owner: 'registry' });
    await expect(append(stream, numbered(1), STREAM_EXISTS)).resolves.toMatchObject({ nextExpectedRevision: 0n });
  });

  it.each<AppendExpectedRevision>([ANY, NO_STREAM, 1n, STREAM_EXISTS])(
    'answers the same append again without writing it twice (%s)',
    async (expected) => {
      const stream = freshStream();
      if (expected === 1n || expected === STREAM_EXISTS) await append(stream, numbered(2), NO_STREAM);
      const events = numbered(3);
      const first = await append(stream, events, expected);
      const again = await append(stream, events, expected);
      expect(again.nextExpectedRevision).toBe(first.nextExpectedRevision);
      expect(again.position).toEqual(first.position);
      expect(await collect(store.client.readStream(stream))).toHaveLength(Number(first.nextExpectedRevision) + 1);
    },
  );

  it('finds a repeated append also when the stream has gone on since', async () => {
    const stream = freshStream();
    const events = numbered(2);
    await append(stream, events, NO_STREAM);
    await append(stream, numbered(2), 1n);
    await expect(append(stream, events, NO_STREAM)).resolves.toMatchObject({ nextExpectedRevision: 1n });
    await expect(append(stream, [...events, ...numbered(1)], NO_STREAM)).rejects.toBeInstanceOf(
      WrongExpectedVersionError,
    );
  });

  it('refuses an append whose first event is known and whose second is not', async () => {
    const stream = freshStream();
    const [known] = numbered(1);
    if (!known) throw new Error('no event');
    await append(stream, known);
    await expect(append(stream, [known, ...numbered(1)], ANY)).rejects.toBeInstanceOf(WrongExpectedVersionError);
  });

  it('writes the same ids again in another stream, and with the newest exact revision', async () => {
    const [stream, other] = [freshStream(), freshStream()];
    const events = numbered(2);
    await append(stream, events, NO_STREAM);
    await expect(append(other, events, ANY)).resolves.toMatchObject({ nextExpectedRevision: 1n });
    await expect(append(stream, events, 1n)).resolves.toMatchObject({ nextExpectedRevision: 3n });
  });

  it('takes an append of about a megabyte and refuses a larger one whole', async () => {
    const stream = freshStream();
    const half = 'x'.repeat(510 * 1024);
    const large = (): EventData => jsonEvent({ type: 'Scanned', data: { half } });
    await append(stream, [large(), large()], NO_STREAM);
    const refusal = append(stream, [large(), large(), large()], ANY);
    await expect(refusal).rejects.toBeInstanceOf(MaxAppendSizeExceededError);
    await expect(refusal).rejects.toMatchObject({ maxAppendSize: 1024 * 1024 });
    expect(await collect(store.client.readStream(stream))).toHaveLength(2);
  });

  it('refuses an event without a type', async () => {
    await expect(append(freshStream(), jsonEvent({ type: '', data: {} }))).rejects.toThrow();
  });

  it('refuses appends to a stream deleted for ever', async () => {
    const stream = freshStream();
    await append(stream, numbered(1));
    await store.client.tombstoneStream(stream);
    for (const expected of [ANY, NO_STREAM, 0n, STREAM_EXISTS] as const) {
      await expect(append(stream, numbered(1), expected)).rejects.toBeInstanceOf(StreamDeletedError);
    }
  });

  it('gives appends that race for one revision to exactly one of them', async () => {
    const stream = freshStream();
    const attempts = await Promise.allSettled(Array.from({ length: 20 }, () => append(stream, numbered(1), NO_STREAM)));
    expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await collect(store.client.readStream(stream))).toHaveLength(1);
  });

  it('keeps the order in which one client sends', async () => {
    const stream = freshStream();
    await Promise.all(numbered(200).map((event) => append(stream, event)));
    const events = await collect(store.client.readStream(stream));
    expect(events).toHaveLength(200);
    if (!('credentials' in options)) {
      expect(events.map(({ event }) => event?.data)).toEqual(Array.from({ length: 200 }, (_, number) => ({ number })));
    }
  });

  it('stores the events of one append side by side in $all, whoever else writes', async () => {
    const streams = Array.from({ length: 8 }, () => freshStream());
    const results = await Promise.all(streams.map((stream) => append(stream, numbered(5))));
    const all = await collect(store.client.readAll({ direction: BACKWARDS, fromPosition: END, maxCount: 40 }));
    for (const [index, stream] of streams.entries()) {
      const places = all.flatMap(({ event }, place) => (event?.streamId === stream ? [place] : []));
      expect(places).toHaveLength(5);
      expect((places.at(-1) ?? 0) - (places[0] ?? 0)).toBe(4);
      expect(all[places[0] ?? 0]?.event?.position).toEqual(results[index]?.position);
    }
  });
});

describe('appending', () => {
  it('answers with the conflict instead of throwing when the client asks for that', async () => {
    const client = store.connect(
      store.connectionString.includes('?') ? '&throwOnAppendFailure=false' : '?throwOnAppendFailure=false',
    );
    const stream = freshStream();
    await client.appendToStream(stream, numbered(1));
    await expect(client.appendToStream(stream, numbered(1), { expectedRevision: NO_STREAM })).resolves.toMatchObject({
      success: false,
    });
  });

  it('takes an append that comes in several chunks as one', async () => {
    const stream = freshStream();
    const events = numbered(300);
    await store.client.appendToStream(stream, events, { batchAppendSize: 2_000, expectedRevision: NO_STREAM });
    const stored = await collect(store.client.readStream(stream));
    expect(stored.map(({ event }) => event?.id)).toEqual(events.map(({ id }) => id));
  });

  it('answers an append whose deadline has passed instead of leaving it open', async () => {
    const late = store.client.appendToStream(freshStream(), numbered(1), { deadline: -1_000 });
    await expect(late).rejects.toMatchObject({ type: 'deadline-exceeded' });
  });

  it('does not write an event whose id is nothing', async () => {
    const id = '00000000-0000-0000-0000-000000000000';
    await expect(store.client.appendToStream(freshStream(), jsonEvent({ id, type: 'A', data: {} }))).rejects.toThrow();
  });
});
