import { createHash } from 'node:crypto';
import type { LawTexts } from '../../law/book.js';

/** Where the files of the law lie in a pack: the shipped ones, and those laid over them. The hash takes them in this order. */
export const LAW_FOLDERS = ['law/shipped/', 'law/laid-over/'] as const;

/**
 * The hash of a rule book, from its files alone: of each path, NUL, text, NUL, the shipped ones first, each folder in the
 * order of its paths (UTF-16 code units).
 * @param names all names of a pack; others than those of the law are left out
 */
export async function lawHash(
  names: readonly string[],
  bytesOf: (name: string) => AsyncIterable<Uint8Array>,
): Promise<string> {
  const hash = createHash('sha256');
  for (const folder of LAW_FOLDERS) {
    const files = names.filter((name) => name.startsWith(folder)).sort();
    for (const name of files) {
      hash.update(name.slice(folder.length)).update('\0');
      for await (const bytes of bytesOf(name)) hash.update(bytes);
      hash.update('\0');
    }
  }
  return hash.digest('hex');
}

/** The same of texts that were read already. */
export function hashOfTexts({ shipped, laid }: LawTexts): string {
  const hash = createHash('sha256');
  for (const { path, text } of [...shipped, ...laid]) hash.update(path).update('\0').update(text).update('\0');
  return hash.digest('hex');
}
