import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type AppendExpectedRevision, BACKWARDS, END, EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { afterAll, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type EmbeddedStore, startEmbeddedStore } from '../../src/embedded-store/embedded-store.js';
import { verifyStore } from '../../src/embedded-store/verify.js';
import { collect, temporaryFolder } from '../contract/event-store-endpoint.js';

// Whatever is done to the store in whatever order, it answers as this little model does, also after a restart.

interface ModelStream {
  ids: string[];
  firstVisible: number;
  deleted: boolean;
  gone: boolean;
}

type Step =
  | {
      readonly kind: 'append';
      readonly stream: string;
      readonly count: number;
      readonly expected: 'any' | 'no_stream' | 'current' | 'wrong';
    }
  | { readonly kind: 'repeat' | 'delete' | 'tombstone' | 'truncate'; readonly stream: string }
  | { readonly kind: 'restart' };

const folder = temporaryFolder();
afterAll(() => rmSync(folder, { recursive: true }));

const stream = fc.constantFrom('worker-a', 'worker-b', 'permit-c');
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      stream,
      count: fc.integer({ min: 1, max: 4 }),
      expected: fc.constantFrom('any' as const, 'no_stream' as const, 'current' as const, 'wrong' as const),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constantFrom('repeat' as const, 'delete' as const, 'truncate' as const), stream }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('tombstone' as const), stream: fc.constant('permit-c') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
);

class World {
  readonly streams = new Map<string, ModelStream>();
  readonly order: string[] = [];

  private constructor(
    private readonly dataDir: string,
    private store: EmbeddedStore,
    private client: EventStoreDBClient,
  ) {}

  static async begin(dataDir: string): Promise<World> {
    mkdirSync(dataDir);
    const store = await startEmbeddedStore({ dataDir, inProcess: true });
    return new World(dataDir, store, EventStoreDBClient.connectionString(store.connectionString));
  }

  async end(): Promise<void> {
    await this.client.dispose();
    await this.store.close();
  }

  async take(step: Step): Promise<void> {
    if (step.kind === 'restart') {
      await this.end();
      this.store = await startEmbeddedStore({ dataDir: this.dataDir, inProcess: true });
      this.client = EventStoreDBClient.connectionString(this.store.connectionString);
      return;
    }
    const model = this.model(step.stream);
    if (step.kind === 'append') await this.append(step.stream, model, step.count, step.expected);
    else if (step.kind === 'repeat') await this.repeat(step.stream, model);
    else if (step.kind === 'delete') await this.remove(step.stream, model);
    else if (step.kind === 'tombstone') await this.entomb(step.stream, model);
    else await this.truncate(step.stream, model);
  }

  /** Everything the store shows is what the model says. */
  async compare(): Promise<void> {
    for (const [name, { ids, firstVisible, deleted, gone }] of this.streams) {
      const read = collect(this.client.readStream(name)).then((events) => events.map(({ event }) => event?.id));
      if (gone) await expect(read).rejects.toMatchObject({ type: 'stream-deleted' });
      else if (deleted || ids.length === 0) await expect(read).rejects.toMatchObject({ type: 'stream-not-found' });
      else expect(await read).toEqual(ids.slice(firstVisible));
    }
    const all = await collect(this.client.readAll({ direction: BACKWARDS, fromPosition: END }));
    const user = all.filter(({ event }) => !event?.type.startsWith('$')).map(({ event }) => event?.id);
    expect(user.reverse()).toEqual(this.order);
    expect(await verifyStore(this.dataDir)).toMatchObject({ ok: true });
  }

  private model(name: string): ModelStream {
    const known = this.streams.get(name) ?? { ids: [], firstVisible: 0, deleted: false, gone: false };
    this.streams.set(name, known);
    return known;
  }

  private async append(name: string, model: ModelStream, count: number, wish: string): Promise<void> {
    const last = model.ids.length - 1;
    const expected: AppendExpectedRevision =
      wish === 'any'
        ? 'any'
        : wish === 'no_stream' || last < 0
          ? 'no_stream'
          : BigInt(wish === 'current' ? last : last + 3);
    const events = Array.from({ length: count }, () => jsonEvent({ type: 'Recorded', data: { last } }));
    const done = this.client.appendToStream(name, events, { expectedRevision: expected });
    const isNew = last < 0 || model.deleted;
    if (model.gone) return expect(done).rejects.toMatchObject({ type: 'stream-deleted' });
    if ((expected === 'no_stream' && !isNew) || (typeof expected === 'bigint' && expected > BigInt(last))) {
      return expect(done).rejects.toMatchObject({ type: 'wrong-expected-version' });
    }
    expect((await done).nextExpectedRevision).toBe(BigInt(last + count));
    if (model.deleted) model.firstVisible = model.ids.length;
    model.deleted = false;
    model.ids.push(...events.map(({ id }) => id));
    this.order.push(...events.map(({ id }) => id));
  }

  /** The newest event once more, under the revision it was first written with. */
  private async repeat(name: string, model: ModelStream): Promise<void> {
    const id = model.ids.at(-1);
    if (id === undefined || model.gone) return;
    const before = model.ids.length - 2;
    const again = await this.client.appendToStream(name, jsonEvent({ id, type: 'Recorded', data: {} }), {
      expectedRevision: before < 0 ? 'no_stream' : BigInt(before),
    });
    expect(again.nextExpectedRevision).toBe(BigInt(model.ids.length - 1));
  }

  private async remove(name: string, model: ModelStream): Promise<void> {
    const done = this.client.deleteStream(name);
    if (model.gone) return expect(done).rejects.toMatchObject({ type: 'stream-deleted' });
    if (model.ids.length === 0) return expect(done).rejects.toMatchObject({ type: 'wrong-expected-version' });
    await done;
    model.deleted = true;
  }

  private async entomb(name: string, model: ModelStream): Promise<void> {
    const done = this.client.tombstoneStream(name);
    if (model.gone) return expect(done).rejects.toMatchObject({ type: 'stream-deleted' });
    await done;
    model.gone = true;
  }

  private async truncate(name: string, model: ModelStream): Promise<void> {
    if (model.gone || model.deleted || model.ids.length === 0) return;
    const truncateBefore = Math.max(model.firstVisible, model.ids.length - 2);
    await this.client.setStreamMetadata(name, { truncateBefore });
    model.firstVisible = truncateBefore;
  }
}

it('answers as a simple model does, whatever is done in whatever order', async () => {
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
      const world = await World.begin(join(folder, String(run++)));
      try {
        for (const each of steps) await world.take(each);
        await world.compare();
      } finally {
        await world.end();
      }
    }),
    { numRuns: 60, interruptAfterTimeLimit: 6_000, markInterruptAsFailure: false },
  );
  expect(run).toBeGreaterThan(3);
});
