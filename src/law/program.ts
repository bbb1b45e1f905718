import type { EpochDay } from '../domain/dates.js';
import type { StreamKind } from '../domain/event-type.js';
import { compileCondition, type Holds } from './condition.js';
import { dayNumber } from './days.js';
import { compileMoment, type MomentOf } from './deadline.js';
import type { CloserSpec, Deadline, OpenerSpec, RuleVersion } from './schema.js';

/** One version of a rule in the reading that is applied, turned into functions once. */
export interface CompiledVersion {
  readonly rule: string;
  readonly reading: string;
  readonly spec: RuleVersion;
  readonly from: EpochDay;
  readonly until: EpochDay;
  readonly openers: ReadonlyMap<string, readonly Opener[]>;
  readonly closers: ReadonlyMap<string, readonly Closer[]>;
}

export interface Opener {
  readonly spec: OpenerSpec;
  readonly holds: Holds;
  readonly subject: Template;
  readonly opensOn: MomentOf | null;
  readonly dueOn: MomentOf;
  readonly safeBy: Deadline['safeBy'];
}

export interface Closer {
  readonly spec: CloserSpec;
  readonly holds: Holds;
  readonly onDay: MomentOf | null;
  readonly starts: MomentOf | null;
  readonly outlasts: MomentOf | null;
  readonly outlastsTerm: MomentOf | null;
  /** The subject that the event must be about, where the closer names one. */
  readonly subject: Template | null;
}

/** A subject such as `permit:{number}`, filled in from an event's data. */
export interface Template {
  readonly text: string;
  /** Whether it is the same for every event. */
  readonly isConstant: boolean;
  readonly fill: (data: Readonly<Record<string, unknown>>) => string;
}

/** A rule with its versions, ready to run. */
export interface CompiledRule {
  readonly id: string;
  readonly index: number;
  readonly stream: StreamKind;
  /** Newest first: most events are recent. */
  readonly versions: readonly CompiledVersion[];
}

/** What an event of one type may open and close. */
export interface Plan {
  readonly opening: readonly CompiledRule[];
  readonly closing: readonly CompiledRule[];
}

export interface Program {
  readonly rules: readonly CompiledRule[];
  readonly plans: Readonly<Record<StreamKind, ReadonlyMap<string, Plan>>>;
}

export interface VersionInReading {
  readonly rule: string;
  readonly reading: string;
  readonly version: RuleVersion;
}

/** Indexes compiled rules by the event types they care about. */
export function linkProgram(rules: readonly CompiledRule[]): Program {
  return { rules, plans: { worker: plansOf(rules, 'worker'), employer: plansOf(rules, 'employer') } };
}

/** Turns one version into functions. Throws an Error whose message names the wrong word and the known ones. */
export function compileVersion({ rule, reading, version }: VersionInReading): CompiledVersion {
  const from = dayNumber(version.validFrom);
  const until = version.validTo === undefined ? Number.POSITIVE_INFINITY : dayNumber(version.validTo);
  return {
    rule,
    reading,
    spec: version,
    from,
    until,
    openers: groupedByEvent(version.opens.map((spec) => compileOpener(spec, version.deadline))),
    closers: groupedByEvent(version.closes.map(compileCloser)),
  };
}

function compileOpener(spec: OpenerSpec, shared: Deadline): Opener {
  const deadline = spec.deadline ?? shared;
  return {
    spec,
    holds: compileCondition(spec.when),
    subject: compileTemplate(spec.subject),
    opensOn: deadline.opensOn === undefined ? null : compileMoment(deadline.opensOn),
    dueOn: compileMoment(deadline.dueOn),
    safeBy: deadline.safeBy,
  };
}

function compileCloser(spec: CloserSpec): Closer {
  return {
    spec,
    holds: compileCondition(spec.when),
    onDay: spec.onDay === undefined || spec.onDay === 'filing' ? null : compileMoment(spec.onDay),
    starts: spec.starts === undefined ? null : compileMoment(spec.starts),
    outlasts: spec.outlasts === undefined ? null : compileMoment(spec.outlasts),
    outlastsTerm: spec.outlastsTerm === undefined ? null : compileMoment(spec.outlastsTerm),
    subject: typeof spec.match === 'object' && 'subject' in spec.match ? compileTemplate(spec.match.subject) : null,
  };
}

function compileTemplate(text: string): Template {
  const [before = '', field, after = '', ...rest] = text.split(/[{}]/);
  if (field === undefined) return { text, isConstant: true, fill: () => text };
  if (rest.length === 0 && !field.includes('+'))
    return { text, isConstant: false, fill: (data) => before + word(data[field]) + after };
  const parts = text.split(/[{}]/).map((part, index) => (index % 2 === 0 ? part : fieldOf(part)));
  return {
    text,
    isConstant: false,
    fill: (data) => parts.map((part) => (typeof part === 'string' ? part : part(data))).join(''),
  };
}

/** A field's text; `year+1` is the year after the event's. */
function fieldOf(part: string): (data: Readonly<Record<string, unknown>>) => string {
  const [field = '', more] = part.split('+');
  if (more === undefined) return (data) => word(data[field]);
  return (data) => (typeof data[field] === 'number' ? String(data[field] + Number(more)) : '?');
}

function word(value: unknown): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '?';
}

function groupedByEvent<T extends { readonly spec: { readonly on: string } }>(
  items: readonly T[],
): ReadonlyMap<string, readonly T[]> {
  const grouped = new Map<string, T[]>();
  for (const item of items) {
    const known = grouped.get(item.spec.on);
    if (known === undefined) grouped.set(item.spec.on, [item]);
    else known.push(item);
  }
  return grouped;
}

function plansOf(rules: readonly CompiledRule[], stream: StreamKind): ReadonlyMap<string, Plan> {
  const plans = new Map<string, { opening: CompiledRule[]; closing: CompiledRule[] }>();
  for (const rule of rules) {
    if (rule.stream !== stream) continue;
    for (const type of new Set(rule.versions.flatMap(({ openers }) => [...openers.keys()])))
      planFor(plans, type).opening.push(rule);
    for (const type of new Set(rule.versions.flatMap(({ closers }) => [...closers.keys()])))
      planFor(plans, type).closing.push(rule);
  }
  return plans;
}

function planFor<T>(plans: Map<string, { opening: T[]; closing: T[] }>, type: string): { opening: T[]; closing: T[] } {
  const known = plans.get(type);
  if (known !== undefined) return known;
  const fresh = { opening: [], closing: [] };
  plans.set(type, fresh);
  return fresh;
}
