import { eventTypes } from '../domain/catalogue.js';
import { ERASED } from '../domain/events/erasure.js';
import { CORRECTED } from '../domain/history.js';
import type { KeptLog } from '../reading/kept-log.js';

/** Why a family member's key outlives the erasure of a worker. */
export type Tie = 'is-worker' | 'in-other-family';

const OF_MEMBERS = [
  ...[...eventTypes.values()].filter(({ personField }) => personField === 'memberId').map(({ type }) => type),
  CORRECTED,
];

/**
 * Whose keys also open what belongs to somebody who was not erased: family members of one worker who are workers
 * themselves, or are recorded in another worker's stream too. Goes through all events about family members, and once per
 * erasure only, so that no write pays for an index.
 */
export function tiesOf(log: KeptLog, worker: string, members: readonly string[]): ReadonlyMap<string, Tie> {
  const ties = new Map<string, Tie>();
  if (members.length === 0) return ties;
  const isErased = (stream: string) => {
    const number = log.streamNumber(stream);
    return number !== null && log.ofStream(number, log.lastSeq).some(({ type }) => type === ERASED);
  };
  for (const { id, stream } of log.streamsNaming(OF_MEMBERS, 'memberId', members)) {
    if (stream !== worker && !isErased(stream)) ties.set(id, 'in-other-family');
  }
  for (const member of members) {
    const stream = `worker-${member}`;
    if (log.streamNumber(stream) !== null && !isErased(stream)) ties.set(member, 'is-worker');
  }
  return ties;
}
