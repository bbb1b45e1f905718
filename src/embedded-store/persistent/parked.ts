import { randomUUID } from 'node:crypto';
import { deliver } from '../links.js';
import { decodeRecord, EMPTY, idOf, JSON_CONTENT, LINK_TYPE } from '../record.js';
import type { Store } from '../store.js';
import { METADATA_TYPE, metadataStreamOf } from '../stream-metadata.js';
import type { Message } from './message.js';

const PAGE = 100;

/**
 * The messages a group gave up on, kept as links in a stream of their own. They are taken out of it only when every
 * message of a replay has been dealt with, so that a crash in between loses none.
 */
export class ParkedMessages {
  private nextToReplay: number;
  private readonly outstanding = new Set<number>();

  constructor(
    private readonly store: Store,
    private readonly stream: string,
  ) {
    this.nextToReplay = this.first();
  }

  /** Messages parked and not yet replayed. */
  get count(): number {
    return Math.max(this.store.streams.head(this.stream).last + 1 - this.nextToReplay, 0);
  }

  async add(message: Message, reason: string): Promise<void> {
    const metadata = {
      added: new Date().toISOString(),
      reason,
      subscriptionEventNumber: message.sequence ?? null,
    };
    const event = {
      id: randomUUID(),
      type: LINK_TYPE,
      contentType: 'application/octet-stream',
      data: Buffer.from(addressOf(message)),
      metadata: Buffer.from(JSON.stringify(metadata)),
    };
    await this.store.append({ stream: this.stream, expected: { kind: 'any' }, events: [event] });
  }

  /** Hands out what is parked, up to the given number in the parked stream. */
  replay(stopAt: number | undefined): readonly Message[] {
    const head = this.store.streams.head(this.stream);
    const end = Math.min(stopAt ?? head.last + 1, head.last + 1);
    const messages: Message[] = [];
    this.nextToReplay = Math.max(this.nextToReplay, this.first());
    while (head.id !== undefined && this.nextToReplay < end) {
      const limit = Math.min(PAGE, end - this.nextToReplay);
      for (const event of this.store.log.readStream(head.id, this.nextToReplay, limit)) {
        this.nextToReplay = event.revision + 1;
        const delivery = deliver(this.store, event, true);
        this.outstanding.add(event.revision);
        messages.push({
          id: idOf(event.record),
          sequence: undefined,
          parkedRevision: event.revision,
          delivery,
          retryCount: 0,
        });
      }
    }
    return messages;
  }

  /** A replayed message was acknowledged, skipped or parked anew. */
  async settled(parkedRevision: number): Promise<void> {
    if (!this.outstanding.delete(parkedRevision) || this.outstanding.size > 0) return;
    const event = {
      id: randomUUID(),
      type: METADATA_TYPE,
      contentType: JSON_CONTENT,
      data: Buffer.from(JSON.stringify({ $tb: this.nextToReplay })),
      metadata: EMPTY,
    };
    await this.store.append({ stream: metadataStreamOf(this.stream), expected: { kind: 'any' }, events: [event] });
  }

  private first(): number {
    const { softDeleted } = this.store.streams.metadataOf(this.stream);
    return softDeleted
      ? this.store.streams.head(this.stream).last + 1
      : this.store.streams.firstVisible(this.stream, Date.now());
  }
}

/** Where the event lies; a link whose target is gone is passed on as it was. */
function addressOf({ delivery }: Message): string {
  if (delivery.event) {
    const { revision, stream } = decodeRecord(delivery.event);
    return `${revision}@${stream}`;
  }
  return delivery.link ? Buffer.from(decodeRecord(delivery.link).data).toString('utf8') : '';
}
