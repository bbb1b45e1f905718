import { Controller, Get, Param, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { z } from 'zod';
import {
  GetRuleBook,
  ListRuleBooks,
  ruleBookAnswer,
  ruleBooksAnswer,
  ruleBooksParams,
} from '../reading/queries/rule-books.js';
import { Describe } from './describe.js';
import { dtoOf } from './dto.js';

class RuleBooksQuery extends dtoOf(ruleBooksParams.strict()) {}

class RuleBookPath extends dtoOf(
  z.strictObject({
    hash: z
      .string()
      .regex(/^[0-9a-f]{8,64}$/i, { error: 'is no hash of a rule book: use 8 to 64 hexadecimal digits' })
      .meta({ description: 'Hash of the rule book, or the first 8 characters of it or more.' }),
  }),
) {}

@Controller('v1/rule-books')
export class RuleBooksController {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @Describe({
    summary: 'The rule books by which the ledger has worked, in the order of their adoption',
    detail: 'A start with other files of the law than before adopts them; what was answered before stays answerable.',
    answer: ruleBooksAnswer,
  })
  list(@Query() params: RuleBooksQuery) {
    return this.queries.execute(new ListRuleBooks(params));
  }

  @Get(':hash')
  @Describe({ summary: 'An adopted rule book with the text of its files', answer: ruleBookAnswer, errors: [404] })
  get(@Param() { hash }: RuleBookPath, @Query() params: RuleBooksQuery) {
    return this.queries.execute(new GetRuleBook(hash, params));
  }
}
