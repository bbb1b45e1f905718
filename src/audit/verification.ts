import { Injectable } from '@nestjs/common';
import { EventStore } from '../ledger/event-store.js';
import { ChainCheck, type ChainReport, type Damage } from './chain-check.js';

/** How far a verification is, and each event that does not fit as it is met. */
export type VerificationLine =
  | { readonly events: number; readonly position: string }
  | { readonly damage: Damage }
  | { readonly report: VerificationReport };

export interface VerificationReport extends ChainReport {
  /** Position of the last event looked at. */
  readonly position: string;
  readonly seconds: number;
}

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
  const check = new ChainCheck();
  const startedAt = performance.now();
  let events = 0;
  let told = 0;
  let position = '0';
  for await (const event of store.readAll()) {
    const damage = check.take(event);
    ({ position } = event);
    events += 1;
    if (damage !== null && told < DAMAGES_TOLD) {
      told += 1;
      yield { damage };
    }
    if (events % EVENTS_A_LINE === 0) yield { events, position };
  }
  const seconds = Math.round(performance.now() - startedAt) / 1_000;
  const report = { ...check.report(), position, seconds };
  yield { report };
  return report;
}
