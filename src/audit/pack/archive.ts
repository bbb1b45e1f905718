import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type Readable, Transform, type TransformCallback } from 'node:stream';
import { crc32 } from 'node:zlib';
import { type Entry, fromBuffer, type ZipFile as OpenZip, open } from 'yauzl';
import { ZipFile } from 'yazl';
import { LAW_FOLDERS, lawHash } from './law-hash.js';
import { EVENTS, MANIFEST, PACK_FORMAT, PACK_VERSION, type PackManifest, packManifest } from './scope.js';

/** All entries carry this time, so that the same pack has the same bytes wherever it is made. ZIP knows no zone. */
const ENTRY_TIME = new Date(1980, 0, 1, 0, 0, 0);

/** Largest manifest that is read: some thousand files of law and parts. */
const MOST_MANIFEST_BYTES = 8 * 1024 * 1024;

/** Largest line of a file that is read, in bytes: an event is at most a megabyte. */
const MOST_LINE_BYTES = 16 * 1024 * 1024;

/** A pack cannot be read or is not what was packed. The message names the place. */
export class PackError extends Error {
  override readonly name = 'PackError';
}

/**
 * Zips files in the order given; bytes come as they are asked for. The ZIP's comment is a seal: the SHA-256 of every byte
 * before it, for the hashes of the files say nothing of headers, the directory, or what stands between and behind them.
 */
export function zipped(files: readonly { readonly name: string; readonly path: string }[]): Readable {
  const zip = new ZipFile();
  for (const { name, path } of files) {
    zip.addFile(path, name, { mtime: ENTRY_TIME, mode: 0o100644, forceDosTimestamp: true });
  }
  // The types of yazl know no comment yet.
  const end = { forceZip64Format: false, comment: SEAL + '0'.repeat(DIGEST_CHARACTERS) };
  zip.end(end);
  const output = zip.outputStream as Readable;
  const sealed = new Sealing();
  // Not `pipe` alone: a file that cannot be read must end the answer as an error.
  zip.on('error', (error) => sealed.destroy(error as Error));
  output.on('error', (error) => sealed.destroy(error));
  return output.pipe(sealed);
}

const SEAL = 'sha256:';
const DIGEST_CHARACTERS = 64;

/** Hashes what passes, and puts the hash where its last bytes keep the place. */
class Sealing extends Transform {
  readonly #hash = createHash('sha256');
  #held: Buffer = Buffer.alloc(0);

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    const all = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    const sent = all.subarray(0, Math.max(0, all.length - DIGEST_CHARACTERS));
    this.#held = all.subarray(sent.length);
    this.#hash.update(sent);
    done(null, sent);
  }

  override _flush(done: TransformCallback): void {
    done(null, Buffer.from(this.#hash.digest('hex'), 'latin1'));
  }
}

/** What is wrong with the whole, as the end of a sentence; null when every byte is as it was packed. */
async function brokenSeal(source: string | Buffer): Promise<string | null> {
  const hash = createHash('sha256');
  let end: Buffer = Buffer.alloc(0);
  const chunks = typeof source === 'string' ? (createReadStream(source) as AsyncIterable<Buffer>) : [source];
  for await (const chunk of chunks) {
    const all = Buffer.concat([end, chunk]);
    const covered = Math.max(0, all.length - DIGEST_CHARACTERS);
    hash.update(all.subarray(0, covered));
    end = all.subarray(covered);
  }
  const seal = end.toString('latin1');
  if (!/^[0-9a-f]{64}$/.test(seal))
    return 'does not end with its seal: its end was cut off, or something was added behind it';
  return hash.digest('hex') === seal
    ? null
    : 'has the files that were packed, and yet a byte between or around them was changed: it does not fit its seal';
}

/** A difference between a pack and its manifest. */
export interface PackDamage {
  readonly file: string;
  readonly what: string;
}

/** A pack opened for reading. */
export class Pack {
  readonly manifest: PackManifest;
  readonly #source: string | Buffer;
  readonly #zip: OpenZip;
  readonly #entries: ReadonlyMap<string, Entry>;

  /** SHA-256 of the manifest: it stands for the whole pack, and is worth keeping apart from it. */
  readonly hash: string;

  private constructor(
    source: string | Buffer,
    zip: OpenZip,
    entries: ReadonlyMap<string, Entry>,
    manifest: PackManifest,
    bytes: Buffer,
  ) {
    this.#source = source;
    this.#zip = zip;
    this.#entries = entries;
    this.manifest = manifest;
    this.hash = createHash('sha256').update(bytes).digest('hex');
  }

  /**
   * Opens a file of which any part may have been changed: `damages` tells which.
   * @throws PackError when it is no ZIP file, or no pack that this ledger knows
   */
  static async open(source: string | Buffer): Promise<Pack> {
    const zip = await opened(source);
    try {
      const entries = await entriesOf(zip);
      const manifest = entries.get(MANIFEST);
      if (manifest === undefined) throw new PackError(`There is no ${MANIFEST} in it: it is no audit pack.`);
      if (manifest.uncompressedSize > MOST_MANIFEST_BYTES) throw new PackError(`The ${MANIFEST} is too large.`);
      const parts: Buffer[] = [];
      for await (const part of await streamOf(zip, manifest)) parts.push(part);
      const bytes = Buffer.concat(parts);
      // Nothing inside the pack vouches for the manifest but the check sum of the ZIP entry.
      if (crc32(bytes) !== manifest.crc32)
        throw new PackError(`The ${MANIFEST} was changed: its check sum is another.`);
      return new Pack(source, zip, entries, manifestIn(bytes.toString('utf8')), bytes);
    } catch (error) {
      zip.close();
      throw inOurWords(error, 'The file');
    }
  }

  close(): void {
    this.#zip.close();
  }

  /**
   * Recomputes the hash of every file, of the law from its files, and of the whole; empty when every byte is as it was packed
   * and the law in it is the one that the manifest names.
   */
  async damages(): Promise<readonly PackDamage[]> {
    const damages = [...(await this.#damagedFiles())];
    if (damages.length === 0) damages.push(...(await this.#otherLaw()));
    // What is wrong inside is named; the rest shows at the seal only.
    if (damages.length === 0) {
      const what = await brokenSeal(this.#source);
      if (what !== null) damages.push({ file: 'The pack', what });
    }
    return damages;
  }

  async #damagedFiles(): Promise<readonly PackDamage[]> {
    const damages: PackDamage[] = [];
    const named = new Set([MANIFEST, ...this.manifest.files.map(({ name }) => name)]);
    for (const name of this.#entries.keys()) {
      if (!named.has(name)) damages.push({ file: name, what: 'is in the pack and not in its manifest' });
    }
    for (const { name, bytes, sha256 } of this.manifest.files) {
      const what = await this.#compare(name, bytes, sha256);
      if (what !== null) damages.push({ file: name, what });
    }
    return damages;
  }

  async #otherLaw(): Promise<readonly PackDamage[]> {
    const names = this.manifest.files.map(({ name }) => name);
    const found = await lawHash(names, (name) => this.#bytes(name));
    const { ruleBook } = this.manifest;
    if (found === ruleBook) return [];
    const file = `The law under ${LAW_FOLDERS.join(' and ')}`;
    return [{ file, what: `gives the rule book ${found}, and the manifest says that ${ruleBook} was used` }];
  }

  async *#bytes(name: string): AsyncGenerator<Buffer, void, undefined> {
    const entry = this.#entries.get(name);
    if (entry === undefined) throw new PackError(`${name} is missing in the pack.`);
    try {
      for await (const part of await streamOf(this.#zip, entry)) yield part;
    } catch (error) {
      throw inOurWords(error, name);
    }
  }

  /**
   * The lines of a file.
   * @throws PackError when the file is not there or cannot be unpacked
   */
  async *lines(name: string): AsyncGenerator<string, void, undefined> {
    let rest: Buffer = Buffer.alloc(0);
    for await (const part of this.#bytes(name)) {
      rest = rest.length === 0 ? part : Buffer.concat([rest, part]);
      let begin = 0;
      for (let end = rest.indexOf(10); end !== -1; end = rest.indexOf(10, begin)) {
        yield rest.toString('utf8', begin, end);
        begin = end + 1;
      }
      rest = rest.subarray(begin);
      if (rest.length > MOST_LINE_BYTES) throw new PackError(`${name} has a line that is too long.`);
    }
    if (rest.length > 0) yield rest.toString('utf8');
  }

  /** The events as text, one a line. */
  events(): AsyncGenerator<string, void, undefined> {
    return this.lines(EVENTS);
  }

  async #compare(name: string, bytes: number, sha256: string): Promise<string | null> {
    const entry = this.#entries.get(name);
    if (entry === undefined) return 'is in the manifest and not in the pack';
    const hash = createHash('sha256');
    let found = 0;
    try {
      for await (const part of await streamOf(this.#zip, entry)) {
        hash.update(part);
        found += part.length;
      }
    } catch (error) {
      return `cannot be unpacked: ${error instanceof Error ? error.message : String(error)}`;
    }
    if (hash.digest('hex') === sha256) return null;
    return found === bytes
      ? 'has other content than was packed: its hash is another'
      : `has ${found} bytes instead of ${bytes}`;
  }
}

function manifestIn(text: string): PackManifest {
  const manifest = JSON.parse(text) as { readonly format?: unknown; readonly version?: unknown };
  if (manifest.format !== PACK_FORMAT) throw new PackError('The manifest is not that of an audit pack.');
  if (manifest.version !== PACK_VERSION) {
    throw new PackError(
      `The pack is of version ${String(manifest.version)}, and this ledger reads version ${PACK_VERSION}.`,
    );
  }
  const parsed = packManifest.safeParse(manifest);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new PackError(
    `The manifest is wrong at ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'it is no manifest'}.`,
  );
}

function opened(source: string | Buffer): Promise<OpenZip> {
  return new Promise((resolve, reject) => {
    const done = (error: Error | null, zip?: OpenZip) => {
      if (error !== null || zip === undefined) reject(notOpened(error, source));
      else resolve(zip);
    };
    const options = { lazyEntries: true, autoClose: false, validateEntrySizes: true };
    if (typeof source === 'string') open(source, options, done);
    else fromBuffer(source, options, done);
  });
}

function notOpened(error: unknown, source: string | Buffer): PackError {
  const { code } = (error ?? {}) as { code?: unknown };
  if (typeof source !== 'string') return inOurWords(error, 'The file');
  if (code === 'ENOENT') return new PackError(`${source} cannot be read: there is no such file.`);
  if (code === 'EISDIR') return new PackError(`${source} is a folder: name the ZIP file of a pack.`);
  if (code !== undefined) return inOurWords(error, source);
  const why = error instanceof Error ? error.message : 'it has no directory';
  return new PackError(`${source} is no ZIP file, or its end is cut off (${why}): fetch the pack again.`);
}

function entriesOf(zip: OpenZip): Promise<Map<string, Entry>> {
  return new Promise((resolve, reject) => {
    const entries = new Map<string, Entry>();
    zip.on('error', reject);
    zip.on('end', () => resolve(entries));
    zip.on('entry', (entry: Entry) => {
      if (entries.has(entry.fileName)) {
        reject(new PackError(`${entry.fileName} is in the pack twice.`));
        return;
      }
      entries.set(entry.fileName, entry);
      zip.readEntry();
    });
    zip.readEntry();
  });
}

function streamOf(zip: OpenZip, entry: Entry): Promise<AsyncIterable<Buffer>> {
  return new Promise((resolve, reject) => {
    zip.openReadStream(entry, (error, stream) => {
      if (error) reject(error);
      else resolve(stream);
    });
  });
}

function inOurWords(error: unknown, what: string): PackError {
  if (error instanceof PackError) return error;
  return new PackError(`${what} cannot be read: ${error instanceof Error ? error.message : String(error)}.`);
}
