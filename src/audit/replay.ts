import { statusOf, type WorkerStatus } from '../../projections/status.js';
import type { Day } from '../domain/dates.js';
import { type EmployerState, evolveEmployer, initialEmployer } from '../domain/employer.js';
import type { StreamKind } from '../domain/event-type.js';
import { factOf, isAmendment, isAppendInOrder, originalOf, standingFacts } from '../domain/history.js';
import type { Fact, RecordedEvent } from '../domain/recorded-event.js';
import { evolveWorker, initialWorker, type WorkerState } from '../domain/worker.js';
import { Assessment } from '../law/assess.js';
import type { RuleBook } from '../law/book.js';
import { type EmployerSize, type SizeOn } from '../law/exposure.js';
import type { Obligation } from '../law/obligation.js';
import { FoldedRights, rightToWork } from '../law/right-to-work.js';
import { difference, isClosed } from '../ledger/consequences.js';
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
  | { readonly kind: 'employer'; readonly size: EmployerSize };

/** An obligation as a step names it. */
export interface StepObligation {
  readonly id: string;
  readonly rule: string;
  readonly subject: string;
  readonly dueOn: Day | null;
  readonly metOn: Day | null;
  readonly voidOn: Day | null;
  readonly voidReason: string | null;
}

/** One event, and what it made of what was known until then. */
export interface ReplayStep {
  /** Number of the step, from 1, in the order of recording. */
  readonly step: number;
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
  /** The day that status and exposure of this step are about: that of the event, or of recording for an amendment. */
  readonly asOf: Day;
  readonly before: Standing | null;
  readonly after: Standing;
  readonly opened: readonly StepObligation[];
  readonly closed: readonly StepObligation[];
  /** What it would have cost on that day by what was known then. */
  readonly exposure: StandingSums;
}

export interface ReplayOptions {
  readonly book: RuleBook;
  /**
   * The employer's class by day, as it was known when the event was recorded. The same function again says that nothing
   * changed in between.
   */
  readonly sizesKnownAt: (employerBin: string, event: RecordedEvent) => SizeOn;
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
    yield replayer.take(event);
  }
}

/** The replay of one stream as far as it has come. */
export class StreamReplay {
  readonly kind: StreamKind;
  readonly #id: string;
  readonly #options: ReplayOptions;
  readonly #events: RecordedEvent[] = [];
  #facts: Fact[] = [];
  #rights = new FoldedRights();
  #worker: WorkerState = initialWorker;
  #employer: EmployerState = initialEmployer;
  #assessment: Assessment;
  readonly #cost: RunningCost;
  readonly #closed = new Map<string, boolean>();
  #standing: Standing | null = null;

  constructor(stream: string, options: ReplayOptions) {
    const dash = stream.indexOf('-');
    this.kind = stream.slice(0, dash) === 'employer' ? 'employer' : 'worker';
    this.#id = stream.slice(dash + 1);
    this.#options = options;
    this.#assessment = this.#newAssessment();
    this.#cost = new RunningCost(options.book, options.horizonDays ?? HORIZON_DAYS);
  }

  /** How many events it holds: the measure of its memory. */
  get size(): number {
    return this.#events.length;
  }

  take(event: RecordedEvent): ReplayStep {
    const before = this.#standing;
    const inOrder = isAppendInOrder(this.#facts, event);
    const { opened, closed } = inOrder ? this.#append(factOf(event)) : this.#refold(event);
    this.#events.push(event);
    const asOf = event.occurredOn;
    const bin = this.kind === 'employer' ? this.#id : this.#worker.employerBin;
    const sizeOn = bin === null ? unknownSize : this.#options.sizesKnownAt(bin, event);
    this.#standing = this.#standingOn(asOf, sizeOn);
    const exposure = this.#cost.on(asOf, sizeOn, { onlyForward: inOrder });
    const amends = isAmendment(event.type) ? originalOf(event) : null;
    const reason = event.metadata.reason ?? (amends === null ? undefined : event.data['reason']);
    return {
      step: this.#events.length,
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
      asOf,
      before,
      after: this.#standing,
      opened: opened.map(named),
      closed: closed.map(named),
      exposure,
    };
  }

  #append(fact: Fact) {
    this.#push(fact);
    const touched = new Map<string, Obligation>();
    for (const obligation of this.#assessment.touched) touched.set(obligation.id, obligation);
    const opened: Obligation[] = [];
    const closed: Obligation[] = [];
    for (const [id, obligation] of touched) {
      const was = this.#closed.get(id);
      const now = isClosed(obligation);
      if (was === undefined || (was && !now)) opened.push(obligation);
      if (was !== true && now) closed.push(obligation);
      this.#keep(obligation);
    }
    return { opened, closed };
  }

  #refold(event: RecordedEvent) {
    const before = [...this.#assessment.obligations()];
    this.#assessment = this.#newAssessment();
    this.#facts = [];
    this.#rights = new FoldedRights();
    this.#worker = initialWorker;
    this.#employer = initialEmployer;
    for (const fact of standingFacts([...this.#events, event])) this.#push(fact);
    const after = [...this.#assessment.obligations()];
    this.#cost.forget();
    this.#closed.clear();
    for (const obligation of after) this.#keep(obligation);
    return difference(before, after);
  }

  #push(fact: Fact): void {
    this.#facts.push(fact);
    this.#rights.apply(fact);
    if (this.kind === 'worker') this.#worker = evolveWorker(this.#worker, fact);
    else this.#employer = evolveEmployer(this.#employer, fact);
    this.#assessment.apply(fact);
  }

  #keep(obligation: Obligation): void {
    this.#closed.set(obligation.id, isClosed(obligation));
    this.#cost.set(obligation);
  }

  #standingOn(asOf: Day, sizeOn: SizeOn): Standing {
    if (this.kind === 'employer') return { kind: 'employer', size: sizeOn(asOf) };
    const { stay, employment } = this.#worker;
    const { book } = this.#options;
    const last = this.#facts.at(-1)?.occurredOn ?? '';
    const { mayWork, reasons } = last <= asOf ? this.#rights.on(asOf, book) : rightToWork(this.#facts, asOf, book);
    return {
      kind: 'worker',
      status: statusOf(stay, employment === 'ended'),
      region: stay.region,
      mayWork,
      why: reasons.map(({ code }) => code),
    };
  }

  #newAssessment(): Assessment {
    return new Assessment(this.#options.book, { kind: this.kind, id: this.#id });
  }
}

const unknownSize: SizeOn = () => 'unknown';

function named({ id, rule, subject, dueOn, metOn, voidOn, voidReason }: Obligation): StepObligation {
  return { id, rule, subject, dueOn, metOn, voidOn, voidReason };
}
