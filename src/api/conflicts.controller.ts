import { Controller, Get, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { conflictsAnswer, conflictsParams, ListConflicts } from '../reading/queries/conflicts.js';
import { Describe } from './describe.js';
import { dtoOf } from './dto.js';

class ConflictsQuery extends dtoOf(conflictsParams.strict()) {}

@Controller('v1/conflicts')
export class ConflictsController {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @Describe({
    summary: 'Questions on which sources differ: every side, what is applied, and why',
    detail: 'With `employer` it also tells what each reading would mean for that employer, in MCI and tenge.',
    answer: conflictsAnswer,
    errors: [404],
  })
  conflicts(@Query() params: ConflictsQuery) {
    return this.queries.execute(new ListConflicts(params));
  }
}
