import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { WriteAnswer, WriteContext } from './command.js';
import { planRetraction } from './plan-amendment.js';
import { Writer } from './writer.js';

export interface RetractEventInput extends WriteContext {
  /** The original event. */
  readonly eventId: string;
  readonly reason: string;
  /** Retracts the events that rest on it too, all or none. */
  readonly withDependents?: boolean | undefined;
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
    const { reason, withDependents, ...context } = input;
    const retraction = { eventId: input.eventId.toLowerCase(), reason, withDependents };
    const body = { verb: 'retract', ...retraction };
    return this.writer.write({ ...context, body, plan: (planning) => planRetraction(planning, retraction) });
  }
}
