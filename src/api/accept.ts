import type { FastifyRequest } from 'fastify';

/** One JSON object a line. */
export const NDJSON = 'application/x-ndjson';

/**
 * Whether the caller asks for one JSON object a line: it must be named, for nobody who takes anything means that, and be
 * wanted no less than what is answered else.
 */
export function isNdjsonWanted({ headers }: Pick<FastifyRequest, 'headers'>, instead = 'application/json'): boolean {
  const ranges = rangesOf(headers.accept ?? '');
  const named = ranges.find(({ range }) => range === NDJSON);
  return named !== undefined && named.quality > 0 && named.quality >= qualityOf(instead, ranges);
}

interface MediaRange {
  readonly range: string;
  readonly quality: number;
}

/** The media ranges of an `Accept` header (RFC 9110 12.5.1). Case does not count, and of the parameters only `q`. */
function rangesOf(accept: string): readonly MediaRange[] {
  return accept.split(',').map((part) => {
    const [range = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
    const given = parameters.find((parameter) => /^q\s*=/.test(parameter));
    const quality = given === undefined ? 1 : Number(given.slice(given.indexOf('=') + 1));
    return { range, quality: Number.isFinite(quality) ? quality : 1 };
  });
}

/** How much a type is wanted: what the narrowest range that holds it says. */
function qualityOf(type: string, ranges: readonly MediaRange[]): number {
  const [kind] = type.split('/');
  for (const wanted of [type, `${kind}/*`, '*/*']) {
    const found = ranges.find(({ range }) => range === wanted);
    if (found !== undefined) return found.quality;
  }
  return 0;
}
