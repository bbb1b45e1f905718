import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { BIN, employerRegistered, workerId } from '../api/people.js';
import { dataFolder, ready, type Service, startService } from './service.js';

const WORKER = workerId(7);

describe('routes, checklists and findings over HTTP', () => {
  const data = dataFolder();
  let service: Service;

  beforeAll(async () => {
    service = await startService(data.path);
    await service.post(`/v1/employers/${BIN}/events`, employerRegistered);
    await service.post(`/v1/workers/${WORKER}/events`, [
      {
        type: 'WorkerRegistered',
        occurredOn: '2026-01-02',
        data: {
          employerBin: BIN,
          familyName: 'Petrov',
          givenName: 'Iurii',
          citizenship: 'TR',
          birthDate: '1988-04-12',
          passportNumber: 'U1234567',
          passportExpiresOn: '2031-01-01',
        },
      },
      {
        type: 'WorkPermitIssued',
        occurredOn: '2026-01-10',
        data: {
          number: 'P-1',
          category: '3',
          position: 'Engineer',
          region: 'KZ-75',
          validFrom: '2026-01-10',
          validUntil: '2026-12-31',
          holderName: 'Ivan Petrov',
        },
      },
    ]);
    await ready(service);
  });

  afterAll(async () => {
    await service.stop();
    data.remove();
  });

  test('the route finder tells an Indian from a Russian, with reasons and sources', async () => {
    const assess = async (plan: object) => (await service.post('/v1/routes/assess', plan)).body;
    const indian = await assess({ citizenship: 'IN', stayDays: 365, on: '2026-11-02' });
    const russian = await assess({ citizenship: 'RU', stayDays: 365, on: '2026-11-02' });
    expect([indian.route.way, russian.route.way]).toEqual(['work-permit', 'eaeu-contract']);
    const visa = indian.needs.find((one: { need: string }) => one.need === 'work-visa');
    expect(visa).toMatchObject({ needed: 'yes', watchedBy: 'extend-visa', sourceKind: 'seed', verified: false });
  });

  test('a plan for a country that does not exist is refused with the field', async () => {
    const { status, body } = await service.post('/v1/routes/assess', { citizenship: 'XX' });
    expect({ status, path: body.errors[0].path }).toEqual({ status: 400, path: 'citizenship' });
  });

  test('the permit of another name is a serious finding and stops the invitation', async () => {
    const { body } = await service.get(`/v1/findings?worker=${WORKER}&severity=serious&asOf=2026-03-01`);
    expect(body.items).toEqual([
      expect.objectContaining({ finding: 'name-in-permit-differs', openedOn: '2026-01-10' }),
    ]);
    const refused = await service.post(`/v1/workers/${WORKER}/events`, {
      type: 'InvitationRequested',
      occurredOn: '2026-02-01',
      data: {},
    });
    expect({ status: refused.status, rule: refused.body.rule }).toEqual({
      status: 409,
      rule: 'invitation-on-other-name',
    });
  });

  test('the checklists of the worker say what blocks the file', async () => {
    const { status, body } = await service.get(`/v1/workers/${WORKER}/checklists?asOf=2026-03-01`);
    expect(status).toBe(200);
    const invitation = body.items.find((one: { checklist: string }) => one.checklist === 'invitation');
    expect(invitation).toMatchObject({ ready: 'no', next: 'same-name' });
    expect((await service.get(`/v1/workers/${workerId(99)}/checklists`)).status).toBe(404);
  });
});
