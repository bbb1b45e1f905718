import { randomUUID } from 'node:crypto';
import { decodeRecord, EMPTY, JSON_CONTENT } from '../record.js';
import { Refusal } from '../refusal.js';
import type { Store } from '../store.js';
import { checkpointStreamOf, Group, type GroupDefinition, parkedStreamOf } from './group.js';
import { groupDropped, groupExists, groupFailed, groupUnknown } from './refusals.js';
import { ALL, faultOf, type GroupRequest } from './settings.js';
import { Source } from './source.js';

const CONFIG_STREAM = '$persistentSubscriptionConfig';
const CONFIG_TYPE = '$PersistentConfig';

/** All groups of the store. Their definitions are kept in the log, so that they are there after a restart. */
export class Groups {
  private readonly groups = new Map<string, Group>();
  /** Groups whose bookkeeping cannot be read, with the reason. Nobody else suffers from it. */
  private readonly broken = new Map<string, { readonly definition: GroupDefinition; readonly error: unknown }>();
  /** Why no group can be had at all: the definitions cannot be read, or the store is closing. */
  private unreadable: unknown;
  private closed = false;
  private changing: Promise<unknown> = Promise.resolve();
  private leave = (): void => {};

  constructor(private readonly store: Store) {
    this.load();
    void this.follow();
  }

  get all(): readonly Group[] {
    return [...this.groups.values()];
  }

  get(stream: string, group: string): Group {
    const key = `${stream}::${group}`;
    const found = this.groups.get(key);
    if (found) return found;
    throw this.unreadable ?? this.broken.get(key)?.error ?? groupUnknown(stream, group);
  }

  create(request: GroupRequest): Promise<void> {
    return this.inTurn(() => this.createNow(request));
  }

  /** Takes new settings; the clients are dropped and come back, the filter and the checkpoint stay. */
  update(request: GroupRequest): Promise<void> {
    return this.inTurn(() => this.updateNow(request));
  }

  delete(stream: string, group: string): Promise<void> {
    return this.inTurn(() => this.deleteNow(stream, group));
  }

  /** Drops all clients and begins again from what is on disk. */
  restart(): Promise<void> {
    return this.inTurn(async () => {
      await this.stopAll((stream, group) => groupDropped(stream, group));
      if (!this.closed) this.load();
    });
  }

  /**
   * One change after the other: each waits for the disk, and a second one begun meanwhile would leave behind a group
   * that nobody delivers to, or one that goes on from the checkpoint of a group just deleted.
   */
  private inTurn(change: () => Promise<void>): Promise<void> {
    const done = this.changing.then(change);
    this.changing = done.catch(() => {});
    return done;
  }

  private async createNow(request: GroupRequest): Promise<void> {
    const { stream, group } = request;
    const key = `${stream}::${group}`;
    if (this.unreadable) throw this.unreadable;
    if (this.groups.has(key) || this.broken.has(key)) throw groupExists(stream, group);
    this.check(request);
    const definition = { ...request, firstPlace: Source.startOf(this.store, stream, request.startFrom) };
    this.groups.set(key, new Group(this.store, definition));
    try {
      await this.save();
    } catch (error) {
      await this.groups.get(key)?.stop(groupDropped(stream, group), true);
      this.groups.delete(key);
      throw error;
    }
  }

  private async updateNow(request: GroupRequest): Promise<void> {
    const { stream, group } = request;
    const earlier = this.get(stream, group);
    this.check(request);
    await earlier.stop(groupDropped(stream, group));
    const startsElsewhere = request.startFrom !== earlier.definition.startFrom;
    const definition: GroupDefinition = {
      ...request,
      filter: earlier.definition.filter,
      firstPlace: startsElsewhere
        ? Source.startOf(this.store, stream, request.startFrom)
        : earlier.definition.firstPlace,
    };
    this.groups.set(earlier.key, new Group(this.store, definition));
    await this.save();
  }

  private async deleteNow(stream: string, group: string): Promise<void> {
    const { key } = this.get(stream, group);
    await this.groups.get(key)?.stop(groupDropped(stream, group), true);
    this.groups.delete(key);
    await this.save();
    for (const kept of [checkpointStreamOf(key), parkedStreamOf(key)]) {
      if (this.store.streams.head(kept).last >= 0) await this.store.delete(kept, { kind: 'any' });
    }
  }

  /** Saves the progress of all groups and ends their clients' calls. */
  async close(error: Refusal): Promise<void> {
    this.closed = true;
    this.unreadable = error;
    this.leave();
    await this.stopAll(() => error);
  }

  private async stopAll(reason: (stream: string, group: string) => Refusal): Promise<void> {
    const groups = this.all;
    this.groups.clear();
    await Promise.all(groups.map((group) => group.stop(reason(group.definition.stream, group.definition.group))));
  }

  private check({ stream, group, settings, startFrom }: GroupRequest): void {
    const fault = faultOf(settings);
    if (fault) throw groupFailed(stream, group, fault);
    if (stream === ALL && typeof startFrom === 'number' && startFrom > this.store.log.head) {
      throw groupFailed(stream, group, 'The start position lies behind the end of the log.');
    }
  }

  private async follow(): Promise<void> {
    while (!this.closed) {
      const waiting = this.store.committed.wait();
      this.leave = waiting.leave;
      await waiting.fired;
      for (const group of this.groups.values()) group.pump();
    }
  }

  private load(): void {
    this.broken.clear();
    this.unreadable = undefined;
    try {
      for (const definition of this.definitions()) this.open(definition);
    } catch (error) {
      this.unreadable = error;
    }
  }

  private open(definition: GroupDefinition): void {
    try {
      const group = new Group(this.store, definition);
      this.groups.set(group.key, group);
    } catch (error) {
      this.broken.set(`${definition.stream}::${definition.group}`, { definition, error });
    }
  }

  private definitions(): readonly GroupDefinition[] {
    const { streams, log } = this.store;
    const head = streams.head(CONFIG_STREAM);
    const event = head.id === undefined || head.last < 0 ? undefined : log.at(head.id, head.last);
    if (!event) return [];
    const text = Buffer.from(decodeRecord(event.record).data).toString('utf8');
    return (JSON.parse(text) as { readonly entries: readonly GroupDefinition[] }).entries;
  }

  private async save(): Promise<void> {
    // A group that cannot be opened today is not forgotten for it.
    const entries = [...this.all, ...this.broken.values()].map(({ definition }) => definition);
    const config = { version: '2', updated: new Date().toISOString(), entries };
    const event = {
      id: randomUUID(),
      type: CONFIG_TYPE,
      contentType: JSON_CONTENT,
      data: Buffer.from(JSON.stringify(config)),
      metadata: EMPTY,
    };
    await this.store.append({ stream: CONFIG_STREAM, expected: { kind: 'any' }, events: [event] });
  }
}
