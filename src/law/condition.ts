import type { Condition, Test } from './schema.js';
import { plainText } from './state.js';
import { FACTS, type FactValue, type Scope } from './vocabulary.js';

export type Holds = (scope: Scope) => boolean;

const ALWAYS: Holds = () => true;

/** Turns a condition of the law's files into a function; throws a sentence for a word it does not know. */
export function compileCondition(condition: Condition | undefined): Holds {
  if (condition === undefined) return ALWAYS;
  const parts = Object.entries(condition).flatMap(([word, asked]) =>
    asked === undefined ? [] : [compilePart(word, asked)],
  );
  return parts.reduce((all, part) => (all === ALWAYS ? part : (scope) => all(scope) && part(scope)), ALWAYS);
}

function compilePart(word: string, asked: Test | readonly Condition[]): Holds {
  if (word === 'anyOf') {
    const options = (asked as readonly Condition[]).map(compileCondition);
    return (scope) => options.some((holds) => holds(scope));
  }
  if (word === 'noneOf') {
    const options = (asked as readonly Condition[]).map(compileCondition);
    return (scope) => !options.some((holds) => holds(scope));
  }
  const passes = compileTest(asked as Test);
  if (word.startsWith('event.')) {
    const field = word.slice('event.'.length);
    return ({ fact }) => passes(fieldValue(fact.data[field]));
  }
  const read = FACTS[word];
  if (read === undefined) {
    throw new Error(
      `"${word}" is not a condition the ledger knows. Write event.<field>, anyOf, noneOf, or one of ${Object.keys(FACTS).join(', ')}.`,
    );
  }
  return (scope) => passes(read(scope));
}

function fieldValue(value: unknown): FactValue {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
}

function compileTest(asked: Test): (value: FactValue) => boolean {
  if (Array.isArray(asked)) {
    if (asked.length === 0) throw new Error('A list of values is empty: name one value at least.');
    const options = new Set(asked.map(comparable));
    return (value) =>
      Array.isArray(value) ? value.some((one) => options.has(comparable(one))) : options.has(comparable(value));
  }
  if (typeof asked !== 'object' || asked === null) {
    const wanted = comparable(asked);
    return (value) =>
      Array.isArray(value) ? value.some((one) => comparable(one) === wanted) : comparable(value) === wanted;
  }
  const { atLeast, atMost, not, given } = asked as Exclude<Test, boolean | number | string | null | readonly unknown[]>;
  const banned = not === undefined ? null : new Set((Array.isArray(not) ? not : [not]).map(comparable));
  return (value) => {
    if (given !== undefined && (value !== null) !== given) return false;
    if (atLeast !== undefined && !(typeof value === 'number' && value >= atLeast)) return false;
    if (atMost !== undefined && !(typeof value === 'number' && value <= atMost)) return false;
    if (banned === null) return true;
    return Array.isArray(value) ? !value.some((one) => banned.has(comparable(one))) : !banned.has(comparable(value));
  };
}

/** Words compare without case and spaces, as everywhere in the law. */
function comparable(value: unknown): unknown {
  return typeof value === 'string' ? plainText(value) : value;
}
