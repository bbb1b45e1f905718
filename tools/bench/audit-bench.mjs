// Measures the auditors' tools on a generated log, each in a process of its own: verification through the client and on
// the store's own files, the replay of one worker with a thousand events, an export with its peak of memory.
//
//   npm run build && node tools/bench/audit-bench.mjs [events=100000] [folder] [parts=verify,direct,replay,export]
//
// The folder is kept when it is named, so that a second run, or another build (DIST=<its dist folder>), measures on the
// same log. Times under load mean little: the processor's microseconds for an event are told beside them, of this process
// and, where there is one, of the store's.
import { fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { uuid, workerStory } from './worker-story.mjs';

const dist = pathToFileURL(`${resolve(process.env.DIST ?? 'dist')}/`);
const at = (path) => import(new URL(path, dist));
const EVENTS_A_WORKER = 22;
/** The nursery that `npm run ledger` gives itself: what it makes lives for a moment only. */
const AS_THE_COMMAND = ['--max-semi-space-size=4'];
const LONG_HISTORY = 1_000;
const LONG = `worker-${uuid('a long history')}`;

const [, , count = '100000', named, parts = 'verify,direct,replay,export'] = process.argv;
const events = Number(count);
let usage = process.cpuUsage();
const folder = named ?? mkdtempSync(join(tmpdir(), 'audit-bench-'));

if (process.env.BENCH_PART !== undefined) await measure(process.env.BENCH_PART);
else await runAll();

async function runAll() {
  if (!existsSync(join(folder, 'eventstore'))) await generate();
  for (const part of parts.split(',')) {
    const options = { stdio: 'inherit', env: { ...process.env, BENCH_PART: part } };
    const flags = part === 'export' ? AS_THE_COMMAND : process.execArgv;
    spawnSync(process.execPath, [...flags, fileURLToPath(import.meta.url), count, folder, parts], options);
  }
  if (named === undefined) rmSync(folder, { recursive: true, force: true });
}

/** Written past the protocol, as the store itself lays events down: a million of them in a minute. */
async function generate() {
  const { Store } = await at('src/embedded-store/store.js');
  const { chainHash, CHAIN_START } = await at('src/ledger/chain.js');
  const dataDir = join(folder, 'eventstore');
  mkdirSync(dataDir, { recursive: true });
  const store = await Store.open({ dataDir });
  const heads = new Map();
  const write = ({ stream, id, type, data, metadata, recordedAt }) => {
    const head = heads.get(stream) ?? { revision: -1, hash: CHAIN_START };
    const revision = head.revision + 1;
    const covered = { ...metadata, recordedAt, previousHash: head.hash };
    const hash = chainHash({ stream, revision, id, type, data, metadata: covered });
    heads.set(stream, { revision, hash });
    return {
      id,
      type,
      contentType: 'application/json',
      data: Buffer.from(JSON.stringify(data)),
      metadata: Buffer.from(JSON.stringify({ ...covered, hash })),
    };
  };
  let done = 0;
  let batch = [];
  const flush = async () => {
    const taken = batch;
    batch = [];
    await store.transact(() => {
      for (const [stream, event] of taken) store.appendNow({ stream, expected: { kind: 'any' }, events: [event] });
    });
  };
  for (const event of withLongHistory()) {
    if (done === events) break;
    batch.push([event.stream, write(event)]);
    done += 1;
    if (batch.length === 2_000) await flush();
  }
  await flush();
  store.close();
  console.log(`${done} events in ${statSync(join(dataDir, 'log.sqlite')).size} bytes`);
}

function* withLongHistory() {
  let written = 0;
  let taken = 0;
  const workers = Math.ceil(events / EVENTS_A_WORKER) + 100;
  for (const event of workerStory.log(workers)) {
    yield event;
    taken += 1;
    if (written < LONG_HISTORY && taken % 20 === 0) {
      yield longHistory(written, event);
      written += 1;
    }
  }
}

/** One who comes and goes every day. */
function longHistory(index, { metadata, recordedAt }) {
  const id = uuid(`${LONG}/${index}`);
  const occurredOn = new Date(Date.UTC(2024, 0, 2 + index)).toISOString().slice(0, 10);
  const registered = {
    employerBin: workerStory.bin(0),
    citizenship: 'TR',
    passportExpiresOn: '2031-01-01',
    passportTag: 'x',
  };
  const [type, data] =
    index === 0
      ? ['WorkerRegistered', registered]
      : index % 2 === 1
        ? ['Arrived', { region: 'KZ-75', purpose: 'work' }]
        : ['Departed', {}];
  const own = { ...metadata, commandId: id, $correlationId: id, $causationId: id };
  return { stream: LONG, id, type, data: { occurredOn, ...data }, metadata: own, recordedAt };
}

async function measure(part) {
  const measures = {
    verify: throughTheClient,
    direct: onTheFiles,
    replay: longReplay,
    export: wholeExport,
    store: serveStore,
  };
  await measures[part]();
}

/** The processor's time of all threads of this process since the last look. */
function told(name, size, since, more = '') {
  const { user, system } = process.cpuUsage(usage);
  const seconds = (performance.now() - since) / 1_000;
  const peak = Math.round(process.resourceUsage().maxRSS / 1_024);
  console.log(
    `${name}: ${size} events, ${Math.round(size / seconds)}/s, ${((user + system) / size).toFixed(1)} us of the processor an event, peak ${peak} MiB${more}`,
  );
  usage = process.cpuUsage();
}

async function throughTheClient() {
  const { EventStore } = await at('src/ledger/event-store.js');
  const { verify } = await at('src/audit/verification.js');
  const server = await storeProcess();
  const store = new EventStore(server.url);
  usage = process.cpuUsage();
  const since = performance.now();
  let report;
  for await (const line of verify(store)) if ('report' in line) report = line.report;
  told(
    'verify through the client',
    report.events,
    since,
    `, ${report.intact ? 'intact' : JSON.stringify(report.firstDamage)}`,
  );
  await store.close();
  console.log(`  the store's own: ${((await server.stop()) / report.events).toFixed(1)} us an event`);
}

/** The store in a process of its own, so that its cost is told apart. */
async function storeProcess() {
  const child = fork(fileURLToPath(import.meta.url), process.argv.slice(2), {
    env: { ...process.env, BENCH_PART: 'store' },
  });
  const [url] = await once(child, 'message');
  return {
    url,
    stop: async () => {
      const ended = once(child, 'exit');
      child.send('end');
      const [micros] = await once(child, 'message');
      await ended;
      return micros;
    },
  };
}

async function serveStore() {
  const { startEmbeddedStore } = await at('src/embedded-store/embedded-store.js');
  const store = await startEmbeddedStore({ dataDir: join(folder, 'eventstore') });
  usage = process.cpuUsage();
  process.send(store.connectionString);
  await once(process, 'message');
  const { user, system } = process.cpuUsage(usage);
  process.send(user + system);
  await store.close();
  process.disconnect();
}

async function onTheFiles() {
  const { verifyFiles } = await at('src/audit/verification.js');
  if (verifyFiles === undefined) return console.log('verify on the files: this build knows no such way');
  const { readLogFiles } = await at('src/embedded-store/log-files.js');
  const { isOurs } = await at('src/domain/event-type.js');
  usage = process.cpuUsage();
  const since = performance.now();
  let report;
  for await (const line of verifyFiles(readLogFiles(join(folder, 'eventstore'), isOurs)))
    if ('report' in line) report = line.report;
  told(
    'verify on the files',
    report.events,
    since,
    `, ${report.intact ? 'intact' : JSON.stringify(report.firstDamage)}`,
  );
}

async function booted() {
  const { boot } = await at('src/boot.js');
  const { readConfig } = await at('src/config.js');
  const settings = { LEDGER_DATA: folder, PORT: '0', LEDGER_EVENTSTORE_PORT: '0', LEDGER_LOG_LEVEL: 'warn' };
  const ledger = await boot(readConfig(settings, {}));
  const url = await ledger.listen();
  while (ledger.model.health().status !== 'ready') await new Promise((done) => setTimeout(done, 100));
  return { ledger, url };
}

async function longReplay() {
  const { ledger, url } = await booted();
  for (const run of ['first', 'second']) {
    usage = process.cpuUsage();
    const since = performance.now();
    const answer = await fetch(new URL(`/v1/workers/${LONG.slice(7)}/replay`, url), {
      headers: { accept: 'application/x-ndjson' },
    });
    const { steps } = JSON.parse((await answer.text()).trimEnd().split('\n').at(-1));
    told(`replay of one worker, ${run} time`, steps, since);
  }
  await ledger.close();
}

async function wholeExport() {
  // The read side is brought up in another process first: what that takes is not what an export takes.
  if (process.env.BENCH_WARM === undefined) {
    const options = { stdio: 'inherit', env: { ...process.env, BENCH_WARM: '1' } };
    spawnSync(process.execPath, [fileURLToPath(import.meta.url), count, folder], options);
  }
  const { ledger, url } = await booted();
  if (process.env.BENCH_WARM !== undefined) return ledger.close();
  rmSync(join(folder, 'packs'), { recursive: true, force: true });
  const before = Math.round(process.memoryUsage.rss() / 1_048_576);
  usage = process.cpuUsage();
  const since = performance.now();
  const question = new URL('/v1/audit/pack?asOf=2026-11-22', url);
  // Made first and fetched then, as the command does: a client that only waits for the file may lose patience.
  const made = await fetch(question, { headers: { accept: 'application/x-ndjson' } });
  for await (const _ of made.body);
  const answer = await fetch(question);
  let bytes = 0;
  for await (const chunk of answer.body) bytes += chunk.length;
  const hash = answer.headers.get('x-pack-hash');
  told('export', events, since, ` (${before} MiB before it), ZIP of ${bytes} bytes, ${hash.slice(0, 12)}`);
  await ledger.close();
}
