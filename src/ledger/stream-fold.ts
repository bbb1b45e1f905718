import {
  type Admitted,
  admit,
  type Decider,
  type Proposal,
  possible,
  putIn,
  refit,
  type StreamState,
} from '../domain/admission.js';
import type { StreamKind } from '../domain/event-type.js';
import {
  byOccurrence,
  CORRECTED,
  corrected,
  correctionOf,
  factOf,
  isAmendment,
  isAppendInOrder,
  originalOf,
} from '../domain/history.js';
import type { Fact, RecordedEvent } from '../domain/recorded-event.js';
import { type Assessment, assess } from '../law/assess.js';
import type { RuleBook } from '../law/book.js';
import type { Obligation } from '../law/obligation.js';
import { CHAIN_START } from './chain.js';
import { subjectOf } from './codec.js';
import { type Consequences, difference, isClosed } from './consequences.js';
import { NO_REVISION } from './event-store.js';

/** What is known of an original event. */
export interface Original {
  readonly type: string;
  readonly fact: Fact;
  readonly retracted: boolean;
}

/** A command that is in the stream already. */
export interface RecordedCommand {
  readonly tag: string;
  readonly events: readonly { readonly id: string; readonly revision: number }[];
  /** Position of the last of its events. */
  readonly position: string;
}

/**
 * One stream, folded: what the next decision needs, so that writing does not read the stream again. Facts that simply
 * follow cost the same however long the stream is; an amendment or a late fact costs one fold.
 */
export class StreamFold {
  readonly kind: StreamKind;
  revision = NO_REVISION;
  /** Hash of the last event that carries one: what the next event of the stream names. */
  chainHead = CHAIN_START;
  #facts: Fact[] = [];
  #state: StreamState;
  readonly #originals = new Map<string, Original>();
  /** Amendments, with the original each is about and its own revision. */
  readonly #amendments = new Map<string, { readonly original: string; readonly revision: number }>();
  readonly #commands = new Map<string, RecordedCommand>();
  #book: RuleBook;
  #assessment: Assessment | null = null;
  /** By obligation, whether it is closed; kept with the assessment, to see what a fact changes. */
  readonly #closed = new Map<string, boolean>();

  constructor(
    readonly stream: string,
    readonly decider: Decider<StreamState>,
    book: RuleBook,
  ) {
    this.#book = book;
    this.kind = stream.startsWith('worker-') ? 'worker' : 'employer';
    this.#state = decider.initial;
  }

  get facts(): readonly Fact[] {
    return this.#facts;
  }

  get state(): StreamState {
    return this.#state;
  }

  get id(): string {
    return subjectOf(this.stream);
  }

  /** The law that counts for the stream, in the readings that its employer chose. */
  get book(): RuleBook {
    return this.#book;
  }

  /** Lets another law count, or other readings of it. */
  applyLaw(book: RuleBook): void {
    if (book === this.#book) return;
    this.#book = book;
    this.#assessment = null;
  }

  /** What the law makes of the facts; folded when it is first asked for, and kept. */
  get assessment(): Assessment {
    if (this.#assessment !== null) return this.#assessment;
    const assessment = assess(this.#facts, this.book, this);
    this.#closed.clear();
    for (const obligation of assessment.obligations()) this.#closed.set(obligation.id, isClosed(obligation));
    this.#assessment = assessment;
    return assessment;
  }

  original(eventId: string): Original | undefined {
    return this.#originals.get(eventId);
  }

  /** The original that an amendment is about. */
  amendedBy(eventId: string): string | undefined {
    return this.#amendments.get(eventId)?.original;
  }

  /** The revision of an event, original or amendment. */
  revisionOf(eventId: string): number | undefined {
    return this.#amendments.get(eventId)?.revision ?? this.#originals.get(eventId)?.fact.revision;
  }

  command(commandId: string): RecordedCommand | undefined {
    return this.#commands.get(commandId);
  }

  /** Takes events as they are in the store, in revision order: they were decided when they were recorded. */
  take(events: readonly RecordedEvent[]): void {
    let inOrder = true;
    for (const event of events) {
      this.#follow(event);
      if (isAmendment(event.type)) {
        this.#amend(event);
        inOrder = false;
        continue;
      }
      const fact = factOf(event);
      this.#originals.set(fact.eventId, { type: fact.type, fact, retracted: false });
      if (inOrder && isAppendInOrder(this.#facts, event)) this.#push(fact);
      else inOrder = false;
    }
    if (!inOrder) this.#refold();
  }

  /**
   * Goes on after a write of our own, with the facts and the state that were decided.
   * @returns the obligations that it opened and closed
   */
  commit(draft: Draft, events: readonly RecordedEvent[]): Consequences {
    const { assessment } = this;
    for (const [index, event] of events.entries()) {
      this.#follow(event);
      if (isAmendment(event.type)) this.#amend(event);
      else {
        const fact = draft.accepted[index] ?? factOf(event);
        this.#originals.set(event.id, { type: event.type, fact, retracted: false });
      }
    }
    this.#state = draft.state;
    if (draft.whole !== null) {
      const before = [...assessment.obligations()];
      this.#facts = draft.whole;
      this.#assessment = null;
      return difference(before, this.assessment.obligations());
    }
    const touched = new Map<string, Obligation>();
    for (const fact of draft.added) {
      this.#facts.push(fact);
      assessment.apply(fact);
      for (const obligation of assessment.touched) touched.set(obligation.id, obligation);
    }
    return this.#changes(touched);
  }

  #changes(touched: ReadonlyMap<string, Obligation>): Consequences {
    const opened: Obligation[] = [];
    const closed: Obligation[] = [];
    for (const [id, obligation] of touched) {
      const before = this.#closed.get(id);
      const now = isClosed(obligation);
      if (before === undefined || (before && !now)) opened.push(obligation);
      if (before !== true && now) closed.push(obligation);
      this.#closed.set(id, now);
    }
    return { opened, closed };
  }

  #push(fact: Fact): void {
    this.#facts.push(fact);
    this.#state = this.decider.evolve(this.#state, fact);
    this.#assessment = null;
  }

  #amend(event: RecordedEvent): void {
    const id = originalOf(event);
    this.#amendments.set(event.id, { original: id, revision: event.revision });
    const original = this.#originals.get(id);
    if (original === undefined) return;
    this.#originals.set(
      id,
      event.type === CORRECTED
        ? { ...original, fact: corrected(original.fact, correctionOf(event)) }
        : { ...original, retracted: true },
    );
  }

  #follow(event: RecordedEvent): void {
    this.revision = event.revision;
    this.chainHead = event.metadata.hash ?? this.chainHead;
    this.#rememberCommand(event);
  }

  #rememberCommand({ id, revision, position, metadata }: RecordedEvent): void {
    const known = this.#commands.get(metadata.commandId);
    this.#commands.set(metadata.commandId, {
      tag: metadata.commandTag,
      events: [...(known?.events ?? []), { id, revision }],
      position,
    });
  }

  #refold(): void {
    this.#facts = [...this.#originals.values()]
      .filter(({ retracted }) => !retracted)
      .map(({ fact }) => fact)
      .sort(byOccurrence);
    this.#state = this.#facts.reduce((state, fact) => this.decider.evolve(state, fact), this.decider.initial);
    this.#assessment = null;
  }
}

/** What a command would make of a stream. The fold itself stays as it is until the events are in the store. */
export class Draft {
  state: StreamState;
  /** Facts that follow the fold's, while nothing had to be put in between. */
  readonly added: Fact[] = [];
  /** The facts that were proposed and admitted, in the order in which they were proposed. */
  readonly accepted: Fact[] = [];
  /** The whole history, once a fact had to be put in between, moved or taken out. */
  whole: Fact[] | null = null;

  /** @param together whether facts put in between are decided together, when `settle` is called */
  constructor(
    readonly fold: StreamFold,
    readonly together = false,
  ) {
    this.state = fold.state;
  }

  get facts(): readonly Fact[] {
    return this.whole ?? (this.added.length === 0 ? this.fold.facts : [...this.fold.facts, ...this.added]);
  }

  /** @throws Refusal */
  propose(proposal: Proposal): Admitted<StreamState> {
    const last = this.#last();
    if (last !== undefined && last.occurredOn > proposal.fact.occurredOn) return this.replace(this.facts, proposal);
    const admitted = admit(this.fold.decider, this.state, proposal);
    (this.whole ?? this.added).push(admitted.fact);
    this.accepted.push(admitted.fact);
    this.state = admitted.state;
    return admitted;
  }

  /** Decides the whole history again with a fact put among the others. */
  replace(others: readonly Fact[], proposal: Proposal): Admitted<StreamState> {
    const refitted = (this.together ? putIn : refit)(this.fold.decider, others, proposal);
    this.whole = [...refitted.facts];
    this.accepted.push(refitted.fact);
    this.state = refitted.state;
    return refitted;
  }

  /** Decides the history as it is with everything that was proposed. @throws Refusal */
  settle(): void {
    if (this.whole !== null) this.state = possible(this.fold.decider, this.fold.decider.initial, this.whole);
  }

  /** Decides the history again without some facts. @throws Refusal when a later fact needs one of them */
  remove(eventIds: ReadonlySet<string>): void {
    const rest = this.facts.filter((fact) => !eventIds.has(fact.eventId));
    this.state = possible(this.fold.decider, this.fold.decider.initial, rest);
    this.whole = rest;
  }

  #last(): Fact | undefined {
    const own = this.whole ?? this.added;
    return own[own.length - 1] ?? (this.whole === null ? this.fold.facts[this.fold.facts.length - 1] : undefined);
  }
}
