import type { Day } from '../domain/dates.js';
import type { Fact } from '../domain/recorded-event.js';
import type { RuleBook } from './book.js';
import type { EmployerSize, ImposedPenalty, Offence, Penalties, Repeat } from './circumstances.js';
import { dayNumber, dayText, plusMonths } from './days.js';
import { mciOn } from './exposure.js';
import type { Obligation } from './obligation.js';

/** Finds the obligation that a penalty was imposed for, where it stands. */
export type FindObligation = (id: string) => Pick<Obligation, 'rule' | 'region' | 'responsible'> | undefined;

/**
 * The penalties of one stream as its facts come, with what was paid on them. A payment names an obligation: it goes to the
 * oldest of its penalties that is still owed. A penalty discharges no duty: obligations stay as they are.
 */
export class FoldedPenalties {
  readonly #book: RuleBook;
  readonly #find: FindObligation;
  readonly #penalties = new Map<string, ImposedPenalty>();

  constructor(book: RuleBook, find: FindObligation = () => undefined) {
    this.#book = book;
    this.#find = find;
  }

  /** Takes the next fact. @returns the penalty that it imposed or paid on, else null */
  apply(fact: Fact): ImposedPenalty | null {
    const changed = this.#changedBy(fact);
    if (changed !== null) this.#penalties.set(changed.eventId, changed);
    return changed;
  }

  all(): readonly ImposedPenalty[] {
    return [...this.#penalties.values()];
  }

  #changedBy(fact: Fact): ImposedPenalty | null {
    if (fact.type === 'PenaltyImposed') return imposedBy(fact, this.#book, this.#find);
    if (fact.type !== 'PenaltyPaid') return null;
    const own = this.all().filter(({ obligationId }) => obligationId === fact.data['obligationId']);
    const owed = own.find(({ executedOn }) => executedOn === null) ?? own.at(-1);
    return owed === undefined ? null : paid(owed, fact);
  }
}

/** Lists the penalties of a history with what was paid on them. */
export function penaltiesIn(facts: Iterable<Fact>, book: RuleBook, find?: FindObligation): readonly ImposedPenalty[] {
  const penalties = new FoldedPenalties(book, find);
  for (const fact of facts) penalties.apply(fact);
  return penalties.all();
}

/** A penalty as it stood on a day: a payment that came later is not told. */
export function penaltyAsOf(penalty: ImposedPenalty, asOf: Day): ImposedPenalty {
  const { executedOn } = penalty;
  const payments = penalty.payments.filter(({ on }) => on <= asOf);
  return {
    ...penalty,
    payments,
    paidTenge: payments.reduce((sum, { tenge }) => sum + tenge, 0),
    executedOn: executedOn !== null && executedOn <= asOf ? executedOn : null,
  };
}

/**
 * The penalties of one employer, over all its workers, and what they mean for its offences. An offence repeats an earlier
 * one when a penalty of the same kind was imposed before it, not longer ago than the law's term.
 */
export class PenaltyHistory implements Penalties {
  readonly #book: RuleBook;
  readonly #penalties: readonly ImposedPenalty[];
  /** The employer's own penalties of the kinds that one can repeat, in the order of their days, by the kind. */
  readonly #ofKind = new Map<string, readonly ImposedPenalty[]>();
  readonly #ofObligation = new Map<string, ImposedPenalty[]>();

  constructor(penalties: readonly ImposedPenalty[], book: RuleBook) {
    this.#book = book;
    this.#penalties = penalties.toSorted((a, b) =>
      a.imposedOn < b.imposedOn ? -1 : a.imposedOn > b.imposedOn ? 1 : 0,
    );
    for (const penalty of this.#penalties) {
      const others = this.#ofObligation.get(penalty.obligationId);
      if (others === undefined) this.#ofObligation.set(penalty.obligationId, [penalty]);
      else others.push(penalty);
    }
  }

  get #isEmpty(): boolean {
    return this.#penalties.length === 0;
  }

  concerns(obligationId: string): boolean {
    return this.#ofObligation.has(obligationId);
  }

  repeatOf(penalty: string, on: Day, asOf: Day): Repeat | null {
    if (this.#isEmpty) return null;
    // The last one before the offence is the one whose term ends last.
    const earlier = this.#kindred(penalty).findLast(({ imposedOn }) => imposedOn < on && imposedOn <= asOf);
    if (earlier === undefined) return null;
    const until = this.#repeatedUntil(penalty, earlier);
    if (until === null || on > until) return null;
    return { earlier, until, because: 'within-term', ...this.#sourceOf(penalty, on) };
  }

  offenceOf(obligation: Obligation, on: Day, asOf: Day): Offence {
    const { penalty, metOn } = obligation;
    if (penalty === null || this.#isEmpty) return FIRST;
    const own = this.#punishing(obligation, asOf);
    const until = own === null ? null : this.#repeatedUntil(penalty, own);
    if (own === null) return { isPunished: false, repeat: this.repeatOf(penalty, on, asOf) };
    const isDone = metOn !== null && metOn <= asOf;
    // What came before the penalty is imposed with it; what goes on after it does so from the next day on.
    if (!isDone && own.imposedOn === asOf && on <= asOf) return { isPunished: true, repeat: null };
    if (isDone) {
      const isPunished = this.#policy('done', own).value === 'nothing';
      return { isPunished, repeat: isPunished ? null : this.repeatOf(penalty, on, asOf) };
    }
    const policy = this.#policy('undone', own);
    if (policy.value !== 'repeat' || until === null || on > asOf)
      return { isPunished: false, repeat: this.repeatOf(penalty, on, asOf) };
    const { reference, verified } = policy;
    return { isPunished: false, repeat: { earlier: own, until, because: 'went-on', reference, verified } };
  }

  imposedFor(obligationId: string, asOf: Day): ImposedPenalty | null {
    const last = this.#ofObligation.get(obligationId)?.findLast(({ imposedOn }) => imposedOn <= asOf);
    return last === undefined ? null : penaltyAsOf(last, asOf);
  }

  /** The last penalty that was imposed, by a day, on the employer for this very offence. */
  #punishing({ id, penalty }: Obligation, asOf: Day): ImposedPenalty | null {
    const own = this.#ofObligation.get(id);
    if (own === undefined || penalty === null) return null;
    return own.findLast((one) => one.imposedOn <= asOf && isOfKind(one, penalty, this.#book)) ?? null;
  }

  #kindred(penalty: string): readonly ImposedPenalty[] {
    let kindred = this.#ofKind.get(penalty);
    if (kindred === undefined) {
      const isRepeatable = this.#book.penalties.get(penalty)?.repeat !== undefined;
      kindred = isRepeatable ? this.#penalties.filter((one) => isOfKind(one, penalty, this.#book)) : [];
      this.#ofKind.set(penalty, kindred);
    }
    return kindred;
  }

  #repeatedUntil(penalty: string, { imposedOn }: ImposedPenalty): Day | null {
    const { repeat, repeatWithinMonths } = this.#book.penalties.get(penalty) ?? {};
    if (repeat === undefined || repeatWithinMonths === undefined) return null;
    return dayText(plusMonths(dayNumber(imposedOn), repeatWithinMonths));
  }

  /** What we take a penalty to mean for its own duty: no act says it. */
  #policy(purpose: 'done' | 'undone', { imposedOn }: ImposedPenalty) {
    // A rule book of an earlier time may not know the question.
    const known = this.#book.parameters.has('penalised-duty')
      ? this.#book.parameter('penalised-duty', { on: imposedOn, purpose }).known
      : null;
    return {
      value: known?.value ?? (purpose === 'done' ? 'nothing' : 'repeat'),
      reference: known?.reference ?? '',
      verified: known?.verified ?? false,
    };
  }

  #sourceOf(penalty: string, on: Day): { readonly reference: string; readonly verified: boolean } {
    const repeat = this.#book.penalties.get(this.#book.penalties.get(penalty)?.repeat ?? '');
    const version = repeat?.versions.findLast(({ validFrom }) => validFrom <= on) ?? repeat?.versions[0];
    return { reference: version?.reference ?? '', verified: version?.verified ?? false };
  }
}

const FIRST: Offence = { isPunished: false, repeat: null };

/** Whether a penalty was imposed on the employer for an offence of the same kind: the same article, or its repeat. */
function isOfKind({ penalty: imposed, responsible }: ImposedPenalty, penalty: string, book: RuleBook): boolean {
  if (imposed === null || responsible !== 'employer') return false;
  const repeat = book.penalties.get(penalty)?.repeat;
  return (
    imposed === penalty ||
    (repeat !== undefined && (imposed === repeat || book.penalties.get(imposed)?.repeat === repeat))
  );
}

/** The day until which somebody counts as penalised: a year after the penalty was executed; null while it is not. */
export function penalisedUntil({ penalty, executedOn }: ImposedPenalty, book: RuleBook): Day | null {
  const months = penalty === null ? undefined : termOf(penalty, book);
  return executedOn === null || months === undefined ? null : dayText(plusMonths(dayNumber(executedOn), months));
}

/** The term of a kind; the penalty of a repeat has that of what it repeats. */
function termOf(penalty: string, book: RuleBook): number | undefined {
  const own = book.penalties.get(penalty)?.repeatWithinMonths;
  return own ?? [...book.penalties.values()].find(({ repeat }) => repeat === penalty)?.repeatWithinMonths;
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

function imposedBy({ eventId, occurredOn, data }: Fact, book: RuleBook, find: FindObligation): ImposedPenalty {
  const obligationId = String(data['obligationId']);
  const obligation = find(obligationId);
  const caseOpenedOn = typeof data['caseOpenedOn'] === 'string' ? data['caseOpenedOn'] : occurredOn;
  const mci = typeof data['mci'] === 'number' ? data['mci'] : 0;
  const article = typeof data['article'] === 'string' ? data['article'] : null;
  const rule = obligation?.rule ?? obligationId.split('.')[0] ?? '';
  const penalty = keyOf(article, rule, occurredOn, book);
  const { value } = mciOn(book, caseOpenedOn);
  const tenge = mci === 0 ? 0 : value === null ? null : mci * value;
  const isReducible = mci > 0 && penalty !== null && book.penalties.get(penalty)?.reducible === true;
  const days = book.parameter('reduced-payment', { on: occurredOn }).known?.value;
  return {
    eventId,
    obligationId,
    rule,
    region: obligation?.region ?? null,
    responsible: obligation?.responsible ?? 'employer',
    imposedOn: occurredOn,
    caseOpenedOn,
    mci,
    penalty,
    article,
    tenge,
    reducedTenge: tenge === null || !isReducible ? null : Math.ceil(tenge / 2),
    reducedUntil: isReducible && typeof days === 'number' ? dayText(dayNumber(occurredOn) + days) : null,
    payments: [],
    paidTenge: 0,
    executedOn: mci === 0 ? occurredOn : null,
  };
}

/** By the article where it is given, else by the rule that was breached. An article that is none of ours is no kind of ours. */
function keyOf(article: string | null, rule: string, on: Day, book: RuleBook): string | null {
  const versions = book.rules.get(rule)?.versions ?? [];
  const breached = (versions.findLast(({ validFrom }) => validFrom <= on) ?? versions.at(-1))?.penalty ?? null;
  const wanted = article === null ? [] : numbersIn(article);
  if (wanted.length === 0) return breached;
  const named = [...book.penalties.values()].find((one) => isWithin(numbersIn(one.article), wanted));
  if (named !== undefined) return named.penalty;
  // The article without its part.
  const [number] = breached === null ? [] : numbersIn(book.penalties.get(breached)?.article ?? '');
  return number !== undefined && wanted.at(-1) === number ? breached : null;
}

function numbersIn(article: string): readonly string[] {
  return article.match(/\d+/g) ?? [];
}

function isWithin(part: readonly string[], whole: readonly string[]): boolean {
  return whole.some((_, at) => part.every((number, index) => whole[at + index] === number));
}

function paid(owed: ImposedPenalty, { data, occurredOn }: Fact): ImposedPenalty {
  const amount = typeof data['amountTenge'] === 'number' ? data['amountTenge'] : 0;
  const paidTenge = owed.paidTenge + amount;
  const inTime = owed.reducedUntil !== null && occurredOn <= owed.reducedUntil;
  const enough = inTime && owed.reducedTenge !== null ? owed.reducedTenge : owed.tenge;
  const isSettled = enough !== null && paidTenge >= enough;
  return {
    ...owed,
    payments: [...owed.payments, { on: occurredOn, tenge: amount }],
    paidTenge,
    executedOn: owed.executedOn ?? (isSettled ? occurredOn : null),
  };
}
