import type { EpochDay } from '../domain/dates.js';
import { dayNumber } from './days.js';
import type { CountryGroup } from './schema.js';

interface Membership {
  readonly group: CountryGroup;
  readonly from: EpochDay;
  readonly until: EpochDay;
}

/** Which countries exist (ISO 3166-1 alpha-2) and which dated groups of the law each belongs to. */
export class Countries {
  readonly names: ReadonlyMap<string, string>;
  readonly groups: readonly CountryGroup[];
  readonly #memberships = new Map<string, Membership[]>();

  constructor(names: Readonly<Record<string, string>>, groups: readonly CountryGroup[]) {
    this.names = new Map(Object.entries(names));
    this.groups = groups;
    for (const group of groups) {
      const membership = {
        group,
        from: dayNumber(group.validFrom),
        until: group.validTo === undefined ? Number.POSITIVE_INFINITY : dayNumber(group.validTo),
      };
      for (const code of group.countries) {
        const known = this.#memberships.get(code);
        if (known === undefined) this.#memberships.set(code, [membership]);
        else known.push(membership);
      }
    }
  }

  exists(code: string): boolean {
    return this.names.has(code);
  }

  groupsOf(code: string, day: EpochDay): readonly CountryGroup[] {
    return (this.#memberships.get(code) ?? [])
      .filter(({ from, until }) => from <= day && day <= until)
      .map(({ group }) => group);
  }

  groupNamesOf(code: string, day: EpochDay): readonly string[] {
    return this.groupsOf(code, day).map(({ group }) => group);
  }

  /** The group that frees its citizens from the permit, where there is one. */
  permitExemption(code: string, day: EpochDay): CountryGroup | null {
    return this.groupsOf(code, day).find(({ workPermitNeeded }) => workPermitNeeded === false) ?? null;
  }

  needsPermit(code: string, day: EpochDay): boolean {
    for (const { group, from, until } of this.#memberships.get(code) ?? []) {
      if (group.workPermitNeeded === false && from <= day && day <= until) return false;
    }
    return true;
  }

  needsVisa(code: string, day: EpochDay): boolean {
    for (const { group, from, until } of this.#memberships.get(code) ?? []) {
      if (group.workVisaNeeded === false && from <= day && day <= until) return false;
    }
    return true;
  }

  /** Days of stay after which a residence permit is needed; null for citizens who stay by visa. */
  residencePermitAfterDays(code: string, day: EpochDay): number | null {
    for (const { group, from, until } of this.#memberships.get(code) ?? []) {
      if (group.residencePermitAfterDays !== undefined && from <= day && day <= until)
        return group.residencePermitAfterDays;
    }
    return null;
  }

  /** Longest stay of one entry without visa and residence permit; null where there is none, or none is known. */
  stayDays(code: string, day: EpochDay): number | null {
    let longest: number | null = null;
    for (const { group, from, until } of this.#memberships.get(code) ?? []) {
      if (group.stay !== undefined && from <= day && day <= until)
        longest = Math.max(longest ?? 0, group.stay.daysPerEntry);
    }
    return longest;
  }
}
