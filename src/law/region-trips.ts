import { type Day, daysBetween } from '../domain/dates.js';
import type { RuleBook } from './book.js';
import { dayNumber, dayText } from './days.js';
import { lastDayOf, type Papers } from './papers.js';

/** The business trips of one calendar year to one region that the permit is not for. */
export interface RegionTrips {
  readonly region: string;
  readonly year: number;
  /** Days up to the day asked about, first and last days counted. */
  readonly days: number;
  /** Days that the law allows; null where it names no number. */
  readonly limit: number | null;
  /** The last day within the limit; null where the trips, as far as they are known, do not go beyond it. */
  readonly lastDay: Day | null;
}

export const TRIP_LIMIT = 'regional-trip-days';

/**
 * Counts the days of business trips to each region outside that of the permit, by calendar year. A trip without an end goes
 * on: its days count until the day asked about, and `lastDay` is the day on which it will use up the limit.
 */
export function regionTrips({ trips, permits }: Papers, day: Day, book: RuleBook): readonly RegionTrips[] {
  const own = new Set(permits.filter((permit) => lastDayOf(permit) >= day).map(({ region }) => region));
  const counted = new Map<string, { region: string; year: number; days: number; used: number; lastDay: Day | null }>();
  for (const { region, from, until } of trips) {
    if (region === null || own.has(region)) continue;
    const lastYear = Number((until ?? day).slice(0, 4));
    for (let year = Number(from.slice(0, 4)); year <= Math.max(lastYear, Number(from.slice(0, 4))); year += 1) {
      const [first, end] = [later(from, `${year}-01-01`), earlier(until ?? `${year}-12-31`, `${year}-12-31`)];
      const key = `${region} ${year}`;
      const sum = counted.get(key) ?? { region, year, days: 0, used: 0, lastDay: null };
      const limit = book.parameters.limitOn(TRIP_LIMIT, '', dayNumber(first));
      const length = daysBetween(first, end) + 1;
      if (limit !== null && sum.lastDay === null && sum.used + length > limit)
        sum.lastDay = dayText(dayNumber(first) + limit - sum.used - 1);
      sum.used += length;
      sum.days += Math.max(0, daysBetween(first, earlier(end, day)) + 1);
      counted.set(key, sum);
    }
  }
  return [...counted.values()].map(({ region, year, days, lastDay }) => ({
    region,
    year,
    days,
    limit: book.parameters.limitOn(TRIP_LIMIT, '', dayNumber(`${year}-12-31`)),
    lastDay,
  }));
}

function later(a: Day, b: Day): Day {
  return a > b ? a : b;
}

function earlier(a: Day, b: Day): Day {
  return a < b ? a : b;
}
