import { eventTypeOf } from '../domain/catalogue.js';
import type { EventData, EventType } from '../domain/event-type.js';
import { ERASED } from '../domain/events/erasure.js';
import { CORRECTED, corrected, RETRACTED } from '../domain/history.js';
import type { Fact } from '../domain/recorded-event.js';
import { conflict, invalid, Refusal } from '../domain/refusal.js';
import { personOf, split, subjectOf } from './codec.js';
import { parseAmendmentReason, parseCorrection } from './parse-events.js';
import type { Plan, Planning } from './planning.js';
import { refuseLostEmployer, refuseUnknownReferences } from './references.js';
import { Draft, type StreamFold } from './stream-fold.js';

/** What a correction says. */
export interface Correction {
  /** The original event, in lower case. */
  readonly eventId: string;
  readonly occurredOn?: string | undefined;
  readonly data?: EventData | undefined;
  readonly reason: string;
  readonly acknowledge?: readonly string[] | undefined;
}

/**
 * Decides the whole history again with the corrected event in its place.
 * @throws Refusal
 */
export async function planCorrection(planning: Planning, correction: Correction): Promise<Plan> {
  const { fold } = planning;
  const { eventId, occurredOn, acknowledge = [] } = correction;
  const { type, fact } = standingOriginal(fold, eventId);
  const parsed = parseCorrection(type, correction, fact.occurredOn, { ...planning, kind: fold.kind });
  const { data, reason } = parsed.value;
  const draft = new Draft(fold);
  if (data === undefined) await checkMoved(planning, type, fact, occurredOn ?? fact.occurredOn);
  else await refuseUnknownReferences(planning, draft, type.type, data, fact.data);

  const id = planning.idOf(0);
  const person = personOf(type, fold.stream, data ?? fact.data);
  const replacing = data === undefined ? null : split(type, data);
  const derived = data === undefined ? {} : type.derive?.(data, (value) => planning.tag(person, value));
  const day = occurredOn === undefined ? {} : { occurredOn };
  const moved = { id, ...day, ...(replacing === null ? {} : { data: { ...replacing.clear, ...derived } }) };
  const others = fold.facts.filter((each) => each.eventId !== eventId);
  const admitted = draft.replace(others, { fact: corrected(fact, moved), acknowledged: acknowledge });
  const clear = {
    eventId,
    correctsType: type.type,
    correctsVersion: type.version,
    ...day,
    ...(replacing === null ? {} : { data: admitted.fact.data }),
    reason,
  };
  const { acknowledged } = admitted;
  const personal = replacing?.personal ?? {};
  const event = { id, type: CORRECTED, version: 1, clear, personal, person, acknowledged, reason: undefined };
  return { events: [event], draft, warnings: parsed.warnings };
}

/** What a retraction says. */
export interface Retraction {
  /** The original event, in lower case. */
  readonly eventId: string;
  readonly reason: string;
  /** Retracts the events that rest on it too, all or none. */
  readonly withDependents?: boolean | undefined;
}

/**
 * Decides the history again without the retracted event.
 * @throws Refusal, with the list of the events that rest on it where there are any and they were not to be retracted too
 */
export async function planRetraction(
  planning: Planning,
  { eventId, withDependents, ...given }: Retraction,
): Promise<Plan> {
  const { fold } = planning;
  const reason = parseAmendmentReason(given.reason);
  standingOriginal(fold, eventId);
  const dependents = dependentsOn(fold, eventId);
  // The last goes first: at no step does something stand that has lost what it rests on.
  const retracted = [...dependents.map((fact) => fact.eventId).reverse(), eventId];
  const draft = new Draft(fold);
  draft.remove(new Set(retracted));
  await refuseLostEmployer(planning, draft);
  if (dependents.length > 0 && withDependents !== true) throw restsOnIt(eventId, dependents);
  const events = retracted.map((id, index) => ({
    id: planning.idOf(index),
    type: RETRACTED,
    version: 1,
    clear: { eventId: id, reason },
    personal: {},
    person: subjectOf(fold.stream),
    acknowledged: [],
    reason: undefined,
  }));
  return { events, draft, warnings: [] };
}

/** The facts that could not have been without an event, nor without those that fall with it, in order. */
function dependentsOn({ decider, facts }: StreamFold, eventId: string): readonly Fact[] {
  const dependents: Fact[] = [];
  const gone = new Set([eventId]);
  let state = decider.initial;
  for (const fact of facts) {
    if (fact.eventId === eventId) continue;
    if (gone.has(breachedBy(fact) ?? '')) {
      dependents.push(fact);
      continue;
    }
    try {
      decider.decide(state, fact);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      dependents.push(fact);
      gone.add(fact.eventId);
      continue;
    }
    state = decider.evolve(state, fact);
  }
  const others = facts.filter((fact) => fact.eventId !== eventId);
  const [first] = others;
  try {
    if (first !== undefined) decider.settle(state, first);
  } catch (error) {
    // Papers that were dated before the registration do not stand without it.
    if (error instanceof Refusal) return others;
    throw error;
  }
  return dependents;
}

/** The event that opened the duty for which a penalty was imposed: without it there would have been nothing to breach. */
function breachedBy({ type, data }: Fact): string | undefined {
  return type === 'PenaltyImposed' ? String(data['obligationId']).split('.')[1] : undefined;
}

function restsOnIt(eventId: string, dependents: readonly Fact[]): Refusal {
  const [first] = dependents;
  const others = dependents.length === 1 ? 'One event rests' : `${dependents.length} events rest`;
  return new Refusal({
    code: 'history-impossible',
    status: 409,
    detail: `${others} on ${eventId} and could not have been without it, the first of them ${first?.type} of ${first?.occurredOn} (${first?.eventId}).`,
    remedy:
      'Look at `candidates`: correct or retract them first, or retract them all together with `withDependents: true`.',
    candidates: dependents.map(({ eventId: id, type, occurredOn }) => ({ eventId: id, type, occurredOn })),
  });
}

/** The data stays and the day moves: what must not contradict each other is looked at with the personal fields open. */
async function checkMoved(planning: Planning, type: EventType, fact: Fact, occurredOn: string): Promise<void> {
  if (type.check === undefined) return;
  const data = await planning.dataOf(planning.fold.revisionOf(fact.sealedBy ?? fact.eventId) ?? fact.revision);
  const problems = type.check(data, occurredOn);
  if (problems.length === 0) return;
  throw invalid(
    problems.map(({ field, message }) => ({
      path: `data.${field}`,
      message: `${message} (where the data is wrong too, give the whole of it with the new day)`,
    })),
  );
}

/** The original event that an amendment is about, as it stands. */
function standingOriginal(fold: StreamFold, eventId: string): { readonly type: EventType; readonly fact: Fact } {
  const amended = fold.amendedBy(eventId);
  if (amended !== undefined) {
    throw conflict(
      'not-an-original',
      `${eventId} is itself an amendment, of ${amended}.`,
      `Correct or retract the original event ${amended}: the last correction counts.`,
    );
  }
  const original = fold.original(eventId);
  const type = original === undefined ? undefined : eventTypeOf(original.type);
  if (original === undefined || type === undefined) {
    throw new Refusal({
      code: 'unknown-event',
      status: 404,
      detail: `There is no event ${JSON.stringify(eventId.slice(0, 60))} in ${fold.stream}.`,
      remedy: 'Take the id from the list of its events.',
    });
  }
  if (original.type === ERASED) {
    throw conflict(
      'erasure-is-final',
      'An erasure cannot be corrected or retracted: the keys are gone.',
      'Record what else happened as events of their own.',
    );
  }
  if (original.retracted) {
    throw conflict(
      'retracted',
      `The event ${eventId} was retracted: it never happened, so there is nothing to amend.`,
      'If it did happen, record it anew.',
    );
  }
  return { type, fact: original.fact };
}
