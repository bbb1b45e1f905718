import type { Day } from '../src/domain/dates.js';
import type { EventData } from '../src/domain/event-type.js';
import { FOREVER, type Folder, type Projection, type RowSink } from './projection.js';

/** What a document permits: to work, to enter and stay, to reside for a time. */
export type PermitKind = 'work-permit' | 'visa' | 'temporary-residence-permit';

/** One document as it read from a day on. Days here are those of the facts, not those on the paper. */
interface Paper {
  readonly kind: PermitKind;
  readonly number: string;
  readonly category: string | null;
  readonly position: string | null;
  readonly region: string | null;
  readonly valid_from: Day;
  readonly valid_until: Day;
  readonly ended_on: Day | null;
  readonly extensions: number;
  readonly event_id: string;
}

interface Standing {
  paper: Paper;
  /** How often it was written anew: part of the key. */
  edition: number;
  since: Day;
}

/**
 * Every permit, visa and residence permit with each of its editions: as issued, extended, updated, cancelled. An edition
 * applies from the day of its fact until the next, so that the register can be read as of any day.
 */
export const permits: Projection = {
  name: 'permits',
  streams: ['worker'],
  columns: {
    kind: 'TEXT',
    number: 'TEXT',
    category: 'TEXT',
    position: 'TEXT',
    region: 'TEXT',
    valid_from: 'TEXT',
    valid_until: 'TEXT',
    ended_on: 'TEXT',
    extensions: 'INTEGER',
    event_id: 'TEXT',
    applies_from: 'TEXT',
    applies_until: 'TEXT',
  },
  indexes: [],
  start(): Folder {
    const papers = new Map<string, Standing>();

    function write(rows: RowSink, day: Day, paper: Paper): void {
      const name = `${paper.kind}:${paper.number}`;
      const standing = papers.get(name);
      if (standing === undefined) {
        papers.set(name, { paper, edition: 1, since: day });
        rows.set(`${name}:1`, { ...paper, applies_from: day, applies_until: FOREVER });
        return;
      }
      const key = `${name}:${standing.edition}`;
      if (standing.since < day) {
        rows.set(key, { ...standing.paper, applies_from: standing.since, applies_until: day });
        standing.edition += 1;
        standing.since = day;
      }
      standing.paper = paper;
      rows.set(`${name}:${standing.edition}`, { ...paper, applies_from: day, applies_until: FOREVER });
    }

    return (fact, rows) => {
      const kind = KINDS[fact.type];
      if (kind === undefined) return;
      const { data, occurredOn: day, eventId } = fact;
      const number = String(data['number']);
      const before = papers.get(`${kind}:${number}`)?.paper;
      switch (fact.type) {
        case 'WorkPermitIssued':
        case 'VisaIssued':
        case 'TemporaryResidencePermitIssued':
          write(rows, day, issued(kind, number, data, day, eventId));
          return;
        case 'WorkPermitExtended':
        case 'VisaExtended': {
          const paper = before ?? issued(kind, number, data, day, eventId);
          const valid_until = text(data['validUntil']) ?? paper.valid_until;
          write(rows, day, { ...paper, valid_until, extensions: paper.extensions + 1, event_id: eventId });
          return;
        }
        case 'WorkPermitUpdated':
          if (before === undefined) return;
          write(rows, day, { ...before, position: text(data['position']) ?? before.position, event_id: eventId });
          return;
        default:
          if (before === undefined) return;
          write(rows, day, { ...before, ended_on: before.ended_on ?? day, event_id: eventId });
      }
    };
  },
};

const KINDS: Readonly<Record<string, PermitKind>> = {
  WorkPermitIssued: 'work-permit',
  WorkPermitExtended: 'work-permit',
  WorkPermitUpdated: 'work-permit',
  WorkPermitCancelled: 'work-permit',
  WorkPermitSurrendered: 'work-permit',
  VisaIssued: 'visa',
  VisaExtended: 'visa',
  VisaCancelled: 'visa',
  TemporaryResidencePermitIssued: 'temporary-residence-permit',
};

function issued(kind: PermitKind, number: string, data: EventData, day: Day, eventId: string): Paper {
  return {
    kind,
    number,
    category: text(data['category']),
    position: text(data['position']),
    region: text(data['region']),
    valid_from: text(data['validFrom']) ?? day,
    valid_until: text(data['validUntil']) ?? day,
    ended_on: null,
    extensions: 0,
    event_id: eventId,
  };
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
