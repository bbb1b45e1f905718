import { describe, expect, test } from '@jest/globals';
import { standingFacts } from '../../src/domain/history.js';
import * as s from './story.js';
import { correct, given, record, recordAll, retract } from './story.js';

const registered = s.WorkerRegistered('2026-01-01');
const arrived = s.Arrived('2026-01-12');

/** The facts of a teller's stream as `type day`, from the fold and from the log: both must agree. */
function facts(teller: s.Teller): string[] {
  const told = teller.fold.facts.map(({ type, occurredOn }) => `${type} ${occurredOn}`);
  expect(standingFacts(teller.log)).toEqual(teller.fold.facts);
  return told;
}

describe('late events', () => {
  test('a late event stands where it happened', async () => {
    const teller = await given(registered, arrived, s.AddressChanged('2026-03-01'))
      .when(record(s.JobTitleChanged('2026-02-01')))
      .thenRecorded('JobTitleChanged');
    expect(facts(teller)).toEqual([
      'WorkerRegistered 2026-01-01',
      'Arrived 2026-01-12',
      'JobTitleChanged 2026-02-01',
      'AddressChanged 2026-03-01',
    ]);
  });

  test('a late departure and arrival are taken together, each alone would not fit', async () => {
    const story = given(registered, arrived, s.AddressChanged('2026-03-01'));
    const refusal = await story.when(record(s.Departed('2026-02-01'))).thenRefused('history-impossible', 409);
    expect(refusal.message).toContain('AddressChanged of 2026-03-01');
    expect(refusal.candidates?.[0]).toMatchObject({ type: 'AddressChanged', occurredOn: '2026-03-01' });
    await story
      .when(recordAll(s.Departed('2026-02-01'), s.AddressChanged('2026-02-10')))
      .thenRefused('history-impossible', 409);
    await story.when(recordAll(s.Departed('2026-02-01'), s.Arrived('2026-02-10'))).thenRecorded('Departed', 'Arrived');
    await given(registered, arrived, s.Departed('2026-03-01'))
      .when(recordAll(s.AddressChanged('2026-02-01'), s.AddressChanged('2026-02-02')))
      .thenRecorded('AddressChanged', 'AddressChanged');
  });

  test('a late event that does not fit itself is refused for itself', async () => {
    await given(registered, arrived, s.JobTitleChanged('2026-03-01'))
      .when(record(s.Arrived('2026-02-01')))
      .thenRefused('already-in-country', 409);
  });

  test('a late acknowledgement finds what was open on its day', async () => {
    const story = given(registered, arrived, s.Departed('2026-02-01'), s.Arrived('2026-02-10'));
    const teller = await story
      .when(record(s.NotificationAcknowledged('2026-01-14')))
      .thenRecorded('NotificationAcknowledged');
    expect(teller.log[4]?.data['eventId']).toBe(s.idOf(teller.fold, 1));
  });

  test('an event of today is recorded, one of tomorrow is not, but may be tried out', async () => {
    await given(registered)
      .when(record(s.Arrived(s.TODAY)))
      .thenRecorded('Arrived');
    const refusal = await given(registered)
      .when(record(s.Arrived('2026-11-21')))
      .thenRefused('invalid-event', 400);
    expect(refusal.errors).toEqual([{ path: 'occurredOn', message: expect.stringContaining('dryRun=true') }]);
    const teller = await given(registered).told();
    await expect(teller.plan(record(s.Arrived('2026-11-21')), true)).resolves.toMatchObject({ warnings: [] });
  });
});

describe('corrections', () => {
  test('the day is corrected, the data stays', async () => {
    const teller = await given(registered, arrived)
      .when(correct(1, { occurredOn: '2026-01-10' }))
      .thenRecorded('EventCorrected');
    expect(facts(teller)).toEqual(['WorkerRegistered 2026-01-01', 'Arrived 2026-01-10']);
    expect(teller.fold.facts[1]).toMatchObject({ data: { region: 'KZ-75' }, sealedBy: s.idOf(teller.fold, 1) });
    expect(teller.log[2]?.data).toEqual({
      eventId: s.idOf(teller.fold, 1),
      correctsType: 'Arrived',
      correctsVersion: 1,
      occurredOn: '2026-01-10',
      reason: 'typing error',
    });
  });

  test('the data is replaced as a whole, personal fields set apart, the day stays', async () => {
    const data = { region: 'KZ-71', address: 'Turan 5, Astana', purpose: 'work' };
    const teller = await given(registered, arrived).when(correct(1, { data })).thenRecorded('EventCorrected');
    expect(teller.fold.facts[1]).toMatchObject({
      occurredOn: '2026-01-12',
      data: { region: 'KZ-71', purpose: 'work' },
      sealedBy: s.idOf(teller.fold, 2),
    });
    expect(JSON.stringify(teller.log[2]?.data)).not.toContain('Turan');
    facts(teller);
  });

  test('a correction of a corrected event names the original; what it leaves out stays as corrected', async () => {
    const data = { region: 'KZ-71', address: 'Turan 5, Astana', purpose: 'work' };
    const teller = await given(registered, arrived, correct(1, { data }))
      .when(correct(1, { occurredOn: '2026-01-11' }))
      .thenRecorded('EventCorrected');
    expect(teller.fold.facts[1]).toMatchObject({
      eventId: s.idOf(teller.fold, 1),
      occurredOn: '2026-01-11',
      data: { region: 'KZ-71' },
      statedBy: s.idOf(teller.fold, 3),
      sealedBy: s.idOf(teller.fold, 2),
    });
    facts(teller);
  });

  test('naming the correction instead of the original is refused with the id of the original', async () => {
    const story = given(registered, arrived, correct(1, { occurredOn: '2026-01-11' }));
    const { fold } = await story.told();
    for (const ask of [correct(2, { occurredOn: '2026-01-10' }), retract(2)]) {
      const refusal = await story.when(ask).thenRefused('not-an-original', 409);
      expect(refusal.remedy).toContain(s.idOf(fold, 1));
    }
  });

  test('a correction after which a later event no longer fits is refused, naming that event', async () => {
    await given(registered, arrived, s.Departed('2026-02-01'), s.Arrived('2026-02-10'))
      .when(correct(2, { occurredOn: '2026-02-11' }))
      .thenRefused('history-impossible', 409);
    await given(registered, arrived, s.Departed('2026-02-01'), s.Arrived('2026-02-10'))
      .when(correct(2, { occurredOn: '2026-02-10' }))
      .thenRecorded('EventCorrected');
  });

  test('a correction is looked at like the event itself', async () => {
    const story = given(registered, arrived);
    await story.when(correct(1, { data: { region: 'KZ-99' } })).thenRefused('invalid-event', 400);
    await story.when(correct(1, { occurredOn: '2026-02-30' })).thenRefused('invalid-event', 400);
    await story.when(correct(1, { occurredOn: '2026-11-21' })).thenRefused('invalid-event', 400);
    await story.when(correct(1, {})).thenRefused('invalid-event', 400);
    await story.when(correct(1, { occurredOn: '2026-01-10', reason: ' ' })).thenRefused('invalid-event', 400);
    await story.when(correct(1, { eventId: s.CHILD, occurredOn: '2026-01-10' })).thenRefused('unknown-event', 404);
    await story
      .when(correct(0, { data: { ...registered.data, employerBin: s.OTHER_BIN } }))
      .thenRefused('unknown-employer', 422);
  });

  test('moving the registration before the birth is seen although the birth date is sealed', async () => {
    const born = s.WorkerRegistered('2026-01-10', { birthDate: '2026-01-05' });
    await given(born)
      .when(correct(0, { occurredOn: '2026-01-04' }))
      .thenRefused('invalid-event', 400);
    await given(born)
      .when(correct(0, { occurredOn: '2026-01-05' }))
      .thenRecorded('EventCorrected');
  });

  test('a corrected day moves the obligation with its trigger, under the same id', async () => {
    const teller = await given(registered, arrived).told();
    const [before] = [...teller.fold.assessment.obligations()].filter(({ rule }) => rule === 'notify-arrival');
    const { consequences } = await teller.tell(correct(1, { occurredOn: '2026-01-19' }));
    const [after] = [...teller.fold.assessment.obligations()].filter(({ rule }) => rule === 'notify-arrival');
    expect(after?.id).toBe(before?.id);
    expect(after?.dueOn).not.toBe(before?.dueOn);
    expect(consequences).toEqual({ opened: [], closed: [] });
  });
});

describe('retractions', () => {
  test('a retracted event never happened', async () => {
    const teller = await given(registered, arrived).when(retract(1)).thenRecorded('EventRetracted');
    expect(facts(teller)).toEqual(['WorkerRegistered 2026-01-01']);
    await given(registered, arrived)
      .when(retract(1))
      .thenObligations({ closed: ['notify-arrival'] });
    await given(registered, arrived, retract(1))
      .when(record(s.Arrived('2026-01-20')))
      .thenRecorded('Arrived');
  });

  test('what later events need cannot be retracted', async () => {
    const refusal = await given(registered, arrived, s.NotificationAcknowledged('2026-01-14'))
      .when(retract(1))
      .thenRefused('history-impossible', 409);
    expect(refusal.message).toContain('NotificationAcknowledged of 2026-01-14');
    await given(registered, arrived).when(retract(0)).thenRefused('history-impossible', 409);
    await given(registered, arrived, s.NotificationAcknowledged('2026-01-14'), retract(2))
      .when(retract(1))
      .thenRecorded('EventRetracted');
  });

  test('a retracted event is neither retracted again nor corrected', async () => {
    const story = given(registered, arrived, retract(1));
    await story.when(retract(1)).thenRefused('retracted', 409);
    await story.when(correct(1, { occurredOn: '2026-01-10' })).thenRefused('retracted', 409);
  });

  test('a retraction needs a reason and an event', async () => {
    await given(registered, arrived).when(retract(1, '')).thenRefused('invalid-event', 400);
    await given(registered).when(retract(7)).thenRefused('unknown-event', 404);
  });

  test('a registration retracted alone can be recorded anew', async () => {
    await given(registered, retract(0))
      .when(record(s.Arrived('2026-01-12')))
      .thenRefused('not-registered', 404);
    await given(registered, retract(0)).when(record(registered)).thenRecorded('WorkerRegistered');
  });
});

describe('arrays', () => {
  test('all or none: the refusal names the event that does not fit', async () => {
    const refusal = await given(registered)
      .when(recordAll(arrived, s.JobTitleChanged('2026-01-13'), s.Arrived('2026-01-14')))
      .thenRefused('already-in-country', 409);
    expect(refusal.errors?.[0]?.path).toBe('[2]');
  });

  test('each event is decided on the state that the former left, late ones too', async () => {
    const teller = await given(registered)
      .when(recordAll(s.Arrived('2026-03-01'), s.Departed('2026-02-01'), s.Arrived('2026-01-12')))
      .thenRecorded('Arrived', 'Departed', 'Arrived');
    expect(facts(teller)).toEqual([
      'WorkerRegistered 2026-01-01',
      'Arrived 2026-01-12',
      'Departed 2026-02-01',
      'Arrived 2026-03-01',
    ]);
  });
});
