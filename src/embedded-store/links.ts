import { type Delivery, decodeRecord, isLink, type StoredEvent } from './record.js';
import type { Store } from './store.js';

const TARGET = /^(\d+)@(.+)$/s;

/** Where a link points; undefined when its body is no `<number>@<stream>`. */
export function targetOf(record: Buffer): { readonly revision: number; readonly stream: string } | undefined {
  const match = TARGET.exec(Buffer.from(decodeRecord(record).data).toString('utf8'));
  const [, revision, stream] = match ?? [];
  return revision !== undefined && stream !== undefined ? { revision: Number(revision), stream } : undefined;
}

/** What a reader gets for a stored event: itself, or with links resolved the event it points at, if that still shows. */
export function deliver(store: Store, { record, position }: StoredEvent, resolveLinks: boolean): Delivery {
  if (!resolveLinks || !isLink(record)) return { event: record, link: undefined, position };
  const target = targetOf(record);
  if (!target) return { event: record, link: undefined, position };
  return { event: visibleEvent(store, target.stream, target.revision), link: record, position };
}

function visibleEvent(store: Store, stream: string, revision: number): Buffer | undefined {
  const head = store.streams.head(stream);
  if (head.id === undefined || store.streams.isTombstoned(stream)) return undefined;
  if (store.streams.metadataOf(stream).softDeleted) return undefined;
  if (revision > head.last || revision < store.streams.firstVisible(stream, Date.now())) return undefined;
  return store.log.readStream(head.id, revision, 1)[0]?.record;
}
