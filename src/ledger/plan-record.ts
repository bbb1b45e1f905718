import type { Admitted, Proposal, StreamState } from '../domain/admission.js';
import { factOf } from '../domain/history.js';
import { ambiguous } from '../domain/notices.js';
import { type Candidate, Refusal } from '../domain/refusal.js';
import { assess } from '../law/assess.js';
import { personOf, split } from './codec.js';
import type { EventInput } from './command.js';
import { isClosed } from './consequences.js';
import { type ParsedEvent, parseEvents } from './parse-events.js';
import { penaltyWarnings } from './penalty-warnings.js';
import type { Plan, PlannedEvent, Planning } from './planning.js';
import { refuseUnknownReferences } from './references.js';
import { Draft } from './stream-fold.js';

/**
 * Decides on events one after the other, each on the state that the former left. Where one of them makes the later history
 * impossible, the whole array is decided together: a forgotten stay is an arrival and a departure, and neither fits alone.
 * @param inArray whether places in errors carry the number of the event
 * @throws Refusal of the first event that cannot be recorded; none is recorded then
 */
export async function planRecord(planning: Planning, inputs: readonly EventInput[], inArray: boolean): Promise<Plan> {
  const parsed = parseEvents(inputs, inArray, { ...planning, kind: planning.fold.kind });
  const plan = async (draft: Draft): Promise<Plan> => {
    const events = await planAll(planning, draft, parsed.value, inArray);
    return { events, draft, warnings: [...parsed.warnings, ...penaltyWarnings(draft, parsed.value, inArray)] };
  };
  try {
    return await plan(new Draft(planning.fold));
  } catch (error) {
    if (parsed.value.length === 1 || !(error instanceof Refusal) || error.code !== 'history-impossible') throw error;
    try {
      const together = await plan(new Draft(planning.fold, true));
      together.draft.settle();
      return together;
    } catch {
      throw error;
    }
  }
}

async function planAll(
  planning: Planning,
  draft: Draft,
  parsed: readonly ParsedEvent[],
  inArray: boolean,
): Promise<readonly PlannedEvent[]> {
  const events: PlannedEvent[] = [];
  for (const [index, event] of parsed.entries()) {
    const place = inArray ? `[${index}]` : '';
    try {
      events.push(await planOne(planning, draft, event, index));
    } catch (error) {
      throw error instanceof Refusal && place !== '' ? placed(error, place) : error;
    }
  }
  return events;
}

async function planOne(planning: Planning, draft: Draft, event: ParsedEvent, index: number): Promise<PlannedEvent> {
  const { type, occurredOn, data, acknowledge, reason } = event;
  const { fold } = planning;
  await refuseUnknownReferences(planning, draft, type.type, data);
  const { clear, personal } = split(type, data);
  const person = personOf(type, fold.stream, data);
  const derived = type.derive?.(data, (value) => planning.tag(person, value)) ?? {};
  const id = planning.idOf(index);
  const revision = fold.revision + 1 + index;
  const fact = factOf({ id, type: type.type, occurredOn, data: { ...clear, ...derived }, revision });
  const admitted = propose(draft, { fact, acknowledged: acknowledge });
  return {
    id,
    type: type.type,
    version: type.version,
    clear: { occurredOn, ...admitted.fact.data },
    personal,
    person,
    acknowledged: admitted.acknowledged,
    reason,
  };
}

/**
 * Proposes a fact. A notification that names no event, while several wait for a notice, is about the one whose obligation is
 * open, if it is only one: a short trip waits for a notice that nobody owes.
 */
function propose(draft: Draft, proposal: Proposal): Admitted<StreamState> {
  try {
    return draft.propose(proposal);
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'ambiguous-notification') throw error;
    const owed = owedAmong(draft, error.candidates ?? []);
    const [only, ...more] = owed;
    if (only === undefined) throw error;
    if (more.length > 0) throw ambiguous(String(proposal.fact.data['about']), owed);
    const data = { ...proposal.fact.data, eventId: only.eventId };
    return draft.propose({ ...proposal, fact: { ...proposal.fact, data } });
  }
}

function owedAmong(draft: Draft, candidates: readonly Candidate[]): readonly Candidate[] {
  const owed = new Set<string>();
  for (const obligation of assess(draft.facts, draft.fold.book, draft.fold).obligations()) {
    if (!isClosed(obligation)) owed.add(obligation.triggeredBy.eventId);
  }
  return candidates.filter(({ eventId }) => owed.has(eventId));
}

/** A refusal that says which event of an array it is about. */
function placed(refusal: Refusal, place: string): Refusal {
  const { message, errors = [{ path: '', message }] } = refusal;
  return new Refusal({
    code: refusal.code,
    status: refusal.status,
    detail: message,
    remedy: refusal.remedy,
    errors: errors.map((error) => ({ ...error, path: error.path === '' ? place : `${place}.${error.path}` })),
    ...(refusal.rule === undefined ? {} : { rule: refusal.rule }),
    ...(refusal.reference === undefined ? {} : { reference: refusal.reference }),
    ...(refusal.candidates === undefined ? {} : { candidates: refusal.candidates }),
  });
}
