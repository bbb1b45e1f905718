import { parentPort, workerData } from 'node:worker_threads';
import { logVerbosity, setLogVerbosity } from '@grpc/grpc-js';
import { runServer, type ServerOptions } from './server.js';

// The worker thread of the embedded store: serves until it is told to close, and tells its parent how that went.

export type WorkerMessage =
  | { readonly kind: 'listening'; readonly port: number }
  | { readonly kind: 'failed'; readonly message: string };

const say = (message: WorkerMessage): void => parentPort?.postMessage(message);

// What matters reaches the parent as an error; gRPC's own lines on stderr would only repeat it.
setLogVerbosity(logVerbosity.NONE);

try {
  const server = await runServer(workerData as ServerOptions);
  say({ kind: 'listening', port: server.port });
  parentPort?.once('message', async () => {
    await server.close();
    process.exit(0);
  });
} catch (error) {
  say({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
}
