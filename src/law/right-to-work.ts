import type { Day } from '../domain/dates.js';
import type { Fact } from '../domain/recorded-event.js';
import type { RuleBook } from './book.js';
import { dayNumber, dayText } from './days.js';
import { FoldedState, type PermitState } from './state.js';
import { currentResidence, currentVisa, isInForce, isNotOver } from './vocabulary.js';

export interface RightReason {
  readonly code: string;
  readonly sentence: string;
  readonly eventId?: string;
  readonly rule?: string;
}

export interface RightToWork {
  readonly mayWork: 'yes' | 'no' | 'not-known';
  /** The first day on which this answer held, as far as the facts tell it. */
  readonly since: Day | null;
  readonly reasons: readonly RightReason[];
}

/**
 * Whether the worker may work for this employer on a day. Only facts up to that day count. The right to enter and stay is
 * another right: its lack is named among the reasons, but does not change the answer.
 */
export function rightToWork(facts: Iterable<Fact>, asOf: Day, book: RuleBook): RightToWork {
  const rights = new FoldedRights();
  for (const fact of facts) if (fact.occurredOn <= asOf) rights.apply(fact);
  return rights.on(asOf, book);
}

/** What of a worker's history the right to work depends on, folded fact by fact. */
export class FoldedRights {
  readonly #state = new FoldedState();
  readonly #permitEvents = new Map<string, string>();
  #registered: Fact | null = null;
  #ended: Fact | null = null;

  /** Takes the next fact, in the order in which they happened. */
  apply(fact: Fact): void {
    this.#state.apply(fact, dayNumber(fact.occurredOn));
    if (fact.type === 'WorkerRegistered') this.#registered ??= fact;
    if (fact.type === 'EmploymentTerminated' || fact.type === 'TransferAgreed') this.#ended = fact;
    if (fact.type === 'WorkPermitIssued' || fact.type === 'WorkPermitExtended')
      this.#permitEvents.set(String(fact.data['number']), fact.eventId);
  }

  /** The right on a day that no fact taken so far is later than. */
  on(asOf: Day, book: RuleBook): RightToWork {
    return rightIn(
      { state: this.#state, permitEvents: this.#permitEvents, registered: this.#registered, ended: this.#ended },
      asOf,
      book,
    );
  }
}

interface Folded {
  readonly state: FoldedState;
  readonly permitEvents: ReadonlyMap<string, string>;
  readonly registered: Fact | null;
  readonly ended: Fact | null;
}

function rightIn({ state, permitEvents, registered, ended }: Folded, asOf: Day, book: RuleBook): RightToWork {
  const day = dayNumber(asOf);
  if (ended !== null) {
    return answer('no', ended.occurredOn, {
      code: 'employment-ended',
      sentence: `The employment ended on ${ended.occurredOn}.`,
      eventId: ended.eventId,
    });
  }
  if (state.residentSince !== null && state.residentSince <= day) {
    return answer('yes', dayText(state.residentSince), {
      code: 'permanent-resident',
      sentence: 'A residence permit gives the right to work without a work permit.',
    });
  }
  const exemption = state.citizenship === null ? null : book.countries.permitExemption(state.citizenship, day);
  if (exemption !== null) {
    const since = registered === null ? null : later(registered.occurredOn, exemption.validFrom);
    return answer('yes', since, {
      code: 'no-permit-needed',
      sentence: `Citizens of ${state.citizenship} need no work permit (${exemption.title}).`,
    });
  }
  if (
    state.exemptFrom !== null &&
    state.exemptFrom <= day &&
    (state.exemptUntil === null || day <= state.exemptUntil)
  ) {
    return answer('yes', dayText(state.exemptFrom), {
      code: 'exempt',
      sentence: `An exemption from the work permit was claimed${state.exemptGround === null ? '' : `: ${state.exemptGround}`}.`,
    });
  }
  const valid = state.permits.filter((permit) => isInForce(permit, day)).sort((a, b) => b.validUntil - a.validUntil)[0];
  if (valid !== undefined) return byPermit(state, book, day, valid, permitEvents.get(valid.number));
  if (state.citizenship === null && state.permits.length === 0) {
    return answer('not-known', null, {
      code: 'citizenship-unknown',
      sentence: 'The citizenship is not recorded, so it is not known whether a permit is needed.',
    });
  }
  return withoutPermit(state, day, registered, permitEvents);
}

function byPermit(
  state: FoldedState,
  book: RuleBook,
  day: number,
  permit: PermitState,
  eventId: string | undefined,
): RightToWork {
  const until = dayText(permit.validUntil);
  const reasons: RightReason[] = [
    {
      code: 'valid-permit',
      sentence: `Work permit ${permit.number} is in force until ${until}.`,
      ...(eventId === undefined ? {} : { eventId }),
    },
  ];
  if (state.title !== null && state.permits.every((one) => !isNotOver(one, day) || one.position !== state.title)) {
    reasons.push({
      code: 'other-position',
      sentence: 'The position is not the one in the permit.',
      rule: 'update-work-permit-position',
    });
  }
  const needsVisa = state.citizenship === null || book.countries.needsVisa(state.citizenship, day);
  if (needsVisa && currentVisa(state, day) === null && currentResidence(state, day) === null) {
    reasons.push({
      code: 'no-right-to-stay',
      sentence: 'No visa and no residence permit is in force: the right to enter and stay is missing.',
      rule: 'extend-visa',
    });
  }
  return { mayWork: 'yes', since: dayText(startOfRight(state, permit, day)), reasons };
}

interface Term {
  readonly permit: PermitState;
  readonly from: number;
  readonly until: number;
}

/** The terms of all permits; an extension that began too late parts a permit in two. */
function termsOf({ permits }: FoldedState): readonly Term[] {
  return permits.flatMap((permit) => {
    const until = permit.endedOn === null ? permit.validUntil : Math.min(permit.validUntil, permit.endedOn);
    if (permit.gap === null) return [{ permit, from: permit.validFrom, until }];
    return [
      { permit, from: permit.validFrom, until: Math.min(until, permit.gap.from - 1) },
      { permit, from: permit.gap.until + 1, until },
    ];
  });
}

/** Follows terms that touch or overlap back to the first. */
function startOfRight(state: FoldedState, permit: PermitState, day: number): number {
  const terms = termsOf(state);
  let since =
    terms.find((term) => term.permit === permit && term.from <= day && day <= term.until)?.from ?? permit.validFrom;
  for (let moved = true; moved; ) {
    moved = false;
    for (const { from, until } of terms) {
      if (from < since && until + 1 >= since) {
        since = from;
        moved = true;
      }
    }
  }
  return since;
}

function withoutPermit(
  state: FoldedState,
  day: number,
  registered: Fact | null,
  events: ReadonlyMap<string, string>,
): RightToWork {
  const terms = termsOf(state);
  const last = terms.filter(({ until }) => until < day).sort((a, b) => b.until - a.until)[0];
  const next = terms.filter(({ from }) => from > day).sort((a, b) => a.from - b.from)[0];
  const reasons: RightReason[] = [];
  if (last !== undefined) {
    const eventId = events.get(last.permit.number);
    reasons.push({
      code: 'permit-ended',
      sentence: `Work permit ${last.permit.number} ended on ${dayText(last.until)} and no other is in force.`,
      rule: 'stop-work-without-permit',
      ...(eventId === undefined ? {} : { eventId }),
    });
  }
  if (next !== undefined) {
    reasons.push({
      code: 'permit-not-begun',
      sentence: `Work permit ${next.permit.number} begins on ${dayText(next.from)}.`,
    });
  }
  if (reasons.length === 0) {
    reasons.push({ code: 'no-permit', sentence: 'A work permit is needed and none is recorded.' });
  }
  return {
    mayWork: 'no',
    since: last === undefined ? (registered?.occurredOn ?? null) : dayText(last.until + 1),
    reasons,
  };
}

function answer(mayWork: RightToWork['mayWork'], since: Day | null, reason: RightReason): RightToWork {
  return { mayWork, since, reasons: [reason] };
}

function later(a: Day, b: Day): Day {
  return a > b ? a : b;
}
