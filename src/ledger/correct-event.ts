import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { EventData } from '../domain/event-type.js';
import type { WriteAnswer, WriteContext } from './command.js';
import { planCorrection } from './plan-amendment.js';
import { Writer } from './writer.js';

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
    const { occurredOn, data, reason, acknowledge, ...context } = input;
    const correction = { eventId: input.eventId.toLowerCase(), occurredOn, data, reason, acknowledge };
    const body = { verb: 'correct', ...correction };
    return this.writer.write({ ...context, body, plan: (planning) => planCorrection(planning, correction) });
  }
}
