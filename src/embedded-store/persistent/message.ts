import { type Delivery, decodeRecord, idOf, streamOf } from '../record.js';

/** An event on its way through a group. */
export interface Message {
  /** What the client acknowledges: the id of the link for a resolved link, else of the event. */
  readonly id: string;
  /** Revision in the stream, or position in $all; undefined for a parked message that is replayed. */
  readonly sequence: number | undefined;
  readonly delivery: Delivery;
  readonly retryCount: number;
  /** Revision in the parked stream, for a message that is replayed. */
  readonly parkedRevision?: number;
}

export function messageOf(delivery: Delivery, sequence: number): Message | undefined {
  const original = delivery.link ?? delivery.event;
  return original && { id: idOf(original), sequence, delivery, retryCount: 0 };
}

/** Order of redelivery: replayed messages first, then by place in the source. */
export function sequenceOf(message: Message): number {
  return message.sequence ?? (message.parkedRevision ?? 0) - Number.MAX_SAFE_INTEGER;
}

/** The stream the event itself lies in, by which pinned consumers are chosen. */
export function sourceStreamOf({ delivery }: Message): string {
  const record = delivery.event ?? delivery.link;
  return record ? streamOf(record) : '';
}

/** The `$correlationId` in the event's metadata, else its stream. */
export function correlationOf(message: Message): string {
  const record = message.delivery.event;
  if (!record) return sourceStreamOf(message);
  try {
    const json: unknown = JSON.parse(Buffer.from(decodeRecord(record).metadata).toString('utf8'));
    const value = typeof json === 'object' && json !== null ? Reflect.get(json, '$correlationId') : undefined;
    return typeof value === 'string' ? value : sourceStreamOf(message);
  } catch {
    return sourceStreamOf(message);
  }
}

/** Messages to be delivered again, in the order of their place. */
export class RetryQueue {
  private readonly messages: Message[] = [];

  get size(): number {
    return this.messages.length;
  }

  get all(): readonly Message[] {
    return this.messages;
  }

  add(message: Message): void {
    const place = sequenceOf(message);
    let at = this.messages.length;
    while (at > 0 && sequenceOf(this.messages[at - 1] as Message) > place) at--;
    this.messages.splice(at, 0, message);
  }

  removeAt(index: number): void {
    this.messages.splice(index, 1);
  }
}
