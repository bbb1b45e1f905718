import type { Day } from './dates.js';
import { listed } from './permits.js';
import type { Fact } from './recorded-event.js';
import { conflict, unknownReference } from './refusal.js';

/** A visa with its present term. */
export interface Visa {
  readonly number: string;
  readonly category: string;
  readonly validFrom: Day;
  readonly validUntil: Day;
  readonly cancelledOn: Day | null;
}

export function evolveVisas(visas: readonly Visa[], fact: Fact): readonly Visa[] {
  const { type, data, occurredOn } = fact;
  if (type === 'VisaIssued') {
    const issued: Visa = {
      number: String(data['number']),
      category: String(data['category']),
      validFrom: String(data['validFrom']),
      validUntil: String(data['validUntil']),
      cancelledOn: null,
    };
    return [...visas, issued];
  }
  return visas.map((visa) => {
    if (visa.number !== data['number']) return visa;
    if (type === 'VisaCancelled') return { ...visa, cancelledOn: occurredOn };
    return { ...visa, validFrom: String(data['validFrom']), validUntil: String(data['validUntil']) };
  });
}

/** Refuses what cannot have happened to these visas. */
export function decideVisas(visas: readonly Visa[], fact: Fact): void {
  if (fact.type === 'VisaApplied') return; // An application names no visa that exists.
  const number = String(fact.data['number']);
  const visa = visas.find((each) => each.number === number);
  if (fact.type === 'VisaIssued') {
    if (visa === undefined) return;
    throw conflict(
      'visa-already-recorded',
      `The visa ${number} is already recorded for this worker.`,
      'Record an extension as VisaExtended, or correct the first event.',
    );
  }
  if (visa === undefined) {
    throw visas.length === 0
      ? conflict(
          'no-visa',
          `${fact.type} of ${fact.occurredOn} names the visa ${number}, but no visa of this worker is recorded by that day.`,
          'Record VisaIssued first.',
        )
      : unknownReference(
          'unknown-visa',
          `No visa ${number} of this worker is recorded by ${fact.occurredOn}; recorded are ${listed(visas)}.`,
          'Check the number, or record VisaIssued first.',
        );
  }
  if (visa.cancelledOn !== null) {
    throw conflict(
      fact.type === 'VisaCancelled' ? 'visa-already-cancelled' : 'visa-cancelled',
      `The visa ${number} was cancelled on ${visa.cancelledOn}.`,
      'Check the number; a new visa is recorded as VisaIssued, and a wrong cancellation is retracted.',
    );
  }
}
