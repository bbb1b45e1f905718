import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { loadRuleBook } from '../../src/law/book.js';
import { checkRuleBook, sourcesOf } from '../../src/law/check.js';

const book = loadRuleBook();

describe('the check of the law', () => {
  it('finds nothing to mend in the shipped files', () => {
    const report = checkRuleBook(book, '2026-11-22');
    expect(report.problems).toEqual([]);
    expect(report.notes).toEqual([]);
    expect(report.rules).toBe(book.rules.size);
    expect(report.examples).toBeGreaterThan(90);
    expect(report.unverified).toBeLessThan(report.values);
  });

  it('names values that nobody has looked up for long', () => {
    const { notes } = checkRuleBook(book, '2028-06-01');
    expect(notes).toContainEqual({
      where: 'limitation from 2015-01-01',
      problem: expect.stringContaining('was last looked up 557 days ago') as unknown,
    });
  });

  it('gives every value of the law a source, a kind, a day and a flag', () => {
    for (const [where, source] of sourcesOf(book)) {
      expect([where, source.reference.length > 4, source.checkedOn <= '2026-11-22', typeof source.verified]).toEqual([
        where,
        true,
        true,
        'boolean',
      ]);
    }
  });
});

describe('the check of files laid over the shipped law', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'law-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const problems = (text: string) => {
    writeFileSync(join(folder, 'laid.yaml'), text);
    return checkRuleBook(loadRuleBook({ overlayDir: folder }), '2026-11-22').problems.map(
      ({ where, problem }) => `${where}: ${problem}`,
    );
  };
  const FIVE_DAYS = `rule: notify-arrival
versions:
  - validFrom: 2026-09-01
    verified: true
    reference: Order of 2026-12-20
    deadline: { dueOn: { businessDays: 5, after: occurredOn }, safeBy: inclusive }
`;

  it.each([
    [
      'an index of another amount',
      'parameter: mci\nvalues:\n  - { purpose: fines, validFrom: 2026-01-01, value: 4400, reference: Law on the budget, sourceKind: law, checkedOn: 2026-11-22, verified: true }\n',
    ],
    [
      'the index of a year to come',
      'parameter: mci\nvalues:\n  - { purpose: fines, validFrom: 2027-01-01, value: 4600, reference: Law on the budget, sourceKind: law, checkedOn: 2026-11-22, verified: true }\n',
    ],
    [
      'a moved working day',
      'calendar: 2026\ndays: |\n  2026-11-05 day-off moved here from 2026-11-07 | order 5\n  2026-11-07 working worked instead of 2026-11-05 | order 5\n',
    ],
    ['another term of a rule', FIVE_DAYS],
    [
      'a reading that becomes the default of nothing',
      'rule: notify-arrival\nreadings:\n  - { reading: ten-days, says: Ten days., reference: A letter, sourceKind: press, checkedOn: 2026-11-22, verified: false, instead: { deadline: { dueOn: { businessDays: 10, after: occurredOn }, safeBy: due-day } } }\n',
    ],
  ])('blames no shipped example for %s', (_, text) => {
    expect(problems(text)).toEqual([]);
  });

  it('works the examples of a laid file out with that file', () => {
    const example = (dueOn: string) =>
      `${FIVE_DAYS}---\nexamples: [{ example: Five days, facts: [{ on: 2026-11-02, Arrived: { region: KZ-75 } }], asOf: 2026-11-03, expect: [{ dueOn: ${dueOn} }] }]\n`;
    expect(problems(example('2026-11-09'))).toEqual([]);
    expect(problems(example('2026-11-05'))).toEqual([
      'laid.yaml: example "Five days": notify-arrival (worker): dueOn is "2026-11-09", expected "2026-11-05"',
    ]);
  });
});
