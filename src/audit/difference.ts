import { Injectable } from '@nestjs/common';
import { type ExposureSum, NO_EXPOSURE } from '../../projections/exposure.js';
import { obligationOf } from '../../projections/obligations.js';
import type { Clock } from '../clock.js';
import { type Day, isDay, legalDayOf } from '../domain/dates.js';
import { isAmendment } from '../domain/history.js';
import { checkEmployerNumber } from '../domain/identifiers.js';
import { Refusal } from '../domain/refusal.js';
import { stateOn } from '../law/exposure.js';
import type { Obligation, ObligationState } from '../law/obligation.js';
import { exposureSums, type StandingSums } from '../reading/exposure-sums.js';
import type { KeptEvent } from '../reading/kept-log.js';
import { CHOICE_TYPES } from '../reading/law-in-force.js';
import { instantOf, momentOf, notComeYet } from '../reading/moment.js';
import { type ObligationRow, Reading, subjectOf, unknown, View } from '../reading/reading.js';

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

/** An obligation before and after; null where it did not stand. */
export interface ObligationChange {
  readonly id: string;
  readonly rule: string;
  readonly change: 'appeared' | 'withdrawn' | 'changed';
  readonly before: ObligationDays | null;
  readonly after: ObligationDays | null;
  /** The event that made it what it is, or took it away. */
  readonly causedBy: string | null;
}

interface ObligationDays {
  readonly state: ObligationState;
  readonly dueOn: Day | null;
  readonly submittedOn: Day | null;
  readonly metOn: Day | null;
  readonly voidOn: Day | null;
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

/** What was thought to be accrued and at risk, beside what it really was by all that is known at the later moment. */
export interface Lag {
  readonly knownThen: StandingSums;
  readonly trueThen: StandingSums;
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
const NOTHING: StandingSums = { accrued: NO_EXPOSURE, atRisk: NO_EXPOSURE };

type VersionRow = ObligationRow & { readonly known_from: number; readonly known_until: number };

/** What changed in our knowledge between two moments. */
@Injectable()
export class Differences {
  constructor(private readonly reading: Reading) {}

  /** @throws Refusal 400 when a moment lies in the future or the two are the wrong way round */
  async between(params: DifferenceParams): Promise<Difference> {
    const { parts } = this.reading;
    await this.reading.at({ after: params.after });
    const { model, clock } = parts;
    const asOf = params.asOf ?? (params.from.length === 10 ? params.from : legalDayOf(params.from));
    demandInOrder(params, clock);
    const earlier = new View(parts, momentOf(model, clock, { asOf, knownAt: params.from }));
    const later = new View(parts, momentOf(model, clock, { asOf, knownAt: params.to }));
    if (params.employer !== undefined) demandEmployer(later, params.employer);
    const page = streamsPage(later, earlier.moment.seq, params);
    const items = page.streams.map((stream) => differenceOf(earlier, later, stream));
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
      nextCursor: page.next === null ? null : cursorOf(later.moment.seq, page.next),
      position: later.moment.position,
      ruleBook: later.moment.ruleBook,
    };
  }
}

/** The same day's exposure by the knowledge of two moments. */
export function lagBetween(earlier: View, later: View, employer?: string): Difference['knowledgeLag'] {
  const question = { groupBy: 'employer', horizon: HORIZON_DAYS, employer } as const;
  const then = exposureSums(earlier, question);
  const truth = exposureSums(later, question);
  const bins = [...new Set([...then.keys(), ...truth.keys()])].filter((bin) => bin !== null).sort();
  const lags = bins.map((employerBin) => ({
    employerBin,
    knownThen: then.get(employerBin) ?? NOTHING,
    trueThen: truth.get(employerBin) ?? NOTHING,
  }));
  const total = { horizon: HORIZON_DAYS, employer } as const;
  return {
    total: {
      knownThen: exposureSums(earlier, total).get(null) ?? NOTHING,
      trueThen: exposureSums(later, total).get(null) ?? NOTHING,
    },
    employers: lags.filter(({ knownThen, trueThen }) => !isSame(knownThen, trueThen)),
  };
}

function isSame(a: StandingSums, b: StandingSums): boolean {
  const same = (x: ExposureSum, y: ExposureSum) =>
    x.obligations === y.obligations && x.mciMin === y.mciMin && x.mciMax === y.mciMax && x.tengeMax === y.tengeMax;
  return same(a.accrued, b.accrued) && same(a.atRisk, b.atRisk);
}

/** The next streams with events in between, or changed by another law in between, by number. */
function streamsPage(later: View, fromSeq: number, { limit, cursor, employer }: DifferenceParams) {
  const after = cursor === undefined ? 0 : readCursor(cursor, later.moment.seq);
  // Only another law changes the rows of streams that have no events in between; then all rows are gone through.
  const changed = hasNewLaw(later, fromSeq)
    ? `UNION SELECT o.stream FROM obligations o
       WHERE (o.known_from > ${Number(fromSeq)} AND o.known_from <= ${Number(later.moment.seq)})
          OR (o.known_until > ${Number(fromSeq)} AND o.known_until <= ${Number(later.moment.seq)})`
    : '';
  const ofEmployer =
    employer === undefined
      ? ''
      : `AND (c.stream IN (SELECT stream FROM status WHERE employer = ?)
           OR c.stream IN (SELECT number FROM log.streams WHERE name = 'employer-' || ?))`;
  const streams = later
    .all<{ stream: number }>(
      `SELECT DISTINCT c.stream FROM
         (SELECT e.stream FROM log.events e WHERE e.seq > ? AND e.seq <= ? ${changed}) c
       JOIN log.streams s ON s.number = c.stream
       WHERE s.name NOT GLOB 'law-*' AND c.stream > ? ${ofEmployer} ORDER BY c.stream LIMIT ?`,
      fromSeq,
      later.moment.seq,
      after,
      ...(employer === undefined ? [] : [employer, employer]),
      limit + 1,
    )
    .map(({ stream }) => stream);
  const shown = streams.slice(0, limit);
  return { streams: shown, next: streams.length > limit ? (shown.at(-1) ?? null) : null };
}

/** Whether a rule book was adopted, or a reading chosen, after an event and by the moment. */
function hasNewLaw(later: View, fromSeq: number): boolean {
  const { law, current } = later.parts.model;
  return (
    law.adoptions(later.moment.seq).some(({ seq, replaces }) => seq > fromSeq && replaces !== null) ||
    current.log.employersWith(CHOICE_TYPES, fromSeq, later.moment.seq).length > 0
  );
}

function differenceOf(earlier: View, later: View, stream: number): StreamDifference {
  const events = later.parts.model.current.log.betweenOf(
    [stream],
    earlier.moment.seq,
    later.moment.seq,
    Number.MAX_SAFE_INTEGER,
  );
  const { log } = later.parts.model.current;
  const name = later.get<{ name: string }>('SELECT name FROM log.streams WHERE number = ?', stream)?.name ?? '';
  const rows = later.all<VersionRow>(
    `SELECT o.*, s.name AS stream_name FROM obligations o JOIN log.streams s ON s.number = o.stream
     WHERE o.stream = ? AND o.known_from <= ? AND o.known_until > ? ORDER BY o.key, o.known_from`,
    stream,
    later.moment.seq,
    earlier.moment.seq,
  );
  const changes = [...versionsByKey(rows).entries()].flatMap(([id, versions]) => {
    const before = versions.find((row) => row.known_from <= earlier.moment.seq);
    const after = versions.find((row) => row.known_until > later.moment.seq);
    if (before === after) return [];
    const change = changeOf(later.asOf, id, before, after);
    if (change === null) return [];
    const seq = after === undefined ? versions.at(-1)?.known_until : after.known_from;
    return [{ ...change, causedBy: seq === undefined ? null : (log.after(seq - 1, 1)[0]?.id ?? null) }];
  });
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

function versionsByKey(rows: readonly VersionRow[]): ReadonlyMap<string, readonly VersionRow[]> {
  const versions = new Map<string, VersionRow[]>();
  for (const row of rows) versions.set(row.key, [...(versions.get(row.key) ?? []), row]);
  return versions;
}

function changeOf(asOf: Day, id: string, before: VersionRow | undefined, after: VersionRow | undefined) {
  const was = before === undefined ? null : obligationOf(id, before);
  const is = after === undefined ? null : obligationOf(id, after);
  if (was === null && is === null) return null;
  const days = (obligation: Obligation | null): ObligationDays | null =>
    obligation === null
      ? null
      : {
          state: stateOn(obligation, asOf),
          dueOn: obligation.dueOn,
          submittedOn: obligation.submittedOn,
          metOn: obligation.metOn,
          voidOn: obligation.voidOn,
        };
  return {
    id,
    rule: (is ?? was)?.rule ?? '',
    change: was === null ? ('appeared' as const) : is === null ? ('withdrawn' as const) : ('changed' as const),
    before: days(was),
    after: days(is),
  };
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

/** @throws Refusal 400 for a number that was never issued, 404 for an employer of which nothing is known at the moment */
function demandEmployer(view: View, bin: string): void {
  const { problem } = checkEmployerNumber(bin);
  if (problem !== null) {
    throw new Refusal({
      code: 'invalid-request',
      status: 400,
      detail: `employer: ${problem}`,
      remedy: 'Check the number of the employer.',
      errors: [{ path: 'employer', message: problem }],
    });
  }
  const isKnown = view.get<{ known: number }>(
    `SELECT 1 AS known WHERE EXISTS (SELECT 1 FROM status WHERE employer = ?1 AND known_from <= ?2)
       OR EXISTS (SELECT 1 FROM log.events e JOIN log.streams s ON s.number = e.stream
                  WHERE s.name = 'employer-' || ?1 AND e.seq <= ?2)`,
    bin,
    view.moment.seq,
  );
  if (isKnown === undefined) throw unknown('employer', bin);
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
