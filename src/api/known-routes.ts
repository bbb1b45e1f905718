import type { NestFastifyApplication } from '@nestjs/platform-fastify';

type Fastify = ReturnType<ReturnType<NestFastifyApplication['getHttpAdapter']>['getInstance']>;

interface KnownRoute {
  readonly path: RegExp;
  readonly methods: readonly string[];
}

const routes = new WeakMap<object, KnownRoute[]>();

/** Remembers every route that is added from now on, so that a wrong method can be told from a wrong address. */
export function rememberRoutes(fastify: Fastify): void {
  const known: KnownRoute[] = [];
  routes.set(fastify, known);
  fastify.addHook('onRoute', ({ method, url }) => {
    if (url.includes('*')) return;
    const pattern = url.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace(/:[A-Za-z]+/g, '[^/]+');
    known.push({ path: new RegExp(`^${pattern}/?$`), methods: [method].flat().map(String) });
  });
}

/** The methods that an address takes; none where there is no such address. */
export function methodsAt(fastify: object, path: string): readonly string[] {
  const found = (routes.get(fastify) ?? []).filter((route) => route.path.test(path));
  return [...new Set(found.flatMap(({ methods }) => methods))].sort();
}
