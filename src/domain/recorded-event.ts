import type { Day } from './dates.js';
import type { EventData } from './event-type.js';

/** What is stored beside every event's data. */
export interface EventMetadata {
  readonly schemaVersion: number;
  /** Who recorded it: the authenticated caller, or the `Ledger-Actor` header. */
  readonly actor: string;
  readonly reason?: string;
  /** Rules whose breach the caller knowingly recorded. */
  readonly acknowledged?: readonly string[];
  readonly commandId: string;
  /** Keyed hash of the command's body, to tell a repeat from a reused key. */
  readonly commandTag: string;
  readonly $correlationId: string;
  readonly $causationId: string;
  /** When the writer recorded it, RFC 3339 in UTC to the millisecond; covered by the hash. */
  readonly recordedAt?: string;
  /** Hash of the event before this one in the stream. Events written before there was a chain have none. */
  readonly previousHash?: string;
  /** Hash over the event's content and `previousHash`. */
  readonly hash?: string;
}

/**
 * An event as it stands in the ledger, its personal fields left sealed. `data` holds the clear fields and the derived
 * ones; `sealed` the encrypted rest. Order in a stream is `revision`, order in the ledger is `seq`.
 */
export interface RecordedEvent {
  readonly id: string;
  readonly stream: string;
  readonly type: string;
  /** Number of the event in its stream, from 0. */
  readonly revision: number;
  /** The event's commit position in the log, a decimal string. */
  readonly position: string;
  /** When it was recorded, RFC 3339 in UTC: the second clock. */
  readonly recordedAt: string;
  /** When it was true, a civil date in Kazakhstan: the first clock. */
  readonly occurredOn: Day;
  readonly data: EventData;
  readonly sealed?: string;
  readonly metadata: EventMetadata;
}

/**
 * One fact that stands: an original event after all its corrections, never a retracted one. Facts are ordered by the
 * day they happened, and by recording order within a day.
 */
export interface Fact {
  /** The id of the original event, whatever corrected it later. */
  readonly eventId: string;
  readonly type: string;
  readonly occurredOn: Day;
  /** Clear and derived fields only: the law never reads personal values. */
  readonly data: EventData;
  /** Revision of the original event: the order within one day. */
  readonly revision: number;
  /** The event that gave the fact its present content: the original, or the last correction. */
  readonly statedBy: string;
  /**
   * The event whose `sealed` part belongs to the present data: the original, or the last correction that replaced the
   * data (one that only moved the day leaves the data where it was).
   */
  readonly sealedBy?: string;
}
