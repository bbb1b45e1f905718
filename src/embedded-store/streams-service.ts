import streamsRpc from '@eventstore/db-client/generated/streams_grpc_pb.js';
import streamsMessages, { type DeleteReq, type ReadReq } from '@eventstore/db-client/generated/streams_pb.js';
import type {
  handleServerStreamingCall,
  handleUnaryCall,
  ServerDuplexStream,
  ServiceDefinition,
  UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { BatchAppendSession, handleAppend } from './append.js';
import { toServiceError } from './failures.js';
import { Outlet } from './outlet.js';
import { type BatchPart, readAppendPart, readBatchPart } from './proposed-events.js';
import { readRequestOf, toNumber } from './read-request.js';
import { serveRead } from './reads.js';
import { type Expected, Refusal } from './refusal.js';
import type { ServiceParts } from './service-parts.js';
import type { Store } from './store.js';
import { serveSubscription } from './subscription.js';

const generated = streamsRpc.StreamsService;
const raw = (bytes: Buffer): Buffer => bytes;

/** The Streams service; appends and read answers bypass the generated classes. */
const definition: ServiceDefinition = {
  read: { ...generated.read, responseSerialize: raw },
  append: { ...generated.append, requestDeserialize: readAppendPart, responseSerialize: raw },
  batchAppend: { ...generated.batchAppend, requestDeserialize: readBatchPart, responseSerialize: raw },
  delete: generated.delete,
  tombstone: generated.tombstone,
} as ServiceDefinition;

/** Append, BatchAppend, Read, Delete and Tombstone. */
export function streamsService(store: Store, maxAppendBytes: number): ServiceParts {
  const outlets = new Set<Outlet>();
  const sessions = new Set<BatchAppendSession>();
  const openAppends = new Set<(error: unknown) => void>();

  const read: handleServerStreamingCall<ReadReq, Buffer> = (call) => {
    const outlet = new Outlet(call);
    outlets.add(outlet);
    outlet.onClose(() => outlets.delete(outlet));
    const serve = async (): Promise<void> => {
      const request = readRequestOf(call.request);
      await (request.count === undefined ? serveSubscription : serveRead)(store, request, outlet);
    };
    serve().catch((error: unknown) => outlet.fail(error));
  };

  const batchAppend = (call: ServerDuplexStream<BatchPart, Buffer>): void => {
    const session: BatchAppendSession = new BatchAppendSession(store, maxAppendBytes, call, () =>
      sessions.delete(session),
    );
    sessions.add(session);
  };

  const remove: handleUnaryCall<DeleteReq, unknown> = (call, reply) => {
    const { stream, expected } = target(call.request);
    store.delete(stream, expected).then(
      (position) => {
        const at = new streamsMessages.DeleteResp.Position();
        reply(
          null,
          new streamsMessages.DeleteResp().setPosition(
            at.setCommitPosition(`${position}`).setPreparePosition(`${position}`),
          ),
        );
      },
      (error: unknown) => reply(toServiceError(error)),
    );
  };

  const tombstone: handleUnaryCall<DeleteReq, unknown> = (call, reply) => {
    const { stream, expected } = target(call.request);
    store.tombstone(stream, expected).then(
      (position) => {
        const at = new streamsMessages.TombstoneResp.Position();
        reply(
          null,
          new streamsMessages.TombstoneResp().setPosition(
            at.setCommitPosition(`${position}`).setPreparePosition(`${position}`),
          ),
        );
      },
      (error: unknown) => reply(toServiceError(error)),
    );
  };

  const handlers: UntypedServiceImplementation = {
    read,
    append: handleAppend(store, maxAppendBytes, openAppends),
    batchAppend,
    delete: remove,
    tombstone,
  } as UntypedServiceImplementation;

  return {
    definition,
    handlers,
    shutDown: (error) => {
      for (const outlet of outlets) outlet.fail(error);
      for (const session of sessions) session.fail(error);
      for (const end of openAppends) end(error);
    },
  };
}

/** Delete and Tombstone ask for the same things in the same fields. */
function target(message: DeleteReq): { readonly stream: string; readonly expected: Expected } {
  const options = message.getOptions();
  const stream = Buffer.from(options?.getStreamIdentifier()?.getStreamName_asU8() ?? []).toString('utf8');
  if (!options || stream === '') throw new Refusal({ kind: 'invalid', message: 'The request names no stream.' });
  if (options.hasNoStream()) return { stream, expected: { kind: 'no-stream' } };
  if (options.hasStreamExists()) return { stream, expected: { kind: 'stream-exists' } };
  if (options.hasRevision()) return { stream, expected: { kind: 'exact', revision: toNumber(options.getRevision()) } };
  return { stream, expected: { kind: 'any' } };
}
