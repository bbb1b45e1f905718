import { eventTypeOf, eventTypes } from '../domain/catalogue.js';
import { type Day, isDay } from '../domain/dates.js';
import type { EventData, EventType, StreamKind } from '../domain/event-type.js';
import { ERASED } from '../domain/events/erasure.js';
import { ADOPTED } from '../domain/events/law.js';
import { text } from '../domain/fields.js';
import { hiddenIn } from '../domain/hidden.js';
import { isAmendment } from '../domain/history.js';
import { checkEmployerNumber, checkIin } from '../domain/identifiers.js';
import { type FieldProblem, invalid } from '../domain/refusal.js';
import type { EventInput } from './command.js';
import type { LawLookups } from './law-lookups.js';

/** An event whose fields are right by themselves; whether it is possible is for the decider. */
export interface ParsedEvent {
  readonly type: EventType;
  readonly occurredOn: Day;
  readonly data: EventData;
  readonly acknowledge: readonly string[];
  readonly reason: string | undefined;
}

/** What events are read against. */
export interface ParseContext {
  readonly kind: StreamKind;
  readonly today: Day;
  /** Whether a day in the future is allowed: only when nothing is written. */
  readonly future: boolean;
  readonly law: Pick<LawLookups, 'problemOf'>;
}

export interface Parsed<T> {
  readonly value: T;
  readonly warnings: readonly FieldProblem[];
}

const reasonSchema = text('Why.', 500);
const MOST_ERRORS = 50;
const LONGEST_ECHO = 60;

/**
 * Reads events as a caller gives them.
 * @param inArray whether places are named with the number of the event (`[0].data.region`) or without (`data.region`)
 * @throws Refusal 400 with a place and a sentence for each wrong field; personal values are never repeated
 */
export function parseEvents(
  inputs: readonly EventInput[],
  inArray: boolean,
  context: ParseContext,
): Parsed<readonly ParsedEvent[]> {
  if (inputs.length === 0) throw invalid([{ path: '', message: 'There is no event: send at least one.' }]);
  const errors: FieldProblem[] = [];
  const warnings: FieldProblem[] = [];
  const events: ParsedEvent[] = [];
  for (const [index, input] of inputs.entries()) {
    const prefix = inArray ? `[${index}].` : '';
    const type = typeOf(input.type, prefix, context.kind, errors);
    const dayIsRight = parseDay(input.occurredOn, `${prefix}occurredOn`, context, errors);
    const acknowledge = input.acknowledge ?? [];
    const reason = parseReason(input.reason, acknowledge, prefix, errors);
    if (type === undefined) continue;
    const occurredOn = dayIsRight ? input.occurredOn : null;
    const data = parseData(type, input.data, {
      occurredOn,
      prefix: `${prefix}data`,
      law: context.law,
      errors,
      warnings,
    });
    if (data !== undefined && occurredOn !== null) events.push({ type, occurredOn, data, acknowledge, reason });
  }
  if (errors.length > 0) throw invalid(errors.slice(0, MOST_ERRORS));
  return { value: events, warnings };
}

/**
 * Reads the data that replaces an event's in a correction, and the reason.
 * @throws Refusal 400
 */
export function parseCorrection(
  type: EventType,
  given: { readonly occurredOn?: string | undefined; readonly data?: unknown; readonly reason: string },
  standsOn: Day,
  context: ParseContext,
): Parsed<{ readonly data: EventData | undefined; readonly reason: string }> {
  const errors: FieldProblem[] = [];
  const warnings: FieldProblem[] = [];
  const occurredOn = given.occurredOn ?? standsOn;
  const dayIsRight = given.occurredOn === undefined || parseDay(given.occurredOn, 'occurredOn', context, errors);
  if (given.occurredOn === undefined && given.data === undefined) {
    errors.push({ path: 'data', message: 'is missing, and so is occurredOn: say what is to be corrected' });
  }
  const reason = parseReason(given.reason, ['x'], '', errors) ?? '';
  const data =
    given.data === undefined
      ? undefined
      : parseData(type, given.data, {
          occurredOn: dayIsRight ? occurredOn : null,
          prefix: 'data',
          law: context.law,
          errors,
          warnings,
        });
  if (errors.length > 0) throw invalid(errors.slice(0, MOST_ERRORS));
  return { value: { data, reason }, warnings };
}

/** @throws Refusal 400 when an amendment comes without a reason */
export function parseAmendmentReason(reason: string): string {
  const errors: FieldProblem[] = [];
  const parsed = parseReason(reason, ['x'], '', errors);
  if (parsed === undefined || errors.length > 0) throw invalid(errors);
  return parsed;
}

function typeOf(name: unknown, prefix: string, kind: StreamKind, errors: FieldProblem[]): EventType | undefined {
  const path = `${prefix}type`;
  const type = typeof name === 'string' ? eventTypeOf(name) : undefined;
  if (type === undefined) {
    errors.push({ path, message: `${echo(name)} is no event type${nearest(name, kind)}: see /v1/event-types` });
    return undefined;
  }
  if (type.type === ERASED) {
    errors.push({ path, message: `${ERASED} is not recorded directly: send POST /v1/workers/{workerId}/erasure` });
    return undefined;
  }
  if (isAmendment(type.type)) {
    const way = type.type === 'EventCorrected' ? 'correction' : 'retraction';
    errors.push({ path, message: `${type.type} is not recorded directly: send POST .../events/{eventId}/${way}` });
    return undefined;
  }
  if (type.type === ADOPTED) {
    errors.push({
      path,
      message: `${ADOPTED} is not recorded directly: start the ledger with the law that is to count`,
    });
    return undefined;
  }
  if (type.stream === kind) return type;
  const address = type.stream === 'worker' ? '/v1/workers/{workerId}/events' : '/v1/employers/{bin}/events';
  errors.push({
    path,
    message: `${type.type} is an event of ${type.stream === 'worker' ? 'a worker' : 'an employer'}: send it to ${address}`,
  });
  return undefined;
}

function nearest(name: unknown, kind: StreamKind): string {
  if (typeof name !== 'string') return '';
  const plain = name.toLowerCase().replace(/[^a-z]/g, '');
  const names = [...eventTypes.values()].filter(({ stream }) => stream === kind).map(({ type }) => type);
  const found =
    names.find((each) => each.toLowerCase() === plain) ??
    names.find(
      (each) => plain.length >= 5 && (each.toLowerCase().includes(plain) || plain.includes(each.toLowerCase())),
    );
  return found === undefined ? '' : ` (did you mean ${found}?)`;
}

function parseDay(value: unknown, path: string, context: ParseContext, errors: FieldProblem[]): boolean {
  if (typeof value !== 'string' || !isDay(value)) {
    errors.push({
      path,
      message:
        value === undefined
          ? 'is missing: give the day in Kazakhstan on which it happened, such as 2026-11-20'
          : `${echo(value)} is not a date that exists between 1900 and 2199: write YYYY-MM-DD, such as 2026-11-20`,
    });
    return false;
  }
  if (context.future || value <= context.today) return true;
  errors.push({
    path,
    message: `${value} lies in the future (today is ${context.today} in Kazakhstan): record it when it has happened, or try it out with dryRun=true`,
  });
  return false;
}

function parseReason(
  reason: unknown,
  acknowledge: readonly string[],
  prefix: string,
  errors: FieldProblem[],
): string | undefined {
  const path = `${prefix}reason`;
  if (reason === undefined) {
    if (acknowledge.length > 0) errors.push({ path, message: 'is missing: say why, in one sentence' });
    return undefined;
  }
  const parsed = reasonSchema.safeParse(reason);
  const problem = parsed.success ? hiddenIn(parsed.data) : (parsed.error.issues[0]?.message ?? 'is not a text');
  if (problem === null) return parsed.data;
  errors.push({ path, message: problem });
  return undefined;
}

interface DataContext {
  /** Null where the day itself is wrong: what depends on it is not checked then. */
  readonly occurredOn: Day | null;
  readonly prefix: string;
  readonly law: ParseContext['law'];
  readonly errors: FieldProblem[];
  readonly warnings: FieldProblem[];
}

function parseData(type: EventType, given: unknown, context: DataContext): EventData | undefined {
  const { prefix, errors } = context;
  const parsed = type.data.safeParse(given ?? {});
  if (!parsed.success) {
    errors.push(...parsed.error.issues.flatMap((issue) => explained(issue, type, given, prefix)));
    return undefined;
  }
  const data: EventData = parsed.data;
  const before = errors.length;
  errors.push(...hiddenCharacters(data, prefix));
  for (const { name, list } of listedFields(type)) {
    const value = data[name];
    if (typeof value !== 'string') continue;
    const problem = context.law.problemOf(list, value);
    if (problem !== null) errors.push({ path: `${prefix}.${name}`, message: `${echo(value)} ${problem}` });
  }
  if (context.occurredOn !== null && type.check !== undefined) {
    for (const { field, message } of type.check(data, context.occurredOn))
      errors.push({ path: `${prefix}.${field}`, message });
  }
  warn(data, context);
  return errors.length > before ? undefined : data;
}

/**
 * Texts that read otherwise than they are. Asked here and not by the schemas of the fields, for those also read what was
 * recorded before, and an event that stands must not become unreadable.
 */
function hiddenCharacters(value: unknown, path: string): readonly FieldProblem[] {
  if (typeof value === 'string') {
    const problem = hiddenIn(value);
    return problem === null ? [] : [{ path, message: problem }];
  }
  if (Array.isArray(value)) return value.flatMap((each, index) => hiddenCharacters(each, `${path}[${index}]`));
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([name, each]) => hiddenCharacters(each, `${path}.${name}`));
}

function explained(issue: Issue, type: EventType, given: unknown, prefix: string): readonly FieldProblem[] {
  const path = [prefix, ...issue.path.map(String)].join('.').replace(/\.(\d+)(?=\.|$)/g, '[$1]');
  if (issue.code === 'unrecognized_keys') {
    const fields = Object.keys(type.data.shape).join(', ');
    return (issue.keys ?? []).map((key) => ({
      path: `${path}.${key.slice(0, LONGEST_ECHO)}`,
      message: `is no field of ${type.type}: leave it out or mend its name (the fields are ${fields === '' ? 'none' : fields})`,
    }));
  }
  const [field] = issue.path;
  if (field === undefined) return [{ path, message: 'must be an object with the fields of the event type' }];
  const value = issue.path.reduce<unknown>((at, key) => (isRecord(at) ? at[String(key)] : undefined), given);
  const isPersonal = type.personal.includes(String(field));
  const shown = isPersonal || value === undefined || typeof value === 'object' ? '' : `${echo(value)} `;
  return [{ path, message: `${shown}${issue.message}` }];
}

type Issue = {
  readonly code: string;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly keys?: readonly string[];
};

interface ListedField {
  readonly name: string;
  readonly list: 'region' | 'country';
}

const listed = new Map<string, readonly ListedField[]>();

/** The fields of a type whose values must stand in a list of the law: regions and countries. */
function listedFields(type: EventType): readonly ListedField[] {
  const known = listed.get(type.type);
  if (known !== undefined) return known;
  const fields = Object.entries(type.data.shape).flatMap(([name, schema]): ListedField[] => {
    const list = listOf(schema);
    return list === undefined ? [] : [{ name, list }];
  });
  listed.set(type.type, fields);
  return fields;
}

function listOf(schema: unknown): ListedField['list'] | undefined {
  const field = schema as { meta?: () => Record<string, unknown> | undefined; unwrap?: () => unknown };
  const list = field.meta?.()?.['list'];
  if (list === 'region' || list === 'country') return list;
  return typeof field.unwrap === 'function' ? listOf(field.unwrap()) : undefined;
}

/** What is odd about numbers of the state, without refusing them and without repeating them. */
function warn(data: EventData, { prefix, warnings }: DataContext): void {
  const { employerBin, iin, birthDate } = data;
  if (typeof employerBin === 'string') {
    for (const message of checkEmployerNumber(employerBin).warnings)
      warnings.push({ path: `${prefix}.employerBin`, message });
  }
  if (typeof iin === 'string') {
    for (const message of checkIin(iin).warnings) warnings.push({ path: `${prefix}.iin`, message });
    if (typeof birthDate === 'string' && birthDate.slice(2).replaceAll('-', '') !== iin.slice(0, 6)) {
      warnings.push({ path: `${prefix}.iin`, message: 'begins with another date than birthDate: check both' });
    }
  }
}

function echo(value: unknown): string {
  if (typeof value === 'string') {
    return JSON.stringify(value.length > LONGEST_ECHO ? `${value.slice(0, LONGEST_ECHO)}...` : value);
  }
  if (value === undefined) return 'nothing';
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : 'this';
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
