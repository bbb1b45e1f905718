import { SetMetadata } from '@nestjs/common';
import type { z } from 'zod';

/** What a route answers and what it is for: the part of its description that its parameters do not tell. */
export interface Description {
  readonly summary: string;
  readonly detail?: string;
  /** The schema of a good answer. */
  readonly answer: z.ZodType;
  /** Status of a good answer; 200 unless told. */
  readonly status?: number;
  /** What a good answer looks like. */
  readonly example?: unknown;
  /** Bodies that work as they stand, by a title. */
  readonly bodies?: Readonly<Record<string, unknown>>;
  /** Statuses of the errors that belong to this route, beside 400 and 503. */
  readonly errors?: readonly number[];
  /** Writes take the headers of a command. */
  readonly write?: boolean;
}

export const DESCRIPTION = Symbol('description');

/** Describes a route for `/openapi.json`. Path, query and body are read off the method's own parameters. */
export const Describe = (description: Description) => SetMetadata(DESCRIPTION, description);
