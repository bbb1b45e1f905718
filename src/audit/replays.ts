import { Injectable } from '@nestjs/common';
import type { Day } from '../domain/dates.js';
import { isDay } from '../domain/dates.js';
import type { RecordedEvent } from '../domain/recorded-event.js';
import { Refusal } from '../domain/refusal.js';
import type { EmployerSize, SizeOn } from '../law/exposure.js';
import { UnreadableEvent } from '../ledger/codec.js';
import type { KeptEvent } from '../reading/kept-log.js';
import { decode } from '../reading/making.js';
import { Reading, unknown, type View } from '../reading/reading.js';
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
  /** Hash of the rule book (8 characters of it or more), or a day on which it was adopted. */
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
    refuseOtherLaw(params.law, this.reading.parts.book.hash);
    const view = await this.reading.at({ knownAt: params.knownAt, after: params.after });
    const streams = streamsOf(view, subject);
    const horizonDays = params.horizon;
    return {
      view,
      events: view.moment.seq,
      steps: (afterSeq = 0) => stepsOf(view, streams, { afterSeq, until: params.until, horizonDays }),
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

/** The steps of some streams, or of all, after an event. */
export function* stepsOf(
  view: View,
  streams: readonly number[] | null,
  { afterSeq, until, horizonDays }: { afterSeq: number; until: Day | undefined; horizonDays: number },
): Generator<LedgerStep, void, undefined> {
  const { seq: last } = view.moment;
  const replays = new OpenReplays(view, horizonDays);
  for (let seq = afterSeq; seq < last; ) {
    const { log } = view.parts.model.current;
    const page = streams === null ? log.between(seq, last, { limit: PAGE }) : log.betweenOf(streams, seq, last, PAGE);
    for (const kept of page) {
      const step = replays.take(kept);
      if (until === undefined || 'unreadable' in step || step.asOf <= until) yield step;
    }
    const end = page.at(-1);
    if (end === undefined || page.length < PAGE) return;
    seq = end.seq;
  }
}

/** The streams under way, as many as memory allows. */
class OpenReplays {
  readonly #view: View;
  readonly #options: ReplayOptions;
  readonly #open = new Map<number, StreamReplay>();
  #held = 0;
  /** The event that is being taken: sizes are those known with it. */
  #seq = 0;

  constructor(view: View, horizonDays: number) {
    this.#view = view;
    const sizes = new KnownSizes(view);
    this.#options = {
      book: view.book,
      horizonDays,
      sizesKnownAt: (bin) => sizes.at(bin, this.#seq),
    };
  }

  take(kept: KeptEvent): LedgerStep {
    const { seq } = kept;
    let event: RecordedEvent;
    try {
      event = decode(kept);
    } catch (error) {
      if (!(error instanceof UnreadableEvent)) throw error;
      const { id, stream, revision, position, type, recordedAt } = kept;
      return { seq, event: { id, stream, revision, position, type, recordedAt }, unreadable: error.message };
    }
    const replay = this.#replayOf(kept);
    this.#seq = seq;
    this.#held += 1;
    return { seq, ...replay.take(event) };
  }

  #replayOf({ streamNumber, stream, revision, seq }: KeptEvent): StreamReplay {
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
        replay.take(decode(kept));
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

interface SizeRow {
  readonly size: EmployerSize;
  readonly valid_from: Day;
  readonly valid_until: Day;
  readonly known_from: number;
  readonly known_until: number;
}

/** The size classes of employers as they were known with an event. */
class KnownSizes {
  readonly #view: View;
  readonly #rows = new Map<string, { readonly changes: readonly number[]; readonly rows: readonly SizeRow[] }>();
  readonly #made = new Map<string, SizeOn>();

  constructor(view: View) {
    this.#view = view;
  }

  /** The same function as long as nothing new became known about the employer. */
  at(bin: string, seq: number): SizeOn {
    const { changes, rows } = this.#of(bin);
    const change = changes.findLast((known) => known <= seq) ?? 0;
    const key = `${bin} ${change}`;
    let sizeOn = this.#made.get(key);
    if (sizeOn === undefined) {
      const stretches = rows.filter((row) => row.known_from <= change && row.known_until > change);
      sizeOn = (day) => stretches.find((row) => row.valid_from <= day && day < row.valid_until)?.size ?? 'unknown';
      this.#made.set(key, sizeOn);
    }
    return sizeOn;
  }

  #of(bin: string) {
    let known = this.#rows.get(bin);
    if (known === undefined) {
      const rows = this.#view.all<SizeRow & Record<string, string | number | null>>(
        'SELECT size, valid_from, valid_until, known_from, known_until FROM employers WHERE bin = ? AND known_from <= ?',
        bin,
        this.#view.moment.seq,
      );
      const changes = [...new Set(rows.flatMap((row) => [row.known_from, row.known_until]))].sort((a, b) => a - b);
      known = { changes, rows };
      this.#rows.set(bin, known);
    }
    return known;
  }
}

/** @throws Refusal 422 for a law that this ledger never worked by */
function refuseOtherLaw(law: string | undefined, hash: string): void {
  if (law === undefined || (law.length >= 8 && hash.startsWith(law.toLowerCase()))) return;
  const isDate: boolean = isDay(law);
  const detail = isDate
    ? `Which rule book was in force here on ${law} is not recorded: the ledger keeps no adoptions yet.`
    : `No rule book with the hash ${law.slice(0, 64)} was ever adopted here.`;
  throw new Refusal({
    code: 'law-not-adopted',
    status: 422,
    detail,
    remedy: `Give ${hash.slice(0, 12)}, the hash of the present rule book, or leave it out; the law of each event's own day is inside it.`,
    errors: [{ path: 'law', message: detail }],
  });
}
