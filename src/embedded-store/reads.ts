import { isHiddenInAll } from './filters.js';
import { deliver } from './links.js';
import { breathe, type Outlet } from './outlet.js';
import type { AllSource, ReadRequest, StreamSource } from './read-request.js';
import { encodeDelivery, type StoredEvent } from './record.js';
import { Refusal } from './refusal.js';
import type { Store } from './store.js';
import { bytesField, stringField, varintField } from './wire.js';

export const PAGE = 64;

/** Serves one finite read of a stream or of $all. */
export async function serveRead(store: Store, request: ReadRequest, outlet: Outlet): Promise<void> {
  const { source } = request;
  if (source.kind === 'stream') await readStream(store, request, source, outlet);
  else await readAll(store, request, source, outlet);
  outlet.end();
}

async function readStream(store: Store, request: ReadRequest, source: StreamSource, outlet: Outlet): Promise<void> {
  const { stream } = source;
  if (store.streams.isTombstoned(stream)) throw new Refusal({ kind: 'stream-deleted', stream });
  const head = store.streams.head(stream);
  if (head.id === undefined || head.last < 0 || store.streams.metadataOf(stream).softDeleted) {
    outlet.send(bytesField(4, bytesField(1, stringField(3, stream))));
    return;
  }
  const { id } = head;
  const first = store.streams.firstVisible(stream, Date.now());
  const last = head.last;
  let pages: (limit: number) => readonly StoredEvent[];
  if (request.backwards) {
    let from = startBackwards(source.from, last);
    pages = (limit) => {
      if (from < first) return [];
      const events = store.log.readStreamBackwards(id, from, Math.min(limit, from - first + 1));
      from = (events.at(-1)?.revision ?? 0) - 1;
      return events;
    };
  } else {
    if (source.from === 'end')
      throw new Refusal({ kind: 'unknown', message: 'A stream is not read forwards from its end.' });
    let from = Math.max(source.from === 'start' ? 0 : source.from, first);
    pages = (limit) => {
      if (from > last) return [];
      const events = store.log.readStream(id, from, Math.min(limit, last - from + 1));
      from = (events.at(-1)?.revision ?? last) + 1;
      return events;
    };
  }
  if (request.wantsStreamEnds) outlet.send(varintField(5, Math.min(first, last)));
  await send(store, request, outlet, pages, () => true);
  if (request.wantsStreamEnds) outlet.send(varintField(6, last));
}

function startBackwards(from: StreamSource['from'], last: number): number {
  if (from === 'start') return 0;
  return from === 'end' ? last : Math.min(from, last);
}

async function readAll(store: Store, request: ReadRequest, source: AllSource, outlet: Outlet): Promise<void> {
  const end = store.log.head;
  let pages: (limit: number) => readonly StoredEvent[];
  if (request.backwards) {
    // Backwards is exclusive: the events that ended before the position.
    let before = source.from === 'end' ? end + 1 : source.from === 'start' ? 0 : Math.min(source.from, end + 1);
    pages = (limit) => {
      const events = before <= 1 ? [] : store.log.readBefore(before, limit);
      before = events.at(-1)?.position ?? 0;
      return events;
    };
  } else {
    let after = source.from === 'end' ? end : source.from === 'start' ? 0 : Math.max(source.from - 1, 0);
    pages = (limit) => {
      const events = after >= end ? [] : store.log.readAfter(after, Math.min(limit, end - after));
      after = events.at(-1)?.position ?? end;
      return events;
    };
  }
  const { filter } = source;
  const wanted = (event: StoredEvent): boolean =>
    !isHiddenInAll(event.record) && (filter === undefined || filter.matches(event.record));
  await send(store, request, outlet, towardsDamage(pages), wanted);
}

/** Hands out the sound events of a page that holds a damaged one, one by one, before the call fails. */
function towardsDamage(pages: (limit: number) => readonly StoredEvent[]): (limit: number) => readonly StoredEvent[] {
  let isNear = false;
  return (limit) => {
    if (isNear) return pages(1);
    try {
      return pages(limit);
    } catch (error) {
      if (!(error instanceof Refusal && error.reason.kind === 'damaged')) throw error;
      isNear = true;
      return pages(1);
    }
  };
}

/** Sends up to `count` wanted events page by page, waiting for the client and letting others have their turn. */
async function send(
  store: Store,
  request: ReadRequest,
  outlet: Outlet,
  pages: (limit: number) => readonly StoredEvent[],
  wanted: (event: StoredEvent) => boolean,
): Promise<void> {
  let left = request.count ?? 0;
  while (left > 0 && outlet.isOpen) {
    const events = pages(PAGE);
    if (events.length === 0) return;
    for (const event of events) {
      if (left === 0) return;
      if (!wanted(event)) continue;
      left--;
      if (!outlet.send(encodeDelivery(deliver(store, event, request.resolveLinks), request.uuids)))
        await outlet.ready();
      if (!outlet.isOpen) return;
    }
    await breathe();
  }
}
