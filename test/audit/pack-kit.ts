import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from '@jest/globals';
import { Pack, zipped } from '../../src/audit/pack/archive.js';
import { AIGUL, type Json, MEHMET, Office } from './kit.js';

/** The house that a file of stories takes its packs from, and a folder for what it makes of them. */
export const office = new Office();
export const folder = mkdtempSync(join(tmpdir(), 'packs-'));

beforeAll(async () => {
  await office.open();
  await withTwoWorkers();
});

afterAll(async () => {
  await office.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** Mehmet and Aigul, who came in January 2026; an arrival corrected, a departure late, all of it recorded by 10 February. */
async function withTwoWorkers(): Promise<void> {
  await office.withMehmet();
  await office.register(AIGUL, { familyName: 'Әбдіқадыр', givenName: 'Айгүл', passportNumber: 'K1' });
  office.at('2026-01-12T05:00:00.000Z');
  const arrival = await office.worker(MEHMET, 'Arrived', '2026-01-12', {
    region: 'KZ-75',
    address: 'Abay 1',
    purpose: 'work',
  });
  await office.worker(AIGUL, 'Arrived', '2026-01-10', { region: 'KZ-71', address: 'Turan 5', purpose: 'work' });
  office.at('2026-01-20T05:00:00.000Z');
  await office.correct(MEHMET, arrival, {
    occurredOn: '2026-01-08',
    reason: 'the stamp <in> the passport & the ticket',
  });
  await office.worker(AIGUL, 'Departed', '2026-01-15');
  office.at('2026-02-10T05:00:00.000Z');
}

/** Asks for a pack as of 10 February 2026. */
export async function packOf(
  query: string,
  from = office,
): Promise<{ readonly pack: Pack; readonly bytes: Buffer; readonly hash: string }> {
  const { status, bytes, headers, text } = await from.get(`/v1/audit/pack?asOf=2026-02-10${query}`);
  if (status !== 200) throw new Error(text);
  return { pack: await Pack.open(bytes), bytes, hash: String(headers['x-pack-hash']) };
}

export async function linesOf(pack: Pack, name: string): Promise<Json[]> {
  const lines: Json[] = [];
  for await (const line of pack.lines(name)) lines.push(JSON.parse(line));
  return lines;
}

export async function textOf(pack: Pack, name: string): Promise<string> {
  const lines: string[] = [];
  for await (const line of pack.lines(name)) lines.push(line);
  return lines.join('\n');
}

/** The same pack with a file changed, and with hashes and seal that fit: as somebody would forge it. */
export async function forged(
  pack: Pack,
  changes: Readonly<Record<string, string>>,
  manifest: object = {},
): Promise<Pack> {
  return Pack.open(await forgedBytes(pack, changes, manifest));
}

/** @param changes texts in place of those of files; null leaves a file out */
export async function forgedBytes(
  pack: Pack,
  changes: Readonly<Record<string, string | null>>,
  manifest: object = {},
): Promise<Buffer> {
  const at = mkdtempSync(join(folder, 'forged-'));
  const files: { name: string; bytes: number; sha256: string }[] = [];
  const write = (name: string, text: string) => {
    mkdirSync(join(at, name, '..'), { recursive: true });
    writeFileSync(join(at, name), text);
  };
  for (const { name, bytes, sha256 } of pack.manifest.files) {
    // What is not looked at in the story need not be told: the report is left out.
    if (name.startsWith('report.')) continue;
    if (changes[name] === null) continue;
    const text = changes[name] ?? (bytes === 0 ? '' : `${await textOf(pack, name)}\n`);
    write(name, text);
    const isSame = changes[name] === undefined;
    const hash = createHash('sha256').update(text).digest('hex');
    if (isSame) expect(hash).toBe(sha256);
    files.push({ name, bytes: isSame ? bytes : Buffer.byteLength(text), sha256: hash });
  }
  write('manifest.json', JSON.stringify({ ...pack.manifest, ...manifest, files }));
  const parts: Buffer[] = [];
  const names = [...files.map(({ name }) => name), 'manifest.json'];
  for await (const part of zipped(names.map((name) => ({ name, path: join(at, name) })))) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
