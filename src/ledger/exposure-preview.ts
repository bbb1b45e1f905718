import type { Day } from '../domain/dates.js';
import { type EmployerState, sizeOn } from '../domain/employer.js';
import type { WorkerState } from '../domain/worker.js';
import { type Assessment, assess } from '../law/assess.js';
import type { Circumstances, ImposedPenalty, SizeOn } from '../law/circumstances.js';
import { exposureOf, standingOn } from '../law/exposure.js';
import { PenaltyHistory, penaltiesIn } from '../law/penalty-history.js';
import type { StreamCache } from './stream-cache.js';
import type { Draft } from './stream-fold.js';

/** A sum over obligations: the minima and the maxima added up. Tenge are null where the index of the day is not known. */
export interface ExposureSum {
  readonly mciMin: number;
  readonly mciMax: number;
  readonly tengeMin: number | null;
  readonly tengeMax: number | null;
  readonly obligations: number;
}

export interface ExposureTotals {
  readonly accrued: ExposureSum;
  readonly atRisk: ExposureSum;
}

/** How far ahead a dry run looks for what is at risk, in calendar days; the default of the exposure report. */
const HORIZON_DAYS = 30;

const NOTHING: ExposureSum = { mciMin: 0, mciMax: 0, tengeMin: 0, tengeMax: 0, obligations: 0 };

/**
 * Tells the penalties of an employer that stand in other streams than one, as far as this process knows them: the write
 * side sees one stream at a time, and whether an offence is a repeat is a question about all of them.
 */
export type OtherPenalties = (employerBin: string, exceptStream: string) => readonly ImposedPenalty[];

/** A stream as it stands, or as it would stand with a draft. */
type Owner = Pick<Draft, 'fold' | 'state' | 'facts'>;

/** What the obligations of one stream would cost on a day, in the circumstances before and after a draft. */
export function previewExposure(
  before: { readonly assessment: Assessment; readonly circumstances: Circumstances },
  after: { readonly assessment: Assessment; readonly circumstances: Circumstances },
  asOf: Day,
): { readonly before: ExposureTotals; readonly after: ExposureTotals } {
  return {
    before: totals(before.assessment, asOf, before.circumstances),
    after: totals(after.assessment, asOf, after.circumstances),
  };
}

/** What the figures of a stream's obligations depend on: the employer's class by day and its penalties. */
export async function circumstancesOf(
  cache: StreamCache,
  owner: Owner,
  others: OtherPenalties,
): Promise<Circumstances> {
  const { fold, state } = owner;
  const sizeOn = await sizesOf(cache, owner);
  const bin = fold.kind === 'employer' ? fold.id : (state as WorkerState).employerBin;
  if (bin === null) return { sizeOn };
  const penalties = [...others(bin, fold.stream), ...ownPenalties(owner)];
  return penalties.length === 0 ? { sizeOn } : { sizeOn, penalties: new PenaltyHistory(penalties, fold.book) };
}

function ownPenalties({ fold, state, facts }: Owner): readonly ImposedPenalty[] {
  if (fold.kind === 'employer' || (state as WorkerState).penalised.length === 0) return [];
  let assessment: Assessment | undefined;
  return penaltiesIn(facts, fold.book, (id) => {
    assessment ??= assess(facts, fold.book, fold);
    return assessment.get(id);
  });
}

/** The classes of the employer whom a stream belongs to, by day. */
async function sizesOf(cache: StreamCache, draft: Pick<Draft, 'fold' | 'state'>): Promise<SizeOn> {
  if (draft.fold.kind === 'employer') return (day) => sizeOn(draft.state as EmployerState, day);
  const { employerBin } = draft.state as WorkerState;
  if (employerBin === null) return () => 'unknown';
  const employer = await cache.employer(employerBin);
  return (day) => sizeOn(employer, day);
}

function totals(assessment: Assessment, asOf: Day, circumstances: Circumstances): ExposureTotals {
  let accrued = NOTHING;
  let atRisk = NOTHING;
  for (const obligation of assessment.obligations()) {
    const standing = standingOn(obligation, asOf, HORIZON_DAYS, circumstances.penalties);
    if (standing === 'none') continue;
    const price = exposureOf(obligation, { asOf, book: assessment.book, ...circumstances });
    if (price === null) continue;
    if (standing === 'accrued') accrued = plus(accrued, price);
    else atRisk = plus(atRisk, price);
  }
  return { accrued, atRisk };
}

function plus(sum: ExposureSum, price: Omit<ExposureSum, 'obligations'>): ExposureSum {
  const add = (a: number | null, b: number | null) => (a === null || b === null ? null : a + b);
  return {
    mciMin: sum.mciMin + price.mciMin,
    mciMax: sum.mciMax + price.mciMax,
    tengeMin: add(sum.tengeMin, price.tengeMin),
    tengeMax: add(sum.tengeMax, price.tengeMax),
    obligations: sum.obligations + 1,
  };
}
