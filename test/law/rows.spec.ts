import { describe, expect, it } from '@jest/globals';
import type { Fact } from '../../src/domain/recorded-event.js';
import { assess } from '../../src/law/assess.js';
import { conflictsOf } from '../../src/law/conflicts.js';
import { exposureOf, stateOn } from '../../src/law/exposure.js';
import { rightToWork } from '../../src/law/right-to-work.js';
import { book, fact, history, obligation, worker } from './kit.js';

const permit = {
  number: 'P-1',
  category: '2',
  position: 'Engineer',
  region: 'KZ-75',
  validFrom: '2026-01-10',
  validUntil: '2026-12-31',
};
const hired = (citizenship: string) => fact('2025-12-01', 'WorkerRegistered', { citizenship });
const employed = history(hired('TR'), fact('2026-01-05', 'WorkPermitIssued', permit));
const lived = history(
  ...employed,
  fact('2026-01-12', 'VisaIssued', {
    number: 'V-1',
    category: 'C3',
    validFrom: '2026-01-12',
    validUntil: '2026-12-31',
  }),
  fact('2026-01-20', 'Arrived', { region: 'KZ-75', purpose: 'work' }, 'arrival'),
);

/** Rules that opened, sorted; a rule that opened twice stands twice. */
function opened(facts: readonly Fact[]): readonly string[] {
  return [...worker(facts).obligations()].map(({ rule }) => rule).sort();
}

function mci(
  facts: readonly Fact[],
  rule: string,
  asOf: string,
  size: 'small' | 'medium' | 'large' | 'unknown',
): readonly number[] {
  const exposure = exposureOf(obligation(facts, rule), { asOf, sizeOn: () => size, book });
  return exposure === null ? [] : [exposure.mciMin, exposure.mciMax];
}

describe('the rows of the source documents that open obligations', () => {
  it('S02 a permit without a region of its own still names its number', () => {
    expect(obligation(employed, 'stop-work-without-permit')).toMatchObject({ subject: 'permit:P-1', region: 'KZ-75' });
  });

  it('S08 S10 a new passport opens the update of the permit', () => {
    const facts = history(...employed, fact('2026-11-16', 'PassportReplaced', { passportTag: 'new' }));
    expect(obligation(facts, 'update-work-permit-passport')).toMatchObject({ dueOn: '2026-11-23', penalty: null });
  });

  it('S11 S60 a new position without a permit is a breach on its first day', () => {
    const facts = history(...employed, fact('2026-11-16', 'JobTitleChanged', { position: 'Director' }));
    expect(stateOn(obligation(facts, 'update-work-permit-position'), '2026-11-16')).toBe('overdue');
    expect(mci(facts, 'update-work-permit-position', '2026-11-16', 'medium')).toEqual([200, 200]);
  });

  it('S12 S13 S49 a termination opens the whole exit, and only the departure carries a fine', () => {
    const facts = history(...lived, fact('2026-11-13', 'EmploymentTerminated'));
    const exit = [...worker(facts).obligations()].filter(
      ({ triggeredBy }) => triggeredBy.type === 'EmploymentTerminated',
    );
    expect(new Map(exit.map(({ rule, penalty }) => [rule, penalty]))).toEqual(
      new Map([
        ['cancel-visa', null],
        ['cancel-work-permit', null],
        ['ensure-departure', 'cao-518-1'],
        ['surrender-work-permit', null],
      ]),
    );
  });

  it('S12 S13 receipts close the exit', () => {
    const facts = history(
      ...lived,
      fact('2026-11-13', 'EmploymentTerminated'),
      fact('2026-11-16', 'WorkPermitSurrendered', { number: 'P-1' }),
      fact('2026-11-17', 'WorkPermitCancelled', { number: 'P-1' }),
      fact('2026-11-17', 'VisaCancelled', { number: 'V-1' }),
      fact('2026-11-18', 'Departed'),
    );
    for (const rule of ['surrender-work-permit', 'cancel-work-permit', 'cancel-visa', 'ensure-departure']) {
      expect([rule, stateOn(obligation(facts, rule), '2026-11-18')]).toEqual([rule, 'met']);
    }
  });

  it('S14 a transfer between employers ends the duties of permit and renewal here, and asks for no departure', () => {
    const facts = history(
      ...lived,
      fact('2026-11-20', 'TransferAgreed', {
        newEmployerBin: '1',
        oldConsentOn: '2026-11-18',
        newConsentOn: '2026-11-19',
      }),
    );
    expect(stateOn(obligation(facts, 'renew-work-permit'), '2026-11-20')).toBe('void');
    expect(stateOn(obligation(facts, 'stop-work-without-permit'), '2027-01-05')).toBe('void');
    expect(opened(facts)).not.toContain('ensure-departure');
  });

  it('S17 S18 S19 S63 quota is requested by 1 August, region by region', () => {
    const facts = history(
      fact('2026-03-02', 'ForeignStaffPlanned', { year: 2027, region: 'KZ-75', count: 3 }),
      fact('2026-03-02', 'ForeignStaffPlanned', { year: 2027, region: 'KZ-23', count: 1 }, 'other'),
      fact('2026-07-31', 'QuotaRequested', {
        year: 2027,
        region: 'KZ-75',
        positions: [{ category: '2', position: 'Engineer', count: 3 }],
      }),
    );
    const all = [...assess(facts, book, { kind: 'employer', id: '1' }).obligations()];
    expect(all.map(({ subject, dueOn, metOn }) => [subject, dueOn, metOn])).toEqual([
      ['quota:2027:KZ-75', '2026-08-01', '2026-07-31'],
      ['quota:2027:KZ-23', '2026-08-01', null],
    ]);
  });

  it('S20 S63 a quota that was granted asks for the next year, unless nobody is needed', () => {
    const facts = history(
      fact('2025-12-20', 'QuotaGranted', { year: 2026, region: 'KZ-75', positions: [] }),
      fact('2026-06-01', 'QuotaNotNeeded', { year: 2027, region: 'KZ-75', reason: 'the project ends' }),
    );
    const [one] = assess(facts, book, { kind: 'employer', id: '1' }).obligations();
    expect(one).toMatchObject({
      subject: 'quota:2027:KZ-75',
      opensOn: '2026-01-01',
      dueOn: '2026-08-01',
      voidOn: '2026-06-01',
    });
  });

  it('S21 the window of the renewal runs from 60 to 30 days before the end', () => {
    expect(obligation(employed, 'renew-work-permit')).toMatchObject({
      opensOn: '2026-11-01',
      dueOn: '2026-12-01',
      safeBy: '2026-12-01',
    });
  });

  it('S22 a missed renewal ends in work without a permit from the day after the last', () => {
    const stop = obligation(employed, 'stop-work-without-permit');
    expect(['2026-12-30', '2026-12-31', '2027-01-01'].map((day) => stateOn(stop, day))).toEqual([
      'upcoming',
      'open',
      'overdue',
    ]);
    expect(obligation(employed, 'renew-work-permit').consequence).toContain('must stop working');
    expect(rightToWork(employed, '2027-01-01', book)).toMatchObject({ mayWork: 'no', since: '2027-01-01' });
  });

  it('S23 a permit of the second category that was extended three times opens no fourth renewal', () => {
    const extended = (year: number) =>
      fact(`${year}-12-10`, 'WorkPermitExtended', {
        number: 'P-1',
        validFrom: `${year}-12-31`,
        validUntil: `${year + 1}-12-31`,
      });
    const renewals = (category: string, years: readonly number[]) =>
      opened(
        history(
          hired('TR'),
          fact('2022-01-05', 'WorkPermitIssued', {
            ...permit,
            category,
            validFrom: '2022-01-10',
            validUntil: '2022-12-31',
          }),
          ...years.map(extended),
        ),
      ).filter((rule) => rule === 'renew-work-permit').length;
    expect(renewals('2', [2022, 2023])).toBe(3);
    expect(renewals('2', [2022, 2023, 2024])).toBe(3);
    expect(renewals('1', [2022, 2023, 2024, 2025])).toBe(5);
    expect(renewals('4', [])).toBe(0);
    expect(renewals('ict', [2022])).toBe(1);
  });

  it('S24 an extension that begins on the last day or on the day after leaves no gap, a later one does', () => {
    const state = (validFrom: string) =>
      [
        ...worker(
          history(
            ...employed,
            fact('2026-12-20', 'WorkPermitExtended', { number: 'P-1', validFrom, validUntil: '2027-12-31' }),
          ),
        ).obligations(),
      ]
        .filter(({ rule }) => rule === 'stop-work-without-permit')
        .map((one) => stateOn(one, '2027-01-10'))[0];
    expect([state('2026-12-31'), state('2027-01-01'), state('2027-01-02')]).toEqual(['void', 'void', 'met']);
  });

  it('S25 the fee is due ten working days after the notice', () => {
    expect(
      obligation(history(fact('2026-11-02', 'WorkPermitApproved', { applicationNumber: 'A-1' })), 'pay-permit-fee')
        .dueOn,
    ).toBe('2026-11-16');
  });

  it('S26 S32 S33 the visa follows the renewed permit, and a late one costs the host 10 to 20 MCI', () => {
    const facts = history(
      ...lived,
      fact('2026-12-10', 'WorkPermitExtended', { number: 'P-1', validFrom: '2026-12-31', validUntil: '2027-12-31' }),
    );
    expect(obligation(facts, 'extend-visa')).toMatchObject({ dueOn: '2026-12-31', subject: 'visa:V-1' });
    expect(mci(facts, 'extend-visa', '2027-01-01', 'unknown')).toEqual([10, 20]);
  });

  it('S27 a permit without a visa may work, and the missing right to stay is named beside it', () => {
    const right = rightToWork(employed, '2026-06-01', book);
    expect(right).toMatchObject({ mayWork: 'yes', since: '2026-01-10' });
    expect(right.reasons.map(({ code }) => code)).toEqual(['valid-permit', 'no-right-to-stay']);
    expect(rightToWork(lived, '2026-06-01', book).reasons.map(({ code }) => code)).toEqual(['valid-permit']);
  });

  it('S29 S58 the visas of the family follow the permit too', () => {
    const facts = history(
      ...employed,
      fact('2026-01-06', 'FamilyMemberAdded', { memberId: 'm-1', relation: 'spouse', citizenship: 'TR' }),
      fact('2026-01-12', 'FamilyMemberVisaIssued', {
        memberId: 'm-1',
        category: 'C3',
        number: 'V-2',
        validFrom: '2026-01-12',
        validUntil: '2026-12-31',
      }),
      fact('2026-12-10', 'WorkPermitExtended', { number: 'P-1', validFrom: '2026-12-31', validUntil: '2027-12-31' }),
    );
    expect(obligation(facts, 'extend-family-visa')).toMatchObject({
      subject: 'family-member:m-1',
      dueOn: '2026-12-31',
    });
  });

  it('S31 S40 S71 citizens of the CIS need a residence permit over thirty days, citizens with a visa do not', () => {
    const arrivalOf = (citizenship: string) =>
      opened(history(hired(citizenship), fact('2026-10-01', 'Arrived', { region: 'KZ-75' })));
    for (const citizenship of ['AZ', 'UZ', 'RU', 'KG', 'AM', 'BY', 'TJ', 'MD'])
      expect([citizenship, ...arrivalOf(citizenship)]).toContain('obtain-temporary-residence-permit');
    for (const citizenship of ['TR', 'CN', 'IN', 'DE'])
      expect([citizenship, ...arrivalOf(citizenship)]).not.toContain('obtain-temporary-residence-permit');
  });

  it('S34 S35 an arrival is to be notified in three working days, by either channel', () => {
    for (const channel of ['vmp', 'paper']) {
      const facts = history(
        ...lived,
        fact('2026-01-23', 'NotificationAcknowledged', { about: 'arrival', eventId: 'arrival', channel }),
      );
      expect(obligation(facts, 'notify-arrival')).toMatchObject({ dueOn: '2026-01-23', metOn: '2026-01-23' });
    }
  });

  it('S36 each arrival of worker and family has a notice of its own', () => {
    const facts = history(
      ...lived,
      fact('2026-01-06', 'FamilyMemberAdded', { memberId: 'm-1', relation: 'spouse', citizenship: 'TR' }),
      fact('2026-01-20', 'FamilyMemberArrived', { memberId: 'm-1' }),
      fact('2026-03-01', 'Departed'),
      fact('2026-03-20', 'Arrived', { region: 'KZ-75' }),
    );
    expect(opened(facts).filter((rule) => rule === 'notify-arrival')).toHaveLength(3);
  });

  it('S37 a new address is to be notified', () => {
    expect(
      obligation(history(...lived, fact('2026-02-02', 'AddressChanged', { region: 'KZ-75' })), 'notify-address-change')
        .dueOn,
    ).toBe('2026-02-05');
  });

  it('S38 a trip opens a notice on its sixth day and not on its fifth, with or without a known end', () => {
    const trip = (until?: string) =>
      history(
        ...lived,
        fact('2026-02-02', 'RegionalTravel', {
          region: 'KZ-23',
          from: '2026-02-02',
          ...(until === undefined ? {} : { until }),
        }),
      );
    expect(opened(trip('2026-02-06'))).not.toContain('notify-regional-travel');
    expect(obligation(trip('2026-02-07'), 'notify-regional-travel')).toMatchObject({
      opensOn: '2026-02-07',
      dueOn: '2026-02-11',
    });
    expect(obligation(trip(), 'notify-regional-travel')).toMatchObject({ opensOn: '2026-02-07', dueOn: '2026-02-11' });
  });

  it("S39 S45 the host's 10 to 20 MCI come out of the classes", () => {
    expect(mci(lived, 'notify-arrival', '2026-02-20', 'unknown')).toEqual([10, 20]);
    expect(mci(lived, 'notify-arrival', '2026-02-20', 'small')).toEqual([10, 10]);
    expect(mci(lived, 'notify-arrival', '2026-02-20', 'large')).toEqual([20, 20]);
    const stay = history(hired('RU'), fact('2026-01-20', 'Arrived', { region: 'KZ-75' }));
    expect(mci(stay, 'obtain-temporary-residence-permit', '2026-02-20', 'unknown')).toEqual([10, 20]);
  });

  it('S42 S43 a residence permit is renewed before its end, and asked for again after a new arrival', () => {
    const stay = history(
      hired('RU'),
      fact('2026-01-20', 'Arrived', { region: 'KZ-75' }, 'first'),
      fact('2026-02-10', 'TemporaryResidencePermitIssued', {
        number: 'T-1',
        validFrom: '2026-02-10',
        validUntil: '2026-12-31',
      }),
      fact('2026-06-01', 'Departed'),
      fact('2026-07-01', 'Arrived', { region: 'KZ-75' }, 'second'),
    );
    expect(stateOn(obligation(stay, 'renew-temporary-residence-permit'), '2026-06-01')).toBe('void');
    const asked = [...worker(stay).obligations()].filter(({ rule }) => rule === 'obtain-temporary-residence-permit');
    expect(asked.map(({ triggeredBy, dueOn, metOn }) => [triggeredBy.eventId, dueOn, metOn])).toEqual([
      ['first', '2026-02-19', '2026-02-10'],
      ['second', '2026-07-31', null],
    ]);
  });

  it('S44 spouse and children from sixteen need a residence permit, younger ones from their birthday', () => {
    const family = (relation: string, turns16On?: string) =>
      history(
        hired('RU'),
        fact('2026-01-06', 'FamilyMemberAdded', {
          memberId: 'm-1',
          relation,
          citizenship: 'RU',
          ...(turns16On === undefined ? {} : { turns16On }),
        }),
        fact('2026-02-02', 'FamilyMemberArrived', { memberId: 'm-1' }),
      );
    expect(obligation(family('spouse'), 'obtain-temporary-residence-permit').dueOn).toBe('2026-03-04');
    expect(obligation(family('child', '2026-02-02'), 'obtain-temporary-residence-permit').dueOn).toBe('2026-03-04');
    expect(obligation(family('child', '2026-02-03'), 'obtain-temporary-residence-permit')).toMatchObject({
      opensOn: '2026-02-03',
      dueOn: '2026-03-05',
    });
    const before = [
      ...family('child', '2026-09-01'),
      fact('2026-08-31', 'FamilyMemberDeparted', { memberId: 'm-1' }, 'left'),
    ];
    expect(stateOn(obligation(before, 'obtain-temporary-residence-permit'), '2026-12-01')).toBe('void');
  });

  it('S46 S48 S50 a contract follows the permit, but not for a transfer within a company', () => {
    expect(obligation(employed, 'sign-employment-contract').dueOn).toBe('2026-01-13');
    const ict = history(hired('TR'), fact('2026-01-05', 'WorkPermitIssued', { ...permit, category: 'ict' }));
    expect(opened(ict)).not.toContain('sign-employment-contract');
    const seconded = history(
      hired('TR'),
      fact('2026-01-02', 'RouteChosen', { route: 'work-permit', basis: 'service-contract' }),
      fact('2026-01-05', 'WorkPermitIssued', permit),
    );
    expect(opened(seconded)).not.toContain('sign-employment-contract');
  });

  it('S51 S52 S73 the IIN stays asked for until it is there', () => {
    const facts = history(
      ...employed,
      fact('2026-01-08', 'EmploymentContractSigned', {
        number: 'C-1',
        validFrom: '2026-01-10',
        validUntil: '2026-12-31',
      }),
    );
    expect(obligation(facts, 'obtain-iin')).toMatchObject({ dueOn: null, responsible: 'worker' });
    expect(obligation(history(...facts, fact('2026-01-30', 'IinAssigned')), 'obtain-iin').metOn).toBe('2026-01-30');
  });

  it('S59 S69 permanent residence ends the duties of permit and visa and gives the right to work', () => {
    const facts = history(
      ...lived,
      fact('2026-11-20', 'ResidencePermitGranted', { number: 'R-1', validFrom: '2026-11-20' }),
    );
    for (const rule of ['renew-work-permit', 'stop-work-without-permit'])
      expect([rule, stateOn(obligation(facts, rule), '2027-02-01')]).toEqual([rule, 'void']);
    expect(rightToWork(facts, '2027-02-01', book)).toMatchObject({
      mayWork: 'yes',
      since: '2026-11-20',
      reasons: [{ code: 'permanent-resident' }],
    });
  });

  it('S65 S66 a mentor is named in five working days and teaches six to twelve months', () => {
    const facts = history(
      ...employed,
      fact('2026-01-08', 'EmploymentContractSigned', {
        number: 'C-1',
        validFrom: '2026-01-10',
        validUntil: '2026-12-31',
      }),
      fact('2026-01-14', 'MentorAssigned', { from: '2026-01-15' }),
    );
    expect(obligation(facts, 'assign-mentor')).toMatchObject({ dueOn: '2026-01-15', metOn: '2026-01-14' });
    expect(obligation(facts, 'complete-mentorship')).toMatchObject({ opensOn: '2026-07-15', dueOn: '2027-01-15' });
  });

  it('S72 nothing asks for a registration, and the conflict about it is told', () => {
    expect(
      [...book.rules.keys()].some((rule) => rule.includes('regist') && rule !== 'enter-contract-in-register'),
    ).toBe(false);
    expect(conflictsOf(book).map(({ name }) => name)).toContain('registration');
  });

  it('S74 S77 S78 the permit of a household worker is extended until twelve months are full', () => {
    const household = { ...permit, category: 'individual', validFrom: '2026-01-10', validUntil: '2026-04-09' };
    const facts = history(
      hired('UZ'),
      fact('2026-01-10', 'WorkPermitIssued', household),
      fact('2026-04-05', 'WorkPermitExtended', { number: 'P-1', validFrom: '2026-04-10', validUntil: '2027-01-09' }),
    );
    expect(opened(facts).filter((rule) => rule === 'extend-household-permit')).toHaveLength(1);
    expect(obligation(facts, 'extend-household-permit')).toMatchObject({
      dueOn: '2026-04-09',
      metOn: '2026-04-05',
      responsible: 'worker',
    });
  });

  it('S75 a citizen of the Eurasian Economic Union works on a contract without a permit', () => {
    const facts = history(
      hired('KG'),
      fact('2026-01-08', 'EmploymentContractSigned', {
        number: 'C-1',
        validFrom: '2026-01-10',
        validUntil: '2026-12-31',
      }),
    );
    expect(rightToWork(facts, '2026-02-01', book)).toMatchObject({
      mayWork: 'yes',
      reasons: [{ code: 'no-permit-needed' }],
    });
    expect(opened(facts)).toEqual(['enter-contract-in-register', 'obtain-iin']);
  });
});
