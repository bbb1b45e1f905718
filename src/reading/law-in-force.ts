import type { Day } from '../domain/dates.js';
import { ADOPTED, LAW_STREAM } from '../domain/events/law.js';
import { CORRECTED, RETRACTED, standingFacts } from '../domain/history.js';
import type { RecordedEvent } from '../domain/recorded-event.js';
import { knownChoices, type ReadingChoices, type RuleBook, ruleBookOf } from '../law/book.js';
import { choicesOf } from '../law/conflicts.js';
import { askPapersOnce } from '../law/paper-check.js';
import { type KeptTexts, textsOf } from '../ledger/kept-texts.js';
import type { KeptEvent, KeptLog } from './kept-log.js';
import { decode } from './making.js';

/** A rule book by which the ledger worked from an event of the log on. */
export interface AdoptedBook {
  readonly seq: number;
  readonly eventId: string;
  readonly position: string;
  readonly hash: string;
  readonly replaces: string | null;
  readonly adoptedOn: Day;
  readonly recordedAt: string;
  readonly recordedBy: string;
  readonly files: KeptTexts['files'];
}

/** What an employer chose, from an event of the log on. */
interface ChoiceStep {
  readonly seq: number;
  readonly choices: ReadingChoices;
}

/** Types of events on an employer's stream that may change its choices. */
export const CHOICE_TYPES: readonly string[] = ['ReadingChosen', CORRECTED, RETRACTED];

/**
 * By which law the ledger worked at each event of its log: the rule book adopted last, in the readings that the employer
 * had chosen by then. What was recorded before the first adoption counts as worked on by that first book.
 */
export class LawInForce {
  readonly #log: KeptLog;
  readonly #own: RuleBook;
  readonly #books: Map<string, RuleBook | null>;
  readonly #adopted: AdoptedBook[] = [];
  readonly #choices = new Map<string, readonly ChoiceStep[]>();
  readonly #made = new Map<string, RuleBook>();
  #seen = 0;

  private constructor(log: KeptLog, own: RuleBook, books: Map<string, RuleBook | null>) {
    this.#log = log;
    this.#own = own;
    this.#books = books;
  }

  /** @param own the book that this process was started with: it counts until one is adopted, and for those it cannot read */
  static of(log: KeptLog, own: RuleBook): LawInForce {
    const known = laws.get(log);
    if (known !== undefined && known.#own === own) return known;
    const books = shelves.get(own) ?? new Map<string, RuleBook | null>([[own.hash, own]]);
    shelves.set(own, books);
    const law = new LawInForce(log, own, books);
    laws.set(log, law);
    return law;
  }

  /** The adoptions up to an event, in their order. */
  adoptions(untilSeq: number): readonly AdoptedBook[] {
    this.#refresh(untilSeq);
    return this.#adopted.filter(({ seq }) => seq <= untilSeq);
  }

  /** Hash of the book that counts from the first event on. */
  get firstHash(): string {
    this.#refresh();
    return this.#adopted[0]?.hash ?? this.#own.hash;
  }

  /** Whether this program can read an adopted book; an older program may have known other words. */
  canRead(hash: string): boolean {
    return this.#bookOf(hash) !== null;
  }

  /** An adopted book by its hash; null where this program cannot read it. */
  book(hash: string): RuleBook | null {
    this.#refresh();
    return this.#bookOf(hash);
  }

  /** The book in force at an event. */
  at(seq: number): RuleBook {
    this.#refresh(seq);
    const adopted = this.#adoptedAt(seq);
    return adopted === undefined ? this.#own : (this.#bookOf(adopted.hash) ?? this.#own);
  }

  /** The same in the readings that an employer had chosen by then; the same law is the same object. */
  for(bin: string | null, seq: number): RuleBook {
    return this.inReadingsOf(bin, seq, this.at(seq));
  }

  /** A book in the readings that an employer had chosen by an event, as far as the book knows them. */
  inReadingsOf(bin: string | null, seq: number, book: RuleBook): RuleBook {
    this.#refresh(seq);
    const steps = bin === null ? undefined : this.#choices.get(bin);
    const step = steps?.findLast((one) => one.seq <= seq);
    if (step === undefined) return book;
    const key = `${book.hash} ${bin} ${step.seq}`;
    let made = this.#made.get(key);
    if (made === undefined) {
      made = book.withReadings(knownChoices(book, step.choices));
      this.#made.set(key, made);
    }
    return made;
  }

  /** The events after one at which the law changes for an employer (or for who has none), in order. */
  changes(bin: string | null, afterSeq: number): readonly number[] {
    this.#refresh();
    const steps = bin === null ? undefined : this.#choices.get(bin);
    if (this.#adopted.length < 2 && steps === undefined) return NONE;
    return [...this.#adopted.slice(1), ...(steps ?? [])]
      .map(({ seq }) => seq)
      .filter((seq) => seq > afterSeq && this.for(bin, seq) !== this.for(bin, seq - 1))
      .sort((a, b) => a - b);
  }

  #adoptedAt(seq: number): AdoptedBook | undefined {
    return this.#adopted.findLast((one) => one.seq <= seq) ?? this.#adopted[0];
  }

  #bookOf(hash: string): RuleBook | null {
    const known = this.#books.get(hash);
    if (known !== undefined) return known;
    const adopted = this.#adopted.find((one) => one.hash === hash);
    if (adopted === undefined) return null;
    const book = this.#read(adopted);
    this.#books.set(hash, book);
    return book;
  }

  #read({ seq, hash, adoptedOn }: AdoptedBook): RuleBook | null {
    const [kept] = this.#log.after(seq - 1, 1);
    if (kept === undefined) return null;
    try {
      const book = ruleBookOf(textsOf(JSON.parse(kept.data) as KeptTexts));
      if (book.hash !== hash) return null;
      // Papers and conflicts are read when somebody asks: a book whose papers cannot be read would fail every answer then.
      askPapersOnce(book, adoptedOn);
      return Array.isArray(book.conflictNotes) ? book : null;
    } catch {
      // A book written for another program, or adopted with a mistake: what this program cannot read cannot be applied.
      return null;
    }
  }

  /**
   * Reads what is new, at least up to an event that is asked about: another connection may have written it, of which this
   * log's own count does not know.
   */
  #refresh(seq = 0): void {
    const until = Math.max(seq, this.#log.lastSeq);
    if (until <= this.#seen) return;
    for (const kept of this.#log.between(this.#seen, until, { types: [ADOPTED], limit: Number.MAX_SAFE_INTEGER })) {
      const event = kept.stream === LAW_STREAM ? readable(kept) : null;
      if (event !== null) this.#adopted.push(adoptedBook(kept.seq, event));
    }
    for (const stream of this.#log.employersWith(CHOICE_TYPES, this.#seen, until)) this.#follow(stream, until);
    this.#seen = until;
  }

  #follow(stream: string, until: number): void {
    const number = this.#log.streamNumber(stream);
    if (number === null) return;
    const steps: ChoiceStep[] = [];
    const events: RecordedEvent[] = [];
    for (const kept of this.#log.ofStream(number, until)) {
      const event = readable(kept);
      if (event === null) continue;
      events.push(event);
      if (!CHOICE_TYPES.includes(kept.type)) continue;
      const choices = choicesOf(standingFacts(events));
      const before = steps.at(-1)?.choices ?? {};
      if (JSON.stringify(choices) !== JSON.stringify(before)) steps.push({ seq: kept.seq, choices });
    }
    const bin = stream.slice(stream.indexOf('-') + 1);
    if (steps.length > 0) this.#choices.set(bin, steps);
  }
}

const NONE: readonly number[] = [];

const laws = new WeakMap<KeptLog, LawInForce>();
const shelves = new WeakMap<RuleBook, Map<string, RuleBook | null>>();

/** What cannot be read is parked by the projector; it says nothing of the law. */
function readable(kept: KeptEvent): RecordedEvent | null {
  try {
    return decode(kept);
  } catch {
    return null;
  }
}

function adoptedBook(
  seq: number,
  { id, position, occurredOn, recordedAt, data, metadata }: RecordedEvent,
): AdoptedBook {
  return {
    seq,
    eventId: id,
    position,
    hash: String(data['hash']),
    replaces: typeof data['replaces'] === 'string' ? data['replaces'] : null,
    adoptedOn: occurredOn,
    recordedAt,
    recordedBy: metadata.actor,
    files: data['files'] as KeptTexts['files'],
  };
}
