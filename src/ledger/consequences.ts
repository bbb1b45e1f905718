import type { Obligation } from '../law/obligation.js';

/** What a write changed among the obligations. One that was opened and closed by the same array stands in both lists. */
export interface Consequences {
  readonly opened: readonly Obligation[];
  readonly closed: readonly Obligation[];
}

/** Whether an obligation asks for nothing any more: met or void. */
export function isClosed({ metOn, voidOn }: Obligation): boolean {
  return metOn !== null || voidOn !== null;
}

const TRIGGER_GONE = 'The event that opened it was corrected or retracted.';

/**
 * What changed from one assessment to another. An obligation whose trigger no longer stands is closed: it is given as void
 * from the day of its trigger.
 * @param goneBecause why obligations are there no more
 */
export function difference(
  before: Iterable<Obligation>,
  after: Iterable<Obligation>,
  goneBecause = TRIGGER_GONE,
): Consequences {
  const former = new Map<string, Obligation>();
  for (const obligation of before) former.set(obligation.id, obligation);
  const opened: Obligation[] = [];
  const closed: Obligation[] = [];
  for (const obligation of after) {
    const was = former.get(obligation.id);
    former.delete(obligation.id);
    const now = isClosed(obligation);
    if (was === undefined || (isClosed(was) && !now)) opened.push(obligation);
    if (now && (was === undefined || !isClosed(was))) closed.push(obligation);
  }
  for (const gone of former.values()) {
    if (isClosed(gone)) continue;
    closed.push({
      ...gone,
      voidOn: gone.triggeredBy.occurredOn,
      voidReason: goneBecause,
    });
  }
  return { opened, closed };
}
