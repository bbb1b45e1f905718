import { parentPort, workerData } from 'node:worker_threads';
import { projections } from '../../projections/registry.js';
import { loadRuleBook } from '../law/book.js';
import { LawInForce } from './law-in-force.js';
import { loadStreams } from './load-streams.js';
import { decode } from './making.js';
import { openRows } from './read-store.js';
import type { MergeOrder, ThreadNews, ThreadTask } from './rebuild-threads.js';
import { table } from './row-tables.js';

// One thread of a rebuild: loads its share of the streams into its own file; the first one then takes in the others'.

const PROGRESS_EVERY_EVENTS = 5_000;

const task = workerData as ThreadTask;
const book = loadRuleBook(task.law);
if (book.hash !== task.ruleBook) throw new Error('The files of the law changed while the service ran: start it anew.');

const building = openRows(task.file, task.logFile, {
  projections,
  firstBook: (log) => LawInForce.of(log, book).firstHash,
  program: task.program,
});
let told = 0;
for (const done of loadStreams(building, { book, projections, decode }, task)) {
  if (isCalledOff()) break;
  if (done - told < PROGRESS_EVERY_EVENTS) continue;
  told = done;
  tell({ kind: 'progress', done });
}
if (task.part > 0) building.connection.close();
else parentPort?.once('message', finish);
tell({ kind: 'loaded' });

function finish({ merge }: MergeOrder): void {
  const { connection, rows } = building;
  for (const file of merge) {
    if (isCalledOff()) break;
    connection.run('ATTACH DATABASE ? AS part', file);
    for (const name of [...projections.map((projection) => table(projection.name)), 'parked']) {
      connection.exec(`INSERT INTO main.${name} SELECT * FROM part.${name}`);
    }
    connection.exec('DETACH DATABASE part');
  }
  rows.setSeq(task.until);
  // The other threads are done: their cores may sort.
  connection.exec(`PRAGMA threads = ${task.parts}`);
  for (const statement of rows.indexStatements()) if (!isCalledOff()) connection.exec(statement);
  connection.close();
  if (!isCalledOff()) tell({ kind: 'finished' });
}

function isCalledOff(): boolean {
  return Atomics.load(task.calledOff, 0) === 1;
}

function tell(news: ThreadNews): void {
  parentPort?.postMessage(news);
}
