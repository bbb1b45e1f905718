import { setImmediate as nextTurn } from 'node:timers/promises';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { z } from 'zod';
import { standingFacts } from '../../domain/history.js';
import { type Conflict, conflictsOf, type History, impactOf, type ReadingImpact } from '../../law/conflicts.js';
import { sourceKinds } from '../../law/schema.js';
import { exposureSumAnswer } from '../answers.js';
import { addSums } from '../exposure-sums.js';
import { momentParams, obligationsParams } from '../params.js';
import { Reading, subjectOf, unknown, type View } from '../reading.js';
import { USUAL_HORIZON_DAYS } from './get-worker.js';

export const conflictsParams = momentParams.extend({
  employer: obligationsParams.shape.employer.meta({
    description: 'BIN of the employer (or IIN of an individual) for which each reading is priced. Default: none.',
  }),
});
export type ConflictsParams = z.output<typeof conflictsParams>;

const day = z.string().meta({ format: 'date' });

const impactAnswer = z
  .object({ reading: z.string(), applied: z.boolean(), accrued: exposureSumAnswer, atRisk: exposureSumAnswer })
  .meta({ id: 'ReadingImpact' });

const sideAnswer = z
  .object({
    reading: z
      .string()
      .nullable()
      .meta({ description: 'Name by which it can be chosen; null where nothing can be chosen.' }),
    applied: z.boolean(),
    says: z.string(),
    reference: z.string(),
    sourceKind: z.enum(sourceKinds),
    checkedOn: day,
    verified: z.boolean(),
  })
  .meta({ id: 'ConflictSide' });

export const conflictAnswer = z
  .object({
    name: z.string(),
    kind: z.enum(['rule', 'parameter', 'note']),
    title: z.string(),
    rows: z.array(z.string()),
    rule: z.string().nullable(),
    sides: z.array(sideAnswer),
    decided: z.string(),
    chosen: z
      .object({ eventId: z.string(), occurredOn: day, reading: z.string(), reason: z.string() })
      .nullable()
      .optional()
      .meta({
        description: 'The choice of the employer that counts; null where the default does. Only with `employer`.',
      }),
    impact: z
      .array(impactAnswer)
      .optional()
      .meta({
        description: `What all duties of the employer would cost under each reading: accrued, and at risk within ${USUAL_HORIZON_DAYS} days. A duty without a fine weighs nothing. Only with \`employer\`, and only where there are readings.`,
      }),
  })
  .meta({ id: 'Conflict' });

export const conflictsAnswer = z
  .object({ items: z.array(conflictAnswer), asOf: day, position: z.string(), ruleBook: z.string() })
  .meta({ id: 'ConflictList' });
export type ConflictsAnswer = z.output<typeof conflictsAnswer>;

/** Questions on which sources differ, and what each reading would mean for one employer. */
export class ListConflicts extends Query<ConflictsAnswer> {
  constructor(readonly params: ConflictsParams) {
    super();
  }
}

@QueryHandler(ListConflicts)
export class ListConflictsHandler implements IQueryHandler<ListConflicts> {
  constructor(private readonly reading: Reading) {}

  async execute({ params }: ListConflicts): Promise<ConflictsAnswer> {
    const view = await this.reading.at(params);
    const conflicts = conflictsOf(view.bookOf(params.employer ?? null));
    const impacts =
      params.employer === undefined ? NO_IMPACTS : await impactsFor(view, params.employer, conflicts.filter(isOpen));
    const choices = params.employer === undefined ? null : view.choicesOf(params.employer);
    const items = conflicts.map((one) => ({
      ...told(one, impacts.get(one.name)),
      ...(choices === null ? {} : { chosen: choices.get(one.name) ?? null }),
    }));
    return { items, ...view.envelope };
  }
}

type Impacts = ReadonlyMap<string, readonly ReadingImpact[]>;

const NO_IMPACTS: Impacts = new Map();

/** So many streams are assessed before others get their turn. */
const STREAMS_AT_ONCE = 50;

function isOpen({ kind }: Conflict): boolean {
  return kind !== 'note';
}

function told({ rows, sides, ...rest }: Conflict, impact: readonly ReadingImpact[] | undefined) {
  return {
    ...rest,
    rows: [...rows],
    sides: sides.map((side) => ({ ...side })),
    ...(impact === undefined ? {} : { impact: [...impact] }),
  };
}

/**
 * What each reading would mean for the employer's own stream and its workers, by the name of the conflict.
 * @throws Refusal 404 for an employer that is not known at the moment
 */
async function impactsFor(view: View, bin: string, conflicts: readonly Conflict[]): Promise<Impacts> {
  const streams = streamsOf(view, bin);
  const { asOf } = view;
  const book = view.bookOf(bin);
  const circumstances = view.circumstancesOf(bin);
  const impacts = new Map<string, readonly ReadingImpact[]>();
  for (let from = 0; from < streams.length; from += STREAMS_AT_ONCE) {
    const histories = streams.slice(from, from + STREAMS_AT_ONCE).map((stream) => historyOf(view, stream));
    for (const { name } of conflicts) {
      const impact = impactOf(name, { histories, asOf, ...circumstances, book, horizonDays: USUAL_HORIZON_DAYS });
      impacts.set(name, added(impacts.get(name), impact));
      await nextTurn();
    }
  }
  return impacts;
}

function added(before: readonly ReadingImpact[] | undefined, more: readonly ReadingImpact[]): readonly ReadingImpact[] {
  if (before === undefined) return more;
  return more.map((impact, index) => {
    const earlier = before[index];
    return earlier === undefined ? impact : { ...impact, ...addSums(earlier, impact) };
  });
}

/** The employer's own stream and those of everybody who is or was its worker. */
function streamsOf(view: View, bin: string): readonly string[] {
  const own = `employer-${bin}`;
  const isKnown = view.get(
    `SELECT 1 AS found FROM employers e
     WHERE e.bin = ? AND ${view.known('e')} AND e.valid_from <= ? AND e.valid_until > ?`,
    bin,
    view.asOf,
    view.asOf,
  );
  if (isKnown === undefined) throw unknown('employer', bin);
  const workers = view.all<{ readonly name: string }>(
    `SELECT DISTINCT s.name FROM status w INDEXED BY status_employer CROSS JOIN log.streams s ON s.number = w.stream
     WHERE w.employer = ? AND ${view.known('w')} ORDER BY w.stream`,
    bin,
  );
  return [own, ...workers.map(({ name }) => name)];
}

function historyOf(view: View, stream: string): History {
  return {
    subject: { kind: stream.startsWith('worker-') ? 'worker' : 'employer', id: subjectOf(stream) },
    facts: standingFacts(view.historyOf(stream)),
  };
}
