import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { EventInput, WriteAnswer, WriteContext } from './command.js';
import { planRecord } from './plan-record.js';
import { Writer } from './writer.js';

export interface RecordEventsInput extends WriteContext {
  /** Recorded all or none, each decided on the state that the former left. */
  readonly events: readonly EventInput[];
  /** Whether the caller sent an array: places in errors then carry the number. By default when there are several. */
  readonly inArray?: boolean | undefined;
}

/** Records that something happened. */
export class RecordEvents extends Command<WriteAnswer> {
  constructor(readonly input: RecordEventsInput) {
    super();
  }
}

@CommandHandler(RecordEvents)
export class RecordEventsHandler implements ICommandHandler<RecordEvents> {
  constructor(private readonly writer: Writer) {}

  execute({ input }: RecordEvents): Promise<WriteAnswer> {
    const { events, inArray = events.length > 1, ...context } = input;
    const body = { verb: 'record', events };
    return this.writer.write({ ...context, body, plan: (planning) => planRecord(planning, events, inArray) });
  }
}
