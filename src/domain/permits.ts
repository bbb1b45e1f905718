import { type Day, daysBetween } from './dates.js';
import type { Fact } from './recorded-event.js';
import { conflict, Refusal, unknownReference } from './refusal.js';

/** A work permit with its chain of terms. */
export interface WorkPermit {
  readonly number: string;
  readonly category: string;
  readonly position: string;
  readonly region: string;
  readonly validFrom: Day;
  readonly validUntil: Day;
  readonly passportTag: string | null;
  /** Tags of the name that it gives its holder; null where the name was not recorded. */
  readonly holderNameTags: readonly string[] | null;
  /** How often it was extended. */
  readonly extensions: number;
  readonly cancelledOn: Day | null;
  readonly surrenderedOn: Day | null;
}

/** A limit that the law's data sets on what may be recorded without acknowledging a breach. */
export interface LawLimit<T> {
  readonly value: T;
  readonly rule: string;
  readonly reference: string;
}

/** What the decisions about permits need to know of the law. The values are data: null where the law's data has none. */
export interface PermitLaw {
  /** How often a permit of a category may be extended. */
  extensionsOf(category: string, on: Day): LawLimit<number> | null;
  /** How many days the new term may begin after the last day of the old one. */
  extensionGapDays(on: Day): LawLimit<{ readonly least: number; readonly most: number }> | null;
  /** Whether an invitation needs the name on the permit to be that of the passport. */
  sameNameForInvitation(on: Day): LawLimit<true> | null;
}

export function evolvePermits(permits: readonly WorkPermit[], fact: Fact): readonly WorkPermit[] {
  const { data } = fact;
  if (fact.type === 'WorkPermitIssued') {
    const issued: WorkPermit = {
      number: String(data['number']),
      category: String(data['category']),
      position: String(data['position']),
      region: String(data['region']),
      validFrom: String(data['validFrom']),
      validUntil: String(data['validUntil']),
      passportTag: textOrNull(data['passportTag']),
      holderNameTags: tagsOrNull(data['holderNameTags']),
      extensions: 0,
      cancelledOn: null,
      surrenderedOn: null,
    };
    return [...permits, issued];
  }
  return permits.map((permit) => (permit.number === data['number'] ? changed(permit, fact) : permit));
}

function changed(permit: WorkPermit, { type, data, occurredOn }: Fact): WorkPermit {
  switch (type) {
    case 'WorkPermitExtended':
      return {
        ...permit,
        validFrom: String(data['validFrom']),
        validUntil: String(data['validUntil']),
        extensions: permit.extensions + 1,
      };
    case 'WorkPermitUpdated':
      return {
        ...permit,
        position: textOrNull(data['position']) ?? permit.position,
        passportTag: textOrNull(data['passportTag']) ?? permit.passportTag,
        holderNameTags: tagsOrNull(data['holderNameTags']) ?? permit.holderNameTags,
      };
    case 'WorkPermitCancelled':
      return { ...permit, cancelledOn: occurredOn };
    case 'WorkPermitSurrendered':
      return { ...permit, surrenderedOn: occurredOn };
    default:
      return permit;
  }
}

/** Steps on the way to a permit: they name none that exists. */
const ON_THE_WAY: ReadonlySet<string> = new Set([
  'WorkPermitApplied',
  'WorkPermitApproved',
  'WorkPermitApplicationWithdrawn',
]);

/** Refuses what cannot have happened to these permits. */
export function decidePermits(permits: readonly WorkPermit[], fact: Fact): void {
  if (ON_THE_WAY.has(fact.type)) return;
  const number = String(fact.data['number']);
  const permit = permits.find((each) => each.number === number);
  if (fact.type === 'WorkPermitIssued') {
    if (permit !== undefined) {
      throw conflict(
        'permit-already-recorded',
        `The work permit ${number} is already recorded for this worker.`,
        'Record an extension as WorkPermitExtended, a re-issue as WorkPermitUpdated, or correct the first event.',
      );
    }
    return;
  }
  if (permit === undefined) throw unknownPermit(permits, fact);
  const when = permit.cancelledOn ?? permit.surrenderedOn;
  if (fact.type === 'WorkPermitCancelled' || fact.type === 'WorkPermitSurrendered') {
    const done = fact.type === 'WorkPermitCancelled' ? permit.cancelledOn : permit.surrenderedOn;
    if (done !== null) {
      const word = fact.type === 'WorkPermitCancelled' ? 'cancelled' : 'surrendered';
      throw conflict(
        `permit-already-${word}`,
        `The work permit ${number} was already ${word} on ${done}.`,
        'Correct the earlier event if its day is wrong.',
      );
    }
  } else if (when !== null) {
    throw conflict(
      permit.cancelledOn === null ? 'permit-surrendered' : 'permit-cancelled',
      `The work permit ${number} ended on ${when}: nothing can be applied for, extended or updated on it afterwards.`,
      'Check the number; a new permit is recorded as WorkPermitIssued, and a wrong end is retracted.',
    );
  }
}

/** What is possible but breaks the law without opening an obligation: each breach has to be acknowledged. */
export function permitBreaches(permits: readonly WorkPermit[], fact: Fact, law: PermitLaw): readonly Refusal[] {
  if (fact.type !== 'WorkPermitExtended') return [];
  const permit = permits.find((each) => each.number === fact.data['number']);
  if (permit === undefined) return [];
  const breaches: Refusal[] = [];
  const limit = law.extensionsOf(permit.category, fact.occurredOn);
  if (limit !== null && permit.extensions >= limit.value) {
    const detail =
      limit.value === 0
        ? `A permit of category ${permit.category} is not extended, and this would extend ${permit.number}.`
        : `A permit of category ${permit.category} may be extended ${limit.value} times; ${permit.number} has been extended ${permit.extensions} times already.`;
    breaches.push(breach('permit-extension-limit', detail, limit));
  }
  const gap = law.extensionGapDays(fact.occurredOn);
  const validFrom = String(fact.data['validFrom']);
  const days = daysBetween(permit.validUntil, validFrom);
  if (gap !== null && (days < gap.value.least || days > gap.value.most)) {
    breaches.push(
      breach(
        'permit-continuity',
        `The extension of ${permit.number} begins on ${validFrom}, but the former term ended on ${permit.validUntil}: the new term has to follow the old one without a ${days < gap.value.least ? 'overlap' : 'gap'}.`,
        gap,
      ),
    );
  }
  return breaches;
}

/** An invitation fails on a permit whose name is not that of the passport in any spelling. */
export function invitationBreaches(
  { permits, nameTags }: { readonly permits: readonly WorkPermit[]; readonly nameTags: readonly string[] | null },
  fact: Fact,
  law: PermitLaw,
): readonly Refusal[] {
  if (fact.type !== 'InvitationRequested' && fact.type !== 'InvitationIssued') return [];
  const limit = law.sameNameForInvitation(fact.occurredOn);
  const other = permits.find(
    ({ holderNameTags, cancelledOn, surrenderedOn, validUntil }) =>
      (cancelledOn ?? surrenderedOn) === null &&
      validUntil >= fact.occurredOn &&
      holderNameTags !== null &&
      nameTags !== null &&
      !holderNameTags.some((tag) => nameTags.includes(tag)),
  );
  if (limit === null || other === undefined) return [];
  const detail = `The name on work permit ${other.number} is not that of the passport, in whatever spelling: the invitation fails on it.`;
  return [breach('name-in-permit-differs', detail, limit)];
}

function breach(code: string, detail: string, { rule, reference }: LawLimit<unknown>): Refusal {
  return new Refusal({
    code,
    status: 409,
    detail,
    rule,
    reference,
    remedy: `Check the data. If it happened all the same, send it again with "acknowledge": ["${rule}"] and a "reason".`,
  });
}

function unknownPermit(permits: readonly WorkPermit[], fact: Fact): Refusal {
  const number = String(fact.data['number']);
  if (permits.length === 0) {
    return conflict(
      'no-work-permit',
      `${fact.type} of ${fact.occurredOn} names the work permit ${number}, but no permit of this worker is recorded by that day.`,
      'Record WorkPermitIssued first.',
    );
  }
  return unknownReference(
    'unknown-permit',
    `No work permit ${number} of this worker is recorded by ${fact.occurredOn}; recorded are ${listed(permits)}.`,
    'Check the number, or record WorkPermitIssued first.',
  );
}

/** The numbers of documents as a list for a message; the last few where there are many. */
export function listed(documents: readonly { readonly number: string }[]): string {
  const shown = documents.slice(-10).map(({ number }) => number);
  return documents.length > shown.length
    ? `${shown.join(', ')} and ${documents.length - shown.length} more`
    : shown.join(', ');
}

function tagsOrNull(value: unknown): readonly string[] | null {
  return Array.isArray(value) ? value.filter((tag) => typeof tag === 'string') : null;
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
