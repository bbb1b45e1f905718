import { withHiddenShown } from '../domain/hidden.js';

/** Where commands write and how: tables for people, JSON for programs. */
export interface Output {
  readonly json: boolean;
  line(text: string): void;
  /** Goes to stderr: remarks that are no part of the answer. */
  remark(text: string): void;
}

/** A command ends in a refusal or with findings: exit status 1, and this sentence. */
export class Refused extends Error {}

/** A command was called wrongly: exit status 2, and this sentence. */
export class WrongUse extends Error {}

/** Whoever read the answer has left (`| head`): the command ends quietly, with exit status 0. */
export class ReaderLeft extends Error {}

let hasReaderLeft = false;

/** Lets a reader leave before the end. Called once, before anything is written. */
export function letReadersLeave(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    hasReaderLeft = true;
    if (error.code === 'EPIPE') return;
    const why = error.code === 'ENOSPC' ? 'the disk is full' : error.message;
    process.stderr.write(`The answer could not be written: ${why}.\n`);
    process.exitCode = 1;
  });
  process.stderr.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

/** Characters that a terminal does not show, or that turn a line round, are written out: JSON stays the same JSON. */
export function consoleOutput(json: boolean): Output {
  return {
    json,
    line: (text) => {
      // Not before a command has something more to say: what it does beside is done to its end.
      if (hasReaderLeft) throw new ReaderLeft();
      process.stdout.write(`${withHiddenShown(text)}\n`);
    },
    remark: (text) => process.stderr.write(`${withHiddenShown(text)}\n`),
  };
}

const NARROWEST = 40;

/** How many characters a line may have: the width of the terminal, 80 where the answer goes to a file or a pipe. */
export function columns(): number {
  return Math.max(NARROWEST, process.stdout.columns ?? 80);
}

/** Breaks a line at its spaces; what goes on is indented. A word that is too long for a line stays whole. */
export function wrapped(text: string, most: number, indent = ''): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const [word, gap = ''] of text.matchAll(/( *)[^ ]+/g)) {
    const isFull = line.trim() !== '' && width(line) + width(word) > most;
    if (isFull) lines.push(line);
    line = isFull ? indent + word.slice(gap.length) : line + word;
  }
  return [...lines, line];
}

/** One column of a table: its heading and what stands in it; numbers stand to the right. */
export interface Column<T> {
  readonly heading: string;
  readonly cell: (row: T) => string | number | null | undefined;
}

/** Lays rows out under headings; the width of a column is that of its longest cell. */
export function table<T>(rows: readonly T[], columns: readonly Column<T>[]): string {
  const cells = rows.map((row) => columns.map(({ cell }) => cell(row)));
  const texts = cells.map((line) => line.map((value) => (typeof value === 'number' ? grouped(value) : (value ?? '-'))));
  const widths = columns.map(({ heading }, index) =>
    Math.max(heading.length, ...texts.map((line) => width(line[index] ?? ''))),
  );
  const right = columns.map((_, index) => cells.some((line) => typeof line[index] === 'number'));
  const lay = (line: readonly string[]) =>
    line
      .map((text, index) => {
        const blanks = ' '.repeat(Math.max(0, (widths[index] ?? 0) - width(text)));
        return right[index] ? blanks + text : text + blanks;
      })
      .join('  ')
      .trimEnd();
  return [
    lay(columns.map(({ heading }) => heading)),
    lay(widths.map((size) => '-'.repeat(size))),
    ...texts.map(lay),
  ].join('\n');
}

/** 1234567 → 1 234 567. */
export function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ' ');
}

function width(text: string): number {
  return Array.from(text).length;
}
