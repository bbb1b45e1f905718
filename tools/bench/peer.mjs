// The plain, well-known road that the ledger is measured beside: express, one table of events in SQLite, one table of duties
// written in the same transaction. Durable (full sync), checked by zod, and nothing else: no second clock, no corrections,
// no encryption, no trace, no subscriptions.
import { DatabaseSync } from '@photostructure/sqlite';
import express from 'express';
import { z } from 'zod';

const [folder] = process.argv.slice(2);
const database = new DatabaseSync(`${folder}/peer.sqlite`);
// The package closes a database that nobody holds, also when its statements are still in use.
process.once('exit', () => database.close());
database.exec('PRAGMA journal_mode = WAL');
database.exec('PRAGMA synchronous = FULL');
database.exec(`
  CREATE TABLE events (position INTEGER PRIMARY KEY AUTOINCREMENT, stream TEXT, version INTEGER, type TEXT, occurred_on TEXT,
    recorded_at TEXT, data TEXT, UNIQUE (stream, version));
  CREATE TABLE duties (id INTEGER PRIMARY KEY, worker TEXT, rule TEXT, due_on TEXT, met_on TEXT);
  CREATE INDEX duties_due ON duties (due_on) WHERE met_on IS NULL;
`);
const begin = database.prepare('BEGIN IMMEDIATE');
const commit = database.prepare('COMMIT');
const rollback = database.prepare('ROLLBACK');
const version = database.prepare('SELECT coalesce(max(version), -1) AS version FROM events WHERE stream = ?');
const insert = database.prepare(
  'INSERT INTO events (stream, version, type, occurred_on, recorded_at, data) VALUES (?, ?, ?, ?, ?, ?)',
);
const open = database.prepare('INSERT INTO duties (worker, rule, due_on) VALUES (?, ?, ?)');
const overdue = database.prepare(
  'SELECT * FROM duties WHERE met_on IS NULL AND due_on < ? ORDER BY due_on, id LIMIT 50',
);

const body = z.strictObject({
  type: z.string(),
  occurredOn: z.iso.date(),
  data: z.record(z.string(), z.unknown()),
});
const RULES = { Arrived: 'notify-arrival', AddressChanged: 'notify-address-change' };

const app = express();
app.use(express.json());
app.post('/v1/workers/:id/events', (request, response) => {
  const parsed = body.safeParse(request.body);
  if (!parsed.success) return response.status(400).json({ errors: parsed.error.issues });
  const { type, occurredOn, data } = parsed.data;
  begin.run();
  try {
    const next = version.get(request.params.id).version + 1;
    const { lastInsertRowid } = insert.run(
      request.params.id,
      next,
      type,
      occurredOn,
      new Date().toISOString(),
      JSON.stringify(data),
    );
    if (RULES[type] !== undefined) open.run(request.params.id, RULES[type], threeWorkingDaysAfter(occurredOn));
    commit.run();
    return response.status(201).json({ position: String(lastInsertRowid), revision: next });
  } catch (error) {
    rollback.run();
    return response.status(500).json({ message: String(error) });
  }
});
app.get('/v1/obligations', (request, response) => {
  response.json({ items: overdue.all(String(request.query.asOf)) });
});

function threeWorkingDaysAfter(day) {
  const date = new Date(`${day}T00:00:00Z`);
  for (let counted = 0; counted < 3; ) {
    date.setUTCDate(date.getUTCDate() + 1);
    if (date.getUTCDay() % 6 !== 0) counted++;
  }
  return date.toISOString().slice(0, 10);
}

const server = app.listen(0, '127.0.0.1', () => process.stdout.write(`http://127.0.0.1:${server.address().port}\n`));
