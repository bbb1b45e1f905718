import type { StreamKind } from '../src/domain/event-type.js';
import type { Fact } from '../src/domain/recorded-event.js';
import type { Assessment } from '../src/law/assess.js';

/** A value that a row's column can hold. Days, ids and JSON are text; flags are 0 and 1. */
export type Cell = string | number | null;

/** One row as a projection states it; the bitemporal columns are added by the read side. */
export type Row = Readonly<Record<string, Cell>>;

/** What a projection may look at: the facts that stand so far in one stream and what the law makes of them. */
export interface Subject {
  readonly kind: StreamKind;
  /** The worker's UUID or the employer's BIN. */
  readonly id: string;
  readonly facts: readonly Fact[];
  readonly assessment: Assessment;
}

/** Receives the rows that changed. Setting a row equal to the one that stands changes nothing. */
export interface RowSink {
  set(key: string, row: Row): void;
  delete(key: string): void;
}

/**
 * Turns one stream's history into rows. `fold` is asked for a new folder per stream; it is given the facts one by one, in
 * the order in which they happened. After a late fact, a correction or a retraction the projector starts a new folder
 * and feeds the whole history again, so a projection never undoes anything.
 */
export interface Projection {
  readonly name: string;
  readonly streams: StreamKind;
  /** Column names with their SQLite types; `known_from`, `known_until`, `stream_id` and `key` are added. */
  readonly columns: Readonly<Record<string, 'TEXT' | 'INTEGER'>>;
  /** Index definitions: lists of columns, with an optional partial condition. */
  readonly indexes: readonly { readonly name: string; readonly on: string; readonly where?: string }[];
  start(subject: Subject): (fact: Fact, rows: RowSink) => void;
}
