import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll } from '@jest/globals';

export const root = join(__dirname, '../..');

/** What a failed test left running would keep the whole run from ending. */
const children = new Set<ChildProcess>();
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
});

/** The built service as a process of its own, as `npm start` runs it, on a data folder and free ports. */
export interface Service {
  readonly url: string;
  readonly pid: number;
  get<T = Json>(path: string): Promise<Reply<T>>;
  post<T = Json>(path: string, body: unknown, headers?: Record<string, string>): Promise<Reply<T>>;
  /** Ends it as an operator would; resolves with the exit status. */
  stop(): Promise<number | null>;
  /** Ends it as a power cut would. */
  kill(): Promise<void>;
}

export interface Reply<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

// biome-ignore lint/suspicious/noExplicitAny: what a service answers is looked at by the test itself
export type Json = any;

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function dataFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'ledger-e2e-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

function environment(settings: Record<string, string>): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], PORT: '0', LEDGER_EVENTSTORE_PORT: '0', LEDGER_LOG_LEVEL: 'warn', ...settings };
}

export async function startService(dataDir: string, settings: Record<string, string> = {}): Promise<Service> {
  const file = join(dataDir, 'service.json');
  rmSync(file, { force: true });
  const child = spawn(process.execPath, ['--enable-source-maps', 'dist/src/main.js'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: environment({ LEDGER_DATA: dataDir, ...settings }),
  });
  children.add(child);
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  let stderr = '';
  child.stderr?.on('data', (chunk) => {
    stderr += String(chunk);
  });
  await until(() => existsSync(file) || child.exitCode !== null, 20_000);
  if (child.exitCode !== null) throw new Error(`The service ended with ${child.exitCode}: ${stderr}`);
  const { url } = JSON.parse(readFileSync(file, 'utf8')) as { url: string };
  const service = clientOf(url, child, ended, settings['LEDGER_API_KEY']);
  return service;
}

/** Waits until reads have caught up with the log. */
export async function ready(service: Service): Promise<void> {
  await until(async () => (await service.get('/health/ready')).status === 200, 20_000);
}

/** Runs a program of the build to its end. */
export function run(args: readonly string[], settings: Record<string, string> = {}, input = ''): Promise<Ended> {
  const child = spawn(process.execPath, ['--enable-source-maps', ...args], { cwd: root, env: environment(settings) });
  children.add(child);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += String(chunk);
  });
  child.stderr.on('data', (chunk) => {
    stderr += String(chunk);
  });
  child.stdin.end(input);
  return new Promise((resolve) => child.once('close', (status) => resolve({ status, stdout, stderr })));
}

export async function until(holds: () => boolean | Promise<boolean>, withinMs: number): Promise<void> {
  const startedAt = Date.now();
  while (!(await holds())) {
    if (Date.now() - startedAt > withinMs) throw new Error(`it did not come about within ${withinMs} ms`);
    await pause(20);
  }
}

function clientOf(
  url: string,
  child: ChildProcess,
  ended: Promise<number | null>,
  apiKey: string | undefined,
): Service {
  const authorization: Record<string, string> = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
  const call = async <T>(path: string, init: RequestInit): Promise<Reply<T>> => {
    const answer = await fetch(new URL(path, url), init);
    return { status: answer.status, headers: answer.headers, body: (await answer.json()) as T };
  };
  return {
    url,
    pid: child.pid ?? 0,
    get: (path) => call(path, { headers: authorization }),
    post: (path, body, headers = {}) =>
      call(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...authorization, ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    stop: () => {
      child.kill('SIGTERM');
      return ended;
    },
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
