import type { Folder, Projection, Row, RowSink } from '../../projections/projection.js';
import type { StreamKind } from '../domain/event-type.js';
import { factOf, isAmendment, isAppendInOrder, standingFacts } from '../domain/history.js';
import type { Fact, RecordedEvent } from '../domain/recorded-event.js';
import { Assessment } from '../law/assess.js';
import type { RuleBook } from '../law/book.js';
import type { LawInForce } from './law-in-force.js';

/** What one event does to one row: `row` null takes it away, `before` says whether one stood. */
export interface RowChange {
  /** Place of the projection in the registry. */
  readonly projection: number;
  readonly key: string;
  readonly before: Row | undefined;
  readonly row: Row | null;
}

interface State {
  readonly book: RuleBook;
  readonly facts: Fact[];
  readonly assessment: Assessment;
  readonly folders: readonly { readonly projection: number; readonly fold: Folder }[];
}

/** What every fold needs and none owns. */
export interface FoldContext {
  readonly law: Pick<LawInForce, 'for'>;
  readonly projections: readonly Projection[];
}

/**
 * One stream's history as far as it was taken, and the rows that stand by it. A fact at the end is folded in; anything
 * else (a late fact, a correction, a retraction, another law) folds the whole history anew and compares the rows by key.
 */
export class StreamFold {
  readonly #context: FoldContext;
  readonly #kind: StreamKind;
  readonly #id: string;
  readonly #columns: readonly (readonly string[])[];
  readonly #events: RecordedEvent[] = [];
  #state: State;
  #rows: readonly Map<string, Row>[];

  /** @param seq the event of the log from which on it is folded: it chooses the law */
  constructor(context: FoldContext, stream: string, seq: number) {
    const dash = stream.indexOf('-');
    this.#context = context;
    this.#kind = stream.slice(0, dash) === 'employer' ? 'employer' : 'worker';
    this.#id = stream.slice(dash + 1);
    this.#columns = columnsOf(context.projections);
    this.#state = this.#begin(context.law.for(this.#kind === 'employer' ? this.#id : null, seq));
    this.#rows = context.projections.map(() => new Map());
  }

  /** The fold of events that were all taken before, without the steps between, by the law in force at an event. */
  static of(context: FoldContext, stream: string, events: readonly RecordedEvent[], seq: number): StreamFold {
    const fold = new StreamFold(context, stream, seq);
    fold.#events.push(...events);
    const facts = standingFacts(events);
    const state = fold.#begin(fold.#bookFor(facts, seq));
    fold.#rows = fold.#feed(state, facts);
    fold.#state = state;
    return fold;
  }

  /** BIN of the employer whose readings count for this stream; null while nothing says it. */
  get employer(): string | null {
    return this.#kind === 'employer' ? this.#id : employerIn(this.#state.facts);
  }

  /** How many events it holds: the measure of its memory. */
  get size(): number {
    return this.#events.length;
  }

  get events(): readonly RecordedEvent[] {
    return this.#events;
  }

  /**
   * Takes the next event of the stream.
   * @throws whatever the law or a projection throws; the fold is of no use any more and must be made anew
   */
  advance(event: RecordedEvent, seq: number): readonly RowChange[] {
    const changes = this.#isSimple(event, seq)
      ? this.#append(factOf(event))
      : this.#refold(standingFacts([...this.#events, event]), seq);
    this.#events.push(event);
    return changes;
  }

  /** Applies the law in force at an event of another stream; nothing changes where it is the law that counted before. */
  relaw(seq: number): readonly RowChange[] {
    const { facts, book } = this.#state;
    return this.#bookFor(facts, seq) === book ? NO_CHANGES : this.#refold(standingFacts(this.#events), seq);
  }

  /** Whether an event is one more fact under the law that counted for the others. */
  #isSimple(event: RecordedEvent, seq: number): boolean {
    const { facts, book } = this.#state;
    return (
      isAppendInOrder(facts, event) &&
      this.#bookFor(facts.length === 0 && !isAmendment(event.type) ? [factOf(event)] : facts, seq) === book
    );
  }

  #bookFor(facts: readonly Fact[], seq: number): RuleBook {
    return this.#context.law.for(this.#kind === 'employer' ? this.#id : employerIn(facts), seq);
  }

  #append(fact: Fact): readonly RowChange[] {
    const { facts, assessment, folders } = this.#state;
    facts.push(fact);
    assessment.apply(fact);
    const changes: RowChange[] = [];
    for (const { projection, fold } of folders) {
      const rows = this.#rows[projection] as Map<string, Row>;
      const sink = new Proposals();
      fold(fact, sink);
      for (const [key, row] of sink.proposed) {
        const before = rows.get(key);
        if (row === null) {
          if (before === undefined) continue;
          rows.delete(key);
        } else {
          if (before !== undefined && this.#equal(projection, before, row)) continue;
          rows.set(key, row);
        }
        changes.push({ projection, key, before, row });
      }
    }
    return changes;
  }

  #refold(facts: readonly Fact[], seq: number): readonly RowChange[] {
    const state = this.#begin(this.#bookFor(facts, seq));
    const rows = this.#feed(state, facts);
    const changes: RowChange[] = [];
    for (const [projection, after] of rows.entries()) {
      const standing = this.#rows[projection] as Map<string, Row>;
      for (const [key, before] of standing) {
        if (!after.has(key)) changes.push({ projection, key, before, row: null });
      }
      for (const [key, row] of after) {
        const before = standing.get(key);
        if (before === undefined || !this.#equal(projection, before, row))
          changes.push({ projection, key, before, row });
      }
    }
    this.#state = state;
    this.#rows = rows;
    return changes;
  }

  #begin(book: RuleBook): State {
    const { projections } = this.#context;
    const facts: Fact[] = [];
    const subject = { kind: this.#kind, id: this.#id };
    const assessment = new Assessment(book, subject);
    const folders = projections.flatMap((projection, index) =>
      projection.streams.includes(this.#kind)
        ? [{ projection: index, fold: projection.start({ ...subject, facts, assessment }) }]
        : [],
    );
    return { book, facts, assessment, folders };
  }

  #feed(state: State, facts: readonly Fact[]): readonly Map<string, Row>[] {
    const rows = this.#context.projections.map(() => new Map<string, Row>());
    const sinks = rows.map(
      (map): RowSink => ({ set: (key, row) => void map.set(key, row), delete: (key) => void map.delete(key) }),
    );
    for (const fact of facts) {
      state.facts.push(fact);
      state.assessment.apply(fact);
      for (const { projection, fold } of state.folders) fold(fact, sinks[projection] as RowSink);
    }
    return rows;
  }

  #equal(projection: number, a: Row, b: Row): boolean {
    const columns = this.#columns[projection] as readonly string[];
    return a === b || columns.every((column) => (a[column] ?? null) === (b[column] ?? null));
  }
}

/** The rows that another law changes; a history that a law cannot be applied to keeps the rows that it had. */
export function relawn(fold: StreamFold, seq: number): readonly RowChange[] {
  try {
    return fold.relaw(seq);
  } catch {
    return NO_CHANGES;
  }
}

/** What a projection asks for during one event; the last word on a key counts. */
class Proposals implements RowSink {
  readonly proposed = new Map<string, Row | null>();

  set(key: string, row: Row): void {
    this.proposed.set(key, row);
  }

  delete(key: string): void {
    this.proposed.set(key, null);
  }
}

const NO_CHANGES: readonly RowChange[] = [];

/** The employer that a worker's registration names. */
function employerIn(facts: readonly Fact[]): string | null {
  const bin = facts.find(({ type }) => type === 'WorkerRegistered')?.data['employerBin'];
  return typeof bin === 'string' ? bin : null;
}

const columnsCache = new WeakMap<readonly Projection[], readonly (readonly string[])[]>();

function columnsOf(projections: readonly Projection[]): readonly (readonly string[])[] {
  let columns = columnsCache.get(projections);
  if (columns === undefined) {
    columns = projections.map((projection) => Object.keys(projection.columns));
    columnsCache.set(projections, columns);
  }
  return columns;
}
