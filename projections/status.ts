import type { Day } from '../src/domain/dates.js';
import { evolveStay, type Stay, unknownStay } from '../src/domain/stay.js';
import { FOREVER, type Folder, type Projection, type Row } from './projection.js';

export type WorkerStatus = 'registered' | 'in-country' | 'abroad' | 'ended';

/** The worker as the facts so far leave it; rows are its stretches of days. */
interface Standing {
  readonly status: WorkerStatus;
  readonly region: string | null;
  readonly employer: string;
  readonly citizenship: string;
  /** The event whose sealed part holds the names. */
  readonly named_by: string;
  /** The worker's id in the ledger of the employer that the worker came over from. */
  readonly transferred_from: string | null;
}

/**
 * Where each worker stood on which days: one row per stretch, from `valid_from` to the day before `valid_until`, so that
 * "as of a day" is a comparison. Several facts of one day leave one stretch, the last.
 */
export const status: Projection = {
  name: 'status',
  streams: ['worker'],
  columns: {
    status: 'TEXT',
    region: 'TEXT',
    employer: 'TEXT',
    citizenship: 'TEXT',
    named_by: 'TEXT',
    transferred_from: 'TEXT',
    valid_from: 'TEXT',
    valid_until: 'TEXT',
  },
  indexes: [
    { name: 'status_employer', on: 'employer, stream, valid_from' },
    { name: 'status_status', on: 'status, stream, valid_from' },
    { name: 'status_region', on: 'region, stream, valid_from' },
    { name: 'status_transferred', on: 'transferred_from, stream', where: 'transferred_from IS NOT NULL' },
  ],
  start(): Folder {
    let stay: Stay = unknownStay;
    let hasEnded = false;
    let employer: string | null = null;
    let citizenship = '';
    let namedBy = '';
    let transferredFrom: string | null = null;
    let standing: Standing | null = null;
    let from: Day = '';

    return (fact, rows) => {
      switch (fact.type) {
        case 'WorkerRegistered':
          employer = String(fact.data['employerBin']);
          citizenship = String(fact.data['citizenship']);
          namedBy = fact.sealedBy ?? fact.statedBy;
          transferredFrom = typeof fact.data['transferredFrom'] === 'string' ? fact.data['transferredFrom'] : null;
          break;
        case 'PassportReplaced':
          if (fact.data['nameTags'] === undefined) return;
          namedBy = fact.sealedBy ?? fact.statedBy;
          break;
        case 'EmploymentTerminated':
        case 'TransferAgreed':
          hasEnded = true;
          break;
        case 'Arrived':
        case 'Departed':
        case 'AddressChanged':
          stay = evolveStay(stay, fact);
          break;
        default:
          return;
      }
      if (employer === null) return;
      const state = statusOf(stay, hasEnded);
      const next: Standing = {
        status: state,
        region: stay.region,
        employer,
        citizenship,
        named_by: namedBy,
        transferred_from: transferredFrom,
      };
      if (standing !== null) {
        if (isSame(standing, next)) return;
        if (from < fact.occurredOn) rows.set(from, stretch(standing, from, fact.occurredOn));
      }
      standing = next;
      from = fact.occurredOn;
      rows.set(from, stretch(next, from, FOREVER));
    };
  },
};

/** The word for where a worker stands. */
export function statusOf({ whereabouts }: Stay, hasEnded: boolean): WorkerStatus {
  if (hasEnded) return 'ended';
  return whereabouts === 'unknown' ? 'registered' : whereabouts;
}

function isSame(a: Standing, b: Standing): boolean {
  return (
    a.status === b.status &&
    a.region === b.region &&
    a.employer === b.employer &&
    a.citizenship === b.citizenship &&
    a.named_by === b.named_by &&
    a.transferred_from === b.transferred_from
  );
}

function stretch(standing: Standing, from: Day, until: Day): Row {
  const { status, region, employer, citizenship, named_by, transferred_from } = standing;
  return { status, region, employer, citizenship, named_by, transferred_from, valid_from: from, valid_until: until };
}
