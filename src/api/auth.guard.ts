import { createHash, timingSafeEqual } from 'node:crypto';
import {
  type CanActivate,
  type ExecutionContext,
  Inject,
  Injectable,
  SetMetadata,
  UnauthorizedException,
} from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { CONFIG, type Config } from '../config.js';
import { keyHolders } from './caller.js';

const OPEN = Symbol('open');

/** Marks a controller that answers without a token: health, for those who only want to know whether we live. */
export const Open = () => SetMetadata(OPEN, true);

/** Lets a request pass when no key is set (loopback only, see config.ts) or when it carries the key. */
@Injectable()
export class AuthGuard implements CanActivate {
  readonly #digest: Buffer | null;

  constructor(@Inject(CONFIG) config: Config) {
    this.#digest = config.apiKey === null ? null : digest(config.apiKey);
  }

  canActivate(context: ExecutionContext): boolean {
    if (this.#digest === null || Reflect.getMetadata(OPEN, context.getClass()) === true) return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const token = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    // Digests are of one length, so the comparison takes the same time whatever was sent.
    if (token !== undefined && timingSafeEqual(digest(token), this.#digest)) {
      keyHolders.add(request);
      return true;
    }
    throw new UnauthorizedException();
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
