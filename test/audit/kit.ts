import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { boot, type Ledger } from '../../src/boot.js';
import { FixedClock } from '../../src/clock.js';
import { readConfig } from '../../src/config.js';
import { BIN, workerId } from '../api/people.js';

export { BIN };
export const MEHMET = workerId(1);
export const AIGUL = workerId(2);
export const CHILD = '6f1e2d3c-4b5a-4978-8695-a4b3c2d1e0f9';

// biome-ignore lint/suspicious/noExplicitAny: what the interface answers is looked at by the test itself
export type Json = any;

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Json;
  readonly text: string;
  readonly bytes: Buffer;
}

/** The whole application on a folder of its own, with a clock that a story moves: what is recorded is recorded then. */
export class Office {
  readonly folder: string;
  readonly clock = new FixedClock('2026-01-05T04:00:00.000Z');
  #ledger: Ledger | null = null;
  #position = '0';

  constructor(folder = mkdtempSync(join(tmpdir(), 'ledger-audit-'))) {
    this.folder = folder;
  }

  get ledger(): Ledger {
    if (this.#ledger === null) throw new Error('The ledger is closed.');
    return this.#ledger;
  }

  /** Position of the last write. */
  get position(): string {
    return this.#position;
  }

  async open(settings: Readonly<Record<string, string>> = {}): Promise<this> {
    const config = readConfig(
      {
        LEDGER_DATA: this.folder,
        LEDGER_EVENTSTORE_PORT: '0',
        PORT: '0',
        LEDGER_LOG_LEVEL: 'silent',
        LEDGER_WAIT_MS: '20000',
        ...settings,
      },
      {},
    );
    this.#ledger = await boot(config, { clock: this.clock, storeInProcess: true });
    while (this.#ledger.model.health().status !== 'ready') await pause(5);
    return this;
  }

  async close(): Promise<void> {
    await this.#ledger?.close();
    this.#ledger = null;
  }

  async remove(): Promise<void> {
    await this.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Moves the clock: what follows is recorded then. */
  at(instant: string): this {
    this.clock.moveTo(instant);
    return this;
  }

  async send(
    method: 'GET' | 'POST',
    url: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const answer = await this.ledger.app.inject({
      method,
      url,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
    });
    const isJson =
      /json(;|$)/.test(String(answer.headers['content-type'])) &&
      !/ndjson/.test(String(answer.headers['content-type']));
    return {
      status: answer.statusCode,
      headers: answer.headers,
      body: isJson ? answer.json() : null,
      text: answer.payload,
      bytes: answer.rawPayload,
    };
  }

  /** Reads, once the read side knows everything written here. */
  get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    const url = new URL(path, 'http://ledger');
    if (!/erasure|access-log|verification|keys/.test(url.pathname)) url.searchParams.set('after', this.#position);
    return this.send('GET', `${url.pathname}${url.search}`, undefined, headers);
  }

  async post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const answer = await this.send('POST', path, body, headers);
    const { position } = (answer.body ?? {}) as { position?: string };
    if (answer.status === 201 && typeof position === 'string') this.#position = position;
    return answer;
  }

  /** Records one event of a worker; throws when it is refused. */
  async worker(
    id: string,
    type: string,
    occurredOn: string,
    data: Readonly<Record<string, unknown>> = {},
  ): Promise<string> {
    return this.#record(`/v1/workers/${id}/events`, { type, occurredOn, data });
  }

  async employer(type: string, occurredOn: string, data: Readonly<Record<string, unknown>> = {}): Promise<string> {
    return this.#record(`/v1/employers/${BIN}/events`, { type, occurredOn, data });
  }

  async correct(worker: string, eventId: string, change: Readonly<Record<string, unknown>>): Promise<string> {
    return this.#record(`/v1/workers/${worker}/events/${eventId}/correction`, { reason: 'typed wrongly', ...change });
  }

  async retract(worker: string, eventId: string, more: Readonly<Record<string, unknown>> = {}): Promise<string> {
    return this.#record(`/v1/workers/${worker}/events/${eventId}/retraction`, { reason: 'never happened', ...more });
  }

  async #record(path: string, body: unknown): Promise<string> {
    const answer = await this.post(path, body, { 'ledger-actor': 'aigerim.s' });
    if (answer.status !== 201) throw new Error(`${path}: ${answer.text}`);
    return String(answer.body.events[0].id);
  }

  /** An employer with one worker, both registered on the fifth of January. */
  async withMehmet(): Promise<this> {
    await this.employer('EmployerRegistered', '2020-01-06', { name: 'Altyn Dala LLP', size: 'medium' });
    await this.register(MEHMET, { familyName: 'Yilmaz', givenName: 'Mehmet', passportNumber: 'U12345678' });
    return this;
  }

  register(worker: string, names: { familyName: string; givenName: string; passportNumber: string }): Promise<string> {
    return this.worker(worker, 'WorkerRegistered', '2026-01-05', {
      employerBin: BIN,
      citizenship: 'TR',
      birthDate: '1988-04-17',
      passportExpiresOn: '2031-05-20',
      ...names,
    });
  }
}
