import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Json, startLedger, type TestLedger } from './ledger.js';
import { arrived, BIN, employerRegistered, UNKNOWN_BIN, workerId, workerRegistered } from './people.js';

const WORKER = workerId(1);
const NOBODY = workerId(99);
const events = `/v1/workers/${WORKER}/events`;
const with_ = (event: Json, over: Json, data: Json = {}) => ({ ...event, ...over, data: { ...event.data, ...data } });
const without = (event: Json, field: string) => {
  const { [field]: _left, ...data } = event.data;
  return { ...event, data };
};

interface Case {
  readonly what: string;
  readonly path: string;
  readonly body: unknown;
  readonly status: number;
  /** Where it is wrong, where there is a place. */
  readonly place?: string;
  /** What the answer must say: the reason, and the value unless it is personal. */
  readonly says: RegExp;
  /** Personal values that must not come back. */
  readonly hides?: string;
}

const cases: readonly Case[] = [
  {
    what: 'an unknown type',
    path: events,
    body: with_(arrived, { type: 'Arived' }),
    status: 400,
    place: 'type',
    says: /"Arived" is no event type/,
  },
  {
    what: 'a missing field',
    path: events,
    body: without(arrived, 'region'),
    status: 400,
    place: 'data.region',
    says: /missing/,
  },
  {
    what: 'an extra field',
    path: events,
    body: with_(arrived, {}, { hotel: 'Rixos' }),
    status: 400,
    place: 'data.hotel',
    says: /no field of Arrived/,
  },
  {
    what: 'an extra field beside data',
    path: events,
    body: { ...arrived, when: 'now' },
    status: 400,
    place: 'when',
    says: /not known/,
  },
  {
    what: 'an impossible date',
    path: events,
    body: with_(arrived, { occurredOn: '2024-02-30' }),
    status: 400,
    place: 'occurredOn',
    says: /"2024-02-30" is not a date/,
  },
  {
    what: 'a day in the future',
    path: events,
    body: with_(arrived, { occurredOn: '2026-11-23' }),
    status: 400,
    place: 'occurredOn',
    says: /2026-11-23 lies in the future/,
  },
  {
    what: 'an IIN with a wrong check digit',
    path: events,
    body: { type: 'IinAssigned', occurredOn: '2024-12-01', data: { iin: '880417301234' } },
    status: 400,
    place: 'data.iin',
    says: /check digit/,
    hides: '880417301234',
  },
  {
    what: 'a BIN with a wrong check digit',
    path: `/v1/employers/230640000019/events`,
    body: employerRegistered,
    status: 400,
    place: 'bin',
    says: /check digit/,
  },
  {
    what: 'a BIN with letters',
    path: `/v1/employers/23064000001X/events`,
    body: employerRegistered,
    status: 400,
    place: 'bin',
    says: /12 digits/,
  },
  {
    what: 'a region that does not exist',
    path: events,
    body: with_(arrived, {}, { region: 'KZ-99' }),
    status: 400,
    place: 'data.region',
    says: /"KZ-99"/,
  },
  {
    what: 'a country that does not exist',
    path: `/v1/workers/${NOBODY}/events`,
    body: with_(workerRegistered, {}, { citizenship: 'ZZ' }),
    status: 400,
    place: 'data.citizenship',
    says: /"ZZ"/,
  },
  {
    what: 'a date before the birth',
    path: `/v1/workers/${NOBODY}/events`,
    body: with_(workerRegistered, {}, { birthDate: '2024-10-02' }),
    status: 400,
    place: 'data.birthDate',
    says: /birth/,
    hides: '2024-10-02',
  },
  {
    what: 'a birth date that is none',
    path: `/v1/workers/${NOBODY}/events`,
    body: with_(workerRegistered, {}, { birthDate: '17.04.1988' }),
    status: 400,
    place: 'data.birthDate',
    says: /YYYY-MM-DD/,
    hides: '17.04.1988',
  },
  {
    what: 'an employer that nobody registered',
    path: `/v1/workers/${NOBODY}/events`,
    body: with_(workerRegistered, {}, { employerBin: UNKNOWN_BIN }),
    status: 422,
    says: new RegExp(UNKNOWN_BIN),
  },
  {
    what: 'an event of a worker that nobody registered',
    path: `/v1/workers/${NOBODY}/events`,
    body: arrived,
    status: 404,
    says: /registered/i,
  },
  {
    what: 'an arrival while already in the country',
    path: events,
    body: with_(arrived, { occurredOn: '2024-12-01' }),
    status: 409,
    says: /2024-11-20/,
  },
  {
    what: 'an extension without a permit',
    path: events,
    body: {
      type: 'WorkPermitExtended',
      occurredOn: '2024-12-01',
      data: { number: 'WP-1', validFrom: '2025-01-01', validUntil: '2025-12-31' },
    },
    status: 409,
    says: /WP-1/,
  },
  {
    what: 'a second employer registration',
    path: `/v1/employers/${BIN}/events`,
    body: employerRegistered,
    status: 409,
    says: /registered/,
  },
  { what: 'a second registration of a worker', path: events, body: workerRegistered, status: 409, says: /registered/ },
  {
    what: 'an event of a worker sent to an employer',
    path: `/v1/employers/${BIN}/events`,
    body: arrived,
    status: 400,
    place: 'type',
    says: /event of a worker/,
  },
  {
    what: 'a worker id that is no UUID',
    path: '/v1/workers/4711/events',
    body: arrived,
    status: 400,
    place: 'workerId',
    says: /not a UUID/,
  },
  { what: 'broken JSON', path: events, body: '{"type": "Arrived",\n "occurredOn": }', status: 400, says: /line 2/ },
  { what: 'an empty body', path: events, body: '', status: 400, says: /empty|nothing/ },
  { what: 'a body that is a text', path: events, body: '"Arrived"', status: 400, says: /a string/ },
  { what: 'a body that is null', path: events, body: 'null', status: 400, says: /nothing/ },
  { what: 'an empty array', path: events, body: '[]', status: 400, says: /empty/ },
  {
    what: 'an array with one wrong element',
    path: events,
    body: [{ type: 'Departed', occurredOn: '2024-12-01', data: {} }, with_(arrived, { occurredOn: '2024-13-01' })],
    status: 400,
    place: '[1].occurredOn',
    says: /2024-13-01/,
  },
  {
    what: 'an array with a number in it',
    path: events,
    body: [arrived, 5],
    status: 400,
    place: '[1]',
    says: /a number/,
  },
  {
    what: 'a body of 10 MB',
    path: events,
    body: JSON.stringify({ ...arrived, reason: 'x'.repeat(10_485_760) }),
    status: 413,
    says: /4 MiB/,
  },
  {
    what: 'a correction without a reason',
    path: `${events}/${workerId(7)}/correction`,
    body: { occurredOn: '2024-11-19' },
    status: 400,
    place: 'reason',
    says: /missing/,
  },
  {
    what: 'a correction of an event that is not there',
    path: `${events}/${workerId(7)}/correction`,
    body: { occurredOn: '2024-11-19', reason: 'x y z' },
    status: 404,
    says: /no event/i,
  },
  { what: 'an unknown path', path: '/v1/worker', body: {}, status: 404, says: /POST \/v1\/worker/ },
];

describe('bad input is refused with a place, a reason and a remedy, and nothing is written', () => {
  let ledger: TestLedger;
  let before: number;

  beforeAll(async () => {
    ledger = await startLedger();
    await ledger.post(`/v1/employers/${BIN}/events`, employerRegistered);
    await ledger.post(events, workerRegistered);
    const { body } = await ledger.post(events, arrived);
    before = await ledger.count(body.position);
    expect(before).toBe(4);
  });

  afterAll(async () => {
    const { body } = await ledger.post(events, { type: 'Departed', occurredOn: '2025-01-10', data: {} });
    expect(await ledger.count(body.position)).toBe(before + 1);
    await ledger.close();
  });

  test.each(cases)('$what', async ({ path, body, status, place, says, hides }) => {
    const answer = await ledger.post(path, body);
    expect([answer.status, answer.body]).toEqual([
      status,
      expect.objectContaining({ status, type: expect.any(String), title: expect.any(String) }),
    ]);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(answer.body.detail).toMatch(says);
    if (place !== undefined) expect(answer.body.errors.map(({ path }: Json) => path)).toContain(place);
    else expect(answer.body.remedy ?? answer.body.errors).toBeTruthy();
    if (hides !== undefined) expect(answer.text).not.toContain(hides);
    expect(answer.text).not.toMatch(/\bat .*\.[jt]s:\d+/);
  });

  test.each(['text/xml', 'text/plain', 'text/plain; charset=utf-8', 'application/x-www-form-urlencoded'])(
    'another content type: %s',
    async (type) => {
      const answer = await ledger.post(events, '{"type": "Departed"}', { 'content-type': type });
      expect([answer.status, answer.body.code]).toEqual([415, 'wrong-content-type']);
    },
  );

  test('an address that cannot be decoded', async () => {
    const answer = await ledger.get('/v1/rules/%E0%A4%A');
    expect([answer.status, answer.body.code]).toEqual([400, 'bad-address']);
  });

  test('a method that an address does not take, told with those that it takes', async () => {
    const answer = await ledger.post('/v1/workers', {});
    expect([answer.status, answer.body.code, answer.headers['allow']]).toEqual([
      405,
      'method-not-allowed',
      'GET, HEAD',
    ]);
    expect(answer.body.detail).toBe('/v1/workers takes GET and HEAD, not POST.');
    expect((await ledger.get('/v1/nothing/here')).status).toBe(404);
  });

  test('a word that is none of those that are taken, told in our own words', async () => {
    const { body } = await ledger.get('/v1/obligations?state=late');
    expect(body.errors[0]).toMatchObject({
      path: 'state',
      message: 'is none of upcoming, open, overdue, met, void, due',
    });
  });

  test.each([
    ['If-Match', { 'if-match': 'three' }],
    ['Ledger-Actor', { 'ledger-actor': 'a\tb' }],
    ['Idempotency-Key', { 'idempotency-key': 'k'.repeat(256) }],
  ])('a header that cannot be used: %s', async (name, headers) => {
    const answer = await ledger.post(events, { type: 'Departed', occurredOn: '2025-01-10', data: {} }, headers);
    expect([answer.status, answer.body.errors[0].path]).toEqual([400, name]);
  });

  test.each([
    '/v1/obligations?state=late',
    '/v1/obligations?rule=notify-arival',
    '/v1/obligations?region=KZ-99',
    '/v1/workers?region=KZ-99',
    '/v1/events?types=Arrived,Departd',
    '/v1/obligations?dueFrom=2026-03-02&dueUntil=2026-03-01',
    '/v1/obligations?limit=501',
    '/v1/obligations?limit=ten',
    '/v1/obligations?colour=red',
    '/v1/obligations?cursor=xyz',
    '/v1/obligations?asOf=2026-02-29',
    '/v1/obligations?knownAt=2027-01-01T00:00:00Z',
    '/v1/exposure?groupBy=colour',
    '/v1/exposure?horizon=-1',
    '/v1/events?since=abc',
    '/v1/workers/4711',
    '/v1/calendar/2026-01-02/2026-01-01',
    '/v1/calendar/1999-01-01/1999-01-02',
    '/v1/parameters/mci?on=2026-01-01&purpose=taxes',
    '/v1/obligations?asOf=2026-01-01&asOf=2026-01-02',
  ])('a question that cannot be answered: %s', async (path) => {
    const answer = await ledger.get(path);
    expect([answer.status, answer.headers['content-type']]).toEqual([400, expect.stringContaining('problem+json')]);
  });

  const MISTYPED = `${BIN.slice(0, 11)}${(Number(BIN[11]) + 1) % 10}`;

  test.each([
    '/v1/exposure?employer=',
    '/v1/obligations?employer=',
    '/v1/workers?employer=',
    '/v1/findings?employer=',
    '/v1/conflicts?employer=',
    '/v1/audit/pack?employer=',
    '/v1/audit/difference?from=2026-01-01&employer=',
    '/v1/employers/',
  ])('an employer with a mistyped number, told what is wrong with it: %s', async (path) => {
    const answer = await ledger.get(`${path}${MISTYPED}`);
    expect([answer.status, answer.body.detail]).toEqual([400, expect.stringContaining('has a wrong check digit')]);
  });

  test('an employer who is not known: lists are empty, figures are refused', async () => {
    for (const list of ['obligations', 'workers', 'findings']) {
      const { status, body } = await ledger.get(`/v1/${list}?employer=${UNKNOWN_BIN}`);
      expect([list, status, body.items]).toEqual([list, 200, []]);
    }
    for (const path of ['exposure', 'conflicts', 'audit/pack']) {
      const { status, body } = await ledger.get(`/v1/${path}?employer=${UNKNOWN_BIN}`);
      expect([path, status, body.code]).toEqual([path, 404, 'unknown-employer']);
    }
  });
});
