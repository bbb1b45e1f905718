import { describe, expect, it } from '@jest/globals';
import Holidays from 'date-holidays';
import { isoWeekday } from '../../src/domain/dates.js';
import { loadRuleBook } from '../../src/law/book.js';
import { dayNumber, daysFromCivil, dayText, plusMonths } from '../../src/law/days.js';

const { calendar } = loadRuleBook();

/** Arrival, the third working day counted exclusively, and counted inclusively. */
const GOLDEN = [
  ['2026-01-05', '2026-01-09', '2026-01-08', '7 January inside'],
  ['2026-03-19', '2026-03-27', '2026-03-26', 'the chain of Nauryz'],
  ['2026-03-20', '2026-03-30', '2026-03-27', 'the chain of Nauryz and a weekend'],
  ['2026-05-06', '2026-05-13', '2026-05-12', '7 May, and 9 May moved to the 11th'],
  ['2026-08-28', '2026-09-02', '2026-09-01', '31 August 2026 is worked'],
  ['2026-10-23', '2026-10-29', '2026-10-28', 'the day off of 26 October'],
  ['2026-12-15', '2026-12-21', '2026-12-18', '16 December'],
  ['2024-05-03', '2024-05-10', '2024-05-06', 'a worked Saturday and a bridge day'],
  ['2022-05-06', '2022-05-13', '2022-05-12', '9 and 10 May'],
  ['2020-12-16', '2020-12-22', '2020-12-22', 'an arrival on a holiday, and a worked Sunday'],
  ['2025-01-03', '2025-01-08', '2025-01-08', 'a bridge Friday and a worked Sunday'],
] as const;

/** Weekdays on which date-holidays is known to be wrong: it knows no transfers and loses days of a chain. */
const KNOWN_DIFFERENCES: Readonly<Record<string, 'off' | 'working'>> = {
  '2019-05-10': 'off',
  '2020-01-03': 'off',
  '2020-03-25': 'off',
  '2020-05-08': 'off',
  '2020-05-11': 'working',
  '2020-12-18': 'off',
  '2021-03-24': 'off',
  '2021-07-05': 'off',
  '2022-03-07': 'off',
  '2022-05-10': 'off',
  '2022-08-29': 'off',
  '2022-10-24': 'off',
  '2023-07-07': 'off',
  '2024-05-08': 'off',
  '2025-01-03': 'off',
  '2026-03-16': 'working',
  '2026-03-25': 'off',
  '2027-03-24': 'off',
};
const WORKED_WEEKENDS = [
  '2019-05-04',
  '2020-01-05',
  '2020-12-20',
  '2021-07-03',
  '2022-03-05',
  '2022-08-27',
  '2022-10-22',
  '2023-07-01',
  '2024-05-04',
  '2025-01-05',
];

describe('the calendar of working days', () => {
  it.each(GOLDEN.map((row) => [...row]))(
    'counts three days from %s to %s, inclusively to %s (%s)',
    (from = '', exclusive, inclusive) => {
      const start = dayNumber(from);
      expect(dayText(calendar.plus(start, 3) ?? 0)).toBe(exclusive);
      expect(dayText(calendar.plus(start, 3, true) ?? 0)).toBe(inclusive);
    },
  );

  it('agrees with date-holidays on every weekday but the known ones', () => {
    const holidays = new Holidays('KZ');
    const differences: Record<string, 'off' | 'working'> = {};
    for (let year = 2019; year <= 2028; year++) {
      const theirs = new Set(
        holidays
          .getHolidays(year)
          .filter(({ type }) => type === 'public')
          .map(({ date }) => date.slice(0, 10)),
      );
      for (let day = daysFromCivil(year, 1, 1); day <= daysFromCivil(year, 12, 31); day++) {
        if (isoWeekday(day) > 5) continue;
        const ours = calendar.isWorking(day);
        if (ours === theirs.has(dayText(day))) differences[dayText(day)] = ours ? 'working' : 'off';
      }
    }
    expect(differences).toEqual(KNOWN_DIFFERENCES);
  });

  it('knows the weekends that were worked, and no others', () => {
    const worked: string[] = [];
    for (let day = daysFromCivil(2019, 1, 1); day <= daysFromCivil(2028, 12, 31); day++) {
      if (isoWeekday(day) > 5 && calendar.isWorking(day)) worked.push(dayText(day));
    }
    expect(worked).toEqual(WORKED_WEEKENDS);
  });

  it('tells each day with its reason and the act behind a transfer', () => {
    expect(calendar.describe(dayNumber('2026-05-11'))).toEqual({
      date: '2026-05-11',
      working: false,
      why: 'day off for Victory Day of 2026-05-09, a Saturday',
      decree: null,
      verified: true,
    });
    expect(calendar.describe(dayNumber('2024-05-04'))).toMatchObject({
      working: true,
      decree: 'ministry order not at hand',
    });
    expect(calendar.describe(dayNumber('2026-11-21'))).toMatchObject({ working: false, why: 'Saturday' });
    expect(calendar.describe(dayNumber('2026-11-22'))).toMatchObject({ working: false, why: 'Sunday' });
    expect(calendar.describe(dayNumber('2026-11-23'))).toMatchObject({ working: true, why: 'working day' });
    expect(calendar.describe(dayNumber('2027-11-23'))).toMatchObject({ verified: false });
  });

  it('agrees with a walk, day by day, on ten thousand counts', () => {
    let seed = 20_261_122;
    const random = (most: number) => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % most;
    };
    const wrong: string[] = [];
    for (let round = 0; round < 10_000; round++) {
      const from = daysFromCivil(2019, 1, 1) + random(3500);
      const count = 1 + random(20);
      const inclusive = random(2) === 1;
      let day = inclusive ? from - 1 : from;
      for (let left = count; left > 0; ) {
        day++;
        if (calendar.isWorking(day)) left--;
      }
      if (calendar.plus(from, count, inclusive) !== day) wrong.push(`${dayText(from)} plus ${count}`);
    }
    expect(wrong).toEqual([]);
  });

  it('does not guess beyond its years', () => {
    expect(calendar.plus(dayNumber('2028-12-29'), 1)).toBeNull();
    expect(dayText(calendar.plus(dayNumber('2028-12-28'), 1) ?? 0)).toBe('2028-12-29');
    expect(calendar.plus(dayNumber('2018-12-31'), 1)).toBeNull();
    expect(dayText(calendar.plus(dayNumber('2019-01-01'), 1) ?? 0)).toBe('2019-01-03');
    expect(calendar.lastNotAfter(dayNumber('2029-01-01'))).toBeNull();
    expect(calendar.firstNotBefore(dayNumber('2018-12-31'))).toBeNull();
    expect(calendar.describe(dayNumber('2029-01-01'))).toBeNull();
    expect(calendar.unknownReason(dayNumber('2028-12-29'))).toBe(
      'the calendar of working days of 2029 is not known yet',
    );
    expect(calendar.unknownReason(dayNumber('2017-03-01'))).toBe('the calendar of working days of 2017 is not known');
  });

  it('finds the working day not after and not before a day', () => {
    expect(dayText(calendar.lastNotAfter(dayNumber('2027-02-28')) ?? 0)).toBe('2027-02-26');
    expect(dayText(calendar.lastNotAfter(dayNumber('2026-12-01')) ?? 0)).toBe('2026-12-01');
    expect(dayText(calendar.firstNotBefore(dayNumber('2026-03-21')) ?? 0)).toBe('2026-03-26');
    expect(dayText(calendar.firstNotBefore(dayNumber('2026-03-26')) ?? 0)).toBe('2026-03-26');
  });
});

describe('days as whole numbers', () => {
  it('reads and writes every day of three centuries', () => {
    const wrong: number[] = [];
    for (let day = daysFromCivil(1900, 1, 1); day <= daysFromCivil(2199, 12, 31); day++) {
      if (dayNumber(dayText(day)) !== day) wrong.push(day);
    }
    expect(wrong).toEqual([]);
    expect(dayText(0)).toBe('1970-01-01');
    expect(dayText(dayNumber('2024-02-29') + 1)).toBe('2024-03-01');
    expect(dayText(daysFromCivil(2250, 5, 6))).toBe('2250-05-06');
  });

  it.each([
    ['2026-11-20', 2, '2027-01-20'],
    ['2026-12-31', 2, '2027-02-28'],
    ['2027-12-31', 2, '2028-02-29'],
    ['2026-01-31', 1, '2026-02-28'],
    ['2026-08-31', 6, '2027-02-28'],
    ['2026-06-15', 12, '2027-06-15'],
    ['2026-11-30', 1, '2026-12-30'],
  ])('moves %s by %i months to %s', (from, months, to) => {
    expect(dayText(plusMonths(dayNumber(from), months))).toBe(to);
  });
});
