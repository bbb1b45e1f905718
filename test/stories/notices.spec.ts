import { describe, expect, test } from '@jest/globals';
import * as s from './story.js';
import { given, record, recordAll } from './story.js';

const registered = s.WorkerRegistered('2026-01-01');
const arrived = s.Arrived('2026-01-12');
const acknowledged = s.NotificationAcknowledged('2026-01-15');

describe('notices to the migration service', () => {
  test('an arrival opens a notice, and the acknowledgement closes it', async () => {
    await given(registered)
      .when(record(arrived))
      .thenObligations({ opened: ['notify-arrival'] });
    await given(registered, arrived)
      .when(record(acknowledged))
      .thenObligations({ closed: ['notify-arrival'] });
    await given(registered, arrived)
      .when(record(s.NotificationSubmitted('2026-01-13')))
      .thenObligations({});
  });

  test('opened and closed by one array, it stands in both lists', async () => {
    await given(registered)
      .when(recordAll(arrived, acknowledged))
      .thenObligations({ opened: ['notify-arrival'], closed: ['notify-arrival'] });
  });

  test('a notice is filed, rejected, filed again and acknowledged', async () => {
    await given(registered, arrived)
      .when(
        recordAll(
          s.NotificationSubmitted('2026-01-13'),
          s.NotificationRejected('2026-01-14'),
          s.NotificationSubmitted('2026-01-14'),
          acknowledged,
        ),
      )
      .thenRecorded(
        'NotificationSubmitted',
        'NotificationRejected',
        'NotificationSubmitted',
        'NotificationAcknowledged',
      );
  });

  test('what it is about is filled in while only one event is open', async () => {
    const teller = await given(registered, arrived).when(record(acknowledged)).thenRecorded('NotificationAcknowledged');
    expect(teller.log[2]?.data['eventId']).toBe(s.idOf(teller.fold, 1));
  });

  test('a notification about nothing is refused', async () => {
    for (const make of [s.NotificationSubmitted, s.NotificationAcknowledged, s.NotificationRejected]) {
      await given(registered)
        .when(record(make('2026-01-15')))
        .thenRefused('nothing-to-notify', 409);
      await given(registered, arrived)
        .when(record(make('2026-01-15', { about: 'address-change' })))
        .thenRefused('nothing-to-notify', 409);
    }
  });

  test('a second arrival never closes the first: with two open, the one that is meant has to be named', async () => {
    const two = given(registered, arrived, s.Departed('2026-02-01'), s.Arrived('2026-02-10'));
    const refusal = await two
      .when(record(s.NotificationAcknowledged('2026-02-12')))
      .thenRefused('ambiguous-notification', 422);
    expect(refusal.candidates?.map(({ occurredOn }) => occurredOn)).toEqual(['2026-01-12', '2026-02-10']);
    const eventId = refusal.candidates?.[1]?.eventId;
    await two
      .when(record(s.NotificationAcknowledged('2026-02-12', { eventId })))
      .thenObligations({ closed: ['notify-arrival'] });
  });

  test('the arrival of a family member is an arrival of its own', async () => {
    await given(registered, arrived, s.FamilyMemberAdded('2026-01-12'), s.FamilyMemberArrived('2026-01-12'))
      .when(record(acknowledged))
      .thenRefused('ambiguous-notification', 422);
  });

  test('a trip of five days waits for no notice, so the one of six days is meant', async () => {
    const short = s.RegionalTravel('2026-02-01', { until: '2026-02-05' });
    const long = s.RegionalTravel('2026-03-01', { until: '2026-03-06' });
    const acknowledge = record(s.NotificationAcknowledged('2026-03-20', { about: 'regional-travel' }));
    const teller = await given(registered, arrived, short, long)
      .when(acknowledge)
      .thenRecorded('NotificationAcknowledged');
    expect(teller.log[4]?.data['eventId']).toBe(s.idOf(teller.fold, 3));
    await given(registered, arrived, short, long)
      .when(acknowledge)
      .thenObligations({ closed: ['notify-regional-travel'] });
    const other = s.RegionalTravel('2026-03-10', { until: '2026-03-15' });
    const refusal = await given(registered, arrived, short, long, other)
      .when(acknowledge)
      .thenRefused('ambiguous-notification', 422);
    expect(refusal.candidates?.map(({ occurredOn }) => occurredOn)).toEqual(['2026-03-01', '2026-03-10']);
  });

  test('what is acknowledged is settled', async () => {
    const settled = given(registered, arrived, acknowledged);
    await settled.when(record(s.NotificationAcknowledged('2026-01-16'))).thenRefused('nothing-to-notify', 409);
    const { fold } = await settled.told();
    const eventId = s.idOf(fold, 1);
    await settled
      .when(record(s.NotificationRejected('2026-01-16', { eventId })))
      .thenRefused('already-acknowledged', 409);
  });

  test('an event that is not there, or is another kind, is refused', async () => {
    const { fold } = await given(registered, arrived).told();
    await given(registered, arrived)
      .when(record(s.NotificationAcknowledged('2026-01-15', { eventId: s.CHILD })))
      .thenRefused('unknown-trigger', 422);
    await given(registered, arrived)
      .when(record(s.NotificationAcknowledged('2026-01-15', { eventId: s.idOf(fold, 1), about: 'address-change' })))
      .thenRefused('unknown-trigger', 422);
    await given(registered, arrived)
      .when(record(s.NotificationAcknowledged('2026-01-15', { eventId: s.idOf(fold, 0) })))
      .thenRefused('unknown-trigger', 422);
  });

  test('a notice is filed neither before the arrival nor after its acknowledgement', async () => {
    const story = given(registered, arrived);
    const filed = (submittedOn: string) => record(s.NotificationAcknowledged('2026-01-15', { submittedOn }));
    await story.when(filed('2026-01-11')).thenRefused('filed-before-the-event', 409);
    await story.when(filed('2026-01-12')).thenRecorded('NotificationAcknowledged');
    await story.when(filed('2026-01-15')).thenRecorded('NotificationAcknowledged');
    await story.when(filed('2026-01-16')).thenRefused('invalid-event', 400);
  });

  test('address changes and travels are notified in the same way', async () => {
    await given(registered, arrived, s.AddressChanged('2026-02-01'), s.RegionalTravel('2026-03-01'))
      .when(
        recordAll(
          s.NotificationAcknowledged('2026-03-02', { about: 'address-change' }),
          s.NotificationAcknowledged('2026-03-02', { about: 'regional-travel', channel: 'paper', reference: 'No. 17' }),
        ),
      )
      .thenRecorded('NotificationAcknowledged', 'NotificationAcknowledged');
  });
});
