import { afterEach, describe, expect, test } from '@jest/globals';
import { FixedClock } from '../../src/clock.js';
import * as answers from '../../src/reading/answers.js';
import * as params from '../../src/reading/params.js';
import { GetEmployer, GetEmployerHandler } from '../../src/reading/queries/employers.js';
import { GetExposure, GetExposureHandler } from '../../src/reading/queries/get-exposure.js';
import { GetObligation, GetObligationHandler } from '../../src/reading/queries/get-obligation.js';
import { GetWorker, GetWorkerHandler } from '../../src/reading/queries/get-worker.js';
import { ListObligations, ListObligationsHandler } from '../../src/reading/queries/list-obligations.js';
import { binOf, closeAll, deliver, EMPLOYER, idOf, Log, readingOf, readModel, rowsOf } from './kit.js';

afterEach(closeAll);

const OTHER = binOf(2);

type Given = Readonly<Record<string, string>>;

/** The read side over a log, asked on 1 March 2027. */
async function story(log: Log) {
  const model = readModel();
  await deliver(model, log.events);
  const clock = new FixedClock('2027-03-01T06:00:00.000Z');
  const reading = readingOf(model, clock);
  const list = async (given: Given) =>
    answers.obligationsAnswer.parse(
      await new ListObligationsHandler(reading).execute(new ListObligations(params.obligationsParams.parse(given))),
    ).items;
  return {
    model,
    /** The one duty to notify of a worker's arrival. */
    arrivalOf: async (name: string, given: Given = {}) => {
      const [one, ...more] = await list({ worker: idOf(name), rule: 'notify-arrival', ...given });
      if (one === undefined || more.length > 0) throw new Error(`${name} has not one duty to notify`);
      return one;
    },
    obligation: async (id: string, given: Given = {}) =>
      answers.obligationWithTraceAnswer.parse(
        await new GetObligationHandler(reading).execute(new GetObligation(id, params.momentParams.parse(given))),
      ),
    exposure: async (given: Given = {}) =>
      answers.exposureReportAnswer.parse(
        await new GetExposureHandler(reading).execute(new GetExposure(params.exposureParams.parse(given))),
      ),
    worker: async (name: string, given: Given = {}) =>
      answers.workerAnswer.parse(
        await new GetWorkerHandler(reading).execute(new GetWorker(idOf(name), params.momentParams.parse(given))),
      ),
    employer: async (bin: string, given: Given = {}) =>
      answers.employerAnswer.parse(
        await new GetEmployerHandler(reading).execute(new GetEmployer(bin, params.momentParams.parse(given))),
      ),
  };
}

/** Two medium employers; Mehmet arrived in January 2026 without notice, the others in November. */
function arrivals(): { readonly log: Log; readonly breached: string } {
  const log = new Log().at('2026-01-12T05:00:00.000Z');
  log.employer(EMPLOYER, 'EmployerRegistered', '2026-01-01', { name: 'Altyn Kurylys', size: 'medium' });
  log.employer(OTHER, 'EmployerRegistered', '2026-01-01', { name: 'Zhuldyz', size: 'medium' });
  log.registered('Mehmet', '2026-01-12');
  const arrival = log.arrived('Mehmet', '2026-01-12');
  log.at('2026-11-02T05:00:00.000Z');
  log.registered('Aylin', '2026-11-02');
  log.arrived('Aylin', '2026-11-02');
  log.registered('Chen', '2026-11-02', { employerBin: OTHER });
  log.arrived('Chen', '2026-11-02');
  return { log, breached: `notify-arrival.${arrival.id}` };
}

test('a worker whose employer was corrected costs what the present employer was penalised for, by both clocks', async () => {
  const { log, breached } = arrivals();
  const given = { citizenship: 'TR', passportExpiresOn: '2031-01-01' };
  log.at('2026-11-10T05:00:00.000Z');
  const penalised = log.worker('Mehmet', 'PenaltyImposed', '2026-03-10', penalty(breached));
  const chen = log.events.find(({ stream }) => stream === `worker-${idOf('Chen')}`);
  if (chen === undefined) throw new Error('Chen is registered');
  log.at('2026-11-12T05:00:00.000Z');
  log.corrected(chen, { data: { ...given, employerBin: EMPLOYER } });
  const aylin = log.events.find(({ stream }) => stream === `worker-${idOf('Aylin')}`);
  if (aylin === undefined) throw new Error('Aylin is registered');
  log.corrected(aylin, { data: { ...given, employerBin: OTHER } });
  const { worker, exposure } = await story(log);
  for (const knownAt of [penalised.recordedAt, '2026-11-12']) {
    const { groups } = await exposure({ asOf: '2026-11-20', knownAt, groupBy: 'worker' });
    for (const name of ['Chen', 'Aylin']) {
      const { accrued } = (await worker(name, { asOf: '2026-11-20', knownAt })).exposure;
      const isAtPenalised = (name === 'Chen') === (knownAt === '2026-11-12');
      expect([name, knownAt, accrued.mciMax]).toEqual([name, knownAt, isAtPenalised ? 70 : 15]);
      expect(accrued).toEqual(groups.find(({ key }) => key === idOf(name))?.accrued);
    }
  }
});

function penalty(obligationId: string) {
  return { obligationId, mci: 15, article: '518 p. 1', caseOpenedOn: '2026-03-10' };
}

/** Mehmet's missing notice is penalised on a day, recorded on 10 November 2026. */
function penalised(imposedOn: string, data: Readonly<Record<string, unknown>> = {}) {
  const { log, breached } = arrivals();
  log.at('2026-11-10T05:00:00.000Z');
  const penalty = log.worker('Mehmet', 'PenaltyImposed', imposedOn, {
    obligationId: breached,
    mci: 15,
    article: '518 p. 1',
    caseOpenedOn: imposedOn,
    ...data,
  });
  return { log, breached, penalty };
}

describe('A penalty for one worker', () => {
  test('makes the offence about another worker of the same employer a repeat, at another employer not', async () => {
    const { log, penalty } = penalised('2026-03-10');
    const { arrivalOf, obligation } = await story(log);
    const aylin = await arrivalOf('Aylin', { asOf: '2026-11-20' });
    expect(aylin).toMatchObject({
      imposed: null,
      exposure: { mciMin: 70, mciMax: 70, tengeMax: 302_750, article: 'CAO art. 518 p. 3', firstOffence: false },
    });
    const chen = await arrivalOf('Chen', { asOf: '2026-11-20' });
    expect(chen.exposure).toMatchObject({ mciMax: 15, article: 'CAO art. 518 p. 1', firstOffence: true });
    const { trace } = await obligation(aylin.id, { asOf: '2026-11-20' });
    expect(trace).toMatchObject({
      firstOffence: 'repeat',
      repeat: { eventId: penalty.id, imposedOn: '2026-03-10', article: '518 p. 1', until: '2027-03-10' },
      caps: { mci: 1000, jointMci: 3000 },
    });
  });

  test('counts for a year: an offence of the last day is a repeat, one of the day after is not', async () => {
    // Aylin's notice is overdue from 6 November 2026.
    const mciAfter = async (imposedOn: string) => {
      const log = new Log().at('2025-01-02T05:00:00.000Z');
      log.employer(EMPLOYER, 'EmployerRegistered', '2025-01-01', { name: 'Altyn Kurylys', size: 'medium' });
      log.registered('Mehmet', '2025-01-02');
      const arrival = log.arrived('Mehmet', '2025-01-02');
      log.worker('Mehmet', 'PenaltyImposed', imposedOn, {
        obligationId: `notify-arrival.${arrival.id}`,
        mci: 15,
        caseOpenedOn: imposedOn,
      });
      log.registered('Aylin', '2026-11-02');
      log.arrived('Aylin', '2026-11-02');
      const { arrivalOf, exposure } = await story(log);
      const { groups } = await exposure({ asOf: '2026-11-20', groupBy: 'worker' });
      const sum = groups.find(({ key }) => key === idOf('Aylin'))?.accrued;
      expect(sum).toMatchObject({ obligations: 1 });
      const { exposure: own } = await arrivalOf('Aylin', { asOf: '2026-11-20' });
      expect(sum?.mciMax).toBe(own?.mciMax);
      return own?.mciMax;
    };
    expect(await mciAfter('2025-11-05')).toBe(15);
    expect(await mciAfter('2025-11-06')).toBe(70);
    expect(await mciAfter('2026-11-05')).toBe(70);
    expect(await mciAfter('2026-11-06')).toBe(15);
  });

  test('counts only by what was known, and only from the day it was imposed', async () => {
    const { log } = penalised('2026-11-04');
    const { arrivalOf, exposure } = await story(log);
    const mci = async (given: Given) => {
      const { accrued } = (await exposure({ employer: EMPLOYER, groupBy: 'worker', ...given })).total;
      const [aylin, mehmet] = [await arrivalOf('Aylin', given), await arrivalOf('Mehmet', given)];
      expect(accrued.mciMax).toBe((aylin.exposure?.mciMax ?? 0) + (mehmet.exposure?.mciMax ?? 0));
      return [aylin.exposure?.mciMax, mehmet.exposure?.mciMax];
    };
    expect(await mci({ asOf: '2026-11-20', knownAt: '2026-11-09' })).toEqual([15, 15]);
    expect(await mci({ asOf: '2026-11-20', knownAt: '2026-11-10' })).toEqual([70, 70]);
    // On the day before it is imposed nobody counts with it; Aylin's notice is not due yet then.
    expect((await arrivalOf('Aylin', { asOf: '2026-11-03' })).exposure).toMatchObject({ mciMax: 15 });
    expect((await arrivalOf('Aylin', { asOf: '2026-11-04' })).exposure).toMatchObject({ mciMax: 70 });
    expect((await exposure({ employer: EMPLOYER, asOf: '2026-11-04' })).total.atRisk).toMatchObject({
      obligations: 1,
      mciMax: 70,
    });
  });

  test('makes no repeat once it is retracted, while the earlier knowledge stays as it was', async () => {
    const { log, penalty } = penalised('2026-03-10');
    log.at('2026-11-15T05:00:00.000Z').retracted(penalty);
    const { arrivalOf, model, exposure } = await story(log);
    const asOf = '2026-11-20';
    expect((await arrivalOf('Aylin', { asOf })).exposure?.mciMax).toBe(15);
    expect((await arrivalOf('Aylin', { asOf, knownAt: '2026-11-14' })).exposure?.mciMax).toBe(70);
    expect((await exposure({ asOf, employer: EMPLOYER })).total.imposed.penalties).toBe(0);
    expect(rowsOf(model, 'penalties')).toEqual([]);
  });

  test('moves the repeat when its day is corrected', async () => {
    const { log, penalty } = penalised('2026-03-10');
    log.at('2026-11-15T05:00:00.000Z').corrected(penalty, { occurredOn: '2026-11-08' });
    const { arrivalOf } = await story(log);
    const asOf = '2026-11-20';
    expect((await arrivalOf('Aylin', { asOf })).exposure).toMatchObject({ mciMax: 15, firstOffence: true });
    expect((await arrivalOf('Aylin', { asOf, knownAt: '2026-11-14' })).exposure?.mciMax).toBe(70);
    expect((await arrivalOf('Mehmet', { asOf })).imposed).toMatchObject({
      imposedOn: '2026-11-08',
      eventId: penalty.id,
    });
  });
});

describe('What was imposed', () => {
  test('is a figure beside what has accrued, with the half that settles it for seven days', async () => {
    const { log } = penalised('2026-11-10');
    const { employer, worker, exposure } = await story(log);
    const owed = {
      penalties: 1,
      mci: 15,
      tenge: 64_875,
      paidTenge: 0,
      outstandingTenge: 64_875,
    };
    expect((await exposure({ employer: EMPLOYER, asOf: '2026-11-09' })).total.imposed.penalties).toBe(0);
    const last = (await exposure({ employer: EMPLOYER, asOf: '2026-11-17' })).total;
    expect(last.imposed).toEqual({ ...owed, reducedTenge: 32_438 });
    expect(last).toMatchObject({ jointCapMci: 3000, jointCapTenge: 12_975_000, accrued: { obligations: 2 } });
    const [group] = (await exposure({ asOf: '2026-11-18' })).groups.filter(({ key }) => key === EMPLOYER);
    expect(group).toMatchObject({ imposed: { ...owed, reducedTenge: 64_875 }, jointCapMci: 3000 });
    expect((await exposure({ asOf: '2026-11-18' })).total).toMatchObject({ jointCapMci: null, imposed: owed });
    expect((await employer(EMPLOYER, { asOf: '2026-11-17' })).exposure.imposed.reducedTenge).toBe(32_438);
    expect((await employer(OTHER, { asOf: '2026-11-17' })).exposure.imposed.penalties).toBe(0);
    expect((await worker('Mehmet', { asOf: '2026-11-17' })).exposure).toMatchObject({
      imposed: { penalties: 1 },
      accrued: { obligations: 1, mciMax: 70 },
      jointCapMci: 3000,
    });
    // What a colleague was penalised for is not imposed for Aylin.
    expect((await worker('Aylin', { asOf: '2026-11-17' })).exposure).toMatchObject({ imposed: { penalties: 0 } });
  });

  test('is settled by half on the seventh day and not on the eighth; before the payment it was owed', async () => {
    const paidOn = async (day: string) => {
      const { log, breached } = penalised('2026-11-10');
      log.at('2026-12-01T05:00:00.000Z').worker('Mehmet', 'PenaltyPaid', day, {
        obligationId: breached,
        amountTenge: 32_438,
      });
      return await story(log);
    };
    const seventh = await paidOn('2026-11-17');
    const eighth = await paidOn('2026-11-18');
    expect((await seventh.exposure({ asOf: '2026-11-16' })).total.imposed).toMatchObject({
      paidTenge: 0,
      reducedTenge: 32_438,
    });
    expect((await seventh.exposure({ asOf: '2026-11-17' })).total.imposed).toMatchObject({
      paidTenge: 32_438,
      outstandingTenge: 0,
      reducedTenge: 0,
    });
    expect((await seventh.arrivalOf('Mehmet', { asOf: '2026-11-17' })).imposed).toMatchObject({
      executedOn: '2026-11-17',
      penalisedUntil: '2027-11-17',
    });
    expect((await seventh.arrivalOf('Mehmet', { asOf: '2026-11-16' })).imposed).toMatchObject({ executedOn: null });
    expect((await eighth.exposure({ asOf: '2026-11-18' })).total.imposed).toMatchObject({
      paidTenge: 32_438,
      outstandingTenge: 32_437,
      reducedTenge: 32_437,
    });
    const unknownYet = await seventh.exposure({ asOf: '2026-11-20', knownAt: '2026-11-30' });
    expect(unknownYet.total.imposed).toMatchObject({ paidTenge: 0, outstandingTenge: 64_875 });
  });

  test('takes the MCI of the day the case was opened, also when that day is corrected across a new year', async () => {
    const { log, penalty, breached } = penalised('2026-01-26', { caseOpenedOn: '2026-01-20' });
    log.at('2026-11-15T05:00:00.000Z').corrected(penalty, {
      data: { obligationId: breached, mci: 15, article: '518 p. 1', caseOpenedOn: '2025-12-30' },
    });
    const { arrivalOf, exposure } = await story(log);
    const asOf = '2026-11-20';
    expect((await arrivalOf('Mehmet', { asOf, knownAt: '2026-11-14' })).imposed?.tenge).toBe(15 * 4325);
    expect((await arrivalOf('Mehmet', { asOf })).imposed).toMatchObject({
      caseOpenedOn: '2025-12-30',
      tenge: 15 * 3932,
      reducedTenge: 29_490,
    });
    expect((await exposure({ asOf })).total.imposed.tenge).toBe(58_980);
  });

  test('leaves its own duty open, and counts once it is done no more', async () => {
    const { log, breached } = penalised('2026-11-10');
    log.at('2026-11-20T05:00:00.000Z');
    log.worker('Mehmet', 'NotificationAcknowledged', '2026-11-20', { about: 'arrival', channel: 'vmp' });
    const { arrivalOf, worker, exposure } = await story(log);
    expect(await arrivalOf('Mehmet', { asOf: '2026-11-09' })).toMatchObject({
      state: 'overdue',
      exposure: { mciMax: 15 },
    });
    expect(await arrivalOf('Mehmet', { asOf: '2026-11-10' })).toMatchObject({
      state: 'overdue',
      exposure: null,
      imposed: { imposedOn: '2026-11-10' },
    });
    const onItsDay = (await worker('Mehmet', { asOf: '2026-11-10' })).exposure;
    expect(onItsDay).toMatchObject({ accrued: { obligations: 0, tengeMax: 0 }, imposed: { tenge: 64_875 } });
    expect(await arrivalOf('Mehmet', { asOf: '2026-11-19' })).toMatchObject({
      id: breached,
      state: 'overdue',
      exposure: { mciMax: 70, verified: false },
    });
    expect(await arrivalOf('Mehmet', { asOf: '2026-11-20' })).toMatchObject({
      state: 'met',
      late: true,
      exposure: null,
    });
    expect((await worker('Mehmet', { asOf: '2026-11-20' })).exposure.accrued.obligations).toBe(0);
    const byWorker = (await exposure({ asOf: '2026-11-20', groupBy: 'worker' })).groups;
    expect(byWorker.find(({ key }) => key === idOf('Mehmet'))).toMatchObject({
      accrued: { obligations: 0, mciMax: 0, tengeMax: 0 },
      imposed: { penalties: 1 },
    });
  });
});
