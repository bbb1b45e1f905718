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
