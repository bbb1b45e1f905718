import type { RuleBook } from './book.js';
import { conflictsOf } from './conflicts.js';
import type { Rule } from './rule.js';
import type { Condition, Deadline, Moment, Penalty, RuleVersion, Source, Test } from './schema.js';

/** The law as one page for a lawyer: what each rule says, since when, by which source, and what it costs. Markdown. */
export function lawPage(book: RuleBook): string {
  const rules = [...book.rules.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1));
  return [
    '# The law in this ledger',
    'This page is generated from the files of the law; it says what the ledger does and is no legal advice. A value marked *not verified* was not read in the text of the act itself, in the version of that day.',
    `Rules: ${rules.map(({ id }) => `[${id}](#${id})`).join(' · ')}`,
    '## Obligations',
    ...rules.map((rule) => ruleSection(rule, book)),
    '## Penalties',
    'Amounts in monthly calculation indexes (MCI), by the class of the offender. Where the class is not known, the range from small to large is shown.',
    penaltyTable([...book.penalties.values()]),
    '## Parameters',
    ...[...book.parameters.files.keys()].map((name) => parameterSection(name, book)),
    '## Working days',
    calendarSection(book),
    '## Countries',
    groupTable(book),
    '## Where sources disagree',
    ...conflictsOf(book).map(
      ({ name, title, sides, decided }) =>
        `### ${title} (\`${name}\`)\n\n${sides
          .map(
            ({ says, reference, verified, applied, reading }) =>
              `- ${applied ? '**applied** ' : ''}${reading === null ? '' : `\`${reading}\`: `}${says} (${reference}${verified ? '' : ', not verified'})`,
          )
          .join('\n')}\n\nDecided: ${decided}`,
    ),
  ]
    .join('\n\n')
    .concat('\n');
}

/** One row of the source documents. */
export interface SourceRow {
  readonly row: string;
  readonly source: number;
  readonly duty: string;
  /** Events, screens or functions that carry it beside what the law's files name themselves. */
  readonly by?: string | undefined;
  /** Why it is information only. */
  readonly informationOnly?: string | undefined;
  readonly notYet?: string | undefined;
}

/** Which rule, finding or route answers each row of the source documents, and which test shows it. Markdown. */
export function coveragePage(
  book: RuleBook,
  rows: readonly SourceRow[],
  testsOf: ReadonlyMap<string, readonly string[]>,
): string {
  const lines = rows.map((row) => {
    const parts = partsOf(row.row, book);
    const means = [...parts, ...(row.by === undefined ? [] : [row.by])].join(', ');
    const tests = [
      ...(testsOf.get(row.row) ?? []),
      ...parts.filter((part) => part.startsWith('rule ')).map(() => 'examples in its file'),
    ];
    const state = stateOfRow(row, means);
    return `| ${row.row} | ${row.source} | ${cell(row.duty)} | ${cell(state)} | ${cell([...new Set(tests)].join(', '))} |`;
  });
  const open = rows.filter(({ notYet }) => notYet !== undefined).length;
  const told = rows.filter(({ informationOnly }) => informationOnly !== undefined).length;
  return `# What the source documents ask for, and what answers it

This page is generated. Of ${rows.length} rows ${told} are information only and ${open} are not there yet, wholly or in part; each says why.

| row | document | duty or system | answered by | shown by |
|---|---|---|---|---|
${lines.join('\n')}
`;
}

/** The rules, findings, routes and checklists that name a row. */
export function partsOf(row: string, book: RuleBook): readonly string[] {
  const { findings, needs, checklists } = book.papers;
  return [
    ...[...book.rules.values()].filter(({ rows }) => rows.includes(row)).map(({ id }) => `rule \`${id}\``),
    ...findings.filter(({ rows }) => rows.includes(row)).map(({ finding }) => `finding \`${finding}\``),
    ...needs.filter(({ rows }) => rows?.includes(row) === true).map(({ need }) => `route finder \`${need}\``),
    ...checklists
      .filter(({ rows }) => rows?.includes(row) === true)
      .map(({ checklist }) => `checklist \`${checklist}\``),
  ];
}

function stateOfRow({ informationOnly, notYet }: SourceRow, means: string): string {
  const said = means === '' ? [] : [means];
  if (informationOnly !== undefined) said.push(`*information only*: ${informationOnly}`);
  if (notYet !== undefined) said.push(`*not yet*: ${notYet}`);
  return said.length === 0 ? '*not yet*' : said.join('; ');
}

function ruleSection(
  { id, title, sentence, rows, versions, readings, examples, stream }: Rule,
  book: RuleBook,
): string {
  const latest = versions.at(-1);
  const openers =
    latest?.opens.map(
      ({ on, when, deadline }) =>
        `${on}${when === undefined ? '' : ` when ${conditionText(when)}`}${deadline === undefined ? '' : ` (${deadlineText(deadline)})`}`,
    ) ?? [];
  const closers =
    latest?.closes.map(
      ({ on, becomes, when, reason }) =>
        `${on}${when === undefined ? '' : ` when ${conditionText(when)}`}: ${becomes}${reason === undefined ? '' : `, ${reason}`}`,
    ) ?? [];
  return [
    `### ${id}`,
    `**${title}.** ${sentence.en}\n\n*${sentence.ru}*\n\n*${sentence.kk}*`,
    rows.length === 0 ? '' : `Rows of the source documents: ${rows.join(', ')}. Of the ${stream}'s history.`,
    `| from | until | last day | safe by | penalty | source | verified |\n|---|---|---|---|---|---|---|\n${versions.map((version) => versionRow(version, book)).join('\n')}`,
    ...[...new Set(versions.flatMap(({ remark }) => (remark === undefined ? [] : [remark])))].map(
      (remark) => `> ${capital(remark)}.`,
    ),
    latest?.consequence == null ? '' : `Consequence: ${latest.consequence}`,
    `Opened by:\n${bullets(openers)}`,
    `Closed by:\n${bullets(closers)}`,
    readings.length === 0
      ? ''
      : `Readings:\n${bullets(readings.map((one) => `\`${one.reading}\`${one.default === true ? ' (default)' : ''}: ${one.says} ${sourceText(one)}`))}`,
    `Worked examples: ${examples.length}.\n${bullets(examples.map(({ example }) => example))}`,
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function versionRow(version: RuleVersion, book: RuleBook): string {
  const { validFrom, validTo, deadline, penalty, verified, off } = version;
  const article = penalty === null ? 'none' : (book.penalties.get(penalty)?.article ?? penalty);
  const last = off === true ? 'not applied' : momentText(deadline.dueOn);
  return `| ${validFrom} | ${validTo ?? ''} | ${cell(last)} | ${safeText(deadline)} | ${article} | ${cell(sourceText(version))} | ${verified ? 'yes' : 'no'} |`;
}

function deadlineText(deadline: Deadline): string {
  return `last day: ${momentText(deadline.dueOn)}`;
}

function safeText({ safeBy }: Deadline): string {
  switch (safeBy) {
    case 'inclusive':
      return "counted with the event's day as day 1";
    case 'working-day-before':
      return 'the last working day not after it';
    case 'due-day':
      return 'the same day';
  }
}

/** Says in words which day a rule means. */
export function momentText(moment: Moment): string {
  if (typeof moment === 'string') return termText(moment);
  if ('businessDays' in moment) return `${moment.businessDays} working days after ${momentText(moment.after)}`;
  if ('before' in moment) return `${moment.calendarDays} calendar days before ${momentText(moment.before)}`;
  if ('calendarDays' in moment) {
    const moved = moment.endingOn === 'working-day' ? ', or the next working day' : '';
    return `${moment.calendarDays} calendar days after ${momentText(moment.after)}${moved}`;
  }
  if ('months' in moment) return `${moment.months} months after ${momentText(moment.after)}`;
  if ('dayNumber' in moment) return `day ${moment.dayNumber} from ${momentText(moment.from)}`;
  if ('monthDay' in moment)
    return `${moment.monthDay} of ${moment.yearsBefore === 1 ? 'the year before' : ''} ${termText(moment.year)}`.replace(
      '  ',
      ' ',
    );
  if ('earliestOf' in moment) return `the earliest of ${moment.earliestOf.map(momentText).join(' and ')}`;
  if ('latestOf' in moment) return `the latest of ${moment.latestOf.map(momentText).join(' and ')}`;
  return `not known: ${moment.unknown}`;
}

function termText(term: string): string {
  return term === 'occurredOn' ? 'the event' : term.startsWith('event.') ? `the event's ${term.slice(6)}` : term;
}

function conditionText(condition: Condition): string {
  return Object.entries(condition)
    .flatMap(([word, asked]) => (asked === undefined ? [] : [partText(word, asked)]))
    .join(' and ');
}

function partText(word: string, asked: Test | readonly Condition[]): string {
  if (word === 'anyOf' || word === 'noneOf') {
    return `${word === 'anyOf' ? 'any of' : 'none of'} (${(asked as readonly Condition[]).map(conditionText).join('; ')})`;
  }
  return `${word} ${JSON.stringify(asked).replaceAll('"', '')}`;
}

function penaltyTable(penalties: readonly Penalty[]): string {
  const rows = penalties.flatMap(({ penalty, article, title, repeat, versions }) => {
    const latest = versions.at(-1);
    if (latest === undefined) return [];
    const { individual, official, small, nonprofit, medium, large } = latest.tiers;
    return [
      `| \`${penalty}\` | ${article} | ${cell(title)} | ${individual} | ${official} | ${small} | ${nonprofit} | ${medium} | ${large} | ${repeat ?? ''} | ${cell(versions.map(({ validFrom, verified }) => `${validFrom}${verified ? '' : ' (not verified)'}`).join(', '))} |`,
    ];
  });
  return `| key | article | offence | individual | official | small | non-profit | medium | large | repeat | from |\n|---|---|---|---|---|---|---|---|---|---|---|\n${rows.join('\n')}`;
}

function parameterSection(name: string, book: RuleBook): string {
  const file = book.parameters.files.get(name);
  const rows = book.parameters
    .history(name)
    .map(
      (value) =>
        `| ${value.purpose ?? ''} | ${value.validFrom} | ${String(value.value)} | ${cell(sourceText(value))} | ${value.verified ? 'yes' : 'no'} |`,
    );
  return `### ${name}\n\n${file?.title ?? name}${file?.unit === undefined ? '' : `, in ${file.unit}`}.\n\n| purpose | from | value | source | verified |\n|---|---|---|---|---|\n${rows.join('\n')}`;
}

function calendarSection({ calendar }: RuleBook): string {
  return `Known are the years ${calendar.firstYear} to ${calendar.lastYear}; a deadline that would end outside them is not known. Each year's days off, with the acts behind transfers, stand in the files of the calendar.`;
}

function groupTable({ countries }: RuleBook): string {
  const yesNo = (value: boolean | undefined) => (value === undefined ? '' : value ? 'needed' : 'not needed');
  const rows = countries.groups.map(
    (group) =>
      `| ${group.group} | ${group.countries.join(' ')} | ${group.validFrom} | ${yesNo(group.workPermitNeeded)} | ${yesNo(group.workVisaNeeded)} | ${group.residencePermitAfterDays ?? ''} | ${group.stay?.daysPerEntry ?? ''} | ${cell(sourceText(group))} | ${group.verified ? 'yes' : 'no'} |`,
  );
  return `| group | countries | from | work permit | work visa | residence permit after days | days per entry | source | verified |\n|---|---|---|---|---|---|---|---|---|\n${rows.join('\n')}`;
}

function sourceText({ reference, sourceKind, checkedOn }: Source): string {
  return `${reference} [${sourceKind}, looked up ${checkedOn}]`;
}

function bullets(items: readonly string[]): string {
  return items.map((item) => `- ${item}`).join('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
