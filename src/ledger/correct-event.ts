import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { eventTypeOf } from '../domain/catalogue.js';
import type { EventData, EventType } from '../domain/event-type.js';
import { CORRECTED, corrected } from '../domain/history.js';
import type { Fact } from '../domain/recorded-event.js';
import { conflict, invalid, Refusal } from '../domain/refusal.js';
import { decode, openData, personOf, split } from './codec.js';
import type { WriteAnswer, WriteContext } from './command.js';
import { parseCorrection } from './parse-events.js';
import { refuseUnknownEmployer, refuseUnknownObligation } from './references.js';
import { Draft, type StreamFold } from './stream-fold.js';
import { type Plan, Writer } from './writer.js';

export interface CorrectEventInput extends WriteContext {
  /** The original event, whatever corrected it since. */
  readonly eventId: string;
  /** The right day, where it was wrong. */
  readonly occurredOn?: string | undefined;
  /** Replaces the whole data, where it was wrong. */
  readonly data?: EventData | undefined;
  readonly reason: string;
  readonly acknowledge?: readonly string[] | undefined;
}

/** Says what a recorded event should have said. */
export class CorrectEvent extends Command<WriteAnswer> {
  constructor(readonly input: CorrectEventInput) {
    super();
  }
}

@CommandHandler(CorrectEvent)
export class CorrectEventHandler implements ICommandHandler<CorrectEvent> {
  constructor(private readonly writer: Writer) {}

  execute({ input }: CorrectEvent): Promise<WriteAnswer> {
    const { eventId, occurredOn, data, reason, acknowledge, ...context } = input;
    const body = { verb: 'correct', eventId: eventId.toLowerCase(), occurredOn, data, reason, acknowledge };
    return this.writer.write({ ...context, body, plan: (fold, ids) => this.plan(fold, ids(0), input) });
  }

  private async plan(fold: StreamFold, id: string, input: CorrectEventInput): Promise<Plan> {
    const { clock, law, cache, personalData } = this.writer;
    const eventId = input.eventId.toLowerCase();
    const { type, fact } = standingOriginal(fold, eventId);
    const context = { kind: fold.kind, today: clock.today(), future: input.dryRun === true, law };
    const given = { occurredOn: input.occurredOn, data: input.data, reason: input.reason };
    const parsed = parseCorrection(type, given, fact.occurredOn, context);
    const { data, reason } = parsed.value;
    if (data === undefined) await this.checkMoved(fold, type, fact, input.occurredOn ?? fact.occurredOn);
    else {
      if (type.type === 'WorkerRegistered') await refuseUnknownEmployer(cache, data, '');
      if (type.type === 'PenaltyImposed') refuseUnknownObligation(new Draft(fold), data, '');
    }
    const { clear, personal } = data === undefined ? { clear: undefined, personal: {} } : split(type, data);
    const person = personOf(type, fold.stream, data ?? fact.data);
    const derived = data === undefined ? {} : type.derive?.(data, (value) => personalData.tag(person, value));
    const by = {
      id,
      ...(input.occurredOn === undefined ? {} : { occurredOn: input.occurredOn }),
      ...(clear === undefined ? {} : { data: { ...clear, ...derived } }),
    };
    const draft = new Draft(fold);
    const others = fold.facts.filter((each) => each.eventId !== eventId);
    const admitted = draft.replace(others, { fact: corrected(fact, by), acknowledged: input.acknowledge ?? [] });
    const stored = {
      eventId,
      correctsType: type.type,
      correctsVersion: type.version,
      ...(input.occurredOn === undefined ? {} : { occurredOn: input.occurredOn }),
      ...(clear === undefined ? {} : { data: admitted.fact.data }),
      reason,
    };
    const { acknowledged } = admitted;
    const event = { id, type: CORRECTED, version: 1, clear: stored, personal, person, acknowledged, reason: undefined };
    return { events: [event], draft, warnings: parsed.warnings };
  }

  /** The data stays and the day moves: what must not contradict each other is looked at with the personal fields open. */
  private async checkMoved(fold: StreamFold, type: EventType, fact: Fact, occurredOn: string): Promise<void> {
    if (type.check === undefined) return;
    const revision = fold.revisionOf(fact.sealedBy ?? fact.eventId) ?? fact.revision;
    const [stored] = await this.writer.store.read(fold.stream, revision, 1);
    if (stored === undefined) return;
    const { data } = openData(this.writer.personalData, decode(stored));
    const problems = type.check(data, occurredOn);
    if (problems.length === 0) return;
    throw invalid(
      problems.map(({ field, message }) => ({
        path: `data.${field}`,
        message: `${message} (give the whole data with the new day)`,
      })),
    );
  }
}

/**
 * The original event that an amendment is about, as it stands.
 * @throws Refusal 404 when there is none, 409 when it is an amendment itself or was retracted
 */
export function standingOriginal(fold: StreamFold, eventId: string): { readonly type: EventType; readonly fact: Fact } {
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
      detail: `There is no event ${eventId} in ${fold.stream}.`,
      remedy: 'Take the id from the list of its events.',
    });
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
