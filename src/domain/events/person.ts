import { z } from 'zod';
import type { Day } from '../dates.js';
import { addYears } from '../dates.js';
import type { Contradiction, EventData, Tagger } from '../event-type.js';
import { nameTags, wholeNameTags } from '../names.js';

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

const tags = z.array(tag).max(32).optional();

/** What is kept in the clear of a registered person: beside the numbers' tags, those of the name in all its spellings. */
export const personTags = {
  shapes: {
    ...tagsOf.shapes,
    nameTags: tags.meta({ description: 'Keyed tags of the name: spellings of one name share one.' }),
  },
  derive: (data: EventData, tagger: Tagger): EventData => {
    const names = nameTags(data, tagger);
    return { ...tagsOf.derive(data, tagger), ...(names.length === 0 ? {} : { nameTags: names }) };
  },
};

/** What is kept in the clear of a permit: the tags of the passport and of the name that it gives its holder. */
export const holderTags = {
  shapes: {
    ...tagsOf.shapes,
    holderNameTags: tags.meta({ description: 'Keyed tags of the name on the permit.' }),
  },
  derive: (data: EventData, tagger: Tagger): EventData => {
    const { holderName } = data;
    return {
      ...tagsOf.derive(data, tagger),
      ...(typeof holderName === 'string' ? { holderNameTags: wholeNameTags([holderName], tagger) } : {}),
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
