import { addDays, type Day } from '../domain/dates.js';
import type { EventData } from '../domain/event-type.js';
import type { Fact } from '../domain/recorded-event.js';

export interface PermitPaper {
  readonly number: string;
  readonly category: string;
  readonly region: string | null;
  readonly issuedOn: Day;
  readonly validFrom: Day;
  readonly validUntil: Day;
  /** The day it was cancelled or surrendered. */
  readonly endedOn: Day | null;
  /** Tags of the name it gives its holder; null where it was not recorded. */
  readonly holderNameTags: readonly string[] | null;
  readonly extensions: number;
}

export interface VisaPaper {
  readonly number: string;
  readonly category: string;
  readonly issuedOn: Day;
  readonly validFrom: Day;
  readonly validUntil: Day;
  readonly endedOn: Day | null;
}

export interface ContractPaper {
  readonly number: string;
  readonly signedOn: Day;
  readonly validFrom: Day;
  readonly validUntil: Day;
  readonly clauses: readonly string[];
}

export interface ExtensionPaper {
  readonly number: string;
  readonly on: Day;
  readonly from: Day;
  readonly until: Day;
  readonly previousUntil: Day;
}

export interface Mentorship {
  readonly from: Day;
  readonly until: Day | null;
}

export interface ProvidedPaper {
  readonly kind: string;
  readonly eventId: string;
  readonly providedOn: Day;
  readonly issuedOn: Day;
  readonly expiresOn: Day | null;
  readonly country: string;
  readonly memberId: string | null;
}

export interface LegalisedPaper {
  readonly kind: string;
  readonly country: string;
  readonly form: string;
  readonly memberId: string | null;
}

export interface MemberPaper {
  readonly memberId: string;
  readonly relation: string;
  readonly citizenship: string | null;
  readonly worksFrom: Day | null;
  readonly worksUntil: Day | null;
  readonly visa: { readonly number: string; readonly validUntil: Day } | null;
}

export interface Application {
  readonly number: string;
  readonly on: Day;
  readonly region: string | null;
  readonly position: string | null;
  readonly category: string | null;
}

export interface VisaApplication {
  readonly on: Day;
  readonly category: string;
  readonly invitationNumber: string | null;
  readonly permitNumber: string | null;
}

export interface TripPaper {
  readonly region: string | null;
  readonly from: Day;
  /** The last day; null while no end is known. */
  until: Day | null;
}

export interface PassportOut {
  readonly since: Day;
  readonly to: string;
  readonly purpose: string | null;
  readonly expectedBackOn: Day | null;
}

export interface LaterFact {
  readonly type: string;
  readonly on: Day;
  readonly eventId: string;
}

/** Facts that go on with an employment here: after a transfer they belong to the other employer's ledger. */
export const OF_EMPLOYMENT: ReadonlySet<string> = new Set([
  'EmploymentTerminated',
  'WorkPermitIssued',
  'WorkPermitExtended',
  'WorkPermitApplied',
  'WorkPermitApproved',
  'InvitationRequested',
  'InvitationIssued',
  'VisaApplied',
  'VisaIssued',
  'VisaExtended',
  'TemporaryResidencePermitIssued',
  'EmploymentContractSigned',
  'JobTitleChanged',
  'MentorAssigned',
  'WorkplaceAssigned',
  'RegionalTravel',
  'Arrived',
  'AddressChanged',
]);

/**
 * The papers of one worker as the facts so far leave them: what findings and checklists are worked out from. Facts come in
 * the order in which they happened. Days stay as they were recorded; what is over is decided by who asks.
 */
export class Papers {
  registeredOn: Day | null = null;
  endedOn: Day | null = null;
  /** The last day here of a worker who went over to another employer. */
  transferredOn: Day | null = null;
  /** Id of the worker in the ledger of the employer that the worker came over from. */
  transferredFrom: string | null = null;
  /** What was recorded of the employment here although the worker had gone over to another employer. */
  readonly afterTransfer: LaterFact[] = [];
  citizenship: string | null = null;
  route: string | null = null;
  basis: string | null = null;
  exemption: { readonly ground: string; readonly from: Day; readonly until: Day | null } | null = null;
  residentFrom: Day | null = null;
  inCountry = false;
  arrivedOn: Day | null = null;
  purpose: string | null = null;
  declaredPurpose: string | null = null;
  stayRegion: string | null = null;
  workRegion: string | null = null;
  hasIin = false;
  hasMentor = false;
  passportExpiresOn: Day | null = null;
  /** With whom the original passport is; null while the worker has it. */
  passportOut: PassportOut | null = null;
  nameTags: readonly string[] | null = null;
  vacancyOn: Day | null = null;
  invitation: { readonly number: string; readonly on: Day } | null = null;
  invitationRequestedOn: Day | null = null;
  feePaidOn: Day | null = null;
  interviewOn: Day | null = null;
  readonly trips: TripPaper[] = [];
  readonly permits: PermitPaper[] = [];
  readonly visas: VisaPaper[] = [];
  readonly residencePermits: { readonly number: string; readonly validFrom: Day; readonly validUntil: Day }[] = [];
  readonly contracts: ContractPaper[] = [];
  readonly extensions: ExtensionPaper[] = [];
  readonly mentorships: Mentorship[] = [];
  readonly provided: ProvidedPaper[] = [];
  readonly legalised: LegalisedPaper[] = [];
  readonly members = new Map<string, MemberPaper>();
  readonly applications: Application[] = [];
  readonly visaApplications: VisaApplication[] = [];

  /** Takes the next fact; says whether it changed any paper. */
  apply(fact: Fact): boolean {
    const fold = FOLDS[fact.type];
    const { type, occurredOn, eventId } = fact;
    const isLater = this.transferredOn !== null && occurredOn > this.transferredOn && OF_EMPLOYMENT.has(type);
    if (isLater) this.afterTransfer.push({ type, on: occurredOn, eventId });
    if (fold === undefined) return isLater;
    fold(this, fact.data, fact.occurredOn, fact);
    return true;
  }

  /** Whether the name on a permit is that of the passport in another spelling; null where one of them is not known. */
  nameMatches({ holderNameTags }: PermitPaper): boolean | null {
    const own = this.nameTags;
    if (holderNameTags === null || own === null) return null;
    return holderNameTags.some((tag) => own.includes(tag));
  }
}

/** The papers after these facts. */
export function papersOf(facts: Iterable<Fact>): Papers {
  const papers = new Papers();
  for (const fact of facts) papers.apply(fact);
  return papers;
}

/** The last day on which a permit or visa is good. */
export function lastDayOf({ validUntil, endedOn }: PermitPaper | VisaPaper): Day {
  return endedOn !== null && endedOn < validUntil ? endedOn : validUntil;
}

type Fold = (papers: Papers, data: EventData, day: Day, fact: Fact) => void;

const FOLDS: Readonly<Record<string, Fold>> = {
  WorkerRegistered(papers, data, day) {
    papers.registeredOn = day;
    papers.citizenship = text(data['citizenship']);
    papers.route = text(data['route']);
    papers.passportExpiresOn = text(data['passportExpiresOn']);
    papers.nameTags = list(data['nameTags']);
    papers.hasIin = text(data['iinTag']) !== null;
    papers.transferredFrom = text(data['transferredFrom']);
  },
  RouteChosen(papers, data) {
    papers.route = text(data['route']) ?? papers.route;
    papers.basis = text(data['basis']) ?? papers.basis;
  },
  CitizenshipChanged(papers, data) {
    papers.citizenship = text(data['citizenship']);
  },
  ExemptionClaimed(papers, data, day) {
    papers.exemption = { ground: text(data['ground']) ?? '', from: day, until: text(data['until']) };
  },
  ResidencePermitGranted(papers, data, day) {
    papers.residentFrom = text(data['validFrom']) ?? day;
  },
  EmploymentTerminated(papers, _data, day) {
    papers.endedOn ??= day;
  },
  TransferAgreed(papers, _data, day) {
    papers.transferredOn ??= day;
    papers.endedOn ??= day;
  },
  EntryPurposeDeclared(papers, data) {
    papers.declaredPurpose = text(data['purpose']);
  },
  Arrived(papers, data, day) {
    papers.inCountry = true;
    papers.arrivedOn = day;
    papers.purpose = text(data['purpose']);
    papers.stayRegion = text(data['region']);
  },
  Departed(papers, _data, day) {
    papers.inCountry = false;
    endTrip(papers, day);
  },
  RegionalTravel(papers, data, day) {
    const from = text(data['from']) ?? day;
    endTrip(papers, addDays(from, -1));
    papers.trips.push({ region: text(data['region']), from, until: text(data['until']) });
  },
  RegionalTravelEnded(papers, data, day) {
    const trip = papers.trips.at(-1);
    if (trip !== undefined) trip.until = text(data['until']) ?? day;
  },
  AddressChanged(papers, data) {
    papers.stayRegion = text(data['region']) ?? papers.stayRegion;
  },
  WorkplaceAssigned(papers, data) {
    papers.workRegion = text(data['region']);
  },
  PassportReplaced(papers, data) {
    papers.passportExpiresOn = text(data['passportExpiresOn']);
    papers.nameTags = list(data['nameTags']) ?? papers.nameTags;
  },
  PassportHandedOver(papers, data, day) {
    papers.passportOut = {
      since: day,
      to: text(data['to']) ?? '',
      purpose: text(data['purpose']),
      expectedBackOn: text(data['expectedBackOn']),
    };
  },
  PassportReturned(papers) {
    papers.passportOut = null;
  },
  IinAssigned(papers) {
    papers.hasIin = true;
  },
  WorkPermitIssued(papers, data, day) {
    papers.permits.push({
      number: text(data['number']) ?? '',
      category: text(data['category']) ?? '',
      region: text(data['region']),
      issuedOn: day,
      validFrom: text(data['validFrom']) ?? day,
      validUntil: text(data['validUntil']) ?? day,
      endedOn: null,
      holderNameTags: list(data['holderNameTags']),
      extensions: 0,
    });
  },
  WorkPermitExtended(papers, data, day) {
    change(papers.permits, data['number'], (permit) => {
      const from = text(data['validFrom']) ?? day;
      const until = text(data['validUntil']) ?? permit.validUntil;
      papers.extensions.push({ number: permit.number, on: day, from, until, previousUntil: permit.validUntil });
      return { ...permit, validUntil: until, extensions: permit.extensions + 1 };
    });
  },
  WorkPermitUpdated(papers, data) {
    change(papers.permits, data['number'], (permit) => ({
      ...permit,
      holderNameTags: list(data['holderNameTags']) ?? permit.holderNameTags,
    }));
  },
  WorkPermitCancelled: endPermit,
  WorkPermitSurrendered: endPermit,
  VisaIssued(papers, data, day) {
    papers.visas.push({
      number: text(data['number']) ?? '',
      category: text(data['category']) ?? '',
      issuedOn: day,
      validFrom: text(data['validFrom']) ?? day,
      validUntil: text(data['validUntil']) ?? day,
      endedOn: null,
    });
  },
  VisaExtended(papers, data) {
    change(papers.visas, data['number'], (visa) => ({
      ...visa,
      validUntil: text(data['validUntil']) ?? visa.validUntil,
    }));
  },
  VisaCancelled(papers, data, day) {
    change(papers.visas, data['number'], (visa) => ({ ...visa, endedOn: visa.endedOn ?? day }));
  },
  TemporaryResidencePermitIssued(papers, data, day) {
    papers.residencePermits.push({
      number: text(data['number']) ?? '',
      validFrom: text(data['validFrom']) ?? day,
      validUntil: text(data['validUntil']) ?? day,
    });
  },
  EmploymentContractSigned(papers, data, day) {
    papers.contracts.push({
      number: text(data['number']) ?? '',
      signedOn: day,
      validFrom: text(data['validFrom']) ?? day,
      validUntil: text(data['validUntil']) ?? day,
      clauses: list(data['clauses']) ?? [],
    });
  },
  MentorAssigned(papers, data, day) {
    papers.hasMentor = true;
    papers.mentorships.push({ from: text(data['from']) ?? day, until: null });
  },
  MentorshipCompleted(papers, data, day) {
    const open = papers.mentorships.findIndex(({ until }) => until === null);
    const mentorship = papers.mentorships[open];
    if (mentorship !== undefined) papers.mentorships[open] = { ...mentorship, until: text(data['until']) ?? day };
  },
  DocumentProvided(papers, data, day, { eventId }) {
    papers.provided.push({
      kind: text(data['kind']) ?? '',
      eventId,
      providedOn: day,
      issuedOn: text(data['issuedOn']) ?? day,
      expiresOn: text(data['expiresOn']),
      country: text(data['country']) ?? '',
      memberId: text(data['memberId']),
    });
  },
  DocumentLegalised(papers, data) {
    papers.legalised.push({
      kind: text(data['kind']) ?? '',
      country: text(data['country']) ?? '',
      form: text(data['form']) ?? '',
      memberId: text(data['memberId']),
    });
  },
  VacancyPublished(papers, _data, day) {
    papers.vacancyOn = day;
  },
  WorkPermitApplied(papers, data, day) {
    papers.applications.push({
      number: text(data['applicationNumber']) ?? '',
      on: day,
      region: text(data['region']),
      position: text(data['position']),
      category: text(data['category']),
    });
  },
  InvitationRequested(papers, _data, day) {
    papers.invitationRequestedOn = day;
  },
  InvitationIssued(papers, data, day) {
    papers.invitation = { number: text(data['number']) ?? '', on: day };
  },
  VisaApplied(papers, data, day) {
    papers.visaApplications.push({
      on: day,
      category: text(data['category']) ?? '',
      invitationNumber: text(data['invitationNumber']),
      permitNumber: text(data['permitNumber']),
    });
  },
  ConsularFeePaid(papers, _data, day) {
    papers.feePaidOn = day;
  },
  InterviewHeld(papers, _data, day) {
    papers.interviewOn = day;
  },
  FamilyMemberAdded(papers, data) {
    const memberId = text(data['memberId']);
    if (memberId === null) return;
    const relation = text(data['relation']) ?? '';
    const citizenship = text(data['citizenship']);
    papers.members.set(memberId, { memberId, relation, citizenship, worksFrom: null, worksUntil: null, visa: null });
  },
  FamilyMemberEmployed(papers, data, day) {
    const member = papers.members.get(String(data['memberId']));
    if (member === undefined || data['ownPermit'] === true) return;
    papers.members.set(member.memberId, { ...member, worksFrom: day, worksUntil: text(data['until']) });
  },
  FamilyMemberVisaIssued(papers, data, day) {
    const member = papers.members.get(String(data['memberId']));
    if (member === undefined) return;
    const visa = { number: text(data['number']) ?? '', validUntil: text(data['validUntil']) ?? day };
    papers.members.set(member.memberId, { ...member, visa });
  },
};

function endPermit(papers: Papers, data: EventData, day: Day): void {
  change(papers.permits, data['number'], (permit) => ({ ...permit, endedOn: permit.endedOn ?? day }));
}

/** Leaving the country or setting out again ends a trip, however long it was meant to be. */
function endTrip({ trips }: Papers, day: Day): void {
  const trip = trips.at(-1);
  if (trip === undefined || trip.from > day) return;
  if (trip.until === null || trip.until > day) trip.until = day;
}

/** Replaces the last paper with this number. */
function change<T extends { readonly number: string }>(papers: T[], number: unknown, by: (paper: T) => T): void {
  for (let index = papers.length - 1; index >= 0; index--) {
    const paper = papers[index];
    if (paper === undefined || paper.number !== number) continue;
    papers[index] = by(paper);
    return;
  }
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function list(value: unknown): readonly string[] | null {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : null;
}
