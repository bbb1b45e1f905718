import { createHash } from 'node:crypto';
import { existsSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { Pack } from '../../src/audit/pack/archive.js';
import { importPack } from '../../src/audit/pack/import-pack.js';
import { Packs } from '../../src/audit/pack/packs.js';
import { chainHash } from '../../src/ledger/chain.js';
import { EventStore } from '../../src/ledger/event-store.js';
import { UNKNOWN_BIN } from '../api/people.js';
import { AIGUL, BIN, type Json, MEHMET, Office } from './kit.js';
import { linesOf, office, packOf, textOf } from './pack-kit.js';

describe('"Give me all of it, to take away"', () => {
  it('hands over events, timeline, obligations with traces, figures, the law and a report', async () => {
    const { pack } = await packOf(`&employer=${BIN}`);
    const { manifest } = pack;
    expect(manifest).toMatchObject({
      scope: { employer: BIN, worker: null, from: null, to: null },
      asOf: '2026-02-10',
      knownAt: '2026-01-20T05:00:00.000Z',
      complete: true,
      events: 7,
      streams: 3,
      personal: false,
    });
    const names = manifest.files.map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining([
        'events.jsonl',
        'timeline.jsonl',
        'obligations.jsonl',
        'figures.json',
        'README.txt',
        'report.html',
        'report.pdf',
        'law/shipped/obligations/notify-arrival.yaml',
      ]),
    );
    expect(await pack.damages()).toEqual([]);
    const obligations = await linesOf(pack, 'obligations.jsonl');
    const late = obligations.find(({ rule, workerId }) => rule === 'notify-arrival' && workerId === MEHMET);
    expect(late.trace.walk.length).toBeGreaterThan(2);
    expect(late.trace.arithmetic).toContain('MCI');
    const figures = JSON.parse(await textOf(pack, 'figures.json')) as Json;
    const { body } = await office.get(`/v1/exposure?groupBy=rule&asOf=2026-02-10&employer=${BIN}`);
    expect(body.total).toMatchObject(figures.total);
    expect(await linesOf(pack, 'timeline.jsonl')).toHaveLength(7);
  });

  it('can be checked without us: the hashes of events and of the law follow from the files alone', async () => {
    const { pack } = await packOf(`&worker=${MEHMET}`);
    const events = await linesOf(pack, 'events.jsonl');
    for (const event of events) expect(chainHash(event)).toBe(event.metadata.hash);
    const hash = createHash('sha256');
    for (const where of ['law/shipped/', 'law/laid-over/']) {
      const paths = pack.manifest.files.map(({ name }) => name).filter((name) => name.startsWith(where));
      for (const name of paths) {
        const parts: string[] = [];
        for await (const line of pack.lines(name)) parts.push(`${line}\n`);
        hash.update(name.slice(where.length)).update('\0').update(parts.join('')).update('\0');
      }
    }
    expect(hash.digest('hex')).toBe(pack.manifest.ruleBook);
  });

  it('names nobody unless names are asked for, and notes it when they are', async () => {
    const { bytes, pack } = await packOf('');
    expect(bytes.length).toBeGreaterThan(1_000);
    const all = await Promise.all(
      pack.manifest.files.filter(({ name }) => !name.endsWith('.pdf')).map(({ name }) => textOf(pack, name)),
    );
    for (const name of ['Yilmaz', 'Әбдіқадыр', 'U12345678', 'Abay 1'])
      expect(all.join('\n').includes(name)).toBe(false);
    const named = (await packOf('&names=true')).pack;
    expect(await textOf(named, 'personal.jsonl')).toContain('Әбдіқадыр');
    expect(await textOf(named, 'report.html')).toContain('Әбдіқадыр Айгүл');
    const { items } = (await office.get('/v1/audit/access-log')).body;
    expect(items.filter(({ route }: Json) => route === 'GET /v1/audit/pack').map(({ person }: Json) => person)).toEqual(
      expect.arrayContaining([MEHMET, AIGUL]),
    );
  });

  it('notes each hand-out of a pack with names, also of one that was made for somebody else', async () => {
    const question = `/v1/audit/pack?asOf=2026-02-10&employer=${BIN}&names=true`;
    for (const actor of ['first', 'second']) {
      const headers = { 'ledger-actor': actor, 'ledger-purpose': `inspection ${actor}` };
      expect((await office.get(question, headers)).status).toBe(200);
      const { items } = (await office.get(`/v1/audit/access-log?actor=${actor}`)).body;
      expect(items.map(({ person, purpose }: Json) => [person, purpose]).sort()).toEqual([
        [MEHMET, `inspection ${actor}`],
        [AIGUL, `inspection ${actor}`],
      ]);
    }
  });

  it('opens no names for who wants them kept closed, and keeps no empty pack for those who may read them', async () => {
    const question = `/v1/audit/pack?asOf=2026-02-07&worker=${MEHMET}&names=true`;
    const closed = { 'ledger-personal': 'false', 'ledger-actor': 'figures' };
    const lines = { ...closed, accept: 'application/x-ndjson' };
    for (const [path, headers] of [
      [question, closed],
      [question, lines],
      [`${question}&personal=false`, { 'ledger-actor': 'figures' }],
    ] as const) {
      const { status, body } = await office.get(path, headers);
      expect([status, body?.code]).toEqual([400, 'names-kept-closed']);
    }
    expect((await office.get('/v1/audit/access-log?actor=figures')).body.items).toEqual([]);
    const { bytes } = await office.get(question);
    const pack = await Pack.open(bytes);
    expect(pack.manifest.personal).toBe(true);
    expect(await textOf(pack, 'personal.jsonl')).toContain('Yilmaz');
    // Kept now, and still closed.
    expect((await office.get(question, closed)).status).toBe(400);
    expect((await office.get(question.replace('&names=true', ''), closed)).status).toBe(200);
  });

  it('writes a report that cannot be broken by what was recorded', async () => {
    const html = await textOf((await packOf(`&worker=${MEHMET}`)).pack, 'report.html');
    expect(html).toContain('the stamp &lt;in&gt; the passport &amp; the ticket');
    expect(html).toContain('<table>');
  });

  it('gives the same bytes to the same question', async () => {
    const first = await packOf(`&employer=${BIN}`);
    rmSync(join(office.folder, 'packs'), { recursive: true });
    const second = await packOf(`&employer=${BIN}`);
    expect(second.hash).toBe(first.hash);
    expect(second.bytes.equals(first.bytes)).toBe(true);
  });

  it('tells how far it is when asked for lines', async () => {
    const { text } = await office.get('/v1/audit/pack?asOf=2026-02-09', { accept: 'application/x-ndjson' });
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Json);
    expect(lines[0]).toEqual({ file: 'events.jsonl', lines: 7 });
    expect(lines.at(-1)).toMatchObject({ ready: true, events: 7, streams: 3 });
  });

  (existsSync('/dev/full') ? it : it.skip)(
    'says that the disk is full, leaves nothing on it, and is made once there is room',
    async () => {
      const packs = join(office.folder, 'packs');
      rmSync(packs, { recursive: true, force: true });
      const { hash } = await packOf(`&worker=${AIGUL}`);
      const [key] = readdirSync(packs);
      const state = join(packs, key ?? '', 'state.json');
      rmSync(state);
      symlinkSync('/dev/full', `${state}.new`);
      const { status, body } = await office.get(`/v1/audit/pack?asOf=2026-02-10&worker=${AIGUL}`);
      expect([status, body.code]).toEqual([503, 'disk-full']);
      expect(body.detail).toContain('the pack could not be made');
      expect(existsSync(join(packs, key ?? ''))).toBe(false);
      expect((await packOf(`&worker=${AIGUL}`)).hash).toBe(hash);
    },
  );

  it('can be of a stretch of time, and then says that it cannot be imported', async () => {
    const { pack } = await packOf('&from=2026-01-20&to=2026-01-20');
    expect(pack.manifest).toMatchObject({ events: 2, complete: false, asOf: '2026-02-10' });
    expect((await linesOf(pack, 'timeline.jsonl')).map(({ event }) => event.type)).toEqual([
      'EventCorrected',
      'Departed',
    ]);
    const store = new EventStore(office.ledger.storeUrl);
    await expect(importPack(pack, store)).rejects.toThrow('middle of its histories');
    await store.close();
  });

  it('is not of a stretch of time that ends before it begins', async () => {
    const status = async (query: string) => {
      const answer = await office.get(`/v1/audit/pack?asOf=2026-02-06&${query}`);
      return [answer.status, answer.body?.code];
    };
    expect(await status('from=2026-01-21&to=2026-01-20')).toEqual([400, 'moments-reversed']);
    expect(await status('from=2026-01-20T06:00:00Z&to=2026-01-20T05:59:59Z')).toEqual([400, 'moments-reversed']);
    expect(await status('from=2026-01-20T05:00:00Z&to=2026-01-20T05:00:00Z')).toEqual([200, undefined]);
  });

  it('is not of a stretch of time that has not begun: its figures would stand beside no event', async () => {
    const code = async (from: string) => (await office.get(`/v1/audit/pack?asOf=2026-02-06&from=${from}`)).body?.code;
    expect(await code('2026-02-11')).toBe('moment-in-future');
    expect(await code('2026-02-10T05:00:00.001Z')).toBe('moment-in-future');
    expect(await code('2026-02-10')).toBeUndefined();
  });

  it('with names is broken off and removed when somebody is erased meanwhile', async () => {
    const packs = office.ledger.app.get(Packs);
    const made = packs.make({ scope: { worker: AIGUL }, asOf: '2026-02-09', names: true });
    const begun = () =>
      readdirSync(join(office.folder, 'packs')).filter((key) => {
        const files = join(office.folder, 'packs', key, 'files');
        return existsSync(join(files, 'personal.jsonl')) && !existsSync(join(files, 'manifest.json'));
      });
    while (begun().length === 0) await nextTurn();
    const [folderOfIt = ''] = begun();
    packs.forgetNames();
    await expect(made).rejects.toMatchObject({ code: 'erased-meanwhile', status: 409 });
    expect(existsSync(join(office.folder, 'packs', folderOfIt))).toBe(false);
  });

  it('with names is broken off also where no name is written yet, for its key may be in use already', async () => {
    const packs = office.ledger.app.get(Packs);
    const made = packs.make({ scope: { worker: AIGUL }, asOf: '2026-02-08', names: true });
    const bare = packs.make({ scope: { worker: AIGUL }, asOf: '2026-02-08', names: false });
    await nextTurn();
    packs.forgetNames();
    await expect(made).rejects.toMatchObject({ code: 'erased-meanwhile' });
    expect((await bare).manifest.events).toBeGreaterThan(0);
  });

  it('is begun anew where nothing says any more up to which event it was begun', async () => {
    const { hash } = await packOf(`&employer=${BIN}`);
    const folders = join(office.folder, 'packs');
    for (const key of readdirSync(folders)) writeFileSync(join(folders, key, 'seq'), '');
    expect((await packOf(`&employer=${BIN}`)).hash).toBe(hash);
  });

  it('with names says whose could not be opened, and is made anew once the right master key is back', async () => {
    const key = 'a1'.repeat(32);
    const house = await new Office().open({ LEDGER_MASTER_KEY: key });
    try {
      await house.withMehmet();
      const linesWith = async (settings: Record<string, string>) => {
        await house.close();
        await house.open(settings);
        house.at('2026-02-10T05:00:00.000Z');
        return linesOf((await packOf(`&worker=${MEHMET}&names=true`, house)).pack, 'personal.jsonl');
      };
      expect(await linesWith({})).toMatchObject([{ person: MEHMET, withheld: 'locked' }]);
      expect(await linesWith({ LEDGER_MASTER_KEY: key })).toMatchObject([
        { person: MEHMET, data: { familyName: 'Yilmaz' } },
      ]);
    } finally {
      await house.remove();
    }
  });

  it('of an employer leaves out what a worker owes to another one, and is the same in another house', async () => {
    const here = await new Office().open();
    const there = await new Office().open();
    try {
      await here.withMehmet();
      const large = { name: 'Samal LLP', size: 'large' };
      await here.post(`/v1/employers/${UNKNOWN_BIN}/events`, {
        type: 'EmployerRegistered',
        occurredOn: '2020-01-06',
        data: large,
      });
      here.at('2026-02-10T05:00:00.000Z');
      await here.worker(MEHMET, 'Arrived', '2026-01-12', { region: 'KZ-75', address: 'Abay 1', purpose: 'work' });
      const [registration] = (await here.get(`/v1/workers/${MEHMET}/events`)).body.items;
      const { occurredOn: _, ...data } = registration.data;
      await here.correct(MEHMET, registration.eventId, { data: { ...data, employerBin: UNKNOWN_BIN } });
      for (const bin of [BIN, UNKNOWN_BIN]) {
        const { pack, hash } = await packOf(`&employer=${bin}`, here);
        const owed = (await linesOf(pack, 'obligations.jsonl')).map(({ employerBin }) => employerBin);
        expect(new Set(owed)).toEqual(new Set(bin === BIN ? [] : [UNKNOWN_BIN]));
        const house = bin === BIN ? there : await new Office().open();
        const store = new EventStore(house.ledger.storeUrl);
        const { position } = await importPack(pack, store);
        await store.close();
        house.at('2026-02-10T05:00:00.000Z');
        const again = await house.send('GET', `/v1/audit/pack?asOf=2026-02-10&employer=${bin}&after=${position}`);
        expect(again.headers['x-pack-hash']).toBe(hash);
        if (house !== there) await house.remove();
      }
    } finally {
      await here.remove();
      await there.remove();
    }
  });

  it('knows no worker that is not there, and not both at once', async () => {
    expect((await office.get('/v1/audit/pack?worker=99999999-9999-4999-8999-999999999999')).status).toBe(404);
    expect((await office.get(`/v1/audit/pack?worker=${MEHMET}&employer=${BIN}`)).status).toBe(400);
    expect((await office.get('/v1/audit/pack?to=2999-01-01T00:00:00Z')).body.code).toBe('known-at-in-future');
  });
});
