import { describe, expect, test } from '@jest/globals';
import * as s from './story.js';
import { given, record, recordAll } from './story.js';

const registered = s.WorkerRegistered('2026-01-01');
const arrived = s.Arrived('2026-01-12');

describe('coming and going', () => {
  test('a worker arrives, leaves and arrives again', async () => {
    await given(registered)
      .when(recordAll(arrived, s.Departed('2026-02-01'), s.Arrived('2026-02-10')))
      .thenRecorded('Arrived', 'Departed', 'Arrived');
  });

  test('nobody arrives while in the country', async () => {
    const refusal = await given(registered, arrived)
      .when(record(s.Arrived('2026-01-20')))
      .thenRefused('already-in-country', 409);
    expect(refusal.message).toContain('2026-01-12');
    await given(registered, s.AddressChanged('2026-01-12'))
      .when(record(s.Arrived('2026-01-20')))
      .thenRefused('already-in-country', 409);
  });

  test('nobody leaves while abroad', async () => {
    await given(registered, arrived, s.Departed('2026-02-01'))
      .when(record(s.Departed('2026-02-02')))
      .thenRefused('already-abroad', 409);
  });

  test('somebody hired inside the country leaves without having arrived', async () => {
    await given(registered)
      .when(record(s.Departed('2026-02-01')))
      .thenRecorded('Departed');
  });

  test('a departure and an arrival on one day count in the order in which they were recorded', async () => {
    await given(registered, arrived)
      .when(recordAll(s.Departed('2026-02-01'), s.Arrived('2026-02-01')))
      .thenRecorded('Departed', 'Arrived');
    await given(registered, arrived)
      .when(recordAll(s.Arrived('2026-02-01'), s.Departed('2026-02-01')))
      .thenRefused('already-in-country', 409);
  });

  test('the address of stay is not in the clear, its region is', async () => {
    const teller = await given(registered).when(record(arrived)).thenRecorded('Arrived');
    expect(teller.log[1]?.data).toEqual({ region: 'KZ-75', purpose: 'work' });
  });

  test('nobody moves house or travels inside the country from abroad', async () => {
    const abroad = given(registered, arrived, s.Departed('2026-02-01'));
    await abroad.when(record(s.AddressChanged('2026-02-02'))).thenRefused('not-in-country', 409);
    await abroad.when(record(s.RegionalTravel('2026-02-02'))).thenRefused('not-in-country', 409);
    await given(registered, arrived)
      .when(record(s.AddressChanged('2026-02-02')))
      .thenRecorded('AddressChanged');
  });
});

describe('travel to other regions', () => {
  const inCountry = given(registered, arrived);

  test('a travel begins on its first day and is ended by its last', async () => {
    await inCountry
      .when(recordAll(s.RegionalTravel('2026-03-01'), s.RegionalTravelEnded('2026-03-09')))
      .thenRecorded('RegionalTravel', 'RegionalTravelEnded');
    const refusal = await inCountry
      .when(record(s.RegionalTravel('2026-03-01', { from: '2026-03-02' })))
      .thenRefused('invalid-event', 400);
    expect(refusal.errors?.[0]?.path).toBe('data.from');
  });

  test('a travel does not end before it begins', async () => {
    await inCountry
      .when(record(s.RegionalTravel('2026-03-02', { until: '2026-03-01' })))
      .thenRefused('invalid-event', 400);
    await inCountry
      .when(record(s.RegionalTravel('2026-03-02', { until: '2026-03-02' })))
      .thenRecorded('RegionalTravel');
    await given(registered, arrived, s.RegionalTravel('2026-03-02'))
      .when(record(s.RegionalTravelEnded('2026-03-05', { until: '2026-03-01' })))
      .thenRefused('travel-ends-before-it-begins', 409);
  });

  test('nobody is on two travels at once', async () => {
    await given(registered, arrived, s.RegionalTravel('2026-03-02'))
      .when(record(s.RegionalTravel('2026-03-10')))
      .thenRefused('travel-not-ended', 409);
    const planned = given(registered, arrived, s.RegionalTravel('2026-03-02', { until: '2026-03-08' }));
    await planned.when(record(s.RegionalTravel('2026-03-07'))).thenRefused('travel-not-ended', 409);
    await planned.when(record(s.RegionalTravel('2026-03-08'))).thenRecorded('RegionalTravel');
  });

  test('only a travel that is open ends', async () => {
    await inCountry.when(record(s.RegionalTravelEnded('2026-03-09'))).thenRefused('no-open-travel', 409);
    await given(registered, arrived, s.RegionalTravel('2026-03-02'), s.RegionalTravelEnded('2026-03-05'))
      .when(record(s.RegionalTravelEnded('2026-03-06')))
      .thenRefused('no-open-travel', 409);
  });
});

describe('family', () => {
  const added = s.FamilyMemberAdded('2026-01-05');

  test('a member is added, arrives and leaves', async () => {
    const teller = await given(registered)
      .when(recordAll(added, s.FamilyMemberArrived('2026-01-12'), s.FamilyMemberDeparted('2026-02-01')))
      .thenRecorded('FamilyMemberAdded', 'FamilyMemberArrived', 'FamilyMemberDeparted');
    expect(teller.log[1]?.data).toEqual({
      memberId: s.CHILD,
      relation: 'child',
      citizenship: 'TR',
      turns16On: '2028-02-29',
    });
  });

  test('a member is added once, and known before arriving', async () => {
    await given(registered, added)
      .when(record(s.FamilyMemberAdded('2026-01-06')))
      .thenRefused('family-member-already-added', 409);
    const refusal = await given(registered)
      .when(record(s.FamilyMemberArrived('2026-01-12')))
      .thenRefused('unknown-family-member', 422);
    expect(refusal.remedy).toContain('FamilyMemberAdded');
    await given(registered)
      .when(record(s.FamilyMemberDeparted('2026-01-12')))
      .thenRefused('unknown-family-member', 422);
  });

  test('a member neither arrives twice nor leaves twice', async () => {
    await given(registered, added, s.FamilyMemberArrived('2026-01-12'))
      .when(record(s.FamilyMemberArrived('2026-01-13')))
      .thenRefused('family-member-already-in-country', 409);
    await given(registered, added, s.FamilyMemberDeparted('2026-01-12'))
      .when(record(s.FamilyMemberDeparted('2026-01-13')))
      .thenRefused('family-member-already-abroad', 409);
  });

  test('nobody is added before birth', async () => {
    await given(registered)
      .when(record(s.FamilyMemberAdded('2026-01-05', { birthDate: '2026-01-06' })))
      .thenRefused('invalid-event', 400);
  });
});
