import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Pack, PackError, zipped } from '../../src/audit/pack/archive.js';
import { importPackFile } from '../../src/cli/import-pack.js';
import { readConfig } from '../../src/config.js';
import { MEHMET, Office } from './kit.js';
import { folder, forgedBytes, packOf, textOf } from './pack-kit.js';

/** What the check says of a pack in which the byte at a place is another. */
async function damagesOf(bytes: Buffer, place: number | null): Promise<readonly string[]> {
  const changed = Buffer.from(bytes);
  if (place !== null) changed[place] = (changed[place] ?? 0) ^ 0x20;
  const file = join(folder, 'changed.zip');
  writeFileSync(file, changed);
  try {
    const pack = await Pack.open(file);
    const names = (await pack.damages()).map(({ file: name }) => name);
    pack.close();
    return names;
  } catch (error) {
    expect(error).toBeInstanceOf(PackError);
    return ['unreadable'];
  }
}

describe('A pack whose hashes and seal were made anew by whoever changed it', () => {
  const SUM = /"hash":"[0-9a-f]{64}",/;
  const BEFORE = /,"previousHash":"[0-9a-f]{64}"/;
  const EVENTS = 'events.jsonl';

  /** What the command says of it, checked only or imported; the error where it refuses. */
  async function said(bytes: Buffer, checkOnly: boolean): Promise<string> {
    const file = join(folder, 'forged.zip');
    writeFileSync(file, bytes);
    const lines: string[] = [];
    const output = {
      json: false,
      line: (text: string) => lines.push(text),
      remark: (text: string) => lines.push(text),
    };
    const other = checkOnly ? null : await new Office().open();
    const url = other === null ? {} : { EVENTSTORE_URL: other.ledger.storeUrl };
    const config = readConfig({ LEDGER_DATA: join(folder, 'none'), ...url }, {});
    try {
      await importPackFile(config, output, { file, checkOnly });
      return lines.join(' ');
    } catch (error) {
      return `Refused: ${error instanceof Error ? error.message : String(error)}`;
    } finally {
      await other?.remove();
    }
  }

  it.each<[string, (lines: string[]) => readonly string[], string | RegExp]>([
    [
      'an event says something else',
      ([first = '', ...rest]) => [first.replace('"medium"', '"small"'), ...rest],
      'its content no longer gives its hash',
    ],
    ['events were cut off at its end', (lines) => lines.slice(0, -2), 'has 5 events and the manifest says 7'],
    ['two events changed places', (lines) => lines.toSpliced(1, 1).toSpliced(3, 0, lines[1] ?? ''), 'comes too early'],
    ['an event stands in it twice', (lines) => lines.toSpliced(1, 0, lines[1] ?? ''), 'has passed already'],
    ['lines were added that are empty', (lines) => [...lines, '', ''], 'Line 8 of events.jsonl is not JSON'],
    ['something else stands in it', () => ['{"a":1}'], 'Line 1 of events.jsonl is no event'],
    ['its lines are no objects', () => ['null'], 'Line 1 of events.jsonl is no event'],
    [
      'the hashes of the events were taken out',
      (lines) => lines.map((line) => line.replace(SUM, '')),
      'carries no hash although it names one before it',
    ],
  ])('is refused when %s, without an import too', async (_, change, told) => {
    const { pack } = await packOf('');
    const lines = (await textOf(pack, EVENTS)).split('\n');
    const bytes = await forgedBytes(pack, { [EVENTS]: `${change(lines).join('\n')}\n` });
    const checked = await said(bytes, true);
    expect(checked).toMatch(/^Refused: /);
    expect(checked).toContain(told);
    expect(await said(bytes, false)).toBe(checked);
  });

  it('is refused when it has no events at all', async () => {
    const { pack } = await packOf('');
    expect(await said(await forgedBytes(pack, { [EVENTS]: null }), true)).toBe(
      'Refused: events.jsonl is missing in the pack.',
    );
  });

  it('is taken, with the events counted that nothing proves, when they are as before there was a chain', async () => {
    const { pack } = await packOf('');
    const lines = (await textOf(pack, EVENTS)).split('\n');
    const bare = lines.map((line) => line.replace(SUM, '').replace(BEFORE, ''));
    const bytes = await forgedBytes(pack, { [EVENTS]: `${bare.join('\n')}\n` });
    for (const checkOnly of [true, false]) {
      expect(await said(bytes, checkOnly)).toMatch(/7 events.* 7 events carry no hash: nothing proves them\.$/);
    }
    expect(await said((await packOf('')).bytes, true)).not.toContain('no hash');
  });

  it('is checked as well when it begins in the middle of its histories, and said to be no pack to import', async () => {
    const { pack, bytes } = await packOf('&from=2026-01-20&to=2026-01-20');
    expect(await said(bytes, true)).toMatch(/2 events, each in its place in the chain.*cannot be imported/);
    const lines = (await textOf(pack, EVENTS)).split('\n');
    const changed = [...lines.slice(0, 1), (lines[1] ?? '').replace('2026-01-15', '2026-01-14')];
    const forgery = await forgedBytes(pack, { [EVENTS]: `${changed.join('\n')}\n` });
    expect(await said(forgery, true)).toContain('its content no longer gives its hash');
  });
});

describe('A pack that is not as it was packed', () => {
  it('with one changed byte is told by the name of the file', async () => {
    const { bytes } = await packOf(`&worker=${MEHMET}`);
    const found = new Set<string>();
    for (let place = 60; place < bytes.length; place += Math.floor(bytes.length / 60)) {
      for (const name of await damagesOf(bytes, place)) found.add(name);
    }
    expect(found).toContain('report.pdf');
    expect(found.size).toBeGreaterThan(5);
  });

  it('with one changed byte anywhere is not what was packed: headers, directory, gaps and the end are sealed too', async () => {
    const { bytes } = await packOf(`&worker=${MEHMET}`);
    expect(await damagesOf(bytes, null)).toEqual([]);
    const directory = bytes.indexOf(Buffer.from('PK\x01\x02'));
    const firstDescriptor = bytes.indexOf(Buffer.from('PK\x07\x08'));
    const places = [
      ...Array.from({ length: 32 }, (_, place) => place),
      ...Array.from({ length: 12 }, (_, place) => firstDescriptor - 4 + place),
      ...Array.from({ length: 48 }, (_, place) => directory + place),
      ...Array.from({ length: 96 }, (_, place) => bytes.length - 1 - place),
    ];
    const unseen: number[] = [];
    for (const place of places) if ((await damagesOf(bytes, place)).length === 0) unseen.push(place);
    expect(unseen).toEqual([]);
    expect(await damagesOf(Buffer.concat([bytes, Buffer.from('\n')]), null)).not.toEqual([]);
    expect(await damagesOf(bytes.subarray(0, bytes.length - 1), null)).not.toEqual([]);
  });

  it('of another version, or of something else, is refused by name', async () => {
    const file = join(folder, 'manifest.json');
    const openedWith = async (manifest: object) => {
      writeFileSync(file, JSON.stringify(manifest));
      const parts: Buffer[] = [];
      for await (const part of zipped([{ name: 'manifest.json', path: file }])) parts.push(part as Buffer);
      return Pack.open(Buffer.concat(parts));
    };
    const format = 'immigration-compliance-ledger/audit-pack';
    await expect(openedWith({ format, version: 2, files: [] })).rejects.toThrow(
      'The pack is of version 2, and this ledger reads version 1.',
    );
    await expect(openedWith({ format: 'payslips', version: 1, files: [] })).rejects.toThrow(
      'not that of an audit pack',
    );
    const { manifest } = (await packOf('')).pack;
    await expect(openedWith({ ...manifest, asOf: '2026-02-30' })).rejects.toThrow('wrong at asOf: is no day');
    await expect(openedWith({ ...manifest, files: undefined })).rejects.toThrow('wrong at files');
  });

  it('that is no pack at all is refused in a sentence', async () => {
    await expect(Pack.open(Buffer.from('hello'))).rejects.toThrow(PackError);
    writeFileSync(join(folder, 'empty.zip'), '');
    await expect(Pack.open(join(folder, 'empty.zip'))).rejects.toThrow(
      'empty.zip is no ZIP file, or its end is cut off',
    );
    const nowhere = join(folder, 'nowhere.zip');
    await expect(Pack.open(nowhere)).rejects.toThrow(`${nowhere} cannot be read: there is no such file.`);
  });
});
