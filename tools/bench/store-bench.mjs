// Measures the embedded store from outside: the store runs in a process of its own, compiled, on a real disk; this
// process drives it through the official client. Prints events per second and CPU microseconds per event of both sides.
//
//   node tools/bench/store-bench.mjs [events per run, default 20000] [path of the compiled store]
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ANY, EventStoreDBClient, jsonEvent, START } from '@eventstore/db-client';

const [, , count = '20000', storePath = 'dist/src/embedded-store/embedded-store.js'] = process.argv;
const EVENTS = Number(count);
const IN_FLIGHT = 64;
const BATCH = 100;

if (process.send) await serve();
else await measure();

async function serve() {
  const { startEmbeddedStore } = await import(pathToFileURL(storePath).href);
  const store = await startEmbeddedStore({ dataDir: process.env['BENCH_DIR'] });
  process.send({ connectionString: store.connectionString });
  process.on('message', async (message) => {
    if (message === 'usage') process.send({ usage: process.cpuUsage(), rss: process.memoryUsage.rss() });
    else await store.close().then(() => process.exit(0));
  });
}

async function measure() {
  const dataDir = mkdtempSync(join(tmpdir(), 'store-bench-'));
  const child = fork(process.argv[1], process.argv.slice(2), { env: { ...process.env, BENCH_DIR: dataDir } });
  const answer = () => new Promise((resolve) => child.once('message', resolve));
  const { connectionString } = await answer();
  const client = EventStoreDBClient.connectionString(connectionString);
  const serverUsage = async () => {
    const next = answer();
    child.send('usage');
    return next;
  };

  const run = async (name, events, work) => {
    const server = await serverUsage();
    const own = process.cpuUsage();
    const started = performance.now();
    const extra = (await work()) ?? '';
    const seconds = (performance.now() - started) / 1000;
    const spent = process.cpuUsage(own);
    const { usage, rss } = await serverUsage();
    const micros = ({ user, system }) => (user + system) / events;
    const serverMicros = micros(usage) - micros(server.usage);
    console.log(
      [
        name.padEnd(26),
        `${Math.round(events / seconds)}/s`.padStart(10),
        `client ${micros(spent).toFixed(0)} us`.padStart(14),
        `server ${serverMicros.toFixed(0)} us`.padStart(14),
        `server RSS ${Math.round(rss / 1e6)} MB`,
        extra,
      ].join('  '),
    );
  };

  const event = (n) =>
    jsonEvent({
      type: 'WorkPermitIssued',
      data: {
        number: n,
        worker: 'w-000123',
        occurredOn: '2026-11-20',
        category: 2,
        region: '75',
        note: 'x'.repeat(60),
      },
      metadata: { actor: 'officer', $correlationId: 'c-1' },
    });

  await client.appendToStream(
    'warm-up',
    Array.from({ length: 500 }, (_, n) => event(n)),
    { expectedRevision: ANY },
  );

  await run(`single appends, ${IN_FLIGHT} in flight`, EVENTS, async () => {
    let next = 0;
    const lane = async () => {
      while (next < EVENTS) {
        const n = next++;
        await client.appendToStream(`worker-${n % 1000}`, event(n), { expectedRevision: ANY });
      }
    };
    await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
  });

  await run(`appends of ${BATCH}`, EVENTS, async () => {
    let next = 0;
    const lane = async () => {
      while (next < EVENTS / BATCH) {
        const n = next++;
        const events = Array.from({ length: BATCH }, (_, index) => event(n * BATCH + index));
        await client.appendToStream(`batch-${n % 4}`, events, { expectedRevision: ANY });
      }
    };
    await Promise.all(Array.from({ length: 4 }, lane));
  });

  await run('read of $all', EVENTS, async () => {
    let seen = 0;
    for await (const _ of client.readAll({ maxCount: EVENTS })) seen++;
    if (seen !== EVENTS) throw new Error(`read ${seen} of ${EVENTS}`);
  });

  await run('catch-up on $all', EVENTS, async () => {
    const subscription = client.subscribeToAll({ fromPosition: START });
    let seen = 0;
    for await (const _ of subscription) if (++seen === EVENTS) break;
    await subscription.unsubscribe();
  });

  const LIVE = 500;
  await run('live delivery', LIVE, async () => {
    const waiting = new Map();
    const times = [];
    const subscription = client.subscribeToStream('live', { fromRevision: 'end' });
    subscription.on('data', ({ event: received }) => {
      times.push(performance.now() - waiting.get(received.id).started);
      waiting.get(received.id).resolve();
    });
    await new Promise((resolve) => subscription.once('caughtUp', resolve));
    for (let n = 0; n < LIVE; n++) {
      const sent = event(n);
      const arrived = new Promise((resolve) => waiting.set(sent.id, { started: performance.now(), resolve }));
      await client.appendToStream('live', sent);
      await arrived;
    }
    await subscription.unsubscribe();
    times.sort((a, b) => a - b);
    return `median ${times[LIVE / 2].toFixed(1)} ms, 99th percentile ${times[Math.floor(LIVE * 0.99)].toFixed(1)} ms`;
  });

  await client.dispose();
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.send('close');
  await ended;
  rmSync(dataDir, { recursive: true });
}
