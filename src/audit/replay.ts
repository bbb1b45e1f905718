import { type ImposedSum, NO_EXPOSURE, NOTHING_IMPOSED, plusImposed } from '../../projections/exposure.js';
import { statusOf, type WorkerStatus } from '../../projections/status.js';
import { type Day, legalDayOf } from '../domain/dates.js';
import { type EmployerState, evolveEmployer, initialEmployer } from '../domain/employer.js';
import type { StreamKind } from '../domain/event-type.js';
import { factOf, isAmendment, isAppendInOrder, originalOf, standingFacts } from '../domain/history.js';
import type { Fact, RecordedEvent } from '../domain/recorded-event.js';
import { evolveWorker, initialWorker, type WorkerState } from '../domain/worker.js';
import { Assessment } from '../law/assess.js';
import type { RuleBook } from '../law/book.js';
import type { Circumstances, EmployerSize, SizeOn } from '../law/circumstances.js';
import type { Obligation } from '../law/obligation.js';
import { FoldedPenalties, penaltyAsOf } from '../law/penalty-history.js';
import { FoldedRights, rightToWork } from '../law/right-to-work.js';
import { type Consequences, difference, isClosed } from '../ledger/consequences.js';
import type { StandingSums } from '../reading/exposure-sums.js';
import { RunningCost } from './running-cost.js';

/** Where a worker or an employer stands after an event, in a few words. */
export type Standing =
  | {
      readonly kind: 'worker';
      readonly status: WorkerStatus;
      readonly region: string | null;
      readonly mayWork: 'yes' | 'no' | 'not-known';
      readonly why: readonly string[];
    }
  | { readonly kind: 'employer'; readonly size: EmployerSize }
  | { readonly kind: 'law'; readonly ruleBook: string };

/** An obligation as a step names it. */
export interface StepObligation {
  readonly id: string;
  readonly rule: string;
  readonly subject: string;
  readonly opensOn: Day;
  readonly dueOn: Day | null;
  readonly metOn: Day | null;
  readonly voidOn: Day | null;
  readonly voidReason: string | null;
}

/** What it costs, and what was imposed. */
export type Cost = StandingSums & { readonly imposed: ImposedSum };

export const NO_COST: Cost = { accrued: NO_EXPOSURE, atRisk: NO_EXPOSURE, imposed: NOTHING_IMPOSED };

/** A day, where a stream stands on it and what it costs. */
export interface Situation {
  readonly day: Day;
  readonly standing: Standing | null;
  readonly cost: Cost;
}

/** One event, and what it made of what was known until then. */
export interface ReplayStep {
  /** How many events of its stream were known with it. */
  readonly step: number;
  /** The stream that the step is about: another than the event's where that one lets another law, or class, count. */
  readonly stream: string;
  readonly event: {
    readonly id: string;
    readonly stream: string;
    readonly revision: number;
    readonly position: string;
    readonly type: string;
    readonly occurredOn: Day;
    readonly recordedAt: string;
    readonly recordedBy: string;
    readonly reason: string | null;
    /** The original event that this one corrects or retracts. */
    readonly amends: string | null;
    /** Recorded after something that happened later. */
    readonly late: boolean;
  };
  /** Hash of the rule book by which the state after the event is judged. */
  readonly ruleBook: string;
  /**
   * The day that status and exposure of this step are about: that of the event, or of recording for an amendment and for
   * what an event of another stream changes on later days only.
   */
  readonly asOf: Day;
  /** Null where nobody is registered on that day by what was known. */
  readonly before: Standing | null;
  readonly after: Standing | null;
  readonly opened: readonly StepObligation[];
  readonly closed: readonly StepObligation[];
  /** Obligations that stood before and stand now, on other days: by a correction, a late event or another law. */
  readonly changed: readonly StepObligation[];
  /** What it would have cost on that day by what was known then; null where the step is about no worker and no employer. */
  readonly exposure: Cost | null;
}

export interface ReplayOptions {
  /** The law in force when an event was recorded, in the readings that the employer had chosen by then. */
  readonly lawKnownAt: (employerBin: string | null, event: RecordedEvent) => RuleBook;
  /**
   * The employer's class by day and its penalties, as they were known when the event was recorded. The same object again
   * says that nothing changed in between.
   */
  readonly circumstancesKnownAt: (employerBin: string, event: RecordedEvent, book: RuleBook) => Circumstances;
  /** At risk: due within so many days. */
  readonly horizonDays?: number;
}

const HORIZON_DAYS = 30;

/**
 * Replays one stream, event by event in the order of recording. A fact that follows the others costs the same however long
 * the history is; a late event, a correction or a retraction costs one fold of what stands then.
 */
export function* replay(
  events: Iterable<RecordedEvent>,
  options: ReplayOptions,
): Generator<ReplayStep, void, undefined> {
  let replayer: StreamReplay | undefined;
  for (const event of events) {
    replayer ??= new StreamReplay(event.stream, options);
    yield replayer.take(event, replayer.standing(event));
  }
}

/** The replay of one stream as far as it has come. */
export class StreamReplay {
  readonly kind: StreamKind;
  readonly #stream: string;
  readonly #id: string;
  readonly #options: ReplayOptions;
  readonly #events: RecordedEvent[] = [];
  #facts: Fact[] = [];
  #rights = new FoldedRights();
  #worker: WorkerState = initialWorker;
  #employerState: EmployerState = initialEmployer;
  #book: RuleBook | null = null;
  #assessment: Assessment | null = null;
  #penalties: FoldedPenalties | null = null;
  #cost: RunningCost | null = null;
  readonly #closed = new Map<string, boolean>();

  constructor(stream: string, options: ReplayOptions) {
    const dash = stream.indexOf('-');
    this.kind = stream.slice(0, dash) === 'employer' ? 'employer' : 'worker';
    this.#stream = stream;
    this.#id = stream.slice(dash + 1);
    this.#options = options;
  }

  /** BIN of the employer that the stream is about, by what was known with the last event; null where none is named. */
  get employer(): string | null {
    return this.kind === 'employer' ? this.#id : this.#worker.employerBin;
  }

  /** How many events it holds: the measure of its memory. */
  get size(): number {
    return this.#events.length;
  }

  /**
   * Where it stands on the day of an event, by what was known until then: so what time alone did is not laid to the event.
   * Null before the first event.
   */
  standing(event: RecordedEvent): Standing | null {
    if (this.#book === null) return null;
    return this.#standingOn(event.occurredOn, this.#circumstances(event, this.#book).sizeOn, this.#book);
  }

  /** @param before where it stood on the event's day, as `standing` told it */
  take(event: RecordedEvent, before: Standing | null): ReplayStep {
    const book = this.#options.lawKnownAt(this.#employerWith(event), event);
    const inOrder = isAppendInOrder(this.#facts, event);
    const changes =
      inOrder && book === this.#book
        ? this.#append(factOf(event))
        : this.#refold(book, standingFacts([...this.#events, event]));
    this.#events.push(event);
    const amends = isAmendment(event.type) ? originalOf(event) : null;
    return this.#step(event, { before, changes, amends, inOrder, book });
  }

  /** Applies the law in force at an event that is not of this stream, without telling what that changes. */
  relaw(event: RecordedEvent): Changes {
    const book = this.#options.lawKnownAt(this.employer, event);
    if (this.#book === null || book === this.#book) return NO_CHANGES;
    return this.#refold(book, standingFacts(this.#events), LAW_GONE);
  }

  /**
   * Where it stands and what it costs on the days on which an event of another stream may be seen here, by what is known:
   * that of the event, and that of its recording, for what it changes may begin later than itself.
   */
  situations(event: RecordedEvent): readonly Situation[] {
    const book = this.#book;
    if (book === null) return [];
    const circumstances = this.#circumstances(event, book);
    return [...new Set([event.occurredOn, legalDayOf(event.recordedAt)])].map((day) => ({
      day,
      standing: this.#standingOn(day, circumstances.sizeOn, book),
      cost: this.#costOn(day, circumstances, book, false),
    }));
  }

  /**
   * Takes notice of an event that is not of this stream: the adoption of a rule book, an employer's choice, another class.
   * @param was the situations by what was known until then
   * @returns what that changed here, on the first of the days on which it shows; null where it changed nothing
   */
  notice(event: RecordedEvent, was: readonly Situation[]): ReplayStep | null {
    const changes = this.relaw(event);
    const book = this.#book;
    const [first] = was;
    if (book === null || first === undefined) return null;
    const is = this.situations(event);
    const seen = was.find((before, index) => JSON.stringify(before) !== JSON.stringify(is[index]));
    const isQuiet = [changes.opened, changes.closed, changes.changed].every(({ length }) => length === 0);
    if (seen === undefined && isQuiet) return null;
    const { day: asOf, standing: before } = seen ?? first;
    const step = this.#step(event, { asOf, before, changes, amends: null, inOrder: false, book });
    return { ...step, event: { ...step.event, late: false } };
  }

  #step(event: RecordedEvent, { asOf = event.occurredOn, before, changes, amends, inOrder, book }: Taken): ReplayStep {
    const circumstances = this.#circumstances(event, book);
    const exposure = this.#costOn(asOf, circumstances, book, inOrder);
    const reason = event.metadata.reason ?? (amends === null && !isChoice(event) ? undefined : event.data['reason']);
    return {
      step: this.#events.length,
      stream: this.#stream,
      event: {
        id: event.id,
        stream: event.stream,
        revision: event.revision,
        position: event.position,
        type: event.type,
        occurredOn: event.occurredOn,
        recordedAt: event.recordedAt,
        recordedBy: event.metadata.actor,
        reason: typeof reason === 'string' ? reason : null,
        amends,
        late: amends === null && !inOrder,
      },
      ruleBook: book.hash,
      asOf,
      before,
      after: this.#standingOn(asOf, circumstances.sizeOn, book),
      opened: changes.opened.map(named),
      closed: changes.closed.map(named),
      changed: changes.changed.map(named),
      exposure,
    };
  }

  #circumstances(event: RecordedEvent, book: RuleBook): Circumstances {
    const bin = this.employer;
    return bin === null ? UNKNOWN : this.#options.circumstancesKnownAt(bin, event, book);
  }

  #append(fact: Fact): Changes {
    this.#push(fact);
    const touched = new Map<string, Obligation>();
    for (const obligation of this.#assessment?.touched ?? []) touched.set(obligation.id, obligation);
    const opened: Obligation[] = [];
    const closed: Obligation[] = [];
    for (const [id, obligation] of touched) {
      const was = this.#closed.get(id);
      const now = isClosed(obligation);
      if (was === undefined || (was && !now)) opened.push(obligation);
      if (was !== true && now) closed.push(obligation);
      this.#keep(obligation);
    }
    return { opened, closed, changed: [] };
  }

  #refold(book: RuleBook, facts: readonly Fact[], goneBecause?: string): Changes {
    const before = [...(this.#assessment?.obligations() ?? [])];
    if (book !== this.#book) this.#cost = null;
    this.#book = book;
    const assessment = new Assessment(book, { kind: this.kind, id: this.#id });
    this.#assessment = assessment;
    this.#penalties = new FoldedPenalties(book, (id) => assessment.get(id));
    this.#facts = [];
    this.#rights = new FoldedRights();
    this.#worker = initialWorker;
    this.#employerState = initialEmployer;
    for (const fact of facts) this.#push(fact);
    const after = [...this.#assessment.obligations()];
    this.#costBy(book).forget();
    this.#closed.clear();
    for (const obligation of after) this.#keep(obligation);
    return { ...difference(before, after, goneBecause), changed: moved(before, after) };
  }

  #push(fact: Fact): void {
    this.#facts.push(fact);
    this.#rights.apply(fact);
    if (this.kind === 'worker') this.#worker = evolveWorker(this.#worker, fact);
    else this.#employerState = evolveEmployer(this.#employerState, fact);
    this.#assessment?.apply(fact);
    this.#penalties?.apply(fact);
  }

  #keep(obligation: Obligation): void {
    this.#closed.set(obligation.id, isClosed(obligation));
    if (this.#book !== null) this.#costBy(this.#book).set(obligation);
  }

  #costBy(book: RuleBook): RunningCost {
    this.#cost ??= new RunningCost(book, this.#options.horizonDays ?? HORIZON_DAYS);
    return this.#cost;
  }

  /** The employer, or the one that a registration names. */
  #employerWith({ type, data }: RecordedEvent): string | null {
    const named = type === 'WorkerRegistered' ? data['employerBin'] : null;
    return this.employer ?? (typeof named === 'string' ? named : null);
  }

  #standingOn(asOf: Day, sizeOn: SizeOn, book: RuleBook): Standing | null {
    if (this.kind === 'employer') return { kind: 'employer', size: sizeOn(asOf) };
    const isLatest = (this.#facts.at(-1)?.occurredOn ?? '') <= asOf;
    const worker = isLatest ? this.#worker : workerOn(this.#facts, asOf);
    if (worker.employerBin === null) return null;
    const { mayWork, reasons } = isLatest ? this.#rights.on(asOf, book) : rightToWork(this.#facts, asOf, book);
    return {
      kind: 'worker',
      status: statusOf(worker.stay, worker.employment === 'ended'),
      region: worker.stay.region,
      mayWork,
      why: reasons.map(({ code }) => code),
    };
  }

  #costOn(asOf: Day, circumstances: Circumstances, book: RuleBook, onlyForward: boolean): Cost {
    const imposed = (this.#penalties?.all() ?? [])
      .filter(({ responsible, imposedOn }) => responsible === 'employer' && imposedOn <= asOf)
      .reduce((sum, penalty) => plusImposed(sum, penaltyAsOf(penalty, asOf), asOf), NOTHING_IMPOSED);
    return { ...this.#costBy(book).on(asOf, circumstances, { onlyForward }), imposed };
  }
}

/** The worker as the facts up to a day leave it. */
function workerOn(facts: readonly Fact[], day: Day): WorkerState {
  return facts.filter(({ occurredOn }) => occurredOn <= day).reduce(evolveWorker, initialWorker);
}

/** An event whose data says why it was recorded. */
function isChoice({ type }: RecordedEvent): boolean {
  return type === 'ReadingChosen';
}

const LAW_GONE = 'The law that counts from here on does not ask for it.';

interface Changes extends Consequences {
  readonly changed: readonly Obligation[];
}

const NO_CHANGES: Changes = { opened: [], closed: [], changed: [] };

interface Taken {
  /** Left out: the day of the event. */
  readonly asOf?: Day;
  readonly before: Standing | null;
  readonly changes: Changes;
  readonly amends: string | null;
  readonly inOrder: boolean;
  readonly book: RuleBook;
}

/** Obligations that are neither new nor gone, nor opened or closed, but stand on other days. */
function moved(before: readonly Obligation[], after: readonly Obligation[]): readonly Obligation[] {
  const former = new Map(before.map((obligation) => [obligation.id, obligation]));
  return after.filter((is) => {
    const was = former.get(is.id);
    if (was === undefined || isClosed(was) !== isClosed(is)) return false;
    return (['opensOn', 'dueOn', 'safeBy', 'metOn', 'voidOn', 'penalty'] as const).some(
      (name) => was[name] !== is[name],
    );
  });
}

const UNKNOWN: Circumstances = { sizeOn: () => 'unknown' };

function named({ id, rule, subject, opensOn, dueOn, metOn, voidOn, voidReason }: Obligation): StepObligation {
  return { id, rule, subject, opensOn, dueOn, metOn, voidOn, voidReason };
}
