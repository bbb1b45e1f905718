import { z } from 'zod';
import type { Day } from '../dates.js';
import { addYears } from '../dates.js';
import type { Contradiction, EventData, Tagger } from '../event-type.js';

/** The age from which a child needs papers of its own. The law reads the day, not the birth date. */
const PAPERS_FROM_AGE = 16;

const tag = z.string().regex(/^[\w-]{8,64}$/);

/** Keyed tags that show whether two numbers of one person are the same, without showing the numbers. */
export const tagsOf = {
  shapes: {
    passportTag: tag.optional().meta({ description: 'Keyed tag of the passport number: equal numbers, equal tags.' }),
    iinTag: tag.optional().meta({ description: 'Keyed tag of the IIN.' }),
  },
  derive: (data: EventData, tagger: Tagger): EventData => {
    const { passportNumber, iin } = data;
    return {
      ...(typeof passportNumber === 'string' ? { passportTag: tagger(normalNumber(passportNumber)) } : {}),
      ...(typeof iin === 'string' ? { iinTag: tagger(iin) } : {}),
    };
  },
};

/** What is kept in the clear of a family member: the tag of the passport and the day of the sixteenth birthday. */
export const familyTags = {
  shapes: {
    passportTag: tagsOf.shapes.passportTag,
    turns16On: z.string().optional().meta({ description: 'Day of the sixteenth birthday.', format: 'date' }),
  },
  derive: (data: EventData, tagger: Tagger): EventData => {
    const { birthDate } = data;
    return {
      ...tagsOf.derive(data, tagger),
      ...(typeof birthDate === 'string' ? { turns16On: addYears(birthDate, PAPERS_FROM_AGE) } : {}),
    };
  },
};

/** Nothing happens to a person before the day of birth. */
export function bornLater(data: EventData, occurredOn: Day): readonly Contradiction[] {
  const { birthDate } = data;
  return typeof birthDate === 'string' && birthDate > occurredOn
    ? [
        {
          field: 'birthDate',
          message: 'lies after the day of the event: nobody is recorded before birth, check both dates',
        },
      ]
    : [];
}

/** Spaces and case do not make another passport. */
function normalNumber(number: string): string {
  return number.replace(/[\s-]/g, '').toUpperCase();
}
