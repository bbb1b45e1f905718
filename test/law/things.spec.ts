import { describe, expect, it } from '@jest/globals';
import type { Fact } from '../../src/domain/recorded-event.js';
import { assess } from '../../src/law/assess.js';
import { fact, history } from './kit.js';
import { smallLaw } from './small-law.js';

const law = smallLaw();

/** The duties of one rule that is opened for each thing of a kind: its subject, its last day or why that is not known. */
function each(kind: string, subject: string, when: string, dueOn: string, ...facts: readonly Fact[]) {
  law.write(
    'obligations/the-duty.yaml',
    `rule: the-duty
title: The duty
rows: []
sentence: { en: The duty., ru: Долг., kk: Парыз. }
sourceKind: law
checkedOn: 2026-11-22
verified: true
reference: A law
penalty: null
opens: [{ on: Departed, each: ${kind}, when: ${when}, subject: "${subject}", responsible: employer }]
deadline: { dueOn: ${dueOn}, safeBy: due-day }
versions: [{ validFrom: 2016-01-01 }]
`,
  );
  const left = fact('2026-02-02', 'Departed', { number: 'Q', validUntil: '2026-06-30' });
  return [...assess(history(...facts, left), law.book(), { kind: 'worker', id: 'w' }).obligations()]
    .filter(({ rule }) => rule === 'the-duty')
    .map((one) => [one.subject, one.dueOn ?? one.dueReason]);
}

const permit = (number: string, validFrom: string, validUntil: string, more: Fact['data'] = {}) =>
  fact('2026-01-05', 'WorkPermitIssued', { number, category: '2', validFrom, validUntil, ...more });
const visa = (number: string, validUntil: string) =>
  fact('2026-01-05', 'VisaIssued', { number, category: 'C3', validFrom: '2026-01-05', validUntil });
const member = (memberId: string, more: Fact['data'] = {}) =>
  fact('2026-01-05', 'FamilyMemberAdded', { memberId, relation: 'child', ...more });
const came = (memberId: string) => fact('2026-01-06', 'FamilyMemberArrived', { memberId });

describe('a duty for each permit', () => {
  it('ends with its own permit, not with the longest', () => {
    expect(
      each(
        'permit',
        'permit:{number}',
        '{}',
        'permit.validUntil',
        permit('P', '2026-01-05', '2026-03-31'),
        permit('Q', '2026-01-05', '2026-12-31'),
      ),
    ).toEqual([
      ['permit:P', '2026-03-31'],
      ['permit:Q', '2026-12-31'],
    ]);
  });

  it('is held against its own number, category, passport and last day', () => {
    const two = [
      permit('P', '2026-01-05', '2026-03-31', { category: '3', passportTag: 'new' }),
      permit('Q', '2026-04-01', '2026-12-31', { passportTag: 'old' }),
    ];
    const subjects = (when: string) =>
      each('permit', 'permit:{number}', when, 'occurredOn', ...two).map(([subject]) => subject);
    expect(subjects('{ coveredByAnotherPermit: true }')).toEqual(['permit:P']);
    expect(subjects('{ category: "3" }')).toEqual(['permit:P']);
    expect(subjects('{ passportDiffersFromPermit: true }')).toEqual(['permit:P', 'permit:Q']);
  });
});

describe('a duty for each visa', () => {
  it('ends with its own visa', () => {
    expect(
      each('visa', 'visa:{number}', '{}', 'visa.validUntil', visa('V', '2026-03-31'), visa('W', '2026-12-31')),
    ).toEqual([
      ['visa:V', '2026-03-31'],
      ['visa:W', '2026-12-31'],
    ]);
    expect(
      each(
        'permit',
        'permit:{number}',
        '{}',
        'visa.validUntil',
        visa('V', '2026-05-05'),
        permit('P', '2026-01-05', '2026-03-31'),
      ),
    ).toEqual([['permit:P', '2026-05-05']]);
  });
});

describe('a duty for each member of the family', () => {
  const visaOf = (memberId: string, validUntil: string) =>
    fact('2026-01-07', 'FamilyMemberVisaIssued', { memberId, validUntil });

  it('ends with the visa of the member', () => {
    expect(
      each(
        'member',
        'member:{memberId}',
        '{}',
        'member.visaUntil',
        member('m'),
        visaOf('m', '2026-03-31'),
        member('n'),
      ),
    ).toEqual([
      ['member:m', '2026-03-31'],
      ['member:n', 'no visa of the member of the family is recorded'],
    ]);
  });

  it('is asked whether that visa ends before the term that the event names', () => {
    const subjects = each(
      'member',
      'member:{memberId}',
      '{ memberVisaEndsBeforePermit: true }',
      'occurredOn',
      member('m'),
      visaOf('m', '2026-06-29'),
      member('n'),
      visaOf('n', '2026-06-30'),
      member('o'),
    );
    expect(subjects).toEqual([['member:m', '2026-02-02']]);
  });

  it('ends with the stay without a visa, by the citizenship of the member or else of the worker', () => {
    const hired = fact('2026-01-01', 'WorkerRegistered', { citizenship: 'KG' });
    const unknown = 'no visa-free term tells how long the member of the family may stay';
    const days = (...facts: readonly Fact[]) =>
      each('member', 'member:{memberId}', '{}', 'member.lastDayOfStay', ...facts);
    expect(days(hired, member('m'), came('m'), member('n', { citizenship: 'TR' }), came('n'), member('o'))).toEqual([
      ['member:m', '2026-04-05'],
      ['member:n', unknown],
      ['member:o', unknown],
    ]);
    expect(days(member('m', { citizenship: 'KG' }), came('m'), member('n'), came('n'))).toEqual([
      ['member:m', '2026-04-05'],
      ['member:n', unknown],
    ]);
  });

  it('keeps what was known of a member who is told of again', () => {
    const days = each(
      'family',
      'member:{memberId}',
      '{}',
      'member.visaUntil',
      member('m'),
      came('m'),
      visaOf('m', '2026-03-31'),
      member('m'),
    );
    expect(days).toEqual([['member:m', '2026-03-31']]);
  });
});
