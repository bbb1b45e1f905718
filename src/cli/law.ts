import { type Clock, SystemClock } from '../clock.js';
import type { Config } from '../config.js';
import { loadRuleBook, type RuleBook } from '../law/book.js';
import { checkRuleBook, type LawReport } from '../law/check.js';
import { LawError } from '../law/law-error.js';
import { type Output, Refused, table } from './output.js';

/**
 * `ledger law check`: loads the law with the overlay of `LEDGER_LAW`, works out every example and looks whether the files
 * hold together. Status 1 when something is to be mended.
 */
export function checkLaw(config: Config, output: Output, clock: Clock = new SystemClock()): void {
  const book = load(config);
  const report = checkRuleBook(book, clock.today());
  if (output.json) {
    const { hash, calendar } = book;
    const unverifiedRules = unverifiedOf(book);
    const years = [calendar.firstYear, calendar.lastYear];
    output.line(
      JSON.stringify({ hash, files: book.files.length, ...report, unverifiedRules, calendar: years }, null, 2),
    );
  } else {
    tell(book, report, output);
  }
  const { length } = report.problems;
  if (length > 0) throw new Refused(`${length} ${length === 1 ? 'thing' : 'things'} to mend in the law's files.`);
}

function tell(
  book: RuleBook,
  { problems, notes, rules, examples, values, unverified }: LawReport,
  output: Output,
): void {
  output.line(
    table(
      [...book.rules.values()],
      [
        { heading: 'rule', cell: ({ id }) => id },
        { heading: 'since', cell: ({ versions }) => versions[0]?.validFrom },
        { heading: 'versions', cell: ({ versions }) => versions.length },
        { heading: 'examples', cell: (rule) => rule.examples.length },
        { heading: 'verified', cell: ({ versions }) => (versions.every(({ verified }) => verified) ? 'yes' : 'no') },
        { heading: 'last checked', cell: ({ versions }) => lastOf(versions.map(({ checkedOn }) => checkedOn)) },
      ],
    ),
  );
  output.line(
    `\n${book.files.length} files, ${rules} rules with ${examples} examples, ${values} values with a source (${unverified} of them not verified), calendar ${book.calendar.firstYear} to ${book.calendar.lastYear}.`,
  );
  for (const { where, problem } of notes) output.line(`Note: ${where}: ${problem}`);
  for (const { where, problem } of problems) output.line(`To mend: ${where}: ${problem}`);
  if (problems.length === 0) output.line('All examples come out as they say, and everything named is there.');
  output.line(`Rule book ${book.hash}.`);
}

function unverifiedOf(book: RuleBook): readonly string[] {
  return [...book.rules.values()]
    .filter(({ versions }) => versions.some(({ verified }) => !verified))
    .map(({ id }) => id);
}

function lastOf(days: readonly string[]): string | undefined {
  return days.toSorted().at(-1);
}

function load({ lawDir }: Config): RuleBook {
  try {
    return loadRuleBook(lawDir === null ? {} : { overlayDir: lawDir });
  } catch (error) {
    if (error instanceof LawError) throw new Refused(error.message);
    throw error;
  }
}
