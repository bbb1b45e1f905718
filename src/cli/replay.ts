import { NO_COST, type Standing } from '../audit/replay.js';
import type { LedgerStep } from '../audit/steps.js';
import type { Config } from '../config.js';
import { jsonLines, withService } from './audit-service.js';
import { grouped, type Output, Refused, WrongUse } from './output.js';

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
  const path =
    whom === undefined ? 'audit' : /^\d{12}$/.test(whom) ? `employers/${whom}` : `workers/${encodeURIComponent(whom)}`;
  await withService(config, async (service) => {
    const query = new URLSearchParams(Object.entries(filters));
    const answer = await service.get(`/v1/${path}/replay?${query}`, 'application/x-ndjson');
    let end: End | null = null;
    for await (const line of jsonLines(answer) as AsyncGenerator<LedgerStep | End>) {
      if ('end' in line) end = line;
      else if (output.json) output.line(JSON.stringify(line));
      else for (const text of told(line, whom === undefined || path.startsWith('employers'))) output.line(text);
    }
    if (end === null) throw new Refused('The replay broke off before its end: ask for it again.');
    if (output.json) return;
    output.remark(
      `\n${grouped(end.steps)} ${end.steps === 1 ? 'step' : 'steps'}; position ${end.position}, rule book ${end.ruleBook.slice(0, 12)}.`,
    );
  });
}

function told(step: LedgerStep, withStream: boolean): string[] {
  const { event } = step;
  if ('unreadable' in step) return [`${event.recordedAt}  ${event.type}  cannot be read: ${step.unreadable}`, ''];
  const { asOf, before, after, opened, closed, changed, exposure, event: told } = step;
  const remark = told.amends !== null ? `  (about ${told.amends})` : told.late ? '  (recorded late)' : '';
  const elsewhere = step.stream === told.stream ? '' : `  (recorded in ${told.stream})`;
  const lines = [`${asOf}  ${told.type}${remark}${withStream ? `  ${step.stream}` : ''}${elsewhere}`];
  const line = (text: string) => lines.push(`            ${text}`);
  line(`recorded ${told.recordedAt} by ${told.recordedBy}${told.reason === null ? '' : `: ${told.reason}`}`);
  const [was, is] = [standing(before), standing(after)];
  line(was === is ? is : `${was}  ->  ${is}`);
  for (const { rule, dueOn, subject } of opened)
    line(`+ ${rule}${about(subject)}, ${dueOn === null ? 'last day not known' : `due ${dueOn}`}`);
  for (const { rule, metOn, voidOn, voidReason, subject } of closed) {
    line(
      `- ${rule}${about(subject)}, ${metOn === null ? `void from ${voidOn}${voidReason === null ? '' : ` (${voidReason})`}` : `met on ${metOn}`}`,
    );
  }
  for (const { rule, dueOn, metOn, subject } of changed) {
    line(
      `~ ${rule}${about(subject)}, ${metOn !== null ? `met on ${metOn}` : dueOn === null ? 'last day not known' : `due ${dueOn}`}`,
    );
  }
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

function standing(at: Standing | null): string {
  if (at === null) return 'nobody registered';
  if (at.kind === 'law') return `rule book ${at.ruleBook.slice(0, 12)}`;
  if (at.kind === 'employer') return `size ${at.size}`;
  const may =
    at.mayWork === 'not-known' ? 'right to work not known' : at.mayWork === 'yes' ? 'may work' : 'may not work';
  return `${at.status}${at.region === null ? '' : ` in ${at.region}`}, ${may}`;
}

function about(subject: string): string {
  return subject === 'worker' ? '' : ` (${subject})`;
}

function sum(min: number | null, max: number | null): string {
  if (min === null || max === null) return 'not known';
  return `${min === max ? grouped(min) : `${grouped(min)} ... ${grouped(max)}`} tenge`;
}
