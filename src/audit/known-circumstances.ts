import { penaltyOf } from '../../projections/penalties.js';
import type { Row } from '../../projections/projection.js';
import type { Day } from '../domain/dates.js';
import type { RuleBook } from '../law/book.js';
import type { Circumstances, EmployerSize } from '../law/circumstances.js';
import { PenaltyHistory } from '../law/penalty-history.js';
import type { View } from '../reading/reading.js';

interface Versioned {
  readonly known_from: number;
  readonly known_until: number;
}

interface SizeRow extends Versioned {
  readonly size: EmployerSize;
  readonly valid_from: Day;
  readonly valid_until: Day;
}

type PenaltyRow = Row & Versioned & { readonly key: string };

interface Versions {
  /** Events with which something new became known, in their order. */
  readonly changes: readonly number[];
  readonly sizes: readonly SizeRow[];
  readonly penalties: readonly PenaltyRow[];
}

interface Made {
  readonly byBook: Map<RuleBook, Circumstances>;
  /** Penalties in it, and one for each book. */
  readonly size: number;
}

/** Penalties held at most by what was made; each change of an employer with many holds all of them again. */
const MOST_HELD = 20_000;

/** Size classes and penalties of employers as they were known with an event. */
export class KnownCircumstances {
  readonly #view: View;
  readonly #versions = new Map<string, Versions>();
  /** By employer and change, the oldest first. */
  readonly #made = new Map<string, Made>();
  #held = 0;

  constructor(view: View) {
    this.#view = view;
  }

  /** The same object as long as nothing new became known about the employer, and the law is the same. */
  at(bin: string, seq: number, book: RuleBook): Circumstances {
    const { changes, sizes, penalties } = this.#of(bin);
    const change = changes.findLast((known) => known <= seq) ?? 0;
    const key = `${bin} ${change}`;
    const { byBook, size } = this.#made.get(key) ?? { byBook: new Map<RuleBook, Circumstances>(), size: 0 };
    const made = byBook.get(book);
    if (made !== undefined) return made;
    const stands = ({ known_from, known_until }: Versioned) => known_from <= change && known_until > change;
    const stretches = sizes.filter(stands);
    const imposed = penalties.filter(stands).map((row) => penaltyOf(row.key, row));
    const circumstances: Circumstances = {
      sizeOn: (day) => stretches.find((row) => row.valid_from <= day && day < row.valid_until)?.size ?? 'unknown',
      penalties: imposed.length === 0 ? undefined : new PenaltyHistory(imposed, book),
    };
    this.#made.delete(key);
    this.#made.set(key, { byBook: byBook.set(book, circumstances), size: size + 1 + imposed.length });
    this.#held += 1 + imposed.length;
    for (const [oldest, { size: freed }] of this.#made) {
      if (this.#held <= MOST_HELD || oldest === key) break;
      this.#made.delete(oldest);
      this.#held -= freed;
    }
    return circumstances;
  }

  /** Events with which something new became known about an employer, or ceased to be, in their order. */
  changes(bin: string): readonly number[] {
    return this.#of(bin).changes;
  }

  #of(bin: string): Versions {
    let known = this.#versions.get(bin);
    if (known === undefined) {
      const { seq } = this.#view.moment;
      const sizes = this.#view.all<SizeRow>(
        'SELECT size, valid_from, valid_until, known_from, known_until FROM employers WHERE bin = ? AND known_from <= ?',
        bin,
        seq,
      );
      const penalties = this.#view.all<PenaltyRow>(
        'SELECT * FROM penalties WHERE employer = ? AND known_from <= ? ORDER BY imposed_on, stream, key',
        bin,
        seq,
      );
      const rows: readonly Versioned[] = [...sizes, ...penalties];
      const changes = [...new Set(rows.flatMap((row) => [row.known_from, row.known_until]))].sort((a, b) => a - b);
      known = { changes, sizes, penalties };
      this.#versions.set(bin, known);
    }
    return known;
  }
}
