import type { EventType } from './event-type.js';
import * as amendment from './events/amendment.js';
import * as contract from './events/contract.js';
import * as documents from './events/documents.js';
import * as employer from './events/employer.js';
import * as erasure from './events/erasure.js';
import * as family from './events/family.js';
import * as law from './events/law.js';
import * as mentor from './events/mentor.js';
import * as notification from './events/notification.js';
import * as penalty from './events/penalty.js';
import * as procedure from './events/procedure.js';
import * as registration from './events/registration.js';
import * as stay from './events/stay.js';
import * as visa from './events/visa.js';
import * as workPermit from './events/work-permit.js';

const all: readonly EventType[] = [
  employer.EmployerRegistered,
  employer.EmployerSizeChanged,
  employer.QuotaRequested,
  employer.QuotaGranted,
  registration.WorkerRegistered,
  registration.PassportReplaced,
  registration.PassportHandedOver,
  registration.PassportReturned,
  registration.IinAssigned,
  registration.JobTitleChanged,
  registration.EmploymentTerminated,
  workPermit.WorkPermitIssued,
  workPermit.WorkPermitExtensionApplied,
  workPermit.WorkPermitExtended,
  workPermit.WorkPermitUpdated,
  workPermit.WorkPermitCancelled,
  workPermit.WorkPermitSurrendered,
  stay.Arrived,
  stay.Departed,
  stay.AddressChanged,
  stay.RegionalTravel,
  stay.RegionalTravelEnded,
  notification.NotificationSubmitted,
  notification.NotificationAcknowledged,
  notification.NotificationRejected,
  visa.VisaIssued,
  visa.VisaExtended,
  visa.VisaCancelled,
  visa.TemporaryResidencePermitIssued,
  contract.EmploymentContractSigned,
  mentor.MentorAssigned,
  mentor.MentorshipCompleted,
  family.FamilyMemberAdded,
  family.FamilyMemberArrived,
  family.FamilyMemberDeparted,
  documents.EntryPurposeDeclared,
  documents.RouteChosen,
  documents.ExemptionClaimed,
  documents.CitizenshipChanged,
  documents.ResidencePermitGranted,
  documents.DocumentProvided,
  documents.DocumentLegalised,
  documents.VacancyPublished,
  documents.WorkPermitApplied,
  documents.InvitationRequested,
  documents.InvitationIssued,
  documents.VisaApplied,
  documents.ConsularFeePaid,
  documents.InterviewHeld,
  documents.WorkplaceAssigned,
  documents.FamilyMemberEmployed,
  documents.FamilyMemberVisaIssued,
  procedure.WorkPermitApproved,
  procedure.PermitFeePaid,
  procedure.WorkPermitApplicationWithdrawn,
  procedure.InformationSystemEntryMade,
  procedure.TransferAgreed,
  procedure.FamilyResidencePermitIssued,
  procedure.ForeignStaffPlanned,
  procedure.StaffCounted,
  procedure.QuotaNotNeeded,
  procedure.ReadingChosen,
  penalty.PenaltyImposed,
  penalty.PenaltyPaid,
  erasure.PersonalDataErased,
  law.RuleBookAdopted,
  amendment.EventCorrected,
  amendment.EventRetracted,
];

/** Every kind of event that the ledger knows, by its stored name, in the order in which the catalogue lists them. */
export const eventTypes: ReadonlyMap<string, EventType> = new Map(all.map((type) => [type.type, type]));

/** The event type of a stored name; undefined where the ledger knows none. */
export function eventTypeOf(name: string): EventType | undefined {
  return eventTypes.get(name);
}
