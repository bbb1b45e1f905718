import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { arrived, BIN, employerRegistered, workerId, workerRegistered } from '../api/people.js';
import { dataFolder, type Ended, run, startService } from './service.js';

const folder = dataFolder();
const other = dataFolder();
const file = join(folder.path, 'staff.jsonl');
const WORKER = workerId(1);

afterAll(() => {
  folder.remove();
  other.remove();
});

const ledger = (...args: string[]): Promise<Ended> =>
  run(['dist/src/cli.js', ...args], { LEDGER_DATA: folder.path, LEDGER_LOG_LEVEL: 'warn' });

writeFileSync(
  file,
  [
    { employer: BIN, ...employerRegistered },
    { worker: WORKER, ...workerRegistered },
    { worker: workerId(2), ...workerRegistered },
    { worker: WORKER, ...arrived },
    { worker: WORKER, ...arrived, occurredOn: '2024-11-29' },
    { worker: workerId(3), type: 'Arrivd', occurredOn: '2024-11-29', data: {} },
  ]
    .map((line) => JSON.stringify(line))
    .concat('{"worker": ')
    .join('\n'),
);

const ruleThatWaitsForNothing = `rule: greet-worker
title: Greet the worker
rows: []
sentence: { en: Greet the worker., ru: Поприветствуйте работника., kk: Қызметкермен амандасыңыз. }
sourceKind: policy
checkedOn: 2026-11-22
verified: false
reference: Custom of the house
opens: [{ on: Arrivd, subject: worker, responsible: employer }]
deadline: { dueOn: { businessDays: 1, after: occurredOn }, safeBy: inclusive }
versions: [{ validFrom: 2026-01-01 }]
---
examples: []
`;

describe('the command line', () => {
  test('called wrongly ends in 2 and says how to call it', async () => {
    for (const args of [
      ['recrod'],
      ['obligations', '--state', 'late'],
      ['record', 'Arrived'],
      ['import'],
      ['import', '/no/file'],
    ]) {
      const { status, stderr } = await ledger(...args);
      expect([args, status]).toEqual([args, 2]);
      expect(stderr.length).toBeGreaterThan(10);
      expect(stderr).not.toMatch(/\n\s+at /);
    }
  });

  test('a rehearsed import says what is wrong in which line and writes nothing', async () => {
    const { status, stdout } = await ledger('import', file, '--dry-run');
    expect(status).toBe(1);
    expect(stdout).toMatch(/line 5: .*2024-11-29.*\[already-in-country\]/);
    expect(stdout).toMatch(/line 6: .*"Arrivd" is no event type/);
    expect(stdout).toMatch(/line 7: is not valid JSON/);
    expect((await ledger('--json', 'obligations')).stdout).toMatch(/"items": \[\]/);
  });

  test('an import records what is right, and again nothing', async () => {
    const first = await ledger('import', file);
    expect(first.status).toBe(1);
    expect(first.stdout).toMatch(/\n4 recorded, 0 already there, 3 refused\.\n$/);
    const second = await ledger('import', file);
    expect(second.stdout).toMatch(/\n0 recorded, 4 already there, 3 refused\.\n$/);
  });

  test('lists and sums come as tables and as JSON', async () => {
    const { status, stdout } = await ledger(
      'obligations',
      '--state',
      'overdue',
      '--as-of',
      '2024-11-26',
      '--rule',
      'notify-arrival',
    );
    expect(status).toBe(0);
    expect(stdout).toMatch(
      /overdue +2024-11-25 +1 d +notify-arrival +00000000-0000-4000-8000-000000000001 +15 +55 380/,
    );
    const { stdout: json } = await ledger('--json', 'exposure', '--group-by', 'rule', '--as-of', '2024-11-26');
    expect(JSON.parse(json).total.accrued).toMatchObject({ mciMin: 15, tengeMax: 55_380 });
  });

  test('while the service runs, commands talk to it', async () => {
    const service = await startService(folder.path);
    const dryRun = await ledger('record', 'Departed', '--worker', WORKER, '--on', '2024-12-20', '--dry-run');
    expect([dryRun.status, dryRun.stdout]).toEqual([0, expect.stringContaining('Nothing was written')]);
    const args = ['record', 'Departed', '--worker', WORKER, '--on', '2024-12-20', '--key', 'flight-1'];
    expect((await ledger(...args)).stdout).toMatch(/^Recorded: /);
    expect((await ledger(...args)).stdout).toMatch(/^Recorded before: /);
    const refused = await ledger('record', 'Departed', '--worker', WORKER, '--on', '2024-12-21');
    expect([refused.status, refused.stderr]).toEqual([1, expect.stringContaining('What to do:')]);
    const { body } = await service.get(`/v1/workers/${WORKER}`);
    expect(body.status).toBe('abroad');
    const backup = join(folder.path, 'backup', 'log');
    expect((await ledger('eventstore', 'backup', backup)).status).toBe(0);
    const keys = join(folder.path, 'backup', 'keys');
    expect((await ledger('keys', 'backup', keys)).stdout).toMatch(/^The keys of \d+ persons are in /);
    expect((await ledger('keys', 'backup')).status).toBe(2);
    expect(await service.stop()).toBe(0);

    const restored = await run(['dist/src/cli.js', '--data', other.path, 'eventstore', 'restore', backup]);
    expect([restored.status, restored.stdout]).toEqual([0, expect.stringMatching(/^\d+ events are back/)]);
    expect((await run(['dist/src/cli.js', '--data', other.path, 'keys', 'restore', keys])).status).toBe(0);
    expect((await run(['dist/src/cli.js', '--data', other.path, 'eventstore', 'verify'])).stdout).toMatch(
      /all in order\.\n$/,
    );
  }, 60_000);

  test('the law and the read side can be checked', async () => {
    const law = await ledger('law', 'check');
    expect([law.status, law.stdout]).toEqual([0, expect.stringContaining('All examples come out as they say')]);
    const laid = join(folder.path, 'law');
    mkdirSync(laid);
    writeFileSync(join(laid, 'greet.yaml'), ruleThatWaitsForNothing);
    const idle = await run(['dist/src/cli.js', 'law', 'check'], { LEDGER_LAW: laid });
    expect([idle.status, idle.stdout]).toEqual([1, expect.stringMatching(/To mend: greet.*Arrivd/)]);
    const wrong = await run(['dist/src/cli.js', 'law', 'check'], { LEDGER_LAW: '/nowhere' });
    expect([wrong.status, wrong.stderr]).toEqual([1, expect.stringContaining('/nowhere')]);
    const rebuilt = await ledger('rebuild');
    expect([rebuilt.status, rebuilt.stdout]).toEqual([
      0,
      expect.stringMatching(/^6 events in .* digest of all rows [0-9a-f]{64}\.\n$/),
    ]);
  }, 60_000);

  test('the demo tells a story with figures', async () => {
    const { status, stdout, stderr } = await run(['dist/src/cli.js', 'demo', '--workers', '12']);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/12 foreign workers over three years/);
    expect(stdout).toMatch(/duties are overdue/);
    expect(stdout).toMatch(/^total +\d/m);
  }, 60_000);
});
