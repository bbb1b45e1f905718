import { existsSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { ADDRESS_FILE } from './address.js';
import { noteAccess } from './api/audit-access.js';
import { setUpHttp } from './api/http.js';
import { rememberRoutes } from './api/known-routes.js';
import { refuseAddress } from './api/problem.filter.js';
import { appModule, type Parts } from './app.module.js';
import { ACCESS_FILE, AccessLog } from './audit/access-log.js';
import { type Clock, SystemClock } from './clock.js';
import { type Config, StartError } from './config.js';
import { cannotOpen, openedOrNotMade } from './damaged-file.js';
import { LOG_FILE } from './embedded-store/database.js';
import { type EmbeddedStore, startEmbeddedStore } from './embedded-store/embedded-store.js';
import type { RuleBook, RuleBookOptions } from './law/book.js';
import { loadCheckedLaw } from './law/check.js';
import { LawError } from './law/law-error.js';
import { adoptRuleBook } from './ledger/adopt-rule-book.js';
import { EventStore, StoreAway } from './ledger/event-store.js';
import { MasterKey } from './ledger/master-key.js';
import { KeysUnreadable, openPersonalData, type PersonalData } from './ledger/personal-data.js';
import { createLog, type Log, nestLogger } from './log.js';
import type { ReadModel } from './reading/read-model.js';
import { eventsKeptIn } from './reading/read-store.js';
import { startReading } from './reading/start.js';

/** The ledger in this process: its application, and the embedded store when there is one. */
export interface Ledger {
  readonly app: NestFastifyApplication;
  readonly log: Log;
  readonly model: ReadModel;
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
  /**
   * Leaves another law in force where the ledger works by one: for commands that open the files for a moment, perhaps
   * without the settings of the service.
   */
  readonly keepLaw?: boolean;
}

/** Largest body of a request, in bytes: some thousands of events. */
const BODY_LIMIT = 4 * 1024 * 1024;

/** How long requests under way may take once the process was told to end, in milliseconds. */
const LONGEST_END_MS = 3_000;

/** Ids of obligations hold the rule, an event id and what it is about. */
const LONGEST_PATH_PART = 500;

/**
 * Starts the ledger without listening: the embedded store unless `eventStoreUrl` names a real one, then the application.
 * @throws StartError when a folder cannot be written, the data folder is in use or a port is taken
 */
export async function boot(config: Config, options: BootOptions = {}): Promise<Ledger> {
  const log = createLog(config.logLevel);
  const clock = options.clock ?? new SystemClock();
  const book = lawOf(config, clock);
  makeFolders(config);
  // What was opened is closed in the reverse order, also when the start fails half-way.
  const closers: (() => unknown)[] = [];
  const close = async () => {
    for (let closer = closers.pop(); closer !== undefined; closer = closers.pop()) await inTime(closer(), log);
  };
  try {
    const embedded = config.eventStoreUrl === null ? await startStore(config, options, log) : null;
    closers.push(() => embedded?.close());
    const storeUrl = config.eventStoreUrl ?? embedded?.connectionString ?? '';
    const personalData = openKeys(config, log);
    closers.push(() => personalData.close());
    const accessLog = openAccessLog(config);
    closers.push(() => accessLog.close());
    const store = new EventStore(storeUrl);
    closers.push(() => store.close());
    closers.push(
      await adoptLaw({ store, book, clock, log }, { wait: embedded !== null, onlyFirst: options.keepLaw === true }),
    );
    const reading = startReading({
      dir: join(config.dataDir, 'read'),
      storeUrl,
      book,
      law: lawOptions(config),
      onNotice: ({ level, message, error }) => log[level]({ err: error }, message),
    });
    closers.push(() => reading.close());
    const { model } = reading;
    const app = await createApp({
      config,
      clock,
      log,
      book,
      store,
      shared: embedded === null,
      personalData,
      model,
      accessLog,
    });
    closers.push(() => closeInTime(app));
    return {
      app,
      log,
      model,
      storeUrl,
      close,
      listen: async () => {
        const url = await listen(app, config);
        const file = join(config.dataDir, ADDRESS_FILE);
        // Renamed into place: who looks at the same moment finds all of it, or nothing.
        try {
          writeFileSync(`${file}.new`, `${JSON.stringify({ url, store: storeUrl, pid: process.pid })}\n`);
          renameSync(`${file}.new`, file);
        } catch (error) {
          rmSync(`${file}.new`, { force: true });
          throw new StartError(`${file} cannot be written (${reason(error)}): see that its disk has room.`);
        }
        closers.push(() => rmSync(file, { force: true }));
        return url;
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function createApp(parts: Parts): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    bodyLimit: BODY_LIMIT,
    // What is under way is answered before the end; idle connections are let go at once.
    forceCloseConnections: 'idle',
    skipMiddie: true,
    frameworkErrors: refuseAddress,
    routerOptions: { maxParamLength: LONGEST_PATH_PART },
  });
  rememberRoutes(adapter.getInstance());
  const options = { logger: nestLogger(parts.log), abortOnError: false, bodyParser: false };
  const app = await NestFactory.create<NestFastifyApplication>(appModule(parts), adapter, options);
  setUpHttp(app);
  noteAccess(app);
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  return app;
}

/** Waits for one part to end, but not for ever: the parts behind it, the log first of all, must be closed as well. */
async function inTime(ending: unknown, log: Log): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      log.warn('A part of the ledger did not end in time; going on without it');
      resolve();
    }, 2 * LONGEST_END_MS);
  });
  await Promise.race([ending, deadline]);
  clearTimeout(timer);
}

/** Answers what is under way, but not for ever: an open event stream must not hold up the end of the process. */
async function closeInTime(app: NestFastifyApplication): Promise<void> {
  const timer = setTimeout(() => app.getHttpServer().closeAllConnections(), LONGEST_END_MS);
  await app.close();
  clearTimeout(timer);
}

/** Opens the persons' keys; what the master key does not open is told and left as it is. */
function openKeys({ keysDir, masterKey, previousMasterKey }: Config, log: Log): PersonalData {
  const providerOf = (text: string | null) => (text === null ? null : new MasterKey(text));
  const keys = inOneSentence(() =>
    openPersonalData(keysDir, { master: providerOf(masterKey), previous: providerOf(previousMasterKey) }),
  );
  const { locked, lockedBy, lockedPersons, masterKey: present } = keys.report();
  if (locked > 0) {
    log.warn(
      { locked, lockedBy, lockedPersons, present },
      `The personal data of ${locked} persons cannot be read: their keys are locked by another master key (${lockedBy.join(', ')}) and LEDGER_MASTER_KEY is ${present === null ? 'not set' : `another one (${present})`}. Everything else works; nothing personal can be recorded until the right one is given.`,
    );
  }
  return keys;
}

function inOneSentence<T>(open: () => T): T {
  try {
    return open();
  } catch (error) {
    throw error instanceof KeysUnreadable ? new StartError(error.message) : error;
  }
}

/** Opens the access log. To go on without it would lose in silence who has read whose data. */
function openAccessLog({ dataDir }: Config): AccessLog {
  const folder = join(dataDir, 'access');
  try {
    return openedOrNotMade(join(folder, ACCESS_FILE), () => new AccessLog(folder));
  } catch (error) {
    const remedy = `move it away, with the journals beside it (${ACCESS_FILE}-wal, ${ACCESS_FILE}-shm), and start again; a new one is begun then, and who read whose data before stands only in what was moved away or in a copy of it.`;
    throw new StartError(cannotOpen('The access log', join(folder, ACCESS_FILE), error, remedy));
  }
}

/**
 * Has the law written down that this process works by. A store that is away is asked again until it answers: until then
 * nothing can be recorded under that law either.
 * @param options.wait whether the start waits for it, as it does where the store is our own
 * @param options.onlyFirst leaves another law in force
 * @returns ends the asking
 */
async function adoptLaw(
  { store, book, clock, log }: Pick<Parts, 'store' | 'book' | 'clock' | 'log'>,
  { wait, onlyFirst }: { readonly wait: boolean; readonly onlyFirst: boolean },
): Promise<() => Promise<void>> {
  const adopt = async (): Promise<void> => {
    const { adopted, replaced } = await adoptRuleBook(store, book, clock, { onlyFirst });
    if (replaced === null || replaced === book.hash) return;
    if (adopted) log.info(`From now on rule book ${short(book.hash)} counts in place of ${short(replaced)}`);
    else
      log.warn(
        `The ledger works by rule book ${short(replaced)}, this command by ${short(book.hash)}: is LEDGER_LAW set?`,
      );
  };
  const ended = new AbortController();
  const keepTrying = async (): Promise<void> => {
    for (;;) {
      try {
        return await adopt();
      } catch (error) {
        if (!(error instanceof StoreAway)) throw error;
      }
      await pause(ADOPT_AGAIN_MS, undefined, { signal: ended.signal, ref: false });
    }
  };
  const trying = keepTrying().catch((error: unknown) => {
    if (ended.signal.aborted) return;
    if (wait) throw new StartError(`The law cannot be adopted: ${reason(error)}`);
    log.error({ err: error }, 'The law cannot be adopted');
  });
  if (wait) await trying;
  return async () => {
    ended.abort();
    await trying;
  };
}

/** Pause before the store is asked again whether it takes the adoption of the law, in milliseconds. */
const ADOPT_AGAIN_MS = 2_000;

/** As many characters of a hash as tell two books apart. */
function short(hash: string): string {
  return hash.slice(0, 12);
}

function lawOptions({ lawDir }: Config): RuleBookOptions {
  return lawDir === null ? {} : { overlayDir: lawDir };
}

/** The law to start with. Throws StartError with what is to mend, before anything of it is adopted. */
function lawOf(config: Config, clock: Clock): RuleBook {
  try {
    const { book, problems } = loadCheckedLaw(lawOptions(config), clock.today());
    if (book !== null && problems.length === 0) return book;
    const told = problems.map(({ where, problem }) => `${where}: ${problem}`);
    throw new StartError(`The law cannot be used: ${told.join('\n')}`);
  } catch (error) {
    if (error instanceof LawError) throw new StartError(`The law cannot be used: ${error.message}`);
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
  const store = config.eventStoreUrl === null ? `${ledger.storeUrl}, data in ${config.dataDir}` : 'EVENTSTORE_URL';
  if (config.logLevel !== 'silent')
    process.stdout.write(`The ledger is at ${url} (store: ${store}). See ${url}/docs\n`);
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

/**
 * A store without a log begins a new one. Where the read side has kept events of it, the log was lost: a new one would pass
 * for all there is.
 */
function refuseLostLog(config: Config): void {
  const file = join(storeFolder(config), LOG_FILE);
  const kept = join(config.dataDir, 'read');
  const held = (statSync(file, { throwIfNoEntry: false })?.size ?? 0) > 0 ? 0 : eventsKeptIn(kept);
  if (held === 0) return;
  throw new StartError(
    `The log of the embedded store ${file} is ${existsSync(file) ? 'empty' : 'not there'}, and ${kept} remembers ${held} events of it: put it back, or a backup with \`ledger eventstore restore <file>\`. To begin anew, or if another store was used before, move ${kept} away.`,
  );
}

/** Starts the embedded store in the data folder. Throws StartError when the folder is in use or the port is taken. */
export async function startStore(config: Config, options: BootOptions, log: Log): Promise<EmbeddedStore> {
  refuseLostLog(config);
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

async function listen(app: NestFastifyApplication, { host, port }: Config): Promise<string> {
  try {
    // Fastify's own call: Nest's would log what is told below in one sentence.
    await app.getHttpAdapter().getInstance().listen({ port, host });
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
  return url;
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
