import type { EpochDay } from '../domain/dates.js';
import type { EventData } from '../domain/event-type.js';
import type { Fact } from '../domain/recorded-event.js';
import { dayNumberOf } from './days.js';

/** A work permit with all its extensions: the chain that shares a number. */
export interface PermitState {
  readonly number: string;
  readonly category: string;
  readonly region: string | null;
  /** Without case and spaces, as positions are compared. */
  position: string;
  passportTag: string | null;
  readonly chainFrom: EpochDay;
  readonly validFrom: EpochDay;
  validUntil: EpochDay;
  extensions: number;
  /** The days between two terms, where an extension began too late. */
  gap: { readonly from: EpochDay; readonly until: EpochDay } | null;
  /** The day it was cancelled or surrendered. */
  endedOn: EpochDay | null;
  readonly issuedBy: Fact;
}

export interface VisaState {
  readonly number: string;
  readonly category: string;
  validFrom: EpochDay;
  validUntil: EpochDay;
  endedOn: EpochDay | null;
}

export interface ResidenceState {
  readonly number: string;
  readonly validFrom: EpochDay;
  readonly validUntil: EpochDay;
  readonly endedOn: EpochDay | null;
}

export interface TripState {
  readonly fact: Fact;
  readonly region: string | null;
  readonly from: EpochDay;
  until: EpochDay | null;
}

export interface MemberState {
  readonly memberId: string;
  readonly relation: string;
  readonly citizenship: string | null;
  readonly turns16On: EpochDay | null;
  inCountry: boolean;
  arrivedOn: EpochDay | null;
  /** The visa in the passport, by its last day. */
  visaUntil: EpochDay | null;
}

/** What the law needs to know of one stream's history so far. Facts fold into it in the order in which they happened. */
export class FoldedState {
  terminatedOn: EpochDay | null = null;
  citizenship: string | null = null;
  route: string | null = null;
  inCountry = false;
  arrivedOn: EpochDay | null = null;
  stayRegion: string | null = null;
  purpose: string | null = null;
  title: string | null = null;
  passportTag: string | null = null;
  hasIin = false;
  contractOn: EpochDay | null = null;
  contractUntil: EpochDay | null = null;
  /** First day of work by the contracts signed so far. */
  workFrom: EpochDay | null = null;
  mentorOn: EpochDay | null = null;
  exemptFrom: EpochDay | null = null;
  exemptUntil: EpochDay | null = null;
  exemptGround: string | null = null;
  residentSince: EpochDay | null = null;
  trip: TripState | null = null;
  /** The trip that the next one ended. */
  previousTrip: TripState | null = null;
  readonly permits: PermitState[] = [];
  readonly visas: VisaState[] = [];
  readonly residencePermits: ResidenceState[] = [];
  readonly members = new Map<string, MemberState>();

  apply(fact: Fact, day: EpochDay): void {
    FOLDS[fact.type]?.(this, fact.data, day, fact);
  }

  permit(number: unknown): PermitState | undefined {
    return lastOf(this.permits, number);
  }

  visa(number: unknown): VisaState | undefined {
    return lastOf(this.visas, number);
  }
}

/** Texts that were compared before: a ledger compares the same few titles and words all the time. */
const plainTexts = new Map<string, string>();
const MOST_REMEMBERED = 5000;

/** Positions are the same whatever their case and spaces. */
export function plainText(value: unknown): string {
  if (typeof value !== 'string') return '';
  const known = plainTexts.get(value);
  if (known !== undefined) return known;
  const plain = value.normalize('NFC').replace(/\s+/gu, '').toLowerCase();
  if (plainTexts.size < MOST_REMEMBERED) plainTexts.set(value, plain);
  return plain;
}

function lastOf<T extends { readonly number: string }>(items: readonly T[], number: unknown): T | undefined {
  for (let index = items.length - 1; index >= 0; index--) {
    if (items[index]?.number === number) return items[index];
  }
  return undefined;
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

type Fold = (state: FoldedState, data: EventData, day: EpochDay, fact: Fact) => void;

const FOLDS: Readonly<Record<string, Fold>> = {
  WorkerRegistered(state, data) {
    state.citizenship = textOf(data['citizenship']);
    state.passportTag = textOf(data['passportTag']);
    state.route = textOf(data['route']);
    state.hasIin = data['hasIin'] === true || textOf(data['iinTag']) !== null || textOf(data['iin']) !== null;
  },
  RouteChosen(state, data) {
    state.route = textOf(data['basis']) ?? textOf(data['route']);
  },
  CitizenshipChanged(state, data) {
    state.citizenship = textOf(data['citizenship']);
  },
  EmploymentTerminated(state, _data, day) {
    state.terminatedOn = day;
  },
  TransferAgreed(state, _data, day) {
    state.terminatedOn = day;
  },
  Arrived(state, data, day) {
    state.inCountry = true;
    state.arrivedOn = day;
    state.stayRegion = textOf(data['region']);
    state.purpose = textOf(data['purpose']);
    state.trip = null;
  },
  Departed(state, _data, day) {
    state.inCountry = false;
    endTrip(state, day);
  },
  AddressChanged(state, data) {
    state.stayRegion = textOf(data['region']) ?? state.stayRegion;
  },
  RegionalTravel(state, data, day, fact) {
    endTrip(state, day - 1);
    state.previousTrip = state.trip;
    state.trip = {
      fact,
      region: textOf(data['region']),
      from: dayNumberOf(data['from']) ?? day,
      until: dayNumberOf(data['until']),
    };
  },
  RegionalTravelEnded(state, data, day) {
    if (state.trip !== null) state.trip.until = dayNumberOf(data['until']) ?? day;
  },
  WorkPermitIssued(state, data, day, issuedBy) {
    const validFrom = dayNumberOf(data['validFrom']) ?? day;
    state.permits.push({
      number: textOf(data['number']) ?? '',
      category: textOf(data['category']) ?? '',
      region: textOf(data['region']),
      position: plainText(data['position']),
      passportTag: textOf(data['passportTag']),
      chainFrom: validFrom,
      validFrom,
      validUntil: dayNumberOf(data['validUntil']) ?? day,
      extensions: 0,
      gap: null,
      endedOn: null,
      issuedBy,
    });
  },
  WorkPermitExtended(state, data, day) {
    const permit = state.permit(data['number']);
    if (permit === undefined) return;
    permit.extensions++;
    // An extension gives no right to work before the day on which it is granted.
    const from = Math.max(dayNumberOf(data['validFrom']) ?? day, day);
    if (from > permit.validUntil + 1) permit.gap = { from: permit.validUntil + 1, until: from - 1 };
    permit.validUntil = dayNumberOf(data['validUntil']) ?? permit.validUntil;
  },
  WorkPermitUpdated(state, data) {
    const permit = state.permit(data['number']);
    if (permit === undefined) return;
    if (textOf(data['position']) !== null) permit.position = plainText(data['position']);
    permit.passportTag = textOf(data['passportTag']) ?? permit.passportTag;
  },
  WorkPermitCancelled: endPermit,
  WorkPermitSurrendered: endPermit,
  JobTitleChanged(state, data) {
    state.title = plainText(data['position']);
  },
  PassportReplaced(state, data) {
    state.passportTag = textOf(data['passportTag']);
  },
  VisaIssued(state, data, day) {
    state.visas.push({
      number: textOf(data['number']) ?? '',
      category: textOf(data['category']) ?? '',
      validFrom: dayNumberOf(data['validFrom']) ?? day,
      validUntil: dayNumberOf(data['validUntil']) ?? day,
      endedOn: null,
    });
  },
  VisaExtended(state, data) {
    const visa = state.visa(data['number']) ?? state.visas.at(-1);
    if (visa !== undefined) visa.validUntil = dayNumberOf(data['validUntil']) ?? visa.validUntil;
  },
  VisaCancelled(state, data, day) {
    const visa = state.visa(data['number']);
    if (visa !== undefined) visa.endedOn ??= day;
  },
  TemporaryResidencePermitIssued(state, data, day) {
    state.residencePermits.push({
      number: textOf(data['number']) ?? '',
      validFrom: dayNumberOf(data['validFrom']) ?? day,
      validUntil: dayNumberOf(data['validUntil']) ?? day,
      endedOn: null,
    });
  },
  ResidencePermitGranted(state, data, day) {
    state.residentSince = dayNumberOf(data['validFrom']) ?? day;
  },
  ExemptionClaimed(state, data, day) {
    state.exemptFrom = day;
    state.exemptUntil = dayNumberOf(data['until']);
    state.exemptGround = textOf(data['ground']);
  },
  EmploymentContractSigned(state, data, day) {
    state.contractOn = day;
    state.contractUntil = dayNumberOf(data['validUntil']);
    const from = dayNumberOf(data['validFrom']) ?? day;
    state.workFrom = state.workFrom === null ? from : Math.min(state.workFrom, from);
  },
  MentorAssigned(state, _data, day) {
    state.mentorOn = day;
  },
  IinAssigned(state) {
    state.hasIin = true;
  },
  FamilyMemberAdded(state, data) {
    const memberId = textOf(data['memberId']);
    if (memberId === null) return;
    const before = state.members.get(memberId);
    state.members.set(memberId, {
      memberId,
      relation: textOf(data['relation']) ?? '',
      citizenship: textOf(data['citizenship']),
      turns16On: dayNumberOf(data['turns16On']),
      inCountry: before?.inCountry ?? false,
      arrivedOn: before?.arrivedOn ?? null,
      visaUntil: before?.visaUntil ?? null,
    });
  },
  FamilyMemberArrived(state, data, day) {
    const member = state.members.get(String(data['memberId']));
    if (member === undefined) return;
    member.inCountry = true;
    member.arrivedOn = day;
  },
  FamilyMemberVisaIssued(state, data) {
    const member = state.members.get(String(data['memberId']));
    if (member !== undefined) member.visaUntil = dayNumberOf(data['validUntil']);
  },
  FamilyMemberDeparted(state, data) {
    const member = state.members.get(String(data['memberId']));
    if (member !== undefined) member.inCountry = false;
  },
};

function endPermit(state: FoldedState, data: EventData, day: EpochDay): void {
  const permit = state.permit(data['number']);
  if (permit !== undefined) permit.endedOn ??= day;
}

/** Leaving the country or setting out again ends a trip, however long it was meant to be. */
function endTrip(state: FoldedState, day: EpochDay): void {
  if (state.trip === null || state.trip.from > day) return;
  if (state.trip.until === null || state.trip.until > day) state.trip.until = day;
}
