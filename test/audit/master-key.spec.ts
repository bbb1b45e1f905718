import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { openedOrNotMade } from '../../src/damaged-file.js';
import { MasterKey } from '../../src/ledger/master-key.js';
import {
  KeysLocked,
  type MasterKeys,
  openPersonalData,
  PersonalData,
  PersonErased,
} from '../../src/ledger/personal-data.js';

const folder = mkdtempSync(join(tmpdir(), 'keys-'));
const opened: PersonalData[] = [];
const context = { stream: 'worker-mehmet', eventId: 'e-1', type: 'WorkerRegistered' };
const names = { familyName: 'Yilmaz', givenName: 'Mehmet' };
const old = new MasterKey(randomBytes(32).toString('base64'));
const fresh = new MasterKey(randomBytes(32).toString('hex'));

function keys(masters: MasterKeys = {}, of = folder): PersonalData {
  const personalData = new PersonalData(of, masters);
  opened.push(personalData);
  return personalData;
}

async function sealed(by: PersonalData, person: string): Promise<string> {
  await by.settle([person]);
  return by.seal(person, context, names);
}

function restart(): void {
  for (const each of opened.splice(0)) each.close();
}

afterEach(() => {
  restart();
  rmSync(folder, { recursive: true, force: true });
});

describe('A key file that could not be made', () => {
  it('is not left behind empty, where the next start would take it for one that lost its keys', () => {
    mkdirSync(folder, { recursive: true });
    const file = join(folder, 'keys.sqlite');
    const full = () => {
      writeFileSync(file, '');
      throw new Error('database or disk is full');
    };
    expect(() => openedOrNotMade(file, full)).toThrow('disk is full');
    expect(existsSync(file)).toBe(false);
    writeFileSync(file, '');
    expect(() => openPersonalData(folder, {})).toThrow('is damaged (it is empty) and was left as it is');
    expect(existsSync(file)).toBe(true);
  });
});

describe('The master key', () => {
  it('locks the keys of the persons: the file alone no longer opens a name', async () => {
    const text = await sealed(keys(), 'mehmet');
    restart();
    expect(keys({ master: old }).open('mehmet', context, text)).toEqual(names);
    restart();
    expect(keys().open('mehmet', context, text)).toBeNull();
  });

  it('is asked for in a sentence when it is missing, and nothing is written over', async () => {
    const text = await sealed(keys({ master: old }), 'mehmet');
    restart();
    const without = keys();
    expect(without.report()).toEqual({
      open: 0,
      locked: 1,
      erased: 0,
      masterKey: null,
      lockedBy: [old.id],
      lockedPersons: ['mehmet'],
    });
    expect(without.withheld('mehmet')).toBe('locked');
    expect(() => without.seal('mehmet', context, names)).toThrow(KeysLocked);
    expect(() => without.seal('somebody-new', context, names)).toThrow(KeysLocked);
    restart();
    expect(keys({ master: old }).open('mehmet', context, text)).toEqual(names);
  });

  it('that is the wrong one opens nothing, spoils nothing, and says whose data it cannot read', async () => {
    const text = await sealed(keys({ master: old }), 'mehmet');
    restart();
    const wrong = keys({ master: fresh });
    expect(wrong.open('mehmet', context, text)).toBeNull();
    expect(wrong.report()).toMatchObject({ locked: 1, lockedBy: [old.id], lockedPersons: ['mehmet'] });
    expect(() => wrong.tag('somebody-new', 'U1')).toThrow(KeysLocked);
    restart();
    expect(keys({ master: old }).open('mehmet', context, text)).toEqual(names);
  });

  it('is changed for another: both open while it is rotated, then only the new one', async () => {
    const text = await sealed(keys({ master: old }), 'mehmet');
    restart();
    const both = keys({ master: fresh, previous: old });
    expect(both.open('mehmet', context, text)).toEqual(names);
    expect(both.rotate()).toBe(1);
    expect(both.rotate()).toBe(0);
    restart();
    expect(keys({ master: old }).open('mehmet', context, text)).toBeNull();
    restart();
    expect(keys({ master: fresh }).open('mehmet', context, text)).toEqual(names);
  });

  it('leaves no unlocked key behind in the file', async () => {
    const plain = keys();
    await sealed(plain, 'mehmet');
    restart();
    const { DatabaseSync } = await import('@photostructure/sqlite');
    const database = new DatabaseSync(join(folder, 'keys.sqlite'));
    const key = Buffer.from(database.prepare('SELECT key FROM keys').get()?.['key'] as Uint8Array);
    database.close();
    expect(key).toHaveLength(32);
    keys({ master: old });
    restart();
    expect(readFileSync(join(folder, 'keys.sqlite')).includes(key)).toBe(false);
  });

  it('is not needed to erase a person', async () => {
    const text = await sealed(keys({ master: old }), 'mehmet');
    restart();
    const without = keys();
    without.destroy('mehmet');
    expect(without.withheld('mehmet')).toBe('erased');
    restart();
    const again = keys({ master: old });
    expect(again.open('mehmet', context, text)).toBeNull();
    expect(() => again.seal('mehmet', context, names)).toThrow(PersonErased);
  });

  it('refuses a text that is no key', () => {
    expect(() => new MasterKey('secret')).toThrow('32 bytes');
  });
});
