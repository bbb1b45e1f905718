import { addDays, type Day } from '../domain/dates.js';
import type { RuleBook } from './book.js';
import type { Circumstances, EmployerSize, Offence, Penalties } from './circumstances.js';
import { dayNumber } from './days.js';
import type { Obligation, ObligationState } from './obligation.js';
import type { Penalty } from './schema.js';

export type { EmployerSize, SizeOn } from './circumstances.js';

/** The value of the monthly calculation index used for a sum, or the last one known where the day's own is not. */
export interface MciUsed {
  readonly value: number | null;
  readonly validFrom: Day | null;
  readonly purpose: string;
  readonly verified: boolean;
  /** Only where `value` is null. */
  readonly lastKnown: { readonly value: number; readonly validFrom: Day } | null;
}

/** What an offence would cost if a case were opened on the as-of day. Amounts are whole MCI and whole tenge. */
export interface Exposure {
  readonly penalty: 'fine' | 'warning';
  readonly mciMin: number;
  readonly mciMax: number;
  readonly tengeMin: number | null;
  readonly tengeMax: number | null;
  /** Half of the fine, due within seven days where the Code allows it. */
  readonly reducedTengeMin: number | null;
  readonly reducedTengeMax: number | null;
  readonly article: string;
  readonly firstOffence: boolean;
  readonly size: EmployerSize;
  readonly verified: boolean;
  readonly mci: MciUsed;
}

/** How an obligation counts on a day: its cost has accrued, or is at risk within the horizon, or neither. */
export type Standing = 'accrued' | 'atRisk' | 'none';

const LONG = 3_650_000;

/** The state of an obligation as of a day. */
export function stateOn(obligation: Obligation, asOf: Day): ObligationState {
  const { voidOn, metOn, opensOn, dueOn } = obligation;
  if (voidOn !== null && voidOn <= asOf) return 'void';
  if (metOn !== null && metOn <= asOf) return 'met';
  if (asOf < opensOn) return 'upcoming';
  return dueOn !== null && asOf > dueOn ? 'overdue' : 'open';
}

/** Whether an obligation that is met was met after its last day. */
export function isLate({ metOn, dueOn }: Obligation): boolean {
  return metOn !== null && dueOn !== null && metOn > dueOn;
}

/** Calendar days since the last day in time; 0 when it is not overdue on that day. */
export function daysOverdue(obligation: Obligation, asOf: Day): number {
  if (obligation.dueOn === null || stateOn(obligation, asOf) !== 'overdue') return 0;
  return dayNumber(asOf) - dayNumber(obligation.dueOn);
}

/**
 * Where an obligation's cost stands on a day. Accrued: overdue, or met late within the limitation, and not punished. At
 * risk: open and due within `horizonDays` calendar days of the as-of day (left out: whenever it is due). A third party's
 * duty never counts. `penalties` are those of the employer; without them none is known.
 */
export function standingOn(obligation: Obligation, asOf: Day, horizonDays = LONG, penalties?: Penalties): Standing {
  const { penalty, responsible, overdueFrom, accruesUntil, dueOn, opensOn } = obligation;
  if (penalty === null || responsible !== 'employer') return 'none';
  if (accruesUntil !== null && asOf >= accruesUntil) return 'none';
  if (overdueFrom !== null && asOf >= overdueFrom)
    return penalties?.offenceOf(obligation, overdueFrom, asOf).isPunished === true ? 'none' : 'accrued';
  if (dueOn === null || asOf < opensOn || asOf > dueOn) return 'none';
  return dayNumber(dueOn) - dayNumber(asOf) <= horizonDays ? 'atRisk' : 'none';
}

/** On which day, by which law and in which circumstances an obligation is priced. */
export interface Pricing extends Circumstances {
  readonly asOf: Day;
  readonly book: RuleBook;
}

/**
 * What an obligation would cost on a day; null where it costs nothing: not open yet, met in time, void, past its limitation,
 * punished (and done, or on the day of the penalty), another's duty, or a duty without a fine. The tier is that of the employer's class and the law on the
 * first overdue day; it is that of a repeat where the employer was penalised for an offence of the kind before.
 */
export function exposureOf(obligation: Obligation, { asOf, sizeOn, book, penalties }: Pricing): Exposure | null {
  if (obligation.penalty === null || obligation.responsible !== 'employer') return null;
  const state = stateOn(obligation, asOf);
  if (state === 'void' || state === 'upcoming') return null;
  if (state === 'met' && standingOn(obligation, asOf, LONG, penalties) !== 'accrued') return null;
  const on = firstOverdueDay(obligation) ?? asOf;
  const size = sizeOn(on);
  const { isPunished, repeat } = offenceOf(obligation, { asOf, penalties });
  if (isPunished) return null;
  const price = priceOf({ penalty: obligation.penalty, size, on, asOf, book, repeat: repeat !== null });
  return repeat === null || repeat.verified ? price : { ...price, verified: false };
}

/** What the employer's earlier penalties make of an obligation's offence; a first one where none is known. */
export function offenceOf(
  obligation: Obligation,
  { asOf, penalties }: { readonly asOf: Day; readonly penalties?: Penalties | undefined },
): Offence {
  return penalties?.offenceOf(obligation, firstOverdueDay(obligation) ?? asOf, asOf) ?? FIRST_OFFENCE;
}

const FIRST_OFFENCE: Offence = { isPunished: false, repeat: null };

/** The day whose employer's class and law set the tier: the first on which the duty is, or would be, overdue. */
export function firstOverdueDay({ overdueFrom, dueOn }: Obligation): Day | null {
  return overdueFrom ?? (dueOn === null ? null : addDays(dueOn, 1));
}

export interface PriceQuestion {
  /** Key of the penalty in the law's data. */
  readonly penalty: string;
  readonly size: EmployerSize;
  /** First overdue day: chooses the tier's version. */
  readonly on: Day;
  /** The day a case would be opened: chooses the value of the MCI (CAO art. 44). */
  readonly asOf: Day;
  readonly book: RuleBook;
  /** Price it as a repeat within the year. */
  readonly repeat?: boolean;
}

/** Prices one offence. Throws for a penalty that the law does not have. */
export function priceOf({ penalty, size, on, asOf, book, repeat = false }: PriceQuestion): Exposure {
  const first = requirePenalty(book, penalty);
  const priced = repeat && first.repeat !== undefined ? requirePenalty(book, first.repeat) : first;
  const { min, max, warning, verified } = tierOf(priced, size, on);
  const mci = mciOn(book, asOf);
  const tenge = (amount: number) => (amount === 0 ? 0 : mci.value === null ? null : amount * mci.value);
  const half = (amount: number | null) =>
    priced.reducible === true && amount !== null ? Math.floor((amount + 1) / 2) : null;
  const [tengeMin, tengeMax] = [tenge(min), tenge(max)];
  return {
    penalty: warning ? 'warning' : 'fine',
    mciMin: min,
    mciMax: max,
    tengeMin,
    tengeMax,
    reducedTengeMin: half(tengeMin),
    reducedTengeMax: half(tengeMax),
    article: priced.article,
    firstOffence: !(repeat && first.repeat !== undefined),
    size,
    verified,
    mci,
  };
}

/** The value of the MCI for fines on a day. A year without a known value has none: nothing is extrapolated. */
export function mciOn(book: RuleBook, asOf: Day): MciUsed {
  const { known, lastKnown } = book.parameter('mci', { on: asOf, purpose: 'fines' });
  return {
    value: typeof known?.value === 'number' ? known.value : null,
    validFrom: known?.validFrom ?? null,
    purpose: 'fines',
    verified: known?.verified ?? false,
    lastKnown: typeof lastKnown?.value === 'number' ? { value: lastKnown.value, validFrom: lastKnown.validFrom } : null,
  };
}

interface Tier {
  readonly min: number;
  readonly max: number;
  readonly warning: boolean;
  readonly verified: boolean;
}

function tierOf({ versions, penalty }: Penalty, size: EmployerSize, on: Day): Tier {
  const version =
    versions.findLast(({ validFrom, validTo }) => validFrom <= on && (validTo === undefined || on <= validTo)) ??
    versions[0];
  if (version === undefined) throw new Error(`The penalty ${penalty} has no amounts.`);
  const { tiers, verified } = version;
  // Where the class is not known the answer is the range of the classes an organisation can have.
  const amounts = size === 'unknown' ? [tiers.small, tiers.large] : [tiers[size]];
  const numbers = amounts.map((amount) => (amount === 'warning' ? 0 : amount));
  return {
    min: Math.min(...numbers),
    max: Math.max(...numbers),
    warning: amounts.every((amount) => amount === 'warning'),
    verified,
  };
}

function requirePenalty(book: RuleBook, name: string): Penalty {
  const penalty = book.penalties.get(name);
  if (penalty === undefined) throw new Error(`The law has no penalty "${name}".`);
  return penalty;
}
