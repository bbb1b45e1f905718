import { describe, expect, it } from '@jest/globals';
import {
  type Asked,
  asked,
  compileAsked,
  compileDay,
  type DayText,
  filled,
  namedDay,
  namesIn,
  opposite,
  requireFillable,
  UNDER,
  type Values,
} from '../../src/law/matching.js';

const values: Values = {
  title: 'Head  Cook',
  year: 2026,
  urgent: true,
  clauses: ['Job Title', 'territory'],
  from: '2026-03-10',
  until: '2026-12-31',
  missing: null,
  [UNDER]: { title: 'Waiter', citizenship: 'TR', region: 'KZ-75' },
};
const words = new Set([
  'title',
  'year',
  'urgent',
  'clauses',
  'from',
  'until',
  'missing',
  'citizenship',
  'region',
  'nothing',
]);

const answer = (condition: Asked) => compileAsked(condition, words)(values);

describe('a condition over what is known of a paper', () => {
  it.each<[Asked]>([
    [{}],
    [{ title: 'headcook' }],
    [{ title: ['waiter', 'HEAD COOK'] }],
    [{ title: { not: 'waiter' } }],
    [{ title: { not: ['waiter', 'cook'] } }],
    [{ year: 2026 }],
    [{ year: [2025, 2026] }],
    [{ year: { atLeast: 2026 } }],
    [{ year: { atMost: 2026 } }],
    [{ year: { atLeast: 2025, atMost: 2027 } }],
    [{ urgent: true }],
    [{ clauses: 'jobtitle' }],
    [{ clauses: ['salary', 'territory'] }],
    [{ clauses: { has: 'jobTitle' } }],
    [{ clauses: { has: ['territory', 'job title'] } }],
    [{ clauses: { lacks: 'salary' } }],
    [{ clauses: { lacks: ['salary', 'pension'] } }],
    [{ from: { after: '2026-03-09' } }],
    [{ from: { notBefore: '2026-03-10' } }],
    [{ from: { notAfter: '2026-03-10' } }],
    [{ from: { before: '2026-03-11' } }],
    [{ from: { before: 'until', after: '2026-01-01' } }],
    [{ missing: { given: false } }],
    [{ nothing: { given: false } }],
    [{ from: { given: true } }],
    [{ citizenship: 'TR' }],
    [{ region: { outside: 'clauses' } }],
    [{ region: { outside: 'citizenship' } }],
    [{ anyOf: [{ year: 1 }, { urgent: true }] }],
    [{ anyOf: [{ missing: 1 }, { urgent: true }] }],
    [{ noneOf: [{ year: 1 }, { urgent: false }] }],
    [{ year: 2026, urgent: true }],
  ])('so: %j', (condition) => {
    expect(answer(condition)).toBe('yes');
  });

  it.each<[Asked]>([
    [{ title: 'waiter' }],
    [{ title: ['waiter', 'cook'] }],
    [{ title: { not: 'headCook' } }],
    [{ title: { not: ['waiter', 'Head Cook'] } }],
    [{ year: 2025 }],
    [{ year: '2026' }],
    [{ year: { atLeast: 2027 } }],
    [{ year: { atMost: 2025 } }],
    [{ year: { atLeast: 2025, atMost: 2025 } }],
    [{ urgent: false }],
    [{ clauses: 'salary' }],
    [{ clauses: { has: ['territory', 'salary'] } }],
    [{ clauses: { lacks: ['salary', 'territory'] } }],
    [{ clauses: { not: 'territory' } }],
    [{ from: { after: '2026-03-10' } }],
    [{ from: { notBefore: '2026-03-11' } }],
    [{ from: { notAfter: '2026-03-09' } }],
    [{ from: { before: '2026-03-10' } }],
    [{ missing: { given: true } }],
    [{ from: { given: false } }],
    [{ region: { outside: 'region' } }],
    [{ clauses: { outside: 'clauses' } }],
    [{ anyOf: [{ year: 1 }, { urgent: false }] }],
    [{ anyOf: [] }],
    [{ noneOf: [{ missing: 1 }, { urgent: true }] }],
    [{ missing: 1, urgent: false }],
    [{ urgent: false, missing: 1 }],
    [{ missing: { atLeast: 1, given: true } }],
  ])('not so: %j', (condition) => {
    expect(answer(condition)).toBe('no');
  });

  it.each<[Asked]>([
    [{ missing: 1 }],
    [{ missing: true }],
    [{ missing: [1, 2] }],
    [{ missing: { not: 1 } }],
    [{ missing: { atLeast: 1 } }],
    [{ missing: { atMost: 1 } }],
    [{ title: { atLeast: 1 } }],
    [{ title: { atMost: 1 } }],
    [{ missing: { has: 'a' } }],
    [{ title: { has: 'a' } }],
    [{ title: { lacks: 'a' } }],
    [{ missing: { after: '2026-01-01' } }],
    [{ from: { after: 'missing' } }],
    [{ title: { after: '2026-01-01' } }],
    [{ missing: { outside: 'region' } }],
    [{ region: { outside: 'missing' } }],
    [{ anyOf: [{ year: 1 }, { missing: 1 }] }],
    [{ anyOf: [{ missing: 1 }, { year: 1 }] }],
    [{ noneOf: [{ year: 1 }, { missing: 1 }] }],
    [{ year: 2026, missing: 1 }],
    [{ missing: 1, year: 2026 }],
    [{ missing: { atLeast: 1, atMost: 2 } }],
    [{ missing: { given: false, atLeast: 1 } }],
  ])('not known: %j', (condition) => {
    expect(answer(condition)).toBe('not-known');
  });

  it('looks a value up at the paper first, then at the worker', () => {
    expect(answer({ title: 'Head Cook', citizenship: 'tr' })).toBe('yes');
    expect(compileAsked({ title: 'waiter' }, words)({ title: null, [UNDER]: { title: 'Waiter' } })).toBe('yes');
  });

  it('names a word that nobody knows, and those that are known', () => {
    const few = new Set(['from', 'until']);
    const known = 'is not a word the ledger knows here. Write one of from, until.';
    expect(() => compileAsked({ form: 1 }, few)).toThrow(`"form" ${known}`);
    expect(() => compileAsked({ from: { after: 'untill' } }, few)).toThrow(`"untill" ${known}`);
    expect(() => compileAsked({ from: { outside: 'list' } }, few)).toThrow(`"list" ${known}`);
    expect(() => compileAsked({ anyOf: [{ form: 1 }] }, few)).toThrow(`"form" ${known}`);
    expect(() => requireFillable('From {from} to {til}.', few)).toThrow(`"til" ${known}`);
    expect(() => requireFillable('From {from} to {until}.', few)).not.toThrow();
    expect(compileAsked(undefined, few)({})).toBe('yes');
  });

  it('turns into its opposite, but for what is not known', () => {
    expect([opposite('yes'), opposite('no'), opposite('not-known')]).toEqual(['no', 'yes', 'not-known']);
  });
});

describe('a day of a paper', () => {
  it.each<[DayText, string | null]>([
    ['2026-02-28', '2026-02-28'],
    ['from', '2026-03-10'],
    ['missing', null],
    ['title', null],
    ['year', null],
    [{ days: 2, after: '2026-02-28' }, '2026-03-02'],
    [{ days: 10, before: 'from' }, '2026-02-28'],
    [{ months: 6, after: 'until' }, '2027-06-30'],
    [{ months: 6, after: 'missing' }, null],
    [{ days: 6, after: 'missing' }, null],
    [{ days: 6, before: 'missing' }, null],
    [{ latestOf: ['from', 'until', 'missing'] }, '2026-12-31'],
    [{ latestOf: ['until', 'from'] }, '2026-12-31'],
    [{ earliestOf: ['missing', 'until', 'from'] }, '2026-03-10'],
    [{ earliestOf: ['from', 'until'] }, '2026-03-10'],
    [{ earliestOf: ['missing', 'nothing'] }, null],
  ])('written %j is %s', (text, day) => {
    expect(compileDay(text, words)(values)).toBe(day);
  });

  it.each(['20260310-1', '2026-03x10', '2026x03-10', 'soon', ''])('is not "%s"', (text) => {
    expect(compileDay('from', words)({ from: text })).toBeNull();
  });
});

describe('a sentence with gaps', () => {
  it('is filled with the values, with lists joined and what is not known said so', () => {
    expect(filled('{title} from {from}: {clauses}, {missing}, {citizenship}, {year}.', values)).toBe(
      'Head  Cook from 2026-03-10: Job Title, territory, not known, TR, 2026.',
    );
    expect(filled('{missing} {permit.number}', { 'permit.number': 'P-1' }, '?')).toBe('? P-1');
    expect(filled('no gaps {but this one', values)).toBe('no gaps {but this one');
  });

  it('names its gaps', () => {
    expect(namesIn('From {from} to {permit.until}, {from}.')).toEqual(['from', 'permit.until', 'from']);
    expect(namesIn('nothing')).toEqual([]);
  });
});

describe('a condition as it is written in a file', () => {
  it.each([
    [{ a: 1, b: true, c: 'x', d: ['x', 2], e: { given: true } }, true],
    [{ a: { not: 'x' }, b: { not: ['x', 'y'] }, c: { has: 'x' }, d: { lacks: ['x'] }, e: { outside: 'a' } }, true],
    [{ a: { after: 'b' }, b: { before: { days: 2, after: 'c' } }, c: { notAfter: '2026-01-01' } }, true],
    [{ anyOf: [{ a: 1 }, { noneOf: [{ b: 2 }] }] }, true],
    [{ a: null }, false],
    [{ a: { least: 1 } }, false],
    [{ a: { has: [] } }, false],
    [{ a: { atLeast: 'x' } }, false],
    [{ a: { given: 'yes' } }, false],
    [{ a: { after: 5 } }, false],
    ['a', false],
  ])('%j is accepted: %s', (condition, accepted) => {
    expect(asked.safeParse(condition).success).toBe(accepted);
  });

  it.each([
    ['from', true],
    [{ days: 0, after: 'from' }, true],
    [{ days: 4000, before: 'from' }, true],
    [{ months: 6, after: { latestOf: ['from', 'until'] } }, true],
    [{ earliestOf: ['from'] }, true],
    [{ days: -1, after: 'from' }, false],
    [{ days: 4001, after: 'from' }, false],
    [{ days: 1.5, after: 'from' }, false],
    [{ days: 1 }, false],
    [{ months: 1, before: 'from' }, false],
    [{ latestOf: [] }, false],
    [{ earliestOf: [] }, false],
    [5, false],
  ])('the day %j is accepted: %s', (text, accepted) => {
    expect(namedDay.safeParse(text).success).toBe(accepted);
  });

  it('says what else may be written', () => {
    const saysOf = (problem: ReturnType<typeof asked.safeParse> | ReturnType<typeof namedDay.safeParse>) =>
      JSON.stringify(problem.error?.issues);
    expect(saysOf(namedDay.safeParse(5))).toContain(
      'is not a way to name a day: write the name of a day, a date, or a count such as { months: 6, after: permit.validUntil }',
    );
    expect(saysOf(asked.safeParse({ a: null }))).toContain(
      'must be a value, a list of values, or a test such as { after: permit.validUntil }',
    );
  });
});
