import { describe, expect, it } from '@jest/globals';
import { checkRuleBook, sourcesOf } from '../../src/law/check.js';
import { smallLaw } from './small-law.js';

const law = smallLaw();
const TELL = 'obligations/tell.yaml';
const report = (asOf = '2026-11-22') => checkRuleBook(law.book(), asOf);
const problems = () => report().problems.map(({ where, problem }) => `${where}: ${problem}`);

const ROUTES = `routes: What has to be had.
defaults: { checkedOn: 2026-11-22, verified: false, sourceKind: seed, reference: A guide }
ways:
  - { way: free, title: Free, because: Nothing is asked. }
needs:
  - need: notice
    title: Notice
    kind: notice
    rows: []
    answers:
      - { when: { way: free }, needed: "yes", because: It is asked., watchedBy: tell-police }
      - { needed: "no", because: It is not asked. }
exemptions:
  - { ground: guest, title: A guest, validFrom: 2015-01-01 }
`;
const FINDINGS = `findings:
  - finding: late-arrival
    title: Arrived without a permit
    rows: []
    severity: warning
    each: worker
    when: { hasPermit: false }
    sentence: { en: "No permit for {citizenship}.", ru: Нет разрешения., kk: Рұқсат жоқ. }
    validFrom: 2015-01-01
    reference: A guide
    sourceKind: seed
    checkedOn: 2026-11-22
    verified: false
---
examples:
  - example: Nobody has a permit on the first day
    finding: late-arrival
    citizenship: TR
    facts: [{ on: 2026-01-05, Arrived: { region: KZ-75 } }]
    expect: [{ says: No permit }]
`;

describe('the check of a small law', () => {
  it('finds nothing in it and counts what it holds', () => {
    expect(report()).toEqual({ problems: [], notes: [], rules: 2, examples: 4, values: 18, unverified: 10 });
  });

  it('names every value with the place it has in the law', () => {
    law.write('routes.yaml', ROUTES);
    law.write('findings.yaml', FINDINGS);
    expect([...sourcesOf(law.book())].map(([where]) => where)).toEqual([
      'routes: free',
      'routes: notice, answer 1',
      'routes: notice, answer 2',
      'exemption guest',
      'finding late-arrival',
      'ask-places from 2016-01-01',
      'tell-police from 2016-01-01',
      'tell-police from 2020-03-31',
      'tell-police from 2027-01-01',
      'tell-police, reading three-days',
      'tell-police, reading five-days',
      'counting-of-days from 1995-01-01',
      'limitation from 2015-01-01',
      'mci for fines from 2025-01-01',
      'mci for fines from 2026-01-01',
      'mci for benefits from 2025-01-01',
      'late-notice from 2015-01-01',
      'late-notice from 2018-01-01',
      'late-again from 2015-01-01',
      'countries: union from 2015-01-01',
      'countries: friends from 2020-01-01',
      'region KZ-75',
      'size medium',
    ]);
    expect(problems()).toEqual([]);
  });

  it('notes a value that nobody has looked up for more than four hundred days', () => {
    expect(report('2027-12-26').notes).toEqual([
      { where: 'tell-police, reading five-days', problem: 'was last looked up 401 days ago (A newspaper)' },
    ]);
    expect(report('2027-12-25').notes).toEqual([]);
  });

  it.each([
    [
      'an event that does not exist',
      [TELL, 'on: Departed', 'on: Vanished'],
      ['tell-police: waits for "Vanished", which is no event type of the ledger'],
    ],
    [
      "an event of the employer in a worker's rule",
      [TELL, 'on: Departed', 'on: ForeignStaffPlanned'],
      ['tell-police: waits for "ForeignStaffPlanned", which happens to employers, not to workers'],
    ],
    [
      'a field that the event does not have',
      [TELL, 'when: { event.about: arrival }', 'when: { event.abuot: arrival }'],
      ['tell-police: reads "event.abuot" off NotificationAcknowledged, which has no such field'],
    ],
    [
      'a day that the event does not have',
      [
        TELL,
        'deadline: { dueOn: { businessDays: 3, after: occurredOn }',
        'deadline: { dueOn: { businessDays: 3, after: event.landedOn }',
      ],
      [
        'tell-police: reads "event.landedOn" off Arrived, which has no such field',
        `${TELL}: example "On the last day it is open": tell-police (worker): dueOn is null, expected "2026-11-05"`,
        `${TELL}: example "On the next day it is overdue": tell-police (worker): dueOn is null, expected "2026-11-05"`,
        `${TELL}: example "On the next day it is overdue": tell-police (worker): state is "open", expected "overdue"`,
      ],
    ],
    [
      'a day of its own that the opening event does not have',
      [TELL, 'dueOn: { calendarDays: 5, after: occurredOn }', 'dueOn: { calendarDays: 5, after: event.landedOn }'],
      ['tell-police: reads "event.landedOn" off FamilyMemberArrived, which has no such field'],
    ],
    [
      'an example with another last day',
      [TELL, 'dueOn: 2026-11-05, state: open', 'dueOn: 2026-11-04, state: open'],
      [
        `${TELL}: example "On the last day it is open": tell-police (worker): dueOn is "2026-11-05", expected "2026-11-04"`,
      ],
    ],
    [
      'an example that cannot be read',
      [
        TELL,
        'facts: [{ on: 2026-11-02, Arrived: { region: KZ-75 } }]',
        'facts: [{ on: 2026-11-31, Arrived: { region: KZ-75 } }]',
      ],
      [
        `${TELL}: example "On the last day it is open" cannot run: Fact 1: "on" must be a date that exists, YYYY-MM-DD.`,
      ],
    ],
    [
      'a rule that is never shown late',
      [
        TELL,
        'asOf: 2026-11-06\n    expect: [{ dueOn: 2026-11-05, state: overdue }]',
        'asOf: 2026-11-05\n    expect: [{ dueOn: 2026-11-05, state: open }]',
      ],
      [`${TELL}: has no example after its last day`],
    ],
    [
      'a rule that is never shown in time',
      [
        TELL,
        'asOf: 2026-11-05\n    expect: [{ dueOn: 2026-11-05, state: open }]',
        'asOf: 2026-11-06\n    expect: [{ dueOn: 2026-11-05, state: overdue }]',
      ],
      [`${TELL}: has no example on or before its last day`],
    ],
    [
      'a repeat that no penalty is for',
      ['penalties/hosts.yaml', 'repeat: late-again', 'repeat: later-again'],
      ['late-notice: names "later-again" for a repeat, which does not exist'],
    ],
    [
      'a conflict about a rule that does not exist',
      ['conflicts.yaml', 'rule: tell-police', 'rule: tell-nobody'],
      ['conflict amount: names the rule "tell-nobody", which does not exist'],
    ],
  ] as const)('names %s', (_, [path, right, wrong], expected) => {
    law.change(path, right, wrong);
    const found = problems();
    expect(found.map((one, index) => one.slice(0, expected[index]?.length))).toEqual([...expected]);
  });

  it('takes an end without a last day, and a duty met late or in time, for the two sides of a rule', () => {
    const end = 'asOf: 2026-11-06\n    expect: [{ dueOn: 2026-11-05, state: overdue }]';
    law.change(TELL, end, 'asOf: 2026-11-06\n    expect: [{ dueOn: null }]');
    expect(problems()).toEqual([
      `${TELL}: example "On the next day it is overdue": tell-police (worker): dueOn is "2026-11-05", expected null`,
    ]);
    const filed = (on: string, late: boolean) =>
      `{ on: ${on}, NotificationAcknowledged: { about: arrival, eventId: a } }]\n    asOf: 2026-11-20\n    expect: [{ late: ${late} }]`;
    const text = (from: string, on: string, late: boolean) =>
      law.change(
        TELL,
        `facts: [{ on: 2026-11-02, Arrived: { region: KZ-75 } }]\n    ${from}`,
        `facts: [{ on: 2026-11-02, Arrived: { region: KZ-75 }, as: a }, ${filed(on, late)}`,
      );
    text('asOf: 2026-11-05\n    expect: [{ dueOn: 2026-11-05, state: open }]', '2026-11-05', false);
    text('asOf: 2026-11-06\n    expect: [{ dueOn: null }]', '2026-11-06', true);
    expect(problems()).toEqual([]);
  });
});

describe('the check of the law about papers', () => {
  it.each([
    [
      'routes.yaml',
      '- { needed: "no", because',
      '- { when: { way: free }, needed: "no", because',
      'routes: notice: its last answer has a condition, so some plans get none',
    ],
    [
      'routes.yaml',
      'watchedBy: tell-police',
      'watchedBy: tell-nobody',
      'routes: notice: is watched by tell-nobody, which is no rule',
    ],
    [
      'routes.yaml',
      '{ when: { way: free }, needed',
      '{ when: { weigh: free }, needed',
      'papers: "weigh" is not a word the ledger knows here',
    ],
    [
      'findings.yaml',
      'when: { hasPermit: false }',
      'when: { hasPermit: true }',
      'late-arrival: Nobody has a permit on the first day: 1 expected, 0 found',
    ],
    [
      'findings.yaml',
      'says: No permit',
      'says: A permit',
      'late-arrival: Nobody has a permit on the first day: does not say "A permit"',
    ],
    [
      'findings.yaml',
      'says: No permit',
      'says: No permit, openedOn: 2026-01-06',
      'late-arrival: Nobody has a permit on the first day: openedOn is "2026-01-04", not "2026-01-06"',
    ],
  ])('in %s names what %s becomes as %s: %s', (path, right, wrong, problem) => {
    law.write('routes.yaml', ROUTES);
    law.write('findings.yaml', FINDINGS);
    law.change(path, right, wrong);
    const found = problems();
    expect(found).toHaveLength(1);
    expect(found[0]?.slice(0, problem.length)).toBe(problem);
  });

  it('names a country that papers come from and that does not exist', () => {
    law.write(
      'legalisation.yaml',
      `legalisation:
  - { treaty: union, title: The union, form: apostille, countries: [TR, XX], validFrom: 2015-01-01, reference: A treaty, sourceKind: law, checkedOn: 2026-11-22, verified: true }
`,
    );
    expect(problems()).toEqual(['legalisation: names the country XX, which does not exist']);
  });
});
