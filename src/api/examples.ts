/** Requests and answers that work as they stand, in the order in which a newcomer would send them. */

const arrived = {
  type: 'Arrived',
  occurredOn: '2026-11-02',
  data: { region: 'KZ-75', address: 'Abay Ave 10-12, Almaty', purpose: 'work', checkpoint: 'Almaty airport' },
};

const registered = {
  type: 'WorkerRegistered',
  occurredOn: '2026-10-05',
  data: {
    employerBin: '230640000018',
    familyName: 'Yilmaz',
    givenName: 'Mehmet',
    citizenship: 'TR',
    birthDate: '1988-04-17',
    passportNumber: 'U12345678',
    passportExpiresOn: '2031-05-20',
  },
};

export const bodyExamples = {
  employer: {
    'one event': {
      type: 'EmployerRegistered',
      occurredOn: '2026-01-05',
      data: { name: 'Altyn Dala LLP', size: 'medium' },
    },
    'an array, all or none': [
      { type: 'EmployerRegistered', occurredOn: '2026-01-05', data: { name: 'Altyn Dala LLP', size: 'medium' } },
      { type: 'EmployerSizeChanged', occurredOn: '2026-07-01', data: { size: 'large' } },
    ],
  },
  worker: { 'one event': registered, 'an array, all or none': [registered, arrived] },
  correction: {
    'another day': { occurredOn: '2026-11-03', reason: 'The stamp in the passport says 3 November.' },
    'other data': { data: arrived.data, reason: 'The address was mistyped.' },
  },
  retraction: { 'it never happened': { reason: 'Recorded for the wrong worker.' } },
};
