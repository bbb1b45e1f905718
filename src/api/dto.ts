import { type ArgumentMetadata, Injectable, type PipeTransform, ValidationPipe } from '@nestjs/common';
import type { TransformerPackage } from '@nestjs/common/interfaces/external/transformer-package.interface.js';
import { ValidateBy, validate } from 'class-validator';
import { z } from 'zod';
import type { FieldProblem } from '../domain/refusal.js';
import { InvalidInput } from './problem.js';

const schemas = new WeakMap<object, z.ZodObject>();

/**
 * Makes the class that Nest's `ValidationPipe` asks for out of a zod schema: each property carries one class-validator
 * constraint, and the constraint runs the schema of that field. So no field is described twice.
 */
export function dtoOf<S extends z.ZodObject>(schema: S): new () => z.output<S> {
  class Dto {}
  for (const [name, field] of Object.entries(schema.shape) as [string, z.ZodType][]) {
    const validator = {
      validate: (value: unknown) => field.safeParse(value).success,
      defaultMessage: () => `${name} is not valid`,
    };
    ValidateBy({ name: 'schema', validator })(Dto.prototype, name);
  }
  schemas.set(Dto, schema);
  return Dto as new () => z.output<S>;
}

/** The schema behind a class of `dtoOf`. */
export function schemaOf(dto: object | undefined): z.ZodObject | undefined {
  for (let each: unknown = dto; typeof each === 'function'; each = Object.getPrototypeOf(each)) {
    const schema = schemas.get(each);
    if (schema !== undefined) return schema;
  }
  return undefined;
}

/**
 * Nest's `ValidationPipe` over the classes of `dtoOf`. What passes is handed on parsed (numbers coerced, defaults filled
 * in); what does not becomes an `InvalidInput` with a place and a sentence for each field.
 */
@Injectable()
export class EdgePipe extends ValidationPipe {
  constructor() {
    super({
      whitelist: true,
      forbidNonWhitelisted: true,
      forbidUnknownValues: true,
      validatorPackage: { validate },
      // The event's data is looked at once, by the schema of its type, where the event is decided: a shallow copy is
      // enough here, and a tenth of the price of walking the whole body.
      transformerPackage: shallow,
      exceptionFactory: (errors) =>
        new InvalidInput(errors.map((error) => ({ path: error.property, message: 'is not valid' }))),
    });
  }

  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    const schema = schemaOf(metadata.metatype);
    if (schema === undefined) return value;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw notAnObject(value, '');
    try {
      // Where nothing was given there is nothing to guard; what is missing the schema says below.
      if (Object.keys(value).length > 0) await super.transform(value, metadata);
    } catch (error) {
      throw error instanceof InvalidInput ? (explained(schema, value) ?? error) : error;
    }
    const parsed = schema.safeParse(value);
    if (!parsed.success) throw new InvalidInput(fieldErrors(parsed.error));
    return parsed.data;
  }
}

/** A body that may be one object or an array of them. */
export interface OneOrMany<T> {
  readonly items: readonly T[];
  /** Whether an array was sent: places in errors then carry the number of the element. */
  readonly inArray: boolean;
}

/** Validates a body that is one object or an array of them, element by element (`ValidationPipe` skips such a union). */
@Injectable()
export class OneOrManyPipe implements PipeTransform {
  readonly #each = new EdgePipe();

  constructor(
    readonly dto: new () => object,
    readonly most: number,
  ) {}

  async transform(value: unknown): Promise<OneOrMany<unknown>> {
    const metadata: ArgumentMetadata = { type: 'body', metatype: this.dto };
    if (!Array.isArray(value)) return { items: [await this.#each.transform(value, metadata)], inArray: false };
    if (value.length === 0)
      throw new InvalidInput([{ path: '', message: 'the array is empty: send at least one event' }]);
    if (value.length > this.most) {
      throw new InvalidInput([
        { path: '', message: `the array has ${value.length} events: send at most ${this.most} at a time` },
      ]);
    }
    const parsed: unknown[] = [];
    const errors: FieldProblem[] = [];
    for (const [index, element] of value.entries()) {
      try {
        parsed.push(await this.#each.transform(element, metadata));
      } catch (error) {
        if (!(error instanceof InvalidInput)) throw error;
        errors.push(...error.errors.map(({ path, message }) => ({ path: placed(index, path), message })));
      }
    }
    if (errors.length > 0) throw new InvalidInput(errors.slice(0, MOST_ERRORS));
    return { items: parsed, inArray: true };
  }
}

const MOST_ERRORS = 50;

/** The place of a field inside an array of events: `[1].data.region`. */
function placed(index: number, path: string): string {
  return path === '' ? `[${index}]` : `[${index}].${path}`;
}

/** Issues of zod as places and sentences. Values are not repeated: they may be personal. */
export function fieldErrors(error: z.ZodError): FieldProblem[] {
  return error.issues.slice(0, MOST_ERRORS).flatMap((issue): FieldProblem[] => {
    const path = issue.path
      .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
      .join('')
      .replace(/^\./, '');
    if (issue.code !== 'unrecognized_keys') return [{ path, message: sentence(issue) }];
    return issue.keys.map((key) => ({
      path: path === '' ? key : `${path}.${key}`,
      message: 'this field is not known: check its spelling or leave it out',
    }));
  });
}

function sentence(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type' && issue.input === undefined && issue.message.includes('received undefined')) {
    return `is missing: give ${issue.expected === 'record' ? 'an object' : `a value of type ${issue.expected}`}`;
  }
  return issue.message;
}

function explained(schema: z.ZodObject, value: unknown): InvalidInput | undefined {
  const parsed = schema.safeParse(value);
  return parsed.success ? undefined : new InvalidInput(fieldErrors(parsed.error));
}

function notAnObject(value: unknown, path: string): InvalidInput {
  const got =
    value === undefined || value === null ? 'nothing' : Array.isArray(value) ? 'an array' : `a ${typeof value}`;
  return new InvalidInput([{ path, message: `a JSON object is needed here, not ${got}` }]);
}

const shallow = {
  plainToInstance: (dto: new () => object, value: object): object => Object.assign(new dto(), value),
  classToPlain: (value: object): object => value,
} as TransformerPackage;
