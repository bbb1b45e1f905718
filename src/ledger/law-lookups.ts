import type { Day } from '../domain/dates.js';
import type { LawLimit, PermitLaw } from '../domain/permits.js';
import type { RuleBook } from '../law/book.js';

/** Parameters of the law whose breach has to be acknowledged by that name. */
const EXTENSION_LIMIT = 'extension-limit';
const EXTENSION_GAP = 'extension-gap-days';
/** The finding whose breach has to be acknowledged before an invitation is recorded. */
const OTHER_NAME = 'invitation-on-other-name';

/** What the write side asks the rule book: whether codes exist, and the limits that a caller has to acknowledge. */
export class LawLookups implements PermitLaw {
  constructor(readonly book: RuleBook) {}

  /** Why a code does not stand in its list; null when it does. */
  problemOf(list: 'region' | 'country', code: string): string | null {
    if (list === 'country') {
      return this.book.countries.exists(code)
        ? null
        : 'is no country of ISO 3166-1: check the two letters, such as TR or UZ';
    }
    if (this.book.regions.has(code)) return null;
    return `is no region of Kazakhstan: use one of ${[...this.book.regions.keys()].join(', ')}`;
  }

  extensionsOf(category: string, on: Day): LawLimit<number> | null {
    return this.#limit(EXTENSION_LIMIT, on, category);
  }

  /** The new term may begin on the last day of the old one, or at most so many days later as the law's data says. */
  extensionGapDays(on: Day): LawLimit<{ readonly least: number; readonly most: number }> | null {
    const limit = this.#limit(EXTENSION_GAP, on);
    return limit === null ? null : { ...limit, value: { least: 0, most: limit.value } };
  }

  sameNameForInvitation(on: Day): LawLimit<true> | null {
    const finding = this.book.papers.findings.find((one) => one.finding === OTHER_NAME);
    if (finding === undefined || on < finding.validFrom) return null;
    return { value: true, rule: OTHER_NAME, reference: finding.reference };
  }

  #limit(name: string, on: Day, purpose?: string): LawLimit<number> | null {
    if (!this.book.parameters.has(name)) return null;
    const { known } = this.book.parameter(name, purpose === undefined ? { on } : { on, purpose });
    return known !== null && typeof known.value === 'number'
      ? { value: known.value, rule: name, reference: known.reference }
      : null;
  }
}
