import { createHash } from 'node:crypto';
import type { Clock } from '../clock.js';
import { type Day, endOfLegalDay, isDay } from '../domain/dates.js';
import { Refusal } from '../domain/refusal.js';
import type { MomentParams } from './params.js';
import type { ReadModel } from './read-model.js';

/** The two clocks of a question, settled: what was true on `asOf`, by what was recorded up to the event `seq`. */
export interface Moment {
  readonly asOf: Day;
  readonly seq: number;
  /** Whether `seq` is the last event there is: rows that stand can be read by their own indexes. */
  readonly isCurrent: boolean;
  /** What every answer carries: the position of that event, and the hash of the law. */
  readonly position: string;
  readonly ruleBook: string;
}

/**
 * Settles the two clocks. Call it after `waitFor`, in the same turn as the reading.
 * @throws Refusal 400 for an instant in the future
 */
export function momentOf(model: ReadModel, clock: Clock, { asOf, knownAt }: MomentParams): Moment {
  const { log, rows } = model.current;
  const last = rows.seq();
  const seq = knownAt === undefined ? last : Math.min(last, log.seqKnownAt(instantOf(knownAt, clock)));
  return pinned(model, asOf ?? clock.today(), seq);
}

function pinned(model: ReadModel, asOf: Day, seq: number): Moment {
  const { log, rows } = model.current;
  return {
    asOf,
    seq,
    isCurrent: seq === rows.seq(),
    position: log.positionOf(seq),
    ruleBook: model.law.at(seq).hash,
  };
}

/**
 * The instant that a moment of knowledge stands for: itself, or the end of a day, or now while that day has not ended.
 * @param named the parameter that it was given as
 * @throws Refusal 400 for an instant in the future
 */
export function instantOf(moment: string, clock: Clock, named = 'knownAt'): string {
  const now = clock.now().toISOString();
  const isDate: boolean = isDay(moment);
  if (isDate) {
    const end = endOfLegalDay(moment);
    return end < now ? end : now;
  }
  const instant = new Date(moment).toISOString();
  if (instant <= now) return instant;
  throw notComeYet(moment, named);
}

export function notComeYet(moment: string, named: string): Refusal {
  return new Refusal({
    code: 'known-at-in-future',
    status: 400,
    detail: `${named} is ${moment}, which has not come yet: nobody knows what will be recorded by then.`,
    remedy: named === 'from' ? 'Give a moment up to now.' : `Give an instant up to now, or leave ${named} out.`,
    errors: [{ path: named, message: 'lies in the future' }],
  });
}

/** Where a page ends: the values of the last row's sort columns. */
export type PageKey = readonly (string | number)[];

export interface Page {
  readonly moment: Moment;
  /** The list goes on after these values; null on the first page. */
  readonly after: PageKey | null;
  nextCursor(key: PageKey): string;
}

/**
 * Settles the clocks of a list: the first page by the question, further ones by the cursor, which holds both clocks so
 * that all pages show one moment.
 * @throws Refusal 400 for a cursor that is not of this list
 */
export function pageOf(
  model: ReadModel,
  clock: Clock,
  params: MomentParams & { readonly cursor?: string | undefined },
  filters: Readonly<Record<string, unknown>>,
): Page {
  const mark = markOf({ ...filters, asOf: params.asOf, knownAt: params.knownAt });
  const given = params.cursor === undefined ? null : readCursor(params.cursor, mark);
  if (given !== null && given.seq > model.current.rows.seq()) throw foreignCursor();
  const moment = given === null ? momentOf(model, clock, params) : pinned(model, given.asOf, given.seq);
  return {
    moment,
    after: given?.key ?? null,
    nextCursor: (key) => Buffer.from(JSON.stringify([mark, moment.asOf, moment.seq, ...key])).toString('base64url'),
  };
}

function readCursor(cursor: string, mark: string): { readonly asOf: Day; readonly seq: number; readonly key: PageKey } {
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    throw foreignCursor();
  }
  if (!Array.isArray(parts)) throw foreignCursor();
  const [given, asOf, seq, ...key] = parts as unknown[];
  if (given !== mark || typeof asOf !== 'string' || !isDay(asOf)) throw foreignCursor();
  if (!Number.isSafeInteger(seq) || (seq as number) < 0) throw foreignCursor();
  if (key.length === 0 || !key.every((value) => typeof value === 'string' || typeof value === 'number')) {
    throw foreignCursor();
  }
  return { asOf, seq: seq as number, key: key as PageKey };
}

function foreignCursor(): Refusal {
  return new Refusal({
    code: 'invalid-cursor',
    status: 400,
    detail: 'The cursor does not belong to this list with these filters.',
    remedy: 'Take nextCursor from the page before and keep every other parameter as it was, or begin without a cursor.',
    errors: [{ path: 'cursor', message: 'is not a cursor of this list' }],
  });
}

function markOf(filters: Readonly<Record<string, unknown>>): string {
  const given = Object.entries(filters).filter(([, value]) => value !== undefined);
  const text = JSON.stringify(given.sort(([a], [b]) => (a < b ? -1 : 1)));
  return createHash('sha256').update(text).digest('base64url').slice(0, 8);
}
