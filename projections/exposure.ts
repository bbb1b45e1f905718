import type { Day } from '../src/domain/dates.js';
import type { ImposedPenalty } from '../src/law/circumstances.js';
import type { Exposure } from '../src/law/exposure.js';

/** What many obligations cost together: the minima and the maxima added. Whole MCI, whole tenge. */
export interface ExposureSum {
  readonly mciMin: number;
  readonly mciMax: number;
  /** Null when the value of the MCI on the as-of day is not known: nothing is extrapolated. */
  readonly tengeMin: number | null;
  readonly tengeMax: number | null;
  readonly obligations: number;
}

export const NO_EXPOSURE: ExposureSum = { mciMin: 0, mciMax: 0, tengeMin: 0, tengeMax: 0, obligations: 0 };

/** Adds `count` obligations of one price. */
export function plusExposure(sum: ExposureSum, price: Exposure, count: number): ExposureSum {
  return {
    mciMin: sum.mciMin + price.mciMin * count,
    mciMax: sum.mciMax + price.mciMax * count,
    tengeMin: plusTenge(sum.tengeMin, price.tengeMin, count),
    tengeMax: plusTenge(sum.tengeMax, price.tengeMax, count),
    obligations: sum.obligations + count,
  };
}

function plusTenge(sum: number | null, tenge: number | null, count: number): number | null {
  return sum === null || tenge === null ? null : sum + tenge * count;
}

/** What penalties that were imposed come to on a day. It is no part of what has accrued. */
export interface ImposedSum {
  readonly penalties: number;
  readonly mci: number;
  /** Null when the value of the MCI of one of them is not known. */
  readonly tenge: number | null;
  readonly paidTenge: number;
  /** What is still to be paid of those that are not settled. */
  readonly outstandingTenge: number | null;
  /** What settles them if it is paid on that day: half, less what was paid, where the days for it still run. */
  readonly reducedTenge: number | null;
}

export const NOTHING_IMPOSED: ImposedSum = {
  penalties: 0,
  mci: 0,
  tenge: 0,
  paidTenge: 0,
  outstandingTenge: 0,
  reducedTenge: 0,
};

/** Adds a penalty as it stood on a day. */
export function plusImposed(sum: ImposedSum, penalty: ImposedPenalty, asOf: Day): ImposedSum {
  const { mci, tenge, reducedTenge, reducedUntil, paidTenge, executedOn } = penalty;
  const left = (whole: number | null) =>
    executedOn !== null ? 0 : whole === null ? null : Math.max(0, whole - paidTenge);
  const isHalvable = reducedTenge !== null && reducedUntil !== null && asOf <= reducedUntil;
  const add = (a: number | null, b: number | null) => (a === null || b === null ? null : a + b);
  return {
    penalties: sum.penalties + 1,
    mci: sum.mci + mci,
    tenge: add(sum.tenge, tenge),
    paidTenge: sum.paidTenge + paidTenge,
    outstandingTenge: add(sum.outstandingTenge, left(tenge)),
    reducedTenge: add(sum.reducedTenge, left(isHalvable ? reducedTenge : tenge)),
  };
}
