import type { Day } from '../domain/dates.js';
import { isOfLaw } from '../domain/event-type.js';
import type { RecordedEvent } from '../domain/recorded-event.js';
import type { RuleBook } from '../law/book.js';
import { UnreadableEvent } from '../ledger/codec.js';
import type { KeptEvent } from '../reading/kept-log.js';
import { decode } from '../reading/making.js';
import type { View } from '../reading/reading.js';
import { KnownCircumstances } from './known-circumstances.js';
import { NO_COST, type ReplayOptions, type ReplayStep, StreamReplay } from './replay.js';

/** A step with its place in the ledger; `unreadable` where the event could not be taken. */
export type LedgerStep = (ReplayStep & { readonly seq: number }) | UnreadableStep;

export interface UnreadableStep {
  readonly seq: number;
  readonly stream: string;
  readonly event: Pick<ReplayStep['event'], 'id' | 'stream' | 'revision' | 'position' | 'type' | 'recordedAt'>;
  readonly unreadable: string;
}

/**
 * A place in a replay: after the step of an event itself (`stream` 0), or after what it changed in the streams up to a
 * number.
 */
export interface StepPlace {
  readonly seq: number;
  readonly stream: number;
}

/** No stream has this number or a higher one. */
const LAST = Number.MAX_SAFE_INTEGER;

export const BEFORE_ALL: StepPlace = { seq: 0, stream: 0 };

/** The place behind everything that an event changed. */
export function behind(seq: number): StepPlace {
  return { seq, stream: LAST };
}

/** How the steps of a replay are made. */
export interface StepOptions {
  readonly after: StepPlace;
  readonly until: Day | undefined;
  readonly horizonDays: number;
  /** One law for all steps; null: each by the law that was in force when it was recorded. */
  readonly law: RuleBook | null;
  /** Only what is of this employer: a worker counts from the event on that names it, and until another one is named. */
  readonly employer?: string | undefined;
}

/** Null says only that time has passed: whoever takes the steps may let others have their turn. */
type Steps = Generator<LedgerStep | null, void, undefined>;

const PAGE = 500;

/** Streams looked at for what another law changes in them before others get their turn. */
const LOOKED_AT_TOGETHER = 100;

/** Events held by all streams that are under way together; a stream that was put aside is folded again. */
const HELD_EVENTS = 12_000;

/**
 * The steps of some streams, or of all, after a place. Another law, another reading that an employer chose or another class
 * of it is a step of each stream that it changes, behind the step of the event itself and in the order of their numbers.
 */
export function* stepsOf(
  view: View,
  streams: readonly number[] | null,
  { after, until, horizonDays, law, employer }: StepOptions,
): Steps {
  const { seq: last } = view.moment;
  const replays = new OpenReplays(view, streams, { horizonDays, law, employer });
  const read = streams === null ? null : [...streams, ...lawStreamsOf(view, streams)];
  const isAsked = (step: LedgerStep | null) =>
    until === undefined || step === null || 'unreadable' in step || step.asOf <= until;
  const [begun] = view.parts.model.current.log.between(after.seq - 1, after.seq, { limit: 1 });
  if (begun !== undefined) for (const step of replays.rest(begun, after.stream)) if (isAsked(step)) yield step;
  for (let seq = after.seq; seq < last; ) {
    // Asked for anew each time: between two steps a rebuild may have put other rows in place.
    const { log } = view.parts.model.current;
    const page = read === null ? log.between(seq, last, { limit: PAGE }) : log.betweenOf(read, seq, last, PAGE);
    for (const kept of page) for (const step of replays.take(kept)) if (isAsked(step)) yield step;
    const end = page.at(-1);
    if (end === undefined || page.length < PAGE) return;
    seq = end.seq;
  }
}

/** Streams whose events may let another law count for some streams: that of the law, and those of their employers. */
function lawStreamsOf(view: View, streams: readonly number[]): readonly number[] {
  const employers = view.all<{ number: number }>(
    `SELECT DISTINCT s.number FROM status w JOIN log.streams s ON s.name = 'employer-' || w.employer
     WHERE w.stream IN (SELECT value FROM json_each(?))`,
    JSON.stringify(streams),
  );
  const ofLaw = view.all<{ number: number }>("SELECT number FROM log.streams WHERE name GLOB 'law-*'");
  return [...employers, ...ofLaw].map(({ number }) => number).filter((number) => !streams.includes(number));
}

/** The streams under way, as many as memory allows. */
class OpenReplays {
  readonly #view: View;
  /** Numbers of the streams asked for; null for all. */
  readonly #asked: ReadonlySet<number> | null;
  readonly #law: RuleBook | null;
  readonly #employer: string | undefined;
  readonly #options: ReplayOptions;
  readonly #known: KnownCircumstances;
  readonly #open = new Map<number, StreamReplay>();
  #held = 0;
  /** The event that is being taken: law, sizes and penalties are those known with it. */
  #seq = 0;

  constructor(
    view: View,
    streams: readonly number[] | null,
    { horizonDays, law, employer }: Pick<StepOptions, 'horizonDays' | 'law' | 'employer'>,
  ) {
    this.#view = view;
    this.#asked = streams === null ? null : new Set(streams);
    this.#law = law;
    this.#employer = employer;
    const known = new KnownCircumstances(view);
    this.#known = known;
    this.#options = {
      horizonDays,
      lawKnownAt: (bin) => this.#lawFor(bin, this.#seq),
      circumstancesKnownAt: (bin, _event, book) => known.at(bin, this.#seq, book),
    };
  }

  /** The steps that an event makes, its own first. */
  *take(kept: KeptEvent): Steps {
    const { seq, stream, streamNumber } = kept;
    const event = this.#read(kept);
    const isAsked = this.#asked === null || this.#asked.has(streamNumber);
    if (isAsked && 'unreadable' in event) yield event;
    if ('unreadable' in event) return;
    if (!isOfLaw(stream)) {
      if (isAsked) yield* this.#own(kept, event);
    } else if (this.#asked === null) yield { seq, ...adoptionStep(event) };
    yield* this.#noticed(kept, event, 0);
  }

  /** What an event changed in streams with a higher number than one, without its own step. */
  *rest(kept: KeptEvent, afterStream: number): Steps {
    const event = this.#read(kept);
    if (!('unreadable' in event)) yield* this.#noticed(kept, event, afterStream);
  }

  #read(kept: KeptEvent): RecordedEvent | UnreadableStep {
    try {
      return decode(kept);
    } catch (error) {
      if (!(error instanceof UnreadableEvent)) throw error;
      const { seq, id, stream, revision, position, type, recordedAt } = kept;
      return { seq, stream, event: { id, stream, revision, position, type, recordedAt }, unreadable: error.message };
    }
  }

  *#own({ seq, ...kept }: KeptEvent, event: RecordedEvent): Steps {
    const replay = this.#replayOf(kept.streamNumber, kept.stream, seq - 1);
    const former = replay.employer;
    this.#seq = seq - 1;
    replay.relaw(event);
    const before = replay.standing(event);
    this.#seq = seq;
    this.#held += 1;
    const step = { seq, ...replay.take(event, before) };
    if (this.#isOfOurs(replay.employer)) yield step;
    // It leaves with this step, and what it costs from here on is another's.
    else if (this.#isOfOurs(former)) yield { ...step, exposure: NO_COST };
  }

  /** The steps of streams for which another law, or another class of the employer, counts from another stream's event on. */
  *#noticed(kept: KeptEvent, event: RecordedEvent, afterStream: number): Steps {
    const { seq, stream } = kept;
    const bin = isOfLaw(stream) ? null : (EMPLOYER.exec(stream)?.[1] ?? '');
    if (bin === '' || afterStream === LAST || !this.#isNews(bin, seq)) return;
    let untold = 0;
    for (const [number, name] of this.#begunBefore(bin, seq, afterStream)) {
      if (number === kept.streamNumber) continue;
      const replay = this.#replayOf(number, name, seq - 1);
      this.#seq = seq - 1;
      replay.relaw(event);
      const was = replay.situations(event);
      this.#seq = seq;
      const step = replay.notice(event, was);
      if (step !== null && this.#isOfOurs(replay.employer)) yield { seq, ...step };
      untold += 1;
      if (untold % LOOKED_AT_TOGETHER === 0) yield null;
    }
  }

  #isOfOurs(bin: string | null): boolean {
    return this.#employer === undefined || bin === this.#employer;
  }

  /** Whether something that other streams are judged by became known with an event. */
  #isNews(bin: string | null, seq: number): boolean {
    const book = this.#lawFor(bin, seq);
    if (book !== this.#lawFor(bin, seq - 1)) return true;
    return bin !== null && this.#known.at(bin, seq, book) !== this.#known.at(bin, seq - 1, book);
  }

  /** Streams asked for that began before an event, of one employer at any time or of all, in the order of their numbers. */
  *#begunBefore(bin: string | null, seq: number, afterStream: number): Generator<readonly [number, string]> {
    const { log } = this.#view.parts.model.current;
    for (const number of this.#candidates(bin, afterStream)) {
      const first = log.firstOf(number);
      // Streams are numbered as they begin.
      if (first === null || first.seq >= seq) return;
      if (!isOfLaw(first.stream)) yield [number, first.stream];
    }
  }

  *#candidates(bin: string | null, after: number): Generator<number> {
    if (bin !== null) {
      const workers = this.#view.all<{ stream: number }>(
        'SELECT DISTINCT stream FROM status WHERE employer = ? AND stream > ? ORDER BY stream',
        bin,
        after,
      );
      for (const { stream } of workers) if (this.#asked === null || this.#asked.has(stream)) yield stream;
    } else if (this.#asked !== null) yield* [...this.#asked].filter((number) => number > after).sort((a, b) => a - b);
    else for (let number = after + 1; ; number++) yield number;
  }

  #lawFor(bin: string | null, seq: number): RuleBook {
    const { law } = this.#view.parts.model;
    return this.#law === null ? law.for(bin, seq) : law.inReadingsOf(bin, seq, this.#law);
  }

  /** The replay of a stream, with all that it had up to an event. */
  #replayOf(streamNumber: number, stream: string, untilSeq: number): StreamReplay {
    let replay = this.#open.get(streamNumber);
    if (replay === undefined) {
      replay = new StreamReplay(stream, this.#options);
      this.#bringUp(replay, streamNumber, untilSeq);
      this.#held += replay.size;
      this.#putAside();
    } else this.#open.delete(streamNumber);
    this.#open.set(streamNumber, replay);
    return replay;
  }

  /** Takes what came before, without telling it again. */
  #bringUp(replay: StreamReplay, streamNumber: number, untilSeq: number): void {
    for (const kept of this.#view.parts.model.current.log.ofStream(streamNumber, untilSeq)) {
      this.#seq = kept.seq;
      const event = this.#read(kept);
      if (!('unreadable' in event)) replay.take(event, null);
    }
  }

  #putAside(): void {
    for (const [number, replay] of this.#open) {
      if (this.#held <= HELD_EVENTS) return;
      this.#held -= replay.size;
      this.#open.delete(number);
    }
  }
}

const EMPLOYER = /^employer-(.+)$/;

/** The step of a replay of everything at which another rule book began to count. */
function adoptionStep(event: RecordedEvent): ReplayStep {
  const { id, stream, revision, position, type, occurredOn, recordedAt, metadata, data } = event;
  const ruleBook = String(data['hash']);
  const replaced = data['replaces'];
  return {
    step: revision + 1,
    stream,
    event: {
      id,
      stream,
      revision,
      position,
      type,
      occurredOn,
      recordedAt,
      recordedBy: metadata.actor,
      reason: null,
      amends: null,
      late: false,
    },
    ruleBook,
    asOf: occurredOn,
    before: typeof replaced === 'string' ? { kind: 'law', ruleBook: replaced } : null,
    after: { kind: 'law', ruleBook },
    opened: [],
    closed: [],
    changed: [],
    // It costs nobody anything by itself: the steps behind it tell whom.
    exposure: null,
  };
}
