import { describe, expect, it } from '@jest/globals';
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
