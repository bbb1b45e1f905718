import type { Day } from './dates.js';
import type { EmployerSize } from './events/employer.js';
import type { Fact } from './recorded-event.js';
import { conflict, Refusal } from './refusal.js';

/** An employer as the facts so far leave it. */
export interface EmployerState {
  readonly registeredOn: Day | null;
  readonly name: string | null;
  /** Size classes by the day from which they apply, in order. */
  readonly sizes: readonly { readonly from: Day; readonly size: EmployerSize }[];
}

export const initialEmployer: EmployerState = { registeredOn: null, name: null, sizes: [] };

/** The state after one more fact. */
export function evolveEmployer(state: EmployerState, fact: Fact): EmployerState {
  const { type, data, occurredOn } = fact;
  switch (type) {
    case 'EmployerRegistered':
      return {
        registeredOn: occurredOn,
        name: String(data['name']),
        sizes: [{ from: occurredOn, size: sizeOf(data) }],
      };
    case 'EmployerSizeChanged':
      return { ...state, sizes: [...state.sizes, { from: occurredOn, size: sizeOf(data) }] };
    default:
      return state;
  }
}

/**
 * Refuses what is impossible after the facts so far.
 * @throws Refusal 404 for an employer nobody registered, 409 for a second registration
 */
export function decideEmployer(state: EmployerState, fact: Fact): void {
  if (fact.type === 'EmployerRegistered') {
    if (state.registeredOn === null) return;
    throw conflict(
      'already-registered',
      `This employer was already registered on ${state.registeredOn}.`,
      'Record what changed as an event of its own, such as EmployerSizeChanged, or correct the first registration.',
    );
  }
  if (state.registeredOn !== null) return;
  throw new Refusal({
    code: 'not-registered',
    status: 404,
    detail: `No employer with this BIN is registered by ${fact.occurredOn}, so ${fact.type} of that day cannot be recorded.`,
    remedy:
      'Record EmployerRegistered first, or check the BIN and the day; a registration with too late a day is corrected.',
  });
}

/** The size class on a day: the last one that began by then; before the first, the first; `unknown` without any. */
export function sizeOn(state: EmployerState, day: Day): EmployerSize {
  let found = state.sizes[0]?.size ?? 'unknown';
  for (const { from, size } of state.sizes) if (from <= day) found = size;
  return found;
}

function sizeOf(data: Fact['data']): EmployerSize {
  return data['size'] as EmployerSize;
}
