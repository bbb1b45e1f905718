import { randomUUID } from 'node:crypto';
import { decodeRecord, EMPTY, JSON_CONTENT } from '../record.js';
import type { Store } from '../store.js';
import { ALL } from './settings.js';

const CHECKPOINT_TYPE = '$SubscriptionCheckpoint';
const ALL_CHECKPOINT = /^C:(\d+)\/P:\d+$/;

/** The last place up to which a group has dealt with everything, kept as an event in a stream of its own. */
export class Checkpoint {
  /** Undefined as long as nothing was dealt with. */
  value: number | undefined;

  constructor(
    private readonly store: Store,
    private readonly source: string,
    private readonly stream: string,
  ) {
    this.value = this.read();
  }

  async write(value: number): Promise<void> {
    const text = this.source === ALL ? `C:${value}/P:${value}` : String(value);
    const event = {
      id: randomUUID(),
      type: CHECKPOINT_TYPE,
      contentType: JSON_CONTENT,
      data: Buffer.from(JSON.stringify(text)),
      metadata: EMPTY,
    };
    await this.store.append({ stream: this.stream, expected: { kind: 'any' }, events: [event] });
    this.value = value;
  }

  private read(): number | undefined {
    const { streams, log } = this.store;
    const head = streams.head(this.stream);
    if (head.id === undefined || head.last < 0 || streams.metadataOf(this.stream).softDeleted) return undefined;
    const event = log.at(head.id, head.last);
    if (!event) return undefined;
    const text: unknown = JSON.parse(Buffer.from(decodeRecord(event.record).data).toString('utf8'));
    if (typeof text !== 'string') return undefined;
    return Number(ALL_CHECKPOINT.exec(text)?.[1] ?? text);
  }
}
