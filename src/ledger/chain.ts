import { createHash } from 'node:crypto';

/** What the chain covers of one stored event: everything a writer decides. Position and time are the store's own. */
export interface ChainedEvent {
  readonly stream: string;
  readonly revision: number;
  readonly id: string;
  readonly type: string;
  /** The stored data, personal fields sealed: the chain can be checked without any key, before and after an erasure. */
  readonly data: unknown;
  /** The stored metadata; its own `hash` is left out, its `previousHash` is covered. */
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** `previousHash` of the first event of a stream. */
export const CHAIN_START = '0'.repeat(64);

/**
 * The canonical bytes of a stored event, the leaf of every proof: the JSON of `{ stream, revision, id, type, data, metadata }`
 * in the canonical form of RFC 8785 (sorted names, no blanks, ECMAScript numbers, UTF-8), without `metadata.hash`.
 * Changing this form breaks every hash ever written.
 */
export function canonicalBytes(event: ChainedEvent): Buffer {
  return Buffer.from(canonicalText(event), 'utf8');
}

/** The hash of an event: SHA-256 over its canonical bytes, in lower-case hexadecimal. */
export function chainHash(event: ChainedEvent): string {
  return createHash('sha256').update(canonicalText(event), 'utf8').digest('hex');
}

function canonicalText({ stream, revision, id, type, data, metadata }: ChainedEvent): string {
  const { hash: _own, ...covered } = metadata;
  return canonicalJson({ stream, revision, id, type, data, metadata: covered });
}

/**
 * JSON in the canonical form of RFC 8785. Written out here because it runs once for every event that is written or
 * verified: names sorted by UTF-16 code units, texts and numbers as ECMAScript writes them, fields without a value left out.
 * @throws Error for a number that JSON does not have
 */
export function canonicalJson(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'number':
      if (!Number.isFinite(value)) throw new Error(`${value} has no place in JSON`);
      return JSON.stringify(value);
    case 'object':
      break;
    default:
      return JSON.stringify(value) ?? 'null';
  }
  if (value === null) return 'null';
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const record = value as Readonly<Record<string, unknown>>;
  let text = '';
  for (const name of Object.keys(record).sort()) {
    const field = record[name];
    if (field === undefined) continue;
    text += `${text === '' ? '' : ','}${JSON.stringify(name)}:${canonicalJson(field)}`;
  }
  return `{${text}}`;
}
