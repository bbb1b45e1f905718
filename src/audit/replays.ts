import { Injectable } from '@nestjs/common';
import { NO_EXPOSURE } from '../../projections/exposure.js';
import type { Day } from '../domain/dates.js';
import { endOfLegalDay, isDay } from '../domain/dates.js';
import { isOfLaw } from '../domain/event-type.js';
import type { RecordedEvent } from '../domain/recorded-event.js';
import { Refusal } from '../domain/refusal.js';
import type { RuleBook } from '../law/book.js';
import { UnreadableEvent } from '../ledger/codec.js';
import type { KeptEvent } from '../reading/kept-log.js';
import type { AdoptedBook } from '../reading/law-in-force.js';
import { decode } from '../reading/making.js';
import { Reading, unknown, type View } from '../reading/reading.js';
import { KnownCircumstances } from './known-circumstances.js';
import { type ReplayOptions, type ReplayStep, StreamReplay } from './replay.js';

/** What is replayed: one stream, an employer with all its workers, or everything. */
export type ReplaySubject =
  | { readonly kind: 'worker'; readonly id: string }
  | { readonly kind: 'employer'; readonly id: string }
  | { readonly kind: 'ledger' };

export interface ReplayParams {
  /** Steps about days after this one are left out. */
  readonly until?: Day | undefined;
  /** Only what was recorded by then. */
  readonly knownAt?: string | undefined;
  /** Hash of a rule book (8 characters of it or more), or a day by whose end it had been adopted: it judges all steps. */
  readonly law?: string | undefined;
  readonly after?: string | undefined;
  readonly horizon: number;
}

/** A step with its place in the ledger; `unreadable` where the event could not be taken. */
export type LedgerStep = (ReplayStep & { readonly seq: number }) | UnreadableStep;

export interface UnreadableStep {
  readonly seq: number;
  readonly event: Pick<ReplayStep['event'], 'id' | 'stream' | 'revision' | 'position' | 'type' | 'recordedAt'>;
  readonly unreadable: string;
}

/** A replay at one moment; steps are made as they are asked for. */
export interface Replay {
  readonly view: View;
  /** Hash of the rule book that all steps are judged by, or of the one in force at the end. */
  readonly ruleBook: string;
  readonly events: number;
  steps(afterSeq?: number): Generator<LedgerStep, void, undefined>;
}

const PAGE = 500;

/** Events held by all streams that are under way together; a stream that was put aside is folded again. */
const HELD_EVENTS = 12_000;

/** Replays what the read side has kept, in the order of recording. */
@Injectable()
export class Replays {
  constructor(private readonly reading: Reading) {}

  /** @throws Refusal 404 for an unknown worker or employer, 400 for a moment in the future, 422 for a law never adopted */
  async of(subject: ReplaySubject, params: ReplayParams): Promise<Replay> {
    const view = await this.reading.at({ knownAt: params.knownAt, after: params.after });
    const streams = streamsOf(view, subject);
    const law = params.law === undefined ? null : adoptedLaw(view, params.law);
    const horizonDays = params.horizon;
    return {
      view,
      ruleBook: law?.hash ?? view.moment.ruleBook,
      events: view.moment.seq,
      steps: (afterSeq = 0) => stepsOf(view, streams, { afterSeq, until: params.until, horizonDays, law }),
    };
  }
}

/** Numbers of the streams to replay; null for all of them. */
function streamsOf(view: View, subject: ReplaySubject): readonly number[] | null {
  if (subject.kind === 'ledger') return null;
  const number = view.streamNumber(`${subject.kind}-${subject.id}`);
  const first = number === null ? undefined : view.parts.model.current.log.ofStream(number, view.moment.seq)[0];
  if (number === null || first === undefined) throw unknown(subject.kind, subject.id);
  if (subject.kind === 'worker') return [number];
  const workers = view.all<{ stream: number }>(
    'SELECT DISTINCT stream FROM status WHERE employer = ? AND known_from <= ? ORDER BY stream',
    subject.id,
    view.moment.seq,
  );
  return [number, ...workers.map(({ stream }) => stream)];
}

/** How the steps of a replay are made. */
export interface StepOptions {
  readonly afterSeq: number;
  readonly until: Day | undefined;
  readonly horizonDays: number;
  /** One law for all steps; null: each by the law that was in force when it was recorded. */
  readonly law: RuleBook | null;
}

/**
 * The steps of some streams, or of all, after an event. Another law, or another reading that an employer chose, is a step
 * of each of some streams that it changes; in a replay of all it is one step of its own.
 */
export function* stepsOf(
  view: View,
  streams: readonly number[] | null,
  { afterSeq, until, horizonDays, law }: StepOptions,
): Generator<LedgerStep, void, undefined> {
  const { seq: last } = view.moment;
  const replays = new OpenReplays(view, streams, horizonDays, law);
  const read = streams === null ? null : [...streams, ...lawStreamsOf(view, streams)];
  for (let seq = afterSeq; seq < last; ) {
    const { log } = view.parts.model.current;
    const page = read === null ? log.between(seq, last, { limit: PAGE }) : log.betweenOf(read, seq, last, PAGE);
    for (const kept of page) {
      for (const step of replays.take(kept)) {
        if (until === undefined || 'unreadable' in step || step.asOf <= until) yield step;
      }
    }
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
  readonly #streams: readonly number[] | null;
  readonly #law: RuleBook | null;
  readonly #options: ReplayOptions;
  readonly #known: KnownCircumstances;
  readonly #open = new Map<number, StreamReplay>();
  /** Of the streams asked for, those that have begun. */
  readonly #begun = new Map<number, string>();
  #held = 0;
  /** The event that is being taken: law, sizes and penalties are those known with it. */
  #seq = 0;

  constructor(view: View, streams: readonly number[] | null, horizonDays: number, law: RuleBook | null) {
    this.#view = view;
    this.#streams = streams;
    this.#law = law;
    const known = new KnownCircumstances(view);
    this.#known = known;
    this.#options = {
      horizonDays,
      lawKnownAt: (bin) => this.#lawFor(bin, this.#seq),
      circumstancesKnownAt: (bin, _event, book) => known.at(bin, this.#seq, book),
    };
  }

  *take(kept: KeptEvent): Generator<LedgerStep, void, undefined> {
    const { seq, streamNumber } = kept;
    const isAsked = this.#streams === null || this.#streams.includes(streamNumber);
    let event: RecordedEvent;
    try {
      event = decode(kept);
    } catch (error) {
      if (!(error instanceof UnreadableEvent)) throw error;
      const { id, stream, revision, position, type, recordedAt } = kept;
      if (isAsked)
        yield { seq, event: { id, stream, revision, position, type, recordedAt }, unreadable: error.message };
      return;
    }
    if (isOfLaw(kept.stream)) {
      if (this.#streams === null) yield { seq, ...adoptionStep(event) };
    } else if (isAsked) {
      const replay = this.#replayOf(kept);
      this.#begun.set(streamNumber, kept.stream);
      this.#seq = seq - 1;
      replay.relaw(event);
      const before = replay.standing(event);
      this.#seq = seq;
      this.#held += 1;
      yield { seq, ...replay.take(event, before) };
    }
    if (this.#streams !== null) yield* this.#noticed(kept, event);
  }

  /** The steps of streams for which another law, or another class of the employer, counts from another stream's event on. */
  *#noticed(kept: KeptEvent, event: RecordedEvent): Generator<LedgerStep, void, undefined> {
    const { seq, stream } = kept;
    const bin = isOfLaw(stream) ? null : (EMPLOYER.exec(stream)?.[1] ?? '');
    if (bin === '' || !this.#isNews(bin, seq)) return;
    for (const [number, name] of this.#begunBefore(seq)) {
      if (number === kept.streamNumber) continue;
      const replay = this.#replayOf({ streamNumber: number, stream: name, revision: 1, seq });
      this.#seq = seq - 1;
      replay.relaw(event);
      const was = { standing: replay.standing(event), cost: replay.cost(event) };
      this.#seq = seq;
      const step = replay.notice(event, was);
      if (step !== null) yield { seq, ...step };
    }
  }

  /** Whether something that other streams are judged by became known with an event. */
  #isNews(bin: string | null, seq: number): boolean {
    const book = this.#lawFor(bin, seq);
    if (book !== this.#lawFor(bin, seq - 1)) return true;
    return bin !== null && this.#known.at(bin, seq, book) !== this.#known.at(bin, seq - 1, book);
  }

  /** A replay that is taken up in the middle has not seen the streams begin. */
  #begunBefore(seq: number): readonly (readonly [number, string])[] {
    for (const number of this.#streams ?? []) {
      if (this.#begun.has(number)) continue;
      const [first] = this.#view.parts.model.current.log.ofStream(number, seq - 1);
      if (first !== undefined) this.#begun.set(number, first.stream);
    }
    return [...this.#begun].sort(([a], [b]) => a - b);
  }

  #lawFor(bin: string | null, seq: number): RuleBook {
    const { law } = this.#view.parts.model;
    return this.#law === null ? law.for(bin, seq) : law.inReadingsOf(bin, seq, this.#law);
  }

  #replayOf({
    streamNumber,
    stream,
    revision,
    seq,
  }: Pick<KeptEvent, 'streamNumber' | 'stream' | 'revision' | 'seq'>): StreamReplay {
    let replay = this.#open.get(streamNumber);
    if (replay === undefined) {
      replay = new StreamReplay(stream, this.#options);
      if (revision > 0) this.#bringUp(replay, streamNumber, seq - 1);
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
      try {
        const event = decode(kept);
        replay.take(event, null);
      } catch (error) {
        if (!(error instanceof UnreadableEvent)) throw error;
      }
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

const NOTHING: ReplayStep['exposure'] = { accrued: NO_EXPOSURE, atRisk: NO_EXPOSURE };

/** The step of a replay of everything at which another rule book began to count. */
function adoptionStep(event: RecordedEvent): ReplayStep {
  const { id, stream, revision, position, type, occurredOn, recordedAt, metadata, data } = event;
  const ruleBook = String(data['hash']);
  const replaced = data['replaces'];
  return {
    step: revision + 1,
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
    exposure: NOTHING,
  };
}

/**
 * The rule book that is named by its hash, or that was the last one adopted by the end of a day.
 * @throws Refusal 422 for a law that this ledger had not adopted by the moment, or that this program cannot read
 */
function adoptedLaw(view: View, named: string): RuleBook {
  const { law } = view.parts.model;
  const adoptions = law.adoptions(view.moment.seq);
  const isDate: boolean = isDay(named);
  const until = isDate ? endOfLegalDay(named) : '';
  const found = isDate
    ? adoptions.filter(({ recordedAt }) => recordedAt <= until).slice(-1)
    : named.length < SHORTEST_HASH
      ? []
      : adoptions.filter(({ hash }) => hash.startsWith(named.toLowerCase()));
  const hashes = [...new Set(found.map(({ hash }) => hash))];
  const [hash] = hashes;
  if (hash === undefined || hashes.length > 1) throw notAdopted(named, isDate, adoptions);
  const book = law.book(hash);
  if (book !== null) return book;
  throw otherLaw(
    'law-unreadable',
    `The rule book ${hash.slice(0, SHOWN_HASH)} was written for another version of this program, which reads it no more.`,
    'Replay it with the version that worked by it; its files are in the event that adopted it.',
  );
}

const SHORTEST_HASH = 8;
const SHOWN_HASH = 12;
const MOST_TOLD = 10;

function notAdopted(named: string, isDate: boolean, adoptions: readonly AdoptedBook[]): Refusal {
  const known = adoptions
    .slice(-MOST_TOLD)
    .map(({ hash, recordedAt }) => `${hash.slice(0, SHOWN_HASH)} (adopted ${recordedAt})`);
  return otherLaw(
    'law-not-adopted',
    isDate
      ? `No rule book had been adopted here by the end of ${named}.`
      : `No one rule book adopted here by then has a hash that begins with ${named.slice(0, 64)}.`,
    `Give 8 characters or more of one of these: ${known.length === 0 ? 'none was adopted yet' : known.join(', ')}. Left out, each step is judged by the law in force when it was recorded.`,
  );
}

function otherLaw(code: string, detail: string, remedy: string): Refusal {
  return new Refusal({ code, status: 422, detail, remedy, errors: [{ path: 'law', message: detail }] });
}
