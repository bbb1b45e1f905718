import { z } from 'zod';
import { isDay } from './dates.js';
import { checkEmployerNumber, checkIin } from './identifiers.js';

/** Longest text of a free field, in characters. */
const LONGEST = 200;

/** Neither control characters nor halves of a character: they break letters, lists and other programs. */
const PRINTABLE = /^[^\p{Cc}\p{Cs}]*$/u;

/** What is expected here, said differently where nothing was given and where something else was. */
function expects(what: string): { error: (issue: { input?: unknown }) => string } {
  return { error: ({ input }) => (input === undefined ? `is missing: give ${what}` : `must be ${what}`) };
}

/** A civil date in Kazakhstan that exists. */
export function day(description: string) {
  return z
    .string(expects('a date written YYYY-MM-DD'))
    .refine(isDay, { error: 'is not a date that exists between 1900 and 2199: write YYYY-MM-DD, such as 2026-11-20' })
    .meta({ description, format: 'date' });
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export function isUuid(value: string): boolean {
  return UUID.test(value);
}

/** Free text on one line, trimmed. */
export function text(description: string, longest = LONGEST) {
  return z
    .string(expects('a text'))
    .trim()
    .min(1, { error: 'is empty: give a text, or leave an optional field out' })
    .max(longest, { error: `is longer than ${longest} characters: shorten it` })
    .regex(PRINTABLE, {
      error: 'holds control characters or broken characters: write it on one line of plain text',
      abort: true,
    })
    .meta({ description });
}

/** The number of a document. No official format was found, so it is opaque: trimmed, 1 to 40 characters. */
export function documentNumber(description: string) {
  return text(description, 40).regex(/^[\p{L}\p{N}/.\- ]+$/u, {
    error: 'holds characters that no document number has: use letters, digits, "/", "-", "." and spaces',
  });
}

/** A code of ISO 3166-1 alpha-2. Whether the country exists is asked where it is recorded: the list is data of the law. */
export function country(description: string) {
  return z
    .string(expects('a country code of two letters, such as TR'))
    .regex(/^[A-Z]{2}$/, { error: 'is not a country code: use two capital letters of ISO 3166-1, such as TR' })
    .meta({ description, list: 'country' });
}

/** A code of ISO 3166-2:KZ. Whether the region exists is asked where it is recorded: the list is data of the law. */
export function region(description: string) {
  return z
    .string(expects('a region code such as KZ-75'))
    .regex(/^KZ-[0-9]{2}$/, {
      error: 'is not a region code: use ISO 3166-2, such as KZ-75 for Almaty or KZ-71 for Astana',
    })
    .meta({ description, list: 'region' });
}

export function oneOf<const T extends readonly [string, ...string[]]>(values: T, description: string) {
  return z.enum(values, expects(`one of ${values.join(', ')}`)).meta({ description });
}

export function uuid(description: string) {
  return z
    .string(expects('a UUID'))
    .regex(UUID, {
      error: 'is not a UUID: write it like 0b1f2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d',
    })
    .toLowerCase()
    .meta({ description, format: 'uuid' });
}

export function employerNumber(description: string) {
  return z
    .string(expects('a BIN of 12 digits'))
    .superRefine((value, context) => {
      const { problem } = checkEmployerNumber(value);
      if (problem !== null) context.addIssue({ code: 'custom', message: `${problem}: copy the BIN (or IIN) again` });
    })
    .meta({ description, pattern: '^[0-9]{12}$' });
}

export function iin(description: string) {
  return z
    .string(expects('an IIN of 12 digits'))
    .superRefine((value, context) => {
      const { problem } = checkIin(value);
      if (problem !== null) context.addIssue({ code: 'custom', message: `${problem}: copy the IIN again` });
    })
    .meta({ description, pattern: '^[0-9]{12}$' });
}

/** A whole number from `least` to `most`. */
export function count(description: string, least: number, most: number) {
  return z
    .number(expects(`a whole number from ${least} to ${most}`))
    .int({ error: `must be a whole number from ${least} to ${most}` })
    .min(least, { error: `must be at least ${least}` })
    .max(most, { error: `must be at most ${most}` })
    .meta({ description });
}

/** Refuses a term that ends before it begins. */
export function endsBeforeItBegins(from: string, until: string) {
  return (value: Readonly<Record<string, unknown>>) => {
    const [first, last] = [value[from], value[until]];
    return typeof first !== 'string' || typeof last !== 'string' || first <= last;
  };
}

/** The option that places the message of a term on its end. */
export function termMessage(from: string, until: string) {
  return { path: [until], error: `lies before ${from}: the term would end before it begins, check both dates` };
}
