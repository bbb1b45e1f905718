import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { StreamableFile } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { AccessEntry } from '../audit/access-log.js';
import type { Replay, ReplayParams, ReplaySubject } from '../audit/replays.js';
import { BEFORE_ALL, type LedgerStep, type StepPlace } from '../audit/steps.js';
import type { VerificationLine } from '../audit/verification.js';
import { addDays, type Day, endOfLegalDay, isDay } from '../domain/dates.js';
import { NDJSON } from './accept.js';
import { InvalidInput } from './problem.js';

/** Lines joined before they go out: one write a line would cost more than the line. */
const CHUNK_BYTES = 64 * 1024;

/**
 * Lines are streamed from the first to the last: a part that was asked for would be taken for the whole.
 * @throws InvalidInput
 */
export function refusePaging({ query }: Pick<FastifyRequest, 'query'>): void {
  const given = ['cursor', 'limit'].filter((name) => Object.hasOwn(query as object, name));
  if (given.length === 0) return;
  const message = `is for pages, and ${NDJSON} brings all lines at once: leave it out, or ask for application/json`;
  throw new InvalidInput(given.map((path) => ({ path, message })));
}

/** Streams lines as they are made; the caller's pace sets ours. */
export function ndjson(source: Replay | AsyncIterable<VerificationLine>): StreamableFile {
  const lines = 'steps' in source ? replayLines(source) : textLines(source);
  return new StreamableFile(Readable.from(lines, { highWaterMark: 4 }), { type: `${NDJSON}; charset=utf-8` });
}

async function* replayLines(replay: Replay): AsyncGenerator<string> {
  let steps = 0;
  let chunk = '';
  for (const step of replay.steps()) {
    if (step !== null) {
      steps += 1;
      chunk += `${JSON.stringify(step)}\n`;
      if (chunk.length < CHUNK_BYTES) continue;
      yield chunk;
      chunk = '';
    }
    // Others want to be answered too.
    await nextTurn();
  }
  const { ruleBook } = replay;
  const { position } = replay.view.moment;
  yield `${chunk}${JSON.stringify({ end: true, steps, position, ruleBook })}\n`;
}

async function* textLines(lines: AsyncIterable<VerificationLine>): AsyncGenerator<string> {
  for await (const line of lines) yield `${JSON.stringify(line)}\n`;
}

/** One page of a replay; the cursor holds the moment, so that all pages show the same. */
export async function pageOfSteps(
  replay: Replay,
  subject: ReplaySubject,
  params: ReplayParams & { readonly limit: number; readonly cursor?: string | undefined },
) {
  const { ruleBook } = replay;
  const { seq, position } = replay.view.moment;
  const { limit, cursor, until, knownAt, law, horizon } = params;
  const mark = markOf([subject, until, knownAt, law, horizon]);
  const from = cursor === undefined ? { after: BEFORE_ALL, until: seq } : readCursor(cursor, mark);
  const items: LedgerStep[] = [];
  let isMore = false;
  for (const step of replay.steps(from.after)) {
    if (step === null) {
      await nextTurn();
      continue;
    }
    if (step.seq > from.until) break;
    isMore = items.length === limit;
    if (isMore) break;
    items.push(step);
  }
  const last = items.at(-1);
  const place = isMore && last !== undefined ? replay.placeOf(last) : null;
  const next = place === null ? null : [mark, place.seq, place.stream, from.until];
  const nextCursor = next === null ? null : Buffer.from(JSON.stringify(next)).toString('base64url');
  return { items, nextCursor, position, ruleBook };
}

function markOf(filters: object): string {
  return createHash('sha256').update(JSON.stringify(filters)).digest('base64url').slice(0, 8);
}

function readCursor(cursor: string, mark: string): { readonly after: StepPlace; readonly until: number } {
  const [given, seq, stream, until] = partsOf(cursor);
  if (given === mark && isCount(seq) && isCount(stream) && isCount(until)) return { after: { seq, stream }, until };
  throw foreignCursor();
}

/**
 * The period of a question about the access log as instants: days are those of Almaty, from the begin of the first to the end
 * of the last.
 * @throws InvalidInput when it ends before it begins
 */
export function periodOf(from: string | undefined, until: string | undefined) {
  const first = from === undefined ? undefined : isDay(from) ? beginOfLegalDay(from) : new Date(from).toISOString();
  const last = until === undefined ? undefined : isDay(until) ? endOfLegalDay(until) : new Date(until).toISOString();
  if (first !== undefined && last !== undefined && first > last)
    throw new InvalidInput(
      [{ path: 'from', message: 'lies after `until`: exchange the two' }],
      400,
      'moments-reversed',
    );
  return { from: first, until: last };
}

function beginOfLegalDay(day: Day): string {
  return new Date(Date.parse(endOfLegalDay(addDays(day, -1))) + 1).toISOString();
}

/** Where a page of the access log goes on. */
export function readAccessCursor(cursor: string | undefined): Pick<AccessEntry, 'request' | 'person'> | undefined {
  if (cursor === undefined) return undefined;
  const [request, person] = partsOf(cursor);
  if (isCount(request) && typeof person === 'string') return { request, person };
  throw foreignCursor();
}

export function writeAccessCursor(last: AccessEntry | undefined): string | null {
  return last === undefined ? null : Buffer.from(JSON.stringify([last.request, last.person])).toString('base64url');
}

function partsOf(cursor: string): readonly unknown[] {
  try {
    const parts = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as unknown;
    return Array.isArray(parts) ? (parts as unknown[]) : [];
  } catch {
    return [];
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function foreignCursor(): InvalidInput {
  return new InvalidInput([
    {
      path: 'cursor',
      message: 'is not a cursor of this list: take nextCursor from the page before, with the same parameters',
    },
  ]);
}
