import type { Outlet } from '../outlet.js';
import { encodeDelivery, type UuidForm } from '../record.js';
import type { Message } from './message.js';

const REMEMBERED_LATENCIES = 1_000;

interface InFlight {
  readonly message: Message;
  readonly sentAtMs: number;
}

/** A connected client of a group: it never holds more unacknowledged messages than it asked for. */
export class Consumer {
  readonly inFlight = new Map<string, InFlight>();
  totalItems = 0;
  private itemsAtLastLook = 0;
  private readonly connectedAtMs = Date.now();
  private readonly latenciesMs: number[] = [];

  constructor(
    readonly name: string,
    readonly peer: string,
    private readonly bufferSize: number,
    private readonly uuids: UuidForm,
    private readonly outlet: Outlet,
  ) {}

  /** How many more messages it may hold; none while it does not read what it was sent, whatever it asked for. */
  get availableSlots(): number {
    return this.outlet.hasRoom ? this.bufferSize - this.inFlight.size : 0;
  }

  /** Ends the call of this client with an error. */
  drop(error: unknown): void {
    this.outlet.fail(error);
  }

  send(message: Message): void {
    this.inFlight.set(message.id, { message, sentAtMs: Date.now() });
    this.totalItems++;
    this.outlet.send(encodeDelivery({ ...message.delivery, retryCount: message.retryCount }, this.uuids));
  }

  /** Takes a message back from the client; undefined when it does not have it. */
  take(id: string): Message | undefined {
    const held = this.inFlight.get(id);
    if (!held) return undefined;
    this.inFlight.delete(id);
    this.latenciesMs.push(Date.now() - held.sentAtMs);
    if (this.latenciesMs.length > REMEMBERED_LATENCIES) this.latenciesMs.shift();
    return held.message;
  }

  /** Messages sent before the given time and not yet answered. */
  overdue(sentBeforeMs: number): readonly Message[] {
    const late: Message[] = [];
    for (const { message, sentAtMs } of this.inFlight.values()) if (sentAtMs < sentBeforeMs) late.push(message);
    return late;
  }

  averagePerSecond(): number {
    return Math.round((this.totalItems * 1000) / Math.max(Date.now() - this.connectedAtMs, 1000));
  }

  countSinceLastLook(): number {
    const count = this.totalItems - this.itemsAtLastLook;
    this.itemsAtLastLook = this.totalItems;
    return count;
  }

  /** How long the client took to answer, in milliseconds, as the server names these figures. */
  measurements(): readonly (readonly [string, number])[] {
    const sorted = [...this.latenciesMs].sort((a, b) => a - b);
    const at = (share: number): number => sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? 0;
    const sum = sorted.reduce((total, latency) => total + latency, 0);
    return [
      ['Mean', Math.round(sum / Math.max(sorted.length, 1))],
      ['Median', at(0.5)],
      ['Fastest', sorted[0] ?? 0],
      ...[1, 2, 3, 4, 5].map((fifth): [string, number] => [`Quintile ${fifth}`, at(fifth / 5)]),
      ['90%', at(0.9)],
      ['95%', at(0.95)],
      ['99%', at(0.99)],
      ['99.5%', at(0.995)],
      ['99.9%', at(0.999)],
      ['Highest', sorted.at(-1) ?? 0],
    ];
  }
}
