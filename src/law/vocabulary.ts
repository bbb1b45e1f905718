import type { EpochDay } from '../domain/dates.js';
import type { Fact } from '../domain/recorded-event.js';
import type { Countries } from './countries.js';
import { dayNumberOf, plusMonths } from './days.js';
import type { entityNames } from './schema.js';
import {
  type FoldedState,
  type MemberState,
  type PermitState,
  plainText,
  type ResidenceState,
  type VisaState,
} from './state.js';

export type Entity = PermitState | VisaState | MemberState | ResidenceState;

/** What a condition may look at: the event, the state after it, and the permit, visa or person it is asked about. */
export interface Scope {
  fact: Fact;
  day: EpochDay;
  readonly state: FoldedState;
  readonly countries: Countries;
  /** Largest number of extensions by category of permit; a category that is not listed has no limit. */
  readonly extensionLimit: (category: string, day: EpochDay) => number | null;
  entity: Entity | null;
  /** Last days of the rule's duties that are neither met nor void. */
  openDues: readonly { readonly due: EpochDay | null }[];
}

export type FactValue = boolean | number | string | null | readonly string[];

/**
 * The words that conditions in the law's files may use beside `event.<field>`. Each says what the facts so far amount to on
 * the day of the event; null stands for "not known".
 */
export const FACTS: Readonly<Record<string, (scope: Scope) => FactValue>> = {
  /** Whether this worker may work only with a permit. Unknown citizenship counts as needing one. */
  needsPermit: ({ state, countries, day }) => needsPermit(state, countries, day),
  /** The same on the day after this event's `validUntil`: an exemption may be over by then, or hold until then only. */
  needsPermitAfterTerm: ({ state, fact, countries, day }) =>
    needsPermit(state, countries, (dayNumberOf(fact.data['validUntil']) ?? day) + 1),
  /**
   * Whether a permit is needed on the first day of work (by the event's contract, or by those signed before) and none is in
   * force; false where an open duty of the rule was missed by that day already.
   */
  worksWithoutPermit: (scope) => isUncovered(scope, firstDayOfWork(scope)),
  /** The same on the day after this event's `until`, the end of an exemption. */
  uncoveredAfterExemption: (scope) => {
    const until = dayNumberOf(scope.fact.data['until']);
    return isUncovered(scope, until === null ? null : until + 1);
  },
  /** Whether this worker needs a visa to work here. */
  needsVisa: ({ state, countries, day }) =>
    state.residentSince === null && (state.citizenship === null || countries.needsVisa(state.citizenship, day)),
  /** Whether some permit is in force on the event's day. */
  hasValidPermit: ({ state, day }) => state.permits.some((permit) => isInForce(permit, day)),
  /** Whether some permit is in force on the day after the event. */
  hasValidPermitNextDay: ({ state, day }) => state.permits.some((permit) => isInForce(permit, day + 1)),
  /** Whether another permit covers the day after this event's `validUntil`. */
  coveredByAnotherPermit: ({ state, fact, entity }) => coveredByAnother(state, fact, entity),
  /** Whether the permit that the event names is in force on the event's day. */
  namedPermitInForce: ({ state, fact, day }) => {
    const permit = state.permit(fact.data['number']);
    return permit === undefined || isInForce(permit, day);
  },
  /** Whether there is a permit that has not ended. */
  hasPermit: ({ state, day }) => currentPermit(state, day) !== null,
  /** Employment lasts from the registration until it is terminated. */
  employed: ({ state }) => state.terminatedOn === null,
  /** Whether there was another permit before the one that the event issues. */
  hadPermitBefore: ({ state, fact }) => state.permits.some(({ number }) => number !== fact.data['number']),
  /** Whether the permit that the event ends would have run on: one that was over already ends nothing. */
  cutsTermShort: ({ state, fact, day }) => (state.permit(fact.data['number'])?.validUntil ?? 0) >= day,
  inCountry: ({ state }) => state.inCountry,
  /** Whether the trip leads to another region than that of stay (the permit's, where no stay is known). */
  otherRegion: ({ state, day }) => {
    const home = state.stayRegion ?? currentPermit(state, day)?.region ?? null;
    return state.trip !== null && state.trip.region !== home;
  },
  /** Days of the trip, first and last counted; a trip without an end is longer than any number. */
  tripDays: ({ state }) => {
    if (state.trip === null) return null;
    return state.trip.until === null ? Number.POSITIVE_INFINITY : state.trip.until - state.trip.from + 1;
  },
  /** Whether the new title is on no permit that has not ended, but for case and spaces. */
  positionDiffersFromPermit: ({ state, fact, day }) => {
    const title = plainText(fact.data['position']);
    const inForce = state.permits.filter((permit) => isInForce(permit, day));
    // Before the first permit begins, those to come are looked at.
    const standing = inForce.length > 0 ? inForce : state.permits.filter((permit) => isNotOver(permit, day));
    return standing.length > 0 && standing.every(({ position }) => position !== title);
  },
  /**
   * Whether the title that was set before is on no permit in force when the event's permit begins; false where an open duty
   * of the rule says so already.
   */
  titleDiffersFromPermit: ({ state, fact, day, openDues }) => {
    if (state.title === null || openDues.length > 0) return false;
    const from = Math.max(dayNumberOf(fact.data['validFrom']) ?? day, day);
    const inForce = state.permits.filter((permit) => isInForce(permit, from));
    return inForce.length > 0 && inForce.every(({ position }) => position !== state.title);
  },
  /** Whether the event's position is the worker's title, but for case and spaces. */
  namesCurrentTitle: ({ state, fact }) => state.title !== null && plainText(fact.data['position']) === state.title,
  /** Whether a permit that has not ended names another passport, or none that is known. */
  passportDiffersFromPermit: ({ state, fact, day, entity }) => {
    const permit = entity !== null && 'extensions' in entity ? entity : currentPermit(state, day);
    if (permit === null) return false;
    return permit.passportTag === null || permit.passportTag !== fact.data['passportTag'];
  },
  /** Whether the event's permit names another passport than the one that is known of the worker. */
  permitNamesOtherPassport: ({ state, fact }) => {
    const named = fact.data['passportTag'] ?? null;
    return named !== null && state.passportTag !== null && named !== state.passportTag;
  },
  /** Whether the event names the passport the worker has now. */
  namesCurrentPassport: ({ state, fact }) => (fact.data['passportTag'] ?? null) === state.passportTag,
  /** Days of the trip that another one ended. */
  previousTripDays: ({ state: { previousTrip } }) =>
    previousTrip === null || previousTrip.until === null ? null : previousTrip.until - previousTrip.from + 1,
  /** Whether the visa of the event, the last to end, ends before the permit that lasts longest. */
  visaEndsBeforePermitInHand: ({ state, fact, day }) => {
    const permit = currentPermit(state, day);
    const until = dayNumberOf(fact.data['validUntil']);
    const isLast = currentVisa(state, day)?.number === fact.data['number'];
    return permit !== null && isLast && until !== null && until < permit.validUntil;
  },
  /** Whether the visa of the event, the last to end, ends before a permit that was renewed. */
  visaEndsBeforeRenewedPermit: ({ state, fact, day }) => {
    const permit = currentPermit(state, day);
    const until = dayNumberOf(fact.data['validUntil']);
    const isRenewed = permit !== null && (permit.extensions > 0 || state.permits.length > 1);
    const isLast = currentVisa(state, day)?.number === fact.data['number'];
    return isRenewed && isLast && until !== null && until < permit.validUntil;
  },
  /** Category of the permit that the event or the obligation is about. */
  category: ({ state, fact, entity, day }) =>
    categoryOf(entity) ?? state.permit(fact.data['number'])?.category ?? currentPermit(state, day)?.category ?? null,
  /** Extensions already used in this permit's chain. */
  extensionsUsed: ({ state, fact }) => state.permit(fact.data['number'])?.extensions ?? 0,
  /** Whether the category leaves room for one more extension. */
  canBeExtended: ({ state, fact, extensionLimit, day }) => {
    const permit = state.permit(fact.data['number']);
    if (permit === undefined) return true;
    const limit = extensionLimit(permit.category, day);
    return limit === null || permit.extensions < limit;
  },
  hasValidVisa: ({ state, day }) => currentVisa(state, day) !== null,
  /** Whether the visa in force ends before the permit's new last day. */
  visaEndsBeforePermit: ({ state, fact, day }) => {
    const visa = currentVisa(state, day) ?? state.visas.at(-1) ?? null;
    const until = dayNumberOf(fact.data['validUntil']);
    return visa !== null && visa.endedOn === null && until !== null && visa.validUntil < until;
  },
  hasResidencePermit: ({ state, day }) => currentResidence(state, day) !== null,
  /** Whether the worker's citizens need a residence permit after some days of stay. */
  residencePermitCountry: ({ state, countries, day }) =>
    state.citizenship !== null && countries.residencePermitAfterDays(state.citizenship, day) !== null,
  /** The same for the member of the family that the event is about. */
  memberResidencePermitCountry: ({ state, fact, countries, day }) => {
    const citizenship = memberOf(state, fact)?.citizenship ?? state.citizenship;
    return citizenship !== null && countries.residencePermitAfterDays(citizenship, day) !== null;
  },
  /** Whether a residence permit for good was granted: such a person is no temporary guest. */
  permanentResident: ({ state, day }) => state.residentSince !== null && state.residentSince <= day,
  /** Groups of the citizenship of the member of the family that the event is about; none where it is not known. */
  memberGroups: ({ state, fact, countries, day }) => {
    const citizenship = memberOf(state, fact)?.citizenship ?? null;
    return citizenship === null ? [] : countries.groupNamesOf(citizenship, day);
  },
  memberRelation: ({ state, fact }) => memberOf(state, fact)?.relation ?? null,
  /** Whether the child was already 16 on the day of the event; null where the day is not known. */
  memberIs16: ({ state, fact, day }) => {
    const turns16On = memberOf(state, fact)?.turns16On ?? null;
    return turns16On === null ? null : turns16On <= day;
  },
  /** Whether the family member's visa ends before the permit's new last day. */
  memberVisaEndsBeforePermit: ({ entity, fact }) => {
    const until = dayNumberOf(fact.data['validUntil']);
    return (
      entity !== null && 'memberId' in entity && entity.visaUntil !== null && until !== null && entity.visaUntil < until
    );
  },
  /** Months of the permit's chain so far, begun ones counted. */
  chainMonths: ({ state, fact }) => {
    const permit = state.permit(fact.data['number']);
    return permit === undefined ? null : monthsBetween(permit.chainFrom, permit.validUntil);
  },
  mentorAssigned: ({ state }) => state.mentorOn !== null,
  contractSigned: ({ state }) => state.contractOn !== null,
  /** Whether a contract that was signed runs to the permit's last day or beyond. */
  contractCoversPermit: ({ state, fact }) => {
    const until = dayNumberOf(fact.data['validUntil']);
    return state.contractUntil !== null && until !== null && state.contractUntil >= until;
  },
  hasIin: ({ state }) => state.hasIin,
  route: ({ state }) => state.route,
  citizenGroups: ({ state, countries, day }) =>
    state.citizenship === null ? [] : countries.groupNamesOf(state.citizenship, day),
  title: ({ state }) => state.title,
};

/** Days that the law's files may name beside `occurredOn` and `event.<field>`; null where the facts do not say. */
export const DAYS: Readonly<Record<string, (scope: Scope) => EpochDay | null>> = {
  'permit.validUntil': ({ entity, state, day }) =>
    entity !== null && 'category' in entity ? entity.validUntil : (currentPermit(state, day)?.validUntil ?? null),
  'visa.validUntil': ({ entity, state, day }) =>
    entity !== null && 'category' in entity && !('position' in entity)
      ? entity.validUntil
      : ((currentVisa(state, day) ?? state.visas.at(-1))?.validUntil ?? null),
  'work.from': firstDayOfWork,
  /** First day of the event's term, not before the day on which it was granted. */
  'term.grantedFrom': ({ fact, day }) => Math.max(dayNumberOf(fact.data['validFrom']) ?? day, day),
  'trip.from': ({ state }) => state.trip?.from ?? null,
  'stay.arrivedOn': ({ state }) => state.arrivedOn,
  'stay.lastDay': ({ state, countries, day }) => lastDayOfStay(state, countries, day),
  'member.turns16On': ({ state, fact }) => memberOf(state, fact)?.turns16On ?? null,
  'member.visaUntil': ({ entity }) => (entity !== null && 'memberId' in entity ? entity.visaUntil : null),
  'member.lastDayOfStay': ({ entity, countries, day, state }) => {
    if (entity === null || !('memberId' in entity) || entity.arrivedOn === null) return null;
    const days = countries.stayDays(entity.citizenship ?? state.citizenship ?? '', day);
    return days === null ? null : entity.arrivedOn + days - 1;
  },
};

/** Calendar months that a term touches: 10 January to 9 April are three. */
function monthsBetween(from: EpochDay, until: EpochDay): number {
  let months = 0;
  while (months < 1200 && plusMonths(from, months) <= until) months++;
  return months;
}

/** Why a day is not known, where the facts do not say it. */
export const MISSING_DAYS: Readonly<Record<string, string>> = {
  'stay.lastDay': 'no visa, residence permit or visa-free term in force tells how long the worker may stay',
  'member.lastDayOfStay': 'no visa-free term tells how long the member of the family may stay',
  'permit.validUntil': 'no work permit in force is recorded',
  'work.from': 'no employment contract is recorded',
  'visa.validUntil': 'no visa is recorded',
  'member.visaUntil': 'no visa of the member of the family is recorded',
  'member.turns16On': 'the day of birth of the member of the family is not recorded',
};

export function needsPermit(state: FoldedState, countries: Countries, day: EpochDay): boolean {
  if (state.residentSince !== null && state.residentSince <= day) return false;
  if (
    state.exemptFrom !== null &&
    state.exemptFrom <= day &&
    (state.exemptUntil === null || day <= state.exemptUntil)
  ) {
    return false;
  }
  return state.citizenship === null || countries.needsPermit(state.citizenship, day);
}

/** In force: begun, not over, not cancelled, not between two terms. The day of a cancellation is still covered. */
export function isInForce(item: PermitState | VisaState | ResidenceState, day: EpochDay): boolean {
  return item.validFrom <= day && isNotOver(item, day) && !isInGap(item, day);
}

function isInGap(item: PermitState | VisaState | ResidenceState, day: EpochDay): boolean {
  return 'gap' in item && item.gap !== null && item.gap.from <= day && day <= item.gap.until;
}

export function isNotOver(item: PermitState | VisaState | ResidenceState, day: EpochDay): boolean {
  return day <= item.validUntil && (item.endedOn === null || day <= item.endedOn);
}

export function currentPermit(state: FoldedState, day: EpochDay): PermitState | null {
  return latest(state.permits, day);
}

export function currentVisa(state: FoldedState, day: EpochDay): VisaState | null {
  return latest(state.visas, day);
}

export function currentResidence(state: FoldedState, day: EpochDay): ResidenceState | null {
  return latest(state.residencePermits, day);
}

/**
 * The last day on which some document lets the worker stay, else the last day of the visa-free term. Null where that term
 * is over for a worker who needs a visa and no document is recorded: the stay goes on by a paper the ledger does not know.
 */
export function lastDayOfStay(state: FoldedState, countries: Countries, day: EpochDay): EpochDay | null {
  const begun = [...state.visas, ...state.residencePermits].filter(({ validFrom }) => validFrom <= day);
  const standing = begun.filter((paper) => isNotOver(paper, day));
  if (standing.length > 0) return Math.max(...standing.map(({ validUntil }) => validUntil));
  if (begun.length > 0) return day;
  const days = state.citizenship === null ? null : countries.stayDays(state.citizenship, day);
  if (state.citizenship === null || days === null || state.arrivedOn === null) return null;
  const last = state.arrivedOn + days - 1;
  return last < day && countries.needsVisa(state.citizenship, day) ? null : Math.max(day, last);
}

/** Lists what an obligation is opened for, one each. */
export function entitiesOf(kind: (typeof entityNames)[number], { state, day }: Scope): readonly Entity[] {
  switch (kind) {
    case 'permit':
      return state.permits.filter((permit) => isStanding(permit, day));
    case 'visa':
      return state.visas.filter((visa) => isStanding(visa, day));
    case 'last-visa': {
      const last = state.visas.filter(({ endedOn }) => endedOn === null).sort((a, b) => b.validUntil - a.validUntil)[0];
      return last === undefined ? [] : [last];
    }
    case 'family':
      return [...state.members.values()].filter(({ inCountry }) => inCountry);
    case 'member':
      return [...state.members.values()];
  }
}

/** The part of a subject that names an entity: its number, or the member's id. */
export function entityKey(entity: Entity): string {
  return 'memberId' in entity ? entity.memberId : entity.number;
}

function isStanding(item: PermitState | VisaState | ResidenceState, day: EpochDay): boolean {
  return item.endedOn === null && day <= item.validUntil;
}

function latest<T extends PermitState | VisaState | ResidenceState>(items: readonly T[], day: EpochDay): T | null {
  let found: T | null = null;
  for (const item of items)
    if (isNotOver(item, day) && (found === null || item.validUntil >= found.validUntil)) found = item;
  return found;
}

function memberOf(state: FoldedState, fact: Fact): MemberState | undefined {
  return state.members.get(String(fact.data['memberId']));
}

function categoryOf(entity: Entity | null): string | null {
  return entity !== null && 'category' in entity ? entity.category : null;
}

/** The first day of work under the event's contract; under another event, the first on which work goes on. */
function firstDayOfWork({ state, fact, day }: Scope): EpochDay | null {
  if (fact.type === 'EmploymentContractSigned') return dayNumberOf(fact.data['validFrom']) ?? day;
  return state.workFrom === null ? null : Math.max(day, state.workFrom);
}

/** Whether a permit is needed on the day, none is in force, and no open duty of the rule was missed by then. */
function isUncovered({ state, countries, openDues }: Scope, day: EpochDay | null): boolean {
  if (day === null || !needsPermit(state, countries, day)) return false;
  if (state.permits.some((permit) => isInForce(permit, day))) return false;
  return !openDues.some(({ due }) => due !== null && due < day);
}

function coveredByAnother(state: FoldedState, fact: Fact, entity: Entity | null): boolean {
  const own = entity !== null && 'extensions' in entity ? entity : null;
  const until = own === null ? dayNumberOf(fact.data['validUntil']) : own.validUntil;
  const number = own === null ? fact.data['number'] : own.number;
  if (until === null) return false;
  return state.permits.some((permit) => permit.number !== number && isInForce(permit, until + 1));
}
