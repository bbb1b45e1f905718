import { deciderOf } from '../domain/admission.js';
import type { EmployerState } from '../domain/employer.js';
import type { WorkerState } from '../domain/worker.js';
import { knownChoices, type RuleBook } from '../law/book.js';
import { choicesOf } from '../law/conflicts.js';
import { decode } from './codec.js';
import type { EventStore } from './event-store.js';
import type { LawLookups } from './law-lookups.js';
import { type Draft, StreamFold } from './stream-fold.js';

/** Facts that all cached folds may hold together: measured at 1.3 kB each with what the law makes of them, 160 MB in all. */
const MOST_FACTS = 120_000;

/** What a fold weighs beside its facts, in facts. */
const OWN_WEIGHT = 2;

/**
 * Keeps the folds of the streams used last. A fold may be behind the store when another process writes too: the expected
 * revision finds that out, and `refresh` takes what is new.
 */
export class StreamCache {
  readonly #folds = new Map<string, { readonly fold: StreamFold; weight: number }>();
  readonly #loading = new Map<string, Promise<StreamFold>>();
  #weight = 0;

  constructor(
    readonly store: EventStore,
    readonly law: LawLookups,
    readonly mostFacts = MOST_FACTS,
  ) {}

  /** The fold in memory, if there is one. */
  peek(stream: string): StreamFold | undefined {
    const entry = this.#folds.get(stream);
    if (entry === undefined) return undefined;
    this.#folds.delete(stream);
    this.#folds.set(stream, entry);
    return entry.fold;
  }

  /** The fold of a stream, read from the store where it is not in memory; concurrent callers share one read. */
  load(stream: string): Promise<StreamFold> {
    const loading = this.#loading.get(stream);
    if (loading !== undefined) return loading;
    const promise = this.#read(stream).finally(() => this.#loading.delete(stream));
    this.#loading.set(stream, promise);
    return promise;
  }

  /** An employer as it stands; read from the store again while it is not registered. */
  async employer(bin: string): Promise<EmployerState> {
    const stream = `employer-${bin}`;
    const known = this.peek(stream)?.state as EmployerState | undefined;
    if (known !== undefined && known.registeredOn !== null) return known;
    // A fold that somebody may be writing on is never refreshed from outside its line: read it anew.
    if (known !== undefined) this.drop(stream);
    return (await this.load(stream)).state as EmployerState;
  }

  /** The law in the readings that a stream's employer chose: those of its own facts, or of the employer of a worker. */
  async bookOf({ fold, state, facts }: Pick<Draft, 'fold' | 'state' | 'facts'>): Promise<RuleBook> {
    const { book } = this.law;
    if (fold.kind === 'employer') return book.withReadings(knownChoices(book, choicesOf(facts)));
    const { employerBin } = state as WorkerState;
    if (employerBin === null) return book;
    await this.employer(employerBin);
    const employer = this.peek(`employer-${employerBin}`);
    return employer === undefined ? book : book.withReadings(knownChoices(book, choicesOf(employer.facts)));
  }

  /** Takes what the store has beyond the fold; only for who has the stream's turn. @returns whether there was anything */
  async refresh(fold: StreamFold): Promise<boolean> {
    const events = await this.store.read(fold.stream, fold.revision + 1);
    // Another reader of the same fold may have been quicker.
    const fresh = events.filter(({ revision }) => revision > fold.revision).map(decode);
    if (fresh.length > 0) fold.take(fresh);
    this.weigh(fold);
    return fresh.length > 0;
  }

  /** Says that a fold has grown. */
  weigh(fold: StreamFold): void {
    const entry = this.#folds.get(fold.stream);
    if (entry?.fold !== fold) return;
    const weight = OWN_WEIGHT + fold.facts.length;
    this.#weight += weight - entry.weight;
    entry.weight = weight;
    this.#evict();
  }

  /** Forgets a fold whose stream may hold more than we know. */
  drop(stream: string): void {
    const entry = this.#folds.get(stream);
    if (entry === undefined) return;
    this.#weight -= entry.weight;
    this.#folds.delete(stream);
  }

  /** The fold of a stream that has no events, as far as anybody knows. Not remembered before it is adopted. */
  empty(stream: string): StreamFold {
    const kind = stream.startsWith('worker-') ? 'worker' : 'employer';
    return new StreamFold(stream, deciderOf(kind, this.law), this.law.book);
  }

  /** Remembers a fold. */
  adopt(fold: StreamFold): void {
    this.drop(fold.stream);
    const weight = OWN_WEIGHT + fold.facts.length;
    this.#folds.set(fold.stream, { fold, weight });
    this.#weight += weight;
    this.#evict();
  }

  async #read(stream: string): Promise<StreamFold> {
    const fold = this.empty(stream);
    fold.take((await this.store.read(stream)).map(decode));
    this.adopt(fold);
    return fold;
  }

  #evict(): void {
    for (const [stream, { weight }] of this.#folds) {
      if (this.#weight <= this.mostFacts || this.#folds.size <= 1) return;
      this.#folds.delete(stream);
      this.#weight -= weight;
    }
  }
}
