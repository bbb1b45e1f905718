import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { eventTypes } from '../../src/domain/catalogue.js';
import { chainHash } from '../../src/ledger/chain.js';
import { decode } from '../../src/ledger/codec.js';
import type { StoredEvent } from '../../src/ledger/event-store.js';

// One stored event of every version ever written. A file here is never changed: it is what stands in somebody's log. A new
// version of a shape comes with a new file, an upcaster, and the old file as it was.
const folder = join(__dirname, '..', 'fixtures', 'events');
const files = readdirSync(folder).filter((name) => name.endsWith('.json'));

const read = (name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as StoredEvent;

describe('Every event ever written', () => {
  it.each(files)('%s is read today', (name) => {
    const stored = read(name);
    const [type, version] = name.split('.');
    expect(stored.type).toBe(type);
    const event = decode(stored);
    expect(event.metadata.schemaVersion).toBe(Number(version?.slice(1)));
    expect(event).toMatchObject({ id: stored.id, stream: stored.stream, type });
    expect(chainHash(stored as StoredEvent & { metadata: Record<string, unknown> })).toBe(event.metadata.hash);
    expect(event.occurredOn).toMatch(/^\d{4}-\d{2}-\d{2}$/);
  });

  it('has a fixture for each version of each type', () => {
    const missing = [...eventTypes.values()].flatMap(({ type, version }) =>
      Array.from({ length: version }, (_, index) => `${type}.v${index + 1}.json`).filter(
        (name) => !files.includes(name),
      ),
    );
    expect(missing).toEqual([]);
  });

  it('keeps no fixture of a type that is gone: stored names are forever', () => {
    expect(files.filter((name) => !eventTypes.has(name.split('.')[0] ?? ''))).toEqual([]);
  });
});
