import { randomUUID } from 'node:crypto';
import { isHiddenInAll } from './filters.js';
import { deliver } from './links.js';
import { breathe, type Outlet } from './outlet.js';
import type { AllSource, ReadRequest, StreamSource } from './read-request.js';
import { PAGE } from './reads.js';
import { encodeDelivery, type StoredEvent } from './record.js';
import { Refusal } from './refusal.js';
import type { Store } from './store.js';
import { bytesField, stringField, TOMBSTONE_REVISION, varintField } from './wire.js';

const CAUGHT_UP = bytesField(8);

/**
 * Serves a subscription: confirmation, what the log holds, "caught up", and then what is written, for as long as the
 * call lasts. There is no queue between the writer and a subscriber; it is woken and reads on where it stands, from
 * memory when it keeps up and from disk when it does not.
 */
export async function serveSubscription(store: Store, request: ReadRequest, outlet: Outlet): Promise<void> {
  const { source } = request;
  const wake = store.committed;
  let leave: (() => void) | undefined;
  outlet.onClose(() => leave?.());
  const next = async (): Promise<void> => {
    const waiting = wake.wait();
    leave = waiting.leave;
    await waiting.fired;
  };
  if (source.kind === 'stream') await followStream(store, request, source, outlet, next);
  else await followAll(store, request, source, outlet, next);
}

async function followStream(
  store: Store,
  request: ReadRequest,
  { stream, from }: StreamSource,
  outlet: Outlet,
  next: () => Promise<void>,
): Promise<void> {
  if (store.streams.isTombstoned(stream)) throw new Refusal({ kind: 'stream-deleted', stream });
  // The position is the last event the client has seen: a subscription begins behind it.
  let seen = from === 'start' ? -1 : from === 'end' ? store.streams.head(stream).last : from;
  confirm(outlet);
  let live = false;
  while (outlet.isOpen) {
    const head = store.streams.head(stream);
    const hidden = store.streams.metadataOf(stream).softDeleted;
    if (hidden) seen = Math.max(seen, head.last);
    const events = head.id === undefined || seen >= head.last ? [] : nextEvents(head.id, head.last);
    for (const event of events) {
      seen = event.revision;
      if (!outlet.send(encodeDelivery(deliver(store, event, request.resolveLinks), request.uuids)))
        await outlet.ready();
      if (!outlet.isOpen) return;
    }
    if (events.length > 0) {
      await breathe();
      continue;
    }
    if (store.streams.isTombstoned(stream)) {
      const tombstone = head.id === undefined ? undefined : store.log.at(head.id, TOMBSTONE_REVISION);
      if (tombstone) outlet.send(encodeDelivery(deliver(store, tombstone, false), request.uuids));
      throw new Refusal({ kind: 'stream-deleted', stream });
    }
    if (!live) {
      live = true;
      outlet.send(CAUGHT_UP);
    }
    // The head is compared with what was seen and not with what was read: what is hidden must not be looked for again.
    const waitsFor = Math.max(seen, head.last);
    do await next();
    while (outlet.isOpen && !store.streams.isTombstoned(stream) && store.streams.head(stream).last <= waitsFor);
  }

  function nextEvents(id: number, last: number): readonly StoredEvent[] {
    const start = Math.max(seen + 1, live ? 0 : store.streams.firstVisible(stream, Date.now()));
    if (start > last) return [];
    return store.log.readStream(id, start, Math.min(PAGE, last - start + 1));
  }
}

async function followAll(
  store: Store,
  request: ReadRequest,
  { from, filter }: AllSource,
  outlet: Outlet,
  next: () => Promise<void>,
): Promise<void> {
  if (typeof from === 'number' && from > store.log.head) {
    throw new Refusal({ kind: 'invalid', message: 'Trying to read from an invalid position.' });
  }
  let seen = from === 'start' ? 0 : from === 'end' ? store.log.head : from;
  let checkpointed = seen;
  let considered = 0;
  const checkpoint = (): boolean => {
    considered = 0;
    if (seen <= checkpointed) return true;
    checkpointed = seen;
    return outlet.send(bytesField(3, varintField(1, seen), varintField(2, seen)));
  };
  confirm(outlet);
  let live = false;
  while (outlet.isOpen) {
    const events = seen >= store.log.head ? [] : store.log.readAfter(seen, PAGE);
    for (const event of events) {
      seen = event.position;
      if (isHiddenInAll(event.record)) continue;
      if (!filter || filter.matches(event.record)) {
        if (!outlet.send(encodeDelivery(deliver(store, event, request.resolveLinks), request.uuids))) {
          await outlet.ready();
          if (!outlet.isOpen) return;
        }
      }
      considered++;
      if (filter && considered >= filter.checkpointInterval && !checkpoint()) {
        await outlet.ready();
        if (!outlet.isOpen) return;
      }
    }
    if (events.length > 0) {
      // Live events come few at a time; only a reader with much before it has to make room for others.
      if (events.length === PAGE) await breathe();
      continue;
    }
    if (!live) {
      live = true;
      if (filter) checkpoint();
      outlet.send(CAUGHT_UP);
    }
    await next();
  }
}

function confirm(outlet: Outlet): void {
  outlet.send(bytesField(2, stringField(1, randomUUID())));
}
