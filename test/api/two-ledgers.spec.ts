import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Json, startLedger, type TestLedger } from './ledger.js';
import { BIN, binOf, employerRegistered, workerId, workerRegistered } from './people.js';

const [HERE, THERE] = [workerId(1), workerId(2)];
const TAKER = binOf('23064000003');

describe('a worker who takes another name and another employer', () => {
  let api: TestLedger;
  let last = '';

  const record = async (worker: string, ...events: Json[]) => {
    const { status, body } = await api.post(`/v1/workers/${worker}/events`, events);
    if (status !== 201) throw new Error(JSON.stringify(body));
    last = body.position;
  };
  const ask = async (path: string) =>
    (await api.get(`${path}${path.includes('?') ? '&' : '?'}after=${encodeURIComponent(last)}`)).body;

  beforeAll(async () => {
    api = await startLedger();
    for (const bin of [BIN, TAKER]) await api.post(`/v1/employers/${bin}/events`, employerRegistered);
    await record(HERE, workerRegistered);
  });

  afterAll(() => api.close());

  test('the name of the new passport is told from its day on, the old one before', async () => {
    await record(HERE, {
      type: 'PassportReplaced',
      occurredOn: '2025-05-05',
      data: { passportNumber: 'U7654321', passportExpiresOn: '2035-05-04', familyName: 'Demir', givenName: 'Mehmet' },
    });
    expect(await ask(`/v1/workers/${HERE}`)).toMatchObject({ familyName: 'Demir', passportNumber: 'U7654321' });
    expect(await ask(`/v1/workers/${HERE}?asOf=2025-05-04`)).toMatchObject({ familyName: 'Yilmaz' });
  });

  test('S14: the transfer ends the employment here, and the ledger there names it', async () => {
    await record(HERE, {
      type: 'TransferAgreed',
      occurredOn: '2026-03-02',
      data: { newEmployerBin: TAKER, oldConsentOn: '2026-02-20', newConsentOn: '2026-02-23' },
    });
    await record(THERE, {
      ...workerRegistered,
      occurredOn: '2026-03-05',
      data: { ...workerRegistered.data, employerBin: TAKER, transferredFrom: HERE },
    });
    expect(await ask(`/v1/workers/${HERE}`)).toMatchObject({ status: 'ended', mayWork: 'no' });
    expect(await ask(`/v1/workers/${THERE}`)).toMatchObject({ status: 'registered', transferredFrom: HERE });
    const { employers } = await ask(`/v1/findings?worker=${THERE}`);
    expect(employers).toEqual([
      expect.objectContaining({ finding: 'transfer-leaves-gap', employerBin: TAKER, subject: `worker:${THERE}` }),
    ]);
    expect(employers[0].sentence.en).toContain('2026-03-02');
    expect((await ask(`/v1/findings?employer=${TAKER}&severity=serious`)).employers).toEqual([]);
  });

  test('S18: the file of a quota request says over HTTP what it lacks', async () => {
    const { status, body } = await api.post(`/v1/employers/${BIN}/events`, {
      type: 'QuotaRequested',
      occurredOn: '2026-07-15',
      data: {
        year: 2027,
        region: 'KZ-75',
        positions: [{ category: '3', position: 'Engineer', count: 2 }],
        serviceContracts: [],
      },
    });
    expect(status).toBe(201);
    last = body.position;
    const { items } = await ask(`/v1/employers/${BIN}/checklists`);
    expect(items).toEqual([expect.objectContaining({ checklist: 'quota-request', year: 2027, next: 'activity' })]);
    expect((await api.get(`/v1/employers/${binOf('23064000009')}/checklists`)).status).toBe(404);
  });
});
