import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { PackLine } from '../../src/audit/pack/contents.js';
import { OrderedLines } from '../../src/audit/pack/ordered-lines.js';
import { Staging } from '../../src/audit/pack/staging.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'staging-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const GROUPS = 10_000;

/** Three lines for each mark, more than a checkpoint's worth in all; counts what it was asked to make. */
function* story(mark: string | undefined, made: { lines: number }): Generator<PackLine> {
  for (let group = Number(mark ?? -1) + 1; group < GROUPS; group++) {
    for (const part of [0, 1, 2]) {
      made.lines += 1;
      yield { text: `${group}.${part} ${'қазақша '.repeat(24)}`, mark: part === 2 ? String(group) : null };
    }
  }
}

class BrokenOff extends Error {}

describe('A file of a pack that is broken off while it is written', () => {
  it('goes on from its checkpoint, and has the bytes that it would have had in one go', async () => {
    const whole = new Staging(join(folder, 'whole'));
    await whole.writeLines('events.jsonl', (mark) => story(mark, { lines: 0 }));
    const made = { lines: 0 };
    let breaks = 0;
    for (let isDone = false; !isDone; ) {
      // Each time as after a crash: nothing is known but what is on the disk.
      const staging = new Staging(join(folder, 'broken'));
      const stopAt = made.lines + 12_001;
      const lines = function* (mark: string | undefined): Generator<PackLine> {
        for (const line of story(mark, made)) {
          if (made.lines === stopAt) throw new BrokenOff();
          yield line;
        }
      };
      await staging.writeLines('events.jsonl', lines).catch((error: unknown) => {
        if (!(error instanceof BrokenOff)) throw error;
        breaks += 1;
      });
      isDone = staging.isDone('events.jsonl');
    }
    expect(breaks).toBeGreaterThan(1);
    // What was made before a checkpoint is not made again.
    expect(made.lines).toBeLessThan((breaks + 1) * 3 * GROUPS);
    const bytes = (name: string) => readFileSync(join(folder, name, 'files', 'events.jsonl'));
    expect(bytes('broken').equals(bytes('whole'))).toBe(true);
    expect(new Staging(join(folder, 'broken')).lines('events.jsonl')).toBe(3 * GROUPS);
  });
});

describe('Lines put into the order of their numbers', () => {
  it('come out as a sort that keeps equals in place would give them, from any place on (property)', async () => {
    const file = join(folder, 'steps');
    const line = fc.tuple(fc.nat({ max: 60 }), fc.string({ unit: fc.constantFrom('a', 'ы', '\t', '9', ' ') }));
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 200 }), fc.integer({ min: -1, max: 60 }), async (lines, from) => {
        const numbered = lines.map(([number, text], index) => [number, `{${index}}${text}`] as const);
        writeFileSync(file, numbered.map(([number, text]) => `${number}\t${text}\n`).join(''));
        const ordered = await OrderedLines.of(file);
        const sorted = [...numbered].sort(([a], [b]) => a - b).filter(([number]) => number > from);
        const found = [...ordered.after(from === -1 ? undefined : String(from))];
        expect(found.map(({ text }) => text)).toEqual(sorted.map(([, text]) => text));
        // Taken up again after any mark, nothing is left out and nothing comes twice.
        const marks = found.flatMap(({ mark }) => mark ?? []);
        expect(marks).toEqual([...new Set(sorted.map(([number]) => String(number)))]);
      }),
    );
  });
});
