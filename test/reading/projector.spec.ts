import { afterEach, describe, expect, test } from '@jest/globals';
import { closeAll, deliver, idOf, Log, readModel, rowsOf } from './kit.js';

afterEach(closeAll);

describe('The projector', () => {
  test('keeps the stretches of days in which a worker stood somewhere', async () => {
    const log = new Log();
    log.registered('Mehmet', '2026-01-05');
    log.arrived('Mehmet', '2026-01-12');
    log.worker('Mehmet', 'Departed', '2026-03-01');
    const model = readModel();
    await deliver(model, log.events);
    expect(rowsOf(model, 'status')).toMatchObject([
      { status: 'registered', region: null, valid_from: '2026-01-05', valid_until: '2026-01-12' },
      { status: 'in-country', region: 'KZ-75', valid_from: '2026-01-12', valid_until: '2026-03-01' },
      { status: 'abroad', region: null, valid_from: '2026-03-01', valid_until: '9999-12-31' },
    ]);
    expect(model.health()).toMatchObject({ status: 'ready', degraded: false, events: 3, position: '1200' });
  });

  test('closes and opens rows event by event, also within one batch', async () => {
    const log = new Log();
    log.registered('Mehmet', '2026-01-05');
    log.arrived('Mehmet', '2026-01-12');
    const model = readModel();
    await deliver(model, log.events, [2]);
    expect(rowsOf(model, 'status', '1')).toMatchObject([
      { key: '2026-01-05', valid_until: '9999-12-31', known_from: 1, known_until: 2 },
      { key: '2026-01-05', valid_until: '2026-01-12', known_from: 2 },
      { key: '2026-01-12', known_from: 2 },
    ]);
  });

  test('parks an event that it cannot read, flags its worker and goes on with it and the others', async () => {
    const log = new Log();
    log.registered('Mehmet', '2026-01-05');
    log.add(`worker-${idOf('Mehmet')}`, 'Arrived', { occurredOn: '2026-02-30', region: 'KZ-75' });
    log.registered('Aylin', '2026-01-06');
    log.worker('Mehmet', 'Departed', '2026-03-01');
    const model = readModel();
    await deliver(model, log.events);
    expect(model.health()).toMatchObject({ status: 'ready', degraded: true, parked: 1 });
    expect(model.health().parkedEvents).toMatchObject([
      { seq: 2, stream: `worker-${idOf('Mehmet')}`, type: 'Arrived' },
    ]);
    expect(rowsOf(model, 'status').map(({ status }) => status)).toEqual(['registered', 'abroad', 'registered']);
  });

  test('takes what it has already seen once', async () => {
    const log = new Log();
    log.registered('Mehmet', '2026-01-05');
    log.arrived('Mehmet', '2026-01-12');
    const model = readModel();
    await deliver(model, log.events);
    const before = await model.digest();
    await deliver(model, log.events);
    expect(await model.digest()).toBe(before);
    expect(model.health().events).toBe(2);
  });

  test('gives the same digest after a rebuild', async () => {
    const log = new Log();
    log.registered('Mehmet', '2026-01-05');
    const arrival = log.arrived('Mehmet', '2026-01-12');
    log.registered('Aylin', '2026-01-06');
    log.corrected(arrival, { occurredOn: '2026-01-10' });
    log.worker('Mehmet', 'Departed', '2026-01-08');
    log.retracted(arrival);
    const model = readModel();
    await deliver(model, log.events, [1]);
    const before = await model.digest();
    expect(await model.rebuild()).toBe(6);
    expect(await model.digest()).toBe(before);
    await model.receive([log.arrived('Aylin', '2026-01-20')]);
    expect(rowsOf(model, 'status')).toMatchObject([{}, {}, { status: 'registered' }, { status: 'in-country' }]);
  });
});
