import type { Day } from '../domain/dates.js';
import type { Obligation, Responsible } from './obligation.js';

export type EmployerSize = 'individual' | 'official' | 'small' | 'nonprofit' | 'medium' | 'large' | 'unknown';

/** The employer's class on a day, as the employer's own stream tells it. */
export type SizeOn = (day: Day) => EmployerSize;

export interface Payment {
  readonly on: Day;
  readonly tenge: number;
}

/** A penalty that was imposed, in the index of the day on which its case was opened. */
export interface ImposedPenalty {
  readonly eventId: string;
  readonly obligationId: string;
  readonly rule: string;
  readonly region: string | null;
  /** Whose duty was breached: only the employer's own count as a repeat and in the employer's sums. */
  readonly responsible: Responsible;
  readonly imposedOn: Day;
  readonly caseOpenedOn: Day;
  readonly mci: number;
  /** Key of the penalty in the law's data; null where the article is none of the law's. */
  readonly penalty: string | null;
  readonly article: string | null;
  /** The fine in tenge; null where the index of that day is not known. */
  readonly tenge: number | null;
  /** Half of it, which settles the fine when it is paid by `reducedUntil`; null where the law allows no half. */
  readonly reducedTenge: number | null;
  readonly reducedUntil: Day | null;
  readonly payments: readonly Payment[];
  readonly paidTenge: number;
  /** The day on which it was paid in full, or by half in time; null while it is owed. The year of a penalised person runs from it. */
  readonly executedOn: Day | null;
}

/** The earlier penalty that makes an offence a repeat. */
export interface Repeat {
  readonly earlier: ImposedPenalty;
  /** Last day on which an offence of the kind still repeats it. */
  readonly until: Day;
  /** `within-term`: another offence in the year after it. `went-on`: the same duty, still not done after it. */
  readonly because: 'within-term' | 'went-on';
  readonly reference: string;
  readonly verified: boolean;
}

/** What earlier penalties make of one obligation's offence. */
export interface Offence {
  /** It was punished, and the duty is done or the day is that of the penalty: nothing more is to be paid for it. */
  readonly isPunished: boolean;
  /** Null: a first offence, as far as is recorded. */
  readonly repeat: Repeat | null;
}

/** The penalties of one employer over all its workers, as they were known at a moment. */
export interface Penalties {
  /** The penalty that an offence beginning on a day repeats; only penalties imposed by `asOf` count. */
  repeatOf(penalty: string, on: Day, asOf: Day): Repeat | null;
  /** What they make of an obligation's offence that began on a day, as of another. */
  offenceOf(obligation: Obligation, on: Day, asOf: Day): Offence;
  /** The last penalty imposed for an obligation by a day, with what was paid by then. */
  imposedFor(obligationId: string, asOf: Day): ImposedPenalty | null;
  /** Whether a penalty for an obligation is known, of whatever day. */
  concerns(obligationId: string): boolean;
}

/** What a figure depends on beside the obligation, the law and the day: who the employer is and what it was penalised for. */
export interface Circumstances {
  readonly sizeOn: SizeOn;
  /** Left out: no penalty is known, so that every offence is a first one. */
  readonly penalties?: Penalties | undefined;
}
