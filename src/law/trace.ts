import type { Day } from '../domain/dates.js';
import type { Fact } from '../domain/recorded-event.js';
import { Assessment } from './assess.js';
import type { RuleBook } from './book.js';
import type { Circumstances, Repeat } from './circumstances.js';
import { dayNumber, dayText } from './days.js';
import { type Exposure, exposureOf, firstOverdueDay, isLate, offenceOf, stateOn } from './exposure.js';
import type { DayCount, Obligation, SourceKind } from './obligation.js';
import { capOf, jointCapOf } from './penalty-history.js';
import { feeOf } from './permit-fee.js';
import { ruleInReading, versionOn } from './rule.js';

/** One day of the walk to the last day: whether it counted, and why or why not. */
export interface WalkedDay {
  readonly date: Day;
  readonly counted: boolean;
  readonly why: string;
  readonly decree: string | null;
}

export interface TracedEvent {
  readonly eventId: string;
  readonly type: string;
  readonly occurredOn: Day;
  readonly did: 'opened' | 'changed' | 'met' | 'voided' | 'penalised' | 'paid';
}

export interface TracedRule {
  readonly id: string;
  readonly title: string;
  readonly sentence: { readonly en: string; readonly ru: string; readonly kk: string };
  readonly version: Day;
  readonly reading: string;
  readonly readingSays: string | null;
  readonly reference: string;
  readonly sourceKind: SourceKind;
  readonly checkedOn: Day;
  readonly verified: boolean;
  readonly remark: string | null;
}

export interface TracedTier {
  readonly penalty: string;
  readonly article: string;
  readonly size: string;
  /** The day whose class and law chose the tier. */
  readonly on: Day;
  readonly why: string;
  readonly reference: string;
  readonly verified: boolean;
}

/** The earlier penalty that makes the offence a repeat, with the day until which it does. */
export interface TracedRepeat {
  readonly eventId: string;
  readonly obligationId: string;
  readonly imposedOn: Day;
  readonly article: string | null;
  readonly mci: number;
  /** Last day on which an offence of the kind repeats it. */
  readonly until: Day;
  readonly why: string;
  readonly reference: string;
  readonly verified: boolean;
}

/** The most that may be imposed on an offender of this class; what an obligation would cost never exceeds it. */
export interface TracedCaps {
  readonly size: string;
  readonly mci: number | null;
  readonly tenge: number | null;
  /** When one body hears several offences together. */
  readonly jointMci: number | null;
  readonly jointTenge: number | null;
  readonly reference: string;
  readonly jointReference: string;
  readonly verified: boolean;
}

/** Why an obligation and its figure are what they are: everything a lawyer needs to check them by hand. */
export interface Trace {
  readonly events: readonly TracedEvent[];
  readonly rule: TracedRule;
  /** How the days were counted, in a sentence. */
  readonly counting: string;
  readonly walk: readonly WalkedDay[];
  readonly tier: TracedTier | null;
  readonly arithmetic: string | null;
  readonly firstOffence: 'assumed' | 'repeat' | null;
  readonly repeat: TracedRepeat | null;
  readonly caps: TracedCaps | null;
  /** What was taken for granted, each in a sentence. */
  readonly assumptions: readonly string[];
  /** Whether every value used was read in the act itself. */
  readonly verified: boolean;
  readonly state: string;
  readonly ruleBook: string;
}

export interface TraceContext extends Circumstances {
  readonly facts: Iterable<Fact>;
  readonly asOf: Day;
  readonly book: RuleBook;
}

/** A walk longer than this is told by its ends. */
const LONGEST_WALK = 120;

/** Explains one obligation as of a day. */
export function traceOf(obligation: Obligation, context: TraceContext): Trace {
  const { asOf, book } = context;
  const facts = [...context.facts];
  const rule = ruleOf(obligation, book);
  const exposure = exposureOf(obligation, context);
  const { isPunished, repeat } = offenceOf(obligation, context);
  const tier = exposure === null ? null : tierOf(obligation, exposure, book, asOf);
  return {
    events: eventsOf(obligation, facts, book),
    rule,
    counting: countingOf(obligation),
    walk: obligation.count === null ? [] : walkOf(obligation.count, obligation.dueOn, book),
    tier,
    arithmetic: exposure === null ? null : arithmeticOf(exposure),
    firstOffence: exposure === null ? null : exposure.firstOffence ? 'assumed' : 'repeat',
    repeat: exposure === null || exposure.firstOffence || repeat === null ? null : repeatOf(repeat, tier),
    caps: exposure === null ? null : capsOf(exposure, tier?.on ?? asOf, book),
    assumptions: [
      ...feeNotes(obligation, facts, asOf, book),
      ...assumptionsOf(obligation, exposure, rule, { asOf, book, repeat, isPunished }),
    ],
    verified: obligation.verified && (exposure === null || (exposure.verified && exposure.mci.verified)),
    state: stateOn(obligation, asOf),
    ruleBook: book.hash,
  };
}

/** Walks the days of a count, first to last, and says of each whether it counted. */
export function walkOf(count: DayCount, dueOn: Day | null, book: RuleBook): readonly WalkedDay[] {
  if (dueOn === null || count.unit === 'months') return [];
  const from = dayNumber(count.from);
  const due = dayNumber(dueOn);
  if (count.direction === 'before') return walkBack(from, due, count.days);
  if (Math.abs(due - from) > LONGEST_WALK) return ends(from, due, count.days);
  const walk: WalkedDay[] = [];
  let counted = 0;
  for (let day = from; day <= due; day++) {
    const known = book.calendar.describe(day);
    const isFirst = day === from && !count.inclusive;
    const counts = !isFirst && (count.unit === 'calendar-days' ? counted < count.days : known?.working === true);
    if (counts) counted++;
    walk.push({
      date: dayText(day),
      counted: counts,
      why: whyOf(isFirst, counts, counted, known?.why ?? 'not in the calendar', count),
      decree: known?.decree ?? null,
    });
  }
  return walk;
}

function whyOf(isFirst: boolean, counts: boolean, number: number, said: string, count: DayCount): string {
  if (isFirst) return 'the day itself is not counted';
  const kind = count.unit === 'business-days' ? 'working day' : 'calendar day';
  if (!counts) return said;
  return said === 'working day' || count.unit === 'calendar-days'
    ? `${kind} ${number} of ${count.days}`
    : `${kind} ${number} of ${count.days}: ${said}`;
}

function walkBack(from: number, due: number, days: number): readonly WalkedDay[] {
  if (from - due > LONGEST_WALK) return ends(from, due, days);
  const walk: WalkedDay[] = [{ date: dayText(from), counted: false, why: 'the day counted back from', decree: null }];
  for (let day = from - 1; day >= due; day--) {
    walk.push({ date: dayText(day), counted: true, why: `calendar day ${from - day} of ${days} back`, decree: null });
  }
  return walk;
}

function ends(from: number, due: number, days: number): readonly WalkedDay[] {
  return [
    { date: dayText(from), counted: false, why: 'the day the count starts from', decree: null },
    { date: dayText(due), counted: true, why: `calendar day ${days} of ${days}`, decree: null },
  ];
}

function ruleOf(obligation: Obligation, book: RuleBook): TracedRule {
  const rule = book.rules.get(obligation.rule);
  if (rule === undefined) throw new Error(`The rule book has no rule "${obligation.rule}".`);
  const { reading, versions } = ruleInReading(rule, book.choices[rule.id]);
  const version = versionOn(versions, obligation.ruleVersion) ?? versions[0];
  if (version === undefined) throw new Error(`The rule "${obligation.rule}" has no versions.`);
  const said =
    rule.readings.find((one) => one.reading === reading) ??
    book.parameters.files.get('counting-of-days')?.readings?.find((one) => one.reading === obligation.reading);
  return {
    id: rule.id,
    title: rule.title,
    sentence: rule.sentence,
    version: obligation.ruleVersion,
    reading: obligation.reading,
    readingSays: said?.says ?? null,
    reference: version.reference,
    sourceKind: version.sourceKind,
    checkedOn: version.checkedOn,
    verified: version.verified,
    remark: version.remark ?? null,
  };
}

function repeatOf({ earlier, until, because, reference, verified }: Repeat, tier: TracedTier | null): TracedRepeat {
  const { eventId, obligationId, imposedOn, article, mci } = earlier;
  const why =
    because === 'went-on'
      ? `this duty was penalised on ${imposedOn} and is still not done: the omission is taken to go on as a repeat`
      : `the offence of ${tier?.on ?? 'that day'} lies within the term after the penalty of ${imposedOn}, which ends on ${until}`;
  return { eventId, obligationId, imposedOn, article, mci, until, why, reference, verified };
}

function capsOf({ size, mci: { value } }: Exposure, on: Day, book: RuleBook): TracedCaps {
  const mci = capOf(size, on, book);
  const jointMci = jointCapOf(size, on, book);
  const tenge = (cap: number | null) => (cap === null || value === null ? null : cap * value);
  const purpose = size === 'unknown' ? 'large' : size;
  const { known } = book.parameter('statutory-cap', { on, purpose });
  const joint = book.parameter('joint-cap', { on }).known;
  return {
    size,
    mci,
    tenge: tenge(mci),
    jointMci,
    jointTenge: tenge(jointMci),
    reference: known?.reference ?? 'source not known',
    jointReference: joint?.reference ?? 'source not known',
    verified: known?.verified === true && joint?.verified === true,
  };
}

function eventsOf(obligation: Obligation, facts: Iterable<Fact>, book: RuleBook): readonly TracedEvent[] {
  const kind = book.program.rules.find(({ id }) => id === obligation.rule)?.stream ?? 'worker';
  const replay = new Assessment(book, { kind, id: '' });
  const events: TracedEvent[] = [];
  let before: Obligation | undefined;
  for (const fact of facts) {
    replay.apply(fact);
    const did = PENALTY_EVENTS[fact.type];
    if (did !== undefined && fact.data['obligationId'] === obligation.id)
      events.push({ eventId: fact.eventId, type: fact.type, occurredOn: fact.occurredOn, did });
    const now = replay.get(obligation.id);
    if (now === before || now === undefined) continue;
    const opening =
      before === undefined && fact.eventId !== obligation.triggeredBy.eventId ? [openingOf(obligation)] : [];
    events.push(...opening, {
      eventId: fact.eventId,
      type: fact.type,
      occurredOn: fact.occurredOn,
      did: didOf(before, now),
    });
    before = now;
  }
  return events.length > 0 ? events : [openingOf(obligation)];
}

const PENALTY_EVENTS: Readonly<Record<string, TracedEvent['did']>> = {
  PenaltyImposed: 'penalised',
  PenaltyPaid: 'paid',
};

function openingOf({ triggeredBy }: Obligation): TracedEvent {
  return { eventId: triggeredBy.eventId, type: triggeredBy.type, occurredOn: triggeredBy.occurredOn, did: 'opened' };
}

function didOf(before: Obligation | undefined, now: Obligation): TracedEvent['did'] {
  if (before === undefined) return 'opened';
  if (before.metOn === null && now.metOn !== null) return 'met';
  return before.voidOn === null && now.voidOn !== null ? 'voided' : 'changed';
}

function countingOf({ count, dueOn, dueReason, opensOn }: Obligation): string {
  if (dueOn === null) return `The last day is not known: ${dueReason ?? 'no reason is recorded'}.`;
  if (count === null) return `The last day, ${dueOn}, is named by the facts and not counted.`;
  const unit =
    count.unit === 'months' ? 'calendar months' : count.unit === 'business-days' ? 'working days' : 'calendar days';
  if (count.direction === 'before')
    return `${count.days} ${unit} back from ${count.from} give ${dueOn}; the duty opens on ${opensOn}.`;
  const first = count.inclusive
    ? `${count.from} itself is day 1 when it counts`
    : `the day after ${count.from} is the first that can count`;
  return `${count.days} ${unit} after ${count.from}: ${first}, so the last day is ${dueOn}.`;
}

function tierOf(obligation: Obligation, exposure: Exposure, book: RuleBook, asOf: Day): TracedTier {
  const on = firstOverdueDay(obligation) ?? asOf;
  const first = obligation.penalty ?? '';
  const penalty = exposure.firstOffence ? first : (book.penalties.get(first)?.repeat ?? first);
  const version = book.penalties.get(penalty)?.versions.findLast(({ validFrom }) => validFrom <= on);
  const why =
    exposure.size === 'unknown'
      ? `the employer's size on ${on} is not known, so the range from small to large is shown`
      : `the employer's class on ${on} was "${exposure.size}"`;
  return {
    penalty,
    article: exposure.article,
    size: exposure.size,
    on,
    why,
    reference: version?.reference ?? exposure.article,
    verified: exposure.verified,
  };
}

function arithmeticOf({ penalty, mciMin, mciMax, tengeMin, tengeMax, mci }: Exposure): string {
  if (penalty === 'warning') return 'A warning: no money.';
  const amount = mciMin === mciMax ? `${mciMin} MCI` : `${mciMin} to ${mciMax} MCI`;
  if (mci.value === null) {
    const last =
      mci.lastKnown === null
        ? 'none is known before'
        : `the last known is ${mci.lastKnown.value} tenge from ${mci.lastKnown.validFrom}`;
    return `${amount}; the MCI of that year is not known yet (${last}), so no sum in tenge is given.`;
  }
  const sum = tengeMin === tengeMax ? `${tengeMin ?? ''} tenge` : `${tengeMin ?? ''} to ${tengeMax ?? ''} tenge`;
  return `${amount} × ${mci.value} tenge (MCI for ${mci.purpose} from ${mci.validFrom ?? '?'}) = ${sum}`;
}

function feeNotes(obligation: Obligation, facts: Iterable<Fact>, asOf: Day, book: RuleBook): readonly string[] {
  const fee = feeOf(obligation, facts, asOf, book);
  return fee === null ? [] : [fee.sentence];
}

function assumptionsOf(
  obligation: Obligation,
  exposure: Exposure | null,
  rule: TracedRule,
  { asOf, book, repeat, isPunished }: { asOf: Day; book: RuleBook; repeat: Repeat | null; isPunished: boolean },
): readonly string[] {
  const notes: string[] = [];
  if (isPunished) notes.push(stateOn(obligation, asOf) === 'met' ? DONE_AND_PENALISED : PENALISED_ON_THE_DAY);
  if (exposure !== null) {
    if (exposure.firstOffence)
      notes.push('A first offence is assumed: no penalty of the kind within the year before it is recorded here.');
    else if (repeat?.because === 'went-on')
      notes.push('That an omission which goes on after its penalty is a repeat is our own choice; no act says it.');
    const { known } = book.parameter('mci-day', { on: asOf });
    notes.push(
      `The MCI is that of ${asOf}, as if a case were opened on that day (${known?.reference ?? 'source not known'}).`,
    );
    if (!exposure.mci.verified) notes.push('The value of the MCI was not read in the budget law itself.');
    if (!exposure.verified) notes.push('The amount was not read in the version of the Code in force on that day.');
  }
  if (!rule.verified) notes.push('The rule was not read in the act itself, in the version of that day.');
  if (rule.sourceKind === 'policy') notes.push('The term is our own choice: no source names one.');
  if (rule.remark !== null) notes.push(`${rule.remark.charAt(0).toUpperCase()}${rule.remark.slice(1)}.`);
  if (isLate(obligation)) notes.push(lateNote(obligation, book));
  return notes;
}

const DONE_AND_PENALISED = 'The duty is done and was penalised: one offence is not punished twice (our own choice).';
const PENALISED_ON_THE_DAY =
  'It was penalised on this very day, and the offence is not counted beside its penalty; still not done, it costs again from the day after (our own choice).';

function lateNote({ metOn, accruesUntil }: Obligation, book: RuleBook): string {
  const { known } = book.parameter('limitation', { on: metOn ?? accruesUntil ?? '' });
  return `It was done late: the cost counts until the day before ${accruesUntil ?? 'an unknown day'}, when nobody is liable any more (${known?.reference ?? 'source not known'}).`;
}
