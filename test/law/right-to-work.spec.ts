import { describe, expect, it } from '@jest/globals';
import type { Fact } from '../../src/domain/recorded-event.js';
import { rightToWork } from '../../src/law/right-to-work.js';
import { book, fact, history } from './kit.js';

const permit = {
  number: 'P-1',
  category: '2',
  position: 'Engineer',
  region: 'KZ-75',
  validFrom: '2026-01-10',
  validUntil: '2026-06-30',
};
const hired = (citizenship: string) => fact('2025-12-01', 'WorkerRegistered', { citizenship }, 'hired');
const issued = history(hired('TR'), fact('2026-01-05', 'WorkPermitIssued', permit, 'issued'));
const on = (facts: readonly Fact[], asOf: string) => {
  const { mayWork, since, reasons } = rightToWork(history(...facts), asOf, book);
  return [mayWork, since, ...reasons.map(({ code }) => code)];
};

describe('the right to work', () => {
  it('begins and ends with the permit, to the day', () => {
    expect(on([...issued], '2025-12-31')).toEqual(['no', '2025-12-01', 'no-permit']);
    expect(on([...issued], '2026-01-09')).toEqual(['no', '2025-12-01', 'permit-not-begun']);
    expect(on([...issued], '2026-01-10')).toEqual(['yes', '2026-01-10', 'valid-permit', 'no-right-to-stay']);
    expect(on([...issued], '2026-06-30').slice(0, 2)).toEqual(['yes', '2026-01-10']);
    expect(on([...issued], '2026-07-01')).toEqual(['no', '2026-07-01', 'permit-ended']);
  });

  it('goes on through an extension without a gap and through a second permit', () => {
    const extended = fact('2026-06-15', 'WorkPermitExtended', {
      number: 'P-1',
      validFrom: '2026-07-01',
      validUntil: '2026-12-31',
    });
    expect(on([...issued, extended], '2026-08-01').slice(0, 2)).toEqual(['yes', '2026-01-10']);
    const second = fact('2026-06-15', 'WorkPermitIssued', {
      ...permit,
      number: 'P-2',
      validFrom: '2026-07-01',
      validUntil: '2026-12-31',
    });
    expect(on([...issued, second], '2026-08-01').slice(0, 2)).toEqual(['yes', '2026-01-10']);
  });

  it('pauses where an extension began too late, before and after it stands', () => {
    const late = fact('2026-06-15', 'WorkPermitExtended', {
      number: 'P-1',
      validFrom: '2026-07-15',
      validUntil: '2026-12-31',
    });
    const state = (asOf: string) => on([...issued, late], asOf).slice(0, 3);
    expect(state('2026-06-20')).toEqual(['yes', '2026-01-10', 'valid-permit']);
    expect(state('2026-06-30')).toEqual(['yes', '2026-01-10', 'valid-permit']);
    expect(state('2026-07-01')).toEqual(['no', '2026-07-01', 'permit-ended']);
    expect(state('2026-07-14')).toEqual(['no', '2026-07-01', 'permit-ended']);
    expect(state('2026-07-15')).toEqual(['yes', '2026-07-15', 'valid-permit']);
  });

  it('ends on the day after a cancellation and with the employment', () => {
    const cancelled = fact('2026-03-10', 'WorkPermitCancelled', { number: 'P-1' });
    expect(on([...issued, cancelled], '2026-03-10').slice(0, 1)).toEqual(['yes']);
    expect(on([...issued, cancelled], '2026-03-11')).toEqual(['no', '2026-03-11', 'permit-ended']);
    expect(on([...issued, fact('2026-03-10', 'EmploymentTerminated')], '2026-03-10')).toEqual([
      'no',
      '2026-03-10',
      'employment-ended',
    ]);
    expect(on([...issued, fact('2026-03-10', 'EmploymentTerminated')], '2026-03-09').slice(0, 1)).toEqual(['yes']);
  });

  it('names another position and the rule behind it', () => {
    const moved = history(...issued, fact('2026-03-10', 'JobTitleChanged', { position: 'Director' }));
    expect(rightToWork(moved, '2026-03-10', book).reasons).toContainEqual({
      code: 'other-position',
      sentence: 'The position is not the one in the permit.',
      rule: 'update-work-permit-position',
    });
    const same = history(...issued, fact('2026-03-10', 'JobTitleChanged', { position: ' ENGINEER' }));
    expect(rightToWork(same, '2026-03-10', book).reasons.map(({ code }) => code)).not.toContain('other-position');
  });

  it('needs no permit for citizens of a union that frees them, from its first day', () => {
    const kyrgyz = history(fact('2015-06-01', 'WorkerRegistered', { citizenship: 'KG' }, 'hired'));
    expect(rightToWork(kyrgyz, '2015-08-11', book).mayWork).toBe('no');
    expect(rightToWork(kyrgyz, '2015-08-12', book)).toMatchObject({ mayWork: 'yes', since: '2015-08-12' });
    expect(rightToWork(history(hired('RU')), '2026-01-01', book)).toMatchObject({
      mayWork: 'yes',
      since: '2025-12-01',
    });
  });

  it('follows an exemption to its last day', () => {
    const exempt = history(
      hired('TR'),
      fact('2026-02-01', 'ExemptionClaimed', { ground: 'branch-head', until: '2026-05-31' }),
    );
    expect(rightToWork(exempt, '2026-05-31', book)).toMatchObject({
      mayWork: 'yes',
      since: '2026-02-01',
      reasons: [{ code: 'exempt' }],
    });
    expect(rightToWork(exempt, '2026-06-01', book).mayWork).toBe('no');
  });

  it('is not known without a citizenship and without a permit', () => {
    expect(on([fact('2026-01-05', 'Arrived', { region: 'KZ-75' })], '2026-02-01')).toEqual([
      'not-known',
      null,
      'citizenship-unknown',
    ]);
  });

  it('names the event behind the answer', () => {
    expect(rightToWork(issued, '2026-03-01', book).reasons[0]).toMatchObject({ eventId: 'issued' });
    expect(rightToWork(issued, '2026-08-01', book).reasons[0]).toMatchObject({
      eventId: 'issued',
      rule: 'stop-work-without-permit',
    });
  });
});
