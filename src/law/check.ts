import { eventTypes } from '../domain/catalogue.js';
import { type Day, daysBetween } from '../domain/dates.js';
import { type LawTexts, lawTexts, type RuleBook, type RuleBookOptions, readWhole, ruleBookOf } from './book.js';
import { runExample } from './examples.js';
import { laidProblems } from './laid-check.js';
import { LawError, type LawProblem } from './law-error.js';
import { failedFindings, paperProblems, paperSources } from './paper-check.js';
import type { Rule } from './rule.js';
import type { RuleVersion, Source } from './schema.js';

export interface LawReport {
  /** What makes figures wrong: the check fails. */
  readonly problems: readonly LawProblem[];
  /** What is worth a look: values not verified or not looked up for long. */
  readonly notes: readonly LawProblem[];
  readonly rules: number;
  readonly examples: number;
  readonly values: number;
  readonly unverified: number;
}

/** A value that nobody has looked up for longer than this is named. */
const STALE_DAYS = 400;

/**
 * Checks a loaded law beyond its form: events and fields that rules wait for exist, every example comes out as it says and
 * each rule is shown on both sides of its last day. `asOf` is the day on which staleness is judged.
 */
export function checkRuleBook(book: RuleBook, asOf: Day): LawReport {
  const rules = [...book.rules.values()];
  const sources = [...sourcesOf(book)];
  const structural = structuralProblems(book, asOf);
  const isUsable = structural.every(({ where }) => where !== 'papers');
  return {
    problems: [...structural, ...failedByOrigin(book, isUsable), ...rules.flatMap(oneSided)],
    notes: sources.flatMap(([where, source]) => stale(where, source, asOf)),
    rules: rules.length,
    examples: rules.reduce((sum, { examples }) => sum + examples.length, 0),
    values: sources.length,
    unverified: sources.filter(([, { verified }]) => !verified).length,
  };
}

/**
 * What makes a law unusable beyond its form: names of events, fields, rules, penalties and words that do not exist. The
 * worked examples are not looked at.
 */
export function structuralProblems(book: RuleBook, asOf: Day): readonly LawProblem[] {
  return [
    ...(book.texts.laid.length === 0 ? [] : laidProblems(book.texts, asOf)),
    ...[...book.rules.values()].flatMap((rule) => unknownEvents(rule, book)),
    ...brokenRepeats(book),
    ...unknownRules(book),
    ...paperProblems(book, asOf),
  ];
}

/** A law that was read, and what is to be mended in the files laid over the shipped ones. */
export interface CheckedLaw {
  /** Null where the files cannot even be read. */
  readonly book: RuleBook | null;
  readonly problems: readonly LawProblem[];
}

/**
 * Reads the law and, where files are laid over the shipped one, all of it at once with its structural checks: what was
 * adopted stays adopted, so a mistake has to show before. The shipped law alone was checked before it was shipped.
 * Throws LawError where the shipped files cannot be read or a folder cannot.
 */
export function loadCheckedLaw(options: RuleBookOptions, asOf: Day): CheckedLaw {
  const texts = lawTexts(options);
  if (texts.laid.length === 0) return { book: ruleBookOf(texts), problems: [] };
  try {
    const book = ruleBookOf(texts);
    readWhole(book);
    return { book, problems: structuralProblems(book, asOf) };
  } catch (error) {
    return { book: null, problems: withLaid(error, texts, asOf) };
  }
}

/** Why laid files cannot be read, behind what else is odd in them: that may be the reason of it. */
function withLaid(error: unknown, texts: LawTexts, asOf: Day): readonly LawProblem[] {
  const odd = laidProblems(texts, asOf);
  const problem = problemOf(error);
  const isKnown =
    odd.some(({ where }) => where === problem.where) ||
    (odd.length > 0 && error instanceof LawError && texts.laid.every(({ path }) => path !== error.file));
  return isKnown ? odd : [...odd, problem];
}

function problemOf(error: unknown): LawProblem {
  if (!(error instanceof LawError))
    return { where: 'the laid files', problem: error instanceof Error ? error.message : String(error) };
  const { place } = error;
  return { where: place, problem: error.message.slice(place.length + 2) };
}

/** Every value of the law with its source. */
export function* sourcesOf(book: RuleBook): Generator<readonly [where: string, source: Source]> {
  yield* paperSources(book);
  for (const { id, versions, readings } of book.rules.values()) {
    for (const version of versions) yield [`${id} from ${version.validFrom}`, version];
    for (const reading of readings) yield [`${id}, reading ${reading.reading}`, reading];
  }
  for (const name of book.parameters.files.keys()) {
    for (const value of book.parameters.history(name)) {
      yield [`${name}${value.purpose === null ? '' : ` for ${value.purpose}`} from ${value.validFrom}`, value];
    }
  }
  for (const { penalty, versions } of book.penalties.values()) {
    for (const version of versions) yield [`${penalty} from ${version.validFrom}`, version];
  }
  for (const group of book.countries.groups) yield [`countries: ${group.group} from ${group.validFrom}`, group];
  for (const region of book.regions.values()) yield [`region ${region.code}`, region];
  for (const row of book.sizes.values()) yield [`size ${row.size}`, row];
}

function unknownEvents({ id, file, stream, versions }: Rule, { texts }: RuleBook): readonly LawProblem[] {
  const problems = versions.flatMap(({ opens, closes }) =>
    [...opens, ...closes].flatMap(({ on }) => {
      const type = eventTypes.get(on);
      if (type === undefined) return [`waits for "${on}", which is no event type of the ledger`];
      if (type.stream !== stream) return [`waits for "${on}", which happens to ${type.stream}s, not to ${stream}s`];
      return [];
    }),
  );
  const where = texts.laid.some(({ path }) => path === file) ? `${file}: ${id}` : id;
  return [...new Set([...problems, ...versions.flatMap(unknownFields)])].map((problem) => ({ where, problem }));
}

/** Fields that a condition or a day reads off an event which has no such field. */
function unknownFields({ opens, closes, deadline }: RuleVersion): readonly string[] {
  return [...opens, ...closes].flatMap((spec) => {
    const type = eventTypes.get(spec.on);
    if (type === undefined) return [];
    const known = new Set([...Object.keys(type.data.shape), ...Object.keys(type.derived ?? {})]);
    const own =
      'responsible' in spec
        ? { ...spec, deadline: spec.trigger === undefined ? (spec.deadline ?? deadline) : undefined }
        : spec;
    const named = [...JSON.stringify(own).matchAll(/"event\.(\w+)"/g)].map(([, field = '']) => field);
    return named
      .filter((field) => !known.has(field))
      .map((field) => `reads "event.${field}" off ${spec.on}, which has no such field`);
  });
}

/**
 * The shipped examples tell of the shipped law, so they are worked out with that alone: files laid over it may rightly
 * change what comes out. The examples of the laid files are worked out with all files.
 */
function failedByOrigin(book: RuleBook, withFindings: boolean): readonly LawProblem[] {
  const { shipped: texts, laid } = book.texts;
  const shipped = laid.length === 0 ? book : ruleBookOf({ shipped: texts, laid: [] });
  const ofShipped = [...shipped.rules.values()].flatMap((rule) => failedExamples(rule, shipped));
  const findings = withFindings ? failedFindings(shipped) : [];
  if (laid.length === 0) return [...ofShipped, ...findings];
  // A laid file adds its examples behind those that it is laid over.
  const ofLaid = [...book.rules.values()].flatMap((rule) =>
    failedExamples(rule, book, shipped.rules.get(rule.id)?.examples.length),
  );
  const laidFindings = withFindings ? failedFindings(book, shipped.papers.findingExamples().length) : [];
  return [...ofShipped, ...ofLaid, ...findings, ...laidFindings];
}

function failedExamples(rule: Rule, book: RuleBook, from = 0): readonly LawProblem[] {
  return rule.examples.slice(from).flatMap((example) => {
    try {
      return runExample(example, book, rule.id).map((text) => ({
        where: rule.file,
        problem: `example "${example.example}": ${text}`,
      }));
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      return [{ where: rule.file, problem: `example "${example.example}" cannot run: ${text}` }];
    }
  });
}

/** A rule that is never late, or never in time, in its own examples shows only one side of its edge. */
function oneSided({ file, examples }: Rule): readonly LawProblem[] {
  const told = examples.flatMap(({ expect }) => expect);
  const late = told.some(({ state, late: isLate }) => state === 'overdue' || isLate === true);
  const inTime = told.some(({ state, late: isLate }) => state === 'open' || isLate === false);
  const endless = told.some(({ dueOn }) => dueOn === null);
  if (inTime && (late || endless)) return [];
  return [{ where: file, problem: `has no example ${inTime ? 'after' : 'on or before'} its last day` }];
}

function brokenRepeats({ penalties }: RuleBook): readonly LawProblem[] {
  return [...penalties.values()].flatMap(({ penalty, repeat }) =>
    repeat === undefined || penalties.has(repeat)
      ? []
      : [{ where: penalty, problem: `names "${repeat}" for a repeat, which does not exist` }],
  );
}

function unknownRules({ conflictNotes, rules }: RuleBook): readonly LawProblem[] {
  return conflictNotes.flatMap(({ conflict, rule }) =>
    rule === undefined || rules.has(rule)
      ? []
      : [{ where: `conflict ${conflict}`, problem: `names the rule "${rule}", which does not exist` }],
  );
}

function stale(where: string, { checkedOn, reference }: Source, asOf: Day): readonly LawProblem[] {
  const days = daysBetween(checkedOn, asOf);
  return days > STALE_DAYS ? [{ where, problem: `was last looked up ${days} days ago (${reference})` }] : [];
}
