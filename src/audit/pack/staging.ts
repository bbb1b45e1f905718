import { createHash } from 'node:crypto';
import {
  closeSync,
  createReadStream,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { PackLine } from './contents.js';
import type { PackedFile } from './scope.js';

interface Checkpoint {
  readonly bytes: number;
  readonly lines: number;
  readonly mark: string | null;
  readonly done: boolean;
}

const STATE = 'state.json';

/** Written at once, and put on disk with a checkpoint, so often. */
const CHUNK_BYTES = 256 * 1024;
const CHUNKS_A_CHECKPOINT = 8;

/**
 * The files of a pack on their way: written line by line, with checkpoints, so that a making that was broken off goes on
 * where it stopped. The order of the files and their bytes depend on the question only.
 */
export class Staging {
  readonly folder: string;
  readonly #state: Record<string, Checkpoint>;

  constructor(folder: string) {
    this.folder = folder;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const file = join(folder, STATE);
    this.#state = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, Checkpoint>) : {};
  }

  /** Names of the finished files, in the order in which they were made. */
  get names(): readonly string[] {
    return Object.keys(this.#state);
  }

  path(name: string): string {
    return join(this.folder, 'files', name);
  }

  /**
   * Writes a file of lines, or the rest of it.
   * @param lines asked for the lines after a mark, or for all
   * @param onLines told now and then how many lines there are
   */
  async writeLines(
    name: string,
    lines: (mark: string | undefined) => Iterable<PackLine>,
    onLines: (count: number) => void = () => {},
  ): Promise<void> {
    const begun = this.#state[name] ?? { bytes: 0, lines: 0, mark: null, done: false };
    if (begun.done) return;
    const descriptor = this.#open(name);
    try {
      // What came after the checkpoint may be half a line.
      ftruncateSync(descriptor, begun.bytes);
      let { bytes, lines: count, mark } = begun;
      let chunk: string[] = [];
      let chunkBytes = 0;
      let chunks = 0;
      const flush = () => {
        const text = Buffer.from(chunk.join(''), 'utf8');
        for (let written = 0; written < text.length; ) {
          written += writeSync(descriptor, text, written, text.length - written, bytes + written);
        }
        bytes += text.length;
        chunk = [];
        chunkBytes = 0;
      };
      for (const line of lines(mark ?? undefined)) {
        chunk.push(line.text, '\n');
        chunkBytes += line.text.length + 1;
        count += 1;
        if (line.mark === null) continue;
        mark = line.mark;
        if (chunkBytes < CHUNK_BYTES) continue;
        flush();
        chunks += 1;
        if (chunks % CHUNKS_A_CHECKPOINT === 0) {
          fsyncSync(descriptor);
          this.#keep(name, { bytes, lines: count, mark, done: false });
        }
        onLines(count);
        await nextTurn();
      }
      flush();
      fsyncSync(descriptor);
      this.#keep(name, { bytes, lines: count, mark, done: true });
      onLines(count);
    } finally {
      closeSync(descriptor);
    }
  }

  /** Writes a whole small file. */
  write(name: string, content: string | Uint8Array): void {
    const descriptor = this.#open(name);
    try {
      ftruncateSync(descriptor, 0);
      const bytes = typeof content === 'string' ? Buffer.from(content, 'utf8') : content;
      // Unlike one call of `writeSync` it ends with all of it written, or throws.
      writeFileSync(descriptor, bytes);
      fsyncSync(descriptor);
      this.#keep(name, { bytes: fstatSync(descriptor).size, lines: 0, mark: null, done: true });
    } finally {
      closeSync(descriptor);
    }
  }

  /** Takes a file out that was needed on the way only. */
  forget(name: string): void {
    rmSync(this.path(name), { force: true });
    if (this.#state[name] === undefined) return;
    delete this.#state[name];
    this.#save();
  }

  isDone(name: string): boolean {
    return this.#state[name]?.done === true;
  }

  lines(name: string): number {
    return this.#state[name]?.lines ?? 0;
  }

  /** Size and hash of a finished file. */
  async fileOf(name: string): Promise<PackedFile> {
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const chunk of createReadStream(this.path(name)) as AsyncIterable<Buffer>) {
      hash.update(chunk);
      bytes += chunk.length;
    }
    return { name, bytes, sha256: hash.digest('hex') };
  }

  #open(name: string): number {
    const path = this.path(name);
    mkdirSync(dirname(path), { recursive: true });
    return openSync(path, existsSync(path) ? 'r+' : 'w+', 0o600);
  }

  #keep(name: string, checkpoint: Checkpoint): void {
    this.#state[name] = checkpoint;
    this.#save();
  }

  #save(): void {
    const file = join(this.folder, STATE);
    writeFileSync(`${file}.new`, JSON.stringify(this.#state));
    renameSync(`${file}.new`, file);
  }
}
