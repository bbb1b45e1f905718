import { existsSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { arrived, BIN, employerRegistered, workerId, workerRegistered } from '../api/people.js';
import { dataFolder, type Ended, type Json, ready, run, type Service, startService } from './service.js';

const [MEHMET, SECOND] = [workerId(1), workerId(2)];
const NAMES = ['Yilmaz', 'Mehmet', 'U12345678', '1988-04-17', 'Abay Ave 10-12'];
const folder = dataFolder();
const other = dataFolder();
const out = join(folder.path, 'pack.zip');
let service: Service;

const at = (path: string, ...args: string[]): Promise<Ended> =>
  run(['dist/src/cli.js', '--data', path, ...args], { LEDGER_ACTOR: 'auditor' });
const ledger = (...args: string[]): Promise<Ended> => at(folder.path, ...args);

/** Exit status and what was said, without a stack. */
async function refused(...args: string[]): Promise<[number | null, string]> {
  const { status, stdout, stderr } = await ledger(...args);
  expect(stderr).not.toMatch(/\n\s+at /);
  return [status, `${stdout}${stderr}`];
}

beforeAll(async () => {
  const file = join(folder.path, 'staff.jsonl');
  const late = {
    type: 'NotificationAcknowledged',
    occurredOn: '2024-12-05',
    data: { about: 'arrival', channel: 'vmp' },
  };
  const lines = [
    { employer: BIN, ...employerRegistered },
    { worker: MEHMET, ...workerRegistered },
    { worker: MEHMET, ...arrived },
    { worker: MEHMET, ...late },
    { worker: SECOND, ...workerRegistered, data: { ...workerRegistered.data, givenName: 'Kemal' } },
  ];
  writeFileSync(file, lines.map((line) => JSON.stringify(line)).join('\n'));
  service = await startService(folder.path);
  expect((await ledger('import', file)).status).toBe(0);
  await ready(service);
}, 40_000);

afterAll(() => {
  folder.remove();
  other.remove();
});

describe('An auditor at the command line, while the service runs', () => {
  test('replays a worker for the eye, and for programs', async () => {
    const { status, stdout, stderr } = await ledger('replay', MEHMET);
    expect(status).toBe(0);
    expect(stdout).toMatch(
      /^2024-10-01 {2}WorkerRegistered\n +recorded .+ by .+\n +nobody registered {2}-> {2}registered/,
    );
    expect(stdout).toMatch(/\+ notify-arrival, due 2024-11-25/);
    expect(stdout).toMatch(/- notify-arrival, met on 2024-12-05/);
    expect(stdout).toMatch(/accrued .*55 380/);
    expect(stderr).toMatch(/^\n3 steps; position \d+, rule book [0-9a-f]{12}\.\n$/);

    const json = (await ledger('--json', 'replay', MEHMET)).stdout.trimEnd().split('\n');
    const steps = json.map((line) => JSON.parse(line) as Json);
    expect(steps.map(({ event }) => event.type)).toEqual(['WorkerRegistered', 'Arrived', 'NotificationAcknowledged']);

    const until = (await ledger('--json', 'replay', MEHMET, '--until', '2024-11-30')).stdout.trimEnd().split('\n');
    expect(until).toHaveLength(2);
    expect((await ledger('--json', 'replay', MEHMET, '--law', steps[0].ruleBook.slice(0, 12))).stdout).toContain(
      'Arrived',
    );
    const employer = (await ledger('--json', 'replay', BIN)).stdout.trimEnd().split('\n');
    expect(employer).toHaveLength(5);
    expect((await ledger('replay', '--all')).stderr).toMatch(/^\n6 steps;/);
  }, 30_000);

  test('is told in a sentence what cannot be replayed', async () => {
    expect(await refused('replay', workerId(9))).toEqual([1, expect.stringMatching(/No worker .* is known/)]);
    expect(await refused('replay', MEHMET, '--known-at', '2020-01-01')).toEqual([
      1,
      expect.stringContaining('No worker'),
    ]);
    expect(await refused('replay', MEHMET, '--known-at', '2999-01-01T00:00:00Z')).toEqual([
      1,
      expect.stringContaining('[400 known-at-in-future]'),
    ]);
    expect(await refused('replay', MEHMET, '--law', 'deadbeef')).toEqual([
      1,
      expect.stringContaining('law-not-adopted'),
    ]);
    expect(await refused('replay', BIN.slice(0, 11))).toEqual([
      2,
      expect.stringContaining('neither the UUID of a worker nor the 12-digit number (BIN or IIN) of an employer'),
    ]);
    expect(await refused('replay', `${BIN.slice(0, 10)}99`)).toEqual([2, expect.stringContaining('wrong check digit')]);
    expect(await refused('replay')).toEqual([2, expect.stringContaining('Say what to replay')]);
    expect(await refused('export', '--out', out, '--worker', MEHMET, '--employer', BIN)).toEqual([
      2,
      expect.stringContaining('not both'),
    ]);
    expect(await refused('export', '--out', out, '--worker', workerId(9))).toEqual([
      1,
      expect.stringContaining('No worker'),
    ]);
    expect(await refused('export', '--out', join(folder.path, 'no', 'such', 'pack.zip'))).toEqual([
      1,
      expect.stringContaining('there is no such folder'),
    ]);
    // A device, behind a link of ours lest a fault cost the machine its own, and a folder.
    const device = join(folder.path, 'device.zip');
    symlinkSync('/dev/null', device);
    for (const place of [device, folder.path]) {
      expect(await refused('export', '--out', place)).toEqual([
        2,
        expect.stringContaining('is there and no regular file'),
      ]);
    }
    expect(statSync(device).isCharacterDevice()).toBe(true);
    rmSync(device);
    // Something else of value, and no name at all.
    const log = join(folder.path, 'eventstore', 'log.sqlite');
    expect(await refused('export', '--out', log)).toEqual([2, expect.stringContaining('is there and no ZIP file')]);
    expect(await refused('export', '--out', '')).toEqual([2, expect.stringContaining('--out is empty')]);
    if (existsSync('/dev/full')) {
      symlinkSync('/dev/full', `${out}.part`);
      expect(await refused('export', '--out', out)).toEqual([1, expect.stringContaining('the disk is full')]);
    }
    // No half of a pack, under no name.
    expect(readdirSync(folder.path).filter((name) => name.startsWith('pack.zip'))).toEqual([]);
  }, 30_000);

  test('verifies the chain through the client of the store', async () => {
    const { status, stdout, stderr } = await ledger('verify');
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^Intact: 6 events of 4 streams .* read through the client of the store, /);
    expect(JSON.parse((await ledger('--json', 'verify')).stdout)).toMatchObject({ intact: true, read: 'client' });
    // From elsewhere, where there is no log.
    const nowhere = join(folder.path, 'nowhere');
    const told = await at(nowhere, '--url', service.url, 'verify');
    expect([told.status, told.stderr, told.stdout]).toEqual([0, '', expect.stringMatching(/^Intact: 6 events of 4/)]);
    expect(existsSync(nowhere)).toBe(false);
    const away = await at(nowhere, '--url', 'http://127.0.0.1:9', 'verify');
    expect([away.status, away.stderr]).toEqual([1, expect.stringContaining('does not answer')]);
  });

  test('takes a pack away, which is checked and becomes the same ledger elsewhere', async () => {
    const { status, stdout, stderr } = await ledger('export', '--out', out, '--as-of', '2025-01-10');
    // No progress where nobody looks.
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/: 5 events of 3 streams, figures as of 2025-01-10, /);
    const manifest = /[0-9a-f]{64}/.exec(stdout)?.[0] ?? 'none';
    const checked = await ledger('import-pack', out, '--check');
    expect([checked.status, checked.stdout]).toEqual([0, expect.stringContaining(manifest)]);

    const imported = await at(other.path, 'import-pack', out);
    expect([imported.status, imported.stdout]).toEqual([0, expect.stringContaining('Imported 5 events of 3 streams')]);
    const again = join(other.path, 'again.zip');
    const exported = await at(other.path, '--json', 'export', '--out', again, '--as-of', '2025-01-10');
    expect(JSON.parse(exported.stdout)).toMatchObject({ manifest, events: 5 });
    expect(readFileSync(again).equals(readFileSync(out))).toBe(true);

    const bytes = readFileSync(out);
    const broken = join(folder.path, 'broken.zip');
    for (const place of [40, bytes.length >> 1, bytes.length - 90]) {
      const changed = Buffer.from(bytes);
      changed[place] = (changed[place] ?? 0) ^ 1;
      writeFileSync(broken, changed);
      expect([place, (await refused('import-pack', broken, '--check'))[0]]).toEqual([place, 1]);
    }
    expect(await refused('import-pack', join(folder.path, 'staff.jsonl'))).toEqual([
      1,
      expect.stringContaining('staff.jsonl is no ZIP file, or its end is cut off'),
    ]);
    expect(await refused('import-pack', folder.path)).toEqual([1, expect.stringContaining('is a folder')]);
    expect(await refused('import-pack', join(folder.path, 'nowhere.zip'))).toEqual([
      1,
      expect.stringContaining('cannot be read'),
    ]);
  }, 60_000);

  test('is written down in the access log when names were read, with the purpose, and reads it', async () => {
    const headers = { 'ledger-actor': 'inspector', 'ledger-purpose': 'inspection 114' };
    const read = (path: string, more = {}) => fetch(new URL(path, service.url), { headers: { ...headers, ...more } });
    expect(((await (await read(`/v1/workers/${MEHMET}`)).json()) as Json).familyName).toBe('Yilmaz');
    const masked = await read(`/v1/workers/${SECOND}`, { 'ledger-personal': 'false' });
    expect(((await masked.json()) as Json).familyName).toBeNull();
    const { body } = await service.get('/v1/audit/access-log?actor=inspector');
    expect(body.items).toEqual([
      {
        request: expect.any(Number),
        at: expect.stringMatching(/^\d{4}-.*Z$/),
        actor: 'inspector',
        purpose: 'inspection 114',
        route: `GET /v1/workers/${MEHMET}`,
        person: MEHMET,
      },
    ]);
  });

  test('takes names away under the own name and purpose, in whatever letters', async () => {
    const named = join(folder.path, 'dave.zip');
    const [actor, purpose] = ['Дәурен', 'тексеру № 114'];
    const exported = await ledger('--actor', actor, 'export', '--names', '--purpose', purpose, '--out', named);
    expect([exported.status, exported.stderr]).toEqual([0, '']);
    const { body } = await service.get(`/v1/audit/access-log?actor=${encodeURIComponent(actor)}`);
    const noted = body.items.map(({ person, purpose: told, route }: Json) => [person, told, route]);
    for (const person of [MEHMET, SECOND]) expect(noted).toContainEqual([person, purpose, 'GET /v1/audit/pack']);
    const { body: nobody } = await service.get('/v1/audit/access-log?actor=local');
    expect(nobody.items.filter(({ route }: Json) => route === 'GET /v1/audit/pack')).toEqual([]);
    expect((await refused('export', '--names', '--purpose', 'two\nlines', '--out', named))[0]).toBe(2);
  }, 30_000);

  test('sees a person erased: no name is left anywhere, no figure moved, and an older copy of the keys does not help', async () => {
    const figures = async () => (await service.get('/v1/exposure?groupBy=worker&asOf=2025-01-10')).body.groups;
    const before = await figures();
    const old = join(folder.path, 'old-keys');
    const named = join(folder.path, 'named.zip');
    expect((await ledger('export', '--names', '--worker', MEHMET, '--out', named)).status).toBe(0);
    expect(wordsIn(join(folder.path, 'packs'))).not.toEqual([]);
    expect((await ledger('keys', 'backup', old)).status).toBe(0);
    expect(await refused('erase', MEHMET, '--reason', 'asked for it')).toEqual([2, expect.stringContaining('--yes')]);
    expect((await refused('erase', workerId(9), '--reason', 'asked', '--yes'))[0]).toBe(1);

    const { status, stdout } = await ledger('erase', MEHMET, '--reason', 'letter 114', '--yes');
    expect(status).toBe(0);
    const certificate = JSON.parse(stdout) as Json;
    expect(certificate).toMatchObject({
      workerId: MEHMET,
      persons: [MEHMET],
      keysDestroyed: true,
      recordedBy: 'auditor',
    });
    expect(JSON.parse((await ledger('erase', MEHMET, '--reason', 'again', '--yes')).stdout).event).toEqual(
      certificate.event,
    );

    expect(await figures()).toEqual(before);
    expect((await service.get(`/v1/workers/${MEHMET}?after=${certificate.event.position}`)).body).toMatchObject({
      familyName: null,
      erased: true,
    });
    expect((await ledger('export', '--names', '--worker', MEHMET, '--out', named)).status).toBe(0);
    expect((await ledger('verify')).status).toBe(0);
    expect(await service.stop()).toBe(0);
    for (const name of ['eventstore', 'read', 'packs', 'keys', 'access']) {
      expect([name, wordsIn(join(folder.path, name))]).toEqual([name, []]);
    }

    // The backup of the keys, laid over them: the ledger keeps its promise when it starts.
    writeFileSync(join(folder.path, 'keys', 'keys.sqlite'), readFileSync(old));
    const { stdout: told } = await ledger('--json', 'export', '--names', '--worker', MEHMET, '--out', named);
    expect(JSON.parse(told)).toMatchObject({ events: 5 });
    const replayed = await ledger('replay', MEHMET);
    expect(replayed.stdout).toContain('PersonalDataErased');
    expect((await ledger('--json', 'keys', 'status')).stdout).toMatch(/"erased": 1/);
  }, 60_000);
});

/** Which of the erased names stand in any file of a folder, in the clear. */
function wordsIn(path: string): string[] {
  if (!existsSync(path)) return [];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .flatMap((entry) => {
      const bytes = readFileSync(join(entry.parentPath, entry.name));
      return NAMES.filter((name) => bytes.includes(name)).map((name) => `${name} in ${entry.name}`);
    });
}
