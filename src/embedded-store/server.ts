import { Server, ServerCredentials } from '@grpc/grpc-js';
import { gossipService } from './gossip.js';
import { breathe } from './outlet.js';
import { persistentSubscriptionsService } from './persistent/service.js';
import { Refusal } from './refusal.js';
import { serverFeaturesService } from './server-features.js';
import type { ServiceParts } from './service-parts.js';
import { Store } from './store.js';
import { streamsService } from './streams-service.js';
import { projectionsService } from './system-projections/service.js';

export interface ServerOptions {
  readonly dataDir: string;
  readonly host: string;
  readonly port: number;
  readonly maxAppendBytes?: number | undefined;
  readonly maxLogBytes?: number | undefined;
}

export interface RunningServer {
  readonly port: number;
  close(): Promise<void>;
}

const DEFAULT_MAX_APPEND_BYTES = 1024 * 1024;
const MAX_MESSAGE_BYTES = 17 * 1024 * 1024;
const CLOSE_WITHIN_MS = 2_000;
const CLOSING = new Refusal({ kind: 'unavailable', message: 'The store is shutting down.' });

/** Opens the data folder and serves it over gRPC without TLS. */
export async function runServer(options: ServerOptions): Promise<RunningServer> {
  const store = await Store.open(options);
  const server = new Server({
    'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
    'grpc.max_send_message_length': -1,
    'grpc.keepalive_time_ms': 60_000,
    'grpc.keepalive_timeout_ms': 30_000,
  });
  let port = options.port;
  const projections = projectionsService(store);
  const groups = persistentSubscriptionsService(store);
  const services: ServiceParts[] = [
    streamsService(store, options.maxAppendBytes ?? DEFAULT_MAX_APPEND_BYTES),
    gossipService(() => ({ host: options.host, port })),
    projections,
    groups,
  ];
  services.push(serverFeaturesService(services.map((service) => service.definition)));
  for (const { definition, handlers } of services) server.addService(definition, handlers);
  try {
    port = await listen(server, options.host, options.port);
  } catch (error) {
    await projections.halt();
    await groups.halt(CLOSING);
    store.close();
    throw error;
  }

  const close = async (): Promise<void> => {
    // Progress is saved and writes already taken are answered; then the open calls end as unavailable, then the
    // connections. The log is closed last, so that nobody meets a closed one.
    await projections.halt();
    await groups.halt(CLOSING);
    store.drain();
    await breathe();
    for (const service of services) service.shutDown(CLOSING);
    await shutDown(server);
    store.close();
  };
  return { port, close };
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(`${host}:${port}`, ServerCredentials.createInsecure(), (error, bound) => {
      if (error) reject(new Error(`The store cannot listen on ${host}:${port}: ${error.message}`));
      else resolve(bound);
    });
  });
}

function shutDown(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.forceShutdown(), CLOSE_WITHIN_MS);
    server.tryShutdown(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
