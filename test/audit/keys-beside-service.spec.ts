import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { keys } from '../../src/cli/keys.js';
import { Refused } from '../../src/cli/output.js';
import { readConfig } from '../../src/config.js';
import { MasterKey } from '../../src/ledger/master-key.js';
import { PersonalData } from '../../src/ledger/personal-data.js';
import { AIGUL, type Json, MEHMET, Office } from './kit.js';

const old = randomBytes(32).toString('base64');
const fresh = randomBytes(32).toString('base64');
let office: Office;

beforeEach(() => {
  office = new Office();
});

afterEach(() => office.remove());

/** The command as it is given in a shell with its own environment; what it printed, or the sentence of its refusal. */
async function command(action: string, settings: Record<string, string> = {}): Promise<{ said: Json } | string> {
  const lines: string[] = [];
  const output = { json: true, line: (text: string) => lines.push(text), remark: () => {} };
  try {
    await keys(readConfig({ LEDGER_DATA: office.folder, ...settings }, {}), output, action);
  } catch (error) {
    if (error instanceof Refused) return error.message;
    throw error;
  }
  return { said: JSON.parse(lines.join('\n')) };
}

const keyFile = () => readFileSync(join(office.folder, 'keys', 'keys.sqlite'));

describe('The keys beside a running service', () => {
  it('are not rotated while it has the old master key only: it would lose every name', async () => {
    await office.open({ LEDGER_MASTER_KEY: old });
    await office.ledger.listen();
    await office.withMehmet();
    const before = keyFile();
    const rotation = { LEDGER_MASTER_KEY: fresh, LEDGER_MASTER_KEY_PREVIOUS: old };
    const refused = await command('rotate', rotation);
    expect(refused).toMatch(/^Nothing was rotated: .*LEDGER_MASTER_KEY_PREVIOUS, or stop it/);
    expect(refused).toContain(new MasterKey(old).id);
    expect(keyFile().equals(before)).toBe(true);
    expect((await office.get(`/v1/workers/${MEHMET}`)).text).toContain('Yilmaz');

    // Restarted as it was told, it stays open before, while and after they are rotated.
    await office.close();
    await office.open(rotation);
    await office.ledger.listen();
    expect(await command('rotate', rotation)).toMatchObject({ said: { rotated: 2, locked: 0 } });
    expect((await office.get(`/v1/workers/${MEHMET}`)).text).toContain('Yilmaz');
    await office.register(AIGUL, { familyName: 'Kaya', givenName: 'Ali', passportNumber: 'K1' });
    expect((await office.get('/v1/audit/keys')).body).toMatchObject({ open: 3, locked: 0 });
  });

  it('are told about by the service, whose master key counts, not that of the shell', async () => {
    await office.open({ LEDGER_MASTER_KEY: old });
    await office.ledger.listen();
    await office.withMehmet();
    for (const settings of [{}, { LEDGER_MASTER_KEY: fresh }] as Record<string, string>[]) {
      expect(await command('status', settings)).toEqual({
        said: { ...(await office.get('/v1/audit/keys')).body, rotated: null },
      });
    }
    await office.close();
    expect(await command('status')).toMatchObject({ said: { open: 0, locked: 2, masterKey: null } });
  });

  it('that were locked anew under it by somebody else are not joined by one under the old master key', async () => {
    await office.open({ LEDGER_MASTER_KEY: old });
    await office.withMehmet();
    const beside = new PersonalData(join(office.folder, 'keys'), {
      master: new MasterKey(fresh),
      previous: new MasterKey(old),
    });
    expect(beside.rotate()).toBe(2);
    const kaya = { familyName: 'Kaya', givenName: 'Ali', passportNumber: 'K1' };
    await expect(office.register(AIGUL, kaya)).rejects.toThrow('keys-locked');
    expect(beside.report()).toMatchObject({ open: 2, locked: 0, lockedBy: [] });
    beside.close();
  });
});
