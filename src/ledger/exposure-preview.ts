import type { Day } from '../domain/dates.js';
import { type EmployerState, sizeOn } from '../domain/employer.js';
import type { WorkerState } from '../domain/worker.js';
import type { Assessment } from '../law/assess.js';
import { exposureOf, type SizeOn, standingOn } from '../law/exposure.js';
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

/** What the obligations of one stream would cost on a day, before and after a draft. */
export async function previewExposure(
  cache: StreamCache,
  draft: Draft,
  { before, after, asOf }: { readonly before: Assessment; readonly after: Assessment; readonly asOf: Day },
): Promise<{ readonly before: ExposureTotals; readonly after: ExposureTotals }> {
  const sizes = await sizesOf(cache, draft);
  return { before: totals(before, asOf, sizes), after: totals(after, asOf, sizes) };
}

/** The classes of the employer whom a stream belongs to, by day. */
export async function sizesOf(cache: StreamCache, draft: Pick<Draft, 'fold' | 'state'>): Promise<SizeOn> {
  if (draft.fold.kind === 'employer') return (day) => sizeOn(draft.state as EmployerState, day);
  const { employerBin } = draft.state as WorkerState;
  if (employerBin === null) return () => 'unknown';
  const employer = await cache.employer(employerBin);
  return (day) => sizeOn(employer, day);
}

function totals(assessment: Assessment, asOf: Day, sizes: SizeOn): ExposureTotals {
  let accrued = NOTHING;
  let atRisk = NOTHING;
  for (const obligation of assessment.obligations()) {
    const standing = standingOn(obligation, asOf, HORIZON_DAYS);
    if (standing === 'none') continue;
    const price = exposureOf(obligation, { asOf, sizeOn: sizes, book: assessment.book });
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
