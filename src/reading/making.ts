import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RecordedEvent } from '../domain/recorded-event.js';
import { decode as decodeStored } from '../ledger/codec.js';
import type { KeptEvent } from './kept-log.js';

/** Turns a kept event into what the domain knows. Throws when it cannot: the event is then parked. */
export type Decode = (kept: KeptEvent) => RecordedEvent;

/** Everything that turns events into rows, seen from this folder. The law's data has a hash of its own. */
const ROOMS = ['../domain', '../law', '../../projections'];
const FILES = ['stream-fold', 'row-tables', 'projector', 'load-streams', 'law-in-force', '../ledger/codec'];
const CODE = /(?<!\.d)\.[jt]s$/;

/** SHA-256 over the program that makes the rows: after an upgrade they are made anew, and nobody has to think of it. */
export function programHash(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const hash = createHash('sha256');
  for (const room of ROOMS) {
    const names = readdirSync(join(here, room), { recursive: true, encoding: 'utf8' });
    for (const name of names.filter((file) => CODE.test(file)).sort()) {
      hash
        .update(name)
        .update('\0')
        .update(readFileSync(join(here, room, name)))
        .update('\0');
    }
  }
  const own = readdirSync(here).filter((name) => CODE.test(name));
  for (const file of FILES) {
    const folder = join(here, dirname(file));
    const wanted = new RegExp(`^${file.split('/').at(-1)}\\.[jt]s$`);
    const name = (folder === here ? own : readdirSync(folder)).find((candidate) => wanted.test(candidate));
    if (name !== undefined)
      hash
        .update(name)
        .update('\0')
        .update(readFileSync(join(folder, name)));
  }
  return hash.digest('hex');
}

/**
 * Reads a kept event as the domain knows it today.
 * @throws UnreadableEvent
 */
export const decode: Decode = (kept: KeptEvent) =>
  decodeStored({
    id: kept.id,
    stream: kept.stream,
    type: kept.type,
    revision: kept.revision,
    position: kept.position,
    recordedAt: kept.recordedAt,
    data: JSON.parse(kept.data) as unknown,
    metadata: JSON.parse(kept.metadata) as unknown,
  });
