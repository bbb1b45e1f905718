import type { Fact } from './recorded-event.js';
import { conflict, unknownReference } from './refusal.js';

/** A member of the worker's family. The name is sealed: it is read from the event that added the member. */
export interface FamilyMember {
  readonly memberId: string;
  readonly relation: string;
  readonly addedBy: string;
  readonly whereabouts: 'unknown' | 'in-country' | 'abroad';
}

export function evolveFamily(family: readonly FamilyMember[], fact: Fact): readonly FamilyMember[] {
  const memberId = String(fact.data['memberId']);
  if (fact.type === 'FamilyMemberAdded') {
    const relation = String(fact.data['relation']);
    return [...family, { memberId, relation, addedBy: fact.eventId, whereabouts: 'unknown' }];
  }
  const whereabouts = fact.type === 'FamilyMemberArrived' ? 'in-country' : 'abroad';
  return family.map((member) => (member.memberId === memberId ? { ...member, whereabouts } : member));
}

/** Refuses what cannot have happened to these family members. */
export function decideFamily(family: readonly FamilyMember[], fact: Fact): void {
  const memberId = String(fact.data['memberId']);
  const member = family.find((each) => each.memberId === memberId);
  if (fact.type === 'FamilyMemberAdded') {
    if (member === undefined) return;
    throw conflict(
      'family-member-already-added',
      `The family member ${memberId} is already recorded.`,
      'Give another person another memberId, or correct the first event.',
    );
  }
  if (member === undefined) {
    const known = family.map((each) => each.memberId).join(', ');
    throw unknownReference(
      'unknown-family-member',
      `No family member ${memberId} is recorded by ${fact.occurredOn}; ${known === '' ? 'none is' : `recorded are ${known}`}.`,
      'Check `data.memberId`, or record FamilyMemberAdded first.',
    );
  }
  if (fact.type !== 'FamilyMemberArrived' && fact.type !== 'FamilyMemberDeparted') return;
  const next = fact.type === 'FamilyMemberArrived' ? 'in-country' : 'abroad';
  if (member.whereabouts !== next) return;
  throw conflict(
    next === 'in-country' ? 'family-member-already-in-country' : 'family-member-already-abroad',
    `The family member ${memberId} is already ${next === 'in-country' ? 'in Kazakhstan' : 'abroad'} on ${fact.occurredOn}.`,
    'Record the event in between first, or correct the earlier one.',
  );
}
