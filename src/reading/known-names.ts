import { eventTypes } from '../domain/catalogue.js';
import { type FieldProblem, Refusal } from '../domain/refusal.js';
import type { RuleBook } from '../law/book.js';

/** Filters of a list that name something of the law or of the catalogue. */
export interface NamingFilters {
  readonly rule?: string | undefined;
  readonly region?: string | undefined;
  readonly types?: readonly string[] | undefined;
}

/**
 * Refuses filters that name what does not exist: the empty list they would give reads as "nothing is overdue".
 * @throws Refusal 400 with the filter and where the names are listed
 */
export function refuseUnknownNames(book: RuleBook, { rule, region, types = [] }: NamingFilters): void {
  const errors: FieldProblem[] = [];
  if (rule !== undefined && !book.rules.has(rule)) {
    errors.push({ path: 'rule', message: `"${rule}" is no rule of the law: GET /v1/rules lists them` });
  }
  if (region !== undefined && !book.regions.has(region)) {
    const codes = [...book.regions.keys()].join(', ');
    errors.push({ path: 'region', message: `"${region}" is no region of Kazakhstan: use one of ${codes}` });
  }
  for (const type of types) {
    if (!eventTypes.has(type)) {
      errors.push({ path: 'types', message: `"${type}" is no event type: GET /v1/event-types lists them` });
    }
  }
  if (errors.length === 0) return;
  throw new Refusal({
    code: 'unknown-filter',
    status: 400,
    detail: errors.map(({ path, message }) => `${path}: ${message}`).join('; '),
    remedy: 'Mend the filter and ask again.',
    errors,
  });
}
