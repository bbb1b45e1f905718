import { z } from 'zod';
import { isDay } from '../domain/dates.js';
import { employerNumber } from '../domain/fields.js';

/** Query parameters of every read, as they come in an address. They describe themselves in the OpenAPI document. */

const day = (description: string) =>
  z
    .string()
    .refine(isDay, { error: 'is not a date that exists between 1900 and 2199: write YYYY-MM-DD, such as 2026-11-20' })
    .meta({ description, format: 'date' });

/** One of some words; the refusal lists them. */
function oneOf<const T extends readonly [string, ...string[]]>(words: T) {
  return z.enum(words, { error: `is none of ${words.join(', ')}` });
}

const instant = z.iso.datetime({ offset: true });

const knownAt = z
  .string()
  .refine((value) => isDay(value) || instant.safeParse(value).success, {
    error: 'is neither a date (2026-11-20) nor an instant with its offset (2026-11-20T09:30:00Z)',
  })
  .meta({
    description:
      'What was recorded by then: a date is the end of that day in Almaty, never later than now; an instant must not lie in the future. Default: now.',
  });

export const positionParam = z
  .string()
  .regex(/^\d{1,19}$/, { error: 'is not a position: use the decimal string that an answer gave', abort: true })
  .refine((value) => !/^\d{19}$/.test(value) || BigInt(value) <= 9_223_372_036_854_775_807n, {
    error: 'is not a position: it is too large',
  });

/** A number that was never issued is refused: as a filter it would find nothing, and nothing reads like good news. */
const employer = employerNumber('BIN of the employer (or IIN of an individual); its check digit is verified.');

const worker = z
  .string()
  .regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i, { error: 'is not a UUID' })
  .toLowerCase()
  .meta({ description: 'Id of the worker.', format: 'uuid' });

const region = z
  .string()
  .regex(/^KZ-\d{2}$/, { error: 'is not a region code: use ISO 3166-2, such as KZ-75' })
  .meta({ description: 'Region, ISO 3166-2.' });

const rule = z
  .string()
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, { error: 'is not the name of a rule, such as notify-arrival' })
  .max(80)
  .meta({ description: 'Name of the rule.' });

export const momentParams = z.object({
  asOf: day('The day about which is asked. Default: today in Almaty.').optional(),
  knownAt: knownAt.optional(),
  after: positionParam
    .optional()
    .meta({ description: 'Waits until the read side has reached this position; 503 if it cannot in time.' }),
});

export const pageParams = momentParams.extend({
  limit: z.coerce
    .number({ error: 'must be a whole number from 1 to 500' })
    .int({ error: 'must be a whole number from 1 to 500' })
    .min(1, { error: 'must be at least 1' })
    .max(500, { error: 'must be at most 500' })
    .default(50)
    .meta({ description: 'Items on a page.' }),
  cursor: z.string().max(1_000).optional().meta({ description: '`nextCursor` of the page before.' }),
});

export const workerStatuses = ['registered', 'in-country', 'abroad', 'ended'] as const;

export const workersParams = pageParams.extend({
  employer: employer.optional(),
  status: oneOf(workerStatuses).optional(),
  region: region.optional().meta({ description: 'Region of stay, ISO 3166-2.' }),
});

export const obligationStates = ['upcoming', 'open', 'overdue', 'met', 'void', 'due'] as const;

export const obligationsParams = pageParams.extend({
  state: oneOf(obligationStates)
    .optional()
    .meta({ description: '`due` = open and not past its last day; without it all are listed.' }),
  employer: employer.optional(),
  worker: worker.optional(),
  region: region.optional(),
  rule: rule.optional(),
  dueFrom: day('Last day in time not before this one.').optional(),
  dueUntil: day('Last day in time not after this one.').optional(),
});

export const exposureGroups = ['employer', 'worker', 'region', 'rule'] as const;

export const exposureParams = momentParams.extend({
  groupBy: oneOf(exposureGroups).default('employer'),
  employer: employer.optional(),
  horizon: z.coerce
    .number({ error: 'must be a whole number from 0 to 3660' })
    .int({ error: 'must be a whole number from 0 to 3660' })
    .min(0, { error: 'must be at least 0' })
    .max(3_660, { error: 'must be at most 3660' })
    .default(30)
    .meta({ description: 'At risk: open and due within so many days.' }),
});

export const eventsParams = pageParams.extend({
  since: positionParam.optional().meta({ description: 'Events after this position. Default: from the first.' }),
  types: z
    .string()
    .regex(/^[A-Za-z]+(,[A-Za-z]+)*$/, { error: 'is not a list of event types such as Arrived,Departed' })
    .transform((list) => list.split(','))
    .optional()
    .meta({ description: 'Only these types, separated by commas.' }),
});

export type MomentParams = Omit<z.output<typeof momentParams>, 'after'>;
export type ReadParams = z.output<typeof momentParams>;
export type PageParams = z.output<typeof pageParams>;
export type WorkersParams = z.output<typeof workersParams>;
export type ObligationsParams = z.output<typeof obligationsParams>;
export type ExposureParams = z.output<typeof exposureParams>;
export type EventsParams = z.output<typeof eventsParams>;
