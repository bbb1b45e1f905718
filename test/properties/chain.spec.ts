import { describe, expect, it } from '@jest/globals';
import canonicalizeModule from 'canonicalize';
import fc from 'fast-check';
import { type ChainedEvent, canonicalBytes, canonicalJson, chainHash } from '../../src/ledger/chain.js';

const event = fc.record({
  stream: fc.string(),
  revision: fc.nat(),
  id: fc.uuid(),
  type: fc.string(),
  data: fc.jsonValue(),
  metadata: fc.dictionary(fc.string(), fc.jsonValue()),
});

const shuffled = (value: unknown): unknown =>
  value !== null && typeof value === 'object' && !Array.isArray(value)
    ? Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([k, v]) => [k, shuffled(v)]),
      )
    : value;

// The package's types describe an ES module, the package itself is CommonJS: its default import is the function.
const canonicalize = canonicalizeModule as unknown as (value: unknown) => string | undefined;

describe('the hash of an event', () => {
  it('is taken over the form of RFC 8785, as another implementation writes it', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(canonicalJson(value)).toBe(canonicalize(value));
      }),
    );
    expect(canonicalJson({ '\u20ac': 1, '\r': 2, '1': 3, '\ud83d\ude00': 4, '\u00f6': 5, a: undefined, n: 1e21 })).toBe(
      '{"\\r":2,"1":3,"n":1e+21,"ö":5,"€":1,"😀":4}',
    );
    expect(() => canonicalJson({ amount: Number.NaN })).toThrow();
  });

  it('does not depend on the order in which fields were written', () => {
    fc.assert(
      fc.property(event, (e) => {
        expect(chainHash({ ...e, data: shuffled(e.data) })).toBe(chainHash(e));
      }),
    );
  });

  it('survives the way through the store, which keeps JSON text', () => {
    fc.assert(
      fc.property(event, (e) => {
        const back: ChainedEvent = JSON.parse(JSON.stringify(e));
        expect(chainHash(back)).toBe(chainHash(e));
      }),
    );
  });

  it('leaves out its own place in the metadata and nothing else', () => {
    const e = { stream: 'worker-1', revision: 0, id: 'a', type: 'Arrived', data: { region: 'KZ-75' }, metadata: {} };
    expect(chainHash({ ...e, metadata: { hash: 'ff' } })).toBe(chainHash(e));
    for (const changed of [
      { ...e, stream: 'worker-2' },
      { ...e, revision: 1 },
      { ...e, id: 'b' },
      { ...e, type: 'Departed' },
      { ...e, data: { region: 'KZ-71' } },
      { ...e, metadata: { previousHash: 'ff' } },
    ])
      expect(chainHash(changed)).not.toBe(chainHash(e));
  });

  it('is the SHA-256 of a form that anyone can rebuild by hand', () => {
    const e = { stream: 's', revision: 0, id: 'i', type: 't', data: { b: 1, a: 'é' }, metadata: { actor: 'x' } };
    expect(canonicalBytes(e).toString('utf8')).toBe(
      '{"data":{"a":"é","b":1},"id":"i","metadata":{"actor":"x"},"revision":0,"stream":"s","type":"t"}',
    );
  });
});
