import { statSync } from 'node:fs';

const CORRUPT = 11;
const NOT_A_DATABASE = 26;

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
  return statSync(file, { throwIfNoEntry: false })?.isFile() === false;
}
