import { z } from 'zod';
import { type Contradiction, type EventData, eventType, personal } from '../event-type.js';
import { country, day, documentNumber, employerNumber, iin, oneOf, text, uuid } from '../fields.js';
import { bornLater, personTags, tagsOf } from './person.js';

export const WorkerRegistered = eventType({
  type: 'WorkerRegistered',
  stream: 'worker',
  version: 1,
  meaning:
    'A foreign worker entered the employment that this stream follows; hired again later, the person gets a new one.',
  data: z.strictObject({
    employerBin: employerNumber(
      'BIN of the employer (or IIN, where an individual employs); the employer must be registered.',
    ),
    familyName: personal(text('Family name exactly as in the passport.', 100)),
    givenName: personal(text('Given name exactly as in the passport.', 100)),
    patronymic: personal(text('Patronymic, where there is one.', 100)).optional(),
    citizenship: country('Citizenship, ISO 3166-1 alpha-2.'),
    birthDate: personal(day('Date of birth.')),
    passportNumber: personal(documentNumber('Number of the passport.')),
    passportExpiresOn: day('Last day of the passport.'),
    iin: personal(iin('Individual identification number, where there is one already.')).optional(),
    transferredFrom: uuid(
      'Id of the worker in the ledger of the employer that the worker came over from, where both agreed on it.',
    ).optional(),
    route: text(
      'Ground on which the person works, where it is not a permit of the local body: a label such as eaeu-citizen.',
      60,
    ).optional(),
  }),
  derived: personTags.shapes,
  derive: personTags.derive,
  check: bornLater,
});

export const PassportReplaced = eventType({
  type: 'PassportReplaced',
  stream: 'worker',
  version: 1,
  meaning: 'The worker got a new passport.',
  data: z.strictObject({
    passportNumber: personal(documentNumber('Number of the new passport.')),
    passportExpiresOn: day('Last day of the new passport.'),
    familyName: personal(text('Family name in the new passport, where the name changed.', 100)).optional(),
    givenName: personal(text('Given name in the new passport, where the name changed.', 100)).optional(),
    patronymic: personal(text('Patronymic in the new passport, where there is one.', 100)).optional(),
  }),
  derived: personTags.shapes,
  derive: personTags.derive,
  check: (data, occurredOn) => [
    ...(String(data['passportExpiresOn']) < occurredOn
      ? [{ field: 'passportExpiresOn', message: 'lies before the day the passport was replaced: check both dates' }]
      : []),
    ...halfName(data),
  ],
});

/** A changed name is given whole: what is left out would not be known to have stayed. */
function halfName(data: EventData): readonly Contradiction[] {
  if (['familyName', 'givenName', 'patronymic'].every((field) => data[field] === undefined)) return [];
  const message = 'is missing: where the name changed, give family name and given name as the new passport has them';
  return ['familyName', 'givenName'].filter((field) => data[field] === undefined).map((field) => ({ field, message }));
}

/** Where a passport may be while the worker does not have it. */
export const passportKeepers = ['migration-service', 'employer', 'consulate', 'service-centre', 'other'] as const;

export const PassportHandedOver = eventType({
  type: 'PassportHandedOver',
  stream: 'worker',
  version: 1,
  meaning: 'The worker gave the original passport out of hand, to have a visa extended for instance.',
  data: z.strictObject({
    to: oneOf(passportKeepers, 'Who has it now.'),
    purpose: text('What for, such as extension of the visa.').optional(),
    receipt: documentNumber('Number of the receipt for it.').optional(),
    expectedBackOn: day('Day by which it is to be back.').optional(),
  }),
  check: (data, occurredOn) =>
    typeof data['expectedBackOn'] === 'string' && data['expectedBackOn'] < occurredOn
      ? [{ field: 'expectedBackOn', message: 'lies before the day the passport was given away: check both dates' }]
      : [],
});

export const PassportReturned = eventType({
  type: 'PassportReturned',
  stream: 'worker',
  version: 1,
  meaning: 'The worker has the original passport back.',
  data: z.strictObject({ from: oneOf(passportKeepers, 'Who gave it back.').optional() }),
});

export const IinAssigned = eventType({
  type: 'IinAssigned',
  stream: 'worker',
  version: 1,
  meaning: 'The worker was given an individual identification number.',
  data: z.strictObject({ iin: personal(iin('The individual identification number.')) }),
  derived: tagsOf.shapes,
  derive: tagsOf.derive,
});

export const EmploymentTerminated = eventType({
  type: 'EmploymentTerminated',
  stream: 'worker',
  version: 1,
  meaning: 'The employment ended; this day was its last.',
  data: z.strictObject({ ground: text('Ground of the termination.').optional() }),
});

export const JobTitleChanged = eventType({
  type: 'JobTitleChanged',
  stream: 'worker',
  version: 1,
  meaning: 'The worker began to work in another position.',
  data: z.strictObject({ position: text('The new position.') }),
});
