import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { jsonEvent } from '@eventstore/db-client';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { decode, openData } from '../../src/ledger/codec.js';
import { StoreAway, StoreFull, TooLarge } from '../../src/ledger/event-store.js';
import { PersonErased } from '../../src/ledger/personal-data.js';
import {
  Arrived,
  Departed,
  EmployerRegistered,
  FamilyMemberAdded,
  JobTitleChanged,
  MentorAssigned,
  NotificationAcknowledged,
  PassportReplaced,
  WorkerRegistered,
} from '../stories/story.js';
import { BIN, type Desk, employer, failure, World as NewWorld, TODAY, type World, worker } from './ledger-world.js';

let world: World;
let desk: Desk;

beforeAll(async () => {
  world = new NewWorld();
  await world.start();
  desk = world.desk();
  await desk.record(employer, [EmployerRegistered('2025-01-01')]);
});
afterAll(() => world.end());

/** Does something in a world of its own, which ends whatever happens. */
async function inAnotherWorld(act: (there: World) => Promise<void>): Promise<void> {
  const there = new NewWorld();
  try {
    await act(there);
  } finally {
    await there.end();
  }
}

const registered = WorkerRegistered('2026-01-01');

describe('recording', () => {
  test('is answered with ids, revisions, the position and what it opened', async () => {
    const stream = worker();
    const answer = await desk.record(stream, [registered, Arrived('2026-01-12')]);
    expect(answer.events.map(({ revision }) => revision)).toEqual([0, 1]);
    expect(answer.events.map(({ position }) => position)).toEqual([answer.position, answer.position]);
    expect(answer.obligations.opened.map(({ rule }) => rule)).toContain('notify-arrival');
    expect(answer.replayed).toBe(false);
    const acknowledged = await desk.record(stream, [NotificationAcknowledged('2026-01-14')]);
    expect(acknowledged.obligations).toEqual({
      opened: [],
      closed: [expect.objectContaining({ rule: 'notify-arrival', metOn: '2026-01-14' })],
    });
  });

  test('stores what other programs are promised to find', async () => {
    const stream = worker();
    const correlationId = randomUUID();
    const commandId = randomUUID();
    await desk.record(stream, [registered], { correlationId, commandId });
    const [stored] = await desk.store.read(`worker-${stream.id}`);
    expect(stored).toMatchObject({
      type: 'WorkerRegistered',
      revision: 0,
      data: {
        occurredOn: '2026-01-01',
        employerBin: BIN,
        citizenship: 'TR',
        passportExpiresOn: '2031-05-01',
        passportTag: expect.any(String),
        sealed: expect.any(String),
      },
      metadata: {
        schemaVersion: 1,
        actor: 'aigerim.s',
        commandId,
        commandTag: expect.any(String),
        $correlationId: correlationId,
        $causationId: commandId,
      },
    });
    expect(Object.keys(stored?.data as object).sort()).toEqual([
      'citizenship',
      'employerBin',
      'nameTags',
      'occurredOn',
      'passportExpiresOn',
      'passportTag',
      'sealed',
    ]);
  });

  test('two arrays at once are two turns, and each is whole', async () => {
    const stream = worker();
    await desk.record(stream, [registered]);
    await Promise.all(
      Array.from({ length: 10 }, () =>
        desk.record(stream, [JobTitleChanged('2026-02-01'), JobTitleChanged('2026-02-01')]),
      ),
    );
    const events = await desk.store.read(`worker-${stream.id}`);
    const commands = events.map(({ metadata }) => (metadata as { commandId: string }).commandId);
    expect(events.map(({ revision }) => revision)).toEqual(Array.from({ length: 21 }, (_, index) => index));
    for (let index = 1; index < commands.length; index += 2) expect(commands[index]).toBe(commands[index + 1]);
  });

  test('a stay that was forgotten goes in between as a whole, although neither end of it would fit alone', async () => {
    const stream = worker();
    await desk.record(stream, [registered, Arrived('2026-03-02'), Departed('2026-03-20')]);
    const alone = await failure(desk.record(stream, [Arrived('2026-02-02')]));
    expect(alone).toMatchObject({ status: 409, code: 'history-impossible' });
    const { events } = await desk.record(stream, [Arrived('2026-02-02'), Departed('2026-02-20')]);
    expect(events.map(({ revision }) => revision)).toEqual([3, 4]);
    const twice = await failure(desk.record(stream, [Arrived('2026-02-09'), Departed('2026-03-10')]));
    expect(twice).toMatchObject({ status: 409 });
    await desk.record(stream, [Arrived('2026-04-01')]);
    expect(await failure(world.desk().record(stream, [Arrived('2026-04-02')]))).toMatchObject({ status: 409 });
  });

  test('an array that is refused leaves nothing behind', async () => {
    const stream = worker();
    const refusal = await failure(desk.record(stream, [registered, Arrived('2026-01-12'), Arrived('2026-01-13')]));
    expect(refusal).toMatchObject({ code: 'already-in-country', status: 409 });
    expect(await desk.store.read(`worker-${stream.id}`)).toEqual([]);
    expect((await desk.record(stream, [registered])).events[0]?.revision).toBe(0);
  });

  test('an id that is no UUID, or a BIN with a wrong check digit, is refused', async () => {
    expect(await failure(desk.record({ kind: 'worker', id: 'mehmet' }, [registered]))).toMatchObject({ status: 400 });
    const wrong = await failure(
      desk.record({ kind: 'employer', id: '120340004563' }, [EmployerRegistered('2025-01-01')]),
    );
    expect(wrong).toMatchObject({ status: 400, message: expect.stringContaining('check digit') });
  });

  test('a UUID in capitals is the same worker', async () => {
    const stream = worker();
    await desk.record(stream, [registered]);
    const answer = await desk.record({ ...stream, id: stream.id.toUpperCase() }, [Arrived('2026-01-12')]);
    expect(answer.events[0]?.revision).toBe(1);
  });

  test('more than the store takes at once is refused as too large', async () => {
    const stream = worker();
    const many = Array.from({ length: 4_000 }, () => JobTitleChanged('2026-02-01', { position: 'x'.repeat(200) }));
    expect(await failure(desk.record(stream, [registered, ...many]))).toBeInstanceOf(TooLarge);
    expect(await desk.store.read(`worker-${stream.id}`)).toEqual([]);
  });
});

describe('the same command again', () => {
  test('appends nothing and is answered the same, also by another process', async () => {
    const stream = worker();
    const commandId = randomUUID();
    const events = [registered, Arrived('2026-01-12')];
    const first = await desk.record(stream, events, { commandId });
    await desk.record(stream, [Departed('2026-02-01')]);
    for (const other of [desk, world.desk()]) {
      const again = await other.record(stream, events, { commandId });
      expect(again).toEqual({ ...first, replayed: true });
    }
    expect(await desk.store.read(`worker-${stream.id}`)).toHaveLength(3);
  });

  test('is found whatever the order of its fields, and before the revision is looked at', async () => {
    const stream = worker();
    const commandId = randomUUID();
    await desk.record(stream, [registered], { commandId, ifMatch: -1 });
    const shuffled = { ...registered, data: Object.fromEntries(Object.entries(registered.data).reverse()) };
    expect(await desk.record(stream, [shuffled], { commandId, ifMatch: -1 })).toMatchObject({ replayed: true });
  });

  test('with another body is refused', async () => {
    const stream = worker();
    const commandId = randomUUID();
    await desk.record(stream, [registered], { commandId });
    const other = WorkerRegistered('2026-01-01', { familyName: 'Demir' });
    expect(await failure(desk.record(stream, [other], { commandId }))).toMatchObject({
      code: 'key-reused',
      status: 422,
    });
    expect(await failure(desk.retract(stream, randomUUID(), 'x', { commandId }))).toMatchObject({ code: 'key-reused' });
  });

  test('on another stream is another command', async () => {
    const commandId = randomUUID();
    await desk.record(worker(), [registered], { commandId });
    expect(await desk.record(worker(), [registered], { commandId })).toMatchObject({ replayed: false });
  });

  test('that was refused is decided anew', async () => {
    const stream = worker();
    const commandId = randomUUID();
    expect(await failure(desk.record(stream, [Arrived('2026-01-12')], { commandId }))).toMatchObject({ status: 404 });
    await desk.record(stream, [registered]);
    expect(await desk.record(stream, [Arrived('2026-01-12')], { commandId })).toMatchObject({ replayed: false });
  });

  test('sent many times at once is recorded once', async () => {
    const stream = worker();
    const commandId = randomUUID();
    const desks = [desk, world.desk()];
    const answers = await Promise.all(
      Array.from({ length: 12 }, async (_, index) => desks[index % 2]?.record(stream, [registered], { commandId })),
    );
    expect(new Set(answers.map((answer) => answer?.events[0]?.id)).size).toBe(1);
    expect(new Set(answers.map((answer) => answer?.position)).size).toBe(1);
    expect(await desk.store.read(`worker-${stream.id}`)).toHaveLength(1);
  });

  test('under one key for two commands, at two processes at once, records one and refuses the other', async () => {
    for (let round = 0; round < 8; round += 1) {
      const stream = worker();
      const commandId = randomUUID();
      const [one, two] = [world.desk(), world.desk()];
      await one.record(stream, [registered]);
      await two.record(stream, [JobTitleChanged('2026-01-02')], { dryRun: true });
      const titles = ['Driller', 'Welder'];
      const results = await Promise.allSettled(
        [one, two].map((at, index) =>
          at.record(stream, [JobTitleChanged('2026-02-01', { position: titles[index] })], { commandId }),
        ),
      );
      const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
      expect(refused).toEqual([expect.objectContaining({ code: 'key-reused', status: 422 })]);
      const won = titles[results.findIndex(({ status }) => status === 'fulfilled')];
      const events = await one.store.read(`worker-${stream.id}`);
      expect(events).toHaveLength(2);
      expect(events[1]?.data).toMatchObject({ position: won });
    }
  });

  test('at two processes at once leaves the chain of hashes whole', async () => {
    for (let round = 0; round < 4; round += 1) {
      const stream = worker();
      const [one, two] = [world.desk(), world.desk()];
      await one.record(stream, [registered]);
      await two.record(stream, [JobTitleChanged('2026-01-02')], { dryRun: true });
      const commandId = randomUUID();
      const same = [JobTitleChanged('2026-02-01', { position: 'Welder' })];
      await Promise.all([one, two].map((at) => at.record(stream, same, { commandId })));
      await (round % 2 === 0 ? one : two).record(stream, [JobTitleChanged('2026-02-02')]);
      const metadata = (await one.store.read(`worker-${stream.id}`)).map(
        (event) => event.metadata as Record<string, string>,
      );
      expect(metadata).toHaveLength(3);
      for (const [index, { previousHash }] of metadata.entries()) {
        if (index > 0) expect(previousHash).toBe(metadata[index - 1]?.['hash']);
      }
    }
  });

  test('corrections and retractions repeat as well', async () => {
    const stream = worker();
    const { events } = await desk.record(stream, [registered, Arrived('2026-01-12')]);
    const eventId = events[1]?.id ?? '';
    const [correction, retraction] = [{ commandId: randomUUID() }, { commandId: randomUUID() }];
    const body = { eventId, occurredOn: '2026-01-11', reason: 'stamp misread' };
    const corrected = await desk.correct(stream, body, correction);
    const retracted = await desk.retract(stream, eventId, 'another worker', retraction);
    expect(retracted.obligations.closed.map(({ rule }) => rule)).toContain('notify-arrival');
    const later = world.desk();
    expect(await later.correct(stream, body, correction)).toEqual({ ...corrected, replayed: true });
    expect(await later.retract(stream, eventId, 'another worker', retraction)).toEqual({
      ...retracted,
      replayed: true,
    });
  });
});

describe('writers that meet', () => {
  test('If-Match: the revision must be the one that was read', async () => {
    const stream = worker();
    await desk.record(stream, [registered]);
    const moved = await failure(desk.record(stream, [Arrived('2026-01-12')], { ifMatch: 3 }));
    expect(moved).toMatchObject({ code: 'moved', status: 412 });
    await desk.record(stream, [Arrived('2026-01-12')], { ifMatch: 0 });
    expect(await failure(desk.record(stream, [Departed('2026-01-13')], { ifMatch: 0 }))).toMatchObject({ status: 412 });
    // Another process sees the new revision although its memory does not.
    const other = world.desk();
    await other.record(stream, [Departed('2026-01-13')], { ifMatch: 1 });
    expect(await desk.record(stream, [Arrived('2026-01-14')], { ifMatch: 2 })).toMatchObject({ replayed: false });
  });

  test('two processes on one stream lose nothing and double nothing', async () => {
    const stream = worker();
    await desk.record(stream, [registered]);
    const desks = [world.desk(), world.desk()];
    const commands = Array.from({ length: 40 }, (_, index) => ({
      commandId: randomUUID(),
      desk: desks[index % 2],
      index,
    }));
    const answers = await Promise.all(
      commands.map(async ({ commandId, desk: at, index }) => {
        const event = JobTitleChanged('2026-02-01', { position: `Title ${index}` });
        for (;;) {
          try {
            return await at?.record(stream, [event], { commandId });
          } catch (error) {
            if ((error as { code?: string }).code !== 'busy-stream') throw error;
          }
        }
      }),
    );
    const events = await desk.store.read(`worker-${stream.id}`);
    const titles = events.slice(1).map(({ data }) => (data as { position: string }).position);
    expect(titles.sort()).toEqual(commands.map(({ index }) => `Title ${index}`).sort());
    for (const answer of answers) {
      const { id, revision } = answer?.events[0] ?? {};
      expect(events[revision ?? -1]?.id).toBe(id);
    }
  });

  test('a decision on an old view is taken again on the present one', async () => {
    const stream = worker();
    const [one, two] = [world.desk(), world.desk()];
    await one.record(stream, [registered, Arrived('2026-01-12')]);
    await two.record(stream, [Departed('2026-02-01')]);
    // For the first desk the worker is still in the country.
    expect(await one.record(stream, [Arrived('2026-02-10')])).toMatchObject({ replayed: false });
    expect(await failure(two.record(stream, [Arrived('2026-02-11')]))).toMatchObject({ code: 'already-in-country' });
  });

  test('an employer that another process registered is found', async () => {
    const bin = '180540012343';
    const [one, two] = [world.desk(), world.desk()];
    const hired = WorkerRegistered('2026-01-01', { employerBin: bin });
    expect(await failure(one.record(worker(), [hired]))).toMatchObject({ code: 'unknown-employer' });
    await two.record({ kind: 'employer', id: bin }, [EmployerRegistered('2025-01-01')]);
    expect(await one.record(worker(), [hired])).toMatchObject({ replayed: false });
  });
});

describe('the only writer of a store', () => {
  test('begins streams without reading them, and still finds what was recorded before it was started', () =>
    inAnotherWorld(async (there) => {
      await there.start();
      const stream = worker();
      const commands = [randomUUID(), randomUUID(), randomUUID()];
      const events = [registered, Arrived('2026-01-12')];
      const before = there.desk({ shared: false });
      const first = await before.record(employer, [EmployerRegistered('2025-01-01')], { commandId: commands[0] });
      const second = await before.record(stream, events, { commandId: commands[1] });
      expect(await before.record(stream, [Departed('2026-01-13')])).toMatchObject({ events: [{ revision: 2 }] });

      const later = there.desk({ shared: false });
      const again = await later.record(stream, events, { commandId: commands[1] });
      expect(again).toEqual({ ...second, replayed: true });
      expect(await later.record(employer, [EmployerRegistered('2025-01-01')], { commandId: commands[0] })).toEqual({
        ...first,
        replayed: true,
      });
      const third = there.desk({ shared: false });
      const reused = [WorkerRegistered('2026-01-01', { familyName: 'Demir' }), Arrived('2026-01-12')];
      expect(await failure(third.record(stream, reused, { commandId: commands[1] }))).toMatchObject({
        code: 'key-reused',
      });
      const fourth = there.desk({ shared: false });
      expect(await failure(fourth.record(stream, [registered]))).toMatchObject({ code: 'already-registered' });
      expect(await failure(fourth.record(worker(), [registered], { ifMatch: 0 }))).toMatchObject({ status: 412 });
      expect(await fourth.record(worker(), [registered], { ifMatch: -1 })).toMatchObject({ replayed: false });
      expect(await fourth.store.read(`worker-${stream.id}`)).toHaveLength(3);
    }));
});

describe('a dry run', () => {
  test('says what would follow and writes nothing', async () => {
    const stream = worker();
    await desk.record(stream, [registered]);
    const late = await desk.record(stream, [Arrived('2026-11-02')], { dryRun: true });
    expect(late).toMatchObject({ events: [], position: null, replayed: false });
    expect(late.obligations.opened.map(({ rule }) => rule)).toContain('notify-arrival');
    expect(late.exposure).toMatchObject({
      asOf: TODAY,
      before: { accrued: { mciMin: 0, obligations: 0 } },
      after: { accrued: { mciMin: 15, mciMax: 15, tengeMin: 64_875, tengeMax: 64_875, obligations: 1 } },
    });
    expect(await desk.store.read(`worker-${stream.id}`)).toHaveLength(1);
    expect((await desk.record(stream, [Arrived('2026-11-02')])).events[0]?.revision).toBe(1);
  });

  test('may look into the future', async () => {
    const stream = worker();
    await desk.record(stream, [registered]);
    expect(await failure(desk.record(stream, [Arrived('2027-01-11')]))).toMatchObject({ status: 400 });
    const answer = await desk.record(stream, [Arrived('2027-01-11')], { dryRun: true });
    expect(answer.exposure).toMatchObject({
      asOf: '2027-01-11',
      after: { atRisk: { tengeMin: null, obligations: 1 } },
    });
  });

  test('is refused like the write itself, and makes no key for a worker who does not exist', async () => {
    const stream = worker();
    expect(await failure(desk.record(stream, [Arrived('2026-01-12')], { dryRun: true }))).toMatchObject({
      status: 404,
    });
    await desk.record(stream, [registered], { dryRun: true });
    const bytes = readFileSync(join(world.keysDir, 'keys.sqlite-wal')).toString('latin1');
    expect(bytes).not.toContain(stream.id);
  });
});

describe('personal data', () => {
  test('never reaches the bytes of the store, and opens with the key', async () => {
    const stream = worker();
    const memberId = randomUUID();
    await desk.record(stream, [
      WorkerRegistered('2026-01-01', {
        familyName: 'Plaintextname',
        givenName: 'Plaintextgiven',
        patronymic: 'Plaintextpatronymic',
        passportNumber: 'PLAINTEXT77',
        birthDate: '1977-07-17',
        iin: '900505400109',
      }),
      Arrived('2026-01-12', { address: 'Plaintextstreet 7' }),
      PassportReplaced('2026-01-13', { passportNumber: 'PLAINTEXT88' }),
      MentorAssigned('2026-01-14', { traineeName: 'Plaintexttrainee' }),
      FamilyMemberAdded('2026-01-14', { memberId, familyName: 'Plaintextchild', birthDate: '2017-07-17' }),
    ]);
    const { events } = await desk.record(stream, [JobTitleChanged('2026-01-15')]);
    await desk.correct(stream, {
      eventId: (await desk.store.read(`worker-${stream.id}`))[1]?.id ?? '',
      data: { region: 'KZ-75', address: 'Plaintextcorrected 8', purpose: 'work' },
      reason: 'typing error',
    });
    expect(events).toHaveLength(1);
    const secrets = /plaintext|1977-07-17|2017-07-17|900505400109/i;
    for (const file of readdirSync(world.logDir)) {
      const bytes = readFileSync(join(world.logDir, file));
      for (const encoding of ['latin1', 'utf16le'] as const) expect(secrets.test(bytes.toString(encoding))).toBe(false);
      expect(bytes.includes(Buffer.from('Plaintextname').toString('base64').slice(0, 16))).toBe(false);
    }
    const opened = (await desk.store.read(`worker-${stream.id}`)).map((stored) => openData(desk.keys, decode(stored)));
    expect(opened[0]).toEqual({
      erased: false,
      data: {
        employerBin: BIN,
        familyName: 'Plaintextname',
        givenName: 'Plaintextgiven',
        patronymic: 'Plaintextpatronymic',
        citizenship: 'TR',
        birthDate: '1977-07-17',
        passportNumber: 'PLAINTEXT77',
        passportExpiresOn: '2031-05-01',
        iin: '900505400109',
      },
    });
    expect(opened[4]?.data).toMatchObject({ memberId, familyName: 'Plaintextchild' });
    expect(opened[6]?.data).toEqual({ region: 'KZ-75', address: 'Plaintextcorrected 8', purpose: 'work' });
  });

  test('is gone with the key: the clear fields stay, nothing can be written or opened, in no process', async () => {
    const stream = worker();
    await desk.record(stream, [registered]);
    const memberId = randomUUID();
    await desk.record(stream, [FamilyMemberAdded('2026-01-14', { memberId })]);
    desk.keys.destroy(stream.id);
    for (const each of [desk, world.desk()]) {
      const [worker_, member] = (await each.store.read(`worker-${stream.id}`)).map(decode);
      if (worker_ === undefined || member === undefined) throw new Error('two events were recorded');
      expect(openData(each.keys, worker_)).toEqual({
        erased: true,
        withheld: 'erased',
        data: { employerBin: BIN, citizenship: 'TR', passportExpiresOn: '2031-05-01' },
      });
      expect(openData(each.keys, member)).toMatchObject({ erased: false, data: { familyName: 'Yilmaz' } });
      expect(await failure(each.record(stream, [Arrived('2026-02-01')]))).toMatchObject({ code: 'person-erased' });
    }
    expect(() => desk.keys.tag(stream.id, 'x')).toThrow(PersonErased);
  });

  test('does not open under another event', async () => {
    const stream = worker();
    await desk.record(stream, [registered, Arrived('2026-01-12')]);
    const [first, second] = (await desk.store.read(`worker-${stream.id}`)).map(decode);
    if (first === undefined || second?.sealed === undefined) throw new Error('two events were recorded');
    expect(() => openData(desk.keys, { ...first, sealed: second.sealed ?? '' })).toThrow();
  });

  test('two numbers of one person compare by their tags, those of two persons do not', async () => {
    const [one, two] = [worker(), worker()];
    await desk.record(one, [registered, PassportReplaced('2026-02-01', { passportNumber: 'u 1234 5678' })]);
    await desk.record(two, [registered]);
    const tags = await Promise.all(
      [one, two].map(async ({ id }) =>
        (await desk.store.read(`worker-${id}`)).map(({ data }) => (data as { passportTag: string }).passportTag),
      ),
    );
    expect(tags[0]?.[0]).toBe(tags[0]?.[1]);
    expect(tags[0]?.[0]).not.toBe(tags[1]?.[0]);
  });
});

describe('streams that others wrote to', () => {
  test('an event that cannot be read is named, and nothing more is decided on its stream', async () => {
    const stream = worker();
    await desk.record(stream, [registered]);
    const { id } = jsonEvent({ type: 'Foreign', data: {} });
    await desk.store.append(`worker-${stream.id}`, [{ id, type: 'Foreign', data: {}, metadata: {} }], 0);
    const refusal = await failure(world.desk().record(stream, [Arrived('2026-01-12')]));
    expect(refusal).toMatchObject({
      code: 'unreadable-history',
      status: 409,
      message: expect.stringContaining('Foreign'),
    });
  });
});

describe('when the store is away', () => {
  test('writes fail in time and go on by themselves, every command once', () =>
    inAnotherWorld(async (there) => {
      await there.start();
      const at = there.desk({ shared: false, callMs: 2_000 });
      await at.record(employer, [EmployerRegistered('2025-01-01')]);
      const workers = Array.from({ length: 60 }, () => ({ stream: worker(), commandId: randomUUID() }));
      const send = () =>
        Promise.allSettled(workers.map(({ stream, commandId }) => at.record(stream, [registered], { commandId })));
      const caught = send();
      await there.stop();
      for (const result of await caught) {
        if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(StoreAway);
      }
      expect(await failure(at.record(worker(), [registered]))).toBeInstanceOf(StoreAway);
      await there.start();
      const answers = await send();
      expect(answers.filter(({ status }) => status === 'rejected')).toEqual([]);
      for (const { stream } of workers) expect(await at.store.read(`worker-${stream.id}`)).toHaveLength(1);
    }));

  test('a full disk refuses writes as such, nothing is half written, and reading goes on', () =>
    inAnotherWorld(async (there) => {
      await there.start({ maxLogBytes: 400_000 });
      const at = there.desk({ shared: false });
      await at.record(employer, [EmployerRegistered('2025-01-01')]);
      const stream = worker();
      await at.record(stream, [registered]);
      const batch = Array.from({ length: 50 }, () => JobTitleChanged('2026-02-01', { position: 'x'.repeat(200) }));
      let full: unknown;
      for (let index = 0; index < 200 && full === undefined; index += 1) {
        full = await at.record(stream, batch).then(
          () => undefined,
          (error: unknown) => error,
        );
      }
      expect(full).toBeInstanceOf(StoreFull);
      expect(await failure(at.record(stream, batch))).toBeInstanceOf(StoreFull);
      const events = await at.store.read(`worker-${stream.id}`);
      expect(events.length).toBeGreaterThan(50);
      expect((events.length - 1) % 50).toBe(0);
    }));

  test('a disk without room for one key more refuses new persons as such, and nothing of them is written', () =>
    inAnotherWorld(async (there) => {
      await there.start();
      const at = there.desk({ shared: false, maxKeysBytes: 16_384 });
      await at.record(employer, [EmployerRegistered('2025-01-01')]);
      let full: unknown;
      let stream = worker();
      for (let index = 0; index < 500 && full === undefined; index += 1) {
        stream = worker();
        full = await at.record(stream, [registered]).then(
          () => undefined,
          (error: unknown) => error,
        );
      }
      expect(full).toEqual(new StoreFull('The disk of the keys is full: nothing was written.'));
      expect(await at.store.read(`worker-${stream.id}`)).toEqual([]);
      const { open } = at.keys.report();
      expect(await failure(at.record(stream, [registered]))).toBeInstanceOf(StoreFull);
      expect(at.keys.report().open).toBe(open);
    }));
});
