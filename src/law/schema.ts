import { z } from 'zod';
import { isDay } from '../domain/dates.js';

/** How each kind of wrong value is mended; shown behind what is wrong. */
const REMEDY = {
  day: 'write a date that exists as YYYY-MM-DD',
  reference: 'name the article, decree or page the value comes from',
  sourceKind: 'write one of law, portal, agency, press, seed, policy',
  verified: 'write true when the text of the act was read, otherwise false',
} as const;

const day = z
  .string({ error: `must be a date: ${REMEDY.day}` })
  .refine(isDay, { error: `is not a date that exists: ${REMEDY.day}` });

const sentence = z
  .string({ error: ({ input }) => (input === undefined ? 'is missing: write a sentence' : 'must be a sentence') })
  .min(3, { error: 'is too short to say anything' });
const name = z.string({ error: 'must be a name' }).regex(/^[a-z][a-z0-9-]*$/, {
  error: 'must be written in small letters, digits and hyphens, such as notify-arrival',
});
const whole = (least: number, most: number) =>
  z
    .number({ error: `must be a whole number from ${least} to ${most}` })
    .int({ error: `must be a whole number from ${least} to ${most}` })
    .min(least, { error: `must be at least ${least}` })
    .max(most, { error: `must be at most ${most}` });

export const sourceKinds = ['law', 'portal', 'agency', 'press', 'seed', 'policy'] as const;
const sourceKind = z.enum(sourceKinds, { error: `is not a kind of source: ${REMEDY.sourceKind}` });

/** Where a value comes from. No value of the law stands without these four. */
const sourceShape = {
  reference: z
    .string({ error: `is missing, a value without a source is refused: ${REMEDY.reference}` })
    .min(5, { error: `is too short to find anything by it: ${REMEDY.reference}` }),
  sourceKind,
  checkedOn: z
    .string({ error: 'is missing: write the day on which somebody last looked the value up' })
    .refine(isDay, { error: `is not a date that exists: ${REMEDY.day}` }),
  verified: z.boolean({ error: `must be true or false: ${REMEDY.verified}` }),
  remark: sentence.optional(),
};
const source = z.strictObject(sourceShape);
const sourceDefaults = source.partial().shape;

export type Source = z.infer<typeof source>;

const term = { validFrom: day, validTo: day.optional() };

// ---------------------------------------------------------------- calendar, countries, regions, sizes

const dayKinds = ['holiday', 'substitute', 'day-off', 'working'] as const;

function specialDay(line: string, context: z.core.$RefinementCtx) {
  const [, on = '', kind = '', why = '', decree] =
    /^\s*(\S+)\s+(\S+)\s+([^|]*[^|\s])\s*(?:\|\s*(.*\S)\s*)?$/.exec(line) ?? [];
  const known = dayKinds.find((one) => one === kind);
  if (isDay(on) && known !== undefined) return { on, kind: known, why, ...(decree === undefined ? {} : { decree }) };
  context.addIssue({
    code: 'custom',
    message: `has a line that names no day: "${line.trim()}"; write a date, one of ${dayKinds.join(', ')}, and the reason`,
  });
  return { on: '1970-01-01', kind: 'holiday' as const, why: '' };
}

export const calendarFile = z.strictObject({
  calendar: whole(1990, 2199),
  ...sourceShape,
  forecast: z.boolean(),
  /** One day a line: `2026-05-11 substitute day off for Victory Day | act`. */
  days: z.string({ error: 'must be lines, one day each' }).transform((text, context) =>
    text
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line) => specialDay(line, context)),
  ),
});
export type CalendarFile = z.infer<typeof calendarFile>;

const countryCode = z
  .string()
  .regex(/^[A-Z]{2}$/, { error: 'is not a country code: use two capital letters of ISO 3166-1' });

const countryGroup = z.strictObject({
  group: name,
  title: sentence,
  countries: z.array(countryCode).min(1),
  ...term,
  ...sourceShape,
  /** False: its citizens work without a permit. Left out: the group says nothing about it. */
  workPermitNeeded: z.boolean().optional(),
  workVisaNeeded: z.boolean().optional(),
  /** Days of stay after which a temporary residence permit is needed. */
  residencePermitAfterDays: whole(1, 365).optional(),
  stay: z
    .strictObject({ daysPerEntry: whole(1, 365), days: whole(1, 365).optional(), inDays: whole(1, 730).optional() })
    .optional(),
  /** May work for private individuals with the labour immigrant's permit. */
  labourImmigrant: z.boolean().optional(),
});
export type CountryGroup = z.infer<typeof countryGroup>;

export const countriesFile = z.strictObject({
  /** One country a line: the code, a space, the name. */
  countries: z.string().regex(/^([A-Z]{2} \S.*\n?)+$/, {
    error: 'must be lines such as "TR Türkiye": two capital letters, a space, the name',
  }),
  codesFrom: sentence,
  defaults: z.strictObject(sourceDefaults),
  groups: z.array(countryGroup),
});

const regionRow = z.strictObject({
  code: z.string().regex(/^KZ-\d{2}$/, { error: 'is not a region code: use ISO 3166-2, such as KZ-75' }),
  name: sentence,
  kind: z.enum(['region', 'city']),
  centre: sentence.optional(),
  was: sentence.optional(),
  ...term,
  ...sourceShape,
});
export type Region = z.infer<typeof regionRow>;
export const regionsFile = z.strictObject({ defaults: z.strictObject(sourceDefaults), regions: z.array(regionRow) });

export const employerSizes = ['individual', 'official', 'small', 'nonprofit', 'medium', 'large'] as const;
const sizeRow = z.strictObject({
  size: z.enum([...employerSizes, 'unknown']),
  title: sentence,
  ...term,
  ...sourceShape,
});
export type SizeRow = z.infer<typeof sizeRow>;
export const sizesFile = z.strictObject({ defaults: z.strictObject(sourceDefaults), sizes: z.array(sizeRow) });

// ---------------------------------------------------------------- parameters and penalties

const parameterValue = z.union(
  [z.number(), z.string(), z.boolean(), z.array(z.union([z.string(), z.number()])), z.null()],
  {
    error: 'must be a number, a word, true or false, or a list of them',
  },
);
const parameterLine = z.strictObject({
  purpose: z.string().min(1).optional(),
  ...term,
  value: parameterValue,
  ...sourceShape,
});
export type ParameterLine = z.infer<typeof parameterLine>;

export const parameterFile = z.strictObject({
  parameter: name,
  title: sentence,
  unit: sentence.optional(),
  /** `year-end`: a value ends with the year it began in, so that the next year is unknown until its line is added. */
  expires: z.enum(['year-end']).optional(),
  defaults: z.strictObject(sourceDefaults).optional(),
  values: z.array(parameterLine).min(1, { error: 'has no values: add a dated line' }),
  readings: z
    .array(z.strictObject({ reading: name, default: z.boolean().optional(), says: sentence, ...sourceShape }))
    .optional(),
});
export type ParameterFile = z.infer<typeof parameterFile>;

const mci = whole(0, 100_000);
/** An amount in MCI, or a warning without money. */
const tier = z.union([mci, z.literal('warning')], { error: 'must be a whole number of MCI, or the word warning' });
const penaltyLine = z.strictObject({
  ...term,
  tiers: z.strictObject({
    individual: tier,
    official: tier,
    small: tier,
    nonprofit: tier,
    medium: tier,
    large: tier,
  }),
  ...sourceShape,
});
const penalty = z.strictObject({
  penalty: name,
  article: sentence,
  title: sentence,
  /** The penalty of a repeat within the term. */
  repeat: name.optional(),
  repeatWithinMonths: whole(1, 60).optional(),
  /** Whether the fine may be halved by paying at once. */
  reducible: z.boolean().optional(),
  versions: z.array(penaltyLine).min(1),
});
export type Penalty = z.infer<typeof penalty>;
export const penaltiesFile = z.strictObject({ penalties: z.array(penalty) });

// ---------------------------------------------------------------- obligations

/** A value a condition asks for: the value itself, one of a list, or bounds. */
const test = z.union(
  [
    z.boolean(),
    z.number(),
    z.string(),
    z.null(),
    z.array(z.union([z.string(), z.number()])).min(1),
    z.strictObject({
      atLeast: z.number().optional(),
      atMost: z.number().optional(),
      not: z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]).optional(),
      given: z.boolean().optional(),
    }),
  ],
  { error: 'must be a value, a list of values, or bounds such as { atLeast: 6 }' },
);
export type Test = z.infer<typeof test>;

export interface Condition {
  readonly [fact: string]: Test | readonly Condition[] | undefined;
}
const condition: z.ZodType<Condition> = z.lazy(() =>
  z.record(z.string(), z.union([test, z.array(condition)])),
) as unknown as z.ZodType<Condition>;

/** A day, as the law describes it. */
export type Moment =
  | string
  | { readonly businessDays: number; readonly after: Moment }
  | { readonly calendarDays: number; readonly after: Moment; readonly endingOn?: 'any-day' | 'working-day' | undefined }
  | { readonly calendarDays: number; readonly before: Moment }
  | { readonly months: number; readonly after: Moment }
  | { readonly dayNumber: number; readonly from: Moment }
  | { readonly monthDay: string; readonly year: string; readonly yearsBefore?: number | undefined }
  | { readonly earliestOf: readonly Moment[] }
  | { readonly latestOf: readonly Moment[] }
  | { readonly unknown: string };

export const moment: z.ZodType<Moment> = z.lazy(() =>
  z.union(
    [
      z.string(),
      z.strictObject({ businessDays: whole(1, 400), after: moment }),
      z.strictObject({
        calendarDays: whole(0, 4000),
        after: moment,
        endingOn: z.enum(['any-day', 'working-day']).optional(),
      }),
      z.strictObject({ calendarDays: whole(0, 4000), before: moment }),
      z.strictObject({ months: whole(1, 600), after: moment }),
      z.strictObject({ dayNumber: whole(1, 4000), from: moment }),
      z.strictObject({
        monthDay: z.string().regex(/^\d{2}-\d{2}$/, { error: 'must be a month and a day, such as 08-01' }),
        year: z.string(),
        yearsBefore: whole(0, 5).optional(),
      }),
      z.strictObject({ earliestOf: z.array(moment).min(1) }),
      z.strictObject({ latestOf: z.array(moment).min(1) }),
      z.strictObject({ unknown: sentence }),
    ],
    {
      error:
        'is not a way to name a day: write a day such as occurredOn or event.validUntil, or a count such as { businessDays: 3, after: occurredOn }',
    },
  ),
);

const deadline = z.strictObject({
  /** The first day on which the duty can be done; left out: the day of the trigger. */
  opensOn: moment.optional(),
  dueOn: moment,
  /**
   * The stricter day: `inclusive` counts the trigger's day as the first, `working-day-before` is the last working day not
   * after the due day, `due-day` is the due day itself.
   */
  safeBy: z.enum(['inclusive', 'working-day-before', 'due-day'], {
    error: 'is not known: write inclusive, working-day-before or due-day',
  }),
});
export type Deadline = z.infer<typeof deadline>;

export const entityNames = ['permit', 'visa', 'last-visa', 'family', 'member'] as const;

const opener = z.strictObject({
  on: sentence,
  /** One obligation for each of these that stands on the trigger's day. */
  each: z.enum(entityNames).optional(),
  /** Nothing opens while an obligation of this rule about the same subject is open. */
  once: z.boolean().optional(),
  /** The obligation belongs to the trip's first event, not to the one that made it long enough. */
  trigger: z.enum(['trip']).optional(),
  when: condition.optional(),
  subject: sentence,
  region: z.array(z.enum(['event', 'stay', 'permit', 'entity'])).optional(),
  responsible: z.enum(['employer', 'worker', 'host']),
  deadline: deadline.optional(),
});
export type OpenerSpec = z.infer<typeof opener>;

const closer = z.strictObject({
  on: sentence,
  when: condition.optional(),
  /** Which of the open obligations the event is about. */
  match: z.union([
    z.enum(['trigger', 'subject', 'trip', 'previous-trip', 'any']),
    z.strictObject({ same: sentence }),
    z.strictObject({ subject: sentence }),
    z.strictObject({ openedBy: sentence }),
  ]),
  becomes: z.enum(['met', 'void', 'submitted', 'reopened']),
  /** The day that counts as done: the event's own, the day of filing, or a day the event names. */
  onDay: moment.optional(),
  /** Something that begins on this day and so is still in time on the day after the due day (a permit without a gap). */
  starts: z.string().optional(),
  /** A day the event names that must lie after the due day: a new permit that ends no later changes nothing. */
  outlasts: z.string().optional(),
  /** The same, compared with the `validUntil` of the event that opened the obligation. */
  outlastsTerm: z.string().optional(),
  /** What an end of the duty means once it is overdue: `met` keeps the offence until its limitation. */
  late: z.enum(['met', 'void', 'keep']).optional(),
  reason: sentence.optional(),
});
export type CloserSpec = z.infer<typeof closer>;

const body = {
  opens: z.array(opener).min(1),
  closes: z.array(closer),
  deadline,
  penalty: name.nullable(),
  consequence: sentence.nullable(),
  /** The parameter that names the fee which the duty is about. */
  fee: name.optional(),
  /** A rule that is not applied in this version or reading. */
  off: z.boolean().optional(),
};
const bodyPart = z.strictObject(body).partial().shape;

export interface RuleBody extends Source {
  readonly opens: readonly OpenerSpec[];
  readonly closes: readonly CloserSpec[];
  readonly deadline: Deadline;
  readonly penalty: string | null;
  readonly consequence: string | null;
  readonly fee?: string | undefined;
  readonly off?: boolean | undefined;
}

const eventId = z.string().min(1);
const exampleFact = z.record(z.string(), z.unknown());
const expectation = z.strictObject({
  rule: name.optional(),
  trigger: eventId.optional(),
  subject: z.string().optional(),
  region: z.string().optional(),
  responsible: z.enum(['employer', 'worker', 'third-party']).optional(),
  opensOn: day.optional(),
  dueOn: day.nullable().optional(),
  dueReason: sentence.optional(),
  safeBy: day.nullable().optional(),
  state: z.enum(['upcoming', 'open', 'overdue', 'met', 'void']).optional(),
  daysOverdue: z.number().optional(),
  submittedOn: day.nullable().optional(),
  metOn: day.nullable().optional(),
  late: z.boolean().optional(),
  voidOn: day.nullable().optional(),
  voidReason: sentence.optional(),
  penalty: name.nullable().optional(),
  reading: name.optional(),
  /** Smallest and largest amount in MCI; null for no exposure. */
  mci: z.tuple([z.number(), z.number()]).nullable().optional(),
  tenge: z.tuple([z.number().nullable(), z.number().nullable()]).optional(),
  warning: z.boolean().optional(),
  /** False where the amount is that of a repeat within the year. */
  firstOffence: z.boolean().optional(),
  /** The last penalty imposed for it by the day somebody looks; null for none. Say only what the case is about. */
  imposed: z
    .strictObject({
      imposedOn: day.optional(),
      caseOpenedOn: day.optional(),
      mci: z.number().optional(),
      tenge: z.number().nullable().optional(),
      reducedTenge: z.number().nullable().optional(),
      reducedUntil: day.nullable().optional(),
      paidTenge: z.number().optional(),
      executedOn: day.nullable().optional(),
      penalisedUntil: day.nullable().optional(),
    })
    .nullable()
    .optional(),
});
export type Expectation = z.infer<typeof expectation>;

/** A penalty that the employer got for another worker. */
const penaltyElsewhere = z.strictObject({
  on: day,
  article: sentence,
  mci: z.number().optional(),
  caseOpenedOn: day.optional(),
});

export const example = z.strictObject({
  example: sentence,
  row: z.union([z.string(), z.array(z.string())]).optional(),
  citizenship: countryCode.nullable().optional(),
  size: z.enum([...employerSizes, 'unknown']).optional(),
  stream: z.enum(['worker', 'employer']).optional(),
  readings: z.record(z.string(), z.string()).optional(),
  facts: z.array(exampleFact).min(1),
  /** Penalties that the employer got for other workers. */
  penalisedElsewhere: z.array(penaltyElsewhere).optional(),
  asOf: day,
  expect: z.array(expectation),
  /** Rules that must open nothing. */
  none: z.array(name).optional(),
  mayWork: z.enum(['yes', 'no', 'not-known']).optional(),
  /** Contradictions that must stand on the day. */
  findings: z.array(name).optional(),
  /** Contradictions that must not. */
  noFindings: z.array(name).optional(),
  /** Accrued and at risk over everything, in MCI. */
  accrued: z.tuple([z.number(), z.number()]).optional(),
});
export type Example = z.infer<typeof example>;

const sentences = z.strictObject({ en: sentence, ru: sentence, kk: sentence });

export const ruleFile = z.strictObject({
  rule: name,
  title: sentence,
  stream: z.enum(['worker', 'employer']).optional(),
  rows: z.array(z.string().regex(/^S\d\d$/, { error: 'is not a row of the source documents, such as S34' })),
  sentence: sentences,
  ...sourceDefaults,
  ...bodyPart,
  versions: z
    .array(z.strictObject({ ...term, ...sourceDefaults, ...bodyPart }))
    .min(1, { error: 'has no versions: add a line with validFrom' }),
  readings: z
    .array(
      z.strictObject({
        reading: name,
        default: z.boolean().optional(),
        says: sentence,
        ...sourceShape,
        /** The part of the rule that this reading replaces. */
        instead: z.strictObject({ validFrom: day.optional(), ...bodyPart }).optional(),
      }),
    )
    .optional(),
});
export type RuleFile = z.infer<typeof ruleFile>;

/** A version with everything it inherits from its rule: this is what must be complete. */
export const ruleVersion = z.strictObject({ ...term, ...sourceShape, ...body });
export type RuleVersion = z.infer<typeof ruleVersion>;

/** The second document of a rule's file. */
export const examplesDocument = z.strictObject({ examples: z.array(example) });

export const casesFile = z.strictObject({ cases: z.array(example) });
