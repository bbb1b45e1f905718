import type { Config } from '../config.js';
import { loadRuleBook, type RuleBook } from '../law/book.js';
import { LawError } from '../law/law-error.js';
import { type Output, Refused, table } from './output.js';

/** `ledger law check`: loads the law with the overlay of `LEDGER_LAW` and says what is in it. */
export function checkLaw(config: Config, output: Output): void {
  const book = load(config);
  const rules = [...book.rules.values()];
  const examples = rules.reduce((sum, rule) => sum + rule.examples.length, 0);
  const unverified = rules.filter(({ versions }) => versions.some(({ verified }) => !verified)).map(({ id }) => id);
  if (output.json) {
    const { hash, calendar } = book;
    output.line(
      JSON.stringify(
        {
          hash,
          files: book.files.length,
          rules: rules.length,
          examples,
          unverified,
          calendar: [calendar.firstYear, calendar.lastYear],
        },
        null,
        2,
      ),
    );
    return;
  }
  output.line(
    table(rules, [
      { heading: 'rule', cell: ({ id }) => id },
      { heading: 'since', cell: ({ versions }) => versions[0]?.validFrom },
      { heading: 'versions', cell: ({ versions }) => versions.length },
      { heading: 'examples', cell: (rule) => rule.examples.length },
      { heading: 'verified', cell: ({ versions }) => (versions.every(({ verified }) => verified) ? 'yes' : 'no') },
      {
        heading: 'last checked',
        cell: ({ versions }) =>
          versions
            .map(({ checkedOn }) => checkedOn)
            .sort()
            .at(-1),
      },
    ]),
  );
  output.line(
    `\n${book.files.length} files, ${rules.length} rules with ${examples} examples, calendar ${book.calendar.firstYear} to ${book.calendar.lastYear}: all in order.`,
  );
  output.line(`Rule book ${book.hash}.`);
}

function load({ lawDir }: Config): RuleBook {
  try {
    return loadRuleBook(lawDir === null ? {} : { overlayDir: lawDir });
  } catch (error) {
    if (error instanceof LawError) throw new Refused(error.message);
    throw error;
  }
}
