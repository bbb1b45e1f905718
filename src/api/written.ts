import type { FastifyReply } from 'fastify';
import type { StreamKind } from '../domain/event-type.js';
import type { WriteAnswer, WriteContext } from '../ledger/command.js';
import type { Caller } from './caller.js';

/** What every command is told about its request. */
export function context(kind: StreamKind, id: string, caller: Caller, dryRun: boolean): WriteContext {
  const { actor, commandId, correlationId, expectedRevision } = caller;
  return {
    stream: { kind, id },
    commandId,
    actor,
    correlationId,
    dryRun,
    ...(expectedRevision === undefined ? {} : { ifMatch: expectedRevision }),
  };
}

/** The answer to a write as it goes out: what is said about the stream and about a repeat goes into the headers. */
export function written(reply: FastifyReply, answer: WriteAnswer): Omit<WriteAnswer, 'replayed'> {
  const { replayed, ...body } = answer;
  const last = body.events.at(-1);
  if (last === undefined) void reply.code(200);
  else void reply.header('etag', `"${last.revision}"`);
  if (replayed) void reply.header('idempotent-replayed', 'true');
  return body;
}

/** An answer about one stream, with its revision as the ETag: what `If-Match` on a write insists on. */
export function revised<T extends { readonly revision: number }>(reply: FastifyReply, answer: T): T {
  void reply.header('etag', `"${answer.revision}"`);
  return answer;
}
