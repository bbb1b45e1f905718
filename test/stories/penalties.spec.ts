import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AIGUL, BIN, type Json, MEHMET, Office } from '../audit/kit.js';

/**
 * One employer of medium size. Mehmet's arrival of January was not told to the police and is penalised in March; in May
 * Aigul's is missed as well. Everything is recorded when it happens.
 */
describe('An employer that was penalised once', () => {
  const office = new Office();
  let breached = '';
  let penalty = '';
  let beforePenalty = '';

  beforeAll(async () => {
    await (await office.open()).withMehmet();
    office.at('2026-01-12T05:00:00.000Z');
    const arrival = await office.worker(MEHMET, 'Arrived', '2026-01-12', arrivedIn('KZ-75'));
    breached = `notify-arrival.${arrival}`;
    beforePenalty = '2026-03-09';
    office.at('2026-03-10T05:00:00.000Z');
    penalty = await office.worker(MEHMET, 'PenaltyImposed', '2026-03-10', {
      obligationId: breached,
      mci: 15,
      article: 'CAO art. 518 p. 1',
      caseOpenedOn: '2026-03-05',
    });
    await office.register(AIGUL, { familyName: 'Demir', givenName: 'Aigul', passportNumber: 'U7654321' });
    // The write side learns of other workers' penalties from the rows.
    await office.get('/v1/employers');
  }, 60_000);

  afterAll(() => office.remove());

  const arrivedIn = (region: string) => ({ region, address: 'Abay 1', purpose: 'work' });

  it('is told what of a penalty does not look like one of the law, and it is recorded all the same', async () => {
    const dry = async (data: object) => {
      const { status, body } = await office.post(`/v1/workers/${MEHMET}/events?dryRun=true`, {
        type: 'PenaltyImposed',
        occurredOn: '2026-03-10',
        data: { obligationId: breached, mci: 15, caseOpenedOn: '2026-03-05', ...data },
      });
      return [status, body.warnings.map(({ path }: Json) => path)];
    };
    expect(await dry({ article: 'art. 518 p. 1' })).toEqual([200, []]);
    expect(await dry({ mci: 40 })).toEqual([200, []]);
    expect(await dry({ mci: 5_000, article: 'art. 600' })).toEqual([200, ['data.article', 'data.mci']]);
    // The last day of the notice is 15 January.
    expect(await dry({ caseOpenedOn: '2026-01-15' })).toEqual([200, ['data.caseOpenedOn']]);
    expect(await dry({ caseOpenedOn: '2026-01-16' })).toEqual([200, []]);
  });

  it('cannot lose the event whose missed duty was penalised without the penalty', async () => {
    const [, arrival] = breached.split('.');
    const path = `/v1/workers/${MEHMET}/events/${arrival}/retraction`;
    const alone = await office.post(`${path}?dryRun=true`, { reason: 'another worker' });
    expect([alone.status, alone.body.code]).toEqual([409, 'history-impossible']);
    expect(alone.body.candidates).toMatchObject([{ eventId: penalty, type: 'PenaltyImposed' }]);
    const all = await office.post(`${path}?dryRun=true`, { reason: 'another worker', withDependents: true });
    expect(all.status).toBe(200);
  });

  it('is told in a dry run what the next missed notice would cost, as a repeat', async () => {
    office.at('2026-05-04T05:00:00.000Z');
    const { body } = await office.post(`/v1/workers/${AIGUL}/events?dryRun=true`, {
      type: 'Arrived',
      occurredOn: '2026-05-04',
      data: arrivedIn('KZ-75'),
    });
    const notice = body.obligations.opened.find(({ rule }: Json) => rule === 'notify-arrival');
    expect(notice).toMatchObject({ imposed: null, exposure: { mciMax: 70, firstOffence: false } });
    expect(body.exposure.before.atRisk.mciMax).toBe(0);
    expect(body.exposure.after.atRisk.mciMax).toBe(70);
  });

  it('is told in a dry run of another penalty that the duty stays open and is not counted beside its fine', async () => {
    const { body } = await office.post(`/v1/workers/${MEHMET}/events?dryRun=true`, {
      type: 'PenaltyImposed',
      occurredOn: '2026-05-04',
      data: { obligationId: breached, mci: 70, caseOpenedOn: '2026-05-04' },
    });
    expect(body.obligations).toEqual({ opened: [], closed: [] });
    expect(body.exposure.before.accrued).toMatchObject({ obligations: 1, mciMax: 70 });
    // From the day after it is a repeat again; on the day itself it is imposed.
    expect(body.exposure.after.accrued).toMatchObject({ obligations: 0, mciMax: 0 });
  });

  it('sees the repeat in every answer: of the write, the list, the trace, the worker, the employer', async () => {
    const { body: written } = await office.post(`/v1/workers/${AIGUL}/events`, {
      type: 'Arrived',
      occurredOn: '2026-05-04',
      data: arrivedIn('KZ-75'),
    });
    const opened = written.obligations.opened.find(({ rule }: Json) => rule === 'notify-arrival');
    expect(opened.exposure).toMatchObject({ mciMax: 70, firstOffence: false });
    const asOf = '2026-05-25';
    const [listed] = (await office.get(`/v1/obligations?worker=${AIGUL}&rule=notify-arrival&asOf=${asOf}`)).body.items;
    expect(listed).toMatchObject({ id: opened.id, state: 'overdue', exposure: { mciMax: 70 } });
    const { trace } = (await office.get(`/v1/obligations/${opened.id}?asOf=${asOf}`)).body;
    expect(trace.repeat).toMatchObject({ eventId: penalty, imposedOn: '2026-03-10', article: 'CAO art. 518 p. 1' });
    const worker = (await office.get(`/v1/workers/${AIGUL}?asOf=${asOf}`)).body.exposure;
    expect(worker).toMatchObject({ accrued: { obligations: 1, mciMax: 70 }, imposed: { penalties: 0 } });
    const employer = (await office.get(`/v1/employers/${BIN}?asOf=${asOf}`)).body.exposure;
    expect(employer).toMatchObject({
      accrued: { obligations: 2, mciMax: 140, tengeMax: 605_500 },
      imposed: { penalties: 1, mci: 15, tenge: 64_875, outstandingTenge: 64_875, reducedTenge: 64_875 },
      jointCapMci: 3000,
      jointCapTenge: 12_975_000,
    });
    const mine = (await office.get(`/v1/obligations/${breached}?asOf=${asOf}`)).body;
    expect(mine).toMatchObject({ state: 'overdue', imposed: { eventId: penalty, reducedUntil: '2026-03-17' } });
    expect(mine.trace.events.map(({ did }: Json) => did)).toEqual(['opened', 'penalised']);
  });

  it('is replayed as it was known: the fine once, on its day, and a repeat after it', async () => {
    office.at('2026-06-01T05:00:00.000Z');
    const { body } = await office.get(`/v1/workers/${MEHMET}/replay`);
    const accrued = body.items.map(({ event, exposure }: Json) => [event.type, exposure.accrued.mciMax]);
    expect(accrued).toEqual([
      ['WorkerRegistered', 0],
      ['Arrived', 0],
      ['PenaltyImposed', 0],
    ]);
    const ofAigul = (await office.get(`/v1/workers/${AIGUL}/replay`)).body.items;
    expect(ofAigul.at(-1).exposure.atRisk.mciMax).toBe(70);
  });

  it('counts a fine once on each day: accrued until the eve, imposed on its day, a repeat from the day after', async () => {
    const on = async (asOf: string) => {
      const { accrued, imposed } = (await office.get(`/v1/exposure?employer=${BIN}&asOf=${asOf}`)).body.total;
      const own = (await office.get(`/v1/workers/${MEHMET}?asOf=${asOf}`)).body.exposure;
      const [listed] = (await office.get(`/v1/obligations?worker=${MEHMET}&rule=notify-arrival&asOf=${asOf}`)).body
        .items;
      expect(own.accrued.mciMax).toBe(accrued.mciMax);
      expect(listed.exposure?.mciMax ?? 0).toBe(accrued.mciMax);
      return [accrued.mciMax, imposed.mci];
    };
    expect(await on('2026-03-09')).toEqual([15, 0]);
    expect(await on('2026-03-10')).toEqual([0, 15]);
    expect(await on('2026-03-11')).toEqual([70, 15]);
  });

  it('is shown what was not known before: the same day by the knowledge of two moments', async () => {
    const query = `from=${beforePenalty}&to=2026-05-31&asOf=2026-05-25&employer=${BIN}`;
    const { body } = await office.get(`/v1/audit/difference?${query}`);
    expect(body.knowledgeLag.total).toMatchObject({
      knownThen: { accrued: { obligations: 1, mciMax: 15 } },
      trueThen: { accrued: { obligations: 2, mciMax: 140 } },
    });
  });
});
