import type { Day } from '../domain/dates.js';
import type { RuleBook } from './book.js';
import type { Circumstances, Penalties } from './circumstances.js';
import { daysOverdue, type Exposure, exposureOf, isLate, stateOn } from './exposure.js';
import type { Obligation, ObligationState } from './obligation.js';
import { penalisedUntil } from './penalty-history.js';

/** The last penalty that was imposed for an obligation, as it stood on a day. */
export interface ToldPenalty {
  readonly eventId: string;
  readonly imposedOn: Day;
  readonly caseOpenedOn: Day;
  readonly mci: number;
  readonly tenge: number | null;
  readonly reducedTenge: number | null;
  readonly reducedUntil: Day | null;
  readonly paidTenge: number;
  readonly executedOn: Day | null;
  readonly penalisedUntil: Day | null;
}

/** An obligation as it is told to others: as it stands on a day, with its owner and what it would cost. */
export type ToldObligation = Omit<Obligation, 'penalty' | 'overdueFrom' | 'overdueUntil' | 'accruesUntil' | 'count'> & {
  readonly workerId: string | null;
  readonly employerBin: string | null;
  readonly state: ObligationState;
  readonly late: boolean;
  readonly daysOverdue: number;
  readonly exposure: Exposure | null;
  /** What was imposed for it by that day: a fact, and no part of what it would still cost. */
  readonly imposed: ToldPenalty | null;
};

/** On which day, about whom, and with what an obligation is told. */
export interface Telling extends Circumstances {
  readonly asOf: Day;
  readonly workerId: string | null;
  readonly employerBin: string | null;
  readonly book: RuleBook;
}

/** Tells an obligation as of a day: what had not happened yet on that day is not told. */
export function toldOn(obligation: Obligation, telling: Telling): ToldObligation {
  const { asOf, workerId, employerBin, book, penalties } = telling;
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
    exposure: exposureOf(obligation, telling),
    imposed: imposedOn(obligation, asOf, book, penalties),
  };
}

function imposedOn({ id }: Obligation, asOf: Day, book: RuleBook, penalties?: Penalties): ToldPenalty | null {
  const imposed = penalties?.imposedFor(id, asOf) ?? null;
  if (imposed === null) return null;
  return {
    eventId: imposed.eventId,
    imposedOn: imposed.imposedOn,
    caseOpenedOn: imposed.caseOpenedOn,
    mci: imposed.mci,
    tenge: imposed.tenge,
    reducedTenge: imposed.reducedTenge,
    reducedUntil: imposed.reducedUntil,
    paidTenge: imposed.paidTenge,
    executedOn: imposed.executedOn,
    penalisedUntil: penalisedUntil(imposed, book),
  };
}
