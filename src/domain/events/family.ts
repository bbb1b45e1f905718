import { z } from 'zod';
import { eventType, personal } from '../event-type.js';
import { country, day, documentNumber, oneOf, region, text, uuid } from '../fields.js';
import { bornLater, familyTags } from './person.js';

const memberId = uuid('The family member, by a UUID of the caller.');
const address = personal(text('Address of stay.', 300)).optional();

export const FamilyMemberAdded = eventType({
  type: 'FamilyMemberAdded',
  stream: 'worker',
  version: 1,
  meaning: 'A member of the family is to accompany the worker.',
  personField: 'memberId',
  data: z.strictObject({
    memberId,
    relation: oneOf(['spouse', 'child'], 'Relation to the worker.'),
    familyName: personal(text('Family name exactly as in the passport.', 100)),
    givenName: personal(text('Given name exactly as in the passport.', 100)),
    citizenship: country('Citizenship, ISO 3166-1 alpha-2.'),
    birthDate: personal(day('Date of birth.')),
    passportNumber: personal(documentNumber('Number of the passport.')).optional(),
  }),
  derived: familyTags.shapes,
  derive: familyTags.derive,
  check: bornLater,
});

export const FamilyMemberArrived = eventType({
  type: 'FamilyMemberArrived',
  stream: 'worker',
  version: 1,
  meaning: 'A family member entered Kazakhstan.',
  personField: 'memberId',
  data: z.strictObject({ memberId, region: region('Region of stay.').optional(), address }),
});

export const FamilyMemberDeparted = eventType({
  type: 'FamilyMemberDeparted',
  stream: 'worker',
  version: 1,
  meaning: 'A family member left Kazakhstan.',
  personField: 'memberId',
  data: z.strictObject({ memberId, region: region('Region left.').optional(), address }),
});
