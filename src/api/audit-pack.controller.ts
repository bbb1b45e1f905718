import { Readable } from 'node:stream';
import { Controller, Get, Query, Req, Res, StreamableFile } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { PackBrokenOff } from '../audit/pack/pack-threads.js';
import { type PackRequest, Packs, type ReadyPack, requireOpen } from '../audit/pack/packs.js';
import type { PackProgress } from '../audit/pack/write-pack.js';
import { Refusal } from '../domain/refusal.js';
import { StoreFull } from '../ledger/event-store.js';
import { momentParams, obligationsParams } from '../reading/params.js';
import { isNdjsonWanted, NDJSON } from './accept.js';
import { Describe } from './describe.js';
import { dtoOf } from './dto.js';
import { InvalidInput } from './problem.js';

const moment = momentParams.shape;

class PackQuery extends dtoOf(
  z.strictObject({
    worker: z.uuid({ error: 'is not a UUID' }).toLowerCase().optional().meta({ description: 'One worker.' }),
    employer: obligationsParams.shape.employer.meta({ description: 'One employer with all its workers.' }),
    from: moment.knownAt.meta({
      description: 'Recorded from this date or instant on. Such a pack cannot be imported.',
    }),
    to: moment.knownAt.meta({ description: 'Recorded by the end of this date, or by this instant.' }),
    asOf: moment.asOf,
    names: z
      .enum(['true', 'false'], { error: 'must be true or false' })
      .optional()
      .transform((text) => text === 'true')
      .meta({
        description:
          'Opens names and numbers of persons into the pack. Each hand-out is noted in the access log; refused together with `personal=false`.',
      }),
    after: moment.after,
  }),
) {}

const packAnswer = z.any().meta({ description: 'A ZIP file; its README.txt says what is in it and how to check it.' });

@Controller('v1/audit/pack')
export class PackController {
  constructor(private readonly packs: Packs) {}

  @Get()
  @Describe({
    summary: 'An audit pack: events, timeline, obligations with traces, the law, hashes and a report, as a ZIP file',
    detail:
      'The same question gives the same bytes while nothing new was recorded. With `Accept: application/x-ndjson` the pack is made and the progress is told line by line; ask again for the file. A making that was broken off goes on where it stopped. `X-Pack-Hash` is the SHA-256 of the manifest: keep it apart from the pack.',
    answer: packAnswer,
    errors: [404, 409],
  })
  async pack(
    @Query() { names, asOf, after, ...scope }: PackQuery,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    if (scope.worker !== undefined && scope.employer !== undefined) {
      throw new InvalidInput([
        { path: 'worker', message: 'cannot be asked for together with an employer: choose one' },
      ]);
    }
    const question: PackRequest = { scope, asOf, names, after };
    // Before the first line: an answer that has begun cannot be refused any more.
    requireOpen(question);
    if (isNdjsonWanted(request, 'application/zip')) {
      const lines = Readable.from(progressLines(this.packs, question));
      return new StreamableFile(lines, { type: `${NDJSON}; charset=utf-8` });
    }
    const ready = await this.packs.make(question);
    void reply.header('x-pack-hash', ready.hash);
    return new StreamableFile(ready.zip(), {
      type: 'application/zip',
      disposition: `attachment; filename="${ready.fileName}"`,
    });
  }
}

/** Tells how far a pack is, and at the end what it is; a refusal is told as the last line. */
async function* progressLines(packs: Packs, question: PackRequest): AsyncGenerator<string> {
  const waiting: PackProgress[] = [];
  let wake = () => {};
  let isOver = false;
  const made = packs
    .make(question, (progress) => {
      waiting.push(progress);
      wake();
    })
    .finally(() => {
      isOver = true;
      wake();
    });
  // Looked at below; without this a refusal would count as nobody's.
  made.catch(() => {});
  while (!isOver || waiting.length > 0) {
    const progress = waiting.shift();
    if (progress !== undefined) {
      yield `${JSON.stringify(progress)}\n`;
      continue;
    }
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
  let pack: ReadyPack;
  try {
    pack = await made;
  } catch (error) {
    // The answer has begun: what went wrong can only be told in it.
    const isForeseen = [Refusal, StoreFull, PackBrokenOff].some((kind) => error instanceof kind);
    yield `${JSON.stringify({ error: isForeseen && error instanceof Error ? error.message : 'The pack could not be made.' })}\n`;
    if (isForeseen) return;
    throw error;
  }
  const { manifest, hash } = pack;
  yield `${JSON.stringify({ ready: true, hash, events: manifest.events, streams: manifest.streams, asOf: manifest.asOf })}\n`;
}
