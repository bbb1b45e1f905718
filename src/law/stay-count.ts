import type { Day, EpochDay } from '../domain/dates.js';
import type { Fact } from '../domain/recorded-event.js';
import type { RuleBook } from './book.js';
import { dayNumber, dayNumberOf, dayText } from './days.js';

/** How much of the visa-free term a worker has used on a day. Days of entry and of departure both count. */
export interface StayCount {
  /** Days in the country in the last `window` days, the day asked about included, without a visa or residence permit. */
  readonly days: number;
  readonly window: number;
  readonly limit: number;
  readonly left: number;
  /** The stay that goes on; null while the worker is not in the country, or is there on a visa or residence permit. */
  readonly entry: { readonly since: Day; readonly days: number; readonly limit: number | null } | null;
  /** The last day on which both limits are kept if the stay goes on; null while there is none, or no end is in sight. */
  readonly lastDay: Day | null;
  readonly reference: string;
  readonly verified: boolean;
}

const PARAMETER = 'visa-free-stay';

/** Farther ahead than this nothing is looked for, in days. */
const FARTHEST = 400;

interface Limits {
  readonly days: number;
  readonly window: number;
  readonly daysPerEntry: number | null;
  readonly reference: string;
  readonly verified: boolean;
}

/**
 * Counts the visa-free days of a worker in the stretch of days that ends on a day. Null where the law has no such term: for
 * citizens of the country itself, and before there was one.
 */
export function stayCount(facts: readonly Fact[], asOf: Day, book: RuleBook): StayCount | null {
  const day = dayNumber(asOf);
  const citizenship = citizenshipIn(facts);
  const limits = citizenship === null || isFree(citizenship, day, book) ? null : limitsOn(day, citizenship, book);
  if (limits === null) return null;
  const { days: limit, window, daysPerEntry, reference, verified } = limits;
  const counted = countedDays(facts);
  const used = (until: EpochDay) => {
    let sum = 0;
    for (let each = until - window + 1; each <= until; each += 1) if (counted(each)) sum += 1;
    return sum;
  };
  const days = used(day);
  const since = counted(day) ? entryOf(counted, day) : null;
  const shown = { days, window, limit, left: Math.max(0, limit - days), reference, verified };
  if (since === null) return { ...shown, entry: null, lastDay: null };
  const entry = { since: dayText(since), days: day - since + 1, limit: daysPerEntry };
  for (let each = since; each <= day + FARTHEST && counted(each); each += 1) {
    const isOver = (daysPerEntry !== null && each - since + 1 > daysPerEntry) || used(each) > limit;
    if (isOver) return { ...shown, entry, lastDay: dayText(each - 1) };
  }
  return { ...shown, entry, lastDay: null };
}

/** Whether the law frees a group that the citizenship belongs to: its name stands as a purpose without a value. */
function isFree(citizenship: string, day: EpochDay, book: RuleBook): boolean {
  if (!book.parameters.has(PARAMETER)) return true;
  const named = book.parameters.purposes(PARAMETER);
  return book.countries.groupNamesOf(citizenship, day).some((group) => named.includes(group));
}

function limitsOn(day: EpochDay, citizenship: string, book: RuleBook): Limits | null {
  const days = book.parameters.has(PARAMETER)
    ? book.parameter(PARAMETER, { on: dayText(day), purpose: 'days' }).known
    : null;
  const window = book.parameters.has(PARAMETER) ? book.parameters.limitOn(PARAMETER, 'window', day) : null;
  if (days === null || typeof days.value !== 'number' || window === null) return null;
  const groups = book.countries
    .groupsOf(citizenship, day)
    .flatMap((group) => (group.stay ? [{ ...group, stay: group.stay }] : []));
  const perEntry = groups.map(({ stay }) => stay.daysPerEntry);
  const shorter = groups.find(
    ({ stay }) => stay.days !== undefined && stay.inDays === window && stay.days < Number(days.value),
  );
  return {
    days: shorter?.stay.days ?? days.value,
    window,
    daysPerEntry: perEntry.length === 0 ? null : Math.min(...perEntry),
    reference: shorter?.reference ?? days.reference,
    verified: shorter?.verified ?? days.verified,
  };
}

function citizenshipIn(facts: readonly Fact[]): string | null {
  const told = facts.findLast(({ type }) => type === 'CitizenshipChanged' || type === 'WorkerRegistered');
  const citizenship = told?.data['citizenship'];
  return typeof citizenship === 'string' ? citizenship : null;
}

/** Whether a day was, or if nothing changes will be, one in the country without a paper that gives the right to stay. */
function countedDays(facts: readonly Fact[]): (day: EpochDay) => boolean {
  const stays: { readonly from: EpochDay; until: EpochDay }[] = [];
  const papers = new Map<string, { from: EpochDay; until: EpochDay }>();
  for (const { type, occurredOn, data } of facts) {
    const on = dayNumber(occurredOn);
    const last = stays.at(-1);
    if (type === 'Arrived') stays.push({ from: on, until: Number.POSITIVE_INFINITY });
    else if (type === 'Departed' && last !== undefined) last.until = Math.min(last.until, on);
    else if (GIVING.has(type)) {
      const from = dayNumberOf(data['validFrom']) ?? on;
      papers.set(`${type} ${String(data['number'])} ${from}`, {
        from,
        until: dayNumberOf(data['validUntil']) ?? Number.POSITIVE_INFINITY,
      });
    } else if (type === 'VisaCancelled') {
      for (const [key, paper] of papers) {
        if (key.split(' ')[1] === String(data['number'])) paper.until = Math.min(paper.until, on - 1);
      }
    }
  }
  const within = (list: Iterable<{ readonly from: EpochDay; readonly until: EpochDay }>, day: EpochDay) => {
    for (const { from, until } of list) if (from <= day && day <= until) return true;
    return false;
  };
  return (day) => within(stays, day) && !within(papers.values(), day);
}

/** Events that give the right to stay for a term of their own. */
const GIVING = new Set(['VisaIssued', 'VisaExtended', 'TemporaryResidencePermitIssued', 'ResidencePermitGranted']);

/** The first of the counted days that lead without a gap to a day. */
function entryOf(counted: (day: EpochDay) => boolean, day: EpochDay): EpochDay {
  let since = day;
  while (day - since < FARTHEST * 10 && counted(since - 1)) since -= 1;
  return since;
}
