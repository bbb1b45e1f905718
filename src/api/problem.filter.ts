import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Inject } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PackBrokenOff } from '../audit/pack/pack-threads.js';
import { Refusal } from '../domain/refusal.js';
import { StoreAway, StoreFull, StreamGone, TooLarge, WrongRevision } from '../ledger/event-store.js';
import { PersonErased } from '../ledger/personal-data.js';
import { LOG, type Log } from '../log.js';
import { ReadSideBehind } from '../reading/read-model.js';
import { correlationOf } from './caller.js';
import { methodsAt } from './known-routes.js';
import { InvalidInput, type Problem, problem } from './problem.js';

/** How long a caller should wait before it tries again when the store is away, in seconds. */
const RETRY_AFTER_S = 2;

/** Turns everything that can go wrong into problem+json; what is not understood is logged in full and told in one sentence. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(@Inject(LOG) private readonly log: Log) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    if (reply.sent) return;
    const correlationId = correlationOf(request);
    const answer: Problem = { ...problemOf(error, request), correlationId };
    if (answer.status >= 500 && answer.status !== 503) {
      this.log.error({ err: error, correlationId, method: request.method, url: request.url }, 'a request failed');
    }
    if (answer.status === 503) {
      void reply.header(
        'retry-after',
        String(error instanceof ReadSideBehind ? error.retryAfterSeconds : RETRY_AFTER_S),
      );
    }
    if (answer.status === 405) void reply.header('allow', methodsAt(request.server, pathOf(request)).join(', '));
    if (answer.status === 401) void reply.header('www-authenticate', 'Bearer');
    send(reply, answer, correlationId);
  }
}

/** Answers what fastify refuses before any route is looked for: an address that cannot be decoded, or is too long. */
export function refuseAddress(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const correlationId = correlationOf(request);
  send(reply, { ...ofHttp(statusOf(error) ?? 400, error, request), correlationId }, correlationId);
}

function send(reply: FastifyReply, answer: Problem, correlationId: string): void {
  void reply
    .code(answer.status)
    .header('content-type', 'application/problem+json; charset=utf-8')
    .header('x-correlation-id', correlationId)
    .send(JSON.stringify(answer));
}

function problemOf(error: unknown, request: FastifyRequest): Problem {
  if (error instanceof InvalidInput) return problem(error.status, error.code, error.message, { errors: error.errors });
  if (error instanceof Refusal) {
    const { code, status, message, remedy, rule, reference, errors, candidates } = error;
    return problem(status, code, message, {
      remedy,
      ...(rule === undefined ? {} : { rule }),
      ...(reference === undefined ? {} : { reference }),
      ...(errors === undefined ? {} : { errors }),
      ...(candidates === undefined ? {} : { candidates }),
    });
  }
  if (error instanceof StoreFull) {
    return problem(503, 'disk-full', error.message, {
      remedy: 'Free space on that disk, then send it again with the same Idempotency-Key. Reads go on.',
    });
  }
  if (error instanceof PackBrokenOff) {
    return problem(503, 'service-ending', error.message, {
      remedy: 'Ask the same once the service has been started again.',
    });
  }
  if (error instanceof StoreAway) {
    return problem(503, 'store-away', error.message, {
      remedy:
        'Send it again in a few seconds with the same Idempotency-Key: what was written already is not written twice.',
    });
  }
  if (error instanceof ReadSideBehind) {
    return problem(503, 'read-side-behind', error.message, {
      remedy: 'Ask again after the seconds in Retry-After; a question with `after` may also be asked without it.',
    });
  }
  if (error instanceof TooLarge) {
    return problem(413, 'append-too-large', error.message, {
      remedy: 'Send fewer events at a time. Nothing was written.',
    });
  }
  if (error instanceof WrongRevision) {
    return problem(409, 'busy', 'Others kept writing to the same stream; nothing of this request was written.', {
      remedy: 'Send it again with the same Idempotency-Key.',
    });
  }
  if (error instanceof StreamGone) {
    return problem(409, 'stream-deleted', error.message, {
      remedy: 'Streams are never deleted by the ledger: ask who did it in the store.',
    });
  }
  if (error instanceof PersonErased) {
    return problem(
      409,
      'person-erased',
      'The key of this person was destroyed: nothing personal can be recorded any more.',
      {
        remedy: 'Register the person anew if the employment goes on.',
      },
    );
  }
  if (error instanceof HttpException) return ofHttp(error.getStatus(), error, request);
  const status = statusOf(error);
  if (status !== undefined && status < 500) return ofHttp(status, error, request);
  return problem(
    500,
    'internal-error',
    'The request failed for a reason of our own; nothing of it was written unless a repeat with the same Idempotency-Key says so. It was logged under the correlation id.',
  );
}

/** Errors of the framework before a controller is reached, told in our own words: theirs may hold parts of the body. */
function ofHttp(status: number, error: unknown, request: FastifyRequest): Problem {
  const path = pathOf(request);
  const route = `${request.method} ${path}`;
  switch (status) {
    case 400:
      return problem(
        400,
        isBadUrl(error) ? 'bad-address' : 'broken-json',
        isBadUrl(error) ? 'The address of the request cannot be decoded.' : 'The body is not valid JSON.',
        {
          remedy: isBadUrl(error)
            ? 'Percent-encode the address as UTF-8.'
            : 'Send one JSON object, or an array of them, as UTF-8.',
        },
      );
    case 401:
      return problem(401, 'not-authenticated', 'This service asks for a bearer token.', {
        remedy: 'Send the header Authorization: Bearer <LEDGER_API_KEY>.',
      });
    case 404: {
      const methods = methodsAt(request.server, path);
      if (methods.length > 0 && !methods.includes(request.method)) {
        return problem(405, 'method-not-allowed', `${path} takes ${methods.join(' and ')}, not ${request.method}.`, {
          remedy: 'See /docs for the routes.',
        });
      }
      return problem(404, 'no-such-route', `There is no ${route} here.`, { remedy: 'See /docs for the routes.' });
    }
    case 413:
      return problem(413, 'body-too-large', 'The body has more than 4 MiB.', {
        remedy: 'Send fewer events at a time; `ledger import` takes files of any size.',
      });
    case 414:
      return problem(414, 'address-too-long', 'A part of the address is too long.', {
        remedy: 'Check the id in the address.',
      });
    case 415:
      return problem(415, 'wrong-content-type', 'The body is not declared as JSON.', {
        remedy: 'Send the header Content-Type: application/json.',
      });
    default:
      return problem(status, 'bad-request', 'The request cannot be read.', {
        remedy: 'See /docs for what this route takes.',
      });
  }
}

function pathOf({ url }: FastifyRequest): string {
  return url.split('?')[0] ?? '';
}

function isBadUrl(error: unknown): boolean {
  return fastifyCode(error) === 'FST_ERR_BAD_URL';
}

function fastifyCode(error: unknown): unknown {
  const cause = error instanceof HttpException ? error.cause : error;
  return typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
}

function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('statusCode' in error)) return undefined;
  return typeof error.statusCode === 'number' ? error.statusCode : undefined;
}
