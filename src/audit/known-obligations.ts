import { obligationOf } from '../../projections/obligations.js';
import type { Day } from '../domain/dates.js';
import type { RuleBook } from '../law/book.js';
import type { Circumstances } from '../law/circumstances.js';
import type { Exposure } from '../law/exposure.js';
import type { ObligationState } from '../law/obligation.js';
import { toldOn } from '../law/told.js';
import type { ObligationRow, View } from '../reading/reading.js';
import { KnownCircumstances } from './known-circumstances.js';

/** An obligation as it is told of a day: what had not happened yet on that day is not told. */
export interface KnownObligation {
  readonly state: ObligationState;
  readonly dueOn: Day | null;
  readonly submittedOn: Day | null;
  readonly metOn: Day | null;
  readonly voidOn: Day | null;
  readonly employerBin: string | null;
  readonly region: string | null;
  readonly exposure: Exposure | null;
}

/** A row that was known from one event on, until another. */
export type VersionRow = ObligationRow & {
  readonly rule: string;
  readonly known_from: number;
  readonly known_until: number;
};

/** Obligations of the as-of day as they were known with an event, up to the moment of a view. */
export class KnownObligations {
  readonly #view: View;
  readonly #circumstances: KnownCircumstances;

  constructor(view: View) {
    this.#view = view;
    this.#circumstances = new KnownCircumstances(view);
  }

  /** The law in force with an event, in the readings that the employer had chosen. */
  bookAt(bin: string | null, seq: number): RuleBook {
    return this.#view.parts.model.law.for(bin, seq);
  }

  circumstancesAt(bin: string | null, seq: number): Circumstances {
    return bin === null ? NOBODY : this.#circumstances.at(bin, seq, this.bookAt(bin, seq));
  }

  /** The obligation whose versions are given, as it was known with an event; null where it did not stand. */
  at(versions: readonly VersionRow[], seq: number): KnownObligation | null {
    const row = versions.find(({ known_from, known_until }) => known_from <= seq && seq < known_until);
    if (row === undefined) return null;
    const told = toldOn(obligationOf(row.key, row), {
      asOf: this.#view.asOf,
      workerId: null,
      employerBin: row.employer,
      book: this.bookAt(row.employer, seq),
      ...this.circumstancesAt(row.employer, seq),
    });
    const { state, dueOn, submittedOn, metOn, voidOn, employerBin, region, exposure } = told;
    return { state, dueOn, submittedOn, metOn, voidOn, employerBin, region, exposure };
  }

  /** Whether nothing that an obligation is told by is another with one event than with the other. */
  isUntouched(versions: readonly VersionRow[], fromSeq: number, untilSeq: number): boolean {
    const [row, ...others] = versions;
    if (row === undefined || others.length > 0 || row.known_from > fromSeq || row.known_until <= untilSeq) return false;
    const { employer } = row;
    return (
      this.bookAt(employer, fromSeq) === this.bookAt(employer, untilSeq) &&
      this.circumstancesAt(employer, fromSeq) === this.circumstancesAt(employer, untilSeq)
    );
  }

  /** The last event, after one and not after another, with which an obligation began to be told otherwise. */
  causeOf(versions: readonly VersionRow[], fromSeq: number, untilSeq: number): number | null {
    const bins = new Set(versions.map(({ employer }) => employer));
    const seqs = [
      ...versions.flatMap((row) => [row.known_from, row.known_until]),
      ...[...bins].flatMap((bin) => this.#changesFor(bin, fromSeq)),
    ].filter((seq) => seq > fromSeq && seq <= untilSeq);
    const latestFirst = [...new Set(seqs)].sort((a, b) => b - a);
    return latestFirst.find((seq) => !isSame(this.at(versions, seq), this.at(versions, seq - 1))) ?? null;
  }

  /** Events with which the law, the class or the penalties of an employer changed. */
  #changesFor(bin: string | null, afterSeq: number): readonly number[] {
    const ofLaw = this.#view.parts.model.law.changes(bin, afterSeq);
    return bin === null ? ofLaw : [...ofLaw, ...this.#circumstances.changes(bin)];
  }
}

const NOBODY: Circumstances = { sizeOn: () => 'unknown' };

/** Whether two tellings are equal in everything that is told. */
export function isSame(a: object | null, b: object | null): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
