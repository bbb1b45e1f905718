import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { UNKNOWN_BIN } from '../api/people.js';
import { AIGUL, BIN, type Json, MEHMET, Office } from './kit.js';

let office: Office;

beforeEach(async () => {
  office = await (await new Office().open()).withMehmet();
  office.at('2026-03-01T05:00:00.000Z');
});

afterEach(() => office.remove());

const timeline = async (): Promise<Json[]> => (await office.get(`/v1/workers/${MEHMET}/events?limit=500`)).body.items;
const arrived = (on: string) =>
  office.worker(MEHMET, 'Arrived', on, { region: 'KZ-75', address: 'Abay 1', purpose: 'work' });

describe('"Whose worker was that?"', () => {
  it('follows a worker in the replay of an employer until a correction names another one', async () => {
    const other = { name: 'Samal LLP', size: 'large' };
    await office.post(`/v1/employers/${UNKNOWN_BIN}/events`, {
      type: 'EmployerRegistered',
      occurredOn: '2020-01-06',
      data: other,
    });
    await arrived('2026-01-12');
    const [registration] = await timeline();
    const { occurredOn: _, ...data } = registration.data;
    await office.correct(MEHMET, registration.eventId, { data: { ...data, employerBin: UNKNOWN_BIN } });
    await office.worker(MEHMET, 'Departed', '2026-02-20');
    const typesIn = async (bin: string) => {
      const { items } = (await office.get(`/v1/employers/${bin}/replay?limit=500`)).body;
      return items
        .filter(({ stream }: Json) => stream === `worker-${MEHMET}`)
        .map(({ event, exposure }: Json) => [event.type, exposure.accrued.mciMax]);
    };
    expect(await typesIn(BIN)).toEqual([
      ['WorkerRegistered', 0],
      ['Arrived', 0],
      ['EventCorrected', 0],
    ]);
    expect(await typesIn(UNKNOWN_BIN)).toEqual([
      ['EventCorrected', 20],
      ['Departed', 20],
    ]);
  });
});

describe('"Why does it cost more now?"', () => {
  it('is a step on the day of its recording, where an earlier class of the employer shows only on later days', async () => {
    await arrived('2026-01-12');
    await office.employer('EmployerSizeChanged', '2026-01-02', { size: 'large' });
    const { items } = (await office.get(`/v1/workers/${MEHMET}/replay`)).body;
    expect(items.at(-1)).toMatchObject({
      stream: `worker-${MEHMET}`,
      asOf: '2026-03-01',
      event: { type: 'EmployerSizeChanged', occurredOn: '2026-01-02' },
      exposure: { accrued: { mciMax: 20 } },
    });
    const { exposure } = (await office.get(`/v1/workers/${MEHMET}?asOf=2026-03-01`)).body;
    expect(items.at(-1).exposure.accrued).toEqual(exposure.accrued);
  });
});

describe('"This was corrected. By whom, why, and what did it say before?"', () => {
  it('shows a chain of corrections, each with its reason, and what each changed', async () => {
    const event = await arrived('2026-01-12');
    await office.correct(MEHMET, event, { occurredOn: '2026-01-08', reason: 'the stamp says the 8th' });
    await office.correct(MEHMET, event, { occurredOn: '2026-01-09', reason: 'the 8 was a 9' });
    const items = await timeline();
    const original = items.find((item) => item.eventId === event);
    expect(original).toMatchObject({ standing: 'corrected', occurredOn: '2026-01-12' });
    expect(original.amendedBy.map(({ type, reason, recordedBy }: Json) => [type, reason, recordedBy])).toEqual([
      ['EventCorrected', 'the stamp says the 8th', 'aigerim.s'],
      ['EventCorrected', 'the 8 was a 9', 'aigerim.s'],
    ]);
    for (const amendment of items.slice(-2)) expect(amendment).toMatchObject({ standing: 'amendment', amends: event });
    const { stay } = (await office.get(`/v1/workers/${MEHMET}?asOf=2026-03-01`)).body;
    expect(stay).toMatchObject({ since: '2026-01-09' });
  });

  it('leads a correction of a correction back to the original', async () => {
    const event = await arrived('2026-01-12');
    const correction = await office.correct(MEHMET, event, { occurredOn: '2026-01-08' });
    const answer = await office.post(`/v1/workers/${MEHMET}/events/${correction}/correction`, {
      occurredOn: '2026-01-09',
      reason: 'the 8 was a 9',
    });
    expect([answer.status, answer.body.code]).toEqual([409, 'not-an-original']);
    expect(answer.body.remedy).toContain(event);
  });

  it('takes no correction and no retraction without a reason', async () => {
    const event = await arrived('2026-01-12');
    for (const body of [{ occurredOn: '2026-01-08' }, { occurredOn: '2026-01-08', reason: ' ' }]) {
      expect((await office.post(`/v1/workers/${MEHMET}/events/${event}/correction`, body)).status).toBe(400);
    }
    expect((await office.post(`/v1/workers/${MEHMET}/events/${event}/retraction`, {})).status).toBe(400);
  });
});

const permit = () =>
  office.worker(MEHMET, 'WorkPermitIssued', '2026-01-12', {
    number: 'WP-1',
    category: '2',
    position: 'Driller',
    region: 'KZ-75',
    validFrom: '2026-01-12',
    validUntil: '2026-12-31',
  });

describe('"This never happened."', () => {
  it('is refused with the list of what rests on it', async () => {
    const event = await permit();
    const moved = await office.worker(MEHMET, 'WorkPermitUpdated', '2026-01-20', {
      number: 'WP-1',
      position: 'Chief driller',
    });
    const left = await office.worker(MEHMET, 'WorkPermitCancelled', '2026-02-10', { number: 'WP-1' });
    const answer = await office.post(`/v1/workers/${MEHMET}/events/${event}/retraction`, { reason: 'another Mehmet' });
    expect([answer.status, answer.body.code]).toEqual([409, 'history-impossible']);
    expect(answer.body.candidates.map(({ eventId }: Json) => eventId)).toEqual([moved, left]);
    expect(answer.body.remedy).toContain('withDependents');
    expect(await timeline()).toHaveLength(4);
  });

  it('is done with all that rests on it when that is asked for, all or none', async () => {
    const event = await permit();
    await office.worker(MEHMET, 'WorkPermitUpdated', '2026-01-20', { number: 'WP-1', position: 'Chief driller' });
    await office.worker(MEHMET, 'WorkPermitCancelled', '2026-02-10', { number: 'WP-1' });
    await office.retract(MEHMET, event, { reason: 'another Mehmet', withDependents: true });
    const items = await timeline();
    expect(items.map(({ standing }) => standing)).toEqual([
      'stands',
      'retracted',
      'retracted',
      'retracted',
      'amendment',
      'amendment',
      'amendment',
    ]);
    expect((await office.get(`/v1/workers/${MEHMET}`)).body.permits).toEqual([]);
    expect((await office.get('/v1/audit/verification')).body.intact).toBe(true);
  });
});

describe('"This employer was never registered."', () => {
  const names = { familyName: 'Kaya', givenName: 'Aigul', passportNumber: 'U87654321' };
  const ofEmployer = async (type: string): Promise<string> =>
    (await office.get(`/v1/employers/${BIN}/events`)).body.items.find((item: Json) => item.type === type).eventId;
  const registrationOf = async (worker: string): Promise<string> =>
    (await office.get(`/v1/workers/${worker}/events`)).body.items[0].eventId;
  const amend = async (verb: string, body: object) =>
    office.post(`/v1/employers/${BIN}/events/${await ofEmployer('EmployerRegistered')}/${verb}`, body);

  it('is refused while workers are registered there, with their registrations', async () => {
    await office.register(AIGUL, names);
    await office.employer('EmployerSizeChanged', '2026-02-02', { size: 'large' });
    await office.worker(MEHMET, 'EmploymentTerminated', '2026-02-20');
    const before = (await office.get('/v1/exposure?asOf=2026-03-01')).body;
    for (const withDependents of [false, true]) {
      const answer = await amend('retraction', { reason: 'another company', withDependents });
      expect([answer.status, answer.body.code]).toEqual([409, 'history-impossible']);
      expect(answer.body.detail).toContain('The registrations of 2 workers rest on this registration');
      expect(answer.body.remedy).toContain('retract them in the streams of their workers first');
      expect(answer.body.candidates).toEqual([
        await candidate(MEHMET, '2026-01-05'),
        await candidate(AIGUL, '2026-01-05'),
      ]);
    }
    expect((await office.get('/v1/exposure?asOf=2026-03-01')).body).toEqual(before);
    expect((await office.get(`/v1/employers/${BIN}`)).status).toBe(200);

    async function candidate(worker: string, occurredOn: string) {
      const eventId = await registrationOf(worker);
      return { eventId, type: 'WorkerRegistered', occurredOn, stream: `worker-${worker}` };
    }
  });

  it('waits for what was answered a moment before: a worker is not overlooked, and one who is gone is not in the way', async () => {
    const url = `/v1/employers/${BIN}/events/${await ofEmployer('EmployerRegistered')}/retraction`;
    const registration = await registrationOf(MEHMET);
    await office.post(`/v1/workers/${MEHMET}/events/${registration}/retraction`, { reason: 'never happened' });
    const aigul = await office.register(AIGUL, names);
    const answer = await office.post(url, { reason: 'another company' });
    expect([answer.status, answer.body.candidates?.map(({ eventId }: Json) => eventId)]).toEqual([409, [aigul]]);
    await office.post(`/v1/workers/${AIGUL}/events/${aigul}/retraction`, { reason: 'never happened' });
    expect((await office.post(url, { reason: 'another company' })).status).toBe(201);
  });

  it('is possible once they are retracted, or name another employer', async () => {
    const other = '180540012343';
    await office.post(`/v1/employers/${other}/events`, {
      type: 'EmployerRegistered',
      occurredOn: '2020-01-06',
      data: { name: 'Steppe Drilling LLP', size: 'small' },
    });
    const aigul = await office.register(AIGUL, names);
    await office.retract(MEHMET, await registrationOf(MEHMET));
    await office.get('/v1/workers');
    const alone = await amend('retraction', { reason: 'another company' });
    expect([alone.status, alone.body.detail]).toEqual([
      409,
      expect.stringMatching(/^The registration of a worker rests/),
    ]);
    await office.correct(AIGUL, aigul, {
      data: {
        employerBin: other,
        citizenship: 'TR',
        birthDate: '1988-04-17',
        passportExpiresOn: '2031-05-20',
        ...names,
      },
    });
    await office.get('/v1/workers');
    expect((await amend('retraction', { reason: 'another company' })).status).toBe(201);
    expect((await office.get(`/v1/employers/${BIN}`)).status).toBe(404);
    expect((await office.get(`/v1/workers/${AIGUL}`)).body).toMatchObject({ employerBin: other });
  });

  it('may be corrected to another day, for a worker may be registered with an employer of a later day', async () => {
    const answer = await amend('correction', { reason: 'typed wrongly', occurredOn: '2026-02-02' });
    expect(answer.status).toBe(201);
    await office.register(AIGUL, names);
  });
});
