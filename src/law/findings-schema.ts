import { z } from 'zod';
import { type Asked, asked, type DayText, namedDay } from './matching.js';
import { source } from './routes-schema.js';

export const severities = ['info', 'warning', 'serious'] as const;
export type Severity = (typeof severities)[number];

/** What a check is asked about: once for the worker, or for each paper of a kind. */
export const checkedThings = [
  'worker',
  'permit',
  'visa',
  'contract',
  'extension',
  'mentorship',
  /** A temporary residence permit. */
  'residence',
  'member',
  'application',
  'visa-application',
  'invitation',
  /** What was recorded here after the worker had gone over to another employer. */
  'after-transfer',
  /** The business trips of a calendar year to one region. */
  'region-trips',
  /** Of a worker who came over from another employer: both ledgers, looked at when it is asked for. */
  'transfer',
  /** Of an employer: a request of a quota, looked at when it is asked for. */
  'quota-request',
  /** Of an employer: one region and category of a year, looked at when it is asked for. */
  'quota',
] as const;
export type CheckedThing = (typeof checkedThings)[number];

/** Things that lie across streams: their checks are asked when somebody asks, and examples of one worker cannot show them. */
export const acrossStreams: ReadonlySet<CheckedThing> = new Set(['transfer', 'quota-request', 'quota']);

const sentence = z.string({ error: 'must be a sentence' }).min(3);
const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, { error: 'must be a date written YYYY-MM-DD' });

const exampleFact = z.record(z.string(), z.unknown());

export const findingSpec = z.strictObject({
  finding: z.string().regex(/^[a-z][a-z0-9-]*$/, { error: 'must be written in small letters, digits and hyphens' }),
  title: sentence,
  rows: z.array(z.string().regex(/^S\d\d$/)),
  severity: z.enum(severities, { error: 'is no severity: write info, warning or serious' }),
  /** What stands against what; `{name}` is filled in from the papers. */
  sentence: z.strictObject({ en: sentence, ru: sentence, kk: sentence }),
  each: z.enum(checkedThings),
  when: asked,
  /** First day of the contradiction; left out: the day of the fact that made it. */
  opensOn: namedDay.optional(),
  /** First day without it, where a day ends it and no fact. */
  closesOn: namedDay.optional(),
  validFrom: day,
  validTo: day.optional(),
  ...source,
});
export type FindingSpec = Omit<z.infer<typeof findingSpec>, 'when' | 'opensOn' | 'closesOn'> & {
  readonly when: Asked;
  readonly opensOn?: DayText | undefined;
  readonly closesOn?: DayText | undefined;
};

const findingExample = z.strictObject({
  example: sentence,
  finding: z.string(),
  citizenship: z.string().optional(),
  facts: z.array(exampleFact).min(1),
  expect: z.array(
    z.strictObject({
      subject: z.string().optional(),
      openedOn: day.optional(),
      closedOn: day.nullable().optional(),
      says: z.string().optional(),
    }),
  ),
});
export type FindingExample = z.infer<typeof findingExample>;
export const findingExamplesFile = z.strictObject({ examples: z.array(findingExample) });

export const findingsFile = z.strictObject({
  findings: z.array(findingSpec).min(1),
  defaults: z.record(z.string(), z.unknown()).optional(),
});
