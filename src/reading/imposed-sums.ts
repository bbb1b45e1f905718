import { type ImposedSum, NOTHING_IMPOSED, plusImposed } from '../../projections/exposure.js';
import { penaltyOf } from '../../projections/penalties.js';
import type { Row } from '../../projections/projection.js';
import { mciOn } from '../law/exposure.js';
import { jointCapOf, penaltyAsOf } from '../law/penalty-history.js';
import { exposureTotal, type StandingSums } from './exposure-sums.js';
import type { ExposureParams } from './params.js';
import { subjectOf, type View } from './reading.js';
import type { Parameter } from './sqlite.js';

interface Question {
  readonly groupBy?: ExposureParams['groupBy'];
  readonly employer?: string | undefined;
  /** Number of a worker's or employer's stream. */
  readonly stream?: number | undefined;
}

/** The most that one body may impose which hears several offences of one offender together (CAO art. 58 p. 2). */
export interface JointCap {
  readonly jointCapMci: number | null;
  readonly jointCapTenge: number | null;
}

/** What has accrued, what is at risk, and, beside them, what was imposed and the cap of the whole. */
export type WholeExposure = StandingSums & JointCap & { readonly imposed: ImposedSum };

export const NO_CAP: JointCap = { jointCapMci: null, jointCapTenge: null };

type PenaltyRow = Row & { readonly key: string; readonly stream_name: string };

/**
 * Adds up the penalties that were imposed on employers, by group, as they stood on the as-of day.
 * @returns sums by group key; a single group under `null` when no grouping was asked for
 */
export function imposedSums(view: View, question: Question): ReadonlyMap<string | null, ImposedSum> {
  const sums = new Map<string | null, ImposedSum>();
  for (const row of penaltyRows(view, question)) {
    const key = keyOf(row, question.groupBy);
    const penalty = penaltyAsOf(penaltyOf(row.key, row), view.asOf);
    sums.set(key, plusImposed(sums.get(key) ?? NOTHING_IMPOSED, penalty, view.asOf));
  }
  return sums;
}

/** The exposure of one employer or worker, whole. */
export function wholeExposure(
  view: View,
  { bin, ...question }: { readonly bin: string; readonly stream?: number; readonly horizon: number },
): WholeExposure {
  const { stream, horizon } = question;
  const whose = stream === undefined ? { employer: bin } : { stream };
  return {
    ...exposureTotal(view, { ...whose, horizon }),
    imposed: imposedSums(view, whose).get(null) ?? NOTHING_IMPOSED,
    ...jointCap(view, bin),
  };
}

/** The joint cap of an employer by its class on the as-of day. */
export function jointCap(view: View, bin: string): JointCap {
  const { asOf } = view;
  const book = view.bookOf(bin);
  const jointCapMci = jointCapOf(view.sizeOn(bin)(asOf), asOf, book);
  const { value } = mciOn(book, asOf);
  return { jointCapMci, jointCapTenge: jointCapMci === null || value === null ? null : jointCapMci * value };
}

function penaltyRows(view: View, { employer, stream }: Question): readonly PenaltyRow[] {
  const where = ["p.responsible = 'employer' AND p.imposed_on <= ?", view.known('p')];
  const values: Parameter[] = [view.asOf];
  if (employer !== undefined) {
    where.push('p.employer = ?');
    values.push(employer);
  }
  if (stream !== undefined) {
    where.push('p.stream = ?');
    values.push(stream);
  }
  return view.all<PenaltyRow>(
    `SELECT p.*, s.name AS stream_name FROM penalties p JOIN log.streams s ON s.number = p.stream
     WHERE ${where.join(' AND ')} ORDER BY p.stream, p.key`,
    ...values,
  );
}

function keyOf(row: PenaltyRow, groupBy: Question['groupBy']): string | null {
  if (groupBy === undefined) return null;
  if (groupBy === 'worker') return subjectOf(row.stream_name);
  const value = row[groupBy];
  return typeof value === 'string' ? value : null;
}
