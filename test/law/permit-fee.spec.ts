import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { assess } from '../../src/law/assess.js';
import { loadRuleBook } from '../../src/law/book.js';
import { permitFee } from '../../src/law/permit-fee.js';
import { assessRoute } from '../../src/law/routes.js';
import { traceOf } from '../../src/law/trace.js';
import { fact, history } from './kit.js';

const book = loadRuleBook();
const fee = (question: Partial<Parameters<typeof permitFee>[1]>) =>
  permitFee('permit-fee', { category: 'seasonal', on: '2026-11-20', ...question }, book);

describe('S25: the fee for a work permit', () => {
  it('S25: a seasonal permit pays by its days, at the MCI of the day of payment', () => {
    expect(fee({ days: 90 })).toMatchObject({ mciMin: 12, mciMax: 12, tengeMin: 51_900, verified: false });
    expect(fee({ days: 91 })).toMatchObject({ mciMin: 24, tengeMin: 103_800 });
    expect(fee({ days: 90, on: '2025-12-31' })).toMatchObject({ mciMin: 12, tengeMin: 47_184 });
    expect(fee({ days: 90, on: '2027-01-01' })).toMatchObject({ mciMin: 12, tengeMin: null });
    expect(fee({ days: 366 })).toMatchObject({ mciMin: null });
  });

  it('S25: without the days the range over all terms is told', () => {
    expect(fee({})).toMatchObject({ mciMin: 12, mciMax: 48, tengeMin: 51_900, tengeMax: 207_600 });
  });

  it('S25: until 2025 a corridor is reported, from 2026 the rates of the annex are not known and none is made up', () => {
    expect(fee({ category: '3', on: '2025-12-31' })).toMatchObject({ mciMin: 137, mciMax: 250, verified: false });
    const now = fee({ category: '3', on: '2026-01-01' });
    expect(now).toMatchObject({ mciMin: null, mciMax: null, tengeMin: null });
    expect(now.sentence).toContain('not known');
    expect(now.sentence).toContain('Decree 819');
    expect(fee({ category: null }).sentence).toContain('category is not known');
  });

  it('S25: a line laid over the law prices an industry, and other industries stay not known', () => {
    const overlayDir = mkdtempSync(join(tmpdir(), 'law-'));
    writeFileSync(
      join(overlayDir, 'permit-fee.yaml'),
      `parameter: permit-fee
values:
  - { purpose: "3:agriculture", validFrom: 2026-01-01, value: 7, reference: "A made-up annex for this test", sourceKind: law, checkedOn: 2026-11-22, verified: true }
`,
    );
    const laid = loadRuleBook({ overlayDir });
    const of = (industry: string) => permitFee('permit-fee', { category: '3', industry, on: '2026-11-20' }, laid);
    expect(of('Agriculture')).toMatchObject({ mciMin: 7, tengeMin: 30_275 });
    expect(of('mining').mciMin).toBeNull();
    rmSync(overlayDir, { recursive: true });
  });

  it('S25: the trace of the duty and the route finder say it', () => {
    const facts = history(
      fact('2026-11-02', 'WorkPermitApproved', { applicationNumber: 'A-1', category: 'seasonal', termDays: 120 }),
      fact('2026-11-05', 'PermitFeePaid', { applicationNumber: 'A-1', amountTenge: 103_800 }),
    );
    const [duty] = [...assess(facts, book, { kind: 'worker', id: '1' }).obligations()].filter(
      ({ rule }) => rule === 'pay-permit-fee',
    );
    if (duty === undefined) throw new Error('no fee is due');
    const { assumptions } = traceOf(duty, { facts, asOf: '2026-11-20', book, sizeOn: () => 'medium' });
    expect(assumptions[0]).toBe(
      'The fee of a permit of category seasonal for 120 days paid on 2026-11-05: 24 MCI, at 4325 tenge 103800 tenge (zakon.kz 5040939 of September 2020 and kt.kz 1377924818 of November 2021; the same in Decree 819 of 2025-10-03, not verified).',
    );
    const plan = {
      citizenship: 'TR',
      category: '2',
      purpose: 'work',
      employerKind: 'company',
      on: '2026-11-20',
    } as const;
    const need = assessRoute({ ...plan, basis: 'employment-contract' }, book).needs.find(
      (one) => one.need === 'permit-fee',
    );
    expect(need?.because).toContain('The fee of a permit of category 2 paid on 2026-11-20 is not known');
  });
});
