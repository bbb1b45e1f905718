import type { Day } from '../domain/dates.js';
import type { StreamKind } from '../domain/event-type.js';
import { LawError } from './law-error.js';
import type { Example, RuleFile, RuleVersion } from './schema.js';

type ReadingPart = NonNullable<RuleFile['readings']>[number];

/** A rule as a lawyer reads it: what it says, since when, by which source, under which readings. */
export interface Rule {
  readonly id: string;
  readonly file: string;
  readonly title: string;
  readonly stream: StreamKind;
  readonly rows: readonly string[];
  readonly sentence: { readonly en: string; readonly ru: string; readonly kk: string };
  /** Oldest first, without gaps or overlaps, each with all it inherits. */
  readonly versions: readonly RuleVersion[];
  readonly readings: readonly ReadingPart[];
  readonly examples: readonly Example[];
}

export interface RuleInReading {
  readonly reading: string;
  readonly versions: readonly RuleVersion[];
}

/** The rule's versions under the chosen reading, or under its default. Throws LawError for an unknown reading. */
export function ruleInReading(rule: Rule, choice?: string): RuleInReading {
  const chosen = choice ?? rule.readings.find((reading) => reading.default === true)?.reading;
  if (chosen === undefined) return { reading: 'default', versions: rule.versions };
  const reading = rule.readings.find((one) => one.reading === chosen);
  if (reading === undefined) {
    throw new LawError({
      file: rule.file,
      path: 'readings',
      problem: `has no reading "${chosen}"`,
      remedy: `choose one of ${rule.readings.map((one) => one.reading).join(', ') || 'none: sources agree here'}`,
    });
  }
  return { reading: chosen, versions: underReading(rule.versions, reading) };
}

/** The version that a rule's trigger on a day falls under. */
export function versionOn(versions: readonly RuleVersion[], day: Day): RuleVersion | null {
  return (
    versions.find(({ validFrom, validTo }) => validFrom <= day && (validTo === undefined || day <= validTo)) ?? null
  );
}

function underReading(versions: readonly RuleVersion[], { instead, ...reading }: ReadingPart): readonly RuleVersion[] {
  if (instead === undefined) return versions;
  const { validFrom, ...part } = instead;
  const source = {
    reference: reading.reference,
    sourceKind: reading.sourceKind,
    checkedOn: reading.checkedOn,
    verified: reading.verified,
  };
  return versions.flatMap((version) => {
    if (validFrom === undefined || version.validFrom >= validFrom)
      return [{ ...version, ...part, ...source } as RuleVersion];
    if (version.validTo !== undefined && version.validTo < validFrom) return [version];
    const dayBefore = new Date(Date.parse(`${validFrom}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10);
    return [{ ...version, validTo: dayBefore }, { ...version, ...part, ...source, validFrom } as RuleVersion];
  });
}
