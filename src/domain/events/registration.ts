import { z } from 'zod';
import { eventType, personal } from '../event-type.js';
import { country, day, documentNumber, employerNumber, iin, text } from '../fields.js';
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
  }),
  derived: tagsOf.shapes,
  derive: tagsOf.derive,
  check: (data, occurredOn) =>
    String(data['passportExpiresOn']) < occurredOn
      ? [{ field: 'passportExpiresOn', message: 'lies before the day the passport was replaced: check both dates' }]
      : [],
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
