import { randomBytes, randomUUID } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { pino } from 'pino';
import { KeptErasures } from '../../src/audit/kept-erasures.js';
import { Packs } from '../../src/audit/pack/packs.js';
import { EventStore } from '../../src/ledger/event-store.js';
import { backupKeys, KEYS_FILE } from '../../src/ledger/keys-backup.js';
import { PersonalData } from '../../src/ledger/personal-data.js';
import { Writer } from '../../src/ledger/writer.js';
import { AIGUL, BIN, CHILD, type Json, MEHMET, Office } from './kit.js';

const offices: Office[] = [];

async function office(settings: Readonly<Record<string, string>> = {}, folder?: string): Promise<Office> {
  const opened = new Office(folder);
  offices.push(opened);
  return opened.open(settings);
}

afterEach(async () => {
  for (const each of offices.splice(0)) await each.remove();
});

const NAMES = ['Yilmaz', 'Mehmet', 'U12345678', '1988-04-17', 'Abay 1', 'Elif'];

/** Mehmet with a child, an address, a late notice and a correction of the child's name. */
async function family(): Promise<Office> {
  const opened = await (await office()).withMehmet();
  opened.at('2026-02-02T05:00:00.000Z');
  await opened.worker(MEHMET, 'Arrived', '2026-01-12', { region: 'KZ-75', address: 'Abay 1', purpose: 'work' });
  const added = await opened.worker(MEHMET, 'FamilyMemberAdded', '2026-01-12', {
    memberId: CHILD,
    relation: 'child',
    familyName: 'Yilmaz',
    givenName: 'Elif',
    citizenship: 'TR',
    birthDate: '2012-02-29',
  });
  await opened.correct(MEHMET, added, {
    data: {
      memberId: CHILD,
      relation: 'child',
      familyName: 'Yilmaz',
      givenName: 'Elif Su',
      citizenship: 'TR',
      birthDate: '2012-02-29',
    },
  });
  await opened.worker(MEHMET, 'NotificationAcknowledged', '2026-02-01', { about: 'arrival', channel: 'vmp' });
  return opened;
}

/** Everything that is no name: rows, figures, days and the history with its chain. */
async function figures(opened: Office): Promise<Json> {
  const get = async (path: string) => (await opened.get(path)).body;
  const asOf = '2026-02-02';
  const { position: _p, ...exposure } = await get(`/v1/exposure?groupBy=worker&asOf=${asOf}`);
  const { items } = await get(`/v1/obligations?asOf=${asOf}&limit=500`);
  const { familyName: _f, givenName: _g, ...worker } = await get(`/v1/workers/${MEHMET}?asOf=${asOf}`);
  const { status, mayWork, permits, obligations } = worker;
  return { exposure, items, status, mayWork, permits, obligations };
}

/** Whether any of these words stands in any file of a folder. */
function leaks(folder: string, words: readonly string[]): string[] {
  const found: string[] = [];
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const file = join(folder, name);
    if (!statSync(file).isFile()) continue;
    const bytes = readFileSync(file);
    for (const word of words) if (bytes.includes(word)) found.push(`${word} in ${name}`);
  }
  return found;
}

describe('"Please erase me"', () => {
  it('makes every name unreadable and changes no figure', async () => {
    const opened = await family();
    const before = await figures(opened);
    expect((await opened.get(`/v1/workers/${MEHMET}`)).text).toContain('Yilmaz');
    const { status, body } = await opened.post(
      `/v1/workers/${MEHMET}/erasure`,
      { reason: 'Request of the person of 1 February, letter 114' },
      { 'ledger-actor': 'data.officer' },
    );
    expect(status).toBe(200);
    expect(body).toMatchObject({
      workerId: MEHMET,
      persons: [MEHMET, CHILD],
      recordedBy: 'data.officer',
      reason: 'Request of the person of 1 February, letter 114',
      keysDestroyed: true,
      erasedOn: '2026-02-02',
    });
    expect(body.hash).toMatch(/^[0-9a-f]{64}$/);
    expect(await figures(opened)).toEqual(before);
    for (const path of [
      `/v1/workers/${MEHMET}`,
      `/v1/workers/${MEHMET}/events`,
      '/v1/workers',
      '/v1/events?limit=500',
      `/v1/workers/${MEHMET}/replay`,
    ]) {
      const { text } = await opened.get(`${path}${path.includes('?') ? '&' : '?'}after=${body.event.position}`);
      for (const name of NAMES)
        expect({ path, name, isThere: text.includes(name) }).toEqual({ path, name, isThere: false });
    }
    expect((await opened.get('/v1/audit/verification')).body.intact).toBe(true);
    await opened.close();
    expect(leaks(opened.folder, NAMES)).toEqual([]);
  });

  it('says so in the timeline, and certifies it again when asked again', async () => {
    const opened = await family();
    const { body } = await opened.post(`/v1/workers/${MEHMET}/erasure`, { reason: 'letter 114' });
    const again = await opened.post(`/v1/workers/${MEHMET}/erasure`, { reason: 'asked twice' });
    expect([again.status, again.body]).toEqual([200, body]);
    expect((await opened.get(`/v1/workers/${MEHMET}/erasure`)).body).toEqual(body);
    const { items } = (await opened.get(`/v1/workers/${MEHMET}/events?after=${body.event.position}`)).body;
    expect(items.at(-1)).toMatchObject({ type: 'PersonalDataErased', reason: 'letter 114' });
    expect(items[0]).toMatchObject({ type: 'WorkerRegistered', erased: true });
  });

  it('lets the employment go on: what names nobody can still be recorded, what does cannot', async () => {
    const opened = await family();
    await opened.post(`/v1/workers/${MEHMET}/erasure`, { reason: 'letter 114' });
    await opened.worker(MEHMET, 'Departed', '2026-02-02');
    const named = await opened.post(`/v1/workers/${MEHMET}/events`, {
      type: 'PassportReplaced',
      occurredOn: '2026-02-02',
      data: { passportNumber: 'U99999999', passportExpiresOn: '2036-01-01' },
    });
    expect([named.status, named.body.code]).toEqual([409, 'person-erased']);
  });

  it('cannot be recorded past its own road, corrected or retracted, and needs a reason and a worker', async () => {
    const opened = await family();
    const direct = await opened.post(`/v1/workers/${MEHMET}/events`, {
      type: 'PersonalDataErased',
      occurredOn: '2026-02-01',
      data: { memberIds: [] },
    });
    expect([direct.status, direct.text]).toEqual([400, expect.stringContaining('/erasure')]);
    expect((await opened.post(`/v1/workers/${MEHMET}/erasure`, { reason: '  ' })).status).toBe(400);
    expect((await opened.post(`/v1/workers/${AIGUL}/erasure`, { reason: 'letter' })).status).toBe(404);
    expect((await opened.get(`/v1/workers/${MEHMET}/erasure`)).status).toBe(404);
    const { body } = await opened.post(`/v1/workers/${MEHMET}/erasure`, { reason: 'letter 114' });
    const undone = await opened.post(`/v1/workers/${MEHMET}/events/${body.event.id}/retraction`, { reason: 'sorry' });
    expect([undone.status, undone.body.code]).toEqual([409, 'erasure-is-final']);
  });

  it('leaves alone who is a worker here, or a child of somebody else too, until the last of them is erased', async () => {
    const opened = await family();
    await opened.register(AIGUL, { familyName: 'Kaya', givenName: 'Aigul', passportNumber: 'K1' });
    await opened.worker(AIGUL, 'FamilyMemberAdded', '2026-01-12', {
      memberId: CHILD,
      relation: 'child',
      familyName: 'Yilmaz',
      givenName: 'Elif',
      citizenship: 'TR',
      birthDate: '2012-02-29',
    });
    const erase = (worker: string) => opened.post(`/v1/workers/${worker}/erasure`, { reason: 'letter 114' });
    const first = await erase(MEHMET);
    expect(first.body).toMatchObject({
      persons: [MEHMET],
      keysDestroyed: true,
      kept: [{ person: CHILD, because: expect.stringContaining('another worker too') }],
      statement: expect.stringContaining('The key of one family member was kept'),
    });
    expect((await erase(MEHMET)).body).toEqual(first.body);
    const ofAigul = (await opened.get(`/v1/workers/${AIGUL}/events?after=${first.body.event.position}`)).body;
    expect(ofAigul.items[1]).toMatchObject({ type: 'FamilyMemberAdded', data: { givenName: 'Elif' } });

    const last = await erase(AIGUL);
    expect(last.body).toMatchObject({ persons: [AIGUL, CHILD], kept: [], keysDestroyed: true });
    const { personalData } = opened.ledger.app.get(Writer);
    expect([MEHMET, AIGUL, CHILD].map((person) => personalData.isErased(person))).toEqual([true, true, true]);
    expect((await opened.get('/v1/audit/verification')).body.intact).toBe(true);
    for (const worker of [MEHMET, AIGUL]) {
      const { text } = await opened.get(`/v1/workers/${worker}/events?after=${last.body.event.position}`);
      expect(text).not.toContain('Elif');
    }
  });

  it('takes the key of a shared child, once, when both parents are erased at the same moment', async () => {
    const opened = await family();
    await opened.register(AIGUL, { familyName: 'Kaya', givenName: 'Aigul', passportNumber: 'K1' });
    const child = { memberId: CHILD, relation: 'child', familyName: 'Yilmaz', givenName: 'Elif' };
    await opened.worker(AIGUL, 'FamilyMemberAdded', '2026-01-12', {
      ...child,
      citizenship: 'TR',
      birthDate: '2012-02-29',
    });
    const certificates = await Promise.all(
      [MEHMET, AIGUL].map((worker) => opened.post(`/v1/workers/${worker}/erasure`, { reason: 'letter 114' })),
    );
    const erased: string[] = certificates.flatMap(({ body }) => body.persons);
    expect([erased.length, new Set(erased)]).toEqual([3, new Set([MEHMET, AIGUL, CHILD])]);
  });

  it('does not take the key of a worker who was recorded as a family member before that was refused', async () => {
    const opened = await family();
    await opened.register(CHILD, { familyName: 'Yilmaz', givenName: 'Elif', passportNumber: 'K2' });
    const { body } = await opened.post(`/v1/workers/${MEHMET}/erasure`, { reason: 'letter 114' });
    expect(body).toMatchObject({
      persons: [MEHMET],
      kept: [{ person: CHILD, because: expect.stringContaining('recorded as a worker too') }],
    });
    expect((await opened.get(`/v1/workers/${CHILD}?after=${body.event.position}`)).body.givenName).toBe('Elif');
    expect((await opened.get(`/v1/workers/${CHILD}/erasure`)).status).toBe(404);
    // Neither does the next start.
    await opened.close();
    await opened.open();
    expect((await opened.get(`/v1/workers/${CHILD}`)).body.givenName).toBe('Elif');
  });

  it('is spared the case: no worker of this ledger is recorded as a member of a family', async () => {
    const opened = await family();
    await opened.register(AIGUL, { familyName: 'Kaya', givenName: 'Aigul', passportNumber: 'K1' });
    const names = { relation: 'spouse', familyName: 'Kaya', givenName: 'Aigul', citizenship: 'TR' };
    const add = (memberId: string) =>
      opened.post(`/v1/workers/${MEHMET}/events`, {
        type: 'FamilyMemberAdded',
        occurredOn: '2026-01-13',
        data: { ...names, memberId, birthDate: '1990-01-01' },
      });
    for (const id of [AIGUL, MEHMET, MEHMET.toUpperCase()]) {
      const { status, body } = await add(id);
      expect([status, body.code, body.errors[0].path]).toEqual([422, 'member-is-worker', 'data.memberId']);
      expect(body.remedy).toContain('a UUID of its own');
    }
    expect((await add('6f1e2d3c-4b5a-4978-8695-a4b3c2d1e0fa')).status).toBe(201);
  });

  it('lets the name be mended of a family member who became a worker since', async () => {
    const opened = await family();
    const member = '6f1e2d3c-4b5a-4978-8695-a4b3c2d1e0fb';
    const data = { memberId: member, relation: 'spouse', familyName: 'Kayaa', givenName: 'Aylin', citizenship: 'TR' };
    const added = { type: 'FamilyMemberAdded', occurredOn: '2026-01-13', data: { ...data, birthDate: '1990-01-01' } };
    const { body } = await opened.post(`/v1/workers/${MEHMET}/events`, added);
    await opened.register(member, { familyName: 'Kaya', givenName: 'Aylin', passportNumber: 'K2' });
    const url = `/v1/workers/${MEHMET}/events/${body.events[0].id}/correction`;
    const mended = { ...added.data, familyName: 'Kaya' };
    expect((await opened.post(url, { data: mended, reason: 'typed wrongly' })).status).toBe(201);
    const other = await opened.post(url, { data: { ...mended, memberId: MEHMET }, reason: 'typed wrongly' });
    expect([other.status, other.body.code]).toEqual([422, 'member-is-worker']);
  });

  it('is kept when an older copy of the keys comes back', async () => {
    const opened = await family();
    const copy = mkdtempSync(join(tmpdir(), 'keys-copy-'));
    await opened.close();
    cpSync(join(opened.folder, 'keys'), copy, { recursive: true });
    await opened.open();
    await opened.post(`/v1/workers/${MEHMET}/erasure`, { reason: 'letter 114' });
    await opened.close();
    rmSync(join(opened.folder, 'keys'), { recursive: true });
    cpSync(copy, join(opened.folder, 'keys'), { recursive: true });
    rmSync(copy, { recursive: true });
    await opened.open();
    expect((await opened.get(`/v1/workers/${MEHMET}`)).text).not.toContain('Yilmaz');
    expect((await opened.get('/v1/audit/keys')).body).toMatchObject({ erased: 2 });
  });

  it('is told in the log when an older copy of the keys had to be destroyed again, and for how many', async () => {
    const opened = await family();
    const copy = mkdtempSync(join(tmpdir(), 'keys-copy-'));
    backupKeys(join(opened.folder, 'keys'), join(copy, KEYS_FILE));
    const { body } = await opened.post(`/v1/workers/${MEHMET}/erasure`, { reason: 'letter 114' });
    await opened.send('GET', `/v1/workers?after=${body.event.position}`);
    const older = new PersonalData(copy);
    const lines: string[] = [];
    const log = pino({ level: 'info' }, { write: (line) => lines.push(line) });
    const { app, model } = opened.ledger;
    for (let start = 0; start < 2; start += 1) {
      const kept = new KeptErasures(model, older, app.get(Packs), log);
      kept.onApplicationBootstrap();
      kept.onApplicationShutdown();
    }
    expect(older.isErased(MEHMET)).toBe(true);
    older.close();
    rmSync(copy, { recursive: true });
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      expect.objectContaining({ level: 40, persons: 2, msg: expect.stringContaining('destroyed again') }),
    ]);
  });

  it('changes no figure, whatever the history (property)', async () => {
    const opened = await (await office()).withMehmet();
    opened.at('2026-06-01T05:00:00.000Z');
    const days = fc.uniqueArray(fc.integer({ min: 6, max: 140 }), { minLength: 1, maxLength: 8 });
    let number = 100;
    await fc.assert(
      fc.asyncProperty(days, fc.nat(), async (offsets, whom) => {
        const workers = [0, 1].map(() => `00000000-0000-4000-8000-${String(++number).padStart(12, '0')}`);
        for (const worker of workers) {
          await opened.register(worker, { familyName: 'Kaya', givenName: 'Ali', passportNumber: `K${number}` });
          for (const [index, offset] of [...offsets].sort((a, b) => a - b).entries()) {
            const on = new Date(Date.UTC(2026, 0, offset)).toISOString().slice(0, 10);
            const isIn = index % 3 !== 2;
            if (index === 0 || index % 3 === 0) {
              await opened.worker(worker, 'Arrived', on, { region: 'KZ-75', address: 'Abay 1', purpose: 'work' });
            } else if (isIn) await opened.worker(worker, 'AddressChanged', on, { region: 'KZ-71', address: 'Turan 5' });
            else await opened.worker(worker, 'Departed', on);
          }
        }
        const all = async () => {
          const { items } = (await opened.get('/v1/obligations?asOf=2026-06-01&limit=500')).body;
          const { total, groups } = (await opened.get('/v1/exposure?groupBy=worker&asOf=2026-06-01')).body;
          return { items, total, groups };
        };
        const before = await all();
        const erased = await opened.post(`/v1/workers/${workers[whom % 2]}/erasure`, { reason: 'letter' });
        expect(erased.status).toBe(200);
        expect(await all()).toEqual(before);
      }),
      { numRuns: 6 },
    );
  });
});

describe('"Who has looked at my data?"', () => {
  it('is answered with who, when, what for and whose', async () => {
    const opened = await family();
    opened.at('2026-02-02T06:00:00.000Z');
    await opened.get(`/v1/workers/${MEHMET}`, {
      'ledger-actor': 'dana.k',
      'ledger-purpose': Buffer.from('Жылдық есеп', 'utf8').toString('latin1'),
    });
    const { body } = await opened.get(`/v1/audit/access-log?person=${MEHMET}`);
    expect(body.items[0]).toMatchObject({
      actor: 'dana.k',
      purpose: 'Жылдық есеп',
      route: `GET /v1/workers/${MEHMET}`,
      at: '2026-02-02T06:00:00.000Z',
      person: MEHMET,
    });
  });

  it('notes nothing for those who need no names, and shows them none', async () => {
    const opened = await family();
    for (const [path, headers] of [
      [`/v1/workers/${MEHMET}?personal=false`, {}],
      ['/v1/workers?personal=false', {}],
      [`/v1/workers/${MEHMET}/events`, { 'ledger-personal': 'false' }],
      ['/v1/events?limit=500&personal=false', {}],
    ] as const) {
      const { status, text } = await opened.get(path, headers);
      expect(status).toBe(200);
      for (const name of NAMES)
        expect({ path, name, isThere: text.includes(name) }).toEqual({ path, name, isThere: false });
    }
    expect((await opened.get('/v1/audit/access-log')).body.items).toEqual([]);
  });

  it('refuses what is neither yes nor no, instead of showing names', async () => {
    const opened = await family();
    for (const [path, headers, field] of [
      [`/v1/workers/${MEHMET}`, { 'ledger-personal': 'nope' }, 'Ledger-Personal'],
      [`/v1/workers/${MEHMET}?personal=0`, {}, 'personal'],
      ['/v1/audit/keys?personal=no', {}, 'personal'],
    ] as const) {
      const { status, body, text } = await opened.get(path, headers);
      expect([status, body.errors]).toEqual([400, [{ path: field, message: 'must be true or false' }]]);
      for (const name of NAMES) expect(text).not.toContain(name);
    }
    expect((await opened.get(`/v1/workers/${MEHMET}?personal=true`, { 'ledger-personal': 'true' })).status).toBe(200);
  });

  it('takes days of Almaty, from the begin of the first to the end of the last, and no period that ends before', async () => {
    const opened = await (await office()).withMehmet();
    // The last second of the fourth in Almaty (UTC+5), the first and the last of the fifth, the first of the sixth.
    const read = [
      '2026-02-04T18:59:59.000Z',
      '2026-02-04T19:00:00.000Z',
      '2026-02-05T18:59:59.000Z',
      '2026-02-05T19:00:00.000Z',
    ];
    for (const instant of read) {
      opened.at(instant);
      await opened.get(`/v1/workers/${MEHMET}`);
    }
    const times = async (query: string) => {
      const { body } = await opened.get(`/v1/audit/access-log?person=${MEHMET}&${query}`);
      return body.items.map(({ at }: { at: string }) => at).reverse();
    };
    expect(await times('from=2026-02-05&until=2026-02-05')).toEqual(read.slice(1, 3));
    expect(await times('from=2026-02-05')).toEqual(read.slice(1));
    expect(await times('from=2026-02-04T19:00:00Z&until=2026-02-05T18:00:00Z')).toEqual(read.slice(1, 2));
    const reversed = await opened.get('/v1/audit/access-log?from=2026-02-06&until=2026-02-05');
    expect([reversed.status, reversed.body.code]).toEqual([400, 'moments-reversed']);
    expect((await opened.get('/v1/audit/access-log?from=yesterday')).status).toBe(400);
  });

  it('goes back page by page, by person, by reader and by time', async () => {
    const opened = await (await office()).withMehmet();
    await opened.register(AIGUL, { familyName: 'Kaya', givenName: 'Ali', passportNumber: 'K1' });
    for (let hour = 4; hour < 9; hour += 1) {
      opened.at(`2026-01-05T0${hour}:30:00.000Z`);
      await opened.get('/v1/workers', { 'ledger-actor': hour % 2 === 0 ? 'dana.k' : 'timur.a' });
    }
    const first = (await opened.get('/v1/audit/access-log?limit=4')).body;
    const rest = (await opened.get(`/v1/audit/access-log?limit=500&cursor=${first.nextCursor}`)).body;
    expect(first.items.length + rest.items.length).toBe(10);
    expect((await opened.get('/v1/audit/access-log?actor=timur.a')).body.items).toHaveLength(4);
    expect((await opened.get(`/v1/audit/access-log?person=${AIGUL}`)).body.items).toHaveLength(5);
    expect((await opened.get('/v1/audit/access-log?from=2026-01-05T07:00:00Z')).body.items).toHaveLength(4);
  });
});

describe('A sealed field that does not open although its key is there', () => {
  it('is told as damage and never as an erasure, and keeps nothing else from being read', async () => {
    const opened = await (await office()).withMehmet();
    const store = new EventStore(opened.ledger.storeUrl);
    const stream = `worker-${MEHMET}`;
    const [registered] = await store.read(stream);
    const { data, metadata } = registered as { data: { sealed: string }; metadata: Json };
    const { sealed } = data;
    // Of another event of the same person: sealed with the right key, in the wrong place.
    const moved = { occurredOn: '2026-01-05', passportExpiresOn: '2032-01-01', passportTag: 'x', sealed };
    await store.append(stream, [{ id: randomUUID(), type: 'PassportReplaced', data: moved, metadata }], 0);
    const flipped = Buffer.from(sealed, 'base64url');
    flipped[flipped.length - 1] = (flipped.at(-1) ?? 0) ^ 1;
    const changed = { ...data, sealed: flipped.toString('base64url') };
    await store.append(
      `worker-${AIGUL}`,
      [{ id: randomUUID(), type: 'WorkerRegistered', data: changed, metadata }],
      -1,
    );
    const after = await store.end();
    await store.close();

    // Written past the office: it is this position that has to be waited for.
    const { items } = (await opened.send('GET', `/v1/workers/${MEHMET}/events?after=${after}`)).body;
    expect(items.map((item: Json) => [item.erased ?? false, item.data.passportNumber ?? null])).toEqual([
      [false, 'U12345678'],
      [false, null],
    ]);
    const aigul = await opened.send('GET', `/v1/workers/${AIGUL}?after=${after}`);
    expect(aigul.body).toMatchObject({ familyName: null, givenName: null, erased: false, status: 'registered' });
    const { firstDamage } = (await opened.get('/v1/audit/verification')).body;
    expect(firstDamage).toMatchObject({ kind: 'changed-content', stream, revision: 1 });
  });
});

describe('A missing or wrong master key', () => {
  it('lets the service start, says what it cannot read, and spoils nothing', async () => {
    const right = randomBytes(32).toString('base64');
    const opened = await (await office({ LEDGER_MASTER_KEY: right })).withMehmet();
    await opened.close();
    const wrong: Readonly<Record<string, string>>[] = [{}, { LEDGER_MASTER_KEY: randomBytes(32).toString('base64') }];
    for (const settings of wrong) {
      await opened.open(settings);
      const answer = await opened.get(`/v1/workers/${MEHMET}`);
      expect(answer.status).toBe(200);
      expect(answer.body).toMatchObject({ familyName: null, erased: false, status: 'registered' });
      expect((await opened.get('/v1/audit/keys')).body).toMatchObject({
        open: 0,
        locked: 2,
        lockedPersons: [MEHMET, BIN],
      });
      const refused = await opened.post(`/v1/workers/${AIGUL}/events`, {
        type: 'WorkerRegistered',
        occurredOn: '2026-01-05',
        data: {
          employerBin: BIN,
          familyName: 'Kaya',
          givenName: 'Ali',
          citizenship: 'TR',
          birthDate: '1990-01-01',
          passportNumber: 'K1',
          passportExpiresOn: '2031-01-01',
        },
      });
      expect([refused.status, refused.body.code]).toEqual([409, 'keys-locked']);
      await opened.close();
    }
    await opened.open({ LEDGER_MASTER_KEY: right });
    expect((await opened.get(`/v1/workers/${MEHMET}`)).body.familyName).toBe('Yilmaz');
  });
});
