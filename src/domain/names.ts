import type { Tagger } from './event-type.js';

/** The parts of a name as a passport or a permit gives them. */
export interface PersonName {
  readonly familyName?: unknown;
  readonly givenName?: unknown;
  readonly patronymic?: unknown;
}

/**
 * Spellings of one name folded to what they have in common, so that the passports' and the ministries' ways of writing
 * Cyrillic and Kazakh letters (ICAO, BGN, ISO 9, the Latin alphabets of Kazakhstan, Türkiye and Uzbekistan) come out
 * alike: "Iurii", "Yuriy", "Jurij" and "Юрий" are equal, "Ivan" is another name. Order of the words does not matter.
 * `j` and `x` are read in two ways (Jurij and Janibek, Alexey and Xolmatov), hence several forms of one name.
 */
export function foldedForms(name: string): readonly string[] {
  const latin = latinOf(name.normalize('NFC').toLowerCase());
  const readings = /[jx]/.test(latin) ? READINGS : READINGS.slice(0, 1);
  return [...new Set(readings.map((letters) => folded(latin.replace(/[jx]/g, (letter) => letters[letter] ?? ''))))];
}

/** Keyed tags of every folded form, with the patronymic and without; two names agree when they share one. */
export function nameTags({ familyName, givenName, patronymic }: PersonName, tag: Tagger): readonly string[] {
  const short = [familyName, givenName].filter(isText).join(' ');
  const full = [familyName, givenName, patronymic].filter(isText).join(' ');
  return wholeNameTags([short, full], tag);
}

/** The same for names given as one text. */
export function wholeNameTags(names: readonly string[], tag: Tagger): readonly string[] {
  const forms = new Set(names.flatMap(foldedForms).filter((form) => form !== ''));
  return [...forms].sort().map((form) => tag(`name:${form}`));
}

const READINGS: readonly Readonly<Record<string, string>>[] = [
  { j: 'i', x: 'ks' },
  { j: 'z', x: 'ks' },
  { j: 'i', x: 'h' },
  { j: 'z', x: 'h' },
];

/** Cyrillic letters of Russian, Kazakh, Ukrainian, Belarusian and Tajik as one of their Latin spellings. */
const LETTERS: Readonly<Record<string, string>> = {
  а: 'a',
  ә: 'a',
  б: 'b',
  в: 'v',
  г: 'g',
  ғ: 'g',
  ґ: 'g',
  д: 'd',
  е: 'e',
  ё: 'e',
  є: 'e',
  ж: 'zh',
  җ: 'zh',
  з: 'z',
  и: 'i',
  і: 'i',
  ї: 'i',
  й: 'i',
  ӣ: 'i',
  к: 'k',
  қ: 'k',
  л: 'l',
  м: 'm',
  н: 'n',
  ң: 'n',
  о: 'o',
  ө: 'o',
  п: 'p',
  р: 'r',
  с: 's',
  т: 't',
  у: 'u',
  ұ: 'u',
  ү: 'u',
  ў: 'u',
  ӯ: 'u',
  ф: 'f',
  х: 'kh',
  һ: 'h',
  ҳ: 'h',
  ц: 'ts',
  ч: 'ch',
  ҷ: 'ch',
  ш: 'sh',
  щ: 'shch',
  ъ: '',
  ы: 'y',
  ь: '',
  э: 'e',
  ю: 'yu',
  я: 'ya',
  ə: 'a',
  ı: 'i',
  ł: 'l',
  ø: 'o',
  đ: 'd',
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
};

function latinOf(text: string): string {
  let latin = '';
  for (const letter of text) latin += LETTERS[letter] ?? letter;
  // Marks go (š is s, ë is e); what is left beside letters parts the words or is dropped, as the soft sign's apostrophe.
  return latin
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[^\p{L}\s]/gu, '');
}

/** One letter for each sound, the softening glide before a vowel dropped, doubled letters once. */
const FOLDS: readonly (readonly [RegExp, string])[] = [
  [/shch|shh|sch|sc/g, 's'],
  [/dzh|dz/g, 'z'],
  [/tch|ch/g, 'c'],
  [/sh/g, 's'],
  [/zh/g, 'z'],
  [/kh/g, 'h'],
  [/gh/g, 'g'],
  [/ts|tz/g, 'c'],
  [/ng/g, 'n'],
  [/q/g, 'k'],
  [/w/g, 'v'],
  [/y/g, 'i'],
  [/i+/g, 'i'],
  [/io/g, 'e'],
  [/i(?=[aeu])/g, ''],
  [/(.)\1+/gu, '$1'],
];

function folded(latin: string): string {
  const words = latin.split(/\s+/).filter((word) => word !== '');
  return words
    .map((word) => FOLDS.reduce((text, [from, to]) => text.replace(from, to), word))
    .sort()
    .join(' ');
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}
