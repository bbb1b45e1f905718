import { z } from 'zod';
import { documentKinds } from '../domain/events/documents.js';
import { asked, namedDay } from './matching.js';
import { sourceKinds } from './schema.js';

const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, { error: 'must be a date written YYYY-MM-DD' });
const sentence = z.string({ error: 'must be a sentence' }).min(3);
const name = z.string().regex(/^[a-z][a-z0-9-]*$/, { error: 'must be written in small letters, digits and hyphens' });
const country = z.string().regex(/^[A-Z]{2}$/, { error: 'is not a country code: use two capital letters' });
const rows = z.array(z.string().regex(/^S\d\d$/)).optional();

/** Where a sentence of the law comes from; nothing stands here without it. */
export const source = {
  reference: z.string({ error: 'is missing: name the article, decree or page it comes from' }).min(5),
  sourceKind: z.enum(sourceKinds, {
    error: 'is not a kind of source: write law, portal, agency, press, seed or policy',
  }),
  checkedOn: day,
  verified: z.boolean(),
  remark: sentence.optional(),
};

const contradiction = z.strictObject({ says: sentence, ...source });
export type Contradiction = z.infer<typeof contradiction>;

/** The parts of a country group that an answer may take its source from. */
export const groupSources = ['work-permit', 'work-visa', 'residence-permit', 'labour-immigrant', 'stay'] as const;

const answer = z.strictObject({
  when: asked.optional(),
  needed: z.enum(['yes', 'no', 'not-known'], { error: 'must be yes, no or not-known' }),
  because: sentence,
  /** The source is that of the country group which says it. */
  sourceOf: z.enum(groupSources).optional(),
  /** Rule of the ledger that will watch it. */
  watchedBy: name.optional(),
  /** Last day to have it, counted from the day of the plan. */
  by: namedDay.optional(),
  /** The same in working days after that day. */
  byWorkingDays: z.number().int().min(1).max(60).optional(),
  contradictions: z.array(contradiction).optional(),
  validFrom: day.optional(),
  validTo: day.optional(),
  ...source,
});
export type AnswerSpec = z.infer<typeof answer>;

const way = z.strictObject({ way: name, title: sentence, when: asked.optional(), because: sentence, ...source });
export type WaySpec = z.infer<typeof way>;

const need = z.strictObject({
  need: name,
  title: sentence,
  rows,
  /** What kind of thing it is: a paper to hold, a step to take, a payment, a notice. */
  kind: z.enum(['document', 'step', 'payment', 'notice']),
  answers: z.array(answer).min(1),
});
export type NeedSpec = z.infer<typeof need>;

const exemption = z.strictObject({
  ground: name,
  title: sentence,
  validFrom: day,
  validTo: day.optional(),
  ...source,
});
export type ExemptionSpec = z.infer<typeof exemption>;

export const routesFile = z.strictObject({
  routes: sentence,
  defaults: z.record(z.string(), z.unknown()).optional(),
  ways: z.array(way).optional(),
  needs: z.array(need).optional(),
  exemptions: z.array(exemption).optional(),
});

const visaClass = z.strictObject({
  category: z.string().regex(/^[A-Z]\d{1,2}$/),
  title: sentence,
  /** Whether its holder may work under a permit; not-known where sources disagree. */
  work: z.enum(['yes', 'no', 'not-known']),
  validFrom: day,
  validTo: day.optional(),
  ...source,
  contradictions: z.array(contradiction).optional(),
});
export type VisaClass = z.infer<typeof visaClass>;
export const visaClassesFile = z.strictObject({
  visaClasses: z.array(visaClass).min(1),
  defaults: z.record(z.string(), z.unknown()).optional(),
});

const legalisationLine = z.strictObject({
  treaty: name,
  title: sentence,
  form: z.enum(['none', 'notarised-copy', 'apostille', 'legalisation']),
  /** Left out: every country that no other line names. */
  countries: z.array(country).optional(),
  validFrom: day,
  validTo: day.optional(),
  ...source,
});
export type LegalisationLine = z.infer<typeof legalisationLine>;
export const legalisationFile = z.strictObject({
  legalisation: z.array(legalisationLine).min(1),
  defaults: z.record(z.string(), z.unknown()).optional(),
});

/** What the ledger itself knows and a slot may ask for instead of a document. */
export const ledgerFacts = [
  'passport',
  'work-permit',
  'contract',
  'iin',
  'invitation',
  'invitation-request',
  'vacancy',
  'visa',
  'consular-fee',
  'interview',
  'permit-application',
  'same-name',
  'contract-clauses',
  'quota',
  'quota-positions',
  'quota-activity',
  'quota-contracts',
] as const;
export type LedgerFact = (typeof ledgerFacts)[number];

const slot = z
  .strictObject({
    slot: name,
    title: sentence,
    /** Any of these documents fills it. */
    documents: z.array(z.enum(documentKinds)).min(1).optional(),
    fact: z.enum(ledgerFacts).optional(),
    when: asked.optional(),
    /** False: useful, but its absence blocks nothing. */
    required: z.boolean().optional(),
    /** A foreign paper that has to be apostilled or legalised, by the country of issue. */
    legalised: z.boolean().optional(),
    /** Has to be good on this day still. */
    goodUntil: namedDay.optional(),
    /** Must not be older than so many months. */
    notOlderThanMonths: z.number().int().min(1).max(120).optional(),
    /** So many days must have passed since. */
    restsDays: z.number().int().min(1).max(365).optional(),
    /** A fact that has to be there first. */
    first: z.enum(ledgerFacts).optional(),
    ...source,
  })
  .refine((value) => (value.documents === undefined) !== (value.fact === undefined), {
    error: 'must name either documents or a fact of the ledger',
  });
export type SlotSpec = z.infer<typeof slot>;

const checklist = z.strictObject({
  checklist: name,
  title: sentence,
  rows,
  /** Whose file it is; left out: a worker's. */
  of: z.enum(['worker', 'employer']).optional(),
  when: asked.optional(),
  /** One slot after the other: a later one waits for the earlier ones. */
  inOrder: z.boolean().optional(),
  ...source,
  slots: z.array(slot).min(1),
});
export type ChecklistSpec = z.infer<typeof checklist>;
export const checklistsFile = z.strictObject({
  checklists: z.array(checklist).min(1),
  defaults: z.record(z.string(), z.unknown()).optional(),
});
