import { z } from 'zod';
import { eventType } from '../event-type.js';
import {
  count,
  day,
  documentNumber,
  employerNumber,
  endsBeforeItBegins,
  oneOf,
  region,
  termMessage,
  text,
  uuid,
} from '../fields.js';
import { permitCategories } from './employer.js';

const applicationNumber = documentNumber('Number of the application.');
const year = count('The calendar year in which the foreigners are to work.', 2000, 2199);

export const WorkPermitApproved = eventType({
  type: 'WorkPermitApproved',
  stream: 'worker',
  version: 1,
  meaning: 'The local body gave notice of a positive decision; the fee is due before the permit is issued.',
  data: z.strictObject({
    applicationNumber,
    category: oneOf(permitCategories, 'Category of the permit.').optional(),
    region: region('Region of the permit.').optional(),
    industry: text('Industry of the employer, which the rate of the fee may depend on.', 60).optional(),
    termDays: count('Calendar days of a seasonal permit, on which its fee depends.', 1, 366).optional(),
  }),
});

export const PermitFeePaid = eventType({
  type: 'PermitFeePaid',
  stream: 'worker',
  version: 1,
  meaning: 'The fee for a work permit or its extension was paid.',
  data: z.strictObject({
    applicationNumber,
    amountTenge: count('Amount paid, in whole tenge.', 1, Number.MAX_SAFE_INTEGER),
  }),
});

export const WorkPermitApplicationWithdrawn = eventType({
  type: 'WorkPermitApplicationWithdrawn',
  stream: 'worker',
  version: 1,
  meaning: 'An application for a work permit was withdrawn or refused.',
  data: z.strictObject({ applicationNumber, reason: text('Why.').optional() }),
});

export const InformationSystemEntryMade = eventType({
  type: 'InformationSystemEntryMade',
  stream: 'worker',
  version: 1,
  meaning: 'The employer entered a contract or its end in the state register of contracts or of foreign labour.',
  data: z.strictObject({
    system: oneOf(['esutd', 'migration-enbek'], 'The system: the register of contracts, or that of foreign labour.'),
    about: oneOf(['contract', 'termination', 'special-conditions', 'staff'], 'What was entered.'),
    eventId: uuid('The event it is about.').optional(),
    receipt: documentNumber('Number of the receipt.').optional(),
  }),
});

export const TransferAgreed = eventType({
  type: 'TransferAgreed',
  stream: 'worker',
  version: 1,
  meaning:
    'Both employers agreed that the worker goes over to the other without leaving the country; this day was the last here.',
  data: z.strictObject({
    newEmployerBin: employerNumber('BIN of the employer that takes the worker over.'),
    oldConsentOn: day('Day on which this employer agreed.'),
    newConsentOn: day('Day on which the other employer agreed.'),
  }),
});

export const FamilyResidencePermitIssued = eventType({
  type: 'FamilyResidencePermitIssued',
  stream: 'worker',
  version: 1,
  meaning: 'A temporary residence permit was issued for a member of the family.',
  data: z
    .strictObject({
      memberId: uuid('The family member.'),
      number: documentNumber('Number of the temporary residence permit.'),
      validFrom: day('First day on which it is valid.'),
      validUntil: day('Last day on which it is valid.'),
    })
    .refine(endsBeforeItBegins('validFrom', 'validUntil'), termMessage('validFrom', 'validUntil')),
});

export const ForeignStaffPlanned = eventType({
  type: 'ForeignStaffPlanned',
  stream: 'employer',
  version: 1,
  meaning: 'The employer plans foreign staff in a region for a year, so that a share of the quota has to be requested.',
  data: z.strictObject({
    year,
    region: region('Region where they are to work.'),
    count: count('How many foreigners.', 1, 100_000),
  }),
});

export const StaffCounted = eventType({
  type: 'StaffCounted',
  stream: 'employer',
  version: 1,
  meaning:
    'The employer counted its staff on this day: how many foreigners it may have hangs on how many citizens there are.',
  data: z.strictObject({
    seniorCitizens: count(
      'Citizens who are chief executives, deputies or heads of units: categories 1 and 2.',
      0,
      1_000_000,
    ),
    otherCitizens: count('Citizens who are specialists or qualified workers: categories 3 and 4.', 0, 1_000_000),
    employees: count('All employees, foreigners too.', 1, 1_000_000).optional(),
  }),
});

export const QuotaNotNeeded = eventType({
  type: 'QuotaNotNeeded',
  stream: 'employer',
  version: 1,
  meaning: 'The employer decided that no foreign staff is needed in a region in a year.',
  data: z.strictObject({ year, region: region('Region it is about.'), reason: text('Why.', 500) }),
});

export const ReadingChosen = eventType({
  type: 'ReadingChosen',
  stream: 'employer',
  version: 1,
  meaning: 'The employer chose how a rule that sources read differently is applied to it.',
  data: z.strictObject({
    rule: text('The rule or parameter, such as request-quota.', 60),
    reading: text('The reading, by its name in the law.', 60),
    reason: text('Why this reading and not the default.', 500),
  }),
});
