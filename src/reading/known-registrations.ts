import { standingFacts } from '../domain/history.js';
import type { Candidate } from '../domain/refusal.js';
import type { RegistrationsWith } from '../ledger/planning.js';
import { decode } from './making.js';
import { type ReadModel, ReadSideBehind } from './read-model.js';
import type { OpenRows } from './read-store.js';
import { STANDING } from './row-tables.js';

const LONGEST_WAIT_MS = 5_000;

/** Registrations that are named; the others are only counted. */
const MOST_NAMED = 50;

interface WorkerStream {
  readonly number: number;
  readonly name: string;
}

/**
 * For the write side: what is known of the workers registered with an employer, whatever became of them since. Where the
 * rows do not know everything up to a position in time this throws `ReadSideBehind`: no answer is better than a wrong one, for
 * what is asked here is whether something may be taken away. A registration that cannot be read (a parked event) is not known.
 */
export function registrationsWith(model: ReadModel): RegistrationsWith {
  return async (bin, upTo) => {
    await model.waitFor(upTo, LONGEST_WAIT_MS);
    const { current } = model;
    const { status, behind } = model.health();
    if (status === 'starting' || behind > 0) {
      throw new ReadSideBehind('The read side does not know yet which workers are registered with this employer.', 1);
    }
    const streams = current.connection.all<WorkerStream & { readonly [column: string]: string | number }>(
      `SELECT DISTINCT s.number, s.name FROM status w INDEXED BY status_employer
       CROSS JOIN log.streams s ON s.number = w.stream
       WHERE w.employer = ? AND w.known_until = ${STANDING} ORDER BY w.stream`,
      bin,
    );
    return {
      count: streams.length,
      first: streams.slice(0, MOST_NAMED).flatMap((stream) => registrationIn(current, stream)),
    };
  };
}

function registrationIn({ log, rows }: OpenRows, { number, name }: WorkerStream): readonly Candidate[] {
  const parked = new Set(rows.parked({ stream: name }).map(({ seq }) => seq));
  const events = log.ofStream(number, rows.seq()).filter(({ seq }) => !parked.has(seq));
  const found = standingFacts(events.map(decode)).find(({ type }) => type === 'WorkerRegistered');
  if (found === undefined) return [];
  const { eventId, type, occurredOn } = found;
  return [{ eventId, type, occurredOn, stream: name }];
}
