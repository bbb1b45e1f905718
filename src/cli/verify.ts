import type { VerificationLine, VerificationReport } from '../audit/verification.js';
import type { Config } from '../config.js';
import { jsonLines, runsHere, withService, withStore } from './audit-service.js';
import { lineProgress } from './line-progress.js';
import { grouped, type Output, Refused } from './output.js';

/**
 * `ledger verify`: recomputes the chain of every event; exit status 1 and the event when one does not fit. Asks the service
 * that is named with `--url` or `LEDGER_URL`; else reads through the client of the store, or, where the embedded store does
 * not run, its files.
 */
export async function verifyChain(config: Config, output: Output): Promise<void> {
  if (config.serviceUrl !== null) {
    await withService(config, async (service) => {
      const lines = jsonLines(await service.get('/v1/audit/verification', 'application/x-ndjson'));
      told(await shown(lines as AsyncIterable<VerificationLine>, output), output);
    });
    return;
  }
  const { verify, verifyFiles } = await import('../audit/verification.js');
  if (await runsHere(config)) {
    await withStore(config, async (store) => told(await shown(verify(store), output), output));
    return;
  }
  const [{ readLogFiles }, { storeFolder }, { isOurs }] = await Promise.all([
    import('../embedded-store/log-files.js'),
    import('../boot.js'),
    import('../domain/event-type.js'),
  ]);
  const pages = readLogFiles(storeFolder(config), isOurs);
  const report = await shown(verifyFiles(pages), output).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    throw new Refused(`The log in ${storeFolder(config)} cannot be read: ${why.replace(/\.$/, '')}.`);
  });
  told(report, output);
}

async function shown(lines: AsyncIterable<VerificationLine>, output: Output): Promise<VerificationReport> {
  const progress = lineProgress('events verified');
  let report: VerificationReport | null = null;
  for await (const line of lines) {
    if ('report' in line) report = line.report;
    else if ('damage' in line) output.remark(line.damage.what);
    else progress.show(line.events);
  }
  progress.end();
  if (report === null) throw new Refused('The verification broke off before its end: ask for it again.');
  return report;
}

function told(report: VerificationReport, output: Output): void {
  if (output.json) output.line(JSON.stringify(report, null, 2));
  const rate = Math.round(report.events / Math.max(report.seconds, 0.001));
  const way = report.read === 'files' ? "from the store's own files" : 'through the client of the store';
  const looked = `${grouped(report.events)} events of ${grouped(report.streams)} streams up to position ${report.position}, read ${way}, ${grouped(rate)} a second`;
  const { firstDamage, firstUnchained, damaged } = report;
  if (firstDamage !== null) {
    throw new Refused(
      `Not intact (${looked}): ${grouped(damaged)} ${damaged === 1 ? 'event does' : 'events do'} not fit. The first: ${firstDamage.what}`,
    );
  }
  if (output.json) return;
  output.line(`Intact: ${looked}.`);
  if (firstUnchained === null) return;
  output.line(
    `${grouped(report.unchained)} of them were written without a hash, the first as revision ${firstUnchained.revision} of ${firstUnchained.stream}: nothing can be said about those.`,
  );
}
