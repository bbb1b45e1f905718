import { z } from 'zod';
import { eventType } from '../event-type.js';
import { oneOf } from '../fields.js';

/** The stream in which the ledger writes down by which law it works. */
export const LAW_STREAM = 'law-books';

export const ADOPTED = 'RuleBookAdopted';

const sha256 = (description: string) =>
  z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'is no SHA-256 in lower-case hexadecimal')
    .meta({ description });

export const RuleBookAdopted = eventType({
  type: ADOPTED,
  stream: 'law',
  version: 1,
  meaning:
    'From here on the ledger works by this rule book: it was started with it. The files are kept whole, so that every answer given by it can be given again.',
  data: z.strictObject({
    hash: sha256('Hash of the rule book, as every answer names it.'),
    replaces: sha256('Hash of the rule book in force until now; left out for the first one.').optional(),
    files: z
      .array(
        z.strictObject({
          origin: oneOf(['shipped', 'laid'], 'Whether it came with the program, or was laid over it.'),
          path: z.string().min(1).max(300).meta({ description: 'Path inside its folder.' }),
          hash: sha256('SHA-256 of the text.'),
        }),
      )
      .max(2_000)
      .meta({ description: 'Every file of the law, in the order over which the hash is taken.' }),
    content: z
      .string()
      .regex(/^[A-Za-z0-9+/]*={0,2}$/, 'is not base64')
      .meta({ description: 'The texts: a JSON array of strings in the order of `files`, gzip, base64.' }),
  }),
});
