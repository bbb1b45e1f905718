import { parse } from 'yaml';
import { addDays, type Day, isDay, isoWeekday } from '../domain/dates.js';
import { type FileText, type LawTexts, type RuleBook, ruleBookOf } from './book.js';
import { dayNumber } from './days.js';
import { ENTRY_KEYS } from './files.js';
import { LawError, type LawProblem } from './law-error.js';
import { calendarFile } from './schema.js';

type Entry = Readonly<Record<string, unknown>>;

interface LaidFile {
  readonly path: string;
  readonly content: Entry;
}

/** Nobody looks a value up in years to come; some days of play for who prepares a file. */
const CHECKED_AHEAD_DAYS = 366;

/**
 * What a file laid over the shipped law says in the right form and nevertheless cannot mean, measured by the shipped values:
 * each with its place in that file and how to mend it. `asOf` is the day on which somebody asks.
 */
export function laidProblems(texts: LawTexts, asOf: Day): readonly LawProblem[] {
  const shipped = ruleBookOf({ shipped: texts.shipped, laid: [] });
  const files = texts.laid.flatMap(contentOf);
  const acts = kindsWithAct(texts.shipped.flatMap(contentOf));
  return files
    .flatMap((file) => [
      ...unknownNames(file, shipped, files),
      ...twice(file),
      ...oddValues(file, shipped),
      ...oddDays(file, shipped, acts),
      ...checkedAhead(file.content, file.path, [], asOf),
    ])
    .map(({ place, message }) => ({ where: place, problem: message.slice(place.length + 2) }));
}

/** The first document of a file; nothing where it is no YAML, which the loader tells. */
function contentOf({ path, text }: FileText): readonly LaidFile[] {
  try {
    const content: unknown = parse(text.split(/^---$/m)[0] ?? '', { version: '1.2', schema: 'core' });
    return isEntry(content) ? [{ path, content }] : [];
  } catch {
    return [];
  }
}

function isEntry(value: unknown): value is Entry {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function entriesOf(list: unknown): readonly (readonly [entry: Entry, index: number])[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((entry: unknown, index) => (isEntry(entry) ? [[entry, index] as const] : []));
}

/** A file that lays something over what does not exist, and does not say enough to be new. */
function unknownNames({ path, content }: LaidFile, shipped: RuleBook, files: readonly LaidFile[]): readonly LawError[] {
  const told = (kind: string, name: unknown, place: string, known: Iterable<string>, needs: string) =>
    new LawError({
      file: path,
      path: place,
      problem: `there is no ${kind} "${String(name)}" in the law${didYouMean(String(name), known)}`,
      remedy: `correct the name; a ${kind} of its own needs ${needs} as well`,
    });
  const isNew = (kind: string, name: unknown) =>
    files.some((file) => file.content[kind] === name && 'title' in file.content);
  const { rule, parameter, penalties } = content;
  if (typeof rule === 'string' && !shipped.rules.has(rule) && !isNew('rule', rule))
    return [told('rule', rule, 'rule', shipped.rules.keys(), 'a title, rows, a sentence and a deadline')];
  if (typeof parameter === 'string' && !shipped.parameters.has(parameter) && !isNew('parameter', parameter))
    return [told('parameter', parameter, 'parameter', shipped.parameters.files.keys(), 'a title')];
  return entriesOf(penalties)
    .filter(([row]) => !('title' in row) && !shipped.penalties.has(String(row['penalty'])))
    .map(([{ penalty }, index]) =>
      told('penalty', penalty, `penalties.${index}.penalty`, shipped.penalties.keys(), 'an article and a title'),
    );
}

/** Two entries of one name and day in one file: the later would replace the earlier in silence. */
function twice({ path, content }: LaidFile): readonly LawError[] {
  const inside = entriesOf(content['penalties']).flatMap(([row, index]) =>
    repeated(path, row['versions'], `penalties.${index}.versions`, ENTRY_KEYS['versions'] ?? []),
  );
  const own = Object.entries(ENTRY_KEYS).flatMap(([list, keys]) => repeated(path, content[list], list, keys));
  return [...own, ...inside];
}

function repeated(file: string, list: unknown, at: string, keys: readonly string[]): readonly LawError[] {
  const seen = new Map<string, number>();
  return entriesOf(list).flatMap(([entry, index]) =>
    purposesOf(entry).flatMap((purpose) => {
      const named = keys.flatMap((key) => (key === 'purpose' ? (purpose ?? []) : [String(entry[key])])).join(' of ');
      const before = seen.get(named);
      seen.set(named, index);
      if (before === undefined) return [];
      return [
        new LawError({
          file,
          path: `${at}.${index}`,
          problem: `says again what ${at}.${before} says (${named}), and only one of them can count`,
          remedy: 'take one of the two out, or give it a first day of its own',
        }),
      ];
    }),
  );
}

function purposesOf({ purpose, purposes }: Entry): readonly (string | undefined)[] {
  if (Array.isArray(purposes)) return purposes.map(String);
  return [typeof purpose === 'string' ? purpose : undefined];
}

function oddValues({ path, content }: LaidFile, { parameters }: RuleBook): readonly LawError[] {
  const { parameter, values } = content;
  if (typeof parameter !== 'string' || !parameters.has(parameter)) return [];
  const known = parameters.history(parameter);
  const purposes = parameters.purposes(parameter);
  const withoutPurpose = known.some(({ purpose }) => purpose === null);
  return entriesOf(values).flatMap(([line, index]) => [
    ...purposesOf(line).flatMap((purpose) => oddPurpose({ purpose, purposes, withoutPurpose, path, index })),
    ...oddValue(
      line['value'],
      known.map(({ value }) => value),
      { path, index },
    ),
  ]);
}

interface OddPurpose {
  readonly purpose: string | undefined;
  readonly purposes: readonly string[];
  readonly withoutPurpose: boolean;
  readonly path: string;
  readonly index: number;
}

function oddPurpose({ purpose, purposes, withoutPurpose, path, index }: OddPurpose): readonly LawError[] {
  // A purpose may be narrowed, such as the fee of a category in one industry: `3:agriculture`.
  const wide = purpose?.split(':')[0] ?? '';
  if (purpose === undefined ? withoutPurpose : purposes.some((one) => one === purpose || one.split(':')[0] === wide))
    return [];
  const named = purpose === undefined ? 'is missing' : `"${purpose}" is none that this parameter has`;
  return [
    new LawError({
      file: path,
      path: `values.${index}.purpose`,
      problem: `${named}${purpose === undefined ? '' : didYouMean(purpose, purposes)}`,
      remedy: purposes.length === 0 ? 'take it out' : `write ${listed(purposes)}`,
    }),
  ];
}

function oddValue(
  value: unknown,
  known: readonly unknown[],
  { path, index }: { readonly path: string; readonly index: number },
): readonly LawError[] {
  const told = (problem: string, remedy: string) => [
    new LawError({ file: path, path: `values.${index}.value`, problem, remedy }),
  ];
  const kinds = new Set(known.map(kindOf));
  if (value !== undefined && !kinds.has(kindOf(value))) {
    const remedy = kinds.has('a number') ? 'write digits alone, such as 4700, without quotes, blanks or points' : null;
    return told(
      `is ${kindOf(value)} (found ${JSON.stringify(value)}), the shipped values are ${listed([...kinds])}`,
      remedy ?? `write ${listed([...kinds])}`,
    );
  }
  if (typeof value !== 'number') return [];
  const numbers = known.filter((one) => typeof one === 'number');
  if (value <= 0 && numbers.every((one) => one > 0))
    return told(`is ${value}, all shipped values are more than 0`, 'write the amount that the source names');
  if (value < 0 && numbers.every((one) => one >= 0))
    return told(`is ${value}, no shipped value is less than 0`, 'write the amount that the source names');
  if (!Number.isInteger(value) && numbers.every(Number.isInteger))
    return told(`is ${value}, all shipped values are whole numbers`, 'write a whole number, without a point');
  return [];
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'string') return 'text';
  return typeof value === 'boolean' ? 'true or false' : `a ${typeof value}`;
}

const daysSchema = calendarFile.shape.days;

/** The kinds of days which the shipped calendar never has without the act that made them. */
function kindsWithAct(files: readonly LaidFile[]): ReadonlySet<string> {
  const days = files.flatMap(({ content }) => ('calendar' in content ? daysOf(content) : []));
  return new Set(
    days.map(({ kind }) => kind).filter((kind) => days.every((day) => day.kind !== kind || day.decree !== undefined)),
  );
}

function daysOf(content: Entry) {
  const read = daysSchema.safeParse(content['days']);
  return read.success ? read.data : [];
}

function oddDays({ path, content }: LaidFile, { calendar }: RuleBook, acts: ReadonlySet<string>): readonly LawError[] {
  if (!('calendar' in content)) return [];
  const days = daysOf(content);
  return days.flatMap(({ on, kind, decree }, index) => {
    const place = { file: path, path: `days, line ${index + 1} (${on})` };
    const day = dayNumber(on);
    const isOff = calendar.knows(day) ? !calendar.isWorking(day) : isoWeekday(day) > 5;
    const isPlain = kind === 'working' && !isOff && days.every((one) => one.on !== on || one.kind === 'working');
    return [
      ...(decree === undefined && acts.has(kind)
        ? [
            new LawError({
              ...place,
              problem: `is a day of the kind "${kind}" without the act that made it`,
              remedy: 'write the act behind the reason: "... | order of the ministry No. 5"',
            }),
          ]
        : []),
      ...(isPlain
        ? [
            new LawError({
              ...place,
              problem: 'is a working day already, so "working" changes nothing',
              remedy: 'write the day off that is worked instead, or take the line out',
            }),
          ]
        : []),
    ];
  });
}

/** Days of a look-up that are none, or that lie far ahead, wherever they stand in a file. */
function checkedAhead(value: unknown, file: string, at: readonly (string | number)[], asOf: Day): readonly LawError[] {
  if (Array.isArray(value)) return value.flatMap((one, index) => checkedAhead(one, file, [...at, index], asOf));
  if (!isEntry(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const path = [...at, key];
    if (key !== 'checkedOn') return checkedAhead(inner, file, path, asOf);
    const place = { file, path: path.join('.') };
    const remedy = 'write the day on which somebody last looked the value up, as YYYY-MM-DD';
    if (typeof inner !== 'string' || !isDay(inner))
      return [
        new LawError({ ...place, problem: `is not a date that exists (found ${JSON.stringify(inner)})`, remedy }),
      ];
    return inner > addDays(asOf, CHECKED_AHEAD_DAYS)
      ? [new LawError({ ...place, problem: `is ${inner}, more than a year after today (${asOf})`, remedy })]
      : [];
  });
}

function listed(words: readonly string[]): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} or ${last}`;
}

/** The known name that differs least, where it differs little. */
function didYouMean(name: string, known: Iterable<string>): string {
  const [best] = [...known].map((one) => ({ one, steps: editsBetween(name, one) })).sort((a, b) => a.steps - b.steps);
  return best === undefined || best.steps > Math.max(2, name.length / 4) ? '' : ` (did you mean "${best.one}"?)`;
}

/** How many letters have to be put in, taken out or replaced to make one word of the other. */
function editsBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of a.split('').entries()) {
    const next = [i + 1];
    for (const [j, other] of b.split('').entries())
      next.push(
        Math.min((next[j] ?? 0) + 1, (row[j + 1] ?? 0) + 1, (row[j] ?? 0) + (letter.toLowerCase() === other ? 0 : 1)),
      );
    row = next;
  }
  return row.at(-1) ?? 0;
}
