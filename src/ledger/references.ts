import type { EmployerState } from '../domain/employer.js';
import type { EventData } from '../domain/event-type.js';
import { Refusal } from '../domain/refusal.js';
import { assess } from '../law/assess.js';
import type { RuleBook } from '../law/book.js';
import { conflictsOf } from '../law/conflicts.js';
import type { Planning } from './planning.js';
import type { Draft } from './stream-fold.js';

/**
 * Refuses an event that names an employer, an obligation or a reading of the law that does not exist, or a worker as a
 * member of a family.
 * @param former what a correction replaces
 * @throws Refusal 422
 */
export async function refuseUnknownReferences(
  planning: Planning,
  draft: Draft,
  type: string,
  data: EventData,
  former: EventData = {},
): Promise<void> {
  if (type === 'WorkerRegistered') await refuseUnknownEmployer(planning, String(data['employerBin']));
  if (type === 'ReadingChosen') refuseUnknownReading(planning.law.book, String(data['rule']), String(data['reading']));
  // Who became a worker since stays the member that was recorded.
  const isNewMember = type === 'FamilyMemberAdded' && data['memberId'] !== former['memberId'];
  if (isNewMember) await refuseWorkerAsMember(planning, String(data['memberId']));
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

/** Each person has one key, and erasing a worker destroys those of the family: a worker's own must not be among them. */
async function refuseWorkerAsMember(planning: Planning, memberId: string): Promise<void> {
  const isSelf = memberId === planning.fold.id;
  if (!isSelf && !(await planning.isWorker(memberId))) return;
  const message = isSelf
    ? `${memberId} is the worker's own id, not that of a family member.`
    : `${memberId} is the id of a worker of this ledger: what is recorded of a family member would go with that worker's key.`;
  throw new Refusal({
    code: 'member-is-worker',
    status: 422,
    detail: message,
    remedy: 'Give the family member a UUID of its own as `data.memberId`, also where the same person works here.',
    errors: [{ path: 'data.memberId', message }],
  });
}

/**
 * Refuses what would leave workers with an employer that nobody registered: their own registrations would have been refused.
 * Only a retraction can do that. A correction leaves the employer registered, and its day is not asked for when a worker is.
 * @throws Refusal 409 with the registrations in `candidates`
 */
export async function refuseLostEmployer(planning: Planning, draft: Draft): Promise<void> {
  const { fold } = planning;
  if (fold.kind !== 'employer' || (draft.state as EmployerState).registeredOn !== null) return;
  const { count, first } = await planning.registrationsWith(fold.id);
  if (count === 0) return;
  const rest = count === 1 ? 'The registration of a worker rests' : `The registrations of ${count} workers rest`;
  const cut = count > first.length ? `, the first ${first.length} of ${count}` : '';
  throw new Refusal({
    code: 'history-impossible',
    status: 409,
    detail: `${rest} on this registration: without it no employer ${fold.id} would be registered.`,
    remedy: `Look at \`candidates\`${cut}: retract them in the streams of their workers first, or correct the employer that they name; \`withDependents\` does not reach other streams.`,
    candidates: first,
  });
}

function refuseUnknownReading(book: RuleBook, name: string, reading: string): void {
  const disputed = conflictsOf(book).filter(({ kind }) => kind !== 'note');
  const conflict = disputed.find((one) => one.name === name);
  if (conflict?.sides.some((side) => side.reading === reading) === true) return;
  const [field, message] =
    conflict === undefined
      ? [
          'rule',
          `${name} has no readings to choose from: those that have are ${disputed.map((one) => one.name).join(', ')}.`,
        ]
      : [
          'reading',
          `${name} has no reading ${reading}: choose one of ${conflict.sides.map((side) => side.reading).join(', ')}.`,
        ];
  throw new Refusal({
    code: 'unknown-reading',
    status: 422,
    detail: message,
    remedy: 'Take both names from GET /v1/conflicts, which also tells what each reading would mean for the employer.',
    errors: [{ path: `data.${field}`, message }],
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
