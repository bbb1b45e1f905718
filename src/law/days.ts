import type { Day, EpochDay } from '../domain/dates.js';

/** Days that were once written as text; a ledger names the same few thousand days again and again. */
const texts: string[] = [];
const FIRST_CACHED = -25_567; // 1900-01-01
const LAST_CACHED = 84_005; // 2199-12-31

/** Reads a valid civil date as whole days since 1970-01-01, about ten times faster than through `Date`. */
export function dayNumber(day: Day): EpochDay {
  const year = digits(day, 0) * 100 + digits(day, 2);
  return daysFromCivil(year, digits(day, 5), digits(day, 8));
}

/** Reads a field that should hold a civil date; null when it holds something else. */
export function dayNumberOf(value: unknown): EpochDay | null {
  return typeof value === 'string' && value.length === 10 ? dayNumber(value) : null;
}

/** The inverse of `dayNumber`. */
export function dayText(day: EpochDay): Day {
  if (day < FIRST_CACHED || day > LAST_CACHED) return written(day);
  const index = day - FIRST_CACHED;
  const known = texts[index];
  if (known !== undefined) return known;
  const text = written(day);
  texts[index] = text;
  return text;
}

export function dayTextOrNull(day: EpochDay | null): Day | null {
  return day === null ? null : dayText(day);
}

/** Moves a day by calendar months; a day that the month lacks becomes the month's last (31 December + 2 = 28 February). */
export function plusMonths(day: EpochDay, months: number): EpochDay {
  const text = dayText(day);
  const monthIndex = (digits(text, 0) * 100 + digits(text, 2)) * 12 + digits(text, 5) - 1 + months;
  const year = Math.floor(monthIndex / 12);
  const month = monthIndex - year * 12 + 1;
  return daysFromCivil(year, month, Math.min(digits(text, 8), monthLength(year, month)));
}

/** The year of a day. */
export function yearOf(day: EpochDay): number {
  return Number(dayText(day).slice(0, 4));
}

/** The number of a civil date, after Howard Hinnant's algorithm for the Gregorian calendar. */
export function daysFromCivil(year: number, month: number, day: number): EpochDay {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

function monthLength(year: number, month: number): number {
  return daysFromCivil(month === 12 ? year + 1 : year, month === 12 ? 1 : month + 1, 1) - daysFromCivil(year, month, 1);
}

function digits(text: string, at: number): number {
  return (text.charCodeAt(at) - 48) * 10 + text.charCodeAt(at + 1) - 48;
}

function written(day: EpochDay): Day {
  return new Date(day * 86_400_000).toISOString().slice(0, 10);
}
