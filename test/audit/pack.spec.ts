import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Pack, PackError, zipped } from '../../src/audit/pack/archive.js';
import { importPack } from '../../src/audit/pack/import-pack.js';
import { Packs } from '../../src/audit/pack/packs.js';
import { importPackFile } from '../../src/cli/import-pack.js';
import { readConfig } from '../../src/config.js';
import { chainHash } from '../../src/ledger/chain.js';
import { EventStore } from '../../src/ledger/event-store.js';
import { UNKNOWN_BIN } from '../api/people.js';
import { AIGUL, BIN, type Json, MEHMET, Office } from './kit.js';

const office = new Office();
const folder = mkdtempSync(join(tmpdir(), 'packs-'));

beforeAll(async () => {
  await office.open();
  await office.withMehmet();
  await office.register(AIGUL, { familyName: 'Әбдіқадыр', givenName: 'Айгүл', passportNumber: 'K1' });
  office.at('2026-01-12T05:00:00.000Z');
  const arrival = await office.worker(MEHMET, 'Arrived', '2026-01-12', {
    region: 'KZ-75',
    address: 'Abay 1',
    purpose: 'work',
  });
  await office.worker(AIGUL, 'Arrived', '2026-01-10', { region: 'KZ-71', address: 'Turan 5', purpose: 'work' });
  office.at('2026-01-20T05:00:00.000Z');
  await office.correct(MEHMET, arrival, {
    occurredOn: '2026-01-08',
    reason: 'the stamp <in> the passport & the ticket',
  });
  await office.worker(AIGUL, 'Departed', '2026-01-15');
  office.at('2026-02-10T05:00:00.000Z');
});

afterAll(async () => {
  await office.remove();
  rmSync(folder, { recursive: true, force: true });
});

async function packOf(
  query: string,
  from = office,
): Promise<{ readonly pack: Pack; readonly bytes: Buffer; readonly hash: string }> {
  const { status, bytes, headers, text } = await from.get(`/v1/audit/pack?asOf=2026-02-10${query}`);
  if (status !== 200) throw new Error(text);
  return { pack: await Pack.open(bytes), bytes, hash: String(headers['x-pack-hash']) };
}

async function linesOf(pack: Pack, name: string): Promise<Json[]> {
  const lines: Json[] = [];
  for await (const line of pack.lines(name)) lines.push(JSON.parse(line));
  return lines;
}

async function textOf(pack: Pack, name: string): Promise<string> {
  const lines: string[] = [];
  for await (const line of pack.lines(name)) lines.push(line);
  return lines.join('\n');
}

/** What the check says of a pack in which the byte at a place is another. */
async function damagesOf(bytes: Buffer, place: number | null): Promise<readonly string[]> {
  const changed = Buffer.from(bytes);
  if (place !== null) changed[place] = (changed[place] ?? 0) ^ 0x20;
  const file = join(folder, 'changed.zip');
  writeFileSync(file, changed);
  try {
    const pack = await Pack.open(file);
    const names = (await pack.damages()).map(({ file: name }) => name);
    pack.close();
    return names;
  } catch (error) {
    expect(error).toBeInstanceOf(PackError);
    return ['unreadable'];
  }
}

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

/** The same pack with a file changed, and with hashes and seal that fit: as somebody would forge it. */
async function forged(pack: Pack, changes: Readonly<Record<string, string>>, manifest: object = {}): Promise<Pack> {
  return Pack.open(await forgedBytes(pack, changes, manifest));
}

/** @param changes texts in place of those of files; null leaves a file out */
async function forgedBytes(
  pack: Pack,
  changes: Readonly<Record<string, string | null>>,
  manifest: object = {},
): Promise<Buffer> {
  const at = mkdtempSync(join(folder, 'forged-'));
  const files: { name: string; bytes: number; sha256: string }[] = [];
  const write = (name: string, text: string) => {
    mkdirSync(join(at, name, '..'), { recursive: true });
    writeFileSync(join(at, name), text);
  };
  for (const { name, bytes, sha256 } of pack.manifest.files) {
    // What is not looked at in the story need not be told: the report is left out.
    if (name.startsWith('report.')) continue;
    if (changes[name] === null) continue;
    const text = changes[name] ?? (bytes === 0 ? '' : `${await textOf(pack, name)}\n`);
    write(name, text);
    const isSame = changes[name] === undefined;
    const hash = createHash('sha256').update(text).digest('hex');
    if (isSame) expect(hash).toBe(sha256);
    files.push({ name, bytes: isSame ? bytes : Buffer.byteLength(text), sha256: hash });
  }
  write('manifest.json', JSON.stringify({ ...pack.manifest, ...manifest, files }));
  const parts: Buffer[] = [];
  const names = [...files.map(({ name }) => name), 'manifest.json'];
  for await (const part of zipped(names.map((name) => ({ name, path: join(at, name) })))) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

describe('A pack whose hashes and seal were made anew by whoever changed it', () => {
  const SUM = /"hash":"[0-9a-f]{64}",/;
  const BEFORE = /,"previousHash":"[0-9a-f]{64}"/;
  const EVENTS = 'events.jsonl';

  /** What the command says of it, checked only or imported; the error where it refuses. */
  async function said(bytes: Buffer, checkOnly: boolean): Promise<string> {
    const file = join(folder, 'forged.zip');
    writeFileSync(file, bytes);
    const lines: string[] = [];
    const output = {
      json: false,
      line: (text: string) => lines.push(text),
      remark: (text: string) => lines.push(text),
    };
    const other = checkOnly ? null : await new Office().open();
    const url = other === null ? {} : { EVENTSTORE_URL: other.ledger.storeUrl };
    const config = readConfig({ LEDGER_DATA: join(folder, 'none'), ...url }, {});
    try {
      await importPackFile(config, output, { file, checkOnly });
      return lines.join(' ');
    } catch (error) {
      return `Refused: ${error instanceof Error ? error.message : String(error)}`;
    } finally {
      await other?.remove();
    }
  }

  it.each<[string, (lines: string[]) => readonly string[], string | RegExp]>([
    [
      'an event says something else',
      ([first = '', ...rest]) => [first.replace('"medium"', '"small"'), ...rest],
      'its content no longer gives its hash',
    ],
    ['events were cut off at its end', (lines) => lines.slice(0, -2), 'has 5 events and the manifest says 7'],
    ['two events changed places', (lines) => lines.toSpliced(1, 1).toSpliced(3, 0, lines[1] ?? ''), 'comes too early'],
    ['an event stands in it twice', (lines) => lines.toSpliced(1, 0, lines[1] ?? ''), 'has passed already'],
    ['lines were added that are empty', (lines) => [...lines, '', ''], 'Line 8 of events.jsonl is not JSON'],
    ['something else stands in it', () => ['{"a":1}'], 'Line 1 of events.jsonl is no event'],
    ['its lines are no objects', () => ['null'], 'Line 1 of events.jsonl is no event'],
    [
      'the hashes of the events were taken out',
      (lines) => lines.map((line) => line.replace(SUM, '')),
      'carries no hash although it names one before it',
    ],
  ])('is refused when %s, without an import too', async (_, change, told) => {
    const { pack } = await packOf('');
    const lines = (await textOf(pack, EVENTS)).split('\n');
    const bytes = await forgedBytes(pack, { [EVENTS]: `${change(lines).join('\n')}\n` });
    const checked = await said(bytes, true);
    expect(checked).toMatch(/^Refused: /);
    expect(checked).toContain(told);
    expect(await said(bytes, false)).toBe(checked);
  });

  it('is refused when it has no events at all', async () => {
    const { pack } = await packOf('');
    expect(await said(await forgedBytes(pack, { [EVENTS]: null }), true)).toBe(
      'Refused: events.jsonl is missing in the pack.',
    );
  });

  it('is taken, with the events counted that nothing proves, when they are as before there was a chain', async () => {
    const { pack } = await packOf('');
    const lines = (await textOf(pack, EVENTS)).split('\n');
    const bare = lines.map((line) => line.replace(SUM, '').replace(BEFORE, ''));
    const bytes = await forgedBytes(pack, { [EVENTS]: `${bare.join('\n')}\n` });
    for (const checkOnly of [true, false]) {
      expect(await said(bytes, checkOnly)).toMatch(/7 events.* 7 events carry no hash: nothing proves them\.$/);
    }
    expect(await said((await packOf('')).bytes, true)).not.toContain('no hash');
  });

  it('is checked as well when it begins in the middle of its histories, and said to be no pack to import', async () => {
    const { pack, bytes } = await packOf('&from=2026-01-20&to=2026-01-20');
    expect(await said(bytes, true)).toMatch(/2 events, each in its place in the chain.*cannot be imported/);
    const lines = (await textOf(pack, EVENTS)).split('\n');
    const changed = [...lines.slice(0, 1), (lines[1] ?? '').replace('2026-01-15', '2026-01-14')];
    const forgery = await forgedBytes(pack, { [EVENTS]: `${changed.join('\n')}\n` });
    expect(await said(forgery, true)).toContain('its content no longer gives its hash');
  });
});

describe('A pack under another law', () => {
  const LAID = `rule: notify-arrival
versions:
  - validFrom: 2026-09-01
    verified: true
    reference: Order of 2026-08-20
    deadline: { dueOn: { businessDays: 5, after: occurredOn }, safeBy: inclusive }
`;
  const later = new Office();
  const law = join(later.folder, 'law');

  beforeAll(async () => {
    await later.open();
    await later.withMehmet();
    await later.close();
    mkdirSync(law);
    writeFileSync(join(law, 'notify-arrival.yaml'), LAID);
    later.at('2026-09-18T05:00:00.000Z');
    await later.open({ LEDGER_LAW: law });
  });
  afterAll(() => later.remove());

  it('holds the files of the law of its moment, word for word, and is whole by them', async () => {
    const [before, now] = [await packOf('&to=2026-09-17', later), await packOf('', later)];
    expect(before.pack.manifest.ruleBook).not.toBe(now.pack.manifest.ruleBook);
    const laid = ({ pack }: { readonly pack: Pack }) =>
      pack.manifest.files.map(({ name }) => name).filter((name) => name.startsWith('law/laid-over/'));
    expect([laid(before), laid(now)]).toEqual([[], ['law/laid-over/notify-arrival.yaml']]);
    expect(readFileSync(join(law, 'notify-arrival.yaml'), 'utf8')).toBe(
      `${await textOf(now.pack, 'law/laid-over/notify-arrival.yaml')}\n`,
    );
    expect([await before.pack.damages(), await now.pack.damages()]).toEqual([[], []]);
  });

  it('says what its timeline is: the replay by its one rule book, without the adoptions of the law', async () => {
    const { pack } = await packOf('', later);
    const steps = await linesOf(pack, 'timeline.jsonl');
    const { body: live } = await later.get('/v1/audit/replay');
    expect(steps.map(({ event }) => event.type)).toEqual(['EmployerRegistered', 'WorkerRegistered']);
    expect(new Set(steps.map(({ ruleBook }) => ruleBook))).toEqual(new Set([pack.manifest.ruleBook]));
    // Live, the first steps are judged by the book before, and its successor is a step.
    expect(live.items.map(({ ruleBook }: Json) => ruleBook)).not.toEqual(steps.map(({ ruleBook }) => ruleBook));
    const readme = await textOf(pack, 'README.txt');
    expect(readme).toContain('judged by the one rule book whose files are in law/');
    expect(readme).toContain('GET /v1/rule-books');
    expect(pack.manifest.files.map(({ name }) => name)).not.toContain('law/adoptions.json');
  });

  it('is said to be judged by another book than the one that counts where it is imported', async () => {
    const file = join(folder, 'judged.zip');
    const { bytes, pack } = await packOf('', later);
    writeFileSync(file, bytes);
    const other = await new Office().open();
    try {
      const imported = async (settings: Readonly<Record<string, string>>) => {
        const [answers, remarks]: [string[], string[]] = [[], []];
        const output = {
          json: true,
          line: (text: string) => answers.push(text),
          remark: (text: string) => remarks.push(text),
        };
        const environment = { LEDGER_DATA: join(folder, 'none'), EVENTSTORE_URL: other.ledger.storeUrl, ...settings };
        await importPackFile(readConfig(environment, {}), output, { file, checkOnly: false });
        return { answer: JSON.parse(answers.join('')) as Json, remarks };
      };
      const { ruleBook: shipped } = (await office.get('/v1/exposure')).body;
      const under = await imported({});
      expect(under.answer.ruleBook).toEqual({ pack: pack.manifest.ruleBook, here: shipped });
      expect(under.remarks).toEqual([
        expect.stringMatching(`rule book ${pack.manifest.ruleBook}; here ${shipped} counts`),
      ]);
      const same = await imported({ LEDGER_LAW: law });
      expect(same.answer.ruleBook).toEqual({ pack: pack.manifest.ruleBook, here: pack.manifest.ruleBook });
      expect(same.remarks).toEqual([]);
    } finally {
      await other.remove();
    }
  });

  it('is refused when the files of the law do not give the rule book that it names', async () => {
    const { pack } = await packOf('', later);
    expect(await (await forged(pack, {})).damages()).toEqual([]);
    const changed = await forged(pack, {
      'law/laid-over/notify-arrival.yaml': LAID.replace('businessDays: 5', 'businessDays: 9'),
    });
    const [damage, ...more] = await changed.damages();
    expect([damage?.file, more]).toEqual(['The law under law/shipped/ and law/laid-over/', []]);
    expect(damage?.what).toContain(`the manifest says that ${pack.manifest.ruleBook} was used`);
    const store = new EventStore(office.ledger.storeUrl);
    await expect(importPack(changed, store)).rejects.toThrow('gives the rule book');
    await store.close();
  });
});

describe('A pack in another house', () => {
  it('becomes the same ledger: exported again it has the same hashes', async () => {
    const { pack, hash, bytes } = await packOf('');
    const other = await new Office().open();
    try {
      const store = new EventStore(other.ledger.storeUrl);
      const answer = await importPack(pack, store);
      expect(answer).toMatchObject({ events: 7, streams: 3 });
      // Broken off and begun again, it adds nothing.
      expect(await importPack(pack, store)).toEqual({ ...answer, events: 0, held: 7 });
      other.at('2026-02-10T05:00:00.000Z');
      const again = await other.send('GET', `/v1/audit/pack?asOf=2026-02-10&after=${answer.position}`);
      expect(again.headers['x-pack-hash']).toBe(hash);
      expect(again.bytes.equals(bytes)).toBe(true);
      const known = async (at: Office) =>
        (await at.send('GET', '/v1/exposure?groupBy=worker&asOf=2026-01-16&knownAt=2026-01-16')).body.total;
      expect(await known(other)).toEqual(await known(office));
      const { body } = await other.get('/v1/audit/verification');
      // One event more than the pack: the adoption of the law is each ledger's own.
      expect(body).toMatchObject({ intact: true, events: 8 });
      await store.close();
    } finally {
      await other.remove();
    }
  });

  it('of one worker costs the same there: penalties about colleagues make its offences repeats, and name no colleague', async () => {
    const here = await new Office().open();
    const there = await new Office().open();
    try {
      await here.withMehmet();
      await here.register(AIGUL, { familyName: 'Abdikadyr', givenName: 'Aigul', passportNumber: 'K1' });
      here.at('2026-02-20T05:00:00.000Z');
      const stay = { region: 'KZ-75', address: 'Abay 1', purpose: 'work' };
      const first = await here.worker(AIGUL, 'Arrived', '2026-01-05', stay);
      await here.worker(AIGUL, 'PenaltyImposed', '2026-02-02', {
        obligationId: `notify-arrival.${first}`,
        mci: 15,
        caseOpenedOn: '2026-01-30',
      });
      const second = await here.worker(MEHMET, 'Arrived', '2026-02-03', stay);
      const asOf = 'asOf=2026-02-20';
      const { pack, hash } = await packOf(`&worker=${MEHMET}&names=true`, here);
      const late = (await linesOf(pack, 'obligations.jsonl')).find(({ id }) => id === `notify-arrival.${second}`);
      expect(late.exposure).toMatchObject({ firstOffence: false });
      const streams = new Set((await linesOf(pack, 'events.jsonl')).map(({ stream }) => stream));
      expect([...streams]).toEqual([`employer-${BIN}`, `worker-${MEHMET}`, `worker-${AIGUL}`]);
      for (const file of ['obligations.jsonl', 'timeline.jsonl']) expect(await textOf(pack, file)).not.toContain(AIGUL);
      const opened = await linesOf(pack, 'personal.jsonl');
      expect(new Set(opened.map(({ person }) => person))).toEqual(new Set([MEHMET]));

      const bare = await packOf(`&worker=${MEHMET}`, here);
      const store = new EventStore(there.ledger.storeUrl);
      const { position } = await importPack(bare.pack, store);
      await store.close();
      there.at('2026-02-20T05:00:00.000Z');
      const again = await there.send('GET', `/v1/audit/pack?asOf=2026-02-10&worker=${MEHMET}&after=${position}`);
      expect(again.headers['x-pack-hash']).toBe(bare.hash);
      expect(bare.hash).not.toBe(hash);
      const cost = async (at: Office) => (await at.send('GET', `/v1/obligations/${late.id}?${asOf}`)).body.exposure;
      expect(await cost(there)).toEqual(await cost(here));
    } finally {
      await here.remove();
      await there.remove();
    }
  });

  it('is not mixed into another history', async () => {
    const { pack } = await packOf('');
    const other = await new Office().open();
    try {
      other.at('2026-02-10T05:00:00.000Z');
      await other.withMehmet();
      const store = new EventStore(other.ledger.storeUrl);
      await expect(importPack(pack, store)).rejects.toThrow('another history');
      await store.close();
    } finally {
      await other.remove();
    }
  });

  it('is not begun where the store holds its events in another order, and is ended where it holds the first ones', async () => {
    const { pack } = await packOf('');
    const events = await linesOf(pack, 'events.jsonl');
    const inOrder = (stream: string) => events.filter((event) => event.stream === stream);
    const put = async (store: EventStore, some: readonly Json[]) => {
      for (const { stream, revision, id, type, data, metadata } of some)
        await store.append(stream, [{ id, type, data, metadata }], revision - 1);
    };
    const held = async (store: EventStore) => {
      const ids: string[] = [];
      for await (const event of store.readAll()) if (!event.stream.startsWith('law-')) ids.push(event.id);
      return ids;
    };
    const [mixed, begun] = await Promise.all([new Office().open(), new Office().open()]);
    const [inMixed, inBegun] = [new EventStore(mixed.ledger.storeUrl), new EventStore(begun.ledger.storeUrl)];
    try {
      // The workers first, then their employer: each stream alone is the pack's.
      const others = [...inOrder(`worker-${MEHMET}`), ...inOrder(`worker-${AIGUL}`).slice(0, 1)];
      await put(inMixed, others);
      await expect(importPack(pack, inMixed)).rejects.toThrow(/another history.*Nothing was imported/);
      expect(await held(inMixed)).toEqual(others.map(({ id }) => id));

      await put(inBegun, events.slice(0, 3));
      expect(await importPack(pack, inBegun)).toMatchObject({ events: 4, held: 3, streams: 3 });
      expect(await held(inBegun)).toEqual(events.map(({ id }) => id));
    } finally {
      await Promise.all([inMixed.close(), inBegun.close()]);
      await Promise.all([mixed.remove(), begun.remove()]);
    }
  });

  it('with one changed byte is told by the name of the file', async () => {
    const { bytes } = await packOf(`&worker=${MEHMET}`);
    const found = new Set<string>();
    for (let place = 60; place < bytes.length; place += Math.floor(bytes.length / 60)) {
      for (const name of await damagesOf(bytes, place)) found.add(name);
    }
    expect(found).toContain('report.pdf');
    expect(found.size).toBeGreaterThan(5);
  });

  it('with one changed byte anywhere is not what was packed: headers, directory, gaps and the end are sealed too', async () => {
    const { bytes } = await packOf(`&worker=${MEHMET}`);
    expect(await damagesOf(bytes, null)).toEqual([]);
    const directory = bytes.indexOf(Buffer.from('PK\x01\x02'));
    const firstDescriptor = bytes.indexOf(Buffer.from('PK\x07\x08'));
    const places = [
      ...Array.from({ length: 32 }, (_, place) => place),
      ...Array.from({ length: 12 }, (_, place) => firstDescriptor - 4 + place),
      ...Array.from({ length: 48 }, (_, place) => directory + place),
      ...Array.from({ length: 96 }, (_, place) => bytes.length - 1 - place),
    ];
    const unseen: number[] = [];
    for (const place of places) if ((await damagesOf(bytes, place)).length === 0) unseen.push(place);
    expect(unseen).toEqual([]);
    expect(await damagesOf(Buffer.concat([bytes, Buffer.from('\n')]), null)).not.toEqual([]);
    expect(await damagesOf(bytes.subarray(0, bytes.length - 1), null)).not.toEqual([]);
  });

  it('of another version, or of something else, is refused by name', async () => {
    const file = join(folder, 'manifest.json');
    const openedWith = async (manifest: object) => {
      writeFileSync(file, JSON.stringify(manifest));
      const parts: Buffer[] = [];
      for await (const part of zipped([{ name: 'manifest.json', path: file }])) parts.push(part as Buffer);
      return Pack.open(Buffer.concat(parts));
    };
    const format = 'immigration-compliance-ledger/audit-pack';
    await expect(openedWith({ format, version: 2, files: [] })).rejects.toThrow(
      'The pack is of version 2, and this ledger reads version 1.',
    );
    await expect(openedWith({ format: 'payslips', version: 1, files: [] })).rejects.toThrow(
      'not that of an audit pack',
    );
    const { manifest } = (await packOf('')).pack;
    await expect(openedWith({ ...manifest, asOf: '2026-02-30' })).rejects.toThrow('wrong at asOf: is no day');
    await expect(openedWith({ ...manifest, files: undefined })).rejects.toThrow('wrong at files');
  });

  it('that is no pack at all is refused in a sentence', async () => {
    await expect(Pack.open(Buffer.from('hello'))).rejects.toThrow(PackError);
    writeFileSync(join(folder, 'empty.zip'), '');
    await expect(Pack.open(join(folder, 'empty.zip'))).rejects.toThrow('cannot be read');
    const nowhere = join(folder, 'nowhere.zip');
    await expect(Pack.open(nowhere)).rejects.toThrow(`${nowhere} cannot be read: there is no such file.`);
  });
});
