import {
  BACKWARDS,
  binaryEvent,
  END,
  FORWARDS,
  jsonEvent,
  type ReadStreamOptions,
  START,
  StreamDeletedError,
  StreamNotFoundError,
} from '@eventstore/db-client';
import sharedMessages from '@eventstore/db-client/generated/shared_pb.js';
import streamsRpc from '@eventstore/db-client/generated/streams_grpc_pb.js';
import streamsMessages, { type ReadResp } from '@eventstore/db-client/generated/streams_pb.js';
import { type ClientReadableStream, credentials } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { addressOf, collect, type Endpoint, freshStream, numbered, openEndpoint } from './event-store-endpoint.js';

let store: Endpoint;
beforeAll(async () => {
  store = await openEndpoint();
});
afterAll(async () => {
  await store.close();
});

const numbers = async (stream: string, options: ReadStreamOptions = {}): Promise<number[]> =>
  (await collect(store.client.readStream(stream, options))).map(({ event }) => Number(event?.revision));

describe('reading a stream', () => {
  it.each([
    [{}, [0, 1, 2, 3, 4]],
    [{ fromRevision: 2n }, [2, 3, 4]],
    [{ fromRevision: 2n, maxCount: 2 }, [2, 3]],
    [{ fromRevision: 9n }, []],
    [{ direction: BACKWARDS, fromRevision: END }, [4, 3, 2, 1, 0]],
    [{ direction: BACKWARDS, fromRevision: 2n }, [2, 1, 0]],
    [{ direction: BACKWARDS, fromRevision: END, maxCount: 1 }, [4]],
    [{ direction: BACKWARDS, fromRevision: 99n, maxCount: 2 }, [4, 3]],
    [{ direction: BACKWARDS, fromRevision: START }, [0]],
    [{ direction: FORWARDS, fromRevision: START, maxCount: 0 }, []],
  ] as const)('%j yields %j', async (options, expected) => {
    const stream = freshStream();
    await store.client.appendToStream(stream, numbered(5));
    expect(await numbers(stream, options as ReadStreamOptions)).toEqual(expected);
  });

  it('says that a stream is not there', async () => {
    await expect(numbers(freshStream())).rejects.toBeInstanceOf(StreamNotFoundError);
    await expect(numbers(freshStream(), { direction: BACKWARDS, fromRevision: END })).rejects.toBeInstanceOf(
      StreamNotFoundError,
    );
  });

  it('says that a stream is deleted for ever', async () => {
    const stream = freshStream();
    await store.client.tombstoneStream(stream);
    const read = numbers(stream);
    await expect(read).rejects.toBeInstanceOf(StreamDeletedError);
    await expect(read).rejects.toMatchObject({ streamName: stream });
  });

  it('names a deleted stream in another script without breaking the call', async () => {
    const stream = freshStream('근로자');
    await store.client.tombstoneStream(stream);
    await expect(numbers(stream)).rejects.toBeInstanceOf(StreamDeletedError);
  });

  it('pages through a long stream in order, while others are served', async () => {
    const stream = freshStream();
    for (let first = 0; first < 2_000; first += 500)
      await store.client.appendToStream(stream, numbered(500, 'A', first));
    const [all, other] = await Promise.all([numbers(stream), numbers(stream, { maxCount: 3 })]);
    expect(all).toEqual(Array.from({ length: 2_000 }, (_, index) => index));
    expect(other).toEqual([0, 1, 2]);
  });
});

describe('reading $all', () => {
  it('is never empty and begins above position 0', async () => {
    const [first] = await collect(store.client.readAll({ maxCount: 1 }));
    expect(first?.event?.streamId).toMatch(/^\$/);
    expect(first?.event?.id).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('is inclusive forwards and exclusive backwards', async () => {
    const stream = freshStream();
    const { position } = await store.client.appendToStream(stream, numbered(1));
    const { position: next } = await store.client.appendToStream(stream, numbered(1));
    if (!position || !next) throw new Error('no position');
    const [forwards] = await collect(store.client.readAll({ fromPosition: position, maxCount: 1 }));
    expect(forwards?.event).toMatchObject({ streamId: stream, revision: 0n });
    const [backwards] = await collect(store.client.readAll({ direction: BACKWARDS, fromPosition: next, maxCount: 1 }));
    expect(backwards?.event).toMatchObject({ streamId: stream, revision: 0n });
  });

  it('shows every event once, in the order of recording', async () => {
    const streams = Array.from({ length: 10 }, () => freshStream());
    await Promise.all(streams.map((stream) => store.client.appendToStream(stream, numbered(20))));
    const all = await collect(store.client.readAll({ direction: FORWARDS, fromPosition: START }));
    const positions = all.map(({ event }) => event?.position?.commit ?? 0n);
    expect(positions).toEqual([...positions].sort((a, b) => (a < b ? -1 : 1)));
    expect(new Set(positions).size).toBe(positions.length);
    for (const stream of streams) {
      const revisions = all.flatMap(({ event }) => (event?.streamId === stream ? [Number(event.revision)] : []));
      expect(revisions).toEqual(Array.from({ length: 20 }, (_, index) => index));
    }
    const back = await collect(store.client.readAll({ direction: BACKWARDS, fromPosition: END, maxCount: all.length }));
    expect(
      back
        .map(({ event }) => event?.id)
        .reverse()
        .slice(-200),
    ).toEqual(all.map(({ event }) => event?.id).slice(-200));
  });

  it('shows system events and keeps those of a deleted stream', async () => {
    const stream = freshStream();
    const { position } = await store.client.appendToStream(stream, numbered(1));
    if (!position) throw new Error('no position');
    await store.client.deleteStream(stream);
    const rest = await collect(store.client.readAll({ fromPosition: position }));
    expect(rest.map(({ event }) => event?.type)).toEqual(['Arrived', '$metadata']);
  });
});

describe('links', () => {
  const linkTo = (target: string, revision: number) =>
    binaryEvent({ type: '$>', data: Buffer.from(`${revision}@${target}`) });

  it('are followed when asked, and left alone otherwise', async () => {
    const [target, links] = [freshStream(), freshStream('list')];
    await store.client.appendToStream(target, numbered(3));
    await store.client.appendToStream(links, linkTo(target, 1));
    const [resolved] = await collect(store.client.readStream(links, { resolveLinkTos: true }));
    expect(resolved?.event).toMatchObject({ streamId: target, revision: 1n, data: { number: 1 } });
    expect(resolved?.link).toMatchObject({ streamId: links, revision: 0n, type: '$>' });
    const [plain] = await collect(store.client.readStream(links));
    expect(plain?.event).toMatchObject({ streamId: links, type: '$>' });
    expect(plain?.link).toBeUndefined();
  });

  it('come alone when their target is gone', async () => {
    const [target, links] = [freshStream(), freshStream('list')];
    await store.client.appendToStream(target, numbered(1));
    await store.client.appendToStream(links, linkTo(target, 0));
    await store.client.deleteStream(target);
    const [resolved] = await collect(store.client.readStream(links, { resolveLinkTos: true }));
    expect(resolved?.event).toBeUndefined();
    expect(resolved?.link).toMatchObject({ streamId: links });
  });

  it('stay plain events when their body names nothing', async () => {
    const links = freshStream('list');
    await store.client.appendToStream(links, jsonEvent({ type: '$>', data: { to: 'nowhere' } }));
    const [event] = await collect(store.client.readStream(links, { resolveLinkTos: true }));
    expect(event?.event).toMatchObject({ type: '$>', streamId: links });
  });
});

// What clients in other languages send, which the Node client never does.
describe('reading as other clients do', () => {
  const { ReadReq } = streamsMessages;
  const { Options } = ReadReq;

  const read = async (options: InstanceType<typeof Options>): Promise<ReadResp[]> => {
    const client = new streamsRpc.StreamsClient(addressOf(store), credentials.createInsecure());
    try {
      const call: ClientReadableStream<ReadResp> = client.read(new ReadReq().setOptions(options));
      return await collect(call as AsyncIterable<ReadResp>);
    } finally {
      client.close();
    }
  };
  const ofStream = (stream: string) => {
    const identifier = new sharedMessages.StreamIdentifier().setStreamName(Buffer.from(stream).toString('base64'));
    return new Options()
      .setStream(new Options.StreamOptions().setStreamIdentifier(identifier).setStart(new sharedMessages.Empty()))
      .setCount('10')
      .setNoFilter(new sharedMessages.Empty());
  };
  const uuids = (form: 'structured' | 'string') => {
    const option = new Options.UUIDOption();
    return form === 'string'
      ? option.setString(new sharedMessages.Empty())
      : option.setStructured(new sharedMessages.Empty());
  };

  it('gives ids as two 64-bit numbers when asked', async () => {
    const stream = freshStream();
    const [event] = numbered(1);
    if (!event) throw new Error('no event');
    await store.client.appendToStream(stream, event);
    const [response] = await read(ofStream(stream).setUuidOption(uuids('structured')));
    const halves = response?.getEvent()?.getEvent()?.getId()?.getStructured();
    const hex = [halves?.getMostSignificantBits(), halves?.getLeastSignificantBits()]
      .map((half) =>
        BigInt.asUintN(64, BigInt(half ?? '0'))
          .toString(16)
          .padStart(16, '0'),
      )
      .join('');
    expect(hex).toBe(event.id.replaceAll('-', ''));
    expect(response?.getEvent()?.getEvent()?.getStreamRevision()).toBe('0');
  });

  it('refuses a read that does not say how it wants ids', async () => {
    await expect(read(ofStream(freshStream()))).rejects.toMatchObject({ code: 3 });
  });

  it('refuses a filter on a stream and a subscription backwards', async () => {
    const expression = new Options.FilterOptions.Expression().setRegex('.*');
    const filter = new Options.FilterOptions().setEventType(expression).setCheckpointintervalmultiplier(1);
    await expect(read(ofStream('x').setUuidOption(uuids('string')).setFilter(filter))).rejects.toMatchObject({
      code: 3,
    });
    const backwards = ofStream('x')
      .setUuidOption(uuids('string'))
      .setSubscription(new Options.SubscriptionOptions())
      .setReadDirection(Options.ReadDirection.BACKWARDS);
    await expect(read(backwards)).rejects.toMatchObject({ code: 3 });
  });

  it('reads $all with a filter', async () => {
    const type = `Filtered${Math.random()}`;
    await store.client.appendToStream(freshStream(), [...numbered(2), ...numbered(3, type)]);
    const expression = new Options.FilterOptions.Expression().setPrefixList([type]);
    const filter = new Options.FilterOptions().setEventType(expression).setMax(32).setCheckpointintervalmultiplier(1);
    const all = new Options()
      .setAll(new Options.AllOptions().setStart(new sharedMessages.Empty()))
      .setCount('2')
      .setUuidOption(uuids('string'))
      .setFilter(filter);
    expect((await read(all)).filter((response) => response.hasEvent())).toHaveLength(2);
  });
});
