import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { dataFolder, type Json, ready, run, startService } from './service.js';

const folder = dataFolder();
const lawDir = join(folder.path, 'law');

const NEXT_INDEX = `parameter: mci
values:
  - { purpose: fines, validFrom: 2027-01-01, value: 4600, reference: "Law on the budget 2027-2029", sourceKind: law, checkedOn: 2026-12-10, verified: true }
`;

const books = async (...args: string[]): Promise<Json> => {
  const { status, stdout, stderr } = await run(['dist/src/cli.js', '--json', 'law', 'books', ...args], {
    LEDGER_DATA: folder.path,
  });
  expect([status, stderr]).toEqual([0, expect.any(String)]);
  return { ...JSON.parse(stdout), stderr };
};

const serve = async (settings: Record<string, string>): Promise<void> => {
  const service = await startService(folder.path, settings);
  await ready(service);
  expect(await service.stop()).toBe(0);
};

beforeAll(() => {
  mkdirSync(lawDir);
  writeFileSync(join(lawDir, 'mci-2027.yaml'), NEXT_INDEX);
});

afterAll(() => folder.remove());

describe('the law that the service is started with', () => {
  test('is adopted once, whatever settings a command has that opens the files afterwards', async () => {
    await serve({ LEDGER_LAW: lawDir });
    const [first, ...more] = (await books()).items;
    expect(more).toEqual([]);
    expect(first).toMatchObject({ inForce: true, readable: true });
    const { stderr, items } = await books();
    expect(items).toHaveLength(1);
    expect(stderr).toMatch(/The ledger works by rule book .* is LEDGER_LAW set\?/);
  });

  test('is replaced when the service is started with another, and each change is told', async () => {
    await serve({});
    const { items } = await books();
    expect(items).toMatchObject([
      { inForce: false },
      { inForce: true, changes: [{ path: 'mci-2027.yaml', origin: 'laid', change: 'removed' }] },
    ]);
    const told = await run(['dist/src/cli.js', 'law', 'books'], { LEDGER_DATA: folder.path });
    expect(told.stdout).toMatch(/in force +mci-2027\.yaml removed/);
  });

  test.each([
    ['that cannot be read', 'findings: [{ finding: late }]\n', /broken\.yaml: findings\.0\.title: .*To mend it: /],
    [
      'that names an event which does not exist',
      'rule: notify-arrival\nopens: [{ on: Arived, subject: worker, responsible: host }]\n',
      /broken\.yaml: notify-arrival: waits for "Arived", which is no event type/,
    ],
  ])('is refused with a file %s, and nothing is adopted', async (_, text, sentence) => {
    const before = (await books()).items;
    const broken = join(folder.path, 'broken');
    mkdirSync(broken, { recursive: true });
    writeFileSync(join(broken, 'broken.yaml'), text);
    const settings = { LEDGER_DATA: folder.path, LEDGER_LAW: broken };
    const start = await run(['dist/src/main.js'], settings);
    expect([start.status, start.stderr]).toEqual([1, expect.stringMatching(/^The law cannot be used: .*\n$/)]);
    expect(start.stderr).toMatch(sentence);
    const check = await run(['dist/src/cli.js', 'law', 'check'], settings);
    expect([check.status, check.stdout]).toEqual([1, expect.stringMatching(sentence)]);
    expect(check.stderr).toMatch(/^\d+ things? to mend in the law's files\.\n$/);
    expect((await books()).items).toEqual(before);
  });
});
