import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { factOf } from '../domain/history.js';
import { Refusal } from '../domain/refusal.js';
import { personOf, split } from './codec.js';
import type { EventInput, WriteAnswer, WriteContext } from './command.js';
import { type ParsedEvent, parseEvents } from './parse-events.js';
import { refuseUnknownEmployer, refuseUnknownObligation } from './references.js';
import { Draft, type StreamFold } from './stream-fold.js';
import { type Plan, type PlannedEvent, Writer } from './writer.js';

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
    const { events: inputs, inArray = inputs.length > 1, ...context } = input;
    const body = { verb: 'record', events: inputs };
    return this.writer.write({ ...context, body, plan: (fold, ids) => this.plan(fold, ids, input, inArray) });
  }

  private async plan(
    fold: StreamFold,
    ids: (index: number) => string,
    { events: inputs, dryRun }: RecordEventsInput,
    inArray: boolean,
  ): Promise<Plan> {
    const { clock, law } = this.writer;
    const parsed = parseEvents(inputs, inArray, {
      kind: fold.kind,
      today: clock.today(),
      future: dryRun === true,
      law,
    });
    const draft = new Draft(fold);
    const events: PlannedEvent[] = [];
    for (const [index, event] of parsed.value.entries()) {
      const place = inArray ? `[${index}].` : '';
      const planned = await this.one(draft, event, ids(index), fold.revision + 1 + index, place);
      events.push(planned);
    }
    return { events, draft, warnings: parsed.warnings };
  }

  private async one(
    draft: Draft,
    event: ParsedEvent,
    id: string,
    revision: number,
    place: string,
  ): Promise<PlannedEvent> {
    const { type, occurredOn, data, acknowledge, reason } = event;
    const { stream } = draft.fold;
    if (type.type === 'WorkerRegistered') await refuseUnknownEmployer(this.writer.cache, data, place);
    if (type.type === 'PenaltyImposed') refuseUnknownObligation(draft, data, place);
    const { clear, personal } = split(type, data);
    const person = personOf(type, stream, data);
    const derived = type.derive?.(data, (value) => this.writer.personalData.tag(person, value)) ?? {};
    const fact = factOf({ id, type: type.type, occurredOn, data: { ...clear, ...derived }, revision });
    const admitted = propose(draft, { fact, acknowledged: acknowledge }, place);
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
}

/** Proposes a fact; a refusal says which event of an array it is about. */
function propose(draft: Draft, proposal: Parameters<Draft['propose']>[0], place: string) {
  try {
    return draft.propose(proposal);
  } catch (error) {
    if (!(error instanceof Refusal) || place === '') throw error;
    const { code, status, message, remedy, rule, reference, candidates } = error;
    throw new Refusal({
      code,
      status,
      detail: message,
      remedy,
      errors: [{ path: place.slice(0, -1), message }],
      ...(rule === undefined ? {} : { rule }),
      ...(reference === undefined ? {} : { reference }),
      ...(candidates === undefined ? {} : { candidates }),
    });
  }
}
