import { describe, expect, test } from '@jest/globals';
import * as s from './story.js';
import { given, record, recordAll } from './story.js';

const registered = s.WorkerRegistered('2022-01-01');
const issued = s.WorkPermitIssued('2022-01-10', { validFrom: '2022-01-10', validUntil: '2022-12-31' });
const term = (year: number) => ({ validFrom: `${year - 1}-12-31`, validUntil: `${year}-12-31` });
const extended = (year: number, more = {}) => s.WorkPermitExtended(`${year - 1}-12-01`, term(year), more);

describe('work permits', () => {
  test('a permit is issued, applied for, extended, updated, cancelled and surrendered', async () => {
    await given(registered)
      .when(
        recordAll(
          issued,
          s.WorkPermitExtensionApplied('2022-11-15'),
          extended(2023),
          s.WorkPermitUpdated('2023-02-01'),
          s.WorkPermitUpdated('2023-02-02', { position: undefined, passportNumber: 'U99999999' }),
          s.WorkPermitCancelled('2023-03-01'),
          s.WorkPermitSurrendered('2023-03-01'),
        ),
      )
      .thenRecorded(
        'WorkPermitIssued',
        'WorkPermitExtensionApplied',
        'WorkPermitExtended',
        'WorkPermitUpdated',
        'WorkPermitUpdated',
        'WorkPermitCancelled',
        'WorkPermitSurrendered',
      );
  });

  test('without a permit there is nothing to extend', async () => {
    const makes = [
      s.WorkPermitExtensionApplied,
      s.WorkPermitUpdated,
      s.WorkPermitCancelled,
      s.WorkPermitSurrendered,
      (day: string) => s.WorkPermitExtended(day, term(2023)),
    ];
    for (const make of makes)
      await given(registered)
        .when(record(make('2022-12-01')))
        .thenRefused('no-work-permit', 409);
  });

  test('a number that is not known is refused with those that are', async () => {
    const refusal = await given(registered, issued)
      .when(record(s.WorkPermitExtended('2022-12-01', { ...term(2023), number: 'WP-2' })))
      .thenRefused('unknown-permit', 422);
    expect(refusal.message).toContain('WP-1');
  });

  test('a number is issued once', async () => {
    await given(registered, issued)
      .when(record(s.WorkPermitIssued('2022-03-01')))
      .thenRefused('permit-already-recorded', 409);
  });

  test('after its end a permit is neither extended nor ended again', async () => {
    const cancelled = given(registered, issued, s.WorkPermitCancelled('2022-06-01'));
    await cancelled.when(record(extended(2023))).thenRefused('permit-cancelled', 409);
    await cancelled.when(record(s.WorkPermitUpdated('2022-07-01'))).thenRefused('permit-cancelled', 409);
    await cancelled.when(record(s.WorkPermitCancelled('2022-07-01'))).thenRefused('permit-already-cancelled', 409);
    const surrendered = given(registered, issued, s.WorkPermitSurrendered('2022-06-01'));
    await surrendered.when(record(s.WorkPermitExtensionApplied('2022-07-01'))).thenRefused('permit-surrendered', 409);
    await surrendered
      .when(record(s.WorkPermitSurrendered('2022-07-01')))
      .thenRefused('permit-already-surrendered', 409);
    await surrendered.when(record(s.WorkPermitCancelled('2022-07-01'))).thenRecorded('WorkPermitCancelled');
  });

  test('a term does not end before it begins', async () => {
    const refusal = await given(registered)
      .when(record(s.WorkPermitIssued('2022-01-10', { validFrom: '2022-01-10', validUntil: '2022-01-09' })))
      .thenRefused('invalid-event', 400);
    expect(refusal.errors).toEqual([{ path: 'data.validUntil', message: expect.stringContaining('"2022-01-09"') }]);
    await given(registered)
      .when(record(s.WorkPermitIssued('2022-01-10', { validFrom: '2022-01-10', validUntil: '2022-01-10' })))
      .thenRecorded('WorkPermitIssued');
  });

  test('an update says what was updated', async () => {
    await given(registered, issued)
      .when(record(s.WorkPermitUpdated('2022-02-01', { position: undefined })))
      .thenRefused('invalid-event', 400);
  });
});

describe('the limit of extensions', () => {
  const three = [registered, issued, extended(2023), extended(2024), extended(2025)];

  test('the third extension of a category 2 permit passes, the fourth has to be acknowledged', async () => {
    await given(...three.slice(0, 4))
      .when(record(extended(2025)))
      .thenRecorded('WorkPermitExtended');
    const refusal = await given(...three)
      .when(record(extended(2026)))
      .thenRefused('permit-extension-limit', 409);
    expect(refusal.rule).toBe('extension-limit');
    expect(refusal.reference).toMatch(/three times/);
    expect(refusal.remedy).toContain('"acknowledge": ["extension-limit"]');
  });

  test('acknowledged with a reason, it is recorded, and the acknowledgement with it', async () => {
    const knowingly = { acknowledge: ['extension-limit'], reason: 'granted by the akimat all the same' };
    const story = given(...three);
    const teller = await story.told();
    const { plan } = await teller.tell(record(extended(2026, knowingly)));
    expect(plan.events[0]).toMatchObject({ acknowledged: ['extension-limit'], reason: knowingly.reason });
    await story.when(record(extended(2026, { acknowledge: ['extension-limit'] }))).thenRefused('invalid-event', 400);
    await story
      .when(record(extended(2026, { acknowledge: ['another-rule'], reason: 'why not' })))
      .thenRefused('permit-extension-limit', 409);
  });

  test('a category 1 permit is extended without limit', async () => {
    const first = s.WorkPermitIssued('2022-01-10', {
      category: '1',
      validFrom: '2022-01-10',
      validUntil: '2022-12-31',
    });
    await given(registered, first, extended(2023), extended(2024), extended(2025))
      .when(record(extended(2026)))
      .thenRecorded('WorkPermitExtended');
  });

  test('a category 4 permit is not extended at all', async () => {
    const fourth = s.WorkPermitIssued('2022-01-10', {
      category: '4',
      validFrom: '2022-01-10',
      validUntil: '2022-12-31',
    });
    await given(registered, fourth)
      .when(record(extended(2023)))
      .thenRefused('permit-extension-limit', 409);
  });
});

describe('the continuity of extensions', () => {
  test('the new term follows the old one: the same day and the next pass, before and later do not', async () => {
    const story = given(registered, issued);
    const from = (validFrom: string) =>
      record(s.WorkPermitExtended('2022-12-01', { validFrom, validUntil: '2023-12-31' }));
    await story.when(from('2022-12-31')).thenRecorded('WorkPermitExtended');
    await story.when(from('2023-01-01')).thenRecorded('WorkPermitExtended');
    const gap = await story.when(from('2023-01-02')).thenRefused('permit-continuity', 409);
    expect(gap).toMatchObject({ rule: 'extension-gap-days', message: expect.stringContaining('gap') });
    const overlap = await story.when(from('2022-12-30')).thenRefused('permit-continuity', 409);
    expect(overlap.message).toContain('overlap');
  });
});

describe('visas and residence permits', () => {
  const visa = s.VisaIssued('2026-01-10');
  const worker = s.WorkerRegistered('2026-01-01');

  test('a visa is issued, extended and cancelled', async () => {
    await given(worker)
      .when(recordAll(visa, s.VisaExtended('2026-10-01'), s.VisaCancelled('2026-11-01')))
      .thenRecorded('VisaIssued', 'VisaExtended', 'VisaCancelled');
  });

  test('what is extended or cancelled was issued and not cancelled before', async () => {
    await given(worker)
      .when(record(s.VisaExtended('2026-10-01')))
      .thenRefused('no-visa', 409);
    await given(worker, visa)
      .when(record(s.VisaExtended('2026-10-01', { number: 'V-2' })))
      .thenRefused('unknown-visa', 422);
    await given(worker, visa)
      .when(record(s.VisaCancelled('2026-10-01', { number: 'V-2' })))
      .thenRefused('unknown-visa', 422);
    await given(worker, visa).when(record(visa)).thenRefused('visa-already-recorded', 409);
    const cancelled = given(worker, visa, s.VisaCancelled('2026-06-01'));
    await cancelled.when(record(s.VisaExtended('2026-10-01'))).thenRefused('visa-cancelled', 409);
    await cancelled.when(record(s.VisaCancelled('2026-10-01'))).thenRefused('visa-already-cancelled', 409);
  });

  test('a residence permit has a number of its own', async () => {
    const trp = s.TemporaryResidencePermitIssued('2026-01-20');
    await given(worker).when(record(trp)).thenRecorded('TemporaryResidencePermitIssued');
    await given(worker, trp).when(record(trp)).thenRefused('document-already-recorded', 409);
  });

  test('the category of a visa is a Latin letter and a number', async () => {
    const refusal = await given(worker)
      .when(record(s.VisaIssued('2026-01-10', { category: 'С3' })))
      .thenRefused('invalid-event', 400);
    expect(refusal.errors?.[0]).toEqual({ path: 'data.category', message: expect.stringContaining('Latin') });
  });
});
