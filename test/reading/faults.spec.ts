import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Projection } from '../../projections/projection.js';
import { projections } from '../../projections/registry.js';
import type { Notice } from '../../src/reading/read-model.js';
import { ReadSideBehind } from '../../src/reading/read-model.js';
import { closeAll, deliver, idOf, Log, readModel, rowsOf } from './kit.js';

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'faults-'));
});

afterEach(async () => {
  await closeAll();
  rmSync(dir, { recursive: true, force: true });
});

/** A projection that cannot take departures of one worker, as long as `isBroken` says so. */
function faulty(isBroken: () => boolean): Projection {
  return {
    name: 'faulty',
    streams: ['worker'],
    columns: { facts: 'INTEGER' },
    indexes: [],
    start:
      ({ id, facts }) =>
      (fact, rows) => {
        if (id === idOf('Mehmet') && fact.type === 'Departed' && isBroken()) throw new Error('no departures today');
        rows.set('count', { facts: facts.length });
      },
  };
}

function threeEvents(): Log {
  const log = new Log();
  log.registered('Mehmet', '2026-01-05');
  log.arrived('Mehmet', '2026-01-12');
  log.worker('Mehmet', 'Departed', '2026-02-01');
  log.registered('Aylin', '2026-01-06');
  log.worker('Aylin', 'Departed', '2026-02-01');
  log.worker('Mehmet', 'PassportReplaced', '2026-02-02', { passportExpiresOn: '2035-01-01' });
  return log;
}

describe('An event that the law or a projection cannot take', () => {
  test('is parked; its worker goes on without it, the others are not touched, and a rebuild takes it again', async () => {
    let isBroken = true;
    const model = readModel({ projections: [...projections, faulty(() => isBroken)] });
    await deliver(model, threeEvents().events, [2]);
    expect(model.health()).toMatchObject({
      degraded: true,
      parked: 1,
      parkedEvents: [{ seq: 3, error: 'no departures today' }],
    });
    expect(rowsOf(model, 'faulty')).toMatchObject([{ facts: 3 }, { facts: 2 }]);
    expect(rowsOf(model, 'status').map(({ status }) => status)).toEqual([
      'registered',
      'in-country',
      'registered',
      'abroad',
    ]);
    const before = await model.digest();
    await model.rebuild();
    expect(await model.digest()).toBe(before);
    isBroken = false;
    await model.rebuild();
    expect(model.health()).toMatchObject({ degraded: false, parked: 0 });
    expect(rowsOf(model, 'faulty')).toMatchObject([{ facts: 4 }, { facts: 2 }]);
  });
});

describe('Rows that cannot be written', () => {
  test('leave the rows and the checkpoint as they were; reads go on, and the next try takes up where it was', async () => {
    const notices: Notice[] = [];
    const model = readModel({ onNotice: (notice) => notices.push(notice) });
    const { events } = threeEvents();
    await deliver(model, events.slice(0, 2));
    const { connection } = model.current;
    const before = await model.digest();
    // No room for another page: what SQLite says on a full disk.
    const pages = Number(connection.get('PRAGMA main.page_count')?.['page_count']);
    connection.exec(`PRAGMA main.max_page_count = ${pages}`);
    const many = new Log();
    for (const event of events) many.events.push(event);
    const flood = Array.from({ length: 300 }, (_, i) => threeWorkers(i, events.length));
    await expect(model.receive([...events.slice(2), ...flood])).rejects.toThrow(/full/);
    expect(await model.digest()).toBe(before);
    expect(model.position).toBe('1100');
    expect(model.health()).toMatchObject({ degraded: true, lastError: expect.stringMatching(/full/) });
    expect(rowsOf(model, 'status')).toHaveLength(2);
    expect(notices.at(-1)).toMatchObject({ level: 'error' });
    connection.exec('PRAGMA main.max_page_count = 1000000');
    await model.caughtUp();
    expect(model.health()).toMatchObject({ degraded: false, events: 306, lastError: null });
  });
});

function threeWorkers(i: number, offset: number) {
  const log = new Log();
  const event = log.registered(`worker ${i}`, '2026-01-05');
  const position = String(10_000 + offset + i);
  return { ...event, position, prepare: position };
}

describe('Rows that do not fit the log', () => {
  test('are noticed when the next event is to change them, and made anew', async () => {
    const notices: Notice[] = [];
    const model = readModel({ onNotice: (notice) => notices.push(notice) });
    const log = threeEvents();
    await deliver(model, log.events);
    model.current.connection.exec('DELETE FROM status');
    await model.receive([log.worker('Aylin', 'EmploymentTerminated', '2026-03-01')]);
    expect(notices).toMatchObject([
      { level: 'error' },
      { level: 'error', message: expect.stringMatching(/made anew/) },
    ]);
    expect(rowsOf(model, 'status')).toHaveLength(6);
    expect(model.health()).toMatchObject({ status: 'ready', degraded: false, events: 7, lastError: null });
  });
});

describe('Rows made by another law or program', () => {
  test('are not shown: reads say that they wait, until the rows are made anew from the kept events', async () => {
    const { events } = threeEvents();
    const first = readModel({ dir, program: 'one' });
    await deliver(first, events);
    const digest = await first.digest();
    await first.close();
    const second = readModel({ dir, program: 'two' });
    expect(() => second.current).toThrow(ReadSideBehind);
    expect(second.health().status).toBe('rebuilding');
    await second.rebuild();
    expect(second.health().events).toBe(6);
    expect(await second.digest()).toBe(digest);
    expect(
      readdirSync(dir)
        .filter((name) => name.endsWith('.sqlite'))
        .sort(),
    ).toEqual(['log.sqlite', 'rows-1.sqlite']);
  });

  test('are not shown as an empty ledger before the log was read for the first time, nor when that could not go on', async () => {
    const model = readModel({ dir });
    const reads = () => model.current;
    expect(reads).toThrow(ReadSideBehind);
    expect(model.health().status).toBe('starting');
    await deliver(model, threeEvents().events);
    expect(reads).not.toThrow();
  });

  test('answer no longer when a projection has other columns', async () => {
    const first = readModel({ dir });
    await deliver(first, threeEvents().events);
    await first.close();
    const second = readModel({ dir, projections: [...projections, faulty(() => false)] });
    await second.rebuild();
    expect(rowsOf(second, 'faulty')).toHaveLength(2);
  });
});

describe('A rebuild', () => {
  test('lets the old rows answer, and takes what is recorded while it runs', async () => {
    const log = new Log();
    for (let i = 0; i < 200; i += 1) log.registered(`worker ${i}`, '2026-01-05');
    const model = readModel();
    await deliver(model, log.events);
    let answered = 0;
    const rebuilt = model.rebuild({
      onProgress: (done) => {
        if (done !== 20) return;
        answered = rowsOf(model, 'status').length;
        void model.receive([log.arrived('worker 7', '2026-01-12')]);
      },
    });
    expect(await rebuilt).toBe(201);
    expect(answered).toBe(200);
    expect(rowsOf(model, 'status')).toHaveLength(201);
    expect(model.health()).toMatchObject({ status: 'ready', events: 201 });
  });

  test('that was cut off leaves the old rows and nothing else', async () => {
    const model = readModel({ dir });
    await deliver(model, threeEvents().events);
    const digest = await model.digest();
    await model.close();
    writeFileSync(join(dir, 'building-1.sqlite'), 'half a building');
    writeFileSync(join(dir, 'building-1.sqlite.part-1'), 'half a part');
    const again = readModel({ dir });
    expect(await again.digest()).toBe(digest);
    expect(readdirSync(dir).some((name) => name.startsWith('building'))).toBe(false);
  });
});

describe('Files that are broken', () => {
  test('are thrown away: everything in them can be read again', async () => {
    const { events } = threeEvents();
    const model = readModel({ dir });
    await deliver(model, events);
    const digest = await model.digest();
    await model.close();
    writeFileSync(join(dir, 'log.sqlite'), 'no database at all, but long enough to be looked at as one'.repeat(100));
    const again = readModel({ dir });
    expect(again.health().events).toBe(0);
    await deliver(again, events);
    expect(await again.digest()).toBe(digest);
    expect(existsSync(join(dir, 'log.sqlite'))).toBe(true);
  });
});

describe('A stream of thousands of events', () => {
  test('costs per event what a short one costs', async () => {
    const day = (n: number) => new Date(Date.UTC(2020, 0, 1) + n * 86_400_000).toISOString().slice(0, 10);
    const took = async (length: number): Promise<number> => {
      const log = new Log();
      log.registered('Mehmet', day(0));
      for (let n = 1; n < length; n += 1)
        log.worker('Mehmet', 'JobTitleChanged', day(Math.floor(n / 4)), { position: `p${n % 7}` });
      const model = readModel();
      await model.receive(log.events);
      const started = process.cpuUsage();
      await model.caughtUp();
      const { user, system } = process.cpuUsage(started);
      expect(model.health()).toMatchObject({ events: length, parked: 0 });
      return (user + system) / length;
    };
    await took(1_000);
    const short = await took(1_000);
    expect(await took(10_000)).toBeLessThan(short * 5);
  });
});
