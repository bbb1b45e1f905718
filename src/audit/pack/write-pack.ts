import { readFileSync } from 'node:fs';
import { eventTypeOf } from '../../domain/catalogue.js';
import { addDays } from '../../domain/dates.js';
import type { EventData } from '../../domain/event-type.js';
import { CORRECTED } from '../../domain/history.js';
import type { FileText } from '../../law/book.js';
import { canonicalJson } from '../../ledger/chain.js';
import { personOf } from '../../ledger/codec.js';
import type { Withheld } from '../../ledger/personal-data.js';
import type { KeptEvent } from '../../reading/kept-log.js';
import { decode } from '../../reading/making.js';
import { opened, textOf } from '../../reading/persons.js';
import { OBLIGATION_COLUMNS, type ObligationRow } from '../../reading/reading.js';
import type { LedgerStep } from '../steps.js';
import {
  eventLines,
  figuresOf,
  keptEvents,
  obligationLines,
  type PackLine,
  type PackSource,
  stepLines,
} from './contents.js';
import { LAW_FOLDERS } from './law-hash.js';
import { OrderedLines } from './ordered-lines.js';
import { README } from './readme.js';
import { pageOf, type Report } from './report.js';
import { htmlOf } from './report-html.js';
import { pdfOf } from './report-pdf.js';
import { EVENTS, MANIFEST, PACK_FORMAT, PACK_VERSION, type PackManifest, type PackScope, PERSONAL } from './scope.js';
import type { Staging } from './staging.js';

export interface PackProgress {
  readonly file: string;
  readonly lines: number;
}

export interface WriteOptions {
  /** Opens names and numbers of persons into a file of their own and into the report. */
  readonly names: boolean;
  readonly onProgress: (progress: PackProgress) => void;
  /** Asked every now and then; throws when the making is called off. What was made by then is kept. */
  readonly goOn: () => void;
}

/** Events and obligations that the readable report shows; the files have all. */
const TIMELINE_SHOWN = 300;
const OBLIGATIONS_SHOWN = 500;
const HORIZON_DAYS = 30;

const TIMELINE = 'timeline.jsonl';
/** The steps on their way into the timeline, stream by stream; no part of the pack. */
const STEPS = 'steps';

type WriteLines = (file: string, make: (mark?: string) => Iterable<PackLine>) => Promise<void>;

/**
 * Writes the files of a pack, the manifest last; what an earlier making has written already stays, and a file that was
 * broken off goes on.
 */
export async function writePack(staging: Staging, source: PackSource, options: WriteOptions): Promise<void> {
  const { names, onProgress, goOn } = options;
  const lines: WriteLines = (file, make) => {
    goOn();
    return staging.writeLines(file, make, (count) => {
      onProgress({ file, lines: count });
      goOn();
    });
  };
  await lines(EVENTS, (mark) => eventLines(source, mark));
  await writeTimeline(staging, source, lines, goOn);
  await lines('obligations.jsonl', (mark) => obligationLines(source, mark));
  if (names) await lines(PERSONAL, (mark) => personalLines(source, mark));
  if (!staging.isDone(MANIFEST)) await finish(staging, source, options);
}

/** `timeline.jsonl`: what each event made of what was known until then, in the order of recording. */
async function writeTimeline(staging: Staging, source: PackSource, lines: WriteLines, goOn: () => void): Promise<void> {
  if (!staging.isDone(TIMELINE)) {
    await lines(STEPS, (mark) => stepLines(source, mark));
    const steps = await OrderedLines.of(staging.path(STEPS), goOn);
    await lines(TIMELINE, (mark) => steps.after(mark));
  }
  staging.forget(STEPS);
}

async function finish(staging: Staging, source: PackSource, { names, goOn }: WriteOptions): Promise<void> {
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
  goOn();
  const summary = summaryOf(source, goOn);
  const page = pageOf(reportOf(staging, source, summary, names));
  staging.write('report.html', htmlOf(page));
  goOn();
  staging.write('report.pdf', await pdfOf(page, new Date(summary.knownAt ?? 0)));
  const made = staging.names.filter((name) => name !== MANIFEST);
  const files = [];
  for (const name of made) {
    goOn();
    files.push(await staging.fileOf(name));
  }
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

function reportOf(staging: Staging, source: PackSource, summary: Summary, names: boolean): Report {
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

interface Summary {
  readonly streams: number;
  readonly knownAt: string | null;
}

function summaryOf(source: PackSource, goOn: () => void): Summary {
  const streams = new Set<number>();
  let knownAt: string | null = null;
  for (const { streamNumber, recordedAt } of keptEvents(source)) {
    goOn();
    streams.add(streamNumber);
    if (knownAt === null || recordedAt > knownAt) knownAt = recordedAt;
  }
  return { streams: streams.size, knownAt };
}

/** What has accrued and what is due soon: those with a fine first, then by their last day. */
function costlyObligations({ view, scope: { employer }, streams }: PackSource) {
  const { asOf } = view;
  const ofStreams = streams === null ? '' : 'AND o.stream IN (SELECT value FROM json_each(?))';
  const ours = employer === undefined ? ofStreams : `${ofStreams} AND o.employer = ?`;
  const from = `FROM obligations o JOIN log.streams s ON s.number = o.stream
    WHERE ${view.known('o')} AND o.opens_on <= ? AND o.accrues_until > ?
      AND (o.overdue_from <= ? OR (o.due_on >= ? AND o.due_on <= ?)) ${ours}`;
  const values = [asOf, asOf, asOf, asOf, addDays(asOf, HORIZON_DAYS)];
  const all = [
    ...values,
    ...(streams === null ? [] : [JSON.stringify(streams)]),
    ...(employer === undefined ? [] : [employer]),
  ];
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

/** What was sealed in an event, opened; or why it could not be. */
export interface PersonalLine {
  readonly eventId: string;
  readonly stream: string;
  readonly person: string;
  readonly data?: EventData;
  readonly withheld?: Withheld;
}

/** `personal.jsonl`: persons who were erased are not in it, and where a key is locked or missing it says so. */
function* personalLines(source: PackSource, mark?: string): Generator<PackLine> {
  const { personalData } = source.view.parts;
  for (const kept of keptEvents({ ...source, beside: [] }, mark)) {
    const sealed = sealedIn(kept);
    if (sealed === null) continue;
    const { person } = sealed;
    const { data } = opened(personalData, sealed.event);
    const fields = Object.fromEntries(Object.entries(data).filter(([name]) => sealed.personal.includes(name)));
    const isOpen = Object.keys(fields).length > 0;
    const withheld = isOpen ? null : personalData.withheld(person);
    if (!isOpen && (withheld === null || withheld === 'erased')) continue;
    const { id: eventId, stream } = kept;
    const line: PersonalLine = { eventId, stream, person, ...(withheld === null ? { data: fields } : { withheld }) };
    yield { text: canonicalJson(line), mark: String(kept.seq) };
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
    const { person, data } = JSON.parse(text) as PersonalLine;
    const [family, given] = [textOf(data?.['familyName']), textOf(data?.['givenName'])];
    if (family !== null) names.set(person, `${family} ${given ?? ''}`.trim());
  }
  return names;
}

function titleOf({ worker, employer }: PackScope): string {
  if (worker !== undefined) return 'Audit pack of a foreign worker';
  return employer === undefined ? 'Audit pack of the whole ledger' : 'Audit pack of an employer';
}
