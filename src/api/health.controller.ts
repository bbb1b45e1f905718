import { Controller, Get, HttpCode, Post, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { type ReadHealth, ReadModel } from '../reading/read-model.js';
import { Open } from './auth.guard.js';
import { Describe } from './describe.js';
import { version } from './version.js';

const liveAnswer = z.object({ status: z.literal('live'), version: z.string() }).meta({ id: 'Live' });

const readyAnswer = z
  .object({
    status: z.enum(['ready', 'degraded', 'starting', 'rebuilding', 'catching-up', 'waiting']).meta({
      description: '`waiting`: the store cannot be reached; reads answer from what there is, writes with 503.',
    }),
    position: z.string().meta({ description: 'Commit position of the last event that reads know.' }),
    events: z.int(),
    behind: z.int().meta({ description: 'Events kept from the log whose rows are not made yet.' }),
    connected: z.boolean().meta({ description: 'Whether the store can be reached.' }),
    parked: z.int().meta({ description: 'Events that could not be read: figures of their workers may lack them.' }),
    parkedEvents: z.array(z.looseObject({ eventId: z.string().optional(), type: z.string().optional() })),
    lastError: z.string().nullable(),
  })
  .meta({ id: 'Ready' });

const rebuiltAnswer = z
  .object({
    events: z.int(),
    seconds: z.number(),
    digestBefore: z.string(),
    digestAfter: z
      .string()
      .meta({ description: 'SHA-256 over all rows: equal to the one before, or the program changed.' }),
  })
  .meta({ id: 'Rebuilt' });

/** Open to everybody who can reach the port: it tells that we live, and how far the read side is. */
@Open()
@Controller('health')
export class HealthController {
  constructor(private readonly model: ReadModel) {}

  @Get('live')
  @Describe({ summary: 'The process lives', answer: liveAnswer })
  live() {
    return { status: 'live', version };
  }

  @Get('ready')
  @Describe({ summary: 'Reads have caught up with the log; 503 until then', answer: readyAnswer })
  ready(@Res({ passthrough: true }) reply: FastifyReply) {
    return readiness(reply, this.model.health());
  }
}

/** What an operator may ask of the read side. */
@Controller('v1/read-side')
export class ReadSideController {
  constructor(private readonly model: ReadModel) {}

  @Post('rebuild')
  @HttpCode(200)
  @Describe({
    summary: 'Build all rows anew from the log, beside the old ones, which answer meanwhile, and switch',
    answer: rebuiltAnswer,
  })
  rebuild() {
    return rebuilt(this.model);
  }
}

function readiness(reply: FastifyReply, health: ReadHealth): z.infer<typeof readyAnswer> {
  const { degraded, parkedEvents, ...rest } = health;
  if (health.status !== 'ready') void reply.code(503).header('retry-after', '2');
  return {
    ...rest,
    status: health.status === 'ready' && degraded ? 'degraded' : health.status,
    parkedEvents: parkedEvents.map((event) => ({ ...event })),
  };
}

async function rebuilt(model: ReadModel): Promise<z.infer<typeof rebuiltAnswer>> {
  const digestBefore = await model.digest();
  const startedAt = performance.now();
  const events = await model.rebuild();
  const seconds = Math.round(performance.now() - startedAt) / 1000;
  return { events, seconds, digestBefore, digestAfter: await model.digest() };
}
