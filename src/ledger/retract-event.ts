import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { RETRACTED } from '../domain/history.js';
import { subjectOf } from './codec.js';
import type { WriteAnswer, WriteContext } from './command.js';
import { standingOriginal } from './correct-event.js';
import { parseAmendmentReason } from './parse-events.js';
import { Draft, type StreamFold } from './stream-fold.js';
import { type Plan, Writer } from './writer.js';

export interface RetractEventInput extends WriteContext {
  /** The original event. */
  readonly eventId: string;
  readonly reason: string;
}

/** Says that a recorded event never happened. */
export class RetractEvent extends Command<WriteAnswer> {
  constructor(readonly input: RetractEventInput) {
    super();
  }
}

@CommandHandler(RetractEvent)
export class RetractEventHandler implements ICommandHandler<RetractEvent> {
  constructor(private readonly writer: Writer) {}

  execute({ input }: RetractEvent): Promise<WriteAnswer> {
    const { eventId, reason, ...context } = input;
    const body = { verb: 'retract', eventId: eventId.toLowerCase(), reason };
    return this.writer.write({
      ...context,
      body,
      plan: (fold, ids) => plan(fold, ids(0), eventId.toLowerCase(), reason),
    });
  }
}

function plan(fold: StreamFold, id: string, eventId: string, given: string): Plan {
  const reason = parseAmendmentReason(given);
  standingOriginal(fold, eventId);
  const draft = new Draft(fold);
  draft.remove(eventId);
  const clear = { eventId, reason };
  const person = subjectOf(fold.stream);
  const event = { id, type: RETRACTED, version: 1, clear, personal: {}, person, acknowledged: [], reason: undefined };
  return { events: [event], draft, warnings: [] };
}
