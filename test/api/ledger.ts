import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { boot, type Ledger } from '../../src/boot.js';
import { FixedClock } from '../../src/clock.js';
import { readConfig } from '../../src/config.js';

// biome-ignore lint/suspicious/noExplicitAny: what the interface answers is looked at by the test itself
export type Json = any;

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Json;
  readonly text: string;
}

/** The whole application in this process, with a store, keys and rows of its own, asked without a network. */
export interface TestLedger {
  readonly ledger: Ledger;
  readonly clock: FixedClock;
  get(path: string, headers?: Record<string, string>): Promise<Reply>;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Reply>;
  /** Number of events in the ledger, once reads have caught up with `position`. */
  count(after?: string): Promise<number>;
  close(): Promise<void>;
}

/** It is Sunday, 22 November 2026, 12:00 in Almaty. */
export const NOW = '2026-11-22T07:00:00Z';

export async function startLedger(settings: Record<string, string> = {}): Promise<TestLedger> {
  const folder = mkdtempSync(join(tmpdir(), 'ledger-api-'));
  const clock = new FixedClock(NOW);
  const config = readConfig(
    {
      LEDGER_DATA: folder,
      LEDGER_EVENTSTORE_PORT: '0',
      LEDGER_LOG_LEVEL: 'silent',
      LEDGER_WAIT_MS: '2000',
      ...settings,
    },
    {},
  );
  const ledger = await boot(config, { clock, storeInProcess: true });
  while (ledger.model.health().status !== 'ready') await pause(5);
  const send = async (
    method: 'GET' | 'POST',
    url: string,
    headers: Record<string, string>,
    payload?: string,
  ): Promise<Reply> => {
    const answer = await ledger.app.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) });
    const isJson = /json/.test(String(answer.headers['content-type']));
    return {
      status: answer.statusCode,
      headers: answer.headers,
      body: isJson ? answer.json() : null,
      text: answer.payload,
    };
  };
  const get = (path: string, headers: Record<string, string> = {}) => send('GET', path, headers);
  return {
    ledger,
    clock,
    get,
    post: (path, body, headers = {}) =>
      send(
        'POST',
        path,
        { 'content-type': 'application/json', ...headers },
        typeof body === 'string' ? body : JSON.stringify(body),
      ),
    count: async (after) => {
      if (after !== undefined) await get(`/v1/events?limit=1&after=${after}`);
      return ledger.model.health().events;
    },
    close: async () => {
      await ledger.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
