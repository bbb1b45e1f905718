import { describe, expect, it } from '@jest/globals';
import type { Fact } from '../../src/domain/recorded-event.js';
import { FindingsWatch, findingsOf, quotaFindings, standsOn, toldFinding } from '../../src/law/findings.js';
import { assessRoute, type RouteQuestion } from '../../src/law/routes.js';
import { fact, history } from './kit.js';
import { smallLaw } from './small-law.js';

const law = smallLaw();
const SOURCE = 'sourceKind: seed, checkedOn: 2026-11-22, verified: false, reference: A guide';

/** The small law with one finding, and one class of visas to work with. */
function finding(parts: string, each = 'permit'): void {
  law.write(
    'visa-classes.yaml',
    `visaClasses: [{ category: C3, title: Work, work: "yes", validFrom: 2016-11-01, ${SOURCE} }]\n`,
  );
  law.write(
    'findings.yaml',
    `findings:
  - { finding: the-finding, title: The finding, rows: [], severity: warning, each: ${each}, ${parts}, validFrom: 2026-01-01, ${SOURCE}, sentence: { en: "{permit.number} until {permit.validUntil}", ru: "{permit.number} {workRegion}", kk: "{permit.number} {workRegion}" } }
`,
  );
}
const hired = fact('2026-01-01', 'WorkerRegistered', { citizenship: 'TR' });
const permit = (on: string, number = 'P', until = '2026-12-31') =>
  fact(on, 'WorkPermitIssued', { number, category: '2', validFrom: on, validUntil: until });
const visa = (on: string, until: string) =>
  fact(on, 'VisaIssued', { number: 'V', category: 'C3', validFrom: on, validUntil: until });
const found = (...facts: readonly Fact[]) =>
  findingsOf(history(...facts), law.book()).map(({ id, openedOn, closedOn }) => [id, openedOn, closedOn]);

describe('a finding', () => {
  const noVisa = () => finding('when: { hasWorkVisa: false }');

  it('stands from the fact that makes it to the fact that ends it', () => {
    noVisa();
    expect(found(hired)).toEqual([]);
    expect(found(hired, permit('2026-02-02'))).toEqual([['the-finding:permit:P', '2026-02-02', null]]);
    expect(found(hired, permit('2026-02-02'), visa('2026-03-03', '2026-12-31'))).toEqual([
      ['the-finding:permit:P', '2026-02-02', '2026-03-03'],
    ]);
    expect(found(hired, permit('2026-02-02'), permit('2026-02-03', 'Q')).map(([id]) => id)).toEqual([
      'the-finding:permit:P',
      'the-finding:permit:Q',
    ]);
  });

  it('is taken back where it is mended on the day it was made', () => {
    noVisa();
    expect(found(hired, permit('2026-02-02'), visa('2026-02-02', '2026-12-31'))).toEqual([]);
    const watch = new FindingsWatch(law.book());
    const step = (one: Fact) => {
      watch.apply(one);
      return [watch.changed.map(({ closedOn }) => closedOn), watch.removed];
    };
    expect(step(hired)).toEqual([[], []]);
    expect(step(permit('2026-02-02'))).toEqual([[null], []]);
    expect(step(permit('2026-02-02'))).toEqual([[], []]);
    expect(step(visa('2026-02-02', '2026-12-31'))).toEqual([[], ['the-finding:permit:P']]);
    expect(step(fact('2026-02-03', 'IinAssigned'))).toEqual([[], []]);
  });

  it('ends with the employment, on the day after it', () => {
    noVisa();
    const gone = fact('2026-03-03', 'EmploymentTerminated');
    expect(found(hired, permit('2026-02-02'), gone)).toEqual([['the-finding:permit:P', '2026-02-02', '2026-03-04']]);
    expect(found(hired, gone, permit('2026-03-04'))).toEqual([]);
  });

  it('is asked only of a worker who is registered, and only from the first day of its law', () => {
    noVisa();
    expect(found(permit('2026-02-02'))).toEqual([]);
    expect(found({ ...hired, occurredOn: '2025-01-01' }, permit('2025-12-31'))).toEqual([]);
    expect(found(hired, permit('2026-01-01'))).toHaveLength(1);
    law.change('findings.yaml', 'validFrom: 2026-01-01', 'validFrom: 2026-01-01, validTo: 2026-02-02');
    expect([found(hired, permit('2026-02-02')).length, found(hired, permit('2026-02-03')).length]).toEqual([1, 0]);
  });

  it('stands from a day and until a day that its law names', () => {
    finding('when: {}, opensOn: { days: 1, after: permit.validFrom }, closesOn: { days: 3, after: permit.validFrom }');
    expect(found(hired, permit('2026-02-02'))).toEqual([['the-finding:permit:P', '2026-02-03', '2026-02-05']]);
    finding('when: {}, opensOn: { days: 3, after: permit.validFrom }, closesOn: { days: 3, after: permit.validFrom }');
    expect(found(hired, permit('2026-02-02'))).toEqual([]);
    finding('when: {}, opensOn: { days: 1, after: passportExpiresOn }');
    expect(found(hired, permit('2026-02-02'))).toEqual([]);
  });

  it('says in three languages what is known and what is not', () => {
    noVisa();
    const [one] = findingsOf(history(hired, permit('2026-02-02')), law.book());
    expect(one).toMatchObject({
      title: 'The finding',
      severity: 'warning',
      subject: 'permit:P',
      madeBy: 'e1',
      sentence: { en: 'P until 2026-12-31', ru: 'P неизвестно', kk: 'P белгісіз' },
      reference: 'A guide',
      sourceKind: 'seed',
      verified: false,
    });
    if (one === undefined) throw new Error('nothing was found');
    expect(toldFinding({ ...one, finding: 'older' }, law.book())).toMatchObject({
      title: 'older',
      sentence: { en: 'older', ru: 'older', kk: 'older' },
      reference: 'not in this rule book',
      sourceKind: 'policy',
      verified: false,
    });
  });

  it('stands on its first day and no longer on the day that closes it', () => {
    noVisa();
    const [one] = findingsOf(history(hired, permit('2026-02-02'), visa('2026-03-03', '2026-12-31')), law.book());
    if (one === undefined) throw new Error('nothing was found');
    expect(['2026-02-01', '2026-02-02', '2026-03-02', '2026-03-03'].map((day) => standsOn(one, day))).toEqual([
      false,
      true,
      true,
      false,
    ]);
    expect(standsOn({ ...one, closedOn: null }, '2030-01-01')).toBe(true);
  });

  it('comes a second time under a name of its own', () => {
    finding('when: { passportExpiresOn: { before: permit.validUntil } }');
    const longer = (on: string, until: string) => fact(on, 'PassportReplaced', { passportExpiresOn: until });
    const extended = (on: string, until: string) =>
      fact(on, 'WorkPermitExtended', { number: 'P', validFrom: on, validUntil: until });
    const facts = [
      hired,
      permit('2026-02-02', 'P', '2026-06-30'),
      longer('2026-02-03', '2026-05-31'),
      longer('2026-02-10', '2026-06-30'),
      extended('2026-03-01', '2026-08-31'),
      longer('2026-03-10', '2026-08-31'),
      extended('2026-04-01', '2026-12-31'),
    ];
    expect(found(...facts)).toEqual([
      ['the-finding:permit:P', '2026-02-03', '2026-02-10'],
      ['the-finding:permit:P:2', '2026-03-01', '2026-03-10'],
      ['the-finding:permit:P:3', '2026-04-01', null],
    ]);
  });

  it('about a quota is asked on a day, of each region and category', () => {
    law.write(
      'findings.yaml',
      `findings:
  - { finding: over, title: Over, rows: [], severity: serious, each: quota, when: { quota.over: { atLeast: 1 } }, validFrom: 2026-01-01, validTo: 2026-12-31, ${SOURCE}, sentence: { en: "{quota.used} of {quota.granted} ({quota.over}), asked {quota.requested} in {quota.region} {quota.category} {quota.year}", ru: "Сверх.", kk: "Артық." } }
`,
    );
    const use = (region: string, used: number) => ({
      year: 2026,
      region,
      category: '2',
      requested: 5,
      granted: 3,
      used,
    });
    const seen = (day: string) =>
      quotaFindings([use('KZ-75', 4), use('KZ-71', 3)], day, law.book()).map(({ subject, sentence }) => [
        subject,
        sentence.en,
      ]);
    expect(seen('2026-01-01')).toEqual([['quota:2026:KZ-75:2', '4 of 3 (1), asked 5 in KZ-75 2 2026']]);
    expect([seen('2025-12-31'), seen('2026-12-31').length, seen('2027-01-01')]).toEqual([[], 1, []]);
  });
});

describe('a route', () => {
  const ROUTES = `routes: What has to be had.
defaults: { ${SOURCE} }
ways:
  - { way: union, title: A citizen of the union, when: { permitFreeCountry: true }, because: "{country} needs none." }
  - { way: permit, title: By permit, when: { permitFreeCountry: false, isWork: true }, because: A permit., remark: as far as known, validFrom: 2020-01-01 }
needs:
  - need: paper
    title: A paper
    kind: document
    rows: []
    answers:
      - { when: { way: permit, category: "2" }, needed: "yes", because: "For {category}.", watchedBy: tell-police, byWorkingDays: 2, validFrom: 2026-01-02, validTo: 2026-12-31 }
      - { when: { way: permit }, needed: "yes", because: Always., watchedBy: tell-nobody, by: { days: 3, after: "on" } }
      - { when: { way: union }, needed: "no", because: Not here., sourceOf: residence-permit, by: "on", contradictions: [{ says: A guide says so., reference: Another guide }] }
      - { needed: not-known, because: Nobody knows. }
`.replace(', validFrom: 2020-01-01 }', ' }');
  const ask = (question: Partial<RouteQuestion>) => {
    law.write('routes.yaml', ROUTES);
    return assessRoute({ citizenship: 'TR', on: '2026-11-20', purpose: 'work', ...question }, law.book());
  };
  const need = (question: Partial<RouteQuestion>) => ask(question).needs[0];

  it('is the first way that fits, with its reason and source', () => {
    expect(ask({}).route).toEqual({
      way: 'permit',
      title: 'By permit',
      because: 'A permit.',
      reference: 'A guide',
      sourceKind: 'seed',
      checkedOn: '2026-11-22',
      verified: false,
      remark: 'as far as known',
    });
    expect(ask({ citizenship: 'KG' }).route).toMatchObject({
      way: 'union',
      because: 'Kyrgyzstan needs none.',
      remark: null,
    });
    expect(ask({}).ruleBook).toBe(law.book().hash);
  });

  it('is not known where the plan says too little, and says so', () => {
    expect(ask({ citizenship: null, purpose: undefined }).route).toEqual({
      way: 'not-known',
      title: 'Not known',
      because:
        'Too little is known of the plan to say how this person may work here: give the citizenship and the purpose.',
      reference: 'The plan as it was given',
      sourceKind: 'policy',
      checkedOn: '2026-11-20',
      verified: true,
      remark: null,
    });
    expect(need({ citizenship: null })).toMatchObject({ needed: 'not-known', because: 'Nobody knows.', byDay: null });
  });

  it('takes the answer that fits on the day, with its last day', () => {
    expect(need({ category: '2' })).toMatchObject({
      need: 'paper',
      title: 'A paper',
      kind: 'document',
      needed: 'yes',
      because: 'For 2.',
      missing: [],
      byDay: '2026-11-24',
      watchedBy: 'tell-police',
      contradictions: [],
      reference: 'A guide',
    });
    expect(need({ category: '2', on: '2026-01-01' })).toMatchObject({
      because: 'Always.',
      byDay: '2026-01-04',
      watchedBy: null,
    });
    expect(need({ category: '2', on: '2026-01-02' })?.because).toBe('For 2.');
    expect(need({ category: '2', on: '2026-12-31' })?.because).toBe('For 2.');
    expect(need({ category: '2', on: '2027-01-01' })?.because).toBe('Always.');
    expect(need({ category: '3' })?.because).toBe('Always.');
  });

  it('says which part of the plan an answer depends on', () => {
    expect(need({})).toMatchObject({
      needed: 'not-known',
      because: expect.stringMatching(/^It depends on what is not known of the plan: .*category.*\.$/) as unknown,
      missing: ['category'],
      watchedBy: 'tell-police',
    });
  });

  it('takes the source of the country group where the answer points to it, and has no day for what is not needed', () => {
    expect(need({ citizenship: 'KG' })).toMatchObject({
      needed: 'no',
      byDay: null,
      reference: 'Treaty on the union',
      sourceKind: 'law',
      contradictions: [{ says: 'A guide says so.', reference: 'Another guide' }],
    });
  });

  it.each<[Partial<RouteQuestion>, string]>([
    [{ purpose: 'tourism' }, 'not-known'],
    [{ purpose: 'tourism', paidHere: true }, 'permit'],
    [{ purpose: 'tourism', titleOnOrgChart: true }, 'permit'],
    [{ purpose: undefined, longTermAssignment: true }, 'permit'],
    [{ purpose: undefined, permitHeldOrApplied: true, paidHere: false }, 'permit'],
    [{ purpose: undefined, paidHere: false }, 'not-known'],
    [
      {
        purpose: undefined,
        paidHere: false,
        titleOnOrgChart: false,
        longTermAssignment: false,
        permitHeldOrApplied: false,
      },
      'not-known',
    ],
  ])('for %j is the way %s', (plan, way) => {
    expect(ask(plan).route.way).toBe(way);
  });
});
