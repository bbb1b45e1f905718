import 'reflect-metadata';
import { z } from 'zod';
import { settingList } from '../config.js';
import { eventTypes } from '../domain/catalogue.js';
import type { EventType } from '../domain/event-type.js';
import { controllers } from './controllers.js';
import { openApiDocument } from './openapi.js';
import { version } from './version.js';

/** The files that follow from the code, by their path in the repository; of the README only the table of settings. */
export function generatedFiles(readme: string): ReadonlyMap<string, string> {
  return new Map([
    ['openapi.json', `${JSON.stringify(openApiDocument(controllers, version), null, 2)}\n`],
    ['docs/events.md', eventCatalogue()],
    ['README.md', withSettings(readme)],
  ]);
}

const HOMES = {
  worker: 'Events of a worker',
  employer: 'Events of an employer',
  law: 'Events of the law',
  any: 'Amendments',
} as const;

/** How events come to be that nobody posts. */
const WRITTEN_BY: Partial<Readonly<Record<keyof typeof HOMES, string>>> = {
  law: 'Not recorded directly: written into the stream `law-books` when the ledger is started with another law than before.',
  any: 'Not recorded directly: they are written by `POST .../events/{eventId}/correction` and `.../retraction`.',
};

/** The event catalogue as a page for people: every type, its meaning, its fields, and which of them are personal. */
function eventCatalogue(): string {
  const sections = (['employer', 'worker', 'law', 'any'] as const).flatMap((home) => [
    `## ${HOMES[home]}`,
    '',
    ...(WRITTEN_BY[home] === undefined ? [] : [WRITTEN_BY[home], '']),
    ...[...eventTypes.values()].filter(({ stream }) => stream === home).flatMap(typeSection),
  ]);
  return `${[
    '# The event catalogue',
    '',
    'Generated from the schemas by `npm run generate`; the same is served at `GET /v1/event-types`.',
    '',
    'An event is posted as `{ "type", "occurredOn", "data" }`: `occurredOn` is the day on which it was true, a civil date in',
    "Kazakhstan. Fields marked *personal* are encrypted with the person's key before they reach the store.",
    'Texts stand on one line. Characters that are not seen, or that turn the direction of writing, are refused; the joiners of',
    'Persian and Indian scripts (U+200C, U+200D) are taken.',
    '',
    ...sections,
  ]
    .join('\n')
    .trimEnd()}\n`;
}

function typeSection({ type, meaning, version, data, personal }: EventType): string[] {
  const schema = z.toJSONSchema(data, { io: 'input', unrepresentable: 'any' }) as {
    properties?: Record<string, Field>;
    required?: string[];
  };
  const fields = Object.entries(schema.properties ?? {});
  const required = new Set(schema.required);
  return [
    `### ${type}`,
    '',
    `${meaning}${version > 1 ? ` Shape ${version}.` : ''}`,
    '',
    ...(fields.length === 0
      ? ['No fields.']
      : [
          '| field | | what |',
          '|---|---|---|',
          ...fields.map(([name, field]) => {
            const marks = [
              required.has(name) ? 'required' : 'optional',
              ...(personal.includes(name) ? ['*personal*'] : []),
            ];
            return `| \`${name}\` | ${marks.join(', ')} | ${describe(field)} |`;
          }),
        ]),
    '',
  ];
}

interface Field {
  readonly type?: string;
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly format?: string;
  readonly items?: Field & { readonly properties?: Record<string, Field> };
}

function describe({ description, enum: values, format, items }: Field): string {
  const parts = [
    ...(description === undefined ? [] : [description]),
    ...(format === undefined ? [] : [`(${format})`]),
    ...(values === undefined ? [] : [`One of ${values.map((value) => `\`${String(value)}\``).join(', ')}.`]),
    ...(items?.enum === undefined
      ? []
      : [`A list of ${items.enum.map((value) => `\`${String(value)}\``).join(', ')}.`]),
    ...(items?.properties === undefined
      ? []
      : [
          `A list of objects with ${Object.keys(items.properties)
            .map((name) => `\`${name}\``)
            .join(', ')}.`,
        ]),
  ];
  return parts.join(' ').replaceAll('|', '\\|');
}

const SETTINGS = /(<!-- settings -->\n)[\s\S]*?(<!-- \/settings -->)/;

/** The table of settings in the README, from the settings themselves. */
export function withSettings(readme: string): string {
  const rows = settingList.map(({ name, byDefault, meaning }) => `| \`${name}\` | ${byDefault} | ${meaning} |`);
  return readme.replace(SETTINGS, (_, begin: string, end: string) =>
    [begin.trimEnd(), '', '| setting | default | what it is |', '|---|---|---|', ...rows, '', end].join('\n'),
  );
}
