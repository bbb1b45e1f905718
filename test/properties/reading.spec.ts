import { afterEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { projections } from '../../projections/registry.js';
import { FixedClock } from '../../src/clock.js';
import { standingFacts } from '../../src/domain/history.js';
import { assess } from '../../src/law/assess.js';
import type { RuleBook } from '../../src/law/book.js';
import { choicesOf } from '../../src/law/conflicts.js';
import { exposureOf, standingOn, stateOn } from '../../src/law/exposure.js';
import type { Obligation } from '../../src/law/obligation.js';
import { exposureTotal } from '../../src/reading/exposure-sums.js';
import type { ArrivedEvent, KeptEvent } from '../../src/reading/kept-log.js';
import { decode } from '../../src/reading/making.js';
import { obligationStates, obligationsParams } from '../../src/reading/params.js';
import { ListObligations, ListObligationsHandler } from '../../src/reading/queries/list-obligations.js';
import type { ReadModel } from '../../src/reading/read-model.js';
import { anotherBook, closeAll, deliver, EMPLOYER, Log, readingOf, readModel, theBook } from '../reading/kit.js';

const RUNS = { numRuns: 20 };

afterEach(closeAll);

const day = (n: number) => new Date(Date.UTC(2026, 0, 1) + n * 86_400_000).toISOString().slice(0, 10);

/** Something recorded about one of a few workers: in time, late, corrected, retracted, or unreadable. */
const step = fc.record({
  who: fc.constantFrom('Mehmet', 'Aylin', 'Rajesh'),
  what: fc.constantFrom(
    'arrived',
    'departed',
    'moved',
    'acknowledged',
    'permit',
    'extended',
    'title',
    'terminated',
    'size',
    'law',
    'reading',
    'correct',
    'retract',
    'unreadable',
  ),
  on: fc.integer({ min: 0, max: 300 }),
  late: fc.boolean(),
  choice: fc.nat(),
});

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const history = fc.array(step, { minLength: 3, maxLength: 30 });

const READINGS = [
  { rule: 'counting-of-days', reading: 'inclusive' },
  { rule: 'counting-of-days', reading: 'exclusive' },
  { rule: 'notify-arrival', reading: 'registration-2026' },
  { rule: 'notify-arrival', reading: 'three-days' },
];

function logOf(steps: readonly Step[]): Log {
  const log = new Log();
  const recorded = new Map<string, ArrivedEvent[]>();
  const chosen: ArrivedEvent[] = [];
  let clock = 20;
  log.adopted(theBook());
  log.employer(EMPLOYER, 'EmployerRegistered', day(0), { name: 'Altyn Kurylys', size: 'small' });
  for (const { who, what, on, late, choice } of steps) {
    let events = recorded.get(who);
    if (events === undefined) {
      events = [log.registered(who, day(0))];
      recorded.set(who, events);
    }
    clock += choice % 9;
    const occurredOn = day(late ? Math.min(on, clock) : clock);
    const target = events[choice % events.length];
    switch (what) {
      case 'arrived':
        events.push(log.arrived(who, occurredOn, choice % 2 === 0 ? 'KZ-75' : 'KZ-71'));
        break;
      case 'departed':
        events.push(log.worker(who, 'Departed', occurredOn));
        break;
      case 'moved':
        events.push(log.worker(who, 'AddressChanged', occurredOn, { region: 'KZ-71' }));
        break;
      case 'acknowledged':
        events.push(log.worker(who, 'NotificationAcknowledged', occurredOn, { about: 'arrival', channel: 'vmp' }));
        break;
      case 'permit':
        events.push(
          log.worker(who, 'WorkPermitIssued', occurredOn, {
            number: `P${choice % 2}`,
            category: '3',
            position: 'Engineer',
            region: 'KZ-75',
            validFrom: occurredOn,
            validUntil: day(on + 400),
          }),
        );
        break;
      case 'extended':
        events.push(
          log.worker(who, 'WorkPermitExtended', occurredOn, {
            number: `P${choice % 2}`,
            validFrom: occurredOn,
            validUntil: day(on + 500),
          }),
        );
        break;
      case 'title':
        events.push(
          log.worker(who, 'JobTitleChanged', occurredOn, { position: choice % 2 === 0 ? 'Welder' : 'Engineer' }),
        );
        break;
      case 'terminated':
        events.push(log.worker(who, 'EmploymentTerminated', occurredOn));
        break;
      case 'size':
        log.employer(EMPLOYER, 'EmployerSizeChanged', occurredOn, { size: choice % 2 === 0 ? 'large' : 'medium' });
        break;
      case 'law':
        log.adopted(choice % 2 === 0 ? anotherBook() : theBook());
        break;
      case 'reading': {
        const [last] = chosen;
        if (choice % 5 === 0 && last !== undefined) log.retracted(last);
        else
          chosen.unshift(
            log.employer(EMPLOYER, 'ReadingChosen', occurredOn, { ...READINGS[choice % 4], reason: 'advice' }),
          );
        if (choice % 5 === 0) chosen.shift();
        break;
      }
      case 'correct':
        if (target !== undefined) log.corrected(target, { occurredOn: day(on) });
        break;
      case 'retract':
        // Not the registration: without it there is no employer, whose size the comparison below takes for granted.
        if (target !== undefined && target !== events[0]) log.retracted(target);
        break;
      case 'unreadable':
        log.add(target?.stream ?? '', 'Arrived', { occurredOn: 'soon' });
    }
  }
  return log;
}

/** The rows known after an event, without the columns that say since when. */
function rowsKnownAt(model: ReadModel, seq: number) {
  return projections.map(({ name, columns }) =>
    model.current.connection.all(
      `SELECT stream, key, ${Object.keys(columns).join(', ')} FROM ${name}
       WHERE known_from <= ? AND known_until > ? ORDER BY stream, key`,
      seq,
      seq,
    ),
  );
}

async function fed(events: readonly ArrivedEvent[], sizes?: readonly number[]): Promise<ReadModel> {
  const model = readModel();
  await deliver(model, events, sizes);
  return model;
}

describe('The rows', () => {
  test('do not depend on how the events were delivered', async () => {
    await fc.assert(
      fc.asyncProperty(
        history,
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 }),
        async (steps, sizes) => {
          const { events } = logOf(steps);
          const atOnce = await fed(events);
          const inPieces = await fed(events, sizes);
          const middle = Math.floor(events.length / 2);
          const twice = await fed(events.slice(0, middle + 1));
          await deliver(twice, events.slice(Math.floor(middle / 2)), sizes);
          const forgetful = readModel();
          await forgetful.receive(events);
          await forgetful.caughtUp();
          const digest = await atOnce.digest();
          expect(await inPieces.digest()).toBe(digest);
          expect(await twice.digest()).toBe(digest);
          expect(await forgetful.digest()).toBe(digest);
          await closeAll();
        },
      ),
      RUNS,
    );
  });

  test('are the same after a rebuild, to the last digit', async () => {
    await fc.assert(
      fc.asyncProperty(history, async (steps) => {
        const model = await fed(logOf(steps).events, [1]);
        const digest = await model.digest();
        const parked = model.health().parked;
        await model.rebuild();
        expect(await model.digest()).toBe(digest);
        expect(model.health().parked).toBe(parked);
        await closeAll();
      }),
      RUNS,
    );
  });

  test('known at a moment are those of a ledger that was fed up to that moment', async () => {
    await fc.assert(
      fc.asyncProperty(history, fc.nat(), async (steps, choice) => {
        const { events } = logOf(steps);
        const cut = 1 + (choice % events.length);
        const whole = await fed(events, [3]);
        const part = await fed(events.slice(0, cut));
        expect(rowsKnownAt(whole, cut)).toEqual(rowsKnownAt(part, cut));
        await closeAll();
      }),
      RUNS,
    );
  });
});

/** The law in force after some events: the book adopted last, in the readings that the employer chose. */
function lawAfter(kept: readonly KeptEvent[]): RuleBook {
  const adopted = kept.findLast(({ type }) => type === 'RuleBookAdopted');
  const hash = adopted === undefined ? null : (JSON.parse(adopted.data) as { hash: string }).hash;
  const book = hash === anotherBook().hash ? anotherBook() : theBook();
  const employers = kept.filter(({ stream }) => stream.startsWith('employer-')).map((event) => decode(event));
  return book.withReadings(choicesOf(standingFacts(employers)));
}

/** What a fresh assessment of the first `cut` events says, worker by worker. */
function assessedAfresh(kept: readonly KeptEvent[]): readonly Obligation[] {
  const book = lawAfter(kept);
  const streams = new Map<string, ReturnType<typeof decode>[]>();
  for (const event of kept) {
    try {
      const decoded = decode(event);
      streams.set(event.stream, [...(streams.get(event.stream) ?? []), decoded]);
    } catch {}
  }
  return [...streams].flatMap(([stream, events]) => {
    if (stream.startsWith('law-')) return [];
    const kind = stream.startsWith('worker-') ? 'worker' : 'employer';
    return [...assess(standingFacts(events), book, { kind, id: stream.slice(7) }).obligations()];
  });
}

describe('The answers', () => {
  test('about any day and any moment are those of a fresh assessment of the history cut at that moment', async () => {
    await fc.assert(
      fc.asyncProperty(history, fc.nat(), fc.integer({ min: 0, max: 900 }), async (steps, choice, on) => {
        const { events } = logOf(steps);
        const cut = 1 + (choice % events.length);
        const asOf = day(on);
        const model = await fed(events);
        const clock = new FixedClock('2030-01-01T00:00:00Z');
        const reading = readingOf(model, clock);
        const knownAt = events[cut - 1]?.recordedAt ?? '';
        const expected = assessedAfresh(model.current.log.after(0, cut));
        for (const state of obligationStates) {
          const params = obligationsParams.parse({ state, asOf, knownAt, limit: 500 });
          const { items } = await new ListObligationsHandler(reading).execute(new ListObligations(params));
          const wanted = expected.filter((obligation) => {
            const is = stateOn(obligation, asOf);
            return state === 'due' ? is === 'open' && obligation.dueOn !== null : is === state;
          });
          expect(items.map(({ id }) => id).sort()).toEqual(wanted.map(({ id }) => id).sort());
          expect(items.every((item) => state === 'due' || item.state === state)).toBe(true);
        }
        const view = await reading.at({ asOf, knownAt });
        const sums = exposureTotal(view, { horizon: 30 });
        const sizeOn = view.sizeOn(EMPLOYER);
        for (const standing of ['accrued', 'atRisk'] as const) {
          const counted = expected.filter((obligation) => standingOn(obligation, asOf, 30) === standing);
          const prices = counted.map((obligation) => exposureOf(obligation, { asOf, sizeOn, book: theBook() }));
          expect(sums[standing].obligations).toBe(counted.length);
          expect(sums[standing].mciMax).toBe(prices.reduce((sum, price) => sum + (price?.mciMax ?? 0), 0));
          expect(sums[standing].mciMin).toBe(prices.reduce((sum, price) => sum + (price?.mciMin ?? 0), 0));
        }
        await closeAll();
      }),
      RUNS,
    );
  });

  test('come in pages that together are the whole list, whatever is recorded in between', async () => {
    await fc.assert(
      fc.asyncProperty(history, history, fc.integer({ min: 1, max: 4 }), async (steps, more, limit) => {
        const { events } = logOf([...steps, ...more]);
        const half = Math.ceil(events.length / 2);
        const model = await fed(events.slice(0, half));
        const clock = new FixedClock('2026-10-01T00:00:00Z');
        const reading = readingOf(model, clock);
        const list = (given: object) =>
          new ListObligationsHandler(reading).execute(new ListObligations(obligationsParams.parse(given)));
        const whole = (await list({ limit: 500 })).items;
        const paged = [];
        let cursor: string | null = null;
        do {
          const page: Awaited<ReturnType<typeof list>> = await list({ limit, ...(cursor !== null && { cursor }) });
          paged.push(...page.items);
          cursor = page.nextCursor;
          await model.receive(events.slice(half + paged.length, half + paged.length + 1));
        } while (cursor !== null);
        expect(paged).toEqual(whole);
        await closeAll();
      }),
      RUNS,
    );
  });
});
