import { createHash } from 'node:crypto';
import canonicalizeModule from 'canonicalize';

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

// The package's types describe an ES module, the package itself is CommonJS: its default import is the function.
const canonicalize = canonicalizeModule as unknown as (value: unknown) => string | undefined;

/** `previousHash` of the first event of a stream. */
export const CHAIN_START = '0'.repeat(64);

/**
 * The canonical bytes of a stored event, the leaf of every proof: the JSON of `{ stream, revision, id, type, data, metadata }`
 * in the canonical form of RFC 8785 (sorted names, no blanks, ECMAScript numbers, UTF-8), without `metadata.hash`.
 * Changing this form breaks every hash ever written.
 */
export function canonicalBytes(event: ChainedEvent): Buffer {
  const { hash: _own, ...metadata } = event.metadata;
  const text = canonicalize({
    stream: event.stream,
    revision: event.revision,
    id: event.id,
    type: event.type,
    data: event.data,
    metadata,
  });
  return Buffer.from(text ?? '', 'utf8');
}

/** The hash of an event: SHA-256 over its canonical bytes, in lower-case hexadecimal. */
export function chainHash(event: ChainedEvent): string {
  return createHash('sha256').update(canonicalBytes(event)).digest('hex');
}
