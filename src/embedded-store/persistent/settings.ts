import type { CreateReq, UpdateReq } from '@eventstore/db-client/generated/persistent_pb.js';
import { compileFilter, type Expression, type Filter } from '../filters.js';
import { toNumber } from '../read-request.js';
import { Refusal } from '../refusal.js';

export const ALL = '$all';

export type Strategy = 'DispatchToSingle' | 'RoundRobin' | 'Pinned' | 'PinnedByCorrelation';

/** How a group reads and delivers. Durations are in milliseconds, counts in messages. */
export interface GroupSettings {
  readonly resolveLinks: boolean;
  readonly extraStatistics: boolean;
  readonly messageTimeoutMs: number;
  readonly maxRetryCount: number;
  readonly checkpointAfterMs: number;
  readonly minCheckpointCount: number;
  readonly maxCheckpointCount: number;
  /** 0 means any number. */
  readonly maxSubscriberCount: number;
  readonly liveBufferSize: number;
  readonly readBatchSize: number;
  readonly historyBufferSize: number;
  readonly strategy: Strategy;
}

/** Where a group begins: inclusive, unlike a catch-up subscription. */
export type StartFrom = number | 'start' | 'end';

export interface StoredFilter extends Expression {
  readonly window: number | undefined;
  readonly multiplier: number;
}

/** What a client asks for when it creates or updates a group. `stream` is `$all` for a group on everything. */
export interface GroupRequest {
  readonly stream: string;
  readonly group: string;
  readonly settings: GroupSettings;
  readonly startFrom: StartFrom;
  readonly filter: StoredFilter | undefined;
}

const BY_NUMBER: readonly Strategy[] = ['DispatchToSingle', 'RoundRobin', 'Pinned'];
const STRATEGIES: readonly string[] = [...BY_NUMBER, 'PinnedByCorrelation'];
const END_REVISION = '18446744073709551615';
const TICKS_PER_MS = 10_000;

/** Reads a Create or Update request in its newer and its older form. */
export function groupRequestOf(message: CreateReq | UpdateReq): GroupRequest {
  const options = message.getOptions();
  const settings = options?.getSettings();
  if (!options || !settings) throw invalid('The request has no options or settings.');
  const group = options.getGroupName();
  if (group === '') throw invalid('The request names no group.');
  const all = options.getAll();
  const stream = options.getStream();
  const base = { group, settings: settingsOf(settings) };
  if (all) {
    const position = all.getPosition();
    return {
      ...base,
      stream: ALL,
      startFrom: position ? toNumber(position.getCommitPosition()) : all.hasEnd() ? 'end' : 'start',
      filter: 'getFilter' in all ? filterOf(all.getFilter()) : undefined,
    };
  }
  const identifier = stream?.getStreamIdentifier() ?? options.getStreamIdentifier();
  const name = Buffer.from(identifier?.getStreamName_asU8() ?? []).toString('utf8');
  if (name === '') throw invalid('The request names no stream.');
  return { ...base, stream: name, startFrom: startOf(stream, settings.getRevision()), filter: undefined };
}

/** The filter as it was asked for, compiled. */
export function compiled(filter: StoredFilter | undefined): Filter | undefined {
  return filter && compileFilter(filter, filter.window, filter.multiplier);
}

type StreamOptions = CreateReq.StreamOptions | UpdateReq.StreamOptions;

function startOf(stream: StreamOptions | undefined, oldRevision: string): StartFrom {
  if (stream?.hasEnd()) return 'end';
  if (stream?.hasStart()) return 'start';
  const revision = stream?.hasRevision() ? stream.getRevision() : oldRevision;
  if (revision === END_REVISION || revision === '-1') return 'end';
  return toNumber(revision);
}

function settingsOf(settings: CreateReq.Settings | UpdateReq.Settings): GroupSettings {
  return {
    resolveLinks: settings.getResolveLinks(),
    extraStatistics: settings.getExtraStatistics(),
    messageTimeoutMs: settings.hasMessageTimeoutTicks()
      ? Number(settings.getMessageTimeoutTicks()) / TICKS_PER_MS
      : settings.getMessageTimeoutMs(),
    maxRetryCount: settings.getMaxRetryCount(),
    checkpointAfterMs: settings.hasCheckpointAfterTicks()
      ? Number(settings.getCheckpointAfterTicks()) / TICKS_PER_MS
      : settings.getCheckpointAfterMs(),
    minCheckpointCount: settings.getMinCheckpointCount(),
    maxCheckpointCount: settings.getMaxCheckpointCount(),
    maxSubscriberCount: settings.getMaxSubscriberCount(),
    liveBufferSize: settings.getLiveBufferSize(),
    readBatchSize: settings.getReadBatchSize(),
    historyBufferSize: settings.getHistoryBufferSize(),
    strategy: strategyOf(settings),
  };
}

function strategyOf(settings: CreateReq.Settings | UpdateReq.Settings): Strategy {
  const name = 'getConsumerStrategy' in settings ? settings.getConsumerStrategy() : '';
  if (name === '') return BY_NUMBER[settings.getNamedConsumerStrategy()] ?? 'RoundRobin';
  if (!STRATEGIES.includes(name)) throw invalid(`There is no consumer strategy "${name}".`);
  return name as Strategy;
}

function filterOf(options: CreateReq.AllOptions.FilterOptions | undefined): StoredFilter | undefined {
  if (!options) return undefined;
  const onStream = options.getStreamIdentifier();
  const expression = onStream ?? options.getEventType();
  if (!expression) throw invalid('The filter names neither streams nor types.');
  const filter: StoredFilter = {
    on: onStream ? 'stream' : 'type',
    regex: expression.getRegex(),
    prefixes: expression.getPrefixList(),
    window: options.hasMax() ? options.getMax() : undefined,
    multiplier: Math.max(options.getCheckpointintervalmultiplier(), 1),
  };
  compiled(filter);
  return filter;
}

/** What is wrong with the settings, in the server's words; undefined when nothing is. */
export function faultOf(settings: GroupSettings): string | undefined {
  if (settings.readBatchSize < 1) return 'Read batch size must be at least 1.';
  if (settings.historyBufferSize < 1) return 'History buffer size must be at least 1.';
  if (settings.liveBufferSize < 1) return 'Live buffer size must be at least 1.';
  if (settings.readBatchSize >= settings.historyBufferSize) {
    return 'The read batch size must be smaller than the history buffer size.';
  }
  if (settings.maxCheckpointCount < settings.minCheckpointCount) {
    return 'The maximum checkpoint count must not be below the minimum.';
  }
  const durations = [settings.messageTimeoutMs, settings.checkpointAfterMs, settings.maxRetryCount];
  return durations.some((value) => value < 0) ? 'Durations and counts must not be negative.' : undefined;
}

function invalid(message: string): Refusal {
  return new Refusal({ kind: 'invalid', message });
}
