import type { Day } from '../domain/dates.js';
import type { RuleBook } from './book.js';
import { dayNumber, dayTextOrNull } from './days.js';
import { type Asked, compileAsked, compileDay, filled, type Matches, type Truth, type Values } from './matching.js';
import type { SourceKind } from './obligation.js';
import type { PaperLaw } from './paper-law.js';
import { permitFee } from './permit-fee.js';
import type { AnswerSpec, Contradiction, groupSources, NeedSpec, WaySpec } from './routes-schema.js';
import type { CountryGroup } from './schema.js';

export type EmployerKind = 'company' | 'individual' | 'foreign-entity-without-branch';
export type WorkBasis = 'employment-contract' | 'ict' | 'service-contract';

/** A plan to bring a foreigner to work. What is left out or null is not known, and may leave an answer open. */
export interface RouteQuestion {
  /** ISO 3166-1 alpha-2. */
  readonly citizenship: string | null;
  readonly category?: string | null | undefined;
  readonly position?: string | null | undefined;
  readonly employerKind?: EmployerKind | null | undefined;
  readonly basis?: WorkBasis | null | undefined;
  readonly purpose?: string | null | undefined;
  /** Length of the stay in calendar days, the day of arrival included. */
  readonly stayDays?: number | null | undefined;
  readonly exemptionGround?: string | null | undefined;
  readonly permanentResident?: boolean | null | undefined;
  readonly withFamily?: boolean | null | undefined;
  /** The four facts that make a stay work and not business. */
  readonly longTermAssignment?: boolean | null | undefined;
  readonly titleOnOrgChart?: boolean | null | undefined;
  readonly paidHere?: boolean | null | undefined;
  readonly permitHeldOrApplied?: boolean | null | undefined;
  /** The day of the plan: the law of that day, and the first day of the stay. */
  readonly on: Day;
}

export interface RouteSource {
  readonly reference: string;
  readonly sourceKind: SourceKind;
  readonly checkedOn: Day;
  readonly verified: boolean;
  readonly remark: string | null;
}

export interface RouteNeed extends RouteSource {
  readonly need: string;
  readonly title: string;
  readonly kind: NeedSpec['kind'];
  readonly needed: Truth;
  readonly because: string;
  /** What would have to be known for an answer. */
  readonly missing: readonly string[];
  /** Last day to have it, where one is known. */
  readonly byDay: Day | null;
  /** Rule of the ledger that watches it; null where none does. */
  readonly watchedBy: string | null;
  readonly contradictions: readonly Contradiction[];
}

export interface Route extends RouteSource {
  readonly way: string;
  readonly title: string;
  readonly because: string;
}

export interface RouteAssessment {
  readonly route: Route;
  /** In the order in which they are taken. */
  readonly needs: readonly RouteNeed[];
  readonly ruleBook: string;
}

/** The words that conditions about routes and checklists may use. */
export const ROUTE_WORDS: ReadonlySet<string> = new Set([
  'citizenship',
  'country',
  'groups',
  'permitFreeCountry',
  'visaFreeCountry',
  'residencePermitCountry',
  'residencePermitAfterDays',
  'labourImmigrantCountry',
  'stayWithoutPapersDays',
  'category',
  'position',
  'employerKind',
  'basis',
  'purpose',
  'isWork',
  'stayDays',
  'exemptionGround',
  'exemptionKnown',
  'permanentResident',
  'withFamily',
  'longTermAssignment',
  'titleOnOrgChart',
  'paidHere',
  'permitHeldOrApplied',
  'permitFee',
  'way',
  'on',
]);

/** Works out which papers and steps a plan needs by the law of its day, each with its reason and its source. */
export function assessRoute(question: RouteQuestion, book: RuleBook): RouteAssessment {
  const program = programOf(book.papers);
  const first = routeValues(question, book);
  const { route, values } = chooseWay(program, first);
  const groups = groupsOf(question, book);
  return {
    route,
    needs: program.needs.map((need) => answered(need, values, { groups, book })),
    ruleBook: book.hash,
  };
}

/** The values that conditions about this plan are asked with, the chosen way among them. */
export function valuesOfRoute(question: RouteQuestion, book: RuleBook): Values {
  return chooseWay(programOf(book.papers), routeValues(question, book)).values;
}

function chooseWay(program: RouteProgram, first: Values): { readonly route: Route; readonly values: Values } {
  for (const { spec, matches } of program.ways) {
    if (matches(first) !== 'yes') continue;
    const { way, title, because } = spec;
    const values = { ...first, way };
    return { route: { way, title, because: filled(because, values), ...sourceOf(spec) }, values };
  }
  const values = { ...first, way: 'not-known' };
  return {
    route: {
      way: 'not-known',
      title: 'Not known',
      because:
        'Too little is known of the plan to say how this person may work here: give the citizenship and the purpose.',
      reference: 'The plan as it was given',
      sourceKind: 'policy',
      checkedOn: String(first['on']),
      verified: true,
      remark: null,
    },
    values,
  };
}

interface Law {
  readonly groups: readonly CountryGroup[];
  readonly book: RuleBook;
}

function answered(need: CompiledNeed, values: Values, { groups, book }: Law): RouteNeed {
  const { need: name, title, kind } = need.spec;
  const on = String(values['on']);
  for (const { spec, matches, names, by } of need.answers) {
    if (spec.validFrom !== undefined && on < spec.validFrom) continue;
    if (spec.validTo !== undefined && on > spec.validTo) continue;
    const truth = matches(values);
    if (truth === 'no') continue;
    const missing = truth === 'yes' ? [] : names.filter((one) => (values[one] ?? null) === null);
    const needed = truth === 'yes' ? spec.needed : 'not-known';
    const group = spec.sourceOf === undefined ? undefined : groups.find(SAYS[spec.sourceOf]);
    return {
      need: name,
      title,
      kind,
      needed,
      because:
        truth === 'yes'
          ? filled(spec.because, values)
          : `It depends on what is not known of the plan: ${missing.map(spoken).join(', ')}.`,
      missing,
      byDay: needed === 'no' ? null : lastDay(spec, by(values), { on, book }),
      watchedBy: spec.watchedBy !== undefined && book.rules.has(spec.watchedBy) ? spec.watchedBy : null,
      contradictions: spec.contradictions ?? [],
      ...(group === undefined ? sourceOf(spec) : sourceOf(group)),
    };
  }
  throw new Error(`The law's files give no answer for ${name}: its last answer must have no condition.`);
}

function lastDay(spec: AnswerSpec, byDay: Day | null, { on, book }: { on: Day; book: RuleBook }): Day | null {
  if (spec.byWorkingDays === undefined) return byDay;
  return dayTextOrNull(book.calendar.plus(dayNumber(on), spec.byWorkingDays));
}

const SAYS: Readonly<Record<(typeof groupSources)[number], (group: CountryGroup) => boolean>> = {
  'work-permit': ({ workPermitNeeded }) => workPermitNeeded === false,
  'work-visa': ({ workVisaNeeded }) => workVisaNeeded === false,
  'residence-permit': ({ residencePermitAfterDays }) => residencePermitAfterDays !== undefined,
  'labour-immigrant': ({ labourImmigrant }) => labourImmigrant === true,
  stay: ({ stay }) => stay !== undefined,
};

function groupsOf({ citizenship, on }: RouteQuestion, book: RuleBook): readonly CountryGroup[] {
  return citizenship === null ? [] : book.countries.groupsOf(citizenship, dayNumber(on));
}

function routeValues(question: RouteQuestion, book: RuleBook): Values {
  const { citizenship, on } = question;
  const groups = groupsOf(question, book);
  const known = citizenship !== null;
  const residence = groups.find(SAYS['residence-permit']);
  const stay = groups.flatMap((group) => group.stay?.daysPerEntry ?? []);
  const facts = [
    question.longTermAssignment,
    question.titleOnOrgChart,
    question.paidHere,
    question.permitHeldOrApplied,
  ];
  const purpose = question.purpose ?? null;
  return {
    citizenship,
    country: known ? (book.countries.names.get(citizenship) ?? citizenship) : null,
    groups: known ? groups.map(({ group }) => group) : null,
    permitFreeCountry: known ? groups.some(({ workPermitNeeded }) => workPermitNeeded === false) : null,
    visaFreeCountry: known ? groups.some(({ workVisaNeeded }) => workVisaNeeded === false) : null,
    residencePermitCountry: known ? residence !== undefined : null,
    residencePermitAfterDays: residence?.residencePermitAfterDays ?? null,
    labourImmigrantCountry: known ? groups.some(({ labourImmigrant }) => labourImmigrant === true) : null,
    stayWithoutPapersDays: stay.length === 0 ? null : Math.max(...stay),
    category: question.category ?? null,
    position: question.position ?? null,
    employerKind: question.employerKind ?? null,
    basis: question.basis ?? null,
    purpose,
    isWork:
      purpose === 'work' || facts.includes(true)
        ? true
        : purpose === null && !facts.every((one) => one === false)
          ? null
          : false,
    stayDays: question.stayDays ?? null,
    exemptionGround: question.exemptionGround ?? null,
    exemptionKnown: exemptionOn(question, book.papers),
    permanentResident: question.permanentResident ?? false,
    withFamily: question.withFamily ?? false,
    longTermAssignment: question.longTermAssignment ?? null,
    titleOnOrgChart: question.titleOnOrgChart ?? null,
    paidHere: question.paidHere ?? null,
    permitHeldOrApplied: question.permitHeldOrApplied ?? null,
    permitFee: feeIn(question, book),
    on,
  };
}

function feeIn({ category, stayDays, on }: RouteQuestion, book: RuleBook): string | null {
  const fee = [...book.rules.values()].map(({ versions }) => versions.at(-1)?.fee).find((one) => one !== undefined);
  return fee === undefined ? null : permitFee(fee, { category: category ?? null, days: stayDays, on }, book).sentence;
}

function exemptionOn({ exemptionGround, on }: RouteQuestion, { exemptions }: PaperLaw): boolean {
  return exemptions.some(
    ({ ground, validFrom, validTo }) =>
      ground === exemptionGround && validFrom <= on && (validTo === undefined || on <= validTo),
  );
}

function sourceOf(spec: WaySpec | AnswerSpec | CountryGroup): RouteSource {
  const { reference, sourceKind, checkedOn, verified, remark } = spec;
  return { reference, sourceKind, checkedOn, verified, remark: remark ?? null };
}

/** `residencePermitCountry` → "residence permit country". */
function spoken(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

interface CompiledNeed {
  readonly spec: NeedSpec;
  readonly answers: readonly {
    readonly spec: AnswerSpec;
    readonly matches: Matches;
    readonly names: readonly string[];
    readonly by: (values: Values) => Day | null;
  }[];
}

interface RouteProgram {
  readonly ways: readonly { readonly spec: WaySpec; readonly matches: Matches }[];
  readonly needs: readonly CompiledNeed[];
}

const programs = new WeakMap<PaperLaw, RouteProgram>();

function programOf(law: PaperLaw): RouteProgram {
  const known = programs.get(law);
  if (known !== undefined) return known;
  const program = {
    ways: law.ways.map((spec) => ({ spec, matches: compileAsked(spec.when, ROUTE_WORDS) })),
    needs: law.needs.map((spec) => ({
      spec,
      answers: spec.answers.map((answer) => ({
        spec: answer,
        matches: compileAsked(answer.when, ROUTE_WORDS),
        names: namesIn(answer.when),
        by: answer.by === undefined ? () => null : compileDay(answer.by, ROUTE_WORDS),
      })),
    })),
  };
  programs.set(law, program);
  return program;
}

/** The values that a condition looks at. */
function namesIn(condition: Asked | undefined): readonly string[] {
  return [
    ...new Set(
      Object.entries(condition ?? {}).flatMap(([name, part]) =>
        name === 'anyOf' || name === 'noneOf' ? (part as readonly Asked[]).flatMap(namesIn) : [name],
      ),
    ),
  ];
}
