import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { z } from 'zod';
import { Refusal } from '../../domain/refusal.js';
import { type KeptTexts, textsOf } from '../../ledger/kept-texts.js';
import type { AdoptedBook } from '../law-in-force.js';
import { momentParams } from '../params.js';
import { Reading, type View } from '../reading.js';

export const ruleBooksParams = momentParams.pick({ knownAt: true, after: true });
export type RuleBooksParams = z.output<typeof ruleBooksParams>;

const text = z.string();

const adoption = {
  hash: text.meta({ description: 'As answers name it in `ruleBook`.' }),
  adoptedOn: text.meta({ format: 'date' }),
  recordedAt: text.meta({ format: 'date-time' }),
  recordedBy: text,
  position: text,
  eventId: text,
  replaces: text.nullable().meta({ description: 'Hash of the book that counted before; null for the first.' }),
  inForce: z.boolean().meta({ description: 'Whether it is the one that counts at the moment asked about.' }),
  readable: z.boolean().meta({ description: 'Whether this version of the program can work by it.' }),
};

export const ruleBooksAnswer = z
  .object({
    items: z.array(
      z.object({
        ...adoption,
        files: z.int(),
        changes: z
          .array(
            z.object({
              path: text,
              origin: z.enum(['shipped', 'laid']),
              change: z.enum(['added', 'changed', 'removed']),
            }),
          )
          .meta({ description: 'Files that differ from those of the book before; empty for the first.' }),
      }),
    ),
    position: text,
    ruleBook: text,
  })
  .meta({ id: 'RuleBookList' });
export type RuleBooksAnswer = z.output<typeof ruleBooksAnswer>;

export const ruleBookAnswer = z
  .object({
    ...adoption,
    files: z.array(z.object({ path: text, origin: z.enum(['shipped', 'laid']), hash: text, text })),
    position: text,
    ruleBook: text,
  })
  .meta({ id: 'RuleBook' });
export type RuleBookAnswer = z.output<typeof ruleBookAnswer>;

/** The rule books by which the ledger has worked, in the order of their adoption. */
export class ListRuleBooks extends Query<RuleBooksAnswer> {
  constructor(readonly params: RuleBooksParams) {
    super();
  }
}

/** One adopted rule book with the text of its files. */
export class GetRuleBook extends Query<RuleBookAnswer> {
  constructor(
    readonly hash: string,
    readonly params: RuleBooksParams,
  ) {
    super();
  }
}

@QueryHandler(ListRuleBooks)
export class ListRuleBooksHandler implements IQueryHandler<ListRuleBooks> {
  constructor(private readonly reading: Reading) {}

  async execute({ params }: ListRuleBooks): Promise<RuleBooksAnswer> {
    const view = await this.reading.at(params);
    const adoptions = adoptionsIn(view);
    const items = adoptions.map((one, index) => ({
      ...told(view, one, one === adoptions.at(-1)),
      files: one.files.length,
      changes: changesOf(adoptions[index - 1], one),
    }));
    const { position, ruleBook } = view.moment;
    return { items, position, ruleBook };
  }
}

@QueryHandler(GetRuleBook)
export class GetRuleBookHandler implements IQueryHandler<GetRuleBook> {
  constructor(private readonly reading: Reading) {}

  async execute({ hash, params }: GetRuleBook): Promise<RuleBookAnswer> {
    const view = await this.reading.at(params);
    const adoptions = adoptionsIn(view);
    const found = adoptions.filter((one) => one.hash.startsWith(hash.toLowerCase()));
    const [one] = found;
    if (one === undefined || new Set(found.map((each) => each.hash)).size > 1) throw unknownBook(hash);
    const { shipped, laid } = textsIn(view, one);
    const texts = [...shipped, ...laid];
    const { ruleBook } = view.moment;
    return {
      ...told(view, one, one.hash === adoptions.at(-1)?.hash),
      files: one.files.map((file, index) => ({ ...file, text: texts[index]?.text ?? '' })),
      ruleBook,
    };
  }
}

function adoptionsIn(view: View): readonly AdoptedBook[] {
  return view.parts.model.law.adoptions(view.moment.seq);
}

function textsIn(view: View, { seq }: AdoptedBook) {
  const [kept] = view.parts.model.current.log.after(seq - 1, 1);
  return textsOf(JSON.parse(kept?.data ?? '{}') as KeptTexts);
}

function told(view: View, adopted: AdoptedBook, inForce: boolean) {
  const { hash, adoptedOn, recordedAt, recordedBy, position, eventId, replaces } = adopted;
  const readable = view.parts.model.law.canRead(hash);
  return { hash, adoptedOn, recordedAt, recordedBy, position, eventId, replaces, inForce, readable };
}

function changesOf(before: AdoptedBook | undefined, { files }: AdoptedBook) {
  if (before === undefined) return [];
  const key = ({ origin, path }: KeptTexts['files'][number]) => `${origin} ${path}`;
  const former = new Map(before.files.map((file) => [key(file), file]));
  const changes = files.flatMap((file) => {
    const was = former.get(key(file));
    former.delete(key(file));
    const change = was === undefined ? ('added' as const) : ('changed' as const);
    return was?.hash === file.hash ? [] : [{ path: file.path, origin: file.origin, change }];
  });
  const removed = [...former.values()].map(({ path, origin }) => ({ path, origin, change: 'removed' as const }));
  return [...changes, ...removed];
}

function unknownBook(hash: string): Refusal {
  return new Refusal({
    code: 'unknown-rule-book',
    status: 404,
    detail: `No one rule book that was adopted here has a hash that begins with ${hash.slice(0, 64)}.`,
    remedy: 'Take the hash from GET /v1/rule-books, or from the `ruleBook` of an answer.',
  });
}
