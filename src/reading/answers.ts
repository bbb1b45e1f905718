import { z } from 'zod';
import { employerSizes } from '../domain/events/employer.js';
import { exposureGroups, workerStatuses } from './params.js';

/** Shapes of every answer: the read side builds them, the OpenAPI document shows them, tests parse with them. */

const day = z.string().meta({ format: 'date' });
const dayOrNull = day.nullable();
const instant = z.string().meta({ format: 'date-time' });
const text = z.string();
const textOrNull = z.string().nullable();
const amount = z.number().int();
const amountOrNull = amount.nullable();

const envelope = {
  asOf: day.meta({ description: 'The day about which was asked.' }),
  position: text.meta({ description: 'Commit position in the log by which this was known.' }),
  ruleBook: text.meta({ description: 'Hash of the law it was computed with.' }),
};

function listOf<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), nextCursor: textOrNull, ...envelope });
}

export const mciAnswer = z
  .object({
    value: amountOrNull.meta({ description: 'Tenge; null while no law sets it for the year.' }),
    validFrom: dayOrNull,
    purpose: text,
    verified: z.boolean(),
    lastKnown: z.object({ value: amount, validFrom: day }).nullable(),
  })
  .meta({ id: 'Mci' });

export const exposureAnswer = z
  .object({
    penalty: z.enum(['fine', 'warning']),
    mciMin: amount,
    mciMax: amount,
    tengeMin: amountOrNull,
    tengeMax: amountOrNull,
    reducedTengeMin: amountOrNull,
    reducedTengeMax: amountOrNull,
    article: text,
    firstOffence: z.boolean(),
    size: z.enum(employerSizes),
    verified: z.boolean(),
    mci: mciAnswer,
  })
  .meta({ id: 'Exposure' });

export const imposedAnswer = z
  .object({
    eventId: text,
    imposedOn: day,
    caseOpenedOn: day.meta({ description: 'Its MCI prices the fine.' }),
    mci: amount,
    tenge: amountOrNull,
    reducedTenge: amountOrNull.meta({ description: 'Half, which settles it when paid by `reducedUntil`.' }),
    reducedUntil: dayOrNull,
    paidTenge: amount,
    executedOn: dayOrNull.meta({ description: 'Paid in full, or by half in time.' }),
    penalisedUntil: dayOrNull.meta({ description: 'Until then the employer counts as penalised.' }),
  })
  .meta({ id: 'ImposedPenalty' });

export const obligationAnswer = z
  .object({
    id: text,
    rule: text,
    ruleVersion: day,
    reading: text,
    workerId: textOrNull,
    employerBin: textOrNull,
    subject: text,
    region: textOrNull,
    responsible: z.enum(['employer', 'worker', 'third-party']),
    triggeredBy: z.object({ eventId: text, type: text, occurredOn: day }),
    opensOn: day,
    dueOn: dayOrNull.meta({ description: 'Last day in time; null where it is not known, with `dueReason`.' }),
    dueReason: textOrNull,
    safeBy: dayOrNull,
    state: z.enum(['upcoming', 'open', 'overdue', 'met', 'void']),
    submittedOn: dayOrNull,
    metOn: dayOrNull,
    metBy: textOrNull.meta({ description: 'Event that met it.' }),
    late: z.boolean(),
    voidOn: dayOrNull,
    voidReason: textOrNull,
    daysOverdue: amount,
    verified: z.boolean(),
    sourceKind: z.enum(['law', 'portal', 'agency', 'press', 'seed', 'policy']),
    consequence: textOrNull,
    exposure: exposureAnswer.nullable(),
    imposed: imposedAnswer.nullable().meta({ description: 'The last penalty imposed for it by the day asked about.' }),
  })
  .meta({ id: 'Obligation' });

export const obligationsAnswer = listOf(obligationAnswer).meta({ id: 'ObligationList' });

export const obligationWithTraceAnswer = z
  .object({ ...obligationAnswer.shape, trace: z.looseObject({}), ...envelope })
  .meta({ id: 'ObligationWithTrace' });

export const exposureSumAnswer = z
  .object({ mciMin: amount, mciMax: amount, tengeMin: amountOrNull, tengeMax: amountOrNull, obligations: amount })
  .meta({ id: 'ExposureSum' });

export const imposedSumAnswer = z
  .object({
    penalties: amount,
    mci: amount,
    tenge: amountOrNull,
    paidTenge: amount,
    outstandingTenge: amountOrNull.meta({ description: 'Still to be paid of those that are not settled.' }),
    reducedTenge: amountOrNull.meta({
      description: 'What settles them if paid on that day: half where the days for it still run.',
    }),
  })
  .meta({ id: 'ImposedSum', description: 'Penalties that were imposed; no part of what has accrued.' });

const standing = {
  accrued: exposureSumAnswer,
  atRisk: exposureSumAnswer,
  imposed: imposedSumAnswer,
  jointCapMci: amountOrNull.meta({
    description: 'The most that one body hearing all offences of the employer together may impose; null over several.',
  }),
  jointCapTenge: amountOrNull,
};

export const exposureReportAnswer = z
  .object({
    groupBy: z.enum(exposureGroups),
    horizon: amount.meta({ description: 'Days.' }),
    groups: z.array(z.object({ key: textOrNull, ...standing })),
    total: z.object(standing),
    ...envelope,
  })
  .meta({ id: 'ExposureReport' });

const person = {
  familyName: textOrNull,
  givenName: textOrNull,
  patronymic: textOrNull,
  erased: z.boolean().meta({ description: 'The key of the person is gone: names and numbers cannot be read.' }),
};

export const workerSummaryAnswer = z
  .object({
    workerId: text,
    employerBin: text,
    citizenship: text,
    ...person,
    status: z.enum(workerStatuses),
    statusSince: day,
    region: textOrNull,
  })
  .meta({ id: 'WorkerSummary' });

export const workersAnswer = listOf(workerSummaryAnswer).meta({ id: 'WorkerList' });

const reason = z.object({ code: text, sentence: text, eventId: text.optional(), rule: text.optional() });

export const permitAnswer = z
  .object({
    kind: z.enum(['work-permit', 'visa', 'temporary-residence-permit']),
    number: text,
    category: textOrNull,
    position: textOrNull,
    region: textOrNull,
    validFrom: day,
    validUntil: day,
    endedOn: dayOrNull,
    extensions: amount,
    state: z.enum(['not-yet-valid', 'valid', 'expired', 'ended']),
    statedBy: text.meta({ description: 'Event that gave it this form.' }),
  })
  .meta({ id: 'Permit' });

const parked = z.object({ eventId: text, type: text, error: text });

export const workerAnswer = z
  .object({
    ...workerSummaryAnswer.shape,
    birthDate: dayOrNull,
    passportNumber: textOrNull,
    passportExpiresOn: dayOrNull,
    iin: textOrNull,
    revision: amount.meta({ description: 'Revision of the stream: the number in the `ETag`.' }),
    mayWork: z.enum(['yes', 'no', 'not-known']),
    mayWorkSince: dayOrNull,
    reasons: z.array(reason),
    stay: z.object({ region: textOrNull, address: textOrNull, since: day, eventId: text }).nullable(),
    permits: z.array(permitAnswer),
    passportOut: z
      .object({ to: text, since: day, purpose: textOrNull, expectedBackOn: dayOrNull })
      .nullable()
      .meta({ description: 'With whom the original passport is; null while the worker has it.' }),
    regionalTrips: z
      .array(
        z.object({
          region: text,
          year: amount,
          days: amount.meta({ description: 'Days up to the day asked about, first and last counted.' }),
          limit: amountOrNull,
          left: amountOrNull.meta({ description: 'Days left of the limit; null where the law names none.' }),
        }),
      )
      .meta({ description: 'Business trips to regions that the permit is not for, by calendar year.' }),
    visaFreeStay: z
      .object({
        days: amount,
        window: amount,
        limit: amount,
        left: amount,
        entry: z.object({ since: day, days: amount, limit: amountOrNull }).nullable(),
        lastDay: dayOrNull.meta({ description: 'Last day within both limits if the stay goes on.' }),
        reference: text,
        verified: z.boolean(),
      })
      .nullable()
      .meta({
        description:
          'Days in the country without a visa or residence permit among the last `window` days; both ends of a stay count.',
      }),
    transferredFrom: textOrNull.meta({ description: 'Id of the worker in the ledger of the former employer.' }),
    obligations: z.array(obligationAnswer).meta({ description: 'Open and overdue ones, the first due first.' }),
    exposure: z.object(standing),
    parkedEvents: z.array(parked).meta({ description: 'Events that could not be read: figures may lack them.' }),
    ...envelope,
  })
  .meta({ id: 'Worker' });

export const employerSummaryAnswer = z
  .object({ bin: text, name: text, size: z.enum(employerSizes), registeredOn: dayOrNull })
  .meta({ id: 'EmployerSummary' });

export const employersAnswer = listOf(employerSummaryAnswer).meta({ id: 'EmployerList' });

export const employerAnswer = z
  .object({
    ...employerSummaryAnswer.shape,
    sizes: z.array(z.object({ size: z.enum(employerSizes), from: day, until: dayOrNull })),
    localContent: z
      .array(
        z.object({
          categories: z.enum(['1-2', '3-4']),
          citizens: amountOrNull.meta({ description: 'As last counted (StaffCounted); null where never.' }),
          foreigners: amount.meta({ description: 'Workers with a permit of these categories in force.' }),
          countedOn: dayOrNull,
          required: amount.meta({ description: 'Per cent of citizens that the law asks for.' }),
          share: z.number().nullable().meta({ description: 'Per cent of citizens, to a tenth, never rounded up.' }),
          isKept: z.boolean().nullable(),
          places: amountOrNull.meta({ description: 'How many more foreigners there may be.' }),
          isExempt: z.boolean().nullable().meta({ description: 'Null where it hangs on a number that is not known.' }),
          reference: text,
          verified: z.boolean(),
        }),
      )
      .meta({ description: 'The share of citizens among the staff, by groups of categories.' }),
    workers: z.record(z.enum(workerStatuses), amount),
    revision: amount,
    exposure: z.object(standing),
    parkedEvents: z.array(parked),
    ...envelope,
  })
  .meta({ id: 'Employer' });

const eventBody = {
  eventId: text,
  stream: text,
  type: text,
  revision: amount,
  position: text,
  occurredOn: dayOrNull,
  recordedAt: instant,
  recordedBy: textOrNull,
  reason: textOrNull,
  acknowledged: z.array(text),
  data: z.record(text, z.unknown()).meta({
    description:
      'As recorded; personal fields opened where the key is there. Of RuleBookAdopted without the texts: those are at /v1/rule-books/{hash}.',
  }),
  erased: z.boolean(),
  error: textOrNull.meta({ description: 'Why it could not be read, where it is parked.' }),
};

export const eventAnswer = z.object(eventBody).meta({ id: 'RecordedEvent' });

export const eventsAnswer = listOf(eventAnswer).meta({ id: 'EventList' });

export const timelineEntryAnswer = z
  .object({
    ...eventBody,
    standing: z.enum(['stands', 'corrected', 'retracted', 'amendment', 'parked']),
    amends: textOrNull.meta({ description: 'Of a correction or retraction: the original event.' }),
    amendedBy: z.array(
      z.object({ eventId: text, type: text, recordedAt: instant, recordedBy: textOrNull, reason: textOrNull }),
    ),
    opened: z.array(text).meta({ description: 'Obligations that it opened, by id.' }),
    closed: z.array(text).meta({ description: 'Obligations that it met or ended.' }),
    changed: z.array(text).meta({ description: 'Obligations that it moved or opened again.' }),
    withdrawn: z.array(text).meta({ description: 'Obligations that are gone with what opened them.' }),
  })
  .meta({ id: 'TimelineEntry' });

export const timelineAnswer = listOf(timelineEntryAnswer).meta({ id: 'Timeline' });

export type ObligationAnswer = z.output<typeof obligationAnswer>;
export type ObligationsAnswer = z.output<typeof obligationsAnswer>;
export type ObligationWithTraceAnswer = z.output<typeof obligationWithTraceAnswer>;
export type ExposureReportAnswer = z.output<typeof exposureReportAnswer>;
export type WorkerSummaryAnswer = z.output<typeof workerSummaryAnswer>;
export type WorkersAnswer = z.output<typeof workersAnswer>;
export type WorkerAnswer = z.output<typeof workerAnswer>;
export type PermitAnswer = z.output<typeof permitAnswer>;
export type EmployersAnswer = z.output<typeof employersAnswer>;
export type EmployerAnswer = z.output<typeof employerAnswer>;
export type EventAnswer = z.output<typeof eventAnswer>;
export type EventsAnswer = z.output<typeof eventsAnswer>;
export type TimelineEntryAnswer = z.output<typeof timelineEntryAnswer>;
export type TimelineAnswer = z.output<typeof timelineAnswer>;
