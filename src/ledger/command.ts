import { parse as uuidBytes, v5 as uuidV5 } from 'uuid';
import type { Day } from '../domain/dates.js';
import type { EventData, StreamKind } from '../domain/event-type.js';
import { isUuid } from '../domain/fields.js';
import { checkEmployerNumber } from '../domain/identifiers.js';
import { type FieldProblem, invalid } from '../domain/refusal.js';
import type { ToldObligation } from '../law/told.js';
import type { ExposureTotals } from './exposure-preview.js';

/** A worker by UUID or an employer by BIN: the owner of one stream. */
export interface StreamRef {
  readonly kind: StreamKind;
  readonly id: string;
}

/** What every write carries beside its content. */
export interface WriteContext {
  readonly stream: StreamRef;
  /** A UUID. The same one on the same stream is the same command, today and in a year. */
  readonly commandId: string;
  /** Revision that the stream must have. */
  readonly ifMatch?: number | undefined;
  /** Says what would follow and writes nothing. */
  readonly dryRun?: boolean | undefined;
  readonly actor: string;
  readonly correlationId: string;
}

/** One event as a caller gives it. */
export interface EventInput {
  readonly type: string;
  readonly occurredOn: string;
  readonly data: EventData;
  /** Rules whose breach the caller knows of. */
  readonly acknowledge?: readonly string[] | undefined;
  readonly reason?: string | undefined;
}

/** An event in the ledger, as the answer to a write names it. */
export interface WrittenEvent {
  readonly id: string;
  readonly revision: number;
  /** The position of the append: the same for all events of one array. */
  readonly position: string;
}

/** What a write did, or what a dry run would do. */
export interface WriteAnswer {
  /** Empty after a dry run. */
  readonly events: readonly WrittenEvent[];
  /** Null after a dry run. */
  readonly position: string | null;
  /** As they stand today; after a dry run on the later of today and the last event. */
  readonly obligations: { readonly opened: readonly ToldObligation[]; readonly closed: readonly ToldObligation[] };
  /** Whether the same command was recorded before; nothing was written now. */
  readonly replayed: boolean;
  /** What is odd and was recorded all the same. */
  readonly warnings: readonly FieldProblem[];
  /** Only after a dry run: over the whole worker, as of the later of today and the last event. */
  readonly exposure?: { readonly asOf: Day; readonly before: ExposureTotals; readonly after: ExposureTotals };
}

/** Name space of the ids of our events. */
const EVENT_NAMESPACE = uuidBytes('3b1a4c52-6a6d-5d0e-9a53-1f2a8a6f7c10');

/** The id of the n-th event of a command: the same command gives the same ids. */
export function eventIdOf(commandId: string, stream: string, index: number): string {
  return uuidV5(`${commandId}/${stream}/${index}`, EVENT_NAMESPACE);
}

/**
 * The name of a stream in the store.
 * @throws Refusal 400 when the id cannot be one of a worker or an employer
 */
export function streamNameOf({ kind, id }: StreamRef): string {
  if (kind === 'worker') {
    if (!isUuid(id))
      throw invalid([
        { path: 'workerId', message: 'is not a UUID: write it like 0b1f2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d' },
      ]);
    return `worker-${id.toLowerCase()}`;
  }
  const { problem } = checkEmployerNumber(id);
  if (problem !== null) throw invalid([{ path: 'bin', message: `${problem}: copy the BIN (or IIN) again` }]);
  return `employer-${id}`;
}

/** The same JSON for the same content, whatever the order of its fields. Fields without a value do not count. */
export function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, field]) => `${JSON.stringify(name)}:${canonical(field)}`);
  return `{${fields.join(',')}}`;
}
