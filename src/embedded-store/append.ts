import type { ServerDuplexStream, ServerReadableStream, sendUnaryData } from '@grpc/grpc-js';
import { appendConflict, appendSuccess, batchFailure, batchSuccess } from './append-answers.js';
import { explainDiskError } from './database.js';
import { toServiceError } from './failures.js';
import {
  type AppendOptions,
  type AppendPart,
  type BatchPart,
  type Proposal,
  refuseFaulty,
  sizeOf,
} from './proposed-events.js';
import { Refusal } from './refusal.js';
import type { Store } from './store.js';

/**
 * The Append call: options, then events one by one, one answer at the end. `open` holds, for each call that is not yet
 * answered, how to end it with an error.
 */
export function handleAppend(store: Store, maxAppendBytes: number, open: Set<(error: unknown) => void>) {
  return (call: ServerReadableStream<AppendPart, Buffer>, reply: sendUnaryData<Buffer>): void => {
    let options: AppendOptions | undefined;
    let bytes = 0;
    let answered = false;
    const events: Proposal[] = [];
    const answer = (error: unknown, response?: Buffer): void => {
      if (answered) return;
      answered = true;
      open.delete(answer);
      if (response) reply(null, response);
      else reply(toServiceError(error), null);
    };
    open.add(answer);
    call.on('cancelled', () => open.delete(answer));
    call.on('data', (part: AppendPart) => {
      if ('options' in part) {
        options = part.options;
        return;
      }
      bytes += sizeOf(part.event);
      if (bytes > maxAppendBytes) answer(new Refusal({ kind: 'append-too-large', limitBytes: maxAppendBytes }));
      else events.push(part.event);
    });
    call.on('error', answer);
    call.on('end', () => {
      if (answered) return;
      if (!options) {
        answer(new Refusal({ kind: 'invalid', message: 'The first message must carry the options.' }));
        return;
      }
      const { expected } = options;
      try {
        refuseFaulty(options.stream, events);
      } catch (error) {
        answer(error);
        return;
      }
      store.append({ ...options, events, isCancelled: () => call.cancelled }).then(
        (result) => answer(undefined, appendSuccess(result)),
        (error: unknown) => {
          if (error instanceof Refusal && error.reason.kind === 'wrong-expected-version') {
            answer(undefined, appendConflict(expected, error.reason.current));
          } else answer(error);
        },
      );
    });
  };
}

interface Pending {
  readonly options: AppendOptions;
  readonly events: Proposal[];
  bytes: number;
  readonly timer: NodeJS.Timeout | undefined;
}

const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** A timer of more than 24.8 days would go off at once. */
function timerMs(milliseconds: number): number {
  return Math.min(Math.max(milliseconds, 0), LONGEST_TIMER_MS);
}

/** The BatchAppend call: any number of appends over one stream, each answered exactly once by its correlation id. */
export class BatchAppendSession {
  private readonly pending = new Map<string, Pending>();
  private readonly abandoned = new Set<string>();
  private unanswered = 0;
  private ended = false;

  constructor(
    private readonly store: Store,
    private readonly maxAppendBytes: number,
    private readonly call: ServerDuplexStream<BatchPart, Buffer>,
    private readonly onEnd: () => void,
  ) {
    call.on('data', (part: BatchPart) => this.receive(part));
    call.on('cancelled', () => this.end());
    call.on('error', () => this.end());
    call.on('end', () => {
      this.ended = true;
      this.endWhenAnswered();
    });
  }

  /** Ends the stream with an error: the client fails what is still unanswered and dials anew. */
  fail(error: Refusal): void {
    if (!this.call.writableEnded) this.call.emit('error', toServiceError(error));
  }

  private receive(part: BatchPart): void {
    const key = part.correlation.toString('latin1');
    const earlier = this.pending.get(key);
    const whole = earlier ?? this.begin(key, part);
    if (!whole) return;
    for (const event of part.events) {
      whole.bytes += sizeOf(event);
      whole.events.push(event);
    }
    // What is too large is refused as soon as that is known, not kept until its end.
    if (!part.isFinal && whole.bytes <= this.maxAppendBytes) return;
    clearTimeout(whole.timer);
    this.pending.delete(key);
    if (!part.isFinal) this.abandoned.add(key);
    this.append(part.correlation, whole);
  }

  private begin(key: string, part: BatchPart): Pending | undefined {
    if (!part.options) {
      const wasAbandoned = part.isFinal ? this.abandoned.delete(key) : this.abandoned.has(key);
      if (!wasAbandoned) {
        const message = 'The first chunk of an append must carry its options.';
        this.unanswered++;
        this.refuse(part.correlation, undefined, new Refusal({ kind: 'invalid', message }));
      }
      return undefined;
    }
    const { options } = part;
    const expire = (): void => {
      this.pending.delete(key);
      this.abandoned.add(key);
      this.refuse(part.correlation, options, new Refusal({ kind: 'timeout' }));
    };
    this.unanswered++;
    const waits = !part.isFinal && options.deadlineMs !== undefined;
    const timer = waits ? setTimeout(expire, timerMs((options.deadlineMs ?? 0) - Date.now())) : undefined;
    const pending = { options, events: [], bytes: 0, timer };
    if (!part.isFinal) this.pending.set(key, pending);
    return pending;
  }

  private append(correlation: Buffer, { options, events, bytes }: Pending): void {
    const { deadlineMs } = options;
    try {
      if (deadlineMs !== undefined && deadlineMs <= Date.now()) throw new Refusal({ kind: 'timeout' });
      refuseFaulty(options.stream, events);
      if (bytes > this.maxAppendBytes) {
        throw new Refusal({ kind: 'append-too-large', limitBytes: this.maxAppendBytes });
      }
    } catch (error) {
      this.refuse(correlation, options, error);
      return;
    }
    this.store.append({ stream: options.stream, expected: options.expected, events }).then(
      (result) => this.answer(batchSuccess(correlation, options, result)),
      (error: unknown) => this.refuse(correlation, options, error),
    );
  }

  private refuse(correlation: Buffer, options: AppendOptions | undefined, error: unknown): void {
    // The answer to one append has no way of saying "unavailable"; the end of the stream has.
    const failure = explainDiskError(error);
    if (failure instanceof Refusal && failure.reason.kind === 'unavailable') {
      this.fail(failure);
      return;
    }
    this.answer(batchFailure(correlation, options, error));
  }

  private answer(response: Buffer): void {
    this.unanswered--;
    if (!this.call.cancelled && !this.call.writableEnded) this.call.write(response);
    this.endWhenAnswered();
  }

  private endWhenAnswered(): void {
    if (!this.ended || this.unanswered > 0) return;
    if (!this.call.writableEnded) this.call.end();
    this.end();
  }

  private end(): void {
    this.forgetPending();
    this.onEnd();
  }

  private forgetPending(): void {
    for (const { timer } of this.pending.values()) clearTimeout(timer);
    this.pending.clear();
  }
}
