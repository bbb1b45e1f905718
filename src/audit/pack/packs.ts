import { createHash } from 'node:crypto';
import {
  createReadStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { CONFIG, type Config } from '../../config.js';
import { Refusal } from '../../domain/refusal.js';
import { currentAccess } from '../../ledger/access.js';
import { canonicalJson } from '../../ledger/chain.js';
import { StoreFull } from '../../ledger/event-store.js';
import { Reading, View } from '../../reading/reading.js';
import { THREADS_POSSIBLE } from '../../reading/rebuild-threads.js';
import { zipped } from './archive.js';
import { beginOf, dayOfPack, type PackSource, packSource } from './contents.js';
import { makeInThread, PackBrokenOff } from './pack-threads.js';
import { MANIFEST, type PackManifest, type PackScope, PERSONAL } from './scope.js';
import { Staging } from './staging.js';
import { type PackProgress, type PersonalLine, writePack } from './write-pack.js';

export interface PackRequest {
  readonly scope: PackScope;
  readonly asOf?: string | undefined;
  /** Opens names and numbers of persons into a file of their own and into the report. */
  readonly names: boolean;
  readonly after?: string | undefined;
}

/** A pack that is ready to be sent. */
export interface ReadyPack {
  readonly fileName: string;
  readonly manifest: PackManifest;
  /** SHA-256 of the manifest: it stands for the whole pack. */
  readonly hash: string;
  /** Whose personal data is open in it; one may come more than once. */
  persons(): AsyncGenerator<string>;
  zip(): Readable;
}

/** A pack under way, and what breaks it off when somebody is erased whose name may be in it. */
interface Making {
  readonly names: boolean;
  readonly pack: Promise<ReadyPack>;
  readonly forgotten: AbortController;
}

interface MakingOptions {
  readonly onProgress: (progress: PackProgress) => void;
  readonly forgotten: AbortSignal;
}

/** Grows when the same question makes other files: a pack that an older program made is not handed out for it. */
const LAYOUT = 3;

/** Packs that nobody fetched any more are removed after this time. */
const KEPT_MS = 24 * 3_600_000;

/** Fewer events than this are written before a thread would have loaded the law. */
const WORTH_A_THREAD_EVENTS = 500;

/** Makes audit packs in a folder of its own, large ones in a thread; a making that was broken off goes on when the same is asked for again. */
@Injectable()
export class Packs implements OnModuleDestroy {
  readonly #folder: string;
  readonly #making = new Map<string, Making>();
  /** Large packs are made one after the other, so that the memory does not grow with their number. */
  #lastLarge: Promise<unknown> = Promise.resolve();
  readonly #ending = new AbortController();

  constructor(
    private readonly reading: Reading,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    this.#folder = join(config.dataDir, 'packs');
  }

  /** Ends the threads before the service waits for its answers: a large pack would take minutes. */
  async onModuleDestroy(): Promise<void> {
    this.#ending.abort(new PackBrokenOff());
    await this.#lastLarge;
  }

  /**
   * Makes a pack, or goes on with one that was begun; the same question asked meanwhile waits for the same pack. Whose names
   * are in it counts as opened for each request that gets it, also where the pack was kept from another one.
   * @throws Refusal 404 for an unknown worker or employer, 400 for a moment in the future, and for names where the request
   * keeps personal data closed
   */
  async make(request: PackRequest, onProgress: (progress: PackProgress) => void = () => {}): Promise<ReadyPack> {
    const access = currentAccess();
    requireOpen(request, access);
    const pack = await this.#made(request, onProgress);
    if (pack.manifest.personal && access !== undefined) {
      for await (const person of pack.persons()) access.persons.add(person);
    }
    return pack;
  }

  async #made(request: PackRequest, onProgress: (progress: PackProgress) => void): Promise<ReadyPack> {
    const { scope, names } = request;
    const asOf = request.asOf ?? dayOfPack(scope, this.reading.parts.clock.today());
    requirePast(scope, this.reading.parts.clock.now());
    const view = await this.reading.at({ asOf, knownAt: scope.to, after: request.after });
    // Refuses what is not known before anything is written.
    packSource(view, scope);
    // With other keys the same question opens other names.
    const { locked, lockedBy } = this.reading.parts.personalData.report();
    const closed = names && locked > 0 ? lockedBy : [];
    const key = fingerprint({ layout: LAYOUT, scope, asOf, names, closed, book: view.moment.ruleBook });
    const underWay = this.#making.get(key);
    if (underWay !== undefined) return underWay.pack;
    const forgotten = new AbortController();
    const pack = this.#begun(key, view, request, { onProgress, forgotten: forgotten.signal })
      .catch((error: unknown) => {
        throw isDiskFull(error) ? diskFull(error) : error;
      })
      .finally(() => this.#making.delete(key));
    this.#making.set(key, { names, pack, forgotten });
    return pack;
  }

  async #begun(key: string, view: View, { scope, names }: PackRequest, options: MakingOptions): Promise<ReadyPack> {
    const folder = join(this.#folder, key);
    try {
      this.#removeOld();
      const { staging, seq } = beginIn(folder, view.moment.seq);
      const source = packSource(pinned(view, seq), scope);
      await this.#written(staging, source, names, options);
      options.forgotten.throwIfAborted();
      return readyPack(staging, source);
    } catch (error) {
      // What lies on a full disk keeps events from being recorded.
      if (options.forgotten.aborted || isDiskFull(error)) rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /**
   * Removes the packs that are kept here with names opened, and breaks off those under way: after an erasure no copy of ours
   * may hold the name.
   */
  forgetNames(): void {
    // Also where no name is written yet: a thread may read the key before it is destroyed.
    for (const { names, forgotten } of this.#making.values()) if (names) forgotten.abort(namesErased());
    if (!existsSync(this.#folder)) return;
    for (const key of readdirSync(this.#folder)) {
      const folder = join(this.#folder, key);
      if (this.#making.has(key) || !existsSync(join(folder, 'files', PERSONAL))) continue;
      rmSync(folder, { recursive: true, force: true });
    }
  }

  /** Writes what is missing of a pack: a small one between two answers, a large one in a thread. */
  async #written(staging: Staging, source: PackSource, names: boolean, options: MakingOptions): Promise<void> {
    if (staging.isDone(MANIFEST)) return;
    if (!THREADS_POSSIBLE || eventsUpTo(source) < WORTH_A_THREAD_EVENTS) {
      await writePack(staging, source, {
        names,
        onProgress: options.onProgress,
        goOn: () => options.forgotten.throwIfAborted(),
      });
      return;
    }
    const written = this.#lastLarge.then(() => this.#writtenInThread(staging.folder, source, names, options));
    this.#lastLarge = written.catch(() => {});
    await written;
  }

  async #writtenInThread(
    folder: string,
    { scope, view: { moment } }: PackSource,
    names: boolean,
    { onProgress, forgotten }: MakingOptions,
  ): Promise<void> {
    const signal = AbortSignal.any([this.#ending.signal, forgotten]);
    const { model, book } = this.reading.parts;
    const { keysDir, masterKey: master, previousMasterKey: previous } = this.config;
    const keys = { folder: keysDir, master, previous };
    for (;;) {
      const { files } = model;
      const task = { folder, ...files, law: book.texts, keys, scope, moment, names };
      try {
        await makeInThread(task, onProgress, signal);
        return;
      } catch (error) {
        // A rebuild may have taken the rows away before the thread had opened them.
        if (signal.aborted || model.files.rowsFile === files.rowsFile) throw error;
      }
    }
  }

  #removeOld(): void {
    if (!existsSync(this.#folder)) return;
    for (const name of readdirSync(this.#folder)) {
      const folder = join(this.#folder, name);
      if (this.#making.has(name) || Date.now() - statSync(folder).mtimeMs < KEPT_MS) continue;
      rmSync(folder, { recursive: true, force: true });
    }
  }
}

/** A pack's folder: one that was begun keeps its moment, a finished one is used again while nothing new was recorded. */
function beginIn(folder: string, seq: number): { readonly staging: Staging; readonly seq: number } {
  const begun = seqOf(folder);
  if (begun !== null && begun <= seq) {
    const staging = new Staging(folder);
    if (begun === seq || !staging.isDone(MANIFEST)) return { staging, seq: begun };
  }
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, SEQ);
  writeFileSync(`${file}.new`, String(seq));
  renameSync(`${file}.new`, file);
  return { staging: new Staging(folder), seq };
}

/** A pack of which every file is written. */
function readyPack({ folder }: Staging, source: PackSource): ReadyPack {
  // Read anew: a thread may have written it.
  const staging = new Staging(folder);
  const bytes = readFileSync(staging.path(MANIFEST));
  const manifest = JSON.parse(bytes.toString('utf8')) as PackManifest;
  const files = [...manifest.files.map(({ name }) => name), MANIFEST];
  return {
    fileName: fileNameOf(source),
    manifest,
    hash: createHash('sha256').update(bytes).digest('hex'),
    persons: () => personsIn(staging),
    zip: () => zipped(files.map((name) => ({ name, path: staging.path(name) }))),
  };
}

/** How many events the making of a pack goes through, also before its period. */
function eventsUpTo({ view, streams, beside }: PackSource): number {
  const { seq } = view.moment;
  return streams === null ? seq : view.parts.model.current.log.countOf([...streams, ...beside], seq);
}

function namesErased(): Refusal {
  return new Refusal({
    code: 'erased-meanwhile',
    status: 409,
    detail: 'While this pack with names was made, personal data was erased; what was made of it is removed.',
    remedy: 'Ask for it again: it then holds the names that are left.',
  });
}

/** @throws Refusal 400 for a period that begins in the future: the figures would stand beside no event at all */
function requirePast({ from }: PackScope, now: Date): void {
  if (from === undefined || beginOf(from) <= now.getTime()) return;
  throw new Refusal({
    code: 'moment-in-future',
    status: 400,
    detail: `\`from\` is ${from}, which has not come yet: nothing can have been recorded since.`,
    remedy: 'Give a day or an instant up to now, or leave `from` out for the whole history.',
    errors: [{ path: 'from', message: 'lies in the future' }],
  });
}

function isDiskFull(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: unknown };
  return code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG';
}

function diskFull(cause: unknown): StoreFull {
  const message =
    'The disk is full: the pack could not be made. What was made of it is removed, so that events can be recorded.';
  return Object.assign(new StoreFull(message), { cause });
}

const SEQ = 'seq';

/** The event up to which a pack was begun; null where none was, or nothing says so any more. */
function seqOf(folder: string): number | null {
  const file = join(folder, SEQ);
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  return /^\d+$/.test(text) ? Number(text) : null;
}

/** The same moment all along: what is recorded while a pack is made is not in it. */
function pinned(view: View, seq: number): View {
  const position = view.parts.model.current.log.positionOf(seq);
  return new View(view.parts, { ...view.moment, seq, position, isCurrent: false });
}

/** @throws Refusal 400 when names are asked for by a request that keeps personal data closed */
export function requireOpen({ names }: Pick<PackRequest, 'names'>, access = currentAccess()): void {
  if (!names || access?.masked !== true) return;
  throw new Refusal({
    code: 'names-kept-closed',
    status: 400,
    detail: '`names=true` asks for names, and `personal=false` or `Ledger-Personal: false` keeps all of them closed.',
    remedy: 'Leave `names` out for a pack without names, or leave the other out for one with them.',
    errors: [{ path: 'names', message: 'cannot be true where personal data stays closed' }],
  });
}

async function* personsIn(staging: Staging): AsyncGenerator<string> {
  if (!staging.isDone(PERSONAL)) return;
  let rest = '';
  // Not readline: a name may hold a line separator of Unicode, which it would take for the end of a line.
  for await (const text of createReadStream(staging.path(PERSONAL), 'utf8') as AsyncIterable<string>) {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const { person, withheld } = JSON.parse(line) as PersonalLine;
      if (withheld === undefined) yield person;
    }
  }
}

function fileNameOf({ scope, view }: PackSource): string {
  return `audit-pack-${scope.worker ?? scope.employer ?? 'ledger'}-${view.asOf}.zip`;
}

function fingerprint(question: object): string {
  return createHash('sha256').update(canonicalJson(question)).digest('hex').slice(0, 24);
}
