import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { lawTexts, loadRuleBook, ruleBookOf } from '../../src/law/book.js';
import { adoptRuleBook } from '../../src/ledger/adopt-rule-book.js';
import { EventStore } from '../../src/ledger/event-store.js';
import { AIGUL, BIN, type Json, MEHMET, Office } from './kit.js';

// On 10 September, a Thursday, Mehmet arrives: by the shipped law the notice is due on the 15th. On the 18th the office is
// started with a law that gives five working days, and on the 22nd with the shipped one again.

const office = new Office();
const lawFolder = join(office.folder, 'law');
let shipped = '';
let laid = '';

const FIVE_DAYS = `rule: notify-arrival
versions:
  - validFrom: 2026-09-01
    verified: true
    reference: Order of 2026-08-20
    deadline: { dueOn: { businessDays: 5, after: occurredOn }, safeBy: inclusive }
`;

const UNKNOWN_WORD = `findings:
  - finding: late
    title: Too late
    rows: []
    severity: warning
    each: worker
    when: { hasPermitt: false }
    sentence: { en: Too late., ru: Поздно., kk: Кеш. }
    validFrom: 2015-01-01
    reference: A guide
    sourceKind: seed
    checkedOn: 2026-09-01
    verified: false
`;

async function reopen(instant: string, settings: Readonly<Record<string, string>> = {}): Promise<void> {
  await office.close();
  office.at(instant);
  await office.open(settings);
}

async function notices(query = ''): Promise<Json[]> {
  return (await office.get(`/v1/obligations?rule=notify-arrival${query}`)).body.items;
}

beforeAll(async () => {
  mkdirSync(lawFolder);
  writeFileSync(join(lawFolder, 'notify-arrival.yaml'), FIVE_DAYS);
  await office.open();
  await office.withMehmet();
  office.at('2026-09-10T05:00:00.000Z');
  await office.worker(MEHMET, 'Arrived', '2026-09-10', { region: 'KZ-75', address: 'Abay 1', purpose: 'work' });
  shipped = (await office.get('/v1/obligations')).body.ruleBook;
  await reopen('2026-09-18T05:00:00.000Z', { LEDGER_LAW: lawFolder });
});

afterAll(() => office.remove());

describe('"By which law was that reckoned?"', () => {
  it('writes down with the start that another law counts from then on, and keeps its files', async () => {
    const { body } = await office.get('/v1/rule-books');
    laid = body.ruleBook;
    expect(laid).not.toBe(shipped);
    expect(body.items).toMatchObject([
      { hash: shipped, replaces: null, inForce: false, readable: true, adoptedOn: '2026-01-05', changes: [] },
      {
        hash: laid,
        replaces: shipped,
        inForce: true,
        adoptedOn: '2026-09-18',
        recordedAt: '2026-09-18T05:00:00.000Z',
        changes: [{ path: 'notify-arrival.yaml', origin: 'laid', change: 'added' }],
      },
    ]);
    const one = (await office.get(`/v1/rule-books/${laid.slice(0, 8)}`)).body;
    expect(one.files.find(({ origin }: Json) => origin === 'laid')).toMatchObject({ text: FIVE_DAYS });
    expect((await office.get('/v1/rule-books/00000000')).body).toMatchObject({ code: 'unknown-rule-book' });
  });

  it('reckons by the new law now, and by the old one for what was known before', async () => {
    expect(await notices()).toMatchObject([{ dueOn: '2026-09-17', ruleVersion: '2026-09-01' }]);
    const before = (await office.get('/v1/obligations?rule=notify-arrival&knownAt=2026-09-17')).body;
    expect(before).toMatchObject({ ruleBook: shipped, items: [{ dueOn: '2026-09-15', state: 'overdue' }] });
    const [{ id }] = before.items;
    const then = (await office.get(`/v1/obligations/${id}?knownAt=2026-09-17`)).body;
    expect(then.trace).toMatchObject({ ruleBook: shipped });
    const now = (await office.get(`/v1/obligations/${id}`)).body;
    expect(now.trace).toMatchObject({ ruleBook: laid });
    expect(now.trace.walk.at(-1).date).toBe('2026-09-17');
  });

  it('tells the difference that the law made, and what brought it', async () => {
    const { body } = await office.get('/v1/audit/difference?from=2026-09-17&asOf=2026-09-16');
    expect(body.knowledgeLag.total.knownThen.accrued.obligations).toBe(1);
    expect(body.knowledgeLag.total.trueThen.accrued.obligations).toBe(0);
    const adoption = (await office.get('/v1/rule-books')).body.items[1].eventId;
    expect(body.items).toMatchObject([
      {
        subject: 'worker',
        id: MEHMET,
        events: [],
        obligations: [
          { change: 'changed', before: { dueOn: '2026-09-15' }, after: { dueOn: '2026-09-17' }, causedBy: adoption },
        ],
      },
    ]);
  });

  it('replays with the adoption as a step of the worker, or all of it by the law that is asked for', async () => {
    const { body } = await office.get(`/v1/workers/${MEHMET}/replay`);
    expect(body.items.map(({ event, ruleBook }: Json) => [event.type, ruleBook])).toEqual([
      ['WorkerRegistered', shipped],
      ['Arrived', shipped],
      ['RuleBookAdopted', laid],
    ]);
    expect(body.items[2].changed).toMatchObject([{ rule: 'notify-arrival', dueOn: '2026-09-17' }]);
    const due = async (law: string) => {
      const answer = (await office.get(`/v1/workers/${MEHMET}/replay?law=${law}`)).body;
      const opened = answer.items.flatMap((step: Json) => step.opened);
      return [answer.ruleBook, answer.items.length, opened.find(({ rule }: Json) => rule === 'notify-arrival').dueOn];
    };
    expect(await due(laid.slice(0, 12))).toEqual([laid, 2, '2026-09-17']);
    expect(await due(shipped)).toEqual([shipped, 2, '2026-09-15']);
    expect(await due('2026-09-17')).toEqual([shipped, 2, '2026-09-15']);
    expect(await due('2026-09-18')).toEqual([laid, 2, '2026-09-17']);
    const whole = (await office.get('/v1/audit/replay')).body.items;
    expect(whole.filter(({ after }: Json) => after.kind === 'law')).toMatchObject([
      { before: null, after: { ruleBook: shipped } },
      { before: { ruleBook: shipped }, after: { ruleBook: laid } },
    ]);
    for (const law of ['2026-01-04', 'deadbeefdeadbeef']) {
      const answer = await office.get(`/v1/workers/${MEHMET}/replay?law=${law}`);
      expect([answer.status, answer.body.code]).toEqual([422, 'law-not-adopted']);
      expect(answer.body.detail).not.toContain('undefined');
    }
  });

  it('has the same rows when all of them are made anew', async () => {
    const { model } = office.ledger;
    const before = await model.digest();
    await model.rebuild();
    expect(await model.digest()).toBe(before);
  });

  it('adopts nothing when it is started with the same law, and the old one again when it is laid aside', async () => {
    await reopen('2026-09-21T05:00:00.000Z', { LEDGER_LAW: lawFolder });
    expect((await office.get('/v1/rule-books')).body.items).toHaveLength(2);
    await reopen('2026-09-22T05:00:00.000Z');
    const { items } = (await office.get('/v1/rule-books')).body;
    expect(items.map(({ hash, inForce }: Json) => [hash, inForce])).toEqual([
      [shipped, false],
      [laid, false],
      [shipped, true],
    ]);
    expect(await notices()).toMatchObject([{ dueOn: '2026-09-15' }]);
    expect(await notices('&knownAt=2026-09-21')).toMatchObject([{ dueOn: '2026-09-17' }]);
  });
});

describe('"Why do you read the law that way?"', () => {
  const choose = (rule: string, reading: string) =>
    office.post(`/v1/employers/${BIN}/events`, {
      type: 'ReadingChosen',
      occurredOn: '2026-09-22',
      data: { rule, reading, reason: 'advice of our lawyers of 21 September' },
    });
  const conflict = async (name: string, query = '') =>
    (await office.get(`/v1/conflicts?employer=${BIN}${query}`)).body.items.find((one: Json) => one.name === name);

  it('refuses a reading that the law does not have, and names those that it has', async () => {
    const unknown = await choose('notify-arrival', 'whenever');
    expect([unknown.status, unknown.body.code]).toEqual([422, 'unknown-reading']);
    expect(unknown.body.errors[0]).toMatchObject({ path: 'data.reading' });
    expect(unknown.body.detail).toContain('registration-2026');
    const undisputed = await choose('cancel-visa', 'later');
    expect(undisputed.body.errors[0]).toMatchObject({ path: 'data.rule' });
  });

  it("counts by the employer's choice from then on, for its workers only, and says who chose it and why", async () => {
    expect(await conflict('notify-arrival')).toMatchObject({ chosen: null });
    office.at('2026-09-22T06:00:00.000Z');
    expect((await choose('notify-arrival', 'registration-2026')).status).toBe(201);
    expect(await notices()).toMatchObject([{ dueOn: '2026-10-12', reading: 'registration-2026' }]);
    expect(await notices('&knownAt=2026-09-22T05:30:00Z')).toMatchObject([{ dueOn: '2026-09-15' }]);
    const [{ id }] = await notices();
    const traced = async (query = '') => (await office.get(`/v1/obligations/${id}${query}`)).body.trace.chosenBy;
    expect(await traced()).toMatchObject({ reason: 'advice of our lawyers of 21 September', occurredOn: '2026-09-22' });
    expect(await traced('?knownAt=2026-09-22T05:30:00Z')).toBeNull();
    const chosen = await conflict('notify-arrival');
    expect(chosen.chosen).toMatchObject({
      reading: 'registration-2026',
      reason: 'advice of our lawyers of 21 September',
    });
    expect(chosen.sides.filter(({ applied }: Json) => applied)).toMatchObject([{ reading: 'registration-2026' }]);
    expect(chosen.impact.find(({ reading }: Json) => reading === 'three-days')).toMatchObject({
      applied: false,
      accrued: { obligations: 1, mciMax: 15 },
    });
    expect(await conflict('notify-arrival', '&knownAt=2026-09-22T05:30:00Z')).toMatchObject({ chosen: null });
  });

  it('lets a worker who comes later have the same reading, also in the answer to the write', async () => {
    await office.register(AIGUL, { familyName: 'Kaya', givenName: 'Aygül', passportNumber: 'U7654321' });
    const { body } = await office.post(`/v1/workers/${AIGUL}/events`, {
      type: 'Arrived',
      occurredOn: '2026-09-22',
      data: { region: 'KZ-75', address: 'Abay 2', purpose: 'work' },
    });
    const opened = body.obligations.opened.find(({ rule }: Json) => rule === 'notify-arrival');
    expect(opened).toMatchObject({ reading: 'registration-2026', dueOn: '2026-10-22' });
    expect(await notices(`&worker=${AIGUL}`)).toMatchObject([{ id: opened.id, dueOn: '2026-10-22' }]);
  });

  it('shows the choice as a step of each worker whom it changed', async () => {
    const { items } = (await office.get(`/v1/workers/${MEHMET}/replay`)).body;
    expect(items.at(-1)).toMatchObject({
      event: { type: 'ReadingChosen', reason: 'advice of our lawyers of 21 September' },
      changed: [{ rule: 'notify-arrival', dueOn: '2026-10-12' }],
    });
    const employer = (await office.get(`/v1/employers/${BIN}/replay?limit=500`)).body.items;
    const steps = employer.filter(({ event }: Json) => event.type === 'ReadingChosen');
    expect(steps.map(({ after }: Json) => after.kind)).toEqual(['employer', 'worker']);
  });

  it('shows another class of the employer as a step of each worker whose cost it changed', async () => {
    office.at('2026-09-22T07:00:00.000Z');
    await office.worker(MEHMET, 'AddressChanged', '2026-09-14', { region: 'KZ-75', address: 'Abay 3' });
    await office.employer('EmployerSizeChanged', '2026-09-15', { size: 'large' });
    const { items } = (await office.get(`/v1/workers/${MEHMET}/replay`)).body;
    expect(items.at(-1)).toMatchObject({
      event: { type: 'EmployerSizeChanged' },
      exposure: { accrued: { mciMax: 0 }, atRisk: { mciMax: 40 } },
    });
    expect(items.at(-2)).toMatchObject({ event: { type: 'AddressChanged' }, exposure: { atRisk: { mciMax: 30 } } });
    // Nothing of Aygul's costs anything on that day; on that of the recording something does.
    const hers = (await office.get(`/v1/workers/${AIGUL}/replay`)).body.items;
    expect(hers.map(({ asOf, event, exposure }: Json) => [asOf, event.type, exposure.atRisk.mciMax]).slice(-2)).toEqual(
      [
        ['2026-09-22', 'Arrived', 15],
        ['2026-09-22', 'EmployerSizeChanged', 20],
      ],
    );
  });

  it('shows in the replay of everything whom another law, choice or class changed, each as a step that names its stream', async () => {
    const everything = (await office.get('/v1/audit/replay?limit=500')).body.items;
    const ofWorker = (await office.get(`/v1/workers/${MEHMET}/replay?limit=500`)).body.items;
    const named = (steps: Json[]) => steps.map(({ seq, event, after }) => [seq, event.type, after]);
    expect(named(everything.filter(({ stream }: Json) => stream === `worker-${MEHMET}`))).toEqual(named(ofWorker));
    const choice = everything.filter(({ event }: Json) => event.type === 'ReadingChosen');
    expect(choice.map(({ stream }: Json) => stream)).toEqual([`employer-${BIN}`, `worker-${MEHMET}`]);
    const adoption = everything.find(({ event }: Json) => event.type === 'RuleBookAdopted');
    expect(adoption).toMatchObject({ stream: 'law-books', after: { kind: 'law' }, exposure: null });
  });

  it('has the same steps on small pages as in one go', async () => {
    for (const path of [`/v1/workers/${MEHMET}/replay`, `/v1/employers/${BIN}/replay`, '/v1/audit/replay']) {
      const whole = (await office.get(`${path}?limit=500`)).body.items;
      for (const limit of [1, 2, 5]) {
        const items: Json[] = [];
        let cursor: string | null = null;
        do {
          const page: Json = (await office.get(`${path}?limit=${limit}${cursor === null ? '' : `&cursor=${cursor}`}`))
            .body;
          expect(page.items.length).toBeLessThanOrEqual(limit);
          items.push(...page.items);
          cursor = page.nextCursor;
        } while (cursor !== null);
        expect(items).toEqual(whole);
      }
    }
  });

  it('goes back to the default when the choice is retracted, and forgets nothing', async () => {
    office.at('2026-09-23T05:00:00.000Z');
    const { chosen } = await conflict('notify-arrival');
    await office.post(`/v1/employers/${BIN}/events/${chosen.eventId}/retraction`, { reason: 'the ministry answered' });
    expect(await conflict('notify-arrival')).toMatchObject({ chosen: null });
    expect(await notices(`&worker=${MEHMET}`)).toMatchObject([{ dueOn: '2026-09-15', reading: 'three-days' }]);
    expect(await notices(`&worker=${MEHMET}&knownAt=2026-09-22`)).toMatchObject([{ dueOn: '2026-10-12' }]);
    const { model } = office.ledger;
    const before = await model.digest();
    await model.rebuild();
    expect(await model.digest()).toBe(before);
  });
});

describe('"That law was adopted with a mistake in it: what is answered for its time?"', () => {
  it.each([
    ['a finding that cannot be read', 'findings: [{ finding: late }]\n', '2026-09-24'],
    ['a finding in words that nobody knows', UNKNOWN_WORD, '2026-09-25'],
    ['conflicts that cannot be read', 'conflicts: [{ conflict: late }]\ncheckedOn: 2026-09-01\n', '2026-09-26'],
  ])('by the own book where it has %s, and the list of books says so', async (_, text, day) => {
    const folder = join(office.folder, `broken-${day}`);
    mkdirSync(folder);
    writeFileSync(join(folder, 'broken.yaml'), text);
    const store = new EventStore(office.ledger.storeUrl);
    const adopt = async (law: ReturnType<typeof loadRuleBook>, instant: string) => {
      office.at(instant);
      await adoptRuleBook(store, law, office.clock);
    };
    const broken = ruleBookOf(lawTexts({ overlayDir: folder }));
    await adopt(broken, `${day}T05:00:00.000Z`);
    await adopt(loadRuleBook(), `${day}T12:00:00.000Z`);
    await store.close();
    await reopen(`${day}T13:00:00.000Z`);
    for (const address of ['/v1/findings?', `/v1/conflicts?employer=${BIN}&`, '/v1/obligations?']) {
      const { status } = await office.get(`${address}knownAt=${day}T06:00:00Z`);
      expect([address, status]).toEqual([address, 200]);
    }
    const { items } = (await office.get('/v1/rule-books')).body;
    expect(items.find(({ hash }: Json) => hash === broken.hash)).toMatchObject({ readable: false });
    expect(items.at(-1)).toMatchObject({ hash: shipped, readable: true, inForce: true });
  });
});
