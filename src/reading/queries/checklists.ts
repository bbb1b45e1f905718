import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { z } from 'zod';
import { isDay } from '../../domain/dates.js';
import { standingFacts } from '../../domain/history.js';
import { checklistsOf, employerChecklistsOf, type FiledQuotaRequest, routeQuestion } from '../../law/checklists.js';
import { type Papers, papersOf } from '../../law/papers.js';
import { assessRoute } from '../../law/routes.js';
import { sourceKinds } from '../../law/schema.js';
import { momentParams } from '../params.js';
import { Reading, unknown, type View } from '../reading.js';
import { permitsInForce, quotaRequestOf, quotaUses } from './employer-findings.js';

export const checklistsParams = momentParams.extend({
  stayUntil: z
    .string()
    .refine(isDay, { error: 'is not a date that exists: write YYYY-MM-DD, such as 2026-11-20' })
    .optional()
    .meta({
      description: 'Last day of the intended stay. Default: the longest of permit, contract and visa.',
      format: 'date',
    }),
});
export type ChecklistsParams = z.output<typeof checklistsParams>;

export const employerChecklistsParams = momentParams;
export type EmployerChecklistsParams = z.output<typeof employerChecklistsParams>;

const source = { reference: z.string(), sourceKind: z.enum(sourceKinds), verified: z.boolean() };

const slotAnswer = z
  .object({
    slot: z.string(),
    title: z.string(),
    state: z.enum([
      'there',
      'missing',
      'expired',
      'too-short',
      'too-old',
      'not-legalised',
      'contradicted',
      'incomplete',
      'waiting',
      'not-known',
    ]),
    because: z.string(),
    required: z.boolean(),
    eventId: z.string().nullable().meta({ description: 'The event that recorded the document.' }),
    ...source,
  })
  .meta({ id: 'ChecklistSlot' });

const checklistShape = {
  checklist: z.string(),
  title: z.string(),
  ready: z.enum(['yes', 'no', 'not-known']).meta({ description: 'Whether the file is ready to be handed in.' }),
  blockedBy: z.array(z.string()),
  next: z.string().nullable(),
  slots: z.array(slotAnswer),
  ...source,
};

export const employerChecklistsAnswer = z
  .object({
    items: z.array(
      z
        .object({
          year: z.number(),
          region: z.string(),
          requestedOn: z.string().nullable().meta({ format: 'date' }),
          ...checklistShape,
        })
        .meta({ id: 'EmployerChecklist' }),
    ),
    asOf: z.string().meta({ format: 'date' }),
    position: z.string(),
    ruleBook: z.string(),
  })
  .meta({ id: 'EmployerChecklists' });
export type EmployerChecklistsAnswer = z.output<typeof employerChecklistsAnswer>;

export const checklistsAnswer = z
  .object({
    route: z.object({ way: z.string(), title: z.string(), because: z.string(), ...source }),
    items: z.array(z.object(checklistShape).meta({ id: 'Checklist' })),
    asOf: z.string().meta({ format: 'date' }),
    position: z.string(),
    ruleBook: z.string(),
  })
  .meta({ id: 'Checklists' });
export type ChecklistsAnswer = z.output<typeof checklistsAnswer>;

/** The files that a worker's route asks for, each slot held against what was recorded by the day. */
export class GetChecklists extends Query<ChecklistsAnswer> {
  constructor(
    readonly workerId: string,
    readonly params: ChecklistsParams,
  ) {
    super();
  }
}

@QueryHandler(GetChecklists)
export class GetChecklistsHandler implements IQueryHandler<GetChecklists> {
  constructor(private readonly reading: Reading) {}

  async execute({ workerId, params }: GetChecklists): Promise<ChecklistsAnswer> {
    const worker = workerId.toLowerCase();
    const view = await this.reading.at(params);
    const { asOf: today } = view;
    const facts = standingFacts(view.historyOf(`worker-${worker}`)).filter(({ occurredOn }) => occurredOn <= today);
    const registered = facts.find(({ type }) => type === 'WorkerRegistered');
    if (registered === undefined) throw unknown('worker', worker);
    const bin = String(registered.data['employerBin']);
    const book = view.bookOf(bin);
    const isIndividual = view.sizeOn(bin)(today) === 'individual';
    const papers = papersOf(facts);
    const hasQuotaPlace = quotaPlaceFor(view, bin, papers);
    const question = {
      papers,
      today,
      ...(hasQuotaPlace === null ? {} : { hasQuotaPlace }),
      employerKind: isIndividual ? ('individual' as const) : ('company' as const),
      ...(params.stayUntil === undefined ? {} : { stayUntil: params.stayUntil }),
    };
    const { way, title, because, reference, sourceKind, verified } = assessRoute(routeQuestion(question), book).route;
    return {
      route: { way, title, because, reference, sourceKind, verified },
      items: checklistsOf(question, book).map((checklist) => ({
        ...checklist,
        blockedBy: [...checklist.blockedBy],
        slots: [...checklist.slots],
      })),
      ...view.envelope,
    };
  }
}

/**
 * Whether a place of the employer's quota is left for the permit applied for last: what was granted for its year, region and
 * category against the permits in force. Null where no application or no granted quota is on record.
 */
function quotaPlaceFor(view: View, bin: string, { applications, endedOn }: Papers): boolean | null {
  const { region, category } = applications.at(-1) ?? { region: null, category: null };
  if (region === null || category === null || endedOn !== null) return null;
  const counts = permitsInForce(view, bin).get(bin) ?? new Map<string, number>();
  const key = `${region} ${category}`;
  const [use] = quotaUses(view, bin, new Map([[key, counts.get(key) ?? 0]]));
  return use === undefined || (use.granted === 0 && use.requested === 0) ? null : use.used < use.granted;
}

/** The files that an employer's plans and requests of the year and the years to come ask for, region by region. */
export class GetEmployerChecklists extends Query<EmployerChecklistsAnswer> {
  constructor(
    readonly bin: string,
    readonly params: EmployerChecklistsParams,
  ) {
    super();
  }
}

@QueryHandler(GetEmployerChecklists)
export class GetEmployerChecklistsHandler implements IQueryHandler<GetEmployerChecklists> {
  constructor(private readonly reading: Reading) {}

  async execute({ bin, params }: GetEmployerChecklists): Promise<EmployerChecklistsAnswer> {
    const view = await this.reading.at(params);
    const { asOf: today } = view;
    const facts = standingFacts(view.historyOf(`employer-${bin}`)).filter(({ occurredOn }) => occurredOn <= today);
    if (facts.length === 0) throw unknown('employer', bin);
    const files = new Map<string, { year: number; region: string; request: FiledQuotaRequest | null }>();
    for (const fact of facts) {
      const { year, region } = fact.data;
      if (typeof year !== 'number' || typeof region !== 'string' || year < Number(today.slice(0, 4))) continue;
      const key = `${year} ${region}`;
      if (fact.type === 'QuotaNotNeeded') files.delete(key);
      if (fact.type === 'ForeignStaffPlanned' && !files.has(key)) files.set(key, { year, region, request: null });
      if (fact.type === 'QuotaRequested') files.set(key, { year, region, request: quotaRequestOf(fact) });
    }
    return {
      items: [...files.values()].flatMap(({ year, region, request }) =>
        employerChecklistsOf({ quotaRequest: request, today }, view.bookOf(bin)).map((checklist) => ({
          year,
          region,
          requestedOn: request?.on ?? null,
          ...checklist,
          blockedBy: [...checklist.blockedBy],
          slots: [...checklist.slots],
        })),
      ),
      ...view.envelope,
    };
  }
}
