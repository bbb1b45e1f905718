import { readFileSync } from 'node:fs';
import { type Connection, eventsPath, type Request, send } from './connection.js';
import { type Output, table, WrongUse } from './output.js';

export interface RecordOptions {
  readonly worker?: string;
  readonly employer?: string;
  readonly on?: string;
  readonly data?: string;
  readonly file?: string;
  readonly acknowledge?: readonly string[];
  readonly reason?: string;
  readonly key?: string;
  readonly dryRun?: boolean;
}

/** `ledger record`: one event from the options, or one or an array of them from a file (`-` is the standard input). */
export async function record(
  connection: Connection,
  output: Output,
  { type, actor, ...options }: RecordOptions & { type: string | undefined; actor: string },
): Promise<void> {
  const path = streamPath(options);
  const body =
    options.file === undefined
      ? eventOf(type, options)
      : jsonOf(readFileSync(options.file === '-' ? 0 : options.file, 'utf8'), 'The file');
  const request: Request = {
    method: 'POST',
    path: options.dryRun ? `${path}?dryRun=true` : path,
    body,
    headers: {
      'ledger-actor': encodeHeader(actor),
      ...(options.key === undefined ? {} : { 'idempotency-key': options.key }),
    },
  };
  const { answer, replayed } = await send<WriteBody>(connection, request);
  if (output.json) return output.line(JSON.stringify(answer, null, 2));
  const { opened = [], closed = [] } = answer.obligations ?? {};
  if (options.dryRun) output.line('Nothing was written. This would follow:');
  else
    output.line(
      `${replayed ? 'Recorded before' : 'Recorded'}: ${answer.events.map(({ id }) => id).join(', ')} at position ${answer.position}.`,
    );
  for (const [title, list] of [
    ['Opened', opened],
    ['Closed', closed],
  ] as const) {
    if (list.length === 0) continue;
    output.line(`\n${title}:`);
    output.line(
      table(list, [
        { heading: 'rule', cell: (row) => row.rule },
        { heading: 'due', cell: (row) => row.dueOn },
        { heading: 'safe by', cell: (row) => row.safeBy },
        { heading: 'met', cell: (row) => row.metOn },
      ]),
    );
  }
}

interface ShownObligation {
  readonly rule: string;
  readonly dueOn: string | null;
  readonly safeBy: string | null;
  readonly metOn: string | null;
}

interface WriteBody {
  readonly events: readonly { readonly id: string }[];
  readonly position: string;
  readonly obligations?: { readonly opened?: readonly ShownObligation[]; readonly closed?: readonly ShownObligation[] };
}

function streamPath({ worker, employer }: RecordOptions): string {
  if ((worker === undefined) === (employer === undefined)) {
    throw new WrongUse('Say whose event it is: --worker <uuid> or --employer <bin>, one of the two.');
  }
  return worker === undefined ? eventsPath('employer', employer ?? '') : eventsPath('worker', worker);
}

function eventOf(type: string | undefined, { on, data, acknowledge, reason }: RecordOptions): unknown {
  if (type === undefined || on === undefined)
    throw new WrongUse('Give the type and --on <day>, or --file <event.json>.');
  return {
    type,
    occurredOn: on,
    data: data === undefined ? {} : jsonOf(data, '--data'),
    ...(acknowledge === undefined ? {} : { acknowledge }),
    ...(reason === undefined ? {} : { reason }),
  };
}

function jsonOf(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new WrongUse(`${what} is not valid JSON: ${error instanceof Error ? error.message : String(error)}.`);
  }
}

/** Headers carry bytes; names are sent as UTF-8. */
export function encodeHeader(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}
