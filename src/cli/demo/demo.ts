import { SystemClock } from '../../clock.js';
import type { Config } from '../../config.js';
import { isDay } from '../../domain/dates.js';
import { type Connection, connect, eventsPath, send, throwAway, told } from '../connection.js';
import { exposureTable, type ListedObligation, obligationTable } from '../lists.js';
import { grouped, type Output, Refused, WrongUse } from '../output.js';
import { type Sample, type SampleEvent, sampleEmployer } from './sample.js';

/** Last day of the sample, the same on every machine whose calendar has reached it. */
const LAST_DAY = '2026-10-30';

/** Workers whose events are sent at the same time. */
const AT_ONCE = 32;

export interface DemoOptions {
  readonly workers: string;
  readonly until?: string;
  readonly keep?: boolean;
}

/**
 * `npm run demo`: records a generated employer through the same road as everybody, reads back what is due and what it
 * costs, and tells it as a story. Into a throw-away ledger unless `keep` is given.
 */
export async function demo(
  config: Config,
  output: Output,
  { workers, until, keep = false }: DemoOptions,
): Promise<void> {
  const count = Number(workers);
  if (!Number.isInteger(count) || count < 1 || count > 10_000)
    throw new WrongUse('--workers must be a whole number from 1 to 10000.');
  if (until !== undefined && !isDay(until)) throw new WrongUse('--until must be a day such as 2026-10-30.');
  const today = new SystemClock().today();
  const sample = sampleEmployer({ until: until ?? (today < LAST_DAY ? today : LAST_DAY), workers: count });
  const connection = await (keep ? connect(config) : throwAway(config));
  try {
    const startedAt = performance.now();
    const position = await recordSample(connection, sample);
    const seconds = (performance.now() - startedAt) / 1000;
    await tell({ connection, output, sample, position, seconds, kept: keep });
  } finally {
    await connection.close();
  }
}

/** Records all events, each worker's in order and many workers beside each other. Answers the last position. */
export async function recordSample(connection: Connection, { events }: Sample): Promise<string> {
  let last = 0n;
  const post = async (event: SampleEvent, ids: Map<string, string>, index: number) => {
    const { stream, type, occurredOn, data, key, about } = event;
    const aboutId = about === undefined ? undefined : ids.get(about);
    const { answer } = await send<{ events: { id: string }[]; position: string }>(connection, {
      method: 'POST',
      path: eventsPath(stream.kind, stream.id),
      body: { type, occurredOn, data: aboutId === undefined ? data : { ...data, eventId: aboutId } },
      headers: { 'idempotency-key': `demo:${stream.id}:${index}`, 'ledger-actor': 'demo' },
    }).catch((error: unknown) => {
      throw new Refused(
        `${type} of ${stream.kind} ${stream.id} on ${occurredOn} was refused: ${error instanceof Error ? error.message : told(0, error)}`,
      );
    });
    if (key !== undefined && answer.events[0] !== undefined) ids.set(key, answer.events[0].id);
    if (BigInt(answer.position) > last) last = BigInt(answer.position);
  };
  const streams = new Map<string, SampleEvent[]>();
  for (const event of events) streams.set(event.stream.id, [...(streams.get(event.stream.id) ?? []), event]);
  const record = async (list: readonly SampleEvent[]) => {
    const ids = new Map<string, string>();
    for (const [index, event] of list.entries()) await post(event, ids, index);
  };
  const workers = [...streams.values()].filter((list) => list[0]?.stream.kind === 'worker');
  for (const list of streams.values()) if (list[0]?.stream.kind === 'employer') await record(list);
  // One refusal ends it: the others finish what they have under way before the ledger is closed.
  const lanes = await Promise.allSettled(
    Array.from({ length: AT_ONCE }, async () => {
      for (let next = workers.pop(); next !== undefined; next = workers.pop()) {
        await record(next).catch((error: unknown) => {
          workers.length = 0;
          throw error;
        });
      }
    }),
  );
  for (const lane of lanes) if (lane.status === 'rejected') throw lane.reason;
  return String(last);
}

interface Story {
  readonly connection: Connection;
  readonly output: Output;
  readonly sample: Sample;
  readonly position: string;
  readonly seconds: number;
  readonly kept: boolean;
}

async function tell({ connection, output, sample, position, seconds, kept }: Story): Promise<void> {
  const { employer, asOf, events, mistakes } = sample;
  const get = async <T>(path: string, query: Record<string, string> = {}): Promise<T> =>
    (
      await send<T>(connection, {
        method: 'GET',
        path: `${path}?${new URLSearchParams({ asOf, after: position, ...query })}`,
      })
    ).answer;
  const overdue = await all<ListedObligation>(get, '/v1/obligations', { employer: employer.bin, state: 'overdue' });
  const due = await all<ListedObligation>(get, '/v1/obligations', { employer: employer.bin, state: 'due' });
  const byRule = await get<Parameters<typeof exposureTable>[0]>('/v1/exposure', {
    groupBy: 'rule',
    employer: employer.bin,
  });
  const worst = [...overdue].sort(
    (a, b) => (b.exposure?.tengeMax ?? 0) - (a.exposure?.tengeMax ?? 0) || (b.daysOverdue ?? 0) - (a.daysOverdue ?? 0),
  )[0];
  const traced =
    worst === undefined
      ? null
      : await get<{ trace?: { arithmetic?: unknown } }>(`/v1/obligations/${encodeURIComponent(worst.id)}`);
  if (output.json)
    return output.line(
      JSON.stringify(
        {
          employer,
          asOf,
          events: events.length,
          position,
          mistakes: Object.fromEntries(mistakes),
          overdue,
          due,
          exposure: byRule,
        },
        null,
        2,
      ),
    );

  const workers = new Set(events.filter(({ stream }) => stream.kind === 'worker').map(({ stream }) => stream.id)).size;
  output.line(
    `${employer.name} (BIN ${employer.bin}) exists only here. It has employed ${workers} foreign workers over three years, up to ${asOf}.`,
  );
  output.line(
    `${grouped(events.length)} events were recorded in ${seconds.toFixed(1)} s, each on disk before it was answered (${grouped(Math.round(events.length / seconds))} a second).`,
  );
  output.line('\nWhat went wrong in those years, as it does everywhere:');
  for (const [mistake, who] of [...mistakes].sort((a, b) => b[1].length - a[1].length))
    output.line(`  ${String(who.length).padStart(4)}  ${mistake}`);
  output.line(
    `\nAs of ${asOf} ${overdue.length} duties are overdue and ${due.length} are due. Those that cost something, the longest overdue first:\n`,
  );
  output.line(
    obligationTable(
      overdue
        .filter(({ exposure }) => exposure !== null)
        .sort((a, b) => (b.daysOverdue ?? 0) - (a.daysOverdue ?? 0))
        .slice(0, 10),
    ),
  );
  output.line('\nWhat it may cost, in monthly calculation indexes and in tenge:\n');
  output.line(exposureTable(byRule, 'rule'));
  if (worst !== undefined) {
    output.line(
      `\nThe dearest one: ${worst.rule} of worker ${worst.workerId}, due ${worst.dueOn}, ${worst.daysOverdue} days late.`,
    );
    const arithmetic = traced?.trace?.arithmetic;
    if (typeof arithmetic === 'string') output.line(`How its cost was worked out: ${arithmetic}`);
  }
  if (kept && connection.url !== null) {
    output.line('\nWhat to look at next:');
    output.line(`  ${connection.url}/v1/exposure?groupBy=worker&asOf=${asOf}&employer=${employer.bin}`);
    output.line(`  ${connection.url}/v1/obligations?state=overdue&asOf=${asOf}&employer=${employer.bin}`);
    if (worst !== undefined)
      output.line(`  ${connection.url}/v1/obligations/${encodeURIComponent(worst.id)}?asOf=${asOf}   with its trace`);
    if (worst?.workerId)
      output.line(`  ${connection.url}/v1/workers/${worst.workerId}/events   the whole story of that worker`);
    output.line(`  ${connection.url}/docs`);
  } else {
    output.line(
      '\nThis ledger was thrown away. To look around in one: npm start, then in another window npm run demo -- --keep',
    );
  }
}

async function all<T>(
  get: <A>(path: string, query: Record<string, string>) => Promise<A>,
  path: string,
  query: Record<string, string>,
): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | null = null;
  do {
    const page: { items: T[]; nextCursor: string | null } = await get(path, {
      ...query,
      limit: '500',
      ...(cursor === null ? {} : { cursor }),
    });
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return items;
}
