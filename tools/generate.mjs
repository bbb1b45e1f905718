// npm run generate: writes what follows from the code, so that a review shows what a change really does.
// With --check nothing is written, and a difference ends in status 1.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generatedFiles } from '../dist/src/api/generated.js';

const root = join(import.meta.dirname, '..');
const isCheck = process.argv.includes('--check');
const stale = [];
for (const [name, text] of generatedFiles(read(join(root, 'README.md')))) {
  const file = join(root, name);
  if (read(file) === text) continue;
  stale.push(name);
  if (!isCheck) writeFileSync(file, text);
}
if (isCheck && stale.length > 0) {
  process.stderr.write(`${stale.join(' and ')} no longer say what the code does: run npm run generate and commit.\n`);
  process.exit(1);
}
process.stdout.write(stale.length === 0 ? 'Generated files are up to date.\n' : `Wrote ${stale.join(', ')}.\n`);

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
