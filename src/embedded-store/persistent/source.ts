import { type Filter, isHiddenInAll } from '../filters.js';
import { deliver } from '../links.js';
import type { StoredEvent } from '../record.js';
import type { Store } from '../store.js';
import { type Message, messageOf } from './message.js';
import { ALL, type StartFrom } from './settings.js';

/** Where a group reads from: a stream or $all, one batch at a time from a place in it. */
export class Source {
  constructor(
    private readonly store: Store,
    private readonly stream: string,
    private readonly resolveLinks: boolean,
    private readonly filter: Filter | undefined,
    /** Revision or position of the next event to read. */
    public next: number,
  ) {}

  /** The newest place there is; -1 for a stream without events. */
  static lastOf(store: Store, stream: string): number {
    return stream === ALL ? store.log.head : store.streams.head(stream).last;
  }

  /** The place to begin at. The end is where the end is now: what comes later is delivered. */
  static startOf(store: Store, stream: string, from: StartFrom): number {
    if (from === 'start') return 0;
    return from === 'end' ? Source.lastOf(store, stream) + 1 : from;
  }

  get hasMore(): boolean {
    return this.next <= Source.lastOf(this.store, this.stream);
  }

  /** Reads on; may yield nothing although there is more, when nothing of it is wanted. */
  read(limit: number): readonly Message[] {
    return this.stream === ALL ? this.readAll(limit) : this.readStream(limit);
  }

  private readAll(limit: number): readonly Message[] {
    const events = this.store.log.readAfter(Math.max(this.next - 1, 0), limit);
    this.next = (events.at(-1)?.position ?? this.store.log.head) + 1;
    const wanted = events.filter(
      ({ record }) => !isHiddenInAll(record) && (!this.filter || this.filter.matches(record)),
    );
    return this.toMessages(wanted, ({ position }) => position);
  }

  private readStream(limit: number): readonly Message[] {
    const { streams, log } = this.store;
    const head = streams.head(this.stream);
    if (head.id === undefined || head.tombstoned || streams.metadataOf(this.stream).softDeleted) {
      this.next = head.last + 1;
      return [];
    }
    const from = Math.max(this.next, streams.firstVisible(this.stream, Date.now()));
    const events = from > head.last ? [] : log.readStream(head.id, from, Math.min(limit, head.last - from + 1));
    this.next = (events.at(-1)?.revision ?? head.last) + 1;
    return this.toMessages(events, ({ revision }) => revision);
  }

  private toMessages(events: readonly StoredEvent[], sequenceOf: (event: StoredEvent) => number): readonly Message[] {
    return events.flatMap((event) => messageOf(deliver(this.store, event, this.resolveLinks), sequenceOf(event)) ?? []);
  }
}
