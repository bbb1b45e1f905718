import { Body, Controller, Param, Post, Query, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyReply } from 'fastify';
import { CorrectEvent } from '../ledger/correct-event.js';
import { RecordEvents } from '../ledger/record-events.js';
import { RetractEvent } from '../ledger/retract-event.js';
import { By, type Caller } from './caller.js';
import { Describe } from './describe.js';
import { type OneOrMany, OneOrManyPipe } from './dto.js';
import { bodyExamples } from './examples.js';
import {
  CorrectionBody,
  EmployerEventPath,
  EmployerPath,
  EventBody,
  RetractionBody,
  WorkerEventPath,
  WorkerPath,
  WriteQuery,
  writeAnswer,
} from './write-shapes.js';
import { context, written } from './written.js';

/** Events in one request at most: they are recorded all or none, in one append. */
const MOST_EVENTS = 500;

const eventsPipe = new OneOrManyPipe(EventBody, MOST_EVENTS);
const errors = [404, 409, 412, 413, 422];
const recording = { answer: writeAnswer, status: 201, errors, write: true };

@Controller('v1/workers/:workerId/events')
export class WorkerWritingController {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @Describe({
    ...recording,
    summary: 'Record what happened to a worker: one event, or an array of them, all or none',
    bodies: bodyExamples.worker,
  })
  async recordWorkerEvents(
    @Param() { workerId }: WorkerPath,
    @Query() { dryRun }: WriteQuery,
    @Body(eventsPipe) { items: events, inArray }: OneOrMany<EventBody>,
    @By() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return written(
      reply,
      await this.commands.execute(
        new RecordEvents({ ...context('worker', workerId, caller, dryRun), events, inArray }),
      ),
    );
  }

  @Post(':eventId/correction')
  @Describe({
    ...recording,
    summary: 'Correct an event of a worker: another day, other data, or both',
    detail: '`data` replaces the whole data of the event. `eventId` is always that of the original event.',
    bodies: bodyExamples.correction,
  })
  async correctWorkerEvent(
    @Param() { workerId, eventId }: WorkerEventPath,
    @Query() { dryRun }: WriteQuery,
    @Body() { occurredOn, data, reason, acknowledge }: CorrectionBody,
    @By() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return written(
      reply,
      await this.commands.execute(
        new CorrectEvent({
          ...context('worker', workerId, caller, dryRun),
          eventId,
          occurredOn,
          data,
          reason,
          acknowledge,
        }),
      ),
    );
  }

  @Post(':eventId/retraction')
  @Describe({
    ...recording,
    summary: 'Retract an event of a worker: it never happened',
    bodies: bodyExamples.retraction,
  })
  async retractWorkerEvent(
    @Param() { workerId, eventId }: WorkerEventPath,
    @Query() { dryRun }: WriteQuery,
    @Body() { reason, withDependents }: RetractionBody,
    @By() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return written(
      reply,
      await this.commands.execute(
        new RetractEvent({ ...context('worker', workerId, caller, dryRun), eventId, reason, withDependents }),
      ),
    );
  }
}

@Controller('v1/employers/:bin/events')
export class EmployerWritingController {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @Describe({
    ...recording,
    summary: 'Record what happened to an employer: one event, or an array of them, all or none',
    bodies: bodyExamples.employer,
  })
  async recordEmployerEvents(
    @Param() { bin }: EmployerPath,
    @Query() { dryRun }: WriteQuery,
    @Body(eventsPipe) { items: events, inArray }: OneOrMany<EventBody>,
    @By() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return written(
      reply,
      await this.commands.execute(new RecordEvents({ ...context('employer', bin, caller, dryRun), events, inArray })),
    );
  }

  @Post(':eventId/correction')
  @Describe({
    ...recording,
    summary: 'Correct an event of an employer: another day, other data, or both',
    bodies: bodyExamples.correction,
  })
  async correctEmployerEvent(
    @Param() { bin, eventId }: EmployerEventPath,
    @Query() { dryRun }: WriteQuery,
    @Body() { occurredOn, data, reason, acknowledge }: CorrectionBody,
    @By() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return written(
      reply,
      await this.commands.execute(
        new CorrectEvent({
          ...context('employer', bin, caller, dryRun),
          eventId,
          occurredOn,
          data,
          reason,
          acknowledge,
        }),
      ),
    );
  }

  @Post(':eventId/retraction')
  @Describe({
    ...recording,
    summary: 'Retract an event of an employer: it never happened',
    bodies: bodyExamples.retraction,
  })
  async retractEmployerEvent(
    @Param() { bin, eventId }: EmployerEventPath,
    @Query() { dryRun }: WriteQuery,
    @Body() { reason, withDependents }: RetractionBody,
    @By() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return written(
      reply,
      await this.commands.execute(
        new RetractEvent({ ...context('employer', bin, caller, dryRun), eventId, reason, withDependents }),
      ),
    );
  }
}
