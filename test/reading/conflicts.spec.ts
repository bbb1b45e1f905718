import { afterEach, describe, expect, test } from '@jest/globals';
import { FixedClock } from '../../src/clock.js';
import { exposureParams } from '../../src/reading/params.js';
import {
  conflictsAnswer,
  conflictsParams,
  ListConflicts,
  ListConflictsHandler,
} from '../../src/reading/queries/conflicts.js';
import { GetExposure, GetExposureHandler } from '../../src/reading/queries/get-exposure.js';
import { binOf, closeAll, deliver, EMPLOYER, Log, readingOf, readModel, theBook } from './kit.js';

afterEach(closeAll);

type Given = Readonly<Record<string, string>>;

async function story(log: Log) {
  const model = readModel();
  await deliver(model, log.events);
  const clock = new FixedClock('2026-11-22T06:00:00.000Z');
  const reading = readingOf(model, clock);
  const conflicts = async (given: Given = {}) =>
    conflictsAnswer.parse(
      await new ListConflictsHandler(reading).execute(new ListConflicts(conflictsParams.parse(given))),
    );
  return {
    conflicts,
    impact: async (name: string, given: Given = {}) =>
      (await conflicts({ employer: EMPLOYER, ...given })).items.find((one) => one.name === name)?.impact ?? [],
    exposure: async (given: Given = {}) =>
      (
        await new GetExposureHandler(reading).execute(
          new GetExposure(exposureParams.parse({ employer: EMPLOYER, ...given })),
        )
      ).total,
  };
}

/** Two employers; one worker of the first came in time and was notified, `late` others never were. */
function arrivals(late: readonly string[]): Log {
  const log = new Log().at('2026-11-01T05:00:00.000Z');
  log.employer(EMPLOYER, 'EmployerRegistered', '2026-01-01', { name: 'Altyn Kurylys', size: 'medium' });
  log.employer(binOf(2), 'EmployerRegistered', '2026-01-01', { name: 'Kumis Kurylys', size: 'large' });
  log.registered('Mehmet', '2026-11-01');
  log.arrived('Mehmet', '2026-11-02');
  log.worker('Mehmet', 'NotificationAcknowledged', '2026-11-04', { about: 'arrival', channel: 'vmp' });
  for (const name of late) {
    log.registered(name, '2026-11-01');
    log.arrived(name, '2026-11-02', 'KZ-71');
  }
  log.registered('Foreign', '2026-11-01', { employerBin: binOf(2) });
  log.arrived('Foreign', '2026-11-02');
  return log;
}

describe('The questions on which sources differ', () => {
  test('are listed with every side, without a price when no employer is named', async () => {
    const { conflicts } = await story(arrivals([]));
    const { items, ...envelope } = await conflicts();
    expect(envelope).toEqual({
      asOf: '2026-11-22',
      position: expect.stringMatching(/^\d+$/),
      ruleBook: theBook().hash,
    });
    expect(new Set(items.map(({ kind }) => kind))).toEqual(new Set(['rule', 'parameter', 'note']));
    const arrival = items.find(({ name }) => name === 'notify-arrival');
    expect(arrival?.sides.map(({ reading, applied, sourceKind }) => [reading, applied, sourceKind])).toEqual([
      ['three-days', true, 'policy'],
      ['registration-2026', false, 'press'],
    ]);
    expect(arrival?.decided).toBe(arrival?.sides[0]?.says);
    expect(items.filter(({ impact }) => impact !== undefined)).toEqual([]);
  });

  test('are priced for an employer: what is overdue under one reading still has time under the other', async () => {
    const { impact } = await story(arrivals(['Aylin']));
    const [threeDays, registration] = await impact('notify-arrival');
    expect(threeDays).toMatchObject({ reading: 'three-days', applied: true });
    expect(registration).toMatchObject({ reading: 'registration-2026', applied: false });
    const fine = { mciMin: 15, mciMax: 15, tengeMin: 64_875, tengeMax: 64_875, obligations: 1 };
    expect(threeDays?.accrued).toEqual(fine);
    expect(registration?.accrued.obligations).toBe(0);
    expect(Number(registration?.atRisk.obligations) - Number(threeDays?.atRisk.obligations)).toBe(1);
  });

  test('are priced as of the day that is asked about', async () => {
    const { impact } = await story(arrivals(['Aylin']));
    const on = async (asOf: string) =>
      (await impact('notify-arrival', { asOf })).map(({ accrued }) => accrued.obligations);
    expect(await on('2026-11-05')).toEqual([0, 0]);
    expect(await on('2026-11-06')).toEqual([1, 0]);
  });

  test("are priced by the employer's size on the day from which a duty is overdue", async () => {
    const log = arrivals(['Aylin']);
    log.employer(EMPLOYER, 'EmployerSizeChanged', '2026-11-06', { size: 'large' });
    const { impact } = await story(log);
    expect((await impact('notify-arrival'))[0]?.accrued).toMatchObject({ mciMin: 20, mciMax: 20, tengeMax: 86_500 });
  });

  test('a date for the quota that differs weighs nothing in money, for no fine stands on it', async () => {
    const log = arrivals([]);
    log.employer(EMPLOYER, 'ForeignStaffPlanned', '2026-05-04', { year: 2027, region: 'KZ-75' });
    const { impact } = await story(log);
    const readings = await impact('request-quota', { asOf: '2026-09-15' });
    expect(readings.map(({ reading, applied }) => [reading, applied])).toEqual([
      ['first-of-august', true],
      ['september-27', false],
      ['september-30', false],
    ]);
    expect(readings.flatMap(({ accrued, atRisk }) => [accrued.obligations, atRisk.obligations])).toEqual(
      Array<number>(6).fill(0),
    );
  });

  test('cost under the readings that are applied what the exposure says, however many workers there are', async () => {
    const { conflicts, exposure } = await story(arrivals(Array.from({ length: 120 }, (_, n) => `worker ${n}`)));
    const { accrued: hasAccrued, atRisk: isAtRisk } = await exposure();
    const total = { accrued: hasAccrued, atRisk: isAtRisk };
    expect(total.accrued.obligations).toBe(120);
    const { items } = await conflicts({ employer: EMPLOYER });
    for (const { name, kind, impact } of items) {
      const applied = impact?.filter((one) => one.applied).map(({ accrued, atRisk }) => ({ accrued, atRisk }));
      expect([name, applied]).toEqual([name, kind === 'note' ? undefined : [total]]);
    }
  });

  test('have no price for an employer that nobody knows, or did not know yet', async () => {
    const { conflicts } = await story(arrivals([]));
    const refused = { status: 404, code: 'unknown-employer' };
    await expect(conflicts({ employer: binOf(9) })).rejects.toMatchObject(refused);
    await expect(conflicts({ employer: EMPLOYER, knownAt: '2026-10-31' })).rejects.toMatchObject(refused);
  });
});
