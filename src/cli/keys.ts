import type { Config } from '../config.js';
import { MasterKey } from '../ledger/master-key.js';
import { KeysLocked, PersonalData } from '../ledger/personal-data.js';
import { grouped, type Output, Refused, WrongUse } from './output.js';

/** `ledger keys status` and `ledger keys rotate`: the file of keys is opened beside the service, which may run meanwhile. */
export function keys(config: Config, output: Output, action: string): void {
  if (action !== 'status' && action !== 'rotate') throw new WrongUse('Say status or rotate.');
  const providerOf = (text: string | null) => (text === null ? null : new MasterKey(text));
  const personalData = new PersonalData(config.keysDir, {
    master: providerOf(config.masterKey),
    previous: providerOf(config.previousMasterKey),
  });
  try {
    const rotated = action === 'rotate' ? personalData.rotate() : null;
    const report = personalData.report();
    if (output.json) return output.line(JSON.stringify({ ...report, rotated }, null, 2));
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
