import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AccessLog } from '../audit/access-log.js';
import { CLOCK, type Clock } from '../clock.js';
import { type Access, withAccess } from '../ledger/access.js';
import { LOG, type Log } from '../log.js';
import { actorOf, headerOf } from './caller.js';
import { InvalidInput } from './problem.js';

const LONGEST_PURPOSE = 200;

const accesses = new WeakMap<FastifyRequest, Access>();

/**
 * Notes whose personal data every read opens, before the answer leaves. `personal=false` in the address, or the header
 * `Ledger-Personal: false`, keeps all of it closed: for those who need figures and no names.
 */
export function noteAccess(app: NestFastifyApplication): void {
  const accessLog = app.get(AccessLog);
  const clock = app.get<Clock>(CLOCK);
  const log = app.get<Log>(LOG);
  const fastify = app.getHttpAdapter().getInstance() as unknown as FastifyInstance;

  // A guard, since what it refuses is told like any other refusal; `personal` is left in the address only where it is wrong.
  app.useGlobalGuards({
    canActivate: (context) => demandClearChoice(context.switchToHttp().getRequest<FastifyRequest>()),
  });

  fastify.addHook('onRequest', (request, _reply, done) => {
    // Writes show nobody's data, and what they look at to decide must not be closed to them.
    if (request.method !== 'GET') return done();
    const access = accessOf(request);
    accesses.set(request, access);
    withAccess(access, done);
  });

  const note = (request: FastifyRequest) => {
    const access = accesses.get(request);
    if (access === undefined || access.persons.size === 0) return;
    try {
      accessLog.note(access, clock.now());
    } catch (error) {
      // Reads go on when the disk is full; the trace is kept where it still can be.
      const { actor, purpose, route, persons } = access;
      log.error({ err: error, actor, purpose, route, persons: [...persons] }, 'The access log could not be written');
      persons.clear();
    }
  };
  fastify.addHook('onSend', async (request: FastifyRequest, _reply: FastifyReply, payload: unknown) => {
    note(request);
    return payload;
  });
  // A stream opens data while it is being sent.
  fastify.addHook('onResponse', async (request: FastifyRequest) => note(request));
}

/** @throws InvalidInput where `personal` or its header is neither true nor false: names must not be shown by a misspelling */
function demandClearChoice(request: FastifyRequest): boolean {
  if (request.method !== 'GET') return true;
  const message = 'must be true or false';
  const { personal } = request.query as Record<string, unknown>;
  if (personal !== undefined) throw new InvalidInput([{ path: 'personal', message }]);
  const header = headerOf(request, 'ledger-personal');
  if (header === undefined || header === 'true' || header === 'false') return true;
  throw new InvalidInput([{ path: 'Ledger-Personal', message }]);
}

function accessOf(request: FastifyRequest): Access {
  const query = request.query as Record<string, unknown>;
  const masked = query['personal'] === 'false' || headerOf(request, 'ledger-personal') === 'false';
  // Every route takes it, so none has to name it.
  if (query['personal'] === 'false' || query['personal'] === 'true') delete query['personal'];
  return {
    actor: actorOf(request, []),
    purpose: headerOf(request, 'ledger-purpose')?.slice(0, LONGEST_PURPOSE) ?? null,
    route: `${request.method} ${request.url.split('?')[0] ?? ''}`,
    masked,
    persons: new Set(),
  };
}
