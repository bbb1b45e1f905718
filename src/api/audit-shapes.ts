import { z } from 'zod';
import { isDay } from '../domain/dates.js';
import { exposureAnswer, imposedSumAnswer } from '../reading/answers.js';
import { momentParams, obligationsParams, pageParams } from '../reading/params.js';

/** Questions and answers of the auditor's routes. */

const moment = momentParams.shape;
const text = z.string();
const day = z.string().meta({ format: 'date' });
const instant = z.string().meta({ format: 'date-time' });
const count = z.int();

const horizon = z.coerce
  .number({ error: 'must be a whole number from 0 to 3660' })
  .int({ error: 'must be a whole number from 0 to 3660' })
  .min(0, { error: 'must be at least 0' })
  .max(3_660, { error: 'must be at most 3660' })
  .default(30)
  .meta({ description: 'At risk: open and due within so many days.' });

export const replayParams = z.strictObject({
  until: moment.asOf.meta({ description: 'Steps about later days are left out.', format: 'date' }),
  knownAt: moment.knownAt,
  law: text
    .refine((value) => isDay(value) || /^[0-9a-f]{8,64}$/i.test(value), {
      error: 'is neither a day (YYYY-MM-DD) nor the hash of a rule book: give 8 of its characters or more',
    })
    .optional()
    .meta({
      description:
        'Judge everything by one rule book: its hash (8 characters of it or more), or a day by whose end it had been adopted. Default: each step by the law that was in force when it was recorded.',
    }),
  horizon,
  after: moment.after,
  limit: pageParams.shape.limit,
  cursor: pageParams.shape.cursor,
});

export const differenceParams = z.strictObject({
  from: moment.knownAt.unwrap().meta({
    description: 'The earlier moment: a date (its end; today stands for now) or an instant. Not in the future.',
  }),
  to: moment.knownAt.meta({
    description:
      'The later moment, not before `from`: a date (its end, or now while it has not ended) or an instant that is not in the future. Default: now.',
  }),
  asOf: moment.asOf.meta({
    description: 'The day whose exposure is compared. Default: the day of `from`.',
    format: 'date',
  }),
  employer: obligationsParams.shape.employer,
  after: moment.after,
  limit: pageParams.shape.limit,
  cursor: pageParams.shape.cursor,
});

export const accessParams = z.strictObject({
  person: z.string().max(64).toLowerCase().optional().meta({ description: "A worker's id or a family member's." }),
  actor: z.string().max(200).optional(),
  from: moment.knownAt.meta({ description: 'Not before this: a date (its begin in Almaty) or an instant.' }),
  until: moment.knownAt.meta({ description: 'Not after this: a date (its end in Almaty) or an instant.' }),
  limit: pageParams.shape.limit,
  cursor: pageParams.shape.cursor,
});

export const erasureBody = z
  .strictObject({
    reason: z
      .string({ error: 'is missing: say who asked for the erasure and why' })
      .meta({ description: 'Who asked for it and why; stays in the ledger, so it must name nobody.' }),
  })
  .meta({ id: 'Erasure' });

const sum = z.object({
  mciMin: z.number(),
  mciMax: z.number(),
  tengeMin: z.number().nullable(),
  tengeMax: z.number().nullable(),
  obligations: count,
});
const sums = z.object({ accrued: sum, atRisk: sum });
const cost = sums.extend({ imposed: imposedSumAnswer });

const standing = z.union([
  z.object({
    kind: z.literal('worker'),
    status: text,
    region: text.nullable(),
    mayWork: z.enum(['yes', 'no', 'not-known']),
    why: z.array(text),
  }),
  z.object({ kind: z.literal('employer'), size: text }),
  z.object({ kind: z.literal('law'), ruleBook: text }),
]);

const stepObligation = z.object({
  id: text,
  rule: text,
  subject: text,
  opensOn: day,
  dueOn: day.nullable(),
  metOn: day.nullable(),
  voidOn: day.nullable(),
  voidReason: text.nullable(),
});

const step = z
  .object({
    seq: count.meta({ description: 'Number of the event in the whole ledger.' }),
    step: count.optional().meta({ description: 'How many events of its stream were known with it.' }),
    stream: text.meta({
      description:
        'The stream that the step is about. Another than that of the event where the event lets another law, or another class of the employer, count for it.',
    }),
    event: z.looseObject({ id: text, stream: text, revision: count, position: text, type: text, recordedAt: instant }),
    ruleBook: text.optional().meta({ description: 'Hash of the rule book by which the state is judged.' }),
    asOf: day.optional().meta({
      description:
        'The day that status and exposure are about: that of the event, or of its recording for an amendment and for what an event of another stream changes on later days only.',
    }),
    before: standing.nullable().optional().meta({ description: 'Null where nobody was registered by that day.' }),
    after: standing.nullable().optional(),
    opened: z.array(stepObligation).optional(),
    closed: z.array(stepObligation).optional(),
    changed: z
      .array(stepObligation)
      .optional()
      .meta({ description: 'Obligations that stood before and stand now on other days.' }),
    exposure: cost.nullable().optional().meta({
      description: 'Null where the step is about no worker and no employer: a rule book was adopted.',
    }),
    unreadable: text.optional().meta({ description: 'Why the event could not be taken; nothing else is told then.' }),
  })
  .meta({ id: 'ReplayStep' });

const envelope = { position: text, ruleBook: text };

export const replayAnswer = z
  .object({ items: z.array(step), nextCursor: text.nullable(), ...envelope })
  .meta({ id: 'Replay' });

const lag = z.object({ knownThen: cost, trueThen: cost });
const knownObligation = z
  .object({
    state: text,
    dueOn: day.nullable(),
    submittedOn: day.nullable(),
    metOn: day.nullable(),
    voidOn: day.nullable(),
    employerBin: text.nullable(),
    region: text.nullable(),
    exposure: exposureAnswer.nullable().meta({
      description: 'What it cost as of `asOf`: accrued where it was overdue or met, at risk where it was open.',
    }),
  })
  .meta({ description: 'As of the day `asOf`: a day that had not come by then is null.' });

export const differenceAnswer = z
  .object({
    from: z.object({ knownAt: text, position: text, ruleBook: text }),
    to: z.object({ knownAt: text, position: text, ruleBook: text }),
    asOf: day,
    knowledgeLag: z.object({ total: lag, employers: z.array(lag.extend({ employerBin: text })) }).meta({
      description: 'Exposure of the day `asOf` as it was known then, beside what it was by all that is known later.',
    }),
    items: z.array(
      z.object({
        subject: z.enum(['worker', 'employer']),
        id: text,
        employerBin: text.nullable(),
        events: z.array(z.looseObject({ eventId: text, type: text, recordedAt: instant })),
        obligations: z.array(
          z.object({
            id: text,
            rule: text,
            change: z.enum(['appeared', 'withdrawn', 'changed', 'cost-changed']).meta({
              description:
                '`cost-changed`: only the exposure is another, by an event of the employer (its class), a penalty of this worker or a colleague, or another law. What is equal in everything told is left out.',
            }),
            before: knownObligation.nullable(),
            after: knownObligation.nullable(),
            causedBy: text
              .nullable()
              .meta({ description: 'Id of the last event that made it so, in whichever stream it was recorded.' }),
          }),
        ),
      }),
    ),
    nextCursor: text
      .nullable()
      .meta({ description: 'Go on while it is given: a page may hold fewer items, even none.' }),
    ...envelope,
  })
  .meta({ id: 'KnowledgeDifference' });

const damage = z.object({
  kind: z.enum([
    'changed-content',
    'broken-link',
    'missing-event',
    'repeated-event',
    'hash-removed',
    'damaged-record',
    'lost-record',
  ]),
  stream: text.nullable().meta({ description: 'Null, like the others, where the log does not say any more.' }),
  revision: count.nullable(),
  position: text.nullable(),
  eventId: text.nullable(),
  type: text.nullable(),
  what: text,
  found: text.nullable(),
  expected: text.nullable(),
});

export const verificationAnswer = z
  .object({
    intact: z.boolean(),
    events: count,
    streams: count,
    unchained: count.meta({ description: 'Events written before their stream had a chain.' }),
    firstUnchained: z.object({ stream: text, revision: count, position: text }).nullable(),
    firstDamage: damage
      .nullable()
      .meta({ description: 'The first event, in the order of the log, that does not fit.' }),
    damaged: count,
    read: z.enum(['client', 'files']).meta({
      description: 'How the log was read: through the client of the store, or from its own files.',
    }),
    position: text,
    seconds: z.number(),
  })
  .meta({ id: 'Verification' });

export const accessAnswer = z
  .object({
    items: z.array(
      z.object({
        request: count,
        at: instant,
        actor: text,
        purpose: text.nullable().meta({ description: 'What the header `Ledger-Purpose` said.' }),
        route: text,
        person: text,
      }),
    ),
    nextCursor: text.nullable(),
  })
  .meta({ id: 'AccessLog' });

export const keysAnswer = z
  .object({
    open: count,
    locked: count.meta({ description: 'Persons whose key is locked by a master key that is not here.' }),
    erased: count,
    masterKey: text.nullable().meta({ description: 'Name of the present master key, not the key.' }),
    lockedBy: z.array(text),
    lockedPersons: z.array(text).meta({ description: 'Some of them.' }),
  })
  .meta({ id: 'Keys' });

export const certificateAnswer = z
  .object({
    workerId: text,
    persons: z.array(text).meta({ description: 'The worker and the family members whose keys were destroyed.' }),
    kept: z.array(z.object({ person: text, because: text })).meta({
      description: 'Family members whose keys were not, for they belong to somebody who was not erased.',
    }),
    erasedOn: day,
    recordedAt: instant,
    recordedBy: text,
    reason: text.nullable(),
    event: z.object({ id: text, stream: text, revision: count, position: text }),
    previousHash: text.nullable(),
    hash: text.nullable(),
    keysDestroyed: z.boolean(),
    statement: text,
  })
  .meta({ id: 'ErasureCertificate' });
