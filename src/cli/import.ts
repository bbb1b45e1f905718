import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { SingleBar } from 'cli-progress';
import { v5 as uuidV5 } from 'uuid';
import { z } from 'zod';
import { type Connection, eventsPath } from './connection.js';
import { type Output, Refused, WrongUse } from './output.js';
import { encodeHeader } from './record.js';

/** One line of the file: whose event it is, and the event as it is posted. */
const lineSchema = z
  .strictObject({
    worker: z.string().optional(),
    employer: z.string().optional(),
    /** The command id; made of the line's content where it is left out. */
    commandId: z.uuid().optional(),
    type: z.string(),
    occurredOn: z.string(),
    data: z.record(z.string(), z.unknown()),
    acknowledge: z.array(z.string()).optional(),
    reason: z.string().optional(),
  })
  .refine((line) => (line.worker === undefined) !== (line.employer === undefined), {
    error: 'name either worker or employer',
  });

export type ImportLine = z.infer<typeof lineSchema>;

/** What became of a file. */
export interface ImportReport {
  recorded: number;
  /** Lines that were in the ledger already, from an earlier import of the same content. */
  repeated: number;
  failed: { line: number; message: string }[];
  /** Lines of a rehearsal behind the first 500 of their stream. */
  untried: number;
}

/** How many streams are worked on at the same time. */
const IN_FLIGHT = 64;
/** Events that one request takes. */
const MOST_TOGETHER = 500;
/** Lines that may wait in memory. */
const WAITING = 2000;
const NAMESPACE = '0b9d4b1c-8a55-4c51-8a7e-6a4d5b7b2f60';

/**
 * `ledger import`: records a file of JSON lines. Lines of one stream are recorded in the order of the file, streams beside
 * each other; an employer's line waits for everything before it and is waited for. A line's command id comes from its
 * content (and from how often the same content stood above it), so the same file again records nothing twice.
 */
export async function importFile(
  connection: Connection,
  output: Output,
  { file, dryRun, ...options }: ImportOptions & { file: string; dryRun: boolean },
): Promise<void> {
  const size = (await stat(file).catch(() => null))?.size;
  if (size === undefined) throw new WrongUse(`There is no file ${file}.`);
  const stream = createReadStream(file);
  const bar = new SingleBar({
    format: '{bar} {percentage}% | {recorded} lines | {failed} refused',
    noTTYOutput: false,
  });
  if (process.stderr.isTTY) bar.start(size, 0, { recorded: 0, failed: 0 });
  const report = await (dryRun ? rehearse : importLines)(
    connection,
    createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }),
    {
      ...options,
      progress: (soFar) => bar.update(stream.bytesRead, { recorded: soFar.recorded, failed: soFar.failed.length }),
    },
  );
  bar.stop();
  tell(report, output, dryRun);
}

interface ImportOptions {
  readonly actor: string;
  /** Makes a ledger that is thrown away, for a rehearsal. */
  readonly scratch?: () => Promise<Connection>;
  readonly progress?: (report: ImportReport) => void;
}

/** Records lines as they come. Refused lines are reported and skipped; a store that is away ends the import. */
export async function importLines(
  connection: Connection,
  lines: AsyncIterable<string>,
  { actor, progress }: ImportOptions,
): Promise<ImportReport> {
  const report: ImportReport = { recorded: 0, repeated: 0, failed: [], untried: 0 };
  const chains = new Map<string, Promise<void>>();
  const seen = new Map<string, number>();
  let waiting = 0;
  let gone: Error | null = null;
  const slots = new Slots(IN_FLIGHT);

  const take = async (number: number, line: ImportLine, commandId: string) => {
    await slots.take();
    try {
      if (gone !== null) return;
      const answer = await post(connection, line, actor, commandId);
      if (answer.status === 503)
        throw new Refused(
          `The store is away: stopped at line ${number}. Run the same import again later; nothing is recorded twice.`,
        );
      if (answer.status >= 300) report.failed.push({ line: number, message: messageOf(answer.body) });
      else if (answer.replayed) report.repeated++;
      else report.recorded++;
      progress?.(report);
    } catch (error) {
      gone ??= error instanceof Error ? error : new Error(String(error));
    } finally {
      waiting--;
      slots.give();
    }
  };

  let number = 0;
  for await (const text of lines) {
    number++;
    if (gone !== null) break;
    const line = parsed(text, number, report);
    if (line === null) continue;
    const content = JSON.stringify(line);
    const contentId = uuidV5(content, NAMESPACE);
    const repeat = seen.get(contentId) ?? 0;
    seen.set(contentId, repeat + 1);
    const commandId = line.commandId ?? (repeat === 0 ? contentId : uuidV5(`${contentId}:${repeat}`, NAMESPACE));
    const stream = line.worker ?? line.employer ?? '';
    waiting++;
    const current = number;
    if (line.employer !== undefined) {
      await Promise.all(chains.values());
      chains.clear();
      await take(current, line, commandId);
      continue;
    }
    const chain = (chains.get(stream) ?? Promise.resolve()).then(() => take(current, line, commandId));
    chains.set(stream, chain);
    void chain.then(() => chains.get(stream) === chain && chains.delete(stream));
    if (waiting >= WAITING) await Promise.race(chains.values());
  }
  await Promise.all(chains.values());
  if (gone !== null) throw gone;
  report.failed.sort((a, b) => a.line - b.line);
  return report;
}

interface NumberedLine {
  readonly line: ImportLine;
  readonly number: number;
}

/**
 * Tries a file without writing: each stream's lines together as one dry run, so that later lines see earlier ones. Workers
 * of employers that only the file registers are tried in a ledger that is thrown away, where those employers are recorded.
 */
async function rehearse(
  connection: Connection,
  lines: AsyncIterable<string>,
  { actor, progress, scratch }: ImportOptions,
): Promise<ImportReport> {
  const report: ImportReport = { recorded: 0, repeated: 0, failed: [], untried: 0 };
  const streams = new Map<string, NumberedLine[]>();
  let number = 0;
  for await (const text of lines) {
    number++;
    const line = parsed(text, number, report);
    if (line === null) continue;
    const { path } = requestOf(line);
    streams.set(path, [...(streams.get(path) ?? []), { line, number }]);
  }
  let thrownAway: Connection | null = null;
  try {
    const newEmployers = new Set<string>();
    for (const [path, entries] of [...streams].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const employer = employerOf(entries);
      const at = employer !== null && newEmployers.has(employer) ? thrownAway : null;
      const right = await rehearseStream(at ?? connection, { path, entries, actor, report });
      const registration = right.find(({ line }) => line.type === 'EmployerRegistered');
      if (registration?.line.employer !== undefined && scratch !== undefined) {
        thrownAway ??= await scratch();
        newEmployers.add(registration.line.employer);
        for (const { line } of right) await post(thrownAway, line, actor, '');
      }
      progress?.(report);
    }
  } finally {
    await thrownAway?.close();
  }
  report.failed.sort((a, b) => a.line - b.line);
  return report;
}

/** Tries the lines of one stream; what is refused is left out and the rest tried again, as the import itself would go on. */
async function rehearseStream(
  connection: Connection,
  {
    path,
    entries,
    actor,
    report,
  }: { path: string; entries: readonly NumberedLine[]; actor: string; report: ImportReport },
): Promise<readonly NumberedLine[]> {
  let rest = entries.slice(0, MOST_TOGETHER);
  report.untried += entries.length - rest.length;
  while (rest.length > 0) {
    const answer = await connection.send({
      method: 'POST',
      path: `${path}?dryRun=true`,
      body: rest.map(({ line }) => requestOf(line).body),
      headers: { 'ledger-actor': encodeHeader(actor) },
    });
    if (answer.status < 300) break;
    const wrong = wrongElements(answer.body);
    for (const [index, message] of wrong) report.failed.push({ line: rest[index]?.number ?? 0, message });
    rest = rest.filter((_, index) => !wrong.has(index));
  }
  report.recorded += rest.length;
  return rest;
}

/** The employer that a worker's lines name, in the registration. */
function employerOf(entries: readonly NumberedLine[]): string | null {
  const bin = entries.find(({ line }) => line.type === 'WorkerRegistered')?.line.data['employerBin'];
  return typeof bin === 'string' ? bin : null;
}

/** The elements of an array that a problem is about, with what is said of each: `[3].data.region` → 3. */
function wrongElements(body: unknown): ReadonlyMap<number, string> {
  const { errors = [], code } = (body ?? {}) as { errors?: { path: string; message: string }[]; code?: unknown };
  const wrong = new Map<number, string>();
  for (const { path, message } of errors) {
    const [, index, place] = /^\[(\d+)\]\.?(.*)$/.exec(path) ?? [];
    if (index === undefined) continue;
    const said = place === '' || place === undefined ? message : `${place}: ${message}`;
    const before = wrong.get(Number(index));
    wrong.set(Number(index), before === undefined ? `${said} [${String(code)}]` : `${said}; ${before}`);
  }
  return wrong.size > 0 ? wrong : new Map([[0, messageOf(body)]]);
}

function post(connection: Connection, line: ImportLine, actor: string, commandId: string) {
  const { body, path } = requestOf(line);
  const key: Record<string, string> = commandId === '' ? {} : { 'idempotency-key': commandId };
  return connection.send({ method: 'POST', path, body, headers: { ...key, 'ledger-actor': encodeHeader(actor) } });
}

function parsed(text: string, number: number, report: ImportReport): ImportLine | null {
  if (text.trim() === '') return null;
  let value: unknown;
  try {
    value = JSON.parse(number === 1 ? text.replace(/^\uFEFF/, '') : text);
  } catch {
    report.failed.push({ line: number, message: 'is not valid JSON' });
    return null;
  }
  const line = lineSchema.safeParse(value);
  if (line.success) return line.data;
  const message = line.error.issues
    .map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`))
    .join('; ');
  report.failed.push({ line: number, message });
  return null;
}

function requestOf({ worker, employer, commandId: _id, ...body }: ImportLine): { path: string; body: unknown } {
  return { path: worker === undefined ? eventsPath('employer', employer ?? '') : eventsPath('worker', worker), body };
}

function messageOf(body: unknown): string {
  const { detail, code } = (body ?? {}) as { detail?: unknown; code?: unknown };
  return `${typeof detail === 'string' ? detail : 'refused'}${typeof code === 'string' ? ` [${code}]` : ''}`;
}

function tell(report: ImportReport, output: Output, dryRun: boolean): void {
  if (output.json) output.line(JSON.stringify(report, null, 2));
  else {
    for (const { line, message } of report.failed) output.line(`line ${line}: ${message}`);
    const verb = dryRun ? 'would be recorded' : 'recorded';
    output.line(`${report.recorded} ${verb}, ${report.repeated} already there, ${report.failed.length} refused.`);
  }
  if (report.untried > 0)
    output.remark(`${report.untried} lines were not tried: only the first ${MOST_TOGETHER} of a stream are.`);
  if (report.failed.length > 0)
    throw new Refused(
      `${report.failed.length} lines were refused; the others stand. Mend them and import the file again.`,
    );
}

/** Lets so many through at a time. */
class Slots {
  readonly #queue: (() => void)[] = [];
  #free: number;

  constructor(size: number) {
    this.#free = size;
  }

  take(): Promise<void> {
    if (this.#free > 0) {
      this.#free--;
      return Promise.resolve();
    }
    return new Promise((resolve) => this.#queue.push(resolve));
  }

  give(): void {
    const next = this.#queue.shift();
    if (next === undefined) this.#free++;
    else next();
  }
}
