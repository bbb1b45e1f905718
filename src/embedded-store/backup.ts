import {
  closeSync,
  cpSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { LOG_FILE, openForReading } from './database.js';
import { lockFolder } from './lock.js';
import { verifyStore } from './verify.js';

export interface BackupResult {
  readonly file: string;
  readonly events: number;
}

/**
 * Copies the log of a data folder into one file, as it is at this moment; the store may go on running and writing. The
 * copy is read back and checked before it gets its name. Keeps the calling thread busy while it copies. Throws an Error when the target exists or the copy is damaged.
 */
export async function backupStore(dataDir: string, targetFile: string): Promise<BackupResult> {
  const file = resolve(targetFile);
  if (existsSync(file)) throw new Error(`The backup ${file} exists already: choose another name.`);
  if (!existsSync(join(dataDir, LOG_FILE))) throw new Error(`There is no log in ${dataDir} to back up.`);
  mkdirSync(dirname(file), { recursive: true });
  const folder = `${file}.partial`;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  try {
    const copy = join(folder, LOG_FILE);
    const source = openForReading(dataDir);
    try {
      source.exec('PRAGMA query_only = OFF');
      source.prepare('VACUUM INTO ?').run(copy);
    } finally {
      source.close();
    }
    const { ok, events, findings } = await verifyStore(folder);
    if (!ok) throw new Error(`The log is damaged, the backup was not kept: ${findings[0]?.message ?? ''}`);
    sync(copy);
    renameSync(copy, file);
    sync(dirname(file));
    return { file, events };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Makes a data folder from a backup. Throws an Error when the folder already holds a log, is in use, or the backup is
 * damaged; the folder is as before then.
 */
export async function restoreStore(backupFile: string, dataDir: string): Promise<BackupResult> {
  if (!existsSync(backupFile)) throw new Error(`There is no backup ${backupFile}.`);
  mkdirSync(dataDir, { recursive: true });
  const lock = lockFolder(dataDir);
  try {
    const present = readdirSync(dataDir).filter((name) => name.startsWith(LOG_FILE));
    if (present.length > 0) {
      throw new Error(
        `The folder ${dataDir} holds a log already (${present.join(', ')}): restore into an empty folder.`,
      );
    }
    const folder = join(dataDir, `restoring-${basename(backupFile)}`);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
    try {
      const copy = join(folder, LOG_FILE);
      cpSync(backupFile, copy);
      const { ok, events, findings } = await verifyStore(folder);
      if (!ok) throw new Error(`The backup ${backupFile} is damaged: ${findings[0]?.message ?? ''}`);
      sync(copy);
      const file = join(dataDir, LOG_FILE);
      renameSync(copy, file);
      sync(dataDir);
      return { file, events };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  } finally {
    lock.release();
  }
}

/** Waits until a file or a folder entry is on disk. */
function sync(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
