import type { Day } from '../domain/dates.js';
import type { Fact } from '../domain/recorded-event.js';
import type { RuleBook } from './book.js';
import { mciOn } from './exposure.js';
import type { Obligation } from './obligation.js';
import type { ParameterValue } from './parameters.js';
import { ruleInReading, versionOn } from './rule.js';

/** What a fee depends on. What is left out or null is not known. */
export interface FeeQuestion {
  readonly category: string | null;
  readonly industry?: string | null | undefined;
  /** Calendar days of a seasonal permit. */
  readonly days?: number | null | undefined;
  /** The day of payment: it chooses both the rate and the value of the MCI. */
  readonly on: Day;
}

/** The fee for a permit: a rate or a corridor in MCI, nothing where no source at hand names one. */
export interface PermitFee {
  readonly mciMin: number | null;
  readonly mciMax: number | null;
  readonly tengeMin: number | null;
  readonly tengeMax: number | null;
  readonly verified: boolean;
  /** The whole of it in words, with its source. */
  readonly sentence: string;
}

/** The fee for a permit as a parameter of the law names it. Throws LawError for a parameter that does not exist. */
export function permitFee(parameter: string, question: FeeQuestion, book: RuleBook): PermitFee {
  const { on } = question;
  const what = describe(question);
  const lines = purposesOf(parameter, question, book).flatMap((purpose) => {
    const { known } = book.parameter(parameter, { on, purpose });
    return known === null ? [] : [known];
  });
  const rates = lines.flatMap(({ value }) => numbersIn(value));
  const [line] = lines;
  if (rates.length === 0 || line === undefined) {
    const why = line === undefined ? '' : `: ${line.remark ?? 'no rate'} (${line.reference})`;
    const sentence = `The fee ${what} paid on ${on} is not known${why}.`;
    return { mciMin: null, mciMax: null, tengeMin: null, tengeMax: null, verified: false, sentence };
  }
  const [mciMin, mciMax] = [Math.min(...rates), Math.max(...rates)];
  const mci = mciOn(book, on);
  const tenge = (amount: number) => (mci.value === null ? null : amount * mci.value);
  const [tengeMin, tengeMax] = [tenge(mciMin), tenge(mciMax)];
  const amount = mciMin === mciMax ? `${mciMin} MCI` : `${mciMin} to ${mciMax} MCI`;
  const priced =
    mci.value === null
      ? 'the MCI of that day is not known yet, so no sum in tenge is given'
      : `at ${mci.value} tenge ${mciMin === mciMax ? `${tengeMin} tenge` : `${tengeMin} to ${tengeMax} tenge`}`;
  const verified = lines.every((one) => one.verified) && mci.verified;
  const doubt = verified ? '' : ', not verified';
  const sentence = `The fee ${what} paid on ${on}: ${amount}, ${priced} (${line.reference}${doubt}).`;
  return { mciMin, mciMax, tengeMin, tengeMax, verified, sentence };
}

/** What an obligation to pay a fee costs, on the day it was paid or else on the day asked about; null for other duties. */
export function feeOf(obligation: Obligation, facts: Iterable<Fact>, asOf: Day, book: RuleBook): PermitFee | null {
  const rule = book.rules.get(obligation.rule);
  if (rule === undefined) return null;
  const { versions } = ruleInReading(rule, book.choices[rule.id]);
  const parameter = versionOn(versions, obligation.ruleVersion)?.fee;
  if (parameter === undefined) return null;
  let data: Fact['data'] = {};
  const applications = new Map<unknown, Fact['data']>();
  for (const fact of facts) {
    if (fact.type === 'WorkPermitApplied') applications.set(fact.data['applicationNumber'], fact.data);
    if (fact.eventId === obligation.triggeredBy.eventId) data = fact.data;
  }
  const applied = applications.get(data['applicationNumber']) ?? {};
  const { metOn } = obligation;
  return permitFee(
    parameter,
    {
      category: textOf(data['category']) ?? textOf(applied['category']),
      industry: textOf(data['industry']),
      days: typeof data['termDays'] === 'number' ? data['termDays'] : null,
      on: metOn !== null && metOn <= asOf ? metOn : asOf,
    },
    book,
  );
}

/** A rate by industry comes before that of the category alone; days choose the shortest term that holds them. */
function purposesOf(
  parameter: string,
  { category, industry, days }: FeeQuestion,
  book: RuleBook,
): readonly (string | undefined)[] {
  if (category === null) return [];
  const all = book.parameters.purposes(parameter);
  const own = `${category}:${(industry ?? '').trim().toLowerCase()}`;
  if (all.includes(own)) return [own];
  const terms = all
    .filter((purpose) => purpose.startsWith(`${category}:`) && /:\d+$/.test(purpose))
    .map((purpose) => Number(purpose.slice(category.length + 1)))
    .sort((a, b) => a - b);
  if (terms.length === 0) return all.includes(category) ? [category] : [];
  if (days === undefined || days === null) return terms.map((term) => `${category}:${term}`);
  const fits = terms.find((term) => days <= term);
  return fits === undefined ? [] : [`${category}:${fits}`];
}

function describe({ category, industry, days }: FeeQuestion): string {
  return [
    category === null ? 'of a permit whose category is not known' : `of a permit of category ${category}`,
    ...(industry == null ? [] : [`in ${industry}`]),
    ...(days == null ? [] : [`for ${days} days`]),
  ].join(' ');
}

function numbersIn(value: ParameterValue['value']): readonly number[] {
  if (typeof value === 'number') return [value];
  return Array.isArray(value) ? value.filter((one) => typeof one === 'number') : [];
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
