import { describe, expect, it } from '@jest/globals';
import { loadRuleBook } from '../../src/law/book.js';
import { factsOf } from '../../src/law/examples.js';
import { findingsOf } from '../../src/law/findings.js';
import { acrossStreams, type FindingExample } from '../../src/law/findings-schema.js';
import type { Example } from '../../src/law/schema.js';

const book = loadRuleBook();
const examples = book.papers.findingExamples();

const found = ({ facts, citizenship, finding }: FindingExample) =>
  findingsOf(
    factsOf({ example: 'as told', asOf: '2026-01-01', expect: [], facts, citizenship } as Example),
    book,
  ).filter((one) => one.finding === finding);

describe('Findings of the law, by their worked examples', () => {
  it.each(examples.map((one) => [`${one.finding}: ${one.example}`, one] as const))('%s', (_, example) => {
    const seen = found(example);
    expect(
      seen.map(({ subject, openedOn, closedOn, sentence }) => `${subject} ${openedOn} ${closedOn} ${sentence.en}`),
    ).toHaveLength(example.expect.length);
    for (const [index, expected] of example.expect.entries()) {
      const { says, ...fields } = expected;
      expect(seen[index]).toMatchObject(fields);
      if (says !== undefined) expect(seen[index]?.sentence.en).toContain(says);
    }
  });

  it('have an example that finds and sentences in three languages without a gap', () => {
    for (const { finding, each } of book.papers.findings) {
      if (acrossStreams.has(each)) continue; // Looked at across workers: shown with the read side.
      const own = examples.filter((one) => one.finding === finding);
      expect({ finding, finds: own.some(({ expect: wanted }) => wanted.length > 0) }).toEqual({ finding, finds: true });
      for (const one of own.flatMap(found)) {
        expect(one.sentence.ru).toMatch(/[а-я]/);
        expect(one.sentence.kk).toMatch(/[әғқңөұүһі]/);
        expect(JSON.stringify(one.sentence)).not.toMatch(/[{]\w+[.}]/);
      }
    }
  });
});
