import { join } from 'node:path';
import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite';
import { isBusy } from './database.js';

export interface FolderLock {
  release(): void;
}

/**
 * Takes the data folder for this process alone. The lock is SQLite's exclusive lock on a file of its own, held as long
 * as the store runs: the operating system drops it when the process ends, however it ends, so nothing is ever stale.
 * Throws an Error that names the folder and the remedy when somebody else holds it, or when it cannot be written.
 */
export function lockFolder(dataDir: string): FolderLock {
  let database: DatabaseSyncInstance | undefined;
  try {
    database = new DatabaseSync(join(dataDir, 'lock.sqlite'));
    database.exec('PRAGMA locking_mode = EXCLUSIVE');
    database.exec('BEGIN EXCLUSIVE');
    const held = database;
    return { release: () => held.close() };
  } catch (error) {
    database?.close();
    if (isBusy(error)) {
      throw new Error(
        `The data folder ${dataDir} is in use by another running store: stop that process or choose another folder.`,
      );
    }
    throw new Error(`The data folder ${dataDir} cannot be written: ${messageOf(error)}; check its owner and its disk.`);
  }
}

function messageOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error);
}
