import type { Day } from '../domain/dates.js';
import type { RuleBook } from './book.js';
import { checklistsOf } from './checklists.js';
import { factsOf } from './examples.js';
import { findingsOf, quotaFindings } from './findings.js';
import type { FindingExample } from './findings-schema.js';
import { Papers } from './papers.js';
import { assessRoute } from './routes.js';
import type { Example, Source } from './schema.js';

/** Asks each part of the law about papers once: that compiles every condition and finds the words that nobody knows. */
export function askPapersOnce(book: RuleBook, on: Day): void {
  assessRoute({ citizenship: 'TR', on }, book);
  checklistsOf({ papers: new Papers(), today: on, employerKind: 'company' }, book);
  quotaFindings([], on, book);
}

/** What is wrong in the law about papers beyond its form, one sentence each; empty when nothing is. */
export function paperProblems(
  book: RuleBook,
  on: Day,
): readonly { readonly where: string; readonly problem: string }[] {
  const { papers } = book;
  const problems: { readonly where: string; readonly problem: string }[] = [];
  for (const { need, answers } of papers.needs) {
    if (Object.keys(answers.at(-1)?.when ?? {}).length > 0)
      problems.push({ where: `routes: ${need}`, problem: 'its last answer has a condition, so some plans get none' });
    for (const { watchedBy } of answers) {
      if (watchedBy !== undefined && !book.rules.has(watchedBy))
        problems.push({ where: `routes: ${need}`, problem: `is watched by ${watchedBy}, which is no rule` });
    }
  }
  for (const code of unknownCountries(book))
    problems.push({ where: 'legalisation', problem: `names the country ${code}, which does not exist` });
  try {
    askPapersOnce(book, on);
  } catch (error) {
    problems.push({ where: 'papers', problem: error instanceof Error ? error.message : String(error) });
  }
  return problems;
}

/** What worked examples of findings say otherwise than the law; `from` leaves out as many of the first ones. */
export function failedFindings(
  book: RuleBook,
  from = 0,
): readonly { readonly where: string; readonly problem: string }[] {
  return book.papers
    .findingExamples()
    .slice(from)
    .flatMap((example) => {
      try {
        return runFindingExample(example, book).map((problem) => ({ where: example.finding, problem }));
      } catch (error) {
        const text = error instanceof Error ? error.message : String(error);
        return [{ where: example.finding, problem: `${example.example}: cannot run: ${text}` }];
      }
    });
}

/** A worked example of a finding: what came out otherwise than it says. */
export function runFindingExample(example: FindingExample, book: RuleBook): readonly string[] {
  const { facts, citizenship, finding, expect } = example;
  const told = factsOf({ example: example.example, asOf: '2026-01-01', expect: [], facts, citizenship } as Example);
  const seen = findingsOf(told, book).filter((one) => one.finding === finding);
  if (seen.length !== expect.length) return [`${example.example}: ${expect.length} expected, ${seen.length} found`];
  return expect.flatMap(({ says, ...fields }, index) => {
    const one = seen[index];
    if (one === undefined) return [];
    const differing = Object.entries(fields).filter(([name, value]) => one[name as keyof typeof one] !== value);
    return [
      ...differing.map(
        ([name, value]) =>
          `${example.example}: ${name} is ${JSON.stringify(one[name as keyof typeof one])}, not ${JSON.stringify(value)}`,
      ),
      ...(says === undefined || one.sentence.en.includes(says) ? [] : [`${example.example}: does not say "${says}"`]),
    ];
  });
}

/** Every statement of the law about papers with its source. */
export function* paperSources({ papers }: RuleBook): Generator<readonly [where: string, source: Source]> {
  for (const way of papers.ways) yield [`routes: ${way.way}`, way];
  for (const { need, answers } of papers.needs) {
    for (const [index, answer] of answers.entries()) yield [`routes: ${need}, answer ${index + 1}`, answer];
  }
  for (const exemption of papers.exemptions) yield [`exemption ${exemption.ground}`, exemption];
  for (const visa of papers.visaClasses) yield [`visa class ${visa.category} from ${visa.validFrom}`, visa];
  for (const line of papers.legalisation) yield [`legalisation: ${line.treaty} from ${line.validFrom}`, line];
  for (const checklist of papers.checklists) {
    for (const slot of checklist.slots) yield [`checklist ${checklist.checklist}: ${slot.slot}`, slot];
  }
  for (const finding of papers.findings) yield [`finding ${finding.finding}`, finding];
}

/** Countries that the lists of the law about papers name and that do not exist. */
function unknownCountries({ papers, countries }: RuleBook): readonly string[] {
  return papers.legalisation.flatMap((line) => (line.countries ?? []).filter((code) => !countries.exists(code)));
}
