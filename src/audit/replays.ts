import { Injectable } from '@nestjs/common';
import type { Day } from '../domain/dates.js';
import { endOfLegalDay, isDay } from '../domain/dates.js';
import { Refusal } from '../domain/refusal.js';
import type { RuleBook } from '../law/book.js';
import type { AdoptedBook } from '../reading/law-in-force.js';
import { Reading, unknown, type View } from '../reading/reading.js';
import { BEFORE_ALL, type LedgerStep, type StepPlace, stepsOf } from './steps.js';

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

/** A replay at one moment; steps are made as they are asked for. */
export interface Replay {
  readonly view: View;
  /** Hash of the rule book that all steps are judged by, or of the one in force at the end. */
  readonly ruleBook: string;
  /** Null says only that time has passed: whoever takes the steps may let others have their turn. */
  steps(after?: StepPlace): Generator<LedgerStep | null, void, undefined>;
  /** The place of a step. */
  placeOf(step: LedgerStep): StepPlace;
}

/** Replays what the read side has kept, in the order of recording. */
@Injectable()
export class Replays {
  constructor(private readonly reading: Reading) {}

  /** @throws Refusal 404 for an unknown worker or employer, 400 for a moment in the future, 422 for a law never adopted */
  async of(subject: ReplaySubject, params: ReplayParams): Promise<Replay> {
    const view = await this.reading.at({ knownAt: params.knownAt, after: params.after });
    const streams = streamsOf(view, subject);
    const law = params.law === undefined ? null : adoptedLaw(view, params.law, this.reading.parts.clock.today());
    const horizonDays = params.horizon;
    const employer = subject.kind === 'employer' ? subject.id : undefined;
    return {
      view,
      ruleBook: law?.hash ?? view.moment.ruleBook,
      steps: (after = BEFORE_ALL) => stepsOf(view, streams, { after, until: params.until, horizonDays, law, employer }),
      placeOf: ({ seq, stream, event }) => ({
        seq,
        stream: stream === event.stream ? 0 : (view.streamNumber(stream) ?? 0),
      }),
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

/**
 * The rule book that is named by its hash, or that was the last one adopted by the end of a day.
 * @throws Refusal 422 for a law that this ledger had not adopted by the moment, or that this program cannot read
 */
function adoptedLaw(view: View, named: string, today: Day): RuleBook {
  const { law } = view.parts.model;
  const adoptions = law.adoptions(view.moment.seq);
  const isDate: boolean = isDay(named);
  if (isDate && named > today)
    throw otherLaw(
      'law-not-adopted',
      `${named} has not come yet: nobody knows which rule book will have been adopted by its end.`,
      'Give a day up to today, or the hash of a rule book.',
    );
  const until = isDate ? endOfLegalDay(named) : '';
  const found = isDate
    ? adoptions.filter(({ recordedAt }) => recordedAt <= until).slice(-1)
    : adoptions.filter(({ hash }) => hash.startsWith(named.toLowerCase()));
  const hashes = [...new Set(found.map(({ hash }) => hash))];
  const [hash] = hashes;
  if (hash === undefined || hashes.length > 1) throw notAdopted(named, { isDate, hashes, adoptions });
  const book = law.book(hash);
  if (book !== null) return book;
  throw otherLaw(
    'law-unreadable',
    `The rule book ${hash.slice(0, SHOWN_HASH)} was written for another version of this program, which reads it no more.`,
    'Replay it with the version that worked by it; its files are in the event that adopted it.',
  );
}

const SHOWN_HASH = 12;
const MOST_TOLD = 10;

interface Found {
  readonly isDate: boolean;
  readonly hashes: readonly string[];
  readonly adoptions: readonly AdoptedBook[];
}

function notAdopted(named: string, { isDate, hashes, adoptions }: Found): Refusal {
  const known = adoptions
    .slice(-MOST_TOLD)
    .map(({ hash, recordedAt }) => `${hash.slice(0, SHOWN_HASH)} (adopted ${recordedAt})`);
  return otherLaw(
    'law-not-adopted',
    isDate
      ? `No rule book had been adopted here by the end of ${named}.`
      : hashes.length > 1
        ? `${hashes.length} rule books adopted here by then have hashes that begin with ${named}.`
        : `No rule book adopted here by then has a hash that begins with ${named}.`,
    `Give 8 characters or more of one of these: ${known.length === 0 ? 'none was adopted yet' : known.join(', ')}. Left out, each step is judged by the law in force when it was recorded.`,
  );
}

function otherLaw(code: string, detail: string, remedy: string): Refusal {
  return new Refusal({ code, status: 422, detail, remedy, errors: [{ path: 'law', message: detail }] });
}
