import { describe, expect, it } from '@jest/globals';
import { loadRuleBook } from '../../src/law/book.js';
import { type Checklist, checklistsOf, legalisationFor } from '../../src/law/checklists.js';
import { findingsOf, standsOn } from '../../src/law/findings.js';
import { papersOf } from '../../src/law/papers.js';
import { rightToWork } from '../../src/law/right-to-work.js';
import type { EventInput } from '../../src/ledger/command.js';
import * as s from './story.js';

const book = loadRuleBook();

const DocumentProvided = s.event('DocumentProvided', { issuedOn: '2026-01-02', country: 'TR' });
const DocumentLegalised = s.event('DocumentLegalised', { form: 'apostille', country: 'TR' });
const EntryPurposeDeclared = s.event('EntryPurposeDeclared', { purpose: 'work' });
const ExemptionClaimed = s.event('ExemptionClaimed', { ground: 'branch-head' });
const VacancyPublished = s.event('VacancyPublished', { code: 'VAC-1' });
const InvitationRequested = s.event('InvitationRequested');
const InvitationIssued = s.event('InvitationIssued', { number: 'I-77' });
const WorkplaceAssigned = s.event('WorkplaceAssigned', { region: 'KZ-23' });
const VisaIssued = s.event('VisaIssued', {
  number: 'V-1',
  category: 'C3',
  validFrom: '2026-01-20',
  validUntil: '2026-12-31',
});
const Contract = s.event('EmploymentContractSigned', {
  number: 'C-1',
  validFrom: '2026-01-12',
  validUntil: '2026-12-31',
  clauses: ['permitNumber', 'territory', 'jobTitle', 'repatriation', 'salary', 'workingHours', 'duties'],
});

const registered = (data: EventInput['data'] = {}) => s.WorkerRegistered('2026-01-01', data);
const uzbek = { citizenship: 'UZ' };

/** The facts that stand after these events were recorded one by one. */
async function facts(...events: EventInput[]) {
  return (await s.given(...events).told()).fold.facts;
}

interface When {
  readonly today?: string;
  readonly stayUntil?: string;
  readonly employerKind?: 'company' | 'individual';
  readonly hasQuotaPlace?: boolean;
}

async function lists(events: EventInput[], when: When = {}): Promise<readonly Checklist[]> {
  const papers = papersOf(await facts(...events));
  return checklistsOf({ papers, today: '2026-02-02', employerKind: 'company', ...when }, book);
}

async function list(name: string, events: EventInput[], when: When = {}): Promise<Checklist> {
  const all = await lists(events, when);
  const found = all.find(({ checklist }) => checklist === name);
  if (found === undefined) throw new Error(`no ${name} among ${all.map(({ checklist }) => checklist).join(', ')}`);
  return found;
}

const states = ({ slots }: Checklist) => Object.fromEntries(slots.map(({ slot, state }) => [slot, state]));

async function findings(asOf: string, ...events: EventInput[]): Promise<readonly string[]> {
  return findingsOf(await facts(...events), book)
    .filter((finding) => standsOn(finding, asOf))
    .map(({ finding }) => finding);
}

const fullFile = [
  registered({ passportExpiresOn: '2031-05-01' }),
  DocumentProvided('2026-01-05', { kind: 'diploma', issuedOn: '2010-06-30' }),
  DocumentLegalised('2026-01-06', { kind: 'diploma' }),
  DocumentProvided('2026-01-05', { kind: 'medical-certificate', country: 'KZ' }),
  DocumentProvided('2026-01-05', { kind: 'police-certificate' }),
  DocumentLegalised('2026-01-06', { kind: 'police-certificate' }),
  VacancyPublished('2026-01-05'),
];
const without = (kind: string) =>
  fullFile.filter(({ type, data }) => !(type === 'DocumentProvided' && data?.['kind'] === kind));

describe('S06, S53, S67: the application for a work permit', () => {
  it('S06: is ready to file when every paper is there', async () => {
    const file = await list('work-permit-application', fullFile, { hasQuotaPlace: true, stayUntil: '2026-12-31' });
    expect({ ready: file.ready, blockedBy: file.blockedBy, next: file.next }).toEqual({
      ready: 'yes',
      blockedBy: [],
      next: null,
    });
    expect(file.slots.find(({ slot }) => slot === 'reference-letters')).toMatchObject({
      required: false,
      state: 'missing',
    });
  });

  it.each(['diploma', 'medical-certificate', 'police-certificate'])('S06: without the %s it is not', async (kind) => {
    const file = await list('work-permit-application', without(kind), { hasQuotaPlace: true });
    expect(states(file)[kind]).toBe('missing');
    expect(file.ready).toBe('no');
  });

  it('S53: a medical certificate counts for six months', async () => {
    const events = fullFile;
    const on = (today: string) => list('work-permit-application', events, { today, hasQuotaPlace: true });
    expect(states(await on('2026-07-02'))['medical-certificate']).toBe('there');
    expect(states(await on('2026-07-03'))['medical-certificate']).toBe('too-old');
  });

  it('S53: a certificate is good to its last day', async () => {
    const events = [
      ...without('medical-certificate'),
      DocumentProvided('2026-01-05', { kind: 'medical-certificate', expiresOn: '2026-02-10' }),
    ];
    expect(states(await list('work-permit-application', events, { today: '2026-02-10' }))['medical-certificate']).toBe(
      'there',
    );
    expect(states(await list('work-permit-application', events, { today: '2026-02-11' }))['medical-certificate']).toBe(
      'expired',
    );
  });

  it('S53: of two the better one counts', async () => {
    const events = [
      ...fullFile,
      DocumentProvided('2026-01-20', { kind: 'medical-certificate', expiresOn: '2026-01-25' }),
    ];
    expect(states(await list('work-permit-application', events))['medical-certificate']).toBe('there');
  });

  it('S54: the passport must be good six months beyond the stay', async () => {
    const passport = async (passportExpiresOn: string) =>
      states(
        await list('work-permit-application', [registered({ passportExpiresOn }), ...fullFile.slice(1)], {
          stayUntil: '2026-12-31',
        }),
      )['passport'];
    expect(await passport('2027-06-30')).toBe('there');
    expect(await passport('2027-06-29')).toBe('too-short');
    expect(await passport('2026-02-01')).toBe('expired');
  });

  it('S64: the vacancy has to stand fifteen days', async () => {
    const on = async (today: string) => states(await list('work-permit-application', fullFile, { today }))['vacancy'];
    expect(await on('2026-01-19')).toBe('waiting');
    expect(await on('2026-01-20')).toBe('there');
  });

  it('S67: diploma, contract and quota are looked at before filing, and an unknown quota is no yes', async () => {
    const file = await list('work-permit-application', fullFile);
    expect(file.slots.map(({ slot }) => slot)).toEqual(expect.arrayContaining(['diploma', 'contract', 'quota']));
    expect({ ready: file.ready, next: file.next }).toEqual({ ready: 'not-known', next: 'quota' });
    expect((await list('work-permit-application', fullFile, { hasQuotaPlace: false })).ready).toBe('no');
  });

  it('S55: reference letters are a slot of their own', async () => {
    const events = [...fullFile, DocumentProvided('2026-01-05', { kind: 'reference-letter' })];
    expect(states(await list('work-permit-application', events))['reference-letters']).toBe('there');
  });
});

describe('S07: apostille and legalisation', () => {
  const diplomaOf = (country: string, ...more: EventInput[]) =>
    list('work-permit-application', [
      registered(),
      DocumentProvided('2026-01-05', { kind: 'diploma', country }),
      ...more,
    ]);

  it('S07: a missing apostille blocks the filing and says which country needs it', async () => {
    const file = await diplomaOf('IN');
    expect(states(file)['diploma']).toBe('not-legalised');
    expect(file.blockedBy).toContainEqual(expect.stringMatching(/Diploma of India needs an apostille/));
  });

  it('S07: an apostille serves', async () => {
    expect(
      states(await diplomaOf('IN', DocumentLegalised('2026-01-06', { kind: 'diploma', country: 'IN' })))['diploma'],
    ).toBe('there');
  });

  it('S07: the apostille of another country or paper does not', async () => {
    expect(
      states(await diplomaOf('IN', DocumentLegalised('2026-01-06', { kind: 'diploma', country: 'TR' })))['diploma'],
    ).toBe('not-legalised');
    expect(
      states(await diplomaOf('IN', DocumentLegalised('2026-01-06', { kind: 'police-certificate', country: 'IN' })))[
        'diploma'
      ],
    ).toBe('not-legalised');
  });

  it('S07: where no treaty is at hand the consulate legalises, and an apostille is not enough', async () => {
    const apostille = DocumentLegalised('2026-01-06', { kind: 'diploma', country: 'NG' });
    const file = await diplomaOf('NG', apostille);
    expect(file.blockedBy).toContainEqual(expect.stringMatching(/Nigeria needs legalisation/));
    const legalised = DocumentLegalised('2026-01-06', { kind: 'diploma', country: 'NG', form: 'legalisation' });
    expect(states(await diplomaOf('NG', legalised))['diploma']).toBe('there');
  });

  it('S07: papers of Kazakhstan need nothing, those of the CIS a notarised copy', async () => {
    expect(states(await diplomaOf('KZ'))['diploma']).toBe('there');
    expect((await diplomaOf('RU')).blockedBy).toContainEqual(expect.stringMatching(/Russia needs a notarised copy/));
  });

  it('S07: China is a party from 7 November 2023', () => {
    expect(legalisationFor('CN', '2023-11-06', book.papers)?.form).toBe('legalisation');
    expect(legalisationFor('CN', '2023-11-07', book.papers)?.form).toBe('apostille');
  });
});

describe('S08, S09: the name on the permit', () => {
  const petrov = registered({ familyName: 'Petrov', givenName: 'Iurii', patronymic: 'Sergeevich' });
  const permit = (holderName: string) => s.WorkPermitIssued('2026-01-10', { holderName });

  it.each(['PETROV YURIY', 'Petrov Jurij Sergejevič', 'Юрий Петров'])(
    'S08: %s is the same name',
    async (holderName) => {
      expect(await findings('2026-02-01', petrov, permit(holderName))).not.toContain('name-in-permit-differs');
    },
  );

  it('S08: Ivan is another name, until the permit is re-issued', async () => {
    const update = s.WorkPermitUpdated('2026-03-01', { position: 'Driller', holderName: 'Petrov Yuri' });
    expect(await findings('2026-02-01', petrov, permit('Petrov Ivan'), update)).toContain('name-in-permit-differs');
    expect(await findings('2026-03-01', petrov, permit('Petrov Ivan'), update)).not.toContain('name-in-permit-differs');
  });

  it('S08: the name itself is not among the clear values of the fact', async () => {
    const text = JSON.stringify(await facts(petrov, permit('Petrov Yuriy')));
    expect(text).not.toMatch(/petrov|iurii|yuriy/i);
    expect(text).toContain('holderNameTags');
  });

  it('S09: an invitation on another name is refused with the rule, and recorded when that is acknowledged', async () => {
    const story = s.given(petrov, permit('Petrov Ivan'));
    const refusal = await story
      .when(s.record(InvitationRequested('2026-02-01')))
      .thenRefused('name-in-permit-differs', 409);
    expect(refusal).toMatchObject({
      rule: 'invitation-on-other-name',
      reference: expect.stringContaining('invitation'),
    });
    await story
      .when(
        s.record(
          InvitationRequested(
            '2026-02-01',
            {},
            { acknowledge: ['invitation-on-other-name'], reason: 'sent by mistake' },
          ),
        ),
      )
      .thenRecorded('InvitationRequested');
  });

  it('S09: on the right name, or one that nobody recorded, it is not', async () => {
    await s
      .given(petrov, permit('Petrov Yuriy'))
      .when(s.record(InvitationIssued('2026-02-01')))
      .thenRecorded('InvitationIssued');
    await s
      .given(petrov, s.WorkPermitIssued('2026-01-10'))
      .when(s.record(InvitationIssued('2026-02-01')))
      .thenRecorded('InvitationIssued');
  });

  it('S09: the file of the invitation names the mismatch', async () => {
    const turk = registered({ familyName: 'Yilmaz', givenName: 'Mehmet' });
    const wrong = await list('invitation', [turk, permit('Yildiz Mehmet')]);
    expect({ ready: wrong.ready, name: states(wrong)['same-name'] }).toEqual({ ready: 'no', name: 'contradicted' });
    expect((await list('invitation', [turk, permit('YILMAZ MEHMET')])).ready).toBe('yes');
    expect((await list('invitation', [turk, s.WorkPermitIssued('2026-01-10')])).ready).toBe('not-known');
  });
});

describe('S15, S28, S56: the visa at the consulate', () => {
  const before = [registered(), s.WorkPermitIssued('2026-01-10')];

  it('S28: five steps, one after the other', async () => {
    const steps = [
      InvitationRequested('2026-01-12'),
      InvitationIssued('2026-01-15'),
      DocumentProvided('2026-01-16', { kind: 'application-form' }),
      s.event('ConsularFeePaid')('2026-01-17'),
    ];
    const next = async (count: number) => (await list('work-visa', [...before, ...steps.slice(0, count)])).next;
    expect([await next(0), await next(1), await next(2), await next(3)]).toEqual([
      'invitation-request',
      'invitation',
      'application-form',
      'consular-fee',
    ]);
    expect((await list('work-visa', [...before, ...steps])).ready).toBe('yes');
  });

  it('S28: a step that is not done makes the next ones wait', async () => {
    expect(states(await list('work-visa', before))).toMatchObject({ invitation: 'waiting', 'consular-fee': 'waiting' });
  });

  it('S56: the interview is optional', async () => {
    const { slots } = await list('work-visa', before);
    expect(slots.find(({ slot }) => slot === 'interview')?.required).toBe(false);
  });

  it('S15: a visa needs permit and invitation', async () => {
    const applied = s.event('VisaApplied', { category: 'C3' });
    expect(await findings('2026-02-02', ...before, applied('2026-02-01'))).toContain('visa-application-incomplete');
    const whole = [
      ...before,
      InvitationIssued('2026-01-15'),
      applied('2026-02-01', { invitationNumber: 'I-77', permitNumber: 'WP-1' }),
    ];
    expect(await findings('2026-02-02', ...whole)).not.toContain('visa-application-incomplete');
  });
});

describe('S01, S27, S61, S70: visa, purpose and border', () => {
  const arrived = s.Arrived('2026-01-21', { checkpoint: 'Almaty airport' });

  it.each(['C5', 'C6'])('S61: work on a %s is a conflict', async (category) => {
    expect(await findings('2026-02-01', registered(), VisaIssued('2026-01-20', { category }), arrived)).toContain(
      'work-on-business-visa',
    );
  });

  it('S01: a business trip on it is not, and the purpose is kept', async () => {
    const trip = [
      registered(),
      EntryPurposeDeclared('2026-01-15', { purpose: 'business' }),
      VisaIssued('2026-01-20', { category: 'C5' }),
      s.Arrived('2026-01-21', { purpose: 'business' }),
    ];
    expect(await findings('2026-02-01', ...trip)).toEqual([]);
    expect(papersOf(await facts(...trip)).declaredPurpose).toBe('business');
  });

  it('S27: the permit is the right to work, the visa the right to enter and stay', async () => {
    const permitOnly = rightToWork(await facts(registered(), s.WorkPermitIssued('2026-01-10')), '2026-02-01', book);
    expect(permitOnly.mayWork).toBe('yes');
    expect(permitOnly.reasons.map(({ code }) => code)).toContain('no-right-to-stay');
    const visaOnly = rightToWork(await facts(registered(), VisaIssued('2026-01-20')), '2026-02-01', book);
    expect(visaOnly.mayWork).toBe('no');
    expect(await findings('2026-02-01', registered(), VisaIssued('2026-01-20'))).toContain('visa-without-permit');
    const both = rightToWork(
      await facts(registered(), s.WorkPermitIssued('2026-01-10'), VisaIssued('2026-01-20')),
      '2026-02-01',
      book,
    );
    expect(both).toMatchObject({ mayWork: 'yes', reasons: [{ code: 'valid-permit' }] });
  });

  it('S70: the border stamp is kept as evidence beside the crossing', async () => {
    const papers = papersOf(
      await facts(registered(), arrived, DocumentProvided('2026-01-21', { kind: 'border-stamp', country: 'KZ' })),
    );
    expect(papers.provided).toEqual([expect.objectContaining({ kind: 'border-stamp', issuedOn: '2026-01-02' })]);
  });
});

describe('S02, S05, S24: the permit', () => {
  it('S64: an application is recorded before there is any permit, and too early a one is found', async () => {
    const applied = s.event('WorkPermitApplied', {
      applicationNumber: 'A-1',
      category: '2',
      position: 'Driller',
      region: 'KZ-75',
    });
    const early = [registered(), VacancyPublished('2026-01-05'), applied('2026-01-19')];
    expect(await findings('2026-01-19', ...early)).toEqual(['applied-before-vacancy-rested']);
    expect(await findings('2026-01-20', registered(), VacancyPublished('2026-01-05'), applied('2026-01-20'))).toEqual(
      [],
    );
  });

  it('S03: a work visa while the permit is in process stands out until the permit is issued', async () => {
    const applied = s.event('WorkPermitApplied', {
      applicationNumber: 'A-1',
      category: '2',
      position: 'Driller',
      region: 'KZ-75',
    });
    const events = [
      s.WorkerRegistered('2025-11-03'),
      VacancyPublished('2025-12-01'),
      applied('2026-01-02'),
      VisaIssued('2026-01-05'),
      s.WorkPermitIssued('2026-01-10'),
    ];
    expect(await findings('2026-01-09', ...events)).toEqual(['visa-while-permit-in-process']);
    expect(await findings('2026-01-10', ...events)).toEqual([]);
  });

  it('S02: work outside the region of the permit is found', async () => {
    const events = [registered(), s.WorkPermitIssued('2026-01-10'), WorkplaceAssigned('2026-02-01')];
    expect(await findings('2026-02-01', ...events)).toContain('work-outside-permit-region');
    expect(await findings('2026-01-31', ...events)).not.toContain('work-outside-permit-region');
  });

  it('S05: an exemption gives the right to work until its last day, and is missed on the next', async () => {
    const events = [registered(), ExemptionClaimed('2026-01-05', { until: '2026-06-30', proof: 'appointment No. 4' })];
    const told = await facts(...events);
    expect(rightToWork(told, '2026-06-30', book).mayWork).toBe('yes');
    expect(rightToWork(told, '2026-07-01', book).mayWork).toBe('no');
    expect(await findings('2026-06-30', ...events)).not.toContain('exemption-ended');
    expect(await findings('2026-07-01', ...events)).toContain('exemption-ended');
  });

  it('S24: a gap between the terms is found, however it was acknowledged', async () => {
    const late = s.WorkPermitExtended(
      '2026-11-20',
      { validFrom: '2027-01-05', validUntil: '2027-12-31' },
      { acknowledge: ['extension-gap-days'], reason: 'the permit says so' },
    );
    expect(await findings('2026-12-01', registered(), s.WorkPermitIssued('2026-01-10'), late)).toContain(
      'permit-extension-gap',
    );
  });
});

describe('S46 to S48, S50: the contract', () => {
  const permit = s.WorkPermitIssued('2026-01-10');

  it('S46: signed before the permit it is a conflict, on its day it is not', async () => {
    expect(await findings('2026-02-01', registered(), Contract('2026-01-09'), permit)).toContain(
      'contract-before-permit',
    );
    expect(await findings('2026-02-01', registered(), permit, Contract('2026-01-10'))).toEqual([]);
  });

  it.each([
    ['permitNumber', 'contract-lacks-permit-number'],
    ['territory', 'contract-lacks-territory'],
    ['jobTitle', 'contract-lacks-job-title'],
    ['repatriation', 'contract-lacks-repatriation'],
    ['salary', 'contract-lacks-salary'],
    ['workingHours', 'contract-lacks-working-hours'],
    ['duties', 'contract-lacks-duties'],
  ])('S47 S55: without the clause %s it is incomplete, and the clause is named', async (clause, finding) => {
    const clauses = [
      'permitNumber',
      'territory',
      'jobTitle',
      'repatriation',
      'salary',
      'workingHours',
      'duties',
    ].filter((one) => one !== clause);
    expect(await findings('2026-02-01', registered(), permit, Contract('2026-01-10', { clauses }))).toEqual([finding]);
    expect(
      states(await list('employment-contract', [registered(), permit, Contract('2026-01-10', { clauses })]))['clauses'],
    ).toBe('incomplete');
  });

  it('S48: it ends with the permit', async () => {
    expect(
      await findings('2026-02-01', registered(), permit, Contract('2026-01-10', { validUntil: '2027-01-01' })),
    ).toEqual(['contract-outlives-permit']);
    expect(
      await findings('2026-02-01', registered(), permit, Contract('2026-01-10', { validUntil: '2026-12-30' })),
    ).toEqual(['contract-shorter-than-permit']);
  });

  it.each(['ict', 'service-contract'])('S50: none of it is asked of %s', async (basis) => {
    const route = s.event('RouteChosen', { route: 'work-permit', basis, reasons: ['WPK answers to questions'] })(
      '2026-01-02',
    );
    expect(await findings('2026-02-01', registered(), route, Contract('2026-01-09', { clauses: [] }), permit)).toEqual(
      [],
    );
    expect((await lists([registered(), route, permit])).map(({ checklist }) => checklist)).not.toContain(
      'employment-contract',
    );
  });
});

describe('S29, S44, S58: the family', () => {
  const spouse = s.event('FamilyMemberAdded', {
    memberId: s.CHILD,
    relation: 'spouse',
    familyName: 'Yilmaz',
    givenName: 'Ayse',
    citizenship: 'TR',
    birthDate: '1990-01-01',
  })('2026-01-05');

  it('S29: a member who works is found, one with a permit of her own is not', async () => {
    const works = s.event('FamilyMemberEmployed', { memberId: s.CHILD });
    expect(await findings('2026-03-01', registered(), spouse, works('2026-02-01'))).toContain('family-member-works');
    expect(await findings('2026-03-01', registered(), spouse, works('2026-02-01', { ownPermit: true }))).toEqual([]);
  });

  it('S29: the certificate of marriage needs its apostille', async () => {
    const certificate = DocumentProvided('2026-01-06', { kind: 'marriage-certificate', memberId: s.CHILD });
    const apostille = DocumentLegalised('2026-01-07', { kind: 'marriage-certificate', memberId: s.CHILD });
    expect(states(await list('family-papers', [registered(), spouse]))).toEqual({ 'marriage-certificate': 'missing' });
    expect((await list('family-papers', [registered(), spouse, certificate])).ready).toBe('no');
    expect((await list('family-papers', [registered(), spouse, certificate, apostille])).ready).toBe('yes');
  });

  it('S44: for a certificate of the CIS a notarised copy is enough', async () => {
    const certificate = DocumentProvided('2026-01-06', { kind: 'marriage-certificate', country: 'UZ' });
    const copy = DocumentLegalised('2026-01-07', {
      kind: 'marriage-certificate',
      country: 'UZ',
      form: 'notarised-copy',
    });
    expect((await list('family-papers', [registered(uzbek), spouse, certificate, copy])).ready).toBe('yes');
  });

  it('S29: an unknown member takes up no work', async () => {
    const works = s.event('FamilyMemberEmployed', { memberId: s.CHILD })('2026-02-01');
    await s.given(registered()).when(s.record(works)).thenRefused('unknown-family-member', 422);
  });
});

describe('S41: the papers of the temporary residence permit, by citizenship', () => {
  const slots = async (citizenship: string) =>
    (await list('temporary-residence-permit', [registered({ citizenship })])).slots.map(({ slot }) => slot);

  it('S41: an Uzbek adds a copy of the work permit', async () => {
    expect(await slots('UZ')).toEqual(['written-request', 'original-passport', 'passport', 'permit-copy']);
  });

  it.each(['RU', 'BY', 'AM', 'KG'])('S41: a citizen of %s adds a copy of the contract instead', async (citizenship) => {
    expect(await slots(citizenship)).toEqual(['written-request', 'original-passport', 'passport', 'contract-copy']);
  });

  it('S41: an Indian needs none: he stays by his visa', async () => {
    expect((await lists([registered({ citizenship: 'IN' })])).map(({ checklist }) => checklist)).not.toContain(
      'temporary-residence-permit',
    );
  });
});

describe('S32: the extension of the visa', () => {
  it('S32: request, original passport and receipt, before the visa ends', async () => {
    const before = [registered(), s.WorkPermitIssued('2026-01-10'), VisaIssued('2026-01-20')];
    expect(states(await list('visa-extension', before))).toEqual({
      visa: 'there',
      'written-request': 'missing',
      'original-passport': 'missing',
      'duty-receipt': 'missing',
    });
    expect((await lists(before, { today: '2027-01-01' })).map(({ checklist }) => checklist)).not.toContain(
      'visa-extension',
    );
  });
});

describe('S73, S76: the household worker', () => {
  const household = { employerKind: 'individual' } as const;
  const slots = [
    'medical-certificate',
    'photo-video-registration',
    'fingerprints',
    'duty-receipt',
    'health-insurance',
    'criminalist-certificate',
  ];
  const papers = slots.map((kind) => DocumentProvided('2026-01-06', { kind, country: 'KZ' }));

  it('S76: six slots in their order', async () => {
    const file = await list('household-permit', [registered(uzbek)], household);
    expect(file.slots.map(({ slot }) => slot)).toEqual([
      'medical-certificate',
      'photo-video-registration',
      'fingerprints',
      'state-fee',
      'health-insurance',
      'criminalist-certificate',
    ]);
    expect(file.next).toBe('medical-certificate');
  });

  it('S73: the IIN comes before the fee', async () => {
    const file = await list('household-permit', [registered(uzbek), ...papers], household);
    expect(file.slots.find(({ slot }) => slot === 'state-fee')).toMatchObject({
      state: 'waiting',
      because: expect.stringContaining('the IIN comes first'),
    });
    const withIin = [registered(uzbek), s.IinAssigned('2026-01-05'), ...papers];
    expect((await list('household-permit', withIin, household)).ready).toBe('yes');
  });

  it('S74: a company employs the same Uzbek on a work permit', async () => {
    expect((await lists([registered(uzbek)])).map(({ checklist }) => checklist)).toContain('work-permit-application');
  });
});

describe('S66: the mentorship', () => {
  const assigned = s.event('MentorAssigned', { from: '2026-01-15' })('2026-01-15');
  const completed = (until: string) => s.event('MentorshipCompleted', { until })(until);

  it.each([
    ['2026-07-13', ['mentorship-too-short']],
    ['2026-07-14', []],
  ])('S66: completed on %s', async (until, expected) => {
    expect(await findings('2026-09-01', registered(), assigned, completed(until))).toEqual(expected);
  });

  it('S66: an open one is over-long after twelve months, without any event', async () => {
    expect(await findings('2027-01-14', registered(), assigned)).toEqual([]);
    expect(await findings('2027-01-15', registered(), assigned)).toEqual(['mentorship-too-long']);
  });

  it('S66: the end of the employment ends it', async () => {
    const ended = s.EmploymentTerminated('2026-06-30');
    expect(await findings('2027-02-01', registered(), assigned, ended)).toEqual([]);
  });
});

describe('S32: who has the passport while the visa is extended', () => {
  const away = s.event('PassportHandedOver', { to: 'migration-service', purpose: 'extension of the visa' });
  const back = s.event('PassportReturned');

  it('it is with the migration service until it comes back, and missing after the day named', async () => {
    const out = [registered(), away('2026-03-02', { expectedBackOn: '2026-03-16' })];
    expect(await findings('2026-03-16', ...out)).toEqual(['passport-out-of-hand']);
    expect(await findings('2026-03-17', ...out)).toEqual(['passport-out-of-hand', 'passport-not-returned']);
    expect(await findings('2026-03-18', ...out, back('2026-03-18'))).toEqual([]);
  });

  it('it is given away once and comes back once', async () => {
    await s
      .given(registered(), away('2026-03-02'))
      .when(s.record(away('2026-03-03')))
      .thenRefused('passport-already-out', 409);
    await s
      .given(registered())
      .when(s.record(back('2026-03-03')))
      .thenRefused('passport-not-out', 409);
    await s
      .given(registered(), away('2026-03-02'), back('2026-03-03'))
      .when(s.record(away('2026-03-04')))
      .thenRecorded('PassportHandedOver');
    const refusal = await s
      .given(registered())
      .when(s.record(away('2026-03-02', { expectedBackOn: '2026-03-01' })))
      .thenRefused('invalid-event', 400);
    expect(refusal.errors?.[0]?.path).toBe('data.expectedBackOn');
  });
});

describe('S08, S55: papers and names before and after the registration', () => {
  it('a diploma is older than the employment: it may be dated before the registration', async () => {
    await s
      .given(registered())
      .when(s.record(DocumentProvided('2025-12-20', { kind: 'diploma', issuedOn: '2010-06-30' })))
      .thenRecorded('DocumentProvided');
    await s
      .given(registered())
      .when(
        s.recordAll(
          DocumentProvided('2025-12-20', { kind: 'diploma' }),
          DocumentLegalised('2025-12-21', { kind: 'diploma' }),
        ),
      )
      .thenRecorded('DocumentProvided', 'DocumentLegalised');
    const filed = await lists([
      registered(),
      DocumentProvided('2025-12-20', { kind: 'medical-certificate', country: 'KZ' }),
    ]);
    expect(states(filed[0] as Checklist)['medical-certificate']).toBe('there');
  });

  it('nothing else may, and no paper without a registration', async () => {
    await s
      .given(registered())
      .when(s.record(s.Arrived('2025-12-20')))
      .thenRefused('before-registration', 409);
    await s
      .given()
      .when(s.record(DocumentProvided('2025-12-20', { kind: 'diploma' })))
      .thenRefused('not-registered', 404);
  });

  it('the registration is not retracted from under an earlier paper, but with it', async () => {
    const filed = s.given(registered(), DocumentProvided('2025-12-20', { kind: 'diploma' }));
    const refusal = await filed.when(s.retract(0)).thenRefused('history-impossible', 409);
    expect(refusal.candidates).toHaveLength(1);
  });

  it('a new passport with a new name leaves the old name on the permit', async () => {
    const permit = s.WorkPermitIssued('2026-01-10', { holderName: 'Yilmaz Mehmet' });
    const renamed = { familyName: 'Demir', givenName: 'Mehmet' };
    expect(await findings('2026-05-04', registered(), permit, s.PassportReplaced('2026-05-04', renamed))).toContain(
      'name-in-permit-differs',
    );
    expect(await findings('2026-05-04', registered(), permit, s.PassportReplaced('2026-05-04'))).not.toContain(
      'name-in-permit-differs',
    );
    const refusal = await s
      .given(registered())
      .when(s.record(s.PassportReplaced('2026-05-04', { familyName: 'Demir' })))
      .thenRefused('invalid-event', 400);
    expect(refusal.errors).toEqual([{ path: 'data.givenName', message: expect.stringContaining('missing') }]);
  });
});
