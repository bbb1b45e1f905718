import type { Day } from './dates.js';
import type { Fact } from './recorded-event.js';
import { conflict } from './refusal.js';

/** Where a worker is. `unknown` until an event says so: somebody hired inside the country never arrives in the ledger. */
export interface Stay {
  readonly whereabouts: 'unknown' | 'in-country' | 'abroad';
  readonly region: string | null;
  /** The day of the last arrival, change of address or departure. */
  readonly since: Day | null;
  /** The event that says where the worker stays. Its address is sealed: it is read from that event. */
  readonly statedBy: string | null;
  readonly travel: Travel | null;
}

/** The last travel to another region. */
export interface Travel {
  readonly eventId: string;
  readonly region: string;
  readonly from: Day;
  /** The last day there: planned or real; null while it is not known. */
  readonly until: Day | null;
  /** Whether an event said that it ended. */
  readonly ended: boolean;
}

export const unknownStay: Stay = { whereabouts: 'unknown', region: null, since: null, statedBy: null, travel: null };

export function evolveStay(stay: Stay, fact: Fact): Stay {
  const { type, data, occurredOn, eventId } = fact;
  switch (type) {
    case 'Arrived':
    case 'AddressChanged':
      return {
        whereabouts: 'in-country',
        region: String(data['region']),
        since: occurredOn,
        statedBy: eventId,
        travel: type === 'Arrived' ? null : stay.travel,
      };
    case 'Departed':
      return { whereabouts: 'abroad', region: null, since: occurredOn, statedBy: eventId, travel: null };
    case 'RegionalTravel': {
      const until = typeof data['until'] === 'string' ? data['until'] : null;
      return { ...stay, travel: { eventId, region: String(data['region']), from: occurredOn, until, ended: false } };
    }
    case 'RegionalTravelEnded':
      return stay.travel === null
        ? stay
        : { ...stay, travel: { ...stay.travel, until: String(data['until']), ended: true } };
    default:
      return stay;
  }
}

/** Refuses what cannot be, given where the worker is. */
export function decideStay(stay: Stay, fact: Fact): void {
  const { type, occurredOn } = fact;
  switch (type) {
    case 'Arrived':
      if (stay.whereabouts !== 'in-country') return;
      throw conflict(
        'already-in-country',
        `The worker has been in Kazakhstan since ${stay.since}, so an arrival on ${occurredOn} cannot be.`,
        'Record the departure in between first, or record a move as AddressChanged, or correct the earlier arrival.',
      );
    case 'Departed':
      if (stay.whereabouts !== 'abroad') return;
      throw conflict(
        'already-abroad',
        `The worker has been abroad since ${stay.since}, so a departure on ${occurredOn} cannot be.`,
        'Record the arrival in between first, or correct the earlier departure.',
      );
    case 'AddressChanged':
      inCountry(stay, fact, 'a change of address');
      return;
    case 'RegionalTravel':
      inCountry(stay, fact, 'a travel inside Kazakhstan');
      noOtherTravel(stay.travel, occurredOn);
      return;
    case 'RegionalTravelEnded':
      travelToEnd(stay.travel, fact);
      return;
  }
}

function inCountry(stay: Stay, fact: Fact, what: string): void {
  if (stay.whereabouts !== 'abroad') return;
  throw conflict(
    'not-in-country',
    `The worker has been abroad since ${stay.since}, so ${what} on ${fact.occurredOn} cannot be.`,
    'Record the arrival first, or correct the departure.',
  );
}

function noOtherTravel(travel: Travel | null, from: Day): void {
  if (travel === null || (travel.until !== null && travel.until <= from)) return;
  throw conflict(
    'travel-not-ended',
    travel.until === null
      ? `The travel to ${travel.region} that began on ${travel.from} has not ended, so another cannot begin on ${from}.`
      : `The travel to ${travel.region} lasts from ${travel.from} until ${travel.until}, so another cannot begin on ${from}.`,
    'Record RegionalTravelEnded for the earlier travel first, or correct its last day.',
  );
}

function travelToEnd(travel: Travel | null, fact: Fact): void {
  if (travel === null || travel.ended) {
    throw conflict(
      'no-open-travel',
      `No travel to another region is open on ${fact.occurredOn}.`,
      'Record RegionalTravel first, or correct the end that is already recorded.',
    );
  }
  const until = String(fact.data['until']);
  if (until < travel.from) {
    throw conflict(
      'travel-ends-before-it-begins',
      `The travel to ${travel.region} began on ${travel.from} and cannot have ended on ${until}.`,
      'Check `until`, or correct the first day of the travel.',
    );
  }
}
