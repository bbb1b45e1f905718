import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';

/** The file of keys inside the folder of keys. */
export const KEYS_FILE = 'keys.sqlite';

export interface KeysBackup {
  readonly file: string;
  /** Persons in it, those whose key was destroyed among them. */
  readonly persons: number;
}

/**
 * Copies the keys into one file, as they are at this moment; the service may run meanwhile. Keys that a master key locks stay
 * locked. The copy is read back before it gets its name, and only its owner may read it.
 * @throws Error when there are no keys, the target exists, or the copy cannot be read back
 */
export function backupKeys(keysDir: string, targetFile: string): KeysBackup {
  const file = resolve(targetFile);
  const source = join(keysDir, KEYS_FILE);
  if (existsSync(file)) throw new Error(`The backup ${file} exists already: choose another name.`);
  if (!existsSync(source))
    throw new Error(`There are no keys in ${keysDir} to back up: set LEDGER_KEYS to their folder.`);
  mkdirSync(dirname(file), { recursive: true });
  const folder = `${file}.partial`;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { mode: 0o700 });
  try {
    const copy = join(folder, KEYS_FILE);
    const database = new DatabaseSync(source, { timeout: 5_000 });
    try {
      database.prepare('VACUUM INTO ?').run(copy);
    } finally {
      database.close();
    }
    const persons = personsIn(copy);
    keep(copy, file);
    return { file, persons };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Puts a backup of the keys into a folder that holds none.
 * @throws Error when the folder holds keys already, or the backup is none; the folder is as before then
 */
export function restoreKeys(backupFile: string, keysDir: string): KeysBackup {
  if (!existsSync(backupFile)) throw new Error(`There is no backup ${backupFile}.`);
  mkdirSync(keysDir, { recursive: true, mode: 0o700 });
  const present = readdirSync(keysDir).filter((name) => name.startsWith(KEYS_FILE));
  if (present.length > 0) {
    throw new Error(
      `The folder ${keysDir} holds keys already (${present.join(', ')}): move them away first, they may open what the backup does not.`,
    );
  }
  const folder = join(keysDir, 'restoring');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { mode: 0o700 });
  try {
    const copy = join(folder, KEYS_FILE);
    copyFileSync(backupFile, copy);
    const persons = personsIn(copy);
    const file = join(keysDir, KEYS_FILE);
    keep(copy, file);
    return { file, persons };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function personsIn(copy: string): number {
  let persons: unknown;
  try {
    const database = new DatabaseSync(copy, { timeout: 5_000 });
    try {
      const checked = database.prepare('PRAGMA integrity_check').get()?.['integrity_check'];
      if (checked !== 'ok') throw new Error(String(checked));
      persons = database.prepare('SELECT count(*) AS persons FROM keys').get()?.['persons'];
    } finally {
      database.close();
    }
  } catch (error) {
    throw new Error(
      `The copy holds no keys that can be read (${error instanceof Error ? error.message : String(error)}).`,
    );
  }
  return Number(persons);
}

function keep(copy: string, file: string): void {
  chmodSync(copy, 0o600);
  sync(copy);
  renameSync(copy, file);
  sync(dirname(file));
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
