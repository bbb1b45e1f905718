import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ChainCheck, type CheckedEvent } from '../../src/audit/chain-check.js';
import { CHAIN_START, chainHash } from '../../src/ledger/chain.js';

interface Written extends CheckedEvent {
  readonly metadata: Record<string, unknown>;
}

/** A log of several streams, written one after another as the ledger writes: each event names the one before it. */
function written(streams: readonly string[], regions: readonly string[]): Written[] {
  const heads = new Map<string, { revision: number; hash: string }>();
  return regions.map((region, index) => {
    const stream = streams[index % streams.length] ?? 'worker-a';
    const head = heads.get(stream) ?? { revision: -1, hash: CHAIN_START };
    const event = {
      stream,
      revision: head.revision + 1,
      id: `id-${index}`,
      type: 'Arrived',
      data: { occurredOn: '2026-11-20', region },
    };
    const metadata: Record<string, unknown> = { actor: 'aigerim.s', previousHash: head.hash };
    const hash = chainHash({ ...event, metadata });
    heads.set(stream, { revision: event.revision, hash });
    return { ...event, position: String(index * 100), metadata: { ...metadata, hash } };
  });
}

function checked(events: readonly CheckedEvent[]) {
  const check = new ChainCheck();
  for (const event of events) check.take(event);
  return check.report();
}

const log = () => written(['worker-a', 'worker-b'], ['KZ-75', 'KZ-71', 'KZ-10', 'KZ-75', 'KZ-11', 'KZ-19']);
const at = <T>(list: readonly T[], index: number): T => {
  const found = list[index];
  if (found === undefined) throw new Error(`nothing at ${index}`);
  return found;
};

describe('"Was anything changed afterwards?"', () => {
  it('says that an untouched log is intact, and how much it looked at', () => {
    expect(checked(log())).toEqual({
      intact: true,
      events: 6,
      streams: 2,
      unchained: 0,
      firstUnchained: null,
      firstDamage: null,
      damaged: 0,
    });
  });

  it('does not take events for older than the chain whose hashes were taken out, as long as they name one before them', () => {
    const events = log().map(({ metadata, ...event }) => ({ ...event, metadata: { ...metadata, hash: undefined } }));
    expect(checked(events)).toMatchObject({
      intact: false,
      unchained: 0,
      damaged: 6,
      firstDamage: { kind: 'hash-removed', revision: 0 },
    });
  });

  it('names the event whose content was changed, and only that one', () => {
    const events = log();
    const victim = at(events, 2);
    events[2] = { ...victim, data: { occurredOn: '2026-11-20', region: 'KZ-79' } };
    const report = checked(events);
    expect(report.firstDamage).toMatchObject({
      kind: 'changed-content',
      stream: 'worker-a',
      revision: 1,
      position: '200',
      eventId: 'id-2',
      expected: victim.metadata['hash'],
    });
    expect(report.damaged).toBe(1);
  });

  it('finds a change whose author also made the hash anew: the next event still names the old one', () => {
    const events = log();
    const victim = at(events, 2);
    const { hash: _old, ...metadata } = victim.metadata;
    const forged = { ...victim, data: { occurredOn: '2026-11-20', region: 'KZ-79' } };
    events[2] = { ...forged, metadata: { ...metadata, hash: chainHash({ ...forged, metadata }) } };
    expect(checked(events).firstDamage).toMatchObject({ kind: 'broken-link', stream: 'worker-a', revision: 2 });
  });

  it('names the place where an event was taken out', () => {
    const events = log();
    events.splice(2, 1);
    expect(checked(events).firstDamage).toMatchObject({
      kind: 'missing-event',
      stream: 'worker-a',
      revision: 2,
      found: '2',
      expected: '1',
    });
  });

  it('is not deceived by numbering the rest anew after taking an event out', () => {
    const events = log()
      .filter((_, index) => index !== 2)
      .map((event) =>
        event.stream === 'worker-a' && event.revision > 1 ? { ...event, revision: event.revision - 1 } : event,
      );
    expect(checked(events).firstDamage).toMatchObject({ stream: 'worker-a', revision: 1 });
    expect(checked(events).intact).toBe(false);
  });

  it('tells two events that changed places in one stream', () => {
    const events = log();
    const [first, second] = [at(events, 2), at(events, 4)];
    events[2] = { ...second, revision: first.revision };
    events[4] = { ...first, revision: second.revision };
    expect(checked(events).firstDamage).toMatchObject({ kind: 'changed-content', revision: 1 });
  });

  it('does not call events damaged that were written before there was a chain', () => {
    const [old, ...rest] = log();
    const before = { ...at([old], 0), stream: 'worker-z', metadata: { actor: 'x' } } as CheckedEvent;
    const report = checked([before, ...log(), ...rest.slice(0, 0)]);
    expect(report).toMatchObject({
      intact: true,
      unchained: 1,
      firstUnchained: { stream: 'worker-z', revision: 0, position: '0' },
    });
  });

  it('does not let a chain be ended by leaving the hash out', () => {
    const events = log();
    const { hash: _hash, previousHash: _previous, ...metadata } = at(events, 4).metadata;
    events[4] = { ...at(events, 4), metadata };
    expect(checked(events).firstDamage).toMatchObject({ kind: 'hash-removed', stream: 'worker-a', revision: 2 });
  });

  it('finds any one change anywhere, whatever it is (property)', () => {
    const change = fc.constantFrom<(event: Written) => Written>(
      (event) => ({ ...event, type: 'Departed' }),
      (event) => ({ ...event, id: 'another' }),
      (event) => ({ ...event, data: { ...(event.data as object), note: 1 } }),
      (event) => ({ ...event, metadata: { ...event.metadata, actor: 'somebody else' } }),
      (event) => ({ ...event, metadata: { ...event.metadata, previousHash: 'f'.repeat(64) } }),
      (event) => ({ ...event, metadata: { ...event.metadata, hash: 'f'.repeat(64) } }),
    );
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('KZ-75', 'KZ-71', 'KZ-10'), { minLength: 1, maxLength: 30 }),
        fc.nat(),
        change,
        (regions, where, changeOne) => {
          const events = written(['worker-a', 'worker-b', 'worker-c'], regions);
          expect(checked(events).intact).toBe(true);
          const index = where % events.length;
          const victim = at(events, index);
          events[index] = changeOne(victim);
          expect(checked(events).firstDamage).toMatchObject({ stream: victim.stream, revision: victim.revision });
        },
      ),
    );
  });
});
