import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..');

/** Builds dist when a source is newer than it: once per test run, before the first end-to-end test. */
export default function buildIfStale() {
  const built = changedAt(join(root, 'dist/src/main.js'));
  const newest = Math.max(...['src', 'projections'].map((folder) => newestIn(join(root, folder))));
  if (built > newest) return;
  const { status, stdout, stderr } = spawnSync('npx', ['nest', 'build'], { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(`nest build failed:\n${stdout}\n${stderr}`);
}

function newestIn(folder) {
  return Math.max(
    0,
    ...readdirSync(folder, { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile())
      .map((entry) => changedAt(join(entry.parentPath ?? entry.path, entry.name))),
  );
}

function changedAt(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
