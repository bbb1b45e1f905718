import { z } from 'zod';
import { eventTypes } from '../domain/catalogue.js';
import { addDays, type Day, daysBetween, isDay, toEpochDay } from '../domain/dates.js';
import type { EventType } from '../domain/event-type.js';
import { Refusal } from '../domain/refusal.js';
import type { RuleBook } from '../law/book.js';
import type { Rule } from '../law/rule.js';
import { dataSchema, eventSchema } from './openapi.js';
import { InvalidInput } from './problem.js';

/** The law and the catalogue as they are shown over HTTP. Both are data of the process: nothing is asked of the store. */

const day = z.string().meta({ format: 'date' });
const hash = z.string().meta({ description: 'SHA-256 of the rule book.' });
const source = {
  reference: z.string(),
  sourceKind: z.enum(['law', 'portal', 'agency', 'press', 'seed', 'policy']),
  checkedOn: day,
  verified: z.boolean(),
  remark: z.string().optional(),
};

const ruleSummary = z
  .object({
    id: z.string(),
    title: z.string(),
    stream: z.enum(['worker', 'employer']),
    sentence: z.string(),
    since: day,
  })
  .meta({ id: 'RuleSummary' });

export const rulesAnswer = z.object({ items: z.array(ruleSummary), ruleBook: hash }).meta({ id: 'Rules' });

export const ruleAnswer = z
  .object({
    id: z.string(),
    title: z.string(),
    stream: z.enum(['worker', 'employer']),
    sentence: z.object({ en: z.string(), ru: z.string(), kk: z.string() }),
    versions: z.array(
      z.looseObject({
        validFrom: day,
        validTo: day.optional(),
        penalty: z.string().nullable(),
        consequence: z.string().nullable(),
        ...source,
      }),
    ),
    readings: z.array(z.looseObject({ reading: z.string(), says: z.string(), ...source })),
    penalties: z.array(z.looseObject({ penalty: z.string(), article: z.string(), title: z.string() })),
    ruleBook: hash,
  })
  .meta({ id: 'Rule' });

const value = z.object({
  value: z.union([z.number(), z.string(), z.boolean(), z.array(z.union([z.string(), z.number()])), z.null()]),
  validFrom: day,
  validTo: day.nullable(),
  purpose: z.string().nullable(),
  ...source,
});

export const parameterAnswer = z
  .object({
    name: z.string(),
    title: z.string(),
    unit: z.string().nullable(),
    on: day,
    known: value
      .nullable()
      .meta({ description: 'The value that applies on the day; null where the law of that day is not known.' }),
    lastKnown: value
      .nullable()
      .meta({ description: 'The last value in force before, where the own one is not known.' }),
    history: z.array(value),
    ruleBook: hash,
  })
  .meta({ id: 'Parameter' });

export const calendarAnswer = z
  .object({
    from: day,
    to: day,
    workingDays: z.int(),
    days: z.array(
      z.object({
        date: day,
        working: z.boolean(),
        why: z.string(),
        decree: z.string().nullable(),
        verified: z.boolean(),
      }),
    ),
    ruleBook: hash,
  })
  .meta({ id: 'Calendar' });

const typeSummary = z.object({
  type: z.string(),
  stream: z.enum(['worker', 'employer', 'law', 'any']),
  version: z.int(),
  meaning: z.string(),
  personal: z.array(z.string()).meta({ description: "Fields that are encrypted with the person's key in the store." }),
});

export const eventTypesAnswer = z.object({ items: z.array(typeSummary) }).meta({ id: 'EventTypes' });

export const eventTypeAnswer = typeSummary
  .extend({
    schema: z
      .record(z.string(), z.unknown())
      .meta({ description: 'JSON Schema (2020-12) of the event as it is posted.' }),
    example: z.unknown().optional(),
  })
  .meta({ id: 'EventType' });

export const ruleParams = z.object({
  id: z.string().meta({ description: 'Name of the rule, such as notify-arrival.' }),
});
export const parameterParams = z.object({
  name: z.string().meta({ description: 'Name of the parameter, such as mci.' }),
});
export const parameterQuery = z.object({
  on: dayParam('The day that is asked about; today when left out.').optional(),
  purpose: z
    .string()
    .max(60)
    .optional()
    .meta({ description: 'Which of several values, such as fines or benefits for the MCI.' }),
});
export const calendarParams = z.object({ from: dayParam('First day.'), to: dayParam('Last day.') });
export const eventTypeParams = z.object({
  type: z.string().meta({ description: 'Name of the type, such as Arrived.' }),
});

/** The longest calendar in one answer, in days: ten years and a bit. */
const LONGEST_CALENDAR = 3_700;

export function rulesView(book: RuleBook): z.infer<typeof rulesAnswer> {
  const items = [...book.rules.values()].map(({ id, title, stream, sentence, versions }) => ({
    id,
    title,
    stream,
    sentence: sentence.en,
    since: versions[0]?.validFrom ?? '',
  }));
  return { items, ruleBook: book.hash };
}

/** @throws Refusal 404 for a rule that does not exist */
export function ruleView(book: RuleBook, id: string): z.infer<typeof ruleAnswer> {
  const rule = book.rules.get(id) ?? unknown('rule', id, book.rules.keys());
  const { title, stream, sentence, versions, readings } = rule;
  return {
    id,
    title,
    stream,
    sentence,
    versions: [...versions],
    readings: [...readings],
    penalties: penaltiesOf(book, rule),
    ruleBook: book.hash,
  };
}

function penaltiesOf(book: RuleBook, { versions }: Rule) {
  const names = new Set(versions.flatMap(({ penalty }) => (penalty === null ? [] : [penalty])));
  return [...names].flatMap((name) => {
    const penalty = book.penalties.get(name);
    return penalty === undefined ? [] : [{ ...penalty }];
  });
}

/** @throws Refusal 404 for a parameter that does not exist */
export function parameterView(
  book: RuleBook,
  name: string,
  { on, purpose }: { on: Day; purpose?: string | undefined },
): z.infer<typeof parameterAnswer> {
  if (!book.parameters.has(name)) unknown('parameter', name, book.parameters.files.keys());
  const purposes = book.parameters.purposes(name);
  if (purposes.length > 1 && (purpose === undefined || !purposes.includes(purpose))) {
    const given = purpose === undefined ? 'is missing' : `is ${JSON.stringify(purpose)}, which does not exist`;
    throw new InvalidInput([
      { path: 'purpose', message: `${given}: ${name} has a value for each of ${purposes.join(', ')}` },
    ]);
  }
  const answer = book.parameter(name, { on, ...(purpose === undefined ? {} : { purpose }) });
  return { ...answer, history: [...book.parameters.history(name)], ruleBook: book.hash };
}

/** @throws InvalidInput when the days are the wrong way round, too many, or outside the years that are known */
export function calendarView({ calendar, hash }: RuleBook, from: Day, to: Day): z.infer<typeof calendarAnswer> {
  const length = daysBetween(from, to) + 1;
  if (length < 1)
    throw new InvalidInput([{ path: 'to', message: `${to} lies before ${from}: give the earlier day first` }]);
  if (length > LONGEST_CALENDAR) {
    throw new InvalidInput([
      { path: 'to', message: `asks for ${length} days: ask for at most ${LONGEST_CALENDAR} at a time` },
    ]);
  }
  const days = Array.from({ length }, (_, index) => addDays(from, index)).map((date) => {
    const described = calendar.describe(toEpochDay(date));
    if (described !== null) return described;
    throw new InvalidInput([
      {
        path: date < from ? 'from' : 'to',
        message: `${date} is outside the calendar, which knows ${calendar.firstYear} to ${calendar.lastYear}`,
      },
    ]);
  });
  return { from, to, workingDays: days.filter(({ working }) => working).length, days, ruleBook: hash };
}

export function eventTypesView(): z.infer<typeof eventTypesAnswer> {
  return { items: [...eventTypes.values()].map(typeView) };
}

/** @throws Refusal 404 for a type that does not exist */
export function eventTypeView(name: string): z.infer<typeof eventTypeAnswer> {
  const type = eventTypes.get(name) ?? unknown('event type', name, eventTypes.keys());
  return {
    ...typeView(type),
    schema: {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      title: type.type,
      ...eventSchema(type.type, type.meaning, dataSchema(type.data)),
    },
  };
}

function typeView({ type, stream, version, meaning, personal }: EventType) {
  return { type, stream, version, meaning, personal: [...personal] };
}

function unknown(what: string, name: string, known: Iterable<string>): never {
  const names = [...known];
  const near = names.find(
    (each) => each.toLowerCase().includes(name.toLowerCase()) || name.toLowerCase().includes(each.toLowerCase()),
  );
  throw new Refusal({
    code: `unknown-${what.replace(' ', '-')}`,
    status: 404,
    detail: `There is no ${what} ${JSON.stringify(name.slice(0, 60))}.`,
    remedy: near === undefined ? `There are: ${names.join(', ')}.` : `Did you mean ${near}?`,
  });
}

function dayParam(description: string) {
  return z
    .string({ error: 'is missing: give a date such as 2026-11-20' })
    .refine(isDay, { error: 'is not a date that exists between 1900 and 2199: write YYYY-MM-DD, such as 2026-11-20' })
    .meta({ description, format: 'date' });
}
