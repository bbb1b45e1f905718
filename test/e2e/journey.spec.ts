import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { arrived, BIN, employerRegistered, workerId, workerRegistered } from '../api/people.js';
import { dataFolder, ready, type Service, startService } from './service.js';

const WORKER = workerId(1);
const events = `/v1/workers/${WORKER}/events`;

describe('one foreign worker, from the first event to the last figure', () => {
  const data = dataFolder();
  let service: Service;
  let arrivalId: string;
  let position: string;

  beforeAll(async () => {
    service = await startService(data.path);
    await service.post(`/v1/employers/${BIN}/events`, employerRegistered);
    await service.post(events, workerRegistered);
  });

  afterAll(async () => {
    await service.stop();
    data.remove();
  });

  test('an arrival opens the duty to tell the migration police within three working days', async () => {
    const { status, body, headers } = await service.post(events, arrived);
    expect(status).toBe(201);
    expect(headers.get('etag')).toBe('"1"');
    expect(body.obligations.opened).toMatchObject([
      { rule: 'notify-arrival', dueOn: '2024-11-25', safeBy: '2024-11-22' },
    ]);
    arrivalId = body.events[0].id;
    position = body.position;
    const { body: list } = await service.get(`/v1/obligations?worker=${WORKER}&after=${position}`);
    expect(body.obligations.opened).toEqual(list.items);
  });

  test('on the last day the duty is open, the day after it is overdue and costs 15 MCI', async () => {
    const at = async (asOf: string) => {
      const { body } = await service.get(`/v1/obligations?worker=${WORKER}&asOf=${asOf}&after=${position}`);
      return body.items[0];
    };
    expect(await at('2024-11-25')).toMatchObject({ state: 'open', daysOverdue: 0 });
    expect(await at('2024-11-26')).toMatchObject({
      state: 'overdue',
      daysOverdue: 1,
      exposure: { mciMin: 15, mciMax: 15, tengeMin: 15 * 3692 },
    });
  });

  test('the figure is traced to its events, its days and its arithmetic', async () => {
    const { body } = await service.get(`/v1/obligations/notify-arrival.${arrivalId}?asOf=2024-11-26`);
    expect(body.trace.arithmetic).toContain('15 MCI × 3692 tenge');
    expect(
      body.trace.walk.filter(({ counted }: { counted: boolean }) => counted).map(({ date }: { date: string }) => date),
    ).toEqual(['2024-11-21', '2024-11-22', '2024-11-25']);
  });

  test('the same command sent again appends nothing and answers the same', async () => {
    const notice = {
      type: 'NotificationSubmitted',
      occurredOn: '2024-11-22',
      data: { about: 'arrival', channel: 'vmp' },
    };
    const key = { 'idempotency-key': 'vmp-7701' };
    const first = await service.post(events, notice, key);
    const second = await service.post(events, notice, key);
    expect(first.headers.has('idempotent-replayed')).toBe(false);
    expect(second.headers.get('idempotent-replayed')).toBe('true');
    expect(second.status).toBe(201);
    expect(second.body.events).toEqual(first.body.events);
    const other = await service.post(events, { ...notice, occurredOn: '2024-11-21' }, key);
    expect(other.status).toBe(422);
  });

  test('a write that insists on an old revision is refused', async () => {
    const departed = { type: 'Departed', occurredOn: '2024-12-20', data: {} };
    const { status, body } = await service.post(events, departed, { 'if-match': '"0"' });
    expect([status, body.type]).toEqual([412, expect.stringContaining('urn:immigration-ledger:problem:')]);
  });

  test('an acknowledged notice meets the duty as of the day of filing', async () => {
    const acknowledged = {
      type: 'NotificationAcknowledged',
      occurredOn: '2024-11-28',
      data: { about: 'arrival', channel: 'vmp' },
    };
    const { status, body } = await service.post(events, acknowledged);
    expect(status).toBe(201);
    expect(body.obligations.closed).toMatchObject([{ rule: 'notify-arrival', metOn: '2024-11-22' }]);
    position = body.position;
  });

  test('a dry run says what would follow and writes nothing', async () => {
    const { status, body } = await service.post(`${events}?dryRun=true`, {
      type: 'EmploymentTerminated',
      occurredOn: '2030-01-10',
      data: {},
    });
    expect(status).toBe(200);
    expect(body.events).toEqual([]);
    expect(body.exposure).toBeDefined();
    const { body: worker } = await service.get(`/v1/workers/${WORKER}?after=${position}`);
    expect(worker.status).toBe('in-country');
  });

  test('a corrected arrival moves its duty, and what was known before stays answerable', async () => {
    const before = new Date().toISOString();
    const { status, body } = await service.post(`${events}/${arrivalId}/correction`, {
      occurredOn: '2024-11-18',
      reason: 'The stamp in the passport says 18 November.',
    });
    expect(status).toBe(201);
    const at = async (query: string) =>
      (await service.get(`/v1/obligations/notify-arrival.${arrivalId}?asOf=2024-12-01&${query}`)).body;
    expect(await at(`after=${body.position}`)).toMatchObject({ dueOn: '2024-11-21', late: true });
    expect(await at(`knownAt=${encodeURIComponent(before)}`)).toMatchObject({ dueOn: '2024-11-25', late: false });
  });

  test('personal values are readable here, and not in the files on disk', async () => {
    const { body } = await service.get(`/v1/workers/${WORKER}`);
    expect([body.familyName, body.passportNumber]).toEqual(['Yilmaz', 'U12345678']);
    await service.stop();
    for (const name of readdirSync(data.path, { recursive: true, encoding: 'utf8' })) {
      const file = join(data.path, name);
      if (/\.(sqlite|db)/.test(name)) expect([name, readFileSync(file).includes('U12345678')]).toEqual([name, false]);
    }
  });

  test('after a restart everything is still there', async () => {
    service = await startService(data.path);
    await ready(service);
    const { body } = await service.get(`/v1/workers/${WORKER}/events`);
    expect(body.items.map(({ type }: { type: string }) => type)).toEqual([
      'WorkerRegistered',
      'Arrived',
      'NotificationSubmitted',
      'NotificationAcknowledged',
      'EventCorrected',
    ]);
  });
});
