import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

const root = join(__dirname, '../..');
let built: string;

// Threads need compiled files: they are made for this test alone, so that it sees the sources as they are.
beforeAll(() => {
  built = mkdtempSync(join(tmpdir(), 'threads-'));
  const compiled = join(built, 'dist');
  mkdirSync(compiled);
  cpSync(join(root, 'src/law'), join(compiled, 'src/law'), {
    recursive: true,
    filter: (path) => !path.endsWith('.ts'),
  });
  cpSync(join(root, 'package.json'), join(built, 'package.json'));
  symlinkSync(join(root, 'node_modules'), join(built, 'node_modules'));
  const swc = join(root, 'node_modules/@swc/cli/bin/swc.js');
  execFileSync(process.execPath, [swc, 'src', 'projections', '-d', compiled, '--config-file', '.swcrc'], { cwd: root });
});

afterAll(() => rmSync(built, { recursive: true, force: true }));

/** Runs on the built files, in a process of its own; says what it found as JSON. */
const program = `
  const at = (path) => import(new URL(path, 'file://' + process.env.BUILT + '/dist/').href);
  const { openReadModel } = await at('src/reading/start.js');
  const { loadRuleBook } = await at('src/law/book.js');
  const { ReadModel } = await at('src/reading/read-model.js');
  const { decode } = await at('src/reading/making.js');
  const { projections } = await at('projections/registry.js');
  const { workerStory } = await import('file://' + process.env.ROOT + '/tools/bench/worker-story.mjs');
  const book = loadRuleBook();
  const dir = process.env.BUILT + '/read';
  const made = { dir, book, projections, decode, program: 'test' };
  const plain = new ReadModel(made);
  for (const event of workerStory.log(40)) await plain.receive([event]);
  await plain.receive([{ ...[...workerStory.log(1)][0], stream: 'employer-x', revision: 0, data: null }]);
  await plain.caughtUp();
  const before = await plain.digest();
  await plain.close();
  const threaded = new ReadModel({ ...made, threads: { count: 2, law: {}, worthEvents: 1 } });
  let told = 0;
  const events = await threaded.rebuild({ onProgress: (done) => (told = done) });
  const after = await threaded.digest();
  const { parked, behind } = threaded.health();
  await threaded.close();
  console.log(JSON.stringify({ isSame: before === after, events, parked, behind }));
`;

describe('A rebuild in threads', () => {
  test('gives the rows that a rebuild in one thread gives', () => {
    writeFileSync(join(built, 'program.mjs'), program);
    const output = execFileSync(process.execPath, [join(built, 'program.mjs')], {
      cwd: built,
      env: { ...process.env, BUILT: built, ROOT: root },
      encoding: 'utf8',
    });
    const found = JSON.parse(output) as Record<string, unknown>;
    expect(found).toMatchObject({ isSame: true, parked: 1, behind: 0 });
    expect(found['events']).toBeGreaterThan(500);
  }, 60_000);
});
