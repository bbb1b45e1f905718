import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { addDays } from '../../src/domain/dates.js';
import { byOccurrence, isAppendInOrder, standingFacts } from '../../src/domain/history.js';
import type { Fact } from '../../src/domain/recorded-event.js';
import { Refusal } from '../../src/domain/refusal.js';
import type { WorkerState } from '../../src/domain/worker.js';
import { decode, UnreadableEvent } from '../../src/ledger/codec.js';
import type { EventInput } from '../../src/ledger/command.js';
import { StreamFold } from '../../src/ledger/stream-fold.js';
import * as s from '../stories/story.js';
import { correct, record, retract, Teller } from '../stories/story.js';

/** A possible life: stays in the country with notices, moves and titles in between, one thing a day at most. */
const life: fc.Arbitrary<readonly EventInput[]> = fc
  .array(
    fc.record({
      gap: fc.integer({ min: 1, max: 20 }),
      kind: fc.constantFrom('title', 'move', 'cross', 'passport', 'permit'),
    }),
    { minLength: 1, maxLength: 25 },
  )
  .map((steps) => {
    let day = '2024-01-01';
    let inCountry = false;
    return steps.map(({ gap, kind }, index) => {
      day = addDays(day, gap);
      if (kind === 'title') return s.JobTitleChanged(day, { position: `Title ${index}` });
      if (kind === 'passport') return s.PassportReplaced(day, { passportNumber: `P${index}` });
      if (kind === 'permit') return s.WorkPermitIssued(day, { number: `WP-${index}` });
      if (kind === 'move' && inCountry) return s.AddressChanged(day);
      inCountry = !inCountry;
      return inCountry ? s.Arrived(day) : s.Departed(day);
    });
  });

const registered = s.WorkerRegistered('2024-01-01');

/** What a fact says, without the ids and revisions that depend on the order of recording. */
const said = (facts: readonly Fact[]) => facts.map(({ type, occurredOn, data }) => ({ type, occurredOn, data }));

async function told(events: readonly EventInput[]): Promise<Teller> {
  const teller = new Teller({});
  for (const event of events) await teller.tell(record(event));
  return teller;
}

/** Records what is possible now, and tries the rest again until nothing is left or nothing moves. */
async function toldAsPossible(
  events: readonly EventInput[],
): Promise<{ readonly teller: Teller; readonly left: number }> {
  const teller = new Teller({});
  await teller.tell(record(registered));
  let waiting = [...events];
  for (;;) {
    const refused: EventInput[] = [];
    for (const event of waiting) {
      try {
        await teller.tell(record(event));
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        refused.push(event);
      }
    }
    if (refused.length === 0 || refused.length === waiting.length) return { teller, left: refused.length };
    waiting = refused;
  }
}

describe('the history that stands', () => {
  test('is the same whatever the order of recording, and so are the state and the obligations', async () => {
    await fc.assert(
      fc.asyncProperty(
        life.chain((events) =>
          fc.tuple(fc.constant(events), fc.shuffledSubarray([...events], { minLength: events.length })),
        ),
        async ([events, shuffled]) => {
          const inOrder = await told([registered, ...events]);
          const { teller: late, left } = await toldAsPossible(shuffled);
          // Crossings recorded one by one in a wild order may never fit together; what is left is no counterexample.
          fc.pre(left === 0);
          expect(said(late.fold.facts)).toEqual(said(inOrder.fold.facts));
          const rules = (teller: Teller) =>
            [...teller.fold.assessment.obligations()].map(({ rule, opensOn, dueOn, metOn, voidOn }) =>
              JSON.stringify({ rule, opensOn, dueOn, metOn, voidOn }),
            );
          expect(rules(late).sort()).toEqual(rules(inOrder).sort());
          const whereabouts = (teller: Teller) => (teller.fold.state as WorkerState).stay.whereabouts;
          expect(whereabouts(late)).toBe(whereabouts(inOrder));
        },
      ),
      { numRuns: 60 },
    );
  });

  test('is what the fold holds, after any corrections and retractions, and after reading it again', async () => {
    const change = fc.record({
      at: fc.nat(),
      what: fc.constantFrom('day', 'data', 'retract'),
      days: fc.integer({ min: -30, max: 30 }),
    });
    await fc.assert(
      fc.asyncProperty(life, fc.array(change, { maxLength: 12 }), async (events, changes) => {
        const teller = await told([registered, ...events]);
        let amended = 0;
        for (const { at, what, days } of changes) {
          const revision = 1 + (at % events.length);
          const event = events[revision - 1];
          if (event === undefined) continue;
          const ask =
            what === 'retract'
              ? retract(revision)
              : correct(
                  revision,
                  what === 'day' ? { occurredOn: addDays(event.occurredOn, days) } : { data: event.data },
                );
          const before = { facts: [...teller.fold.facts], revision: teller.fold.revision };
          try {
            await teller.tell(ask);
            amended += 1;
          } catch (error) {
            if (!(error instanceof Refusal)) throw error;
            expect({ facts: [...teller.fold.facts], revision: teller.fold.revision }).toEqual(before);
          }
        }
        expect(teller.log).toHaveLength(1 + events.length + amended);
        expect(standingFacts(teller.log)).toEqual(teller.fold.facts);
        const read = new StreamFold(teller.fold.stream, teller.fold.decider, teller.fold.book);
        read.take(teller.log);
        expect(read.facts).toEqual(teller.fold.facts);
        expect(read.state).toEqual(teller.fold.state);
        expect([...read.assessment.obligations()]).toEqual([...teller.fold.assessment.obligations()]);
      }),
      { numRuns: 80 },
    );
  });

  test('is ordered by day and, within a day, by recording', async () => {
    await fc.assert(
      fc.asyncProperty(life, async (events) => {
        const { teller } = await toldAsPossible([...events].reverse());
        const { facts } = teller.fold;
        for (let index = 1; index < facts.length; index += 1) {
          const [before, after] = [facts[index - 1], facts[index]];
          if (before !== undefined && after !== undefined) expect(byOccurrence(before, after)).toBeLessThan(0);
        }
        const last = facts[facts.length - 1];
        if (last === undefined) return;
        expect(isAppendInOrder(facts, { type: 'Departed', occurredOn: last.occurredOn })).toBe(true);
        expect(isAppendInOrder(facts, { type: 'Departed', occurredOn: addDays(last.occurredOn, -1) })).toBe(false);
        expect(isAppendInOrder(facts, { type: 'EventRetracted', occurredOn: '2199-12-31' })).toBe(false);
      }),
      { numRuns: 30 },
    );
  });

  test('a stream of thousands costs the same for each further event', async () => {
    const teller = await told([registered]);
    let day = '2001-01-01';
    const cross = async (times: number) => {
      const started = process.cpuUsage();
      for (let index = 0; index < times; index += 1) {
        day = addDays(day, 1);
        await teller.tell(record(index % 2 === 0 ? s.Arrived(day) : s.Departed(day)));
      }
      const { user, system } = process.cpuUsage(started);
      return user + system;
    };
    await teller.tell(correct(0, { occurredOn: '2001-01-01' }));
    const first = await cross(1_000);
    await cross(2_000);
    const last = await cross(1_000);
    expect(teller.fold.facts).toHaveLength(4_001);
    expect(last).toBeLessThan(6 * first);
  });
});

describe('stored data', () => {
  test('of every shape but the right one is named as unreadable, and never crashes otherwise', async () => {
    const { log } = await told([registered, s.Arrived('2024-01-02')]);
    const arrived = log[1];
    if (arrived === undefined) throw new Error('two events were told');
    const { occurredOn, data, metadata, ...rest } = arrived;
    const stored = {
      ...rest,
      data: { occurredOn, ...data },
      metadata: { ...metadata, schemaVersion: 1, actor: 'local', $correlationId: 'c', $causationId: 'c' },
    };
    expect(decode(stored)).toMatchObject({ occurredOn, data });
    fc.assert(
      fc.property(fc.anything(), fc.anything(), fc.string(), (anyData, anyMetadata, anyType) => {
        for (const broken of [
          { ...stored, data: anyData },
          { ...stored, metadata: anyMetadata },
          { ...stored, type: anyType },
        ]) {
          expect(() => decode(broken)).toThrow(UnreadableEvent);
        }
      }),
      { numRuns: 300 },
    );
  });
});
