import { z } from 'zod';
import { eventType } from '../event-type.js';
import { oneOf, uuid } from '../fields.js';

export const ERASED = 'PersonalDataErased';

export const PersonalDataErased = eventType({
  type: 'PersonalDataErased',
  stream: 'worker',
  version: 1,
  meaning:
    'The keys of the worker and of the family members were destroyed: names, numbers and addresses can be read nowhere any more; dates, states and figures stay. Not those of members who are workers themselves or belong to the family of another worker.',
  data: z.strictObject({
    memberIds: z
      .array(uuid('A family member whose key was destroyed too.'))
      .max(200)
      .meta({ description: 'Family members of the worker, in every version ever recorded, but for those in `kept`.' }),
    kept: z
      .array(
        z.strictObject({
          memberId: uuid('A family member whose key was not destroyed.'),
          because: oneOf(['is-worker', 'in-other-family'], 'What else the person is in this ledger.'),
        }),
      )
      .max(200)
      .optional()
      .meta({ description: 'Family members whose key still opens what another worker, not erased, is recorded with.' }),
  }),
});
