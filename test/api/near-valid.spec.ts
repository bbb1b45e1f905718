import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { eventTypes } from '../../src/domain/catalogue.js';
import { type Json, startLedger, type TestLedger } from './ledger.js';
import { arrived, BIN, employerRegistered, workerId, workerRegistered } from './people.js';

const odd = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    0,
    -1,
    1.5,
    1e308,
    '',
    ' ',
    '\u0000',
    '\ud800',
    '2024-02-30',
    '9999-12-31',
    '0000-00-00',
    'KZ-75',
  ),
  fc.constantFrom<unknown>(
    'WP-1',
    'TR',
    '2024-11-20',
    '2024-12-31',
    'arrival',
    'vmp',
    'C3',
    BIN,
    workerId(1),
    [],
    {},
    [null],
    [[]],
    { a: 1 },
  ),
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.integer(),
  fc.jsonValue({ maxDepth: 3 }),
);
const day = fc.constantFrom('2024-11-20', '2024-12-01', '2025-03-21', '2026-11-22', '1900-01-01', '2199-12-31');

/** A body near to a valid one: the fields that a type has, with values that mostly fit their names. */
const event = fc.constantFrom(...eventTypes.values()).chain(({ type, data }) =>
  fc.record({
    type: fc.oneof({ weight: 9, arbitrary: fc.constant<unknown>(type) }, { weight: 1, arbitrary: odd }),
    occurredOn: fc.oneof({ weight: 9, arbitrary: day }, { weight: 1, arbitrary: odd }),
    data: fc.oneof(
      {
        weight: 9,
        arbitrary: fc.record(Object.fromEntries(Object.keys(data.shape).map((name) => [name, valueFor(name)])), {
          requiredKeys: [],
        }),
      },
      { weight: 1, arbitrary: odd },
    ),
    acknowledge: fc.option(fc.oneof(fc.array(fc.constantFrom('notify-arrival', 'x')), odd), {
      nil: undefined,
      freq: 9,
    }),
    reason: fc.option(fc.oneof(fc.constant('because'), odd), { nil: undefined, freq: 9 }),
  }),
);

function valueFor(name: string): fc.Arbitrary<unknown> {
  const fitting: Record<string, fc.Arbitrary<unknown>> = {
    region: fc.constantFrom('KZ-75', 'KZ-71', 'KZ-23'),
    number: fc.constantFrom('WP-1', 'V-1'),
    about: fc.constantFrom('arrival', 'address-change', 'regional-travel'),
    channel: fc.constant('vmp'),
    category: fc.constantFrom('2', 'C3'),
    citizenship: fc.constantFrom('TR', 'RU'),
    employerBin: fc.constant(BIN),
    size: fc.constantFrom('small', 'large'),
    memberId: fc.constant(workerId(5)),
    relation: fc.constantFrom('spouse', 'child'),
    year: fc.constantFrom(2024, 2025),
    positions: fc.constant([{ category: '2', position: 'Welder', count: 3 }]),
    clauses: fc.constant(['territory']),
  };
  const byName = /on$|from$|until$/i.test(name) ? day : (fitting[name] ?? fc.constant('Text 1'));
  return fc.oneof({ weight: 8, arbitrary: byName }, { weight: 1, arbitrary: odd });
}

describe('near-valid input', () => {
  let ledger: TestLedger;

  beforeAll(async () => {
    ledger = await startLedger();
    await ledger.post(`/v1/employers/${BIN}/events`, employerRegistered);
    await ledger.post(`/v1/workers/${workerId(1)}/events`, [workerRegistered, arrived]);
  });
  afterAll(() => ledger.close());

  test('never ends in a failure of ours, and what is answered with 201 is there', async () => {
    const path = fc.constantFrom(
      `/v1/workers/${workerId(1)}/events`,
      `/v1/workers/${workerId(2)}/events`,
      `/v1/workers/${workerId(1)}/events?dryRun=true`,
      `/v1/employers/${BIN}/events`,
    );
    const body = fc.oneof(
      { weight: 5, arbitrary: event },
      { weight: 2, arbitrary: fc.array(event, { maxLength: 4 }) },
      { weight: 1, arbitrary: odd },
    );
    await fc.assert(
      fc.asyncProperty(path, body, async (to, what) => {
        const answer = await ledger.post(to, JSON.stringify(what) ?? '');
        expect([answer.status < 500, answer.body]).toEqual([true, expect.anything()]);
        if (answer.status >= 400) expect(answer.headers['content-type']).toMatch(/problem\+json/);
        if (answer.status === 201) {
          const { body: page } = await ledger.get(`/v1/events?limit=500&after=${answer.body.position}`);
          expect(page.position).toBe(answer.body.position);
        }
      }),
      { numRuns: 400 },
    );
    expect((await ledger.get('/health/ready')).body).toMatchObject({ status: 'ready', parked: 0 });
  }, 60_000);

  test('of questions neither', async () => {
    const name = fc.constantFrom(
      'asOf',
      'knownAt',
      'after',
      'limit',
      'cursor',
      'state',
      'employer',
      'worker',
      'region',
      'rule',
      'groupBy',
      'horizon',
      'since',
      'types',
      'on',
      'purpose',
      'x',
    );
    const value = fc.oneof(
      day,
      fc.constantFrom(
        '1',
        '0',
        '500',
        '-1',
        'open',
        'overdue',
        BIN,
        workerId(1),
        'KZ-75',
        'notify-arrival',
        'fines',
        '2024-11-20T00:00:00Z',
        'Arrived,Departed',
      ),
      fc.string({ unit: 'binary-ascii', maxLength: 40 }),
    );
    const path = fc.constantFrom(
      '/v1/obligations',
      '/v1/workers',
      '/v1/employers',
      '/v1/exposure',
      '/v1/events',
      `/v1/workers/${workerId(1)}`,
      `/v1/workers/${workerId(1)}/events`,
      '/v1/parameters/mci',
      `/v1/employers/${BIN}`,
      '/v1/rules',
      '/v1/event-types/Arrived',
    );
    await fc.assert(
      fc.asyncProperty(path, fc.array(fc.tuple(name, value), { maxLength: 4 }), async (at, query) => {
        const asked = query.filter(([key]) => key !== 'after');
        const answer = await ledger.get(`${at}?${new URLSearchParams(asked as [string, string][])}`);
        expect([answer.status < 500, answer.body as Json]).toEqual([true, expect.anything()]);
      }),
      { numRuns: 300 },
    );
  }, 60_000);
});
