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
  return addImposed(sum, {
    penalties: 1,
    mci,
    tenge,
    paidTenge,
    outstandingTenge: left(tenge),
    reducedTenge: left(isHalvable ? reducedTenge : tenge),
  });
}

export function addImposed(a: ImposedSum, b: ImposedSum): ImposedSum {
  const add = (x: number | null, y: number | null) => (x === null || y === null ? null : x + y);
  return {
    penalties: a.penalties + b.penalties,
    mci: a.mci + b.mci,
    tenge: add(a.tenge, b.tenge),
    paidTenge: a.paidTenge + b.paidTenge,
    outstandingTenge: add(a.outstandingTenge, b.outstandingTenge),
    reducedTenge: add(a.reducedTenge, b.reducedTenge),
  };
}
