import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { FixedClock } from '../../src/clock.js';
import { PersonalData } from '../../src/ledger/personal-data.js';
import {
  findingsAnswer,
  findingsParams,
  ListFindings,
  ListFindingsHandler,
} from '../../src/reading/queries/findings.js';
import type { ReadModel } from '../../src/reading/read-model.js';
import { Reading } from '../../src/reading/reading.js';
import { closeAll, deliver, EMPLOYER, idOf, Log, readModel, rowsOf, theBook } from '../reading/kit.js';

let keys: string;
let personalData: PersonalData;

beforeAll(() => {
  keys = mkdtempSync(join(tmpdir(), 'keys-'));
  personalData = new PersonalData(keys);
});

afterAll(() => {
  personalData.close();
  rmSync(keys, { recursive: true, force: true });
});

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
  const reading = new Reading({ model, personalData, book: theBook(), clock, waitMs: 200 });
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
    expect((await findings(model, { employer: '061240002709' })).items).toEqual([]);
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

  it('S20: the sixth permit of five places is found, with the figures', async () => {
    const model = await told((log) => {
      log.employer(EMPLOYER, 'QuotaRequested', '2025-07-15', quota(6));
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
