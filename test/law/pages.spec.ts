import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { coveragePage, lawPage, momentText, partsOf, type SourceRow } from '../../src/law/pages.js';
import { book } from './kit.js';
import { smallLaw } from './small-law.js';

const law = smallLaw();

describe('the law as a page for a lawyer', () => {
  it('holds all that the files say', () => {
    expect(lawPage(law.book())).toBe(readFileSync(join(__dirname, 'pages/small-law.md'), 'utf8'));
  });

  it.each([
    ['occurredOn', 'the event'],
    ['event.validUntil', "the event's validUntil"],
    ['stay.lastDay', 'stay.lastDay'],
    [{ businessDays: 3, after: 'occurredOn' }, '3 working days after the event'],
    [{ calendarDays: 30, before: 'permit.validUntil' }, '30 calendar days before permit.validUntil'],
    [{ calendarDays: 30, after: 'trip.from' }, '30 calendar days after trip.from'],
    [{ calendarDays: 30, after: 'trip.from', endingOn: 'any-day' }, '30 calendar days after trip.from'],
    [
      { calendarDays: 30, after: 'trip.from', endingOn: 'working-day' },
      '30 calendar days after trip.from, or the next working day',
    ],
    [{ months: 2, after: { months: 1, after: 'occurredOn' } }, '2 months after 1 months after the event'],
    [{ dayNumber: 10, from: 'stay.arrivedOn' }, 'day 10 from stay.arrivedOn'],
    [{ monthDay: '08-01', year: 'event.year', yearsBefore: 1 }, "08-01 of the year before the event's year"],
    [{ monthDay: '08-01', year: 'event.year' }, "08-01 of the event's year"],
    [{ earliestOf: ['occurredOn', 'visa.validUntil'] }, 'the earliest of the event and visa.validUntil'],
    [{ latestOf: ['occurredOn', 'visa.validUntil'] }, 'the latest of the event and visa.validUntil'],
    [{ unknown: 'the regions announce it' }, 'not known: the regions announce it'],
  ] as const)('says %j as "%s"', (moment, text) => {
    expect(momentText(moment)).toBe(text);
  });
});

describe('the page of what the source documents ask for', () => {
  const asked = (row: string, source: number, duty: string, more: Partial<SourceRow> = {}): SourceRow => ({
    row,
    source,
    duty,
    ...more,
  });
  const rows = [
    asked('S35', 2, 'Tell the police | in time'),
    asked('S00', 1, 'Keep a list\nof everybody', { by: 'the list of workers', notYet: 'no list is printed' }),
    asked('S98', 1, 'Know what is new', { informationOnly: 'nothing has to be done' }),
    asked('S99', 1, 'Nobody thought of it'),
  ];
  const tests = new Map([
    ['S35', ['test/one.spec.ts', 'test/two.spec.ts']],
    ['S00', ['test/three.spec.ts', 'test/three.spec.ts']],
  ]);

  it('names for each row what answers it and what shows it, and says why where nothing does', () => {
    expect(coveragePage(book, rows, tests)).toBe(`# What the source documents ask for, and what answers it

This page is generated. Of 4 rows 1 are information only and 1 are not there yet, wholly or in part; each says why.

| row | document | duty or system | answered by | shown by |
|---|---|---|---|---|
| S35 | 2 | Tell the police \\| in time | rule \`notify-arrival\` | test/one.spec.ts, test/two.spec.ts, examples in its file |
| S00 | 1 | Keep a list of everybody | the list of workers; *not yet*: no list is printed | test/three.spec.ts |
| S98 | 1 | Know what is new | *information only*: nothing has to be done |  |
| S99 | 1 | Nobody thought of it | *not yet* |  |
`);
  });

  it('finds a row in rules, findings, the route finder and the checklists', () => {
    expect(partsOf('S64', book)).toEqual([
      'finding `applied-before-vacancy-rested`',
      'route finder `vacancy-search`',
      'checklist `work-permit-application`',
    ]);
    expect(partsOf('S46', book)).toContain('finding `contract-before-permit`');
    expect(partsOf('S34', book)).toEqual(['rule `notify-arrival`', 'route finder `arrival-notice`']);
  });
});
