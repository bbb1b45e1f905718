import { Body, Controller, Get, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyRequest } from 'fastify';
import { AccessLog } from '../audit/access-log.js';
import { Differences } from '../audit/difference.js';
import { ErasePerson, erasureOf } from '../audit/erase-person.js';
import { type ReplaySubject, Replays } from '../audit/replays.js';
import { Verification } from '../audit/verification.js';
import { PersonalData } from '../ledger/personal-data.js';
import { Writer } from '../ledger/writer.js';
import { isNdjsonWanted } from './accept.js';
import { ndjson, pageOfSteps, periodOf, readAccessCursor, refusePaging, writeAccessCursor } from './audit-pages.js';
import {
  accessAnswer,
  accessParams,
  certificateAnswer,
  differenceAnswer,
  differenceParams,
  erasureBody,
  keysAnswer,
  replayAnswer,
  replayParams,
  verificationAnswer,
} from './audit-shapes.js';
import { By, type Caller } from './caller.js';
import { Describe } from './describe.js';
import { dtoOf } from './dto.js';
import { EmployerPath, WorkerPath } from './write-shapes.js';
import { context } from './written.js';

class ReplayQuery extends dtoOf(replayParams) {}
class DifferenceQuery extends dtoOf(differenceParams) {}
class AccessQuery extends dtoOf(accessParams) {}
class ErasureBody extends dtoOf(erasureBody) {}

const replaying = {
  answer: replayAnswer,
  detail:
    'With `Accept: application/x-ndjson` all steps are streamed, one JSON object a line, and a last line `{"end":true,...}` says that nothing is missing; `limit` and `cursor` are refused then (400).',
  errors: [404, 422],
};

@Controller('v1')
export class ReplayController {
  constructor(private readonly replays: Replays) {}

  @Get('workers/:workerId/replay')
  @Describe({ ...replaying, summary: 'Replay a worker: each event with the state before and after it' })
  worker(@Param() { workerId }: WorkerPath, @Query() params: ReplayQuery, @Req() request: FastifyRequest) {
    return this.#answer({ kind: 'worker', id: workerId }, params, request);
  }

  @Get('employers/:bin/replay')
  @Describe({ ...replaying, summary: 'Replay an employer with all its workers, in the order of recording' })
  employer(@Param() { bin }: EmployerPath, @Query() params: ReplayQuery, @Req() request: FastifyRequest) {
    return this.#answer({ kind: 'employer', id: bin }, params, request);
  }

  @Get('audit/replay')
  @Describe({ ...replaying, summary: 'Replay the whole ledger, in the order of recording' })
  all(@Query() params: ReplayQuery, @Req() request: FastifyRequest) {
    return this.#answer({ kind: 'ledger' }, params, request);
  }

  async #answer(subject: ReplaySubject, params: ReplayQuery, request: FastifyRequest) {
    const isWhole = isNdjsonWanted(request);
    if (isWhole) refusePaging(request);
    const replay = await this.replays.of(subject, params);
    return isWhole ? ndjson(replay) : pageOfSteps(replay, subject, params);
  }
}

@Controller('v1/audit')
export class AuditController {
  constructor(
    private readonly differences: Differences,
    private readonly verification: Verification,
    private readonly accessLog: AccessLog,
    private readonly personalData: PersonalData,
  ) {}

  @Get('difference')
  @Describe({
    summary: 'What changed in our knowledge between two moments, worker by worker, and what that lag was worth',
    answer: differenceAnswer,
    errors: [404],
  })
  difference(@Query() params: DifferenceQuery) {
    return this.differences.between(params);
  }

  @Get('verification')
  @Describe({
    summary: 'Recompute the chain of every stream from the store and name the first event that does not fit',
    detail:
      'With `Accept: application/x-ndjson` the progress and each damage are streamed; the last line is the report.',
    answer: verificationAnswer,
  })
  async verify(@Req() request: FastifyRequest) {
    const lines = this.verification.run();
    if (isNdjsonWanted(request)) return ndjson(lines);
    for (;;) {
      const line = await lines.next();
      if (line.done === true) return line.value;
    }
  }

  @Get('access-log')
  @Describe({ summary: 'Who read whose personal data, when and what for; the latest first', answer: accessAnswer })
  accesses(@Query() { cursor, from, until, limit, ...filters }: AccessQuery) {
    const entries = this.accessLog.list({
      ...filters,
      ...periodOf(from, until),
      before: readAccessCursor(cursor),
      limit: limit + 1,
    });
    const items = entries.slice(0, limit);
    return { items, nextCursor: entries.length > limit ? writeAccessCursor(items.at(-1)) : null };
  }

  @Get('keys')
  @Describe({ summary: 'How many keys of persons open, and which do not', answer: keysAnswer })
  keys() {
    return this.personalData.report();
  }
}

@Controller('v1/workers/:workerId/erasure')
export class ErasureController {
  constructor(
    private readonly commands: CommandBus,
    private readonly writer: Writer,
  ) {}

  @Post()
  @HttpCode(200)
  @Describe({
    summary: 'Erase a worker: destroy the keys of the worker and the family, record it, certify it',
    detail:
      'Names, numbers and addresses can be read nowhere any more; dates, states and figures stay. Cannot be undone. Asked for again, it certifies again.',
    answer: certificateAnswer,
    errors: [404, 409],
    write: true,
    bodies: { 'At the request of the person': { reason: 'Request of the person of 2026-11-18, letter 114' } },
  })
  erase(@Param() { workerId }: WorkerPath, @Body() { reason }: ErasureBody, @By() caller: Caller) {
    return this.commands.execute(new ErasePerson({ ...context('worker', workerId, caller, false), reason }));
  }

  @Get()
  @Describe({ summary: 'The certificate of an erasure', answer: certificateAnswer, errors: [404] })
  certificate(@Param() { workerId }: WorkerPath) {
    return erasureOf(this.writer, workerId);
  }
}
