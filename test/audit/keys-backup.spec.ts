import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { backupKeys, restoreKeys } from '../../src/ledger/keys-backup.js';
import { PersonalData } from '../../src/ledger/personal-data.js';

const context = { stream: 'worker-mehmet', eventId: 'e-1', type: 'WorkerRegistered' };
const names = { familyName: 'Yilmaz', givenName: 'Mehmet' };

describe('A backup of the keys', () => {
  let folder: string;
  let running: PersonalData;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'keys-backup-'));
    running = new PersonalData(join(folder, 'keys'));
  });

  afterEach(() => {
    running.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('taken while the keys are in use holds the last of them, which a copy of the file alone does not', async () => {
    await running.settle(['mehmet']);
    const sealed = running.seal('mehmet', context, names);
    const file = join(folder, 'backups', 'monday');

    expect(backupKeys(join(folder, 'keys'), file)).toEqual({ file, persons: 1 });
    expect(statSync(file).mode & 0o077).toBe(0);
    expect(readdirSync(join(folder, 'backups'))).toEqual(['monday']);

    expect(restoreKeys(file, join(folder, 'new')).persons).toBe(1);
    const restored = new PersonalData(join(folder, 'new'));
    expect(restored.open('mehmet', context, sealed)).toEqual(names);
    restored.close();
  });

  it('never goes over keys or a backup that is there', async () => {
    await running.settle(['mehmet']);
    const file = join(folder, 'monday');
    backupKeys(join(folder, 'keys'), file);
    expect(() => backupKeys(join(folder, 'keys'), file)).toThrow('exists already');
    expect(() => restoreKeys(file, join(folder, 'keys'))).toThrow('holds keys already');
    expect(() => backupKeys(join(folder, 'nowhere'), join(folder, 'tuesday'))).toThrow('There are no keys');
  });

  it('is looked at before it is put back', () => {
    const file = join(folder, 'not-keys');
    writeFileSync(file, 'something else');
    expect(() => restoreKeys(file, join(folder, 'new'))).toThrow('no keys that can be read');
    expect(readdirSync(join(folder, 'new'))).toEqual([]);
  });
});
