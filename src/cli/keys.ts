import type { Config } from '../config.js';
import { backupKeys, type KeysBackup, restoreKeys } from '../ledger/keys-backup.js';
import { MasterKey } from '../ledger/master-key.js';
import {
  KeysLocked,
  type KeysReport,
  KeysUnreadable,
  openPersonalData,
  type PersonalData,
} from '../ledger/personal-data.js';
import { told as problemTold, runningService } from './connection.js';
import { grouped, type Output, Refused, WrongUse } from './output.js';

/**
 * `ledger keys`: a running service tells the status itself, since its master key is what counts; everything else opens the
 * file of keys beside it. `restore` wants no service to run, `rotate` one that has the new master key, or none.
 */
export async function keys(config: Config, output: Output, action: string, file?: string): Promise<void> {
  if (action === 'backup' || action === 'restore') {
    if (file === undefined) throw new WrongUse(`Say which file: keys ${action} <file>.`);
    copied(config, output, action, file);
    return;
  }
  if (action !== 'status' && action !== 'rotate') throw new WrongUse('Say status, rotate, backup or restore.');
  if (file !== undefined) throw new WrongUse(`keys ${action} takes no file.`);
  if (action === 'rotate') await refuseOtherMaster(config);
  const url = action === 'status' ? (config.serviceUrl ?? (await runningService(config.dataDir))) : null;
  if (url !== null) {
    told(await reportAt(url, config.apiKey), null, output);
    return;
  }
  const personalData = opened(config);
  try {
    const rotated = action === 'rotate' ? personalData.rotate() : null;
    told(personalData.report(), rotated, output);
  } catch (error) {
    throw error instanceof KeysLocked ? new Refused(`${error.message} Set LEDGER_MASTER_KEY.`) : error;
  } finally {
    personalData.close();
  }
}

function opened({ keysDir, masterKey, previousMasterKey }: Config): PersonalData {
  const providerOf = (text: string | null) => (text === null ? null : new MasterKey(text));
  try {
    return openPersonalData(keysDir, { master: providerOf(masterKey), previous: providerOf(previousMasterKey) });
  } catch (error) {
    throw error instanceof KeysUnreadable ? new Refused(error.message) : error;
  }
}

function told(report: KeysReport, rotated: number | null, output: Output): void {
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
}

/** What a running service says of the keys by its own master key. */
async function reportAt(url: string, apiKey: string | null): Promise<KeysReport> {
  const headers: Record<string, string> = apiKey === null ? {} : { authorization: `Bearer ${apiKey}` };
  const answer = await fetch(new URL('/v1/audit/keys', url), { headers }).catch((error: unknown) => {
    throw new Refused(
      `The service at ${url} does not answer (${error instanceof Error ? error.message : String(error)}).`,
    );
  });
  const body: unknown = await answer.json().catch(() => null);
  if (!answer.ok) throw new Refused(problemTold(answer.status, body));
  return body as KeysReport;
}

/** A service that has the old master key alone could read no name after a rotation, so it must be restarted before. */
async function refuseOtherMaster({ dataDir, masterKey, apiKey }: Config): Promise<void> {
  if (masterKey === null) return;
  const url = await runningService(dataDir);
  if (url === null) return;
  const { id } = new MasterKey(masterKey);
  const { masterKey: itsOwn } = await reportAt(url, apiKey);
  if (itsOwn === id) return;
  throw new Refused(
    `Nothing was rotated: the service at ${url} runs with ${itsOwn === null ? 'no master key' : `the master key ${itsOwn}`}, not with ${id}, and could read no name afterwards. Restart it with the new key as LEDGER_MASTER_KEY and the old one as LEDGER_MASTER_KEY_PREVIOUS, or stop it, then rotate again.`,
  );
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
