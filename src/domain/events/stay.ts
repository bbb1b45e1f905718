import { z } from 'zod';
import { eventType, personal } from '../event-type.js';
import { day, endsBeforeItBegins, oneOf, region, termMessage, text } from '../fields.js';

const checkpoint = text('Border checkpoint.').optional();
const host = oneOf(
  ['employer', 'third-party'],
  'Who gives the place to live and owes the notice: the employer (when left out) or a third party, such as a hotel.',
).optional();
const address = personal(text('Address of stay.', 300));

export const Arrived = eventType({
  type: 'Arrived',
  stream: 'worker',
  version: 1,
  meaning: 'The worker entered Kazakhstan and took up a place of stay.',
  data: z.strictObject({
    region: region('Region of stay.'),
    address,
    purpose: text('Purpose of the stay, such as work.', 100),
    checkpoint,
    host,
  }),
});

export const Departed = eventType({
  type: 'Departed',
  stream: 'worker',
  version: 1,
  meaning: 'The worker left Kazakhstan.',
  data: z.strictObject({ checkpoint }),
});

export const AddressChanged = eventType({
  type: 'AddressChanged',
  stream: 'worker',
  version: 1,
  meaning: 'The worker moved to another place of stay in Kazakhstan.',
  data: z.strictObject({ region: region('Region of the new place of stay.'), address, host }),
});

export const RegionalTravel = eventType({
  type: 'RegionalTravel',
  stream: 'worker',
  version: 1,
  meaning: 'The worker went to another region for a time; occurredOn is the first day there.',
  data: z
    .strictObject({
      region: region('Region travelled to.'),
      from: day('First day there; the same as occurredOn.'),
      until: day('Last day there, where it is known.').optional(),
      address: address.optional(),
    })
    .refine(endsBeforeItBegins('from', 'until'), termMessage('from', 'until')),
  check: (data, occurredOn) =>
    data['from'] === occurredOn
      ? []
      : [{ field: 'from', message: 'must be the same day as occurredOn: the travel happens on its first day' }],
});

export const RegionalTravelEnded = eventType({
  type: 'RegionalTravelEnded',
  stream: 'worker',
  version: 1,
  meaning: 'The worker came back from a travel to another region.',
  data: z.strictObject({ until: day('Last day there.') }),
});
