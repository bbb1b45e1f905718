import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EventStore } from '../../src/ledger/event-store.js';
import { UNKNOWN_BIN } from '../api/people.js';
import { AIGUL, BIN, type Json, MEHMET, Office } from './kit.js';

const office = new Office();
const rules = (list: readonly { readonly rule: string }[]) => list.map(({ rule }) => rule);
let arrival = '';

// Mehmet arrives on 12 January and the notice of the 15th is in time. On the 20th the office learns that he came on the
// 8th, so the notice was late. In February it turns out that the stamp was another worker's, and it is corrected again.
beforeAll(async () => {
  await office.open();
  await office.withMehmet();
  office.at('2026-01-12T05:00:00.000Z');
  arrival = await office.worker(MEHMET, 'Arrived', '2026-01-12', {
    region: 'KZ-75',
    address: 'Abay 1',
    purpose: 'work',
  });
  office.at('2026-01-15T05:00:00.000Z');
  await office.worker(MEHMET, 'NotificationSubmitted', '2026-01-15', { about: 'arrival', channel: 'vmp' });
  await office.worker(MEHMET, 'NotificationAcknowledged', '2026-01-15', { about: 'arrival', channel: 'vmp' });
  office.at('2026-01-20T05:00:00.000Z');
  await office.correct(MEHMET, arrival, { occurredOn: '2026-01-08', reason: 'the stamp in the passport says so' });
  office.at('2026-02-02T05:00:00.000Z');
  await office.correct(MEHMET, arrival, { occurredOn: '2026-01-12', reason: 'the stamp was of another worker' });
  office.at('2026-02-10T05:00:00.000Z');
});

afterAll(() => office.remove());

describe('"What did you know on that day, and what was true?"', () => {
  it('answers with what had been recorded by then', async () => {
    const known = async (knownAt: string) =>
      (await office.get(`/v1/exposure?groupBy=worker&asOf=2026-01-16&knownAt=${knownAt}`)).body.total.accrued;
    expect(await known('2026-01-16')).toMatchObject({ obligations: 0 });
    expect(await known('2026-01-20')).toMatchObject({ obligations: 1 });
    expect(await known('2026-02-03')).toMatchObject({ obligations: 0 });
  });

  it('tells what the lag of our knowledge was worth, in all and by employer, and what brought it', async () => {
    const { status, body } = await office.get('/v1/audit/difference?from=2026-01-16&to=2026-01-20');
    expect(status).toBe(200);
    expect(body.asOf).toBe('2026-01-16');
    expect(body.knowledgeLag.total.knownThen.accrued).toMatchObject({ obligations: 0, mciMin: 0 });
    expect(body.knowledgeLag.total.trueThen.accrued).toMatchObject({ obligations: 1 });
    expect(body.knowledgeLag.total.trueThen.accrued.tengeMin).toBeGreaterThan(0);
    expect(body.knowledgeLag.employers).toEqual([expect.objectContaining({ employerBin: BIN })]);
    const [worker] = body.items;
    expect(worker).toMatchObject({ subject: 'worker', id: MEHMET, employerBin: BIN });
    expect(worker.events).toEqual([
      expect.objectContaining({ type: 'EventCorrected', amends: arrival, recordedBy: 'aigerim.s' }),
    ]);
    const notice = worker.obligations.find((change: Json) => change.rule === 'notify-arrival');
    expect(notice).toMatchObject({ change: 'changed', causedBy: worker.events[0].eventId });
    expect(notice.before.dueOn > notice.after.dueOn).toBe(true);
  });

  it('tells only of what changed: the one duty that a notice met, on the day on which it met it and not before', async () => {
    const asOf = async (day: string) =>
      (await office.get(`/v1/audit/difference?from=2026-01-14&to=2026-01-16&asOf=${day}`)).body.items[0];
    const onTheEve = await asOf('2026-01-14');
    expect([onTheEve.events.length, onTheEve.obligations]).toEqual([2, []]);
    const { events, obligations } = await asOf('2026-01-15');
    expect(obligations).toHaveLength(1);
    expect(obligations).toMatchObject([
      { rule: 'notify-arrival', change: 'changed', before: { metOn: null }, after: { metOn: '2026-01-15' } },
    ]);
    expect(events.map(({ eventId }: Json) => eventId)).toContain(obligations[0].causedBy);
  });

  it('finds nothing where nothing was learnt, and goes through the workers page by page', async () => {
    expect((await office.get('/v1/audit/difference?from=2026-01-16&to=2026-01-17')).body.items).toEqual([]);
    const first = (await office.get('/v1/audit/difference?from=2026-01-01&to=2026-02-09&limit=1')).body;
    expect(first.items).toHaveLength(1);
    const second = (
      await office.get(`/v1/audit/difference?from=2026-01-01&to=2026-02-09&limit=1&cursor=${first.nextCursor}`)
    ).body;
    expect(second.items.map(({ id }: Json) => id)).not.toEqual(first.items.map(({ id }: Json) => id));
  });

  it('refuses moments in the future, and says which of the two it is', async () => {
    const refused = async (query: string) => {
      const { status, body } = await office.get(`/v1/audit/difference?${query}`);
      expect(body.detail).not.toContain('knownAt');
      return [status, body.code, body.errors[0].path];
    };
    // The office asks on 10 February, at ten in Almaty.
    expect(await refused('from=2027-01-01T00:00:00Z')).toEqual([400, 'known-at-in-future', 'from']);
    expect(await refused('from=2026-02-11')).toEqual([400, 'known-at-in-future', 'from']);
    expect(await refused('from=2026-02-01&to=2026-02-10T05:00:00.001Z')).toEqual([400, 'known-at-in-future', 'to']);
    // Today, and a day to come as the later moment, stand for now.
    expect((await office.get('/v1/audit/difference?from=2026-02-10')).body.items).toEqual([]);
    expect((await office.get('/v1/audit/difference?from=2026-02-01&to=2026-12-31')).body.items).toHaveLength(1);
  });

  it('refuses moments the wrong way round, whatever was recorded in between', async () => {
    const status = async (from: string, to: string) =>
      (await office.get(`/v1/audit/difference?from=${encodeURIComponent(from)}&to=${encodeURIComponent(to)}`)).body
        .code ?? 200;
    expect(await status('2026-02-01', '2026-01-06')).toBe('moments-reversed');
    expect(await status('2020-01-02', '2020-01-01')).toBe('moments-reversed');
    expect(await status('2020-01-01', '2020-01-01')).toBe(200);
    // The first of January 2020 ends in Almaty at six in the evening in London.
    expect(await status('2020-01-01T18:00:00Z', '2020-01-01')).toBe('moments-reversed');
    expect(await status('2020-01-01T17:59:59Z', '2020-01-01')).toBe(200);
    expect(await status('2020-01-01T12:00:00+06:00', '2020-01-01T06:00:00Z')).toBe(200);
    expect(await status('2020-01-01T12:00:00.001+06:00', '2020-01-01T06:00:00Z')).toBe('moments-reversed');
    // Today stands for now.
    expect(await status('2026-02-10', '2026-02-10T04:59:59Z')).toBe('moments-reversed');
  });
});

describe('An auditor who mistypes a question', () => {
  it('is told of an employer that nobody knows, or whose number was never issued, instead of zeros', async () => {
    const of = (employer: string) =>
      office.get(`/v1/audit/difference?from=2026-01-16&to=2026-01-20&employer=${employer}`);
    expect((await of(BIN)).status).toBe(200);
    const stranger = await of(UNKNOWN_BIN);
    expect([stranger.status, stranger.body.code]).toEqual([404, 'unknown-employer']);
    const mistyped = await of(`${BIN.slice(0, 11)}${(Number(BIN.at(-1)) + 1) % 10}`);
    expect([mistyped.status, mistyped.body.errors]).toEqual([
      400,
      [{ path: 'employer', message: expect.stringContaining('check digit') }],
    ]);
    const early = await office.get(`/v1/audit/difference?from=2026-01-01&to=2026-01-02&employer=${BIN}`);
    expect(early.status).toBe(404);
  });
});

describe('"Who recorded it, and when? Show me step by step."', () => {
  it('replays the worker, each step with what it opened, closed and cost', async () => {
    const { status, body } = await office.get(`/v1/workers/${MEHMET}/replay`);
    expect(status).toBe(200);
    expect(body.items.map(({ event }: Json) => event.type)).toEqual([
      'WorkerRegistered',
      'Arrived',
      'NotificationSubmitted',
      'NotificationAcknowledged',
      'EventCorrected',
      'EventCorrected',
    ]);
    const [, arrived, , acknowledged, moved, back] = body.items;
    expect(arrived.event).toMatchObject({ recordedBy: 'aigerim.s', recordedAt: '2026-01-12T05:00:00.000Z' });
    expect(rules(arrived.opened)).toContain('notify-arrival');
    expect(rules(acknowledged.closed)).toContain('notify-arrival');
    expect(moved.event).toMatchObject({ amends: arrival, reason: 'the stamp in the passport says so' });
    expect(moved.exposure.accrued.obligations).toBe(1);
    expect(back.exposure.accrued.obligations).toBe(0);
  });

  it('stops where the auditor says, and forgets what was recorded later', async () => {
    const until = (await office.get(`/v1/workers/${MEHMET}/replay?until=2026-01-15`)).body.items;
    expect(until).toHaveLength(4);
    const then = (await office.get(`/v1/workers/${MEHMET}/replay?knownAt=2026-01-16`)).body.items;
    expect(then).toHaveLength(4);
  });

  it('goes on page by page with the same steps as the stream of lines', async () => {
    const items: Json[] = [];
    let cursor: string | null = null;
    do {
      const query: string = cursor === null ? '' : `&cursor=${cursor}`;
      const page: Json = (await office.get(`/v1/audit/replay?limit=3${query}`)).body;
      items.push(...page.items);
      cursor = page.nextCursor;
    } while (cursor !== null);
    const lines = (await office.get('/v1/audit/replay', { accept: 'application/x-ndjson' })).text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Json);
    expect(lines.at(-1)).toMatchObject({ end: true, steps: items.length });
    expect(lines.slice(0, -1)).toEqual(items);
    const employer = (await office.get(`/v1/employers/${BIN}/replay`)).body.items;
    expect(employer).toEqual(items.filter(({ after }) => after.kind !== 'law'));
    expect(items.filter(({ after }) => after.kind === 'law')).toHaveLength(1);
  });

  it('gives all lines or none: a part of them is refused, on every route', async () => {
    for (const subject of ['audit', `workers/${MEHMET}`, `employers/${BIN}`]) {
      for (const [name, value] of Object.entries({ cursor: 'abc', limit: '3' })) {
        const path = `/v1/${subject}/replay?${name}=${value}`;
        const { status, body } = await office.get(path, { accept: 'application/x-ndjson' });
        expect([path, status, body?.errors?.[0]?.path]).toEqual([path, 400, name]);
        expect(body.detail).toContain('leave it out, or ask for application/json');
      }
    }
  });

  it.each([
    ['APPLICATION/X-NDJSON', true],
    ['application/x-ndjson; q=0.5', true],
    ['application/x-ndjson, */*;q=0.1', true],
    ['application/json;q=0.9, application/x-ndjson', true],
    ['application/x-ndjson;q=0', false],
    ['application/x-ndjson; Q=0.0, */*', false],
    ['application/json, application/x-ndjson;q=0.5', false],
    ['application/*', false],
    ['text/x-application/x-ndjson', false],
  ])('reads the header Accept as it is meant: %s', async (accept, areLines) => {
    const { headers } = await office.get('/v1/audit/replay', { accept });
    const type = areLines ? 'application/x-ndjson' : 'application/json';
    expect(headers['content-type']).toBe(`${type}; charset=utf-8`);
  });

  it('judges by an adopted rule book, and says so when asked for one that was never adopted', async () => {
    const { ruleBook } = (await office.get(`/v1/workers/${MEHMET}/replay`)).body;
    expect((await office.get(`/v1/workers/${MEHMET}/replay?law=${ruleBook.slice(0, 12)}`)).status).toBe(200);
    for (const law of ['deadbeefdeadbeef', '2026-01-01']) {
      const answer = await office.get(`/v1/workers/${MEHMET}/replay?law=${law}`);
      expect([answer.status, answer.body.code]).toEqual([422, 'law-not-adopted']);
    }
  });

  it('knows no worker that was never registered', async () => {
    expect((await office.get(`/v1/workers/${AIGUL}/replay`)).status).toBe(404);
  });
});

describe('"Was anything changed afterwards?"', () => {
  it('recomputes the chain of everything from the store', async () => {
    const { status, body } = await office.get('/v1/audit/verification');
    expect(status).toBe(200);
    expect(body).toMatchObject({ intact: true, unchained: 0, damaged: 0, firstDamage: null, streams: 3 });
    expect(body.events).toBe(8);
  });

  it('reports as it goes when asked for lines', async () => {
    const { text } = await office.get('/v1/audit/verification', { accept: 'application/x-ndjson' });
    expect(JSON.parse(text.trimEnd().split('\n').at(-1) ?? '')).toMatchObject({ report: { intact: true, events: 8 } });
  });

  it('names the event that somebody wrote past the ledger', async () => {
    const store = new EventStore(office.ledger.storeUrl);
    const stream = `worker-${MEHMET}`;
    const written = await store.read(stream);
    const last = written.at(-1);
    const metadata = { ...(last?.metadata as Record<string, unknown>), actor: 'nobody' };
    const id = '11111111-1111-4111-8111-111111111111';
    await store.append(
      stream,
      [{ id, type: 'Departed', data: { occurredOn: '2026-02-09' }, metadata }],
      written.length - 1,
    );
    await store.close();
    const { body } = await office.get('/v1/audit/verification');
    expect(body).toMatchObject({ intact: false, damaged: 1 });
    expect(body.firstDamage).toMatchObject({ kind: 'changed-content', eventId: id, stream, revision: written.length });
    expect(body.firstDamage.what).toContain(id);
  });
});
