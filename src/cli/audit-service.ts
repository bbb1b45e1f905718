import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ADDRESS_FILE } from '../address.js';
import type { Config } from '../config.js';
import type { EventStore } from '../ledger/event-store.js';
import { runningService, told } from './connection.js';
import { lineProgress } from './line-progress.js';
import { Refused } from './output.js';
import { encodeHeader } from './record.js';

const LOOK_AGAIN_MS = 200;

/** So often in a row the read side may say that it could not write before that is taken for the end: it tries again itself. */
const MOST_FAILURES = 25;

/** A service that answers over HTTP: the one that runs, or one started for this command alone. */
export interface Service {
  /** @param purpose what it is for, as the access log keeps it */
  get(path: string, accept: string, purpose?: string): Promise<Response>;
  post(path: string, body: unknown): Promise<unknown>;
}

/** Runs a command against the running service; without one, opens the files and serves itself on loopback meanwhile. */
export async function withService<T>(config: Config, run: (service: Service) => Promise<T>): Promise<T> {
  const url = config.serviceUrl ?? (await runningService(config.dataDir));
  if (url !== null) {
    await caughtUp(url);
    return run(serviceAt(url, config));
  }
  const { boot } = await import('../boot.js');
  const quiet = config.logLevel === 'info' ? 'warn' : config.logLevel;
  const ledger = await boot(
    { ...config, host: '127.0.0.1', port: 0, storePort: 0, logLevel: quiet },
    { keepLaw: true },
  );
  try {
    const own = await ledger.listen();
    await caughtUp(own);
    return await run(serviceAt(own, config));
  } finally {
    await ledger.close();
  }
}

interface Health {
  readonly status?: string;
  readonly events?: number;
  readonly lastError?: string | null;
}

/** Waits until reads know the whole log: an auditor must not be shown a part of it as if it were all. */
async function caughtUp(url: string): Promise<void> {
  const progress = lineProgress('events read so far');
  let failures = 0;
  for (;;) {
    const answer = await fetch(new URL('/health/ready', url)).catch(() => null);
    const health = (await answer?.json().catch(() => null)) as Health | null | undefined;
    if (answer?.ok === true) break;
    if (answer === null) throw new Refused(`The service at ${url} does not answer.`);
    if (health?.status === 'waiting')
      throw new Refused('The store cannot be reached, so it is not known whether all events are here: try again.');
    failures = typeof health?.lastError === 'string' ? failures + 1 : 0;
    if (failures === MOST_FAILURES)
      throw new Refused(
        `The service at ${url} is not level with the log and cannot go on: ${health?.lastError}. See its log; what is recorded is safe in the store.`,
      );
    progress.show(health?.events ?? 0);
    await pause(LOOK_AGAIN_MS);
  }
  progress.end();
}

/** Runs a command against the store itself: that of the running service, the one at EVENTSTORE_URL, or the embedded one. */
export async function withStore<T>(config: Config, run: (store: EventStore) => Promise<T>): Promise<T> {
  const { EventStore } = await import('../ledger/event-store.js');
  const use = async (url: string) => {
    const store = new EventStore(url);
    try {
      return await run(store);
    } finally {
      await store.close();
    }
  };
  const known =
    config.eventStoreUrl ?? ((await runningService(config.dataDir)) === null ? null : storeIn(config.dataDir));
  if (known !== null) return use(known);
  const [{ startEmbeddedStore }, { storeFolder }] = await Promise.all([
    import('../embedded-store/embedded-store.js'),
    import('../boot.js'),
  ]);
  const embedded = await startEmbeddedStore({ dataDir: storeFolder(config) }).catch((error: unknown) => {
    throw new Refused(error instanceof Error ? error.message : String(error));
  });
  try {
    return await use(embedded.connectionString);
  } finally {
    await embedded.close();
  }
}

/** Whether a store can be asked: one at EVENTSTORE_URL, or the embedded one of a service that runs. */
export async function runsHere({ eventStoreUrl, dataDir }: Config): Promise<boolean> {
  return eventStoreUrl !== null || (await runningService(dataDir)) !== null;
}

function storeIn(dataDir: string): string | null {
  const { store } = JSON.parse(readFileSync(join(dataDir, ADDRESS_FILE), 'utf8')) as { store?: unknown };
  return typeof store === 'string' ? store : null;
}

/** The lines of an answer, each a JSON object. */
export async function* jsonLines(answer: Response): AsyncGenerator<unknown> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of answer.body ?? []) {
    const lines = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') yield JSON.parse(line);
  }
  if (rest !== '') yield JSON.parse(rest);
}

function serviceAt(url: string, { apiKey, actor }: Pick<Config, 'apiKey' | 'actor'>): Service {
  // Reads too: what they open is noted with the name of who asked.
  const caller: Record<string, string> = {
    'ledger-actor': encodeHeader(actor),
    ...(apiKey === null ? {} : { authorization: `Bearer ${apiKey}` }),
  };
  const ask = async (path: string, init: RequestInit): Promise<Response> => {
    const answer = await fetch(new URL(path, url), init).catch((error: unknown) => {
      throw new Refused(
        `The service at ${url} does not answer (${error instanceof Error ? error.message : String(error)}).`,
      );
    });
    if (answer.ok) return answer;
    throw new Refused(told(answer.status, await answer.json().catch(() => null)));
  };
  return {
    get: (path, accept, purpose) => {
      const given: Record<string, string> = purpose === undefined ? {} : { 'ledger-purpose': encodeHeader(purpose) };
      return ask(path, { headers: { ...caller, ...given, accept } });
    },
    post: async (path, body) => {
      const headers = { ...caller, 'content-type': 'application/json' };
      const answer = await ask(path, { method: 'POST', headers, body: JSON.stringify(body) });
      return answer.json();
    },
  };
}
