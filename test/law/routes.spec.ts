import { describe, expect, it } from '@jest/globals';
import { loadRuleBook } from '../../src/law/book.js';
import { assessRoute, type RouteQuestion } from '../../src/law/routes.js';

const book = loadRuleBook();
const company = { employerKind: 'company', basis: 'employment-contract', purpose: 'work' } as const;

const plan = (question: Partial<RouteQuestion>) =>
  assessRoute({ ...company, citizenship: null, stayDays: 365, on: '2026-11-02', ...question }, book);

/** The needs of a plan as `name: yes`. */
function needs(question: Partial<RouteQuestion>): Readonly<Record<string, string>> {
  return Object.fromEntries(plan(question).needs.map(({ need, needed }) => [need, needed]));
}

function need(name: string, question: Partial<RouteQuestion>) {
  const found = plan(question).needs.find((one) => one.need === name);
  if (found === undefined) throw new Error(`no need ${name}`);
  return found;
}

describe('Workers of different citizenships of a company in 2026', () => {
  it.each([
    [
      'RU',
      'eaeu-contract',
      { 'work-permit': 'no', 'work-visa': 'no', 'temporary-residence-permit': 'yes', invitation: 'no' },
    ],
    [
      'KG',
      'eaeu-contract',
      { 'work-permit': 'no', 'work-visa': 'no', 'temporary-residence-permit': 'yes', invitation: 'no' },
    ],
    [
      'UZ',
      'work-permit',
      { 'work-permit': 'yes', 'work-visa': 'no', 'temporary-residence-permit': 'yes', invitation: 'no' },
    ],
    [
      'AZ',
      'work-permit',
      { 'work-permit': 'yes', 'work-visa': 'no', 'temporary-residence-permit': 'yes', invitation: 'no' },
    ],
    [
      'IN',
      'work-permit',
      { 'work-permit': 'yes', 'work-visa': 'yes', 'temporary-residence-permit': 'no', invitation: 'yes' },
    ],
    [
      'CN',
      'work-permit',
      { 'work-permit': 'yes', 'work-visa': 'yes', 'temporary-residence-permit': 'no', invitation: 'yes' },
    ],
    [
      'TR',
      'work-permit',
      { 'work-permit': 'yes', 'work-visa': 'yes', 'temporary-residence-permit': 'no', invitation: 'yes' },
    ],
    [
      'NG',
      'work-permit',
      { 'work-permit': 'yes', 'work-visa': 'yes', 'temporary-residence-permit': 'no', invitation: 'yes' },
    ],
    [
      'UA',
      'work-permit',
      { 'work-permit': 'yes', 'work-visa': 'no', 'temporary-residence-permit': 'yes', invitation: 'no' },
    ],
    ['KZ', 'citizen', { 'work-permit': 'no', 'work-visa': 'no', 'temporary-residence-permit': 'no', invitation: 'no' }],
  ])('%s goes the way %s', (citizenship, way, expected) => {
    expect(plan({ citizenship }).route.way).toBe(way);
    expect(needs({ citizenship })).toMatchObject({
      ...expected,
      'employment-contract': way === 'citizen' ? 'no' : 'yes',
    });
  });

  it('get a reason, a source and the rule that watches it with every answer', () => {
    for (const citizenship of ['RU', 'UZ', 'AZ', 'IN', 'CN', 'TR', 'NG', 'KZ', null]) {
      for (const one of plan({ citizenship, withFamily: true }).needs) {
        expect(one.because).toMatch(/^[A-Z].{10,}\.$/);
        expect(one.because).not.toContain('{');
        expect(one.because).not.toContain('not known,');
        expect(one.reference.length).toBeGreaterThan(5);
        expect(one.checkedOn).toBe('2026-11-22');
        if (one.needed === 'not-known' && one.missing.length > 0) expect(one.because).toContain('depends');
      }
    }
  });

  it('name only rules that the book has', () => {
    const named = book.papers.needs.flatMap(({ answers }) => answers.flatMap(({ watchedBy }) => watchedBy ?? []));
    expect(named.filter((rule) => !book.rules.has(rule))).toEqual([]);
  });
});

describe('S01, S04: work is not business', () => {
  it('S01: a business visit of an Indian of ten days is visa-free and gives no right to work', () => {
    const visit = { citizenship: 'IN', purpose: 'business', stayDays: 10 };
    expect(plan(visit).route.way).toBe('visitor');
    expect(need('work-visa', visit)).toMatchObject({
      needed: 'no',
      because: expect.stringContaining('gives no right to work'),
    });
    expect(need('work-permit', visit).needed).toBe('no');
  });

  it.each([['longTermAssignment'], ['titleOnOrgChart'], ['paidHere'], ['permitHeldOrApplied']])(
    'S04: %s makes a business trip work',
    (fact) => {
      expect(plan({ citizenship: 'IN', purpose: 'business', [fact]: true }).route.way).toBe('work-permit');
    },
  );

  it('S04: four times no, and the trip stays business', () => {
    const facts = { longTermAssignment: false, titleOnOrgChart: false, paidHere: false, permitHeldOrApplied: false };
    expect(plan({ citizenship: 'IN', purpose: 'business', ...facts }).route.way).toBe('visitor');
  });

  it('without a purpose and the four facts the way is not known, and it is said what is missing', () => {
    const { route, needs: all } = plan({ citizenship: 'IN', purpose: null });
    expect(route.way).toBe('not-known');
    expect(all.find((one) => one.need === 'work-permit')?.needed).toBe('not-known');
  });
});

describe('S05, S62, S69: who needs no permit', () => {
  it('S05: an exemption beats the general rule, and the visa remains', () => {
    expect(plan({ citizenship: 'TR', exemptionGround: 'branch-head' }).route.way).toBe('exempt');
    expect(needs({ citizenship: 'TR', exemptionGround: 'branch-head' })).toMatchObject({
      'work-permit': 'no',
      'work-visa': 'yes',
      'vacancy-search': 'no',
      quota: 'no',
    });
  });

  it('S05: a ground that no source names leaves the permit open, not granted', () => {
    expect(need('work-permit', { citizenship: 'TR', exemptionGround: 'friend-of-the-director' }).needed).toBe(
      'not-known',
    );
  });

  it('S05: a ground of 2023 does not count before', () => {
    expect(plan({ citizenship: 'TR', exemptionGround: 'kandas', on: '2023-11-23' }).route.way).toBe('work-permit');
    expect(plan({ citizenship: 'TR', exemptionGround: 'kandas', on: '2023-11-24' }).route.way).toBe('exempt');
  });

  it('S62, S69: a permanent resident needs neither permit nor visa', () => {
    expect(needs({ citizenship: 'TR', permanentResident: true })).toMatchObject({
      'work-permit': 'no',
      'work-visa': 'no',
      'temporary-residence-permit': 'no',
      'employment-contract': 'yes',
    });
  });
});

describe('S30, S31, S60, S61: the visa', () => {
  it('S30: citizens of a visa-free country still need one for work', () => {
    expect(need('work-visa', { citizenship: 'DE' })).toMatchObject({
      needed: 'yes',
      because: expect.stringContaining('never cover work'),
      watchedBy: 'extend-visa',
    });
    expect(need('work-visa', { citizenship: 'DE', purpose: 'tourism', stayDays: 30 }).needed).toBe('no');
    expect(need('work-visa', { citizenship: 'DE', purpose: 'tourism', stayDays: 31 }).needed).toBe('not-known');
  });

  it('S30: both numbers of visa-free countries are shown', () => {
    const says = need('work-visa', { citizenship: 'DE', purpose: 'tourism', stayDays: 10 }).contradictions.map(
      (one) => one.says,
    );
    expect(says.join(' ')).toMatch(/57 countries.*66 countries/);
  });

  it('S31: an Azerbaijani needs no visa with a permit, but a temporary residence permit', () => {
    expect(need('work-visa', { citizenship: 'AZ' })).toMatchObject({
      needed: 'no',
      because: expect.stringContaining('Azerbaijan'),
      sourceKind: 'seed',
    });
    expect(need('temporary-residence-permit', { citizenship: 'AZ' })).toMatchObject({
      needed: 'yes',
      byDay: '2026-12-02',
    });
  });

  it('S60: the source that allows any occupation is kept beside the stricter one', () => {
    const { contradictions } = need('work-visa', { citizenship: 'TR' });
    expect(contradictions.map(({ says }) => says)).toContainEqual(expect.stringContaining('any occupation'));
    expect(contradictions.every(({ reference }) => reference.length > 5)).toBe(true);
  });
});

describe('S40, S71, S75: the stay', () => {
  it.each([
    [30, 'no', null],
    [31, 'yes', '2026-12-02'],
  ])('S40: a stay of %i days of a Russian: %s', (stayDays, needed, byDay) => {
    expect(need('temporary-residence-permit', { citizenship: 'RU', stayDays })).toMatchObject({ needed, byDay });
  });

  it('S40: the 90 days that the police name for the Union are shown as a contradiction', () => {
    expect(need('temporary-residence-permit', { citizenship: 'RU' }).contradictions[0]).toMatchObject({
      says: expect.stringContaining('90 days'),
      sourceKind: 'press',
    });
  });

  it('S71: a stay of unknown length leaves the answer open and says why', () => {
    expect(need('temporary-residence-permit', { citizenship: 'UZ', stayDays: null })).toMatchObject({
      needed: 'not-known',
      missing: ['stayDays'],
      because: expect.stringContaining('stay days'),
    });
  });

  it('S75: a citizen of the Union works on a contract, and contract and stay remain duties', () => {
    expect(need('employment-contract', { citizenship: 'AM' })).toMatchObject({
      needed: 'yes',
      watchedBy: 'sign-employment-contract',
    });
    expect(need('temporary-residence-permit', { citizenship: 'AM' }).watchedBy).toBe(
      'obtain-temporary-residence-permit',
    );
    expect(need('arrival-notice', { citizenship: 'AM' })).toMatchObject({ needed: 'yes', byDay: '2026-11-05' });
  });

  it('S75: Kyrgyzstan counts from the day it joined', () => {
    expect(plan({ citizenship: 'KG', on: '2015-08-11' }).route.way).toBe('work-permit');
    expect(plan({ citizenship: 'KG', on: '2015-08-12' }).route.way).toBe('eaeu-contract');
  });
});

describe('S50: no contract for a transfer or a service contract', () => {
  it.each([
    [{ basis: 'ict' }, 'no'],
    [{ basis: 'service-contract', employerKind: 'foreign-entity-without-branch' }, 'no'],
    [{ basis: 'service-contract', employerKind: 'company' }, 'not-known'],
    [{ basis: 'employment-contract' }, 'yes'],
  ] as const)('S50: %o: %s', (question, needed) => {
    expect(need('employment-contract', { citizenship: 'IN', ...question }).needed).toBe(needed);
  });

  it('S50: the permit remains', () => {
    expect(plan({ citizenship: 'IN', basis: 'ict' }).route.way).toBe('ict-permit');
    expect(need('work-permit', { citizenship: 'IN', basis: 'ict' }).needed).toBe('yes');
  });
});

describe('S64, S67: the vacancy', () => {
  it.each([
    ['2025-08-31', 'no suitable citizen'],
    ['2025-09-01', '15 calendar days'],
  ])('S64: on %s the answer says "%s"', (on, words) => {
    expect(need('vacancy-search', { citizenship: 'IN', on })).toMatchObject({
      needed: 'yes',
      because: expect.stringContaining(words),
    });
  });
});

describe('S73, S74: work for private individuals', () => {
  it.each(['UZ', 'TJ', 'AZ', 'MD', 'GE', 'UA'])(
    'S73: a citizen of %s gets the permit of a labour immigrant',
    (citizenship) => {
      const household = { citizenship, employerKind: 'individual', stayDays: 90 } as const;
      expect(plan(household).route.way).toBe('household-permit');
      expect(needs(household)).toMatchObject({
        'work-permit': 'no',
        'labour-immigrant-permit': 'yes',
        'work-visa': 'no',
        iin: 'yes',
      });
      expect(need('permit-fee', household).because).toContain('IIN comes first');
    },
  );

  it('S74: an Indian cannot work for an individual that way', () => {
    expect(plan({ citizenship: 'IN', employerKind: 'individual' }).route.way).toBe('not-open-to-individuals');
  });

  it('S75: a Russian works for an individual on a contract alone', () => {
    expect(plan({ citizenship: 'RU', employerKind: 'individual' }).route.way).toBe('eaeu-contract');
  });
});

describe('S29, S44, S58: the family', () => {
  it('S29: the family of an Indian needs visas for the term of the permit, without the right to work', () => {
    expect(need('family-visa', { citizenship: 'IN', withFamily: true })).toMatchObject({
      needed: 'yes',
      because: expect.stringContaining('without the right to work'),
    });
    expect(need('family-visa', { citizenship: 'IN' }).needed).toBe('no');
  });

  it('S44: that of an Uzbek needs residence permits from 16 years', () => {
    expect(need('family-residence-permit', { citizenship: 'UZ', withFamily: true })).toMatchObject({
      needed: 'yes',
      because: expect.stringContaining('16 years'),
    });
  });
});
