import { setTimeout as pause } from 'node:timers/promises';
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
import { ReadModel, ReadSideBehind } from '../reading/read-model.js';
import { type Tie, tiesOf } from './family-ties.js';
import { Packs } from './pack/packs.js';

/** What is handed to the one who asked for the erasure: it can be checked against the log at any time. */
export interface ErasureCertificate {
  readonly workerId: string;
  /** The worker and the family members whose keys were destroyed. */
  readonly persons: readonly string[];
  /** Family members whose keys were not destroyed, and why, as the end of a sentence. */
  readonly kept: readonly { readonly person: string; readonly because: string }[];
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

/** How long an erasure waits for the read side, which knows who else a family member belongs to, in milliseconds. */
const LONGEST_WAIT_MS = 5_000;
const LOOK_AGAIN_MS = 20;

@CommandHandler(ErasePerson)
export class ErasePersonHandler implements ICommandHandler<ErasePerson> {
  #line: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly writer: Writer,
    private readonly packs: Packs,
    private readonly model: ReadModel,
  ) {}

  /** One after the other: of two workers erased at once, each would leave a shared child's key to the other. */
  execute({ input }: ErasePerson): Promise<ErasureCertificate> {
    const turn = this.#line.then(() => this.#erase(input));
    this.#line = turn.catch(() => {});
    return turn;
  }

  async #erase(input: ErasePersonInput): Promise<ErasureCertificate> {
    const { reason, ...context } = input;
    const why = parseAmendmentReason(reason);
    const { store } = this.writer;
    const stream = streamNameOf(context.stream);
    const erased = async () => (await store.read(stream)).find(({ type }) => type === ERASED);
    if ((await erased()) === undefined) {
      await this.#everythingKnown();
      const ties = (members: readonly string[]) => tiesOf(this.model.current.log, stream, members);
      // Recorded first: a crash in between leaves a promise that the next start keeps.
      await this.writer.write({
        ...context,
        body: { verb: 'erase', reason: why },
        plan: async (planning) => planErasure(planning, { events: (await store.read(stream)).map(decode), ties, why }),
      });
    }
    const event = await erased();
    if (event === undefined) throw new Error(`The erasure of ${stream} was recorded and is not there.`);
    // Copies of ours first: should this be broken off here, the next start finds the keys and does both.
    this.packs.forgetNames();
    for (const person of personsErasedBy(decode(event))) this.writer.personalData.destroy(person);
    return certificateOf(event, this.writer);
  }

  /** @throws ReadSideBehind */
  async #everythingKnown(): Promise<void> {
    await this.model.waitFor(this.writer.lastWritten, LONGEST_WAIT_MS);
    for (let waited = 0; this.model.health().status !== 'ready'; waited += LOOK_AGAIN_MS) {
      if (waited >= LONGEST_WAIT_MS) {
        throw new ReadSideBehind(
          'It is not known yet who else the family members belong to: the log is being read.',
          5,
        );
      }
      await pause(LOOK_AGAIN_MS);
    }
  }
}

/** Everybody whose key an erasure destroyed. */
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

interface Erasing {
  readonly events: readonly RecordedEvent[];
  /** Which of these persons' keys must stay. */
  ties(members: readonly string[]): ReadonlyMap<string, Tie>;
  readonly why: string;
}

function planErasure(planning: Planning, { events, why: reason, ...known }: Erasing): Plan {
  const { fold, today } = planning;
  const { type, version } = PersonalDataErased;
  const members = [...personsIn(events)].filter((person) => person !== fold.id);
  const tied = known.ties(members);
  const memberIds = members.filter((member) => !tied.has(member));
  const kept = [...tied].map(([memberId, because]) => ({ memberId, because }));
  const data = { memberIds, ...(kept.length === 0 ? {} : { kept }) };
  const id = planning.idOf(0);
  const draft = new Draft(fold);
  const fact = factOf({ id, type, occurredOn: today, data, revision: fold.revision + 1 });
  draft.propose({ fact, acknowledged: [] });
  const clear = { occurredOn: today, ...data };
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
  const kept = keptBy(event);
  const keysDestroyed = persons.every((person) => personalData.isErased(person));
  return {
    workerId: subjectOf(stream),
    persons,
    kept,
    erasedOn: occurredOn,
    recordedAt,
    recordedBy: metadata.actor,
    reason: metadata.reason ?? null,
    event: { id, stream, revision, position },
    previousHash: metadata.previousHash ?? null,
    hash: metadata.hash ?? null,
    keysDestroyed,
    statement: keysDestroyed
      ? `The keys of ${persons.length} ${persons.length === 1 ? 'person' : 'persons'} were destroyed. What they sealed can be read in no copy of the log; dates, rules, states and figures are unchanged. Copies of the key file made before still hold the keys: the ledger destroys them again whenever it starts with such a copy.${keptIn(kept)}`
      : 'The erasure is recorded and keys are still in the key file: ask for the erasure again.',
  };
}

const BECAUSE: Readonly<Record<string, string>> = {
  'is-worker': 'is recorded as a worker too, who was not erased: erase that worker to destroy the key',
  'in-other-family':
    'belongs to the family of another worker too, who was not erased: the key goes when the last of these workers is erased',
};

function keptBy({ data }: RecordedEvent): ErasureCertificate['kept'] {
  const kept = Array.isArray(data['kept']) ? (data['kept'] as readonly { memberId: string; because: string }[]) : [];
  return kept.map(({ memberId, because }) => ({ person: memberId, because: BECAUSE[because] ?? because }));
}

function keptIn({ length }: ErasureCertificate['kept']): string {
  if (length === 0) return '';
  return length === 1
    ? ' The key of one family member was kept, and with it the name in this history: `kept` says why.'
    : ` The keys of ${length} family members were kept, and with them the names in this history: \`kept\` says why.`;
}
