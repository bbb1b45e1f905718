import { randomUUID } from 'node:crypto';
import {
  ANY,
  type AppendExpectedRevision,
  BACKWARDS,
  binaryEvent,
  END,
  NO_STREAM,
  STREAM_EXISTS,
  StreamDeletedError,
  StreamNotFoundError,
  WrongExpectedVersionError,
} from '@eventstore/db-client';
import sharedMessages from '@eventstore/db-client/generated/shared_pb.js';
import streamsRpc from '@eventstore/db-client/generated/streams_grpc_pb.js';
import streamsMessages from '@eventstore/db-client/generated/streams_pb.js';
import { credentials } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { addressOf, collect, type Endpoint, freshStream, numbered, openEndpoint } from './event-store-endpoint.js';

let store: Endpoint;
beforeAll(async () => {
  store = await openEndpoint();
});
afterAll(async () => {
  await store.close();
});

const revisions = async (stream: string): Promise<number[]> =>
  (await collect(store.client.readStream(stream))).map(({ event }) => Number(event?.revision));

const streamOf = async (count: number): Promise<string> => {
  const stream = freshStream();
  await store.client.appendToStream(stream, numbered(count));
  return stream;
};

/** Sends the text as it is, as clients in other languages can: JavaScript cannot hold the numbers that matter here. */
const writeMetadata = (stream: string, text: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const { AppendReq } = streamsMessages;
    const grpc = new streamsRpc.StreamsClient(addressOf(store), credentials.createInsecure());
    const call = grpc.append((error) => {
      grpc.close();
      if (error) reject(error);
      else resolve();
    });
    const identifier = new sharedMessages.StreamIdentifier().setStreamName(
      Buffer.from(`$$${stream}`).toString('base64'),
    );
    const options = new AppendReq.Options().setStreamIdentifier(identifier).setAny(new sharedMessages.Empty());
    call.write(new AppendReq().setOptions(options));
    const message = new AppendReq.ProposedMessage()
      .setId(new sharedMessages.UUID().setString(randomUUID()))
      .setData(Buffer.from(text).toString('base64'));
    message.getMetadataMap().set('type', '$metadata').set('content-type', 'application/json');
    call.write(new AppendReq().setProposedMessage(message));
    call.end();
  });

describe('deleting a stream', () => {
  it('makes it not found, and answers where the deletion lies', async () => {
    const stream = await streamOf(2);
    const { position } = await store.client.deleteStream(stream, { expectedRevision: 1n });
    expect(position?.commit).toBeGreaterThan(0n);
    await expect(revisions(stream)).rejects.toBeInstanceOf(StreamNotFoundError);
  });

  it.each<AppendExpectedRevision>([ANY, NO_STREAM, 1n])(
    'lets it be written again with %s, numbering on',
    async (expectedRevision) => {
      const stream = await streamOf(2);
      await store.client.deleteStream(stream);
      const { nextExpectedRevision } = await store.client.appendToStream(stream, numbered(3), { expectedRevision });
      expect(nextExpectedRevision).toBe(4n);
      expect(await revisions(stream)).toEqual([2, 3, 4]);
      const { metadata } = await store.client.getStreamMetadata(stream);
      expect(metadata).toEqual({ truncateBefore: 2 });
    },
  );

  it('refuses stream_exists afterwards', async () => {
    const stream = await streamOf(1);
    await store.client.deleteStream(stream);
    await expect(
      store.client.appendToStream(stream, numbered(1), { expectedRevision: STREAM_EXISTS }),
    ).rejects.toBeInstanceOf(StreamDeletedError);
  });

  it('drops the metadata it had', async () => {
    const stream = await streamOf(1);
    await store.client.setStreamMetadata(stream, { maxCount: 5, owner: 'registry' });
    await store.client.deleteStream(stream);
    await store.client.appendToStream(stream, numbered(1));
    expect((await store.client.getStreamMetadata(stream)).metadata).toEqual({ truncateBefore: 1 });
  });

  it('comes back empty when only its metadata is written', async () => {
    const stream = await streamOf(3);
    await store.client.deleteStream(stream);
    await store.client.setStreamMetadata(stream, { owner: 'registry' });
    expect((await store.client.getStreamMetadata(stream)).metadata).toEqual({ truncateBefore: 3, owner: 'registry' });
    expect(await revisions(stream)).toEqual([]);
  });

  it('refuses a wrong revision in numbers', async () => {
    const stream = await streamOf(2);
    await expect(store.client.deleteStream(stream, { expectedRevision: 0n })).rejects.toMatchObject({
      type: 'wrong-expected-version',
      streamName: stream,
      expectedVersion: 0n,
      actualVersion: 1n,
    });
  });

  it('refuses a stream that was never there', async () => {
    for (const expectedRevision of [ANY, NO_STREAM] as const) {
      const refusal = store.client.deleteStream(freshStream(), { expectedRevision });
      await expect(refusal).rejects.toBeInstanceOf(WrongExpectedVersionError);
      await expect(refusal).rejects.toMatchObject({ actualVersion: -1n });
    }
  });
});

describe('deleting a stream for ever', () => {
  it('is possible before it was ever written', async () => {
    const stream = freshStream();
    const { position } = await store.client.tombstoneStream(stream, { expectedRevision: NO_STREAM });
    expect(position?.commit).toBeGreaterThan(0n);
    await expect(store.client.appendToStream(stream, numbered(1))).rejects.toBeInstanceOf(StreamDeletedError);
  });

  it('cannot be done twice, nor undone by metadata', async () => {
    const stream = await streamOf(1);
    await store.client.tombstoneStream(stream, { expectedRevision: 0n });
    await expect(store.client.tombstoneStream(stream)).rejects.toBeInstanceOf(StreamDeletedError);
    await expect(store.client.deleteStream(stream)).rejects.toBeInstanceOf(StreamDeletedError);
    await expect(store.client.setStreamMetadata(stream, {})).rejects.toBeInstanceOf(StreamDeletedError);
    await expect(store.client.getStreamMetadata(stream)).rejects.toBeInstanceOf(StreamDeletedError);
  });

  it('refuses a wrong revision', async () => {
    const stream = await streamOf(3);
    await expect(store.client.tombstoneStream(stream, { expectedRevision: 0n })).rejects.toMatchObject({
      type: 'wrong-expected-version',
      actualVersion: 2n,
    });
  });

  it('leaves its mark in $all, with the largest revision there is', async () => {
    const stream = await streamOf(1);
    await store.client.tombstoneStream(stream);
    const all = await collect(store.client.readAll({ direction: BACKWARDS, fromPosition: END, maxCount: 20 }));
    const mark = all.find(({ event }) => event?.streamId === stream);
    expect(mark?.event).toMatchObject({ type: '$streamDeleted', revision: 9223372036854775807n });
  });
});

describe('metadata', () => {
  it('of a stream without any is empty', async () => {
    expect((await store.client.getStreamMetadata(await streamOf(1))).metadata).toBeUndefined();
  });

  it('is kept with custom keys and access lists, and guarded by its own revision', async () => {
    const stream = await streamOf(1);
    const metadata = { acl: { readRoles: ['officer', '$admins'] }, cacheControl: 10, team: { name: 'Құқық' } };
    await store.client.setStreamMetadata(stream, metadata, { expectedRevision: NO_STREAM });
    expect((await store.client.getStreamMetadata(stream)).metadata).toEqual(metadata);
    await expect(store.client.setStreamMetadata(stream, {}, { expectedRevision: NO_STREAM })).rejects.toBeInstanceOf(
      WrongExpectedVersionError,
    );
    await store.client.setStreamMetadata(stream, { team: 'other' }, { expectedRevision: 0n });
    const newest = await collect(store.client.readStream(`$$${stream}`));
    expect(newest.map(({ event }) => event?.revision)).toEqual([1n]);
  });

  it.each([
    ['{"$maxCount":2}', [3, 4]],
    ['{"$tb":3}', [3, 4]],
    ['{"$maxCount":2,"$tb":4}', [4]],
    ['{"$maxCount":0,"$tb":-1}', [0, 1, 2, 3, 4]],
    ['{"$tb":99}', []],
    ['{"$tb":9007199254740993}', []],
    ['{"$tb":9223372036854775806}', []],
    ['{"$maxAge":3600}', [0, 1, 2, 3, 4]],
  ])('%s shows the revisions %j', async (metadata, expected) => {
    const stream = await streamOf(5);
    await writeMetadata(stream, metadata);
    expect(await revisions(stream)).toEqual(expected);
    const back = await collect(store.client.readStream(stream, { direction: BACKWARDS, fromRevision: END }));
    expect(back.map(({ event }) => Number(event?.revision)).reverse()).toEqual(expected);
  });

  it('hides events older than $maxAge', async () => {
    const stream = await streamOf(3);
    const [last] = await collect(
      store.client.readStream(stream, { direction: BACKWARDS, fromRevision: END, maxCount: 1 }),
    );
    const createdMs = last?.event?.created.getTime() ?? 0;
    await store.client.setStreamMetadata(stream, { maxAge: 1 });
    while (Date.now() <= createdMs + 1_100) await new Promise(setImmediate);
    await store.client.appendToStream(stream, numbered(2));
    expect(await revisions(stream)).toEqual([3, 4]);
  });

  it('counts as none when it is no JSON, and never hides events by mistake', async () => {
    const stream = await streamOf(3);
    for (const text of [
      '{"$maxCount":',
      '[1]',
      '"$tb"',
      '{"$maxCount":"2"}',
      '{"note":"\\"$tb\\": 9223372036854775807"}',
    ]) {
      await writeMetadata(stream, text);
      expect(await revisions(stream)).toEqual([0, 1, 2]);
    }
    await store.client.appendToStream(
      `$$${stream}`,
      binaryEvent({ type: '$metadata', data: Buffer.from('{"$tb":9}') }),
    );
    expect(await revisions(stream)).toEqual([0, 1, 2]);
  });
});
