import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import {
  employerAnswer,
  employersAnswer,
  eventsAnswer,
  exposureReportAnswer,
  obligationsAnswer,
  obligationWithTraceAnswer,
  timelineAnswer,
  workerAnswer,
  workersAnswer,
} from '../reading/answers.js';
import {
  eventsParams,
  exposureParams,
  momentParams,
  obligationsParams,
  pageParams,
  workersParams,
} from '../reading/params.js';
import { GetEmployer, ListEmployers } from '../reading/queries/employers.js';
import { GetExposure } from '../reading/queries/get-exposure.js';
import { GetObligation } from '../reading/queries/get-obligation.js';
import { GetTimeline } from '../reading/queries/get-timeline.js';
import { GetWorker } from '../reading/queries/get-worker.js';
import { ListEvents } from '../reading/queries/list-events.js';
import { ListObligations } from '../reading/queries/list-obligations.js';
import { ListWorkers } from '../reading/queries/list-workers.js';
import { Describe } from './describe.js';
import { dtoOf } from './dto.js';
import { EmployerPath, WorkerPath } from './write-shapes.js';
import { revised } from './written.js';

class MomentQuery extends dtoOf(momentParams.strict()) {}
class PageQuery extends dtoOf(pageParams.strict()) {}
class WorkersQuery extends dtoOf(workersParams.strict()) {}
class ObligationsQuery extends dtoOf(obligationsParams.strict()) {}
class ExposureQuery extends dtoOf(exposureParams.strict()) {}
class EventsQuery extends dtoOf(eventsParams.strict()) {}
class ObligationPath extends dtoOf(
  z.object({ id: z.string().max(400).meta({ description: 'Id of the obligation: rule and original event.' }) }),
) {}

@Controller('v1')
export class ReadingController {
  constructor(private readonly queries: QueryBus) {}

  @Get('employers')
  @Describe({ summary: 'Employers', answer: employersAnswer })
  employers(@Query() params: PageQuery) {
    return this.queries.execute(new ListEmployers(params));
  }

  @Get('employers/:bin')
  @Describe({ summary: 'One employer: sizes, workers by status, exposure', answer: employerAnswer, errors: [404] })
  async employer(
    @Param() { bin }: EmployerPath,
    @Query() params: MomentQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return revised(reply, await this.queries.execute(new GetEmployer(bin, params)));
  }

  @Get('employers/:bin/events')
  @Describe({ summary: 'What happened to an employer, in order of recording', answer: timelineAnswer, errors: [404] })
  employerEvents(@Param() { bin }: EmployerPath, @Query() params: PageQuery) {
    return this.queries.execute(new GetTimeline('employer', bin, params));
  }

  @Get('workers')
  @Describe({ summary: 'Workers', answer: workersAnswer })
  workers(@Query() params: WorkersQuery) {
    return this.queries.execute(new ListWorkers(params));
  }

  @Get('workers/:workerId')
  @Describe({
    summary: 'One worker: status with reasons, permits, stay, open obligations, exposure',
    answer: workerAnswer,
    errors: [404],
  })
  async worker(
    @Param() { workerId }: WorkerPath,
    @Query() params: MomentQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return revised(reply, await this.queries.execute(new GetWorker(workerId, params)));
  }

  @Get('workers/:workerId/events')
  @Describe({
    summary: 'The timeline of a worker: who recorded what and when, what it opened and closed',
    answer: timelineAnswer,
    errors: [404],
  })
  workerEvents(@Param() { workerId }: WorkerPath, @Query() params: PageQuery) {
    return this.queries.execute(new GetTimeline('worker', workerId, params));
  }

  @Get('obligations')
  @Describe({ summary: 'Obligations by state as of a day, the first due first', answer: obligationsAnswer })
  obligations(@Query() params: ObligationsQuery) {
    return this.queries.execute(new ListObligations(params));
  }

  @Get('obligations/:id')
  @Describe({
    summary: 'One obligation with its trace: events, days counted, rule, arithmetic',
    answer: obligationWithTraceAnswer,
    errors: [404],
  })
  obligation(@Param() { id }: ObligationPath, @Query() params: MomentQuery) {
    return this.queries.execute(new GetObligation(id, params));
  }

  @Get('exposure')
  @Describe({
    summary: 'What it may cost: accrued and at risk, by group and in total',
    detail: 'With `employer` of whom nothing had been recorded at the moment: 404 `unknown-employer`.',
    answer: exposureReportAnswer,
    errors: [404],
  })
  exposure(@Query() params: ExposureQuery) {
    return this.queries.execute(new GetExposure(params));
  }

  @Get('events')
  @Describe({ summary: 'The whole ledger in the order of recording, from after a position', answer: eventsAnswer })
  events(@Query() params: EventsQuery) {
    return this.queries.execute(new ListEvents(params));
  }
}
