import { afterEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { NOTHING_IMPOSED } from '../../projections/exposure.js';
import { differenceParams } from '../../src/api/audit-shapes.js';
import { Differences, type StreamDifference } from '../../src/audit/difference.js';
import type { KnownObligation } from '../../src/audit/known-obligations.js';
import { Replays } from '../../src/audit/replays.js';
import { FixedClock } from '../../src/clock.js';
import { ruleBookOf } from '../../src/law/book.js';
import type { ObligationAnswer } from '../../src/reading/answers.js';
import type { ArrivedEvent } from '../../src/reading/kept-log.js';
import { exposureParams, obligationsParams } from '../../src/reading/params.js';
import { GetExposure, GetExposureHandler } from '../../src/reading/queries/get-exposure.js';
import { GetWorker, GetWorkerHandler } from '../../src/reading/queries/get-worker.js';
import { ListObligations, ListObligationsHandler } from '../../src/reading/queries/list-obligations.js';
import { binOf, closeAll, deliver, idOf, Log, readingOf, readModel, theBook } from '../reading/kit.js';

const RUNS = { numRuns: 40 };

afterEach(closeAll);

const day = (n: number) => new Date(Date.UTC(2026, 0, 1) + n * 86_400_000).toISOString().slice(0, 10);
const EMPLOYERS = [binOf(1), binOf(2)] as const;
/** Another law: a repeat only within half a year, and an omission that goes on is none. */
const otherLaw = ruleBookOf({
  ...theBook().texts,
  laid: [
    { path: 'fines.yaml', text: 'penalties:\n  - { penalty: cao-518-1, repeatWithinMonths: 6 }\n' },
    {
      path: 'penalised-duty.yaml',
      text: `parameter: penalised-duty
title: What a penalty does to the cost of its own duty
values:
  - purpose: undone
    validFrom: 2015-01-01
    value: first-offence
    reference: Law of 2026-12-01
    sourceKind: law
    checkedOn: 2026-12-10
    verified: true
`,
    },
  ],
});

const ARTICLES = ['518 p. 1', '518 p. 3', '519 p. 2', '517 p. 3'];

const WHAT = [
  'arrived',
  'arrived',
  'acknowledged',
  'title',
  'penalty',
  'penalty',
  'paid',
  'size',
  'law',
  'reading',
  'correct',
  'retract',
] as const;

/** Something of some kinds that happens to one of four workers of two employers, or to an employer. */
function stepOf(kinds: readonly (typeof WHAT)[number][]) {
  return fc.record({
    who: fc.constantFrom('Mehmet', 'Aylin', 'Rajesh', 'Chen'),
    what: fc.constantFrom(...kinds),
    days: fc.integer({ min: 0, max: 12 }),
    choice: fc.nat(),
  });
}

const step = stepOf(WHAT);

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const history = fc.array(step, { minLength: 12, maxLength: 40 });

function logOf(steps: readonly Step[]): Log {
  const log = new Log();
  log.adopted(theBook());
  const workers = new Map<string, { readonly events: ArrivedEvent[]; readonly duties: string[] }>();
  for (const [n, bin] of EMPLOYERS.entries())
    log.employer(bin, 'EmployerRegistered', day(0), { name: `Employer ${n}`, size: 'small' });
  let now = 10;
  for (const { who, what, days, choice } of steps) {
    const employerBin = EMPLOYERS[who === 'Chen' ? 1 : 0];
    let worker = workers.get(who);
    if (worker === undefined) {
      log.registered(who, day(0), { employerBin });
      const number = 'P1';
      log.worker(who, 'WorkPermitIssued', day(1), {
        number,
        category: '3',
        position: 'Engineer',
        region: 'KZ-75',
        validFrom: day(1),
        validUntil: day(900),
      });
      worker = { events: [], duties: [] };
      workers.set(who, worker);
    }
    const { events, duties } = worker;
    now += days;
    const on = day(now);
    // Penalties and classes are often recorded long after their day.
    const late = day(Math.max(2, now - (choice % 61)));
    const target = events[choice % Math.max(1, events.length)];
    const obligationId = duties[choice % Math.max(1, duties.length)];
    switch (what) {
      case 'arrived': {
        const arrival = log.arrived(who, on, choice % 2 === 0 ? 'KZ-75' : 'KZ-71');
        events.push(arrival);
        duties.push(`notify-arrival.${arrival.id}`);
        break;
      }
      case 'acknowledged':
        events.push(log.worker(who, 'NotificationAcknowledged', on, { about: 'arrival', channel: 'vmp' }));
        break;
      case 'title': {
        const position = choice % 2 === 0 ? 'Welder' : 'Engineer';
        const change = log.worker(who, 'JobTitleChanged', on, { position });
        events.push(change);
        duties.push(`update-work-permit-position.${change.id}`);
        break;
      }
      case 'penalty':
        if (obligationId !== undefined)
          events.push(
            log.worker(who, 'PenaltyImposed', late, {
              obligationId,
              mci: choice % 5 === 0 ? 0 : 10 + (choice % 90),
              caseOpenedOn: day(Math.max(2, now - (choice % 61) - (choice % 9))),
              ...(choice % 3 === 0 ? {} : { article: ARTICLES[choice % ARTICLES.length] }),
            }),
          );
        break;
      case 'paid':
        if (obligationId !== undefined)
          events.push(log.worker(who, 'PenaltyPaid', on, { obligationId, amountTenge: 20_000 + (choice % 200_000) }));
        break;
      case 'size':
        log.employer(employerBin, 'EmployerSizeChanged', late, { size: choice % 2 === 0 ? 'large' : 'medium' });
        break;
      case 'law':
        log.adopted(choice % 2 === 0 ? otherLaw : theBook());
        break;
      case 'reading':
        events.push(
          log.employer(employerBin, 'ReadingChosen', on, {
            rule: 'counting-of-days',
            reading: choice % 2 === 0 ? 'inclusive' : 'exclusive',
            reason: 'practice of the region',
          }),
        );
        break;
      case 'correct':
        if (target !== undefined) log.corrected(target, { occurredOn: day(Math.max(2, now - (choice % 60))) });
        break;
      case 'retract':
        if (target !== undefined) log.retracted(target);
    }
  }
  return log;
}

/** Adds up what the list tells, as a reader would with a pencil. */
function added(items: readonly ObligationAnswer[], isCounted: (item: ObligationAnswer) => boolean) {
  const counted = items.filter((item) => item.exposure !== null && isCounted(item));
  const sum = (of: (item: ObligationAnswer) => number | null | undefined) =>
    counted.reduce((total, item) => total + (of(item) ?? 0), 0);
  return {
    obligations: counted.length,
    mciMin: sum(({ exposure }) => exposure?.mciMin),
    mciMax: sum(({ exposure }) => exposure?.mciMax),
    tengeMin: sum(({ exposure }) => exposure?.tengeMin),
    tengeMax: sum(({ exposure }) => exposure?.tengeMax),
  };
}

function isAccrued({ state }: ObligationAnswer): boolean {
  return state === 'overdue' || state === 'met';
}

const KEYS = {
  employer: ({ employerBin }: ObligationAnswer) => employerBin,
  worker: ({ workerId }: ObligationAnswer) => workerId,
  region: ({ region }: ObligationAnswer) => region,
  rule: ({ rule }: ObligationAnswer) => rule,
};

describe('The sums of an exposure', () => {
  test('are those of the obligations in the list, about any day, by what was known at any moment', async () => {
    await fc.assert(
      fc.asyncProperty(history, fc.nat(), fc.integer({ min: 30, max: 364 }), async (steps, choice, on) => {
        const { events } = logOf(steps);
        // Mostly late moments: little has happened at the early ones.
        const knownAt = events[events.length - 1 - (choice % Math.ceil(events.length / 3))]?.recordedAt ?? '';
        const model = readModel();
        await deliver(model, events);
        const clock = new FixedClock('2030-01-01T00:00:00Z');
        const reading = readingOf(model, clock);
        const asOf = day(on);
        const list = obligationsParams.parse({ asOf, knownAt, limit: 500 });
        const { items } = await new ListObligationsHandler(reading).execute(new ListObligations(list));
        const horizon = day(on + 30);
        const isAtRisk = ({ state, dueOn }: ObligationAnswer) => state === 'open' && (dueOn ?? '9') <= horizon;
        for (const groupBy of ['employer', 'worker', 'region', 'rule'] as const) {
          const params = exposureParams.parse({ asOf, knownAt, groupBy });
          const report = await new GetExposureHandler(reading).execute(new GetExposure(params));
          expect(report.total.accrued).toEqual(added(items, isAccrued));
          expect(report.total.atRisk).toEqual(added(items, isAtRisk));
          for (const { key, accrued, atRisk } of report.groups) {
            const own = items.filter((item) => KEYS[groupBy](item) === key);
            expect([key, accrued]).toEqual([key, added(own, isAccrued)]);
            expect([key, atRisk]).toEqual([key, added(own, isAtRisk)]);
          }
        }
        await closeAll();
      }),
      RUNS,
    );
  });

  test('are those that the replay tells at the last event of a worker', async () => {
    await fc.assert(
      fc.asyncProperty(history, async (steps) => {
        const { events } = logOf(steps);
        const model = readModel();
        await deliver(model, events);
        const clock = new FixedClock('2030-01-01T00:00:00Z');
        const reading = readingOf(model, clock);
        for (const who of ['Mehmet', 'Chen']) {
          const last = events.findLastIndex(({ stream }) => stream === `worker-${idOf(who)}`);
          const at = events[last];
          if (at === undefined) continue;
          const replay = await new Replays(reading).of(
            { kind: 'worker', id: idOf(who) },
            { knownAt: at.recordedAt, horizon: 30 },
          );
          const final = [...replay.steps()].at(-1);
          if (!final || 'unreadable' in final || final.exposure === null) throw new Error('a step can be read');
          const params = exposureParams.parse({ asOf: final.asOf, knownAt: at.recordedAt, groupBy: 'worker' });
          const { groups } = await new GetExposureHandler(reading).execute(new GetExposure(params));
          const own = groups.find(({ key }) => key === idOf(who));
          expect(final.exposure.accrued.obligations).toBe(own?.accrued.obligations ?? 0);
          expect(final.exposure.accrued.mciMax).toBe(own?.accrued.mciMax ?? 0);
          expect(final.exposure.atRisk.mciMax).toBe(own?.atRisk.mciMax ?? 0);
          const worker = await new GetWorkerHandler(reading).execute(
            new GetWorker(idOf(who), { asOf: final.asOf, knownAt: at.recordedAt }),
          );
          const { status, region, mayWork } = worker;
          expect(final.after).toMatchObject({ status, region, mayWork });
          expect(final.exposure.imposed).toEqual(own?.imposed ?? NOTHING_IMPOSED);
        }
        await closeAll();
      }),
      RUNS,
    );
  });

  test('and the rows of penalties are the same after a rebuild', async () => {
    await fc.assert(
      fc.asyncProperty(history, fc.integer({ min: 1, max: 7 }), async (steps, size) => {
        const model = readModel();
        await deliver(model, logOf(steps).events, [size]);
        const digest = await model.digest();
        await model.rebuild();
        expect(await model.digest()).toBe(digest);
        await closeAll();
      }),
      RUNS,
    );
  });
});

/** What the difference tells of an obligation that a list tells. */
function toldIn({ state, dueOn, submittedOn, metOn, voidOn, employerBin, region, exposure }: ObligationAnswer) {
  return JSON.stringify({ state, dueOn, submittedOn, metOn, voidOn, employerBin, region, exposure });
}

/** What of one employer's obligations had accrued, as a reader of the items adds it up. */
function accruedIn(told: readonly (KnownObligation | null)[], bin: string): number {
  return told.reduce((sum, one) => {
    const isCounted = one?.employerBin === bin && (one.state === 'overdue' || one.state === 'met');
    return sum + (isCounted ? (one.exposure?.mciMax ?? 0) : 0);
  }, 0);
}

describe('The items of a difference', () => {
  test('are all that a list would tell otherwise, and explain what the lag of an employer was worth', async () => {
    const breaches = fc.array(stepOf(['arrived', 'arrived', 'title', 'penalty']), { minLength: 6, maxLength: 20 });
    // Few events are learnt, and such as change what others cost: most of the changes are in streams without events.
    const learnt = fc.array(stepOf(WHAT.slice(4)), { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(breaches, learnt, fc.integer({ min: 40, max: 364 }), async (before, more, on) => {
        const earlier = logOf(before).events.length - 1;
        const { events } = logOf([...before, ...more]);
        const later = events.length - 1;
        const model = readModel();
        await deliver(model, events);
        const clock = new FixedClock('2030-01-01T00:00:00Z');
        const reading = readingOf(model, clock);
        const [knownThen, knownLater] = [earlier, later].map((n) => events[n]?.recordedAt ?? '');
        const asOf = day(on);

        const items: StreamDifference[] = [];
        const lags: { readonly employerBin: string; readonly grown: number }[] = [];
        let cursor: string | undefined;
        do {
          const params = differenceParams.parse({ from: knownThen, to: knownLater, asOf, limit: 2, cursor });
          const { knowledgeLag, nextCursor, items: page } = await new Differences(reading).between(params);
          items.push(...page);
          if (cursor === undefined)
            lags.push(
              ...knowledgeLag.employers.map(({ employerBin, knownThen: then, trueThen: truth }) => ({
                employerBin,
                grown: truth.accrued.mciMax - then.accrued.mciMax,
              })),
            );
          cursor = nextCursor ?? undefined;
        } while (cursor !== undefined);

        const changes = items.flatMap(({ obligations }) => obligations);
        for (const bin of EMPLOYERS) {
          const grown = lags.find(({ employerBin }) => employerBin === bin)?.grown ?? 0;
          const [were, are] = [changes.map((one) => one.before), changes.map((one) => one.after)];
          expect([bin, accruedIn(are, bin) - accruedIn(were, bin)]).toEqual([bin, grown]);
        }

        const told = async (knownAt: string) => {
          const list = obligationsParams.parse({ asOf, knownAt, limit: 500 });
          const { items: all } = await new ListObligationsHandler(reading).execute(new ListObligations(list));
          return new Map(all.map((one) => [one.id, toldIn(one)]));
        };
        const [was, is] = [await told(knownThen ?? ''), await told(knownLater ?? '')];
        const others = [...new Set([...was.keys(), ...is.keys()])].filter((id) => was.get(id) !== is.get(id));
        expect(changes.map(({ id }) => id).sort()).toEqual(others.sort());
        for (const { id, causedBy, ...change } of changes) {
          expect(change.before === null ? undefined : JSON.stringify(change.before)).toBe(was.get(id));
          expect(change.after === null ? undefined : JSON.stringify(change.after)).toBe(is.get(id));
          const cause = events.findIndex((event) => event.id === causedBy);
          expect([cause > earlier, cause <= later]).toEqual([true, true]);
        }
        expect(items.every((item) => item.events.length + item.obligations.length > 0)).toBe(true);
        await closeAll();
      }),
      RUNS,
    );
  });
});
