// npm run bench: what the ledger does in a second on this machine, beside the plain road of peer.mjs in the same run.
//   npm run bench -- --seconds 10 --workers 5000
import { spawn, spawnSync } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import autocannon from 'autocannon';

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '10' }, workers: { type: 'string', default: '5000' } },
});
const SECONDS = Number(values.seconds);
const WORKERS = Number(values.workers);
const BIN = '230640000018';
const root = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'ledger-bench-'));
const children = [];

const uuid = (text) => {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
};
const workerId = (number) => uuid(`bench worker ${number}`);

try {
  const ledger = await startLedger(join(folder, 'ledger'));
  const peer = await startPeer(folder);
  const rows = [];

  const lines = importFile();
  const importing = await timed(() =>
    run(['dist/src/cli.js', 'import', lines.file], { LEDGER_DATA: join(folder, 'ledger') }),
  );
  rows.push({ what: `import of ${lines.count} lines, events/s`, ledger: lines.count / importing });

  const post = (url) =>
    hammer(url, 64, (number) => ({
      method: 'POST',
      path: `/v1/workers/${workerId(number % WORKERS)}/events`,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        type: 'AddressChanged',
        occurredOn: '2026-09-15',
        data: { region: 'KZ-75', address: `Abay Ave ${number}` },
      }),
    }));
  const [posts, peerPosts] = [await post(ledger.url), await post(peer.url)];
  rows.push({ what: 'durable POST, 64 connections, /s', ledger: posts.perSecond, peer: peerPosts.perSecond });
  rows.push({ what: '  99th percentile, ms', ledger: posts.p99, peer: peerPosts.p99, lowerIsBetter: true });

  rows.push({ what: 'appends through the client, 64 in flight, /s', ledger: await appends(ledger.store) });

  await caughtUp(ledger.url);
  const list = (url) =>
    hammer(url, 1, () => ({ method: 'GET', path: '/v1/obligations?state=overdue&asOf=2026-10-15' }));
  const [lists, peerLists] = [await list(ledger.url), await list(peer.url)];
  rows.push({ what: 'overdue list as of a day, /s', ledger: lists.perSecond, peer: peerLists.perSecond });
  rows.push({ what: '  99th percentile, ms', ledger: lists.p99, peer: peerLists.p99, lowerIsBetter: true });

  tell(rows);
  const rebuild = join(import.meta.dirname, 'rebuild-bench.mjs');
  if (existsSync(rebuild)) {
    await ledger.end();
    process.stdout.write('\nfull rebuild:\n');
    spawnSync(process.execPath, [rebuild, values.workers], { stdio: 'inherit', cwd: root });
  }
} finally {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
}

/** An employer and workers with four events each, as lines for `ledger import`. */
function importFile() {
  const file = join(folder, 'workers.jsonl');
  const all = [line({ employer: BIN }, 'EmployerRegistered', '2020-01-06', { name: 'Bench LLP', size: 'large' })];
  for (let number = 0; number < WORKERS; number++) {
    const worker = workerId(number);
    const arrived = `2026-0${1 + (number % 8)}-1${number % 10}`;
    all.push(
      line({ worker }, 'WorkerRegistered', '2026-01-05', {
        employerBin: BIN,
        familyName: 'Bench',
        givenName: `N${number}`,
        citizenship: 'TR',
        birthDate: '1990-02-03',
        passportNumber: `U${number}`,
        passportExpiresOn: '2031-01-01',
      }),
      line({ worker }, 'WorkPermitIssued', '2026-01-05', {
        number: `WP-${number}`,
        category: '2',
        position: 'Welder',
        region: 'KZ-23',
        validFrom: '2026-01-06',
        validUntil: '2027-01-05',
      }),
      line({ worker }, 'Arrived', arrived, { region: 'KZ-23', address: `Satpayev St ${number}`, purpose: 'work' }),
      line({ worker }, 'NotificationSubmitted', arrived, {
        about: 'arrival',
        channel: 'vmp',
        reference: `N-${number}`,
      }),
    );
  }
  writeFileSync(file, `${all.join('\n')}\n`);
  return { file, count: all.length };
}

function line(stream, type, occurredOn, data) {
  return JSON.stringify({ ...stream, type, occurredOn, data });
}

async function startLedger(data) {
  const child = spawn(process.execPath, ['--max-semi-space-size=64', '--enable-source-maps', 'dist/src/main.js'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, LEDGER_DATA: data, PORT: '0', LEDGER_EVENTSTORE_PORT: '0', LEDGER_LOG_LEVEL: 'warn' },
  });
  children.push(child);
  const file = join(data, 'service.json');
  await until(() => existsSync(file));
  const { url, store } = JSON.parse(readFileSync(file, 'utf8'));
  await caughtUp(url);
  return {
    url,
    store,
    end: () =>
      new Promise((resolve) => {
        child.once('exit', resolve);
        child.kill('SIGTERM');
      }),
  };
}

async function startPeer(data) {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'peer.mjs'), data], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const url = await new Promise((resolve) => child.stdout.once('data', (text) => resolve(String(text).trim())));
  return { url };
}

function run(args, env) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, ...env },
    });
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${args[1]} ended with ${code}`))));
  });
}

async function hammer(url, connections, request) {
  let number = 0;
  const result = await autocannon({
    url,
    connections,
    duration: SECONDS,
    requests: [{ setupRequest: (given) => ({ ...given, ...request(number++) }) }],
  });
  if (result.non2xx > 0 || result.errors > 0) throw new Error(`${result.non2xx} bad answers, ${result.errors} errors`);
  return { perSecond: result['2xx'] / result.duration, p99: result.latency.p99 };
}

async function appends(connectionString) {
  const client = EventStoreDBClient.connectionString(connectionString);
  const until = performance.now() + SECONDS * 1000;
  let count = 0;
  await Promise.all(
    Array.from({ length: 64 }, async (_, index) => {
      while (performance.now() < until) {
        await client.appendToStream(
          `bench-${index}`,
          jsonEvent({
            id: randomUUID(),
            type: 'Bench',
            data: { occurredOn: '2026-09-15', region: 'KZ-75', sealed: 'x'.repeat(200) },
          }),
        );
        count++;
      }
    }),
  );
  await client.dispose();
  return count / SECONDS;
}

async function caughtUp(url) {
  await until(async () => (await fetch(`${url}/health/ready`).catch(() => null))?.ok === true);
}

async function until(holds) {
  for (let tries = 0; tries < 600; tries++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('it did not come about within a minute');
}

async function timed(work) {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1000;
}

function tell(rows) {
  const shown = (value) => (value === undefined ? '' : value >= 100 ? String(Math.round(value)) : value.toFixed(1));
  process.stdout.write(
    `Node ${process.version}, ${availableParallelism()} cores (${cpus()[0]?.model ?? '?'}), ${SECONDS} s each\n\n`,
  );
  process.stdout.write(`${'what'.padEnd(48)}${'ledger'.padStart(10)}${'express'.padStart(10)}${'ratio'.padStart(9)}\n`);
  for (const { what, ledger, peer, lowerIsBetter } of rows) {
    const ratio = peer === undefined ? '' : `${(lowerIsBetter ? peer / ledger : ledger / peer).toFixed(2)} x`;
    process.stdout.write(
      `${what.padEnd(48)}${shown(ledger).padStart(10)}${shown(peer).padStart(10)}${ratio.padStart(9)}\n`,
    );
  }
}
