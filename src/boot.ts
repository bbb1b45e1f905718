import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { setUpHttp } from './api/http.js';
import { AppModule } from './app.module.js';
import { ADDRESS_FILE } from './cli/connection.js';
import { type Clock, SystemClock } from './clock.js';
import { type Config, StartError } from './config.js';
import { type EmbeddedStore, startEmbeddedStore } from './embedded-store/embedded-store.js';
import { createLog, type Log, nestLogger } from './log.js';

/** The ledger in this process: its application, and the embedded store when there is one. */
export interface Ledger {
  readonly app: NestFastifyApplication;
  readonly log: Log;
  /** Connection string of the store that it writes to. */
  readonly storeUrl: string;
  /** Starts to listen and tells the address, such as http://127.0.0.1:3000. */
  listen(): Promise<string>;
  /** Ends what is under way, then lets the data folder go. */
  close(): Promise<void>;
}

export interface BootOptions {
  readonly clock?: Clock;
  /** Runs the embedded store in this thread: for tests, which have no compiled file for a worker thread. */
  readonly storeInProcess?: boolean;
}

/** Largest body of a request, in bytes: some thousands of events. */
const BODY_LIMIT = 4 * 1024 * 1024;

/**
 * Starts the ledger without listening: the embedded store unless `eventStoreUrl` names a real one, then the application.
 * @throws StartError when a folder cannot be written, the data folder is in use or a port is taken
 */
export async function boot(config: Config, options: BootOptions = {}): Promise<Ledger> {
  const log = createLog(config.logLevel);
  makeFolders(config);
  const store = config.eventStoreUrl === null ? await startStore(config, options, log) : null;
  const storeUrl = store?.connectionString ?? config.eventStoreUrl ?? '';
  const closeStore = async () => store?.close();
  try {
    const app = await NestFactory.create<NestFastifyApplication>(
      AppModule.with({ config, clock: options.clock ?? new SystemClock(), log, storeUrl }),
      new FastifyAdapter({
        bodyLimit: BODY_LIMIT,
        // An open event stream must not hold up the end of the process.
        forceCloseConnections: true,
        skipMiddie: true,
        routerOptions: { maxParamLength: 500 },
      }),
      { logger: nestLogger(log), abortOnError: false, bufferLogs: false },
    );
    await setUpHttp(app);
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
    return {
      app,
      log,
      storeUrl,
      listen: () => listen(app, config),
      close: async () => {
        rmSync(join(config.dataDir, ADDRESS_FILE), { force: true });
        await app.close();
        await closeStore();
      },
    };
  } catch (error) {
    await closeStore();
    throw error;
  }
}

/** Runs the ledger as a service until the process is told to end. */
export async function serve(config: Config): Promise<void> {
  const ledger = await boot(config);
  const url = await ledger.listen().catch(async (error: unknown) => {
    await ledger.close();
    throw error;
  });
  const store =
    config.eventStoreUrl === null
      ? `embedded store at ${ledger.storeUrl}, data in ${config.dataDir}`
      : 'store at EVENTSTORE_URL';
  ledger.log.info({ url, store }, `The ledger is at ${url} (${store}); its page is ${url}/docs`);
  let ending = false;
  const end = (signal: string) => {
    if (ending) return;
    ending = true;
    ledger.log.info(`Ending on ${signal}`);
    ledger.close().then(
      () => process.exit(0),
      (error: unknown) => {
        ledger.log.error({ err: error }, 'The end was not clean');
        process.exit(1);
      },
    );
  };
  process.once('SIGINT', end);
  process.once('SIGTERM', end);
}

/** Where the embedded store keeps its log, inside the data folder. */
export function storeFolder({ dataDir }: Config): string {
  return join(dataDir, 'eventstore');
}

function makeFolders({ dataDir, keysDir }: Config): void {
  for (const [folder, name] of [
    [dataDir, 'LEDGER_DATA'],
    [keysDir, 'LEDGER_KEYS'],
  ] as const) {
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
    } catch (error) {
      throw new StartError(
        `${name} is ${folder}, but that folder cannot be made (${reason(error)}): name one that this user may write.`,
      );
    }
  }
}

async function startStore(config: Config, options: BootOptions, log: Log): Promise<EmbeddedStore> {
  try {
    return await startEmbeddedStore({
      dataDir: storeFolder(config),
      port: config.storePort,
      inProcess: options.storeInProcess ?? false,
      onFailure: (error) => {
        // Without its store the service would only pretend to work; a supervisor can start it again.
        log.fatal({ err: error }, 'The embedded store died');
        process.exit(1);
      },
    });
  } catch (error) {
    if (
      /EADDRINUSE|address already in use|No address added|is taken|in use by/i.test(reason(error)) &&
      !/folder/i.test(reason(error))
    ) {
      throw new StartError(
        `Port ${config.storePort} of the embedded store is taken: set LEDGER_EVENTSTORE_PORT to a free port, or to 0 for any.`,
      );
    }
    throw new StartError(reason(error));
  }
}

async function listen(app: NestFastifyApplication, { host, port, dataDir }: Config): Promise<string> {
  try {
    await app.listen(port, host);
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code === 'EADDRINUSE') throw new StartError(`Port ${port} is taken: set PORT to a free port, or to 0 for any.`);
    if (code === 'EACCES')
      throw new StartError(`Port ${port} may not be used by this user: set PORT to one above 1023.`);
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
      throw new StartError(
        `LEDGER_HOST is ${JSON.stringify(host)}, but this machine has no such address: use 127.0.0.1.`,
      );
    }
    throw error;
  }
  const address = app.getHttpServer().address();
  const actual = typeof address === 'object' && address !== null ? address.port : port;
  const url = `http://${host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host}:${actual}`;
  writeFileSync(join(dataDir, ADDRESS_FILE), `${JSON.stringify({ url, pid: process.pid })}\n`);
  return url;
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
