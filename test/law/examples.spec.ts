import { describe, expect, it } from '@jest/globals';
import { loadRuleBook } from '../../src/law/book.js';
import { runExample } from '../../src/law/examples.js';

const book = loadRuleBook();

describe('the worked examples in the files of the law', () => {
  for (const rule of book.rules.values()) {
    describe(rule.id, () => {
      for (const example of rule.examples) {
        it(example.example, () => {
          expect(runExample(example, book, rule.id)).toEqual([]);
        });
      }
    });
  }
});
