import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Pack } from '../../src/audit/pack/archive.js';
import { importPack } from '../../src/audit/pack/import-pack.js';
import { importPackFile } from '../../src/cli/import-pack.js';
import { readConfig } from '../../src/config.js';
import { EventStore } from '../../src/ledger/event-store.js';
import { AIGUL, BIN, type Json, MEHMET, Office } from './kit.js';
import { folder, forged, linesOf, office, packOf, textOf } from './pack-kit.js';

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
});
