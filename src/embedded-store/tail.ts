import type { StoredEvent } from './record.js';

const MAX_EVENTS = 4096;
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * The newest events in memory, bounded in number and bytes and shared by all readers: a subscriber that keeps up is
 * served from here, one that lags reads the log. So no subscriber ever has a queue of its own.
 */
export class Tail {
  private events: StoredEvent[] = [];
  private start = 0;
  private bytes = 0;

  push(appended: readonly StoredEvent[]): void {
    for (const event of appended) {
      this.events.push(event);
      this.bytes += event.record.length;
    }
    while (this.events.length - this.start > MAX_EVENTS || this.bytes > MAX_BYTES) {
      this.bytes -= this.events[this.start]?.record.length ?? 0;
      this.start++;
    }
    if (this.start < MAX_EVENTS) return;
    this.events = this.events.slice(this.start);
    this.start = 0;
  }

  /** Events after a position, or undefined when they are not all in here. */
  after(position: number, limit: number): readonly StoredEvent[] | undefined {
    const first = this.events[this.start];
    if (!first || position < first.position - 1) return undefined;
    const from = this.start + (position + 1 - first.position);
    return this.events.slice(from, from + limit);
  }
}
