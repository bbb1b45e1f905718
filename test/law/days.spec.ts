import { describe, expect, it } from '@jest/globals';
import { WorkingCalendar } from '../../src/law/calendar.js';
import {
  dayNumber,
  dayNumberOf,
  daysFromCivil,
  dayText,
  dayTextOrNull,
  plusMonths,
  yearOf,
} from '../../src/law/days.js';
import type { CalendarFile } from '../../src/law/schema.js';

const SOURCE = { reference: 'A law', sourceKind: 'law', checkedOn: '2026-11-22', verified: true } as const;
const year = (calendar: number, days: CalendarFile['days'], verified = true): CalendarFile => ({
  calendar,
  forecast: false,
  days,
  ...SOURCE,
  verified,
});

describe('days beyond the usual years', () => {
  it.each([
    '0001-01-01',
    '0400-02-29',
    '1582-10-15',
    '1899-12-31',
    '1900-01-01',
    '2199-12-31',
    '2200-01-01',
    '2400-02-29',
    '9999-12-31',
  ])('%s is read and written, the second time as the first', (day) => {
    expect(dayText(dayNumber(day))).toBe(day);
    expect(dayText(dayNumber(day))).toBe(day);
    expect(dayNumber(day)).toBe(Date.parse(`${day}T00:00:00Z`) / 86_400_000);
  });

  it('are null where no day is written', () => {
    expect([dayNumberOf('2026-01-01'), dayNumberOf('2026-1-1'), dayNumberOf(2026), dayNumberOf(null)]).toEqual([
      20_454,
      null,
      null,
      null,
    ]);
    expect([dayTextOrNull(20_454), dayTextOrNull(null), dayTextOrNull(0)]).toEqual(['2026-01-01', null, '1970-01-01']);
  });

  it.each([
    ['2026-01-31', -2, '2025-11-30'],
    ['2026-03-31', -1, '2026-02-28'],
    ['2026-01-15', -13, '2024-12-15'],
    ['2026-12-31', 0, '2026-12-31'],
    ['2026-11-30', 1, '2026-12-30'],
    ['2026-10-31', 2, '2026-12-31'],
    ['2026-12-31', 12, '2027-12-31'],
    ['2024-02-29', 12, '2025-02-28'],
    ['2024-02-29', 48, '2028-02-29'],
  ])('%s moved by %i months is %s', (from, months, to) => {
    expect(dayText(plusMonths(dayNumber(from), months))).toBe(to);
  });

  it('have a year', () => {
    expect(yearOf(daysFromCivil(2026, 12, 31))).toBe(2026);
    expect(yearOf(daysFromCivil(2027, 1, 1))).toBe(2027);
  });
});

describe('a calendar made by hand', () => {
  // 2027 is given before 2026; 1 January 2027 is a Friday.
  const calendar = new WorkingCalendar([
    year(2027, [
      { on: '2027-01-01', kind: 'holiday', why: 'New Year' },
      { on: '2027-01-05', kind: 'working', why: 'worked instead of 2027-01-08', decree: 'decree 1' },
      { on: '2027-01-05', kind: 'holiday', why: 'a feast' },
      { on: '2027-01-08', kind: 'holiday', why: 'another feast' },
      { on: '2027-01-08', kind: 'day-off', why: 'moved here' },
      { on: '2027-01-08', kind: 'substitute', why: 'for a Saturday' },
      { on: '2027-01-09', kind: 'working', why: 'worked instead' },
    ]),
    year(2026, [], false),
  ]);
  const at = (day: string) => calendar.describe(dayNumber(day));

  it('knows its years from the first day to the last', () => {
    expect([calendar.firstYear, calendar.lastYear]).toEqual([2026, 2027]);
    expect(
      ['2025-12-31', '2026-01-01', '2027-12-31', '2028-01-01'].map((day) => calendar.knows(dayNumber(day))),
    ).toEqual([false, true, true, false]);
    expect([at('2025-12-31'), at('2028-01-01')]).toEqual([null, null]);
  });

  it('lets a transfer speak last on a day that is a holiday as well', () => {
    expect(at('2027-01-05')).toEqual({
      date: '2027-01-05',
      working: true,
      why: 'worked instead of 2027-01-08',
      decree: 'decree 1',
      verified: true,
    });
    expect(at('2027-01-08')).toMatchObject({ working: false, why: 'moved here', decree: null });
    expect(at('2027-01-09')).toMatchObject({ working: true, why: 'worked instead' });
    expect(at('2027-01-10')).toMatchObject({ working: false, why: 'Sunday' });
    expect(at('2026-12-31')).toMatchObject({ working: true, why: 'working day', verified: false });
  });

  it('counts over the end of a year', () => {
    const plus = (day: string, count: number, inclusive = false) => {
      const found = calendar.plus(dayNumber(day), count, inclusive);
      return found === null ? null : dayText(found);
    };
    expect([plus('2026-12-31', 1), plus('2026-12-31', 1, true), plus('2027-01-07', 1)]).toEqual([
      '2027-01-04',
      '2026-12-31',
      '2027-01-09',
    ]);
    expect([plus('2025-12-31', 1), plus('2027-12-31', 1), plus('2027-12-31', 1, true)]).toEqual([
      null,
      null,
      '2027-12-31',
    ]);
    expect(plus('2026-01-01', 1, true)).toBe('2026-01-01');
  });

  it('says of a year before it that it is not known, and of one after it that it is not known yet', () => {
    const reason = (day: string) => calendar.unknownReason(dayNumber(day));
    expect(reason('2025-12-31')).toBe('the calendar of working days of 2025 is not known');
    expect(reason('2026-01-01')).toBe('the calendar of working days of 2028 is not known yet');
    expect(reason('2028-01-01')).toBe('the calendar of working days of 2028 is not known yet');
    expect(reason('2031-01-01')).toBe('the calendar of working days of 2031 is not known yet');
  });

  it('knows no day without a file', () => {
    const empty = new WorkingCalendar([]);
    expect(empty.knows(0)).toBe(false);
    expect(empty.plus(dayNumber('2026-01-01'), 1)).toBeNull();
  });
});
