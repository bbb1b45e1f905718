import { z } from 'zod';
import { eventType } from '../event-type.js';
import { uuid } from '../fields.js';

export const ERASED = 'PersonalDataErased';

export const PersonalDataErased = eventType({
  type: 'PersonalDataErased',
  stream: 'worker',
  version: 1,
  meaning:
    'The keys of the worker and of the family members were destroyed: names, numbers and addresses can be read nowhere any more; dates, states and figures stay.',
  data: z.strictObject({
    memberIds: z
      .array(uuid('A family member whose key was destroyed too.'))
      .max(200)
      .meta({ description: 'Family members of the worker, in every version ever recorded.' }),
  }),
});
