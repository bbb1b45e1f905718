import type { Day } from '../domain/dates.js';
import type { Fact } from '../domain/recorded-event.js';
import { type AssessedSubject, assess } from './assess.js';
import type { ReadingChoices, RuleBook } from './book.js';
import type { Circumstances } from './circumstances.js';
import type { ConflictNote } from './conflict-notes.js';
import { type Exposure, exposureOf, standingOn } from './exposure.js';
import type { SourceKind } from './obligation.js';

/** One side of a disagreement, with where it is said. */
export interface ConflictSide {
  /** The name by which an employer can choose it; null where nothing can be chosen. */
  readonly reading: string | null;
  readonly applied: boolean;
  readonly says: string;
  readonly reference: string;
  readonly sourceKind: SourceKind;
  readonly checkedOn: Day;
  readonly verified: boolean;
}

/** A question that sources answer differently, and what the ledger does about it. */
export interface Conflict {
  readonly name: string;
  readonly kind: 'rule' | 'parameter' | 'note';
  readonly title: string;
  readonly rows: readonly string[];
  /** The rule it shows in; null where it shows in none. */
  readonly rule: string | null;
  readonly sides: readonly ConflictSide[];
  readonly decided: string;
}

/** All questions on which sources differ: those with readings to choose from first, then those that are decided. */
export function conflictsOf(book: RuleBook): readonly Conflict[] {
  return [...rulesWithReadings(book), ...parametersWithReadings(book), ...book.conflictNotes.map(noted)];
}

export interface ReadingImpact {
  readonly reading: string;
  readonly applied: boolean;
  readonly accrued: ImpactSum;
  readonly atRisk: ImpactSum;
}

export interface ImpactSum {
  readonly obligations: number;
  readonly mciMin: number;
  readonly mciMax: number;
  readonly tengeMin: number | null;
  readonly tengeMax: number | null;
}

/** The history of one stream. */
export interface History {
  readonly subject: AssessedSubject;
  readonly facts: readonly Fact[];
}

export interface ImpactQuestion extends Circumstances {
  readonly histories: Iterable<History>;
  readonly asOf: Day;
  readonly book: RuleBook;
  /** How far ahead the risk is looked at, in calendar days. */
  readonly horizonDays?: number;
}

/**
 * What each reading of one disputed rule or parameter would mean for these histories, in MCI and tenge. Costs one
 * assessment of everything per reading. Throws LawError for a name without readings.
 */
export function impactOf(
  name: string,
  { histories, asOf, sizeOn, penalties, book, horizonDays = 30 }: ImpactQuestion,
): readonly ReadingImpact[] {
  const all = [...histories];
  return readingsOf(name, book).map(({ reading, applied }) => {
    const variant = book.withReadings({ [name]: reading });
    let accrued = NOTHING;
    let atRisk = NOTHING;
    for (const { facts, subject } of all) {
      for (const obligation of assess(facts, variant, subject).obligations()) {
        const standing = standingOn(obligation, asOf, horizonDays, penalties);
        if (standing === 'none') continue;
        const exposure = exposureOf(obligation, { asOf, sizeOn, penalties, book: variant });
        if (exposure === null) continue;
        if (standing === 'accrued') accrued = plus(accrued, exposure);
        else atRisk = plus(atRisk, exposure);
      }
    }
    return { reading, applied, accrued, atRisk };
  });
}

/** The readings that stand when a stream's choices are taken in their order; the last choice of a name counts. */
export function choicesOf(facts: Iterable<Fact>): ReadingChoices {
  const choices: Record<string, string> = {};
  for (const { type, data } of facts) {
    if (type === 'ReadingChosen') choices[String(data['rule'])] = String(data['reading']);
  }
  return choices;
}

const NOTHING: ImpactSum = { obligations: 0, mciMin: 0, mciMax: 0, tengeMin: 0, tengeMax: 0 };

function plus(sum: ImpactSum, price: Exposure): ImpactSum {
  const add = (a: number | null, b: number | null) => (a === null || b === null ? null : a + b);
  return {
    obligations: sum.obligations + 1,
    mciMin: sum.mciMin + price.mciMin,
    mciMax: sum.mciMax + price.mciMax,
    tengeMin: add(sum.tengeMin, price.tengeMin),
    tengeMax: add(sum.tengeMax, price.tengeMax),
  };
}

interface Reading extends Omit<ConflictSide, 'applied' | 'reading'> {
  readonly reading: string;
  readonly default?: boolean | undefined;
}

function readingsOf(name: string, book: RuleBook): readonly { readonly reading: string; readonly applied: boolean }[] {
  const readings = book.rules.get(name)?.readings ?? book.parameters.files.get(name)?.readings ?? [];
  const sides = sidesOf(readings, book.choices[name]);
  if (sides.length === 0) book.withReadings({ [name]: '' });
  return sides.flatMap(({ reading, applied }) => (reading === null ? [] : [{ reading, applied }]));
}

function sidesOf(readings: readonly Reading[], choice: string | undefined): readonly ConflictSide[] {
  const applied = choice ?? readings.find((one) => one.default === true)?.reading;
  return readings.map(({ reading, says, reference, sourceKind, checkedOn, verified }) => ({
    reading,
    applied: reading === applied,
    says,
    reference,
    sourceKind,
    checkedOn,
    verified,
  }));
}

function decidedBy(sides: readonly ConflictSide[]): string {
  return sides.find(({ applied }) => applied)?.says ?? 'Nothing is applied.';
}

function rulesWithReadings(book: RuleBook): readonly Conflict[] {
  return [...book.rules.values()].flatMap(({ id, title, rows, readings }) => {
    const sides = sidesOf(readings, book.choices[id]);
    return sides.length === 0
      ? []
      : [{ name: id, kind: 'rule' as const, title, rows, rule: id, sides, decided: decidedBy(sides) }];
  });
}

function parametersWithReadings(book: RuleBook): readonly Conflict[] {
  return [...book.parameters.files.values()].flatMap(({ parameter, title, readings }) => {
    const sides = sidesOf(readings ?? [], book.choices[parameter]);
    if (sides.length === 0) return [];
    return [
      { name: parameter, kind: 'parameter' as const, title, rows: [], rule: null, sides, decided: decidedBy(sides) },
    ];
  });
}

function noted({ conflict, title, rows, rule, sides, decided, checkedOn }: ConflictNote): Conflict {
  return {
    name: conflict,
    kind: 'note',
    title,
    rows,
    rule: rule ?? null,
    sides: sides.map((one) => ({ reading: null, applied: false, ...one, checkedOn: one.checkedOn ?? checkedOn })),
    decided,
  };
}
