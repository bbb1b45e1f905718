import { createHash } from 'node:crypto';
import {
  createReadStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../../config.js';
import { eventTypeOf } from '../../domain/catalogue.js';
import { addDays } from '../../domain/dates.js';
import { CORRECTED } from '../../domain/history.js';
import { Refusal } from '../../domain/refusal.js';
import type { FileText } from '../../law/book.js';
import { currentAccess } from '../../ledger/access.js';
import { canonicalJson } from '../../ledger/chain.js';
import { personOf } from '../../ledger/codec.js';
import { StoreFull } from '../../ledger/event-store.js';
import type { KeptEvent } from '../../reading/kept-log.js';
import { decode } from '../../reading/making.js';
import { opened } from '../../reading/persons.js';
import { OBLIGATION_COLUMNS, type ObligationRow, Reading, View } from '../../reading/reading.js';
import type { LedgerStep } from '../replays.js';
import { zipped } from './archive.js';
import {
  dayOfPack,
  eventLines,
  figuresOf,
  keptEvents,
  obligationLines,
  type PackLine,
  type PackSource,
  packSource,
  stepLines,
} from './contents.js';
import { LAW_FOLDERS } from './law-hash.js';
import { OrderedLines } from './ordered-lines.js';
import { README } from './readme.js';
import { pageOf, type Report } from './report.js';
import { htmlOf } from './report-html.js';
import { pdfOf } from './report-pdf.js';
import { EVENTS, MANIFEST, PACK_FORMAT, PACK_VERSION, type PackManifest, type PackScope } from './scope.js';
import { Staging } from './staging.js';

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

export interface PackProgress {
  readonly file: string;
  readonly lines: number;
}

/** Events and obligations that the readable report shows; the files have all. */
const TIMELINE_SHOWN = 300;
const OBLIGATIONS_SHOWN = 500;
const HORIZON_DAYS = 30;

const TIMELINE = 'timeline.jsonl';
const PERSONAL = 'personal.jsonl';
/** The steps on their way into the timeline, stream by stream; no part of the pack. */
const STEPS = 'steps';

/** Grows when the same question makes other files: a pack that an older program made is not handed out for it. */
const LAYOUT = 2;

/** Packs that nobody fetched any more are removed after this time. */
const KEPT_MS = 24 * 3_600_000;

/** Makes audit packs in a folder of its own; a making that was broken off goes on when the same is asked for again. */
@Injectable()
export class Packs {
  readonly #folder: string;
  readonly #making = new Map<string, Promise<ReadyPack>>();

  constructor(
    private readonly reading: Reading,
    @Inject(CONFIG) config: Config,
  ) {
    this.#folder = join(config.dataDir, 'packs');
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
    const view = await this.reading.at({ asOf, knownAt: scope.to, after: request.after });
    // Refuses what is not known before anything is written.
    packSource(view, scope);
    const key = fingerprint({ layout: LAYOUT, scope, asOf, names, book: view.moment.ruleBook });
    const underWay = this.#making.get(key);
    if (underWay !== undefined) return underWay;
    this.#removeOld();
    const staging = this.#stagingOf(key, view.moment.seq);
    const source = packSource(pinned(view, seqOf(staging.folder)), scope);
    const making = this.#write(staging, source, names, onProgress)
      .catch((error: unknown) => {
        throw isDiskFull(error) ? diskFull(error) : error;
      })
      .finally(() => this.#making.delete(key));
    this.#making.set(key, making);
    return making;
  }

  /**
   * Removes the packs that are kept here with names opened, those under way as soon as they are made: after an erasure no
   * copy of ours may hold the name.
   */
  forgetNames(): void {
    if (!existsSync(this.#folder)) return;
    for (const key of readdirSync(this.#folder)) {
      const folder = join(this.#folder, key);
      if (!existsSync(join(folder, 'files', PERSONAL))) continue;
      const remove = () => rmSync(folder, { recursive: true, force: true });
      const underWay = this.#making.get(key);
      if (underWay === undefined) remove();
      else underWay.then(remove, remove);
    }
  }

  async #write(
    staging: Staging,
    source: PackSource,
    names: boolean,
    onProgress: (progress: PackProgress) => void,
  ): Promise<ReadyPack> {
    const lines = (file: string, make: (mark?: string) => Iterable<PackLine>) =>
      staging.writeLines(file, make, (count) => onProgress({ file, lines: count }));
    await lines(EVENTS, (mark) => eventLines(source, mark));
    await this.#writeTimeline(staging, source, lines);
    await lines('obligations.jsonl', (mark) => obligationLines(source, mark));
    if (names) await lines(PERSONAL, (mark) => personalLines(source, mark));
    if (!staging.isDone(MANIFEST)) await this.#finish(staging, source, names);
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

  /** `timeline.jsonl`: what each event made of what was known until then, in the order of recording. */
  async #writeTimeline(
    staging: Staging,
    source: PackSource,
    lines: (file: string, make: (mark?: string) => Iterable<PackLine>) => Promise<void>,
  ): Promise<void> {
    if (!staging.isDone(TIMELINE)) {
      await lines(STEPS, (mark) => stepLines(source, mark));
      const steps = await OrderedLines.of(staging.path(STEPS));
      await lines(TIMELINE, (mark) => steps.after(mark));
    }
    staging.forget(STEPS);
  }

  async #finish(staging: Staging, source: PackSource, names: boolean): Promise<void> {
    const { view, scope, complete } = source;
    // The book of the moment, not the one that counts today: the figures were reckoned by it.
    const { shipped, laid } = view.book.texts;
    const law = (folder: string, files: readonly FileText[]) => {
      for (const { path, text } of files) staging.write(`${folder}${path}`, text);
    };
    staging.write('figures.json', `${canonicalJson(figuresOf(source))}\n`);
    law(LAW_FOLDERS[0], shipped);
    law(LAW_FOLDERS[1], laid);
    staging.write('README.txt', README);
    const summary = summaryOf(source);
    const page = pageOf(this.#reportOf(staging, source, summary, names));
    staging.write('report.html', htmlOf(page));
    staging.write('report.pdf', await pdfOf(page, new Date(summary.knownAt ?? 0)));
    const made = staging.names.filter((name) => name !== MANIFEST);
    const files = [];
    for (const name of made) files.push(await staging.fileOf(name));
    const { worker = null, employer = null, from = null, to = null } = scope;
    const manifest: PackManifest = {
      format: PACK_FORMAT,
      version: PACK_VERSION,
      scope: { worker, employer, from, to },
      asOf: view.asOf,
      knownAt: summary.knownAt,
      complete,
      events: staging.lines(EVENTS),
      streams: summary.streams,
      ruleBook: view.moment.ruleBook,
      personal: names,
      files,
    };
    staging.write(MANIFEST, `${JSON.stringify(manifest, null, 2)}\n`);
  }

  #reportOf(staging: Staging, source: PackSource, summary: Summary, names: boolean): Report {
    const { view, scope } = source;
    const events = staging.lines(EVENTS);
    const { total, byRule } = figuresOf(source);
    const { shown, inAll } = costlyObligations(source);
    return {
      title: titleOf(scope),
      scope,
      asOf: view.asOf,
      knownAt: summary.knownAt,
      ruleBook: view.moment.ruleBook,
      events,
      streams: summary.streams,
      total,
      byRule,
      obligations: shown,
      obligationsInAll: inAll,
      timeline: events > TIMELINE_SHOWN ? [] : stepsIn(staging),
      names: names && events <= TIMELINE_SHOWN ? namesIn(source) : new Map(),
    };
  }

  /** The folder of a pack: one that was begun keeps its moment, a finished one is used again while nothing new was recorded. */
  #stagingOf(key: string, seq: number): Staging {
    const folder = join(this.#folder, key);
    if (existsSync(folder)) {
      const begun = existsSync(join(folder, SEQ)) ? seqOf(folder) : null;
      const isFinished = begun !== null && new Staging(folder).isDone(MANIFEST);
      if (begun === null || begun > seq || (isFinished && begun !== seq)) rmSync(folder, { recursive: true });
    }
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (!existsSync(join(folder, SEQ))) writeFileSync(join(folder, SEQ), String(seq));
    return new Staging(folder);
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

function isDiskFull(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: unknown };
  return code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG';
}

function diskFull(cause: unknown): StoreFull {
  const message =
    'The disk is full: the pack could not be made. What was made of it is kept, and the same question goes on.';
  return Object.assign(new StoreFull(message), { cause });
}

const SEQ = 'seq';

function seqOf(folder: string): number {
  return Number(readFileSync(join(folder, SEQ), 'utf8'));
}

/** The same moment all along: what is recorded while a pack is made is not in it. */
function pinned(view: View, seq: number): View {
  const position = view.parts.model.current.log.positionOf(seq);
  return new View(view.parts, { ...view.moment, seq, position, isCurrent: false });
}

interface Summary {
  readonly streams: number;
  readonly knownAt: string | null;
}

function summaryOf(source: PackSource): Summary {
  const streams = new Set<number>();
  let knownAt: string | null = null;
  for (const { streamNumber, recordedAt } of keptEvents(source)) {
    streams.add(streamNumber);
    if (knownAt === null || recordedAt > knownAt) knownAt = recordedAt;
  }
  return { streams: streams.size, knownAt };
}

/** What has accrued and what is due soon: those with a fine first, then by their last day. */
function costlyObligations({ view, streams }: PackSource) {
  const { asOf } = view;
  const ours = streams === null ? '' : 'AND o.stream IN (SELECT value FROM json_each(?))';
  const from = `FROM obligations o JOIN log.streams s ON s.number = o.stream
    WHERE ${view.known('o')} AND o.opens_on <= ? AND o.accrues_until > ?
      AND (o.overdue_from <= ? OR (o.due_on >= ? AND o.due_on <= ?)) ${ours}`;
  const values = [asOf, asOf, asOf, asOf, addDays(asOf, HORIZON_DAYS)];
  const all = streams === null ? values : [...values, JSON.stringify(streams)];
  const rows = view.all<ObligationRow>(
    `SELECT ${OBLIGATION_COLUMNS} ${from} ORDER BY o.penalty IS NULL, o.due_on, o.stream, o.key LIMIT ${OBLIGATIONS_SHOWN}`,
    ...all,
  );
  const inAll = view.get<{ count: number }>(`SELECT count(*) AS count ${from}`, ...all)?.count ?? 0;
  return { shown: rows.map((row) => view.obligation(row)), inAll };
}

function stepsIn(staging: Staging): readonly LedgerStep[] {
  const lines = readFileSync(staging.path(TIMELINE), 'utf8').split('\n');
  return lines.flatMap((line) => (line === '' ? [] : [JSON.parse(line) as LedgerStep]));
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
    for (const line of lines) yield (JSON.parse(line) as { person: string }).person;
  }
}

/** `personal.jsonl`: what was sealed in each event, opened; persons who were erased are not in it. */
function* personalLines(source: PackSource, mark?: string): Generator<PackLine> {
  const { personalData } = source.view.parts;
  for (const kept of keptEvents(source, mark)) {
    const sealed = sealedIn(kept);
    if (sealed === null) continue;
    const { data, erased } = opened(personalData, sealed.event);
    if (erased) continue;
    const fields = Object.fromEntries(Object.entries(data).filter(([name]) => sealed.personal.includes(name)));
    if (Object.keys(fields).length === 0) continue;
    const { id: eventId, stream } = kept;
    yield { text: canonicalJson({ eventId, stream, person: sealed.person, data: fields }), mark: String(kept.seq) };
  }
}

function sealedIn(kept: KeptEvent) {
  if (!kept.data.includes('"sealed"')) return null;
  const event = decode(kept);
  const isCorrection = event.type === CORRECTED;
  const type = eventTypeOf(isCorrection ? String(event.data['correctsType']) : event.type);
  const data = isCorrection ? event.data['data'] : event.data;
  if (event.sealed === undefined || type === undefined || typeof data !== 'object' || data === null) return null;
  return { event, personal: type.personal, person: personOf(type, event.stream, data as typeof event.data) };
}

/** The last name by which each person was registered. */
function namesIn(source: PackSource): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const { text } of personalLines(source)) {
    const { person, data } = JSON.parse(text) as { person: string; data: { familyName?: string; givenName?: string } };
    if (data.familyName !== undefined) names.set(person, `${data.familyName} ${data.givenName ?? ''}`.trim());
  }
  return names;
}

function titleOf({ worker, employer }: PackScope): string {
  if (worker !== undefined) return 'Audit pack of a foreign worker';
  return employer === undefined ? 'Audit pack of the whole ledger' : 'Audit pack of an employer';
}

function fileNameOf({ scope, view }: PackSource): string {
  return `audit-pack-${scope.worker ?? scope.employer ?? 'ledger'}-${view.asOf}.zip`;
}

function fingerprint(question: object): string {
  return createHash('sha256').update(canonicalJson(question)).digest('hex').slice(0, 24);
}
