import { EMPTY, isTombstone, LINK_TYPE, type NewEvent, type RecordedEvent } from '../record.js';
import { isMetadataStream, METADATA_TYPE, SOFT_DELETE_JSON } from '../stream-metadata.js';

/** What a projection writes for one event: an event, mostly a link, to the end of a stream. */
export interface Emission {
  readonly stream: string;
  readonly type: string;
  readonly body: string;
  readonly metadata: Readonly<Record<string, string | number>>;
}

/** Looks at one event of $all and says what to write for it, if anything. */
export type Linker = (event: RecordedEvent) => Emission | undefined;

const STREAM_REFERENCE_TYPE = '$@';
const MAX_INT64 = '9223372036854775807';

/** The server's five native projections, by name. */
export const LINKERS: Readonly<Record<string, Linker>> = {
  $by_category: (event) => {
    const { stream, deleted } = subjectOf(event);
    const category = categoryOf(stream);
    if (category === undefined) return undefined;
    const body = event.type === LINK_TYPE ? textOf(event.data) : addressOf(event);
    return link(`$ce-${category}`, event, body, { $o: stream, ...(deleted && { $deleted: -1 }) });
  },
  $by_event_type: (event) => {
    if (event.type === LINK_TYPE || event.type === STREAM_REFERENCE_TYPE) return undefined;
    const { deleted } = subjectOf(event);
    return link(`$et-${deleted ? '$deleted' : event.type}`, event, addressOf(event), { $o: event.stream });
  },
  $by_correlation_id: (event) => {
    if (event.type === LINK_TYPE) return undefined;
    const correlation = correlationOf(event.metadata);
    if (correlation === undefined) return undefined;
    const recorded = new Date(Number(event.created) / 10_000).toISOString();
    return link(`$bc-${correlation}`, event, addressOf(event), { $eventTimestamp: recorded });
  },
  $streams: (event) => {
    if (event.revision !== 0 || event.stream === '$streams') return undefined;
    return link('$streams', event, addressOf(event), {});
  },
  $stream_by_category: (event) => {
    const category = categoryOf(event.stream);
    if (event.revision !== 0 || category === undefined) return undefined;
    const metadata = { $o: event.stream, $causedBy: event.id };
    return { stream: `$category-${category}`, type: STREAM_REFERENCE_TYPE, body: event.stream, metadata };
  },
};

/** The event to append for an emission. */
export function emittedEvent({ type, body, metadata }: Emission, id: string): NewEvent {
  return {
    id,
    type,
    contentType: 'application/octet-stream',
    data: Buffer.from(body),
    metadata: Object.keys(metadata).length > 0 ? Buffer.from(JSON.stringify(metadata)) : EMPTY,
  };
}

/** The text before the first dash; streams of the system have no category. */
export function categoryOf(stream: string): string | undefined {
  const dash = stream.indexOf('-');
  return stream.startsWith('$') || dash <= 0 ? undefined : stream.slice(0, dash);
}

/** The stream an event is about: the deletion of a stream is recorded beside it, in its metadata. */
function subjectOf(event: RecordedEvent): { readonly stream: string; readonly deleted: boolean } {
  if (isTombstone(event.revision)) return { stream: event.stream, deleted: true };
  const deletes =
    event.type === METADATA_TYPE && isMetadataStream(event.stream) && textOf(event.data).trim() === SOFT_DELETE_JSON;
  return deletes ? { stream: event.stream.slice(2), deleted: true } : { stream: event.stream, deleted: false };
}

function link(stream: string, { id, position }: RecordedEvent, body: string, own: Emission['metadata']): Emission {
  return { stream, type: LINK_TYPE, body, metadata: { ...own, $c: position, $p: position, $causedBy: id } };
}

function addressOf({ revision, stream }: RecordedEvent): string {
  return `${isTombstone(revision) ? MAX_INT64 : revision}@${stream}`;
}

function correlationOf(metadata: Uint8Array): string | undefined {
  if (metadata.length === 0) return undefined;
  try {
    const json: unknown = JSON.parse(textOf(metadata));
    const value = typeof json === 'object' && json !== null ? Reflect.get(json, '$correlationId') : undefined;
    return typeof value === 'string' && value !== '' ? value : undefined;
  } catch {
    return undefined;
  }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8');
}
