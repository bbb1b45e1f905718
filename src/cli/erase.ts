import type { ErasureCertificate } from '../audit/erase-person.js';
import type { Config } from '../config.js';
import { withService } from './audit-service.js';
import { type Output, WrongUse } from './output.js';

/** `ledger erase <workerId> --reason`: destroys the keys of a worker and the family, and prints the certificate. */
export async function erase(
  config: Config,
  output: Output,
  { worker, reason, yes }: { readonly worker: string; readonly reason: string; readonly yes: boolean },
): Promise<void> {
  if (!yes) throw new WrongUse('An erasure cannot be undone: add --yes when you mean it.');
  const path = `/v1/workers/${encodeURIComponent(worker)}/erasure`;
  const certificate = await withService(config, (service) => service.post(path, { reason }));
  output.line(JSON.stringify(certificate, null, 2));
  if (!output.json) output.remark(`\n${(certificate as ErasureCertificate).statement}`);
}
