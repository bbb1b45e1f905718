import { startStore, storeFolder } from '../boot.js';
import type { Config } from '../config.js';
import { createLog } from '../log.js';
import type { Output } from './output.js';

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
