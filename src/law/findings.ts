import { addDays, type Day } from '../domain/dates.js';
import type { Fact } from '../domain/recorded-event.js';
import type { RuleBook } from './book.js';
import type { CheckedThing, FindingSpec, Severity } from './findings-schema.js';
import { type CheckedEntity, entitiesOf, FINDING_WORDS, typesThatMatter, workerValues } from './findings-values.js';
import {
  compileAsked,
  compileDay,
  type DayOf,
  filled,
  type Matches,
  namesIn,
  requireFillable,
  type Value,
  type Values,
  valueNamed,
  type Words,
} from './matching.js';
import type { SourceKind } from './obligation.js';
import type { PaperLaw } from './paper-law.js';
import { Papers } from './papers.js';

/**
 * A contradiction in the facts that is no duty: two papers, or a paper and a deed, that do not fit. It stands from a day to a
 * day; both follow from facts and law, none from today.
 */
export interface Finding {
  /** `<finding>:<subject>`, with a number behind it where it came back after it was gone. */
  readonly id: string;
  readonly finding: string;
  readonly severity: Severity;
  /** What it is about: `worker`, `permit:<number>`, `visa:<number>`, `contract:<number>` ... */
  readonly subject: string;
  readonly openedOn: Day;
  /** First day without it; null while it stands. */
  readonly closedOn: Day | null;
  /** The event that made it. */
  readonly madeBy: string;
  /** What its sentences are filled in with, by name. */
  readonly parameters: Parameters;
}

/** The values of the names in a finding's sentences. */
export type Parameters = Readonly<Record<string, Value>>;

/** What the law says of a finding, in words. */
interface Stated {
  readonly finding: string;
  readonly title: string;
  readonly severity: Severity;
  readonly sentence: { readonly en: string; readonly ru: string; readonly kk: string };
  readonly reference: string;
  readonly sourceKind: SourceKind;
  readonly verified: boolean;
}

/** A finding with its sentences. */
export type ToldFinding = Finding & Stated;

/** Watches one worker's facts for contradictions. Facts come in the order in which they happened. */
export class FindingsWatch {
  readonly #book: RuleBook;
  readonly #checks: ReadonlyMap<string, readonly Check[]>;
  readonly #papers = new Papers();
  readonly #known = new Map<string, Finding>();
  /** The finding that stands under a name, of those that came and went, by check. */
  readonly #standing = new Map<Check, Map<string, Finding>>();
  #changed: Finding[] = [];
  #removed: string[] = [];

  constructor(book: RuleBook) {
    this.#book = book;
    this.#checks = checksOf(book.papers).byType;
  }

  apply(fact: Fact): void {
    this.#changed = [];
    this.#removed = [];
    const { endedOn } = this.#papers;
    if (!this.#papers.apply(fact)) return;
    if (endedOn !== null) {
      if (this.#papers.afterTransfer.at(-1)?.eventId === fact.eventId) this.#check(fact, 'after-transfer');
      return;
    }
    if (this.#papers.endedOn !== null) {
      for (const standing of this.#standing.values())
        for (const name of standing.keys()) this.#close(standing, name, addDays(fact.occurredOn, 1));
      return;
    }
    if (this.#papers.registeredOn !== null) this.#check(fact);
  }

  /** Findings that the last fact opened, changed or closed. */
  get changed(): readonly Finding[] {
    return this.#changed;
  }

  /** Ids of findings that the last fact took back before their first day had come to pass. */
  get removed(): readonly string[] {
    return this.#removed;
  }

  get findings(): readonly Finding[] {
    return [...this.#known.values()];
  }

  /** @param only asks nothing but the checks about one kind of thing */
  #check(fact: Fact, only?: CheckedThing): void {
    const checks = this.#checks.get(fact.type);
    if (checks === undefined) return;
    const worker = workerValues(this.#papers, this.#book, fact.occurredOn);
    const things = new Map<CheckedThing, readonly CheckedEntity[]>();
    for (const check of checks) {
      const { each } = check.spec;
      if (only !== undefined && each !== only) continue;
      let entities = things.get(each);
      if (entities === undefined) {
        entities = entitiesOf(each, this.#papers, { book: this.#book, day: fact.occurredOn, worker });
        things.set(each, entities);
      }
      this.#checkAll(check, entities, fact);
    }
  }

  #checkAll(check: Check, entities: readonly CheckedEntity[], fact: Fact): void {
    let standing = this.#standing.get(check);
    const gone = standing === undefined || standing.size === 0 ? null : new Set(standing.keys());
    for (const { subject, values } of entities) {
      if (check.matches(values) !== 'yes') continue;
      if (standing === undefined) {
        standing = new Map();
        this.#standing.set(check, standing);
      }
      const name = `${check.spec.finding}:${subject}`;
      if (this.#hold(check, { standing, name, subject, values, fact })) gone?.delete(name);
    }
    if (gone === null || standing === undefined) return;
    for (const name of gone) this.#close(standing, name, fact.occurredOn);
  }

  /** Opens or renews a finding; false where it has no day to stand on, or its law does not reach the day. */
  #hold({ spec, names, opensOn, closesOn }: Check, { standing: all, name, subject, values, fact }: Held): boolean {
    const standing = all.get(name);
    const opened = opensOn === null ? (standing?.openedOn ?? fact.occurredOn) : opensOn(values);
    const closedOn = closesOn === null ? null : closesOn(values);
    if (opened === null || (closedOn !== null && closedOn <= opened)) return false;
    if (standing === undefined && (opened < spec.validFrom || (spec.validTo !== undefined && opened > spec.validTo)))
      return false;
    const id = standing?.id ?? this.#nextId(name);
    const madeBy = standing?.madeBy ?? fact.eventId;
    const parameters = parametersOf(names, values);
    const { finding, severity } = spec;
    const next: Finding = { id, finding, severity, subject, openedOn: opened, closedOn, madeBy, parameters };
    if (standing === undefined || !isSame(standing, next)) this.#set(all, name, next);
    return true;
  }

  #close(all: Map<string, Finding>, name: string, day: Day): void {
    const standing = all.get(name);
    if (standing === undefined) return;
    all.delete(name);
    if (standing.closedOn !== null && standing.closedOn <= day) return;
    if (standing.openedOn >= day) {
      this.#known.delete(standing.id);
      this.#removed.push(standing.id);
      return;
    }
    const closed = { ...standing, closedOn: day };
    this.#known.set(closed.id, closed);
    this.#changed.push(closed);
  }

  #set(all: Map<string, Finding>, name: string, finding: Finding): void {
    all.set(name, finding);
    this.#known.set(finding.id, finding);
    this.#changed.push(finding);
  }

  #nextId(name: string): string {
    if (!this.#known.has(name)) return name;
    let edition = 2;
    while (this.#known.has(`${name}:${edition}`)) edition += 1;
    return `${name}:${edition}`;
  }
}

/** All findings about one worker, whatever the day, with their sentences. */
export function findingsOf(facts: Iterable<Fact>, book: RuleBook): readonly ToldFinding[] {
  const watch = new FindingsWatch(book);
  for (const fact of facts) watch.apply(fact);
  return watch.findings.map((finding) => toldFinding(finding, book));
}

/** A finding in words. One that the book does not know (rows made by another law) is told by its name. */
export function toldFinding(finding: Finding, book: RuleBook): ToldFinding {
  const spec = checksOf(book.papers).byName.get(finding.finding)?.spec;
  if (spec !== undefined) return { ...stated(spec, finding.parameters), ...finding };
  const name = finding.finding;
  const sentence = { en: name, ru: name, kk: name };
  return {
    ...finding,
    title: name,
    sentence,
    reference: 'not in this rule book',
    sourceKind: 'policy',
    verified: false,
  };
}

/** Whether a finding stands on a day. */
export function standsOn({ openedOn, closedOn }: Finding, day: Day): boolean {
  return openedOn <= day && (closedOn === null || day < closedOn);
}

/** Says "not known" in a sentence. */
const NOT_KNOWN = { en: 'not known', ru: 'неизвестно', kk: 'белгісіз' } as const;

function stated(spec: FindingSpec, values: Values): Stated {
  const { finding, title, severity, reference, sourceKind, verified } = spec;
  const sentence = {
    en: filled(spec.sentence.en, values, NOT_KNOWN.en),
    ru: filled(spec.sentence.ru, values, NOT_KNOWN.ru),
    kk: filled(spec.sentence.kk, values, NOT_KNOWN.kk),
  };
  return { finding, title, severity, sentence, reference, sourceKind, verified };
}

function parametersOf(names: readonly string[], values: Values): Parameters {
  const parameters: Record<string, Value> = {};
  for (const name of names) parameters[name] = valueNamed(values, name);
  return parameters;
}

/** What an employer holds and uses of a year's quota, in one region and category. */
export interface QuotaUse {
  readonly year: number;
  readonly region: string;
  readonly category: string;
  readonly requested: number;
  readonly granted: number;
  readonly used: number;
}

/** A contradiction about an employer on one day. */
export interface EmployerFinding extends Stated {
  readonly subject: string;
}

/** What does not fit between an employer's quota and its permits on a day. */
export function quotaFindings(uses: readonly QuotaUse[], day: Day, book: RuleBook): readonly EmployerFinding[] {
  const asked = uses.map(({ year, region, category, requested, granted, used }) => ({
    subject: `quota:${year}:${region}:${category}`,
    values: {
      'quota.year': year,
      'quota.region': region,
      'quota.category': category,
      'quota.requested': requested,
      'quota.granted': granted,
      'quota.used': used,
      'quota.over': used - granted,
    },
  }));
  return acrossStreams('quota', asked, day, book);
}

/** A worker who came over from another employer: what both ledgers say. */
export interface TransferLink {
  readonly workerId: string;
  /** Id in the ledger of the former employer. */
  readonly from: string;
  /** Whether there is such a ledger. */
  readonly isKnown: boolean;
  readonly registeredOn: Day;
  /** The last day with the former employer; null while that employment goes on. */
  readonly lastDay: Day | null;
  /** Whether it ended by an agreed transfer. */
  readonly isAgreed: boolean;
  /** The employer that the transfer names; null without one. */
  readonly toBin: string | null;
  readonly bin: string;
}

/** What does not fit between the two ledgers of a worker who changed employers. */
export function transferFindings(links: readonly TransferLink[], day: Day, book: RuleBook): readonly EmployerFinding[] {
  const asked = links.map(({ workerId, from, isKnown, registeredOn, lastDay, isAgreed, toBin, bin }) => ({
    subject: `worker:${workerId}`,
    values: {
      'transfer.workerId': workerId,
      'transfer.from': from,
      'transfer.isKnown': isKnown,
      'transfer.registeredOn': registeredOn,
      'transfer.lastDay': lastDay,
      'transfer.isAgreed': isAgreed,
      'transfer.toBin': toBin,
      'transfer.bin': bin,
    },
  }));
  return acrossStreams('transfer', asked, day, book);
}

/** A request of a quota, as far as it was recorded. */
export interface QuotaRequest {
  readonly year: number;
  readonly region: string;
  readonly on: Day;
  readonly activity: string | null;
  /** Null: nothing was said of service contracts; an empty list: there are none. */
  readonly serviceContracts: readonly string[] | null;
}

/** What requests of a quota lack. */
export function quotaRequestFindings(
  requests: readonly QuotaRequest[],
  day: Day,
  book: RuleBook,
): readonly EmployerFinding[] {
  const asked = requests.map(({ year, region, on, activity, serviceContracts }) => ({
    subject: `quota-request:${year}:${region}`,
    values: {
      'quotaRequest.year': year,
      'quotaRequest.region': region,
      'quotaRequest.on': on,
      'quotaRequest.hasActivity': activity !== null,
      'quotaRequest.namesContracts': serviceContracts !== null,
    },
  }));
  return acrossStreams('quota-request', asked, day, book);
}

function acrossStreams(
  thing: CheckedThing,
  asked: readonly { readonly subject: string; readonly values: Values }[],
  day: Day,
  book: RuleBook,
): readonly EmployerFinding[] {
  const checks = checksOf(book.papers).all.filter(
    ({ spec: { each, validFrom, validTo } }) =>
      each === thing && validFrom <= day && (validTo === undefined || day <= validTo),
  );
  return checks.flatMap(({ spec, matches }) =>
    asked.flatMap(({ subject, values }) => (matches(values) === 'yes' ? [{ subject, ...stated(spec, values) }] : [])),
  );
}

interface Held {
  readonly standing: Map<string, Finding>;
  readonly name: string;
  readonly subject: string;
  readonly values: Values;
  readonly fact: Fact;
}

interface Check {
  readonly spec: FindingSpec;
  /** The names in its sentences. */
  readonly names: readonly string[];
  readonly matches: Matches;
  readonly opensOn: DayOf | null;
  readonly closesOn: DayOf | null;
  readonly types: ReadonlySet<string>;
}

interface Checks {
  readonly all: readonly Check[];
  /** The checks that a fact of a type may change. */
  readonly byType: ReadonlyMap<string, readonly Check[]>;
  readonly byName: ReadonlyMap<string, Check>;
}

const compiled = new WeakMap<PaperLaw, Checks>();

/** Throws an Error that names the finding and the word that it does not know. */
function checksOf(law: PaperLaw): Checks {
  const known = compiled.get(law);
  if (known !== undefined) return known;
  const all = law.findings.map(compiledCheck);
  const byType = new Map<string, Check[]>();
  for (const check of all) {
    for (const type of check.types) byType.set(type, [...(byType.get(type) ?? []), check]);
  }
  const checks = { all, byType, byName: new Map(all.map((check) => [check.spec.finding, check])) };
  compiled.set(law, checks);
  return checks;
}

function compiledCheck(spec: FindingSpec): Check {
  const known = FINDING_WORDS[spec.each];
  const used = new Set<string>();
  const words: Words = {
    has: (name) => known.has(name) && used.add(name).has(name),
    [Symbol.iterator]: () => known[Symbol.iterator](),
  };
  try {
    const sentences = Object.values(spec.sentence);
    for (const sentence of sentences) requireFillable(sentence, words);
    const compiled = {
      spec,
      names: [...new Set(sentences.flatMap(namesIn))].sort(),
      matches: compileAsked(spec.when, words),
      opensOn: spec.opensOn === undefined ? null : compileDay(spec.opensOn, words),
      closesOn: spec.closesOn === undefined ? null : compileDay(spec.closesOn, words),
    };
    return { ...compiled, types: typesThatMatter(spec.each, used) };
  } catch (error) {
    throw new Error(`findings: ${spec.finding}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

function isSame(a: Finding, b: Finding): boolean {
  if (a.openedOn !== b.openedOn || a.closedOn !== b.closedOn) return false;
  return Object.entries(b.parameters).every(([name, value]) => isSameValue(a.parameters[name] ?? null, value));
}

function isSameValue(a: Value, b: Value): boolean {
  return a === b || (Array.isArray(a) && Array.isArray(b) && a.join('\0') === b.join('\0'));
}
