import { toServiceError } from './failures.js';
import type { AppendOptions } from './proposed-events.js';
import { EMPTY } from './record.js';
import { type Expected, type Reason, Refusal } from './refusal.js';
import type { AppendResult } from './store.js';
import { bytesField, stringField, varintField } from './wire.js';

// The answers to appends, written by hand: there is one for every append.

export function appendSuccess({ revision, position }: AppendResult): Buffer {
  const revisionField = revision < 0 ? bytesField(2) : varintField(1, revision);
  const positionField = revision < 0 ? bytesField(4) : bytesField(3, positionBody(position));
  return bytesField(1, revisionField, positionField);
}

export function appendConflict(expected: Expected, current: number): Buffer {
  return bytesField(
    2,
    currentField(6, 7, current),
    expectedField({ exact: 8, any: 9, exists: 10, none: 11 }, expected),
  );
}

export function batchSuccess(
  correlation: Buffer,
  options: AppendOptions,
  { revision, position }: AppendResult,
): Buffer {
  const success =
    revision < 0
      ? bytesField(3, bytesField(2), bytesField(4))
      : bytesField(3, varintField(1, revision), bytesField(3, positionBody(position)));
  return Buffer.concat([bytesField(1, correlation), success, ...request(options)]);
}

export function batchFailure(correlation: Buffer, options: AppendOptions | undefined, error: unknown): Buffer {
  const { message } = toServiceError(error);
  const [code, type, detail] = detailsOf(error instanceof Refusal ? error.reason : undefined);
  const any = bytesField(3, stringField(1, `type.googleapis.com/event_store.client.${type}`), bytesField(2, detail));
  const failure = bytesField(2, varintField(1, code), stringField(2, message), any);
  return Buffer.concat([bytesField(1, correlation), failure, ...(options ? request(options) : [])]);
}

/** google.rpc code, message type and message of the error details. */
function detailsOf(reason: Reason | undefined): readonly [number, string, Buffer] {
  switch (reason?.kind) {
    case 'wrong-expected-version': {
      const expected = expectedField({ exact: 3, any: 4, exists: 5, none: 6 }, reason.expected);
      return [6, 'WrongExpectedVersion', Buffer.concat([currentField(1, 2, reason.current), expected])];
    }
    case 'stream-deleted':
      return [5, 'StreamDeleted', bytesField(1, stringField(3, reason.stream))];
    case 'timeout':
      return [4, 'Timeout', EMPTY];
    case 'append-too-large':
      return [3, 'MaximumAppendSizeExceeded', varintField(1, reason.limitBytes)];
    case 'invalid':
      return [3, 'BadRequest', stringField(1, reason.message)];
    case 'missing-metadata':
      return [3, 'BadRequest', stringField(1, 'Required Metadata Property Missing: type, content-type')];
    default:
      return [2, 'Unknown', EMPTY];
  }
}

/** What the request asked for, repeated in the answer: the stream and the expectation. */
function request({ stream, expected }: AppendOptions): readonly Buffer[] {
  return [bytesField(4, stringField(3, stream)), expectedField({ exact: 5, none: 6, any: 7, exists: 8 }, expected)];
}

function expectedField(
  fields: { readonly exact: number; readonly any: number; readonly exists: number; readonly none: number },
  expected: Expected,
): Buffer {
  switch (expected.kind) {
    case 'exact':
      return varintField(fields.exact, expected.revision);
    case 'any':
      return bytesField(fields.any);
    case 'stream-exists':
      return bytesField(fields.exists);
    case 'no-stream':
      return bytesField(fields.none);
  }
}

function currentField(revisionField: number, noStreamField: number, current: number): Buffer {
  return current < 0 ? bytesField(noStreamField) : varintField(revisionField, current);
}

function positionBody(position: number): Buffer {
  return Buffer.concat([varintField(1, position), varintField(2, position)]);
}
