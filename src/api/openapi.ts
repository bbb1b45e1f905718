import { RequestMethod, type Type } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA, ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { z } from 'zod';
import { eventTypes } from '../domain/catalogue.js';
import type { StreamKind } from '../domain/event-type.js';
import { DESCRIPTION, type Description } from './describe.js';
import { OneOrManyPipe, schemaOf } from './dto.js';
import { problemSchema } from './problem.js';

type Json = Record<string, unknown>;

/** What Nest stores about one parameter of a method: its place and the pipes written beside it. */
interface RouteArgument {
  readonly index: number;
  readonly pipes: readonly unknown[];
}

const KINDS: Readonly<Record<string, 'body' | 'query' | 'path'>> = { '3': 'body', '4': 'query', '5': 'path' };

const WRITE_HEADERS = [
  header(
    'Idempotency-Key',
    'Any text up to 255 characters, best a UUID: the same key again appends nothing and answers the same.',
  ),
  header(
    'If-Match',
    'An ETag as given by this service, such as "3": the write is refused with 412 when the stream has moved on.',
  ),
  header('Ledger-Actor', 'Who records, kept with the event. With a token the holder of the token is kept too.'),
  header('X-Correlation-Id', 'Kept with the events and given back; made up where it is not given.'),
];

const ERRORS: Readonly<Record<number, string>> = {
  400: 'The request does not have the shape that is described here.',
  401: 'No token, or not the right one (only when LEDGER_API_KEY is set).',
  404: 'There is nothing by this id.',
  409: 'Refused by the state of things, or because it breaks a rule that was not acknowledged.',
  412: 'The stream has another revision than `If-Match` says.',
  413: 'The body has more than 4 MiB.',
  422: 'An unknown reference, an ambiguous one, or an idempotency key used before with another body.',
  503: 'The store is away, the disk is full, or the read side did not reach `after` in time. `Retry-After` is given.',
};

/** Builds the OpenAPI 3.1 document from the controllers, their parameters and the schemas behind them. */
export function openApiDocument(controllers: readonly Type[], version: string): Json {
  const schemas: Json = {};
  const use = (schema: z.ZodType, io: 'input' | 'output') => schemaRef(schema, io, schemas);
  use(problemSchema, 'output');
  const bodies = { worker: eventBodies('worker', schemas), employer: eventBodies('employer', schemas) };
  const paths: Record<string, Json> = {};
  for (const controller of controllers) {
    const prefix = String(Reflect.getMetadata(PATH_METADATA, controller) ?? '');
    for (const name of Object.getOwnPropertyNames(controller.prototype)) {
      const method: unknown = controller.prototype[name];
      if (typeof method !== 'function') continue;
      const description = Reflect.getMetadata(DESCRIPTION, method) as Description | undefined;
      if (description === undefined) continue;
      const path = `/${prefix}/${String(Reflect.getMetadata(PATH_METADATA, method) ?? '')}`
        .replace(/\/+/g, '/')
        .replace(/(.)\/$/, '$1');
      const verb = (RequestMethod[Reflect.getMetadata(METHOD_METADATA, method) as number] ?? 'GET').toLowerCase();
      const documented = path.replace(/:(\w+)/g, '{$1}');
      paths[documented] = {
        ...paths[documented],
        [verb]: operation({ controller, name, description, path: documented, use, bodies }),
      };
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Immigration compliance ledger',
      version,
      description:
        'Immigration events of foreign workers in Kazakhstan, recorded once; obligations, overdue duties and penalty exposure computed from them, the law as dated data, and a date. No legal advice.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/', description: 'This service' }],
    security: [{}, { bearer: [] }],
    tags: [
      { name: 'writing', description: 'Events are recorded, corrected and retracted; nothing is ever overwritten.' },
      {
        name: 'reading',
        description: 'As of any day (`asOf`), as known at any time (`knownAt`), after any position (`after`).',
      },
      { name: 'law', description: 'Rules, parameters and the calendar that figures come from.' },
      { name: 'events', description: 'The catalogue of what can be recorded.' },
      { name: 'health', description: 'Whether the service lives and has caught up.' },
    ],
    paths: Object.fromEntries(Object.entries(paths).sort(([a], [b]) => (a < b ? -1 : 1))),
    components: {
      schemas: Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1))),
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', description: 'LEDGER_API_KEY' } },
    },
  };
}

interface Operation {
  readonly controller: Type;
  readonly name: string;
  readonly description: Description;
  readonly path: string;
  readonly use: (schema: z.ZodType, io: 'input' | 'output') => Json;
  readonly bodies: Readonly<Record<StreamKind, Json>>;
}

function operation({ controller, name, description, path, use, bodies }: Operation): Json {
  const { summary, detail, answer, status = 200, example, errors = [], write = false } = description;
  const parameters: Json[] = write ? [...WRITE_HEADERS] : [];
  let requestBody: Json | undefined;
  for (const { kind, schema, many } of argumentsOf(controller, name)) {
    if (kind === 'body') {
      const one = many ? bodies[path.includes('/workers/') ? 'worker' : 'employer'] : use(schema, 'input');
      requestBody = {
        required: true,
        content: {
          'application/json': {
            schema: many ? { oneOf: [one, { type: 'array', items: one, minItems: 1, maxItems: many }] } : one,
            ...(description.bodies === undefined
              ? {}
              : {
                  examples: Object.fromEntries(
                    Object.entries(description.bodies).map(([title, value]) => [title, { value }]),
                  ),
                }),
          },
        },
      };
    } else parameters.push(...parametersOf(schema, kind));
  }
  const failures = [...new Set([400, 401, ...errors, 503])].sort((a, b) => a - b);
  return {
    operationId: idOf(controller, name),
    summary,
    ...(detail === undefined ? {} : { description: detail }),
    tags: [tagOf(path, write)],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(requestBody === undefined ? {} : { requestBody }),
    responses: {
      [String(status)]: {
        description: 'Done.',
        content: {
          'application/json': { schema: use(answer, 'output'), ...(example === undefined ? {} : { example }) },
        },
      },
      ...Object.fromEntries(failures.map((failure) => [String(failure), failureOf(failure)])),
    },
  };
}

const operationIds = new Map<string, Type>();

/** The name of the method; where two controllers have it, the later one puts its own name before it. */
function idOf(controller: Type, name: string): string {
  const owner = operationIds.get(name) ?? controller;
  operationIds.set(name, owner);
  if (owner === controller) return name;
  return `${controller.name.charAt(0).toLowerCase()}${controller.name.slice(1).replace(/Controller$/, '')}${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}

function failureOf(status: number): Json {
  return {
    description: ERRORS[status] ?? 'Refused.',
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  };
}

function tagOf(path: string, write: boolean): string {
  if (write) return 'writing';
  if (path.startsWith('/health') || path.startsWith('/v1/read-side')) return 'health';
  if (path.startsWith('/v1/event-types')) return 'events';
  return /^\/v1\/(rules|parameters|calendar)/.test(path) ? 'law' : 'reading';
}

/** The described parameters of a method: those whose class was made of a schema. */
function argumentsOf(
  controller: Type,
  name: string,
): { kind: 'body' | 'query' | 'path'; schema: z.ZodObject; many: number }[] {
  const stored = (Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, name) ?? {}) as Record<string, RouteArgument>;
  const types = (Reflect.getMetadata('design:paramtypes', controller.prototype, name) ?? []) as Type[];
  return Object.entries(stored).flatMap(([key, { index, pipes }]) => {
    const kind = KINDS[key.split(':')[0] ?? ''];
    const many = pipes.find((pipe) => pipe instanceof OneOrManyPipe);
    const schema = schemaOf(many?.dto ?? types[index]);
    return kind === undefined || schema === undefined ? [] : [{ kind, schema, many: many?.most ?? 0 }];
  });
}

function parametersOf(schema: z.ZodObject, kind: 'query' | 'path'): Json[] {
  const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as {
    properties?: Json;
    required?: string[];
  };
  return Object.entries(json.properties ?? {}).map(([name, property]) => {
    const { description, ...type } = property as { description?: string };
    return {
      name,
      in: kind,
      required: kind === 'path' || (json.required?.includes(name) ?? false),
      ...(description === undefined ? {} : { description }),
      schema: type,
    };
  });
}

function header(name: string, description: string): Json {
  return { name, in: 'header', required: false, description, schema: { type: 'string' } };
}

/** Puts one named schema per event type among the components, and answers what picks among them. */
function eventBodies(stream: StreamKind, schemas: Json): Json {
  const mapping: Record<string, string> = {};
  for (const type of eventTypes.values()) {
    if (type.stream !== stream) continue;
    const name = `${type.type}Event`;
    schemas[name] = eventSchema(type.type, type.meaning, dataSchema(type.data));
    mapping[type.type] = `#/components/schemas/${name}`;
  }
  return {
    oneOf: Object.values(mapping).map(($ref) => ({ $ref })),
    discriminator: { propertyName: 'type', mapping },
  };
}

/** The JSON Schema of an event's data, as the caller gives it. */
export function dataSchema(data: z.ZodType): Json {
  const { $schema: _dialect, ...schema } = z.toJSONSchema(data, { io: 'input', unrepresentable: 'any' }) as Json;
  return schema;
}

/** The JSON Schema of a whole event as it is posted. */
export function eventSchema(type: string, meaning: string, data: Json): Json {
  return {
    type: 'object',
    description: meaning,
    properties: {
      type: { const: type },
      occurredOn: {
        type: 'string',
        format: 'date',
        description:
          'The day on which it was true, a civil date in Kazakhstan; never in the future except in a dry run.',
      },
      data,
      acknowledge: {
        type: 'array',
        items: { type: 'string' },
        description: 'Rules whose breach is knowingly recorded; then `reason` is needed.',
      },
      reason: { type: 'string', description: 'Why it is recorded so; kept with the event.' },
    },
    required: ['type', 'occurredOn', 'data'],
    additionalProperties: false,
  };
}

/** The schema itself, or a reference where it carries an id; what it names goes among the components. */
function schemaRef(schema: z.ZodType, io: 'input' | 'output', schemas: Json): Json {
  const { $schema: _dialect, $defs, id, ...body } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Json;
  const add = (name: string, value: unknown) => {
    const { id: _id, ...rest } = value as Json;
    schemas[name] = moved(rest);
  };
  for (const [name, value] of Object.entries(($defs ?? {}) as Json)) add(name, value);
  const name = schema.meta()?.id ?? id;
  if (typeof name !== 'string') return moved(body) as Json;
  // A schema with a name of its own is among the definitions already, and refers to itself from the top.
  if (body['$ref'] === undefined) add(name, body);
  return { $ref: `#/components/schemas/${name}` };
}

/** References of JSON Schema point into the schema; those of OpenAPI point among the components. */
function moved(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(moved);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [
      key,
      key === '$ref' && typeof part === 'string' ? part.replace('#/$defs/', '#/components/schemas/') : moved(part),
    ]),
  );
}
