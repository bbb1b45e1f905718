import { decideEmployer, type EmployerState, evolveEmployer, initialEmployer } from './employer.js';
import type { StreamKind } from './event-type.js';
import { byOccurrence } from './history.js';
import type { PermitLaw } from './permits.js';
import type { Fact } from './recorded-event.js';
import { Refusal } from './refusal.js';
import {
  completeWorker,
  decideWorker,
  evolveWorker,
  initialWorker,
  settleWorker,
  type WorkerState,
  workerBreaches,
} from './worker.js';

/** What a kind of stream needs to decide what may be recorded in it. */
export interface Decider<S> {
  readonly initial: S;
  evolve(state: S, fact: Fact): S;
  /** @throws Refusal when the fact is impossible after this state */
  decide(state: S, fact: Fact): void;
  /**
   * Refuses a history that cannot end in a state.
   * @param fact the fact that is to blame
   * @throws Refusal
   */
  settle(state: S, fact: Fact): void;
  /** Fills in what the caller left to the state of things. */
  complete(state: S, fact: Fact): Fact;
  /** What is possible but has to be acknowledged. */
  breaches(state: S, fact: Fact): readonly Refusal[];
}

export type StreamState = WorkerState | EmployerState;

export function workerDecider(law: PermitLaw): Decider<WorkerState> {
  return {
    initial: initialWorker,
    evolve: evolveWorker,
    decide: decideWorker,
    settle: settleWorker,
    complete: completeWorker,
    breaches: (state, fact) => workerBreaches(state, fact, law),
  };
}

export const employerDecider: Decider<EmployerState> = {
  initial: initialEmployer,
  evolve: evolveEmployer,
  decide: decideEmployer,
  settle: () => undefined,
  complete: (_, fact) => fact,
  breaches: () => [],
};

/** A fact that is to be recorded, with the rules whose breach the caller acknowledged. */
export interface Proposal {
  readonly fact: Fact;
  readonly acknowledged: readonly string[];
}

/** A fact that may be recorded, completed, with the state after it and the acknowledgements that were needed. */
export interface Admitted<S> {
  readonly fact: Fact;
  readonly state: S;
  readonly acknowledged: readonly string[];
}

/**
 * Decides on a fact at the end of the history.
 * @throws Refusal when it is impossible, or breaks a rule that the caller did not acknowledge
 */
export function admit<S>(decider: Decider<S>, state: S, proposal: Proposal): Admitted<S> {
  const admitted = admitAt(decider, state, proposal);
  decider.settle(admitted.state, admitted.fact);
  return admitted;
}

function admitAt<S>(decider: Decider<S>, state: S, { fact: given, acknowledged }: Proposal): Admitted<S> {
  const fact = decider.complete(state, given);
  decider.decide(state, fact);
  const breaches = decider.breaches(state, fact);
  const open = breaches.find(({ rule }) => rule !== undefined && !acknowledged.includes(rule));
  if (open !== undefined) throw open;
  return {
    fact,
    state: decider.evolve(state, fact),
    acknowledged: breaches.flatMap(({ rule }) => (rule === undefined ? [] : [rule])),
  };
}

/** A whole history with one fact put in its place. */
export interface Refitted<S> extends Admitted<S> {
  readonly facts: readonly Fact[];
}

/**
 * Puts a fact where it belongs by the day it happened and decides the whole history again. Costs one fold of the history.
 * @param facts the other facts that stand, in order
 * @throws Refusal of the fact itself, or one that names the first later fact that no longer fits
 */
export function refit<S>(decider: Decider<S>, facts: readonly Fact[], proposal: Proposal): Refitted<S> {
  const { before, after, ...admitted } = admitBetween(decider, facts, proposal);
  const state = folded(decider, admitted.state, after);
  decider.settle(state, admitted.fact);
  return { ...admitted, state, facts: [...before, admitted.fact, ...after] };
}

/**
 * Puts a fact where it belongs without deciding what comes after it: more facts are to be put in, which may make up for it.
 * @throws Refusal of the fact itself
 */
export function putIn<S>(decider: Decider<S>, facts: readonly Fact[], proposal: Proposal): Refitted<S> {
  const { before, after, ...admitted } = admitBetween(decider, facts, proposal);
  const state = after.reduce((former, fact) => decider.evolve(former, fact), admitted.state);
  return { ...admitted, state, facts: [...before, admitted.fact, ...after] };
}

function admitBetween<S>(decider: Decider<S>, facts: readonly Fact[], proposal: Proposal) {
  const place = placeOf(facts, proposal.fact);
  const before = facts.slice(0, place);
  const after = facts.slice(place);
  try {
    return { ...admitAt(decider, folded(decider, decider.initial, before), proposal), before, after };
  } catch (error) {
    throw error instanceof Refusal && error.code === 'not-registered' && facts.length > 0
      ? tooEarly(error, facts)
      : error;
  }
}

/**
 * Folds facts and refuses a history that cannot have been, naming the first fact that does not fit.
 * @throws Refusal 409 `history-impossible`
 */
export function possible<S>(decider: Decider<S>, from: S, facts: readonly Fact[]): S {
  const state = folded(decider, from, facts);
  const [first] = facts;
  if (first === undefined) return state;
  try {
    decider.settle(state, first);
  } catch (error) {
    throw error instanceof Refusal ? doesNotFit(first, error) : error;
  }
  return state;
}

function folded<S>(decider: Decider<S>, from: S, facts: readonly Fact[]): S {
  let state = from;
  for (const fact of facts) {
    try {
      decider.decide(state, fact);
    } catch (error) {
      throw error instanceof Refusal ? doesNotFit(fact, error) : error;
    }
    state = decider.evolve(state, fact);
  }
  return state;
}

/** The decider of a kind of stream. */
export function deciderOf(kind: StreamKind, law: PermitLaw): Decider<StreamState> {
  // A stream has one kind for life, so its state is always the one its own decider made.
  return (kind === 'worker' ? workerDecider(law) : employerDecider) as unknown as Decider<StreamState>;
}

function placeOf(facts: readonly Fact[], fact: Fact): number {
  let place = facts.length;
  while (place > 0 && byOccurrence(facts[place - 1] ?? fact, fact) > 0) place -= 1;
  return place;
}

function doesNotFit(fact: Fact, refusal: Refusal): Refusal {
  return new Refusal({
    code: 'history-impossible',
    status: 409,
    detail: `With this change the recorded ${fact.type} of ${fact.occurredOn} (${fact.eventId}) no longer fits: ${refusal.message}`,
    remedy: `Correct or retract that event first, or check the day of this one. Behind it: ${refusal.code}.`,
    candidates: [{ eventId: fact.eventId, type: fact.type, occurredOn: fact.occurredOn }],
  });
}

function tooEarly(refusal: Refusal, facts: readonly Fact[]): Refusal {
  const first = facts[0];
  return new Refusal({
    code: 'before-registration',
    status: 409,
    detail: `${refusal.message} The first event of this history is ${first?.type} of ${first?.occurredOn}.`,
    remedy: 'Check the day, or correct the registration to an earlier day first.',
  });
}
