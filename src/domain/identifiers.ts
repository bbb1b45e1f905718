/** What there is to say about a 12-digit number of the state: why it is refused, or what is only odd about it. */
export interface NumberCheck {
  /** Why it cannot be a number that was ever issued; null when it can. Does not repeat the number. */
  readonly problem: string | null;
  /** What is unusual and worth a look. */
  readonly warnings: readonly string[];
}

const FIRST_WEIGHTS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
const SECOND_WEIGHTS = [3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2];

/**
 * The check digit of an IIN or BIN over its first 11 digits; null where none exists, because such a number is never issued.
 * The second set of weights is used only when the first gives 10.
 */
export function checkDigit(first11: string): number | null {
  const first = weighted(first11, FIRST_WEIGHTS);
  if (first < 10) return first;
  const second = weighted(first11, SECOND_WEIGHTS);
  return second < 10 ? second : null;
}

/**
 * Checks the number of an employer: a BIN, or the IIN of an individual who employs. A wrong check digit is refused; an odd
 * structure only warns, because numbers outside the published structure are met in practice.
 */
export function checkEmployerNumber(text: string): NumberCheck {
  const problem = checkDigitProblem(text);
  if (problem !== null) return { problem, warnings: [] };
  if (isBinShaped(text) || (centuryOf(text) !== null && birthDateExists(text))) return { problem: null, warnings: [] };
  return { problem: null, warnings: ['has neither the structure of a BIN nor that of an IIN: check it'] };
}

/**
 * Checks the IIN of a person. The check digit and the date of birth in it must be right; an unknown seventh digit only warns,
 * because some foreigners have one.
 */
export function checkIin(text: string): NumberCheck {
  const problem = checkDigitProblem(text);
  if (problem !== null) return { problem, warnings: [] };
  if (centuryOf(text) === null) {
    return { problem: null, warnings: ['its seventh digit names no century: met with some foreigners, but check it'] };
  }
  if (!birthDateExists(text)) return { problem: 'begins with a date of birth that does not exist', warnings: [] };
  return { problem: null, warnings: [] };
}

function checkDigitProblem(text: string): string | null {
  if (!/^\d{12}$/.test(text)) return 'must be 12 digits';
  const expected = checkDigit(text.slice(0, 11));
  if (expected === null) return 'has 11 first digits that no check digit fits: such a number is never issued';
  if (expected !== Number(text[11])) return 'has a wrong check digit, so at least one digit is mistyped';
  return null;
}

function weighted(digits: string, weights: readonly number[]): number {
  return weights.reduce((sum, weight, index) => sum + weight * Number(digits[index]), 0) % 11;
}

function isBinShaped(text: string): boolean {
  const month = Number(text.slice(2, 4));
  return month >= 1 && month <= 12 && /[456]/.test(text.charAt(4)) && /[0-3]/.test(text.charAt(5));
}

function centuryOf(iin: string): number | null {
  const digit = Number(iin[6]);
  return digit >= 1 && digit <= 6 ? 1800 + 100 * Math.floor((digit - 1) / 2) : null;
}

function birthDateExists(iin: string): boolean {
  const year = (centuryOf(iin) ?? 2000) + Number(iin.slice(0, 2));
  const month = Number(iin.slice(2, 4));
  const day = Number(iin.slice(4, 6));
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}
