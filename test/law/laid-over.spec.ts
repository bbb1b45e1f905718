import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { lawTexts, loadRuleBook } from '../../src/law/book.js';
import { loadCheckedLaw } from '../../src/law/check.js';
import { dayNumber } from '../../src/law/days.js';
import { smallLaw } from './small-law.js';

const law = smallLaw();
const SOURCE = 'sourceKind: law, checkedOn: 2026-12-10, verified: true';
let over = '';

beforeEach(() => {
  over = mkdtempSync(join(tmpdir(), 'laid-over-'));
});
afterEach(() => rmSync(over, { recursive: true, force: true }));

function lay(path: string, text: string): void {
  mkdirSync(dirname(join(over, path)), { recursive: true });
  writeFileSync(join(over, path), text);
}
const book = () => loadRuleBook({ dir: law.folder, overlayDir: over });

describe('a file laid over the small law', () => {
  it('replaces the line of the same day and purpose, adds the others and keeps what it does not name', () => {
    lay(
      'x.yml',
      `parameter: mci
values:
  - { purpose: fines, validFrom: 2026-01-01, value: 4400, reference: Mended, ${SOURCE} }
  - { purpose: fines, validFrom: 2027-01-01, value: 4600, reference: Budget of 2027, ${SOURCE} }
`,
    );
    const { parameters } = book();
    expect(
      parameters
        .history('mci')
        .map(({ purpose, validFrom, value, reference }) => [purpose, validFrom, value, reference]),
    ).toEqual([
      ['fines', '2025-01-01', 3932, 'Budget of 2025'],
      ['fines', '2026-01-01', 4400, 'Mended'],
      ['fines', '2027-01-01', 4600, 'Budget of 2027'],
      ['benefits', '2025-01-01', 3932, 'Budget of 2025'],
    ]);
    expect(parameters.files.get('mci')).toMatchObject({ title: 'Monthly index', unit: 'tenge', expires: 'year-end' });
  });

  it('adds a reading to a rule and replaces its title; versions, readings and examples of both stand', () => {
    lay(
      'tell.yaml',
      `rule: tell-police
title: Tell them
versions:
  - { validFrom: 2020-03-31, verified: true, reference: Second order as amended }
  - { validFrom: 2028-01-01, verified: true, reference: Fourth order }
readings:
  - { reading: ten-days, says: Ten days., reference: A letter, ${SOURCE}, instead: { deadline: { dueOn: { businessDays: 10, after: occurredOn }, safeBy: due-day } } }
---
examples:
  - example: Of the overlay
    facts: [{ on: 2026-11-02, Arrived: {} }]
    asOf: 2026-11-05
    expect: [{ state: open }]
`,
    );
    const rule = book().rules.get('tell-police');
    expect(rule).toMatchObject({ title: 'Tell them', stream: 'worker', rows: ['S35', 'S36'], file: 'tell.yaml' });
    expect(
      rule?.versions.map(({ validFrom, validTo, reference, off }) => [validFrom, validTo, reference, off]),
    ).toEqual([
      ['2016-01-01', '2020-03-30', 'First order', undefined],
      ['2020-03-31', '2026-12-31', 'Second order as amended', undefined],
      ['2027-01-01', '2027-12-31', 'Third order', true],
      ['2028-01-01', undefined, 'Fourth order', undefined],
    ]);
    expect(rule?.readings.map(({ reading }) => reading)).toEqual(['three-days', 'five-days', 'ten-days']);
    expect(rule?.examples.map(({ example }) => example)).toEqual([
      'On the last day it is open',
      'On the next day it is overdue',
      'Of the overlay',
    ]);
  });

  it('keeps the examples below where it has none, and brings its own where there were none', () => {
    lay('a.yaml', 'rule: tell-police\ntitle: Tell them\n');
    expect(book().rules.get('tell-police')?.examples).toHaveLength(2);
    law.change('obligations/tell.yaml', /---[\s\S]*/, '');
    expect(book().rules.get('tell-police')?.examples).toEqual([]);
    lay(
      'a.yaml',
      'rule: tell-police\ntitle: Tell them\n---\nexamples: [{ example: One, facts: [{ on: 2026-01-01, Arrived: {} }], asOf: 2026-01-01, expect: [] }]\n',
    );
    expect(
      book()
        .rules.get('tell-police')
        ?.examples.map(({ example }) => example),
    ).toEqual(['One']);
  });

  it('adds countries and groups', () => {
    lay(
      'more.yaml',
      `countries: |
  US United States
codesFrom: ISO 3166-1
defaults: {}
groups:
  - { group: newcomers, title: New friends, countries: [US], validFrom: 2020-01-01, workVisaNeeded: false, reference: A letter, ${SOURCE} }
  - { group: newcomers, title: Later friends, countries: [TR], validFrom: 2026-01-01, reference: A letter, ${SOURCE} }
`,
    );
    const { countries } = book();
    expect(Object.fromEntries(countries.names)).toEqual({ KG: 'Kyrgyzstan', TR: 'Türkiye', US: 'United States' });
    expect(countries.groups.map(({ title }) => title)).toEqual([
      'Economic union',
      'Friends',
      'New friends',
      'Later friends',
    ]);
    expect(countries.groupNamesOf('TR', dayNumber('2025-12-31'))).toEqual(['friends']);
    expect(countries.groupNamesOf('TR', dayNumber('2026-01-01'))).toEqual(['friends', 'newcomers']);
    expect(countries.permitExemption('KG', dayNumber('2026-01-01'))?.group).toBe('union');
    expect(countries.permitExemption('US', dayNumber('2026-01-01'))).toBeNull();
    expect(countries.permitExemption('KG', dayNumber('2014-12-31'))).toBeNull();
  });

  it('replaces a group of the same name and day, whatever else of the countries it leaves out', () => {
    lay(
      'friends.yaml',
      `defaults: { sourceKind: agency, checkedOn: 2026-12-10, verified: true }
groups:
  - { group: friends, title: Fewer friends, countries: [KG], validFrom: 2020-01-01, reference: A letter }
`,
    );
    const { countries } = book();
    expect([...countries.names.keys()]).toEqual(['KG', 'TR']);
    expect(countries.groups.map(({ title, sourceKind }) => [title, sourceKind])).toEqual([
      ['Economic union', 'law'],
      ['Fewer friends', 'agency'],
    ]);
    expect(countries.groupNamesOf('TR', dayNumber('2026-01-01'))).toEqual([]);
    lay(
      'friends.yaml',
      'groups:\n  - { group: friends, title: Fewer friends, countries: [XX], validFrom: 2020-01-01, reference: A letter }\n',
    );
    expect(law.refusal(book).message).toContain('"XX"');
  });

  it('adds regions and sizes, and days to a year', () => {
    lay(
      'r.yaml',
      'regions: [{ code: KZ-75, name: Alma-Ata, kind: city, validFrom: 1997-01-01 }, { code: KZ-71, name: Astana, kind: city, validFrom: 1997-01-01 }]\n',
    );
    lay('s.yaml', 'sizes: [{ size: large, title: Large business, validFrom: 2015-01-01 }]\n');
    lay('c.yaml', 'calendar: 2026\ndays: |\n  2026-03-03 holiday A new feast\n');
    const { regions, sizes, calendar } = book();
    expect([...regions.values()].map(({ code, name }) => [code, name])).toEqual([
      ['KZ-75', 'Alma-Ata'],
      ['KZ-71', 'Astana'],
    ]);
    expect([...sizes.keys()]).toEqual(['medium', 'large']);
    expect(calendar.describe(dayNumber('2026-03-03'))).toMatchObject({ working: false, why: 'A new feast' });
    expect(calendar.describe(dayNumber('2026-05-11'))).toMatchObject({ working: false, decree: 'decree 7' });
    expect(calendar.describe(dayNumber('2026-01-01'))).toMatchObject({ working: false });
  });

  it('changes one penalty of a file and adds another, each with what stands beside its versions', () => {
    lay(
      'fines.yaml',
      `penalties:
  - penalty: late-again
    title: Twice within a year
    versions:
      - { validFrom: 2027-01-01, tiers: { individual: 1, official: 2, small: 3, nonprofit: 4, medium: 5, large: 6 }, reference: Law of 2026, ${SOURCE} }
  - penalty: no-permit
    article: art. 519 p. 1
    title: Work without a permit
    tiers: { individual: 1, official: 2, small: 3, nonprofit: 4, medium: 5, large: 6 }
    sourceKind: law
    checkedOn: 2026-12-10
    verified: true
    remark: nobody has read it
    versions: [{ validFrom: 2015-01-01, reference: Code of 2015 }]
`,
    );
    const { penalties } = book();
    expect([...penalties.keys()]).toEqual(['late-notice', 'late-again', 'no-permit']);
    expect(penalties.get('late-again')).toMatchObject({ title: 'Twice within a year', article: 'art. 518 p. 3' });
    expect(penalties.get('late-again')?.versions.map(({ validFrom, tiers }) => [validFrom, tiers.large])).toEqual([
      ['2015-01-01', 100],
      ['2027-01-01', 6],
    ]);
    expect(penalties.get('no-permit')?.versions).toEqual([
      {
        validFrom: '2015-01-01',
        tiers: { individual: 1, official: 2, small: 3, nonprofit: 4, medium: 5, large: 6 },
        reference: 'Code of 2015',
        sourceKind: 'law',
        checkedOn: '2026-12-10',
        verified: true,
        remark: 'nobody has read it',
      },
    ]);
  });

  it('is in the list of files and in the hash, behind the shipped ones', () => {
    const before = loadRuleBook({ dir: law.folder });
    lay(
      'b/two.yaml',
      'parameter: x\ntitle: An x\nvalues: [{ validFrom: 2026-01-01, value: 1, reference: A letter, sourceKind: law, checkedOn: 2026-12-10, verified: true }]\n',
    );
    lay('a.txt', 'no law');
    lay('b.yaml.bak', 'no law');
    const after = book();
    expect(after.files).toEqual([...before.files, 'b/two.yaml']);
    expect(before.files).toEqual([...before.files].sort());
    expect(after.hash).not.toBe(before.hash);
    expect(lawTexts({ dir: law.folder, overlayDir: over }).laid.map(({ path }) => path)).toEqual(['b/two.yaml']);
    expect(lawTexts({ dir: law.folder }).laid).toEqual([]);
  });
});

describe('a broken file laid over the small law', () => {
  const EXAMPLES = 'examples: [{ example: Nobody has a permit, finding: late-arrival, facts: none, expect: [] }]';

  it.each([
    ['findings', 'findings: [{ finding: late-arrival }]', 'findings.0.title'],
    ['routes', 'routes: What has to be had.\nneeds: [{ need: notice }]', 'needs.0.title'],
    ['checklists', 'checklists: [{ checklist: arrival, when: ]', 'is not readable YAML'],
    ['an empty line of findings', 'findings:\n  -\n', 'broken.yaml'],
    ['conflicts', 'conflicts: [{ conflict: amount }]\ncheckedOn: 2026-11-22', 'conflicts.0.title'],
    ['the examples of a rule', 'rule: tell-police\n---\nexamples: [{ example: One }]', 'examples.0.facts'],
    ['the examples of findings', `findings: []\n---\n${EXAMPLES}`, 'findings'],
  ])('about %s is refused at once, with file, place and remedy, and told as a thing to mend', (_, text, place) => {
    lay('broken.yaml', text);
    const error = law.refusal(book);
    expect(error.file).toBe('broken.yaml');
    expect(error.message).toContain(place);
    expect(error.message).toContain('To mend it: ');
    const { book: read, problems } = loadCheckedLaw({ dir: law.folder, overlayDir: over }, '2026-11-22');
    expect(read).toBeNull();
    expect(problems.map(({ where, problem }) => `${where}: ${problem}`)).toContain(error.message);
  });

  it('does not make the law of the shipped files be read at once', () => {
    law.write('broken.yaml', 'findings: [{ finding: late-arrival }]');
    const { book: read, problems } = loadCheckedLaw({ dir: law.folder }, '2026-11-22');
    expect(problems).toEqual([]);
    expect(() => read?.papers).toThrow('findings.0.title');
  });

  it.each([
    ['an event that does not exist', 'on: Arived, subject: worker', 'waits for "Arived", which is no event type'],
    [
      'a field that the event does not have',
      'on: Arrived, when: { event.hsot: x }, subject: worker',
      'reads "event.hsot"',
    ],
  ])('names %s before the ledger is started with it', (_, opens, problem) => {
    lay('tell.yaml', `rule: tell-police\nopens: [{ ${opens}, responsible: host }]\n`);
    const { problems } = loadCheckedLaw({ dir: law.folder, overlayDir: over }, '2026-11-22');
    expect(problems).toEqual([
      { where: 'tell.yaml: tell-police', problem: expect.stringContaining(problem) as unknown },
    ]);
  });
});

describe('what a laid file cannot mean', () => {
  const told = (today = '2026-12-20') =>
    loadCheckedLaw({ dir: law.folder, overlayDir: over }, today).problems.map(
      ({ where, problem }) => `${where}: ${problem}`,
    );
  const mci = (...lines: string[]) =>
    lay('mci.yaml', `parameter: mci\nvalues:\n${lines.map((line) => `  - { ${line} }\n`).join('')}`);
  const OK = `purpose: fines, validFrom: 2027-01-01, value: 4600, reference: A budget, ${SOURCE}`;
  const line = (right: string, wrong: string) => OK.replace(right, wrong);

  it('is nothing where everything is in order', () => {
    mci(OK);
    expect(told()).toEqual([]);
  });

  it.each([
    [
      'an amount in quotes',
      line('4600', '"4 700"'),
      'values.1.value: is text (found "4 700"), the shipped values are a number',
    ],
    ['no amount at all', line('4600', '0000'), 'values.1.value: is 0, all shipped values are more than 0'],
    ['an amount below nothing', line('4600', '-1'), 'values.1.value: is -1, all shipped values are more than 0'],
    ['a broken amount', line('4600', '4.6'), 'values.1.value: is 4.6, all shipped values are whole numbers'],
    [
      'a misspelt purpose',
      line('fines', 'fine'),
      'values.1.purpose: "fine" is none that this parameter has (did you mean "fines"?). To mend it: write fines or benefits.',
    ],
    ['no purpose', line('purpose: fines, ', ''), 'values.1.purpose: is missing. To mend it: write fines or benefits.'],
    [
      'the same purpose and day again',
      line('4600', '4700'),
      'values.1: says again what values.0 says (fines of 2027-01-01)',
    ],
    [
      'a look-up in years to come',
      line('checkedOn: 2026-12-10', 'checkedOn: 2150-01-01'),
      'values.1.checkedOn: is 2150-01-01, more than a year after today (2026-12-20)',
    ],
    [
      'no source',
      line('reference: A budget, ', ''),
      'values.1.reference: is missing, a value without a source is refused',
    ],
  ])('is %s, told with its place in that file', (what, wrong, problem) => {
    mci(OK, what.startsWith('the same') ? wrong : wrong.replace('2027-01-01', '2028-01-01'));
    const found = told();
    expect(found).toHaveLength(1);
    expect(found[0]?.slice(0, `mci.yaml: ${problem}`.length)).toBe(`mci.yaml: ${problem}`);
    expect(found[0]).toContain('To mend it: ');
  });

  it('is told in place of what follows from it', () => {
    lay(
      'l.yaml',
      `parameter: limitation\nvalues: [{ validFrom: 2027-01-01, value: "3", reference: A law, ${SOURCE} }]\n`,
    );
    expect(told()).toEqual([expect.stringMatching(/^l\.yaml: values\.0\.value: is text \(found "3"\)/)]);
  });

  it('may be a purpose of a parameter that has none, but not one that narrows another', () => {
    lay(
      'l.yaml',
      `parameter: limitation\nvalues: [{ purpose: x, validFrom: 2027-01-01, value: 3, reference: A law, ${SOURCE} }]\n`,
    );
    expect(told()).toEqual([expect.stringContaining('"x" is none that this parameter has. To mend it: take it out.')]);
    rmSync(join(over, 'l.yaml'));
    mci(line('fines', '"fines:small"'));
    expect(told()).toEqual([]);
  });

  it('is a moved day without its act, and a working day that is made one', () => {
    law.change(
      'calendar/2026.yaml',
      /days: \|\n/,
      'days: |\n  2026-03-02 day-off moved here | decree 8\n  2026-02-28 working worked instead of 2026-03-02 | decree 8\n',
    );
    lay(
      'c.yaml',
      'calendar: 2027\ndays: |\n  2027-03-01 day-off moved here\n  2027-03-03 working worked instead | decree 9\n  2027-03-06 working worked instead | decree 9\n',
    );
    expect(told()).toEqual([
      expect.stringMatching(/^c\.yaml: days, line 1 \(2027-03-01\): is a day of the kind "day-off" without the act/),
      expect.stringMatching(/^c\.yaml: days, line 2 \(2027-03-03\): is a working day already/),
    ]);
  });

  it.each([
    [
      'rule',
      'rule: tell-polise\nversions: [{ validFrom: 2027-01-01 }]',
      'rule: there is no rule "tell-polise" in the law (did you mean "tell-police"?)',
    ],
    [
      'parameter',
      'parameter: mcii\nvalues: []',
      'parameter: there is no parameter "mcii" in the law (did you mean "mci"?)',
    ],
    [
      'penalty',
      'penalties: [{ penalty: late-notce, versions: [] }]',
      'penalties.0.penalty: there is no penalty "late-notce" in the law (did you mean "late-notice"?)',
    ],
  ])('is a misspelt %s, told beside what is missing', (_, text, problem) => {
    lay('new.yaml', text);
    const [first, ...more] = told();
    expect(first?.slice(0, `new.yaml: ${problem}`.length)).toBe(`new.yaml: ${problem}`);
    expect(more).toEqual([expect.stringMatching(/^new\.yaml: .*To mend it: /)]);
  });

  it('is an entry without keys', () => {
    lay('mci.yaml', 'parameter: mci\nvalues:\n  -\n');
    expect(told()).toEqual([expect.stringMatching(/^mci\.yaml: values\.0: is no entry with keys/)]);
  });
});

describe('a small law under other readings', () => {
  const days = (choices: Readonly<Record<string, string>>) =>
    law
      .book()
      .withReadings(choices)
      .program.rules.find(({ id }) => id === 'tell-police')
      ?.versions.map(({ spec, reading }) => [
        reading,
        spec.validFrom,
        spec.validTo,
        spec.deadline.safeBy,
        spec.sourceKind,
      ]);

  it('splits the version in which the other reading begins', () => {
    expect(days({ 'tell-police': 'five-days' })).toEqual([
      ['five-days', '2027-01-01', undefined, 'working-day-before', 'press'],
      ['five-days', '2026-07-01', '2026-12-31', 'working-day-before', 'press'],
      ['five-days', '2020-03-31', '2026-06-30', 'inclusive', 'law'],
      ['five-days', '2016-01-01', '2020-03-30', 'inclusive', 'law'],
    ]);
    expect(days({})?.map(([reading, from]) => [reading, from])).toEqual([
      ['three-days', '2027-01-01'],
      ['three-days', '2020-03-31'],
      ['three-days', '2016-01-01'],
    ]);
  });

  it('begins where a version begins, or on the last day of one, without an empty version', () => {
    law.change('obligations/tell.yaml', 'instead: { validFrom: 2026-07-01', 'instead: { validFrom: 2020-03-31');
    expect(days({ 'tell-police': 'five-days' })?.map(([, from, until]) => [from, until])).toEqual([
      ['2027-01-01', undefined],
      ['2020-03-31', '2026-12-31'],
      ['2016-01-01', '2020-03-30'],
    ]);
    law.change('obligations/tell.yaml', 'instead: { validFrom: 2020-03-31', 'instead: { validFrom: 2026-12-31');
    expect(days({ 'tell-police': 'five-days' })?.map(([, from, until]) => [from, until])).toEqual([
      ['2027-01-01', undefined],
      ['2026-12-31', '2026-12-31'],
      ['2020-03-31', '2026-12-30'],
      ['2016-01-01', '2020-03-30'],
    ]);
  });

  it('is the same book whatever the order in which the readings were chosen, and knows its choices', () => {
    const book = law.book();
    const one = book.withReadings({ 'tell-police': 'five-days', 'counting-of-days': 'inclusive' });
    const two = book.withReadings({ 'counting-of-days': 'inclusive', 'tell-police': 'five-days' });
    expect(two).toBe(one);
    expect(one.choices).toEqual({ 'tell-police': 'five-days', 'counting-of-days': 'inclusive' });
    expect(one.withReadings({ 'tell-police': 'three-days' }).choices).toEqual({
      'tell-police': 'three-days',
      'counting-of-days': 'inclusive',
    });
    expect([one.hash, one.files]).toEqual([book.hash, book.files]);
    expect(book.withReadings({}).choices).toEqual({});
  });
});

describe('a parameter of the small law', () => {
  const ask = (name: string, on: string, purpose?: string) => law.book().parameter(name, { on, purpose });

  it('is known in its years, and beyond them only what was last known', () => {
    expect(ask('mci', '2026-12-31', 'fines')).toMatchObject({
      name: 'mci',
      title: 'Monthly index',
      unit: 'tenge',
      on: '2026-12-31',
      known: { value: 4325, validFrom: '2026-01-01', validTo: null, purpose: 'fines', verified: false },
      lastKnown: null,
    });
    expect(ask('mci', '2025-12-31', 'fines').known?.value).toBe(3932);
    expect(ask('mci', '2027-01-01', 'fines')).toMatchObject({ known: null, lastKnown: { value: 4325 } });
    expect(ask('mci', '2024-12-31', 'fines')).toMatchObject({ known: null, lastKnown: null });
    expect(ask('mci', '2026-01-01', 'benefits')).toMatchObject({ known: null, lastKnown: { value: 3932 } });
    expect(ask('mci', '2026-01-01', 'rent')).toMatchObject({ known: null, lastKnown: null });
    expect(ask('mci', '2026-01-01')).toMatchObject({ known: null, lastKnown: null });
  });

  it('needs no purpose where it has none', () => {
    expect(ask('limitation', '2015-01-01')).toMatchObject({ unit: 'months', known: { value: 2, purpose: null } });
    expect(ask('limitation', '2014-12-31').known).toBeNull();
    expect(ask('counting-of-days', '2026-01-01').unit).toBeNull();
    expect(ask('limitation', '2026-01-01', 'fines').known).toBeNull();
    expect([law.book().parameters.purposes('mci'), law.book().parameters.purposes('limitation')]).toEqual([
      ['fines', 'benefits'],
      [],
    ]);
  });

  it('needs no purpose where it has a single one, and ends on its own last day', () => {
    law.write(
      'p.yaml',
      `parameter: limit\ntitle: A limit\nvalues: [{ purpose: "2", validFrom: 2020-01-01, validTo: 2026-06-30, value: 3, reference: A letter, ${SOURCE}, remark: so far }]\n`,
    );
    expect(ask('limit', '2026-06-30').known).toMatchObject({ value: 3, validTo: '2026-06-30', remark: 'so far' });
    expect(ask('limit', '2026-07-01')).toMatchObject({ known: null, lastKnown: { value: 3 } });
    expect(law.book().parameters.limitOn('limit', '2', dayNumber('2026-06-30'))).toBe(3);
    expect(law.book().parameters.limitOn('limit', '3', dayNumber('2026-06-30'))).toBeNull();
    expect(law.book().parameters.limitOn('counting-of-days', '', dayNumber('2026-06-30'))).toBeNull();
    expect([law.book().parameters.has('limit'), law.book().parameters.has('limits')]).toEqual([true, false]);
  });

  it('is told with one point where a sentence ends', () => {
    lay('broken.yaml', 'rule: [');
    expect(() => book()).toThrow(/^(?!.*[.:]{2}).*$/s);
  });
});
