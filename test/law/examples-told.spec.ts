import { describe, expect, it } from '@jest/globals';
import { factsOf, runExample } from '../../src/law/examples.js';
import type { Example } from '../../src/law/schema.js';
import { book } from './kit.js';

/** Two arrivals of one worker, the second of them filed late, as somebody would write it in a file. */
const twoArrivals: Example = {
  example: 'Two arrivals',
  facts: [
    { on: '2026-11-02', Arrived: { region: 'KZ-75' }, as: 'first' },
    { on: '2026-11-04', Departed: null },
    { on: '2026-11-09', Arrived: { region: 'KZ-75' }, as: 'second' },
    { on: '2026-11-13', NotificationAcknowledged: { about: 'arrival', eventId: 'second' } },
  ],
  asOf: '2026-11-20',
  expect: [
    { rule: 'notify-arrival', trigger: 'second', dueOn: '2026-11-12', metOn: '2026-11-13', late: true, mci: [15, 15] },
    { rule: 'notify-arrival', trigger: 'first', dueOn: '2026-11-05' },
  ],
};
const differences = (change: Partial<Example>) => runExample({ ...twoArrivals, ...change }, book);
const [second = {}, first = {}] = twoArrivals.expect;

describe('a worked case', () => {
  it('agrees with the law, in whatever order it names the obligations', () => {
    expect(differences({})).toEqual([]);
    expect(differences({ expect: [first, second] })).toEqual([]);
    expect(differences({ expect: [{ rule: 'notify-arrival' }, first] })).toEqual([
      'expectation 2 fits none of the obligations that are left',
    ]);
  });

  it.each<[string, Partial<Example>, readonly string[]]>([
    [
      'a due day',
      { expect: [{ ...second, dueOn: '2026-11-11' }, first] },
      ['notify-arrival (worker): dueOn is "2026-11-12", expected "2026-11-11"'],
    ],
    [
      'several fields of several duties',
      {
        expect: [
          { ...second, late: false, mci: null },
          { ...first, state: 'open' },
        ],
      },
      [
        'notify-arrival (worker): late is true, expected false',
        'notify-arrival (worker): mci is [15,15], expected null',
        expect.stringMatching(/^notify-arrival \(worker\): state is ".*", expected "open"$/) as unknown as string,
      ],
    ],
    [
      'sums',
      { size: 'unknown', expect: [{ ...second, mci: [15, 15], tenge: [64_875, 64_875], warning: true }, first] },
      [
        'notify-arrival (worker): mci is [10,20], expected [15,15]',
        'notify-arrival (worker): tenge is [43250,86500], expected [64875,64875]',
        'notify-arrival (worker): warning is false, expected true',
      ],
    ],
    ['a warning', { size: 'individual', expect: [{ ...second, mci: [0, 0], warning: true }, first] }, []],
    [
      'a number of duties',
      { expect: [second] },
      [
        '1 obligations expected, 2 found: notify-arrival by first due 2026-11-05; notify-arrival by second due 2026-11-12',
      ],
    ],
    ['duties that did not open', { expect: [{ rule: 'notify-address-change' }] }, ['1 obligations expected, 0 found']],
    [
      'a subject',
      { expect: [{ ...second, subject: 'somebody' }, first] },
      ['expectation 1 fits none of the obligations that are left'],
    ],
    [
      'a rule that should have opened nothing',
      { none: ['notify-arrival', 'notify-address-change'] },
      ['notify-arrival should not have opened'],
    ],
    ['a right to work', { mayWork: 'yes' }, ['mayWork is no (no-permit), expected yes']],
    ['no such right', { mayWork: 'no' }, []],
    [
      'an accrued sum',
      { accrued: [15, 30], none: [] },
      [expect.stringMatching(/^accrued is \d+ to \d+ MCI, expected 15 to 30$/) as unknown as string],
    ],
    [
      'another reading',
      {
        readings: { 'counting-of-days': 'inclusive' },
        expect: [
          { ...second, dueOn: '2026-11-11' },
          { ...first, dueOn: '2026-11-04' },
        ],
      },
      [],
    ],
  ])('tells %s that comes out otherwise', (_, change, told) => {
    expect(differences(change)).toEqual(told);
  });

  it('is about one rule alone where it stands in the file of that rule', () => {
    expect(runExample({ ...twoArrivals, expect: [{}, {}] }, book, 'notify-arrival')).toEqual([]);
    expect(runExample({ ...twoArrivals, expect: [] }, book, 'notify-address-change')).toEqual([]);
  });

  it('adds up what accrued over everything, and only that', () => {
    const accrued = (asOf: string, sum: [number, number]) =>
      runExample({ ...twoArrivals, asOf, expect: [], none: ['cancel-visa'], accrued: sum, size: 'unknown' }, book);
    expect(accrued('2026-11-05', [0, 0])).toEqual([]);
    expect(accrued('2026-11-13', [20, 40])).toEqual([]);
  });
});

describe('the facts of a worked case', () => {
  const facts = (change: Partial<Example>) => factsOf({ ...twoArrivals, ...change });

  it('begin the day before with the registration of a Turkish worker', () => {
    expect(facts({}).map(({ eventId, type, occurredOn, revision }) => [eventId, type, occurredOn, revision])).toEqual([
      ['registration', 'WorkerRegistered', '2026-11-01', 0],
      ['first', 'Arrived', '2026-11-02', 1],
      ['fact-2', 'Departed', '2026-11-04', 2],
      ['second', 'Arrived', '2026-11-09', 3],
      ['fact-4', 'NotificationAcknowledged', '2026-11-13', 4],
    ]);
    expect(facts({})[0]?.data).toEqual({ citizenship: 'TR' });
    expect(facts({})[2]?.data).toEqual({});
    expect(facts({ citizenship: 'KG' })[0]?.data).toEqual({ citizenship: 'KG' });
    expect(facts({}).every(({ eventId, statedBy }) => eventId === statedBy)).toBe(true);
  });

  it('are left as they are where the worker is registered, unknown, or there is none', () => {
    const told = [
      { on: '2026-11-02', Arrived: {} },
      { on: '2026-11-01', WorkerRegistered: { citizenship: 'KG' } },
    ];
    expect(facts({ facts: told })).toHaveLength(2);
    expect(facts({ citizenship: null })).toHaveLength(4);
    expect(facts({ stream: 'employer' })).toHaveLength(4);
    expect(
      facts({
        facts: [
          { on: '2026-11-05', Arrived: {} },
          { on: '2026-11-02', Departed: {} },
        ],
      })[0],
    ).toMatchObject({
      occurredOn: '2026-11-01',
    });
  });

  it.each<[Example['facts'][number], string]>([
    [{ on: '2026-11-02' }, 'Fact 2 must name one event type beside "on" and "as".'],
    [{ on: '2026-11-02', as: 'x' }, 'Fact 2 must name one event type beside "on" and "as".'],
    [{ on: '2026-11-02', Arrived: {}, Departed: {} }, 'Fact 2 must name one event type beside "on" and "as".'],
    [{ Arrived: {} }, 'Fact 2: "on" must be a date that exists, YYYY-MM-DD.'],
    [{ on: 20_261_102, Arrived: {} }, 'Fact 2: "on" must be a date that exists, YYYY-MM-DD.'],
    [{ on: '2026-11-31', Arrived: {} }, 'Fact 2: "on" must be a date that exists, YYYY-MM-DD.'],
  ])('cannot be %j', (wrong, message) => {
    expect(() => facts({ facts: [{ on: '2026-11-01', Departed: {} }, wrong] })).toThrow(message);
  });
});
