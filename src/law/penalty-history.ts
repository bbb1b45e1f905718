import type { Day } from '../domain/dates.js';
import type { Fact } from '../domain/recorded-event.js';
import type { RuleBook } from './book.js';
import { dayNumber, dayText, plusMonths } from './days.js';
import { type EmployerSize, mciOn } from './exposure.js';

/** A penalty that was imposed, in the index of the day on which its case was opened. */
export interface ImposedPenalty {
  readonly eventId: string;
  readonly obligationId: string;
  readonly imposedOn: Day;
  readonly caseOpenedOn: Day;
  readonly mci: number;
  /** Key of the penalty in the law's data; null where the article is not given or not known. */
  readonly penalty: string | null;
  readonly article: string | null;
  /** The fine in tenge; null where the index of that day is not known. */
  readonly tenge: number | null;
  /** Half of it, which settles the fine when it is paid within the days the law gives. */
  readonly reducedTenge: number | null;
  readonly paidTenge: number;
  /** The day on which it was paid in full, or by half in time; null while it is owed. The year of a penalised person runs from it. */
  readonly executedOn: Day | null;
}

/** Lists the penalties of a history with what was paid on them. A penalty discharges no duty: obligations stay as they are. */
export function penaltiesIn(facts: Iterable<Fact>, book: RuleBook): readonly ImposedPenalty[] {
  const penalties = new Map<string, ImposedPenalty>();
  for (const fact of facts) {
    if (fact.type === 'PenaltyImposed') {
      const imposed = imposedBy(fact, book);
      penalties.set(imposed.obligationId, imposed);
    }
    if (fact.type === 'PenaltyPaid') {
      const owed = penalties.get(String(fact.data['obligationId']));
      if (owed !== undefined) penalties.set(owed.obligationId, paid(owed, fact, book));
    }
  }
  return [...penalties.values()];
}

/**
 * Whether an offence of a day repeats an earlier one: a penalty for an offence of the same kind was imposed before it, not
 * longer ago than the law's term. `history` is that of the employer, over all its workers.
 */
export function isRepeat(
  history: readonly ImposedPenalty[],
  { penalty, on, book }: { readonly penalty: string; readonly on: Day; readonly book: RuleBook },
): boolean {
  const law = book.penalties.get(penalty);
  const { repeat, repeatWithinMonths } = law ?? {};
  if (repeat === undefined || repeatWithinMonths === undefined) return false;
  return history.some((earlier) => {
    const kind = earlier.penalty === null ? undefined : book.penalties.get(earlier.penalty);
    const isSameKind = kind !== undefined && (kind.repeat === repeat || kind.penalty === repeat);
    return (
      isSameKind &&
      earlier.imposedOn < on &&
      on <= dayText(plusMonths(dayNumber(earlier.imposedOn), repeatWithinMonths))
    );
  });
}

/** The day until which somebody counts as penalised: a year after the penalty was executed; null while it is not. */
export function penalisedUntil({ penalty, executedOn }: ImposedPenalty, book: RuleBook): Day | null {
  const months = penalty === null ? undefined : book.penalties.get(penalty)?.repeatWithinMonths;
  return executedOn === null || months === undefined ? null : dayText(plusMonths(dayNumber(executedOn), months));
}

/** The largest fine the Code allows for one offence, in MCI; the largest of all classes where the class is not known. */
export function capOf(size: EmployerSize, on: Day, book: RuleBook): number | null {
  const sizes = size === 'unknown' ? book.parameters.purposes('statutory-cap') : [size];
  const caps = sizes.flatMap((purpose) => {
    const value = book.parameter('statutory-cap', { on, purpose }).known?.value;
    return typeof value === 'number' ? [value] : [];
  });
  return caps.length === 0 ? null : Math.max(...caps);
}

/** The most that one body hearing several offences together may impose, in MCI: so many times the largest fine. */
export function jointCapOf(size: EmployerSize, on: Day, book: RuleBook): number | null {
  const cap = capOf(size, on, book);
  const times = book.parameter('joint-cap', { on }).known?.value;
  return cap === null || typeof times !== 'number' ? null : cap * times;
}

function imposedBy({ eventId, occurredOn, data }: Fact, book: RuleBook): ImposedPenalty {
  const obligationId = String(data['obligationId']);
  const caseOpenedOn = typeof data['caseOpenedOn'] === 'string' ? data['caseOpenedOn'] : occurredOn;
  const mci = typeof data['mci'] === 'number' ? data['mci'] : 0;
  const article = typeof data['article'] === 'string' ? data['article'] : null;
  const penalty = keyOf(article, obligationId, book);
  const { value } = mciOn(book, caseOpenedOn);
  const tenge = mci === 0 ? 0 : value === null ? null : mci * value;
  const isReducible = penalty !== null && book.penalties.get(penalty)?.reducible === true;
  return {
    eventId,
    obligationId,
    imposedOn: occurredOn,
    caseOpenedOn,
    mci,
    penalty,
    article,
    tenge,
    reducedTenge: tenge === null || !isReducible ? null : Math.ceil(tenge / 2),
    paidTenge: 0,
    executedOn: mci === 0 ? occurredOn : null,
  };
}

/** By the article where it is given, else by the rule that was breached. */
function keyOf(article: string | null, obligationId: string, book: RuleBook): string | null {
  const wanted = article === null ? null : digitsOf(article);
  const named = [...book.penalties.values()].find((one) => wanted !== null && digitsOf(one.article) === wanted);
  if (named !== undefined) return named.penalty;
  const rule = book.rules.get(obligationId.split('.')[0] ?? '');
  return rule?.versions.at(-1)?.penalty ?? null;
}

function digitsOf(article: string): string {
  return (article.match(/\d+/g) ?? []).join('-');
}

function paid(owed: ImposedPenalty, { data, occurredOn }: Fact, book: RuleBook): ImposedPenalty {
  const paidTenge = owed.paidTenge + (typeof data['amountTenge'] === 'number' ? data['amountTenge'] : 0);
  const days = book.parameter('reduced-payment', { on: owed.imposedOn }).known?.value;
  const inTime = typeof days === 'number' && dayNumber(occurredOn) <= dayNumber(owed.imposedOn) + days;
  const enough = inTime && owed.reducedTenge !== null ? owed.reducedTenge : owed.tenge;
  const isSettled = enough !== null && paidTenge >= enough;
  return { ...owed, paidTenge, executedOn: owed.executedOn ?? (isSettled ? occurredOn : null) };
}
