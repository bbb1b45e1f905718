import { z } from 'zod';
import { eventType } from '../event-type.js';
import { day, documentNumber, endsBeforeItBegins, termMessage } from '../fields.js';

const number = documentNumber('Number of the visa.');
const category = documentNumber('Category of the visa, such as C3.').regex(/^[A-Z]\d{1,2}$/, {
  error: 'is not a visa category: use a Latin letter and a number, such as C3',
});
const term = {
  validFrom: day('First day on which it is valid.'),
  validUntil: day('Last day on which it is valid.'),
};
const inOrder = [endsBeforeItBegins('validFrom', 'validUntil'), termMessage('validFrom', 'validUntil')] as const;

export const VisaIssued = eventType({
  type: 'VisaIssued',
  stream: 'worker',
  version: 1,
  meaning: 'A visa was issued.',
  data: z.strictObject({ category, number, ...term }).refine(...inOrder),
});

export const VisaExtended = eventType({
  type: 'VisaExtended',
  stream: 'worker',
  version: 1,
  meaning: 'A visa was extended.',
  data: z.strictObject({ category: category.optional(), number, ...term }).refine(...inOrder),
});

export const VisaCancelled = eventType({
  type: 'VisaCancelled',
  stream: 'worker',
  version: 1,
  meaning: 'A visa was cancelled.',
  data: z
    .strictObject({
      category: category.optional(),
      number,
      validFrom: term.validFrom.optional(),
      validUntil: term.validUntil.optional(),
    })
    .refine(...inOrder),
});

export const TemporaryResidencePermitIssued = eventType({
  type: 'TemporaryResidencePermitIssued',
  stream: 'worker',
  version: 1,
  meaning: 'A temporary residence permit was issued.',
  data: z
    .strictObject({ number: documentNumber('Number of the temporary residence permit.'), ...term })
    .refine(...inOrder),
});
