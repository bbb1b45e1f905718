import { afterEach, describe, expect, test } from '@jest/globals';
import { FixedClock } from '../../src/clock.js';
import * as answers from '../../src/reading/answers.js';
import * as params from '../../src/reading/params.js';
import {
  GetEmployer,
  GetEmployerHandler,
  ListEmployers,
  ListEmployersHandler,
} from '../../src/reading/queries/employers.js';
import { GetExposure, GetExposureHandler } from '../../src/reading/queries/get-exposure.js';
import { GetObligation, GetObligationHandler } from '../../src/reading/queries/get-obligation.js';
import { GetTimeline, GetTimelineHandler } from '../../src/reading/queries/get-timeline.js';
import { GetWorker, GetWorkerHandler } from '../../src/reading/queries/get-worker.js';
import { ListEvents, ListEventsHandler } from '../../src/reading/queries/list-events.js';
import { ListObligations, ListObligationsHandler } from '../../src/reading/queries/list-obligations.js';
import { ListWorkers, ListWorkersHandler } from '../../src/reading/queries/list-workers.js';
import type { ReadModel } from '../../src/reading/read-model.js';
import { binOf, closeAll, deliver, EMPLOYER, idOf, Log, personalDataOf, readingOf, readModel, theBook } from './kit.js';

afterEach(closeAll);

const TODAY = '2026-11-22T06:00:00.000Z';

function ask(model: ReadModel, now = TODAY) {
  const reading = readingOf(model, new FixedClock(now));
  type Given = Readonly<Record<string, string>>;
  return {
    obligations: async (given: Given = {}) =>
      answers.obligationsAnswer.parse(
        await new ListObligationsHandler(reading).execute(new ListObligations(params.obligationsParams.parse(given))),
      ),
    obligation: async (id: string, given: Given = {}) =>
      answers.obligationWithTraceAnswer.parse(
        await new GetObligationHandler(reading).execute(new GetObligation(id, params.momentParams.parse(given))),
      ),
    exposure: async (given: Given = {}) =>
      answers.exposureReportAnswer.parse(
        await new GetExposureHandler(reading).execute(new GetExposure(params.exposureParams.parse(given))),
      ),
    workers: async (given: Given = {}) =>
      answers.workersAnswer.parse(
        await new ListWorkersHandler(reading).execute(new ListWorkers(params.workersParams.parse(given))),
      ),
    worker: async (name: string, given: Given = {}) =>
      answers.workerAnswer.parse(
        await new GetWorkerHandler(reading).execute(new GetWorker(idOf(name), params.momentParams.parse(given))),
      ),
    timeline: async (name: string, given: Given = {}) =>
      answers.timelineAnswer.parse(
        await new GetTimelineHandler(reading).execute(
          new GetTimeline('worker', idOf(name), params.pageParams.parse(given)),
        ),
      ),
    employers: async (given: Given = {}) =>
      answers.employersAnswer.parse(
        await new ListEmployersHandler(reading).execute(new ListEmployers(params.pageParams.parse(given))),
      ),
    employer: async (bin: string, given: Given = {}) =>
      answers.employerAnswer.parse(
        await new GetEmployerHandler(reading).execute(new GetEmployer(bin, params.momentParams.parse(given))),
      ),
    events: async (given: Given = {}) =>
      answers.eventsAnswer.parse(
        await new ListEventsHandler(reading).execute(new ListEvents(params.eventsParams.parse(given))),
      ),
  };
}

/** One employer of medium size and two workers: one notified in time, one never. */
function twoWorkers(): Log {
  const log = new Log().at('2026-11-01T05:00:00.000Z');
  log.employer(EMPLOYER, 'EmployerRegistered', '2026-01-01', { name: 'Altyn Kurylys', size: 'medium' });
  log.registered('Mehmet', '2026-11-01');
  log.registered('Aylin', '2026-11-01');
  log.at('2026-11-02T05:00:00.000Z');
  log.arrived('Mehmet', '2026-11-02');
  log.arrived('Aylin', '2026-11-02', 'KZ-71');
  log.at('2026-11-04T05:00:00.000Z');
  log.worker('Mehmet', 'NotificationAcknowledged', '2026-11-04', { about: 'arrival', channel: 'vmp' });
  return log;
}

async function story(log: Log): Promise<ReturnType<typeof ask> & { readonly model: ReadModel }> {
  const model = readModel();
  await deliver(model, log.events);
  return { model, ...ask(model) };
}

const ofAylin = { worker: idOf('Aylin'), rule: 'notify-arrival' };

describe('The list of obligations', () => {
  test('an arrival without notice is overdue from the day after the third working day, as of any day', async () => {
    const { obligations } = await story(twoWorkers());
    const [arrival] = (await obligations(ofAylin)).items;
    expect(arrival).toMatchObject({ state: 'overdue', dueOn: '2026-11-05', region: 'KZ-71', employerBin: EMPLOYER });
    const overdue = async (asOf: string) =>
      (await obligations({ state: 'overdue', rule: 'notify-arrival', asOf })).items.map(({ workerId }) => workerId);
    expect(await overdue('2026-11-05')).toEqual([]);
    expect(await overdue('2026-11-06')).toEqual([idOf('Aylin')]);
  });

  test('a notice that came later is not told about a day before it', async () => {
    const { obligations } = await story(twoWorkers());
    const ofMehmet = { worker: idOf('Mehmet'), rule: 'notify-arrival' };
    const on = async (asOf: string) => (await obligations({ ...ofMehmet, asOf })).items[0];
    expect(await on('2026-11-03')).toMatchObject({ state: 'open', metOn: null, metBy: null });
    expect(await on('2026-11-04')).toMatchObject({ state: 'met', metOn: '2026-11-04', late: false });
  });

  test('is filtered by employer, region and last day', async () => {
    const { obligations } = await story(twoWorkers());
    const workers = async (given: Record<string, string>) =>
      (await obligations({ rule: 'notify-arrival', ...given })).items.map(({ workerId }) => workerId);
    expect(await workers({ employer: EMPLOYER })).toEqual([idOf('Mehmet'), idOf('Aylin')]);
    expect(await workers({ employer: binOf(2) })).toEqual([]);
    expect(await workers({ region: 'KZ-71' })).toEqual([idOf('Aylin')]);
    expect(await workers({ dueFrom: '2026-11-05', dueUntil: '2026-11-05' })).toHaveLength(2);
    expect(await workers({ dueFrom: '2026-11-06' })).toEqual([]);
    expect(await workers({ dueUntil: '2026-11-04' })).toEqual([]);
  });

  test('a cursor of another list, or of other filters, is refused and says what to do', async () => {
    const { obligations } = await story(twoWorkers());
    const { nextCursor } = await obligations({ limit: '1' });
    expect(nextCursor).toMatch(/^[\w-]+$/);
    const other = obligations({ limit: '1', rule: 'notify-arrival', cursor: String(nextCursor) });
    await expect(other).rejects.toMatchObject({ status: 400, code: 'invalid-cursor' });
    await expect(obligations({ cursor: 'nonsense' })).rejects.toMatchObject({ status: 400 });
  });

  test('every answer says by which position and which law it was given', async () => {
    const { obligations, exposure, workers, timeline } = await story(twoWorkers());
    const expected = { position: '1500', ruleBook: theBook().hash, asOf: '2026-11-22' };
    for (const answer of [await obligations(), await exposure(), await workers(), await timeline('Aylin')]) {
      expect(answer).toMatchObject(expected);
    }
  });
});

describe('What was known at a moment', () => {
  test('a day means its end in Almaty, an instant the last event recorded by then', async () => {
    const { workers } = await story(twoWorkers());
    const inCountry = async (knownAt: string) => {
      const answer = await workers({ status: 'in-country', knownAt });
      return [answer.items.length, answer.position];
    };
    expect(await inCountry('2026-11-01')).toEqual([0, '1200']);
    expect(await inCountry('2026-11-02')).toEqual([2, '1400']);
    expect(await inCountry('2026-11-02T05:00:00Z')).toEqual([1, '1300']);
    expect(await inCountry('2026-11-02T09:59:59.999+05:00')).toEqual([0, '1200']);
    expect(await inCountry('2026-10-01')).toEqual([0, '0']);
    expect(await inCountry('2026-11-22')).toEqual([2, '1500']);
  });

  test('a moment in the future is refused as an instant, and means now as a day', async () => {
    const { workers } = await story(twoWorkers());
    await expect(workers({ knownAt: '2026-11-22T06:00:00.001Z' })).rejects.toMatchObject({ status: 400 });
    expect((await workers({ knownAt: '2027-01-01' })).items).toHaveLength(2);
  });

  test('a correction changes what is known now and not what was known before', async () => {
    const log = twoWorkers();
    const arrival = log.events.find(({ stream, type }) => stream.endsWith(idOf('Aylin')) && type === 'Arrived');
    if (arrival === undefined) throw new Error('Aylin has not arrived');
    log.at('2026-11-20T05:00:00.000Z');
    log.corrected(arrival, { occurredOn: '2026-11-19' });
    const { obligations } = await story(log);
    expect((await obligations(ofAylin)).items).toMatchObject([{ dueOn: '2026-11-24', state: 'open' }]);
    const then = await obligations({ ...ofAylin, knownAt: '2026-11-19' });
    expect(then.items).toMatchObject([{ dueOn: '2026-11-05', state: 'overdue' }]);
    expect(then.items[0]?.id).toBe((await obligations(ofAylin)).items[0]?.id);
  });

  test('the pages of a list stay at the moment of the first, whatever is recorded meanwhile', async () => {
    const log = twoWorkers();
    const { model, workers } = await story(log);
    const first = await workers({ limit: '1' });
    await model.receive([log.worker('Aylin', 'EmploymentTerminated', '2026-11-20')]);
    const second = await workers({ limit: '1', cursor: String(first.nextCursor) });
    expect(second).toMatchObject({ position: first.position, items: [{ status: 'in-country' }], nextCursor: null });
    expect((await workers()).items[1]).toMatchObject({ status: 'ended' });
  });
});

describe('One obligation', () => {
  test('comes with its trace, by its id', async () => {
    const { obligations, obligation } = await story(twoWorkers());
    const [{ id } = { id: '' }] = (await obligations(ofAylin)).items;
    const found = await obligation(id);
    expect(found).toMatchObject({ id, state: 'overdue', daysOverdue: 17 });
    expect(Object.keys(found.trace).length).toBeGreaterThan(3);
    await expect(obligation('notify-arrival.nothing')).rejects.toMatchObject({ status: 404 });
    await expect(obligation(id, { knownAt: '2026-11-01' })).rejects.toMatchObject({ status: 404 });
  });
});

describe('Exposure', () => {
  test('an overdue notice has accrued, one that is open is at risk within the horizon', async () => {
    const { exposure, obligations } = await story(twoWorkers());
    const before = await exposure({ asOf: '2026-11-03', groupBy: 'rule' });
    expect(before.groups.find(({ key }) => key === 'notify-arrival')).toMatchObject({
      accrued: { obligations: 0 },
      atRisk: { obligations: 2 },
    });
    const [overdue] = (await obligations({ ...ofAylin, asOf: '2026-11-06' })).items;
    const price = overdue?.exposure;
    expect(price).toMatchObject({ penalty: 'fine', size: 'medium' });
    const after = await exposure({ asOf: '2026-11-06', groupBy: 'rule' });
    expect(after.groups.find(({ key }) => key === 'notify-arrival')?.accrued).toEqual({
      mciMin: price?.mciMin,
      mciMax: price?.mciMax,
      tengeMin: price?.tengeMin,
      tengeMax: price?.tengeMax,
      obligations: 1,
    });
    expect((await exposure({ asOf: '2026-11-03', horizon: '1', groupBy: 'rule' })).total.atRisk.obligations).toBe(0);
  });

  test('the class on the first overdue day counts, by what was known then', async () => {
    const log = twoWorkers();
    log.at('2026-11-20T05:00:00.000Z');
    log.employer(EMPLOYER, 'EmployerSizeChanged', '2026-11-06', { size: 'large' });
    const { exposure } = await story(log);
    const accrued = async (given: Record<string, string>) => (await exposure(given)).total.accrued.mciMax;
    expect(await accrued({})).toBeGreaterThan(await accrued({ knownAt: '2026-11-19' }));
  });

  test('is grouped by employer, worker, region and rule, and adds up to the same', async () => {
    const { exposure } = await story(twoWorkers());
    const { total, groups } = await exposure({ groupBy: 'worker' });
    expect(groups).toMatchObject([{ key: idOf('Aylin') }]);
    for (const groupBy of ['employer', 'region', 'rule']) expect((await exposure({ groupBy })).total).toEqual(total);
  });

  test('is nothing for an employer without delays, and unknown for one of whom nothing was recorded by then', async () => {
    const log = twoWorkers();
    log.at('2026-11-20T05:00:00.000Z');
    log.employer(binOf(2), 'EmployerRegistered', '2026-11-06', { name: 'Steppe Drilling LLP', size: 'small' });
    const { exposure } = await story(log);
    expect((await exposure({ employer: binOf(2) })).total.accrued.obligations).toBe(0);
    // Registered later than the day that is asked about, but known.
    expect((await exposure({ employer: binOf(2), asOf: '2026-11-05' })).total.accrued.tengeMax).toBe(0);
    const unknown = { code: 'unknown-employer', status: 404 };
    await expect(exposure({ employer: binOf(2), knownAt: '2026-11-19' })).rejects.toMatchObject(unknown);
    await expect(exposure({ employer: binOf(3) })).rejects.toMatchObject(unknown);
  });
});

describe('One worker', () => {
  test('shows status, papers, stay and what is open; names are opened, and null when the key is gone', async () => {
    const log = new Log().at('2026-11-01T05:00:00.000Z');
    log.employer(EMPLOYER, 'EmployerRegistered', '2026-01-01', { name: 'Altyn Kurylys', size: 'medium' });
    const stream = `worker-${idOf('Mehmet')}`;
    const personalData = personalDataOf();
    personalData.tag(idOf('Mehmet'), 'U123');
    await personalData.settle([idOf('Mehmet')]);
    const seal = (revision: number, type: string, fields: Record<string, string>) =>
      personalData.seal(idOf('Mehmet'), { stream, eventId: idOf(`${stream}/${revision}`), type }, fields);
    const names = { familyName: 'YILMAZ', givenName: 'MEHMET', birthDate: '1990-04-01', passportNumber: 'U123' };
    log.registered('Mehmet', '2026-11-01', { sealed: seal(0, 'WorkerRegistered', names) });
    log.worker('Mehmet', 'Arrived', '2026-11-02', {
      region: 'KZ-75',
      purpose: 'work',
      sealed: seal(1, 'Arrived', { address: 'Abay 10' }),
    });
    log.worker('Mehmet', 'WorkPermitIssued', '2026-11-03', {
      number: 'P1',
      category: '3',
      position: 'Engineer',
      region: 'KZ-75',
      validFrom: '2026-11-03',
      validUntil: '2027-11-02',
    });
    const { worker, workers } = await story(log);
    expect(await worker('Mehmet')).toMatchObject({
      ...names,
      erased: false,
      status: 'in-country',
      statusSince: '2026-11-02',
      mayWork: 'yes',
      stay: { region: 'KZ-75', address: 'Abay 10', since: '2026-11-02' },
      permits: [{ kind: 'work-permit', number: 'P1', state: 'valid' }],
      revision: 2,
    });
    expect((await worker('Mehmet', { asOf: '2026-11-02' })).permits).toEqual([]);
    expect((await workers()).items).toMatchObject([{ familyName: 'YILMAZ' }]);
    personalData.destroy(idOf('Mehmet'));
    expect(await worker('Mehmet')).toMatchObject({
      familyName: null,
      birthDate: null,
      erased: true,
      status: 'in-country',
    });
    expect((await workers()).items).toMatchObject([{ familyName: null, erased: true }]);
  });

  test('is unknown before it was registered, on either clock', async () => {
    const { worker } = await story(twoWorkers());
    await expect(worker('Nobody')).rejects.toMatchObject({ status: 404, code: 'unknown-worker' });
    await expect(worker('Aylin', { asOf: '2026-10-31' })).rejects.toMatchObject({ status: 404 });
    await expect(worker('Aylin', { knownAt: '2026-10-31' })).rejects.toMatchObject({ status: 404 });
  });
});

describe('The timeline', () => {
  test('shows what each event opened and closed, corrections and retractions as such', async () => {
    const log = twoWorkers();
    const departure = log.worker('Mehmet', 'Departed', '2026-11-10');
    log.corrected(departure, { occurredOn: '2026-11-12' });
    log.retracted(departure);
    const { timeline } = await story(log);
    const { items } = await timeline('Mehmet');
    const notice = `notify-arrival.${items[1]?.eventId}`;
    expect(items.map(({ type, standing }) => [type, standing])).toEqual([
      ['WorkerRegistered', 'stands'],
      ['Arrived', 'stands'],
      ['NotificationAcknowledged', 'stands'],
      ['Departed', 'retracted'],
      ['EventCorrected', 'amendment'],
      ['EventRetracted', 'amendment'],
    ]);
    expect(items[1]?.opened).toContain(notice);
    expect(items[2]?.closed).toEqual([notice]);
    expect(items[1]).toMatchObject({ recordedBy: 'aigerim.s', recordedAt: '2026-11-02T05:00:00.000Z' });
    expect(items[3]?.amendedBy).toMatchObject([
      { type: 'EventCorrected', reason: 'typed wrongly' },
      { type: 'EventRetracted', reason: 'never happened' },
    ]);
    expect(items[4]).toMatchObject({ amends: departure.id, data: { occurredOn: '2026-11-12' } });
  });

  test('as of a day it shows what had happened by then', async () => {
    const log = twoWorkers();
    log.corrected(log.worker('Mehmet', 'Departed', '2026-11-10'), { occurredOn: '2026-11-12' });
    const { timeline } = await story(log);
    const shown = async (asOf: string) => (await timeline('Mehmet', { asOf })).items.map(({ type }) => type);
    expect(await shown('2026-11-11')).toEqual(['WorkerRegistered', 'Arrived', 'NotificationAcknowledged']);
    expect(await shown('2026-11-12')).toHaveLength(5);
  });

  test('what a retracted event had opened is withdrawn', async () => {
    const log = twoWorkers();
    const arrival = log.events.find(({ stream, type }) => stream.endsWith(idOf('Aylin')) && type === 'Arrived');
    if (arrival !== undefined) log.retracted(arrival);
    const { timeline, obligations } = await story(log);
    expect((await timeline('Aylin')).items.at(-1)?.withdrawn).toContain(`notify-arrival.${arrival?.id}`);
    expect((await obligations(ofAylin)).items).toEqual([]);
  });

  test('a worker whose event could not be read is flagged, and the event shown with the reason', async () => {
    const log = twoWorkers();
    log.add(`worker-${idOf('Aylin')}`, 'Departed', { occurredOn: 'yesterday' });
    const { timeline, worker } = await story(log);
    expect((await worker('Aylin')).parkedEvents).toMatchObject([{ type: 'Departed' }]);
    const last = (await timeline('Aylin')).items.at(-1);
    expect(last).toMatchObject({ standing: 'parked', occurredOn: null, recordedBy: 'aigerim.s' });
    expect(last?.error).toContain('occurredOn');
  });
});

describe('The whole ledger', () => {
  test('is read in order from after a position, by type', async () => {
    const { events } = await story(twoWorkers());
    const types = async (given: Record<string, string>) => (await events(given)).items.map(({ type }) => type);
    expect(await types({ since: '1200' })).toEqual(['Arrived', 'Arrived', 'NotificationAcknowledged']);
    expect(await types({ types: 'WorkerRegistered,EmployerRegistered' })).toHaveLength(3);
    expect(await types({ since: '1500' })).toEqual([]);
    const first = await events({ limit: '4' });
    const rest = await events({ limit: '4', cursor: String(first.nextCursor) });
    expect([...first.items, ...rest.items].map(({ position }) => position)).toEqual([
      '1000',
      '1100',
      '1200',
      '1300',
      '1400',
      '1500',
    ]);
    expect(rest.nextCursor).toBeNull();
  });
});

describe('Employers', () => {
  test('are listed, and one is shown with its sizes by date and its workers by status', async () => {
    const log = twoWorkers();
    log.employer(EMPLOYER, 'EmployerSizeChanged', '2026-11-15', { size: 'large' });
    const { employers, employer } = await story(log);
    expect((await employers()).items).toMatchObject([{ bin: EMPLOYER, name: 'Altyn Kurylys', size: 'large' }]);
    expect((await employers({ asOf: '2026-11-14' })).items).toMatchObject([{ size: 'medium' }]);
    expect(await employer(EMPLOYER)).toMatchObject({
      sizes: [
        { size: 'medium', from: '2026-01-01', until: '2026-11-15' },
        { size: 'large', from: '2026-11-15', until: null },
      ],
      workers: { 'in-country': 2, registered: 0 },
      revision: 1,
    });
    await expect(employer(binOf(2))).rejects.toMatchObject({ status: 404 });
  });
});

describe('A read that waits', () => {
  test('answers when its position is reached, and says so when it is not', async () => {
    const log = twoWorkers();
    const [last] = log.events.slice(-1);
    const model = readModel();
    await deliver(model, log.events.slice(0, -1));
    const { obligations } = ask(model);
    const waiting = obligations({ after: '1500', state: 'met' });
    if (last !== undefined) await model.receive([last]);
    expect((await waiting).items).toHaveLength(1);
    await expect(obligations({ after: '1501' })).rejects.toMatchObject({
      name: 'ReadSideBehind',
      retryAfterSeconds: 1,
    });
  });
});
