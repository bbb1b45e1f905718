import type { Folder, Projection, Row, RowSink } from '../../projections/projection.js';
import type { StreamKind } from '../domain/event-type.js';
import { factOf, isAppendInOrder, standingFacts } from '../domain/history.js';
import type { Fact, RecordedEvent } from '../domain/recorded-event.js';
import { Assessment } from '../law/assess.js';
import type { RuleBook } from '../law/book.js';

/** What one event does to one row: `row` null takes it away, `before` says whether one stood. */
export interface RowChange {
  /** Place of the projection in the registry. */
  readonly projection: number;
  readonly key: string;
  readonly before: Row | undefined;
  readonly row: Row | null;
}

interface State {
  readonly facts: Fact[];
  readonly assessment: Assessment;
  readonly folders: readonly { readonly projection: number; readonly fold: Folder }[];
}

/** What every fold needs and none owns. */
export interface FoldContext {
  readonly book: RuleBook;
  readonly projections: readonly Projection[];
}

/**
 * One stream's history as far as it was taken, and the rows that stand by it. A fact at the end is folded in; anything
 * else (a late fact, a correction, a retraction) folds the whole history anew and compares the rows by key.
 */
export class StreamFold {
  readonly #context: FoldContext;
  readonly #kind: StreamKind;
  readonly #id: string;
  readonly #columns: readonly (readonly string[])[];
  readonly #events: RecordedEvent[] = [];
  #state: State;
  #rows: readonly Map<string, Row>[];

  constructor(context: FoldContext, stream: string) {
    const dash = stream.indexOf('-');
    this.#context = context;
    this.#kind = stream.slice(0, dash) === 'employer' ? 'employer' : 'worker';
    this.#id = stream.slice(dash + 1);
    this.#columns = columnsOf(context.projections);
    this.#state = this.#begin();
    this.#rows = context.projections.map(() => new Map());
  }

  /** The fold of events that were all taken before, without the steps between. */
  static of(context: FoldContext, stream: string, events: readonly RecordedEvent[]): StreamFold {
    const fold = new StreamFold(context, stream);
    fold.#events.push(...events);
    const state = fold.#begin();
    fold.#rows = fold.#feed(state, standingFacts(events));
    fold.#state = state;
    return fold;
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
  advance(event: RecordedEvent): readonly RowChange[] {
    const changes = isAppendInOrder(this.#state.facts, event) ? this.#append(factOf(event)) : this.#refold(event);
    this.#events.push(event);
    return changes;
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

  #refold(event: RecordedEvent): readonly RowChange[] {
    const state = this.#begin();
    const rows = this.#feed(state, standingFacts([...this.#events, event]));
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

  #begin(): State {
    const { book, projections } = this.#context;
    const facts: Fact[] = [];
    const subject = { kind: this.#kind, id: this.#id };
    const assessment = new Assessment(book, subject);
    const folders = projections.flatMap((projection, index) =>
      projection.streams.includes(this.#kind)
        ? [{ projection: index, fold: projection.start({ ...subject, facts, assessment }) }]
        : [],
    );
    return { facts, assessment, folders };
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

const columnsCache = new WeakMap<readonly Projection[], readonly (readonly string[])[]>();

function columnsOf(projections: readonly Projection[]): readonly (readonly string[])[] {
  let columns = columnsCache.get(projections);
  if (columns === undefined) {
    columns = projections.map((projection) => Object.keys(projection.columns));
    columnsCache.set(projections, columns);
  }
  return columns;
}
