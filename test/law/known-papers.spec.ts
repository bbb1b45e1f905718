import { describe, expect, it } from '@jest/globals';
import type { Fact } from '../../src/domain/recorded-event.js';
import { findingsOf } from '../../src/law/findings.js';
import { fact, history } from './kit.js';
import { smallLaw } from './small-law.js';

const law = smallLaw();
const SOURCE = 'sourceKind: seed, checkedOn: 2026-11-22, verified: false, reference: A guide';
const hired = fact('2026-01-01', 'WorkerRegistered', {
  citizenship: 'TR',
  passportExpiresOn: '2030-01-01',
  nameTags: ['x'],
});
const permit = (number: string, until: string, more: Fact['data'] = {}, on = '2026-01-05') =>
  fact(on, 'WorkPermitIssued', { number, category: '2', region: 'KZ-75', validFrom: on, validUntil: until, ...more });

/** What a finding that always stands says after these facts, with these words in its sentence: subject and values. */
function told(
  each: string,
  words: readonly string[],
  ...facts: readonly Fact[]
): readonly (readonly [string, string])[] {
  const sentence = words.map((word) => `{${word}}`).join(' | ');
  law.write(
    'findings.yaml',
    `findings:
  - { finding: all, title: All, rows: [], severity: info, each: ${each}, when: {}, validFrom: 2020-01-01, ${SOURCE}, sentence: { en: "${sentence}", ru: Всё., kk: Бәрі. } }
`,
  );
  law.write(
    'visa-classes.yaml',
    `visaClasses:
  - { category: C3, title: Work, work: "yes", validFrom: 2016-11-01, validTo: 2026-12-31, ${SOURCE} }
  - { category: C5, title: Business, work: "no", validFrom: 2016-11-01, ${SOURCE} }
`,
  );
  return findingsOf(history(hired, ...facts), law.book()).map(
    ({ subject, sentence: { en } }) => [subject, en] as const,
  );
}
const worker = (words: readonly string[], ...facts: readonly Fact[]) => told('worker', words, ...facts)[0]?.[1];

describe('what is known of a worker', () => {
  it.each<[string, readonly Fact[], string]>([
    ['citizenship', [], 'TR'],
    ['citizenship', [fact('2026-02-02', 'CitizenshipChanged', { citizenship: 'KG' })], 'KG'],
    ['groups', [], 'friends'],
    ['needsPermit', [], 'true'],
    ['needsPermit', [fact('2026-02-02', 'CitizenshipChanged', { citizenship: 'KG' })], 'false'],
    ['needsPermit', [fact('2026-02-02', 'CitizenshipChanged', {})], 'not known'],
    ['needsPermit', [fact('2026-02-02', 'ExemptionClaimed', { ground: 'g', until: '2026-02-02' })], 'false'],
    ['needsPermit', [fact('2026-02-02', 'ExemptionClaimed', { ground: 'g', until: '2026-02-01' })], 'true'],
    ['needsPermit', [fact('2026-02-02', 'ResidencePermitGranted', {})], 'false'],
    ['needsPermit', [fact('2026-02-02', 'ResidencePermitGranted', { validFrom: '2026-02-03' })], 'true'],
    ['needsVisa', [], 'false'],
    ['needsVisa', [fact('2026-02-02', 'CitizenshipChanged', {})], 'not known'],
    ['route', [fact('2026-02-02', 'RouteChosen', { route: 'a-route' })], 'a-route'],
    ['contractExempt', [], 'false'],
    ['contractExempt', [fact('2026-02-02', 'RouteChosen', { basis: 'service-contract' })], 'true'],
    ['contractExempt', [fact('2026-02-02', 'RouteChosen', { route: 'ict-permit' })], 'true'],
    ['contractExempt', [fact('2026-02-02', 'RouteChosen', { route: 'strict' })], 'false'],
    ['contractExempt', [permit('P', '2026-12-31', { category: 'ict' })], 'true'],
    ['exemptGround', [fact('2026-02-02', 'ExemptionClaimed', { ground: 'branch-head' })], 'branch-head'],
    ['exemptUntil', [fact('2026-02-02', 'ExemptionClaimed', { ground: 'g', until: '2026-05-05' })], '2026-05-05'],
    ['inCountry', [fact('2026-02-02', 'Arrived', {})], 'true'],
    ['inCountry', [fact('2026-02-02', 'Arrived', {}), fact('2026-02-03', 'Departed', {})], 'false'],
    ['arrivedOn', [fact('2026-02-02', 'Arrived', {})], '2026-02-02'],
    ['purpose', [fact('2026-02-02', 'Arrived', { purpose: 'work' })], 'work'],
    ['declaredPurpose', [fact('2026-02-02', 'EntryPurposeDeclared', { purpose: 'tourism' })], 'tourism'],
    ['stayRegion', [fact('2026-02-02', 'Arrived', { region: 'KZ-75' })], 'KZ-75'],
    [
      'stayRegion',
      [fact('2026-02-02', 'Arrived', { region: 'KZ-75' }), fact('2026-02-03', 'AddressChanged', { region: 'KZ-71' })],
      'KZ-71',
    ],
    [
      'stayRegion',
      [fact('2026-02-02', 'Arrived', { region: 'KZ-75' }), fact('2026-02-03', 'AddressChanged', {})],
      'KZ-75',
    ],
    ['workRegion', [fact('2026-02-02', 'WorkplaceAssigned', { region: 'KZ-10' })], 'KZ-10'],
    ['permitRegions', [permit('P', '2026-01-05'), permit('Q', '2026-12-31', { region: 'KZ-71' })], 'KZ-75, KZ-71'],
    [
      'permitRegions',
      [permit('P', '2026-01-05'), permit('Q', '2026-12-31', { region: 'KZ-71' }, '2026-01-06')],
      'KZ-71',
    ],
    ['passportExpiresOn', [], '2030-01-01'],
    ['passportExpiresOn', [fact('2026-02-02', 'PassportReplaced', { passportExpiresOn: '2036-01-01' })], '2036-01-01'],
    ['hasPermit', [permit('P', '2026-01-05')], 'true'],
    ['hasPermit', [permit('P', '2026-12-31'), fact('2026-02-02', 'WorkPermitCancelled', { number: 'P' })], 'true'],
    [
      'hasPermit',
      [
        permit('P', '2026-12-31'),
        fact('2026-02-02', 'WorkPermitCancelled', { number: 'P' }),
        permit('Q', '2026-02-02', {}, '2026-02-03'),
      ],
      'false',
    ],
    [
      'hasWorkVisa',
      [fact('2026-02-02', 'VisaIssued', { number: 'V', category: 'C3', validUntil: '2026-02-02' })],
      'true',
    ],
    [
      'hasWorkVisa',
      [fact('2026-02-02', 'VisaIssued', { number: 'V', category: 'C3', validUntil: '2026-02-01' })],
      'false',
    ],
    [
      'hasWorkVisa',
      [fact('2026-02-02', 'VisaIssued', { number: 'V', category: 'C5', validUntil: '2026-12-02' })],
      'false',
    ],
    ['hasContract', [fact('2026-02-02', 'EmploymentContractSigned', { number: 'C' })], 'true'],
    [
      'appliedOn',
      [
        fact('2026-02-02', 'WorkPermitApplied', { applicationNumber: 'A' }),
        fact('2026-02-03', 'WorkPermitApplied', { applicationNumber: 'B' }),
      ],
      '2026-02-03',
    ],
    ['vacancyOn', [fact('2026-02-02', 'VacancyPublished', {})], '2026-02-02'],
    ['invitationNumber', [fact('2026-02-02', 'InvitationIssued', { number: 'I-7' })], 'I-7'],
  ])('%s after %j is %s', (word, facts, value) => {
    expect(worker([word], ...facts)).toBe(value);
  });

  it('tells with whom the passport is, until it comes back', () => {
    const words = ['passportWith', 'passportOutSince', 'passportBackBy'];
    const out = fact('2026-02-02', 'PassportHandedOver', {
      to: 'a bank',
      purpose: 'copy',
      expectedBackOn: '2026-02-09',
    });
    expect(worker(words, out)).toBe('a bank | 2026-02-02 | 2026-02-09');
    expect(worker(words, out, fact('2026-02-05', 'PassportReturned'))).toBe('not known | not known | not known');
  });
});

describe('what is known of a paper', () => {
  const PERMIT = ['number', 'category', 'region', 'issuedOn', 'validFrom', 'validUntil', 'lastDay', 'nameMatches'].map(
    (word) => `permit.${word}`,
  );

  it('is, of a permit, all that stands in it, with its extensions and its end', () => {
    expect(
      told('permit', PERMIT, permit('P', '2026-12-31', { validFrom: '2026-01-10', holderNameTags: ['y', 'x'] })),
    ).toEqual([['permit:P', 'P | 2 | KZ-75 | 2026-01-05 | 2026-01-10 | 2026-12-31 | 2026-12-31 | true']]);
    const extended = fact('2026-03-03', 'WorkPermitExtended', {
      number: 'P',
      validFrom: '2027-01-01',
      validUntil: '2027-06-30',
    });
    const ended = fact('2026-04-04', 'WorkPermitSurrendered', { number: 'P' });
    const again = fact('2026-05-05', 'WorkPermitCancelled', { number: 'P' });
    const renamed = fact('2026-03-04', 'WorkPermitUpdated', { number: 'P', holderNameTags: ['z'] });
    expect(
      told('permit', PERMIT, permit('P', '2026-12-31', { holderNameTags: ['x'] }), extended, renamed, ended, again),
    ).toEqual([['permit:P', 'P | 2 | KZ-75 | 2026-01-05 | 2026-01-05 | 2027-06-30 | 2026-04-04 | false']]);
    expect(told('permit', ['permit.nameMatches'], permit('P', '2026-12-31'))[0]?.[1]).toBe('not known');
  });

  it('is, of a visa, what it is for and which permit it goes with', () => {
    const words = ['number', 'category', 'work', 'issuedOn', 'validFrom', 'validUntil', 'lastDay'].map(
      (word) => `visa.${word}`,
    );
    const visa = (number: string, category: string, from: string, until: string) =>
      fact('2026-01-06', 'VisaIssued', { number, category, validFrom: from, validUntil: until });
    const permits = [permit('P', '2026-06-30'), permit('Q', '2026-08-31', { validFrom: '2026-07-10' })];
    expect(
      told(
        'visa',
        [...words, 'permit.number'],
        ...permits,
        visa('V', 'C3', '2026-01-10', '2026-07-09'),
        visa('W', 'C5', '2026-01-10', '2026-07-10'),
        visa('X', 'B1', '2026-09-01', '2026-09-30'),
        visa('Y', 'C3', '2027-01-01', '2027-02-01'),
        fact('2026-01-07', 'VisaCancelled', { number: 'X' }),
      ),
    ).toEqual([
      ['visa:V', 'V | C3 | yes | 2026-01-06 | 2026-01-10 | 2026-07-09 | 2026-07-09 | P'],
      ['visa:W', 'W | C5 | no | 2026-01-06 | 2026-01-10 | 2026-07-10 | 2026-07-10 | Q'],
      ['visa:X', 'X | B1 | not known | 2026-01-06 | 2026-09-01 | 2026-09-30 | 2026-01-07 | not known'],
      ['visa:Y', 'Y | C3 | not known | 2026-01-06 | 2027-01-01 | 2027-02-01 | 2027-02-01 | not known'],
    ]);
    expect(
      told(
        'visa',
        ['visa.validUntil'],
        visa('V', 'C3', '2026-01-10', '2026-07-09'),
        fact('2026-02-02', 'VisaExtended', { number: 'V', validUntil: '2026-09-09' }),
      )[0]?.[1],
    ).toBe('2026-09-09');
  });

  it('is, of the last contract, its term and clauses, and the permit it reaches', () => {
    const words = ['number', 'signedOn', 'validFrom', 'validUntil', 'clauses'].map((word) => `contract.${word}`);
    const signed = (number: string, more: Fact['data'] = {}) =>
      fact('2026-02-02', 'EmploymentContractSigned', { number, ...more });
    expect(told('contract', [...words, 'permit.number'], permit('P', '2026-02-02'), signed('C'))).toEqual([
      ['contract:C', 'C | 2026-02-02 | 2026-02-02 | 2026-02-02 |  | P'],
    ]);
    expect(
      told(
        'contract',
        [...words, 'permit.number'],
        permit('P', '2026-02-02'),
        signed('C'),
        signed('D', { validFrom: '2026-02-03', validUntil: '2026-12-31', clauses: ['salary', 'duties'] }),
      ),
    ).toEqual([['contract:D', 'D | 2026-02-02 | 2026-02-03 | 2026-12-31 | salary, duties | not known']]);
  });

  it('is, of an extension, its term and the one before', () => {
    const words = ['extension.from', 'extension.until', 'extension.previousUntil', 'permit.number'];
    const extended = (number: string, more: Fact['data']) =>
      fact('2026-03-03', 'WorkPermitExtended', { number, ...more });
    expect(
      told(
        'extension',
        words,
        permit('P', '2026-06-30'),
        permit('Q', '2026-12-31'),
        extended('P', { validFrom: '2026-07-01', validUntil: '2026-09-30' }),
        extended('R', {}),
        extended('P', {}),
      ),
    ).toEqual([
      ['permit:P:from:2026-07-01', '2026-07-01 | 2026-09-30 | 2026-06-30 | P'],
      ['permit:P:from:2026-03-03', '2026-03-03 | 2026-09-30 | 2026-09-30 | P'],
    ]);
  });

  it('is, of a mentorship, its days', () => {
    const assigned = (from?: string) => fact('2026-02-02', 'MentorAssigned', { from });
    const done = (until?: string) => fact('2026-05-05', 'MentorshipCompleted', { until });
    expect(
      told(
        'mentorship',
        ['mentorship.from', 'mentorship.until'],
        assigned(),
        assigned('2026-02-02'),
        done('2026-05-04'),
        done(),
        done(),
      ),
    ).toEqual([
      ['mentorship:2026-02-02', '2026-02-02 | 2026-05-04'],
      ['mentorship:2026-02-02:2', '2026-02-02 | 2026-05-05'],
    ]);
  });

  it('is, of a member of the family, what it does here and by which visa', () => {
    const words = ['id', 'relation', 'worksFrom', 'worksUntil', 'visaNumber', 'visaUntil'].map(
      (word) => `member.${word}`,
    );
    const member = (memberId: string) => fact('2026-02-02', 'FamilyMemberAdded', { memberId, relation: 'spouse' });
    const works = (memberId: string, more: Fact['data'] = {}) =>
      fact('2026-02-03', 'FamilyMemberEmployed', { memberId, ...more });
    const visa = (memberId: string, more: Fact['data']) =>
      fact('2026-02-04', 'FamilyMemberVisaIssued', { memberId, ...more });
    expect(
      told(
        'member',
        [...words, 'permit.number'],
        permit('P', '2026-12-31'),
        member('m'),
        member('n'),
        works('m', { until: '2026-06-30' }),
        works('n', { ownPermit: true }),
        works('nobody'),
        visa('m', { number: 'F', validUntil: '2026-12-01' }),
        visa('n', {}),
        visa('nobody', {}),
      ),
    ).toEqual([
      ['family-member:m', 'm | spouse | 2026-02-03 | 2026-06-30 | F | 2026-12-01 | P'],
      ['family-member:n', 'n | spouse | not known | not known |  | 2026-02-04 | P'],
    ]);
  });

  it('is, of applications and invitations, what was asked for and when', () => {
    const applied = (number: string) =>
      fact('2026-02-02', 'WorkPermitApplied', { applicationNumber: number, category: '3' });
    expect(
      told('application', ['application.number', 'application.on', 'application.category'], applied('A'), applied('B')),
    ).toEqual([
      ['application:A', 'A | 2026-02-02 | 3'],
      ['application:B', 'B | 2026-02-02 | 3'],
    ]);
    const visa = (on: string, more: Fact['data']) => fact(on, 'VisaApplied', more);
    const words = ['on', 'category', 'invitationNumber', 'permitNumber'].map((word) => `visaApplication.${word}`);
    expect(
      told(
        'visa-application',
        words,
        visa('2026-02-02', { category: 'C3' }),
        visa('2026-02-03', { category: 'C5', invitationNumber: 'I', permitNumber: 'P' }),
      ).at(-1),
    ).toEqual(['visa-application:2026-02-03', '2026-02-03 | C5 | I | P']);
    const invited = ['invitation.on', 'invitation.number', 'permit.number'];
    expect(told('invitation', invited)).toEqual([]);
    expect(told('invitation', invited, permit('P', '2026-12-31'), fact('2026-02-02', 'InvitationRequested'))).toEqual([
      ['invitation', '2026-02-02 | not known | P'],
    ]);
    expect(
      told(
        'invitation',
        invited,
        permit('P', '2026-02-02'),
        fact('2026-02-02', 'InvitationRequested'),
        fact('2026-02-03', 'InvitationIssued', { number: 'I' }),
      ),
    ).toEqual([['invitation', '2026-02-03 | I | not known']]);
  });
});
