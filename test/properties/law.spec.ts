import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { addDays, type Day } from '../../src/domain/dates.js';
import type { Fact } from '../../src/domain/recorded-event.js';
import { Assessment, assess } from '../../src/law/assess.js';
import { loadRuleBook } from '../../src/law/book.js';
import { exposureOf, standingOn, stateOn } from '../../src/law/exposure.js';
import { traceOf } from '../../src/law/trace.js';

const book = loadRuleBook();
const REGIONS = ['KZ-75', 'KZ-71', 'KZ-23'] as const;

/** One step of a life: days since the step before, and what happened. */
const step = fc.record({
  after: fc.nat({ max: 40 }),
  kind: fc.constantFrom(
    'Arrived',
    'Departed',
    'AddressChanged',
    'RegionalTravel',
    'RegionalTravelEnded',
    'NotificationSubmitted',
    'NotificationAcknowledged',
    'NotificationRejected',
    'WorkPermitIssued',
    'WorkPermitExtended',
    'WorkPermitUpdated',
    'WorkPermitCancelled',
    'JobTitleChanged',
    'PassportReplaced',
    'VisaIssued',
    'VisaExtended',
    'TemporaryResidencePermitIssued',
    'EmploymentContractSigned',
    'EmploymentTerminated',
  ),
  number: fc.constantFrom('1', '2'),
  region: fc.constantFrom(...REGIONS),
  days: fc.integer({ min: 1, max: 400 }),
  about: fc.constantFrom('arrival', 'address-change', 'regional-travel'),
  position: fc.constantFrom('Engineer', 'Director'),
});

const life = fc
  .record({
    citizenship: fc.constantFrom('TR', 'RU', 'UZ', 'NG'),
    steps: fc.array(step, { minLength: 1, maxLength: 25 }),
  })
  .map(({ citizenship, steps }) => {
    let day: Day = '2023-01-10';
    const facts: Fact[] = [fact(0, day, 'WorkerRegistered', { citizenship })];
    for (const { after, kind, number, region, days, about, position } of steps) {
      day = addDays(day, after);
      const until = addDays(day, days);
      const data = {
        number,
        region,
        about,
        position,
        category: '2',
        validFrom: day,
        validUntil: until,
        from: day,
        ...(kind === 'RegionalTravelEnded' || days % 2 === 0 ? { until } : {}),
        passportTag: `tag-${days}`,
      };
      facts.push(fact(facts.length, day, kind, data));
    }
    return facts;
  });

function fact(revision: number, occurredOn: Day, type: string, data: Fact['data']): Fact {
  return { eventId: `e${revision}`, type, occurredOn, data, revision, statedBy: `e${revision}` };
}

const subject = { kind: 'worker', id: 'w' } as const;
const sizeOn = () => 'medium' as const;

describe('whatever happens', () => {
  it('facts taken one by one and all at once give the same obligations', () => {
    fc.assert(
      fc.property(life, (facts) => {
        const touched = new Map<string, unknown>();
        const assessment = new Assessment(book, subject);
        for (const one of facts) {
          assessment.apply(one);
          for (const obligation of assessment.touched) touched.set(obligation.id, obligation);
        }
        expect([...touched.values()]).toEqual([...assess(facts, book, subject).obligations()]);
      }),
      { numRuns: 200 },
    );
  });

  it('a history cut short is the beginning of the whole: no obligation is taken back, and ends stay ends', () => {
    fc.assert(
      fc.property(life, fc.nat(), (facts, cut) => {
        const length = 1 + (cut % facts.length);
        const before = [...assess(facts.slice(0, length), book, subject).obligations()];
        const after = assess(facts, book, subject);
        for (const one of before) {
          const later = after.get(one.id);
          expect(later).toBeDefined();
          expect([later?.dueOn, later?.opensOn, later?.safeBy]).toEqual([one.dueOn, one.opensOn, one.safeBy]);
          if (one.voidOn !== null) expect(later?.voidOn).toBe(one.voidOn);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('the days of an obligation are in order and agree with its state, its standing and its cost on every day', () => {
    fc.assert(
      fc.property(life, fc.nat({ max: 900 }), (facts, ahead) => {
        const asOf = addDays('2023-01-10', ahead);
        for (const one of assess(facts, book, subject).obligations()) {
          const { opensOn, dueOn, safeBy, overdueFrom, overdueUntil, accruesUntil, metOn, voidOn } = one;
          if (dueOn !== null) expect(opensOn <= dueOn).toBe(true);
          if (dueOn !== null && safeBy !== null) expect(safeBy <= dueOn).toBe(true);
          expect(dueOn === null).toBe(one.dueReason !== null);
          expect(metOn === null || voidOn === null).toBe(true);
          if (overdueFrom !== null) expect(overdueFrom).toBe(addDays(dueOn ?? '', 1));
          if (overdueUntil !== null) expect(overdueUntil >= (overdueFrom ?? '9999')).toBe(true);
          if (accruesUntil !== null) expect(accruesUntil >= (metOn ?? voidOn ?? '9999')).toBe(true);
          const state = stateOn(one, asOf);
          const standing = standingOn(one, asOf);
          const exposure = exposureOf(one, { asOf, sizeOn, book });
          if (state === 'overdue' && one.penalty !== null && one.responsible === 'employer')
            expect(standing).toBe('accrued');
          if (standing !== 'none') expect(exposure).not.toBeNull();
          if (state === 'void' || state === 'upcoming') expect(exposure).toBeNull();
        }
      }),
      { numRuns: 300 },
    );
  });

  it('the walk of a trace counts exactly the days the rule asks for and ends on the last day', () => {
    fc.assert(
      fc.property(life, (facts) => {
        for (const one of assess(facts, book, subject).obligations()) {
          const { walk } = traceOf(one, { facts, asOf: '2025-06-01', sizeOn, book });
          if (one.count?.unit !== 'business-days' || one.dueOn === null) continue;
          expect(walk.filter(({ counted }) => counted)).toHaveLength(one.count.days);
          expect(walk.at(-1)).toMatchObject({ date: one.dueOn, counted: true });
        }
      }),
      { numRuns: 60 },
    );
  });
});
