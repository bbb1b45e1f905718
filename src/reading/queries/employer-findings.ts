import { standingFacts } from '../../domain/history.js';
import type { Fact } from '../../domain/recorded-event.js';
import type { FiledQuotaRequest } from '../../law/checklists.js';
import {
  type EmployerFinding,
  type QuotaRequest,
  type QuotaUse,
  quotaFindings,
  quotaRequestFindings,
  type TransferLink,
  transferFindings,
} from '../../law/findings.js';
import type { Severity } from '../../law/findings-schema.js';
import { subjectOf, type View } from '../reading.js';

export interface AcrossStreams {
  readonly employer?: string | undefined;
  readonly worker?: string | undefined;
  readonly severity?: Severity | undefined;
}

/** What does not fit across streams on the day: quota and permits, requests of a quota, the two ledgers of a transfer. */
export function employerFindings(
  view: View,
  { employer, worker, severity }: AcrossStreams,
): ({ employerBin: string } & EmployerFinding)[] {
  const found = [
    ...(worker === undefined ? quotaAndRequests(view, employer) : []),
    ...transferLinks(view, { employer, worker }).flatMap((link) =>
      transferFindings([link], view.asOf, view.bookOf(link.bin)).map((one) => ({ employerBin: link.bin, ...one })),
    ),
  ];
  return found.filter((one) => severity === undefined || one.severity === severity);
}

function quotaAndRequests(view: View, employer: string | undefined): ({ employerBin: string } & EmployerFinding)[] {
  const used = permitsInForce(view, employer);
  const uses = [...used].flatMap(([bin, counts]) =>
    quotaFindings(quotaUses(view, bin, counts), view.asOf, view.book).map((one) => ({ employerBin: bin, ...one })),
  );
  const requests = employersOf(view, employer).flatMap((bin) =>
    quotaRequestFindings(quotaRequests(view, bin), view.asOf, view.bookOf(bin)).map((one) => ({
      employerBin: bin,
      ...one,
    })),
  );
  return [...uses, ...requests];
}

/** Employers whose requests are looked at: more than this are not gone through in one answer. */
const MOST_EMPLOYERS = 500;

function employersOf(view: View, employer: string | undefined): readonly string[] {
  if (employer !== undefined) return [employer];
  return view
    .all<{ bin: string }>(
      `SELECT DISTINCT e.bin FROM employers e WHERE ${view.known('e')} ORDER BY e.bin LIMIT ${MOST_EMPLOYERS}`,
    )
    .map(({ bin }) => bin);
}

/** The last request for each region, for the year of the day and those to come. */
function quotaRequests(view: View, bin: string): readonly QuotaRequest[] {
  const last = new Map<string, QuotaRequest>();
  const year = Number(view.asOf.slice(0, 4));
  for (const fact of standingFacts(view.historyOf(`employer-${bin}`))) {
    const { type, occurredOn, data } = fact;
    if (type !== 'QuotaRequested' || occurredOn > view.asOf || Number(data['year']) < year) continue;
    last.set(`${String(data['year'])} ${String(data['region'])}`, quotaRequestOf(fact));
  }
  return [...last.values()];
}

/** A request as it was recorded. */
export function quotaRequestOf({ occurredOn, data }: Fact): FiledQuotaRequest {
  const { activity, serviceContracts, positions } = data;
  const counts = Array.isArray(positions) ? (positions as readonly { readonly count?: unknown }[]) : [];
  return {
    year: Number(data['year']),
    region: String(data['region']),
    on: occurredOn,
    activity: typeof activity === 'string' ? activity : null,
    serviceContracts: Array.isArray(serviceContracts) ? (serviceContracts as readonly string[]) : null,
    places: counts.reduce((sum, { count }) => sum + (typeof count === 'number' ? count : 0), 0),
  };
}

interface TransferredRow {
  readonly stream_name: string;
  readonly employer: string;
  readonly transferred_from: string;
}

function transferLinks(view: View, { employer, worker }: AcrossStreams): readonly TransferLink[] {
  const rows = view.all<TransferredRow>(
    `SELECT s.name AS stream_name, w.employer, w.transferred_from
     FROM status w CROSS JOIN log.streams s ON s.number = w.stream
     WHERE ${view.known('w')} AND w.transferred_from IS NOT NULL AND w.valid_from <= ? AND w.valid_until > ?
       ${employer === undefined ? '' : 'AND w.employer = ?'} ${worker === undefined ? '' : 'AND w.stream = ?'}
     ORDER BY w.stream LIMIT 1000`,
    view.asOf,
    view.asOf,
    ...(employer === undefined ? [] : [employer]),
    ...(worker === undefined ? [] : [view.streamNumber(`worker-${worker}`) ?? -1]),
  );
  return rows.flatMap((row) => linkOf(view, row) ?? []);
}

function linkOf(view: View, { stream_name, employer, transferred_from: from }: TransferredRow): TransferLink | null {
  const registeredOn = factsOn(view, stream_name).find(({ type }) => type === 'WorkerRegistered')?.occurredOn;
  if (registeredOn === undefined) return null;
  const former = factsOn(view, `worker-${from}`);
  const end = former.find(({ type }) => type === 'TransferAgreed' || type === 'EmploymentTerminated');
  const toBin = end?.data['newEmployerBin'];
  return {
    workerId: subjectOf(stream_name),
    from,
    isKnown: former.some(({ type }) => type === 'WorkerRegistered'),
    registeredOn,
    lastDay: end?.occurredOn ?? null,
    isAgreed: end?.type === 'TransferAgreed',
    toBin: typeof toBin === 'string' ? toBin : null,
    bin: employer,
  };
}

function factsOn(view: View, stream: string): readonly Fact[] {
  return standingFacts(view.historyOf(stream)).filter(({ occurredOn }) => occurredOn <= view.asOf);
}

/** Permits in force on the day, by employer and by `region category`. */
export function permitsInForce(
  view: View,
  employer: string | undefined,
): ReadonlyMap<string, ReadonlyMap<string, number>> {
  const { asOf } = view;
  const rows = view.all<{ employer: string; region: string; category: string; count: number }>(
    `SELECT w.employer, p.region, p.category, COUNT(DISTINCT p.stream || ' ' || p.number) AS count
     FROM permits p JOIN status w ON w.stream = p.stream
     WHERE ${view.known('p')} AND ${view.known('w')} AND p.kind = 'work-permit'
       AND p.applies_from <= ? AND p.applies_until > ? AND p.valid_from <= ? AND p.valid_until >= ?
       AND (p.ended_on IS NULL OR p.ended_on >= ?)
       AND w.valid_from <= ? AND w.valid_until > ? AND w.status <> 'ended' ${employer === undefined ? '' : 'AND w.employer = ?'}
     GROUP BY w.employer, p.region, p.category ORDER BY w.employer, p.region, p.category`,
    ...Array<string>(7).fill(asOf),
    ...(employer === undefined ? [] : [employer]),
  );
  const byEmployer = new Map<string, Map<string, number>>();
  for (const { employer: bin, region, category, count } of rows) {
    const counts = byEmployer.get(bin) ?? new Map<string, number>();
    byEmployer.set(bin, counts.set(`${region} ${category}`, count));
  }
  return byEmployer;
}

export function quotaUses(view: View, bin: string, used: ReadonlyMap<string, number>): readonly QuotaUse[] {
  const year = Number(view.asOf.slice(0, 4));
  const facts = standingFacts(view.historyOf(`employer-${bin}`)).filter(
    ({ type, occurredOn, data }) => type.startsWith('Quota') && occurredOn <= view.asOf && data['year'] === year,
  );
  const places = (type: string, region: string, category: string): number =>
    facts
      .filter((fact) => fact.type === type && fact.data['region'] === region)
      .flatMap(({ data }) => (Array.isArray(data['positions']) ? (data['positions'] as unknown[]) : []))
      .map((position) => position as { readonly category?: unknown; readonly count?: unknown })
      .filter((position) => position.category === category)
      .reduce((sum, { count }) => sum + (typeof count === 'number' ? count : 0), 0);
  return [...used].map(([key, count]) => {
    const [region = '', category = ''] = key.split(' ');
    const requested = places('QuotaRequested', region, category);
    return { year, region, category, requested, granted: places('QuotaGranted', region, category), used: count };
  });
}
