import projectionsRpc from '@eventstore/db-client/generated/projections_grpc_pb.js';
import projectionsMessages, {
  type DisableReq,
  type EnableReq,
  type ResultReq,
  type StateReq,
  type StatisticsReq,
  type StatisticsResp,
} from '@eventstore/db-client/generated/projections_pb.js';
import sharedMessages from '@eventstore/db-client/generated/shared_pb.js';
import type {
  handleServerStreamingCall,
  handleUnaryCall,
  ServiceDefinition,
  sendUnaryData,
  UntypedServiceImplementation,
} from '@grpc/grpc-js';
import structMessages from 'google-protobuf/google/protobuf/struct_pb.js';
import { toServiceError } from '../failures.js';
import { Refusal } from '../refusal.js';
import type { ServiceParts } from '../service-parts.js';
import type { Store } from '../store.js';
import { LINKERS } from './linkers.js';
import { Projection } from './projection.js';

export interface ProjectionsParts extends ServiceParts {
  /** Ends the projections before the log is closed. */
  halt(): Promise<void>;
}

/** The Projections service: the five native projections can be enabled, disabled and watched; own ones are refused. */
export function projectionsService(store: Store): ProjectionsParts {
  const projections = openProjections(store);

  const named = (name: string | undefined): Projection => {
    const projection = projections.get(name ?? '');
    if (!projection) throw new Refusal({ kind: 'not-found', message: `Projection '${name}' does not exist.` });
    return projection;
  };

  const enable: handleUnaryCall<EnableReq, unknown> = (call, reply) =>
    answer(reply, async () => {
      await named(call.request.getOptions()?.getName()).enable();
      return new projectionsMessages.EnableResp();
    });

  const disable: handleUnaryCall<DisableReq, unknown> = (call, reply) =>
    answer(reply, async () => {
      const options = call.request.getOptions();
      await named(options?.getName()).disable(!options?.getWriteCheckpoint());
      return new projectionsMessages.DisableResp();
    });

  const statistics: handleServerStreamingCall<StatisticsReq, StatisticsResp> = (call) => {
    try {
      const options = call.request.getOptions();
      const { ModeCase } = projectionsMessages.StatisticsReq.Options;
      const mode = options?.getModeCase();
      const none = mode === ModeCase.TRANSIENT || mode === ModeCase.ONE_TIME;
      const chosen = mode === ModeCase.NAME ? [named(options?.getName())] : none ? [] : [...projections.values()];
      for (const projection of chosen) call.write(statisticsOf(projection, store.log.head));
      call.end();
    } catch (error) {
      call.emit('error', toServiceError(error));
    }
  };

  const state: handleUnaryCall<StateReq, unknown> = (call, reply) =>
    answer(reply, async () => {
      named(call.request.getOptions()?.getName());
      return new projectionsMessages.StateResp().setState(emptyState());
    });

  const result: handleUnaryCall<ResultReq, unknown> = (call, reply) =>
    answer(reply, async () => {
      named(call.request.getOptions()?.getName());
      return new projectionsMessages.ResultResp().setResult(emptyState());
    });

  const restartSubsystem: handleUnaryCall<unknown, unknown> = (_call, reply) =>
    answer(reply, async () => {
      for (const projection of projections.values()) await projection.restart();
      return new sharedMessages.Empty();
    });

  const refuse = (what: string): handleUnaryCall<NamedRequest, unknown> => {
    return (call, reply) =>
      answer(reply, async () => {
        const options = call.request.getOptions?.();
        const name = options && 'getName' in options ? options.getName() : undefined;
        if (name !== undefined) named(name);
        throw new Refusal({
          kind: 'unsupported',
          message: `The embedded store cannot ${what}: only its five native projections exist. Use an EventStoreDB server for projections of your own.`,
        });
      });
  };

  return {
    definition: projectionsRpc.ProjectionsService as unknown as ServiceDefinition,
    handlers: {
      enable,
      disable,
      statistics,
      state,
      result,
      restartSubsystem,
      create: refuse('create projections'),
      update: refuse('change projections'),
      delete: refuse('delete projections'),
      reset: refuse('reset projections'),
    } as unknown as UntypedServiceImplementation,
    shutDown: () => {},
    halt: async () => {
      for (const projection of projections.values()) await projection.halt();
    },
  };
}

interface NamedRequest {
  getOptions?(): { getName(): string } | object | undefined;
}

function answer(reply: sendUnaryData<unknown>, work: () => Promise<unknown>): void {
  work().then(
    (response) => reply(null, response),
    (error: unknown) => reply(toServiceError(error)),
  );
}

interface ProjectionRow {
  readonly enabled: number;
  readonly position: number;
}

function openProjections(store: Store): ReadonlyMap<string, Projection> {
  const read = store.database.prepare('SELECT enabled, position FROM projections WHERE name = ?');
  const write = store.database.prepare(
    'INSERT INTO projections VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET enabled = excluded.enabled, position = excluded.position',
  );
  const save = (name: string, enabled: boolean, position: number): void => {
    write.run(name, enabled ? 1 : 0, position);
  };
  const projections = Object.entries(LINKERS).map(([name, linker]): [string, Projection] => {
    const row = read.get(name) as ProjectionRow | undefined;
    const state = { enabled: row?.enabled === 1, position: row?.position ?? 0 };
    return [name, new Projection(store, name, linker, save, state)];
  });
  return new Map(projections);
}

function emptyState(): InstanceType<typeof structMessages.Value> {
  return new structMessages.Value().setStructValue(new structMessages.Struct());
}

function statisticsOf(projection: Projection, head: number): StatisticsResp {
  const at = (position: number): string => `C:${position}/P:${position}`;
  const details = new projectionsMessages.StatisticsResp.Details()
    .setCoreprocessingtime('0')
    .setVersion('0')
    .setEpoch('-1')
    .setEffectivename(projection.name)
    .setName(projection.name)
    .setStatus(projection.status)
    .setStatereason(projection.stateReason)
    .setMode('Continuous')
    .setPosition(at(projection.position))
    .setProgress(head === 0 ? 100 : (100 * projection.position) / head)
    .setLastcheckpoint(at(projection.checkpoint))
    .setEventsprocessedafterrestart(String(projection.processedSinceStart))
    .setBufferedevents('0');
  return new projectionsMessages.StatisticsResp().setDetails(details);
}
