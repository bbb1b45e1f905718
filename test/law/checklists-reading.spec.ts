import { afterEach, describe, expect, it } from '@jest/globals';
import { FixedClock } from '../../src/clock.js';
import { workerAnswer } from '../../src/reading/answers.js';
import { momentParams } from '../../src/reading/params.js';
import {
  checklistsAnswer,
  checklistsParams,
  employerChecklistsAnswer,
  employerChecklistsParams,
  GetChecklists,
  GetChecklistsHandler,
  GetEmployerChecklists,
  GetEmployerChecklistsHandler,
} from '../../src/reading/queries/checklists.js';
import { GetWorker, GetWorkerHandler } from '../../src/reading/queries/get-worker.js';
import type { Reading } from '../../src/reading/reading.js';
import { closeAll, deliver, EMPLOYER, idOf, Log, readingOf, readModel } from '../reading/kit.js';

afterEach(closeAll);

async function readingAfter(log: Log): Promise<Reading> {
  const model = readModel();
  await deliver(model, log.events);
  expect(model.current.rows.parked({})).toEqual([]);
  const clock = new FixedClock('2026-11-22T06:00:00.000Z');
  return readingOf(model, clock);
}

const begun = () => {
  const log = new Log().at('2026-01-05T04:00:00.000Z');
  log.employer(EMPLOYER, 'EmployerRegistered', '2025-01-01', { name: 'Steppe Metals', size: 'medium' });
  return log;
};
const places = (count: number, more: object = {}) => ({
  year: 2026,
  region: 'KZ-75',
  positions: [{ category: '3', position: 'Engineer', count }],
  ...more,
});

describe('S67: the place in the quota, from the ledger of the employer', () => {
  const slotOf = async (log: Log) => {
    const reading = await readingAfter(log);
    const answer = checklistsAnswer.parse(
      await new GetChecklistsHandler(reading).execute(new GetChecklists(idOf('ayan'), checklistsParams.parse({}))),
    );
    const file = answer.items.find(({ checklist }) => checklist === 'work-permit-application');
    return file?.slots.find(({ slot }) => slot === 'quota')?.state;
  };
  const applied = (region = 'KZ-75') => {
    const log = begun();
    log.registered('ayan', '2026-01-02');
    log.worker('ayan', 'WorkPermitApplied', '2026-02-02', {
      applicationNumber: 'A-1',
      category: '3',
      position: 'Engineer',
      region,
    });
    return log;
  };
  const holder = (log: Log, name: string) => {
    log.registered(name, '2026-01-02');
    log.worker(name, 'WorkPermitIssued', '2026-01-10', {
      number: `P-${name}`,
      category: '3',
      position: 'Engineer',
      region: 'KZ-75',
      validFrom: '2026-01-10',
      validUntil: '2026-12-31',
    });
  };

  it('S67: a place that nobody holds is there, and the last one taken is missing', async () => {
    const free = applied();
    free.employer(EMPLOYER, 'QuotaGranted', '2025-12-20', places(2));
    holder(free, 'bolat');
    expect(await slotOf(free)).toBe('there');
    const full = applied();
    full.employer(EMPLOYER, 'QuotaGranted', '2025-12-20', places(1));
    holder(full, 'bolat');
    expect(await slotOf(full)).toBe('missing');
  });

  it('S67: a place of another region is none', async () => {
    const elsewhere = applied('KZ-23');
    elsewhere.employer(EMPLOYER, 'QuotaRequested', '2025-07-20', { ...places(2), region: 'KZ-23' });
    elsewhere.employer(EMPLOYER, 'QuotaGranted', '2025-12-20', places(2));
    expect(await slotOf(elsewhere)).toBe('missing');
  });

  it('S67: without any quota on record it is not known', async () => {
    expect(await slotOf(applied())).toBe('not-known');
  });
});

describe('S18: the file of a quota request', () => {
  const files = async (log: Log, asOf = '2026-11-22') => {
    const reading = await readingAfter(log);
    return employerChecklistsAnswer.parse(
      await new GetEmployerChecklistsHandler(reading).execute(
        new GetEmployerChecklists(EMPLOYER, employerChecklistsParams.parse({ asOf })),
      ),
    ).items;
  };

  it('S18: a plan without a request lacks everything, region by region', async () => {
    const log = begun();
    log.employer(EMPLOYER, 'ForeignStaffPlanned', '2026-03-02', { year: 2027, region: 'KZ-75', count: 3 });
    log.employer(EMPLOYER, 'ForeignStaffPlanned', '2026-03-02', { year: 2027, region: 'KZ-23', count: 1 });
    log.employer(EMPLOYER, 'QuotaNotNeeded', '2026-04-02', { year: 2027, region: 'KZ-23', reason: 'no project' });
    const items = await files(log);
    expect(items).toEqual([
      expect.objectContaining({
        checklist: 'quota-request',
        year: 2027,
        region: 'KZ-75',
        requestedOn: null,
        ready: 'no',
      }),
    ]);
    expect(items[0]?.slots.map(({ slot, state }) => `${slot} ${state}`)).toEqual([
      'positions missing',
      'activity missing',
      'service-contracts missing',
    ]);
  });

  it('S18: a request says what it lacks, and is ready with activity and contracts', async () => {
    const log = begun();
    log.employer(EMPLOYER, 'QuotaRequested', '2026-07-15', places(2, { year: 2027 }));
    expect((await files(log))[0]).toMatchObject({ ready: 'no', next: 'activity', requestedOn: '2026-07-15' });
    log.employer(
      EMPLOYER,
      'QuotaRequested',
      '2026-07-20',
      places(2, { year: 2027, activity: 'Drilling', serviceContracts: [] }),
    );
    expect((await files(log))[0]).toMatchObject({ ready: 'yes', blockedBy: [], requestedOn: '2026-07-20' });
    expect((await files(log, '2026-07-19'))[0]).toMatchObject({ ready: 'no' });
  });
});

describe('S02, S14, S32: what the answer of a worker tells of trips, passport and the former ledger', () => {
  const told = async (asOf: string) => {
    const log = begun();
    log.registered('ayan', '2026-01-02', { transferredFrom: idOf('ayan-there') });
    log.worker('ayan', 'WorkPermitIssued', '2026-01-10', {
      number: 'P-1',
      category: '3',
      position: 'Engineer',
      region: 'KZ-75',
      validFrom: '2026-01-10',
      validUntil: '2026-12-31',
    });
    log.worker('ayan', 'RegionalTravel', '2026-02-01', { region: 'KZ-23', from: '2026-02-01', until: '2026-02-10' });
    log.worker('ayan', 'PassportHandedOver', '2026-03-02', { to: 'migration-service', expectedBackOn: '2026-03-16' });
    log.worker('ayan', 'PassportReturned', '2026-03-10');
    const reading = await readingAfter(log);
    return workerAnswer.parse(
      await new GetWorkerHandler(reading).execute(new GetWorker(idOf('ayan'), momentParams.parse({ asOf }))),
    );
  };

  it('S02: days in another region are counted to the day asked about, against the limit of the year', async () => {
    expect((await told('2026-02-05')).regionalTrips).toEqual([
      { region: 'KZ-23', year: 2026, days: 5, limit: 90, left: 85 },
    ]);
    expect((await told('2026-11-20')).regionalTrips).toEqual([
      { region: 'KZ-23', year: 2026, days: 10, limit: 90, left: 80 },
    ]);
  });

  it('S32: the passport is out until it came back', async () => {
    expect((await told('2026-03-09')).passportOut).toMatchObject({ to: 'migration-service', since: '2026-03-02' });
    expect((await told('2026-03-10')).passportOut).toBeNull();
  });

  it('S14: the former ledger is named', async () => {
    expect((await told('2026-03-10')).transferredFrom).toBe(idOf('ayan-there'));
  });
});
