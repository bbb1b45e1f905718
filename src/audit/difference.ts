import { Injectable } from '@nestjs/common';
import { addImposed, NOTHING_IMPOSED } from '../../projections/exposure.js';
import type { Clock } from '../clock.js';
import { type Day, isDay, legalDayOf } from '../domain/dates.js';
import { isAmendment } from '../domain/history.js';
import { Refusal } from '../domain/refusal.js';
import { addSums, exposureSums, NOTHING_DUE } from '../reading/exposure-sums.js';
import { imposedSums } from '../reading/imposed-sums.js';
import type { KeptEvent } from '../reading/kept-log.js';
import { instantOf, momentOf, notComeYet } from '../reading/moment.js';
import { Reading, subjectOf, unknown, View } from '../reading/reading.js';
import { type Between, ChangedStreams } from './changed-streams.js';
import { isSame, type KnownObligation, KnownObligations, type VersionRow } from './known-obligations.js';
import type { Cost } from './replay.js';

export interface DifferenceParams {
  readonly from: string;
  readonly to?: string | undefined;
  /** The day whose exposure is compared; left out: the day of `from`. */
  readonly asOf?: Day | undefined;
  readonly employer?: string | undefined;
  readonly after?: string | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** An obligation as it was told of the as-of day before and after; null where it did not stand. */
export interface ObligationChange {
  readonly id: string;
  readonly rule: string;
  /** `cost-changed`: in nothing but its exposure, by an event of its employer, of a colleague or of the law. */
  readonly change: 'appeared' | 'withdrawn' | 'changed' | 'cost-changed';
  readonly before: KnownObligation | null;
  readonly after: KnownObligation | null;
  /** The last event with which it began to be told otherwise. */
  readonly causedBy: string | null;
}

export interface LearntEvent {
  readonly eventId: string;
  readonly type: string;
  readonly occurredOn: Day | null;
  readonly recordedAt: string;
  readonly recordedBy: string | null;
  readonly amends: string | null;
}

export interface StreamDifference {
  readonly subject: 'worker' | 'employer';
  readonly id: string;
  readonly employerBin: string | null;
  readonly events: readonly LearntEvent[];
  readonly obligations: readonly ObligationChange[];
}

/** What was thought to be accrued, at risk and imposed, beside what it really was by all that is known at the later moment. */
export interface Lag {
  readonly knownThen: Cost;
  readonly trueThen: Cost;
}

export interface Difference {
  readonly from: { readonly knownAt: string; readonly position: string; readonly ruleBook: string };
  readonly to: { readonly knownAt: string; readonly position: string; readonly ruleBook: string };
  readonly asOf: Day;
  readonly knowledgeLag: {
    readonly total: Lag;
    /** Only employers where the two differ. */
    readonly employers: readonly (Lag & { readonly employerBin: string })[];
  };
  readonly items: readonly StreamDifference[];
  readonly nextCursor: string | null;
  readonly position: string;
  readonly ruleBook: string;
}

const HORIZON_DAYS = 30;
/** Streams that one page looks at: more than it can show, for another law may change rows in nothing that is told. */
const LOOKED_AT_ONCE = 1_000;
const NOTHING: Cost = { ...NOTHING_DUE, imposed: NOTHING_IMPOSED };

/** What changed in our knowledge between two moments. */
@Injectable()
export class Differences {
  constructor(private readonly reading: Reading) {}

  /** @throws Refusal 400 when a moment lies in the future or the two are the wrong way round, 404 for an unknown employer */
  async between(params: DifferenceParams): Promise<Difference> {
    const { parts } = this.reading;
    await this.reading.at({ after: params.after });
    const { model, clock } = parts;
    const asOf = params.asOf ?? (params.from.length === 10 ? params.from : legalDayOf(params.from));
    demandInOrder(params, clock);
    const earlier = new View(parts, momentOf(model, clock, { asOf, knownAt: params.from }));
    const later = new View(parts, momentOf(model, clock, { asOf, knownAt: params.to }));
    if (params.employer !== undefined && !later.knowsEmployer(params.employer))
      throw unknown('employer', params.employer);
    const { items, next } = pageOf(earlier, later, params);
    return {
      from: {
        knownAt: params.from,
        position: earlier.moment.position,
        ruleBook: earlier.moment.ruleBook,
      },
      to: {
        knownAt: params.to ?? clock.now().toISOString(),
        position: later.moment.position,
        ruleBook: later.moment.ruleBook,
      },
      asOf,
      knowledgeLag: lagBetween(earlier, later, params.employer),
      items,
      nextCursor: next === null ? null : cursorOf(later.moment.seq, next),
      position: later.moment.position,
      ruleBook: later.moment.ruleBook,
    };
  }
}

/** The same day's exposure by the knowledge of two moments. */
function lagBetween(earlier: View, later: View, employer?: string): Difference['knowledgeLag'] {
  const then = sumsOf(earlier, employer);
  const truth = sumsOf(later, employer);
  const bins = [...new Set([...then.byEmployer.keys(), ...truth.byEmployer.keys()])];
  const lags = bins
    .filter((bin) => bin !== null)
    .sort()
    .map((employerBin) => ({
      employerBin,
      knownThen: then.byEmployer.get(employerBin) ?? NOTHING,
      trueThen: truth.byEmployer.get(employerBin) ?? NOTHING,
    }));
  return {
    total: { knownThen: then.total, trueThen: truth.total },
    employers: lags.filter(({ knownThen, trueThen }) => !isSame(knownThen, trueThen)),
  };
}

function sumsOf(view: View, employer: string | undefined) {
  const standing = exposureSums(view, { groupBy: 'employer', horizon: HORIZON_DAYS, employer });
  const imposed = imposedSums(view, { groupBy: 'employer', employer });
  const keys = new Set([...standing.keys(), ...imposed.keys()]);
  return {
    byEmployer: new Map(
      [...keys].map((key): readonly [string | null, Cost] => [
        key,
        { ...(standing.get(key) ?? NOTHING_DUE), imposed: imposed.get(key) ?? NOTHING_IMPOSED },
      ]),
    ),
    total: {
      ...[...standing.values()].reduce(addSums, NOTHING_DUE),
      imposed: [...imposed.values()].reduce(addImposed, NOTHING_IMPOSED),
    },
  };
}

/** The next streams of which there is something to tell, by number. */
function pageOf(earlier: View, later: View, { limit, cursor, employer }: DifferenceParams) {
  const between = { later, fromSeq: earlier.moment.seq, known: new KnownObligations(later) };
  const after = cursor === undefined ? 0 : readCursor(cursor, later.moment.seq);
  const streams = new ChangedStreams(between, employer).after(after, LOOKED_AT_ONCE);
  const found: { readonly stream: number; readonly item: StreamDifference }[] = [];
  for (const stream of streams) {
    if (found.length > limit) break;
    const item = differenceOf(between, stream, employer);
    if (item !== null) found.push({ stream, item });
  }
  const shown = found.slice(0, limit);
  // Where little was found the page is short, and goes on behind the last stream that was looked at.
  const last = found.length > limit ? shown.at(-1)?.stream : streams[LOOKED_AT_ONCE - 1];
  return { items: shown.map(({ item }) => item), next: last ?? null };
}

/**
 * Null where there is nothing to tell.
 * @param bin only of this employer: what a correction gives to another one is withdrawn from it, and appears with that one
 */
function differenceOf(
  { later, fromSeq, known }: Between,
  stream: number,
  bin: string | undefined,
): StreamDifference | null {
  const { seq: untilSeq } = later.moment;
  const { log } = later.parts.model.current;
  const events = log.betweenOf([stream], fromSeq, untilSeq, Number.MAX_SAFE_INTEGER);
  const rows = later.all<VersionRow>(
    `SELECT o.*, s.name AS stream_name FROM obligations o JOIN log.streams s ON s.number = o.stream
     WHERE o.stream = ? AND o.known_from <= ? AND o.known_until > ? ORDER BY o.key, o.known_from`,
    stream,
    untilSeq,
    fromSeq,
  );
  const changes = [...versionsByKey(rows).entries()].flatMap(([id, versions]) => {
    if (known.isUntouched(versions, fromSeq, untilSeq)) return [];
    const [before, after] = [fromSeq, untilSeq].map((seq) => ofEmployer(known.at(versions, seq), bin));
    if (before === undefined || after === undefined) return [];
    const change = changeOf(before, after);
    if (change === null) return [];
    const cause = known.causeOf(versions, fromSeq, untilSeq);
    const causedBy = cause === null ? null : (log.after(cause - 1, 1)[0]?.id ?? null);
    return [{ id, rule: versions[0]?.rule ?? '', change, before, after, causedBy }];
  });
  if (events.length === 0 && changes.length === 0) return null;
  const name = later.get<{ name: string }>('SELECT name FROM log.streams WHERE number = ?', stream)?.name ?? '';
  const isWorker = name.startsWith('worker-');
  const employer = isWorker
    ? later.get<{ employer: string }>(
        'SELECT employer FROM status WHERE stream = ? ORDER BY known_from DESC LIMIT 1',
        stream,
      )?.employer
    : subjectOf(name);
  return {
    subject: isWorker ? 'worker' : 'employer',
    id: subjectOf(name),
    employerBin: employer ?? null,
    events: events.map(learnt),
    obligations: changes,
  };
}

function ofEmployer(obligation: KnownObligation | null, bin: string | undefined): KnownObligation | null {
  return bin === undefined || obligation?.employerBin === bin ? obligation : null;
}

function versionsByKey(rows: readonly VersionRow[]): ReadonlyMap<string, readonly VersionRow[]> {
  const versions = new Map<string, VersionRow[]>();
  for (const row of rows) versions.set(row.key, [...(versions.get(row.key) ?? []), row]);
  return versions;
}

/** Null where the two are equal in everything that is told. */
function changeOf(before: KnownObligation | null, after: KnownObligation | null): ObligationChange['change'] | null {
  if (isSame(before, after)) return null;
  if (before === null) return 'appeared';
  if (after === null) return 'withdrawn';
  return isSame({ ...before, exposure: null }, { ...after, exposure: null }) ? 'cost-changed' : 'changed';
}

function learnt(kept: KeptEvent): LearntEvent {
  const data = JSON.parse(kept.data) as Record<string, unknown>;
  const metadata = JSON.parse(kept.metadata) as Record<string, unknown>;
  const text = (value: unknown) => (typeof value === 'string' ? value : null);
  return {
    eventId: kept.id,
    type: kept.type,
    occurredOn: isAmendment(kept.type) ? legalDayOf(kept.recordedAt) : text(data['occurredOn']),
    recordedAt: kept.recordedAt,
    recordedBy: text(metadata['actor']),
    amends: isAmendment(kept.type) ? text(data['eventId']) : null,
  };
}

/** The later moment is part of the cursor, so that all pages show the same. */
function cursorOf(seq: number, stream: number): string {
  return Buffer.from(JSON.stringify([seq, stream])).toString('base64url');
}

function readCursor(cursor: string, seq: number): number {
  try {
    const [given, stream] = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as unknown[];
    if (given === seq && Number.isSafeInteger(stream)) return stream as number;
  } catch {
    // Told below: it is no cursor of ours.
  }
  throw new Refusal({
    code: 'invalid-cursor',
    status: 400,
    detail: 'The cursor does not belong to this difference, or something was recorded since and `to` was left out.',
    remedy:
      'Give both `from` and `to`, keep every other parameter as it was, and take nextCursor from the page before.',
    errors: [{ path: 'cursor', message: 'is not a cursor of this list' }],
  });
}

/**
 * A day stands for its end, that of today for now. A day that has not begun is in the future as `from`; as `to` it stands
 * for now, like `knownAt` everywhere.
 * @throws Refusal 400 when one of the two lies in the future, or `from` after `to`
 */
function demandInOrder({ from, to }: DifferenceParams, clock: Clock): void {
  const isDate: boolean = isDay(from);
  if (isDate && from > clock.today()) throw notComeYet(from, 'from');
  const earlier = instantOf(from, clock, 'from');
  if (to === undefined || earlier <= instantOf(to, clock, 'to')) return;
  throw new Refusal({
    code: 'moments-reversed',
    status: 400,
    detail: `\`from\` (${from}) lies after \`to\` (${to}): nothing can have been learnt in between.`,
    remedy: 'Exchange the two.',
    errors: [{ path: 'from', message: 'lies after `to`' }],
  });
}
