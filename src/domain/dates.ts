import { Temporal } from 'temporal-polyfill';

/** A civil date in Kazakhstan, `YYYY-MM-DD`. Days compare as strings. */
export type Day = string;

/** Whole days since 1970-01-01; the unit of all deadline arithmetic. */
export type EpochDay = number;

/** The zone of legal dates: all of Kazakhstan has kept the time of Almaty (UTC+5) since 1 March 2024. */
export const LEGAL_ZONE = 'Asia/Almaty';

const MS_PER_DAY = 86_400_000;
const DAY_PATTERN = /^\d{4}-\d{2}-\d{2}$/;

/** Says whether a text is a date that exists, from year 1900 to 2199. */
export function isDay(text: string): text is Day {
  if (!DAY_PATTERN.test(text) || text < '1900-01-01' || text > '2199-12-31') return false;
  return fromEpochDay(toEpochDay(text)) === text;
}

/** Converts a valid day to whole days since 1970-01-01. An impossible day gives another day's number: check first. */
export function toEpochDay(day: Day): EpochDay {
  return Date.UTC(Number(day.slice(0, 4)), Number(day.slice(5, 7)) - 1, Number(day.slice(8, 10))) / MS_PER_DAY;
}

/** The inverse of `toEpochDay`. */
export function fromEpochDay(epochDay: EpochDay): Day {
  return new Date(epochDay * MS_PER_DAY).toISOString().slice(0, 10);
}

/** Moves a day by whole calendar days. */
export function addDays(day: Day, days: number): Day {
  return fromEpochDay(toEpochDay(day) + days);
}

/** Moves a day by calendar months; a day that the month lacks becomes the month's last (31 January + 1 = 28 February). */
export function addMonths(day: Day, months: number): Day {
  return Temporal.PlainDate.from(day).add({ months }, { overflow: 'constrain' }).toString();
}

/** Moves a day by calendar years; 29 February becomes 28 February in a common year. */
export function addYears(day: Day, years: number): Day {
  return addMonths(day, 12 * years);
}

/** Calendar days from one day to another; negative when `until` is the earlier one. */
export function daysBetween(from: Day, until: Day): number {
  return toEpochDay(until) - toEpochDay(from);
}

/** The day of the week, 1 = Monday ... 7 = Sunday. */
export function isoWeekday(epochDay: EpochDay): number {
  return ((((epochDay + 3) % 7) + 7) % 7) + 1;
}

/** The civil date in Kazakhstan at an instant (RFC 3339, any offset). */
export function legalDayOf(instant: string): Day {
  return Temporal.Instant.from(instant).toZonedDateTimeISO(LEGAL_ZONE).toPlainDate().toString();
}

/** The last instant of a day in Kazakhstan as RFC 3339 in UTC, to the millisecond. */
export function endOfLegalDay(day: Day): string {
  const next = Temporal.PlainDate.from(day).add({ days: 1 }).toZonedDateTime(LEGAL_ZONE).toInstant();
  return new Date(next.epochMilliseconds - 1).toISOString();
}
