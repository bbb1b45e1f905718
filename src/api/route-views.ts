import { z } from 'zod';
import { type Day, isDay } from '../domain/dates.js';
import { purposes } from '../domain/events/documents.js';
import { permitCategories } from '../domain/events/employer.js';
import type { RuleBook } from '../law/book.js';
import { assessRoute } from '../law/routes.js';
import { sourceKinds } from '../law/schema.js';
import { InvalidInput } from './problem.js';

/** The route finder as it is asked and answered over HTTP. */

const yesOrNo = (description: string) => z.boolean().optional().meta({ description });

export const routePlan = z.strictObject({
  citizenship: z
    .string({ error: 'is missing: give a country code of two letters, such as TR' })
    .regex(/^[A-Z]{2}$/, { error: 'is not a country code: use two capital letters of ISO 3166-1, such as TR' }),
  purpose: z.enum(purposes).default('work'),
  category: z.enum(permitCategories).optional(),
  position: z.string().trim().min(1).max(200).optional(),
  employerKind: z.enum(['company', 'individual', 'foreign-entity-without-branch']).default('company'),
  basis: z.enum(['employment-contract', 'ict', 'service-contract']).default('employment-contract'),
  stayDays: z
    .number({ error: 'must be a whole number from 1 to 3660' })
    .int({ error: 'must be a whole number from 1 to 3660' })
    .min(1, { error: 'must be at least 1' })
    .max(3660, { error: 'must be at most 3660' })
    .optional()
    .meta({ description: 'Length of the stay in calendar days, the day of arrival included.' }),
  exemptionGround: z.string().trim().min(1).max(100).optional(),
  permanentResident: yesOrNo('A permanent residence permit is held.'),
  withFamily: yesOrNo('Spouse or children come with the worker.'),
  longTermAssignment: yesOrNo('A long-term or rotational assignment.'),
  titleOnOrgChart: yesOrNo("The title stands on the local company's chart."),
  paidHere: yesOrNo('Salary and taxes are paid in Kazakhstan.'),
  permitHeldOrApplied: yesOrNo('A work permit is held or applied for.'),
  on: z
    .string()
    .refine(isDay, { error: 'is not a date that exists: write YYYY-MM-DD, such as 2026-11-20' })
    .optional()
    .meta({ description: 'Day of the plan and first day of the stay; today when left out.', format: 'date' }),
});
export type RoutePlanInput = z.output<typeof routePlan>;

const source = {
  reference: z.string(),
  sourceKind: z.enum(sourceKinds),
  checkedOn: z.string().meta({ format: 'date' }),
  verified: z.boolean(),
  remark: z.string().nullable(),
};

export const routeAnswer = z
  .object({
    on: z.string().meta({ format: 'date' }),
    route: z.object({ way: z.string(), title: z.string(), because: z.string(), ...source }),
    needs: z.array(
      z
        .object({
          need: z.string(),
          title: z.string(),
          kind: z.enum(['document', 'step', 'payment', 'notice']),
          needed: z.enum(['yes', 'no', 'not-known']),
          because: z.string(),
          missing: z.array(z.string()).meta({ description: 'What would have to be known for an answer.' }),
          byDay: z.string().nullable().meta({ description: 'Last day to have it.', format: 'date' }),
          watchedBy: z.string().nullable().meta({ description: 'Rule of the ledger that watches it.' }),
          contradictions: z
            .array(z.object({ says: z.string(), ...source, remark: z.string().optional() }))
            .meta({ description: 'What other sources say against it.' }),
          ...source,
        })
        .meta({ id: 'RouteNeed' }),
    ),
    ruleBook: z.string(),
  })
  .meta({ id: 'Route' });

export const routeExamples = {
  'An engineer from India': { citizenship: 'IN', category: '3', position: 'Engineer', stayDays: 365 },
  'A worker from Uzbekistan in a household': { citizenship: 'UZ', employerKind: 'individual', stayDays: 90 },
  'A citizen of Russia on a contract': { citizenship: 'RU', stayDays: 365, withFamily: true },
};

/** @throws InvalidInput for a country that does not exist */
export function routeView(plan: RoutePlanInput, book: RuleBook, today: Day): z.input<typeof routeAnswer> {
  if (!book.countries.exists(plan.citizenship)) {
    throw new InvalidInput([{ path: 'citizenship', message: 'is no country of ISO 3166-1: check the two letters' }]);
  }
  const on = plan.on ?? today;
  const { route, needs, ruleBook } = assessRoute({ ...plan, on }, book);
  return {
    on,
    route,
    needs: needs.map((need) => ({ ...need, missing: [...need.missing], contradictions: [...need.contradictions] })),
    ruleBook,
  };
}
