import type { ServerDuplexStream, ServerWritableStream } from '@grpc/grpc-js';
import { toServiceError } from './failures.js';

type Call = ServerWritableStream<unknown, Buffer> | ServerDuplexStream<unknown, Buffer>;

/**
 * The writing end of a call, with back-pressure: after `send` answered false, wait for `ready` before sending more. A
 * client that stops reading therefore stops its own reader and nobody else.
 */
export class Outlet {
  isOpen = true;
  private wake: (() => void) | undefined;
  private readonly closing: (() => void)[] = [];

  constructor(private readonly call: Call) {
    call.on('drain', () => this.wake?.());
    call.on('cancelled', () => this.close());
    call.on('error', () => this.close());
    call.on('finish', () => this.close());
  }

  /** Calls back once when the call is over, for whatever reason. */
  onClose(callback: () => void): void {
    if (this.isOpen) this.closing.push(callback);
    else callback();
  }

  /** False when the client does not keep up: await `ready` before the next `send`. */
  send(message: Buffer): boolean {
    return this.isOpen ? this.call.write(message) : false;
  }

  /** False while the client has not taken what it was sent. */
  get hasRoom(): boolean {
    return this.isOpen && !this.call.writableNeedDrain;
  }

  /** Calls back whenever the client has caught up with what it was sent. */
  onRoom(callback: () => void): void {
    this.call.on('drain', callback);
  }

  /** Resolves when more can be sent or the call is over. */
  ready(): Promise<void> {
    if (!this.isOpen || !this.call.writableNeedDrain) return Promise.resolve();
    return new Promise((resolve) => {
      this.wake = resolve;
    });
  }

  end(): void {
    if (!this.isOpen) return;
    this.call.end();
    this.close();
  }

  fail(error: unknown): void {
    if (!this.isOpen) return;
    this.call.emit('error', toServiceError(error));
    this.close();
  }

  private close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.wake?.();
    for (const callback of this.closing) callback();
  }
}

/** Lets the event loop serve others; a long read does so every few dozen events. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
