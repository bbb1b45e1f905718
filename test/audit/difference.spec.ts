import { afterEach, describe, expect, test } from '@jest/globals';
import { differenceAnswer, differenceParams } from '../../src/api/audit-shapes.js';
import { Differences } from '../../src/audit/difference.js';
import { FixedClock } from '../../src/clock.js';
import { ruleBookOf } from '../../src/law/book.js';
import { binOf, closeAll, deliver, EMPLOYER, idOf, Log, readingOf, readModel, theBook } from '../reading/kit.js';

afterEach(closeAll);

const OTHER = binOf(2);

/**
 * Everything is learnt in two parts: on 2 November 2026, and on 10 November or later. Mehmet and Aylin of a small employer
 * arrived in January and in November without notice, overdue from 16 January and from 6 November; Chen, of another one, as well.
 */
class Learning {
  readonly log = new Log().at('2026-11-02T05:00:00.000Z');
  readonly registration;
  readonly arrival;
  readonly breached: string;

  constructor() {
    const { log } = this;
    log.adopted(theBook());
    log.employer(EMPLOYER, 'EmployerRegistered', '2026-01-01', { name: 'Altyn Kurylys', size: 'small' });
    log.employer(OTHER, 'EmployerRegistered', '2026-01-01', { name: 'Zhuldyz', size: 'small' });
    this.registration = log.registered('Mehmet', '2026-01-12');
    this.arrival = log.arrived('Mehmet', '2026-01-12');
    this.breached = `notify-arrival.${this.arrival.id}`;
    log.registered('Aylin', '2026-11-02');
    log.arrived('Aylin', '2026-11-02');
    log.registered('Chen', '2026-11-02', { employerBin: OTHER });
    log.arrived('Chen', '2026-11-02');
    log.at('2026-11-10T05:00:00.000Z');
  }

  penalised(on: string, data: Readonly<Record<string, unknown>> = {}) {
    return this.log.worker('Mehmet', 'PenaltyImposed', on, {
      obligationId: this.breached,
      mci: 10,
      article: '518 p. 1',
      caseOpenedOn: on,
      ...data,
    });
  }

  /** What was learnt after 2 November, about a day. */
  async learnt(asOf: string, given: Readonly<Record<string, string>> = {}) {
    const model = readModel();
    await deliver(model, this.log.events);
    await model.caughtUp();
    const clock = new FixedClock('2027-03-01T06:00:00.000Z');
    const differences = new Differences(readingOf(model, clock));
    const ask = async (more: Readonly<Record<string, string>> = {}) =>
      differenceAnswer.parse(
        await differences.between(
          differenceParams.parse({ from: '2026-11-03', to: '2027-02-01', asOf, ...given, ...more }),
        ),
      );
    const answer = await ask();
    const of = (name: string) => answer.items.find(({ id }) => id === idOf(name));
    return { answer, ask, of, changes: (name: string) => of(name)?.obligations ?? [] };
  }
}

/** What the accrued sum of the items grew by, as a reader adds it up. */
function grownBy(items: Awaited<ReturnType<Learning['learnt']>>['answer']['items']): number {
  const accrued = (told: (typeof items)[number]['obligations'][number]['before']) =>
    told !== null && ['overdue', 'met'].includes(told.state) ? (told.exposure?.tengeMin ?? 0) : 0;
  return items
    .flatMap(({ obligations }) => obligations)
    .reduce((sum, { before, after }) => sum + accrued(after) - accrued(before), 0);
}

describe('What not knowing of a fine was worth', () => {
  test('is the fine beside what accrues no more, in total and by employer', async () => {
    const story = new Learning();
    story.log.worker('Mehmet', 'NotificationAcknowledged', '2026-11-09', { about: 'arrival', channel: 'vmp' });
    story.log.at('2026-11-12T05:00:00.000Z');
    const penalty = story.penalised('2026-11-10');
    const { answer, changes } = await story.learnt('2026-11-20', { from: '2026-11-11' });
    const { total, employers } = answer.knowledgeLag;
    const [lag] = employers;
    expect(employers).toHaveLength(1);
    expect(lag).toMatchObject({
      employerBin: EMPLOYER,
      knownThen: { imposed: { penalties: 0, mci: 0, tenge: 0 } },
      trueThen: { imposed: { penalties: 1, mci: 10, tenge: 43_250, outstandingTenge: 43_250 } },
    });
    expect(total.trueThen.imposed).toEqual(lag?.trueThen.imposed);
    // Mehmet's offence is imposed; Aylin's, of 6 November, was before the penalty and stays a first one.
    expect(total.knownThen.accrued.obligations - total.trueThen.accrued.obligations).toBe(1);
    expect(changes('Mehmet')).toMatchObject([
      {
        change: 'cost-changed',
        causedBy: penalty.id,
        before: { state: 'met', exposure: { mciMax: 10, firstOffence: true } },
        after: { state: 'met', exposure: null },
      },
    ]);
    expect(changes('Aylin')).toEqual([]);
  });

  test('is told of an employer also where only what is owed differs', async () => {
    const story = new Learning();
    story.penalised('2026-11-10');
    story.log.at('2026-11-12T05:00:00.000Z');
    story.log.worker('Mehmet', 'PenaltyPaid', '2026-11-11', { obligationId: story.breached, amountTenge: 21_625 });
    const lagOn = async (asOf: string) =>
      (await story.learnt(asOf, { from: '2026-11-11' })).answer.knowledgeLag.employers;
    expect(await lagOn('2026-11-10')).toEqual([]);
    expect(await lagOn('2026-11-11')).toMatchObject([
      {
        employerBin: EMPLOYER,
        knownThen: { imposed: { paidTenge: 0, outstandingTenge: 43_250 } },
        trueThen: { imposed: { paidTenge: 21_625, outstandingTenge: 0 } },
      },
    ]);
  });
});

describe('An obligation that costs something else by an event of another', () => {
  test('is listed when the employer turns out to be large, from the first overdue day of the new class on', async () => {
    // Mehmet's offence is of 16 January, Aylin's of 6 November.
    const named = async (day: string) => {
      const story = new Learning();
      const size = story.log.employer(EMPLOYER, 'EmployerSizeChanged', day, { size: 'large' });
      const { answer, changes } = await story.learnt('2026-11-20');
      const { knownThen, trueThen } = answer.knowledgeLag.total;
      expect(grownBy(answer.items)).toBe((trueThen.accrued.tengeMin ?? 0) - (knownThen.accrued.tengeMin ?? 0));
      const told = [...changes('Mehmet'), ...changes('Aylin')];
      for (const change of told) {
        expect(change).toMatchObject({
          change: 'cost-changed',
          causedBy: size.id,
          before: { state: 'overdue', exposure: { size: 'small', mciMax: 10 } },
          after: { state: 'overdue', exposure: { size: 'large', mciMax: 20 } },
        });
      }
      return answer.items.map(({ subject, id, obligations }) => [
        subject === 'worker' ? id : subject,
        obligations.length,
      ]);
    };
    expect(await named('2026-01-16')).toEqual([
      ['employer', 0],
      [idOf('Mehmet'), 1],
      [idOf('Aylin'), 1],
    ]);
    expect(await named('2026-01-17')).toEqual([
      ['employer', 0],
      [idOf('Aylin'), 1],
    ]);
    expect(await named('2026-11-06')).toEqual([
      ['employer', 0],
      [idOf('Aylin'), 1],
    ]);
    expect(await named('2026-11-07')).toEqual([['employer', 0]]);
  });

  test('is listed when its own missed duty was penalised: nothing on the day, a repeat from the day after', async () => {
    const story = new Learning();
    const penalty = story.penalised('2026-11-10');
    const on = async (asOf: string) => {
      const { answer, changes } = await story.learnt(asOf);
      const { knownThen, trueThen } = answer.knowledgeLag.total;
      expect(grownBy(answer.items)).toBe((trueThen.accrued.tengeMin ?? 0) - (knownThen.accrued.tengeMin ?? 0));
      return changes('Mehmet').map(({ change, causedBy, before, after }) => [
        change,
        causedBy === penalty.id,
        before?.exposure?.mciMax ?? null,
        after?.exposure?.mciMax ?? null,
      ]);
    };
    expect(await on('2026-11-09')).toEqual([]);
    expect(await on('2026-11-10')).toEqual([['cost-changed', true, 10, null]]);
    expect(await on('2026-11-11')).toEqual([['cost-changed', true, 10, 40]]);
  });

  test("is listed when a colleague's penalty makes it a repeat, at the same employer only", async () => {
    const named = async (imposedOn: string) => {
      const story = new Learning();
      const penalty = story.penalised(imposedOn);
      const { answer, changes } = await story.learnt('2026-11-20');
      for (const { causedBy } of changes('Aylin')) expect(causedBy).toBe(penalty.id);
      const { knownThen, trueThen } = answer.knowledgeLag.total;
      expect(grownBy(answer.items)).toBe((trueThen.accrued.tengeMin ?? 0) - (knownThen.accrued.tengeMin ?? 0));
      return answer.items.map(({ id }) => id);
    };
    expect(await named('2026-11-05')).toEqual([idOf('Mehmet'), idOf('Aylin')]);
    expect(await named('2026-11-06')).toEqual([idOf('Mehmet')]);
  });

  test('names the last event by which it is so, and nothing that was taken back', async () => {
    const story = new Learning();
    const penalty = story.penalised('2026-03-10');
    const moved = story.log.corrected(penalty, { occurredOn: '2026-03-11' });
    const later = await story.learnt('2026-11-20');
    expect(later.changes('Aylin')).toMatchObject([{ change: 'cost-changed', causedBy: penalty.id }]);
    story.log.corrected(penalty, { occurredOn: '2026-11-08' });
    const back = story.log.corrected(penalty, { occurredOn: '2026-03-10' });
    expect((await story.learnt('2026-11-20')).changes('Aylin')).toMatchObject([{ causedBy: back.id }]);
    expect(moved.id).not.toBe(back.id);
    story.log.retracted(penalty);
    const none = await story.learnt('2026-11-20');
    expect(none.answer.items.map(({ id, obligations }) => [id, obligations])).toEqual([[idOf('Mehmet'), []]]);
  });

  test('is listed when another law has another fine, with the adoption that brought it', async () => {
    const story = new Learning();
    const fines = `parameter: mci
values:
  - { purpose: fines, validFrom: 2026-11-15, value: 5000, reference: Law of 2026-11-09, sourceKind: law, checkedOn: 2026-11-10, verified: true }
`;
    const dearer = ruleBookOf({ ...theBook().texts, laid: [{ path: 'mci.yaml', text: fines }] });
    const adoption = story.log.adopted(dearer);
    const before = await story.learnt('2026-11-14');
    expect(before.answer.items).toEqual([]);
    const { answer } = await story.learnt('2026-11-15');
    expect(answer.items.map(({ id }) => id)).toEqual([idOf('Mehmet'), idOf('Aylin'), idOf('Chen')]);
    for (const { events, obligations } of answer.items) {
      expect(events).toEqual([]);
      expect(obligations).toMatchObject([
        {
          change: 'cost-changed',
          causedBy: adoption.id,
          before: { exposure: { tengeMin: 43_250 } },
          after: { exposure: { tengeMin: 50_000 } },
        },
      ]);
    }
  });

  test('comes page by page as in one page, also with nothing but one employer asked for', async () => {
    const story = new Learning();
    story.log.employer(EMPLOYER, 'EmployerSizeChanged', '2026-01-02', { size: 'large' });
    story.penalised('2026-11-10');
    const { answer, ask } = await story.learnt('2026-11-20');
    const paged = async (given: Readonly<Record<string, string>>) => {
      const items = [];
      let page = await ask({ ...given, limit: '1' });
      for (;;) {
        expect(page.items).toHaveLength(1);
        items.push(...page.items);
        if (page.nextCursor === null) return items;
        page = await ask({ ...given, limit: '1', cursor: page.nextCursor });
      }
    };
    expect(answer.items.map(({ id }) => id)).toEqual([EMPLOYER, idOf('Mehmet'), idOf('Aylin')]);
    expect(await paged({})).toEqual(answer.items);
    expect(await paged({ employer: EMPLOYER })).toEqual(answer.items);
    expect((await ask({ employer: OTHER })).items).toEqual([]);
  });
});

describe('A law that changes a thousand workers in nothing that is told', () => {
  test('gives short pages, of which the last tells the one that has something to tell', async () => {
    const story = new Learning();
    story.log.at('2026-11-02T07:00:00.000Z');
    const workers = Array.from({ length: 1_000 }, (_, n) => `Worker ${n}`);
    for (const name of workers) {
      story.log.registered(name, '2026-01-12');
      story.log.arrived(name, '2026-01-12');
    }
    story.log.at('2026-11-10T05:00:00.000Z');
    const wording = `rule: notify-arrival
versions:
  - { validFrom: 2026-01-01, verified: true, reference: Order of 2025-12-20 }
`;
    const reworded = ruleBookOf({ ...theBook().texts, laid: [{ path: 'notify-arrival.yaml', text: wording }] });
    story.log.adopted(reworded);
    story.log.worker('Worker 999', 'Departed', '2026-11-09');
    const { answer, ask } = await story.learnt('2026-11-08', { limit: '500' });
    expect(answer.items).toEqual([]);
    const next = await ask({ cursor: answer.nextCursor ?? '' });
    expect(next.items.map(({ id, events }) => [id, events.length])).toEqual([[idOf('Worker 999'), 1]]);
    expect(next.nextCursor).toBeNull();
  });
});

describe('What is told of an obligation before and after', () => {
  test('leaves out what is equal: a reading that was chosen and taken back', async () => {
    const story = new Learning();
    story.log.at('2026-11-02T06:00:00.000Z');
    story.log.worker('Aylin', 'RegionalTravel', '2026-11-02', {
      region: 'KZ-23',
      from: '2026-11-02',
      until: '2026-12-30',
    });
    story.log.at('2026-11-10T05:00:00.000Z');
    const choice = story.log.employer(EMPLOYER, 'ReadingChosen', '2026-11-10', {
      rule: 'notify-regional-travel',
      reading: 'dropped-2020',
      reason: 'practice of the region',
    });
    const chosen = await story.learnt('2026-11-20');
    expect(chosen.changes('Aylin')).toMatchObject([
      { rule: 'notify-regional-travel', change: 'withdrawn', after: null, causedBy: choice.id },
    ]);
    story.log.retracted(choice);
    const { answer } = await story.learnt('2026-11-20');
    expect(answer.items.map(({ id, obligations }) => [id, obligations])).toEqual([[EMPLOYER, []]]);
  });

  test('shows the region or the employer where nothing else changed', async () => {
    const elsewhere = new Learning();
    elsewhere.log.corrected(elsewhere.arrival, { data: { region: 'KZ-71', purpose: 'work' } });
    const region = (await elsewhere.learnt('2026-11-20')).changes('Mehmet');
    expect(region).toMatchObject([{ change: 'changed', before: { region: 'KZ-75' }, after: { region: 'KZ-71' } }]);

    const hired = new Learning();
    const correction = hired.log.corrected(hired.registration, {
      data: { employerBin: OTHER, citizenship: 'TR', passportExpiresOn: '2031-01-01' },
    });
    const { answer, changes } = await hired.learnt('2026-11-20');
    expect(changes('Mehmet')).toMatchObject([
      {
        change: 'changed',
        causedBy: correction.id,
        before: { employerBin: EMPLOYER, exposure: { mciMax: 10 } },
        after: { employerBin: OTHER, exposure: { mciMax: 10 } },
      },
    ]);
    expect(answer.knowledgeLag.employers.map(({ employerBin }) => employerBin)).toEqual([EMPLOYER, OTHER]);
  });

  test('of one employer: what a correction gives to another is withdrawn, what it gets appears, and both add up', async () => {
    const hired = new Learning();
    const data = { employerBin: OTHER, citizenship: 'TR', passportExpiresOn: '2031-01-01' };
    const correction = hired.log.corrected(hired.registration, { data });
    hired.log.at('2026-11-12T05:00:00.000Z');
    hired.log.worker('Mehmet', 'AddressChanged', '2026-02-02', { region: 'KZ-71' });
    const { ask } = await hired.learnt('2026-11-20');
    const changesOf = (items: Awaited<ReturnType<typeof ask>>['items']) =>
      items.flatMap(({ obligations }) => obligations.map(({ rule, change }) => `${rule} ${change}`)).sort();
    const lost = await ask({ employer: EMPLOYER });
    expect(changesOf(lost.items)).toEqual(['notify-arrival withdrawn']);
    const won = await ask({ employer: OTHER });
    expect(changesOf(won.items)).toEqual(['notify-address-change appeared', 'notify-arrival appeared']);
    for (const { items, knowledgeLag } of [lost, won]) {
      const { knownThen, trueThen } = knowledgeLag.total;
      expect(grownBy(items)).toBe(Number(trueThen.accrued.tengeMin) - Number(knownThen.accrued.tengeMin));
    }
    // After the correction nothing of Mehmet is the former employer's, whatever is recorded later.
    expect((await ask({ from: correction.recordedAt, employer: EMPLOYER })).items).toEqual([]);
    expect((await ask({ to: '2026-11-05', employer: OTHER })).items).toEqual([]);
  });

  test('knows no day that had not come', async () => {
    const story = new Learning();
    story.log.arrived('Chen', '2026-11-09');
    story.log.worker('Chen', 'NotificationAcknowledged', '2026-11-25', { about: 'arrival', channel: 'vmp' });
    const second = async (asOf: string) => (await story.learnt(asOf)).changes('Chen').map(({ after }) => after);
    expect(await second('2026-11-24')).toMatchObject([{ state: 'overdue', metOn: null, exposure: { mciMax: 10 } }]);
    const met = await second('2026-11-25');
    expect(met.some((after) => after?.state === 'met' && after.metOn === '2026-11-25')).toBe(true);
  });
});
