import { describe, expect, it } from '@jest/globals';
import type { Fact } from '../../src/domain/recorded-event.js';
import { rightToWork } from '../../src/law/right-to-work.js';
import { book, fact, history } from './kit.js';

const permit = { number: 'P-1', category: '2', position: 'Engineer', region: 'KZ-75' };
const visa = { number: 'V-1', category: 'C3', validFrom: '2026-01-01', validUntil: '2026-12-31' };
const hired = (citizenship?: string) => fact('2026-01-01', 'WorkerRegistered', { citizenship }, 'hired');
const issued = (validFrom: string, validUntil: string, more: Fact['data'] = {}, id = 'issued') =>
  fact('2026-01-02', 'WorkPermitIssued', { ...permit, validFrom, validUntil, ...more }, id);
const stay = fact('2026-01-02', 'VisaIssued', visa, 'visa');
const at = (asOf: string, ...facts: readonly Fact[]) => rightToWork(history(...facts), asOf, book);

describe('the reasons of the right to work', () => {
  it('name the permit, its last day and the event behind it', () => {
    expect(at('2026-03-01', hired('TR'), issued('2026-01-10', '2026-06-30'), stay)).toEqual({
      mayWork: 'yes',
      since: '2026-01-10',
      reasons: [{ code: 'valid-permit', sentence: 'Work permit P-1 is in force until 2026-06-30.', eventId: 'issued' }],
    });
  });

  it('name the longest of several permits and the extension that carries it', () => {
    const extension = fact('2026-02-01', 'WorkPermitExtended', { number: 'P-2', validUntil: '2026-12-31' }, 'extended');
    const second = issued('2026-02-01', '2026-05-31', { number: 'P-2' }, 'second');
    const facts = [hired('TR'), issued('2026-01-10', '2026-06-30'), second, extension, stay];
    expect(at('2026-03-01', ...facts)).toEqual({
      mayWork: 'yes',
      since: '2026-01-10',
      reasons: [
        { code: 'valid-permit', sentence: 'Work permit P-2 is in force until 2026-12-31.', eventId: 'extended' },
      ],
    });
  });

  it('name another position than the permit has, and a stay without a paper', () => {
    const moved = fact('2026-02-01', 'JobTitleChanged', { position: 'Director' });
    const reasons = at('2026-03-01', hired('TR'), issued('2026-01-10', '2026-06-30'), moved).reasons.slice(1);
    expect(reasons).toEqual([
      {
        code: 'other-position',
        sentence: 'The position is not the one in the permit.',
        rule: 'update-work-permit-position',
      },
      {
        code: 'no-right-to-stay',
        sentence: 'No visa and no residence permit is in force: the right to enter and stay is missing.',
        rule: 'extend-visa',
      },
    ]);
    const back = fact('2026-02-02', 'JobTitleChanged', { position: 'ENGI NEER' });
    const paper = fact('2026-02-02', 'TemporaryResidencePermitIssued', { number: 'R', validUntil: '2026-12-31' });
    expect(at('2026-03-01', hired('TR'), issued('2026-01-10', '2026-06-30'), moved, back, paper).reasons).toHaveLength(
      1,
    );
  });

  it('compare the position with every permit that is not over', () => {
    const director = issued('2026-01-10', '2026-02-28', { number: 'P-0', position: 'Director' }, 'first');
    const moved = fact('2026-02-01', 'JobTitleChanged', { position: 'Director' });
    const codes = (asOf: string) =>
      at(asOf, hired('TR'), director, issued('2026-01-10', '2026-06-30'), moved, stay).reasons.map(({ code }) => code);
    expect(codes('2026-02-28')).toEqual(['valid-permit']);
    expect(codes('2026-03-01')).toEqual(['valid-permit', 'other-position']);
  });

  it('tell the permit that ended and the one that is to begin', () => {
    const next = issued('2026-08-01', '2026-12-31', { number: 'P-2' }, 'second');
    const later = issued('2026-09-01', '2026-12-31', { number: 'P-3' }, 'third');
    const before = issued('2026-01-05', '2026-02-28', { number: 'P-0' }, 'zeroth');
    const facts = [hired('TR'), before, issued('2026-01-10', '2026-06-30'), later, next];
    expect(at('2026-07-01', ...facts)).toEqual({
      mayWork: 'no',
      since: '2026-07-01',
      reasons: [
        {
          code: 'permit-ended',
          sentence: 'Work permit P-1 ended on 2026-06-30 and no other is in force.',
          rule: 'stop-work-without-permit',
          eventId: 'issued',
        },
        { code: 'permit-not-begun', sentence: 'Work permit P-2 begins on 2026-08-01.' },
      ],
    });
    expect(at('2026-08-01', ...facts).mayWork).toBe('yes');
  });

  it('end a permit on the day of its cancellation, though its term runs on', () => {
    const ended = fact('2026-03-10', 'WorkPermitCancelled', { number: 'P-1' });
    const facts = [hired('TR'), issued('2026-01-10', '2026-06-30'), ended, stay];
    expect(at('2026-03-10', ...facts)).toMatchObject({ mayWork: 'yes', since: '2026-01-10' });
    expect(at('2026-03-11', ...facts)).toMatchObject({
      mayWork: 'no',
      since: '2026-03-11',
      reasons: [{ sentence: 'Work permit P-1 ended on 2026-03-10 and no other is in force.' }],
    });
    const next = issued('2026-03-12', '2026-12-31', { number: 'P-2' }, 'second');
    expect(at('2026-03-12', ...facts, next)).toMatchObject({ mayWork: 'yes', since: '2026-03-12' });
    const touching = issued('2026-03-11', '2026-12-31', { number: 'P-2' }, 'second');
    expect(at('2026-03-12', ...facts, touching)).toMatchObject({ mayWork: 'yes', since: '2026-01-10' });
  });

  it('say that a permit is needed and none is recorded', () => {
    expect(at('2026-03-01', hired('TR'))).toEqual({
      mayWork: 'no',
      since: '2026-01-01',
      reasons: [{ code: 'no-permit', sentence: 'A work permit is needed and none is recorded.' }],
    });
    expect(at('2025-12-31', hired('TR'))).toMatchObject({ mayWork: 'not-known', since: null });
  });

  it('say that nothing is known without a citizenship, unless a permit is there', () => {
    expect(at('2026-03-01', hired())).toEqual({
      mayWork: 'not-known',
      since: null,
      reasons: [
        {
          code: 'citizenship-unknown',
          sentence: 'The citizenship is not recorded, so it is not known whether a permit is needed.',
        },
      ],
    });
    const facts = [hired(), issued('2026-01-10', '2026-06-30')];
    expect(at('2026-03-01', ...facts).reasons.map(({ code }) => code)).toEqual(['valid-permit', 'no-right-to-stay']);
    expect(at('2026-07-01', ...facts)).toMatchObject({ mayWork: 'no', reasons: [{ code: 'permit-ended' }] });
  });

  it('name the union whose citizens need no permit, from the later of hiring and joining', () => {
    const { title, validFrom } = book.countries.groups.find(({ countries }) => countries.includes('KG')) ?? {};
    expect(at('2026-03-01', hired('KG'))).toEqual({
      mayWork: 'yes',
      since: '2026-01-01',
      reasons: [{ code: 'no-permit-needed', sentence: `Citizens of KG need no work permit (${title}).` }],
    });
    const early = fact('2015-01-01', 'WorkerRegistered', { citizenship: 'KG' });
    expect(at('2026-03-01', early)).toMatchObject({ mayWork: 'yes', since: validFrom });
    expect(at('2026-03-01', fact('2026-02-01', 'CitizenshipChanged', { citizenship: 'KG' })).since).toBeNull();
  });

  it('name an exemption with its ground, on its days only', () => {
    const claimed = fact('2026-02-01', 'ExemptionClaimed', { ground: 'branch-head', until: '2026-03-01' });
    expect(at('2026-03-01', hired('TR'), claimed)).toEqual({
      mayWork: 'yes',
      since: '2026-02-01',
      reasons: [{ code: 'exempt', sentence: 'An exemption from the work permit was claimed: branch-head.' }],
    });
    expect(at('2026-03-02', hired('TR'), claimed)).toMatchObject({ mayWork: 'no' });
    expect(at('2027-03-02', hired('TR'), fact('2026-02-01', 'ExemptionClaimed')).reasons).toEqual([
      { code: 'exempt', sentence: 'An exemption from the work permit was claimed.' },
    ]);
  });

  it('name the residence permit from its first day on', () => {
    const granted = fact('2026-02-01', 'ResidencePermitGranted', { validFrom: '2026-02-10' });
    expect(at('2026-02-10', hired('TR'), granted)).toEqual({
      mayWork: 'yes',
      since: '2026-02-10',
      reasons: [
        {
          code: 'permanent-resident',
          sentence: 'A residence permit gives the right to work without a work permit.',
        },
      ],
    });
    expect(at('2026-02-09', hired('TR'), granted).mayWork).toBe('no');
  });

  it.each(['EmploymentTerminated', 'TransferAgreed'])('name the end of the employment by %s', (type) => {
    const ended = fact('2026-02-01', type, {}, 'end');
    expect(at('2026-02-01', hired('KG'), ended)).toEqual({
      mayWork: 'no',
      since: '2026-02-01',
      reasons: [{ code: 'employment-ended', sentence: 'The employment ended on 2026-02-01.', eventId: 'end' }],
    });
    expect(at('2026-01-31', hired('KG'), ended).mayWork).toBe('yes');
  });
});
