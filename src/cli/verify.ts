import type { Config } from '../config.js';
import { withStore } from './audit-service.js';
import { lineProgress } from './line-progress.js';
import { grouped, type Output, Refused } from './output.js';

/** `ledger verify`: recomputes the chain of every event from the store; exit status 1 and the event when one does not fit. */
export async function verifyChain(config: Config, output: Output): Promise<void> {
  await withStore(config, async (store) => {
    const { verify } = await import('../audit/verification.js');
    const progress = lineProgress('events verified');
    for await (const line of verify(store)) {
      if ('damage' in line) output.remark(line.damage.what);
      else if ('events' in line) progress.show(line.events);
      else {
        progress.end();
        const { report } = line;
        if (output.json) output.line(JSON.stringify(report, null, 2));
        const rate = Math.round(report.events / Math.max(report.seconds, 0.001));
        const looked = `${grouped(report.events)} events of ${grouped(report.streams)} streams up to position ${report.position}, ${grouped(rate)} a second`;
        if (report.firstDamage !== null) {
          throw new Refused(
            `Not intact (${looked}): ${grouped(report.damaged)} ${report.damaged === 1 ? 'event does' : 'events do'} not fit. The first: ${report.firstDamage.what}`,
          );
        }
        if (output.json) continue;
        output.line(`Intact: ${looked}.`);
        const { firstUnchained } = report;
        if (firstUnchained === null) continue;
        output.line(
          `${grouped(report.unchained)} of them were written without a hash, the first as revision ${firstUnchained.revision} of ${firstUnchained.stream}: nothing can be said about those.`,
        );
      }
    }
  });
}
