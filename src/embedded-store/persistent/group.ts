import type { Store } from '../store.js';
import { Checkpoint } from './checkpoint.js';
import type { Consumer } from './consumer.js';
import { type Message, RetryQueue } from './message.js';
import { ParkedMessages } from './parked.js';
import { groupDropped, groupFull } from './refusals.js';
import { compiled, type GroupRequest } from './settings.js';
import { Source } from './source.js';
import { type Dispatcher, dispatcherOf } from './strategies.js';

/** A group as it is stored: what was asked for, and the place where it begins as long as it has no checkpoint. */
export interface GroupDefinition extends GroupRequest {
  readonly firstPlace: number;
}

export type NackAction = 'retry' | 'park' | 'skip';

const CHECK_TIMEOUTS_EVERY_MS = 1_000;
const READ_AT_ONCE = 64;

/**
 * A persistent subscription: it hands out events to its consumers, takes back what they cannot handle or do not answer
 * in time, parks what nobody can handle, and remembers on disk up to where everything is dealt with. At least once; in
 * order only as long as nothing is retried.
 */
export class Group {
  readonly key: string;
  readonly retries = new RetryQueue();
  readonly buffer: Message[] = [];
  readonly consumers: Consumer[] = [];
  readonly parked: ParkedMessages;
  readonly checkpoint: Checkpoint;
  readonly source: Source;
  readonly startedAtMs = Date.now();
  totalItems = 0;
  private readonly parking = new Map<string, Message>();
  private readonly dispatcher: Dispatcher;
  private readonly timers: NodeJS.Timeout[] = [];
  private handledSinceCheckpoint = 0;
  private saving: Promise<void> = Promise.resolve();
  private pumpScheduled = false;
  private stopped = false;

  constructor(
    store: Store,
    readonly definition: GroupDefinition,
  ) {
    const { stream, group, settings, filter } = definition;
    this.key = `${stream}::${group}`;
    this.parked = new ParkedMessages(store, parkedStreamOf(this.key));
    this.checkpoint = new Checkpoint(store, stream, checkpointStreamOf(this.key));
    const next = this.checkpoint.value === undefined ? definition.firstPlace : this.checkpoint.value + 1;
    this.source = new Source(store, stream, settings.resolveLinks, compiled(filter), next);
    this.dispatcher = dispatcherOf(settings.strategy);
    this.every(CHECK_TIMEOUTS_EVERY_MS, () => this.takeBackOverdue());
    this.every(Math.max(settings.checkpointAfterMs, 1), () => this.saveCheckpoint(settings.minCheckpointCount));
  }

  /** Lets a client in and tells it so before it gets anything; throws a Refusal when the group is full. */
  connect(consumer: Consumer, confirm: () => void): void {
    const { stream, group, settings } = this.definition;
    if (this.stopped) throw groupDropped(stream, group);
    if (settings.maxSubscriberCount > 0 && this.consumers.length >= settings.maxSubscriberCount) {
      throw groupFull(stream, group);
    }
    confirm();
    this.consumers.push(consumer);
    this.dispatcher.joined(this.consumers);
    this.pump();
  }

  /** A client has gone: what it had is given to others at once. */
  disconnect(consumer: Consumer): void {
    const at = this.consumers.indexOf(consumer);
    if (at < 0) return;
    this.consumers.splice(at, 1);
    this.dispatcher.joined(this.consumers);
    for (const { message } of consumer.inFlight.values()) this.retry(message);
    this.pump();
  }

  ack(ids: readonly string[]): void {
    for (const id of ids) {
      const message = this.takeFromConsumer(id);
      if (message) this.settle(message);
    }
    this.pump();
  }

  nack(ids: readonly string[], action: NackAction, reason: string): void {
    for (const id of ids) {
      const message = this.takeFromConsumer(id);
      if (!message) continue;
      if (action === 'park') this.park(message, reason);
      else if (action === 'skip') this.settle(message);
      else this.retry(message);
    }
    this.pump();
  }

  /** Gives parked messages out again, up to a number in the parked stream. */
  replayParked(stopAt: number | undefined): void {
    for (const message of this.parked.replay(stopAt)) this.retries.add(message);
    this.pump();
  }

  /** Delivers what can be delivered now. Called whenever something was written, answered or freed. */
  pump(): void {
    if (this.stopped || this.consumers.length === 0) return;
    try {
      this.deliverRetries();
      if (this.deliverBuffer()) this.readOn();
    } catch (error) {
      // An event that cannot be read is not passed over: the clients are told, and told again when they come back.
      this.dropAll(error);
    }
  }

  /** Ends the group in memory: clients are dropped with the given error, progress is saved unless it is discarded. */
  async stop(reason: unknown, discard = false): Promise<void> {
    if (!discard) this.saveCheckpoint(1);
    this.stopped = true;
    for (const timer of this.timers) clearInterval(timer);
    const consumers = this.consumers.splice(0);
    for (const consumer of consumers) consumer.drop(reason);
    await this.saving;
  }

  /** What the clients held is not their failure: it comes again, and the checkpoint stays before it. */
  private dropAll(error: unknown): void {
    const consumers = this.consumers.splice(0);
    this.dispatcher.joined(this.consumers);
    for (const consumer of consumers) {
      for (const { message } of consumer.inFlight.values()) this.retries.add(message);
      consumer.drop(error);
    }
  }

  private deliverRetries(): void {
    for (let index = 0; index < this.retries.size; ) {
      const message = this.retries.all[index];
      if (!message) return;
      const outcome = this.deliver(message);
      if (outcome === 'sent') this.retries.removeAt(index);
      else if (this.dispatcher.letsOthersPass) index++;
      else return;
    }
  }

  /** False when somebody is missing a place to be delivered to. */
  private deliverBuffer(): boolean {
    for (let index = 0; index < this.buffer.length; ) {
      const message = this.buffer[index];
      if (!message) break;
      const outcome = this.deliver(message);
      if (outcome === 'sent') this.buffer.splice(index, 1);
      else if (this.dispatcher.letsOthersPass) index++;
      else return false;
    }
    return this.consumers.some(({ availableSlots }) => availableSlots > 0);
  }

  private deliver(message: Message): 'sent' | 'nobody' {
    // The same id under way already: it is one event to the client, who could not answer for both.
    if (this.consumers.some(({ inFlight }) => inFlight.has(message.id))) {
      this.handledSinceCheckpoint++;
      return 'sent';
    }
    const consumer = this.dispatcher.choose(message);
    if (!consumer) return 'nobody';
    this.totalItems++;
    consumer.send(message);
    return 'sent';
  }

  private readOn(): void {
    const room = this.definition.settings.historyBufferSize - this.buffer.length;
    if (room <= 0 || this.pumpScheduled || !this.source.hasMore) return;
    this.buffer.push(...this.source.read(Math.min(READ_AT_ONCE, room)));
    this.pumpScheduled = true;
    setImmediate(() => {
      this.pumpScheduled = false;
      this.pump();
    });
  }

  private takeFromConsumer(id: string): Message | undefined {
    for (const consumer of this.consumers) {
      const message = consumer.take(id);
      if (message) return message;
    }
    return undefined;
  }

  private takeBackOverdue(): void {
    const { messageTimeoutMs } = this.definition.settings;
    if (messageTimeoutMs <= 0) return;
    const sentBeforeMs = Date.now() - messageTimeoutMs;
    for (const consumer of this.consumers) {
      for (const message of consumer.overdue(sentBeforeMs)) {
        consumer.take(message.id);
        this.retry(message);
      }
    }
    this.pump();
  }

  private retry(message: Message): void {
    const { maxRetryCount } = this.definition.settings;
    if (message.retryCount >= maxRetryCount) this.park(message, `Reached retry count of ${maxRetryCount}`);
    else this.retries.add({ ...message, retryCount: message.retryCount + 1 });
  }

  private park(message: Message, reason: string): void {
    this.parking.set(message.id, message);
    this.parked
      .add(message, reason)
      .then(
        () => this.settle(message),
        () => this.retries.add(message),
      )
      .finally(() => {
        this.parking.delete(message.id);
        this.pump();
      });
  }

  private settle({ parkedRevision }: Message): void {
    // The log may be closing or the disk full; then the message comes again, which is what at-least-once means.
    if (parkedRevision !== undefined) this.parked.settled(parkedRevision).catch(() => {});
    this.handledSinceCheckpoint++;
    const { maxCheckpointCount } = this.definition.settings;
    if (maxCheckpointCount > 0) this.saveCheckpoint(maxCheckpointCount);
  }

  private saveCheckpoint(minimum: number): void {
    if (this.stopped || this.handledSinceCheckpoint < Math.max(minimum, 1)) return;
    const value = this.dealtWith();
    if (value < 0 || value <= (this.checkpoint.value ?? this.definition.firstPlace - 1)) return;
    const handled = this.handledSinceCheckpoint;
    this.handledSinceCheckpoint = 0;
    this.saving = this.checkpoint.write(value).catch(() => {
      this.handledSinceCheckpoint += handled;
    });
  }

  /** The last place before which nothing is open. */
  private dealtWith(): number {
    let lowest = this.source.next;
    const consider = ({ sequence }: Message): void => {
      if (sequence !== undefined && sequence < lowest) lowest = sequence;
    };
    this.buffer.forEach(consider);
    this.retries.all.forEach(consider);
    this.parking.forEach(consider);
    for (const { inFlight } of this.consumers) for (const { message } of inFlight.values()) consider(message);
    return lowest - 1;
  }

  private every(milliseconds: number, work: () => void): void {
    const timer = setInterval(work, milliseconds);
    timer.unref();
    this.timers.push(timer);
  }
}

export function parkedStreamOf(key: string): string {
  return `$persistentsubscription-${key}-parked`;
}

export function checkpointStreamOf(key: string): string {
  return `$persistentsubscription-${key}-checkpoint`;
}
