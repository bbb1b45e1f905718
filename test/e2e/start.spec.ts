import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { BIN, employerRegistered } from '../api/people.js';
import { dataFolder, ready, run, startService, until } from './service.js';

const folders = [dataFolder(), dataFolder(), dataFolder()] as const;
afterAll(() => {
  for (const { remove } of folders) remove();
});

describe('a wrong setting stops the start with one sentence', () => {
  const [{ path }] = folders;
  const wrong: readonly [string, Record<string, string>, RegExp][] = [
    ['a port that is no number', { PORT: 'eighty' }, /^PORT is "eighty".* whole number.*\n$/],
    ['a setting that does not exist', { LEDGER_DATTA: '/x' }, /^LEDGER_DATTA is not a setting.*\n$/],
    [
      'an open address without a token',
      { LEDGER_HOST: '0.0.0.0' },
      /^LEDGER_HOST is "0\.0\.0\.0".*LEDGER_API_KEY.*\n$/,
    ],
    [
      'a token that is too short, and is not shown',
      { LEDGER_API_KEY: 'short' },
      /^LEDGER_API_KEY is set, but (?!.*"short").*\n$/,
    ],
    [
      'a store address of another kind',
      { EVENTSTORE_URL: 'http://u:secret@h' },
      /^EVENTSTORE_URL is (?!.*secret).*esdb:.*\n$/,
    ],
    ['a folder that cannot be made', { LEDGER_KEYS: '/dev/null/keys' }, /^LEDGER_KEYS is \/dev\/null\/keys.*\n$/],
    ['a law folder that does not exist', { LEDGER_LAW: '/nowhere' }, /^The law cannot be used: .*\n$/],
  ];
  test.each(wrong)('%s', async (_, settings, sentence) => {
    const { status, stderr } = await run(['dist/src/main.js'], { LEDGER_DATA: path, ...settings });
    expect(stderr).toMatch(sentence);
    expect(status).toBe(1);
  });
});

describe('a damaged file stops the start with one sentence that names it and what to do, and stays as it is', () => {
  const damaged: readonly [string, string, RegExp][] = [
    ['the access log', 'access/access.sqlite', /^The access log \S+access\.sqlite is damaged .*move it away.*\n$/],
    [
      "the persons' keys",
      'keys/keys.sqlite',
      /^The file of the persons' keys \S+keys\.sqlite is damaged .*`ledger keys restore <file>`.*\n$/,
    ],
  ];
  test.each(damaged)(
    '%s',
    async (_, name, sentence) => {
      const rotten = dataFolder();
      const held = dataFolder();
      const file = join(rotten.path, name);
      mkdirSync(join(file, '..'), { recursive: true });
      const bytes = Buffer.alloc(20_000, 'no database');
      writeFileSync(file, bytes);
      mkdirSync(join(held.path, name), { recursive: true });
      const emptied = dataFolder();
      mkdirSync(join(emptied.path, name, '..'), { recursive: true });
      writeFileSync(join(emptied.path, name), '');
      for (const { path } of [rotten, held, emptied]) {
        const { status, stderr } = await run(['dist/src/main.js'], { LEDGER_DATA: path });
        expect(stderr).toMatch(sentence);
        expect(stderr).toContain(join(path, name));
        expect(status).toBe(1);
      }
      expect(readFileSync(file).equals(bytes)).toBe(true);
      const keys = await run(['dist/src/cli.js', 'keys', 'status'], { LEDGER_DATA: rotten.path });
      if (name.startsWith('keys')) expect([keys.status, keys.stderr]).toEqual([1, expect.stringMatching(sentence)]);
      rotten.remove();
      held.remove();
      emptied.remove();
    },
    60_000,
  );
});

describe('two of them', () => {
  test('on one data folder: the second says whose it is', async () => {
    const [, { path }] = folders;
    const first = await startService(path);
    const { status, stderr } = await run(['dist/src/main.js'], { LEDGER_DATA: path });
    expect(stderr).toMatch(/in use by another/);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(status).toBe(1);
    const taken = new URL(first.url).port;
    const other = await run(['dist/src/main.js'], { LEDGER_DATA: folders[0].path, PORT: taken });
    expect(other.stderr).toBe(`Port ${taken} is taken: set PORT to a free port, or to 0 for any.\n`);
    await first.stop();
  });
});

describe('a log that is lost', () => {
  test('stops the start, and what the read side remembers of it stays', async () => {
    const { path, remove } = dataFolder();
    const service = await startService(path);
    expect((await service.post(`/v1/employers/${BIN}/events`, employerRegistered)).status).toBe(201);
    await ready(service);
    await service.stop();
    const log = join(path, 'eventstore', 'log.sqlite');
    const kept = readFileSync(join(path, 'read', 'log.sqlite'));
    for (const lose of [() => writeFileSync(log, ''), () => rmSync(log)]) {
      lose();
      const { status, stderr } = await run(['dist/src/main.js'], { LEDGER_DATA: path });
      expect(stderr).toMatch(
        /^The log of the embedded store \S+ is (empty|not there), and \S+ remembers 2 events of it: .*\n$/,
      );
      expect(status).toBe(1);
      expect(readFileSync(join(path, 'read', 'log.sqlite')).equals(kept)).toBe(true);
    }
    // Moved away on purpose, it is begun anew.
    renameSync(join(path, 'read'), join(path, 'read-before'));
    const anew = await startService(path);
    await ready(anew);
    expect((await anew.get('/v1/employers')).body.items).toEqual([]);
    await anew.stop();
    remove();
  }, 60_000);
});

describe('a store that is away', () => {
  test('the service starts without it, refuses reads until the log was read once and writes for the moment, and goes on by itself', async () => {
    const [, , { path }] = folders;
    const { spawn } = await import('node:child_process');
    const free = await freePort();
    const service = await startService(path, {
      EVENTSTORE_URL: `esdb://127.0.0.1:${free}?tls=false&keepAliveInterval=1000`,
      LEDGER_LOG_LEVEL: 'silent',
    });
    const refused = await service.post(`/v1/employers/${BIN}/events`, employerRegistered);
    expect([refused.status, refused.headers.get('retry-after'), refused.body.code]).toEqual([503, '2', 'store-away']);
    const unread = await service.get('/v1/obligations');
    expect([unread.status, unread.body.code]).toEqual([503, 'read-side-behind']);
    const { status, body } = await service.get('/health/ready');
    expect([status, body.connected]).toEqual([503, false]);

    const store = spawn(
      process.execPath,
      ['dist/src/cli.js', '--data', `${path}/other`, 'eventstore', '--port', String(free)],
      {
        cwd: `${__dirname}/../..`,
        env: { PATH: process.env['PATH'] },
      },
    );
    await until(
      async () => (await service.post(`/v1/employers/${BIN}/events`, employerRegistered)).status === 201,
      30_000,
    );
    await ready(service);
    expect((await service.get('/v1/employers')).body.items).toMatchObject([{ bin: BIN }]);
    expect(await service.stop()).toBe(0);
    store.kill('SIGTERM');
    expect(await new Promise((resolve) => store.once('exit', resolve))).toBe(0);
  }, 60_000);
});

async function freePort(): Promise<number> {
  const { createServer } = await import('node:net');
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
