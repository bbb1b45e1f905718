import { createHash } from 'node:crypto';
import { closeSync, createWriteStream, openSync, readSync, renameSync, rmSync, statSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import type { Config } from '../config.js';
import { jsonLines, withService } from './audit-service.js';
import { lineProgress } from './line-progress.js';
import { grouped, type Output, Refused, WrongUse } from './output.js';

export interface ExportOptions {
  readonly out: string;
  readonly worker?: string;
  readonly employer?: string;
  readonly from?: string;
  readonly to?: string;
  readonly asOf?: string;
  readonly names?: boolean;
  /** What the names are for, as the access log keeps it. */
  readonly purpose?: string;
}

interface Line {
  readonly file?: string;
  readonly lines?: number;
  readonly ready?: boolean;
  readonly error?: string;
  readonly hash?: string;
  readonly events?: number;
  readonly streams?: number;
  readonly asOf?: string;
}

/** `ledger export`: has the pack made, shows how far it is, and fetches it. Broken off, the same command goes on. */
export async function exportPack(
  config: Config,
  output: Output,
  { out, names, purpose, ...scope }: ExportOptions,
): Promise<void> {
  if (scope.worker !== undefined && scope.employer !== undefined) {
    throw new WrongUse('Choose --worker or --employer, not both; without either the whole ledger is exported.');
  }
  if (purpose !== undefined && /\p{C}/u.test(purpose)) {
    throw new WrongUse('--purpose must be one line of printable characters.');
  }
  // The finished pack is renamed into place, which would put a file where a device or a pipe was.
  if (out === '') throw new WrongUse('--out is empty: name the file that the pack is to be written to.');
  if (isOtherThanFile(out)) {
    throw new WrongUse(`--out is ${out}, which is there and no regular file: name a file, new or to be replaced.`);
  }
  if (isOtherThanPack(out)) {
    throw new WrongUse(
      `--out is ${out}, which is there and no ZIP file: it would be lost. Name a new file, or an earlier pack to be replaced.`,
    );
  }
  const query = new URLSearchParams({ ...scope, ...(names ? { names: 'true' } : {}) });
  await withService(config, async (service) => {
    const made = await service.get(`/v1/audit/pack?${query}`, 'application/x-ndjson', purpose);
    const progress = lineProgress('lines written');
    let ready: Line | null = null;
    for await (const line of jsonLines(made) as AsyncGenerator<Line>) {
      if (line.ready === true) ready = line;
      else if (line.error !== undefined) throw new Refused(line.error);
      else progress.show(line.lines ?? 0);
    }
    progress.end();
    if (ready === null)
      throw new Refused('The pack was not finished: give the same command again, it goes on where it stopped.');
    const answer = await service.get(`/v1/audit/pack?${query}`, 'application/zip', purpose);
    const hash = createHash('sha256');
    let bytes = 0;
    const counted = async function* (chunks: AsyncIterable<Uint8Array>) {
      for await (const chunk of chunks) {
        hash.update(chunk);
        bytes += chunk.length;
        yield chunk;
      }
    };
    // Under its own name only when it is whole.
    const unfinished = `${out}.part`;
    try {
      const body = Readable.fromWeb(answer.body as ReadableStream<Uint8Array>);
      await pipeline(body, counted, createWriteStream(unfinished));
      renameSync(unfinished, out);
    } catch (error) {
      rmSync(unfinished, { force: true });
      throw new Refused(
        `The pack could not be written to ${out}: ${reasonOf(error)}. Nothing is left of it there; the pack itself is made: the same command fetches it again.`,
      );
    }
    const packHash = answer.headers.get('x-pack-hash');
    const told = {
      out,
      bytes,
      sha256: hash.digest('hex'),
      manifest: packHash,
      events: ready.events,
      streams: ready.streams,
      asOf: ready.asOf,
    };
    if (output.json) return output.line(JSON.stringify(told, null, 2));
    output.line(
      `${out}: ${grouped(ready.events ?? 0)} events of ${grouped(ready.streams ?? 0)} streams, figures as of ${ready.asOf}, ${grouped(bytes)} bytes.`,
    );
    output.line(`SHA-256 of its manifest, worth keeping apart from it: ${packHash}`);
  });
}

function isOtherThanFile(path: string): boolean {
  try {
    return !statSync(path).isFile();
  } catch {
    // Not there yet, or not to be reached: writing says why.
    return false;
  }
}

/** A file that is there and does not begin as a ZIP file does; an empty one may be replaced. */
function isOtherThanPack(path: string): boolean {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r');
  } catch {
    return false;
  }
  try {
    const begin = Buffer.alloc(2);
    return readSync(descriptor, begin, 0, 2, 0) > 0 && begin.toString('latin1') !== 'PK';
  } finally {
    closeSync(descriptor);
  }
}

function reasonOf(error: unknown): string {
  const { code } = (error ?? {}) as { code?: unknown };
  if (code === 'ENOSPC') return 'the disk is full';
  if (code === 'ENOENT') return 'there is no such folder';
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return 'it may not be written there';
  return error instanceof Error ? error.message : String(error);
}
