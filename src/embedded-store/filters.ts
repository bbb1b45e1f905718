import { boundedTest } from './bounded-test.js';
import { streamOf, typeOf } from './record.js';
import { Refusal } from './refusal.js';

/** Which events of $all a reader wants, and how often it hears how far the search has come. */
export interface Filter {
  matches(record: Buffer): boolean;
  /** Events looked at between two checkpoints. */
  readonly checkpointInterval: number;
}

export interface Expression {
  readonly on: 'stream' | 'type';
  readonly regex: string;
  readonly prefixes: readonly string[];
}

const DEFAULT_WINDOW = 32;
const HIDDEN = '$persistentsubscription-$all::';

/** Compiles a filter; a regular expression wins over prefixes. Throws a Refusal when it cannot be compiled. */
export function compileFilter(expression: Expression, window: number | undefined, multiplier: number): Filter {
  if (multiplier < 1) {
    throw new Refusal({ kind: 'invalid', message: 'The checkpoint interval multiplier must be greater than 0.' });
  }
  const test = compileExpression(expression);
  const textOf = expression.on === 'stream' ? streamOf : typeOf;
  return {
    matches: (record) => test(textOf(record)),
    checkpointInterval: Math.max(window ?? DEFAULT_WINDOW, 1) * multiplier,
  };
}

function compileExpression({ regex, prefixes }: Expression): (text: string) => boolean {
  if (regex === '') return (text) => prefixes.some((prefix) => text.startsWith(prefix));
  try {
    return boundedTest(new RegExp(regex, 'u'));
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    throw new Refusal({ kind: 'invalid', message: `The filter is no regular expression: ${cause}` });
  }
}

/** The bookkeeping of groups on $all is kept out of $all, or reading would make more to read. */
export function isHiddenInAll(record: Buffer): boolean {
  const stream = streamOf(record);
  return stream.charCodeAt(0) === 36 && stream.startsWith(HIDDEN);
}
