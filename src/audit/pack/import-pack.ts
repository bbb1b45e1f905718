import { isOfLaw, isOurs } from '../../domain/event-type.js';
import {
  type EventStore,
  type NewEvent,
  NO_REVISION,
  type StoredEvent,
  WrongRevision,
} from '../../ledger/event-store.js';
import { ChainCheck } from '../chain-check.js';
import { type Pack, PackError } from './archive.js';

/** An event as it stands in a pack. */
interface PackedEvent extends NewEvent {
  readonly stream: string;
  readonly revision: number;
}

export interface ImportAnswer {
  /** Events that were written. */
  readonly events: number;
  /** Events of the pack that the store held already. */
  readonly held: number;
  /** Streams of the pack. */
  readonly streams: number;
  /** Events of the pack that were written without a hash: nothing proves them. */
  readonly unchained: number;
  /** Commit position of the last event of the pack. */
  readonly position: string;
}

/** Events of one stream in one append at most, in number and in characters: a store takes a megabyte. */
const MOST_EVENTS = 200;
const MOST_CHARACTERS = 400_000;

/**
 * Puts the events of a pack into a store as they are: ids, data, metadata and hashes. Done again, or after it was broken
 * off, it adds what is missing. Events stand in the order of the pack; when each was recorded stays in its metadata.
 * Nothing is written into a store that holds anything but the first events of the pack, in its order.
 * @param onProgress told now and then how many events were checked or written
 * @throws PackError when the pack is damaged or not whole, its chain is broken, or the store holds another history
 */
export async function importPack(
  pack: Pack,
  store: EventStore,
  onProgress: (stage: 'checked' | 'written', events: number) => void = () => {},
): Promise<ImportAnswer> {
  const { manifest } = pack;
  if (!manifest.complete) {
    throw new PackError(
      'The pack begins in the middle of its histories (it was made with --from): only whole ones can be imported.',
    );
  }
  const [damage] = await pack.damages();
  if (damage !== undefined) throw new PackError(`${damage.file} ${damage.what}: nothing was imported.`);
  const { streams, unchained } = await checkEvents(pack, onProgress);
  const held = await heldOf(pack, store);
  const { events, position } = await append(pack, store, held, onProgress);
  await compareOrder(pack, store);
  return { events, held: held.events, streams, unchained, position };
}

/**
 * Looks at every line of the events: that it is an event of ours, fits into the chain of its stream, and that there are as
 * many as the manifest says. What `damages` says of files is not enough: whoever changes an event can make the hashes of
 * the files anew, but not those of all events that follow it.
 * @throws PackError naming the first line that does not fit
 */
export async function checkEvents(
  pack: Pack,
  onProgress: (stage: 'checked', events: number) => void = () => {},
): Promise<Pick<ImportAnswer, 'events' | 'streams' | 'unchained'>> {
  const check = new ChainCheck({ isPart: !pack.manifest.complete });
  let line = 0;
  for await (const text of pack.events()) {
    line += 1;
    const damage = check.take({ ...eventIn(text, line), position: `line ${line}` });
    if (damage !== null) throw new PackError(`The chain is broken: ${damage.what} Nothing was imported.`);
    if (line % 10_000 === 0) onProgress('checked', line);
  }
  const { events, streams, unchained } = check.report();
  if (events !== pack.manifest.events) {
    throw new PackError(
      `events.jsonl has ${events} events and the manifest says ${pack.manifest.events}: nothing was imported.`,
    );
  }
  onProgress('checked', events);
  return { events, streams, unchained };
}

/** What a store holds of a pack. */
interface Held {
  readonly events: number;
  /** Commit position of the last of them. */
  readonly position: string;
}

/**
 * How much of a pack a store holds: its first events, in its order, and nothing else but the law of that ledger.
 * @throws PackError when it holds anything else
 */
async function heldOf(pack: Pack, store: EventStore): Promise<Held> {
  const ours = pack.events();
  let held: Held = { events: 0, position: '0' };
  let refusal: PackError | null = null;
  for await (const event of store.readAll()) {
    // Read to its end: a read of the client that is left early never closes.
    if (refusal !== null || isOfLaw(event.stream)) continue;
    const next = await ours.next();
    const expected = next.done === true ? null : eventIn(next.value, held.events + 1);
    if (expected === null || !isSame(event, expected)) refusal = foreign(event, held.events);
    else held = { events: held.events + 1, position: event.position };
  }
  if (refusal !== null) throw refusal;
  return held;
}

function isSame(stored: StoredEvent, { stream, revision, id, metadata }: PackedEvent): boolean {
  const hashOf = (from: unknown) => (from as { hash?: unknown } | null)?.hash;
  const isHere = stored.stream === stream && stored.revision === revision && stored.id === id;
  return isHere && hashOf(stored.metadata) === hashOf(metadata);
}

function foreign({ stream, revision }: StoredEvent, before: number): PackError {
  const place = before === 0 ? 'from its first event on' : `after the first ${before} events of the pack`;
  return new PackError(
    `The store already holds another history, ${place}: event ${revision} of ${stream}. Nothing was imported. Import into an empty ledger, or one that holds only the beginning of this pack, in its order.`,
  );
}

async function append(
  pack: Pack,
  store: EventStore,
  held: Held,
  onProgress: (stage: 'written', events: number) => void,
): Promise<{ readonly events: number; readonly position: string }> {
  let { position } = held;
  let written = 0;
  // One after the other: appends sent together may come into the log in another order, and with it what was known when.
  for await (const run of runs(pack, held.events)) {
    ({ position } = await appendRun(store, run));
    written += run.length;
    onProgress('written', written);
  }
  return { events: written, position };
}

async function appendRun(store: EventStore, run: readonly PackedEvent[]) {
  const [first] = run;
  if (first === undefined) throw new Error('a run without events');
  const expected = first.revision === 0 ? NO_REVISION : first.revision - 1;
  const events = run.map(({ id, type, data, metadata }) => ({ id, type, data, metadata }));
  try {
    return await store.append(first.stream, events, expected);
  } catch (error) {
    if (!(error instanceof WrongRevision)) throw error;
    throw new PackError(
      `Somebody else wrote to ${first.stream} meanwhile, so it holds another history now: stop what records, and import into an empty ledger.`,
    );
  }
}

/** Consecutive events of one stream after the first ones, as many as one append takes. */
async function* runs(pack: Pack, after: number): AsyncGenerator<readonly PackedEvent[]> {
  let run: PackedEvent[] = [];
  let characters = 0;
  let line = 0;
  for await (const text of pack.events()) {
    line += 1;
    if (line <= after) continue;
    const event = eventIn(text, line);
    const isFull = run.length >= MOST_EVENTS || characters + text.length > MOST_CHARACTERS;
    if (run.length > 0 && (isFull || run[0]?.stream !== event.stream)) {
      yield run;
      run = [];
      characters = 0;
    }
    run.push(event);
    characters += text.length;
  }
  if (run.length > 0) yield run;
}

/** What is known when follows from the order of the log: it must be that of the pack. */
async function compareOrder(pack: Pack, store: EventStore): Promise<void> {
  const ours = pack.events();
  let line = 0;
  let next = await ours.next();
  for await (const { id } of store.readAll()) {
    if (next.done === true) return;
    const expected = eventIn(next.value, line + 1).id;
    if (id !== expected) continue;
    line += 1;
    next = await ours.next();
  }
  if (next.done === true) return;
  throw new PackError(
    `The store took the events in another order than the pack, from line ${line + 1} on: moments of knowledge would not be the same.`,
  );
}

function eventIn(text: string, line: number): PackedEvent {
  let event: Partial<PackedEvent>;
  try {
    event = JSON.parse(text) as Partial<PackedEvent>;
  } catch {
    throw new PackError(`Line ${line} of events.jsonl is not JSON.`);
  }
  const { stream, revision, id, type, data, metadata } = isObject(event) ? event : {};
  const isEvent =
    typeof stream === 'string' && typeof id === 'string' && typeof type === 'string' && Number.isSafeInteger(revision);
  if (!isEvent || !isOurs(stream) || !isObject(data) || !isObject(metadata)) {
    throw new PackError(`Line ${line} of events.jsonl is no event of a worker or an employer.`);
  }
  return { stream, revision: Number(revision), id, type, data, metadata };
}

function isObject<T>(value: T): value is T & object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
