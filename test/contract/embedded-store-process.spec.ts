import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { EventStoreDBClient } from '@eventstore/db-client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startEmbeddedStore } from '../../src/embedded-store/embedded-store.js';
import { verifyStore } from '../../src/embedded-store/verify.js';
import { collect, numbered, temporaryFolder } from './event-store-endpoint.js';

// The compiled store in a process of its own, in a worker thread, as the product runs it.

const root = resolve(__dirname, '../..');
const compiled = join(root, 'node_modules', '.cache', `embedded-store-${process.pid}`);
let children: ChildProcess[] = [];
let folder: string;

beforeAll(() => {
  folder = temporaryFolder();
  mkdirSync(compiled, { recursive: true });
  writeFileSync(join(compiled, 'package.json'), '{"type":"module"}');
  const swc = join(root, 'node_modules', '@swc', 'cli', 'bin', 'swc.js');
  execFileSync(
    process.execPath,
    [swc, 'src/embedded-store', '-d', compiled, '--config-file', '.swcrc', '--strip-leading-paths', '--quiet'],
    { cwd: root },
  );
});

afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  children = [];
});

afterAll(() => {
  rmSync(compiled, { recursive: true });
  rmSync(folder, { recursive: true });
});

interface Running {
  readonly child: ChildProcess;
  /** The next line the child prints. */
  readonly line: () => Promise<string>;
}

/** Runs a few lines of JavaScript in a new process, with `startEmbeddedStore` and `dataDir` at hand. */
function run(dataDir: string, code: string): Running {
  const store = pathToFileURL(join(compiled, 'embedded-store', 'embedded-store.js')).href;
  const source = `
    import { startEmbeddedStore } from ${JSON.stringify(store)};
    const dataDir = ${JSON.stringify(dataDir)};
    ${code}`;
  const file = join(compiled, `child-${children.length}.mjs`);
  writeFileSync(file, source);
  const child = spawn(process.execPath, [file], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return { child, line: async () => String((await lines.next()).value) };
}

const SERVE = 'const store = await startEmbeddedStore({ dataDir }); console.log(store.connectionString);';

const exit = (child: ChildProcess): Promise<number | null> =>
  new Promise((done) => child.once('exit', (code) => done(code)));

describe('a process that is killed', () => {
  it('has on disk whatever it acknowledged, in whole appends, and nothing is damaged', async () => {
    const dataDir = join(folder, 'killed');
    const acknowledged: string[][] = [];
    for (let round = 0; round < 2; round++) {
      const { child, line } = run(dataDir, SERVE);
      const client = EventStoreDBClient.connectionString(await line());
      const gone = exit(child);
      let killed = false;
      const write = async (lane: number): Promise<void> => {
        while (!killed) {
          const events = numbered(3);
          await client.appendToStream(`worker-${lane}`, events);
          acknowledged.push(events.map(({ id }) => id));
          if (acknowledged.length >= (round + 1) * 100 && !killed) {
            killed = true;
            child.kill('SIGKILL');
          }
        }
      };
      await Promise.allSettled(Array.from({ length: 16 }, (_, lane) => write(lane)));
      await gone;
      await client.dispose();
    }
    expect(await verifyStore(dataDir)).toMatchObject({ ok: true });

    const store = await startEmbeddedStore({ dataDir, inProcess: true });
    const client = EventStoreDBClient.connectionString(store.connectionString);
    const all = await collect(client.readAll());
    const ids = all.map(({ event }) => event?.id);
    const known = new Set(ids);
    expect(acknowledged.flat().filter((id) => !known.has(id))).toEqual([]);
    expect(known.size).toBe(ids.length);
    const perStream = new Map<string, number>();
    for (const { event } of all) perStream.set(event?.streamId ?? '', (perStream.get(event?.streamId ?? '') ?? 0) + 1);
    expect([...perStream].filter(([stream, count]) => stream.startsWith('worker') && count % 3 !== 0)).toEqual([]);
    await client.dispose();
    await store.close();
  });

  it('leaves no lock behind, and a living one cannot be joined', async () => {
    const dataDir = join(folder, 'locked');
    const first = run(dataDir, SERVE);
    expect(await first.line()).toMatch(/^esdb:/);
    const second = run(dataDir, `await startEmbeddedStore({ dataDir }).catch((error) => console.log(error.message));`);
    expect(await second.line()).toBe(
      `The data folder ${dataDir} is in use by another running store: stop that process or choose another folder.`,
    );
    const gone = exit(first.child);
    first.child.kill('SIGKILL');
    await gone;
    const third = run(dataDir, SERVE);
    expect(await third.line()).toMatch(/^esdb:/);
  });
});

describe('the worker thread', () => {
  it('closes cleanly and lets the process end', async () => {
    const { child, line } = run(
      join(folder, 'clean'),
      `${SERVE} await store.close(); await store.close(); console.log('closed');`,
    );
    const gone = exit(child);
    await line();
    expect(await line()).toBe('closed');
    expect(await gone).toBe(0);
  });

  it('is missed when it dies', async () => {
    const { line } = run(
      join(folder, 'crashed'),
      `import { Worker } from 'node:worker_threads';
       const post = Worker.prototype.on;
       let worker;
       Worker.prototype.on = function (...parts) { worker = this; return post.apply(this, parts); };
       const onFailure = (error) => console.log('failed: ' + error.message);
       const store = await startEmbeddedStore({ dataDir, onFailure });
       await worker.terminate();
       await store.close();
       console.log('closed');`,
    );
    expect(await line()).toBe("failed: The embedded store's worker thread ended with code 1.");
    expect(await line()).toBe('closed');
  });

  it('takes the process with it when nobody listens', async () => {
    const { child } = run(
      join(folder, 'alone'),
      `import { Worker } from 'node:worker_threads';
       const post = Worker.prototype.on;
       let worker;
       Worker.prototype.on = function (...parts) { worker = this; return post.apply(this, parts); };
       process.on('uncaughtException', (error) => process.exit(/worker thread ended/.test(error.message) ? 3 : 4));
       await startEmbeddedStore({ dataDir });
       await worker.terminate();
       setTimeout(() => {}, 60_000);`,
    );
    expect(await exit(child)).toBe(3);
  });
});
