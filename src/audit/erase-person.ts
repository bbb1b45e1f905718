import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { eventTypeOf } from '../domain/catalogue.js';
import { ERASED, PersonalDataErased } from '../domain/events/erasure.js';
import { CORRECTED, factOf } from '../domain/history.js';
import type { RecordedEvent } from '../domain/recorded-event.js';
import { Refusal } from '../domain/refusal.js';
import { decode, personOf, subjectOf } from '../ledger/codec.js';
import { streamNameOf, type WriteContext } from '../ledger/command.js';
import type { StoredEvent } from '../ledger/event-store.js';
import { parseAmendmentReason } from '../ledger/parse-events.js';
import type { Plan, Planning } from '../ledger/planning.js';
import { Draft } from '../ledger/stream-fold.js';
import { Writer } from '../ledger/writer.js';
import { Packs } from './pack/packs.js';

/** What is handed to the one who asked for the erasure: it can be checked against the log at any time. */
export interface ErasureCertificate {
  readonly workerId: string;
  /** The worker and the family members whose keys were destroyed. */
  readonly persons: readonly string[];
  readonly erasedOn: string;
  readonly recordedAt: string;
  readonly recordedBy: string;
  readonly reason: string | null;
  readonly event: {
    readonly id: string;
    readonly stream: string;
    readonly revision: number;
    readonly position: string;
  };
  /** The event's place in the chain of its stream. */
  readonly previousHash: string | null;
  readonly hash: string | null;
  /** Whether every one of the keys is gone from the key file now. */
  readonly keysDestroyed: boolean;
  readonly statement: string;
}

export interface ErasePersonInput extends WriteContext {
  readonly reason: string;
}

/** Destroys the keys of a worker and of the family members, records it and certifies it. Done once; asked again, it certifies again. */
export class ErasePerson extends Command<ErasureCertificate> {
  constructor(readonly input: ErasePersonInput) {
    super();
  }
}

@CommandHandler(ErasePerson)
export class ErasePersonHandler implements ICommandHandler<ErasePerson> {
  constructor(
    private readonly writer: Writer,
    private readonly packs: Packs,
  ) {}

  async execute({ input }: ErasePerson): Promise<ErasureCertificate> {
    const { reason, ...context } = input;
    const why = parseAmendmentReason(reason);
    const { store } = this.writer;
    const stream = streamNameOf(context.stream);
    const erased = async () => (await store.read(stream)).find(({ type }) => type === ERASED);
    if ((await erased()) === undefined) {
      // Recorded first: a crash in between leaves a promise that the next start keeps.
      await this.writer.write({
        ...context,
        body: { verb: 'erase', reason: why },
        plan: async (planning) => planErasure(planning, (await store.read(stream)).map(decode), why),
      });
    }
    const event = await erased();
    if (event === undefined) throw new Error(`The erasure of ${stream} was recorded and is not there.`);
    // Copies of ours first: should this be broken off here, the next start finds the keys and does both.
    this.packs.forgetNames();
    for (const person of personsErasedBy(decode(event))) this.writer.personalData.destroy(person);
    return certificateOf(event, this.writer);
  }
}

/** Everybody whose key an erasure destroys. */
export function personsErasedBy(event: RecordedEvent): readonly string[] {
  const { memberIds } = event.data;
  return [subjectOf(event.stream), ...(Array.isArray(memberIds) ? memberIds.map(String) : [])];
}

/**
 * The certificate of an erasure that was recorded.
 * @throws Refusal 404 when none was
 */
export async function erasureOf(writer: Writer, workerId: string): Promise<ErasureCertificate> {
  const stream = streamNameOf({ kind: 'worker', id: workerId });
  const event = (await writer.store.read(stream)).find(({ type }) => type === ERASED);
  if (event !== undefined) return certificateOf(event, writer);
  throw new Refusal({
    code: 'not-erased',
    status: 404,
    detail: `The personal data of worker ${workerId} was not erased.`,
    remedy: 'Check the id; an erasure is asked for with POST to this address.',
  });
}

function planErasure(planning: Planning, events: readonly RecordedEvent[], reason: string): Plan {
  const { fold, today } = planning;
  const { type, version } = PersonalDataErased;
  const memberIds = [...personsIn(events)].filter((person) => person !== fold.id);
  const id = planning.idOf(0);
  const draft = new Draft(fold);
  const fact = factOf({ id, type, occurredOn: today, data: { memberIds }, revision: fold.revision + 1 });
  draft.propose({ fact, acknowledged: [] });
  const clear = { occurredOn: today, memberIds };
  return {
    events: [{ id, type, version, clear, personal: {}, person: fold.id, acknowledged: [], reason }],
    draft,
    warnings: [],
  };
}

/** Everybody whose key ever sealed something in a stream, also what was corrected or retracted since. */
function personsIn(events: readonly RecordedEvent[]): ReadonlySet<string> {
  const persons = new Set<string>();
  for (const event of events) {
    if (event.sealed === undefined) continue;
    const isCorrection = event.type === CORRECTED;
    const type = eventTypeOf(isCorrection ? String(event.data['correctsType']) : event.type);
    const data = isCorrection ? event.data['data'] : event.data;
    if (type !== undefined && typeof data === 'object' && data !== null) {
      persons.add(personOf(type, event.stream, data as RecordedEvent['data']));
    }
  }
  return persons;
}

function certificateOf(stored: StoredEvent, { personalData }: Writer): ErasureCertificate {
  const event = decode(stored);
  const { id, stream, revision, position, occurredOn, recordedAt, metadata } = event;
  const persons = personsErasedBy(event);
  const keysDestroyed = persons.every((person) => personalData.isErased(person));
  return {
    workerId: subjectOf(stream),
    persons,
    erasedOn: occurredOn,
    recordedAt,
    recordedBy: metadata.actor,
    reason: metadata.reason ?? null,
    event: { id, stream, revision, position },
    previousHash: metadata.previousHash ?? null,
    hash: metadata.hash ?? null,
    keysDestroyed,
    statement: keysDestroyed
      ? `The keys of ${persons.length} ${persons.length === 1 ? 'person' : 'persons'} were destroyed. What they sealed can be read in no copy of the log; dates, rules, states and figures are unchanged. Copies of the key file made before still hold the keys: the ledger destroys them again whenever it starts with such a copy.`
      : 'The erasure is recorded and keys are still in the key file: ask for the erasure again.',
  };
}
