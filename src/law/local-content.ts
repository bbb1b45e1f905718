import type { Day } from '../domain/dates.js';
import type { RuleBook } from './book.js';
import type { EmployerSize } from './circumstances.js';

/** Categories of foreign labour whose staff is counted together. */
export type StaffGroup = '1-2' | '3-4';

export const staffGroups: readonly StaffGroup[] = ['1-2', '3-4'];

export interface StaffCount {
  /** Citizens at work in positions of the group, as last counted; null where they were never counted. */
  readonly citizens: number | null;
  /** Foreigners with a permit of the group in force. */
  readonly foreigners: number;
}

export interface LocalContentQuestion {
  readonly staff: Readonly<Record<StaffGroup, StaffCount>>;
  /** All employees, where they were counted. */
  readonly employees: number | null;
  readonly size: EmployerSize;
  readonly asOf: Day;
  readonly book: RuleBook;
}

/** How far an employer keeps to the share of citizens in one group of categories. */
export interface LocalContent extends StaffCount {
  readonly categories: StaffGroup;
  /** Per cent of citizens that the law asks for. */
  readonly required: number;
  /** Per cent of citizens, to a tenth, never rounded up; null where they were not counted or nobody is there. */
  readonly share: number | null;
  /** Whether the share is kept; null where that cannot be told. */
  readonly isKept: boolean | null;
  /** How many more foreigners there may be with these citizens; null where those were not counted. */
  readonly places: number | null;
  /** Whether the employer need not keep to it; null where that hangs on a number that is not known. */
  readonly isExempt: boolean | null;
  readonly reference: string;
  readonly verified: boolean;
}

const PARAMETER = 'local-content';

/** The groups for which the law has a share on the day, each with what the counted staff makes of it. */
export function localContent({ staff, employees, size, asOf, book }: LocalContentQuestion): readonly LocalContent[] {
  if (!book.parameters.has(PARAMETER)) return [];
  const isExempt = exemption({ employees, size, asOf, book });
  return staffGroups.flatMap((categories) => {
    const { known } = book.parameter(PARAMETER, { on: asOf, purpose: categories });
    if (known === null || typeof known.value !== 'number') return [];
    const required = known.value;
    const { citizens, foreigners } = staff[categories];
    const all = (citizens ?? 0) + foreigners;
    const isKnown = citizens !== null && all > 0;
    // Whole numbers on both sides: no share is lost or won by rounding.
    const isKept = foreigners === 0 ? true : isKnown ? citizens * 100 >= required * all : null;
    return [
      {
        categories,
        citizens,
        foreigners,
        required,
        share: isKnown ? Math.floor((citizens * 1_000) / all) / 10 : null,
        isKept,
        places:
          citizens === null ? null : Math.max(0, Math.floor((citizens * (100 - required)) / required) - foreigners),
        isExempt,
        reference: known.reference,
        verified: known.verified,
      },
    ];
  });
}

function exemption({ employees, size, asOf, book }: Omit<LocalContentQuestion, 'staff'>): boolean | null {
  if (size === 'unknown') return null;
  if (size !== 'small') return false;
  const { known } = book.parameter(PARAMETER, { on: asOf, purpose: 'exempt-employees' });
  if (known === null || typeof known.value !== 'number') return true;
  return employees === null ? null : employees <= known.value;
}
