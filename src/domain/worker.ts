import type { Day } from './dates.js';
import { decideFamily, evolveFamily, type FamilyMember } from './family.js';
import { decideNotices, evolveNotices, isNotification, type Notice, resolveNotification } from './notices.js';
import {
  decidePermits,
  evolvePermits,
  invitationBreaches,
  type PermitLaw,
  permitBreaches,
  type WorkPermit,
} from './permits.js';
import type { Fact } from './recorded-event.js';
import { conflict, Refusal } from './refusal.js';
import { decideStay, evolveStay, type Stay, unknownStay } from './stay.js';
import { decideVisas, evolveVisas, type Visa } from './visas.js';

/** One person's employment as the facts so far leave it: what the next event is decided on. */
export interface WorkerState {
  readonly employment: 'none' | 'active' | 'ended';
  readonly registeredOn: Day | null;
  readonly endedOn: Day | null;
  /** The last day here of a worker who went over to another employer. */
  readonly transferredOn: Day | null;
  readonly employerBin: string | null;
  readonly citizenship: string | null;
  /** The position worked in, where an event said it. */
  readonly position: string | null;
  readonly passportTag: string | null;
  /** Tags of the name in all its spellings; null where the registration was written before there were any. */
  readonly nameTags: readonly string[] | null;
  readonly passportExpiresOn: Day | null;
  /** Since when the original passport is out of the worker's hand; null while the worker has it. */
  readonly passportOutSince: Day | null;
  readonly hasIin: boolean;
  readonly stay: Stay;
  readonly permits: readonly WorkPermit[];
  readonly visas: readonly Visa[];
  readonly residencePermits: readonly { readonly number: string; readonly validUntil: Day }[];
  readonly contracts: readonly { readonly number: string; readonly validUntil: Day }[];
  /** First days of the mentorships that are not completed. */
  readonly mentorships: readonly Day[];
  readonly family: readonly FamilyMember[];
  readonly notices: readonly Notice[];
  /** Obligations for whose breach a penalty was imposed. */
  readonly penalised: readonly string[];
}

export const initialWorker: WorkerState = {
  employment: 'none',
  registeredOn: null,
  endedOn: null,
  transferredOn: null,
  employerBin: null,
  citizenship: null,
  position: null,
  passportTag: null,
  nameTags: null,
  passportExpiresOn: null,
  passportOutSince: null,
  hasIin: false,
  stay: unknownStay,
  permits: [],
  visas: [],
  residencePermits: [],
  contracts: [],
  mentorships: [],
  family: [],
  notices: [],
  penalised: [],
};

/** The state after one more fact. Trusts the fact: whether it is possible was decided when it was recorded. */
export function evolveWorker(state: WorkerState, fact: Fact): WorkerState {
  const { type, data, occurredOn } = fact;
  switch (type) {
    case 'WorkerRegistered':
      return {
        ...state,
        employment: 'active',
        registeredOn: occurredOn,
        employerBin: String(data['employerBin']),
        citizenship: String(data['citizenship']),
        passportTag: typeof data['passportTag'] === 'string' ? data['passportTag'] : null,
        nameTags: Array.isArray(data['nameTags']) ? (data['nameTags'] as readonly string[]) : null,
        passportExpiresOn: String(data['passportExpiresOn']),
        hasIin: data['iinTag'] !== undefined,
      };
    case 'EmploymentTerminated':
      return { ...state, employment: 'ended', endedOn: occurredOn };
    case 'TransferAgreed':
      return { ...state, employment: 'ended', endedOn: occurredOn, transferredOn: occurredOn };
    case 'CitizenshipChanged':
      return { ...state, citizenship: String(data['citizenship']) };
    case 'JobTitleChanged':
      return { ...state, position: String(data['position']) };
    case 'PassportReplaced':
      return {
        ...state,
        passportTag: typeof data['passportTag'] === 'string' ? data['passportTag'] : null,
        passportExpiresOn: String(data['passportExpiresOn']),
        nameTags: Array.isArray(data['nameTags']) ? (data['nameTags'] as readonly string[]) : state.nameTags,
      };
    case 'PassportHandedOver':
      return { ...state, passportOutSince: occurredOn };
    case 'PassportReturned':
      return { ...state, passportOutSince: null };
    case 'IinAssigned':
      return { ...state, hasIin: true };
    case 'WorkPermitIssued':
    case 'WorkPermitExtended':
    case 'WorkPermitUpdated':
    case 'WorkPermitCancelled':
    case 'WorkPermitSurrendered':
      return { ...state, permits: evolvePermits(state.permits, fact) };
    case 'VisaIssued':
    case 'VisaExtended':
    case 'VisaCancelled':
      return { ...state, visas: evolveVisas(state.visas, fact) };
    case 'TemporaryResidencePermitIssued':
      return { ...state, residencePermits: [...state.residencePermits, termOf(fact)] };
    case 'EmploymentContractSigned':
      return { ...state, contracts: [...state.contracts, termOf(fact)] };
    case 'Arrived':
    case 'AddressChanged':
    case 'RegionalTravel':
      return { ...state, stay: evolveStay(state.stay, fact), notices: evolveNotices(state.notices, fact) };
    case 'Departed':
    case 'RegionalTravelEnded':
      return { ...state, stay: evolveStay(state.stay, fact) };
    case 'NotificationSubmitted':
    case 'NotificationAcknowledged':
    case 'NotificationRejected':
      return { ...state, notices: evolveNotices(state.notices, fact) };
    case 'MentorAssigned':
      return { ...state, mentorships: [...state.mentorships, String(data['from'])] };
    case 'MentorshipCompleted':
      return { ...state, mentorships: state.mentorships.slice(1) };
    case 'FamilyMemberAdded':
    case 'FamilyMemberDeparted':
      return { ...state, family: evolveFamily(state.family, fact) };
    case 'FamilyMemberArrived':
      return { ...state, family: evolveFamily(state.family, fact), notices: evolveNotices(state.notices, fact) };
    case 'PenaltyImposed':
      return { ...state, penalised: [...state.penalised, String(data['obligationId'])] };
    default:
      return state;
  }
}

/** Papers exist before the worker is registered: what is said of them may be dated before, once the registration is there. */
const BEFORE_REGISTRATION: ReadonlySet<string> = new Set(['DocumentProvided', 'DocumentLegalised']);

/**
 * Refuses a history at whose end nobody is registered.
 * @throws Refusal 404
 */
export function settleWorker(state: WorkerState, fact: Fact): void {
  if (state.employment === 'none') throw beforeRegistration(fact);
}

/**
 * Refuses what is impossible after the facts so far. What merely breaks the law is possible: see `workerBreaches`.
 * @throws Refusal 404 for a worker nobody registered, 409 for a contradiction, 422 for something named that is not known
 */
export function decideWorker(state: WorkerState, fact: Fact): void {
  const { type, data, occurredOn } = fact;
  if (type === 'WorkerRegistered') {
    if (state.employment === 'none') return;
    throw conflict(
      'already-registered',
      `This worker was already registered on ${state.registeredOn}.`,
      'A person hired again is a new worker with an id of its own; correct the first registration if it is wrong.',
    );
  }
  if (state.employment === 'none') {
    if (BEFORE_REGISTRATION.has(type)) return;
    throw beforeRegistration(fact);
  }
  switch (type) {
    case 'EmploymentTerminated':
      if (state.employment === 'ended') {
        throw conflict(
          'already-terminated',
          state.transferredOn === null
            ? `The employment already ended on ${state.endedOn}.`
            : `The worker went over to another employer: ${state.transferredOn} was the last day here.`,
          state.transferredOn === null
            ? 'Correct the recorded termination if its day is wrong; a person hired again is a new worker.'
            : 'A transfer ends the employment by itself; retract it if the worker left without one.',
        );
      }
      return;
    case 'TransferAgreed':
    case 'JobTitleChanged':
    case 'WorkPermitExtensionApplied':
    case 'EmploymentContractSigned':
    case 'MentorAssigned':
      employed(state, fact);
      break;
    case 'IinAssigned':
      if (state.hasIin) {
        throw conflict('iin-already-assigned', 'The worker already has an IIN.', 'Correct the event that recorded it.');
      }
      return;
    case 'PassportHandedOver':
      if (state.passportOutSince !== null) {
        throw conflict(
          'passport-already-out',
          `The passport is out of the worker's hand since ${state.passportOutSince}.`,
          'Record PassportReturned first, or correct the earlier event.',
        );
      }
      return;
    case 'PassportReturned':
      if (state.passportOutSince === null) {
        throw conflict(
          'passport-not-out',
          `By ${occurredOn} nothing says that the passport was given out of hand.`,
          'Record PassportHandedOver first, or check the day.',
        );
      }
      return;
    case 'MentorshipCompleted':
      completable(state, fact);
      return;
    case 'PenaltyPaid':
      if (!state.penalised.includes(String(data['obligationId']))) {
        throw conflict(
          'no-penalty',
          `No penalty for the obligation ${String(data['obligationId'])} is recorded by ${occurredOn}.`,
          'Record PenaltyImposed first, or check `data.obligationId`.',
        );
      }
      return;
    case 'TemporaryResidencePermitIssued':
      unrecorded(state.residencePermits, fact, 'temporary residence permit');
      return;
  }
  if (type === 'EmploymentContractSigned') unrecorded(state.contracts, fact, 'employment contract');
  if (type.startsWith('WorkPermit')) decidePermits(state.permits, fact);
  if (type.startsWith('Visa')) decideVisas(state.visas, fact);
  if (type.startsWith('FamilyMember')) decideFamily(state.family, fact);
  if (isNotification(type)) decideNotices(state.notices, fact);
  decideStay(state.stay, fact);
}

/** Fills in what a candidate left to the state of things; see `resolveNotification`. */
export function completeWorker(state: WorkerState, fact: Fact): Fact {
  return state.employment === 'none' ? fact : resolveNotification(state.notices, fact);
}

/** Breaches of the law that open no obligation and therefore have to be acknowledged by name. */
export function workerBreaches(state: WorkerState, fact: Fact, law: PermitLaw): readonly Refusal[] {
  return [...permitBreaches(state.permits, fact, law), ...invitationBreaches(state, fact, law)];
}

function beforeRegistration(fact: Fact): Refusal {
  return new Refusal({
    code: 'not-registered',
    status: 404,
    detail: `No worker with this id is registered by ${fact.occurredOn}, so ${fact.type} of that day cannot be recorded.`,
    remedy:
      'Record WorkerRegistered first, or check the id and the day; a registration with too late a day is corrected.',
  });
}

function employed(state: WorkerState, fact: Fact): void {
  if (state.employment !== 'ended') return;
  throw conflict(
    'employment-ended',
    state.transferredOn === null
      ? `The employment ended on ${state.endedOn}, so ${fact.type} on ${fact.occurredOn} cannot be.`
      : `The worker went over to another employer on ${state.endedOn}, so ${fact.type} on ${fact.occurredOn} cannot be here.`,
    'Check the day, or correct the termination; a person hired again is a new worker.',
  );
}

function completable(state: WorkerState, fact: Fact): void {
  const [from] = state.mentorships;
  if (from === undefined) {
    throw conflict(
      'no-open-mentorship',
      `No mentorship is open on ${fact.occurredOn}.`,
      'Record MentorAssigned first, or correct the completion that is already recorded.',
    );
  }
  if (String(fact.data['until']) < from) {
    throw conflict(
      'mentorship-ends-before-it-begins',
      `The mentorship began on ${from} and cannot have been completed on ${String(fact.data['until'])}.`,
      'Check `data.until`, or correct the first day of the mentorship.',
    );
  }
}

function unrecorded(known: readonly { readonly number: string }[], fact: Fact, what: string): void {
  const number = String(fact.data['number']);
  if (!known.some((each) => each.number === number)) return;
  throw conflict(
    'document-already-recorded',
    `The ${what} ${number} is already recorded for this worker.`,
    'Check the number, or correct the first event.',
  );
}

function termOf({ data }: Fact): { readonly number: string; readonly validUntil: Day } {
  return { number: String(data['number']), validUntil: String(data['validUntil']) };
}
