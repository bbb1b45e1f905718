import { type ExposureSum, NO_EXPOSURE, plusExposure } from '../../projections/exposure.js';
import type { Day } from '../domain/dates.js';
import type { RuleBook } from '../law/book.js';
import type { Circumstances } from '../law/circumstances.js';
import { exposureOf, type MciUsed, mciOn, standingOn } from '../law/exposure.js';
import type { Obligation } from '../law/obligation.js';
import type { StandingSums } from '../reading/exposure-sums.js';

interface Amount {
  readonly mciMin: number;
  readonly mciMax: number;
}

/**
 * What one stream's obligations cost, day after day. What has accrued and cannot end by itself is summed up once; only what
 * may still move is looked at again, so that a long history costs the same at each step.
 */
export class RunningCost {
  readonly #book: RuleBook;
  readonly #horizonDays: number;
  /** Obligations that may cost something, or something else, on another day. */
  readonly #moving = new Map<string, Obligation>();
  /** Accrued until an event touches them. */
  readonly #settled = new Map<string, { readonly obligation: Obligation; readonly amount: Amount }>();
  #settledSum = { mciMin: 0, mciMax: 0 };
  #circumstances: Circumstances | null = null;
  #lastDay: Day = '';

  constructor(book: RuleBook, horizonDays: number) {
    this.#book = book;
    this.#horizonDays = horizonDays;
  }

  /** Takes an obligation as it now stands. */
  set(obligation: Obligation): void {
    const { id, penalty, responsible } = obligation;
    this.#unsettle(id);
    if (penalty !== null && responsible === 'employer') this.#moving.set(id, obligation);
    else this.#moving.delete(id);
  }

  forget(): void {
    this.#moving.clear();
    this.#settled.clear();
    this.#settledSum = { mciMin: 0, mciMax: 0 };
  }

  /**
   * The sums as of a day. The same circumstances again say that nothing changed in between.
   * @param onlyForward whether no earlier day will be asked for, unless everything is set anew before
   */
  on(asOf: Day, circumstances: Circumstances, { onlyForward }: { readonly onlyForward: boolean }): StandingSums {
    const { penalties } = circumstances;
    if (circumstances !== this.#circumstances || asOf < this.#lastDay) {
      for (const { obligation } of this.#settled.values()) this.#moving.set(obligation.id, obligation);
      this.#settled.clear();
      this.#settledSum = { mciMin: 0, mciMax: 0 };
      this.#circumstances = circumstances;
    }
    this.#lastDay = asOf;
    const mci = mciOn(this.#book, asOf);
    let accrued = NO_EXPOSURE;
    let atRisk = NO_EXPOSURE;
    for (const [id, obligation] of this.#moving) {
      const standing = standingOn(obligation, asOf, this.#horizonDays, penalties);
      if (standing === 'none') {
        if (onlyForward && obligation.accruesUntil !== null && obligation.accruesUntil <= asOf) this.#moving.delete(id);
        continue;
      }
      const price = exposureOf(obligation, { asOf, book: this.#book, ...circumstances });
      if (price === null) continue;
      if (standing === 'atRisk') atRisk = plusExposure(atRisk, price, 1);
      // Its own penalty makes it cost nothing on its day and something else from the day after.
      else if (obligation.accruesUntil === null && penalties?.concerns(id) !== true) this.#settle(obligation, price);
      else accrued = plusExposure(accrued, price, 1);
    }
    return { accrued: added(accrued, this.#settledSum, this.#settled.size, mci), atRisk };
  }

  #settle(obligation: Obligation, { mciMin, mciMax }: Amount): void {
    this.#moving.delete(obligation.id);
    this.#settled.set(obligation.id, { obligation, amount: { mciMin, mciMax } });
    this.#settledSum.mciMin += mciMin;
    this.#settledSum.mciMax += mciMax;
  }

  #unsettle(id: string): void {
    const known = this.#settled.get(id);
    if (known === undefined) return;
    this.#settled.delete(id);
    this.#settledSum.mciMin -= known.amount.mciMin;
    this.#settledSum.mciMax -= known.amount.mciMax;
  }
}

/** All fines of one day have one value of the MCI, so MCI can be added first and turned into tenge once. */
function added(sum: ExposureSum, { mciMin, mciMax }: Amount, obligations: number, mci: MciUsed): ExposureSum {
  const tenge = (former: number | null, amount: number) =>
    amount === 0 ? former : former === null || mci.value === null ? null : former + amount * mci.value;
  return {
    mciMin: sum.mciMin + mciMin,
    mciMax: sum.mciMax + mciMax,
    tengeMin: tenge(sum.tengeMin, mciMin),
    tengeMax: tenge(sum.tengeMax, mciMax),
    obligations: sum.obligations + obligations,
  };
}
