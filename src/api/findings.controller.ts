import { Controller, Get, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { findingsAnswer, findingsParams, ListFindings } from '../reading/queries/findings.js';
import { Describe } from './describe.js';
import { dtoOf } from './dto.js';

class FindingsQuery extends dtoOf(findingsParams.strict()) {}

@Controller('v1/findings')
export class FindingsController {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @Describe({
    summary: 'Contradictions in the facts that are no duties, with severity and source',
    detail:
      'Such as a visa that outlives the permit, a contract before the permit, names that differ, work on a business visa.',
    answer: findingsAnswer,
  })
  findings(@Query() params: FindingsQuery) {
    return this.queries.execute(new ListFindings(params));
  }
}
