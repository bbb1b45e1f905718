import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BIN, type Json, MEHMET, Office } from '../audit/kit.js';

describe('An employer that asks how many foreigners it may have', () => {
  const office = new Office();
  const upper = async (query = ''): Promise<Json> =>
    (await office.get(`/v1/employers/${BIN}${query}`)).body.localContent[0];

  beforeAll(async () => {
    await (await office.open()).withMehmet();
    office.at('2026-03-10T05:00:00.000Z');
    await office.worker(MEHMET, 'WorkPermitIssued', '2026-03-02', {
      number: 'P-1',
      category: '2',
      position: 'Head of drilling',
      region: 'KZ-75',
      validFrom: '2026-03-02',
      validUntil: '2026-12-31',
    });
  });

  afterAll(() => office.remove());

  it('is told that it has not counted its citizens', async () => {
    expect(await upper()).toMatchObject({ categories: '1-2', foreigners: 1, citizens: null, isKept: null });
  });

  it('is told the share by the count of the day and the permits in force', async () => {
    await office.employer('StaffCounted', '2026-03-04', { seniorCitizens: 2, otherCitizens: 40 });
    await office.employer('StaffCounted', '2026-03-09', { seniorCitizens: 7, otherCitizens: 40 });
    expect(await upper()).toMatchObject({ citizens: 7, countedOn: '2026-03-09', share: 87.5, isKept: true, places: 2 });
    expect(await upper('?asOf=2026-03-05')).toMatchObject({ citizens: 2, share: 66.6, isKept: false, places: 0 });
    expect(await upper('?asOf=2027-01-01')).toMatchObject({ foreigners: 0, isKept: true, places: 3 });
  });
});
