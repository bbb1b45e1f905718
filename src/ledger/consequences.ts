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

const NO_LONGER_ASKED = 'By what is known now nothing asks for it.';

/**
 * What changed from one assessment to another. An obligation that is there no more, whether it was open, met or void, is
 * closed: it is given as void from the day of its trigger.
 * @param goneBecause why obligations are there no more: an amendment, a late event and another law can all be behind it
 */
export function difference(
  before: Iterable<Obligation>,
  after: Iterable<Obligation>,
  goneBecause = NO_LONGER_ASKED,
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
    const { occurredOn } = gone.triggeredBy;
    closed.push({ ...gone, submittedOn: null, metOn: null, metBy: null, voidOn: occurredOn, voidReason: goneBecause });
  }
  return { opened, closed };
}
