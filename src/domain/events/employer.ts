import { z } from 'zod';
import { eventType } from '../event-type.js';
import { count, documentNumber, oneOf, region, text } from '../fields.js';

/** The classes by which the Code on Administrative Offences measures a fine; `unknown` is priced as a range. */
export const employerSizes = ['individual', 'official', 'small', 'nonprofit', 'medium', 'large', 'unknown'] as const;

export type EmployerSize = (typeof employerSizes)[number];

/** Categories of foreign labour as permits and quotas name them. */
export const permitCategories = ['1', '2', '3', '4', 'seasonal', 'ict', 'individual'] as const;

export type PermitCategory = (typeof permitCategories)[number];

const size = oneOf(employerSizes, 'Class of the employer by which fines are measured.');

const quota = {
  year: count('The calendar year in which the foreigners are to work.', 2000, 2199),
  region: region('Region where they are to work.'),
  positions: z
    .array(
      z.strictObject({
        category: oneOf(permitCategories, 'Category of foreign labour.'),
        position: text('Position or profession.'),
        count: count('How many foreigners.', 1, 100_000),
      }),
      {
        error: ({ input }) =>
          input === undefined ? 'is missing: give a list of positions' : 'must be a list of positions',
      },
    )
    .min(1, { error: 'is empty: name at least one position' })
    .max(500, { error: 'has more than 500 positions: split it' })
    .meta({ description: 'Positions with their number.' }),
};

export const EmployerRegistered = eventType({
  type: 'EmployerRegistered',
  stream: 'employer',
  version: 1,
  meaning: 'An employer of foreign workers began to keep its ledger here.',
  data: z.strictObject({ name: text('Name of the employer as registered.'), size }),
});

export const EmployerSizeChanged = eventType({
  type: 'EmployerSizeChanged',
  stream: 'employer',
  version: 1,
  meaning: 'The employer moved into another size class, by which fines are measured from that day.',
  data: z.strictObject({ size }),
});

export const QuotaRequested = eventType({
  type: 'QuotaRequested',
  stream: 'employer',
  version: 1,
  meaning: 'The employer asked a region for its share of the quota of foreign labour for a year.',
  data: z.strictObject({
    ...quota,
    activity: text('Kind of activity of the employer for which the foreigners are needed.').optional(),
    serviceContracts: z
      .array(documentNumber('Number of a service contract.'))
      .max(500, { error: 'has more than 500 contracts: split it' })
      .optional()
      .meta({
        description: 'Service contracts of which copies were enclosed; an empty list says that there are none.',
      }),
  }),
});

export const QuotaGranted = eventType({
  type: 'QuotaGranted',
  stream: 'employer',
  version: 1,
  meaning: 'A region granted the employer a share of the quota for a year.',
  data: z.strictObject(quota),
});
