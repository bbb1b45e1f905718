import { describe, expect, test } from '@jest/globals';
import * as s from './story.js';
import { given, record, recordAll } from './story.js';

const registered = s.WorkerRegistered('2026-01-01');

describe('employers', () => {
  test('an employer is registered once', async () => {
    await given()
      .on({ kind: 'employer' })
      .when(record(s.EmployerRegistered('2026-01-01')))
      .thenRecorded('EmployerRegistered');
    const refusal = await given(s.EmployerRegistered('2026-01-01'))
      .on({ kind: 'employer' })
      .when(record(s.EmployerRegistered('2026-02-01')))
      .thenRefused('already-registered', 409);
    expect(refusal.message).toContain('2026-01-01');
  });

  test('nothing happens to an employer that nobody registered', async () => {
    for (const make of [s.EmployerSizeChanged, s.QuotaRequested, s.QuotaGranted]) {
      await given()
        .on({ kind: 'employer' })
        .when(record(make('2026-02-01')))
        .thenRefused('not-registered', 404);
    }
  });

  test('nothing happens to an employer before its registration', async () => {
    await given(s.EmployerRegistered('2026-01-02'))
      .on({ kind: 'employer' })
      .when(record(s.EmployerSizeChanged('2026-01-01')))
      .thenRefused('before-registration', 409);
    await given(s.EmployerRegistered('2026-01-02'))
      .on({ kind: 'employer' })
      .when(record(s.EmployerSizeChanged('2026-01-02')))
      .thenRecorded('EmployerSizeChanged');
  });

  test('quotas are requested and granted', async () => {
    await given(s.EmployerRegistered('2026-01-01'))
      .on({ kind: 'employer' })
      .when(recordAll(s.QuotaRequested('2026-07-15'), s.QuotaGranted('2026-09-15')))
      .thenRecorded('QuotaRequested', 'QuotaGranted');
  });
});

describe('employment', () => {
  test('a worker of a registered employer is registered', async () => {
    const teller = await given().when(record(registered)).thenRecorded('WorkerRegistered');
    expect(teller.log[0]?.data).toMatchObject({
      employerBin: s.BIN,
      citizenship: 'TR',
      passportTag: expect.any(String),
    });
    expect(JSON.stringify(teller.log[0]?.data)).not.toMatch(/Yilmaz|Mehmet|U12345678|1988/);
  });

  test('the employer must be known', async () => {
    const refusal = await given()
      .when(record(s.WorkerRegistered('2026-01-01', { employerBin: s.OTHER_BIN })))
      .thenRefused('unknown-employer', 422);
    expect(refusal.errors?.[0]?.path).toBe('data.employerBin');
    const inArray = await given()
      .when(recordAll(s.WorkerRegistered('2026-01-01', { employerBin: s.OTHER_BIN })))
      .thenRefused('unknown-employer', 422);
    expect(inArray.errors?.[0]?.path).toBe('[0].data.employerBin');
  });

  test('a worker is registered once; hired again, the person is a new worker', async () => {
    await given(registered)
      .when(record(s.WorkerRegistered('2026-02-01')))
      .thenRefused('already-registered', 409);
    await given(registered, s.EmploymentTerminated('2026-03-01'))
      .when(record(s.WorkerRegistered('2026-04-01')))
      .thenRefused('already-registered', 409);
  });

  test('nothing happens to a worker whom nobody registered', async () => {
    for (const make of [
      s.Arrived,
      s.EmploymentTerminated,
      s.WorkPermitIssued,
      s.NotificationSubmitted,
      s.FamilyMemberAdded,
    ]) {
      await given()
        .when(record(make('2026-02-01')))
        .thenRefused('not-registered', 404);
    }
  });

  test('nothing happens before the registration, and the day of registration is soon enough', async () => {
    await given(registered)
      .when(record(s.Arrived('2025-12-31')))
      .thenRefused('before-registration', 409);
    await given(registered)
      .when(record(s.Arrived('2026-01-01')))
      .thenRecorded('Arrived');
  });

  test('nobody is registered before birth', async () => {
    const refusal = await given()
      .when(record(s.WorkerRegistered('2026-01-01', { birthDate: '2026-01-02' })))
      .thenRefused('invalid-event', 400);
    expect(refusal.errors).toEqual([{ path: 'data.birthDate', message: expect.stringContaining('birth') }]);
    expect(JSON.stringify(refusal.errors)).not.toContain('2026-01-02');
    await given()
      .when(record(s.WorkerRegistered('2026-01-01', { birthDate: '2026-01-01' })))
      .thenRecorded('WorkerRegistered');
  });

  test('an employment ends once', async () => {
    await given(registered)
      .when(record(s.EmploymentTerminated('2026-03-01')))
      .thenRecorded('EmploymentTerminated');
    const refusal = await given(registered, s.EmploymentTerminated('2026-03-01'))
      .when(record(s.EmploymentTerminated('2026-03-08')))
      .thenRefused('already-terminated', 409);
    expect(refusal.message).toContain('2026-03-01');
  });

  test('a worker who goes over to another employer has ended here', async () => {
    const gone = given(registered, s.WorkPermitIssued('2026-01-10'), s.TransferAgreed('2026-03-01'));
    const refusal = await gone
      .when(record(s.EmploymentTerminated('2026-03-02')))
      .thenRefused('already-terminated', 409);
    expect(refusal.message).toContain('2026-03-01 was the last day here');
    for (const make of [s.JobTitleChanged, s.EmploymentContractSigned, s.MentorAssigned, s.TransferAgreed])
      await gone.when(record(make('2026-03-02'))).thenRefused('employment-ended', 409);
    await gone.when(record(s.WorkPermitSurrendered('2026-03-02'))).thenRecorded('WorkPermitSurrendered');
    await given(registered, s.EmploymentTerminated('2026-03-01'))
      .when(record(s.TransferAgreed('2026-03-02')))
      .thenRefused('employment-ended', 409);
  });

  test('after the end there is no other title, application, contract or mentorship', async () => {
    const ended = given(registered, s.WorkPermitIssued('2026-01-10'), s.EmploymentTerminated('2026-03-01'));
    const gone = [s.JobTitleChanged, s.WorkPermitExtensionApplied, s.EmploymentContractSigned, s.MentorAssigned];
    for (const make of gone) await ended.when(record(make('2026-03-02'))).thenRefused('employment-ended', 409);
  });

  test('after the end the worker may still leave, hand in papers and be fined', async () => {
    await given(registered, s.WorkPermitIssued('2026-01-10'), s.VisaIssued('2026-01-10'), s.Arrived('2026-01-12'))
      .when(
        recordAll(
          s.EmploymentTerminated('2026-03-01'),
          s.WorkPermitCancelled('2026-03-03'),
          s.WorkPermitSurrendered('2026-03-03'),
          s.VisaCancelled('2026-03-04'),
          s.AddressChanged('2026-03-04'),
          s.Departed('2026-03-05'),
        ),
      )
      .thenRecorded(
        'EmploymentTerminated',
        'WorkPermitCancelled',
        'WorkPermitSurrendered',
        'VisaCancelled',
        'AddressChanged',
        'Departed',
      );
  });

  test('a change of title, a passport and an IIN are recorded; the IIN only once', async () => {
    await given(registered)
      .when(recordAll(s.JobTitleChanged('2026-02-01'), s.PassportReplaced('2026-02-02'), s.IinAssigned('2026-02-03')))
      .thenRecorded('JobTitleChanged', 'PassportReplaced', 'IinAssigned');
    await given(registered, s.IinAssigned('2026-02-03'))
      .when(record(s.IinAssigned('2026-02-04')))
      .thenRefused('iin-already-assigned', 409);
    await given(s.WorkerRegistered('2026-01-01', { iin: '061211600012' }))
      .when(record(s.IinAssigned('2026-02-04')))
      .thenRefused('iin-already-assigned', 409);
  });

  test('a contract has a number of its own', async () => {
    await given(registered)
      .when(record(s.EmploymentContractSigned('2026-01-12')))
      .thenRecorded('EmploymentContractSigned');
    await given(registered, s.EmploymentContractSigned('2026-01-12'))
      .when(record(s.EmploymentContractSigned('2026-01-13')))
      .thenRefused('document-already-recorded', 409);
  });

  test('a mentorship is completed after it began, and only while one is open', async () => {
    const open = given(registered, s.MentorAssigned('2026-02-01'));
    await open.when(record(s.MentorshipCompleted('2026-08-01'))).thenRecorded('MentorshipCompleted');
    await given(registered)
      .when(record(s.MentorshipCompleted('2026-08-01')))
      .thenRefused('no-open-mentorship', 409);
    await open
      .when(record(s.MentorshipCompleted('2026-08-01', { until: '2026-01-31' })))
      .thenRefused('mentorship-ends-before-it-begins', 409);
    await open
      .when(record(s.MentorshipCompleted('2026-08-01', { until: '2026-02-01' })))
      .thenRecorded('MentorshipCompleted');
  });

  test('the name of a trainee is not in the clear', async () => {
    const teller = await given(registered)
      .when(record(s.MentorAssigned('2026-02-01')))
      .thenRecorded('MentorAssigned');
    expect(teller.log[1]?.data).toEqual({ from: '2026-02-01' });
  });
});

describe('penalties', () => {
  const late = given(registered, s.Arrived('2026-02-02'));

  async function obligationId(): Promise<string> {
    const { fold } = await late.told();
    for (const { id, rule } of fold.assessment.obligations()) if (rule === 'notify-arrival') return id;
    throw new Error('the arrival opened nothing');
  }

  test('a penalty is imposed for an obligation of this worker, and paid afterwards', async () => {
    const id = await obligationId();
    const imposed = s.PenaltyImposed('2026-03-10', { obligationId: id, caseOpenedOn: '2026-03-01' });
    await late.when(record(imposed)).thenRecorded('PenaltyImposed');
    await late
      .when(recordAll(imposed, s.PenaltyPaid('2026-03-12', { obligationId: id })))
      .thenRecorded('PenaltyImposed', 'PenaltyPaid');
    await late.when(record(s.PenaltyPaid('2026-03-12', { obligationId: id }))).thenRefused('no-penalty', 409);
  });

  test('an obligation that is not known is refused', async () => {
    await late
      .when(record(s.PenaltyImposed('2026-03-10', { obligationId: 'notify-arrival.x', caseOpenedOn: '2026-03-01' })))
      .thenRefused('unknown-obligation', 422);
  });

  test('a case is opened before it ends in a penalty', async () => {
    const id = await obligationId();
    await late
      .when(record(s.PenaltyImposed('2026-03-10', { obligationId: id, caseOpenedOn: '2026-03-11' })))
      .thenRefused('invalid-event', 400);
    await late
      .when(record(s.PenaltyImposed('2026-03-10', { obligationId: id, caseOpenedOn: '2026-03-10' })))
      .thenRecorded('PenaltyImposed');
  });
});
