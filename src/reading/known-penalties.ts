import { penaltyOf } from '../../projections/penalties.js';
import type { Row } from '../../projections/projection.js';
import type { RuleBook } from '../law/book.js';
import type { ImposedPenalty } from '../law/circumstances.js';
import { PenaltyHistory } from '../law/penalty-history.js';
import type { OtherPenalties } from '../ledger/exposure-preview.js';
import type { ReadModel } from './read-model.js';
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

/** The histories of penalties that a view has asked for, by employer. */
export class KnownPenalties {
  readonly #rows: Rows;
  /** Null for employers without a penalty. */
  readonly #histories = new Map<string, PenaltyHistory | null>();

  constructor(rows: Rows) {
    this.#rows = rows;
  }

  /** @param book the law by which they are judged, asked for only where there is a penalty */
  of(bin: string, book: () => RuleBook): PenaltyHistory | undefined {
    let history = this.#histories.get(bin);
    if (history === undefined) {
      const penalties = penaltiesOf(this.#rows, bin);
      history = penalties.length === 0 ? null : new PenaltyHistory(penalties, book());
      this.#histories.set(bin, history);
    }
    return history ?? undefined;
  }
}
