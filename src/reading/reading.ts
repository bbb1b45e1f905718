import { obligationOf } from '../../projections/obligations.js';
import { FOREVER } from '../../projections/projection.js';
import type { Clock } from '../clock.js';
import type { Day } from '../domain/dates.js';
import { standingFacts } from '../domain/history.js';
import type { RecordedEvent } from '../domain/recorded-event.js';
import { Refusal } from '../domain/refusal.js';
import type { RuleBook } from '../law/book.js';
import type { Circumstances } from '../law/circumstances.js';
import type { EmployerSize, SizeOn } from '../law/exposure.js';
import type { Obligation } from '../law/obligation.js';
import { toldOn } from '../law/told.js';
import type { PersonalData } from '../ledger/personal-data.js';
import type { ObligationAnswer } from './answers.js';
import type { KeptEvent } from './kept-log.js';
import { KnownPenalties } from './known-penalties.js';
import { decode } from './making.js';
import { type Moment, momentOf, type Page, pageOf } from './moment.js';
import type { PageParams, ReadParams } from './params.js';
import type { ReadModel, ReadSource } from './read-model.js';
import { STANDING } from './row-tables.js';
import type { Parameter, Record_, Tuple } from './sqlite.js';

/** What a view reads with. */
export interface ViewParts {
  readonly model: ReadSource;
  readonly personalData: PersonalData;
}

/** What the queries read with. */
export interface ReadingParts extends ViewParts {
  readonly model: ReadModel;
  readonly book: RuleBook;
  readonly clock: Clock;
  /** How long a read with `after` waits, in milliseconds. */
  readonly waitMs: number;
}

/** A row of the obligations table together with its worker or employer. */
export interface ObligationRow extends Record_ {
  readonly key: string;
  readonly stream: number;
  readonly stream_name: string;
  readonly employer: string | null;
}

/** Columns of an obligation as the queries select them; `o` is the table. */
export const OBLIGATION_COLUMNS = `o.key, o.stream, s.name AS stream_name, o.rule, o.employer, o.region, o.responsible,
  o.opens_on, o.due_on, o.met_on, o.void_on, o.penalty, o.overdue_from, o.overdue_until, o.accrues_until, o.detail`;

/** Answers at one moment; every method reads in the turn in which it is called. */
export class Reading {
  readonly parts: ReadingParts;

  constructor(parts: ReadingParts) {
    this.parts = parts;
  }

  /** Waits as the question says and settles its clocks. */
  async at(params: ReadParams): Promise<View> {
    await this.#waitFor(params.after);
    const { model, clock } = this.parts;
    return new View(this.parts, momentOf(model, clock, params));
  }

  /** The same for a page of a list; `filters` are what the cursor must agree with. */
  async page(
    params: PageParams,
    filters: Readonly<Record<string, unknown>>,
  ): Promise<{ readonly view: View; readonly page: Page }> {
    await this.#waitFor(params.after);
    const { model, clock } = this.parts;
    const page = pageOf(model, clock, params, filters);
    return { view: new View(this.parts, page.moment), page };
  }

  async #waitFor(position: string | undefined): Promise<void> {
    if (position !== undefined) await this.parts.model.waitFor(position, this.parts.waitMs);
  }
}

/** Which reading an employer chose, when and why. */
export interface ChosenReading {
  readonly eventId: string;
  readonly occurredOn: Day;
  readonly reading: string;
  readonly reason: string;
}

/** The read side as it looks at one moment. */
export class View {
  readonly parts: ViewParts;
  readonly moment: Moment;
  readonly #sizes = new Map<string, { readonly sizeOn: SizeOn; readonly changes: readonly Day[] }>();
  readonly #penalties: KnownPenalties;

  constructor(parts: ViewParts, moment: Moment) {
    this.parts = parts;
    this.moment = moment;
    this.#penalties = new KnownPenalties(this, parts.model, moment);
  }

  get asOf(): Day {
    return this.moment.asOf;
  }

  /** The law by which this moment's rows were made. */
  get book(): RuleBook {
    return this.parts.model.law.at(this.moment.seq);
  }

  /** The same in the readings that an employer had chosen by then; null: which employer is not known. */
  bookOf(bin: string | null): RuleBook {
    return this.parts.model.law.for(bin, this.moment.seq);
  }

  /** The choices of an employer that had been recorded by then and stand, the last of each rule or parameter. */
  choicesOf(bin: string): ReadonlyMap<string, ChosenReading> {
    const chosen = standingFacts(this.historyOf(`employer-${bin}`)).filter(({ type }) => type === 'ReadingChosen');
    return new Map(
      chosen.map(({ eventId, occurredOn, data }) => [
        String(data['rule']),
        { eventId, occurredOn, reading: String(data['reading']), reason: String(data['reason']) },
      ]),
    );
  }

  /** The choice by which an obligation is read as it is; null where the default reading counts. */
  choiceBehind(bin: string | null, { rule, reading }: Pick<Obligation, 'rule' | 'reading'>): ChosenReading | null {
    if (bin === null || this.bookOf(bin) === this.book) return null;
    const choices = this.choicesOf(bin);
    const made = [choices.get(rule), choices.get('counting-of-days')];
    return made.find((choice) => choice?.reading === reading) ?? null;
  }

  /** What every answer carries. */
  get envelope() {
    const { asOf, position, ruleBook } = this.moment;
    return { asOf, position, ruleBook };
  }

  all<R extends object = Record_>(sql: string, ...parameters: readonly Parameter[]): readonly R[] {
    return this.parts.model.current.connection.all<R>(sql, ...parameters);
  }

  get<R extends object = Record_>(sql: string, ...parameters: readonly Parameter[]): R | undefined {
    return this.parts.model.current.connection.get<R>(sql, ...parameters);
  }

  /** The condition that keeps the rows known at the moment. A number, so nothing can be smuggled in. */
  known(table: string): string {
    const { isCurrent, seq } = this.moment;
    return isCurrent
      ? `${table}.known_until = ${STANDING}`
      : `${table}.known_from <= ${Number(seq)} AND ${table}.known_until > ${Number(seq)}`;
  }

  tuples<R extends Tuple>(sql: string, ...parameters: readonly Parameter[]): readonly R[] {
    return this.parts.model.current.connection.tuples<R>(sql, ...parameters);
  }

  /** The employer's size class by day; `unknown` where nothing says it. */
  sizeOn(bin: string | null): SizeOn {
    return this.sizesOf(bin).sizeOn;
  }

  /** The same with the days on which the class changes. */
  sizesOf(bin: string | null): { readonly sizeOn: SizeOn; readonly changes: readonly Day[] } {
    const known = this.#sizes.get(bin ?? '');
    if (known !== undefined) return known;
    const stretches =
      bin === null
        ? []
        : this.all<{ size: EmployerSize; valid_from: Day; valid_until: Day }>(
            `SELECT e.size, e.valid_from, e.valid_until FROM employers e WHERE e.bin = ? AND ${this.known('e')}`,
            bin,
          );
    const sizes = {
      sizeOn: (day: Day) =>
        stretches.find(({ valid_from, valid_until }) => valid_from <= day && day < valid_until)?.size ?? 'unknown',
      changes: stretches.map(({ valid_from }) => valid_from),
    };
    this.#sizes.set(bin ?? '', sizes);
    return sizes;
  }

  /** What the figures of an employer depend on: its size by day and its penalties, over all its workers. */
  circumstancesOf(bin: string | null): Circumstances {
    const penalties = bin === null ? undefined : this.#penalties.of(bin, () => this.bookOf(bin));
    return { sizeOn: this.sizeOn(bin), penalties };
  }

  /** An obligation as it is told to others: what had not happened yet on the day asked about is not told. */
  obligation(row: ObligationRow): ObligationAnswer {
    return toldOn(obligationOf(row.key, row), {
      asOf: this.asOf,
      workerId: row.stream_name.startsWith('worker-') ? subjectOf(row.stream_name) : null,
      employerBin: row.employer,
      ...this.circumstancesOf(row.employer),
      book: this.bookOf(row.employer),
    });
  }

  /** One stream's events up to the moment, in order of recording. */
  eventsOf(stream: string): readonly KeptEvent[] {
    const { log } = this.parts.model.current;
    const number = log.streamNumber(stream);
    return number === null ? [] : log.ofStream(number, this.moment.seq);
  }

  /** The same without those that cannot be read, as the domain knows them. */
  historyOf(stream: string): readonly RecordedEvent[] {
    const parked = new Set(this.parts.model.current.rows.parked({ stream }).map(({ seq }) => seq));
    return this.eventsOf(stream)
      .filter(({ seq }) => !parked.has(seq))
      .map(decode);
  }

  /** Whether anything of an employer had been recorded by the moment: in its own stream, or of a worker of it. */
  knowsEmployer(bin: string): boolean {
    const { log } = this.parts.model.current;
    const number = log.streamNumber(`employer-${bin}`);
    if (number !== null && log.countOf([number], this.moment.seq) > 0) return true;
    const worker = 'SELECT 1 AS one FROM status WHERE employer = ? AND known_from <= ? LIMIT 1';
    return this.get(worker, bin, this.moment.seq) !== undefined;
  }

  streamNumber(stream: string): number | null {
    return this.parts.model.current.log.streamNumber(stream);
  }
}

/** The worker's UUID or the employer's BIN in the name of a stream. */
export function subjectOf(stream: string): string {
  return stream.slice(stream.indexOf('-') + 1);
}

/** Days that are not known are told as null. */
export function knownDay(day: string | null): Day | null {
  return day === FOREVER ? null : day;
}

export function unknown(what: 'worker' | 'employer' | 'obligation', id: string): Refusal {
  return new Refusal({
    code: `unknown-${what}`,
    status: 404,
    detail: `No ${what} ${id} is known at this moment.`,
    remedy:
      what === 'obligation'
        ? 'Take the id from a list of obligations; one whose trigger was retracted is gone.'
        : `Check the id and the clocks of the question, or register the ${what} first.`,
  });
}
