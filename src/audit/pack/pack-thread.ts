import { parentPort, workerData } from 'node:worker_threads';
import { projections } from '../../../projections/registry.js';
import { ruleBookOf } from '../../law/book.js';
import { MasterKey } from '../../ledger/master-key.js';
import { PersonalData } from '../../ledger/personal-data.js';
import { LawInForce } from '../../reading/law-in-force.js';
import { openForReading } from '../../reading/read-store.js';
import { View } from '../../reading/reading.js';
import { packSource } from './contents.js';
import { PackBrokenOff, type PackNews, type PackTask } from './pack-threads.js';
import { Staging } from './staging.js';
import { writePack } from './write-pack.js';

// The making of one large pack, on connections of its own.

const task = workerData as PackTask;
await make().then(
  () => tell({ kind: 'made' }),
  (error: unknown) => tell({ kind: 'failed', ...inWords(error) }),
);

async function make(): Promise<void> {
  const rows = openForReading(task.rowsFile, task.logFile, projections);
  const master = (text: string | null) => (text === null ? null : new MasterKey(text));
  const { folder, master: present, previous } = task.keys;
  const personalData = new PersonalData(folder, { master: master(present), previous: master(previous) });
  try {
    const model = { current: rows, law: LawInForce.of(rows.log, ruleBookOf(task.law)) };
    const source = packSource(new View({ model, personalData }, task.moment), task.scope);
    await writePack(new Staging(task.folder), source, {
      names: task.names,
      onProgress: (progress) => tell({ kind: 'progress', progress }),
      goOn: () => {
        if (Atomics.load(task.calledOff, 0) === 1) throw new PackBrokenOff();
      },
    });
  } finally {
    personalData.close();
    rows.connection.close();
  }
}

function inWords(error: unknown): { readonly message: string; readonly code: string | null } {
  const { code } = (error ?? {}) as { code?: unknown };
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { message, code: typeof code === 'string' ? code : null };
}

function tell(news: PackNews): void {
  parentPort?.postMessage(news);
}
