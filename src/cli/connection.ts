import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ADDRESS_FILE } from '../address.js';
import type { Config } from '../config.js';
import type { ReadModel } from '../reading/read-model.js';
import { Refused } from './output.js';

/** What a command sends and what comes back; the same whether a service answers or this process itself. */
export interface Request {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly replayed: boolean;
}

/** A way to the ledger: the running service where there is one, else this process with the files opened. */
export interface Connection {
  /** Address of the service, or null when this process opened the files. */
  readonly url: string | null;
  send(request: Request): Promise<Answer>;
  close(): Promise<void>;
}

/** How long a store may take to be reached before a command goes on without it, in milliseconds. */
const LONGEST_START_MS = 10_000;

/**
 * Finds the running service by `LEDGER_URL` or by the data folder; without one opens the files in this process, through the
 * same application, only without listening.
 */
export async function connect(config: Config): Promise<Connection> {
  const url = config.serviceUrl ?? (await runningService(config.dataDir));
  return url === null ? openFiles(config) : overHttp(url, config.apiKey);
}

/** A ledger of its own in a temporary folder, thrown away when it is closed. */
export async function throwAway(config: Config): Promise<Connection> {
  const folder = mkdtempSync(join(tmpdir(), 'ledger-'));
  const connection = await openFiles({
    ...config,
    eventStoreUrl: null,
    dataDir: folder,
    keysDir: join(folder, 'keys'),
  });
  return {
    ...connection,
    close: async () => {
      await connection.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The address of the service that holds a data folder; null when none answers there. */
export async function runningService(dataDir: string): Promise<string | null> {
  const url = addressIn(dataDir);
  if (url === null) return null;
  try {
    const answer = await fetch(new URL('/health/live', url), { signal: AbortSignal.timeout(3000) });
    return answer.ok ? url : null;
  } catch {
    // The file outlived its service: it was killed.
    return null;
  }
}

function addressIn(dataDir: string): string | null {
  try {
    const { url } = JSON.parse(readFileSync(join(dataDir, ADDRESS_FILE), 'utf8')) as { url?: unknown };
    return typeof url === 'string' ? url : null;
  } catch {
    return null;
  }
}

function overHttp(url: string, apiKey: string | null): Connection {
  return {
    url,
    async send({ method, path, body, headers }) {
      const answer = await fetch(new URL(path, url), {
        method,
        headers: requestHeaders(body, headers, apiKey),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }).catch((error: unknown) => {
        throw new Refused(
          `The service at ${url} does not answer (${error instanceof Error ? error.message : String(error)}).`,
        );
      });
      return { status: answer.status, body: await answer.json(), replayed: answer.headers.has('idempotent-replayed') };
    },
    close: async () => {},
  };
}

async function openFiles(config: Config): Promise<Connection> {
  const { boot } = await import('../boot.js');
  const logLevel = config.logLevel === 'info' ? 'warn' : config.logLevel;
  const ledger = await boot({ ...config, storePort: 0, logLevel }, { keepLaw: true });
  await caughtUp(ledger.model);
  return {
    url: null,
    async send({ method, path, body, headers }) {
      const answer = await ledger.app.inject({
        method,
        url: path,
        headers: requestHeaders(body, headers, config.apiKey),
        ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
      });
      return { status: answer.statusCode, body: answer.json(), replayed: 'idempotent-replayed' in answer.headers };
    },
    close: () => ledger.close(),
  };
}

/** Waits until reads know everything that the log holds, however long the log is; not for a store that is away. */
async function caughtUp(model: ReadModel): Promise<void> {
  const startedAt = performance.now();
  for (let { status } = model.health(); status !== 'ready' && status !== 'waiting'; { status } = model.health()) {
    if (status === 'starting' && performance.now() - startedAt > LONGEST_START_MS) return;
    await pause(20);
  }
}

function requestHeaders(body: unknown, headers: Readonly<Record<string, string>> = {}, apiKey: string | null) {
  return {
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(apiKey === null ? {} : { authorization: `Bearer ${apiKey}` }),
    ...headers,
  };
}

/** The path under which the events of a stream are recorded. */
export function eventsPath(kind: 'worker' | 'employer', id: string): string {
  return `/v1/${kind}s/${encodeURIComponent(id)}/events`;
}

/** Sends a request; anything but a good answer is told as the service told it. */
export async function send<T>(connection: Connection, request: Request): Promise<{ answer: T; replayed: boolean }> {
  const { status, body, replayed } = await connection.send(request);
  if (status < 300) return { answer: body as T, replayed };
  throw new Refused(told(status, body));
}

/** A problem as a few lines for a terminal. */
export function told(status: number, body: unknown): string {
  const { detail, remedy, rule, reference, code } = (body ?? {}) as Record<string, unknown>;
  return [
    `${typeof detail === 'string' ? detail : 'The ledger refused it.'}${typeof code === 'string' ? ` [${status} ${code}]` : ` [${status}]`}`,
    ...(typeof rule === 'string' ? [`Rule: ${rule}${typeof reference === 'string' ? ` (${reference})` : ''}`] : []),
    ...(typeof remedy === 'string' ? [`What to do: ${remedy}`] : []),
  ].join('\n');
}
