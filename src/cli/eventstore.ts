import { startStore, storeFolder } from '../boot.js';
import type { Config } from '../config.js';
import { backupStore, restoreStore } from '../embedded-store/backup.js';
import { verifyStore } from '../embedded-store/verify.js';
import { createLog } from '../log.js';
import { grouped, type Output, Refused } from './output.js';

/** `ledger eventstore`: serves the embedded store alone, for other programs, until the process is told to end. */
export async function serveStore(config: Config, output: Output): Promise<void> {
  const store = await startStore(config, {}, createLog(config.logLevel));
  output.line(
    output.json
      ? JSON.stringify({ connectionString: store.connectionString, folder: storeFolder(config) })
      : `The event store is at ${store.connectionString}, its data in ${storeFolder(config)}.`,
  );
  await new Promise((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
  await store.close();
}

/** `ledger eventstore verify`: looks at every record of the log; may run beside a running service. */
export async function verifyLog(config: Config, output: Output): Promise<void> {
  const { events, streams, findings, ok } = await foreseen(() => verifyStore(storeFolder(config)));
  if (output.json) output.line(JSON.stringify({ events, streams, findings, ok }, null, 2));
  else {
    for (const { message } of findings) output.line(message);
    output.line(
      `${grouped(events)} events in ${grouped(streams)} streams, ${ok ? 'all in order' : `${findings.length} findings`}.`,
    );
  }
  if (!ok)
    throw new Refused(
      'The log is damaged: restore a backup into another folder, and keep this one for whoever looks into it.',
    );
}

/** `ledger eventstore backup`: copies the log into one file, as it is at this moment; the service may go on. */
export async function backupLog(config: Config, output: Output, file: string): Promise<void> {
  const { events } = await foreseen(() => backupStore(storeFolder(config), file));
  output.line(
    output.json ? JSON.stringify({ file, events }) : `${grouped(events)} events are in ${file}, read back and checked.`,
  );
  output.remark('The keys of the persons are not in it: ledger keys backup copies them, to another place.');
}

/** `ledger eventstore restore`: makes the log of a data folder from a backup. */
export async function restoreLog(config: Config, output: Output, file: string): Promise<void> {
  const { events } = await foreseen(() => restoreStore(file, storeFolder(config)));
  output.line(
    output.json ? JSON.stringify({ file, events }) : `${grouped(events)} events are back in ${storeFolder(config)}.`,
  );
}

/** What the store room says no to is a refusal, told without a stack. */
async function foreseen<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new Refused(error instanceof Error ? error.message : String(error));
  }
}
