/**
 * Characters that show nothing and change what is read: they turn the order round, hide between others, stand for an empty
 * place, or break the line. The two joiners that Persian, Hindi and others are written with and the selectors of Mongolian
 * letters are not among them, nor the signs before numbers in Arabic, Syriac and Kaithi, which Unicode counts to the same
 * kind although they are seen.
 */
const HIDDEN =
  /(?![\u{200C}-\u{200D}]|[\u{180B}-\u{180D}]|\u{180F}|[\u{600}-\u{605}\u{6DD}\u{70F}\u{890}\u{891}\u{8E2}\u{110BD}\u{110CD}])[\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u{2800}]/gu;

/** Joiners and selectors: what is left of a text without them must be seen. */
const BESIDE_LETTERS = /[\u{200C}-\u{200D}]|[\u{180B}-\u{180D}]|\u{180F}/gu;

const NAMES: Readonly<Record<string, string>> = {
  '\u{AD}': 'a soft hyphen',
  '\u{200B}': 'a space without width',
  '\u{200E}': 'a mark for the direction of writing',
  '\u{200F}': 'a mark for the direction of writing',
  '\u{2028}': 'a line separator',
  '\u{2029}': 'a paragraph separator',
  '\u{FEFF}': 'a byte order mark',
};

/** What is wrong with a text that holds a hidden character, with its place from 1, or nothing else; null where nothing is. */
export function hiddenIn(text: string): string | null {
  const [found] = text.matchAll(HIDDEN);
  if (found === undefined)
    return text.replace(BESIDE_LETTERS, '').trim() === '' ? 'holds nothing that is seen: write it out' : null;
  const [character] = found;
  const place = Array.from(text.slice(0, found.index)).length + 1;
  const name =
    NAMES[character] ??
    (/[\u{202A}-\u{202E}\u{2066}-\u{2069}]/u.test(character)
      ? 'a turn of the direction of writing'
      : 'a mark that is not seen');
  return `holds ${codeOf(character)} as character ${place}, ${name}: what is read would not be what is recorded, so take it out`;
}

/** A text with its hidden characters written out, as JSON may write them: a reader sees that they are there. */
export function withHiddenShown(text: string): string {
  return text.replace(HIDDEN, (character) =>
    character
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}

function codeOf(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}
