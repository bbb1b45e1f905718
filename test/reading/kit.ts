import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { v5 } from 'uuid';
import { projections } from '../../projections/registry.js';
import type { Clock } from '../../src/clock.js';
import { checkEmployerNumber } from '../../src/domain/identifiers.js';
import { loadRuleBook, type RuleBook, ruleBookOf } from '../../src/law/book.js';
import { keptTextsOf } from '../../src/ledger/kept-texts.js';
import { PersonalData } from '../../src/ledger/personal-data.js';
import type { ArrivedEvent } from '../../src/reading/kept-log.js';
import { decode } from '../../src/reading/making.js';
import { ReadModel, type ReadModelOptions } from '../../src/reading/read-model.js';
import { Reading } from '../../src/reading/reading.js';

const NAMESPACE = '6ba7b811-9dad-11d1-80b4-00c04fd430c8';

/** A valid BIN for a serial number. */
export function binOf(serial: number): string {
  const body = `1001400${String(serial).padStart(4, '0')}`;
  for (const digit of '0123456789') {
    if (checkEmployerNumber(body + digit).problem === null) return body + digit;
  }
  return binOf(serial + 5_000);
}

export const EMPLOYER = binOf(1);

let shared: RuleBook | undefined;

/** The shipped law, read once. */
export function theBook(): RuleBook {
  shared ??= loadRuleBook();
  return shared;
}

let another: RuleBook | undefined;

/** The shipped law with another term for the notice of arrival: five working days for arrivals from 2026 on. */
export function anotherBook(): RuleBook {
  another ??= ruleBookOf({
    ...theBook().texts,
    laid: [
      {
        path: 'notify-arrival.yaml',
        text: `rule: notify-arrival
versions:
  - validFrom: 2026-01-01
    verified: true
    reference: Order of 2025-12-20
    deadline: { dueOn: { businessDays: 5, after: occurredOn }, safeBy: inclusive }
`,
      },
    ],
  });
  return another;
}

/** A stable UUID for a name, so that two runs of a story have the same ids. */
export function idOf(name: string): string {
  return v5(name, NAMESPACE);
}

/** A log as a store would hand it out: the events of several streams in the order in which they were recorded. */
export class Log {
  readonly events: ArrivedEvent[] = [];
  readonly #revisions = new Map<string, number>();
  #at = Date.parse('2026-01-01T04:00:00.000Z');

  /** Sets the time at which the next event is recorded; each later one is a second further. */
  at(instant: string): this {
    this.#at = Date.parse(instant);
    return this;
  }

  worker(name: string, type: string, occurredOn: string, data: Readonly<Record<string, unknown>> = {}): ArrivedEvent {
    return this.add(`worker-${idOf(name)}`, type, { occurredOn, ...data });
  }

  employer(bin: string, type: string, occurredOn: string, data: Readonly<Record<string, unknown>> = {}): ArrivedEvent {
    return this.add(`employer-${bin}`, type, { occurredOn, ...data });
  }

  /** A worker of the employer, registered on a day. */
  registered(name: string, occurredOn: string, data: Readonly<Record<string, unknown>> = {}): ArrivedEvent {
    return this.worker(name, 'WorkerRegistered', occurredOn, {
      employerBin: EMPLOYER,
      citizenship: 'TR',
      passportExpiresOn: '2031-01-01',
      ...data,
    });
  }

  arrived(name: string, occurredOn: string, region = 'KZ-75'): ArrivedEvent {
    return this.worker(name, 'Arrived', occurredOn, { region, purpose: 'work' });
  }

  /** The ledger was started with a rule book. */
  adopted(book: RuleBook): ArrivedEvent {
    const before = this.events.findLast(({ type }) => type === 'RuleBookAdopted')?.data as { hash: string } | undefined;
    return this.add('law-books', 'RuleBookAdopted', {
      occurredOn: new Date(this.#at).toISOString().slice(0, 10),
      hash: book.hash,
      ...(before === undefined ? {} : { replaces: before.hash }),
      ...keptTextsOf(book.texts),
    });
  }

  corrected(event: ArrivedEvent, change: { readonly occurredOn?: string; readonly data?: object }): ArrivedEvent {
    return this.add(event.stream, 'EventCorrected', {
      eventId: event.id,
      correctsType: event.type,
      correctsVersion: 1,
      ...change,
      reason: 'typed wrongly',
    });
  }

  retracted(event: ArrivedEvent): ArrivedEvent {
    return this.add(event.stream, 'EventRetracted', { eventId: event.id, reason: 'never happened' });
  }

  add(stream: string, type: string, data: unknown, metadata: object = {}): ArrivedEvent {
    const revision = (this.#revisions.get(stream) ?? -1) + 1;
    this.#revisions.set(stream, revision);
    const id = idOf(`${stream}/${revision}`);
    const position = String(1_000 + 100 * this.events.length);
    const event: ArrivedEvent = {
      id,
      stream,
      type,
      revision,
      position,
      prepare: position,
      recordedAt: new Date(this.#at).toISOString(),
      storedAt: new Date(this.#at).toISOString(),
      data,
      metadata: {
        schemaVersion: 1,
        actor: 'aigerim.s',
        commandId: id,
        commandTag: 'tag',
        $correlationId: id,
        $causationId: id,
        ...metadata,
      },
    };
    this.#at += 1_000;
    this.events.push(event);
    return event;
  }
}

const opened: { readonly dir: string; readonly model: ReadModel }[] = [];
let keys: { readonly dir: string; readonly personalData: PersonalData } | undefined;

/** Keys of persons in a folder of their own; `closeAll` closes and removes it. */
export function personalDataOf(): PersonalData {
  if (keys === undefined) {
    const dir = mkdtempSync(join(tmpdir(), 'keys-'));
    keys = { dir, personalData: new PersonalData(dir) };
  }
  return keys.personalData;
}

/** Asks a read side, on the day and at the hour of a clock. */
export function readingOf(model: ReadModel, clock: Clock): Reading {
  return new Reading({ model, personalData: personalDataOf(), book: theBook(), clock, waitMs: 200 });
}

/** A read side on a folder of its own; `closeAll` closes and removes it. */
export function readModel(options: Partial<ReadModelOptions> & { readonly dir?: string } = {}): ReadModel {
  const dir = options.dir ?? mkdtempSync(join(tmpdir(), 'reading-'));
  const model = new ReadModel({ dir, book: theBook(), projections, decode, program: 'test', ...options });
  opened.push({ dir, model });
  return model;
}

export async function closeAll(): Promise<void> {
  for (const { dir, model } of opened.splice(0)) {
    await model.close();
    rmSync(dir, { recursive: true, force: true });
  }
  keys?.personalData.close();
  if (keys !== undefined) rmSync(keys.dir, { recursive: true, force: true });
  keys = undefined;
}

/** Hands a log to a read side in batches of these sizes, round and round. */
export async function deliver(
  model: ReadModel,
  events: readonly ArrivedEvent[],
  sizes: readonly number[] = [500],
): Promise<void> {
  await model.caughtUp();
  let from = 0;
  for (let turn = 0; from < events.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    await model.receive(events.slice(from, from + size));
    from += size;
  }
}

/** All rows of a projection's table, as of now or with their versions. */
export function rowsOf(model: ReadModel, table: string, where = 'known_until = 2147483647') {
  return model.current.connection
    .all(`SELECT * FROM ${table} WHERE ${where} ORDER BY stream, key, known_from`)
    .map((row) => ({ ...row }));
}
