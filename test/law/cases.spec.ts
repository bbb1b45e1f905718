import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { eventTypes } from '../../src/domain/catalogue.js';
import { loadRuleBook } from '../../src/law/book.js';
import { factsOf, runExample } from '../../src/law/examples.js';
import { casesFile, type Example } from '../../src/law/schema.js';

const folder = join(__dirname, 'cases');
const book = loadRuleBook();
/** Events that some rule waits for; the law may name one before the catalogue does. */
const namedByLaw = new Set(Object.values(book.program.plans).flatMap((plans) => [...plans.keys()]));

/** One YAML file of the table; a file with a mistake in it has no cases and says what to mend. */
interface Topic {
  readonly name: string;
  readonly cases: readonly Example[];
  readonly mistake: string | null;
}

const topics = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.yaml'))
  .sort()
  .map(readTopic);

describe('the table of worked cases', () => {
  it('holds at least three hundred cases', () => {
    expect(topics.reduce((sum, { cases }) => sum + cases.length, 0)).toBeGreaterThanOrEqual(300);
  });

  for (const topic of topics) {
    describe(topic.name, () => {
      beforeAll(() => {
        if (topic.mistake !== null) throw new Error(topic.mistake);
      });
      it('is written so that every case can fail', () => {
        expect(flawsOf(topic)).toEqual([]);
      });
      for (const one of topic.cases) {
        it(one.example, () => {
          const differences = runExample(one, book);
          if (differences.length > 0) throw new Error(sentenceOf(topic, one, differences));
        });
      }
    });
  }
});

function readTopic(path: string): Topic {
  const name = relative(folder, join(folder, path)).replace(/\.yaml$/, '');
  try {
    const text = readFileSync(join(folder, path), 'utf8');
    const checked = casesFile.safeParse(parse(text, { uniqueKeys: true, version: '1.2', schema: 'core' }));
    if (checked.success) return { name, cases: checked.data.cases, mistake: null };
    return { name, cases: [], mistake: `${path} cannot be used:\n${z.prettifyError(checked.error)}` };
  } catch (error) {
    return { name, cases: [], mistake: `${path} is not readable YAML: ${String(error)}` };
  }
}

/** What a reader of a failed run needs: the file, the case, and per obligation the field, what came out and what was expected. */
function sentenceOf({ name }: Topic, { example, asOf }: Example, differences: readonly string[]): string {
  return [`${name}.yaml, "${example}", as of ${asOf}:`, ...differences.map((text) => `  - ${text}`)].join('\n');
}

/** Slips that would make a case say nothing: two of the same name, a misspelt event, field or region, facts out of order. */
function flawsOf({ cases }: Topic): readonly string[] {
  const seen = new Set<string>();
  return cases.flatMap((one) => {
    const flaws = [...factFlaws(one), ...ruleFlaws(one)];
    if (seen.has(one.example)) flaws.push('another case of this file has the same sentence');
    seen.add(one.example);
    return flaws.map((flaw) => `"${one.example}": ${flaw}`);
  });
}

function factFlaws(one: Example): string[] {
  const facts = factsOf(one);
  return facts.flatMap(({ type, data, occurredOn, eventId }, index) => {
    const flaws: string[] = [];
    const known = knownFields(type);
    if (known === null && !namedByLaw.has(type)) flaws.push(`there is no event ${type}`);
    for (const field of Object.keys(data))
      if (known !== null && !known.has(field)) flaws.push(`${type} has no field ${field}`);
    const region = data['region'];
    if (typeof region === 'string' && !book.regions.has(region)) flaws.push(`there is no region ${region}`);
    const about = data['eventId'];
    if (typeof about === 'string' && !facts.some((other) => other.eventId === about))
      flaws.push(`${type} is about ${about}, which is no fact of the case`);
    const before = facts[index - 1];
    if (before !== undefined && before.occurredOn > occurredOn)
      flaws.push(`${eventId} of ${occurredOn} stands behind ${before.occurredOn}: write the facts in their order`);
    return flaws;
  });
}

function ruleFlaws({ expect: expected, none = [], mayWork, accrued, citizenship, ...more }: Example): string[] {
  const findings = [...(more.findings ?? []), ...(more.noFindings ?? [])];
  const flaws = [...expected.map(({ rule }) => rule), ...none].flatMap((rule) => {
    if (rule === undefined) return ['every expectation must name its rule'];
    return book.rules.has(rule) ? [] : [`there is no rule ${rule}`];
  });
  const known = new Set(book.papers.findings.map(({ finding }) => finding));
  flaws.push(...findings.filter((name) => !known.has(name)).map((name) => `there is no finding ${name}`));
  if (expected.length + none.length + findings.length === 0 && mayWork === undefined && accrued === undefined)
    flaws.push('it expects nothing');
  if (typeof citizenship === 'string' && !book.countries.exists(citizenship))
    flaws.push(`there is no country ${citizenship}`);
  return flaws;
}

/** Fields that an event may have in a case: the catalogue's and what the ledger derives; null where any may stand. */
function knownFields(type: string): ReadonlySet<string> | null {
  const known = eventTypes.get(type);
  if (known === undefined) return null;
  return new Set([...Object.keys(known.data.shape), ...Object.keys(known.derived ?? {})]);
}
