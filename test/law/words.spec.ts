import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import type { Fact } from '../../src/domain/recorded-event.js';
import { assess } from '../../src/law/assess.js';
import type { RuleBook } from '../../src/law/book.js';
import { factsOf } from '../../src/law/examples.js';
import type { Obligation } from '../../src/law/obligation.js';
import type { Condition, Example, Moment } from '../../src/law/schema.js';
import { SmallLaw } from './small-law.js';

interface Story {
  readonly story: string;
  readonly citizenship?: string | null;
  readonly facts: Example['facts'];
  readonly yes?: readonly Condition[];
  readonly no?: readonly Condition[];
  readonly days?: readonly (readonly [moment: Moment, answer: string])[];
}

const { stories } = parse(readFileSync(join(__dirname, 'words.yaml'), 'utf8')) as {
  readonly stories: readonly Story[];
};

const SOURCE = 'sourceKind: law, checkedOn: 2026-11-22, verified: true, reference: As written';
const GROUP = `residencePermitAfterDays: 30, stay: { daysPerEntry: 90 }, ${SOURCE}`;
const COUNTRIES = `codesFrom: ISO 3166-1
countries: |
  DE Germany
  KG Kyrgyzstan
  TR Türkiye
  US United States
defaults: {}
groups:
  - { group: union, title: Union, countries: [DE], validFrom: 2015-01-01, validTo: 2025-12-31, workPermitNeeded: false, workVisaNeeded: false, ${GROUP} }
  - { group: union, title: Union, countries: [KG], validFrom: 2015-01-01, workPermitNeeded: false, workVisaNeeded: false, ${GROUP} }
  - { group: friends, title: Friends, countries: [US], validFrom: 2015-01-01, workVisaNeeded: false, stay: { daysPerEntry: 30 }, ${SOURCE} }
  - { group: guests, title: Guests, countries: [US], validFrom: 2015-01-01, stay: { daysPerEntry: 10 }, ${SOURCE} }
`;

/** One rule for each question, so that all are answered by one law. */
const law = new SmallLaw();
const rules: string[] = [];
let book: RuleBook;

function ask(event: string, when: Condition, dueOn: Moment): string {
  const rule = `question-${rules.length + 1}`;
  rules.push(`rule: ${rule}
title: A question
rows: []
sentence: { en: A question., ru: Вопрос., kk: Сұрақ. }
opens: [{ on: ${event}, when: ${JSON.stringify(when)}, subject: worker, responsible: employer }]
deadline: { dueOn: ${JSON.stringify(dueOn)}, safeBy: due-day }
versions: [{ validFrom: 2010-01-01, ${SOURCE} }]
`);
  return rule;
}

/** The duty that the last event of a story opened under a rule. */
function opened(facts: readonly Fact[], rule: string): Obligation | undefined {
  const { eventId } = facts.at(-1) ?? {};
  return [...assess(facts, book, { kind: 'worker', id: 'w' }).obligations()].find(
    (one) => one.rule === rule && one.triggeredBy.eventId === eventId,
  );
}

beforeAll(() => {
  law.start();
  law.write('countries.yaml', COUNTRIES);
  law.write('calendar/2024.yaml', `calendar: 2024\nforecast: false\n${SOURCE.replaceAll(', ', '\n')}\ndays: ""\n`);
  law.write('calendar/2025.yaml', `calendar: 2025\nforecast: false\n${SOURCE.replaceAll(', ', '\n')}\ndays: ""\n`);
  law.write(
    'parameters/extension-limit.yaml',
    `parameter: extension-limit\ntitle: Extensions\nvalues: [{ purpose: "2", validFrom: 2010-01-01, value: 1, ${SOURCE} }]\n`,
  );
  for (const [index, text] of rules.entries()) law.write(`obligations/question-${index + 1}.yaml`, text);
  book = law.book();
});
afterAll(() => law.end());

describe('the words that a rule may use', () => {
  for (const { story, citizenship, facts: told, yes = [], no = [], days = [] } of stories) {
    describe(story, () => {
      const facts = factsOf({ example: story, asOf: '2026-01-01', expect: [], facts: told, citizenship } as Example);
      const event = facts.at(-1)?.type ?? '';
      for (const [condition, holds] of [
        ...yes.map((one) => [one, true] as const),
        ...no.map((one) => [one, false] as const),
      ]) {
        const rule = ask(event, condition, 'occurredOn');
        it(`${holds ? 'so' : 'not so'}: ${JSON.stringify(condition)}`, () => {
          expect(opened(facts, rule) !== undefined).toBe(holds);
        });
      }
      for (const [moment, answer] of days) {
        const rule = ask(event, {}, moment);
        it(`${JSON.stringify(moment)} is ${answer}`, () => {
          const { dueOn, dueReason } = opened(facts, rule) ?? {};
          expect(dueOn ?? dueReason).toBe(answer);
          expect(dueOn === null).toBe(dueReason !== null);
        });
      }
    });
  }
});
