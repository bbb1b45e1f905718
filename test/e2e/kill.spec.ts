import { afterAll, describe, expect, test } from '@jest/globals';
import { BIN, employerRegistered, workerId, workerRegistered } from '../api/people.js';
import { dataFolder, type Json, type Reply, ready, type Service, startService } from './service.js';

interface Acknowledged {
  readonly worker: string;
  readonly id: string;
  readonly position: string;
}

describe('killed in the middle of writing', () => {
  const data = dataFolder();
  afterAll(() => data.remove());

  test('every acknowledged event is there once, the read side agrees with the log, and writing goes on', async () => {
    const acknowledged: Acknowledged[] = [];
    let service = await startService(data.path);
    await service.post(`/v1/employers/${BIN}/events`, employerRegistered);

    for (let round = 0; round < 3; round++) {
      const writers = Array.from({ length: 8 }, (_, lane) => writeUntilGone(service, round, lane, acknowledged));
      const before = acknowledged.length;
      while (acknowledged.length < before + 40 * (round + 1)) await new Promise((resolve) => setImmediate(resolve));
      await service.kill();
      await Promise.all(writers);
      service = await startService(data.path);
    }
    await ready(service);

    const ids = await allIds(service);
    expect(acknowledged.filter(({ id }) => !ids.includes(id))).toEqual([]);
    expect(new Set(ids).size).toBe(ids.length);

    // A command whose answer was lost is sent again under its key: it is there once, whichever it was.
    const last = acknowledged.at(-1);
    const again = await service.post(`/v1/workers/${last?.worker}/events`, registration(), {
      'idempotency-key': `key-${last?.worker}`,
    });
    expect([again.status, again.body.events[0].id, again.headers.get('idempotent-replayed')]).toEqual([
      201,
      last?.id,
      'true',
    ]);

    const { body } = await service.post('/v1/read-side/rebuild', {});
    expect(body.events).toBe(ids.length);
    expect(body.digestAfter).toBe(body.digestBefore);
    expect(await service.stop()).toBe(0);
  }, 90_000);
});

function registration() {
  return workerRegistered;
}

/** Registers new workers one after the other until the service is gone. */
async function writeUntilGone(
  service: Service,
  round: number,
  lane: number,
  acknowledged: Acknowledged[],
): Promise<void> {
  for (let number = 0; ; number++) {
    const worker = workerId(round * 1_000_000 + lane * 10_000 + number);
    try {
      const { status, body } = await service.post(`/v1/workers/${worker}/events`, registration(), {
        'idempotency-key': `key-${worker}`,
      });
      if (status !== 201) throw new Error(`answered ${status}`);
      acknowledged.push({ worker, id: body.events[0].id, position: body.position });
    } catch {
      return;
    }
  }
}

async function allIds(service: Service): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | null = null;
  do {
    const { body }: Reply<Json> = await service.get(
      `/v1/events?limit=500${cursor === null ? '' : `&cursor=${cursor}`}`,
    );
    ids.push(...body.items.map(({ eventId }: { eventId: string }) => eventId));
    cursor = body.nextCursor;
  } while (cursor !== null);
  return ids;
}
