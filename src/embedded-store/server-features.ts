import featuresRpc from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import featuresMessages, { type SupportedMethods } from '@eventstore/db-client/generated/serverfeatures_pb.js';
import type { handleUnaryCall, ServiceDefinition } from '@grpc/grpc-js';
import type { ServiceParts } from './service-parts.js';

/** The server version whose behaviour the store follows. */
export const SERVER_VERSION = '24.6.0';

const FEATURES: Readonly<Record<string, readonly string[]>> = {
  '/event_store.client.streams.streams/read': ['position', 'events'],
  '/event_store.client.streams.streams/batchappend': ['deadline_duration'],
  '/event_store.client.projections.projections/create': ['track_emitted_streams'],
};

/** Tells clients which methods exist, so that they use them instead of falling back to HTTP. */
export function serverFeaturesService(definitions: readonly ServiceDefinition[]): ServiceParts {
  const answer = new featuresMessages.SupportedMethods().setEventStoreServerVersion(SERVER_VERSION);
  for (const definition of [...definitions, featuresRpc.ServerFeaturesService as unknown as ServiceDefinition]) {
    for (const { path } of Object.values(definition)) {
      const lower = path.toLowerCase();
      const [, service = '', method = ''] = lower.split('/');
      const features = FEATURES[lower] ?? (service.includes('persistentsubscriptions') ? ['stream', 'all'] : []);
      answer.addMethods(
        new featuresMessages.SupportedMethod()
          .setServiceName(service)
          .setMethodName(method)
          .setFeaturesList([...features]),
      );
    }
  }
  const getSupportedMethods: handleUnaryCall<unknown, SupportedMethods> = (_call, reply) => reply(null, answer);
  return {
    definition: featuresRpc.ServerFeaturesService as unknown as ServiceDefinition,
    handlers: { getSupportedMethods },
    shutDown: () => {},
  };
}
