import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { z } from 'zod';
import { isDay } from '../../domain/dates.js';
import { standingFacts } from '../../domain/history.js';
import { checklistsOf, routeQuestion } from '../../law/checklists.js';
import { papersOf } from '../../law/papers.js';
import { assessRoute } from '../../law/routes.js';
import { sourceKinds } from '../../law/schema.js';
import { momentParams } from '../params.js';
import { Reading, unknown } from '../reading.js';

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

export const checklistsAnswer = z
  .object({
    route: z.object({ way: z.string(), title: z.string(), because: z.string(), ...source }),
    items: z.array(
      z
        .object({
          checklist: z.string(),
          title: z.string(),
          ready: z.enum(['yes', 'no', 'not-known']).meta({ description: 'Whether the file is ready to be handed in.' }),
          blockedBy: z.array(z.string()),
          next: z.string().nullable(),
          slots: z.array(slotAnswer),
          ...source,
        })
        .meta({ id: 'Checklist' }),
    ),
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
    const { book } = view.parts;
    const facts = standingFacts(view.historyOf(`worker-${worker}`)).filter(({ occurredOn }) => occurredOn <= today);
    const registered = facts.find(({ type }) => type === 'WorkerRegistered');
    if (registered === undefined) throw unknown('worker', worker);
    const isIndividual = view.sizeOn(String(registered.data['employerBin']))(today) === 'individual';
    const question = {
      papers: papersOf(facts),
      today,
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
