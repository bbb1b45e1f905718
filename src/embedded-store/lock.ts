import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { isBusy } from './database.js';

export interface FolderLock {
  release(): void;
}

/**
 * Takes the data folder for this process alone. The lock is SQLite's exclusive lock on a file of its own, held as long
 * as the store runs: the operating system drops it when the process ends, however it ends, so nothing is ever stale.
 * Throws an Error that names the folder and the remedy when somebody else holds it.
 */
export function lockFolder(dataDir: string): FolderLock {
  const database = new DatabaseSync(join(dataDir, 'lock.sqlite'));
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE');
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (!isBusy(error)) throw error;
    throw new Error(
      `The data folder ${dataDir} is in use by another running store: stop that process or choose another folder.`,
    );
  }
  return { release: () => database.close() };
}
