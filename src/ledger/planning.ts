import type { Day } from '../domain/dates.js';
import type { EventData } from '../domain/event-type.js';
import type { Candidate, FieldProblem } from '../domain/refusal.js';
import type { LawLookups } from './law-lookups.js';
import type { Draft, StreamFold } from './stream-fold.js';

/** The standing registrations of workers that name an employer: how many there are, and the first of them. */
export interface Registrations {
  readonly count: number;
  readonly first: readonly Candidate[];
}

/**
 * Tells the registrations that name an employer, as far as this process knows them: the write side sees one stream at a
 * time. It is the word of the read side, which is waited for until it knows what was recorded up to a position; a worker who
 * is registered in the same moment in which the employer's registration is retracted may be missed.
 */
export type RegistrationsWith = (employerBin: string, upTo: string) => Promise<Registrations>;

/** What a command is decided with: the folded stream, the law, the day, and what lies outside the stream. */
export interface Planning {
  readonly fold: StreamFold;
  readonly law: LawLookups;
  readonly today: Day;
  /** Whether days in the future are allowed: only in a dry run. */
  readonly future: boolean;
  /** The id of the n-th event of the command. */
  idOf(index: number): string;
  /** A tag keyed with the person's key. */
  tag(person: string, value: string): string;
  /** Whether an employer is registered. */
  isEmployer(bin: string): Promise<boolean>;
  /** Whether a worker was ever recorded under an id. */
  isWorker(id: string): Promise<boolean>;
  /** The registrations of workers that name an employer. */
  registrationsWith(employerBin: string): Promise<Registrations>;
  /** An event's data with its personal fields open, as far as the person was not erased. */
  dataOf(revision: number): Promise<EventData>;
}

/** An event that was decided, its personal fields not sealed yet. */
export interface PlannedEvent {
  readonly id: string;
  readonly type: string;
  readonly version: number;
  /** What stands in the clear in the store. */
  readonly clear: EventData;
  readonly personal: EventData;
  /** Whose key seals the personal fields. */
  readonly person: string;
  readonly acknowledged: readonly string[];
  readonly reason: string | undefined;
}

/** What a command would write, and what it would make of the stream. */
export interface Plan {
  readonly events: readonly PlannedEvent[];
  readonly draft: Draft;
  readonly warnings: readonly FieldProblem[];
}
