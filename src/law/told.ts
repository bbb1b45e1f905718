import type { Day } from '../domain/dates.js';
import type { RuleBook } from './book.js';
import { daysOverdue, type Exposure, exposureOf, isLate, type SizeOn, stateOn } from './exposure.js';
import type { Obligation, ObligationState } from './obligation.js';

/** An obligation as it is told to others: as it stands on a day, with its owner and what it would cost. */
export type ToldObligation = Omit<Obligation, 'penalty' | 'overdueFrom' | 'overdueUntil' | 'accruesUntil' | 'count'> & {
  readonly workerId: string | null;
  readonly employerBin: string | null;
  readonly state: ObligationState;
  readonly late: boolean;
  readonly daysOverdue: number;
  readonly exposure: Exposure | null;
};

/** On which day, about whom, and with what an obligation is told. */
export interface Telling {
  readonly asOf: Day;
  readonly workerId: string | null;
  readonly employerBin: string | null;
  readonly sizeOn: SizeOn;
  readonly book: RuleBook;
}

/** Tells an obligation as of a day: what had not happened yet on that day is not told. */
export function toldOn(obligation: Obligation, { asOf, workerId, employerBin, sizeOn, book }: Telling): ToldObligation {
  const { metOn, voidOn, submittedOn } = obligation;
  const isMet = metOn !== null && metOn <= asOf;
  const isVoid = voidOn !== null && voidOn <= asOf;
  return {
    id: obligation.id,
    rule: obligation.rule,
    ruleVersion: obligation.ruleVersion,
    reading: obligation.reading,
    workerId,
    employerBin,
    subject: obligation.subject,
    region: obligation.region,
    responsible: obligation.responsible,
    triggeredBy: obligation.triggeredBy,
    opensOn: obligation.opensOn,
    dueOn: obligation.dueOn,
    dueReason: obligation.dueReason,
    safeBy: obligation.safeBy,
    state: stateOn(obligation, asOf),
    submittedOn: submittedOn !== null && submittedOn <= asOf ? submittedOn : null,
    metOn: isMet ? metOn : null,
    metBy: isMet ? obligation.metBy : null,
    late: isMet && isLate(obligation),
    voidOn: isVoid ? voidOn : null,
    voidReason: isVoid ? obligation.voidReason : null,
    daysOverdue: daysOverdue(obligation, asOf),
    verified: obligation.verified,
    sourceKind: obligation.sourceKind,
    consequence: obligation.consequence,
    exposure: exposureOf(obligation, { asOf, sizeOn, book }),
  };
}
