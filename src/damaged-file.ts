import { existsSync, rmSync, statSync } from 'node:fs';

const CORRUPT = 11;
const NOT_A_DATABASE = 26;

/** A file is there and holds nothing: it was emptied, for what makes it begins with its first page. */
class EmptiedFile extends Error {
  override readonly name = 'EmptiedFile';
}

/**
 * Opens a file that may have to be made, and leaves none behind that could not be: the database makes it with no bytes and
 * then, on a full disk, has no room for the first.
 * @throws EmptiedFile
 */
export function openedOrNotMade<T>(file: string, open: () => T): T {
  const isNew = !existsSync(file);
  if (!isNew) refuseEmptied(file);
  try {
    return open();
  } catch (error) {
    if (isNew && statSync(file, { throwIfNoEntry: false })?.size === 0) rmSync(file);
    throw error;
  }
}

/** @throws EmptiedFile: opened, it would count as a new one, and what it held would be gone without a word */
function refuseEmptied(file: string): void {
  if (statSync(file, { throwIfNoEntry: false })?.size === 0) throw new EmptiedFile('it is empty');
}

/**
 * Says that a file of SQLite's cannot be opened, and what to do about it: `remedy` where the file itself is at fault, else
 * what its disk or its owner can do.
 */
export function cannotOpen(what: string, file: string, error: unknown, remedy: string): string {
  const why = error instanceof Error ? error.message : String(error);
  return isDamaged(file, error)
    ? `${what} ${file} is damaged (${why}) and was left as it is: ${remedy}`
    : `${what} ${file} cannot be opened (${why}): see that its disk has room and that this user may write there.`;
}

function isDamaged(file: string, error: unknown): boolean {
  const { errcode } = (error ?? {}) as { readonly errcode?: unknown };
  if (typeof errcode === 'number' && [CORRUPT, NOT_A_DATABASE].includes(errcode & 0xff)) return true;
  // Not every call of the database gives its code.
  const why = error instanceof Error ? error.message : '';
  if (error instanceof EmptiedFile || /malformed|not a database/.test(why)) return true;
  return statSync(file, { throwIfNoEntry: false })?.isFile() === false;
}
