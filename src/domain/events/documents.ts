import { z } from 'zod';
import { eventType, personal } from '../event-type.js';
import { country, day, documentNumber, endsBeforeItBegins, oneOf, region, termMessage, text, uuid } from '../fields.js';
import { permitCategories } from './employer.js';

/** Papers that a file for the authorities is made of. */
export const documentKinds = [
  'diploma',
  'reference-letter',
  'medical-certificate',
  'police-certificate',
  'photo-video-registration',
  'fingerprints',
  'criminalist-certificate',
  'health-insurance',
  'duty-receipt',
  'tax-receipt',
  'marriage-certificate',
  'birth-certificate',
  'application-form',
  'written-request',
  'original-passport',
  'passport-copy',
  'passport-translation',
  'permit-copy',
  'contract-copy',
  'service-contract-copy',
  'company-charter',
  'border-stamp',
  'exemption-proof',
  'photo',
  'other',
] as const;

export type DocumentKind = (typeof documentKinds)[number];

const kind = oneOf(documentKinds, 'Kind of the document.');
const memberId = uuid('The family member that it is about; left out: the worker.').optional();
const permitNumber = documentNumber('Number of the work permit.');

export const purposes = [
  'work',
  'business',
  'family',
  'study',
  'treatment',
  'tourism',
  'private',
  'mission',
  'transit',
] as const;

export const EntryPurposeDeclared = eventType({
  type: 'EntryPurposeDeclared',
  stream: 'worker',
  version: 1,
  meaning: 'The purpose of the travel was declared: work and business are different things.',
  data: z.strictObject({
    purpose: oneOf(purposes, 'Purpose of the travel.'),
    visaCategory: text('Category of visa that goes with it, such as C3.', 4).optional(),
  }),
});

export const RouteChosen = eventType({
  type: 'RouteChosen',
  stream: 'worker',
  version: 1,
  meaning: 'The way in which the worker may work here was found out, and kept with its reasons.',
  data: z.strictObject({
    route: text('Name of the route, such as work-permit, eaeu-contract or household-permit.', 60),
    basis: oneOf(['employment-contract', 'ict', 'service-contract'], 'On what the person works here.').optional(),
    longTermAssignment: z.boolean().meta({ description: 'A long-term or rotational assignment.' }).optional(),
    titleOnOrgChart: z.boolean().meta({ description: "The title stands on the local company's chart." }).optional(),
    paidHere: z.boolean().meta({ description: 'Salary and taxes are paid in Kazakhstan.' }).optional(),
    permitHeldOrApplied: z.boolean().meta({ description: 'A work permit is held or applied for.' }).optional(),
    reasons: z.array(text('One reason.', 500)).max(50).meta({ description: 'Why, in sentences.' }),
    ruleBook: text('Hash of the law by which it was found.', 64).optional(),
  }),
});

export const ExemptionClaimed = eventType({
  type: 'ExemptionClaimed',
  stream: 'worker',
  version: 1,
  meaning: 'The worker is claimed to need no work permit, on a ground of the law.',
  data: z.strictObject({
    ground: text('Ground of the exemption, such as branch-head or investor.', 100),
    until: day('Last day of the exemption, where it has one.').optional(),
    proof: text('What proves it: a document and its number.').optional(),
  }),
});

export const CitizenshipChanged = eventType({
  type: 'CitizenshipChanged',
  stream: 'worker',
  version: 1,
  meaning: 'The worker took another citizenship.',
  data: z.strictObject({ citizenship: country('The new citizenship, ISO 3166-1 alpha-2.') }),
});

export const ResidencePermitGranted = eventType({
  type: 'ResidencePermitGranted',
  stream: 'worker',
  version: 1,
  meaning: 'The worker was granted permanent residence, which gives the right to work without a permit.',
  data: z
    .strictObject({
      number: documentNumber('Number of the residence permit.'),
      validFrom: day('First day of the residence permit.'),
      validUntil: day('Last day of the document.').optional(),
    })
    .refine(endsBeforeItBegins('validFrom', 'validUntil'), termMessage('validFrom', 'validUntil')),
});

export const DocumentProvided = eventType({
  type: 'DocumentProvided',
  stream: 'worker',
  version: 1,
  meaning: 'A document was handed in for the file.',
  data: z
    .strictObject({
      kind,
      number: personal(documentNumber('Number of the document.')).optional(),
      issuedOn: day('Day of issue.'),
      expiresOn: day('Last day on which it is good.').optional(),
      country: country('Country of issue.'),
      memberId,
    })
    .refine(endsBeforeItBegins('issuedOn', 'expiresOn'), termMessage('issuedOn', 'expiresOn')),
});

export const DocumentLegalised = eventType({
  type: 'DocumentLegalised',
  stream: 'worker',
  version: 1,
  meaning: 'A document was given the form in which a foreign paper is accepted.',
  data: z.strictObject({
    kind,
    country: country('Country that issued the document.'),
    form: oneOf(['apostille', 'legalisation', 'notarised-copy'], 'How it was confirmed.'),
    on: day('Day of the confirmation.').optional(),
    memberId,
  }),
});

export const VacancyPublished = eventType({
  type: 'VacancyPublished',
  stream: 'worker',
  version: 1,
  meaning: 'The vacancy was published on the state labour exchange, to look for a citizen first.',
  data: z.strictObject({ code: documentNumber('Code of the publication.'), position: text('Position.').optional() }),
});

export const WorkPermitApplied = eventType({
  type: 'WorkPermitApplied',
  stream: 'worker',
  version: 1,
  meaning: 'A work permit was applied for.',
  data: z.strictObject({
    applicationNumber: documentNumber('Number of the application.'),
    category: oneOf(permitCategories, 'Category of the permit.'),
    position: text('Position applied for.'),
    region: region('Region in which the permit is to be valid.'),
    vacancyCode: documentNumber('Code of the published vacancy.').optional(),
  }),
});

export const InvitationRequested = eventType({
  type: 'InvitationRequested',
  stream: 'worker',
  version: 1,
  meaning: 'The employer asked the migration service for an invitation.',
  data: z.strictObject({ permitNumber: permitNumber.optional() }),
});

export const InvitationIssued = eventType({
  type: 'InvitationIssued',
  stream: 'worker',
  version: 1,
  meaning: 'The migration service gave the invitation its number.',
  data: z.strictObject({
    number: documentNumber('Number of the invitation.'),
    permitNumber: permitNumber.optional(),
    consulate: text('Consulate where the visa is applied for.').optional(),
  }),
});

export const VisaApplied = eventType({
  type: 'VisaApplied',
  stream: 'worker',
  version: 1,
  meaning: 'A visa was applied for at a consulate.',
  data: z.strictObject({
    category: text('Category of the visa, such as C3.', 4),
    consulate: text('Consulate.').optional(),
    invitationNumber: documentNumber('Number of the invitation.').optional(),
    permitNumber: permitNumber.optional(),
  }),
});

export const ConsularFeePaid = eventType({
  type: 'ConsularFeePaid',
  stream: 'worker',
  version: 1,
  meaning: 'The consular fee of the visa was paid.',
  data: z.strictObject({ receipt: documentNumber('Number of the receipt.').optional() }),
});

export const InterviewHeld = eventType({
  type: 'InterviewHeld',
  stream: 'worker',
  version: 1,
  meaning: 'The consulate held an interview.',
  data: z.strictObject({ consulate: text('Consulate.').optional() }),
});

export const WorkplaceAssigned = eventType({
  type: 'WorkplaceAssigned',
  stream: 'worker',
  version: 1,
  meaning: 'The worker began to work at a place in this region.',
  data: z.strictObject({ region: region('Region of the work place.') }),
});

export const FamilyMemberEmployed = eventType({
  type: 'FamilyMemberEmployed',
  stream: 'worker',
  version: 1,
  meaning: 'A family member took up work.',
  data: z.strictObject({
    memberId: uuid('The family member.'),
    ownPermit: z.boolean().meta({ description: 'Whether the member has a permit of the own to work.' }).optional(),
    until: day('Last day of the work, where it is over.').optional(),
  }),
});

export const FamilyMemberVisaIssued = eventType({
  type: 'FamilyMemberVisaIssued',
  stream: 'worker',
  version: 1,
  meaning: 'A visa was issued for a family member.',
  data: z
    .strictObject({
      memberId: uuid('The family member.'),
      category: text('Category of the visa.', 4),
      number: documentNumber('Number of the visa.'),
      validFrom: day('First day on which it is valid.'),
      validUntil: day('Last day on which it is valid.'),
    })
    .refine(endsBeforeItBegins('validFrom', 'validUntil'), termMessage('validFrom', 'validUntil')),
});
