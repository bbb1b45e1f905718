import { NO_COST, type Standing, type StepObligation } from '../audit/replay.js';
import type { LedgerStep } from '../audit/steps.js';
import type { Config } from '../config.js';
import { isUuid } from '../domain/fields.js';
import { checkEmployerNumber } from '../domain/identifiers.js';
import { jsonLines, withService } from './audit-service.js';
import { columns, grouped, type Output, Refused, WrongUse, wrapped } from './output.js';

export interface ReplayOptions {
  readonly all?: boolean;
  readonly until?: string;
  readonly knownAt?: string;
  readonly law?: string;
}

interface End {
  readonly end: true;
  readonly steps: number;
  readonly position: string;
  readonly ruleBook: string;
}

/** `ledger replay <worker|employer|--all>`: one block a step on the terminal, one JSON object a line with `--json`. */
export async function replay(
  config: Config,
  output: Output,
  whom: string | undefined,
  options: ReplayOptions,
): Promise<void> {
  const { all, ...filters } = options;
  if ((whom === undefined) === (all !== true)) {
    throw new WrongUse('Say what to replay: a worker (UUID), an employer (BIN), or --all for everything.');
  }
  const path = whom === undefined ? 'audit' : pathOf(whom);
  const looks = { withStream: whom === undefined || path.startsWith('employers'), width: columns() };
  await withService(config, async (service) => {
    const query = new URLSearchParams(Object.entries(filters));
    const answer = await service.get(`/v1/${path}/replay?${query}`, 'application/x-ndjson');
    let end: End | null = null;
    for await (const line of jsonLines(answer) as AsyncGenerator<LedgerStep | End>) {
      if ('end' in line) end = line;
      else if (output.json) output.line(JSON.stringify(line));
      else for (const text of told(line, looks)) output.line(text);
    }
    if (end === null) throw new Refused('The replay broke off before its end: ask for it again.');
    if (output.json) return;
    output.remark(
      `\n${grouped(end.steps)} ${end.steps === 1 ? 'step' : 'steps'}; position ${end.position}, rule book ${end.ruleBook.slice(0, 12)}.`,
    );
  });
}

function pathOf(whom: string): string {
  if (isUuid(whom)) return `workers/${whom}`;
  if (!/^\d{12}$/.test(whom)) {
    throw new WrongUse(
      `${JSON.stringify(whom.slice(0, 60))} is neither the UUID of a worker nor the 12-digit number (BIN or IIN) of an employer: copy it again.`,
    );
  }
  const { problem } = checkEmployerNumber(whom);
  if (problem !== null) throw new WrongUse(`The number of the employer ${problem}: copy the BIN (or IIN) again.`);
  return `employers/${whom}`;
}

/** What belongs to a step stands under its heading. */
const INDENT = ' '.repeat(12);

/** A step as lines for the eye, and an empty one. */
export function told(step: LedgerStep, { withStream, width }: { withStream: boolean; width: number }): string[] {
  if ('unreadable' in step) return [...wrapped(`${step.event.recordedAt}  ${step.unreadable}`, width, INDENT), ''];
  const { asOf, before, after, opened, closed, changed, exposure, event } = step;
  const remark = event.amends !== null ? `  (about ${event.amends})` : event.late ? '  (recorded late)' : '';
  const whose = withStream ? `  ${step.stream}` : '';
  const elsewhere = step.stream === event.stream ? '' : `  (recorded in ${event.stream})`;
  const lines = [...wrapped(`${asOf}  ${event.type}${remark}${whose}${elsewhere}`, width, INDENT)];
  const line = (text: string) => lines.push(...wrapped(`${INDENT}${text}`, width, `${INDENT}  `));
  line(`recorded ${event.recordedAt} by ${event.recordedBy}${event.reason === null ? '' : `: ${event.reason}`}`);
  const [was, is] = [standing(before), standing(after)];
  line(was === is ? is : `${was}  ->  ${is}`);
  for (const obligation of opened) line(`+ ${named(obligation)}, ${due(obligation)}`);
  for (const obligation of closed) line(`- ${named(obligation)}, ${ended(obligation) ?? due(obligation)}`);
  for (const obligation of changed) line(`~ ${named(obligation)}, ${ended(obligation) ?? due(obligation)}`);
  const { accrued, atRisk, imposed } = exposure ?? NO_COST;
  if (accrued.obligations + atRisk.obligations > 0) {
    line(
      `accrued ${sum(accrued.tengeMin, accrued.tengeMax)} (${accrued.obligations}), at risk ${sum(atRisk.tengeMin, atRisk.tengeMax)} (${atRisk.obligations})`,
    );
  }
  if (imposed.penalties > 0) {
    line(
      `imposed ${sum(imposed.tenge, imposed.tenge)} (${imposed.penalties}), paid ${grouped(imposed.paidTenge)} tenge`,
    );
  }
  lines.push('');
  return lines;
}

function named({ rule, subject }: StepObligation): string {
  return subject === 'worker' ? rule : `${rule} (${subject})`;
}

function due({ dueOn }: StepObligation): string {
  return dueOn === null ? 'last day not known' : `due ${dueOn}`;
}

/** How an obligation came to its end; null while it goes on. */
function ended({ metOn, voidOn, voidReason }: StepObligation): string | null {
  if (metOn !== null) return `met on ${metOn}`;
  if (voidOn === null) return null;
  return `void from ${voidOn}${voidReason === null ? '' : ` (${voidReason})`}`;
}

function standing(at: Standing | null): string {
  if (at === null) return 'nobody registered';
  if (at.kind === 'law') return `rule book ${at.ruleBook.slice(0, 12)}`;
  if (at.kind === 'employer') return `size ${at.size}`;
  const may =
    at.mayWork === 'not-known' ? 'right to work not known' : at.mayWork === 'yes' ? 'may work' : 'may not work';
  return `${at.status}${at.region === null ? '' : ` in ${at.region}`}, ${may}`;
}

function sum(min: number | null, max: number | null): string {
  if (min === null || max === null) return 'not known';
  return `${min === max ? grouped(min) : `${grouped(min)} ... ${grouped(max)}`} tenge`;
}
