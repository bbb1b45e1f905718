import { randomUUID } from 'node:crypto';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { v5 as uuidV5 } from 'uuid';
import type { FieldProblem } from '../domain/refusal.js';
import { InvalidInput } from './problem.js';

/** Who sends a write, under which command id, and on which revision it insists. */
export interface Caller {
  readonly actor: string;
  readonly commandId: string;
  readonly correlationId: string;
  readonly expectedRevision?: number;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const PRINTABLE = /^[^\p{C}]{1,120}$/u;
const CORRELATION = /^[\x21-\x7e]{1,128}$/;
const ETAG = /^(?:W\/)?"(\d{1,15})"$/;

/** Name space of command ids made from idempotency keys that are not UUIDs. */
const KEY_NAMESPACE = '5f0c1f7e-6a0e-4b1f-9d51-0f6a0c2f3f11';

/** The actor of a request that came with the API key and names nobody. */
const KEY_HOLDER = 'api-key';

/** Requests that came with the right token. */
export const keyHolders = new WeakSet<FastifyRequest>();

const correlations = new WeakMap<FastifyRequest, string>();

/** The correlation id of a request: the caller's `x-correlation-id` where it is usable, else one of ours. */
export function correlationOf(request: FastifyRequest): string {
  const known = correlations.get(request);
  if (known !== undefined) return known;
  const given = request.headers['x-correlation-id'];
  const id = typeof given === 'string' && CORRELATION.test(given) ? given : randomUUID();
  correlations.set(request, id);
  return id;
}

/** The caller as the headers tell it. A header that is there but wrong is an error, never ignored. */
export const By = createParamDecorator((_: unknown, context: ExecutionContext): Caller => {
  return callerOf(context.switchToHttp().getRequest<FastifyRequest>());
});

export function callerOf(request: FastifyRequest): Caller {
  const errors: FieldProblem[] = [];
  const caller: Caller = {
    actor: actorOf(request, errors),
    commandId: commandIdOf(request, errors),
    correlationId: correlationOf(request),
    ...expectedRevisionOf(request, errors),
  };
  if (errors.length > 0) throw new InvalidInput(errors);
  return caller;
}

/** Who sends a request: the one named, and the holder of the key where there is one. */
export function actorOf(request: FastifyRequest, errors: FieldProblem[]): string {
  const authenticated = keyHolders.has(request);
  const text = headerOf(request, 'ledger-actor');
  if (text === undefined) return authenticated ? KEY_HOLDER : 'local';
  if (!PRINTABLE.test(text)) {
    errors.push({ path: 'Ledger-Actor', message: 'must be 1 to 120 printable characters' });
  }
  return authenticated ? `${KEY_HOLDER}/${text}` : text;
}

function commandIdOf(request: FastifyRequest, errors: FieldProblem[]): string {
  const key = headerOf(request, 'idempotency-key');
  if (key === undefined) return randomUUID();
  if (UUID.test(key)) return key.toLowerCase();
  if (key.length < 1 || key.length > 255) {
    errors.push({ path: 'Idempotency-Key', message: 'must be 1 to 255 characters, best a UUID' });
  }
  return uuidV5(key, KEY_NAMESPACE);
}

function expectedRevisionOf(request: FastifyRequest, errors: FieldProblem[]): { expectedRevision?: number } {
  const text = headerOf(request, 'if-match');
  if (text === undefined || text === '*') return {};
  const revision = ETAG.exec(text)?.[1];
  if (revision !== undefined) return { expectedRevision: Number(revision) };
  errors.push({ path: 'If-Match', message: 'must be one ETag as this service gives it, such as "3"' });
  return {};
}

/** A header as text. Node reads headers as Latin-1; names are sent as UTF-8, so the bytes are read again. */
export function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  if (typeof value !== 'string') return undefined;
  if (!/[\x80-\xff]/.test(value)) return value;
  const text = Buffer.from(value, 'latin1').toString('utf8');
  return text.includes('\uFFFD') ? value : text;
}
