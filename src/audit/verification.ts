import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { EventStore, StoreDamaged } from '../ledger/event-store.js';
import { ChainCheck, type ChainReport, type CheckedEvent, type Damage, type LostRecord } from './chain-check.js';

/** How far a verification is, and each event that does not fit as it is met. */
export type VerificationLine =
  | { readonly events: number; readonly position: string }
  | { readonly damage: Damage }
  | { readonly report: VerificationReport };

export interface VerificationReport extends ChainReport {
  /** How the log was read: through the client of the store, or from the embedded store's own files. */
  readonly read: 'client' | 'files';
  /** Position of the last event looked at. */
  readonly position: string;
  readonly seconds: number;
}

/** What one place of a log's files holds: an event, or nothing that could be looked at. */
export type FiledRecord =
  | (CheckedEvent & { readonly isLost?: false | undefined })
  | (LostRecord & { readonly isLost: true });

const EVENTS_A_LINE = 10_000;

/** Events that do not fit are told one by one up to here; beyond they are only counted. */
const DAMAGES_TOLD = 100;

/** Recomputes the chain of every stream from what the store itself gives, embedded or remote. */
@Injectable()
export class Verification {
  constructor(private readonly store: EventStore) {}

  run(): AsyncGenerator<VerificationLine, VerificationReport, undefined> {
    return verify(this.store);
  }
}

/** Reads the whole log through the client; memory does not grow with it, but for one hash per stream. */
export async function* verify(store: EventStore): AsyncGenerator<VerificationLine, VerificationReport, undefined> {
  const run = new Run('client');
  try {
    for await (const page of store.readPages()) yield* run.take(page);
  } catch (error) {
    if (!(error instanceof StoreDamaged)) throw error;
    yield* run.end(error);
  }
  return yield* run.report();
}

/**
 * Verifies what the files of the embedded store hold, where no store runs: faster, and it sees more, since every place of
 * the log is there to be counted.
 */
export async function* verifyFiles(
  pages: Iterable<readonly FiledRecord[]>,
): AsyncGenerator<VerificationLine, VerificationReport, undefined> {
  const run = new Run('files');
  for (const page of pages) {
    yield* run.take(page);
    await nextTurn();
  }
  return yield* run.report();
}

class Run {
  readonly #read: VerificationReport['read'];
  readonly #check = new ChainCheck();
  readonly #startedAt = performance.now();
  #events = 0;
  #lines = 0;
  #told = 0;
  #position = '0';

  constructor(read: VerificationReport['read']) {
    this.#read = read;
  }

  *take(page: readonly FiledRecord[]): Generator<VerificationLine, void, undefined> {
    for (const record of page) {
      const damage = record.isLost === true ? this.#check.takeLost(record) : this.#check.take(record);
      if (record.position !== null) this.#position = record.position;
      if (damage !== null) yield* this.#tell(damage);
    }
    this.#events += page.length;
    if (this.#events < (this.#lines + 1) * EVENTS_A_LINE) return;
    this.#lines = Math.floor(this.#events / EVENTS_A_LINE);
    yield { events: this.#events, position: this.#position };
  }

  /** The store gives nothing more out: the rest of the log is not known. */
  *end(error: StoreDamaged): Generator<VerificationLine, void, undefined> {
    const { position, stream, revision } = error.place;
    const isFiled = stream !== null && revision !== null;
    const fault = `${inPlainWords(error)} The store hands out nothing beyond it, so the rest was not looked at: stop the service and verify its files.`;
    const kind = error.hasRecord ? 'damaged-record' : 'lost-record';
    yield* this.#tell(
      this.#check.takeLost({ stream: isFiled ? stream : null, revision: revision ?? 0, position, fault, kind }),
    );
  }

  *report(): Generator<VerificationLine, VerificationReport, undefined> {
    const seconds = Math.round(performance.now() - this.#startedAt) / 1_000;
    const report = { ...this.#check.report(), read: this.#read, position: this.#position, seconds };
    yield { report };
    return report;
  }

  *#tell(damage: Damage): Generator<VerificationLine, void, undefined> {
    if (this.#told >= DAMAGES_TOLD) return;
    this.#told += 1;
    yield { damage };
  }
}

function inPlainWords({ place, hasRecord, message }: StoreDamaged): string {
  const { position, stream, revision } = place;
  if (position === null) return `The store tells of damage in its log: ${message.replace(/\.$/, '')}.`;
  if (!hasRecord) return `The event at position ${position} is missing from the log of the store.`;
  const which = stream === null || revision === null ? '' : `, revision ${revision} of ${stream},`;
  return `The event at position ${position}${which} was damaged on the disk: it does not match its check sum in the store.`;
}
