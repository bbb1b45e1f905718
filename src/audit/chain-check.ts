import { CHAIN_START, chainHash } from '../ledger/chain.js';

/** What the check looks at: an event as the store gave it back. */
export interface CheckedEvent {
  readonly stream: string;
  readonly revision: number;
  readonly position: string;
  readonly id: string;
  readonly type: string;
  readonly data: unknown;
  readonly metadata: unknown;
  /** What the store's own files hold against it, as the end of a sentence. */
  readonly fault?: string | undefined;
}

/** A place where the log has nothing that can be looked at: a record is gone, or cannot be decoded. */
export interface LostRecord {
  /** Whose it was; null where nothing says it any more. */
  readonly stream: string | null;
  readonly revision: number;
  /** Null where the store does not say where it stopped. */
  readonly position: string | null;
  /** A whole sentence. */
  readonly fault: string;
  /** Whether a record is there all the same, which the store does not hand out; left out: nothing is there. */
  readonly kind?: 'damaged-record' | 'lost-record' | undefined;
}

export type DamageKind =
  | 'changed-content'
  | 'broken-link'
  | 'missing-event'
  | 'repeated-event'
  | 'hash-removed'
  | 'damaged-record'
  | 'lost-record';

/** One event that does not fit into the chain of its stream, or one place of the log where it is not whole. */
export interface Damage {
  readonly kind: DamageKind;
  /** Null, like the others, where the log does not say any more what stood there. */
  readonly stream: string | null;
  readonly revision: number | null;
  readonly position: string | null;
  readonly eventId: string | null;
  readonly type: string | null;
  /** What differs, as one sentence. */
  readonly what: string;
  /** What was found and what should stand there, where it is a hash or a revision. */
  readonly found: string | null;
  readonly expected: string | null;
}

/** How a log stands after everything that was given to the check. */
export interface ChainReport {
  readonly intact: boolean;
  readonly events: number;
  readonly streams: number;
  /** Events written before their stream had a chain: nothing can be said about them. */
  readonly unchained: number;
  readonly firstUnchained: { readonly stream: string; readonly revision: number; readonly position: string } | null;
  /** The first event that does not fit, in the order of the log. */
  readonly firstDamage: Damage | null;
  readonly damaged: number;
}

interface Head {
  revision: number;
  /** Hash that the next event must name; null while the stream has no chain. */
  hash: string | null;
}

/**
 * Recomputes the chain of every stream from events in log order, each once. It keeps one hash per stream and nothing else,
 * so the size of the log does not matter; after damage the stream is taken up again from what stands there.
 */
export class ChainCheck {
  readonly #heads = new Map<string, Head>();
  #events = 0;
  #unchained = 0;
  #damaged = 0;
  #firstUnchained: ChainReport['firstUnchained'] = null;
  #firstDamage: Damage | null = null;
  readonly #isPart: boolean;

  /** @param options.isPart whether streams may begin anywhere: then the first event of each has nothing before it to be held against */
  constructor({ isPart = false }: { readonly isPart?: boolean } = {}) {
    this.#isPart = isPart;
  }

  /** Takes the next event of the log. @returns the damage, if it does not fit */
  take(event: CheckedEvent): Damage | null {
    this.#events += 1;
    const { stream, revision } = event;
    let head = this.#heads.get(stream);
    if (head === undefined) {
      head = { revision: -1, hash: null };
      this.#heads.set(stream, head);
    }
    const isFirst = head.revision === -1;
    const isBegun = isFirst && this.#isPart;
    if (isBegun) head.revision = revision - 1;
    const metadata = isRecord(event.metadata) ? event.metadata : {};
    const own = textIn(metadata, 'hash');
    const damage = this.#compare(event, head, isFirst && !isBegun, metadata, own) ?? faultOf(event);
    if (revision > head.revision) head.revision = revision;
    if (own === null) {
      // Whoever strips a hash must not make the rest of the stream look as if it never had one.
      if (head.hash === null && damage?.kind !== 'hash-removed') this.#leaveOut(event);
    } else head.hash = own;
    return damage === null ? null : this.#noted(damage);
  }

  /** Takes a place of the log where nothing can be looked at. */
  takeLost({ stream, revision, position, fault, kind = 'lost-record' }: LostRecord): Damage {
    const head = stream === null ? undefined : this.#heads.get(stream);
    if (head !== undefined && revision === head.revision + 1) {
      // The event is there in some way: the next one is not to blame for what cannot be compared any more.
      head.revision = revision;
      head.hash = null;
    }
    const unknown = { eventId: null, type: null, found: null, expected: null };
    return this.#noted({
      kind,
      stream,
      revision: stream === null ? null : revision,
      position,
      ...unknown,
      what: fault,
    });
  }

  #noted(damage: Damage): Damage {
    this.#damaged += 1;
    this.#firstDamage ??= damage;
    return damage;
  }

  report(): ChainReport {
    return {
      intact: this.#firstDamage === null,
      events: this.#events,
      streams: this.#heads.size,
      unchained: this.#unchained,
      firstUnchained: this.#firstUnchained,
      firstDamage: this.#firstDamage,
      damaged: this.#damaged,
    };
  }

  /** The last revision and hash of each stream, as a later check or a copy can be compared with. */
  *heads(): Generator<{ readonly stream: string; readonly revision: number; readonly hash: string | null }> {
    for (const [stream, { revision, hash }] of this.#heads) yield { stream, revision, hash };
  }

  #compare(
    event: CheckedEvent,
    head: Head,
    isFirst: boolean,
    metadata: Readonly<Record<string, unknown>>,
    own: string | null,
  ): Damage | null {
    const { stream, revision, id, type, data } = event;
    const expectedRevision = head.revision + 1;
    if (revision < expectedRevision) {
      return damageOf(
        'repeated-event',
        event,
        String(revision),
        String(expectedRevision),
        'stands at a revision that the stream has passed already',
      );
    }
    if (revision > expectedRevision) {
      const missing = revision - expectedRevision;
      const which =
        missing === 1 ? `revision ${expectedRevision} is` : `revisions ${expectedRevision} to ${revision - 1} are`;
      return damageOf(
        'missing-event',
        event,
        String(revision),
        String(expectedRevision),
        `comes too early: ${which} missing before it`,
      );
    }
    const previous = textIn(metadata, 'previousHash');
    if (own === null) {
      if (head.hash !== null)
        return damageOf('hash-removed', event, null, null, 'carries no hash although the events before it do');
      if (previous === null) return null;
      return damageOf('hash-removed', event, null, null, 'carries no hash although it names one before it');
    }
    const computed = chainHash({ stream, revision, id, type, data, metadata });
    if (computed !== own) {
      return damageOf(
        'changed-content',
        event,
        computed,
        own,
        'is not what was written: its content no longer gives its hash',
      );
    }
    const due = head.hash ?? (isFirst ? CHAIN_START : null);
    // The first chained event after unchained ones has nothing that it could name.
    if (due === null || previous === due) return null;
    return damageOf(
      'broken-link',
      event,
      previous,
      due,
      'does not follow the event that stands before it: the hash that it names is another',
    );
  }

  #leaveOut({ stream, revision, position }: CheckedEvent): void {
    this.#unchained += 1;
    this.#firstUnchained ??= { stream, revision, position };
  }
}

/** What the chain does not see, for it is not under the hash: the store's own time stamp, its place in the file. */
function faultOf(event: CheckedEvent): Damage | null {
  return event.fault === undefined ? null : damageOf('damaged-record', event, null, null, event.fault);
}

function damageOf(
  kind: DamageKind,
  { stream, revision, position, id, type }: CheckedEvent,
  found: string | null,
  expected: string | null,
  what: string,
): Damage {
  return {
    kind,
    stream,
    revision,
    position,
    eventId: id,
    type,
    what: `${type} ${id}, revision ${revision} of ${stream} at position ${position}, ${what}.`,
    found,
    expected,
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textIn(record: Readonly<Record<string, unknown>>, name: string): string | null {
  const value = record[name];
  return typeof value === 'string' ? value : null;
}
