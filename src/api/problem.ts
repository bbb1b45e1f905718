import { z } from 'zod';
import type { Candidate, FieldProblem } from '../domain/refusal.js';

/** RFC 9457: what every error answer looks like. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly remedy?: string;
  readonly rule?: string;
  readonly reference?: string;
  readonly errors?: readonly FieldProblem[];
  /** The events that a command may have meant, when it must name one, or those that stand in its way. */
  readonly candidates?: readonly Candidate[];
  readonly correlationId?: string;
}

/** The request does not have the shape that the route asks for. */
export class InvalidInput extends Error {
  constructor(
    readonly errors: readonly FieldProblem[],
    readonly status = 400,
    readonly code = 'invalid-request',
  ) {
    super(errors.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; '));
  }
}

const titles: Readonly<Record<number, string>> = {
  400: 'The request is not valid',
  401: 'Not authenticated',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  406: 'Not acceptable',
  408: 'The request took too long to arrive',
  409: 'Refused by the state of things',
  411: 'Length required',
  412: 'The stream has moved on',
  413: 'The body is too large',
  414: 'The address is too long',
  415: 'The body is of a kind that is not read here',
  422: 'Refused',
  429: 'Too many requests',
  431: 'The headers are too large',
  500: 'Something went wrong in the ledger',
  503: 'Not available for the moment',
};

/** Puts a problem together; the title follows from the status. */
export function problem(status: number, code: string, detail: string, more: Partial<Problem> = {}): Problem {
  return {
    type: `urn:immigration-ledger:problem:${code}`,
    title: titles[status] ?? 'Refused',
    status,
    detail,
    code,
    ...more,
  };
}

/** The same as a schema, for the description of the interface. */
export const problemSchema = z
  .object({
    type: z.string().meta({ description: 'A URN that ends with the code.' }),
    title: z.string(),
    status: z.int(),
    detail: z.string().meta({ description: 'What is wrong, in one sentence; personal values are not repeated.' }),
    code: z.string().meta({ description: 'Stable and machine-readable, such as already-in-country.' }),
    remedy: z.string().optional().meta({ description: 'What to do next.' }),
    rule: z.string().optional().meta({ description: 'The rule of the law behind a refusal.' }),
    reference: z.string().optional().meta({ description: 'Where that rule is written.' }),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
    candidates: z
      .array(
        z.object({
          eventId: z.string(),
          type: z.string(),
          occurredOn: z.string(),
          stream: z
            .string()
            .optional()
            .meta({ description: 'Where it stands, if that is another stream than the one of the command.' }),
        }),
      )
      .optional()
      .meta({ description: 'The events that a command may have meant, or that stand in its way.' }),
    correlationId: z.string().optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457: what every error answer looks like.' });
