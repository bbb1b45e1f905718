import { describe, expect, it } from '@jest/globals';
import { loadRuleBook } from '../../src/law/book.js';
import { type LocalContentQuestion, localContent, type StaffCount } from '../../src/law/local-content.js';

const book = loadRuleBook();
const none: StaffCount = { citizens: 0, foreigners: 0 };

function shares(staff: Partial<LocalContentQuestion['staff']>, more: Partial<LocalContentQuestion> = {}) {
  const question = { employees: 400, size: 'large', asOf: '2026-11-20', book } as const;
  return localContent({ ...question, ...more, staff: { '1-2': none, '3-4': none, ...staff } });
}

describe('The share of citizens among the staff', () => {
  it('is seventy per cent in the upper categories: seven of ten keep it, and one foreigner more does not', () => {
    expect(shares({ '1-2': { citizens: 7, foreigners: 3 } })[0]).toMatchObject({
      required: 70,
      share: 70,
      isKept: true,
      places: 0,
      isExempt: false,
      verified: false,
    });
    expect(shares({ '1-2': { citizens: 7, foreigners: 4 } })[0]).toMatchObject({
      share: 63.6,
      isKept: false,
      places: 0,
    });
    expect(shares({ '1-2': { citizens: 7, foreigners: 1 } })[0]).toMatchObject({ share: 87.5, places: 2 });
  });

  it('is ninety per cent in the others, and no rounding wins a place', () => {
    expect(shares({ '3-4': { citizens: 90, foreigners: 10 } })[1]).toMatchObject({
      share: 90,
      isKept: true,
      places: 0,
    });
    expect(shares({ '3-4': { citizens: 89, foreigners: 10 } })[1]).toMatchObject({ share: 89.8, isKept: false });
    expect(shares({ '3-4': { citizens: 8_999, foreigners: 1_000 } })[1]).toMatchObject({ share: 89.9, isKept: false });
  });

  it('is not known where citizens were never counted, and is kept where there are no foreigners', () => {
    expect(shares({ '1-2': { citizens: null, foreigners: 1 } })[0]).toMatchObject({
      share: null,
      isKept: null,
      places: null,
    });
    expect(shares({})[0]).toMatchObject({ share: null, isKept: true });
  });

  it('need not be kept by a small employer with up to twenty employees, and by any small one before September 2025', () => {
    const exempt = (more: Partial<LocalContentQuestion>) => shares({}, { size: 'small', ...more })[0]?.isExempt;
    expect(exempt({ employees: 20 })).toBe(true);
    expect(exempt({ employees: 21 })).toBe(false);
    expect(exempt({ employees: null })).toBeNull();
    expect(exempt({ employees: 21, asOf: '2025-08-31' })).toBe(true);
    expect(exempt({ employees: 21, asOf: '2025-09-01' })).toBe(false);
    expect(exempt({ employees: 5, size: 'medium' })).toBe(false);
    expect(exempt({ employees: 5, size: 'unknown' })).toBeNull();
  });

  it('is not told of years for which no source was looked up', () => {
    expect(shares({}, { asOf: '2022-12-31' })).toEqual([]);
  });
});
