import type { ServiceDefinition, UntypedServiceImplementation } from '@grpc/grpc-js';
import type { Refusal } from './refusal.js';

/** A gRPC service of the store, ready to be added to the server. */
export interface ServiceParts {
  readonly definition: ServiceDefinition;
  readonly handlers: UntypedServiceImplementation;
  /** Ends the open calls of this service with the given error. */
  shutDown(error: Refusal): void;
}
