import { z } from 'zod';
import { type Day, isDay } from '../domain/dates.js';
import { dayNumber, dayText, plusMonths } from './days.js';
import { plainText } from './state.js';

/**
 * Conditions over named values, for the parts of the law that look at papers and plans rather than at one event: findings,
 * routes and checklists. A value that is not known (null) makes an answer "not known" rather than "no".
 */
export type Value = string | number | boolean | null | readonly string[];

/** Where values that are not among the own ones are looked up: what is known of the worker, under what is known of a paper. */
export const UNDER = Symbol('under');
export type Values = Readonly<Record<string, Value>> & { readonly [UNDER]?: Values };

export type Truth = 'yes' | 'no' | 'not-known';

/** The names that a condition may use. */
export interface Words extends Iterable<string> {
  has(name: string): boolean;
}

export type DayOf = (values: Values) => Day | null;
export type Matches = (values: Values) => Truth;

/** A day: the name of a value that holds one, a date, or a count from another day. */
export type DayText =
  | string
  | { readonly days: number; readonly after: DayText }
  | { readonly days: number; readonly before: DayText }
  | { readonly months: number; readonly after: DayText }
  | { readonly latestOf: readonly DayText[] }
  | { readonly earliestOf: readonly DayText[] };

const count = z.number().int().min(0).max(4000);

export const namedDay: z.ZodType<DayText> = z.lazy(() =>
  z.union(
    [
      z.string(),
      z.strictObject({ days: count, after: namedDay }),
      z.strictObject({ days: count, before: namedDay }),
      z.strictObject({ months: count, after: namedDay }),
      z.strictObject({ latestOf: z.array(namedDay).min(1) }),
      z.strictObject({ earliestOf: z.array(namedDay).min(1) }),
    ],
    {
      error:
        'is not a way to name a day: write the name of a day, a date, or a count such as { months: 6, after: permit.validUntil }',
    },
  ),
);

const plain = z.union([z.boolean(), z.number(), z.string()]);
const words = z.union([z.string(), z.array(z.string()).min(1)]);

const test = z.union(
  [
    plain,
    z.array(z.union([z.string(), z.number()])).min(1),
    z.strictObject({
      given: z.boolean().optional(),
      not: z.union([plain, z.array(z.string())]).optional(),
      atLeast: z.number().optional(),
      atMost: z.number().optional(),
      after: namedDay.optional(),
      before: namedDay.optional(),
      notAfter: namedDay.optional(),
      notBefore: namedDay.optional(),
      has: words.optional(),
      lacks: words.optional(),
      /** Differs from another value, or is not in the list that the other value holds. */
      outside: z.string().optional(),
    }),
  ],
  { error: 'must be a value, a list of values, or a test such as { after: permit.validUntil }' },
);
type Test = z.infer<typeof test>;

export interface Asked {
  readonly [name: string]: Test | readonly Asked[] | undefined;
}

export const asked: z.ZodType<Asked> = z.lazy(() =>
  z.record(z.string(), z.union([test, z.array(asked)])),
) as unknown as z.ZodType<Asked>;

/** Turns a condition into a function. Throws an Error that names the unknown word and the known ones. */
export function compileAsked(condition: Asked | undefined, known: Words): Matches {
  const parts = Object.entries(condition ?? {}).flatMap(([name, part]) =>
    part === undefined ? [] : [compilePart(name, part, known)],
  );
  return (values) => all(parts, values);
}

/** Turns the text of a day into a function; it answers null where a day that it counts from is not known. */
export function compileDay(text: DayText, known: Words): DayOf {
  if (typeof text === 'string') {
    if (isDay(text)) return () => text;
    requireKnown(text, known);
    return (values) => dayIn(valueNamed(values, text));
  }
  if ('latestOf' in text) return chosen(text.latestOf, known, (a, b) => a > b);
  if ('earliestOf' in text) return chosen(text.earliestOf, known, (a, b) => a < b);
  if ('months' in text) {
    const from = compileDay(text.after, known);
    return (values) => moved(from(values), (day) => plusMonths(day, text.months));
  }
  if ('before' in text) {
    const from = compileDay(text.before, known);
    return (values) => moved(from(values), (day) => day - text.days);
  }
  const from = compileDay(text.after, known);
  return (values) => moved(from(values), (day) => day + text.days);
}

/** Fills `{name}` in a sentence with the values; lists are joined, what is not known is said so. */
export function filled(sentence: string, values: Values, notKnown = 'not known'): string {
  return sentence.replace(/\{([\w.]+)\}/g, (_, name: string) => {
    const value = valueNamed(values, name);
    if (value === null) return notKnown;
    return Array.isArray(value) ? value.join(', ') : String(value);
  });
}

/** The names in a sentence that values are filled in for. */
export function namesIn(sentence: string): readonly string[] {
  return [...sentence.matchAll(/\{([\w.]+)\}/g)].map(([, name = '']) => name);
}

/** The names that a sentence asks for; throws an Error for one that does not exist. */
export function requireFillable(sentence: string, known: Words): void {
  for (const name of namesIn(sentence)) requireKnown(name, known);
}

export function opposite(truth: Truth): Truth {
  return truth === 'not-known' ? truth : truth === 'yes' ? 'no' : 'yes';
}

function all(parts: readonly Matches[], values: Values): Truth {
  let truth: Truth = 'yes';
  for (const part of parts) {
    const one = part(values);
    if (one === 'no') return 'no';
    if (one === 'not-known') truth = 'not-known';
  }
  return truth;
}

function some(parts: readonly Matches[], values: Values): Truth {
  let truth: Truth = 'no';
  for (const part of parts) {
    const one = part(values);
    if (one === 'yes') return 'yes';
    if (one === 'not-known') truth = 'not-known';
  }
  return truth;
}

function compilePart(name: string, part: Test | readonly Asked[], known: Words): Matches {
  if (name === 'anyOf' || name === 'noneOf') {
    const options = (part as readonly Asked[]).map((option) => compileAsked(option, known));
    return name === 'anyOf' ? (values) => some(options, values) : (values) => opposite(some(options, values));
  }
  requireKnown(name, known);
  const passes = compileTest(part as Test, known);
  return (values) => passes(valueNamed(values, name), values);
}

type Passes = (value: Value, values: Values) => Truth;

function compileTest(part: Test, known: Words): Passes {
  if (Array.isArray(part)) {
    if (part.length === 0) throw new Error('A list of values is empty: name one value at least.');
    const options = new Set(part.map(comparable));
    return (value) => (value === null ? 'not-known' : truthOf(among(value, options)));
  }
  if (typeof part === 'boolean') return (value) => (value === null ? 'not-known' : truthOf(value === part));
  if (typeof part !== 'object') {
    const wanted = new Set([comparable(part)]);
    return (value) => (value === null ? 'not-known' : truthOf(among(value, wanted)));
  }
  const tests = Object.entries(part as Exclude<Test, boolean | number | string | readonly unknown[]>).map(
    ([word, bound]) => compileWord(word, bound, known),
  );
  const [only] = tests;
  if (tests.length === 1 && only !== undefined) return only;
  return (value, values) => {
    let truth: Truth = 'yes';
    for (const one of tests) {
      const passed = one(value, values);
      if (passed === 'no') return 'no';
      if (passed === 'not-known') truth = 'not-known';
    }
    return truth;
  };
}

function compileWord(word: string, bound: unknown, known: Words): Passes {
  switch (word) {
    case 'given':
      return (value) => truthOf((value !== null) === bound);
    case 'not': {
      const banned = new Set((Array.isArray(bound) ? bound : [bound]).map(comparable));
      return (value) => (value === null ? 'not-known' : truthOf(!among(value, banned)));
    }
    case 'atLeast':
      return (value) => (typeof value === 'number' ? truthOf(value >= Number(bound)) : 'not-known');
    case 'atMost':
      return (value) => (typeof value === 'number' ? truthOf(value <= Number(bound)) : 'not-known');
    case 'has':
    case 'lacks': {
      const wanted = (Array.isArray(bound) ? bound : [bound]).map(comparable);
      return (value) => {
        if (!Array.isArray(value)) return 'not-known';
        const holds = (one: unknown) => value.some((own) => own === one || comparable(own) === one);
        return truthOf(word === 'has' ? wanted.every(holds) : !wanted.some(holds));
      };
    }
    case 'outside': {
      const other = String(bound);
      requireKnown(other, known);
      return (value, values) => {
        const list = valueNamed(values, other);
        if (value === null || list === null) return 'not-known';
        return truthOf(!overlaps(value, list));
      };
    }
    default:
      return compileOrder(word, compileDay(bound as DayText, known));
  }
}

const ORDERS: Readonly<Record<string, (day: Day, bound: Day) => boolean>> = {
  after: (day, bound) => day > bound,
  before: (day, bound) => day < bound,
  notAfter: (day, bound) => day <= bound,
  notBefore: (day, bound) => day >= bound,
};

function compileOrder(word: string, other: DayOf): Passes {
  const holds = ORDERS[word];
  return (value, values) => {
    const day = dayIn(value);
    const bound = day === null ? null : other(values);
    return day === null || bound === null ? 'not-known' : truthOf(holds?.(day, bound) === true);
  };
}

function chosen(texts: readonly DayText[], known: Words, better: (a: Day, b: Day) => boolean): DayOf {
  const days = texts.map((text) => compileDay(text, known));
  return (values) => {
    let found: Day | null = null;
    for (const day of days) {
      const one = day(values);
      if (one !== null && (found === null || better(one, found))) found = one;
    }
    return found;
  };
}

/** The value of a name; null where it is not known. */
export function valueNamed(values: Values, name: string): Value {
  for (let at: Values | undefined = values; at !== undefined; at = at[UNDER]) {
    const value = at[name];
    if (value !== undefined && value !== null) return value;
  }
  return null;
}

function overlaps(value: Exclude<Value, null>, other: Exclude<Value, null>): boolean {
  const list: readonly unknown[] = Array.isArray(other) ? other : [other];
  const wanted: readonly unknown[] = Array.isArray(value) ? value : [value];
  return wanted.some((one) => list.some((two) => one === two || comparable(one) === comparable(two)));
}

function moved(day: Day | null, by: (day: number) => number): Day | null {
  return day === null ? null : dayText(by(dayNumber(day)));
}

/** Values that are days were checked when they were recorded: the shape tells a day from another text. */
function dayIn(value: Value | undefined): Day | null {
  return typeof value === 'string' && value.length === 10 && value[4] === '-' && value[7] === '-' ? value : null;
}

function among(value: Exclude<Value, null>, options: ReadonlySet<unknown>): boolean {
  if (Array.isArray(value)) return value.some((one) => options.has(comparable(one)));
  return options.has(comparable(value));
}

/** Words as they are compared; a ledger asks about the same few again and again. */
const plainTexts = new Map<string, string>();
const MOST_TEXTS = 5_000;

function comparable(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  const known = plainTexts.get(value);
  if (known !== undefined) return known;
  const text = plainText(value);
  if (plainTexts.size < MOST_TEXTS) plainTexts.set(value, text);
  return text;
}

function truthOf(holds: boolean): Truth {
  return holds ? 'yes' : 'no';
}

function requireKnown(name: string, known: Words): void {
  if (known.has(name)) return;
  throw new Error(`"${name}" is not a word the ledger knows here. Write one of ${[...known].join(', ')}.`);
}
