import type { Day } from '../domain/dates.js';
import type { RuleBook } from './book.js';
import { dayNumber } from './days.js';
import type { CheckedThing } from './findings-schema.js';
import { UNDER, type Values } from './matching.js';
import type { PaperLaw } from './paper-law.js';
import { lastDayOf, OF_EMPLOYMENT, type Papers, type PermitPaper, type VisaPaper } from './papers.js';
import { regionTrips } from './region-trips.js';

/** One thing that a check is asked about, with the values that its conditions and sentences may name. */
export interface CheckedEntity {
  readonly subject: string;
  readonly values: Values;
}

const WORKER = [
  'day',
  'citizenship',
  'groups',
  'needsPermit',
  'needsVisa',
  'route',
  'contractExempt',
  'exemptGround',
  'exemptUntil',
  'inCountry',
  'arrivedOn',
  'purpose',
  'declaredPurpose',
  'stayRegion',
  'workRegion',
  'permitRegions',
  'passportExpiresOn',
  'hasPermit',
  'hasWorkVisa',
  'hasStayPaper',
  'hasContract',
  'appliedOn',
  'vacancyOn',
  'invitationNumber',
  'passportWith',
  'passportOutSince',
  'passportBackBy',
];
const PERMIT = [
  'permit.number',
  'permit.category',
  'permit.region',
  'permit.issuedOn',
  'permit.validFrom',
  'permit.validUntil',
  'permit.lastDay',
  'permit.nameMatches',
];

const words = (...lists: readonly (readonly string[])[]): ReadonlySet<string> => new Set([...WORKER, ...lists.flat()]);

/** The words that a check may use, by what it is asked about. */
export const FINDING_WORDS: Readonly<Record<CheckedThing, ReadonlySet<string>>> = {
  worker: words(),
  permit: words(PERMIT),
  visa: words(
    ['visa.number', 'visa.category', 'visa.work', 'visa.issuedOn', 'visa.validFrom', 'visa.validUntil', 'visa.lastDay'],
    PERMIT,
  ),
  contract: words(
    ['contract.number', 'contract.signedOn', 'contract.validFrom', 'contract.validUntil', 'contract.clauses'],
    PERMIT,
  ),
  extension: words(['extension.on', 'extension.from', 'extension.until', 'extension.previousUntil'], PERMIT),
  mentorship: words(['mentorship.from', 'mentorship.until']),
  residence: words(['residence.number', 'residence.from', 'residence.until']),
  member: words(
    [
      'member.id',
      'member.relation',
      'member.needsPermit',
      'member.worksFrom',
      'member.worksUntil',
      'member.visaNumber',
      'member.visaUntil',
    ],
    PERMIT,
  ),
  application: words(['application.number', 'application.on', 'application.category']),
  'visa-application': words([
    'visaApplication.on',
    'visaApplication.category',
    'visaApplication.invitationNumber',
    'visaApplication.permitNumber',
  ]),
  invitation: words(['invitation.on', 'invitation.number'], PERMIT),
  'after-transfer': words(['later.type', 'later.on', 'transfer.on']),
  'region-trips': words(['trips.region', 'trips.year', 'trips.limit', 'trips.lastDay']),
  transfer: new Set(
    ['workerId', 'from', 'isKnown', 'registeredOn', 'lastDay', 'isAgreed', 'toBin', 'bin'].map((w) => `transfer.${w}`),
  ),
  'quota-request': new Set(
    ['year', 'region', 'on', 'hasActivity', 'namesContracts'].map((word) => `quotaRequest.${word}`),
  ),
  quota: new Set(['year', 'region', 'category', 'requested', 'granted', 'used', 'over'].map((word) => `quota.${word}`)),
};

const PERSON = ['WorkerRegistered', 'CitizenshipChanged', 'ResidencePermitGranted', 'ExemptionClaimed'];
const STAY = ['Arrived', 'Departed', 'AddressChanged'];
const PERMITS = [
  'WorkPermitIssued',
  'WorkPermitExtended',
  'WorkPermitUpdated',
  'WorkPermitCancelled',
  'WorkPermitSurrendered',
];
const VISAS = ['VisaIssued', 'VisaExtended', 'VisaCancelled'];
const CUSTODY = ['PassportHandedOver', 'PassportReturned'];
const TRIPS = ['RegionalTravel', 'RegionalTravelEnded', 'Departed'];
const INVITATIONS = ['InvitationRequested', 'InvitationIssued'];

/** Types of the facts that may change a value, by the value's name or the part before its dot. */
const CHANGED_BY: Readonly<Record<string, readonly string[]>> = {
  citizenship: PERSON,
  groups: PERSON,
  needsPermit: PERSON,
  needsVisa: PERSON,
  exemptGround: PERSON,
  exemptUntil: PERSON,
  route: ['WorkerRegistered', 'RouteChosen'],
  contractExempt: ['WorkerRegistered', 'RouteChosen', 'WorkPermitIssued'],
  inCountry: STAY,
  arrivedOn: STAY,
  purpose: STAY,
  stayRegion: STAY,
  declaredPurpose: ['EntryPurposeDeclared'],
  workRegion: ['WorkplaceAssigned'],
  permitRegions: PERMITS,
  hasPermit: PERMITS,
  hasWorkVisa: VISAS,
  hasStayPaper: [...VISAS, 'TemporaryResidencePermitIssued'],
  hasContract: ['EmploymentContractSigned'],
  passportExpiresOn: ['WorkerRegistered', 'PassportReplaced'],
  appliedOn: ['WorkPermitApplied'],
  vacancyOn: ['VacancyPublished'],
  invitationNumber: INVITATIONS,
  passportWith: CUSTODY,
  passportOutSince: CUSTODY,
  passportBackBy: CUSTODY,
  permit: ['WorkerRegistered', ...PERMITS],
  'permit.nameMatches': ['WorkerRegistered', 'PassportReplaced', ...PERMITS],
  trips: TRIPS,
  'region-trips': TRIPS,
  visa: VISAS,
  contract: ['EmploymentContractSigned'],
  extension: ['WorkPermitExtended'],
  mentorship: ['MentorAssigned', 'MentorshipCompleted'],
  residence: ['TemporaryResidencePermitIssued'],
  member: ['FamilyMemberAdded', 'FamilyMemberEmployed', 'FamilyMemberVisaIssued'],
  application: ['WorkPermitApplied'],
  visaApplication: ['VisaApplied'],
  'visa-application': ['VisaApplied'],
  invitation: INVITATIONS,
  'after-transfer': [...OF_EMPLOYMENT],
};

/**
 * Types of the facts after which a check has to be asked again: those that change a value it names, or the things it is
 * asked about. Other facts leave its answer as it was.
 */
export function typesThatMatter(thing: CheckedThing, words: Iterable<string>): ReadonlySet<string> {
  const names = [thing as string, ...words];
  return new Set(names.flatMap((word) => CHANGED_BY[word] ?? CHANGED_BY[word.split('.')[0] ?? ''] ?? []));
}

/**
 * What is known of the worker on a day, each value worked out when it is asked for: a check asks for few of them. Good as
 * long as the papers do not change.
 */
class WorkerValues {
  readonly #papers: Papers;
  readonly #book: RuleBook;
  readonly day: Day;
  /** What several checks of one fact ask for. */
  #needsPermit: boolean | null | undefined;
  #contractExempt: boolean | undefined;
  #hasPermit: boolean | undefined;

  constructor(papers: Papers, book: RuleBook, day: Day) {
    this.#papers = papers;
    this.#book = book;
    this.day = day;
  }

  get citizenship() {
    return this.#papers.citizenship;
  }
  get groups() {
    const { citizenship } = this.#papers;
    return citizenship === null ? null : this.#book.countries.groupNamesOf(citizenship, dayNumber(this.day));
  }
  get needsPermit() {
    if (this.#needsPermit === undefined) this.#needsPermit = this.#askNeedsPermit();
    return this.#needsPermit;
  }
  #askNeedsPermit(): boolean | null {
    const { citizenship, exemption } = this.#papers;
    if (this.#isResident) return false;
    if (exemption !== null && exemption.from <= this.day && (exemption.until === null || this.day <= exemption.until))
      return false;
    return citizenship === null ? null : this.#book.countries.needsPermit(citizenship, dayNumber(this.day));
  }
  get needsVisa() {
    const { citizenship } = this.#papers;
    if (this.#isResident) return false;
    return citizenship === null ? null : this.#book.countries.needsVisa(citizenship, dayNumber(this.day));
  }
  get route() {
    return this.#papers.route;
  }
  get contractExempt() {
    this.#contractExempt ??= isContractExempt(this.#papers);
    return this.#contractExempt;
  }
  get exemptGround() {
    return this.#papers.exemption?.ground ?? null;
  }
  get exemptUntil() {
    return this.#papers.exemption?.until ?? null;
  }
  get inCountry() {
    return this.#papers.inCountry;
  }
  get arrivedOn() {
    return this.#papers.arrivedOn;
  }
  get purpose() {
    return this.#papers.purpose;
  }
  get declaredPurpose() {
    return this.#papers.declaredPurpose;
  }
  get stayRegion() {
    return this.#papers.stayRegion;
  }
  get workRegion() {
    return this.#papers.workRegion;
  }
  get permitRegions() {
    return this.#papers.permits.flatMap((permit) => (lastDayOf(permit) >= this.day ? (permit.region ?? []) : []));
  }
  get passportExpiresOn() {
    return this.#papers.passportExpiresOn;
  }
  get hasPermit() {
    this.#hasPermit ??= this.#papers.permits.some((permit) => lastDayOf(permit) >= this.day);
    return this.#hasPermit;
  }
  get hasWorkVisa() {
    return this.#papers.visas.some(
      (visa) => lastDayOf(visa) >= this.day && visaWork(visa.category, visa.validFrom, this.#book.papers) === 'yes',
    );
  }
  /** Whether a visa or a residence permit that is not over was recorded. */
  get hasStayPaper() {
    const { visas, residencePermits } = this.#papers;
    return (
      visas.some((visa) => lastDayOf(visa) >= this.day) ||
      residencePermits.some(({ validUntil }) => validUntil >= this.day)
    );
  }
  get hasContract() {
    return this.#papers.contracts.length > 0;
  }
  get appliedOn() {
    return this.#papers.applications.at(-1)?.on ?? null;
  }
  get vacancyOn() {
    return this.#papers.vacancyOn;
  }
  get invitationNumber() {
    return this.#papers.invitation?.number ?? null;
  }

  get passportWith() {
    return this.#papers.passportOut?.to ?? null;
  }
  get passportOutSince() {
    return this.#papers.passportOut?.since ?? null;
  }
  get passportBackBy() {
    return this.#papers.passportOut?.expectedBackOn ?? null;
  }

  get #isResident(): boolean {
    const { residentFrom } = this.#papers;
    return residentFrom !== null && residentFrom <= this.day;
  }
}

/** What is known of the worker on a day. Good as long as the papers do not change. */
export function workerValues(papers: Papers, book: RuleBook, day: Day): Values {
  return new WorkerValues(papers, book, day) as unknown as Values;
}

/** The things of a kind that a check is asked about, each with its own values. */
export function entitiesOf(
  thing: CheckedThing,
  papers: Papers,
  { book, day, worker }: { readonly book: RuleBook; readonly day: Day; readonly worker: Values },
): readonly CheckedEntity[] {
  switch (thing) {
    case 'worker':
      return [{ subject: 'worker', values: worker }];
    case 'permit':
      return papers.permits.map((permit) => ({
        subject: `permit:${permit.number}`,
        values: permitValues(papers, permit, worker),
      }));
    case 'visa':
      return papers.visas.map((visa) => ({
        subject: `visa:${visa.number}`,
        values: {
          [UNDER]: permitValues(papers, permitOver(papers, visa), worker),
          'visa.number': visa.number,
          'visa.category': visa.category,
          'visa.work': visaWork(visa.category, visa.validFrom, book.papers),
          'visa.issuedOn': visa.issuedOn,
          'visa.validFrom': visa.validFrom,
          'visa.validUntil': visa.validUntil,
          'visa.lastDay': lastDayOf(visa),
        },
      }));
    case 'contract':
      return papers.contracts.slice(-1).map((contract) => ({
        subject: `contract:${contract.number}`,
        values: {
          [UNDER]: permitValues(
            papers,
            longest(papers.permits, (permit) => lastDayOf(permit) >= contract.validFrom),
            worker,
          ),
          'contract.number': contract.number,
          'contract.signedOn': contract.signedOn,
          'contract.validFrom': contract.validFrom,
          'contract.validUntil': contract.validUntil,
          'contract.clauses': contract.clauses,
        },
      }));
    case 'extension':
      return papers.extensions.map(({ number, on, from, until, previousUntil }) => ({
        subject: `permit:${number}:from:${from}`,
        values: {
          [UNDER]: permitValues(
            papers,
            longest(papers.permits, (permit) => permit.number === number),
            worker,
          ),
          'extension.on': on,
          'extension.from': from,
          'extension.until': until,
          'extension.previousUntil': previousUntil,
        },
      }));
    case 'residence':
      return papers.residencePermits.map(({ number, validFrom, validUntil }) => ({
        subject: `residence:${number}`,
        values: {
          [UNDER]: worker,
          'residence.number': number,
          'residence.from': validFrom,
          'residence.until': validUntil,
        },
      }));
    case 'mentorship':
      return papers.mentorships.map(({ from, until }, index) => ({
        subject: `mentorship:${from}${index === 0 ? '' : `:${index + 1}`}`,
        values: { [UNDER]: worker, 'mentorship.from': from, 'mentorship.until': until },
      }));
    case 'member':
      return [...papers.members.values()].map(({ memberId, relation, citizenship, worksFrom, worksUntil, visa }) => ({
        subject: `family-member:${memberId}`,
        values: {
          [UNDER]: permitValues(
            papers,
            longest(papers.permits, (permit) => lastDayOf(permit) >= day),
            worker,
          ),
          'member.id': memberId,
          'member.relation': relation,
          'member.needsPermit': citizenship === null || book.countries.needsPermit(citizenship, dayNumber(day)),
          'member.worksFrom': worksFrom,
          'member.worksUntil': worksUntil,
          'member.visaNumber': visa?.number ?? null,
          'member.visaUntil': visa?.validUntil ?? null,
        },
      }));
    case 'application':
      return papers.applications.map(({ number, on, category }) => ({
        subject: `application:${number}`,
        values: {
          [UNDER]: worker,
          'application.number': number,
          'application.on': on,
          'application.category': category,
        },
      }));
    case 'visa-application':
      return papers.visaApplications.slice(-1).map(({ on, category, invitationNumber, permitNumber }) => ({
        subject: `visa-application:${on}`,
        values: {
          [UNDER]: worker,
          'visaApplication.on': on,
          'visaApplication.category': category,
          'visaApplication.invitationNumber': invitationNumber,
          'visaApplication.permitNumber': permitNumber,
        },
      }));
    case 'invitation': {
      const { invitation, invitationRequestedOn } = papers;
      if (invitation === null && invitationRequestedOn === null) return [];
      const values = {
        [UNDER]: permitValues(
          papers,
          longest(papers.permits, (permit) => lastDayOf(permit) >= day),
          worker,
        ),
        'invitation.on': invitation?.on ?? invitationRequestedOn,
        'invitation.number': invitation?.number ?? null,
      };
      return [{ subject: 'invitation', values }];
    }
    case 'after-transfer':
      return papers.afterTransfer.map(({ type, on, eventId }) => ({
        subject: `event:${eventId}`,
        values: {
          [UNDER]: worker,
          'later.type': type,
          'later.on': on,
          'transfer.on': papers.transferredOn,
        },
      }));
    case 'region-trips':
      return regionTrips(papers, day, book).map(({ region, year, limit, lastDay }) => ({
        subject: `trips:${region}:${year}`,
        values: {
          [UNDER]: worker,
          'trips.region': region,
          'trips.year': year,
          'trips.limit': limit,
          'trips.lastDay': lastDay,
        },
      }));
    case 'quota':
    case 'transfer':
    case 'quota-request':
      return [];
  }
}

/** A transfer within a company, and a service contract of a foreign company, need no contract here. */
export function isContractExempt({ basis, route, permits }: Papers): boolean {
  const named = [basis, route].some((label) => label !== null && /\b(ict|service-contract)\b/.test(label));
  return named || permits.at(-1)?.category === 'ict';
}

/** Whether the holder of a visa of this category may work, by the class table of the day; null where it is not listed. */
export function visaWork(category: string, day: Day, { visaClasses }: PaperLaw): string | null {
  const found = visaClasses.find(
    (one) => one.category === category && one.validFrom <= day && (one.validTo === undefined || day <= one.validTo),
  );
  return found?.work ?? null;
}

/** What is known of a permit, over what is known of the worker. */
function permitValues(papers: Papers, permit: PermitPaper | null, worker: Values): Values {
  if (permit === null) return worker;
  return {
    [UNDER]: worker,
    'permit.number': permit.number,
    'permit.category': permit.category,
    'permit.region': permit.region,
    'permit.issuedOn': permit.issuedOn,
    'permit.validFrom': permit.validFrom,
    'permit.validUntil': permit.validUntil,
    'permit.lastDay': lastDayOf(permit),
    'permit.nameMatches': papers.nameMatches(permit),
  };
}

/** The permit that covers a visa: of those whose terms meet, the one that lasts longest. */
function permitOver({ permits }: Papers, visa: VisaPaper): PermitPaper | null {
  return longest(permits, (permit) => permit.validFrom <= visa.validUntil && lastDayOf(permit) >= visa.validFrom);
}

function longest(permits: readonly PermitPaper[], fits: (permit: PermitPaper) => boolean): PermitPaper | null {
  let found: PermitPaper | null = null;
  for (const permit of permits)
    if (fits(permit) && (found === null || lastDayOf(permit) >= lastDayOf(found))) found = permit;
  return found;
}
