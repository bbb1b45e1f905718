import { addDays, type Day } from '../domain/dates.js';
import type { RuleBook } from './book.js';
import { dayNumber, dayText, plusMonths } from './days.js';
import type { QuotaRequest } from './findings.js';
import { compileAsked, compileDay, type DayOf, type Matches, type Truth, type Values } from './matching.js';
import type { SourceKind } from './obligation.js';
import type { PaperLaw } from './paper-law.js';
import { lastDayOf, Papers, type PermitPaper, type ProvidedPaper } from './papers.js';
import { ROUTE_WORDS, type RouteQuestion, valuesOfRoute } from './routes.js';
import type { ChecklistSpec, LedgerFact, LegalisationLine, SlotSpec } from './routes-schema.js';

/** How a slot of a file stands. All but `there` block the filing when the slot is required. */
export type SlotState =
  | 'there'
  | 'missing'
  | 'expired'
  | 'too-short'
  | 'too-old'
  | 'not-legalised'
  | 'contradicted'
  | 'incomplete'
  | 'waiting'
  | 'not-known';

export interface Slot {
  readonly slot: string;
  readonly title: string;
  readonly state: SlotState;
  /** What is wrong or there, as a sentence. */
  readonly because: string;
  readonly required: boolean;
  /** The event that filled it. */
  readonly eventId: string | null;
  readonly reference: string;
  readonly sourceKind: SourceKind;
  readonly verified: boolean;
}

export interface Checklist {
  readonly checklist: string;
  readonly title: string;
  /** Whether the file is ready to be handed in. */
  readonly ready: Truth;
  readonly blockedBy: readonly string[];
  /** The slot to be filled next; null when none is open. */
  readonly next: string | null;
  readonly slots: readonly Slot[];
  readonly reference: string;
  readonly sourceKind: SourceKind;
  readonly verified: boolean;
}

export interface ChecklistQuestion {
  readonly papers: Papers;
  /** The day on which the file would be handed in. */
  readonly today: Day;
  readonly employerKind: RouteQuestion['employerKind'];
  /** Last day of the intended stay; left out: the longest of permit, contract and visa. */
  readonly stayUntil?: Day | undefined;
  /** Whether a place of the quota is there; left out: not known. */
  readonly hasQuotaPlace?: boolean | undefined;
  /** The request of a quota that an employer's file is about; null: none was recorded. */
  readonly quotaRequest?: FiledQuotaRequest | null | undefined;
}

/** What the file of a quota request is held against. */
export interface FiledQuotaRequest extends QuotaRequest {
  /** How many foreigners it asks for, over all positions. */
  readonly places: number;
}

export const CHECKLIST_WORDS: ReadonlySet<string> = new Set([
  ...ROUTE_WORDS,
  'today',
  'stayUntil',
  'hasIin',
  'hasVisa',
  'hasPermit',
  'withSpouse',
  'withChild',
]);

/** The files that a worker's route asks for, each slot held against the documents that were recorded by the day. */
export function checklistsOf(question: ChecklistQuestion, book: RuleBook): readonly Checklist[] {
  const { papers, today } = question;
  const values: Values = {
    ...valuesOfRoute(routeQuestion(question), book),
    today,
    stayUntil: stayUntilOf(question),
    hasIin: papers.hasIin,
    hasVisa: papers.visas.some((visa) => lastDayOf(visa) >= today),
    hasPermit: papers.permits.some((permit) => lastDayOf(permit) >= today),
    withSpouse: [...papers.members.values()].some(({ relation }) => relation === 'spouse'),
    withChild: [...papers.members.values()].some(({ relation }) => relation === 'child'),
  };
  return programOf(book.papers)
    .filter(({ spec, matches }) => spec.of !== 'employer' && matches(values) === 'yes')
    .map((checklist) => evaluated(checklist, { question, values, book }));
}

/** The files of an employer about one region and year, each slot held against the request as it was recorded. */
export function employerChecklistsOf(
  { quotaRequest, today }: { readonly quotaRequest: FiledQuotaRequest | null; readonly today: Day },
  book: RuleBook,
): readonly Checklist[] {
  const values: Values = { today, on: today };
  const question = { papers: new Papers(), today, employerKind: 'company' as const, quotaRequest };
  return programOf(book.papers)
    .filter(({ spec, matches }) => spec.of === 'employer' && matches(values) === 'yes')
    .map((checklist) => evaluated(checklist, { question, values, book }));
}

/** The route on which the recorded facts put a worker. */
export function routeQuestion({ papers, today, employerKind, stayUntil }: ChecklistQuestion): RouteQuestion {
  const { exemption, residentFrom, arrivedOn } = papers;
  const category = papers.permits.at(-1)?.category ?? papers.applications.at(-1)?.category ?? null;
  const basis = papers.basis ?? (category === 'ict' ? 'ict' : 'employment-contract');
  const isExempt =
    exemption !== null && exemption.from <= today && (exemption.until === null || today <= exemption.until);
  const lastDay = stayUntil ?? stayUntilOf({ papers, today, employerKind });
  const firstDay = arrivedOn ?? today;
  return {
    citizenship: papers.citizenship,
    category,
    employerKind: employerKind ?? 'company',
    basis: basis as RouteQuestion['basis'],
    purpose: papers.declaredPurpose ?? 'work',
    stayDays: lastDay === null ? null : Math.max(1, dayNumber(lastDay) - dayNumber(firstDay) + 1),
    exemptionGround: isExempt ? exemption.ground : null,
    permanentResident: residentFrom !== null && residentFrom <= today,
    withFamily: papers.members.size > 0,
    on: today,
  };
}

function stayUntilOf({ papers, today, stayUntil }: ChecklistQuestion): Day | null {
  if (stayUntil !== undefined) return stayUntil;
  const ends = [
    ...papers.permits.map(lastDayOf),
    ...papers.contracts.map(({ validUntil }) => validUntil),
    ...papers.visas.map(lastDayOf),
  ].filter((end) => end >= today);
  return ends.length === 0 ? null : ends.reduce((a, b) => (a > b ? a : b));
}

interface Context {
  readonly question: ChecklistQuestion;
  readonly values: Values;
  readonly book: RuleBook;
}

function evaluated({ spec, slots }: CompiledChecklist, context: Context): Checklist {
  const shown: Slot[] = [];
  let open: string | null = null;
  for (const slot of slots) {
    if (slot.matches(context.values) === 'no') continue;
    const own = slotOf(slot, context);
    const waits = spec.inOrder === true && open !== null && own.state === 'missing';
    shown.push(waits ? { ...own, state: 'waiting', because: `${own.title}: ${open} comes first.` } : own);
    if (own.required && own.state !== 'there') open ??= own.title;
  }
  const blocking = shown.filter(({ required, state }) => required && state !== 'there');
  const isOpen = blocking.length > 0 && blocking.every(({ state }) => state === 'not-known');
  const { checklist, title, reference, sourceKind, verified } = spec;
  return {
    checklist,
    title,
    ready: blocking.length === 0 ? 'yes' : isOpen ? 'not-known' : 'no',
    blockedBy: blocking.map(({ because }) => because),
    next: blocking[0]?.slot ?? null,
    slots: shown,
    reference,
    sourceKind,
    verified,
  };
}

type Judged = Pick<Slot, 'state' | 'because' | 'eventId'>;

function slotOf({ spec, goodUntil }: CompiledSlot, context: Context): Slot {
  const { slot, title, reference, sourceKind, verified } = spec;
  const until = goodUntil === null ? null : goodUntil(context.values);
  const first = spec.first === undefined ? null : factOf(spec.first, context);
  const judged =
    first !== null && first.there !== true
      ? {
          state: 'waiting' as const,
          because: `${title}: ${FACT_NAMES[spec.first ?? 'passport']} comes first.`,
          eventId: null,
        }
      : spec.fact === undefined
        ? documentOf(spec, until, context)
        : ledgerFactOf(spec, spec.fact, until, context);
  return { slot, title, ...judged, required: spec.required !== false, reference, sourceKind, verified };
}

/** Family certificates may be recorded for the member; every other paper is the worker's own. */
const FAMILY_PAPERS: ReadonlySet<string> = new Set(['marriage-certificate', 'birth-certificate']);

/** The better a paper stands, the later its state comes here. */
const ORDER: readonly SlotState[] = ['expired', 'too-old', 'too-short', 'not-legalised', 'not-known', 'there'];

function documentOf(spec: SlotSpec, until: Day | null, context: Context): Judged {
  const kinds: ReadonlySet<string> = new Set(spec.documents ?? []);
  const papers = context.question.papers.provided.filter(
    ({ kind, memberId }) => kinds.has(kind) && (memberId === null || FAMILY_PAPERS.has(kind)),
  );
  let best: Judged | null = null;
  for (const paper of papers) {
    const judged = judgedPaper(spec, paper, until, context);
    if (best === null || ORDER.indexOf(judged.state) >= ORDER.indexOf(best.state)) best = judged;
  }
  return best ?? { state: 'missing', because: `${spec.title} is missing.`, eventId: null };
}

function judgedPaper(spec: SlotSpec, paper: ProvidedPaper, until: Day | null, { question, book }: Context): Judged {
  const { today, papers } = question;
  const { eventId, expiresOn, issuedOn, country, kind } = paper;
  const bad = (state: SlotState, because: string): Judged => ({ state, because, eventId });
  if (expiresOn !== null && expiresOn < today) return bad('expired', `${spec.title} ended on ${expiresOn}.`);
  if (spec.notOlderThanMonths !== undefined) {
    const last = dayText(plusMonths(dayNumber(issuedOn), spec.notOlderThanMonths));
    if (last < today) {
      return bad('too-old', `${spec.title} of ${issuedOn} is older than ${spec.notOlderThanMonths} months.`);
    }
  }
  if (expiresOn !== null && until !== null && expiresOn < until) {
    return bad('too-short', `${spec.title} ends on ${expiresOn}, but must be good until ${until}.`);
  }
  if (spec.legalised === true) {
    const line = legalisationFor(country, today, book.papers);
    const where = book.countries.names.get(country) ?? country;
    const isDone =
      line === null
        ? null
        : line.form === 'none' ||
          papers.legalised.some((one) => one.kind === kind && one.country === country && suffices(one.form, line.form));
    if (isDone === null) return bad('not-known', `Which form a paper of ${where} needs is not known.`);
    if (!isDone) {
      return bad(
        'not-legalised',
        `${spec.title} of ${where} needs ${FORMS[line?.form ?? 'none']} (${line?.title ?? ''}).`,
      );
    }
  }
  return { state: 'there', because: `${spec.title} of ${issuedOn} is there.`, eventId };
}

const FORMS: Readonly<Record<LegalisationLine['form'], string>> = {
  none: 'no further form',
  'notarised-copy': 'a notarised copy',
  apostille: 'an apostille',
  legalisation: 'legalisation by the consulate',
};

/** A stricter form serves for a milder one; an apostille is worth nothing where the country is no party. */
function suffices(form: string, needed: LegalisationLine['form']): boolean {
  const rank = ['none', 'notarised-copy', 'apostille', 'legalisation'];
  return rank.indexOf(form) >= rank.indexOf(needed);
}

/** The form in which papers of a country are accepted on a day; null where the law's files say nothing. */
export function legalisationFor(country: string, day: Day, { legalisation }: PaperLaw): LegalisationLine | null {
  const applies = legalisation.filter(
    ({ validFrom, validTo }) => validFrom <= day && (validTo === undefined || day <= validTo),
  );
  return (
    applies.find(({ countries }) => countries?.includes(country) === true) ??
    applies.find(({ countries }) => countries === undefined) ??
    null
  );
}

interface FactState {
  /** Null: not known. */
  readonly there: boolean | null;
  readonly on?: Day | null;
  readonly until?: Day | null;
  readonly state?: SlotState;
  readonly because?: string;
}

function ledgerFactOf(spec: SlotSpec, name: LedgerFact, until: Day | null, context: Context): Judged {
  const { today } = context.question;
  const fact = factOf(name, context);
  const eventId = null;
  if (fact.there === null) return { state: 'not-known', because: `${spec.title}: not known.`, eventId };
  if (!fact.there) {
    return { state: fact.state ?? 'missing', because: fact.because ?? `${spec.title} is missing.`, eventId };
  }
  const end = fact.until ?? null;
  if (end !== null && end < today) return { state: 'expired', because: `${spec.title} ended on ${end}.`, eventId };
  if (end !== null && until !== null && end < until) {
    return { state: 'too-short', because: `${spec.title} ends on ${end}, but must be good until ${until}.`, eventId };
  }
  const on = fact.on ?? null;
  if (spec.restsDays !== undefined && on !== null && addDays(on, spec.restsDays) > today) {
    return { state: 'waiting', because: `${spec.title} of ${on}: not before ${addDays(on, spec.restsDays)}.`, eventId };
  }
  return { state: 'there', because: `${spec.title} is there.`, eventId };
}

function factOf(name: LedgerFact, { question }: Context): FactState {
  const { papers, today, hasQuotaPlace, quotaRequest } = question;
  const permit = latestOf(papers.permits);
  switch (name) {
    case 'passport':
      return { there: papers.passportExpiresOn === null ? null : true, until: papers.passportExpiresOn };
    case 'work-permit':
      return { there: permit !== null, until: permit === null ? null : lastDayOf(permit) };
    case 'contract': {
      const contract = papers.contracts.at(-1);
      return { there: contract !== undefined, until: contract?.validUntil ?? null };
    }
    case 'contract-clauses':
      return clausesOf(papers);
    case 'iin':
      return { there: papers.hasIin };
    case 'invitation':
      return { there: papers.invitation !== null, on: papers.invitation?.on ?? null };
    case 'invitation-request':
      return { there: papers.invitationRequestedOn !== null || papers.invitation !== null };
    case 'vacancy':
      return { there: papers.vacancyOn !== null, on: papers.vacancyOn };
    case 'visa': {
      const ends = papers.visas.map(lastDayOf).sort();
      return { there: ends.length > 0, until: ends.at(-1) ?? null };
    }
    case 'consular-fee':
      return { there: papers.feePaidOn !== null, on: papers.feePaidOn };
    case 'interview':
      return { there: papers.interviewOn !== null, on: papers.interviewOn };
    case 'permit-application':
      return { there: papers.applications.length > 0 };
    case 'quota':
      return { there: hasQuotaPlace ?? null };
    case 'quota-positions':
      return { there: (quotaRequest?.places ?? 0) > 0 };
    case 'quota-activity':
      return { there: quotaRequest != null && quotaRequest.activity !== null };
    case 'quota-contracts':
      return { there: quotaRequest != null && quotaRequest.serviceContracts !== null };
    case 'same-name': {
      const current = papers.permits.filter((one) => lastDayOf(one) >= today);
      if (current.some((one) => papers.nameMatches(one) === false)) {
        return {
          there: false,
          state: 'contradicted',
          because: 'The name on the permit is not that of the passport, in whatever spelling: mend the permit first.',
        };
      }
      return { there: current.some((one) => papers.nameMatches(one) === true) ? true : null };
    }
  }
}

const FACT_NAMES: Readonly<Record<LedgerFact, string>> = {
  passport: 'the passport',
  'work-permit': 'the work permit',
  contract: 'the contract',
  'contract-clauses': 'the contract with all clauses',
  iin: 'the IIN',
  invitation: 'the invitation',
  'invitation-request': 'the request of the invitation',
  vacancy: 'the vacancy',
  visa: 'the visa',
  'consular-fee': 'the consular fee',
  interview: 'the interview',
  'permit-application': 'the application for the permit',
  'same-name': 'the right name on the permit',
  quota: 'the place in the quota',
  'quota-positions': 'number and positions',
  'quota-activity': 'the kind of activity',
  'quota-contracts': 'the copies of service contracts',
};

const CLAUSE_NAMES: Readonly<Record<string, string>> = {
  permitNumber: 'the number and validity of the permit',
  territory: 'the territory',
  jobTitle: 'the job title',
  repatriation: 'the repatriation of the body',
  salary: 'the salary',
  workingHours: 'the working hours',
  duties: 'the duties',
};

function clausesOf({ contracts }: Papers): FactState {
  const contract = contracts.at(-1);
  if (contract === undefined) return { there: false };
  const missing = Object.keys(CLAUSE_NAMES).filter((clause) => !contract.clauses.includes(clause));
  if (missing.length === 0) return { there: true };
  const named = missing.map((clause) => CLAUSE_NAMES[clause]).join(', ');
  return { there: false, state: 'incomplete', because: `Contract ${contract.number} lacks ${named}.` };
}

function latestOf(permits: readonly PermitPaper[]): PermitPaper | null {
  return permits.reduce<PermitPaper | null>(
    (found, permit) => (found === null || lastDayOf(permit) >= lastDayOf(found) ? permit : found),
    null,
  );
}

interface CompiledSlot {
  readonly spec: SlotSpec;
  readonly matches: Matches;
  readonly goodUntil: DayOf | null;
}

interface CompiledChecklist {
  readonly spec: ChecklistSpec;
  readonly matches: Matches;
  readonly slots: readonly CompiledSlot[];
}

const programs = new WeakMap<PaperLaw, readonly CompiledChecklist[]>();

function programOf(law: PaperLaw): readonly CompiledChecklist[] {
  const known = programs.get(law);
  if (known !== undefined) return known;
  const program = law.checklists.map((spec) => ({
    spec,
    matches: compileAsked(spec.when, CHECKLIST_WORDS),
    slots: spec.slots.map((slot) => ({
      spec: slot,
      matches: compileAsked(slot.when, CHECKLIST_WORDS),
      goodUntil: slot.goodUntil === undefined ? null : compileDay(slot.goodUntil, CHECKLIST_WORDS),
    })),
  }));
  programs.set(law, program);
  return program;
}
