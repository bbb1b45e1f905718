import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { controllers } from './api.module.js';
import { correlationOf } from './caller.js';
import { EdgePipe } from './dto.js';
import { openApiDocument } from './openapi.js';
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
  SwaggerModule.setup('docs', app, openApiDocument(controllers, version) as unknown as OpenAPIObject, {
    jsonDocumentUrl: 'openapi.json',
    yamlDocumentUrl: 'openapi.yaml',
    customSiteTitle: 'Immigration compliance ledger',
    // The page must not ask anybody outside whether our document is valid.
    swaggerOptions: { validatorUrl: null, docExpansion: 'list', tryItOutEnabled: true, displayRequestDuration: true },
  });
}
