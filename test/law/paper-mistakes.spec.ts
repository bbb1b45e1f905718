import { describe, expect, it } from '@jest/globals';
import { smallLaw } from './small-law.js';

const law = smallLaw();
const SOURCE = 'sourceKind: seed, checkedOn: 2026-11-22, verified: false, reference: A guide';
const FILES = {
  'routes.yaml': `routes: What has to be had.
defaults: { ${SOURCE} }
ways:
  - { way: free, title: Free to work, because: Nothing is asked. }
needs:
  - need: notice
    title: Notice
    kind: notice
    rows: [S35]
    answers:
      - { when: { way: free }, needed: "yes", because: It is asked., watchedBy: tell-police, byWorkingDays: 3, contradictions: [{ says: It is not., reference: A newspaper }] }
      - { needed: "no", because: It is not asked. }
exemptions:
  - { ground: guest, title: A guest, validFrom: 2015-01-01 }
`,
  'visa-classes.yaml': `visaClasses:
  - { category: C3, title: Work, work: "yes", validFrom: 2016-11-01, ${SOURCE} }
`,
  'legalisation.yaml': `legalisation:
  - { treaty: hague, title: The convention, form: apostille, countries: [TR], validFrom: 2001-01-30, ${SOURCE} }
`,
  'checklists.yaml': `checklists:
  - checklist: application
    title: Application
    rows: [S06]
    ${SOURCE.replaceAll(', ', '\n    ')}
    slots:
      - { slot: passport, title: Passport, fact: passport, ${SOURCE} }
      - { slot: diploma, title: Diploma, documents: [diploma], notOlderThanMonths: 6, ${SOURCE} }
`,
  'findings.yaml': `findings:
  - finding: no-permit
    title: No permit
    rows: [S46]
    severity: warning
    each: worker
    when: { hasPermit: false }
    sentence: { en: No permit., ru: Нет разрешения., kk: Рұқсат жоқ. }
    validFrom: 2015-01-01
    ${SOURCE.replaceAll(', ', '\n    ')}
---
examples:
  - example: Nobody has one on the first day
    finding: no-permit
    facts: [{ on: 2026-01-05, Arrived: {} }]
    expect: [{ openedOn: 2026-01-04, closedOn: null }]
`,
} as const;

type Mistake = readonly [path: keyof typeof FILES, right: string, wrong: string, says: string];

/** Each row: the file, what stands there, what somebody writes instead, and what the loader says. */
const MISTAKES: readonly Mistake[] = [
  [
    'routes.yaml',
    'way: free, title',
    'way: Free, title',
    'ways.0.way: must be written in small letters, digits and hyphens (found "Free")',
  ],
  [
    'routes.yaml',
    'way: free, title',
    'way: free!, title',
    'ways.0.way: must be written in small letters, digits and hyphens (found "free!")',
  ],
  ['routes.yaml', 'title: Free to work', 'title: No', 'ways.0.title: must be a sentence (found "No")'],
  ['routes.yaml', 'title: Free to work', 'title: 5', 'ways.0.title: must be a sentence (found 5)'],
  ['routes.yaml', 'rows: [S35]', 'rows: [S355]', 'needs.0.rows.0: '],
  ['routes.yaml', 'rows: [S35]', 'rows: [XS35]', 'needs.0.rows.0: '],
  [
    'routes.yaml',
    'needed: "no"',
    'needed: never',
    'needs.0.answers.1.needed: must be yes, no or not-known (found "never")',
  ],
  ['routes.yaml', 'kind: notice', 'kind: letter', 'needs.0.kind: '],
  ['routes.yaml', 'byWorkingDays: 3', 'byWorkingDays: 0', 'needs.0.answers.0.byWorkingDays: '],
  ['routes.yaml', 'byWorkingDays: 3', 'byWorkingDays: 61', 'needs.0.answers.0.byWorkingDays: '],
  ['routes.yaml', 'says: It is not.', 'says: No', 'needs.0.answers.0.contradictions.0.says: '],
  [
    'routes.yaml',
    'sourceKind: seed',
    'sourceKind: hearsay',
    'ways.0.sourceKind: is not a kind of source: write law, portal, agency, press, seed or policy (found "hearsay")',
  ],
  [
    'routes.yaml',
    ', reference: A guide',
    '',
    'ways.0.reference: is missing: name the article, decree or page it comes from',
  ],
  [
    'routes.yaml',
    'checkedOn: 2026-11-22',
    'checkedOn: 22.11.2026',
    'ways.0.checkedOn: must be a date written YYYY-MM-DD (found "22.11.2026")',
  ],
  [
    'routes.yaml',
    'validFrom: 2015-01-01',
    'validFrom: 2015-01-011',
    'exemptions.0.validFrom: must be a date written YYYY-MM-DD (found "2015-01-011")',
  ],
  ['visa-classes.yaml', 'category: C3', 'category: Work', 'visaClasses.0.category: '],
  ['visa-classes.yaml', 'category: C3', 'category: C333', 'visaClasses.0.category: '],
  ['visa-classes.yaml', 'work: "yes"', 'work: maybe', 'visaClasses.0.work: '],
  [
    'legalisation.yaml',
    'countries: [TR]',
    'countries: [Turkey]',
    'legalisation.0.countries.0: is not a country code: use two capital letters (found "Turkey")',
  ],
  [
    'legalisation.yaml',
    'countries: [TR]',
    'countries: [TRX]',
    'legalisation.0.countries.0: is not a country code: use two capital letters (found "TRX")',
  ],
  ['legalisation.yaml', 'form: apostille', 'form: stamp', 'legalisation.0.form: '],
  ['checklists.yaml', 'fact: passport', 'fact: passports', 'checklists.0.slots.0.fact: '],
  [
    'checklists.yaml',
    'fact: passport, ',
    '',
    'checklists.0.slots.0: must name either documents or a fact of the ledger',
  ],
  [
    'checklists.yaml',
    'fact: passport',
    'fact: passport, documents: [diploma]',
    'checklists.0.slots.0: must name either documents or a fact of the ledger',
  ],
  ['checklists.yaml', 'documents: [diploma]', 'documents: [novel]', 'checklists.0.slots.1.documents.0: '],
  ['checklists.yaml', 'documents: [diploma]', 'documents: []', 'checklists.0.slots.1.documents: '],
  ['checklists.yaml', 'notOlderThanMonths: 6', 'notOlderThanMonths: 0', 'checklists.0.slots.1.notOlderThanMonths: '],
  ['checklists.yaml', 'notOlderThanMonths: 6', 'notOlderThanMonths: 121', 'checklists.0.slots.1.notOlderThanMonths: '],
  [
    'findings.yaml',
    'finding: no-permit',
    'finding: No permit',
    'findings.0.finding: must be written in small letters, digits and hyphens (found "No permit")',
  ],
  [
    'findings.yaml',
    'severity: warning',
    'severity: grave',
    'findings.0.severity: is no severity: write info, warning or serious (found "grave")',
  ],
  ['findings.yaml', 'each: worker', 'each: boss', 'findings.0.each: '],
  ['findings.yaml', 'rows: [S46]', 'rows: [46]', 'findings.0.rows.0: '],
  ['findings.yaml', 'en: No permit.', 'en: No', 'findings.0.sentence.en: '],
  ['findings.yaml', 'ru: Нет разрешения., ', '', 'findings.0.sentence.ru: must be a sentence'],
  [
    'findings.yaml',
    'validFrom: 2015-01-01',
    'validFrom: "2015"',
    'findings.0.validFrom: must be a date written YYYY-MM-DD (found "2015")',
  ],
];

function writeAll(): void {
  for (const [path, text] of Object.entries(FILES)) law.write(path, text);
}

describe('a mistake in the law about papers', () => {
  it.each(MISTAKES.map(([path, right, wrong, says]) => ({ path, right, wrong, says })))(
    'in $path: $wrong',
    ({ path, right, wrong, says }) => {
      writeAll();
      law.change(path, right, wrong);
      const error = law.refusal(() => law.book().papers);
      expect(error.file).toBe(path);
      expect(error.message.slice(path.length + 2, path.length + 2 + says.length)).toBe(says);
    },
  );

  it('is found in the examples only when they are asked for', () => {
    writeAll();
    law.change('findings.yaml', 'closedOn: null', 'closed: null');
    const { papers } = law.book();
    expect(papers.findings).toHaveLength(1);
    expect(law.refusal(() => papers.findingExamples()).message).toContain('Unrecognized key: "closed"');
  });
});

describe('the law about papers', () => {
  it('fills what every entry of a file shares, down to answers, contradictions and slots', () => {
    writeAll();
    const { ways, needs, exemptions, visaClasses, legalisation, checklists, findings } = law.book().papers;
    const source = { sourceKind: 'seed', checkedOn: '2026-11-22', verified: false };
    expect(ways).toEqual([
      { way: 'free', title: 'Free to work', because: 'Nothing is asked.', ...source, reference: 'A guide' },
    ]);
    expect(needs[0]?.answers[0]).toMatchObject({
      ...source,
      reference: 'A guide',
      watchedBy: 'tell-police',
      contradictions: [{ says: 'It is not.', ...source, reference: 'A newspaper' }],
    });
    expect(needs[0]?.answers[1]).toMatchObject({ needed: 'no', ...source });
    expect(exemptions[0]).toMatchObject({ ground: 'guest', ...source });
    expect([visaClasses.length, legalisation.length, checklists.length, findings.length]).toEqual([1, 1, 1, 1]);
  });

  it('lets an entry say its own source, and its answers and slots follow it', () => {
    writeAll();
    law.change(
      'routes.yaml',
      'rows: [S35]',
      'rows: [S35]\n    sourceKind: law\n    verified: true\n    reference: Code art. 1',
    );
    expect(law.book().papers.needs[0]?.answers[1]).toMatchObject({
      sourceKind: 'law',
      verified: true,
      reference: 'Code art. 1',
      checkedOn: '2026-11-22',
    });
    expect(law.book().papers.needs[0]).not.toHaveProperty('sourceKind');
  });

  it('takes the last entry of a name, and keeps entries of other days beside it', () => {
    writeAll();
    law.write(
      'z.yaml',
      `visaClasses:\n  - { category: C3, title: Work again, work: "no", validFrom: 2016-11-01, ${SOURCE} }\n  - { category: C3, title: Work later, work: "yes", validFrom: 2027-01-01, ${SOURCE} }\n`,
    );
    law.write(
      'zz.yaml',
      `legalisation:\n  - { treaty: hague, title: Later, form: none, validFrom: 2027-01-01, ${SOURCE} }\n`,
    );
    law.write(
      'zzz.yaml',
      FILES['routes.yaml']
        .replace('title: Free to work', 'title: Freer')
        .replace('title: Notice', 'title: A notice')
        .replace('title: A guest', 'title: The guest'),
    );
    const { visaClasses, legalisation, ways, needs, exemptions } = law.book().papers;
    expect(visaClasses.map(({ title }) => title)).toEqual(['Work again', 'Work later']);
    expect(legalisation.map(({ title }) => title)).toEqual(['The convention', 'Later']);
    expect([ways, needs, exemptions].map((list) => list.map(({ title }) => title))).toEqual([
      ['Freer'],
      ['A notice'],
      ['The guest'],
    ]);
    expect(Object.isFrozen(visaClasses[0])).toBe(true);
  });

  it('is read once', () => {
    writeAll();
    const book = law.book();
    expect(book.papers).toBe(book.papers);
    expect(book.withReadings({ 'counting-of-days': 'inclusive' }).papers).toBe(book.papers);
    expect(book.conflictNotes).toBe(book.conflictNotes);
    expect(book.conflictNotes[0]).toMatchObject({ conflict: 'amount', checkedOn: '2026-11-22' });
  });
});
