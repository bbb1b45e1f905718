import type { LoggerService } from '@nestjs/common';
import { type Logger, pino } from 'pino';
import type { LogLevel } from './config.js';

/** Injection token of the logger. */
export const LOG = Symbol('log');

export type Log = Logger;

/** The ledger's logger: JSON lines on stderr, so that the output of commands stays clean. Tokens never reach it. */
export function createLog(level: LogLevel): Log {
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, redact: ['headers.authorization'] },
    pino.destination(2),
  );
}

/** Nest speaks through the same logger. What it tells about its own wiring is of use only when something is wrong. */
export function nestLogger(log: Log): LoggerService {
  const write =
    (level: 'debug' | 'warn' | 'error' | 'fatal') =>
    (message: unknown, ...rest: unknown[]) => {
      if (message instanceof Error) log[level]({ err: message });
      else log[level]({ context: rest.at(-1) }, String(message));
    };
  return {
    log: write('debug'),
    debug: write('debug'),
    verbose: write('debug'),
    warn: write('warn'),
    error: write('error'),
    fatal: write('fatal'),
  };
}
