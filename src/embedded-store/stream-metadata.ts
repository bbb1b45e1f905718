import { decodeRecord, JSON_CONTENT } from './record.js';

/** What a stream's metadata says about which of its events can be seen. */
export interface StreamMetadata {
  readonly maxCount?: number;
  readonly maxAgeSeconds?: number;
  readonly truncateBefore?: number;
  /** `$tb` holds the largest 64-bit number: the stream is deleted and may be written anew. */
  readonly softDeleted: boolean;
}

export const NO_METADATA: StreamMetadata = { softDeleted: false };
export const METADATA_TYPE = '$metadata';
export const SOFT_DELETE_JSON = '{"$tb":9223372036854775807}';

const LARGEST_INT64 = /"\$tb"\s*:\s*9223372036854775807\b/;

export function isMetadataStream(name: string): boolean {
  return name.startsWith('$$');
}

/** The stream that keeps the metadata of the named one. */
export function metadataStreamOf(name: string): string {
  return `$$${name}`;
}

/** Reads the newest event of a metadata stream. Anything that is no JSON object counts as no metadata at all. */
export function parseMetadata(record: Buffer): StreamMetadata {
  const event = decodeRecord(record);
  if (event.contentType !== JSON_CONTENT || event.data.length === 0) return NO_METADATA;
  const text = Buffer.from(event.data).toString('utf8');
  const json = parseObject(text);
  if (!json) return NO_METADATA;
  const maxCount = json['$maxCount'];
  const maxAge = json['$maxAge'];
  const truncateBefore = json['$tb'];
  return {
    // JSON numbers lose digits above 2^53, so the one value that means "deleted" is looked up in the text as well.
    softDeleted: truncateBefore === 2 ** 63 && LARGEST_INT64.test(text),
    ...(isNumber(maxCount) && maxCount > 0 && { maxCount: Math.floor(maxCount) }),
    ...(isNumber(maxAge) && maxAge > 0 && { maxAgeSeconds: maxAge }),
    ...(isNumber(truncateBefore) && truncateBefore >= 0 && { truncateBefore: Math.floor(truncateBefore) }),
  };
}

/** The metadata text with `$tb` set to the given revision and all other keys kept. */
export function withTruncateBefore(text: string, revision: number): string {
  const json = parseObject(text);
  if (!json || Object.keys(json).length === 0) return JSON.stringify({ $tb: revision });
  if (!('$tb' in json)) return text.replace('{', `{"$tb":${revision},`);
  return JSON.stringify({ ...json, $tb: revision });
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === 'object' && json !== null && !Array.isArray(json)
      ? (json as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number';
}
