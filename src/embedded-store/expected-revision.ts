import type { Expected } from './refusal.js';

/** What the decision needs to know about the stream. `last` is -1 while the stream has no event. */
export interface StreamFacts {
  readonly last: number;
  readonly tombstoned: boolean;
  readonly softDeleted: boolean;
  readonly hasMetadata: boolean;
}

/** Where an event id was seen before. */
export interface Sighting {
  readonly revision: number;
  readonly position: number;
}

export interface SeenEvents {
  /** The place of a recently written id in this stream, if it is still remembered. */
  recent(id: string): Sighting | undefined;
  /** The id stored at a revision of this stream, with its position. */
  at(revision: number): (Sighting & { readonly id: string }) | undefined;
}

export type Decision =
  | { readonly kind: 'write' }
  | { readonly kind: 'repeated'; readonly last: Sighting }
  | { readonly kind: 'wrong-expected-version' }
  | { readonly kind: 'stream-deleted' };

const WRITE: Decision = { kind: 'write' };
const WRONG: Decision = { kind: 'wrong-expected-version' };
const DELETED: Decision = { kind: 'stream-deleted' };

/**
 * Decides whether an append may be written, was written before, or must be refused. The rules are the server's, in its
 * order; note that the same ids with the newest exact revision are written again.
 */
export function decide(expected: Expected, stream: StreamFacts, ids: readonly string[], seen: SeenEvents): Decision {
  if (stream.tombstoned) return DELETED;
  switch (expected.kind) {
    case 'stream-exists':
      if (stream.softDeleted) return DELETED;
      if (stream.last < 0 && !stream.hasMetadata) return WRONG;
      return unlessSeenRecently(ids, seen);
    case 'any':
      return unlessSeenRecently(ids, seen);
    case 'no-stream':
      return stream.last < 0 ? WRITE : unlessStoredAfter(-1, stream, ids, seen);
    case 'exact':
      if (expected.revision > stream.last) return WRONG;
      return expected.revision === stream.last ? WRITE : unlessStoredAfter(expected.revision, stream, ids, seen);
  }
}

function unlessSeenRecently(ids: readonly string[], seen: SeenEvents): Decision {
  let last: Sighting | undefined;
  for (const id of ids) {
    const sighting = seen.recent(id);
    if (!sighting) return last ? WRONG : WRITE;
    last = sighting;
  }
  return last ? { kind: 'repeated', last } : WRITE;
}

function unlessStoredAfter(revision: number, stream: StreamFacts, ids: readonly string[], seen: SeenEvents): Decision {
  let last: Sighting | undefined;
  for (const [index, id] of ids.entries()) {
    const stored = seen.at(revision + 1 + index);
    if (stored?.id !== id) {
      const mayStartAnew = !last && revision === -1 && stream.softDeleted;
      return mayStartAnew ? WRITE : WRONG;
    }
    last = stored;
  }
  return last ? { kind: 'repeated', last } : WRONG;
}
