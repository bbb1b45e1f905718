import { z } from 'zod';
import { eventType, personal } from '../event-type.js';
import { day, text } from '../fields.js';

export const MentorAssigned = eventType({
  type: 'MentorAssigned',
  stream: 'worker',
  version: 1,
  meaning: 'The worker was made the mentor of a local employee.',
  data: z.strictObject({
    traineeName: personal(text('Name of the local employee.')).optional(),
    from: day('First day of the mentorship.'),
  }),
});

export const MentorshipCompleted = eventType({
  type: 'MentorshipCompleted',
  stream: 'worker',
  version: 1,
  meaning: 'A mentorship was completed.',
  data: z.strictObject({ until: day('Last day of the mentorship.') }),
});
