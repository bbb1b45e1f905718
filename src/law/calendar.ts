import { type Day, type EpochDay, isoWeekday } from '../domain/dates.js';
import { dayNumber, daysFromCivil, dayText, yearOf } from './days.js';
import type { CalendarFile } from './schema.js';

/** A day that differs from the plain week, with the reason and, for a transfer, the act that made it. */
export interface SpecialDay {
  readonly on: Day;
  readonly kind: 'holiday' | 'substitute' | 'day-off' | 'working';
  readonly why: string;
  readonly decree?: string | undefined;
}

/** What the calendar says about one day. */
export interface CalendarDay {
  readonly date: Day;
  readonly working: boolean;
  readonly why: string;
  readonly decree: string | null;
  readonly verified: boolean;
}

/** A step that left the years the calendar knows. */
export interface OutsideCalendar {
  readonly year: number;
}

/**
 * The working days of the five-day week with the official holidays and transfers. Arithmetic is a look-up: `before` counts
 * the working days up to each day, `nth` lists them, so no deadline walks.
 */
export class WorkingCalendar {
  readonly firstYear: number;
  readonly lastYear: number;
  readonly #first: EpochDay;
  readonly #last: EpochDay;
  /** Working days among the days from the first of the calendar to this one, both counted. */
  readonly #upTo: Int32Array;
  readonly #nth: Int32Array;
  readonly #special: ReadonlyMap<EpochDay, SpecialDay>;
  readonly #unverifiedYears: ReadonlySet<number>;

  /** Takes one file per year, without gaps between the years. */
  constructor(files: readonly CalendarFile[]) {
    const years = files.map(({ calendar }) => calendar).sort((a, b) => a - b);
    this.firstYear = years[0] ?? 0;
    this.lastYear = years.at(-1) ?? -1;
    this.#first = daysFromCivil(this.firstYear, 1, 1);
    this.#last = daysFromCivil(this.lastYear, 12, 31);
    this.#special = new Map(
      files.flatMap(({ days }) => days.toSorted(weakestFirst).map((day) => [dayNumber(day.on), day] as const)),
    );
    this.#unverifiedYears = new Set(files.filter(({ verified }) => !verified).map(({ calendar }) => calendar));
    const length = this.#last - this.#first + 1;
    this.#upTo = new Int32Array(Math.max(0, length));
    const nth: number[] = [];
    for (let index = 0; index < length; index++) {
      if (this.#isWorkingByRule(this.#first + index)) nth.push(this.#first + index);
      this.#upTo[index] = nth.length;
    }
    this.#nth = Int32Array.from(nth);
  }

  knows(day: EpochDay): boolean {
    return day >= this.#first && day <= this.#last;
  }

  /** Whether a known day is worked. */
  isWorking(day: EpochDay): boolean {
    return this.#count(day) !== this.#count(day - 1);
  }

  /**
   * The n-th working day after a day. Exclusive counting (the usual one) makes the next working day the first; inclusive
   * counting starts with the day itself when it is worked. Null when the count leaves the known years.
   */
  plus(day: EpochDay, workingDays: number, inclusive = false): EpochDay | null {
    if (!this.knows(day)) return null;
    const passed = this.#count(inclusive ? day - 1 : day);
    return this.#nth[passed + workingDays - 1] ?? null;
  }

  /** The last working day not after a day; null outside the known years. */
  lastNotAfter(day: EpochDay): EpochDay | null {
    return this.knows(day) ? (this.#nth[this.#count(day) - 1] ?? null) : null;
  }

  /** The first working day not before a day; null outside the known years. */
  firstNotBefore(day: EpochDay): EpochDay | null {
    return this.knows(day) ? (this.#nth[this.#count(day - 1)] ?? null) : null;
  }

  /** Says in a sentence why a day, or a count from it, cannot be known. */
  unknownReason(day: EpochDay): string {
    const year = this.knows(day) ? this.lastYear + 1 : yearOf(day);
    const yet = year > this.lastYear ? ' yet' : '';
    return `the calendar of working days of ${year} is not known${yet}`;
  }

  describe(day: EpochDay): CalendarDay | null {
    if (!this.knows(day)) return null;
    const special = this.#special.get(day);
    const weekend = isoWeekday(day) >= 6;
    return {
      date: dayText(day),
      working: this.isWorking(day),
      why: special?.why ?? (weekend ? (WEEKDAYS[isoWeekday(day) - 6] ?? 'weekend') : 'working day'),
      decree: special?.decree ?? null,
      verified: !this.#unverifiedYears.has(yearOf(day)),
    };
  }

  #count(day: EpochDay): number {
    return this.#upTo[day - this.#first] ?? 0;
  }

  #isWorkingByRule(day: EpochDay): boolean {
    const special = this.#special.get(day);
    if (special !== undefined) return special.kind === 'working';
    return isoWeekday(day) <= 5;
  }
}

const WEEKDAYS = ['Saturday', 'Sunday'];

/** A transfer speaks last where a day is a holiday and was moved as well. */
function weakestFirst(a: SpecialDay, b: SpecialDay): number {
  return Number(isTransfer(a)) - Number(isTransfer(b));
}

function isTransfer({ kind }: SpecialDay): boolean {
  return kind === 'working' || kind === 'day-off';
}
