import { afterEach, describe, expect, it } from '@jest/globals';
import { FixedClock } from '../../src/clock.js';
import {
  findingsAnswer,
  findingsParams,
  ListFindings,
  ListFindingsHandler,
} from '../../src/reading/queries/findings.js';
import type { ReadModel } from '../../src/reading/read-model.js';
import { binOf, closeAll, deliver, EMPLOYER, idOf, Log, readingOf, readModel, rowsOf } from '../reading/kit.js';

afterEach(closeAll);

const permit = {
  number: 'P-1',
  category: '3',
  position: 'Engineer',
  region: 'KZ-75',
  validFrom: '2026-01-10',
  validUntil: '2026-12-31',
};
const visa = { number: 'V-1', category: 'C3', validFrom: '2026-01-20', validUntil: '2027-01-31' };

async function findings(model: ReadModel, given: Readonly<Record<string, string>> = {}) {
  const clock = new FixedClock('2026-11-22T06:00:00.000Z');
  const reading = readingOf(model, clock);
  return findingsAnswer.parse(
    await new ListFindingsHandler(reading).execute(new ListFindings(findingsParams.parse(given))),
  );
}

const names = (answer: Awaited<ReturnType<typeof findings>>) => answer.items.map(({ finding }) => finding);

/** A worker whose visa outlives the permit, recorded in January and mended on 20 November. */
async function told(extra: (log: Log) => void = () => {}): Promise<ReadModel> {
  const log = new Log().at('2026-01-05T04:00:00.000Z');
  log.employer(EMPLOYER, 'EmployerRegistered', '2026-01-01', { name: 'Steppe Metals', size: 'medium' });
  log.registered('ayan', '2026-01-02');
  log.worker('ayan', 'WorkPermitIssued', '2026-01-10', permit);
  log.worker('ayan', 'VisaIssued', '2026-01-20', visa);
  log.at('2026-11-20T04:00:00.000Z');
  log.worker('ayan', 'WorkPermitExtended', '2026-11-18', {
    number: 'P-1',
    validFrom: '2027-01-01',
    validUntil: '2027-12-31',
  });
  extra(log);
  const model = readModel();
  await deliver(model, log.events);
  return model;
}

describe('Findings as of a day, by what was known', () => {
  it('a finding stands from the day of the fact that made it to the day of the one that mended it', async () => {
    const model = await told();
    expect(names(await findings(model, { asOf: '2026-01-19' }))).not.toContain('visa-outlives-permit');
    expect(names(await findings(model, { asOf: '2026-01-20' }))).toContain('visa-outlives-permit');
    expect(names(await findings(model, { asOf: '2026-11-17' }))).toContain('visa-outlives-permit');
    expect(names(await findings(model, { asOf: '2026-11-18' }))).not.toContain('visa-outlives-permit');
  });

  it('before the extension was recorded the finding stood on that day too', async () => {
    const model = await told();
    expect(names(await findings(model, { asOf: '2026-11-18', knownAt: '2026-11-19' }))).toContain(
      'visa-outlives-permit',
    );
    expect(names(await findings(model, { asOf: '2026-11-18', knownAt: '2026-11-20' }))).not.toContain(
      'visa-outlives-permit',
    );
  });

  it('what was over is told when all are asked for, and its end only once it has come', async () => {
    const model = await told();
    const all = await findings(model, { standing: 'all' });
    expect(all.items.find(({ finding }) => finding === 'visa-outlives-permit')).toMatchObject({
      workerId: idOf('ayan'),
      employerBin: EMPLOYER,
      subject: 'visa:V-1',
      openedOn: '2026-01-20',
      closedOn: '2026-11-18',
      severity: 'warning',
      sourceKind: 'seed',
      verified: false,
    });
    const then = await findings(model, { asOf: '2026-06-01' });
    expect(then.items.find(({ finding }) => finding === 'visa-outlives-permit')?.closedOn).toBeNull();
  });

  it('a correction of the visa takes the finding back, and the old view remains', async () => {
    const model = await told((log) => {
      const issued = log.events.find(({ type }) => type === 'VisaIssued');
      if (issued === undefined) throw new Error('no visa was told');
      log.corrected(issued, { data: { ...visa, validUntil: '2026-12-31' } });
    });
    expect(names(await findings(model, { standing: 'all' }))).not.toContain('visa-outlives-permit');
    expect(names(await findings(model, { standing: 'all', knownAt: '2026-11-19' }))).toContain('visa-outlives-permit');
  });

  it('filters by employer, worker and severity, and turns pages', async () => {
    const model = await told((log) => {
      log.registered('bolat', '2026-02-02');
      log.worker('bolat', 'EmploymentContractSigned', '2026-02-03', {
        number: 'C-1',
        validFrom: '2026-02-03',
        validUntil: '2026-12-31',
        clauses: ['permitNumber', 'territory', 'jobTitle', 'salary', 'workingHours', 'duties'],
      });
    });
    expect(names(await findings(model, { worker: idOf('bolat') })).sort()).toEqual([
      'contract-before-permit',
      'contract-lacks-repatriation',
    ]);
    expect(names(await findings(model, { employer: EMPLOYER, severity: 'serious' }))).toEqual([]);
    expect((await findings(model, { employer: binOf(2) })).items).toEqual([]);
    const first = await findings(model, { limit: '1' });
    const second = await findings(model, { limit: '1', cursor: String(first.nextCursor) });
    expect([...names(first), ...names(second)].sort()).toEqual([
      'contract-before-permit',
      'contract-lacks-repatriation',
    ]);
    expect(second.nextCursor).toBeNull();
  });

  it('delivered one by one or all at once leaves the same rows', async () => {
    const model = await told();
    const log = new Log().at('2026-01-05T04:00:00.000Z');
    log.employer(EMPLOYER, 'EmployerRegistered', '2026-01-01', { name: 'Steppe Metals', size: 'medium' });
    log.registered('ayan', '2026-01-02');
    log.worker('ayan', 'WorkPermitIssued', '2026-01-10', permit);
    log.worker('ayan', 'VisaIssued', '2026-01-20', visa);
    log.at('2026-11-20T04:00:00.000Z');
    log.worker('ayan', 'WorkPermitExtended', '2026-11-18', {
      number: 'P-1',
      validFrom: '2027-01-01',
      validUntil: '2027-12-31',
    });
    const single = readModel();
    await deliver(single, log.events, [1]);
    expect(rowsOf(single, 'findings', '1 = 1')).toEqual(rowsOf(model, 'findings', '1 = 1'));
  });
});

describe('S02, S20, S63: permits and the quota of the employer', () => {
  const quota = (count: number) => ({
    year: 2026,
    region: 'KZ-75',
    positions: [{ category: '3', position: 'Engineer', count }],
  });
  const complete = { activity: 'Drilling of oil wells', serviceContracts: ['SC-12/2025'] };

  it('S20: the sixth permit of five places is found, with the figures', async () => {
    const model = await told((log) => {
      log.employer(EMPLOYER, 'QuotaRequested', '2025-07-15', { ...quota(6), ...complete });
      log.employer(EMPLOYER, 'QuotaGranted', '2025-12-20', quota(5));
      for (const name of ['b', 'c', 'd', 'e', 'f']) {
        log.registered(name, '2026-02-01');
        log.worker(name, 'WorkPermitIssued', '2026-02-02', { ...permit, number: `P-${name}`, validFrom: '2026-02-02' });
      }
    });
    const { employers } = await findings(model, { employer: EMPLOYER });
    expect(employers).toEqual([
      expect.objectContaining({ finding: 'permits-over-quota', subject: 'quota:2026:KZ-75:3', employerBin: EMPLOYER }),
    ]);
    expect(employers[0]?.sentence.en).toContain('6 work permits in force, but 5 places');
    expect((await findings(model, { employer: EMPLOYER, asOf: '2026-02-01' })).employers).toEqual([]);
  });

  it('S02: a permit with no granted quota on record is told as information', async () => {
    const { employers } = await findings(await told(), { employer: EMPLOYER });
    expect(employers).toEqual([expect.objectContaining({ finding: 'permit-without-quota', severity: 'info' })]);
  });
});

describe('S18: what a request of the quota lacks', () => {
  const quota = { year: 2027, region: 'KZ-75', positions: [{ category: '3', position: 'Engineer', count: 2 }] };
  const lacking = async (data: Record<string, unknown>) => {
    const model = await told((log) => {
      log.employer(EMPLOYER, 'QuotaRequested', '2026-07-15', { ...quota, ...data });
    });
    return (await findings(model, { employer: EMPLOYER })).employers
      .map(({ finding }) => finding)
      .filter((name) => name.startsWith('quota-request'));
  };

  it('S18: the kind of activity and the copies of service contracts are asked for', async () => {
    expect(await lacking({})).toEqual(['quota-request-without-activity', 'quota-request-without-contracts']);
    expect(await lacking({ activity: 'Drilling' })).toEqual(['quota-request-without-contracts']);
    expect(await lacking({ activity: 'Drilling', serviceContracts: ['SC-1'] })).toEqual([]);
  });

  it('S18: an empty list says that there are no service contracts', async () => {
    expect(await lacking({ activity: 'Drilling', serviceContracts: [] })).toEqual([]);
  });

  it('S18: a later, complete request mends the earlier one', async () => {
    const model = await told((log) => {
      log.employer(EMPLOYER, 'QuotaRequested', '2026-07-15', quota);
      log.employer(EMPLOYER, 'QuotaRequested', '2026-07-20', { ...quota, activity: 'Drilling', serviceContracts: [] });
    });
    expect((await findings(model, { employer: EMPLOYER, asOf: '2026-07-19' })).employers).toHaveLength(3);
    expect((await findings(model, { employer: EMPLOYER, asOf: '2026-07-20' })).employers).toHaveLength(1);
  });
});

describe('S14: the two ledgers of a worker who changed employers', () => {
  const TAKER = '180540012343';
  const moved = async (ended: { type: string; on: string; to?: string } | null, registeredOn: string) => {
    const model = await told((log) => {
      log.employer(TAKER, 'EmployerRegistered', '2026-01-01', { name: 'Caspian Pipes', size: 'medium' });
      if (ended?.type === 'TransferAgreed')
        log.worker('ayan', ended.type, ended.on, {
          newEmployerBin: ended.to ?? TAKER,
          oldConsentOn: '2026-11-01',
          newConsentOn: '2026-11-01',
        });
      else if (ended !== null) log.worker('ayan', ended.type, ended.on);
      log.worker('ayan-there', 'WorkerRegistered', registeredOn, {
        employerBin: TAKER,
        citizenship: 'TR',
        passportExpiresOn: '2031-05-01',
        transferredFrom: idOf('ayan'),
      });
    });
    expect(model.current.rows.parked({})).toEqual([]);
    const { employers } = await findings(model, { worker: idOf('ayan-there') });
    return employers.map(({ finding }) => finding);
  };

  it('S14: the day after the last day there nothing is missing', async () => {
    expect(await moved({ type: 'TransferAgreed', on: '2026-11-18' }, '2026-11-19')).toEqual([]);
  });

  it('S14: on the last day there the two employments overlap', async () => {
    expect(await moved({ type: 'TransferAgreed', on: '2026-11-18' }, '2026-11-18')).toEqual(['transfer-overlaps']);
  });

  it('S14: a day later there is a gap', async () => {
    expect(await moved({ type: 'TransferAgreed', on: '2026-11-18' }, '2026-11-20')).toEqual(['transfer-leaves-gap']);
  });

  it('S14: without an end there, with a termination, to another employer', async () => {
    expect(await moved(null, '2026-11-19')).toEqual(['transfer-without-end']);
    expect(await moved({ type: 'EmploymentTerminated', on: '2026-11-18' }, '2026-11-19')).toEqual([
      'transfer-not-agreed',
    ]);
    expect(await moved({ type: 'TransferAgreed', on: '2026-11-18', to: '120340004562' }, '2026-11-19')).toEqual([
      'transfer-to-another-employer',
    ]);
  });
});
