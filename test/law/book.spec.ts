import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { assess } from '../../src/law/assess.js';
import { loadRuleBook } from '../../src/law/book.js';
import { runExample } from '../../src/law/examples.js';
import { exposureOf, priceOf } from '../../src/law/exposure.js';
import { LawError } from '../../src/law/law-error.js';

const shipped = join(__dirname, '../../src/law');
let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'law-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

/** A copy of the shipped law with one file changed. */
function changed(path: string, change: (text: string) => string): void {
  cpSync(shipped, folder, { recursive: true, filter: (source) => !source.endsWith('.ts') });
  const before = readFileSync(join(folder, path), 'utf8');
  const after = change(before);
  expect(after).not.toBe(before);
  writeFileSync(join(folder, path), after);
}

function refusal(options: { dir?: string; overlayDir?: string }): LawError {
  try {
    loadRuleBook(options);
  } catch (error) {
    if (error instanceof LawError) return error;
    throw error;
  }
  throw new Error('the law was accepted');
}

describe('loading the law', () => {
  it('gives the same hash for the same files and another for a changed one', () => {
    const first = loadRuleBook();
    expect(loadRuleBook().hash).toBe(first.hash);
    expect(first.hash).toMatch(/^[0-9a-f]{64}$/);
    changed('parameters/limitation.yaml', (text) => text.replace('value: 2', 'value: 3'));
    expect(loadRuleBook({ dir: folder }).hash).not.toBe(first.hash);
  });

  it('is frozen to the last line', () => {
    const book = loadRuleBook();
    expect(Object.isFrozen(book)).toBe(true);
    expect(Object.isFrozen(book.rules.get('notify-arrival')?.versions[0]?.deadline)).toBe(true);
    expect(Object.isFrozen(book.penalties.get('cao-518-1')?.versions[0]?.tiers)).toBe(true);
    expect(Object.isFrozen(book.parameter('mci', { on: '2026-01-01', purpose: 'fines' }).known)).toBe(true);
  });

  it.each([
    ['reference', 'is missing, a value without a source is refused'],
    ['sourceKind', 'is not a kind of source'],
    ['checkedOn', 'is missing: write the day on which somebody last looked the value up'],
    ['verified', 'must be true or false'],
  ])('refuses a value without %s', (key, problem) => {
    changed('parameters/limitation.yaml', (text) => text.replace(new RegExp(`^ *${key}:.*\n`, 'm'), ''));
    const error = refusal({ dir: folder });
    expect(error.file).toBe('parameters/limitation.yaml');
    expect(error.path).toBe(`values.0.${key}`);
    expect(error.message).toContain(problem);
    expect(error.message).toContain('To mend it: ');
  });

  it.each([
    ['notify-arrival', 'businessDays: 3', 'businessDays: three', 'must be a whole number from 1 to 400'],
    [
      'notify-arrival',
      'safeBy: inclusive }\ncloses',
      'safeBy: soon }\ncloses',
      'write inclusive, working-day-before or due-day',
    ],
    [
      'notify-arrival',
      'after: occurredOn }, safeBy',
      'after: yesterday }, safeBy',
      '"yesterday" is not a day the ledger knows',
    ],
    [
      'update-work-permit-position',
      'needsPermit: true',
      'needsPermission: true',
      '"needsPermission" is not a condition the ledger knows',
    ],
    ['notify-arrival', 'penalty: cao-518-1', 'penalty: cao-999', 'names "cao-999", which is no penalty of the law'],
    ['notify-arrival', 'becomes: submitted', 'becomes: filed', 'closes.0.becomes'],
    ['notify-arrival', 'rows: [S34', 'rows: [X34', 'is not a row of the source documents'],
    ['notify-arrival', 'validFrom: 2020-03-31', 'validFrom: 2020-02-31', 'is not a date that exists'],
    ['notify-arrival', 'default: true', 'default: false', 'must have exactly one default'],
    ['notify-arrival', '  en: ', '  xx: ', 'sentence'],
    ['notify-arrival', 'title: Tell', 'titel: Tell', 'titel'],
    ['notify-arrival', 'deadline: { dueOn: { businessDays', 'deadline: { dueOn: [businessDays', 'is not readable YAML'],
  ])('names the place and the remedy of a mistake in %s, case %#', (rule, right, wrong, message) => {
    changed(`obligations/${rule}.yaml`, (text) => text.replace(right, wrong));
    const error = refusal({ dir: folder });
    expect(error.file).toBe(`obligations/${rule}.yaml`);
    expect(error.message).toContain(message);
    expect(error.remedy.length).toBeGreaterThan(10);
  });

  it('refuses versions that overlap or leave a gap', () => {
    changed('obligations/notify-address-change.yaml', (text) =>
      text.replace('- validFrom: 2016-01-01', '- validFrom: 2016-01-01\n    validTo: 2020-04-15'),
    );
    expect(refusal({ dir: folder }).message).toContain('the two overlap');
    changed('obligations/notify-address-change.yaml', (text) =>
      text.replace('- validFrom: 2016-01-01', '- validFrom: 2016-01-01\n    validTo: 2020-03-15'),
    );
    expect(refusal({ dir: folder }).message).toContain('leave a gap');
  });

  it('refuses a year that is missing in the calendar, a day of another year and a line that says nothing', () => {
    changed('calendar/2022.yaml', (text) => text.replace('calendar: 2022', 'calendar: 2030'));
    expect(refusal({ dir: folder }).message).toContain('the year 2022 is missing between 2021 and 2023');
    changed('calendar/2022.yaml', (text) => text.replace('2022-03-08 holiday', '2021-03-08 holiday'));
    expect(refusal({ dir: folder }).message).toContain('does not lie in 2022');
    changed('calendar/2022.yaml', (text) => text.replace('2022-03-08 holiday', '2022-03-08 feast'));
    expect(refusal({ dir: folder }).message).toContain('has a line that names no day: "2022-03-08 feast');
  });

  it('refuses a country of a group that does not exist, a second line for the same day and a file without a kind', () => {
    changed('countries.yaml', (text) => text.replace('countries: [GE, MD', 'countries: [GE, XX'));
    expect(refusal({ dir: folder }).message).toContain('names the country "XX"');
    changed('countries.yaml', (text) => `${text}\n`);
    writeFileSync(join(folder, 'note.yaml'), 'remember: this\n');
    expect(refusal({ dir: folder }).message).toContain('does not say what it holds');
    rmSync(join(folder, 'note.yaml'));
    changed('parameters/mci.yaml', (text) => text.replace('validFrom: 2026-01-01', 'validFrom: 2025-01-01'));
    expect(refusal({ dir: folder }).message).toContain('overlaps the line of 2025-01-01 for fines');
  });

  it('names a folder that cannot be read', () => {
    expect(refusal({ dir: join(folder, 'nowhere') }).message).toContain('is not a folder that can be read');
  });

  it('knows 249 countries, 20 regions and 7 sizes', () => {
    const { countries, regions, sizes } = loadRuleBook();
    expect(countries.names.size).toBe(249);
    expect([countries.exists('TR'), countries.exists('XX'), countries.exists('UK'), countries.exists('NO')]).toEqual([
      true,
      false,
      false,
      true,
    ]);
    expect(regions.size).toBe(20);
    expect(regions.get('KZ-75')?.name).toBe('Almaty');
    expect([...sizes.keys()]).toContain('unknown');
  });

  it('refuses a reading that does not exist', () => {
    const book = loadRuleBook();
    expect(() => book.withReadings({ 'request-quota': 'next-week' })).toThrow(
      'choose one of first-of-august, september-27, september-30',
    );
    expect(() => book.withReadings({ 'no-such-rule': 'x' })).toThrow('names neither a rule nor a parameter');
    expect(() => book.withReadings({ 'cancel-visa': 'x' })).toThrow('none: sources agree here');
    expect(book.withReadings({ 'request-quota': 'september-30' })).toBe(
      book.withReadings({ 'request-quota': 'september-30' }),
    );
  });
});

describe('files laid over the shipped law', () => {
  const arrival = {
    eventId: 'a',
    type: 'Arrived',
    occurredOn: '2027-01-11',
    data: { region: 'KZ-75' },
    revision: 0,
    statedBy: 'a',
  };
  const due = (overlayDir?: string) => {
    const book = loadRuleBook(overlayDir === undefined ? {} : { overlayDir });
    const [one] = assess([arrival], book, { kind: 'worker', id: 'w' }).obligations();
    return { book, obligation: one };
  };

  it('add the MCI of a new year, and only then tenge are known', () => {
    const before = due();
    const price = { asOf: '2027-02-01', sizeOn: () => 'medium' as const };
    if (before.obligation === undefined) throw new Error('nothing opened');
    expect(exposureOf(before.obligation, { ...price, book: before.book })).toMatchObject({
      mciMin: 15,
      tengeMin: null,
      mci: { value: null, lastKnown: { value: 4325, validFrom: '2026-01-01' } },
    });
    write(
      'mci-2027.yaml',
      'parameter: mci\ntitle: Monthly calculation index (MCI)\nvalues:\n  - { purpose: fines, validFrom: 2027-01-01, value: 4600, reference: "Law on the budget 2027-2029", sourceKind: law, checkedOn: 2026-12-10, verified: true }\n',
    );
    const after = due(folder);
    if (after.obligation === undefined) throw new Error('nothing opened');
    expect(exposureOf(after.obligation, { ...price, book: after.book })).toMatchObject({
      tengeMin: 69_000,
      mci: { value: 4600, lastKnown: null },
    });
    expect(after.book.parameter('mci', { on: '2026-05-05', purpose: 'fines' }).known?.value).toBe(4325);
    expect(after.book.hash).not.toBe(before.book.hash);
  });

  it('move a working day', () => {
    expect(due().obligation?.dueOn).toBe('2027-01-14');
    write(
      'calendar-2027.yaml',
      'calendar: 2027\ndays: |\n  2027-01-14 day-off  day off moved here from 2027-01-16 | order of the ministry\n  2027-01-16 working  worked instead of 2027-01-14 | order of the ministry\n',
    );
    expect(due(folder).obligation?.dueOn).toBe('2027-01-15');
  });

  it('add a dated version under a rule', () => {
    write(
      'notify-arrival.yaml',
      'rule: notify-arrival\nversions:\n  - validFrom: 2027-01-01\n    verified: true\n    reference: Order of 2026-12-20\n    deadline: { dueOn: { businessDays: 5, after: occurredOn }, safeBy: inclusive }\n',
    );
    const { obligation, book } = due(folder);
    expect(obligation).toMatchObject({ dueOn: '2027-01-18', ruleVersion: '2027-01-01', verified: true });
    const example = book.rules.get('notify-arrival')?.examples[0];
    if (example === undefined) throw new Error('no examples');
    expect(runExample(example, book, 'notify-arrival')).toEqual([]);
  });

  it('bring a rule of their own, in one file', () => {
    write(
      'obligations/greet.yaml',
      `rule: greet-worker
title: Greet the worker
rows: []
sentence: { en: Greet the worker., ru: Поприветствуйте работника., kk: Қызметкермен амандасыңыз. }
sourceKind: policy
checkedOn: 2026-11-22
verified: false
reference: Custom of the house
opens: [{ on: Arrived, subject: worker, responsible: employer }]
deadline: { dueOn: { businessDays: 1, after: occurredOn }, safeBy: inclusive }
versions: [{ validFrom: 2026-01-01 }]
---
examples: []
`,
    );
    const book = loadRuleBook({ overlayDir: folder });
    const opened = [...assess([arrival], book, { kind: 'worker', id: 'w' }).obligations()].map(({ rule, dueOn }) => [
      rule,
      dueOn,
    ]);
    expect(opened).toContainEqual(['greet-worker', '2027-01-12']);
  });

  it('raise a fine from a day on, and leave the older amounts as they were', () => {
    write(
      'fines.yaml',
      `penalties:
  - penalty: cao-518-1
    versions:
      - { validFrom: 2027-01-01, tiers: { individual: 5, official: 20, small: 20, nonprofit: 20, medium: 30, large: 40 }, reference: "Law of 2026-12-01", sourceKind: law, checkedOn: 2026-12-10, verified: true }
`,
    );
    const laid = loadRuleBook({ overlayDir: folder });
    const amount = (on: string) =>
      priceOf({ penalty: 'cao-518-1', size: 'medium', on, asOf: '2026-12-31', book: laid }).mciMax;
    expect([amount('2026-12-31'), amount('2027-01-01')]).toEqual([15, 30]);
    expect(laid.penalties.get('cao-519-1')?.versions).toHaveLength(3);
    expect(laid.penalties.get('cao-518-3')?.article).toBe('CAO art. 518 p. 3');
  });

  it('change the limitation from a day on: what was done late before it keeps its two months', () => {
    write(
      'limitation.yaml',
      `parameter: limitation
title: Time after which nobody is liable for an administrative offence
values:
  - { validFrom: 2027-01-15, value: 3, reference: "Law of 2026-12-01", sourceKind: law, checkedOn: 2026-12-10, verified: true }
`,
    );
    const laid = loadRuleBook({ overlayDir: folder });
    const accruesUntil = (doneOn: string) => {
      const facts = [
        { ...arrival, occurredOn: '2027-01-04' },
        {
          ...arrival,
          eventId: 'done',
          type: 'NotificationAcknowledged',
          occurredOn: doneOn,
          data: { about: 'arrival', eventId: 'a' },
        },
      ];
      const all = [...assess(facts, laid, { kind: 'worker', id: 'w' }).obligations()];
      return all.find(({ rule }) => rule === 'notify-arrival')?.accruesUntil;
    };
    expect(accruesUntil('2027-01-14')).toBe('2027-03-15');
    expect(accruesUntil('2027-01-15')).toBe('2027-04-16');
  });

  it('change the counting of days from a day on, unless an employer chose its own', () => {
    write(
      'counting.yaml',
      `parameter: counting-of-days
title: The first day of a term
values:
  - { validFrom: 2027-01-11, value: inclusive, reference: "Law of 2026-12-01", sourceKind: law, checkedOn: 2026-12-10, verified: true }
`,
    );
    const laid = loadRuleBook({ overlayDir: folder });
    const due = (on: string, law = laid) => {
      const facts = [{ ...arrival, occurredOn: on }];
      const all = [...assess(facts, law, { kind: 'worker', id: 'w' }).obligations()];
      return all.filter(({ rule }) => rule === 'notify-arrival').map(({ dueOn }) => dueOn)[0];
    };
    // Both days are worked; the 10th is a Sunday and the 8th a Friday.
    expect(due('2027-01-08')).toBe('2027-01-13');
    expect(due('2027-01-11')).toBe('2027-01-13');
    expect(due('2027-01-11', laid.withReadings({ 'counting-of-days': 'exclusive' }))).toBe('2027-01-14');
  });

  it('are refused with the name of the file when they are wrong', () => {
    write('mci-2027.yaml', 'parameter: mci\nvalues:\n  - { purpose: fines, validFrom: 2027-01-01, value: 4600 }\n');
    const error = refusal({ overlayDir: folder });
    expect(error.message).toContain('reference');
    expect(error.file).toBe('mci-2027.yaml');
  });
});

describe('the worked examples', () => {
  it('notice a wrong figure, a missing obligation and an unexpected one', () => {
    const book = loadRuleBook();
    const example = {
      example: 'wrong on purpose',
      facts: [{ on: '2026-11-02', Arrived: { region: 'KZ-75' } }],
      asOf: '2026-11-06',
    };
    const run = (expected: Parameters<typeof runExample>[0]['expect']) =>
      runExample({ ...example, expect: expected }, book, 'notify-arrival');
    expect(run([{ dueOn: '2026-11-05', mci: [15, 15] }])).toEqual([]);
    expect(run([{ dueOn: '2026-11-06' }])).toEqual([
      'notify-arrival (worker): dueOn is "2026-11-05", expected "2026-11-06"',
    ]);
    expect(run([])[0]).toContain('0 obligations expected, 1 found');
    expect(run([{ subject: 'family-member:x' }])[0]).toContain('fits none of the obligations');
  });
});
