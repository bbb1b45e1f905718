import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { explainDiskError } from './database.js';
import { expectedNumber, type Reason, Refusal } from './refusal.js';

/** Turns anything thrown into the gRPC error the official clients understand: status, text and trailers. */
export function toServiceError(thrown: unknown): ServiceError {
  const error = explainDiskError(thrown);
  if (error instanceof Refusal) return serviceError(statusOf(error.reason), error.message, trailersOf(error.reason));
  if (error instanceof RangeError) return serviceError(status.INVALID_ARGUMENT, error.message, {});
  const text = error instanceof Error ? error.message : String(error);
  return serviceError(status.UNKNOWN, `The embedded store failed: ${text}`, {});
}

function serviceError(code: status, message: string, trailers: Readonly<Record<string, string>>): ServiceError {
  const metadata = new Metadata();
  for (const [key, value] of Object.entries(trailers)) metadata.set(key, asciiOnly(value));
  return Object.assign(new Error(message), { name: 'ServiceError', code, details: message, metadata });
}

/** Trailers carry ASCII only; a name in another script is percent-encoded rather than breaking the call. */
function asciiOnly(text: string): string {
  return /^[\x20-\x7e]*$/.test(text) ? text : encodeURIComponent(text);
}

function statusOf(reason: Reason): status {
  switch (reason.kind) {
    case 'wrong-expected-version':
    case 'stream-deleted':
      return status.FAILED_PRECONDITION;
    case 'append-too-large':
    case 'missing-metadata':
    case 'invalid':
      return status.INVALID_ARGUMENT;
    case 'unknown':
      return status.UNKNOWN;
    case 'not-found':
      return status.NOT_FOUND;
    case 'unsupported':
      return status.UNIMPLEMENTED;
    case 'timeout':
      return status.ABORTED;
    case 'unavailable':
      return status.UNAVAILABLE;
    case 'damaged':
      return status.DATA_LOSS;
    case 'group':
      return GROUP_STATUS[reason.exception];
  }
}

const GROUP_STATUS = {
  'persistent-subscription-failed': status.INTERNAL,
  'persistent-subscription-does-not-exist': status.NOT_FOUND,
  'persistent-subscription-exists': status.ALREADY_EXISTS,
  'persistent-subscription-dropped': status.CANCELLED,
  'maximum-subscribers-reached': status.FAILED_PRECONDITION,
} as const;

function trailersOf(reason: Reason): Readonly<Record<string, string>> {
  switch (reason.kind) {
    case 'wrong-expected-version':
      return {
        exception: 'wrong-expected-version',
        'stream-name': reason.stream,
        'expected-version': String(expectedNumber(reason.expected)),
        'actual-version': String(reason.current),
      };
    case 'stream-deleted':
      return { exception: 'stream-deleted', 'stream-name': reason.stream };
    case 'append-too-large':
      return { exception: 'maximum-append-size-exceeded', 'maximum-append-size': String(reason.limitBytes) };
    case 'missing-metadata':
      return {
        exception: 'missing-required-metadata-property',
        'required-metadata-properties': 'type,content-type',
      };
    case 'group':
      return {
        exception: reason.exception,
        'stream-name': reason.stream,
        'group-name': reason.group,
        reason: reason.cause ?? reason.message,
      };
    default:
      return {};
  }
}
