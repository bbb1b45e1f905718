import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { controllers } from '../../src/api/controllers.js';
import { DESCRIPTION, type Description } from '../../src/api/describe.js';
import { bodyExamples } from '../../src/api/examples.js';
import { openApiDocument } from '../../src/api/openapi.js';
import { type Json, startLedger, type TestLedger } from './ledger.js';
import { BIN, workerId } from './people.js';

const document = openApiDocument(controllers, '0.0.0') as Json;
const operations: [string, string, Json][] = Object.entries<Json>(document.paths).flatMap(([path, verbs]) =>
  Object.entries<Json>(verbs).map(([verb, operation]): [string, string, Json] => [path, verb, operation]),
);

describe('the description of the interface', () => {
  test('is OpenAPI 3.1 in which every reference leads somewhere', () => {
    expect(document.openapi).toBe('3.1.0');
    const refs = [...JSON.stringify(document).matchAll(/"(#\/components\/[^"]+)"/g)].map(([, ref = '']) => ref);
    expect(refs.length).toBeGreaterThan(100);
    const lost = refs.filter(
      (ref) =>
        ref
          .slice(2)
          .split('/')
          .reduce((at: Json, key) => at?.[key], document) === undefined,
    );
    expect(lost).toEqual([]);
  });

  test('shows the shape of every answer: no component is a mere reference to itself', () => {
    const references = Object.entries<Json>(document.components.schemas).filter(([, schema]) => '$ref' in schema);
    expect(references).toEqual([]);
    const { properties } = document.components.schemas['ExposureReport'];
    expect(Object.keys(properties)).toEqual(expect.arrayContaining(['groupBy', 'groups', 'total']));
  });

  test('names every operation once, describes every parameter and every error', () => {
    const ids = operations.map(([, , operation]) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [path, verb, operation] of operations) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const described = (operation.parameters ?? [])
        .filter((each: Json) => each.in === 'path')
        .map(({ name }: Json) => name);
      expect([path, verb, new Set(described)]).toEqual([path, verb, new Set(inPath)]);
      expect(operation.summary.length).toBeGreaterThan(5);
      expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(['400', '401', '503']));
    }
  });

  test('holds the routes of the contract', () => {
    expect(operations.map(([path, verb]) => `${verb} ${path}`)).toEqual(
      expect.arrayContaining([
        'post /v1/employers/{bin}/events',
        'post /v1/workers/{workerId}/events',
        'post /v1/workers/{workerId}/events/{eventId}/correction',
        'post /v1/workers/{workerId}/events/{eventId}/retraction',
        'get /v1/employers',
        'get /v1/employers/{bin}',
        'get /v1/employers/{bin}/events',
        'get /v1/workers',
        'get /v1/workers/{workerId}',
        'get /v1/workers/{workerId}/events',
        'get /v1/obligations',
        'get /v1/obligations/{id}',
        'get /v1/exposure',
        'get /v1/conflicts',
        'get /v1/rules',
        'get /v1/rules/{id}',
        'get /v1/parameters/{name}',
        'get /v1/calendar/{from}/{to}',
        'get /v1/events',
        'get /v1/event-types',
        'get /v1/event-types/{type}',
        'get /health/live',
        'get /health/ready',
      ]),
    );
  });
});

describe('what runs is what is described', () => {
  let ledger: TestLedger;
  let position: string;

  beforeAll(async () => {
    ledger = await startLedger();
  });
  afterAll(() => ledger.close());

  test('every example of a body works as it stands, in this order', async () => {
    for (const [kind, path] of [
      ['employer', `/v1/employers/${BIN}/events`],
      ['worker', `/v1/workers/${workerId(1)}/events`],
    ] as const) {
      const [one, many] = Object.values(bodyExamples[kind]);
      expect((await ledger.post(`${path}?dryRun=true`, one)).status).toBe(200);
      const { status, body } = await ledger.post(path, many);
      expect([kind, status]).toEqual([kind, 201]);
      position = body.position;
    }
    const { body } = await ledger.get(`/v1/workers/${workerId(1)}/events?after=${position}`);
    const arrival = body.items.at(-1).eventId;
    for (const [verb, examples] of [
      ['correction', bodyExamples.correction],
      ['retraction', bodyExamples.retraction],
    ] as const) {
      for (const example of Object.values(examples)) {
        const answer = await ledger.post(`/v1/workers/${workerId(1)}/events/${arrival}/${verb}`, example);
        expect([verb, answer.status]).toEqual([verb, 201]);
        position = answer.body.position;
      }
    }
  });

  test('every answer has the shape that is described, with nothing in it that is not', async () => {
    const { body: obligations } = await ledger.get(`/v1/obligations?after=${position}`);
    const paths: Record<string, string> = {
      employers: '/v1/employers',
      employer: `/v1/employers/${BIN}`,
      employerEvents: `/v1/employers/${BIN}/events`,
      workers: '/v1/workers',
      worker: `/v1/workers/${workerId(1)}`,
      workerEvents: `/v1/workers/${workerId(1)}/events`,
      obligations: '/v1/obligations',
      exposure: '/v1/exposure',
      conflicts: `/v1/conflicts?employer=${BIN}`,
      events: '/v1/events',
      rules: '/v1/rules',
      rule: '/v1/rules/notify-arrival',
      parameter: '/v1/parameters/mci?purpose=fines',
      calendar: '/v1/calendar/2026-01-01/2026-01-31',
      eventTypes: '/v1/event-types',
      eventType: '/v1/event-types/Arrived',
      live: '/health/live',
      ready: '/health/ready',
      ...(obligations.items[0] === undefined ? {} : { obligation: `/v1/obligations/${obligations.items[0].id}` }),
    };
    for (const [name, path] of Object.entries(paths)) {
      const { status, body } = await ledger.get(path);
      expect([path, status]).toEqual([path, 200]);
      const answer = answerOf(name);
      expect([path, answer.safeParse(body).error?.message ?? 'as described']).toEqual([path, 'as described']);
      expect([path, unknownFields(body, answer.parse(body))]).toEqual([path, []]);
    }
  });

  test('the page and the document are served by the service itself', async () => {
    expect((await ledger.get('/openapi.json')).body.openapi).toBe('3.1.0');
    const page = await ledger.get('/docs');
    expect(page.status).toBe(200);
    expect([...page.text.matchAll(/(?:src|href)="(https?:[^"]+)"/g)]).toEqual([]);
    expect((await ledger.get('/docs/swagger-ui-bundle.js')).status).toBe(200);
  });
});

describe('a service with a token', () => {
  const token = 'a-token-of-twenty-characters';
  let ledger: TestLedger;
  beforeAll(async () => {
    ledger = await startLedger({ LEDGER_API_KEY: token });
  });
  afterAll(() => ledger.close());

  test('answers health to everybody and the rest to those who have it', async () => {
    expect((await ledger.get('/health/ready')).status).toBe(200);
    const refused = await ledger.get('/v1/rules', { authorization: 'Bearer wrong' });
    expect([refused.status, refused.headers['www-authenticate'], refused.body.code]).toEqual([
      401,
      'Bearer',
      'not-authenticated',
    ]);
    expect((await ledger.get('/v1/rules')).status).toBe(401);
    expect((await ledger.get('/v1/rules', { authorization: `Bearer ${token}` })).status).toBe(200);
  });

  test('keeps who recorded: the holder of the token, and for whom', async () => {
    const authorization = `Bearer ${token}`;
    const name = Buffer.from('Айгерім С.', 'utf8').toString('latin1');
    const path = `/v1/employers/${BIN}/events`;
    await ledger.post(path, bodyExamples.employer['one event'], { authorization, 'ledger-actor': name });
    const { body } = await ledger.post(
      path,
      { type: 'EmployerSizeChanged', occurredOn: '2026-07-01', data: { size: 'large' } },
      { authorization },
    );
    const events = await ledger.get(`/v1/events?after=${body.position}`, { authorization });
    const recorded = events.body.items.map(({ recordedBy }: Json) => recordedBy);
    expect(recorded).toEqual(['ledger', 'api-key/Айгерім С.', 'api-key']);
  });
});

function answerOf(name: string): z.ZodType {
  for (const { prototype } of controllers) {
    const description = Reflect.getMetadata(DESCRIPTION, prototype[name] ?? {}) as Description | undefined;
    if (description !== undefined) return description.answer;
  }
  throw new Error(`no route ${name}`);
}

/** Fields that came and are not described: zod leaves them out of what it parsed. */
function unknownFields(real: Json, described: Json, path = ''): string[] {
  if (typeof real !== 'object' || real === null) return [];
  return Object.entries(real).flatMap(([key, value]) =>
    described !== null && typeof described === 'object' && key in described
      ? unknownFields(value, described[key], `${path}.${key}`)
      : [`${path}.${key}`],
  );
}
