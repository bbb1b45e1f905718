import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { correlationOf } from './caller.js';
import { controllers } from './controllers.js';
import { EdgePipe } from './dto.js';
import { openApiDocument } from './openapi.js';
import { InvalidInput } from './problem.js';
import { version } from './version.js';

/** Puts on the application what is the same for every route: the checks, the correlation id, the description and its page. */
export function setUpHttp(app: NestFastifyApplication): void {
  app.useGlobalPipes(new EdgePipe());
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onRequest', (request, reply, done) => {
      void reply.header('x-correlation-id', correlationOf(request));
      done();
    });
  readJson(app);
  SwaggerModule.setup('docs', app, openApiDocument(controllers, version) as unknown as OpenAPIObject, {
    jsonDocumentUrl: 'openapi.json',
    yamlDocumentUrl: 'openapi.yaml',
    customSiteTitle: 'Immigration compliance ledger',
    // The page must not ask anybody outside whether our document is valid.
    swaggerOptions: { validatorUrl: null, docExpansion: 'list', tryItOutEnabled: true, displayRequestDuration: true },
  });
}

/** Reads JSON as fastify does, and says where it breaks off, without repeating what stands there. */
function readJson(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  const parse = fastify.getDefaultJsonParser('error', 'error');
  // Fastify reads plain text by itself; then a body without its header would be told that it is no object.
  fastify.removeContentTypeParser(['application/json', 'text/plain']);
  fastify.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    const text = body.toString();
    void parse(request, text, (error, value) => done(error === null ? null : (brokenAt(text) ?? error), value));
  });
}

function brokenAt(text: string): InvalidInput | undefined {
  if (text.trim() === '') return broken('the body is empty: send one JSON object, or an array of them');
  try {
    JSON.parse(text);
    return broken('the body holds a name such as __proto__ that is not taken: leave it out');
  } catch (error) {
    const position = /position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1];
    const before = text.slice(0, Number(position ?? text.length));
    const line = before.split('\n').length;
    const column = before.length - before.lastIndexOf('\n');
    return broken(`the body is not valid JSON: it breaks off at line ${line}, column ${column}`);
  }
}

function broken(message: string): InvalidInput {
  return new InvalidInput([{ path: '', message }], 400, 'broken-json');
}
