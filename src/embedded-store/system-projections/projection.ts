import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { decodeRecord } from '../record.js';
import { Refusal } from '../refusal.js';
import type { Store } from '../store.js';
import { type Emission, emittedEvent, type Linker } from './linkers.js';

export type ProjectionStatus = 'Running' | 'Stopped' | 'Aborted' | 'Faulted';

const PAGE = 200;
const SAVE_EVERY = 1_000;
const RETRY_AFTER_MS = 1_000;

/**
 * One native projection. It follows $all and writes links; the place it has come to is saved in the same transaction as
 * the links, so that each is written exactly once, whenever the process dies.
 */
export class Projection {
  status: ProjectionStatus;
  /** Why it is faulted. */
  stateReason = '';
  processedSinceStart = 0;
  /** Position of the last event looked at. */
  position: number;
  private saved: number;
  private stop: (() => void) | undefined;
  private running: Promise<void> = Promise.resolve();
  private orders: Promise<void> = Promise.resolve();

  constructor(
    private readonly store: Store,
    readonly name: string,
    private readonly linker: Linker,
    private readonly save: (name: string, enabled: boolean, position: number) => void,
    state: { readonly enabled: boolean; readonly position: number },
  ) {
    this.position = state.position;
    this.saved = state.position;
    this.status = state.enabled ? 'Running' : 'Stopped';
    if (state.enabled) this.start();
  }

  /** Position up to which everything is on disk. */
  get checkpoint(): number {
    return this.saved;
  }

  enable(): Promise<void> {
    return this.inTurn(() => this.enableNow());
  }

  /** Stops following; `aborted` is what the server calls stopping without a last checkpoint. */
  disable(aborted: boolean): Promise<void> {
    return this.inTurn(() => this.disableNow(aborted));
  }

  /** Ends the loop without changing what will happen at the next start. */
  halt(): Promise<void> {
    return this.inTurn(() => this.haltNow());
  }

  restart(): Promise<void> {
    return this.inTurn(async () => {
      await this.haltNow();
      if (this.status === 'Running') this.start();
    });
  }

  /** One order after the other: two loops at once would write every link twice. */
  private inTurn(order: () => Promise<void>): Promise<void> {
    const done = this.orders.then(order);
    this.orders = done.catch(() => {});
    return done;
  }

  private async enableNow(): Promise<void> {
    if (this.status === 'Running') return;
    await this.store.transact(() => this.save(this.name, true, this.position));
    this.status = 'Running';
    this.stateReason = '';
    this.start();
  }

  private async disableNow(aborted: boolean): Promise<void> {
    // A faulted one is noted as enabled, too, and would run again at the next start.
    if (this.status === 'Running' || this.status === 'Faulted') {
      await this.haltNow();
      await this.store.transact(() => this.save(this.name, false, this.position));
    }
    this.status = aborted ? 'Aborted' : 'Stopped';
  }

  private async haltNow(): Promise<void> {
    this.stop?.();
    await this.running;
  }

  private start(): void {
    let stopped = false;
    let wake = (): void => {};
    this.stop = () => {
      stopped = true;
      wake();
    };
    const follow = async (): Promise<void> => {
      while (!stopped) {
        try {
          if ((await this.advance()) || stopped) continue;
          const waiting = this.store.committed.wait();
          wake = waiting.leave;
          await waiting.fired;
        } catch (error) {
          if (stopped) return;
          if (!isUnavailable(error)) return this.fault(error);
          // The disk is full or the store is closing; nothing was written and the place is unchanged.
          const giveUp = new AbortController();
          wake = () => giveUp.abort();
          await pause(RETRY_AFTER_MS, undefined, { signal: giveUp.signal, ref: false }).catch(() => {});
        }
      }
    };
    this.running = follow();
  }

  /** An event that cannot be read is not passed over. */
  private fault(error: unknown): void {
    this.status = 'Faulted';
    this.stateReason = error instanceof Error ? error.message : String(error);
  }

  /** Handles the next events; false when there are none. */
  private async advance(): Promise<boolean> {
    const events = this.store.log.readAfter(this.position, PAGE);
    const last = events.at(-1);
    if (!last) return false;
    const emissions: Emission[] = [];
    for (const { record } of events) {
      const emission = this.linker(decodeRecord(record));
      if (emission) emissions.push(emission);
    }
    if (emissions.length > 0 || last.position - this.saved >= SAVE_EVERY) {
      await this.store.transact(() => this.write(emissions, last.position));
      this.saved = last.position;
    }
    this.position = last.position;
    this.processedSinceStart += events.length;
    return true;
  }

  private write(emissions: readonly Emission[], position: number): void {
    for (const emission of emissions) {
      // Whoever deletes a link stream for ever wants no more links in it.
      if (this.store.streams.isTombstoned(emission.stream)) continue;
      const events = [emittedEvent(emission, randomUUID())];
      this.store.appendNow({ stream: emission.stream, expected: { kind: 'any' }, events });
    }
    this.save(this.name, true, position);
  }
}

function isUnavailable(error: unknown): boolean {
  return error instanceof Refusal && error.reason.kind === 'unavailable';
}
