// Why the store does not do what was asked. A refusal concerns one caller only; everything else is a defect or the disk.

export type Reason =
  | {
      readonly kind: 'wrong-expected-version';
      readonly stream: string;
      readonly expected: Expected;
      readonly current: number;
    }
  | { readonly kind: 'stream-deleted'; readonly stream: string }
  | { readonly kind: 'append-too-large'; readonly limitBytes: number }
  | { readonly kind: 'missing-metadata' }
  | { readonly kind: 'invalid'; readonly message: string }
  | { readonly kind: 'unknown'; readonly message: string }
  | { readonly kind: 'not-found'; readonly message: string }
  | { readonly kind: 'unsupported'; readonly message: string }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'unavailable'; readonly message: string }
  | { readonly kind: 'damaged'; readonly message: string }
  | {
      readonly kind: 'group';
      readonly exception: GroupException;
      readonly stream: string;
      readonly group: string;
      readonly message: string;
      readonly cause?: string;
    };

export type GroupException =
  | 'persistent-subscription-failed'
  | 'persistent-subscription-does-not-exist'
  | 'persistent-subscription-exists'
  | 'persistent-subscription-dropped'
  | 'maximum-subscribers-reached';

/** What a writer demands of the stream before it writes. */
export type Expected =
  | { readonly kind: 'any' }
  | { readonly kind: 'no-stream' }
  | { readonly kind: 'stream-exists' }
  | { readonly kind: 'exact'; readonly revision: number };

export class Refusal extends Error {
  constructor(readonly reason: Reason) {
    super(messageOf(reason));
    this.name = 'Refusal';
  }
}

function messageOf(reason: Reason): string {
  switch (reason.kind) {
    case 'wrong-expected-version':
      return `Append failed due to WrongExpectedVersion. Stream: ${reason.stream}, Expected version: ${expectedNumber(reason.expected)}, Actual version: ${reason.current}`;
    case 'stream-deleted':
      return `Event stream '${reason.stream}' is deleted.`;
    case 'append-too-large':
      return `Maximum Append Size of ${reason.limitBytes} Exceeded.`;
    case 'missing-metadata':
      return 'Required Metadata Property Missing: type, content-type';
    case 'timeout':
      return 'Operation timed out: the deadline passed before the write';
    default:
      return reason.message;
  }
}

/** The protocol's old way of writing an expectation as one number: any = -2, no stream = -1, stream exists = -4. */
export function expectedNumber(expected: Expected): number {
  switch (expected.kind) {
    case 'any':
      return -2;
    case 'no-stream':
      return -1;
    case 'stream-exists':
      return -4;
    case 'exact':
      return expected.revision;
  }
}
