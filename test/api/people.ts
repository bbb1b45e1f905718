import { checkDigit } from '../../src/domain/identifiers.js';

/** People and employers who exist only in tests. */

export const BIN = binOf('23064000001');
export const UNKNOWN_BIN = binOf('23064000002');

export function binOf(first11: string): string {
  return `${first11}${checkDigit(first11)}`;
}

export function workerId(number: number): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
}

export const employerRegistered = {
  type: 'EmployerRegistered',
  occurredOn: '2020-01-06',
  data: { name: 'Altyn Dala LLP', size: 'medium' },
};

export const workerRegistered = {
  type: 'WorkerRegistered',
  occurredOn: '2024-10-01',
  data: {
    employerBin: BIN,
    familyName: 'Yilmaz',
    givenName: 'Mehmet',
    citizenship: 'TR',
    birthDate: '1988-04-17',
    passportNumber: 'U12345678',
    passportExpiresOn: '2031-05-20',
  },
};

/** 20 November 2024 is a Wednesday: the third working day after it is Monday the 25th. */
export const arrived = {
  type: 'Arrived',
  occurredOn: '2024-11-20',
  data: { region: 'KZ-75', address: 'Abay Ave 10-12', purpose: 'work' },
};
