import { hash } from 'node:crypto';

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
  return hash('sha256', canonicalText(event), 'hex');
}

function canonicalText({ stream, revision, id, type, data, metadata }: ChainedEvent): string {
  const { hash: _own, ...covered } = metadata;
  // The names of the envelope in their order, written out: this runs once for every event of the log.
  const content = data === undefined ? '' : `"data":${canonicalJson(data)},`;
  return `{${content}"id":${quoted(id)},"metadata":${canonicalJson(covered)},"revision":${canonicalJson(revision)},"stream":${quoted(stream)},"type":${quoted(type)}}`;
}

/**
 * JSON in the canonical form of RFC 8785. Written out here because it runs once for every event that is written or
 * verified: names sorted by UTF-16 code units, texts and numbers as ECMAScript writes them, fields without a value left out.
 * @throws Error for a number that JSON does not have
 */
export function canonicalJson(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return quoted(value);
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
  const { sorted, labels } = shapeOf(Object.keys(record));
  let text = '';
  for (let index = 0; index < sorted.length; index++) {
    const field = record[sorted[index] ?? ''];
    if (field === undefined) continue;
    text += `${text === '' ? '' : ','}${labels[index] ?? ''}${canonicalJson(field)}`;
  }
  return `{${text}}`;
}

/** Texts that stand in JSON as they are need no walk through them by the encoder. */
function quoted(text: string): string {
  return ESCAPED.test(text) ? JSON.stringify(text) : `"${text}"`;
}

// Anything but what stands in JSON as it is: quotes, backslashes, control characters and surrogates are left to the encoder.
const ESCAPED = /[^\u0020\u0021\u0023-\u005b\u005d-\ud7ff\ue000-\uffff]/;

/** The names of an object: as they stand in it, sorted, and as they are written. */
interface Shape {
  readonly names: readonly string[];
  readonly sorted: readonly string[];
  readonly labels: readonly string[];
}

/** A ledger has some dozens of shapes and a million objects; a log of others' making may have any number. */
const MOST_SHAPES = 2_000;
const shapes = new Map<string, Shape>();

function shapeOf(names: readonly string[]): Shape {
  const key = names.join();
  const known = shapes.get(key);
  // Names may hold commas: the key alone would take one shape for another.
  if (known !== undefined && isSame(known.names, names)) return known;
  const sorted = [...names].sort();
  const shape = { names, sorted, labels: sorted.map((name) => `${JSON.stringify(name)}:`) };
  if (shapes.size >= MOST_SHAPES) shapes.clear();
  shapes.set(key, shape);
  return shape;
}

function isSame(some: readonly string[], others: readonly string[]): boolean {
  if (some.length !== others.length) return false;
  for (let index = 0; index < some.length; index++) if (some[index] !== others[index]) return false;
  return true;
}
