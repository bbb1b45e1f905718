import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { LawTexts } from '../law/book.js';

/** A rule book's files as an event keeps them: their names and hashes in the clear, the texts packed together. */
export interface KeptTexts {
  readonly files: readonly KeptFile[];
  /** A JSON array of the texts in the order of `files`, gzip, base64. */
  readonly content: string;
}

export interface KeptFile {
  readonly origin: 'shipped' | 'laid';
  readonly path: string;
  /** SHA-256 of the text, in hexadecimal. */
  readonly hash: string;
}

/** Packs the texts of a rule book: some 240 kB of YAML become 60 kB. */
export function keptTextsOf({ shipped, laid }: LawTexts): KeptTexts {
  const files = [
    ...shipped.map((file) => ({ ...file, origin: 'shipped' as const })),
    ...laid.map((file) => ({ ...file, origin: 'laid' as const })),
  ];
  return {
    files: files.map(({ origin, path, text }) => ({ origin, path, hash: sha256(text) })),
    content: gzipSync(JSON.stringify(files.map(({ text }) => text)), { level: 9 }).toString('base64'),
  };
}

/**
 * Unpacks them again.
 * @throws Error when the content does not fit the files
 */
export function textsOf({ files, content }: KeptTexts): LawTexts {
  const texts = JSON.parse(gunzipSync(Buffer.from(content, 'base64')).toString('utf8')) as unknown;
  if (!Array.isArray(texts) || texts.length !== files.length)
    throw new Error('The texts do not fit the list of files.');
  const named = files.map(({ origin, path, hash }, index) => {
    const text: unknown = texts[index];
    if (typeof text !== 'string' || sha256(text) !== hash)
      throw new Error(`The text of ${path} does not have its hash.`);
    return { origin, path, text };
  });
  const of = (wanted: KeptFile['origin']) =>
    named.filter(({ origin }) => origin === wanted).map(({ path, text }) => ({ path, text }));
  return { shipped: of('shipped'), laid: of('laid') };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
