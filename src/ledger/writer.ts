import type { Clock } from '../clock.js';
import type { EventData } from '../domain/event-type.js';
import { standingFacts } from '../domain/history.js';
import type { EventMetadata, RecordedEvent } from '../domain/recorded-event.js';
import { conflict, type FieldProblem, Refusal } from '../domain/refusal.js';
import type { WorkerState } from '../domain/worker.js';
import { assess } from '../law/assess.js';
import type { RuleBook } from '../law/book.js';
import type { Circumstances } from '../law/circumstances.js';
import { type Telling, toldOn } from '../law/told.js';
import { chainHash } from './chain.js';
import { decode, openData, subjectOf, UnreadableEvent } from './codec.js';
import {
  canonical,
  eventIdOf,
  streamNameOf,
  type WriteAnswer,
  type WriteContext,
  type WrittenEvent,
} from './command.js';
import { type Consequences, difference } from './consequences.js';
import { type EventStore, type NewEvent, NO_REVISION, StreamGone, WrongRevision } from './event-store.js';
import { circumstancesOf, type OtherPenalties, previewExposure } from './exposure-preview.js';
import type { LawLookups } from './law-lookups.js';
import { LogEnd } from './log-end.js';
import { KeysLocked, type PersonalData, PersonErased } from './personal-data.js';
import type { Plan, PlannedEvent, Planning, RegistrationsWith } from './planning.js';
import { StreamCache } from './stream-cache.js';
import type { Draft, RecordedCommand, StreamFold } from './stream-fold.js';

/** A command as the writer takes it: what is asked, and how it is decided on a folded stream. */
export interface Work extends WriteContext {
  /** The command's content: a repeat has the same, another command under the same key has not. */
  readonly body: unknown;
  /** @throws Refusal */
  plan(planning: Planning): Plan | Promise<Plan>;
}

/** Stands among the persons for the ledger itself. */
const LEDGER = 'ledger';

/** How often a command is decided again after others wrote in between. */
const ATTEMPTS = 5;

/**
 * Writes to streams: one command after the other on each, decided on the folded stream, appended with the revision that it
 * was decided on. Everything that any command has in common is here; what differs is in its plan.
 */
export class Writer {
  readonly cache: StreamCache;
  readonly #log: LogEnd;
  readonly #lines = new Map<string, Promise<unknown>>();
  #lastWritten = '0';

  constructor(
    readonly store: EventStore,
    readonly personalData: PersonalData,
    readonly law: LawLookups,
    readonly clock: Clock,
    /**
     * Whether other processes write to the same store. The store takes a second append of the same ids for a repeat and
     * answers with success, although nothing was written: then each append is read back, and no stream begun unread.
     */
    readonly shared = true,
    readonly otherPenalties: OtherPenalties = () => [],
    readonly registrationsWith: RegistrationsWith = async () => ({ count: 0, first: [] }),
  ) {
    this.cache = new StreamCache(store, law);
    this.#log = new LogEnd(store);
  }

  /** Commit position of the last event that was written here; "0" before the first. */
  get lastWritten(): string {
    return this.#lastWritten;
  }

  /**
   * Does the work, or finds that it was done before.
   * @throws Refusal, StoreAway (its outcome is open: send the same command again), StoreFull, TooLarge
   */
  async write(work: Work): Promise<WriteAnswer> {
    const stream = streamNameOf(work.stream);
    const before = this.#lines.get(stream);
    const turn = before === undefined ? this.#attempt(stream, work) : before.then(() => this.#attempt(stream, work));
    const line = turn.then(
      () => undefined,
      () => undefined,
    );
    this.#lines.set(stream, line);
    try {
      return await turn;
    } catch (error) {
      throw inOurWords(error);
    } finally {
      if (this.#lines.get(stream) === line) this.#lines.delete(stream);
    }
  }

  async #attempt(stream: string, work: Work): Promise<WriteAnswer> {
    const known = this.cache.peek(stream);
    if (known === undefined) {
      const answer = await this.#begin(stream, work);
      if (answer !== null) return answer;
    }
    let fresh = known === undefined;
    let fold = known ?? (await this.cache.load(stream));
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      const done = work.dryRun === true ? undefined : fold.command(work.commandId);
      if (done !== undefined) return this.#replay(fold, work, done);
      let plan: Plan;
      try {
        this.#insistOnRevision(fold, work);
        fold.applyLaw(await this.cache.bookOf({ fold, state: fold.state, facts: fold.facts }));
        plan = await work.plan(this.#planning(fold, work));
      } catch (error) {
        // What is refused on an old view may be right on the present one.
        if (!fresh && error instanceof Refusal && error.status !== 400) {
          fresh = true;
          if (await this.cache.refresh(fold)) continue;
        }
        throw error;
      }
      if (work.dryRun === true) return this.#preview(fold, plan);
      try {
        const answer = await this.#append(fold, work, plan, null);
        if (answer !== null) return answer;
        this.cache.drop(stream);
        fold = await this.cache.load(stream);
        fresh = true;
      } catch (error) {
        if (error instanceof WrongRevision) {
          fresh = true;
          if (await this.cache.refresh(fold)) continue;
        }
        // Whether it was written is open, or the fold is wrong: the next command reads the stream again.
        this.cache.drop(stream);
        this.#log.doubt(stream);
        throw error;
      }
    }
    throw conflict(
      'busy-stream',
      `Others wrote to ${stream} ${ATTEMPTS} times while this command was decided.`,
      'Send it again, with the same Idempotency-Key.',
    );
  }

  /**
   * Begins a stream without looking whether it is there: what makes sense on an empty one is most likely a new one, and a
   * look costs as much as the append.
   * @returns null when it cannot be known that way; then the stream has to be read
   */
  async #begin(stream: string, work: Work): Promise<WriteAnswer | null> {
    const mayBeNew = work.ifMatch === undefined || work.ifMatch === NO_REVISION;
    if (this.shared || work.dryRun === true || !mayBeNew || this.#log.isDoubtful(stream)) return null;
    const fold = this.cache.empty(stream);
    const plan = await planOrNothing(work, this.#planning(fold, work));
    if (plan === null) return null;
    const before = await this.#log.known();
    try {
      const answer = await this.#append(fold, work, plan, before);
      if (answer !== null) this.cache.adopt(fold);
      return answer;
    } catch (error) {
      if (error instanceof WrongRevision) return null;
      this.#log.doubt(stream);
      throw error;
    }
  }

  #planning(fold: StreamFold, { commandId, dryRun }: Work): Planning {
    return {
      fold,
      law: this.law,
      today: this.clock.today(),
      future: dryRun === true,
      idOf: (index) => eventIdOf(commandId, fold.stream, index),
      tag: (person, value) => this.personalData.tag(person, value),
      isEmployer: async (bin) => (await this.cache.employer(bin)).registeredOn !== null,
      isWorker: async (id) => (await this.store.read(streamNameOf({ kind: 'worker', id }), 0, 1)).length > 0,
      registrationsWith: (bin) => this.registrationsWith(bin, this.#lastWritten),
      dataOf: async (revision) => {
        const [stored] = await this.store.read(fold.stream, revision, 1);
        return stored === undefined ? {} : openData(this.personalData, decode(stored)).data;
      },
    };
  }

  #insistOnRevision(fold: StreamFold, { ifMatch }: WriteContext): void {
    if (ifMatch === undefined || ifMatch === fold.revision) return;
    throw new Refusal({
      code: 'moved',
      status: 412,
      detail: `The stream is at revision ${fold.revision}, not at ${ifMatch}.`,
      remedy: 'Read it again, look at what changed, and send the command with the new ETag.',
    });
  }

  /**
   * @param beyond a position that the append must lie behind, else it is a repeat; null where the fold knows the stream
   * @returns null when it has to be decided again: the command, or a key that it made up, is there already
   */
  async #append(
    fold: StreamFold,
    work: Work,
    { events, draft, warnings }: Plan,
    beyond: bigint | null,
  ): Promise<WriteAnswer | null> {
    const { stream } = fold;
    const commandTag = this.#tagOf(stream, work.body);
    const sealing = events.filter(({ personal }) => Object.keys(personal).length > 0);
    const persons = new Set([this.#taggedWith(stream), ...sealing.map(({ person }) => person)]);
    if (!(await this.personalData.settle(persons))) return null;
    // Before the append: once it is written, nothing may fail any more.
    const circumstances = await this.#circumstancesOf(draft);
    const book = await this.cache.bookOf(draft);
    if (events.length > 0 && fold.revision === NO_REVISION) fold.applyLaw(book);
    const recordedAt = this.clock.now().toISOString();
    const chained = chain(
      fold,
      events.map((event) => ({
        id: event.id,
        type: event.type,
        data: this.#seal(stream, event),
        metadata: metadataOf(event, work, { commandTag, recordedAt }),
      })),
    );
    const written = await this.store.append(stream, chained, fold.revision);
    if (beyond !== null && BigInt(written.position) <= beyond) return null;
    if (this.shared && !(await this.#isOurs(stream, written.revision, chained))) return null;
    this.#log.saw(written.position);
    this.#lastWritten = written.position;
    const first = written.revision - events.length + 1;
    const recorded = events.map((event, index): RecordedEvent => {
      const { occurredOn, ...data } = event.clear;
      return {
        id: event.id,
        stream,
        type: event.type,
        revision: first + index,
        position: written.position,
        recordedAt,
        occurredOn: typeof occurredOn === 'string' ? occurredOn : '',
        data: event.type.startsWith('Event') ? event.clear : data,
        metadata: chained[index]?.metadata as unknown as EventMetadata,
      };
    });
    const consequences = commit(fold, draft, recorded, book);
    this.cache.weigh(fold);
    return answerOf(recorded, told(consequences, this.#telling(draft, circumstances)), warnings);
  }

  /** Whether what stands in the store is what was sent: its hash covers all of it. */
  async #isOurs(stream: string, revision: number, sent: readonly NewEvent[]): Promise<boolean> {
    const [stored] = await this.store.read(stream, revision, 1);
    const hash = (stored?.metadata as Readonly<Record<string, unknown>> | undefined)?.['hash'];
    return hash === sent[sent.length - 1]?.metadata['hash'];
  }

  #seal(stream: string, { id, type, clear, personal, person }: PlannedEvent): EventData {
    if (Object.keys(personal).length === 0) return clear;
    return { ...clear, sealed: this.personalData.seal(person, { stream, eventId: id, type }, personal) };
  }

  #tagOf(stream: string, body: unknown): string {
    return this.personalData.tag(this.#taggedWith(stream), `command\n${canonical(body)}`);
  }

  /** Whose key tags the commands of a stream: the person's, and once that is destroyed the ledger's own. */
  #taggedWith(stream: string): string {
    const person = subjectOf(stream);
    return this.personalData.isErased(person) ? LEDGER : person;
  }

  /** Answers a command that is in the stream already as it was answered then. */
  async #replay(fold: StreamFold, work: Work, done: RecordedCommand): Promise<WriteAnswer> {
    if (this.#tagOf(fold.stream, work.body) !== done.tag) {
      if (this.personalData.isErased(subjectOf(fold.stream))) {
        throw conflict(
          'person-erased',
          'This command was recorded before the person was erased: whether it is the same can no longer be told.',
          'Read the events of the worker; give a new command a key of its own.',
        );
      }
      throw new Refusal({
        code: 'key-reused',
        status: 422,
        detail: `The key of this command was used on ${fold.stream} for another one.`,
        remedy: 'Give every new command a key of its own; repeat an old one with exactly the same body.',
      });
    }
    const first = done.events[0]?.revision ?? 0;
    const last = done.events[done.events.length - 1]?.revision ?? first;
    const events = (await this.store.read(fold.stream, 0, last + 1)).map(decode);
    const owner = { fold, state: fold.state, facts: fold.facts };
    const assessed = (until: number) =>
      assess(standingFacts(events.filter(({ revision }) => revision <= until)), fold.book, fold).obligations();
    return {
      events: done.events.map(({ id, revision }) => ({ id, revision, position: done.position })),
      position: done.position,
      obligations: told(
        difference(assessed(first - 1), assessed(last)),
        this.#telling(owner, await this.#circumstancesOf(owner)),
      ),
      replayed: true,
      warnings: [],
    };
  }

  #circumstancesOf(owner: Pick<Draft, 'fold' | 'state' | 'facts'>): Promise<Circumstances> {
    return circumstancesOf(this.cache, owner, this.otherPenalties);
  }

  #telling(
    { fold, state }: Pick<Draft, 'fold' | 'state'>,
    circumstances: Circumstances,
    asOf = this.clock.today(),
  ): Telling {
    const isWorker = fold.kind === 'worker';
    return {
      asOf,
      workerId: isWorker ? fold.id : null,
      employerBin: isWorker ? (state as WorkerState).employerBin : fold.id,
      ...circumstances,
      book: fold.book,
    };
  }

  async #preview(fold: StreamFold, { draft, warnings }: Plan): Promise<WriteAnswer> {
    const before = assess(fold.facts, fold.book, fold);
    const after = assess(draft.facts, await this.cache.bookOf(draft), fold);
    const last = draft.facts[draft.facts.length - 1]?.occurredOn ?? '';
    const today = this.clock.today();
    const asOf = last > today ? last : today;
    const former = await this.#circumstancesOf({ fold, state: fold.state, facts: fold.facts });
    const circumstances = await this.#circumstancesOf(draft);
    return {
      events: [],
      position: null,
      obligations: told(
        difference(before.obligations(), after.obligations()),
        this.#telling(draft, circumstances, asOf),
      ),
      replayed: false,
      warnings,
      exposure: {
        asOf,
        ...previewExposure({ assessment: before, circumstances: former }, { assessment: after, circumstances }, asOf),
      },
    };
  }
}

/** A plan, or null where there is none: what stands in its way is told when the stream has been read. */
async function planOrNothing(work: Work, planning: Planning): Promise<Plan | null> {
  try {
    return await work.plan(planning);
  } catch {
    return null;
  }
}

/** What the events change; where they let another reading of the law count, what that changes too. */
function commit(fold: StreamFold, draft: Draft, recorded: readonly RecordedEvent[], book: RuleBook): Consequences {
  if (book === fold.book) return fold.commit(draft, recorded);
  const before = [...fold.assessment.obligations()];
  fold.commit(draft, recorded);
  fold.applyLaw(book);
  return difference(before, fold.assessment.obligations());
}

/** Puts events into the chain of their stream: each names the hash of the one before it, the first that of the fold. */
function chain({ stream, revision, chainHead }: StreamFold, events: readonly NewEvent[]): readonly NewEvent[] {
  let previousHash = chainHead;
  return events.map((event, index) => {
    const metadata = { ...event.metadata, previousHash };
    const hash = chainHash({ ...event, stream, revision: revision + 1 + index, metadata });
    previousHash = hash;
    return { ...event, metadata: { ...metadata, hash } };
  });
}

function metadataOf(
  event: PlannedEvent,
  work: Work,
  { commandTag, recordedAt }: { readonly commandTag: string; readonly recordedAt: string },
): NewEvent['metadata'] {
  return {
    schemaVersion: event.version,
    actor: work.actor,
    ...(event.reason === undefined ? {} : { reason: event.reason }),
    ...(event.acknowledged.length === 0 ? {} : { acknowledged: event.acknowledged }),
    commandId: work.commandId,
    commandTag,
    $correlationId: work.correlationId,
    $causationId: work.commandId,
    recordedAt,
  };
}

function answerOf(
  recorded: readonly RecordedEvent[],
  obligations: WriteAnswer['obligations'],
  warnings: readonly FieldProblem[],
): WriteAnswer {
  const events = recorded.map(({ id, revision, position }): WrittenEvent => ({ id, revision, position }));
  return { events, position: events[0]?.position ?? null, obligations, replayed: false, warnings };
}

/** What a write changed, as every list of obligations tells it. */
function told({ opened, closed }: Consequences, telling: Telling): WriteAnswer['obligations'] {
  return {
    opened: opened.map((obligation) => toldOn(obligation, telling)),
    closed: closed.map((obligation) => toldOn(obligation, telling)),
  };
}

function inOurWords(error: unknown): unknown {
  if (error instanceof UnreadableEvent) {
    return conflict(
      'unreadable-history',
      error.message,
      'Something else than this ledger, or a newer one, wrote that event: have it looked at before more is recorded here.',
    );
  }
  if (error instanceof PersonErased) {
    return conflict('person-erased', error.message, 'Nothing personal can be recorded for a person who was erased.');
  }
  if (error instanceof KeysLocked) {
    return conflict(
      'keys-locked',
      error.message,
      'Start the ledger with the master key that locks its keys (LEDGER_MASTER_KEY); nothing was changed.',
    );
  }
  if (error instanceof StreamGone) {
    return conflict('stream-deleted', error.message, 'Restore the store from a backup, or use another id.');
  }
  return error;
}
