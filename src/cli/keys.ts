import type { Config } from '../config.js';
import { backupKeys, type KeysBackup, restoreKeys } from '../ledger/keys-backup.js';
import { MasterKey } from '../ledger/master-key.js';
import { KeysLocked, PersonalData } from '../ledger/personal-data.js';
import { grouped, type Output, Refused, WrongUse } from './output.js';

/** `ledger keys`: the file of keys is opened beside the service, which may run meanwhile except for `restore`. */
export function keys(config: Config, output: Output, action: string, file?: string): void {
  if (action === 'backup' || action === 'restore') {
    if (file === undefined) throw new WrongUse(`Say which file: keys ${action} <file>.`);
    copied(config, output, action, file);
    return;
  }
  if (action !== 'status' && action !== 'rotate') throw new WrongUse('Say status, rotate, backup or restore.');
  if (file !== undefined) throw new WrongUse(`keys ${action} takes no file.`);
  const providerOf = (text: string | null) => (text === null ? null : new MasterKey(text));
  const personalData = new PersonalData(config.keysDir, {
    master: providerOf(config.masterKey),
    previous: providerOf(config.previousMasterKey),
  });
  try {
    const rotated = action === 'rotate' ? personalData.rotate() : null;
    const report = personalData.report();
    if (output.json) {
      output.line(JSON.stringify({ ...report, rotated }, null, 2));
      return;
    }
    if (rotated !== null) output.line(`${grouped(rotated)} keys were locked anew with ${report.masterKey}.`);
    output.line(
      `${grouped(report.open)} keys open, ${grouped(report.locked)} are locked by another master key, ${grouped(report.erased)} were destroyed; master key: ${report.masterKey ?? 'none'}.`,
    );
    if (report.locked > 0)
      throw new Refused(`Locked by ${report.lockedBy.join(', ')}, among them ${report.lockedPersons.join(', ')}.`);
  } catch (error) {
    throw error instanceof KeysLocked ? new Refused(`${error.message} Set LEDGER_MASTER_KEY.`) : error;
  } finally {
    personalData.close();
  }
}

function copied({ keysDir }: Config, output: Output, action: 'backup' | 'restore', file: string): void {
  let copy: KeysBackup;
  try {
    copy = action === 'backup' ? backupKeys(keysDir, file) : restoreKeys(file, keysDir);
  } catch (error) {
    throw new Refused(error instanceof Error ? error.message : String(error));
  }
  output.line(
    output.json
      ? JSON.stringify(copy)
      : `The keys of ${grouped(copy.persons)} persons are in ${copy.file}, read back and checked.`,
  );
  if (action === 'backup') output.remark('Keep it apart from the log: who holds both can read everything.');
}
