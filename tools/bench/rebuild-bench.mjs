// Measures the read side on a generated log: taking it in, rebuilding all rows, the lists on top of it.
//   npm run build && node tools/bench/rebuild-bench.mjs [workers=50000] [folder]
// The folder is kept when it is named, so that a second run measures on the same log.
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { workerStory } from './worker-story.mjs';

const dist = pathToFileURL(`${resolve(process.env.DIST ?? 'dist')}/`);
const at = (path) => import(new URL(path, dist));
const { loadRuleBook } = await at('src/law/book.js');
const { openReadModel } = await at('src/reading/start.js');
const { Reading } = await at('src/reading/reading.js');
const { PersonalData } = await at('src/ledger/personal-data.js');
const { FixedClock } = await at('src/clock.js');
const params = await at('src/reading/params.js');
const { ListObligations, ListObligationsHandler } = await at('src/reading/queries/list-obligations.js');
const { ListWorkers, ListWorkersHandler } = await at('src/reading/queries/list-workers.js');
const { GetExposure, GetExposureHandler } = await at('src/reading/queries/get-exposure.js');
const { GetWorker, GetWorkerHandler } = await at('src/reading/queries/get-worker.js');

const workers = Number(process.argv[2] ?? 50_000);
const named = process.argv[3];
const folder = named ?? mkdtempSync(join(tmpdir(), 'rebuild-bench-'));
const book = loadRuleBook();
const isNew = !existsSync(join(folder, 'log.sqlite'));
const model = openReadModel({
  dir: folder,
  book,
  ...(process.env.THREADS === '0' ? {} : { law: {} }),
  onNotice: ({ message, error }) => console.error(message, error ?? ''),
});

const seconds = (since) => (performance.now() - since) / 1000;
const mib = () => Math.round(process.memoryUsage().rss / 1_048_576);
let peak = 0;
const watch = setInterval(() => (peak = Math.max(peak, mib())), 100).unref();

if (isNew) {
  const started = performance.now();
  let batch = [];
  for (const event of workerStory.log(workers)) {
    batch.push(event);
    if (batch.length < 500) continue;
    await model.receive(batch);
    batch = [];
  }
  await model.receive(batch);
  console.log(
    `kept log: ${model.landmark() && (await count())} events in ${seconds(started).toFixed(1)} s (with their making)`,
  );
  await model.caughtUp();
}
async function count() {
  return model.current.log.lastSeq;
}

peak = 0;
const began = performance.now();
const cpuBefore = process.cpuUsage();
let lastShown = 0;
let longest = 0;
let turn = performance.now();
const events = await model.rebuild({
  onProgress: (done, total) => {
    const now = performance.now();
    longest = Math.max(longest, now - turn);
    turn = now;
    if (now - lastShown < 5_000) return;
    lastShown = now;
    console.log(`  ${done} of ${total}, ${mib()} MiB`);
  },
});
const took = seconds(began);
const cpu = process.cpuUsage(cpuBefore);
const cpuSeconds = (cpu.user + cpu.system) / 1e6;
console.log(
  `rebuild: ${events} events in ${took.toFixed(1)} s = ${Math.round(events / took)} events/s, peak ${peak} MiB; ${cpuSeconds.toFixed(1)} s of CPU = ${Math.round(events / cpuSeconds)} events per CPU second`,
);
console.log(`longest turn while loading: ${longest.toFixed(0)} ms`);
clearInterval(watch);
for (const name of ['status', 'permits', 'obligations', 'employers']) {
  const { rows, standing } = model.current.connection.get(
    `SELECT count(*) AS rows, sum(known_until = 2147483647) AS standing FROM ${name}`,
  );
  console.log(`  ${name}: ${rows} rows, ${standing} standing`);
}
console.log('  parked:', model.health().parked);

const keys = mkdtempSync(join(tmpdir(), 'bench-keys-'));
const personalData = new PersonalData(keys);
const reading = new Reading({ model, personalData, book, clock: new FixedClock('2026-11-22T06:00:00Z'), waitMs: 1000 });
const random = (seed) => createHash('sha256').update(String(seed)).digest().readUInt32BE() / 2 ** 32;
const someDay = (i) =>
  new Date(Date.UTC(2024, 0, 1) + Math.floor(random(i) * 1_000) * 86_400_000).toISOString().slice(0, 10);
const someInstant = (i) => `${someDay(i)}T10:00:00Z`;
const worker = model.current.connection.get(
  "SELECT name FROM log.streams WHERE name LIKE 'worker-%' LIMIT 1 OFFSET 1000",
);

const questions = {
  'overdue, limit 50, any asOf': (i) => obligations({ state: 'overdue', asOf: someDay(i) }),
  'overdue today': () => obligations({ state: 'overdue' }),
  'overdue today, one employer': () => obligations({ state: 'overdue', employer: workerStory.bin(3) }),
  'overdue, any knownAt': (i) => obligations({ state: 'overdue', asOf: someDay(i), knownAt: someInstant(i + 1) }),
  'all, any knownAt': (i) => obligations({ knownAt: someInstant(i) }),
  'open, any asOf': (i) => obligations({ state: 'open', asOf: someDay(i) }),
  'due, one region': (i) => obligations({ state: 'due', region: 'KZ-75', asOf: someDay(i) }),
  'upcoming, any asOf': (i) => obligations({ state: 'upcoming', asOf: someDay(i) }),
  'met, any asOf': (i) => obligations({ state: 'met', asOf: someDay(i) }),
  'void, any asOf': (i) => obligations({ state: 'void', asOf: someDay(i) }),
  'overdue, one rule': (i) => obligations({ state: 'overdue', rule: 'notify-arrival', asOf: someDay(i) }),
  'workers abroad, any asOf': (i) =>
    list(ListWorkersHandler, ListWorkers, params.workersParams, { status: 'abroad', asOf: someDay(i) }),
  'workers, any knownAt': (i) =>
    list(ListWorkersHandler, ListWorkers, params.workersParams, { knownAt: someInstant(i) }),
  'exposure by employer today': () => list(GetExposureHandler, GetExposure, params.exposureParams, {}),
  'exposure by employer, any asOf': (i) =>
    list(GetExposureHandler, GetExposure, params.exposureParams, { asOf: someDay(i) }),
  'exposure, any knownAt': (i) =>
    list(GetExposureHandler, GetExposure, params.exposureParams, { asOf: someDay(i), knownAt: someInstant(i + 1) }),
  'one worker': () =>
    new GetWorkerHandler(reading).execute(new GetWorker(worker.name.slice(7), params.momentParams.parse({}))),
};

function list(Handler, Question, schema, given) {
  return new Handler(reading).execute(new Question(schema.parse(given)));
}
function obligations(given) {
  return list(ListObligationsHandler, ListObligations, params.obligationsParams, given);
}

for (const [name, question] of Object.entries(questions)) {
  const times = [];
  let items = 0;
  const runs = name.startsWith('exposure') ? 30 : 300;
  for (let i = 0; i < runs; i++) {
    const start = performance.now();
    const answer = await question(i);
    times.push(performance.now() - start);
    items += answer.items?.length ?? answer.groups?.length ?? 1;
  }
  times.sort((a, b) => a - b);
  const p = (q) => times[Math.min(times.length - 1, Math.floor(times.length * q))].toFixed(2);
  console.log(`${name}: p50 ${p(0.5)} ms, p99 ${p(0.99)} ms, worst ${p(1)} ms (${(items / runs).toFixed(0)} items)`);
}

if (process.env.DIGEST) {
  const start = performance.now();
  console.log('digest', await model.digest(), `${seconds(start).toFixed(1)} s`);
}
personalData.close();
rmSync(keys, { recursive: true, force: true });
await model.close();
if (named === undefined) rmSync(folder, { recursive: true, force: true });
