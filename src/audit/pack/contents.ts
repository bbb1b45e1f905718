import { NOTHING_IMPOSED } from '../../../projections/exposure.js';
import { obligationOf } from '../../../projections/obligations.js';
import { addDays, endOfLegalDay, isDay, legalDayOf } from '../../domain/dates.js';
import { isOfLaw } from '../../domain/event-type.js';
import { standingFacts } from '../../domain/history.js';
import type { Fact } from '../../domain/recorded-event.js';
import { Refusal } from '../../domain/refusal.js';
import { traceOf } from '../../law/trace.js';
import { canonicalJson } from '../../ledger/chain.js';
import { exposureSums, NOTHING_DUE } from '../../reading/exposure-sums.js';
import { imposedSums, jointCap, NO_CAP } from '../../reading/imposed-sums.js';
import type { KeptEvent } from '../../reading/kept-log.js';
import { OBLIGATION_COLUMNS, type ObligationRow, unknown, type View } from '../../reading/reading.js';
import { behind, stepsOf } from '../steps.js';
import type { PackScope } from './scope.js';

/** What a pack is made from: one moment, the streams in it, and the events between two of them. */
export interface PackSource {
  readonly view: View;
  readonly scope: PackScope;
  /** Numbers of the streams that it is about; null for all. */
  readonly streams: readonly number[] | null;
  /**
   * Numbers of streams on which the figures of the others depend: other employers of the same workers, and colleagues with a
   * penalty, for the next offence of the employer is a repeat then. Only their events are in the pack, nobody's names.
   */
  readonly beside: readonly number[];
  /** Events after this one. */
  readonly afterSeq: number;
  readonly complete: boolean;
}

/** A line of a file; `mark` is the place after which the making can be taken up again, null where it cannot. */
export interface PackLine {
  readonly text: string;
  readonly mark: string | null;
}

const PAGE = 500;
const HORIZON_DAYS = 30;

/** Streams whose steps are made together: what the law and their employers say is looked up once for all of them. */
const STREAMS_TOGETHER = 32;

/** @throws Refusal 404 for a worker or an employer that is not known at that moment, 400 where it ends before it begins */
export function packSource(view: View, scope: PackScope): PackSource {
  const { seq } = view.moment;
  requireOrder(scope);
  const afterSeq = scope.from === undefined ? 0 : firstSeqFrom(view, scope.from) - 1;
  const streams = streamsIn(view, scope, seq);
  const beside = streams === null ? [] : streamsBeside(view, streams, seq);
  return { view, scope, streams, beside, afterSeq, complete: afterSeq <= 0 };
}

function requireOrder({ from, to }: PackScope): void {
  if (from === undefined || to === undefined) return;
  if (beginOf(from) <= Date.parse(isDay(to) ? endOfLegalDay(to) : to)) return;
  throw new Refusal({
    code: 'moments-reversed',
    status: 400,
    detail: `\`from\` (${from}) lies after \`to\` (${to}): nothing can have been recorded in between.`,
    remedy: 'Exchange the two.',
    errors: [{ path: 'from', message: 'lies after `to`' }],
  });
}

/** The event before which nothing of the period was recorded. */
function firstSeqFrom(view: View, from: string): number {
  return view.parts.model.current.log.seqKnownAt(new Date(beginOf(from) - 1).toISOString()) + 1;
}

/** The first millisecond of a period, since the epoch. */
export function beginOf(from: string): number {
  // A day begins a millisecond after the one before it ended.
  return isDay(from) ? Date.parse(endOfLegalDay(addDays(from, -1))) + 1 : Date.parse(from);
}

function streamsIn(view: View, { worker, employer }: PackScope, seq: number): readonly number[] | null {
  if (worker === undefined && employer === undefined) return null;
  const known = (kind: 'worker' | 'employer', id: string): number => {
    const number = view.streamNumber(`${kind}-${id}`);
    if (number === null || view.parts.model.current.log.ofStream(number, seq).length === 0) throw unknown(kind, id);
    return number;
  };
  if (worker !== undefined) {
    const own = known('worker', worker);
    const employers = view.all<{ employer: string }>(
      'SELECT DISTINCT employer FROM status WHERE stream = ? AND known_from <= ? ORDER BY employer',
      own,
      seq,
    );
    const theirs = employers.flatMap((row) => view.streamNumber(`employer-${row.employer}`) ?? []);
    return [...theirs, own].sort((a, b) => a - b);
  }
  const bin = employer ?? '';
  const workers = view.all<{ stream: number }>(
    'SELECT DISTINCT stream FROM status WHERE employer = ? AND known_from <= ?',
    bin,
    seq,
  );
  return [known('employer', bin), ...workers.map(({ stream }) => stream)].sort((a, b) => a - b);
}

/** By every version of what was known of them: the timeline tells what was known at each step. */
function streamsBeside(view: View, streams: readonly number[], seq: number): readonly number[] {
  const own = JSON.stringify(streams);
  const found = view.all<{ stream: number }>(
    `WITH known AS (SELECT DISTINCT employer FROM status
       WHERE stream IN (SELECT value FROM json_each(?1)) AND known_from <= ?2)
     SELECT s.number AS stream FROM known JOIN log.streams s ON s.name = 'employer-' || known.employer
     UNION
     SELECT p.stream FROM known JOIN penalties p ON p.employer = known.employer WHERE p.known_from <= ?2`,
    own,
    seq,
  );
  const about = new Set(streams);
  return found.map(({ stream }) => stream).filter((stream) => !about.has(stream));
}

/**
 * The events of a pack in the order of recording, page by page. Those of the law stay behind: the pack holds the law that
 * it was made by, and the ledger that takes it in has a law of its own.
 */
export function* keptEvents(
  { view, streams, beside, afterSeq }: PackSource,
  mark = String(afterSeq),
): Generator<KeptEvent> {
  const { seq: last } = view.moment;
  const all = streams === null ? null : [...streams, ...beside];
  for (let seq = Math.max(0, Number(mark)); seq < last; ) {
    const { log } = view.parts.model.current;
    const page = all === null ? log.between(seq, last, { limit: PAGE }) : log.betweenOf(all, seq, last, PAGE);
    for (const kept of page) if (!isOfLaw(kept.stream)) yield kept;
    const end = page.at(-1);
    if (end === undefined || page.length < PAGE) return;
    seq = end.seq;
  }
}

/** `events.jsonl`: each event as its canonical bytes and the hash that was taken over them. */
export function* eventLines(source: PackSource, mark?: string): Generator<PackLine> {
  for (const { seq, stream, revision, id, type, data, metadata } of keptEvents(source, mark)) {
    const event = {
      stream,
      revision,
      id,
      type,
      data: JSON.parse(data) as unknown,
      metadata: JSON.parse(metadata) as unknown,
    };
    yield { text: canonicalJson(event), mark: String(seq) };
  }
}

/**
 * The steps of the replay, some streams at a time, each line with its place in the order of recording before a tab. So a
 * history is held once and then let go of; in the order of recording thousands of them are under way together.
 */
export function* stepLines({ view, scope, streams, afterSeq }: PackSource, mark = '0'): Generator<PackLine> {
  const after = behind(Math.max(0, afterSeq));
  const { employer } = scope;
  const question = { after, until: undefined, horizonDays: HORIZON_DAYS, law: view.book, employer };
  let group: number[] = [];
  const lines = function* (numbers: readonly number[]): Generator<PackLine> {
    // The making can be taken up again between two groups only: their lines lie mixed.
    let waiting: string | null = null;
    for (const step of stepsOf(view, numbers, question)) {
      if (step === null || isOfLaw(step.event.stream)) continue;
      const { seq, event, ...rest } = step;
      if (waiting !== null) yield { text: waiting, mark: null };
      // Where an event lies in the store is the store's own: another store has other positions.
      const { position: _, ...told } = event;
      waiting = `${seq}\t${canonicalJson({ event: told, ...rest })}`;
    }
    if (waiting !== null) yield { text: waiting, mark: String(numbers.at(-1)) };
  };
  for (const number of numbersAfter(view, streams, Number(mark))) {
    group.push(number);
    if (group.length < STREAMS_TOGETHER) continue;
    yield* lines(group);
    group = [];
  }
  if (group.length > 0) yield* lines(group);
}

/** `obligations.jsonl`: every obligation as of the day, with its exposure and the trace of both. */
export function* obligationLines({ view, scope, streams }: PackSource, mark = '0'): Generator<PackLine> {
  for (const number of numbersAfter(view, streams, Number(mark))) {
    const lines = tracedObligations(view, number, scope.employer).map((obligation) => canonicalJson(obligation));
    // One mark a stream: its obligations are made together.
    for (const [index, text] of lines.entries()) {
      yield { text, mark: index === lines.length - 1 ? String(number) : null };
    }
  }
}

function* numbersAfter(view: View, streams: readonly number[] | null, after: number): Generator<number> {
  const last = view.parts.model.current.log.streamCount();
  if (streams === null) for (let number = after + 1; number <= last; number++) yield number;
  else for (const number of streams) if (number > after) yield number;
}

/**
 * The obligations of one stream at the moment, each with its trace.
 * @param employer only those of this employer: a worker may have been given to another one by a correction
 */
function tracedObligations(view: View, stream: number, employer?: string) {
  const rows = view.all<ObligationRow>(
    `SELECT ${OBLIGATION_COLUMNS} FROM obligations o JOIN log.streams s ON s.number = o.stream
     WHERE o.stream = ? AND ${view.known('o')} ${employer === undefined ? '' : 'AND o.employer = ?'}
     ORDER BY o.opens_on, o.key`,
    stream,
    ...(employer === undefined ? [] : [employer]),
  );
  if (rows.length === 0) return [];
  const facts: readonly Fact[] = standingFacts(view.historyOf(rows[0]?.stream_name ?? ''));
  return rows.map((row) => {
    const obligation = view.obligation(row);
    const { asOf } = view;
    const trace = traceOf(obligationOf(row.key, row), {
      facts,
      asOf,
      ...view.circumstancesOf(row.employer),
      book: view.bookOf(row.employer),
    });
    return { ...obligation, trace };
  });
}

/** `figures.json`: what it all may cost, in total, by rule and by employer. */
export function figuresOf({ view, scope }: PackSource) {
  const { worker, employer } = scope;
  const stream = worker === undefined ? undefined : (view.streamNumber(`worker-${worker}`) ?? undefined);
  const question = { horizon: HORIZON_DAYS, employer, stream };
  const grouped = (groupBy: 'rule' | 'employer') => {
    const sums = [...exposureSums(view, { ...question, groupBy })];
    return sums
      .sort(([a], [b]) => ((a ?? '') < (b ?? '') ? -1 : 1))
      .map(([key, { accrued, atRisk }]) => ({ key, accrued, atRisk }));
  };
  return {
    asOf: view.asOf,
    horizonDays: HORIZON_DAYS,
    ruleBook: view.moment.ruleBook,
    total: {
      ...(exposureSums(view, question).get(null) ?? NOTHING_DUE),
      imposed: imposedSums(view, question).get(null) ?? NOTHING_IMPOSED,
      ...(employer === undefined ? NO_CAP : jointCap(view, employer)),
    },
    byRule: grouped('rule'),
    byEmployer: grouped('employer'),
  };
}

/** The day that a pack's figures are about, where the question does not say. */
export function dayOfPack(scope: PackScope, today: string): string {
  if (scope.to === undefined) return today;
  return isDay(scope.to) ? (scope.to < today ? scope.to : today) : legalDayOf(scope.to);
}
