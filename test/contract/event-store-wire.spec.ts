import { randomBytes } from 'node:crypto';
import featuresRpc from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import type { SupportedMethods } from '@eventstore/db-client/generated/serverfeatures_pb.js';
import sharedMessages from '@eventstore/db-client/generated/shared_pb.js';
import streamsRpc from '@eventstore/db-client/generated/streams_grpc_pb.js';
import streamsMessages, { type BatchAppendResp } from '@eventstore/db-client/generated/streams_pb.js';
import { type ClientDuplexStream, credentials, status } from '@grpc/grpc-js';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import googleEmpty from 'google-protobuf/google/protobuf/empty_pb.js';
import googleTimestamp from 'google-protobuf/google/protobuf/timestamp_pb.js';
import { addressOf, collect, type Endpoint, freshStream, openEndpoint, take } from './event-store-endpoint.js';

// The protocol itself, as clients in other languages speak it and as a client with a defect might.

const { BatchAppendReq } = streamsMessages;
type BatchAppendReq = InstanceType<typeof BatchAppendReq>;
type BatchCall = ClientDuplexStream<BatchAppendReq, BatchAppendResp>;

let store: Endpoint;
let client: InstanceType<typeof streamsRpc.StreamsClient>;
let call: BatchCall;

beforeAll(async () => {
  store = await openEndpoint();
  client = new streamsRpc.StreamsClient(addressOf(store), credentials.createInsecure());
});
afterAll(async () => {
  client.close();
  await store.close();
});
beforeEach(() => {
  call = client.batchAppend();
});
afterEach(() => {
  call.on('error', () => {});
  call.cancel();
});

/** An id as two 64-bit halves, as Java, .NET and Rust send it. */
function structured(): InstanceType<typeof sharedMessages.UUID> {
  const halves = randomBytes(16);
  return new sharedMessages.UUID().setStructured(
    new sharedMessages.UUID.Structured()
      .setMostSignificantBits(halves.readBigInt64BE(0).toString())
      .setLeastSignificantBits(halves.readBigInt64BE(8).toString()),
  );
}

function proposed(metadata: Readonly<Record<string, string>>): InstanceType<typeof BatchAppendReq.ProposedMessage> {
  const message = new BatchAppendReq.ProposedMessage()
    .setId(structured())
    .setData(Buffer.from('{}').toString('base64'));
  for (const [key, value] of Object.entries(metadata)) message.getMetadataMap().set(key, value);
  return message;
}

const COMPLETE = { type: 'Arrived', 'content-type': 'application/json' };

function chunk(stream: string | undefined, metadata: Readonly<Record<string, string>> = COMPLETE): BatchAppendReq {
  const request = new BatchAppendReq().setCorrelationId(structured()).setProposedMessagesList([proposed(metadata)]);
  if (stream === undefined) return request;
  const identifier = new sharedMessages.StreamIdentifier().setStreamName(Buffer.from(stream).toString('base64'));
  const options = new BatchAppendReq.Options().setStreamIdentifier(identifier).setAny(new googleEmpty.Empty());
  return request.setOptions(options);
}

const answer = async (): Promise<BatchAppendResp> => {
  const [response] = await take<BatchAppendResp>(call, 'data', 1);
  if (!response) throw new Error('no answer');
  return response;
};

describe('BatchAppend', () => {
  it('takes structured ids, answers with the same correlation id and stores the event under its id', async () => {
    const stream = freshStream();
    const request = chunk(stream).setIsFinal(true);
    const answered = answer();
    call.write(request);
    const response = await answered;
    expect(response.getCorrelationId()?.toObject()).toEqual(request.getCorrelationId()?.toObject());
    expect(response.getSuccess()?.getCurrentRevision()).toBe('0');
    expect(Number(response.getSuccess()?.getPosition()?.getCommitPosition())).toBeGreaterThan(0);
    const [stored] = await collect(store.client.readStream(stream));
    const halves = request.getProposedMessagesList()[0]?.getId()?.getStructured();
    const hex = [halves?.getMostSignificantBits(), halves?.getLeastSignificantBits()]
      .map((half) =>
        BigInt.asUintN(64, BigInt(half ?? '0'))
          .toString(16)
          .padStart(16, '0'),
      )
      .join('');
    expect(stored?.event?.id.replaceAll('-', '')).toBe(hex);
  });

  it('answers an append that is never finished when its deadline comes, once', async () => {
    const request = chunk(freshStream());
    const soon = googleTimestamp.Timestamp.fromDate(new Date(Date.now() + 100));
    request.getOptions()?.setDeadline(soon);
    const answered = answer();
    call.write(request);
    const response = await answered;
    expect(response.getError()?.getDetails()?.getTypeName()).toBe('event_store.client.Timeout');
    // What comes too late of it is dropped; the next append on the stream is answered as ever.
    const late = new BatchAppendReq().setCorrelationId(request.getCorrelationId()).setIsFinal(true);
    const next = chunk(freshStream()).setIsFinal(true);
    const answeredNext = answer();
    call.write(late);
    call.write(next);
    expect((await answeredNext).getCorrelationId()?.toObject()).toEqual(next.getCorrelationId()?.toObject());
  });

  it('refuses an append with an id that is none, and goes on with the others', async () => {
    const request = chunk(freshStream()).setIsFinal(true);
    request.getProposedMessagesList()[0]?.setId(new sharedMessages.UUID().setString('not-an-id'));
    const next = chunk(freshStream()).setIsFinal(true);
    const answers = take<BatchAppendResp>(call, 'data', 2);
    call.write(request);
    call.write(next);
    expect((await answers).map((response) => response.hasSuccess())).toEqual([false, true]);
  });

  it('refuses an append that is too large before it is finished, once, and drops the rest of it', async () => {
    const request = chunk(freshStream());
    request.getProposedMessagesList()[0]?.setData(Buffer.alloc(1_100_000).toString('base64'));
    const answered = answer();
    call.write(request);
    const type = (await answered).getError()?.getDetails()?.getTypeName();
    expect(type).toBe('event_store.client.MaximumAppendSizeExceeded');
    const rest = new BatchAppendReq().setCorrelationId(request.getCorrelationId());
    const next = chunk(freshStream()).setIsFinal(true);
    const answeredNext = answer();
    call.write(rest.setIsFinal(true));
    call.write(next);
    expect((await answeredNext).getCorrelationId()?.toObject()).toEqual(next.getCorrelationId()?.toObject());
  });

  it('waits for the end of an append whose deadline is months away', async () => {
    const request = chunk(freshStream());
    const later = googleTimestamp.Timestamp.fromDate(new Date(Date.now() + 90 * 86_400_000));
    request.getOptions()?.setDeadline(later);
    const other = chunk(freshStream()).setIsFinal(true);
    const answers = take<BatchAppendResp>(call, 'data', 2);
    call.write(request);
    call.write(other);
    const [first] = await take<BatchAppendResp>(call, 'data', 1);
    expect(first?.getCorrelationId()?.toObject()).toEqual(other.getCorrelationId()?.toObject());
    // Were there a timer gone off, a round trip on a second stream would be time enough for it.
    for (let trip = 0; trip < 5; trip++) {
      await collect(store.client.readAll({ maxCount: 1 }));
    }
    call.write(new BatchAppendReq().setCorrelationId(request.getCorrelationId()).setIsFinal(true));
    expect((await answers).map((response) => response.hasSuccess())).toEqual([true, true]);
  });

  it('understands a deadline given as a duration', async () => {
    // Field 7 of the options is unknown to these messages, so it is put on the wire by hand: three seconds, then none.
    const withDuration = (seconds: number): Buffer => {
      const base = chunk(freshStream()).setIsFinal(true);
      const bytes = Buffer.from(base.getOptions()?.serializeBinary() ?? []);
      const options = Buffer.concat([bytes, Buffer.from([0x3a, 2, 0x08, seconds])]);
      base.clearOptions();
      return Buffer.concat([Buffer.from(base.serializeBinary()), Buffer.from([0x12, options.length]), options]);
    };
    const raw = client.makeBidiStreamRequest(
      '/event_store.client.streams.Streams/BatchAppend',
      (bytes: Buffer) => bytes,
      (bytes) => streamsMessages.BatchAppendResp.deserializeBinary(bytes),
    );
    const responses = take<BatchAppendResp>(raw, 'data', 2);
    raw.write(withDuration(3));
    raw.write(withDuration(0));
    const outcomes = (await responses).map((response) => response.getError()?.getDetails()?.getTypeName());
    expect(new Set(outcomes)).toEqual(new Set(['event_store.client.Timeout', undefined]));
    raw.on('error', () => {});
    raw.cancel();
  });

  it.each([
    ['without a type', { 'content-type': 'application/json' }],
    ['without a content type', { type: 'Arrived' }],
  ])('refuses an event %s', async (_name, metadata) => {
    const answered = answer();
    call.write(chunk(freshStream(), metadata).setIsFinal(true));
    const error = (await answered).getError();
    expect(error?.getCode()).toBe(status.INVALID_ARGUMENT);
    expect(error?.getDetails()?.getTypeName()).toBe('event_store.client.BadRequest');
  });

  it('answers in the order of arrival, and each append once', async () => {
    const stream = freshStream();
    const requests = Array.from({ length: 100 }, () => chunk(stream).setIsFinal(true));
    const responses = take<BatchAppendResp>(call, 'data', 100);
    for (const request of requests) call.write(request);
    const ids = (list: readonly (BatchAppendReq | BatchAppendResp)[]) =>
      list.map((each) => each.getCorrelationId()?.toObject());
    expect(ids(await responses)).toEqual(ids(requests));
  });

  it('ends when the client has ended and everything is answered', async () => {
    const responses = take(call, 'data', 2);
    const ended = take(call, 'end', 1);
    call.write(chunk(freshStream()).setIsFinal(true));
    call.write(chunk(freshStream()).setIsFinal(true));
    call.end();
    await responses;
    await ended;
  });
});

describe('a message that is no message', () => {
  it('fails its call and nothing else', async () => {
    const broken = client.makeUnaryRequest(
      '/event_store.client.streams.Streams/Read',
      (bytes: Buffer) => bytes,
      (bytes) => bytes,
      Buffer.from([0xff, 0xff, 0xff]),
      () => {},
    );
    const ended = new Promise<{ readonly code: number }>((resolve) => broken.on('status', resolve));
    expect((await ended).code).not.toBe(status.OK);
    const answered = answer();
    call.write(chunk(freshStream()).setIsFinal(true));
    expect((await answered).hasSuccess()).toBe(true);
  });
});

describe('the features', () => {
  it('name what a client would otherwise do over HTTP, and the deadlines other clients send', async () => {
    const features = new featuresRpc.ServerFeaturesClient(addressOf(store), credentials.createInsecure());
    const supported = await new Promise<SupportedMethods>((resolve, reject) => {
      features.getSupportedMethods(new sharedMessages.Empty(), (error, methods) =>
        error ? reject(error) : resolve(methods),
      );
    });
    features.close();
    expect(supported.getEventStoreServerVersion()).toMatch(/^\d+\.\d+\.\d+/);
    const methods = new Map(
      supported
        .getMethodsList()
        .map((method) => [`${method.getServiceName()}/${method.getMethodName()}`, method.getFeaturesList()]),
    );
    for (const name of ['create', 'read', 'getinfo', 'list', 'replayparked', 'restartsubsystem']) {
      const path = `event_store.client.persistent_subscriptions.persistentsubscriptions/${name}`;
      expect(methods.get(path)).toEqual(expect.arrayContaining(['stream', 'all']));
    }
    expect(methods.get('event_store.client.streams.streams/batchappend')).toContain('deadline_duration');
    expect(methods.has('event_store.client.server_features.serverfeatures/getsupportedmethods')).toBe(true);
  });
});
