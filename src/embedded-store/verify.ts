import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { checksum } from './checksum.js';
import { type Database, LOG_FILE, openForReading } from './database.js';
import { breathe } from './outlet.js';
import { decodeRecord } from './record.js';
import { TOMBSTONE_REVISION } from './wire.js';

/** One thing that is wrong with a log, in words for whoever has to mend it. */
export interface Finding {
  readonly kind: 'damaged' | 'missing' | 'misplaced' | 'database';
  /** Position in $all; undefined for what concerns the file as a whole. */
  readonly position: number | undefined;
  readonly message: string;
}

export interface VerifyReport {
  readonly events: number;
  readonly streams: number;
  readonly findings: readonly Finding[];
  readonly ok: boolean;
}

export interface VerifyOptions {
  /** Told now and then how many events have been looked at, and how many there are. */
  readonly onProgress?: (done: number, total: number) => void;
}

type Row = readonly [position: number, stream: number, revision: number, checksum: number, record: Uint8Array];

const PAGE = 2_000;
const MAX_FINDINGS = 1_000;

/**
 * Looks at every record of a log: its checksum, its place in $all and in its stream, and what it says of itself. Reads
 * only, and may run beside a store that is running. Throws an Error when there is no log in the folder; everything else
 * is a finding, at most a thousand of them.
 */
export async function verifyStore(dataDir: string, options: VerifyOptions = {}): Promise<VerifyReport> {
  if (!existsSync(join(dataDir, LOG_FILE))) throw new Error(`There is no log in ${dataDir}: ${LOG_FILE} is missing.`);
  const findings: Finding[] = [];
  const report = (kind: Finding['kind'], position: number | undefined, message: string): void => {
    if (findings.length < MAX_FINDINGS) findings.push({ kind, position, message });
  };
  let database: Database | undefined;
  let events = 0;
  let streams = 0;
  try {
    database = openForReading(dataDir);
    database.exec('BEGIN');
    checkDatabase(database, report);
    streams = count(database, 'streams');
    events = await checkEvents(database, report, options);
    checkStreams(database, report);
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    report('database', undefined, `The log cannot be read on: ${cause}`);
  } finally {
    if (database) closeQuietly(database);
  }
  return { events, streams, findings, ok: findings.length === 0 };
}

/** A transaction left open would keep the file locked until the connection is collected. */
function closeQuietly(database: Database): void {
  try {
    if (database.isTransaction) database.exec('ROLLBACK');
  } finally {
    database.close();
  }
}

type Report = (kind: Finding['kind'], position: number | undefined, message: string) => void;

function checkDatabase(database: Database, report: Report): void {
  const answers = database.prepare('PRAGMA integrity_check').all() as { readonly integrity_check: string }[];
  for (const { integrity_check: answer } of answers) {
    if (answer !== 'ok') report('database', undefined, `The file is damaged: ${answer}`);
  }
}

async function checkEvents(database: Database, report: Report, { onProgress }: VerifyOptions): Promise<number> {
  const head = (database.prepare("SELECT value FROM store WHERE key = 'head'").get() as { value: number }).value;
  const page = database.prepare(
    'SELECT position, stream, revision, checksum, record FROM events WHERE position > ? ORDER BY position LIMIT ?',
  );
  page.setReturnArrays(true);
  const nameOf = database.prepare('SELECT name FROM streams WHERE id = ?');
  let last = 0;
  let done = 0;
  for (;;) {
    const rows = page.all(last, PAGE) as Row[];
    if (rows.length === 0) break;
    for (const row of rows) {
      const [position, stream] = row;
      if (position !== last + 1) reportGap(report, last + 1, position - 1);
      last = position;
      const name = nameOf.get(stream) as { name: string } | undefined;
      checkRecord(row, name?.name, report);
    }
    done += rows.length;
    onProgress?.(done, head);
    await breathe();
  }
  if (last < head) reportGap(report, last + 1, head);
  if (last > head) report('database', undefined, `The log goes on to ${last}, but its end is noted as ${head}.`);
  return done;
}

function reportGap(report: Report, from: number, to: number): void {
  const what = from === to ? `The event at position ${from} is missing.` : `The events ${from} to ${to} are missing.`;
  report('missing', from, what);
}

function checkRecord([position, stream, revision, sum, bytes]: Row, name: string | undefined, report: Report): void {
  const record = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const place = `${revision === TOMBSTONE_REVISION ? 'tombstone' : revision}@${name ?? `stream number ${stream}`}`;
  if (checksum(record, position, stream, revision) !== sum) {
    report('damaged', position, `The event at position ${position} (${place}) does not match its checksum.`);
    return;
  }
  try {
    const event = decodeRecord(record);
    if (event.position === position && event.revision === revision && event.stream === name) return;
    const itself = `${event.revision}@${event.stream} at ${event.position}`;
    report('misplaced', position, `The event at position ${position} is filed as ${place}, but says it is ${itself}.`);
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    report('damaged', position, `The event at position ${position} (${place}) cannot be decoded: ${cause}`);
  }
}

/** In a stream every revision from 0 to the last is there; the index and the table must agree on that. */
function checkStreams(database: Database, report: Report): void {
  const rows = database
    .prepare(
      `SELECT s.name AS name, count(e.position) AS events, max(e.revision) AS last
       FROM streams s JOIN events e ON e.stream = s.id AND e.revision < ${TOMBSTONE_REVISION}
       GROUP BY s.id HAVING events <> last + 1`,
    )
    .all() as { readonly name: string; readonly events: number; readonly last: number }[];
  for (const { name, events, last } of rows) {
    report('missing', undefined, `The stream ${name} ends at ${last} but has ${events} events.`);
  }
}

function count(database: Database, table: 'streams'): number {
  return (database.prepare(`SELECT count(*) AS n FROM ${table}`).get() as { n: number }).n;
}
