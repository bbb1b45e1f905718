import { penaltyOf } from '../../projections/penalties.js';
import type { Row } from '../../projections/projection.js';
import type { RuleBook } from '../law/book.js';
import type { ImposedPenalty } from '../law/circumstances.js';
import { PenaltyHistory } from '../law/penalty-history.js';
import type { OtherPenalties } from '../ledger/exposure-preview.js';
import type { Moment } from './moment.js';
import type { ReadModel, ReadSource } from './read-model.js';
import { STANDING } from './row-tables.js';
import type { Parameter } from './sqlite.js';

/** As much of a view as is needed to read penalties. */
interface Rows {
  all<R extends object>(sql: string, ...parameters: readonly Parameter[]): readonly R[];
  /** The condition that keeps the rows known at the moment. */
  known(table: string): string;
}

/** The penalties imposed in an employer's workers' streams, as known at a moment, in the order of their days. */
function penaltiesOf(rows: Rows, bin: string, exceptStream = -1): readonly ImposedPenalty[] {
  return rows
    .all<Row & { readonly key: string }>(
      `SELECT p.* FROM penalties p INDEXED BY penalties_employer
       WHERE p.employer = ? AND p.stream <> ? AND ${rows.known('p')} ORDER BY p.imposed_on, p.stream, p.key`,
      bin,
      exceptStream,
    )
    .map((row) => penaltyOf(row.key, row));
}

/** For the write side: what is known now of an employer's penalties in other streams. */
export function otherPenalties(model: ReadModel): OtherPenalties {
  return (bin, exceptStream) => {
    try {
      const { connection, log } = model.current;
      const rows: Rows = {
        all: (sql, ...parameters) => connection.all(sql, ...parameters),
        known: (table) => `${table}.known_until = ${STANDING}`,
      };
      return penaltiesOf(rows, bin, log.streamNumber(exceptStream) ?? -1);
    } catch {
      // Rows that are being made, or cannot be read, must not keep a fact from being recorded.
      return [];
    }
  };
}

/** Histories of penalties by employer; null for employers without a penalty. */
type Histories = Map<string, PenaltyHistory | null>;

/** Those of the present, for as long as nothing new is recorded. */
const latest = new WeakMap<ReadSource, { readonly seq: number; readonly histories: Histories }>();

/** The histories of penalties that the views of one moment have asked for. */
export class KnownPenalties {
  readonly #rows: Rows;
  readonly #model: ReadSource;
  readonly #moment: Moment;
  #histories: Histories | null = null;

  constructor(rows: Rows, model: ReadSource, moment: Moment) {
    this.#rows = rows;
    this.#model = model;
    this.#moment = moment;
  }

  /** @param book the law by which they are judged, asked for only where there is a penalty */
  of(bin: string, book: () => RuleBook): PenaltyHistory | undefined {
    this.#histories ??= this.#sharedHistories();
    let history = this.#histories.get(bin);
    if (history === undefined) {
      const penalties = penaltiesOf(this.#rows, bin);
      history = penalties.length === 0 ? null : new PenaltyHistory(penalties, book());
      this.#histories.set(bin, history);
    }
    return history ?? undefined;
  }

  #sharedHistories(): Histories {
    const { isCurrent, seq } = this.#moment;
    if (!isCurrent) return new Map();
    const known = latest.get(this.#model);
    if (known?.seq === seq) return known.histories;
    const histories: Histories = new Map();
    latest.set(this.#model, { seq, histories });
    return histories;
  }
}
