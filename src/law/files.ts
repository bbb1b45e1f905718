import type { z } from 'zod';
import { WorkingCalendar } from './calendar.js';
import { Countries } from './countries.js';
import { dayNumber, dayText } from './days.js';
import { LawError } from './law-error.js';
import { Parameters } from './parameters.js';
import type { Rule } from './rule.js';
import {
  type CalendarFile,
  calendarFile,
  countriesFile,
  type Example,
  examplesDocument,
  type Penalty,
  parameterFile,
  penaltiesFile,
  type Region,
  type RuleFile,
  type RuleVersion,
  regionsFile,
  ruleFile,
  ruleVersion,
  type SizeRow,
  sizesFile,
} from './schema.js';

export interface NamedFile {
  readonly path: string;
  readonly content: unknown;
  /** The file's second document, read when somebody asks for it: it is half of all text and only checks need it. */
  readonly examples?: () => unknown;
}

export interface LawFiles {
  readonly rules: ReadonlyMap<string, Rule>;
  readonly calendar: WorkingCalendar;
  readonly countries: Countries;
  readonly regions: ReadonlyMap<string, Region>;
  readonly sizes: ReadonlyMap<string, SizeRow>;
  readonly penalties: ReadonlyMap<string, Penalty>;
  readonly parameters: Parameters;
  readonly files: readonly string[];
}

type Content = Readonly<Record<string, unknown>>;

/** The first key of a file tells what it holds. */
const KINDS = ['rule', 'parameter', 'penalties', 'calendar', 'countries', 'regions', 'sizes'] as const;
type Kind = (typeof KINDS)[number];

interface KnownFile {
  readonly path: string;
  readonly kind: Kind;
  readonly content: Content;
  /** The examples of every file that it was made of, the lowest first. */
  readonly examples: readonly ExampleSource[];
}

interface ExampleSource {
  readonly path: string;
  readonly read: () => unknown;
}

/** Checks all files, lays the second list over the first and gives back the law. Throws LawError. */
export function readLaw(shipped: readonly NamedFile[], laid: readonly NamedFile[]): LawFiles {
  const files = layOver(shipped.map(known).map(purposeByPurpose), laid.map(known).map(placed).map(purposeByPurpose));
  const of = (kind: Kind) => files.filter((file) => file.kind === kind);
  const calendars = of('calendar').map((file) => checked(file, calendarFile));
  requireYearsInARow(calendars);
  const parameterFiles = of('parameter').map((file) => {
    return { path: file.path, parameter: checked(withDefaults(file, 'values'), parameterFile) };
  });
  const parameters = parameterFiles.map(({ parameter }) => parameter);
  const penalties = of('penalties').flatMap((file) => checked(withNestedDefaults(file), penaltiesFile).penalties);
  const countries = of('countries').map((file) => checked(withDefaults(file, 'groups'), countriesFile));
  const regions = of('regions').flatMap((file) => checked(withDefaults(file, 'regions'), regionsFile).regions);
  const sizes = of('sizes').flatMap((file) => checked(withDefaults(file, 'sizes'), sizesFile).sizes);
  const rules = of('rule').map((file) => ruleOf(file, checked(file, ruleFile)));
  for (const { path, parameter } of parameterFiles)
    requireNoOverlap(path, 'values', parameter.values, ({ purpose }) => purpose ?? '');
  for (const { penalty, versions } of penalties)
    requireNoOverlap(`penalties: ${penalty}`, 'versions', versions, () => '');
  const law: LawFiles = {
    rules: new Map(rules.map((rule) => [rule.id, deepFreeze(rule)])),
    calendar: new WorkingCalendar(calendars),
    countries: new Countries(
      Object.assign({}, ...countries.map((file) => namesIn(file.countries))) as Record<string, string>,
      deepFreeze(countries.flatMap(({ groups }) => groups)),
    ),
    regions: new Map(regions.map((region) => [region.code, deepFreeze(region)])),
    sizes: new Map(sizes.map((row) => [row.size, deepFreeze(row)])),
    penalties: new Map(
      penalties.map((row) => [row.penalty, deepFreeze({ ...row, versions: row.versions.toSorted(oldestFirst) })]),
    ),
    parameters: new Parameters(deepFreeze(parameters)),
    files: [...shipped, ...laid].map(({ path }) => path),
  };
  requireReferences(law);
  return law;
}

function known({ path, content, examples }: NamedFile): KnownFile {
  if (typeof content === 'object' && content !== null && !Array.isArray(content)) {
    // Only a file of countries has groups: laid over the shipped one it need not name any country again.
    const kind = KINDS.find((one) => one in content) ?? ('groups' in content ? 'countries' : undefined);
    const own = examples === undefined ? [] : [{ path, read: examples }];
    if (kind !== undefined) return { path, kind, content: content as Content, examples: own };
  }
  throw new LawError({
    file: path,
    problem: 'does not say what it holds',
    remedy: `begin it with one of ${KINDS.map((kind) => `"${kind}:"`).join(', ')}`,
  });
}

/** Parses one file's content; throws LawError for the value that is wrong. */
export function checked<T extends z.ZodType>(
  { path, content }: Pick<NamedFile, 'path' | 'content'>,
  schema: T,
): z.infer<T> {
  const result = schema.safeParse(content);
  if (result.success) return result.data;
  const issue = deepest(result.error.issues);
  throw new LawError({
    ...placeOf(path, content, issue.path),
    problem: `${issue.message}${found(content, issue.path)}`,
    remedy: remedyFor(issue),
  });
}

/** A union reports one issue per alternative: the one that got furthest is the one the writer meant. */
function deepest(issues: readonly z.core.$ZodIssue[], prefix: readonly PropertyKey[] = []): z.core.$ZodIssue {
  // A misspelt key shows twice, as unknown and as missing: the unknown one names the slip.
  const first = (issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0]) as z.core.$ZodIssue;
  const path = [...prefix, ...first.path];
  if (first.code !== 'invalid_union') return { ...first, path };
  const inner = first.errors
    .filter((alternative) => alternative.length > 0)
    .map((alternative) => deepest(alternative, path))
    .filter((issue) => issue.path.length > path.length && issue.code !== 'unrecognized_keys');
  return inner.sort((a, b) => b.path.length - a.path.length)[0] ?? { ...first, path };
}

const PLACE: unique symbol = Symbol('place');

interface Place {
  readonly file: string;
  readonly at: string;
}

type Placed = Content & { readonly [PLACE]?: Place };

/** Remembers with each entry of a laid file where it stands there: among the shipped ones it has another number. */
function placed(file: KnownFile): KnownFile {
  return { ...file, content: withPlaces(file.path, file.content, []) };
}

function withPlaces(file: string, content: Content, at: readonly (string | number)[]): Content {
  const lists = Object.keys(ENTRY_KEYS).flatMap((key) => {
    const list = content[key];
    if (!Array.isArray(list)) return [];
    return [[key, list.map((entry: unknown, index) => placedEntry(file, entry, [...at, key, index]))] as const];
  });
  return { ...content, ...Object.fromEntries(lists) };
}

function placedEntry(file: string, entry: unknown, path: readonly (string | number)[]): Placed {
  const at = path.join('.');
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) {
    throw new LawError({
      file,
      path: at,
      problem: 'is no entry with keys',
      remedy: 'write at least a key and a value, or take the line out',
    });
  }
  return { ...withPlaces(file, entry as Content, path), [PLACE]: { file, at } };
}

/** The place of a value as it is written in its own file. */
function placeOf(file: string, content: unknown, path: readonly PropertyKey[]): { file: string; path: string } {
  let value = content;
  let found: { file: string; path: readonly PropertyKey[] } = { file, path };
  for (const [index, key] of path.entries()) {
    value = typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined;
    const place = (value as Placed | null | undefined)?.[PLACE];
    if (place !== undefined) found = { file: place.file, path: [place.at, ...path.slice(index + 1)] };
  }
  return { file: found.file, path: found.path.join('.') };
}

function remedyFor(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys')
    return `take out ${issue.keys.map((key) => `"${key}"`).join(', ')} or correct the spelling`;
  return 'correct this value in the file; the shipped files show the form';
}

function found(content: unknown, path: readonly PropertyKey[]): string {
  let value: unknown = content;
  for (const key of path)
    value = typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined;
  if (value === undefined) return '';
  const text = JSON.stringify(value);
  return text.length > 80 ? '' : ` (found ${text})`;
}

/** Lays `defaults` under each entry of a list. An entry that still lacks a source is refused by its schema. */
function withDefaults(file: KnownFile, list: string): KnownFile {
  const { defaults, [list]: entries } = file.content as { defaults?: Content } & Record<string, unknown>;
  if (!Array.isArray(entries) || defaults === undefined) {
    return list === 'values' ? file : { ...file, content: { defaults: {}, ...file.content } };
  }
  return {
    ...file,
    content: { ...file.content, [list]: entries.map((entry: Content) => ({ ...defaults, ...entry })) },
  };
}

/** What stands beside a penalty's versions holds for each of them unless the version says otherwise. */
function withNestedDefaults(file: KnownFile): KnownFile {
  const { penalties } = file.content;
  if (!Array.isArray(penalties)) return file;
  const filled = penalties.map((row: Content & { readonly versions?: readonly Content[] }) => {
    const { versions, ...rest } = row;
    const own = Object.fromEntries(Object.entries(rest).filter(([key]) => !SHARED.has(key)));
    const shared = Object.fromEntries(Object.entries(rest).filter(([key]) => SHARED.has(key)));
    return { ...own, ...placeIn(row), versions: versions?.map((version) => ({ ...shared, ...version })) };
  });
  return { ...file, content: { penalties: filled } };
}

function placeIn(entry: Placed): Placed {
  const place = entry[PLACE];
  return place === undefined ? {} : { [PLACE]: place };
}

const SHARED: ReadonlySet<string> = new Set(['tiers', 'reference', 'sourceKind', 'checkedOn', 'verified', 'remark']);

/** One line may hold for several purposes at once. */
function purposeByPurpose(file: KnownFile): KnownFile {
  const { values } = file.content;
  if (!Array.isArray(values)) return file;
  const lines = values.flatMap((line: Content | null) => {
    const { purposes, ...rest } = line ?? {};
    return Array.isArray(purposes) ? purposes.map((purpose: unknown) => ({ purpose, ...rest })) : [line];
  });
  return { ...file, content: { ...file.content, values: lines } };
}

const BODY_KEYS = [
  'opens',
  'closes',
  'deadline',
  'penalty',
  'consequence',
  'fee',
  'off',
  'reference',
  'sourceKind',
  'checkedOn',
  'verified',
  'remark',
] as const;

function ruleOf({ path, content, examples }: KnownFile, file: RuleFile): Rule {
  const inherited = Object.fromEntries(BODY_KEYS.flatMap((key) => (file[key] === undefined ? [] : [[key, file[key]]])));
  const complete = file.versions
    .map((version, index) => {
      const result = ruleVersion.safeParse({ penalty: null, consequence: null, closes: [], ...inherited, ...version });
      if (result.success) return result.data;
      const issue = deepest(result.error.issues);
      throw new LawError({
        ...placeOf(path, content, ['versions', index, ...issue.path]),
        problem: issue.message,
        remedy: 'write it in this version, or once for all versions beside "rule"',
      });
    })
    .sort((a, b) => (a.validFrom < b.validFrom ? -1 : 1));
  requireOneDefault(path, file);
  return {
    id: file.rule,
    file: path,
    title: file.title,
    stream: file.stream ?? 'worker',
    rows: file.rows,
    sentence: file.sentence,
    versions: endedByTheNext(path, complete),
    readings: file.readings ?? [],
    get examples() {
      return examples.flatMap(examplesOf);
    },
  };
}

function examplesOf({ path, read }: ExampleSource): readonly Example[] {
  const content = read() ?? null;
  return content === null ? [] : checked({ path, content }, examplesDocument).examples;
}

/** A version ends the day before the next begins; a written end must agree. */
function endedByTheNext(path: string, versions: readonly RuleVersion[]): readonly RuleVersion[] {
  return versions.map((version, index) => {
    const next = versions[index + 1];
    if (next === undefined) return version;
    const end = dayText(dayNumber(next.validFrom) - 1);
    if (version.validTo !== undefined && version.validTo !== end) {
      throw new LawError({
        file: path,
        path: `versions.${index}.validTo`,
        problem: `is ${version.validTo}, but the next version begins on ${next.validFrom}: the two ${version.validTo > end ? 'overlap' : 'leave a gap'}`,
        remedy: `write ${end}, or leave validTo out; a time without the rule is a version with "off: true"`,
      });
    }
    return { ...version, validTo: end };
  });
}

function requireOneDefault(path: string, { readings }: RuleFile): void {
  if (readings === undefined) return;
  if (readings.filter((reading) => reading.default === true).length === 1) return;
  throw new LawError({
    file: path,
    path: 'readings',
    problem: 'must have exactly one default',
    remedy: 'write "default: true" under the strictest reading and under no other',
  });
}

function requireNoOverlap<T extends { readonly validFrom: string; readonly validTo?: string | undefined }>(
  file: string,
  list: string,
  lines: readonly T[],
  key: (line: T) => string,
): void {
  const seen = new Map<string, T>();
  for (const line of lines.toSorted((a, b) => (a.validFrom < b.validFrom ? -1 : 1))) {
    const before = seen.get(key(line));
    if (
      before !== undefined &&
      (before.validFrom === line.validFrom || (before.validTo !== undefined && before.validTo >= line.validFrom))
    ) {
      throw new LawError({
        file,
        path: `${list} of ${line.validFrom}`,
        problem: `overlaps the line of ${before.validFrom}${key(line) === '' ? '' : ` for ${key(line)}`}`,
        remedy: 'give each line its own first day, and let the older one end the day before',
      });
    }
    seen.set(key(line), line);
  }
}

function requireYearsInARow(calendars: readonly CalendarFile[]): void {
  const years = calendars.map(({ calendar }) => calendar).sort((a, b) => a - b);
  for (const [index, year] of years.entries()) {
    const next = years[index + 1];
    if (next === undefined || next === year + 1) continue;
    throw new LawError({
      file: 'calendar',
      path: String(year + 1),
      problem:
        next === year
          ? `the year ${year} is there twice`
          : `the year ${year + 1} is missing between ${year} and ${next}`,
      remedy: 'keep one file per year, without gaps',
    });
  }
  for (const { calendar, days } of calendars) {
    const stray = days.find(({ on }) => !on.startsWith(`${calendar}-`));
    if (stray === undefined) continue;
    throw new LawError({
      file: `calendar/${calendar}.yaml`,
      path: `days of ${stray.on}`,
      problem: `does not lie in ${calendar}`,
      remedy: 'move it to the file of its own year',
    });
  }
}

function requireReferences({ rules, penalties, countries }: LawFiles): void {
  for (const rule of rules.values()) {
    for (const { penalty, validFrom } of rule.versions) {
      if (penalty === null || penalties.has(penalty)) continue;
      throw new LawError({
        file: rule.file,
        path: `versions of ${validFrom}: penalty`,
        problem: `names "${penalty}", which is no penalty of the law`,
        remedy: `write one of ${[...penalties.keys()].join(', ')}, or null where none was found`,
      });
    }
  }
  for (const { group, countries: members } of countries.groups) {
    const unknown = members.find((code) => !countries.exists(code));
    if (unknown === undefined) continue;
    throw new LawError({
      file: 'countries.yaml',
      path: `groups: ${group}`,
      problem: `names the country "${unknown}", which does not exist`,
      remedy: 'use the two letters of ISO 3166-1',
    });
  }
}

/** Lays files over the shipped ones: lines with the same first day are replaced, others added; other keys are replaced. */
function layOver(shipped: readonly KnownFile[], laid: readonly KnownFile[]): readonly KnownFile[] {
  const files = new Map(shipped.map((file) => [identity(file), file]));
  for (const file of laid.flatMap(penaltyByPenalty)) {
    const [key] = penaltyKeys(file);
    const target = shipped.find((one) => key !== undefined && penaltyKeys(one).includes(key)) ?? file;
    const below = files.get(identity(target));
    files.set(
      identity(target),
      below === undefined
        ? file
        : { ...file, content: merged(below.content, file.content), examples: [...below.examples, ...file.examples] },
    );
  }
  return [...files.values()];
}

/** A penalty is laid over the file that has its key, whatever the two files are called. */
function penaltyByPenalty(file: KnownFile): readonly KnownFile[] {
  const { penalties } = file.content;
  return Array.isArray(penalties)
    ? penalties.map((one: unknown) => ({ ...file, content: { penalties: [one] } }))
    : [file];
}

function penaltyKeys({ content }: KnownFile): readonly unknown[] {
  const { penalties } = content;
  return Array.isArray(penalties) ? penalties.map((row: { readonly penalty?: unknown } | null) => row?.penalty) : [];
}

function identity({ kind, content, path }: KnownFile): string {
  // The countries stand in the text itself, which is no name of the file.
  const own = kind === 'countries' ? undefined : content[kind];
  return typeof own === 'string' || typeof own === 'number'
    ? `${kind}:${own}`
    : kind === 'penalties'
      ? `${kind}:${path}`
      : kind;
}

/** The lists of a file whose entries are laid over each other, and what an entry is known by. */
export const ENTRY_KEYS: Readonly<Record<string, readonly string[]>> = {
  values: ['purpose', 'validFrom'],
  versions: ['validFrom'],
  readings: ['reading'],
  groups: ['group', 'validFrom'],
  regions: ['code', 'validFrom'],
  sizes: ['size', 'validFrom'],
  penalties: ['penalty'],
};

function merged(below: Content, over: Content): Content {
  const result: Record<string, unknown> = { ...below };
  const { defaults, ...above } = over;
  for (const [key, value] of Object.entries(above)) {
    const keys = ENTRY_KEYS[key];
    const old = below[key];
    if (keys !== undefined && Array.isArray(old) && Array.isArray(value))
      result[key] = mergedList(old as Content[], filled(value as Content[], defaults), keys);
    else if ((key === 'countries' || key === 'days') && typeof old === 'string')
      result[key] = `${old.trimEnd()}\n${value as string}`;
    else result[key] = value;
  }
  return result;
}

/** The defaults of a laid file are for its own entries: the shipped ones keep theirs. */
function filled(entries: readonly Content[], defaults: unknown): readonly Content[] {
  return typeof defaults === 'object' && defaults !== null
    ? entries.map((entry) => ({ ...defaults, ...entry }))
    : entries;
}

function mergedList(below: readonly Content[], above: readonly Content[], keys: readonly string[]): readonly Content[] {
  const name = (entry: Content) => keys.map((key) => String(entry[key])).join(' ');
  const entries = new Map(below.map((entry) => [name(entry), entry]));
  for (const entry of above) {
    const old = entries.get(name(entry));
    // A penalty keeps its older lines; a single line is replaced whole, so that no source is mixed with another.
    entries.set(name(entry), old !== undefined && 'penalty' in entry ? merged(old, entry) : entry);
  }
  return [...entries.values()];
}

function oldestFirst(a: { readonly validFrom: string }, b: { readonly validFrom: string }): number {
  return a.validFrom < b.validFrom ? -1 : 1;
}

function namesIn(lines: string): Record<string, string> {
  const rows = lines.split('\n').filter((line) => line !== '');
  return Object.fromEntries(rows.map((line) => [line.slice(0, 2), line.slice(3).trim()]));
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const { value: inner } of Object.values(Object.getOwnPropertyDescriptors(value))) deepFreeze(inner);
  }
  return value;
}
