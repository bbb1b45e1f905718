import { Worker } from 'node:worker_threads';
import { runServer, type ServerOptions } from './server.js';
import type { WorkerMessage } from './worker.js';

export interface EmbeddedStoreOptions {
  /** Folder of the log; created if it is missing, owned by one process at a time. */
  readonly dataDir: string;
  /** Address to listen on; 127.0.0.1 by default. */
  readonly host?: string;
  /** Port to listen on; 0, the default, takes any free one. */
  readonly port?: number;
  /** Serves from the calling thread instead of a worker thread. */
  readonly inProcess?: boolean;
  /** The store knows no passwords: it must be said that others than this machine may reach it. */
  readonly allowRemote?: boolean;
  /** Called when the worker thread dies: the store is gone and must be started anew. Without it the process dies too. */
  readonly onFailure?: (error: Error) => void;
  /** Largest append, in bytes; 1 MiB by default. */
  readonly maxAppendBytes?: number;
  /** Size of the log, in bytes, beyond which appends are refused as "disk full"; unlimited by default. */
  readonly maxLogBytes?: number;
}

export interface EmbeddedStore {
  /** For `EventStoreDBClient.connectionString`. */
  readonly connectionString: string;
  readonly port: number;
  /** Answers what was already taken, ends the open calls as unavailable and lets the data folder go. */
  close(): Promise<void>;
}

/**
 * Starts a single-node store that speaks the EventStoreDB gRPC protocol. Throws an Error when the folder is in use, the
 * port is taken, or the host is not this machine and `allowRemote` was not given.
 */
export async function startEmbeddedStore(options: EmbeddedStoreOptions): Promise<EmbeddedStore> {
  const { dataDir, host = '127.0.0.1', port = 0, maxAppendBytes, maxLogBytes } = options;
  if (!options.allowRemote && !isLoopback(host)) {
    throw new Error(
      `The embedded store has no passwords and listens on loopback only: use 127.0.0.1 instead of ${host}, or pass allowRemote to open it to the network.`,
    );
  }
  const serverOptions = { dataDir, host, port, maxAppendBytes, maxLogBytes };
  const running = options.inProcess
    ? await runServer(serverOptions)
    : await runInWorker(serverOptions, options.onFailure ?? die);
  return {
    ...running,
    connectionString: `esdb://${host.includes(':') ? `[${host}]` : host}:${running.port}?tls=false`,
  };
}

/** Nobody listens: an uncaught error ends the process, which is better than a product that has lost its store. */
function die(error: Error): never {
  throw error;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

interface Running {
  readonly port: number;
  close(): Promise<void>;
}

function runInWorker(options: ServerOptions, onFailure: (error: Error) => void): Promise<Running> {
  const worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: options });
  let closing = false;
  const ended = new Promise<void>((resolve) => {
    worker.once('exit', () => resolve());
  });
  const close = (): Promise<void> => {
    if (!closing) worker.postMessage('close');
    closing = true;
    return ended;
  };
  return new Promise((resolve, reject) => {
    let report: (error: Error) => void = reject;
    worker.on('message', (message: WorkerMessage) => {
      if (message.kind === 'failed') {
        reject(new Error(message.message));
        return;
      }
      report = onFailure;
      resolve({ port: message.port, close });
    });
    worker.on('error', (error) => report(error));
    worker.on('exit', (code) => {
      if (!closing && code !== 0) report(new Error(`The embedded store's worker thread ended with code ${code}.`));
    });
  });
}
