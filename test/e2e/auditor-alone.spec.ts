import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { DatabaseSync } from '@photostructure/sqlite';
import { checksum } from '../../src/embedded-store/checksum.js';
import { arrived, BIN, employerRegistered, workerId, workerRegistered } from '../api/people.js';
import { Office } from '../audit/kit.js';
import { dataFolder, type Ended, type Json, root, run, until } from './service.js';

const WORKERS = 400;
const folder = dataFolder();
const locked = dataFolder();

const ledger = (...args: string[]): Promise<Ended> => run(['dist/src/cli.js', '--data', folder.path, ...args]);

function importFile(workers: number): string {
  const file = join(folder.path, 'staff.jsonl');
  const lines: Json[] = [{ employer: BIN, ...employerRegistered }];
  for (let number = 1; number <= workers; number++) {
    const worker = workerId(number);
    lines.push({ worker, ...workerRegistered }, { worker, ...arrived });
  }
  writeFileSync(file, lines.map((line) => JSON.stringify(line)).join('\n'));
  return file;
}

beforeAll(async () => {
  expect((await ledger('import', importFile(WORKERS))).stdout).toMatch(/801 recorded/);
}, 60_000);

afterAll(() => {
  folder.remove();
  locked.remove();
});

describe('An auditor at the command line, without a service', () => {
  test('is not scolded for reading only the begin of a replay', async () => {
    for (const form of [[], ['--json']]) {
      const child = spawn(process.execPath, ['dist/src/cli.js', '--data', folder.path, ...form, 'replay', '--all'], {
        cwd: root,
        env: { PATH: process.env['PATH'], LEDGER_LOG_LEVEL: 'warn' },
      });
      // As `head` does once it has its lines.
      child.stdout.once('data', () => child.stdout.destroy());
      let stderr = '';
      child.stderr.on('data', (chunk) => {
        stderr += String(chunk);
      });
      const status = await new Promise((resolve) => child.once('exit', resolve));
      expect([status, stderr]).toEqual([0, '']);
    }
  }, 60_000);

  test('goes on with an export that was killed, and gets the bytes of one made in one go', async () => {
    const [whole, resumed] = [join(folder.path, 'whole.zip'), join(folder.path, 'resumed.zip')];
    const exported = async (out: string) => {
      const { status, stdout } = await ledger('--json', 'export', '--out', out, '--as-of', '2025-01-10');
      expect(status).toBe(0);
      return JSON.parse(stdout) as Json;
    };
    const packs = join(folder.path, 'packs');
    const child = spawn(
      process.execPath,
      ['dist/src/cli.js', '--data', folder.path, 'export', '--out', resumed, '--as-of', '2025-01-10'],
      { cwd: root, stdio: 'ignore', env: { PATH: process.env['PATH'], LEDGER_LOG_LEVEL: 'warn' } },
    );
    // Its first file is made, the others are not: now the power fails.
    await until(() => stateIn(packs)?.['events.jsonl']?.done === true, 30_000);
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
    const state = stateIn(packs);
    expect(state?.['manifest.json']).toBeUndefined();
    expect(existsSync(resumed)).toBe(false);
    const [key] = readdirSync(packs);
    const eventsFile = join(packs, key ?? '', 'files', 'events.jsonl');
    // What was finished is taken as it is, not made again.
    const written = readFileSync(eventsFile);
    const { mtimeMs } = statSync(eventsFile);

    const first = await exported(resumed);
    expect(statSync(eventsFile).mtimeMs).toBe(mtimeMs);
    expect(readFileSync(eventsFile).equals(written)).toBe(true);
    rmSync(packs, { recursive: true });
    const second = await exported(whole);
    expect(first).toMatchObject({ events: 801, manifest: second.manifest, sha256: second.sha256 });
    expect(readFileSync(resumed).equals(readFileSync(whole))).toBe(true);
    expect(createHash('sha256').update(readFileSync(whole)).digest('hex')).toBe(second.sha256);
  }, 60_000);

  test('gets the same pack from a thread as from the process itself, with names and without', async () => {
    const out = join(folder.path, 'threaded.zip');
    const threaded = async (...more: string[]) => {
      const { stdout } = await ledger('--json', 'export', '--out', out, '--as-of', '2025-01-10', ...more);
      return (JSON.parse(stdout) as Json).manifest;
    };
    const [bare, named] = [await threaded(), await threaded('--names')];
    // Run from its sources a ledger has no threads: it makes the pack between two answers.
    const copy = dataFolder();
    for (const part of ['eventstore', 'keys'])
      cpSync(join(folder.path, part), join(copy.path, part), { recursive: true });
    const office = await new Office(copy.path).open();
    const own = async (query: string) =>
      (await office.send('GET', `/v1/audit/pack?asOf=2025-01-10${query}`)).headers['x-pack-hash'];
    const found = [await own(''), await own('&names=true')];
    await office.remove();
    expect(found).toEqual([bare, named]);
    expect(bare).not.toBe(named);
  }, 60_000);

  test('verifies the files themselves, and is told the first event that somebody changed in them', async () => {
    const sound = await ledger('verify');
    expect([sound.status, sound.stderr]).toEqual([0, '']);
    expect(sound.stdout).toMatch(/^Intact: 802 events of 402 streams .* read from the store's own files, /);

    const database = new DatabaseSync(join(folder.path, 'eventstore', 'log.sqlite'));
    const [row] = database
      .prepare('SELECT e.* FROM events e JOIN streams s ON s.id = e.stream WHERE s.name = ? AND revision = 1')
      .all(`worker-${workerId(7)}`) as unknown as readonly {
      position: number;
      stream: number;
      revision: number;
      record: Uint8Array;
    }[];
    if (row === undefined) throw new Error('no such event');
    const record = Buffer.from(row.record);
    record.write('KZ-79', record.indexOf('KZ-75'));
    database
      .prepare('UPDATE events SET record = ?, checksum = ? WHERE position = ?')
      .run(record, checksum(record, row.position, row.stream, row.revision), row.position);
    database.close();

    const { status, stdout, stderr } = await ledger('--json', 'verify');
    expect(status).toBe(1);
    const { firstDamage, damaged } = JSON.parse(stdout) as Json;
    expect([damaged, firstDamage.kind, firstDamage.stream, firstDamage.revision, firstDamage.position]).toEqual([
      1,
      'changed-content',
      `worker-${workerId(7)}`,
      1,
      String(row.position),
    ]);
    expect(stderr).toContain(`Not intact`);
    expect(stderr).toContain(firstDamage.eventId);
    expect(stderr).not.toMatch(/\n\s+at /);
  }, 30_000);

  test('is told where there is no ledger, and none is made by looking', async () => {
    const empty = dataFolder();
    const { status, stderr } = await run(['dist/src/cli.js', '--data', empty.path, 'verify']);
    expect([status, stderr]).toEqual([1, expect.stringContaining('There is no log in')]);
    expect(readdirSync(empty.path)).toEqual([]);
    empty.remove();
  });

  test('changes the master key, and is told whose data another one does not open', async () => {
    const [old, fresh] = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')];
    const withKeys = (settings: Record<string, string>, ...args: string[]) =>
      run(['dist/src/cli.js', '--data', locked.path, ...args], settings);
    const setUp = await withKeys({ LEDGER_MASTER_KEY: old }, 'import', importFile(1));
    expect(setUp.stdout).toMatch(/3 recorded/);
    const keyFile = join(locked.path, 'keys', 'keys.sqlite');
    const before = readFileSync(keyFile);
    for (const wrong of [{}, { LEDGER_MASTER_KEY: fresh }] as Record<string, string>[]) {
      const { status, stderr } = await withKeys(wrong, 'keys', 'status');
      expect([status, stderr]).toEqual([1, expect.stringContaining(workerId(1))]);
      const rotated = await withKeys(wrong, 'keys', 'rotate');
      expect(rotated.status).toBe(1);
    }
    expect(readFileSync(keyFile).equals(before)).toBe(true);
    const rotated = await withKeys({ LEDGER_MASTER_KEY: fresh, LEDGER_MASTER_KEY_PREVIOUS: old }, 'keys', 'rotate');
    expect([rotated.status, rotated.stdout]).toEqual([0, expect.stringMatching(/keys were locked anew/)]);
    expect((await withKeys({ LEDGER_MASTER_KEY: old }, 'keys', 'status')).status).toBe(1);
    const opened = await withKeys({ LEDGER_MASTER_KEY: fresh }, 'keys', 'status');
    expect([opened.status, opened.stdout]).toEqual([0, expect.stringContaining(', 0 are locked by another')]);
    expect((await withKeys({}, 'keys', 'change')).status).toBe(2);
  }, 30_000);
});

/** What the making of a pack has put down as done. */
function stateIn(packs: string): Record<string, { readonly done: boolean }> | null {
  try {
    const [key] = readdirSync(packs);
    return JSON.parse(readFileSync(join(packs, key ?? '', 'state.json'), 'utf8')) as Record<string, { done: boolean }>;
  } catch {
    return null;
  }
}
