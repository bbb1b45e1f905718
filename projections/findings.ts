import { type Finding, FindingsWatch } from '../src/law/findings.js';
import { FOREVER, type Folder, type Projection, type Row } from './projection.js';

/**
 * What no question filters or sorts by: kept together, as one text. Sentences, title and source are the law's: they are put
 * to it when somebody asks.
 */
type Detail = readonly [subject: Finding['subject'], madeBy: Finding['madeBy'], parameters: Finding['parameters']];

/**
 * Contradictions in the facts of each worker that are no duties, with the days from which and until which they stand. One
 * that stands without an end is closed on `FOREVER`. Those of an employer's quota lie across workers and are worked out
 * when they are asked for.
 */
export const findings: Projection = {
  name: 'findings',
  streams: ['worker'],
  columns: {
    finding: 'TEXT',
    severity: 'TEXT',
    employer: 'TEXT',
    opened_on: 'TEXT',
    closed_on: 'TEXT',
    detail: 'TEXT',
  },
  indexes: [
    { name: 'findings_employer', on: 'employer, opened_on, stream', where: '{current}' },
    { name: 'findings_opened', on: 'opened_on, stream, known_from, known_until' },
  ],
  start({ assessment }): Folder {
    const watch = new FindingsWatch(assessment.book);
    let employer: string | null = null;
    return (fact, rows) => {
      if (fact.type === 'WorkerRegistered') employer = String(fact.data['employerBin']);
      watch.apply(fact);
      for (const finding of watch.changed) rows.set(finding.id, rowOf(finding, employer));
      for (const id of watch.removed) rows.delete(id);
    };
  },
};

function rowOf(finding: Finding, employer: string | null): Row {
  const detail: Detail = [finding.subject, finding.madeBy, finding.parameters];
  return {
    finding: finding.finding,
    severity: finding.severity,
    employer,
    opened_on: finding.openedOn,
    closed_on: finding.closedOn ?? FOREVER,
    detail: JSON.stringify(detail),
  };
}

/** The finding that a row states. */
export function findingOf(key: string, row: Row): Finding {
  const [subject, madeBy, parameters] = JSON.parse(String(row['detail'])) as Detail;
  const closedOn = String(row['closed_on']);
  return {
    id: key,
    finding: String(row['finding']),
    severity: String(row['severity']) as Finding['severity'],
    openedOn: String(row['opened_on']),
    closedOn: closedOn === FOREVER ? null : closedOn,
    subject,
    madeBy,
    parameters,
  };
}
