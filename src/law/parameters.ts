import type { Day, EpochDay } from '../domain/dates.js';
import { dayNumber, yearOf } from './days.js';
import { LawError } from './law-error.js';
import type { ParameterFile, ParameterLine, Source } from './schema.js';

export interface ParameterQuestion {
  readonly on: Day;
  /** Which of several values that exist side by side: `fines` or `benefits` for the MCI, a category for a limit. */
  readonly purpose?: string | undefined;
}

export type ParameterContent = ParameterLine['value'];

/** A dated value with where it comes from. */
export interface ParameterValue extends Source {
  readonly value: ParameterContent;
  readonly validFrom: Day;
  readonly validTo: Day | null;
  readonly purpose: string | null;
}

/** The value that applies on a day, or nothing where the law of that day is not known. Nothing is ever extrapolated. */
export interface ParameterAnswer {
  readonly name: string;
  readonly title: string;
  readonly unit: string | null;
  readonly on: Day;
  readonly known: ParameterValue | null;
  /** The last value that was in force before the day, where the day's own is not known. */
  readonly lastKnown: ParameterValue | null;
}

interface Line {
  readonly value: ParameterValue;
  readonly from: EpochDay;
  readonly until: EpochDay;
}

interface Parameter {
  readonly file: ParameterFile;
  /** Newest first, by purpose; the empty purpose for a parameter that has none. */
  readonly lines: ReadonlyMap<string, readonly Line[]>;
}

/** All parameters of the law by name. */
export class Parameters {
  readonly files: ReadonlyMap<string, ParameterFile>;
  readonly #parameters: ReadonlyMap<string, Parameter>;

  constructor(files: readonly ParameterFile[]) {
    this.files = new Map(files.map((file) => [file.parameter, file]));
    this.#parameters = new Map(files.map((file) => [file.parameter, { file, lines: linesOf(file) }]));
  }

  has(name: string): boolean {
    return this.#parameters.has(name);
  }

  ask(name: string, { on, purpose }: ParameterQuestion): ParameterAnswer {
    const { file, lines } = this.#named(name);
    const line = this.lineOn(name, dayNumber(on), purpose);
    const all = purpose === undefined && lines.size === 1 ? [...lines.values()][0] : lines.get(purpose ?? '');
    const day = dayNumber(on);
    const last = line === null ? (all?.find(({ from }) => from <= day) ?? null) : null;
    return {
      name,
      title: file.title,
      unit: file.unit ?? null,
      on,
      known: line?.value ?? null,
      lastKnown: last?.value ?? null,
    };
  }

  lineOn(name: string, day: EpochDay, purpose?: string): Line | null {
    const { lines } = this.#named(name);
    const all = purpose === undefined && lines.size === 1 ? [...lines.values()][0] : lines.get(purpose ?? '');
    return all?.find(({ from, until }) => from <= day && day <= until) ?? null;
  }

  /** All dated values of a parameter, oldest first. */
  history(name: string): readonly ParameterValue[] {
    return [...this.#named(name).lines.values()].flatMap((lines) => lines.toReversed().map(({ value }) => value));
  }

  purposes(name: string): readonly string[] {
    return [...this.#named(name).lines.keys()].filter((purpose) => purpose !== '');
  }

  /**
   * A number that is needed for every day: that of the line in force, before the first line that of the first, and after the
   * end of a line without another that of the last. Throws LawError where a line holds no number.
   */
  numbersByDay(name: string): (day: EpochDay) => number {
    const lines = this.#linesOf(name).map(({ from, value: { value } }) => {
      if (typeof value === 'number') return { from, value };
      throw new LawError({
        file: `parameters/${name}.yaml`,
        problem: 'holds no number',
        remedy: 'write a whole number as value',
      });
    });
    return byDay(lines);
  }

  /**
   * The reading that applies on each day: the chosen one on all; else the parameter's default, unless its dated values name
   * different readings, then that of the day.
   */
  readingsByDay(name: string, choice: string | undefined): (day: EpochDay) => string {
    const reading = this.readingOf(name, choice);
    const lines = this.#linesOf(name).map(({ from, value: { value } }) => ({ from, value: String(value) }));
    if (choice !== undefined || new Set(lines.map(({ value }) => value)).size < 2) return () => reading;
    for (const { value } of lines) this.readingOf(name, value);
    return byDay(lines);
  }

  /** A limit by purpose; null where the law names none. */
  limitOn(name: string, purpose: string, day: EpochDay): number | null {
    const value = this.lineOn(name, day, purpose)?.value.value;
    return typeof value === 'number' ? value : null;
  }

  /** The reading that applies: the chosen one, else the parameter's default. */
  readingOf(name: string, choice: string | undefined): string {
    const readings = this.#named(name).file.readings ?? [];
    const wanted = choice ?? readings.find((reading) => reading.default === true)?.reading;
    if (wanted !== undefined && readings.some(({ reading }) => reading === wanted)) return wanted;
    throw new LawError({
      file: `parameters/${name}.yaml`,
      path: 'readings',
      problem: `has no reading "${wanted ?? ''}"`,
      remedy: `choose one of ${readings.map(({ reading }) => reading).join(', ')}`,
    });
  }

  /** The lines of a parameter without purposes, newest first. */
  #linesOf(name: string): readonly Line[] {
    return [...this.#named(name).lines.values()][0] ?? [];
  }

  #named(name: string): Parameter {
    const parameter = this.#parameters.get(name);
    if (parameter !== undefined) return parameter;
    throw new LawError({
      file: 'parameters',
      path: name,
      problem: 'is not a parameter of the law',
      remedy: `ask for one of ${[...this.#parameters.keys()].join(', ')}`,
    });
  }
}

function byDay<T>(newestFirst: readonly { readonly from: EpochDay; readonly value: T }[]): (day: EpochDay) => T {
  const [newest] = newestFirst;
  const oldest = newestFirst.at(-1);
  if (newest === undefined || oldest === undefined) throw new Error('A parameter has at least one line.');
  return (day) => (newestFirst.find(({ from }) => from <= day) ?? oldest).value;
}

function linesOf(file: ParameterFile): ReadonlyMap<string, readonly Line[]> {
  const grouped = new Map<string, Line[]>();
  for (const line of file.values.toSorted((a, b) => (a.validFrom < b.validFrom ? 1 : -1))) {
    const purpose = line.purpose ?? '';
    const known = grouped.get(purpose) ?? [];
    const newer = known.at(-1);
    const from = dayNumber(line.validFrom);
    const until = Math.min(
      line.validTo === undefined ? Number.POSITIVE_INFINITY : dayNumber(line.validTo),
      newer === undefined ? Number.POSITIVE_INFINITY : newer.from - 1,
      file.expires === 'year-end' ? dayNumber(`${yearOf(from)}-12-31`) : Number.POSITIVE_INFINITY,
    );
    const { value, validFrom, validTo, reference, sourceKind, checkedOn, verified, remark } = line;
    known.push({
      from,
      until,
      value: Object.freeze({
        value,
        validFrom,
        validTo: validTo ?? null,
        purpose: line.purpose ?? null,
        reference,
        sourceKind,
        checkedOn,
        verified,
        ...(remark === undefined ? {} : { remark }),
      }),
    });
    grouped.set(purpose, known);
  }
  return grouped;
}
