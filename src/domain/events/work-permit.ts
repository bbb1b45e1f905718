import { z } from 'zod';
import { eventType, personal } from '../event-type.js';
import { day, documentNumber, endsBeforeItBegins, oneOf, region, termMessage, text } from '../fields.js';
import { permitCategories } from './employer.js';
import { holderTags } from './person.js';

const number = documentNumber('Number of the work permit.');
const term = {
  validFrom: day('First day on which the permit is valid.'),
  validUntil: day('Last day on which the permit is valid.'),
};
const passportNumber = personal(documentNumber('Number of the passport that the permit names.')).optional();
const holderName = personal(text('Name of the holder exactly as the permit gives it.', 250)).optional();

export const WorkPermitIssued = eventType({
  type: 'WorkPermitIssued',
  stream: 'worker',
  version: 1,
  meaning: 'A work permit was issued for the worker.',
  data: z
    .strictObject({
      number,
      category: oneOf(permitCategories, 'Category of the permit.'),
      position: text('Position that the permit names.'),
      region: region('Region in which the permit is valid.'),
      ...term,
      passportNumber,
      holderName,
    })
    .refine(endsBeforeItBegins('validFrom', 'validUntil'), termMessage('validFrom', 'validUntil')),
  derived: holderTags.shapes,
  derive: holderTags.derive,
});

export const WorkPermitExtensionApplied = eventType({
  type: 'WorkPermitExtensionApplied',
  stream: 'worker',
  version: 1,
  meaning: 'The employer applied for the extension of a permit.',
  data: z.strictObject({ number, applicationNumber: documentNumber('Number of the application.') }),
});

export const WorkPermitExtended = eventType({
  type: 'WorkPermitExtended',
  stream: 'worker',
  version: 1,
  meaning: 'A permit was extended; the new term follows the old one.',
  data: z
    .strictObject({ number, ...term })
    .refine(endsBeforeItBegins('validFrom', 'validUntil'), termMessage('validFrom', 'validUntil')),
});

export const WorkPermitUpdated = eventType({
  type: 'WorkPermitUpdated',
  stream: 'worker',
  version: 1,
  meaning: 'A permit was re-issued with another position, another passport or another spelling of the name.',
  data: z
    .strictObject({
      number,
      position: text('Position that the permit names now.').optional(),
      passportNumber,
      holderName,
    })
    .refine(({ position, passportNumber, holderName }) => (position ?? passportNumber ?? holderName) !== undefined, {
      path: ['position'],
      error: 'is missing, and so are passportNumber and holderName: say which of them was updated',
    }),
  derived: holderTags.shapes,
  derive: holderTags.derive,
});

export const WorkPermitCancelled = eventType({
  type: 'WorkPermitCancelled',
  stream: 'worker',
  version: 1,
  meaning: 'The local body cancelled a permit.',
  data: z.strictObject({ number }),
});

export const WorkPermitSurrendered = eventType({
  type: 'WorkPermitSurrendered',
  stream: 'worker',
  version: 1,
  meaning: 'The paper of a permit was handed back.',
  data: z.strictObject({ number }),
});
