import { addDays, type Day, isDay } from '../domain/dates.js';
import type { EventData } from '../domain/event-type.js';
import type { Fact } from '../domain/recorded-event.js';
import { type Assessment, assess } from './assess.js';
import type { RuleBook } from './book.js';
import type { Circumstances } from './circumstances.js';
import { daysOverdue, exposureOf, isLate, standingOn, stateOn } from './exposure.js';
import { findingsOf, standsOn } from './findings.js';
import type { Obligation } from './obligation.js';
import { PenaltyHistory, penaltiesIn } from './penalty-history.js';
import { rightToWork } from './right-to-work.js';
import type { Example, Expectation } from './schema.js';
import { type ToldPenalty, toldOn } from './told.js';

/** A worked example run against the law: what came out otherwise than it says, one sentence each; empty when all agrees. */
export function runExample(example: Example, book: RuleBook, only?: string): readonly string[] {
  const applied = example.readings === undefined ? book : book.withReadings(example.readings);
  const facts = factsOf(example);
  const assessment = assess(facts, applied, { kind: example.stream ?? 'worker', id: 'example' });
  const all = [...assessment.obligations()];
  const seen = all.filter(({ rule }) => (only === undefined ? named(example, rule) : rule === only));
  const circumstances = circumstancesOf(example, facts, applied);
  return [
    ...compareAll(example, seen, { asOf: example.asOf, book: applied, ...circumstances }),
    ...(example.none ?? [])
      .filter((rule) => all.some((one) => one.rule === rule))
      .map((rule) => `${rule} should not have opened`),
    ...compareMayWork(example, facts, applied),
    ...compareFindings(example, facts, applied),
    ...compareAccrued(example, assessment, { asOf: example.asOf, book: applied, ...circumstances }),
  ];
}

/** The employer's size, and its penalties: those among the facts and those for other workers. */
function circumstancesOf(
  { size = 'medium', penalisedElsewhere = [] }: Example,
  facts: readonly Fact[],
  book: RuleBook,
): Circumstances {
  const elsewhere = penalisedElsewhere.map(({ on, article, mci = 0, caseOpenedOn = on }, index) => {
    const eventId = `penalty-elsewhere-${index + 1}`;
    const data = { obligationId: `elsewhere.${eventId}`, article, mci, caseOpenedOn };
    return { eventId, type: 'PenaltyImposed', occurredOn: on, data, revision: -1, statedBy: eventId };
  });
  const penalties = [...penaltiesIn(elsewhere, book), ...penaltiesIn(facts, book)];
  return { sizeOn: () => size, penalties: new PenaltyHistory(penalties, book) };
}

/** The facts of an example. `citizenship` registers the worker, a Turkish citizen where it is left out. */
export function factsOf({ facts, citizenship, stream }: Example): readonly Fact[] {
  const told = facts.map((fact, index) => toFact(fact, index));
  if (stream === 'employer' || citizenship === null || told.some(({ type }) => type === 'WorkerRegistered'))
    return told;
  const first = told.map(({ occurredOn }) => occurredOn).sort()[0] ?? '2026-01-01';
  const registration = toFact(
    { on: addDays(first, -1), WorkerRegistered: { citizenship: citizenship ?? 'TR' }, as: 'registration' },
    -1,
  );
  return [registration, ...told];
}

function toFact(fact: Readonly<Record<string, unknown>>, index: number): Fact {
  const { on, as: label, ...rest } = fact;
  const [event, ...others] = Object.entries(rest);
  if (event === undefined || others.length > 0)
    throw new Error(`Fact ${index + 1} must name one event type beside "on" and "as".`);
  if (typeof on !== 'string' || !isDay(on))
    throw new Error(`Fact ${index + 1}: "on" must be a date that exists, YYYY-MM-DD.`);
  const eventId = typeof label === 'string' ? label : `fact-${index + 1}`;
  return {
    eventId,
    type: event[0],
    occurredOn: on,
    data: (event[1] ?? {}) as EventData,
    revision: index + 1,
    statedBy: eventId,
  };
}

/** In a table of cases only the rules that a case names are compared. */
function named({ expect }: Example, rule: string): boolean {
  return expect.some((one) => one.rule === rule);
}

function compareAll(example: Example, seen: readonly Obligation[], by: Seen): readonly string[] {
  if (seen.length !== example.expect.length) {
    const list = seen
      .map((one) => `${one.rule} by ${one.triggeredBy.eventId} due ${one.dueOn ?? 'unknown'}`)
      .join('; ');
    return [`${example.expect.length} obligations expected, ${seen.length} found${list === '' ? '' : `: ${list}`}`];
  }
  const left = [...seen];
  return example.expect.flatMap((expected, index) => {
    const at = left.findIndex((one) => isMeant(expected, one));
    const [obligation] = left.splice(at < 0 ? left.length : at, 1);
    if (obligation === undefined) return [`expectation ${index + 1} fits none of the obligations that are left`];
    return compareOne(expected, obligation, by).map((text) => `${obligation.rule} (${obligation.subject}): ${text}`);
  });
}

function isMeant({ rule, trigger, subject }: Expectation, one: Obligation): boolean {
  return (
    (rule === undefined || rule === one.rule) &&
    (trigger === undefined || trigger === one.triggeredBy.eventId) &&
    (subject === undefined || subject === one.subject)
  );
}

interface Seen extends Circumstances {
  readonly asOf: Day;
  readonly book: RuleBook;
}

function compareOne(expected: Expectation, one: Obligation, by: Seen): readonly string[] {
  const { asOf } = by;
  const { exposure, imposed } = toldOn(one, { ...by, workerId: null, employerBin: null });
  const found: Readonly<Record<string, unknown>> = {
    ...one,
    state: stateOn(one, asOf),
    daysOverdue: daysOverdue(one, asOf),
    late: isLate(one),
    mci: exposure === null ? null : [exposure.mciMin, exposure.mciMax],
    tenge: exposure === null ? null : [exposure.tengeMin, exposure.tengeMax],
    warning: exposure?.penalty === 'warning',
    firstOffence: exposure?.firstOffence,
    imposed: imposed === null ? null : onlyNamed(imposed, expected.imposed),
  };
  return Object.entries(expected).flatMap(([key, wanted]) => {
    if (key === 'trigger' || wanted === undefined) return [];
    const got = found[key];
    return JSON.stringify(got) === JSON.stringify(wanted)
      ? []
      : [`${key} is ${JSON.stringify(got)}, expected ${JSON.stringify(wanted)}`];
  });
}

/** Of a penalty only what the case says something about. */
function onlyNamed(imposed: ToldPenalty, expected: Expectation['imposed']): Readonly<Record<string, unknown>> {
  const found = imposed as unknown as Readonly<Record<string, unknown>>;
  return Object.fromEntries(Object.keys(expected ?? {}).map((key) => [key, found[key]]));
}

function compareMayWork({ mayWork, asOf }: Example, facts: readonly Fact[], book: RuleBook): readonly string[] {
  if (mayWork === undefined) return [];
  const answer = rightToWork(facts, asOf, book);
  return answer.mayWork === mayWork
    ? []
    : [`mayWork is ${answer.mayWork} (${answer.reasons.map(({ code }) => code).join(', ')}), expected ${mayWork}`];
}

function compareFindings({ findings, noFindings, asOf }: Example, facts: readonly Fact[], book: RuleBook) {
  if (findings === undefined && noFindings === undefined) return [];
  const standing = new Set(
    findingsOf(facts, book)
      .filter((one) => standsOn(one, asOf))
      .map(({ finding }) => finding),
  );
  return [
    ...(findings ?? []).filter((name) => !standing.has(name)).map((name) => `the finding ${name} does not stand`),
    ...(noFindings ?? []).filter((name) => standing.has(name)).map((name) => `the finding ${name} should not stand`),
  ];
}

function compareAccrued({ accrued }: Example, assessment: Assessment, by: Seen): readonly string[] {
  if (accrued === undefined) return [];
  let [min, max] = [0, 0];
  for (const one of assessment.obligations()) {
    if (standingOn(one, by.asOf, undefined, by.penalties) !== 'accrued') continue;
    const exposure = exposureOf(one, by);
    min += exposure?.mciMin ?? 0;
    max += exposure?.mciMax ?? 0;
  }
  return min === accrued[0] && max === accrued[1]
    ? []
    : [`accrued is ${min} to ${max} MCI, expected ${accrued.join(' to ')}`];
}
