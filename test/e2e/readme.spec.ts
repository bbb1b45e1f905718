import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { dataFolder, ready, root, type Service, startService } from './service.js';

const readme = readFileSync(join(root, 'README.md'), 'utf8');
const calls = [...readme.matchAll(/```sh\n([\s\S]*?)```\n```json\n([\s\S]*?)```/g)].map(
  ([, call = '', answer = '']) => ({
    call,
    answer: JSON.parse(answer) as unknown,
  }),
);

describe('the README', () => {
  const data = dataFolder();
  let service: Service;
  let position = '0';

  beforeAll(async () => {
    service = await startService(data.path);
    await ready(service);
  });
  afterAll(async () => {
    await service.stop();
    data.remove();
  });

  test('has five calls', () => expect(calls).toHaveLength(5));

  test.each(calls.map(({ call, answer }, index) => ({ number: index + 1, call, answer })))(
    'call $number answers what stands there',
    async ({ call, answer }) => {
      await service.get(`/v1/events?limit=1&after=${position}`);
      const { stdout, stderr } = spawnSync('bash', ['-c', call.replaceAll('http://127.0.0.1:3000', service.url)], {
        encoding: 'utf8',
      });
      expect(stderr).toBe('');
      const real = JSON.parse(stdout);
      expect(missing(answer, real, '')).toEqual([]);
      position = real.position;
    },
  );

  test('subscribes with the official client as it says', async () => {
    const code = /```js\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
    const { store } = JSON.parse(readFileSync(join(data.path, 'service.json'), 'utf8')) as { store: string };
    const file = join(root, 'node_modules', '.readme-subscription.mjs');
    writeFileSync(file, code.replaceAll('esdb://127.0.0.1:2113?tls=false', store));
    const { stdout } = spawnSync(process.execPath, [file], { encoding: 'utf8', timeout: 5000 });
    expect(stdout.trim().split('\n').slice(0, 3)).toEqual([
      'employer-230640000018 0n EmployerRegistered 2025-01-06',
      'worker-6f1c2a90-3b7d-4e58-9a41-0c5d8e7f2b13 0n WorkerRegistered 2025-11-03',
      'worker-6f1c2a90-3b7d-4e58-9a41-0c5d8e7f2b13 1n Arrived 2025-11-19',
    ]);
  });

  test('names no file that is not there', () => {
    const links = [...readme.matchAll(/\]\(([^)#:]+)\)/g)].map(([, link = '']) => link);
    expect(links.length).toBeGreaterThan(2);
    for (const link of links) expect(() => readFileSync(join(root, link))).not.toThrow();
  });
});

/** What stands in the expected answer and not in the real one; of a list each element must be met by some element. */
function missing(expected: unknown, real: unknown, path: string): string[] {
  if (Array.isArray(expected)) {
    if (!Array.isArray(real)) return [`${path} is no list`];
    return expected.flatMap((element, index) =>
      real.some((each) => missing(element, each, '').length === 0)
        ? []
        : [`${path}[${index}] ${JSON.stringify(element)} is not among ${JSON.stringify(real)}`],
    );
  }
  if (typeof expected === 'object' && expected !== null) {
    const fields = (real ?? {}) as Record<string, unknown>;
    return Object.entries(expected).flatMap(([key, value]) => missing(value, fields[key], `${path}.${key}`));
  }
  return Object.is(expected, real) ? [] : [`${path} is ${JSON.stringify(real)}, not ${JSON.stringify(expected)}`];
}
