import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { standingFacts } from '../../domain/history.js';
import type { Fact, RecordedEvent } from '../../domain/recorded-event.js';
import { papersOf } from '../../law/papers.js';
import { regionTrips } from '../../law/region-trips.js';
import { rightToWork } from '../../law/right-to-work.js';
import { stayCount } from '../../law/stay-count.js';
import type { PermitAnswer, WorkerAnswer } from '../answers.js';
import { wholeExposure } from '../imposed-sums.js';
import type { ReadParams } from '../params.js';
import { opened, textOf } from '../persons.js';
import { Reading, unknown, type View } from '../reading.js';
import { obligationRows } from './list-obligations.js';
import { statusRows, summaryOf } from './list-workers.js';

/** At risk within so many days, where the question does not say. */
export const USUAL_HORIZON_DAYS = 30;

const OBLIGATIONS_SHOWN = 500;

/** One worker: status, right to work, stay, papers, what is open and what it costs. */
export class GetWorker extends Query<WorkerAnswer> {
  constructor(
    readonly workerId: string,
    readonly params: ReadParams,
  ) {
    super();
  }
}

@QueryHandler(GetWorker)
export class GetWorkerHandler implements IQueryHandler<GetWorker> {
  constructor(private readonly reading: Reading) {}

  async execute({ workerId, params }: GetWorker): Promise<WorkerAnswer> {
    const worker = workerId.toLowerCase();
    const name = `worker-${worker}`;
    const view = await this.reading.at(params);
    const stream = view.streamNumber(name) ?? -1;
    const [row] = statusRows(view, {
      index: 'status_key',
      where: ['w.stream = ?'],
      parameters: [stream],
      limit: 1,
    });
    if (row === undefined) throw unknown('worker', worker);
    const history = view.historyOf(name);
    const facts = standingFacts(history).filter(({ occurredOn }) => occurredOn <= view.asOf);
    const byId = new Map(history.map((event) => [event.id, event]));
    const person = personIn(view, facts, byId);
    const papers = papersOf(facts);
    const { mayWork, since, reasons } = rightToWork(facts, view.asOf, view.bookOf(row.employer));
    return {
      ...summaryOf(view, row),
      birthDate: person.birthDate,
      passportNumber: person.passportNumber,
      passportExpiresOn: person.passportExpiresOn,
      iin: person.iin,
      revision: view.eventsOf(name).at(-1)?.revision ?? -1,
      mayWork,
      mayWorkSince: since,
      reasons: [...reasons],
      stay: stayIn(view, facts, byId),
      permits: permitsOf(view, stream),
      passportOut: papers.passportOut,
      regionalTrips: regionTrips(papers, view.asOf, view.bookOf(row.employer)).map(({ region, year, days, limit }) => ({
        region,
        year,
        days,
        limit,
        left: limit === null ? null : Math.max(0, limit - days),
      })),
      visaFreeStay: stayCount(facts, view.asOf, view.bookOf(row.employer)),
      transferredFrom: papers.transferredFrom,
      obligations: openObligations(view, worker),
      exposure: wholeExposure(view, { bin: row.employer, stream, horizon: USUAL_HORIZON_DAYS }),
      parkedEvents: parkedOf(view, name),
      ...view.envelope,
    };
  }
}

type Events = ReadonlyMap<string, RecordedEvent>;

/** Numbers and dates of the person as the last facts that name them say. */
function personIn(view: View, facts: readonly Fact[], events: Events) {
  const found: Record<string, unknown> = {};
  for (const fact of facts) {
    const names = PERSONAL[fact.type];
    if (names === undefined) continue;
    const data = dataOf(view, fact, events);
    for (const name of names) if (data[name] !== undefined || name !== 'iin') found[name] = data[name];
  }
  return {
    birthDate: textOf(found['birthDate']),
    passportNumber: textOf(found['passportNumber']),
    passportExpiresOn: textOf(found['passportExpiresOn']),
    iin: textOf(found['iin']),
  };
}

const PERSONAL: Readonly<Record<string, readonly string[]>> = {
  WorkerRegistered: ['birthDate', 'passportNumber', 'passportExpiresOn', 'iin'],
  PassportReplaced: ['passportNumber', 'passportExpiresOn'],
  IinAssigned: ['iin'],
};

function stayIn(view: View, facts: readonly Fact[], events: Events): WorkerAnswer['stay'] {
  const fact = facts.findLast(({ type }) => type === 'Arrived' || type === 'AddressChanged' || type === 'Departed');
  if (fact === undefined || fact.type === 'Departed') return null;
  const { region, address } = dataOf(view, fact, events);
  return { region: textOf(region), address: textOf(address), since: fact.occurredOn, eventId: fact.eventId };
}

/** A fact's data with the personal fields of the event that gave it its present content. */
function dataOf(view: View, fact: Fact, events: Events): Readonly<Record<string, unknown>> {
  const event = events.get(fact.sealedBy ?? fact.statedBy);
  return event === undefined ? fact.data : { ...fact.data, ...opened(view.parts.personalData, event).data };
}

interface PermitRow {
  readonly kind: PermitAnswer['kind'];
  readonly number: string;
  readonly category: string | null;
  readonly position: string | null;
  readonly region: string | null;
  readonly valid_from: string;
  readonly valid_until: string;
  readonly ended_on: string | null;
  readonly extensions: number;
  readonly event_id: string;
}

function permitsOf(view: View, stream: number): PermitAnswer[] {
  const { asOf } = view;
  return view
    .all<PermitRow>(
      `SELECT p.* FROM permits p WHERE p.stream = ? AND p.applies_from <= ? AND p.applies_until > ? AND ${view.known('p')}
       ORDER BY p.valid_from, p.key`,
      stream,
      asOf,
      asOf,
    )
    .map((row) => ({
      kind: row.kind,
      number: row.number,
      category: row.category,
      position: row.position,
      region: row.region,
      validFrom: row.valid_from,
      validUntil: row.valid_until,
      endedOn: row.ended_on,
      extensions: row.extensions,
      state: permitState(row, asOf),
      statedBy: row.event_id,
    }));
}

function permitState({ ended_on, valid_from, valid_until }: PermitRow, asOf: string): PermitAnswer['state'] {
  if (ended_on !== null && ended_on <= asOf) return 'ended';
  if (asOf < valid_from) return 'not-yet-valid';
  return asOf <= valid_until ? 'valid' : 'expired';
}

function openObligations(view: View, worker: string): WorkerAnswer['obligations'] {
  return obligationRows(view, { worker }, { after: null, limit: OBLIGATIONS_SHOWN })
    .map((row) => view.obligation(row))
    .filter(({ state }) => state === 'open' || state === 'overdue');
}

export function parkedOf(view: View, stream: string): WorkerAnswer['parkedEvents'] {
  return view.parts.model.current.rows
    .parked({ stream })
    .filter(({ seq }) => seq <= view.moment.seq)
    .map(({ eventId, type, error }) => ({ eventId, type, error }));
}
