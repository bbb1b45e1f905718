import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { DAYS, FACTS } from '../../src/law/vocabulary.js';

const text = readFileSync(join(__dirname, '../../src/law/README.md'), 'utf8');

describe('the readme of the law', () => {
  it('names every word that a rule may use', () => {
    for (const word of [...Object.keys(FACTS), ...Object.keys(DAYS)])
      expect([word, text.includes(`\`${word}\``)]).toEqual([word, true]);
  });
});
