import type { EventData } from '../domain/event-type.js';
import { Refusal } from '../domain/refusal.js';
import { assess } from '../law/assess.js';
import type { Planning } from './planning.js';
import type { Draft } from './stream-fold.js';

/**
 * Refuses an event that names an employer or an obligation that does not exist.
 * @throws Refusal 422
 */
export async function refuseUnknownReferences(
  planning: Planning,
  draft: Draft,
  type: string,
  data: EventData,
): Promise<void> {
  if (type === 'WorkerRegistered') await refuseUnknownEmployer(planning, String(data['employerBin']));
  if (type === 'PenaltyImposed') refuseUnknownObligation(draft, String(data['obligationId']));
}

async function refuseUnknownEmployer(planning: Planning, bin: string): Promise<void> {
  if (await planning.isEmployer(bin)) return;
  const message = `No employer ${bin} is registered.`;
  throw new Refusal({
    code: 'unknown-employer',
    status: 422,
    detail: message,
    remedy: `Record EmployerRegistered with POST /v1/employers/${bin}/events first, or check the number.`,
    errors: [{ path: 'data.employerBin', message }],
  });
}

function refuseUnknownObligation(draft: Draft, id: string): void {
  const { fold } = draft;
  if (fold.assessment.get(id) !== undefined) return;
  if (draft.accepted.length > 0 && assess(draft.facts, fold.book, fold).get(id) !== undefined) return;
  const message = `No obligation ${id} follows from the events of this worker.`;
  throw new Refusal({
    code: 'unknown-obligation',
    status: 422,
    detail: message,
    remedy: 'Take the id from GET /v1/obligations?worker=...; a corrected or retracted event may have taken it away.',
    errors: [{ path: 'data.obligationId', message }],
  });
}
