import type { z } from 'zod';
import { checked } from './files.js';
import { type FindingExample, type FindingSpec, findingExamplesFile, findingsFile } from './findings-schema.js';
import {
  type ChecklistSpec,
  checklistsFile,
  type ExemptionSpec,
  type LegalisationLine,
  legalisationFile,
  type NeedSpec,
  routesFile,
  type VisaClass,
  visaClassesFile,
  type WaySpec,
} from './routes-schema.js';

/** The part of the law that is about papers: which are needed, what a file is made of, what contradicts what. */
export interface PaperLaw {
  readonly ways: readonly WaySpec[];
  readonly needs: readonly NeedSpec[];
  readonly exemptions: readonly ExemptionSpec[];
  readonly visaClasses: readonly VisaClass[];
  readonly legalisation: readonly LegalisationLine[];
  readonly checklists: readonly ChecklistSpec[];
  readonly findings: readonly FindingSpec[];
  /** Worked examples of the findings; read when they are asked for, as only checks need them. */
  readonly findingExamples: () => readonly FindingExample[];
}

export interface PaperLawFile {
  readonly path: string;
  readonly text: string;
}

type Content = Readonly<Record<string, unknown>>;

const KINDS = ['routes', 'visaClasses', 'legalisation', 'checklists', 'findings'] as const;
type Kind = (typeof KINDS)[number];

/** Whether a file of the law is about papers: its first key says so. */
export function isPaperLaw({ text }: PaperLawFile): boolean {
  return kindOf(text) !== undefined;
}

/**
 * The law about papers, read and checked when it is first asked for: assessing obligations needs none of it. Files that
 * come later replace entries of the same name. Throws LawError.
 */
export function paperLawOf(
  files: readonly PaperLawFile[],
  yaml: (path: string, text: string) => unknown,
): () => PaperLaw {
  let law: PaperLaw | undefined;
  return () => {
    law ??= readPaperLaw(files, yaml);
    return law;
  };
}

function readPaperLaw(files: readonly PaperLawFile[], yaml: (path: string, text: string) => unknown): PaperLaw {
  const read = files.map(({ path, text }) => {
    const [first = '', examples] = text.split(/^---$/m);
    return { path, kind: kindOf(text) as Kind, content: yaml(path, first) as Content, examples };
  });
  const of = <T extends z.ZodType>(kind: Kind, schema: T): z.infer<T>[] =>
    read
      .filter((file) => file.kind === kind)
      .map(({ path, content }) => checked({ path, content: withDefaults(content) }, schema));
  const routes = of('routes', routesFile);
  return {
    ways: latest(
      routes.flatMap(({ ways }) => ways ?? []),
      ({ way }) => way,
    ),
    needs: latest(
      routes.flatMap(({ needs }) => needs ?? []),
      ({ need }) => need,
    ),
    exemptions: latest(
      routes.flatMap(({ exemptions }) => exemptions ?? []),
      (one) => `${one.ground} ${one.validFrom}`,
    ),
    visaClasses: latest(
      of('visaClasses', visaClassesFile).flatMap(({ visaClasses }) => visaClasses),
      (one) => `${one.category} ${one.validFrom}`,
    ),
    legalisation: latest(
      of('legalisation', legalisationFile).flatMap(({ legalisation }) => legalisation),
      (one) => `${one.treaty} ${one.validFrom}`,
    ),
    checklists: latest(
      of('checklists', checklistsFile).flatMap(({ checklists }) => checklists),
      ({ checklist }) => checklist,
    ),
    findings: latest(
      of('findings', findingsFile).flatMap(({ findings }) => findings),
      ({ finding }) => finding,
    ),
    findingExamples: () =>
      read.flatMap(({ path, kind, examples }) =>
        kind !== 'findings' || examples === undefined
          ? []
          : checked({ path, content: yaml(path, examples) }, findingExamplesFile).examples,
      ),
  };
}

/** Lays a file's `defaults` under each entry of its lists, and under the answers and slots of each entry. */
function withDefaults(content: Content): Content {
  const { defaults, ...rest } = content;
  if (typeof defaults !== 'object' || defaults === null) return content;
  const inherit = (value: unknown): unknown => {
    if (!Array.isArray(value)) return value;
    return value.map((entry: Content | null) => {
      if (entry === null || typeof entry !== 'object') return entry;
      const filled: Record<string, unknown> = { ...(defaults as Content), ...entry };
      const own = sourceIn(entry);
      for (const list of ['answers', 'slots', 'contradictions'])
        if (Array.isArray(filled[list]))
          filled[list] = (filled[list] as Content[]).map((one) => laidUnder(one, { ...(defaults as Content), ...own }));
      if (Array.isArray(filled['answers'])) for (const key of SOURCE_KEYS) delete filled[key];
      return filled;
    });
  };
  return Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, inherit(value)]));
}

function laidUnder(entry: Content, below: Content): Content {
  if (entry === null || typeof entry !== 'object') return entry;
  const { contradictions } = entry;
  const filled = { ...below, ...entry };
  if (!Array.isArray(contradictions)) return filled;
  return { ...filled, contradictions: (contradictions as Content[]).map((one) => ({ ...below, ...one })) };
}

const SOURCE_KEYS = ['reference', 'sourceKind', 'checkedOn', 'verified', 'remark'] as const;

function sourceIn(entry: Content): Content {
  return Object.fromEntries(
    SOURCE_KEYS.flatMap((key) => (key === 'remark' || entry[key] === undefined ? [] : [[key, entry[key]]])),
  );
}

function kindOf(text: string): Kind | undefined {
  const key = /^([a-zA-Z]+):/m.exec(text)?.[1];
  return KINDS.find((kind) => kind === key);
}

function latest<T>(entries: readonly T[], key: (entry: T) => string): readonly T[] {
  return [...new Map(entries.map((entry) => [key(entry), Object.freeze(entry)])).values()];
}
