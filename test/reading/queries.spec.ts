import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { FixedClock } from '../../src/clock.js';
import { PersonalData } from '../../src/ledger/personal-data.js';
import * as answers from '../../src/reading/answers.js';
import * as params from '../../src/reading/params.js';
import { GetEmployer, GetEmployerHandler, ListEmployers, ListEmployersHandler } from '../../src/reading/queries/employers.js';
import { GetExposure, GetExposureHandler } from '../../src/reading/queries/get-exposure.js';
import { GetObligation, GetObligationHandler } from '../../src/reading/queries/get-obligation.js';
import { GetTimeline, GetTimelineHandler } from '../../src/reading/queries/get-timeline.js';
import { GetWorker, GetWorkerHandler } from '../../src/reading/queries/get-worker.js';
import { ListEvents, ListEventsHandler } from '../../src/reading/queries/list-events.js';
import { ListObligations, ListObligationsHandler } from '../../src/reading/queries/list-obligations.js';
import { ListWorkers, ListWorkersHandler } from '../../src/reading/queries/list-workers.js';
import { Reading } from '../../src/reading/reading.js';
import type { ReadModel } from '../../src/reading/read-model.js';
import { closeAll, deliver, EMPLOYER, idOf, Log, readModel, theBook } from './kit.js';

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

const TODAY = '2026-11-22T06:00:00.000Z';

function ask(model: ReadModel, now = TODAY) {
  const reading = new Reading({ model, personalData, book: theBook(), clock: new FixedClock(now), waitMs: 200 });
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

describe('The list of obligations', () => {
  test('an arrival without notice is overdue from the day after the third working day, as of any day', async () => {
    const log = twoWorkers();
    const model = readModel();
    await deliver(model, log.events);
    const { obligations } = ask(model);
    const [arrival] = (await obligations({ worker: idOf('Aylin'), rule: 'notify-arrival' })).items;
    expect(arrival).toMatchObject({ state: 'overdue', dueOn: '2026-11-05', region: 'KZ-71', employerBin: EMPLOYER });
    const overdue = async (asOf: string) =>
      (await obligations({ state: 'overdue', rule: 'notify-arrival', asOf })).items.map(({ workerId }) => workerId);
    expect(await overdue('2026-11-05')).toEqual([]);
    expect(await overdue('2026-11-06')).toEqual([idOf('Aylin')]);
  });
});
