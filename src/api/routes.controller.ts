import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { CLOCK, type Clock } from '../clock.js';
import type { RuleBook } from '../law/book.js';
import {
  checklistsAnswer,
  checklistsParams,
  employerChecklistsAnswer,
  employerChecklistsParams,
  GetChecklists,
  GetEmployerChecklists,
} from '../reading/queries/checklists.js';
import { Describe } from './describe.js';
import { dtoOf } from './dto.js';
import { RULE_BOOK } from './law.controller.js';
import { routeAnswer, routeExamples, routePlan, routeView } from './route-views.js';
import { EmployerPath, WorkerPath } from './write-shapes.js';

class RoutePlan extends dtoOf(routePlan) {}
class ChecklistsQuery extends dtoOf(checklistsParams.strict()) {}
class EmployerChecklistsQuery extends dtoOf(employerChecklistsParams.strict()) {}

@Controller('v1')
export class RoutesController {
  constructor(
    @Inject(RULE_BOOK) private readonly book: RuleBook,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly queries: QueryBus,
  ) {}

  @Post('routes/assess')
  @HttpCode(200)
  @Describe({
    summary: 'Which papers and steps a plan to bring a foreigner to work needs, each with its reason and source',
    detail:
      'Nothing is recorded: keep the answer with a worker as RouteChosen. What is left out may leave answers open.',
    answer: routeAnswer,
    bodies: routeExamples,
  })
  assess(@Body() plan: RoutePlan) {
    return routeView(plan, this.book, this.clock.today());
  }

  @Get('workers/:workerId/checklists')
  @Describe({
    summary: 'The files that a worker needs: what is there, what is missing, what blocks the filing',
    answer: checklistsAnswer,
    errors: [404],
  })
  checklists(@Param() { workerId }: WorkerPath, @Query() params: ChecklistsQuery) {
    return this.queries.execute(new GetChecklists(workerId, params));
  }

  @Get('employers/:bin/checklists')
  @Describe({
    summary: 'The requests of a quota that an employer plans or made: what each holds and what it lacks',
    answer: employerChecklistsAnswer,
    errors: [404],
  })
  employerChecklists(@Param() { bin }: EmployerPath, @Query() params: EmployerChecklistsQuery) {
    return this.queries.execute(new GetEmployerChecklists(bin, params));
  }
}
