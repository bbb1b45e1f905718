import { penaltyOf } from '../../projections/penalties.js';
import type { Row } from '../../projections/projection.js';
import type { RuleBook } from '../law/book.js';
import type { ImposedPenalty } from '../law/circumstances.js';
import { PenaltyHistory } from '../law/penalty-history.js';
import type { Parameter } from './sqlite.js';

/** As much of a view as is needed to read penalties. */
interface Rows {
  all<R extends object>(sql: string, ...parameters: readonly Parameter[]): readonly R[];
  /** The condition that keeps the rows known at the moment. */
  known(table: string): string;
}

/** The penalties imposed in an employer's workers' streams, as known at a moment, in the order of their days. */
export function penaltiesOf(rows: Rows, bin: string): readonly ImposedPenalty[] {
  return rows
    .all<Row & { readonly key: string }>(
      `SELECT p.* FROM penalties p INDEXED BY penalties_employer WHERE p.employer = ? AND ${rows.known('p')}
       ORDER BY p.imposed_on, p.stream, p.key`,
      bin,
    )
    .map((row) => penaltyOf(row.key, row));
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
