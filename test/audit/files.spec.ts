import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite';
import { type VerificationReport, verify, verifyFiles } from '../../src/audit/verification.js';
import { isOurs } from '../../src/domain/event-type.js';
import { checksum } from '../../src/embedded-store/checksum.js';
import { startEmbeddedStore } from '../../src/embedded-store/embedded-store.js';
import { readLogFiles } from '../../src/embedded-store/log-files.js';
import { decodeRecord, encodeRecord, type NewEvent } from '../../src/embedded-store/record.js';
import { CHAIN_START, chainHash } from '../../src/ledger/chain.js';
import { EventStore, NO_REVISION } from '../../src/ledger/event-store.js';

const PROLIFIC = 'worker-00000000-0000-4000-8000-000000000001';
const QUIET = 'worker-00000000-0000-4000-8000-000000000002';
const EMPLOYER = 'employer-100140000012';
const LAW = 'law-books';

let folder: string;
const heads = new Map<string, { revision: number; hash: string }>();

/** One event more of a stream, chained as the ledger chains it. */
async function write(store: EventStore, stream: string, region: string, chained = true): Promise<void> {
  const head = heads.get(stream) ?? { revision: NO_REVISION, hash: CHAIN_START };
  const revision = head.revision + 1;
  const id = `00000000-0000-4000-8000-${String(heads.size * 1_000 + revision).padStart(12, '0')}`;
  const data = { region, occurredOn: '2026-11-20' };
  const metadata = chained
    ? { recordedAt: '2026-11-20T05:00:00.000Z', actor: 'aigerim.s', previousHash: head.hash }
    : {};
  const hash = chainHash({ stream, revision, id, type: 'Arrived', data, metadata });
  await store.append(
    stream,
    [{ id, type: 'Arrived', data, metadata: chained ? { ...metadata, hash } : metadata }],
    head.revision,
  );
  heads.set(stream, { revision, hash: chained ? hash : CHAIN_START });
}

async function throughTheClient(): Promise<VerificationReport> {
  const embedded = await startEmbeddedStore({ dataDir: folder, inProcess: true });
  const store = new EventStore(embedded.connectionString);
  try {
    return await reportOf(verify(store));
  } finally {
    await store.close();
    await embedded.close();
  }
}

const onTheFiles = (): Promise<VerificationReport> => reportOf(verifyFiles(readLogFiles(folder, isOurs)));

async function reportOf(lines: ReturnType<typeof verify>): Promise<VerificationReport> {
  for (;;) {
    const line = await lines.next();
    if (line.done === true) return line.value;
  }
}

/** Somebody with the file in the hand, and with the store's own program to make check sums anew. */
function tamper(work: (database: DatabaseSyncInstance) => void): void {
  const database = new DatabaseSync(join(folder, 'log.sqlite'));
  try {
    work(database);
  } finally {
    database.close();
  }
}

interface Row {
  readonly position: number;
  readonly stream: number;
  readonly revision: number;
  readonly record: Uint8Array;
}

function rowsOf(database: DatabaseSyncInstance, stream: string): readonly Row[] {
  return database
    .prepare('SELECT e.* FROM events e JOIN streams s ON s.id = e.stream WHERE s.name = ? ORDER BY e.revision')
    .all(stream) as unknown as readonly Row[];
}

function rewrite(
  database: DatabaseSyncInstance,
  { position, stream, revision, record }: Row,
  change: Partial<NewEvent>,
): void {
  const event = decodeRecord(Buffer.from(record));
  const changed = encodeRecord({ ...event, ...change }, event.stream, revision, position, event.created);
  database
    .prepare('UPDATE events SET record = ?, checksum = ? WHERE position = ?')
    .run(changed, checksum(changed, position, stream, revision), position);
}

function nth<T>(list: readonly T[], index: number): T {
  const found = list.at(index);
  if (found === undefined) throw new Error(`nothing at ${index}`);
  return found;
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'log-files-'));
  heads.clear();
  const embedded = await startEmbeddedStore({ dataDir: folder, inProcess: true });
  const store = new EventStore(embedded.connectionString);
  await write(store, LAW, 'KZ');
  await write(store, EMPLOYER, 'KZ-75');
  for (const region of ['KZ-75', 'KZ-71', 'KZ-10']) {
    await write(store, PROLIFIC, region);
    await write(store, QUIET, region);
    await write(store, 'payroll-1', region, false);
  }
  await write(store, PROLIFIC, 'KZ-11');
  await store.close();
  await embedded.close();
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('A log verified from its files', () => {
  it('is told as the client of the store tells it, and both leave out what is of others', async () => {
    const [files, client] = [await onTheFiles(), await throughTheClient()];
    expect({ ...files, read: '', seconds: 0 }).toEqual({ ...client, read: '', seconds: 0 });
    expect([files.read, client.read]).toEqual(['files', 'client']);
    expect(files).toMatchObject({ intact: true, events: 9, streams: 4, unchained: 0 });
  });

  it.each<[string, Partial<NewEvent>]>([
    ['data', { data: Buffer.from('{"region":"KZ-79","occurredOn":"2026-11-20"}') }],
    ['type', { type: 'Departed' }],
    ['metadata', { metadata: Buffer.from('{"actor":"nobody","hash":"00"}') }],
    ['id', { id: '99999999-0000-4000-8000-000000000001' }],
  ])('names the event whose %s was changed, with the check sum made anew, either way', async (_, change) => {
    let place = { position: 0, revision: 0 };
    tamper((database) => {
      place = nth(rowsOf(database, PROLIFIC), 1);
      rewrite(database, nth(rowsOf(database, PROLIFIC), 1), change);
    });
    for (const report of [await onTheFiles(), await throughTheClient()]) {
      expect(report.firstDamage).toMatchObject({
        kind: 'changed-content',
        stream: PROLIFIC,
        revision: 1,
        position: String(place.position),
      });
      expect(report.firstDamage?.what).toContain(report.firstDamage?.eventId ?? '?');
    }
  });

  it('takes JSON that was only written in another way for what it is', async () => {
    tamper((database) => {
      const row = nth(rowsOf(database, PROLIFIC), 1);
      rewrite(database, row, { data: Buffer.from('{ "occurredOn": "2026-11-20",\n "region": "KZ\\u002d71" }') });
    });
    expect(await onTheFiles()).toMatchObject({ intact: true });
  });

  it('names both ends of two events that changed places', async () => {
    tamper((database) => {
      const [, second, third] = rowsOf(database, PROLIFIC);
      if (second === undefined || third === undefined) throw new Error('no events');
      const [a, b] = [decodeRecord(Buffer.from(second.record)), decodeRecord(Buffer.from(third.record))];
      rewrite(database, second, { id: b.id, type: b.type, data: b.data, metadata: b.metadata });
      rewrite(database, third, { id: a.id, type: a.type, data: a.data, metadata: a.metadata });
    });
    for (const report of [await onTheFiles(), await throughTheClient()]) {
      expect(report).toMatchObject({ intact: false, firstDamage: { stream: PROLIFIC, revision: 1 } });
    }
  });

  it('tells where a record was taken out of the middle, and which history it is missing in', async () => {
    let taken = 0;
    tamper((database) => {
      const { position } = nth(rowsOf(database, PROLIFIC), 1);
      database.prepare('DELETE FROM events WHERE position = ?').run(position);
      taken = position;
    });
    const told: string[] = [];
    const lines = verifyFiles(readLogFiles(folder, isOurs));
    for (let line = await lines.next(); line.done !== true; line = await lines.next()) {
      if ('damage' in line.value) told.push(`${line.value.damage.kind} ${line.value.damage.stream}`);
    }
    expect(told).toEqual(['lost-record null', `missing-event ${PROLIFIC}`]);
    // The store itself hands out nothing beyond the gap.
    const client = await throughTheClient();
    expect(client).toMatchObject({ intact: false, firstDamage: { kind: 'lost-record' } });
    expect(client.firstDamage?.what).toMatch(/position \d+ is missing.*rest was not looked at/);
    expect(client).toMatchObject({ events: 4, firstDamage: { position: String(taken) } });
  });

  it('sees the end of a history that was cut off, which no chain can show', async () => {
    tamper((database) => {
      const { position } = nth(rowsOf(database, QUIET), -1);
      database.prepare('DELETE FROM events WHERE position = ?').run(position);
    });
    expect((await onTheFiles()).firstDamage).toMatchObject({ kind: 'lost-record', stream: null });
  });

  it('sees that the whole log was cut off at its end', async () => {
    tamper((database) => database.exec('DELETE FROM events WHERE position >= (SELECT max(position) - 1 FROM events)'));
    const { firstDamage } = await onTheFiles();
    expect(firstDamage?.what).toMatch(/positions \d+ to \d+ are missing/);
  });

  it('names a record whose bytes rotted, although its content can still be read', async () => {
    let place = 0;
    tamper((database) => {
      const { position } = nth(rowsOf(database, QUIET), 0);
      database.prepare('UPDATE events SET checksum = checksum + 1 WHERE position = ?').run(position);
      place = position;
    });
    const report = await onTheFiles();
    expect(report).toMatchObject({ damaged: 1, firstDamage: { kind: 'damaged-record', stream: QUIET, revision: 0 } });
    // A running store hands out what stands before it, and nothing else.
    const client = await throughTheClient();
    expect(client).toMatchObject({
      intact: false,
      damaged: 1,
      events: 3,
      position: String(place - 1),
      firstDamage: { kind: 'damaged-record', stream: QUIET, revision: 0, position: String(place) },
    });
    expect(client.firstDamage?.what).toMatch(
      /^The event at position \d+, revision 0 of .* does not match its check sum/,
    );
    expect(client.firstDamage?.what).not.toMatch(/DATA_LOSS|run verify/);
  });

  it('counts through the client all that stands before the damage, however much was on its way', async () => {
    const embedded = await startEmbeddedStore({ dataDir: folder, inProcess: true });
    const store = new EventStore(embedded.connectionString);
    for (let more = 0; more < 200; more += 1) await write(store, QUIET, 'KZ-75');
    await store.close();
    await embedded.close();
    tamper((database) => {
      const { position } = nth(rowsOf(database, QUIET), 190);
      database.prepare('UPDATE events SET checksum = checksum + 1 WHERE position = ?').run(position);
    });
    const client = await throughTheClient();
    // The law, the employer, four events of the other worker, and 190 of this one.
    expect(client).toMatchObject({ events: 196, streams: 4, firstDamage: { stream: QUIET, revision: 190 } });
  });

  it('names a record that is no record any more, and does not blame the one after it', async () => {
    tamper((database) => {
      const { position } = nth(rowsOf(database, QUIET), 1);
      database
        .prepare('UPDATE events SET record = ? WHERE position = ?')
        .run(Buffer.from('nothing of the kind'), position);
    });
    const report = await onTheFiles();
    expect(report).toMatchObject({ damaged: 1, firstDamage: { kind: 'lost-record', stream: QUIET, revision: 1 } });
  });

  it('names an event that is filed under another place than its own', async () => {
    tamper((database) => {
      const row = nth(rowsOf(database, QUIET), 2);
      const record = Buffer.from(row.record);
      database
        .prepare('UPDATE events SET revision = 7, checksum = ? WHERE position = ?')
        .run(checksum(record, row.position, row.stream, 7), row.position);
    });
    expect(await onTheFiles()).toMatchObject({ intact: false, firstDamage: { stream: QUIET, revision: 7 } });
  });

  it('says of a stream that was deleted in the store that it was', async () => {
    tamper((database) => {
      const row = nth(rowsOf(database, QUIET), 2);
      const record = Buffer.from(row.record);
      const last = Number.MAX_SAFE_INTEGER;
      database
        .prepare('UPDATE events SET revision = ?, checksum = ? WHERE position = ?')
        .run(last, checksum(record, row.position, row.stream, last), row.position);
    });
    expect((await onTheFiles()).firstDamage?.what).toContain('deletes the stream for ever');
  });

  it('calls events unchained that were written before there was a chain, in the files as well', async () => {
    const embedded = await startEmbeddedStore({ dataDir: folder, inProcess: true });
    const store = new EventStore(embedded.connectionString);
    const old = 'worker-00000000-0000-4000-8000-000000000009';
    await write(store, old, 'KZ-75', false);
    await write(store, old, 'KZ-75');
    await store.close();
    await embedded.close();
    for (const report of [await onTheFiles(), await throughTheClient()]) {
      expect(report).toMatchObject({ intact: true, unchained: 1, firstUnchained: { stream: old, revision: 0 } });
    }
  });

  it.each([
    ['another name', 'tmp'],
    ['the name of a stream of the store itself', '$x'],
    ['the name of another worker', 'worker-00000000-0000-4000-8000-000000000007'],
  ])('tells of a whole history that was filed under %s', async (_, name) => {
    let first = 0;
    tamper((database) => {
      first = nth(rowsOf(database, QUIET), 0).position;
      database.prepare('UPDATE streams SET name = ? WHERE name = ?').run(name, QUIET);
    });
    const report = await onTheFiles();
    expect(report).toMatchObject({
      intact: false,
      damaged: 3,
      firstDamage: { kind: 'damaged-record', stream: QUIET, revision: 0, position: String(first) },
    });
    expect(report.firstDamage?.what).toBe(
      `The record at position ${first}, revision 0 of ${QUIET}, is filed under another stream than its own: ${name}.`,
    );
    // A running store hands out the records, and those are whole: only their file shows where they are filed.
    expect(await throughTheClient()).toMatchObject({ intact: true, events: 9, streams: 4 });
  });

  it('tells of a whole history that was put among the events of somebody else, check sums made anew or not', async () => {
    tamper((database) => {
      const { id: payroll } = database.prepare("SELECT id FROM streams WHERE name = 'payroll-1'").get() as {
        id: number;
      };
      const move = database.prepare('UPDATE events SET stream = ?, revision = ?, checksum = ? WHERE position = ?');
      const rows = rowsOf(database, QUIET).map((row) => ({ ...row, record: Buffer.from(row.record) }));
      for (const [index, { position, revision, record }] of rows.entries()) {
        const sum = checksum(record, position, index === 0 ? 0 : payroll, revision + 1_000);
        move.run(payroll, revision + 1_000, sum, position);
      }
    });
    expect(await onTheFiles()).toMatchObject({
      intact: false,
      damaged: 3,
      firstDamage: { kind: 'damaged-record', stream: QUIET, revision: 0 },
    });
  });

  it.each(['$embedded-store', 'payroll-1'])(
    'tells of a damaged record of %s, beyond which the store would hand out nothing',
    async (stream) => {
      let place = 0;
      tamper((database) => {
        place = nth(rowsOf(database, stream), 0).position;
        database.prepare('UPDATE events SET checksum = checksum + 1 WHERE position = ?').run(place);
      });
      const report = await onTheFiles();
      expect(report).toMatchObject({
        intact: false,
        damaged: 1,
        events: 9,
        firstDamage: { kind: 'damaged-record', stream, revision: 0, position: String(place) },
      });
      expect(report.firstDamage?.what).toContain('does not match the checksum in the store');
    },
  );

  it('is asked for where there is one', () => {
    expect(() => readLogFiles(join(folder, 'nowhere'), isOurs).next()).toThrow('There is no log');
  });
});
