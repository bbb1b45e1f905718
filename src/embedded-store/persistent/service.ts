import persistentRpc from '@eventstore/db-client/generated/persistent_grpc_pb.js';
import persistentMessages, {
  type CreateReq,
  type DeleteReq,
  type GetInfoReq,
  type ListReq,
  type ReadReq,
  type ReplayParkedReq,
  type UpdateReq,
} from '@eventstore/db-client/generated/persistent_pb.js';
import sharedMessages, { type StreamIdentifier, type UUID } from '@eventstore/db-client/generated/shared_pb.js';
import type {
  handleUnaryCall,
  ServerDuplexStream,
  ServiceDefinition,
  sendUnaryData,
  UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { toServiceError } from '../failures.js';
import { Outlet } from '../outlet.js';
import { Refusal } from '../refusal.js';
import type { ServiceParts } from '../service-parts.js';
import type { Store } from '../store.js';
import { readUuid } from '../uuid.js';
import { bytesField, stringField } from '../wire.js';
import { Consumer } from './consumer.js';
import type { Group, NackAction } from './group.js';
import { Groups } from './groups.js';
import { infoOf } from './info.js';
import { groupFailed, groupUnknown } from './refusals.js';
import { ALL, groupRequestOf } from './settings.js';

export interface PersistentParts extends ServiceParts {
  /** Saves the progress of all groups before the log is closed. */
  halt(error: Refusal): Promise<void>;
}

const DEFAULT_BUFFER = 10;
const { Action } = persistentMessages.ReadReq.Nack;

/** The PersistentSubscriptions service. */
export function persistentSubscriptionsService(store: Store): PersistentParts {
  const groups = new Groups(store);

  const create: handleUnaryCall<CreateReq, unknown> = (call, reply) =>
    answer(reply, async () => {
      await groups.create(groupRequestOf(call.request));
      return new persistentMessages.CreateResp();
    });

  const update: handleUnaryCall<UpdateReq, unknown> = (call, reply) =>
    answer(reply, async () => {
      await groups.update(groupRequestOf(call.request));
      return new persistentMessages.UpdateResp();
    });

  const remove: handleUnaryCall<DeleteReq, unknown> = (call, reply) =>
    answer(reply, async () => {
      const options = call.request.getOptions();
      await groups.delete(sourceOf(options), options?.getGroupName() ?? '');
      return new persistentMessages.DeleteResp();
    });

  const getInfo: handleUnaryCall<GetInfoReq, unknown> = (call, reply) =>
    answer(reply, async () => {
      const options = call.request.getOptions();
      const group = groups.get(sourceOf(options), options?.getGroupName() ?? '');
      return new persistentMessages.GetInfoResp().setSubscriptionInfo(infoOf(group, true));
    });

  const list: handleUnaryCall<ListReq, unknown> = (call, reply) =>
    answer(reply, async () => {
      const forStream = call.request.getOptions()?.getListForStream();
      const wanted = forStream && (forStream.hasAll() ? ALL : nameOf(forStream.getStream()));
      const found = groups.all.filter(({ definition }) => wanted === undefined || definition.stream === wanted);
      if (wanted !== undefined && found.length === 0) throw groupUnknown(wanted, '');
      return new persistentMessages.ListResp().setSubscriptionsList(found.map((group) => infoOf(group, true)));
    });

  const replayParked: handleUnaryCall<ReplayParkedReq, unknown> = (call, reply) =>
    answer(reply, async () => {
      const options = call.request.getOptions();
      const stream = sourceOf(options);
      const name = options?.getGroupName() ?? '';
      const group = groups.get(stream, name);
      const stopAt = options?.hasStopAt() ? Number(options.getStopAt()) : undefined;
      if (stopAt !== undefined && stopAt < 0) {
        throw groupFailed(stream, name, 'Cannot stop replaying parked messages at a negative version.');
      }
      group.replayParked(stopAt);
      return new persistentMessages.ReplayParkedResp();
    });

  const restartSubsystem: handleUnaryCall<unknown, unknown> = (_call, reply) =>
    answer(reply, async () => {
      await groups.restart();
      return new sharedMessages.Empty();
    });

  const read = (call: ServerDuplexStream<ReadReq, Buffer>): void => {
    const outlet = new Outlet(call);
    let connected: { readonly group: Group; readonly consumer: Consumer } | undefined;
    outlet.onClose(() => connected?.group.disconnect(connected.consumer));
    call.on('end', () => outlet.end());
    call.on('data', (request: ReadReq) => {
      try {
        if (connected) respond(connected.group, request);
        else connected = connect(groups, request, call, outlet);
      } catch (error) {
        outlet.fail(error);
      }
    });
  };

  const generated = persistentRpc.PersistentSubscriptionsService;
  return {
    definition: {
      ...generated,
      read: { ...generated.read, responseSerialize: (bytes: Buffer) => bytes },
    } as unknown as ServiceDefinition,
    handlers: {
      create,
      update,
      delete: remove,
      getInfo,
      list,
      replayParked,
      restartSubsystem,
      read,
    } as unknown as UntypedServiceImplementation,
    halt: (error) => groups.close(error),
    shutDown: () => {},
  };
}

function connect(
  groups: Groups,
  request: ReadReq,
  call: ServerDuplexStream<ReadReq, Buffer>,
  outlet: Outlet,
): { readonly group: Group; readonly consumer: Consumer } {
  const options = request.getOptions();
  if (!options) throw new Refusal({ kind: 'invalid', message: 'The first message must carry the options.' });
  const group = groups.get(sourceOf(options), options.getGroupName());
  const [name] = call.metadata.get('connection-name');
  const consumer = new Consumer(
    name === undefined ? '' : String(name),
    call.getPeer(),
    options.getBufferSize() > 0 ? options.getBufferSize() : DEFAULT_BUFFER,
    options.getUuidOption()?.hasStructured() ? 'structured' : 'string',
    outlet,
  );
  outlet.onRoom(() => group.pump());
  group.connect(consumer, () => outlet.send(bytesField(2, stringField(1, group.key))));
  return { group, consumer };
}

function respond(group: Group, request: ReadReq): void {
  const ack = request.getAck();
  if (ack) group.ack(ack.getIdsList().map(uuidOf));
  const nack = request.getNack();
  if (nack) group.nack(nack.getIdsList().map(uuidOf), actionOf(nack.getAction()), nack.getReason());
}

/** The server documents Stop as stopping the subscription, but treats it as Skip; so do we. */
function actionOf(action: ReadReq.Nack.Action): NackAction {
  if (action === Action.PARK) return 'park';
  return action === Action.SKIP || action === Action.STOP ? 'skip' : 'retry';
}

function uuidOf(uuid: UUID): string {
  return readUuid(Buffer.from(uuid.serializeBinary()));
}

interface SourceOptions {
  hasAll(): boolean;
  getStreamIdentifier(): StreamIdentifier | undefined;
}

function sourceOf(options: SourceOptions | undefined): string {
  return options?.hasAll() ? ALL : nameOf(options?.getStreamIdentifier());
}

function nameOf(identifier: StreamIdentifier | undefined): string {
  return Buffer.from(identifier?.getStreamName_asU8() ?? []).toString('utf8');
}

function answer(reply: sendUnaryData<unknown>, work: () => Promise<unknown>): void {
  work().then(
    (response) => reply(null, response),
    (error: unknown) => reply(toServiceError(error)),
  );
}
