import { describe, expect, it } from '@jest/globals';
import { knownChoices, lawTexts, ruleBookOf } from '../../src/law/book.js';
import { keptTextsOf, textsOf } from '../../src/ledger/kept-texts.js';
import { smallLaw } from '../law/small-law.js';

const law = smallLaw();
const texts = () => ({
  shipped: lawTexts({ dir: law.folder }).shipped,
  laid: [{ path: 'own.yaml', text: 'parameter: x\n' }],
});

describe('the texts of a law that are kept', () => {
  it('come back as they were, the shipped and the laid ones apart', () => {
    const kept = keptTextsOf(texts());
    expect(textsOf(kept)).toEqual(texts());
    expect(kept.files.at(-1)).toEqual({
      origin: 'laid',
      path: 'own.yaml',
      hash: '96d5df9dff63a0a3345a264fe5d5289f85557bf04401022f69586780a36ff2bf',
    });
    expect(
      kept.files.slice(0, -1).every(({ origin, hash }) => origin === 'shipped' && /^[0-9a-f]{64}$/.test(hash)),
    ).toBe(true);
  });

  it('make the same law again', () => {
    const { shipped } = texts();
    const again = ruleBookOf(textsOf(keptTextsOf({ shipped, laid: [] })));
    expect(again.hash).toBe(law.book().hash);
    expect([...again.rules.keys()]).toEqual([...law.book().rules.keys()]);
  });

  it('are refused when a text was changed, or one is missing', () => {
    const kept = keptTextsOf(texts());
    const [first, ...rest] = kept.files;
    if (first === undefined) throw new Error('no file');
    expect(() => textsOf({ ...kept, files: [{ ...first, hash: 'f'.repeat(64) }, ...rest] })).toThrow(
      `The text of ${first.path} does not have its hash.`,
    );
    expect(() => textsOf({ ...kept, files: rest })).toThrow('The texts do not fit the list of files.');
    const other = keptTextsOf({ shipped: [], laid: [] }).content;
    expect(() => textsOf({ ...kept, content: other })).toThrow('The texts do not fit the list of files.');
    expect(textsOf({ files: [], content: other })).toEqual({ shipped: [], laid: [] });
  });
});

describe('readings that somebody chose under an older law', () => {
  it('are dropped where the law does not know them any more', () => {
    expect(
      knownChoices(law.book(), {
        'tell-police': 'five-days',
        'counting-of-days': 'inclusive',
        'ask-places': 'later',
        'tell-nobody': 'later',
        mci: 'high',
      }),
    ).toEqual({ 'tell-police': 'five-days', 'counting-of-days': 'inclusive' });
    expect(knownChoices(law.book(), { 'tell-police': 'ten-days' })).toEqual({});
  });
});
