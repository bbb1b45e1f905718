import { z } from 'zod';
import { employerNumber } from '../domain/fields.js';
import { obligationAnswer } from '../reading/answers.js';
import { dtoOf } from './dto.js';

/**
 * The envelope of a write. What stands in `type`, `occurredOn` and `data` is looked at once, by the schema of the event's
 * type, where the event is decided; here only what the envelope itself can be wrong in.
 */

const path = {
  workerId: z
    .uuid({ error: 'is not a UUID: write it like 0b1f2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d' })
    .toLowerCase()
    .meta({ description: 'Id of the worker: a UUID of yours or ours.', format: 'uuid' }),
  bin: employerNumber('BIN of the employer (or IIN of an individual); its check digit is verified.'),
  eventId: z
    .uuid({ error: 'is not a UUID: take the id from the answer of the write or from the list of events' })
    .toLowerCase()
    .meta({ description: 'Id of the original event.', format: 'uuid' }),
};

/** Absent fields and wrong kinds of values, said in our own words. */
const expects = (what: string) => ({
  error: ({ input }: { input?: unknown }) => (input === undefined ? `is missing: give ${what}` : `must be ${what}`),
});

const reason = z.string(expects('a text that says why')).meta({ description: 'Why; kept with the event.' });
const acknowledge = z
  .array(z.string(expects('the name of a rule')), expects('a list of rule names'))
  .max(20, { error: 'names more than 20 rules' })
  .optional()
  .meta({ description: 'Rules whose breach is knowingly recorded; then `reason` is needed.' });
const data = z.record(z.string(), z.unknown(), expects('an object with the fields of the event type'));
const occurredOn = z.string(expects('a date such as 2026-11-20')).meta({ format: 'date' });

export class WorkerPath extends dtoOf(z.object({ workerId: path.workerId })) {}
export class EmployerPath extends dtoOf(z.object({ bin: path.bin })) {}
export class WorkerEventPath extends dtoOf(z.object({ workerId: path.workerId, eventId: path.eventId })) {}
export class EmployerEventPath extends dtoOf(z.object({ bin: path.bin, eventId: path.eventId })) {}

export class WriteQuery extends dtoOf(
  z.strictObject({
    dryRun: z
      .enum(['true', 'false'], { error: 'must be true or false' })
      .optional()
      .transform((text) => text === 'true')
      .meta({
        description:
          'Says what would follow and writes nothing; `occurredOn` may then lie in the future. It tells the obligations and the exposure of the stream that is written to: what another class or reading of an employer would cost with its workers is not told.',
      }),
  }),
) {}

export class EventBody extends dtoOf(
  z.strictObject({
    type: z.string(expects('the name of an event type, see /v1/event-types')),
    occurredOn,
    data,
    acknowledge,
    reason: reason.optional(),
  }),
) {}

export class CorrectionBody extends dtoOf(
  z
    .strictObject({
      occurredOn: occurredOn.optional().meta({ description: 'The right day, where it was wrong.' }),
      data: data.optional().meta({ description: 'Replaces the whole data, where it was wrong.' }),
      acknowledge,
      reason,
    })
    .meta({ id: 'Correction' }),
) {}

export class RetractionBody extends dtoOf(
  z
    .strictObject({
      reason,
      withDependents: z
        .boolean({ error: 'must be true or false' })
        .optional()
        .meta({ description: 'Retracts the events that rest on it too, all or none; without it they are listed.' }),
    })
    .meta({ id: 'Retraction' }),
) {}

const eventRef = z.object({
  id: z.string(),
  revision: z.int().meta({ description: 'Number of the event in its stream, from 0.' }),
  position: z.string().meta({ description: 'Commit position in the store, a decimal string.' }),
});

const sum = z.object({
  mciMin: z.number(),
  mciMax: z.number(),
  tengeMin: z.number().nullable(),
  tengeMax: z.number().nullable(),
  obligations: z.int(),
});
const totals = z.object({ accrued: sum, atRisk: sum });
const day = z.string().meta({ format: 'date' });

export const writeAnswer = z
  .object({
    events: z.array(eventRef).meta({ description: 'Empty after a dry run.' }),
    position: z.string().nullable().meta({ description: 'Give it as `after` to read what you wrote.' }),
    obligations: z
      .object({ opened: z.array(obligationAnswer), closed: z.array(obligationAnswer) })
      .meta({ description: 'As they stand today, or in a dry run on the day of the last event if that is later.' }),
    warnings: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .meta({ description: 'What is odd and was recorded all the same.' }),
    exposure: z
      .object({ asOf: day, before: totals, after: totals })
      .optional()
      .meta({ description: 'Only after a dry run.' }),
  })
  .meta({ id: 'WriteAnswer' });
