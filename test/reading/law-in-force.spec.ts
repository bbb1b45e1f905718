import { afterEach, describe, expect, it } from '@jest/globals';
import type { Notice } from '../../src/reading/read-model.js';
import { anotherBook, closeAll, deliver, EMPLOYER, Log, readModel, rowsOf, theBook } from './kit.js';

afterEach(closeAll);

function withArrivals(count: number): Log {
  const log = new Log();
  log.adopted(theBook());
  log.employer(EMPLOYER, 'EmployerRegistered', '2020-01-06', { name: 'Altyn Kurylys', size: 'small' });
  for (let n = 0; n < count; n += 1) {
    log.registered(`worker ${n}`, '2026-02-02');
    log.arrived(`worker ${n}`, '2026-02-05');
  }
  return log;
}

const dueOf = (model: ReturnType<typeof readModel>) => {
  const rows = rowsOf(model, 'obligations', "rule = 'notify-arrival' AND known_until = 2147483647");
  return [...new Set(rows.map((row) => String(row['due_on'])))].sort();
};

describe('The law in force', () => {
  it('is brought to few streams in place, each with the event of the adoption as its cause', async () => {
    const log = withArrivals(3);
    const adoption = log.adopted(anotherBook());
    const model = readModel();
    await deliver(model, log.events, [1]);
    expect(dueOf(model)).toEqual(['2026-02-12']);
    const seq = log.events.indexOf(adoption) + 1;
    const closed = rowsOf(model, 'obligations', `rule = 'notify-arrival' AND known_until = ${seq}`);
    expect(closed.map((row) => row['due_on'])).toEqual(['2026-02-10', '2026-02-10', '2026-02-10']);
    expect(model.law.at(seq).hash).toBe(anotherBook().hash);
    expect(model.law.at(seq - 1).hash).toBe(theBook().hash);
  });

  it('is brought to many by making all rows anew, which gives the same rows', async () => {
    const log = withArrivals(201);
    const before = log.events.length;
    log.adopted(anotherBook());
    log.arrived('worker 7', '2026-03-05', 'KZ-71');
    const notices: Notice[] = [];
    const model = readModel({ onNotice: (notice) => void notices.push(notice) });
    await deliver(model, log.events.slice(0, before));
    await model.receive(log.events.slice(before));
    await model.caughtUp();
    expect(notices.map(({ message }) => message).join()).toContain('another law counts');
    expect(dueOf(model)).toEqual(['2026-02-12', '2026-03-13']);
    const beside = readModel();
    await beside.receive(log.events);
    await beside.caughtUp();
    expect(await beside.digest()).toBe(await model.digest());
  });

  it('is seen by a rebuild that is under way when it changes', async () => {
    const log = withArrivals(60);
    const before = log.events.length;
    const model = readModel();
    await deliver(model, log.events);
    const choice = log.employer(EMPLOYER, 'ReadingChosen', '2026-02-09', {
      rule: 'counting-of-days',
      reading: 'inclusive',
      reason: 'advice',
    });
    log.arrived('worker 3', '2026-02-09', 'KZ-71');
    let received: Promise<void> | undefined;
    await model.rebuild({
      onProgress: () => {
        received ??= model.receive(log.events.slice(before));
      },
    });
    await received;
    expect(log.events.indexOf(choice)).toBe(before);
    const fresh = readModel();
    await deliver(fresh, log.events);
    expect(await model.digest()).toBe(await fresh.digest());
    expect(dueOf(model)).toEqual(dueOf(fresh));
    expect(dueOf(model)).not.toContain('2026-02-10');
  });

  it('is that of the first adoption for what was recorded before there was one', async () => {
    const log = new Log();
    log.registered('Mehmet', '2026-02-02');
    log.arrived('Mehmet', '2026-02-05');
    const model = readModel();
    await deliver(model, log.events);
    expect(dueOf(model)).toEqual(['2026-02-10']);
    await model.receive([log.adopted(anotherBook())]);
    await model.caughtUp();
    expect(dueOf(model)).toEqual(['2026-02-12']);
    expect(model.law.at(1).hash).toBe(anotherBook().hash);
    const opened = readModel();
    await deliver(opened, log.events);
    expect(await opened.digest()).toBe(await model.digest());
  });

  it("is this process's own where a book was written for another program, and the log goes on", async () => {
    const log = withArrivals(1);
    log.add('law-books', 'RuleBookAdopted', {
      occurredOn: '2026-02-06',
      hash: 'f'.repeat(64),
      replaces: theBook().hash,
      files: [],
      content: 'bm90IGd6aXA=',
    });
    log.arrived('worker 0', '2026-02-09');
    const model = readModel();
    await deliver(model, log.events);
    expect(model.health()).toMatchObject({ parked: 0, status: 'ready' });
    expect(model.law.canRead('f'.repeat(64))).toBe(false);
    expect(model.law.at(99).hash).toBe(theBook().hash);
    expect(dueOf(model)).toEqual(['2026-02-10', '2026-02-12']);
  });

  it('does not come from an event that cannot be read: that is parked', async () => {
    const log = withArrivals(1);
    log.add('law-books', 'RuleBookAdopted', { occurredOn: '2026-02-06', hash: 'yesterday', files: [], content: '' });
    const model = readModel();
    await deliver(model, log.events);
    expect(model.health()).toMatchObject({ parked: 1, degraded: true });
    expect(dueOf(model)).toEqual(['2026-02-10']);
    const digest = await model.digest();
    await model.rebuild();
    expect(await model.digest()).toBe(digest);
    expect(model.health().parked).toBe(1);
  });
});
