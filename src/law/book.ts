import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import type { EpochDay } from '../domain/dates.js';
import { WorkingCalendar } from './calendar.js';
import { type ConflictNote, conflictNotesOf } from './conflict-notes.js';
import { Countries } from './countries.js';
import { type LawFiles, type NamedFile, readLaw } from './files.js';
import { LawError } from './law-error.js';
import { isPaperLaw, type PaperLaw, paperLawOf } from './paper-law.js';
import { type ParameterAnswer, type ParameterQuestion, Parameters } from './parameters.js';
import { type CompiledRule, compileVersion, linkProgram, type Program } from './program.js';
import { type Rule, ruleInReading } from './rule.js';
import type { Penalty, Region, SizeRow, Source } from './schema.js';

/** The readings an employer chose, by rule or parameter; what is not named keeps its default. */
export type ReadingChoices = Readonly<Record<string, string>>;

/** The law as data, checked, frozen and ready to run. */
export interface RuleBook {
  /** SHA-256 over all files, so that an answer can name the law it was computed with. */
  readonly hash: string;
  readonly rules: ReadonlyMap<string, Rule>;
  readonly calendar: WorkingCalendar;
  readonly countries: Countries;
  readonly regions: ReadonlyMap<string, Region>;
  readonly sizes: ReadonlyMap<string, SizeRow>;
  readonly penalties: ReadonlyMap<string, Penalty>;
  readonly parameters: Parameters;
  /** The value of a parameter on a day; throws for a name that does not exist. */
  parameter(name: string, question: ParameterQuestion): ParameterAnswer;
  /** The readings that this book applies instead of the defaults. */
  readonly choices: ReadingChoices;
  /** The same law under other readings. Throws LawError for a reading that does not exist. */
  withReadings(choices: ReadingChoices): RuleBook;
  /** The rules as functions, and what the engine asks of the parameters at every step. */
  readonly program: Program;
  /** The reading by which days are counted from an event of a day: the chosen one, else that of the day's own law. */
  readonly countingOn: (day: EpochDay) => string;
  /** Calendar months after which nobody is liable for an offence that ended on a day. */
  readonly limitationMonthsOn: (day: EpochDay) => number;
  readonly extensionLimit: (category: string, day: EpochDay) => number | null;
  /** Routes, checklists and findings: the law about papers, read when it is first asked for. Throws LawError then. */
  readonly papers: PaperLaw;
  /** Where sources contradict each other and nothing can be chosen; read when first asked for. Throws LawError then. */
  readonly conflictNotes: readonly ConflictNote[];
  readonly files: readonly string[];
  /** The files word for word: with them the book can be made again by whoever kept them. */
  readonly texts: LawTexts;
}

export interface RuleBookOptions {
  /** Folder of the shipped law; left out: the one beside this module. */
  readonly dir?: string;
  /** Folder of files laid over the shipped ones: new dated lines, new readings, new rules, moved working days. */
  readonly overlayDir?: string;
}

/**
 * Reads and checks the law. Takes a few tens of milliseconds and is done once per process.
 * Throws LawError naming the file, the place in it, what is wrong and how to mend it.
 */
export function loadRuleBook(options: RuleBookOptions = {}): RuleBook {
  const book = ruleBookOf(lawTexts(options));
  if (book.texts.laid.length > 0) readWhole(book);
  return book;
}

/**
 * Reads at once what is else read when somebody asks for it. Files that somebody laid over the shipped ones are read like
 * this: a mistake in them has to show before the ledger works by them. Gives the number of entries. Throws LawError.
 */
export function readWhole({ papers, conflictNotes, rules, texts }: RuleBook): number {
  const laid = new Set(texts.laid.map(({ path }) => path));
  const examples = [...rules.values()].filter(({ file }) => laid.has(file)).flatMap((rule) => rule.examples);
  return papers.findingExamples().length + conflictNotes.length + examples.length;
}

/** The book that some texts make. Throws LawError like `loadRuleBook`. */
export function ruleBookOf(texts: LawTexts): RuleBook {
  const { shipped, laid } = texts;
  const hash = createHash('sha256');
  for (const { path, text } of [...shipped, ...laid]) hash.update(path).update('\0').update(text).update('\0');
  const law = readLaw(shipped.filter(isReadAtOnce).map(parsed), laid.filter(isReadAtOnce).map(parsed));
  return bookOf(law, texts, hash.digest('hex'), {}, readLater([...shipped, ...laid]));
}

/** What no deadline needs: read when it is first asked for, so that the start is quick. */
interface Later {
  readonly papers: () => PaperLaw;
  readonly conflictNotes: () => readonly ConflictNote[];
}

function readLater(files: readonly FileText[]): Later {
  let notes: readonly ConflictNote[] | undefined;
  return {
    papers: paperLawOf(files.filter(isPaperLaw), yaml),
    conflictNotes: () => {
      notes ??= files.filter(isConflicts).flatMap(({ path, text }) => conflictNotesOf(path, yaml(path, text)));
      return notes;
    },
  };
}

function isReadAtOnce(file: FileText): boolean {
  return !isPaperLaw(file) && !isConflicts(file);
}

function isConflicts({ text }: FileText): boolean {
  return /^conflicts:/m.test(text);
}

/** The files of the law, word for word: what the hash is taken over, the shipped ones first, each as path, NUL, text, NUL. */
export interface LawTexts {
  readonly shipped: readonly FileText[];
  readonly laid: readonly FileText[];
}

/** Reads the files of the law without looking into them. */
export function lawTexts(options: RuleBookOptions = {}): LawTexts {
  return {
    shipped: filesIn(options.dir ?? dirname(fileURLToPath(import.meta.url))),
    laid: options.overlayDir === undefined ? [] : filesIn(options.overlayDir),
  };
}

export interface FileText {
  readonly path: string;
  readonly text: string;
}

function filesIn(dir: string): readonly FileText[] {
  let paths: string[];
  try {
    paths = readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter((path) => /\.ya?ml$/.test(path));
  } catch (error) {
    throw new LawError({
      file: dir,
      problem: 'is not a folder that can be read',
      remedy: 'name an existing folder with the YAML files of the law',
      cause: error,
    });
  }
  return paths
    .map((path) => ({
      path: relative(dir, join(dir, path)).split(sep).join('/'),
      text: readFileSync(join(dir, path), 'utf8'),
    }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Reads the first document of a file, and its second (the examples) only when it is asked for. */
function parsed({ path, text }: FileText): NamedFile {
  const [rule = '', examples] = text.split(/^---$/m);
  const content = yaml(path, rule);
  return examples === undefined ? { path, content } : { path, content, examples: () => yaml(path, examples) };
}

function yaml(path: string, text: string): unknown {
  try {
    return parse(text, { version: '1.2', schema: 'core', prettyErrors: true });
  } catch (error) {
    throw new LawError({
      file: path,
      problem: `is not readable YAML: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`,
      remedy: 'mend the line named above; indent with two spaces and put sentences with a colon in quotes',
      cause: error,
    });
  }
}

function bookOf(law: LawFiles, texts: LawTexts, hash: string, choices: ReadingChoices, later: Later): RuleBook {
  const compiled = [...law.rules.values()].map((rule, index) => compiledRule(rule, index, choices[rule.id]));
  const program = linkProgram(compiled);
  for (const name of Object.keys(choices)) requireKnown(law, name);
  const variants = new Map<string, RuleBook>();
  const book: RuleBook = {
    hash,
    rules: law.rules,
    calendar: law.calendar,
    countries: law.countries,
    regions: law.regions,
    sizes: law.sizes,
    penalties: law.penalties,
    parameters: law.parameters,
    parameter: (name, question) => law.parameters.ask(name, question),
    choices,
    withReadings(others) {
      if (Object.keys(others).length === 0) return book;
      const all = { ...choices, ...others };
      const key = JSON.stringify(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1)));
      const known = variants.get(key) ?? bookOf(law, texts, hash, all, later);
      variants.set(key, known);
      return known;
    },
    program,
    countingOn: law.parameters.readingsByDay('counting-of-days', choices['counting-of-days']),
    limitationMonthsOn: law.parameters.numbersByDay('limitation'),
    extensionLimit: (category, day) => law.parameters.limitOn('extension-limit', category, day),
    get papers() {
      return later.papers();
    },
    get conflictNotes() {
      return later.conflictNotes();
    },
    files: law.files,
    texts,
  };
  return Object.freeze(book);
}

function compiledRule(rule: Rule, index: number, choice: string | undefined): CompiledRule {
  const { reading, versions } = ruleInReading(rule, choice);
  const compiled = versions.map((version) => {
    try {
      return compileVersion({ rule: rule.id, reading, version });
    } catch (error) {
      throw new LawError({
        file: rule.file,
        path: `versions of ${version.validFrom}`,
        problem: error instanceof Error ? error.message : String(error),
        remedy: 'correct the word, or ask for a new one to be added to the vocabulary',
        cause: error,
      });
    }
  });
  return { id: rule.id, index, stream: rule.stream, versions: compiled.reverse() };
}

function requireKnown(law: LawFiles, name: string): void {
  if (law.rules.has(name) || law.parameters.has(name)) return;
  throw new LawError({
    file: 'readings',
    path: name,
    problem: 'names neither a rule nor a parameter of the law',
    remedy: 'look the name up in the list of rules and conflicts',
  });
}

/** The choices that a book knows: a later book may have dropped a reading that somebody chose. */
export function knownChoices(book: RuleBook, choices: ReadingChoices): ReadingChoices {
  return Object.fromEntries(
    Object.entries(choices).filter(([name, reading]) =>
      (book.rules.get(name)?.readings ?? book.parameters.files.get(name)?.readings ?? []).some(
        (one) => one.reading === reading,
      ),
    ),
  );
}

export type { Rule, Source };
