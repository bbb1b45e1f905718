import type { StreamKind } from '../src/domain/event-type.js';
import type { Fact } from '../src/domain/recorded-event.js';
import type { Assessment } from '../src/law/assess.js';

/** A value that a row's column can hold. Days, ids and JSON are text; flags are 0 and 1. */
export type Cell = string | number | null;

/** Stands where a stretch of days has no end yet: later than every day there is. */
export const FOREVER = '9999-12-31';

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

/** Takes the next fact of a stream. The assessment has taken it already. */
export type Folder = (fact: Fact, rows: RowSink) => void;

/**
 * Turns one stream's history into rows. `start` is asked for a new folder per stream; it is given the facts one by one, in
 * the order in which they happened. After a late fact, a correction or a retraction the projector starts a new folder
 * and feeds the whole history again, so a projection never undoes anything. Whether a fact or the state that it leads to
 * is in the past is none of its business: rows hold days, the queries compare.
 */
export interface Projection {
  /** Also the name of its table. */
  readonly name: string;
  readonly streams: readonly StreamKind[];
  /** Column names with their SQLite types; `stream` (a number), `key`, `known_from` and `known_until` are added. */
  readonly columns: Readonly<Record<string, 'TEXT' | 'INTEGER'>>;
  /** Index definitions: lists of columns, with an optional partial condition. `{current}` stands for "known now". */
  readonly indexes: readonly { readonly name: string; readonly on: string; readonly where?: string }[];
  start(subject: Subject): Folder;
}
