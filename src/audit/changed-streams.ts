import { FOREVER } from '../../projections/projection.js';
import type { Day } from '../domain/dates.js';
import { CORRECTED, RETRACTED } from '../domain/history.js';
import { priceOf } from '../law/exposure.js';
import { CHOICE_TYPES } from '../reading/law-in-force.js';
import { subjectOf, type View } from '../reading/reading.js';
import type { KnownObligations } from './known-obligations.js';

/** An event, and the view of a later one: what lies between is asked for. */
export interface Between {
  readonly later: View;
  readonly fromSeq: number;
  readonly known: KnownObligations;
}

/** Types of events that may change what an employer's obligations cost, in whichever stream these are. */
const SIZE_TYPES = ['EmployerRegistered', 'EmployerSizeChanged', CORRECTED, RETRACTED];
const PENALTY_TYPES = ['PenaltyImposed', 'WorkerRegistered', CORRECTED, RETRACTED];

/**
 * Numbers of the streams that may have changed between two moments: those with events, and beyond them those whose rows
 * another law changed, or whose obligations cost something else because the law, the employer's class or its penalties did.
 */
export class ChangedStreams {
  readonly #between: Between;
  readonly #employer: string | undefined;
  readonly #beyond: string;

  /** @param employer only streams that were known to be this employer's at one of the two moments or between them */
  constructor(between: Between, employer?: string) {
    this.#between = between;
    this.#employer = employer;
    this.#beyond = JSON.stringify([...new Set([...changedByLaw(between), ...changedInCost(between, employer)])]);
  }

  /** The next ones after a number, in their order. */
  after(number: number, limit: number): readonly number[] {
    const { later, fromSeq } = this.#between;
    const ofEmployer =
      this.#employer === undefined
        ? ''
        : `AND (c.stream IN (SELECT stream FROM status WHERE employer = ? AND known_from <= ? AND known_until > ?)
             OR c.stream IN (SELECT number FROM log.streams WHERE name = 'employer-' || ?))`;
    return later
      .tuples<readonly [number]>(
        `SELECT c.stream FROM
           (SELECT e.stream FROM log.events e WHERE e.seq > ? AND e.seq <= ? UNION SELECT value FROM json_each(?)) c
         JOIN log.streams s ON s.number = c.stream
         WHERE s.name NOT GLOB 'law-*' AND c.stream > ? ${ofEmployer} ORDER BY c.stream LIMIT ?`,
        fromSeq,
        later.moment.seq,
        this.#beyond,
        number,
        ...(this.#employer === undefined ? [] : [this.#employer, later.moment.seq, fromSeq, this.#employer]),
        limit,
      )
      .map(([stream]) => stream);
  }
}

/** Streams whose rows another law opened or closed: of all employers, or of those that chose another reading. */
function changedByLaw(between: Between): readonly number[] {
  const { later } = between;
  const bins = hasNewBook(between) ? null : employersWithNewReading(between);
  if (bins?.length === 0) return [];
  const rows = later.tuples<readonly [number]>(
    `SELECT DISTINCT o.stream FROM obligations o ${ofEmployers(bins)} AND ${changed('o')}`,
    JSON.stringify(bins),
    ...changedBy(between),
  );
  // What a penalty means for its own duty is the law's too, and no row tells it.
  const penalised = later.tuples<readonly [number]>(
    `SELECT DISTINCT p.stream FROM penalties p
     WHERE (?1 = 'null' OR p.employer IN (SELECT value FROM json_each(?1))) AND p.imposed_on <= ?2 AND ${later.known('p')}`,
    JSON.stringify(bins),
    later.asOf,
  );
  return [...rows, ...penalised].map(([stream]) => stream);
}

function hasNewBook({ later, fromSeq }: Between): boolean {
  const { law } = later.parts.model;
  return law.adoptions(later.moment.seq).some(({ seq, replaces }) => seq > fromSeq && replaces !== null);
}

function employersWithNewReading({ later, fromSeq }: Between): readonly string[] {
  const { law, current } = later.parts.model;
  const { seq } = later.moment;
  return current.log
    .employersWith(CHOICE_TYPES, fromSeq, seq)
    .map(subjectOf)
    .filter((bin) => law.changes(bin, fromSeq).some((change) => change <= seq));
}

type Offence = readonly [bin: string | null, penalty: string, on: Day];

/**
 * Streams with obligations that cost something else by what was learnt in between about others. Only the employers that it
 * concerns are looked at, or all where another rule book was adopted: each kind of offence and first day is priced once.
 */
function changedInCost(between: Between, employer: string | undefined): readonly number[] {
  const { later } = between;
  const touched = hasNewBook(between) ? null : touchedEmployers(between);
  const bins = employer === undefined ? touched : touched === null || touched.includes(employer) ? [employer] : [];
  if (bins?.length === 0) return [];
  const { asOf } = later;
  const on = `CASE WHEN o.overdue_from IS NOT NULL THEN o.overdue_from WHEN o.due_on = '${FOREVER}' THEN ?2
    ELSE date(o.due_on, '+1 day') END`;
  const charged = `${ofEmployers(bins)} AND o.penalty IS NOT NULL AND o.responsible = 'employer' AND o.opens_on <= ?2
    AND o.void_on > ?2 AND (o.overdue_from IS NOT NULL OR o.met_on > ?2) AND ${later.known('o')}`;
  const offences = later.tuples<Offence>(
    `SELECT DISTINCT o.employer, o.penalty, ${on} FROM obligations o ${charged}`,
    JSON.stringify(bins),
    asOf,
  );
  const dearer = offences.filter((offence) => isPricedOtherwise(between, offence));
  if (dearer.length === 0) return [];
  return later
    .tuples<readonly [number]>(
      `SELECT DISTINCT o.stream FROM obligations o ${charged}
       AND (ifnull(o.employer, ''), o.penalty, ${on}) IN
         (SELECT ifnull(json_extract(value, '$[0]'), ''), json_extract(value, '$[1]'), json_extract(value, '$[2]')
          FROM json_each(?3))`,
      JSON.stringify(bins),
      asOf,
      JSON.stringify(dearer),
    )
    .map(([stream]) => stream);
}

/** Employers whose class, penalties or readings changed in between, found by the events that may do it. */
function touchedEmployers(between: Between): readonly string[] {
  const { later, fromSeq } = between;
  const changedIn = (table: 'employers' | 'penalties', column: string, types: readonly string[]) =>
    later
      .tuples<readonly [string]>(
        `SELECT DISTINCT r.${column} FROM log.events e INDEXED BY events_type
         CROSS JOIN ${table} r INDEXED BY ${table}_key ON r.stream = e.stream
         WHERE e.type IN (SELECT value FROM json_each(?1)) AND e.seq > ?2 AND e.seq <= ?3
           AND r.${column} IS NOT NULL AND ${changed('r')}`,
        JSON.stringify(types),
        fromSeq,
        later.moment.seq,
      )
      .map(([bin]) => bin);
  return [
    ...new Set([
      ...changedIn('employers', 'bin', SIZE_TYPES),
      ...changedIn('penalties', 'employer', PENALTY_TYPES),
      ...employersWithNewReading(between),
    ]),
  ];
}

function isPricedOtherwise({ later, fromSeq, known }: Between, [bin, penalty, on]: Offence): boolean {
  const { asOf, moment } = later;
  const priceAt = (seq: number): string | null => {
    const book = known.bookAt(bin, seq);
    // Rows of a penalty that the earlier law did not know are new themselves.
    if (!book.penalties.has(penalty)) return null;
    const { sizeOn, penalties } = known.circumstancesAt(bin, seq);
    const repeat = penalties?.repeatOf(penalty, on, asOf) ?? null;
    const price = priceOf({ penalty, size: sizeOn(on), on, asOf, book, repeat: repeat !== null });
    return JSON.stringify([price, repeat?.verified]);
  };
  return priceAt(fromSeq) !== priceAt(moment.seq);
}

/** The first parameter names the employers as a JSON list, or is `null` for all. */
function ofEmployers(bins: readonly string[] | null): string {
  return bins === null
    ? "WHERE ?1 = 'null'"
    : 'INDEXED BY obligations_employer WHERE o.employer IN (SELECT value FROM json_each(?1))';
}

/** A row that became known, or was known no more, in between: after the second parameter, by the third. */
function changed(table: string): string {
  return `((${table}.known_from > ?2 AND ${table}.known_from <= ?3)
    OR (${table}.known_until > ?2 AND ${table}.known_until <= ?3))`;
}

function changedBy({ later, fromSeq }: Between): readonly [number, number] {
  return [fromSeq, later.moment.seq];
}
