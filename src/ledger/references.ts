import type { EmployerState } from '../domain/employer.js';
import type { EventData } from '../domain/event-type.js';
import { Refusal } from '../domain/refusal.js';
import { assess } from '../law/assess.js';
import type { StreamCache } from './stream-cache.js';
import type { Draft } from './stream-fold.js';

/** The employer's stream, folded, as far as this process knows it; read from the store the first time. */
export async function employerOf(cache: StreamCache, bin: string): Promise<EmployerState> {
  const stream = `employer-${bin}`;
  const fold = cache.peek(stream) ?? (await cache.load(stream));
  return fold.state as EmployerState;
}

/**
 * A worker belongs to an employer that the ledger knows.
 * @throws Refusal 422
 */
export async function refuseUnknownEmployer(cache: StreamCache, data: EventData, place: string): Promise<void> {
  const bin = String(data['employerBin']);
  if ((await employerOf(cache, bin)).registeredOn !== null) return;
  // Another process may have registered it since we looked.
  const fold = cache.peek(`employer-${bin}`);
  if (fold !== undefined && (await cache.refresh(fold)) && (fold.state as EmployerState).registeredOn !== null) return;
  const message = `No employer ${bin} is registered.`;
  throw new Refusal({
    code: 'unknown-employer',
    status: 422,
    detail: message,
    remedy: `Record EmployerRegistered with POST /v1/employers/${bin}/events first, or check the number.`,
    errors: [{ path: `${place}data.employerBin`, message }],
  });
}

/**
 * A penalty is imposed for an obligation that the facts opened.
 * @throws Refusal 422
 */
export function refuseUnknownObligation(draft: Draft, data: EventData, place: string): void {
  const id = String(data['obligationId']);
  const { fold } = draft;
  if (draft.whole === null && fold.assessment.get(id) !== undefined) return;
  if (draft.accepted.length > 0 && assess(draft.facts, fold.book, fold).get(id) !== undefined) return;
  const message = `No obligation ${id} follows from the events of this worker.`;
  throw new Refusal({
    code: 'unknown-obligation',
    status: 422,
    detail: message,
    remedy: 'Take the id from GET /v1/obligations?worker=...; a corrected or retracted event may have taken it away.',
    errors: [{ path: `${place}data.obligationId`, message }],
  });
}
