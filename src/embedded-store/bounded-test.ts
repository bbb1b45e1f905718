import { createContext, Script } from 'node:vm';
import { Refusal } from './refusal.js';

// A backtracking expression can run for years on a short text, and a filter comes from any client. Interrupting one
// costs 0.2 ms, so only those that could run long are watched.

const LONGEST_TEST_MS = 100;
const LONGEST_PATTERN = 10_000;
const SHORT_TEXT = 256;
const QUANTIFIED_GROUP = /\)[*+{?]/;
const UNBOUNDED = /[*+]|\{\d+,/g;
const BACK_REFERENCE = /\\[1-9k]/;

/**
 * A test of texts that takes at most 0.1 s each. Throws a Refusal for a pattern that is too long, and when a text takes
 * longer.
 */
export function boundedTest(pattern: RegExp): (text: string) => boolean {
  const { source } = pattern;
  if (source.length > LONGEST_PATTERN) {
    throw new Refusal({ kind: 'invalid', message: `The filter's expression is longer than ${LONGEST_PATTERN}.` });
  }
  const watched = watchedTest(pattern);
  if (!isTame(source)) return watched;
  return (text) => (text.length <= SHORT_TEXT ? pattern.test(text) : watched(text));
}

/** At most two open-ended repetitions and none of a group: the steps grow no faster than the cube of the length. */
function isTame(source: string): boolean {
  const isRepeated = QUANTIFIED_GROUP.test(source) || BACK_REFERENCE.test(source);
  return !isRepeated && (source.match(UNBOUNDED)?.length ?? 0) <= 2;
}

function watchedTest(pattern: RegExp): (text: string) => boolean {
  const script = new Script('pattern.test(text)');
  const globals = { pattern, text: '' };
  let context: ReturnType<typeof createContext> | undefined;
  return (text) => {
    context ??= createContext(globals);
    globals.text = text;
    try {
      return script.runInContext(context, { timeout: LONGEST_TEST_MS }) as boolean;
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
      const shown = pattern.source.slice(0, 80);
      const message = `The filter's regular expression ${shown} takes too long: avoid repeated groups such as (a+)+.`;
      throw new Refusal({ kind: 'invalid', message });
    }
  };
}
