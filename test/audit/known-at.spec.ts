import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BIN, MEHMET, Office } from './kit.js';

const offices: Office[] = [];
afterEach(async () => {
  for (const each of offices.splice(0)) await each.remove();
});

type Act = { readonly kind: 'arrive' | 'leave' | 'correct' | 'retract' | 'notify'; readonly day: number };

/** Lives the acts one a day from 1 March on; what cannot be is refused and left out, here as there. */
async function live(acts: readonly Act[], days: number): Promise<Office> {
  const office = await new Office().open();
  offices.push(office);
  await office.withMehmet();
  const arrivals: string[] = [];
  for (const [index, { kind, day }] of acts.slice(0, days).entries()) {
    office.at(`2026-03-${String(index + 1).padStart(2, '0')}T05:00:00.000Z`);
    const on = `2026-02-${String(day).padStart(2, '0')}`;
    const path = `/v1/workers/${MEHMET}/events`;
    const key = { 'idempotency-key': `act-${index}` };
    const target = arrivals.at(-1);
    const post = (type: string, data: object) => office.post(path, { type, occurredOn: on, data }, key);
    if (kind === 'arrive') {
      const { status, body } = await post('Arrived', { region: 'KZ-75', address: 'Abay 1', purpose: 'work' });
      if (status === 201) arrivals.push(body.events[0].id);
    } else if (kind === 'leave') await post('Departed', {});
    else if (kind === 'notify') await post('NotificationAcknowledged', { about: 'arrival', channel: 'vmp' });
    else if (target !== undefined && kind === 'correct') {
      await office.post(`${path}/${target}/correction`, { occurredOn: on, reason: 'typed wrongly' }, key);
    } else if (target !== undefined) {
      await office.post(`${path}/${target}/retraction`, { reason: 'never was', withDependents: true }, key);
      arrivals.pop();
    }
  }
  return office;
}

async function told(office: Office, knownAt: string) {
  const query = `asOf=2026-02-20${knownAt}`;
  const [obligations, exposure, worker] = await Promise.all([
    office.get(`/v1/obligations?limit=500&${query}`),
    office.get(`/v1/exposure?groupBy=rule&employer=${BIN}&${query}`),
    office.get(`/v1/workers/${MEHMET}?personal=false&${query}`),
  ]);
  const { status, mayWork, stay } = worker.body;
  return { obligations: obligations.body.items, total: exposure.body.total, status, mayWork, stay };
}

describe('What was known at a moment', () => {
  it('is what a fresh ledger knows that was fed with the events up to that moment (property)', async () => {
    const act = fc.record({
      kind: fc.constantFrom<Act['kind']>('arrive', 'leave', 'correct', 'retract', 'notify'),
      day: fc.integer({ min: 1, max: 25 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 2, maxLength: 9 }), fc.nat(), async (acts, cut) => {
        const days = 1 + (cut % (acts.length - 1));
        const whole = await live(acts, acts.length);
        const fresh = await live(acts, days);
        const knownAt = `&knownAt=2026-03-${String(days).padStart(2, '0')}`;
        expect(await told(whole, knownAt)).toEqual(await told(fresh, ''));
        for (const each of offices.splice(0)) await each.remove();
      }),
      { numRuns: 6 },
    );
  }, 120_000);
});
