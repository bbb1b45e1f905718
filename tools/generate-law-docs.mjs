// Writes docs/law.md and docs/coverage.md from the law's files. With --check nothing is written, and a difference ends in
// status 1. Needs a build: `nest build && node tools/generate-law-docs.mjs`.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { loadRuleBook } from '../dist/src/law/book.js';
import { coveragePage, lawPage } from '../dist/src/law/pages.js';

const root = join(import.meta.dirname, '..');
const isCheck = process.argv.includes('--check');
const book = loadRuleBook();
const { rows } = parse(readFileSync(join(root, 'docs/source-rows.yaml'), 'utf8'));
const pages = new Map([
  ['docs/law.md', lawPage(book)],
  ['docs/coverage.md', coveragePage(book, rows, testsByRow())],
]);
const stale = [...pages].filter(([name, text]) => read(name) !== text);
for (const [name, text] of isCheck ? [] : stale) writeFileSync(join(root, name), text);
const names = stale.map(([name]) => name).join(' and ');
if (isCheck && stale.length > 0) {
  process.stderr.write(
    `${names} no longer say what the law's files do: run node tools/generate-law-docs.mjs and commit.\n`,
  );
  process.exit(1);
}
process.stdout.write(stale.length === 0 ? 'The pages of the law are up to date.\n' : `Wrote ${names}.\n`);

/** Test files that name a row, such as S34, in the name of a test. */
function testsByRow() {
  const found = new Map();
  const files = readdirSync(join(root, 'test'), { recursive: true }).filter((file) => /\.(spec\.ts|yaml)$/.test(file));
  for (const file of files.toSorted((a, b) => (a < b ? -1 : 1))) {
    const names =
      readFileSync(join(root, 'test', file), 'utf8').match(/^.*(?:\b(?:it|describe|test)\b.*\(|\brow: ).*$/gm) ?? [];
    for (const row of new Set(names.join(' ').match(/\bS[0-7]\d\b/g) ?? [])) {
      found.set(row, [...(found.get(row) ?? []), `test/${file.replaceAll('\\', '/')}`]);
    }
  }
  return found;
}

function read(name) {
  try {
    return readFileSync(join(root, name), 'utf8');
  } catch {
    return null;
  }
}
