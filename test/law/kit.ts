import type { Fact } from '../../src/domain/recorded-event.js';
import { type Assessment, assess } from '../../src/law/assess.js';
import { loadRuleBook, type RuleBook } from '../../src/law/book.js';
import type { Obligation } from '../../src/law/obligation.js';

/** The shipped law, loaded once for a file of tests. */
export const book: RuleBook = loadRuleBook();

/** Writes a fact; its id is given or made of its place in the list. */
export function fact(occurredOn: string, type: string, data: Fact['data'] = {}, eventId = ''): Fact {
  return { eventId, type, occurredOn, data, revision: 0, statedBy: eventId };
}

/** Numbers the facts of a history: `e0`, `e1` ... where no id was given. */
export function history(...facts: readonly Fact[]): readonly Fact[] {
  return facts.map((one, revision) => ({
    ...one,
    eventId: one.eventId || `e${revision}`,
    statedBy: one.eventId || `e${revision}`,
    revision,
  }));
}

export function worker(facts: readonly Fact[], law: RuleBook = book): Assessment {
  return assess(facts, law, { kind: 'worker', id: 'worker-1' });
}

export function obligation(facts: readonly Fact[], rule: string, law: RuleBook = book): Obligation {
  const found = [...worker(facts, law).obligations()].filter((one) => one.rule === rule);
  const [only] = found;
  if (only === undefined || found.length > 1) throw new Error(`${found.length} obligations of ${rule} instead of one`);
  return only;
}
