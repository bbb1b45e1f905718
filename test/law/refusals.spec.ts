import { describe, expect, it } from '@jest/globals';
import { loadRuleBook } from '../../src/law/book.js';
import { LawError } from '../../src/law/law-error.js';
import { smallLaw } from './small-law.js';

const law = smallLaw();
const TELL = 'obligations/tell.yaml';
const MCI = 'parameters/mci.yaml';
const HOSTS = 'penalties/hosts.yaml';

type Mistake = readonly [path: string, right: string | RegExp, wrong: string, says: string, remedy?: string];

const USUAL = 'correct this value in the file; the shipped files show the form';

/** Each row: the file, what stands there, what somebody writes instead, what the loader says, and how it is to be mended. */
const MISTAKES = [
  // Dates, names and sentences
  [
    TELL,
    'validFrom: 2016-01-01',
    'validFrom: 2016-02-30',
    'versions.0.validFrom: is not a date that exists: write a date that exists as YYYY-MM-DD (found "2016-02-30")',
  ],
  [
    TELL,
    'validFrom: 2016-01-01',
    'validFrom: 2016',
    'versions.0.validFrom: must be a date: write a date that exists as YYYY-MM-DD (found 2016)',
  ],
  [
    TELL,
    'rule: tell-police',
    'rule: Tell the police',
    'rule: must be written in small letters, digits and hyphens, such as notify-arrival (found "Tell the police")',
  ],
  [
    TELL,
    'rule: tell-police',
    'rule: 1-tell',
    'rule: must be written in small letters, digits and hyphens, such as notify-arrival (found "1-tell")',
  ],
  [TELL, 'rule: tell-police', 'rule: [tell]', 'rule: must be a name (found ["tell"])'],
  [TELL, 'title: Tell the police', 'title: No', 'title: is too short to say anything (found "No")'],
  [TELL, 'title: Tell the police\n', '', 'title: is missing: write a sentence'],
  [TELL, 'title: Tell the police', 'title: 5', 'title: must be a sentence (found 5)'],
  [TELL, 'rows: [S35, S36]', 'rows: [S3]', 'rows.0: is not a row of the source documents, such as S34 (found "S3")'],
  [
    TELL,
    'rows: [S35, S36]',
    'rows: [S355]',
    'rows.0: is not a row of the source documents, such as S34 (found "S355")',
  ],
  // Sources
  [
    MCI,
    'reference: Budget of 2025',
    'reference: B',
    'values.0.reference: is too short to find anything by it: name the article, decree or page the value comes from (found "B")',
  ],
  [
    MCI,
    'reference: Budget of 2025, ',
    '',
    'values.0.reference: is missing, a value without a source is refused: name the article, decree or page the value comes from',
  ],
  [
    MCI,
    'sourceKind: press',
    'sourceKind: hearsay',
    'values.2.sourceKind: is not a kind of source: write one of law, portal, agency, press, seed, policy (found "hearsay")',
  ],
  [
    MCI,
    'sourceKind: press, checkedOn: 2026-11-22',
    'sourceKind: press, checkedOn: 2026-11-31',
    'values.2.checkedOn: is not a date that exists: write a date that exists as YYYY-MM-DD (found "2026-11-31")',
  ],
  [
    MCI,
    'sourceKind: press, checkedOn: 2026-11-22, verified: false',
    'sourceKind: press, checkedOn: 2026-11-22, verified: perhaps',
    'values.2.verified: must be true or false: write true when the text of the act was read, otherwise false (found "perhaps")',
  ],
  [
    MCI,
    'validFrom: 2026-01-01, value: 4325',
    'validFrom: 2026-01-01, value: { tenge: 4325 }',
    'values.2.value: must be a number, a word, true or false, or a list of them (found {"tenge":4325})',
  ],
  [MCI, 'expires: year-end', 'expires: never', 'expires: Invalid input: expected "year-end" (found "never")'],
  [MCI, 'unit: tenge', 'units: tenge', 'Unrecognized key: "units"', 'take out "units" or correct the spelling'],
  // Counts of days
  [TELL, 'businessDays: 3', 'businessDays: 0', 'deadline.dueOn.businessDays: must be at least 1 (found 0)'],
  [TELL, 'businessDays: 3', 'businessDays: 401', 'deadline.dueOn.businessDays: must be at most 400 (found 401)'],
  [
    TELL,
    'businessDays: 3',
    'businessDays: 1.5',
    'deadline.dueOn.businessDays: must be a whole number from 1 to 400 (found 1.5)',
  ],
  [TELL, 'calendarDays: 5', 'calendarDays: -1', 'opens.1.deadline.dueOn.calendarDays: must be at least 0 (found -1)'],
  [
    TELL,
    'dueOn: { calendarDays: 5, after: occurredOn }',
    'dueOn: [occurredOn]',
    'opens.1.deadline.dueOn: is not a way to name a day: write a day such as occurredOn or event.validUntil, or a count such as { businessDays: 3, after: occurredOn } (found ["occurredOn"])',
  ],
  [
    TELL,
    'dueOn: { businessDays: 3, after: occurredOn }',
    'dueOn: { monthDay: 8-1, year: event.year }',
    'deadline.dueOn.monthDay: must be a month and a day, such as 08-01 (found "8-1")',
  ],
  [
    TELL,
    'dueOn: { businessDays: 3, after: occurredOn }',
    'dueOn: { businessDays: 3, after: tomorrow }',
    'versions of 2016-01-01: "tomorrow" is not a day the ledger knows. Write occurredOn, event.<field>, or one of',
    'correct the word, or ask for a new one to be added to the vocabulary',
  ],
  [
    TELL,
    'when: { event.about: arrival }',
    'when: { about: arrival }',
    'versions of 2016-01-01: "about" is not a condition the ledger knows. Write event.<field>, anyOf, noneOf, or one of',
    'correct the word, or ask for a new one to be added to the vocabulary',
  ],
  [
    TELL,
    'when: { event.about: arrival }',
    'when: { event.about: { least: 3 } }',
    'closes.0.when.event.about: Unrecognized key: "least" (found {"least":3})',
    'take out "least" or correct the spelling',
  ],
  // Lists that must not be empty
  [MCI, /values:[\s\S]*/, 'values: []\n', 'values: has no values: add a dated line (found [])'],
  [
    TELL,
    /versions:[\s\S]*readings/,
    'versions: []\nreadings',
    'versions: has no versions: add a line with validFrom (found [])',
  ],
  [
    HOSTS,
    'large: 20 }',
    'huge: 20 }',
    'penalties.0.versions.0.tiers: Unrecognized key: "huge"',
    'take out "huge" or correct the spelling',
  ],
  [
    HOSTS,
    'individual: warning',
    'individual: alarm',
    'penalties.0.versions.0.tiers.individual: must be a whole number of MCI, or the word warning (found "alarm")',
  ],
  [
    HOSTS,
    'medium: 15',
    'medium: 1.5',
    'penalties.0.versions.0.tiers.medium: must be a whole number of MCI, or the word warning (found 1.5)',
  ],
  // Lists of the country
  [
    'countries.yaml',
    '  TR Türkiye',
    '  Tr Türkiye',
    'countries: must be lines such as "TR Türkiye": two capital letters, a space, the name (found "KG Kyrgyzstan\\nTr Türkiye\\n")',
  ],
  [
    'countries.yaml',
    'countries: [KG]',
    'countries: [Kyrgyzstan]',
    'groups.0.countries.0: is not a country code: use two capital letters of ISO 3166-1 (found "Kyrgyzstan")',
  ],
  [
    'countries.yaml',
    'countries: [KG]',
    'countries: [RU]',
    'groups: union: names the country "RU", which does not exist',
    'use the two letters of ISO 3166-1',
  ],
  [
    'countries.yaml',
    'residencePermitAfterDays: 30',
    'residencePermitAfterDays: 366',
    'groups.0.residencePermitAfterDays: must be at most 365 (found 366)',
  ],
  [
    'regions.yaml',
    'code: KZ-75',
    'code: Almaty',
    'regions.0.code: is not a region code: use ISO 3166-2, such as KZ-75 (found "Almaty")',
  ],
  [
    'sizes.yaml',
    'size: medium',
    'size: middling',
    'sizes.0.size: Invalid option: expected one of "individual"|"official"|"small"|"nonprofit"|"medium"|"large"|"unknown" (found "middling")',
  ],
  // The calendar
  ['calendar/2026.yaml', 'calendar: 2026', 'calendar: 1989', 'calendar: must be at least 1990 (found 1989)'],
  ['calendar/2026.yaml', 'calendar: 2026', 'calendar: 2200', 'calendar: must be at most 2199 (found 2200)'],
  [
    'calendar/2027.yaml',
    'calendar: 2027',
    'calendar: 2028',
    'calendar: 2027: the year 2027 is missing between 2026 and 2028',
    'keep one file per year, without gaps',
  ],
  [
    'calendar/2027.yaml',
    '2027-01-01 holiday New Year',
    '2026-12-31 holiday New Year',
    'days of 2026-12-31: does not lie in 2027',
    'move it to the file of its own year',
  ],
  [
    'calendar/2026.yaml',
    '2026-01-01 holiday New Year',
    '2026-01-01 feast New Year',
    'days: has a line that names no day: "2026-01-01 feast New Year"; write a date, one of holiday, substitute, day-off, working, and the reason',
  ],
  [
    'calendar/2026.yaml',
    '2026-01-01 holiday New Year',
    '2026-01-32 holiday New Year',
    'days: has a line that names no day: "2026-01-32 holiday New Year"; write a date, one of holiday, substitute, day-off, working, and the reason',
  ],
  [
    'calendar/2026.yaml',
    '2026-01-01 holiday New Year',
    '2026-01-01 holiday',
    'days: has a line that names no day: "2026-01-01 holiday"; write a date, one of holiday, substitute, day-off, working, and the reason (found "2026-01-01 holiday\\n2026-05-11 substitute day off for Victory Day | decree 7\\n")',
  ],
  [
    'calendar/2026.yaml',
    /days: \|[\s\S]*/,
    'days: [2026-01-01]\n',
    'days: must be lines, one day each (found ["2026-01-01"])',
  ],
  // One thing against another
  [
    TELL,
    '{ validFrom: 2016-01-01,',
    '{ validFrom: 2016-01-01, validTo: 2020-03-31,',
    'versions.0.validTo: is 2020-03-31, but the next version begins on 2020-03-31: the two overlap',
    'write 2020-03-30, or leave validTo out; a time without the rule is a version with "off: true"',
  ],
  [
    TELL,
    '{ validFrom: 2016-01-01,',
    '{ validFrom: 2016-01-01, validTo: 2020-03-29,',
    'versions.0.validTo: is 2020-03-29, but the next version begins on 2020-03-31: the two leave a gap',
    'write 2020-03-30, or leave validTo out; a time without the rule is a version with "off: true"',
  ],
  [
    TELL,
    'penalty: late-notice',
    'penalty: late',
    'versions of 2016-01-01: penalty: names "late", which is no penalty of the law',
    'write one of late-notice, late-again, or null where none was found',
  ],
  [
    TELL,
    '- { reading: three-days, default: true',
    '- { reading: three-days',
    'readings: must have exactly one default',
    'write "default: true" under the strictest reading and under no other',
  ],
  [
    TELL,
    'reading: five-days',
    'default: true\n    reading: five-days',
    'readings: must have exactly one default',
    'write "default: true" under the strictest reading and under no other',
  ],
  [
    TELL,
    ', reference: Second order, remark',
    ', remark',
    'versions.1.reference: is missing, a value without a source is refused: name the article, decree or page the value comes from',
    'write it in this version, or once for all versions beside "rule"',
  ],
  [
    HOSTS,
    '{ validFrom: 2018-01-01',
    '{ validFrom: 2015-01-01',
    'penalties: late-notice: versions of 2015-01-01: overlaps the line of 2015-01-01',
    'give each line its own first day, and let the older one end the day before',
  ],
  [
    HOSTS,
    '{ validFrom: 2015-01-01, verified: false',
    '{ validFrom: 2015-01-01, validTo: 2018-01-01, verified: false',
    'penalties: late-notice: versions of 2018-01-01: overlaps the line of 2015-01-01',
    'give each line its own first day, and let the older one end the day before',
  ],
  [
    MCI,
    'purpose: fines, validFrom: 2026-01-01',
    'purpose: fines, validFrom: 2025-01-01',
    'values of 2025-01-01: overlaps the line of 2025-01-01 for fines',
    'give each line its own first day, and let the older one end the day before',
  ],
  ['parameters/limitation.yaml', 'value: 2', 'value: two', 'holds no number', 'write a whole number as value'],
  [
    'parameters/counting-of-days.yaml',
    'default: true, ',
    '',
    'readings: has no reading ""',
    'choose one of exclusive, inclusive',
  ],
  [
    'conflicts.yaml',
    'says: A range.',
    'says: 10',
    'conflicts.0.sides.0.says: Invalid input: expected string, received number (found 10)',
  ],
  [
    TELL,
    'title: Tell the police',
    'title: "Tell the police',
    'is not readable YAML: Missing closing',
    'mend the line named above; indent with two spaces and put sentences with a colon in quotes',
  ],
  [
    'sizes.yaml',
    'sizes:',
    'seizes:',
    'does not say what it holds',
    'begin it with one of "rule:", "parameter:", "penalties:", "calendar:", "countries:", "regions:", "sizes:"',
  ],
] as const satisfies readonly Mistake[];

function named([path, right, wrong, says, remedy = USUAL]: Mistake) {
  return { path, right, wrong, says, remedy };
}

describe('a mistake in the law', () => {
  it.each(MISTAKES.map(named))('in $path: $says', ({ path, right, wrong, says, remedy }) => {
    law.change(path, right, wrong);
    const error = law.refusal(() => law.book().conflictNotes);
    const message = error.message.startsWith(`${path}: `) ? error.message.slice(path.length + 2) : error.message;
    expect(message.slice(0, says.length)).toBe(says);
    expect(error.remedy).toBe(remedy);
    expect(error.message.endsWith(`. To mend it: ${error.remedy}.`)).toBe(true);
  });

  it('is told with the file, the place in it and the cause, each for itself', () => {
    law.change(TELL, 'after: occurredOn', 'after: tomorrow');
    const error = law.refusal();
    expect(error).toMatchObject({ name: 'LawError', file: TELL, path: 'versions of 2016-01-01' });
    expect(error.cause).toBeInstanceOf(Error);
    law.start();
    law.write('sizes.yaml', 'just a sentence\n');
    expect(law.refusal()).toMatchObject({ file: 'sizes.yaml', path: null });
  });

  it.each(['- a\n- list\n', 'null\n', '5\n', ''])('is a file that holds %j, which is no kind of law', (text) => {
    law.write('stray.yaml', text);
    expect(law.refusal().message).toContain('stray.yaml: does not say what it holds');
  });

  it('is a folder that is not there', () => {
    const error = law.refusal(() => loadRuleBook({ overlayDir: `${law.folder}/nowhere` }));
    expect(error.message).toBe(
      `${law.folder}/nowhere: is not a folder that can be read. To mend it: name an existing folder with the YAML files of the law.`,
    );
    expect(error.cause).toMatchObject({ code: 'ENOENT' });
  });

  it('is a name that the law does not know, when it is asked for', () => {
    const book = law.book();
    const asked = (load: () => unknown) => law.refusal(load).message;
    expect(asked(() => book.parameter('mic', { on: '2026-01-01' }))).toBe(
      'parameters: mic: is not a parameter of the law. To mend it: ask for one of counting-of-days, limitation, mci.',
    );
    expect(asked(() => book.withReadings({ 'tell-police': 'ten-days' }))).toBe(
      'obligations/tell.yaml: readings: has no reading "ten-days". To mend it: choose one of three-days, five-days.',
    );
    expect(asked(() => book.withReadings({ 'ask-places': 'later' }))).toBe(
      'obligations/ask.yaml: readings: has no reading "later". To mend it: choose one of none: sources agree here.',
    );
    expect(asked(() => book.withReadings({ 'counting-of-days': 'backwards' }))).toBe(
      'parameters/counting-of-days.yaml: readings: has no reading "backwards". To mend it: choose one of exclusive, inclusive.',
    );
    expect(asked(() => book.withReadings({ 'tell-nobody': 'later' }))).toBe(
      'readings: tell-nobody: names neither a rule nor a parameter of the law. To mend it: look the name up in the list of rules and conflicts.',
    );
    expect(() => book.withReadings({ limitation: 'later' })).not.toThrow(TypeError);
    expect(new LawError({ file: 'a', path: '', problem: 'is wrong', remedy: 'mend it' })).toMatchObject({
      message: 'a: is wrong. To mend it: mend it.',
      path: '',
    });
  });
});
