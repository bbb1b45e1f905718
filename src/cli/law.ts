import { type Clock, SystemClock } from '../clock.js';
import type { Config } from '../config.js';
import type { RuleBook } from '../law/book.js';
import { type CheckedLaw, checkRuleBook, type LawReport, loadCheckedLaw } from '../law/check.js';
import { LawError, type LawProblem } from '../law/law-error.js';
import { type Connection, send } from './connection.js';
import { type Output, Refused, table } from './output.js';

/**
 * `ledger law check`: loads the law with the overlay of `LEDGER_LAW`, works out every example and looks whether the files
 * hold together. Status 1 when something is to be mended.
 */
export function checkLaw(config: Config, output: Output, clock: Clock = new SystemClock()): void {
  const { book, problems } = load(config, clock);
  if (book === null) {
    if (output.json) output.line(JSON.stringify({ hash: null, problems }, null, 2));
    else tellProblems(problems, output);
    throw toMend(problems);
  }
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
  if (report.problems.length > 0) throw toMend(report.problems);
}

function toMend({ length }: readonly LawProblem[]): Refused {
  return new Refused(`${length} ${length === 1 ? 'thing' : 'things'} to mend in the law's files.`);
}

function tellProblems(problems: readonly LawProblem[], output: Output): void {
  for (const { where, problem } of problems) output.line(`To mend: ${where}: ${problem}`);
}

interface Books {
  readonly items: readonly {
    readonly hash: string;
    readonly adoptedOn: string;
    readonly recordedAt: string;
    readonly inForce: boolean;
    readonly readable: boolean;
    readonly files: number;
    readonly changes: readonly { readonly path: string; readonly change: string }[];
  }[];
}

/** `ledger law books`: which rule books counted from when on, and which files made the difference. */
export async function listBooks(
  connection: Connection,
  output: Output,
  options: Readonly<Record<string, string>>,
): Promise<void> {
  const path = `/v1/rule-books?${new URLSearchParams(options)}`;
  const { answer } = await send<Books>(connection, { method: 'GET', path });
  if (output.json) return output.line(JSON.stringify(answer, null, 2));
  output.line(
    table(answer.items, [
      { heading: 'rule book', cell: ({ hash }) => hash.slice(0, 12) },
      { heading: 'adopted', cell: ({ recordedAt }) => recordedAt },
      { heading: 'files', cell: ({ files }) => files },
      { heading: 'state', cell: ({ inForce, readable }) => stateOf(inForce, readable) },
      { heading: 'changed', cell: ({ changes }) => changedIn(changes) },
    ]),
  );
}

function stateOf(inForce: boolean, readable: boolean): string {
  if (!readable) return 'not readable by this version';
  return inForce ? 'in force' : 'replaced';
}

const MOST_NAMED = 3;

function changedIn(changes: Books['items'][number]['changes']): string {
  const named = changes.slice(0, MOST_NAMED).map(({ path, change }) => `${path} ${change}`);
  const more = changes.length - named.length;
  return [...named, ...(more > 0 ? [`and ${more} more`] : [])].join(', ') || '-';
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
  tellProblems(problems, output);
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

function load({ lawDir }: Config, clock: Clock): CheckedLaw {
  try {
    return loadCheckedLaw(lawDir === null ? {} : { overlayDir: lawDir }, clock.today());
  } catch (error) {
    if (error instanceof LawError) throw new Refused(error.message);
    throw error;
  }
}
