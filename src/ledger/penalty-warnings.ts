import type { EventData } from '../domain/event-type.js';
import type { FieldProblem } from '../domain/refusal.js';
import { assess } from '../law/assess.js';
import type { RuleBook } from '../law/book.js';
import type { ParsedEvent } from './parse-events.js';
import type { Draft } from './stream-fold.js';

/**
 * What of a recorded penalty does not look like one that the law's data has: it is recorded all the same, for courts err
 * and articles are missing here, but a typing error would stand in every sum.
 */
export function penaltyWarnings(
  draft: Draft,
  events: readonly ParsedEvent[],
  inArray: boolean,
): readonly FieldProblem[] {
  const { book } = draft.fold;
  return events.flatMap(({ type, data }, index) => {
    if (type.type !== 'PenaltyImposed') return [];
    const place = inArray ? `[${index}].data` : 'data';
    return [...articleWarnings(book, data, place), ...breachWarnings(draft, data, place)];
  });
}

function articleWarnings(book: RuleBook, { article }: EventData, place: string): readonly FieldProblem[] {
  if (typeof article !== 'string') return [];
  const known = [...book.penalties.values()].map((penalty) => penalty.article);
  if (known.some((one) => digitsOf(one) === digitsOf(article))) return [];
  const message = `is no article that the law's data has, so the penalty makes no later offence a repeat: those it has are ${known.join(', ')}`;
  return [{ path: `${place}.article`, message }];
}

function breachWarnings(draft: Draft, data: EventData, place: string): readonly FieldProblem[] {
  const { fold } = draft;
  const id = String(data['obligationId']);
  const duty = fold.assessment.get(id) ?? assess(draft.facts, fold.book, fold).get(id);
  if (duty === undefined) return [];
  const warnings: FieldProblem[] = [];
  const opened = String(data['caseOpenedOn']);
  if (duty.dueOn !== null && opened <= duty.dueOn) {
    const message = `the last day of the duty, ${duty.dueOn}, had not passed: check the day, or the obligation`;
    warnings.push({ path: `${place}.caseOpenedOn`, message });
  }
  const amounts = amountsOf(fold.book, duty.penalty);
  const mci = Number(data['mci']);
  if (amounts.length > 0 && !amounts.includes(mci)) {
    const message = `${mci} is none of the amounts that the law's data has for this breach, first or repeated: ${amounts.join(', ')}`;
    warnings.push({ path: `${place}.mci`, message });
  }
  return warnings;
}

/** Every amount of a penalty and of its repeat, in MCI, over all classes and years; 0 where a class gets a warning. */
function amountsOf(book: RuleBook, key: string | null): readonly number[] {
  const first = key === null ? undefined : book.penalties.get(key);
  const repeat = first?.repeat === undefined ? undefined : book.penalties.get(first.repeat);
  const tiers = [first, repeat].flatMap(
    (penalty) => penalty?.versions.flatMap((one) => Object.values(one.tiers)) ?? [],
  );
  const amounts = tiers.map((amount) => (amount === 'warning' ? 0 : amount));
  return [...new Set(amounts)].sort((a, b) => a - b);
}

function digitsOf(article: string): string {
  return (article.match(/\d+/g) ?? []).join('-');
}
