import type { EpochDay } from '../domain/dates.js';
import type { WorkingCalendar } from './calendar.js';
import { dayNumberOf, daysFromCivil, plusMonths } from './days.js';
import type { Moment } from './schema.js';
import { DAYS, MISSING_DAYS, type Scope } from './vocabulary.js';

/** How a count of days ran, so that the trace can walk it again. */
export interface Count {
  readonly unit: 'business-days' | 'calendar-days' | 'months';
  readonly days: number;
  readonly direction: 'after' | 'before';
  /** The day the count starts from. Counting exclusively it is not day 1, inclusively it is. */
  readonly from: EpochDay;
  readonly inclusive: boolean;
}

/** Collects what a moment needs and leaves behind: one object for a whole assessment, so that no fact allocates. */
export interface Reckoning {
  readonly calendar: WorkingCalendar;
  /** Whether the trigger's day is day 1 of a count "after" it. */
  inclusive: boolean;
  /** Why the last day asked for is not known. */
  unknown: string | null;
  /** The outermost count of the last moment. */
  count: Count | null;
}

export type MomentOf = (scope: Scope, reckoning: Reckoning) => EpochDay | null;

/** Turns the law's description of a day into a function; throws a sentence for a name it does not know. */
export function compileMoment(moment: Moment): MomentOf {
  if (typeof moment === 'string') return compileTerm(moment);
  if ('businessDays' in moment) return businessDays(moment.businessDays, compileMoment(moment.after));
  if ('before' in moment) return calendarDaysBefore(moment.calendarDays, compileMoment(moment.before));
  if ('calendarDays' in moment) {
    return calendarDaysAfter(moment.calendarDays, compileMoment(moment.after), moment.endingOn === 'working-day');
  }
  if ('months' in moment) return months(moment.months, compileMoment(moment.after));
  if ('dayNumber' in moment) return dayInARow(moment.dayNumber, compileMoment(moment.from));
  if ('monthDay' in moment) return dayOfYear(moment.monthDay, moment.year, moment.yearsBefore ?? 0);
  if ('earliestOf' in moment) return extreme(moment.earliestOf.map(compileMoment), Math.min);
  if ('latestOf' in moment) return extreme(moment.latestOf.map(compileMoment), Math.max);
  const { unknown } = moment;
  return (_scope, reckoning) => {
    reckoning.unknown = unknown;
    return null;
  };
}

function compileTerm(term: string): MomentOf {
  if (term === 'occurredOn') return ({ day }) => day;
  if (term.startsWith('event.')) {
    const field = term.slice('event.'.length);
    return ({ fact }, reckoning) => {
      const day = dayNumberOf(fact.data[field]);
      if (day === null) reckoning.unknown = `the event ${fact.type} does not say ${field}`;
      return day;
    };
  }
  const read = DAYS[term];
  if (read === undefined) {
    throw new Error(
      `"${term}" is not a day the ledger knows. Write occurredOn, event.<field>, or one of ${Object.keys(DAYS).join(', ')}.`,
    );
  }
  return (scope, reckoning) => {
    const day = read(scope);
    if (day === null) reckoning.unknown = MISSING_DAYS[term] ?? `the facts do not tell the day "${term}"`;
    return day;
  };
}

function businessDays(days: number, after: MomentOf): MomentOf {
  return (scope, reckoning) => {
    const from = after(scope, reckoning);
    if (from === null) return null;
    reckoning.count = { unit: 'business-days', days, direction: 'after', from, inclusive: reckoning.inclusive };
    const day = reckoning.calendar.plus(from, days, reckoning.inclusive);
    if (day === null) reckoning.unknown = reckoning.calendar.unknownReason(from);
    return day;
  };
}

function calendarDaysAfter(days: number, after: MomentOf, toWorkingDay: boolean): MomentOf {
  return (scope, reckoning) => {
    const from = after(scope, reckoning);
    if (from === null) return null;
    reckoning.count = { unit: 'calendar-days', days, direction: 'after', from, inclusive: reckoning.inclusive };
    const day = from + days - (reckoning.inclusive ? 1 : 0);
    if (!toWorkingDay) return day;
    const worked = reckoning.calendar.firstNotBefore(day);
    if (worked === null) reckoning.unknown = reckoning.calendar.unknownReason(day);
    return worked;
  };
}

function calendarDaysBefore(days: number, before: MomentOf): MomentOf {
  return (scope, reckoning) => {
    const from = before(scope, reckoning);
    if (from === null) return null;
    reckoning.count = { unit: 'calendar-days', days, direction: 'before', from, inclusive: false };
    return from - days;
  };
}

function months(count: number, after: MomentOf): MomentOf {
  return (scope, reckoning) => {
    const from = after(scope, reckoning);
    if (from === null) return null;
    reckoning.count = { unit: 'months', days: count, direction: 'after', from, inclusive: false };
    return plusMonths(from, count);
  };
}

function dayInARow(number: number, from: MomentOf): MomentOf {
  return (scope, reckoning) => {
    const first = from(scope, reckoning);
    return first === null ? null : first + number - 1;
  };
}

function dayOfYear(monthDay: string, yearTerm: string, yearsBefore: number): MomentOf {
  const field = yearTerm.replace(/^event\./, '');
  const month = Number(monthDay.slice(0, 2));
  const day = Number(monthDay.slice(3, 5));
  return ({ fact }, reckoning) => {
    const year = Number(fact.data[field]);
    if (Number.isInteger(year)) return daysFromCivil(year - yearsBefore, month, day);
    reckoning.unknown = `the event ${fact.type} does not say ${field}`;
    return null;
  };
}

function extreme(moments: readonly MomentOf[], choose: (a: number, b: number) => number): MomentOf {
  return (scope, reckoning) => {
    let chosen: EpochDay | null = null;
    for (const moment of moments) {
      const day = moment(scope, reckoning);
      if (day !== null) chosen = chosen === null ? day : choose(chosen, day);
    }
    return chosen;
  };
}
