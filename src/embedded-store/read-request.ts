import streamsMessages, { type ReadReq } from '@eventstore/db-client/generated/streams_pb.js';
import { compileFilter, type Filter } from './filters.js';
import type { UuidForm } from './record.js';
import { Refusal } from './refusal.js';

/** What a Read call asks for. Revisions and positions are numbers; `end` is the newest, `start` the oldest event. */
export interface ReadRequest {
  readonly source: StreamSource | AllSource;
  readonly backwards: boolean;
  readonly resolveLinks: boolean;
  /** Undefined for a subscription. */
  readonly count: number | undefined;
  readonly uuids: UuidForm;
  readonly wantsStreamEnds: boolean;
}

export interface StreamSource {
  readonly kind: 'stream';
  readonly stream: string;
  readonly from: number | 'start' | 'end';
}

export interface AllSource {
  readonly kind: 'all';
  readonly from: number | 'start' | 'end';
  readonly filter: Filter | undefined;
}

const Options = streamsMessages.ReadReq.Options;

/** Takes the options out of the message; throws a Refusal for combinations the server does not know. */
export function readRequestOf(message: ReadReq): ReadRequest {
  const options = message.getOptions();
  if (!options) throw invalid('The read has no options.');
  const uuid = options.getUuidOption();
  if (!uuid?.hasString() && !uuid?.hasStructured()) throw invalid('The read does not say how it wants UUIDs.');
  const isSubscription = options.getCountOptionCase() === Options.CountOptionCase.SUBSCRIPTION;
  const backwards = options.getReadDirection() === Options.ReadDirection.BACKWARDS;
  if (isSubscription && backwards) throw invalid('A subscription cannot run backwards.');
  return {
    source: sourceOf(options),
    backwards,
    resolveLinks: options.getResolveLinks(),
    count: isSubscription ? undefined : toNumber(options.getCount()),
    uuids: uuid.hasStructured() ? 'structured' : 'string',
    wantsStreamEnds: (options.getControlOption()?.getCompatibility() ?? 0) >= 1,
  };
}

function sourceOf(options: ReadReq.Options): StreamSource | AllSource {
  const stream = options.getStream();
  if (stream) {
    if (options.hasFilter()) throw invalid('Only $all can be read with a filter.');
    const name = Buffer.from(stream.getStreamIdentifier()?.getStreamName_asU8() ?? []).toString('utf8');
    if (name === '') throw invalid('The read names no stream.');
    if (stream.hasStart()) return { kind: 'stream', stream: name, from: 'start' };
    if (stream.hasEnd()) return { kind: 'stream', stream: name, from: 'end' };
    return { kind: 'stream', stream: name, from: toNumber(stream.getRevision()) };
  }
  const all = options.getAll();
  if (!all) throw invalid('The read names neither a stream nor $all.');
  const filter = filterOf(options.getFilter());
  if (all.hasStart()) return { kind: 'all', from: 'start', filter };
  if (all.hasEnd()) return { kind: 'all', from: 'end', filter };
  return { kind: 'all', from: toNumber(all.getPosition()?.getCommitPosition() ?? '0'), filter };
}

/** The filter of a read or of a persistent subscription; both messages look alike. */
export function filterOf(options: ReadReq.Options.FilterOptions | undefined): Filter | undefined {
  if (!options) return undefined;
  const onStream = options.getStreamIdentifier();
  const expression = onStream ?? options.getEventType();
  if (!expression) throw invalid('The filter names neither streams nor types.');
  return compileFilter(
    { on: onStream ? 'stream' : 'type', regex: expression.getRegex(), prefixes: expression.getPrefixList() },
    options.hasMax() ? options.getMax() : undefined,
    options.getCheckpointintervalmultiplier(),
  );
}

/** A 64-bit number from its text; what is beyond 2^53 becomes 2^53-1, which is beyond any log. */
export function toNumber(text: string): number {
  const value = BigInt(text);
  return value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(value);
}

function invalid(message: string): Refusal {
  return new Refusal({ kind: 'invalid', message });
}
