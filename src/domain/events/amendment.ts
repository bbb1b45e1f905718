import { z } from 'zod';
import { eventType } from '../event-type.js';
import { day, text, uuid } from '../fields.js';

const eventId = uuid('The original event, whatever corrected it since.');
const reason = text('Why.', 500);

export const EventCorrected = eventType({
  type: 'EventCorrected',
  stream: 'any',
  version: 1,
  meaning: 'An earlier event was recorded wrongly; this is what it should have said.',
  data: z.strictObject({
    eventId,
    correctsType: text('Type of the original event.', 60),
    correctsVersion: z.number().int().min(1).meta({ description: 'Version of the shape of `data`.' }),
    occurredOn: day('The right day, where it was wrong.').optional(),
    data: z
      .record(z.string(), z.unknown())
      .optional()
      .meta({ description: 'What replaces the whole data, without its personal fields: those are in `sealed`.' }),
    reason,
  }),
});

export const EventRetracted = eventType({
  type: 'EventRetracted',
  stream: 'any',
  version: 1,
  meaning: 'An earlier event never happened.',
  data: z.strictObject({ eventId, reason }),
});
