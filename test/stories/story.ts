import { createHmac } from 'node:crypto';
import { expect } from '@jest/globals';
import { deciderOf } from '../../src/domain/admission.js';
import type { Day } from '../../src/domain/dates.js';
import type { EventData, StreamKind } from '../../src/domain/event-type.js';
import type { EventMetadata, RecordedEvent } from '../../src/domain/recorded-event.js';
import { Refusal } from '../../src/domain/refusal.js';
import { loadRuleBook } from '../../src/law/book.js';
import { type EventInput, eventIdOf } from '../../src/ledger/command.js';
import type { Consequences } from '../../src/ledger/consequences.js';
import { LawLookups } from '../../src/ledger/law-lookups.js';
import { type Correction, planCorrection, planRetraction } from '../../src/ledger/plan-amendment.js';
import { planRecord } from '../../src/ledger/plan-record.js';
import type { Plan, Planning } from '../../src/ledger/planning.js';
import { StreamFold } from '../../src/ledger/stream-fold.js';

export const BIN = '120340004562';
export const OTHER_BIN = '180540012343';
export const WORKER = '0b1f2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d';
export const CHILD = '6f1e2d3c-4b5a-4978-8695-a4b3c2d1e0f9';
export const TODAY = '2026-11-20';

const law = new LawLookups(loadRuleBook());

type Make = (occurredOn: Day, data?: EventData, more?: Partial<EventInput>) => EventInput;

/** Makes events of a type: `event('Arrived', { region: 'KZ-75' })('2026-01-05')`. */
export function event(type: string, defaults: EventData = {}): Make {
  return (occurredOn, data = {}, more = {}) => ({ type, occurredOn, data: { ...defaults, ...data }, ...more });
}

export const EmployerRegistered = event('EmployerRegistered', { name: 'Steppe Drilling LLP', size: 'medium' });
export const EmployerSizeChanged = event('EmployerSizeChanged', { size: 'large' });
const quota = { year: 2027, region: 'KZ-75', positions: [{ category: '2', position: 'Driller', count: 3 }] };
export const QuotaRequested = event('QuotaRequested', quota);
export const QuotaGranted = event('QuotaGranted', quota);
export const WorkerRegistered = event('WorkerRegistered', {
  employerBin: BIN,
  familyName: 'Yilmaz',
  givenName: 'Mehmet',
  citizenship: 'TR',
  birthDate: '1988-04-12',
  passportNumber: 'U12345678',
  passportExpiresOn: '2031-05-01',
});
export const PassportReplaced = event('PassportReplaced', {
  passportNumber: 'U99999999',
  passportExpiresOn: '2036-01-01',
});
export const IinAssigned = event('IinAssigned', { iin: '061211600012' });
export const JobTitleChanged = event('JobTitleChanged', { position: 'Chief driller' });
export const EmploymentTerminated = event('EmploymentTerminated');
export const TransferAgreed: Make = (occurredOn, data, more) =>
  event('TransferAgreed', { newEmployerBin: OTHER_BIN, oldConsentOn: occurredOn, newConsentOn: occurredOn })(
    occurredOn,
    data,
    more,
  );
export const WorkPermitIssued = event('WorkPermitIssued', {
  number: 'WP-1',
  category: '2',
  position: 'Driller',
  region: 'KZ-75',
  validFrom: '2026-01-10',
  validUntil: '2026-12-31',
});
export const WorkPermitExtensionApplied = event('WorkPermitExtensionApplied', {
  number: 'WP-1',
  applicationNumber: 'A-1',
});
export const WorkPermitExtended = event('WorkPermitExtended', { number: 'WP-1' });
export const WorkPermitUpdated = event('WorkPermitUpdated', { number: 'WP-1', position: 'Chief driller' });
export const WorkPermitCancelled = event('WorkPermitCancelled', { number: 'WP-1' });
export const WorkPermitSurrendered = event('WorkPermitSurrendered', { number: 'WP-1' });
export const Arrived = event('Arrived', { region: 'KZ-75', address: 'Abay 1, Almaty', purpose: 'work' });
export const Departed = event('Departed');
export const AddressChanged = event('AddressChanged', { region: 'KZ-71', address: 'Turan 5, Astana' });
export const RegionalTravel: Make = (occurredOn, data, more) =>
  event('RegionalTravel', { region: 'KZ-47', from: occurredOn })(occurredOn, data, more);
export const RegionalTravelEnded: Make = (occurredOn, data, more) =>
  event('RegionalTravelEnded', { until: occurredOn })(occurredOn, data, more);
export const NotificationSubmitted = event('NotificationSubmitted', { about: 'arrival', channel: 'vmp' });
export const NotificationAcknowledged = event('NotificationAcknowledged', { about: 'arrival', channel: 'vmp' });
export const NotificationRejected = event('NotificationRejected', { about: 'arrival', channel: 'vmp' });
export const VisaIssued = event('VisaIssued', {
  category: 'C3',
  number: 'V-1',
  validFrom: '2026-01-10',
  validUntil: '2026-12-31',
});
export const VisaExtended = event('VisaExtended', { number: 'V-1', validFrom: '2026-12-31', validUntil: '2027-12-31' });
export const VisaCancelled = event('VisaCancelled', { number: 'V-1' });
export const TemporaryResidencePermitIssued = event('TemporaryResidencePermitIssued', {
  number: 'TRP-1',
  validFrom: '2026-01-20',
  validUntil: '2026-12-31',
});
export const EmploymentContractSigned = event('EmploymentContractSigned', {
  number: 'C-1',
  validFrom: '2026-01-12',
  validUntil: '2026-12-31',
  clauses: ['permitNumber', 'territory', 'jobTitle', 'repatriation', 'salary', 'workingHours', 'duties'],
});
export const MentorAssigned: Make = (occurredOn, data, more) =>
  event('MentorAssigned', { traineeName: 'Aigerim Serik', from: occurredOn })(occurredOn, data, more);
export const MentorshipCompleted: Make = (occurredOn, data, more) =>
  event('MentorshipCompleted', { until: occurredOn })(occurredOn, data, more);
export const FamilyMemberAdded = event('FamilyMemberAdded', {
  memberId: CHILD,
  relation: 'child',
  familyName: 'Yilmaz',
  givenName: 'Elif',
  citizenship: 'TR',
  birthDate: '2012-02-29',
});
export const FamilyMemberArrived = event('FamilyMemberArrived', { memberId: CHILD });
export const FamilyMemberDeparted = event('FamilyMemberDeparted', { memberId: CHILD });
export const PenaltyImposed = event('PenaltyImposed', { mci: 15, article: '518 p. 1' });
export const PenaltyPaid = event('PenaltyPaid', { amountTenge: 64_875 });

/** What is asked of a stream. */
export type Ask = (planning: Planning) => Plan | Promise<Plan>;

/** Records one event. */
export const record =
  (input: EventInput): Ask =>
  (planning) =>
    planRecord(planning, [input], false);

/** Records an array, all or none. */
export const recordAll =
  (...inputs: EventInput[]): Ask =>
  (planning) =>
    planRecord(planning, inputs, true);

/** Corrects the n-th event that was recorded in the stream, from 0. */
export const correct =
  (revision: number, correction: Partial<Correction>): Ask =>
  (planning) =>
    planCorrection(planning, { eventId: idOf(planning.fold, revision), reason: 'typing error', ...correction });

/** Retracts the n-th event that was recorded in the stream, from 0. */
export const retract =
  (revision: number, reason = 'recorded for the wrong worker'): Ask =>
  (planning) =>
    planRetraction(planning, { eventId: idOf(planning.fold, revision), reason });

/** The id of the event with a revision: each command of a story has its number for a name. */
export function idOf(fold: StreamFold, revision: number): string {
  for (const id of ids.get(fold) ?? []) if (fold.revisionOf(id) === revision) return id;
  return `no event has revision ${revision}`;
}

const ids = new WeakMap<StreamFold, string[]>();

export interface StoryOptions {
  readonly kind?: StreamKind;
  readonly today?: Day;
  readonly dryRun?: boolean;
  readonly law?: LawLookups;
}

/** Tells what happened before: a worker is registered on the first day of 2026 unless the story says it otherwise. */
export function given(...before: (EventInput | Ask)[]): Story {
  return new Story(before, {});
}

export class Story {
  constructor(
    readonly before: readonly (EventInput | Ask)[],
    readonly options: StoryOptions,
  ) {}

  on(options: StoryOptions): Story {
    return new Story(this.before, { ...this.options, ...options });
  }

  when(ask: Ask): Outcome {
    return new Outcome(this, ask);
  }

  async told(): Promise<Teller> {
    const teller = new Teller(this.options);
    for (const step of this.before) await teller.tell(typeof step === 'function' ? step : record(step));
    return teller;
  }
}

/** Carries commands out on a stream, as the writer does, with nothing but memory behind it. */
export class Teller {
  readonly fold: StreamFold;
  readonly log: RecordedEvent[] = [];
  readonly #law: LawLookups;
  #commands = 0;

  constructor(readonly options: StoryOptions) {
    const kind = options.kind ?? 'worker';
    this.#law = options.law ?? law;
    const stream = kind === 'worker' ? `worker-${WORKER}` : `employer-${BIN}`;
    this.fold = new StreamFold(stream, deciderOf(kind, this.#law), this.#law.book);
  }

  async plan(ask: Ask, dryRun = false): Promise<Plan> {
    const command = String(this.#commands);
    this.#commands += 1;
    const { fold } = this;
    return await ask({
      fold,
      law: this.#law,
      today: this.options.today ?? TODAY,
      future: dryRun,
      idOf: (index) => eventIdOf(command, fold.stream, index),
      tag: (person, value) => createHmac('sha256', person).update(value).digest('base64url').slice(0, 22),
      isEmployer: async (bin) => bin === BIN,
      isWorker: async () => false,
      registrationsWith: async () => ({ count: 0, first: [] }),
      dataOf: async (revision) => this.#open(revision),
    });
  }

  async tell(ask: Ask): Promise<{ readonly plan: Plan; readonly consequences: Consequences }> {
    const plan = await this.plan(ask);
    const first = this.fold.revision + 1;
    const events = plan.events.map((planned, index): RecordedEvent => {
      const { occurredOn, ...data } = planned.clear;
      const isAmendment = planned.type.startsWith('Event');
      return {
        id: planned.id,
        stream: this.fold.stream,
        type: planned.type,
        revision: first + index,
        position: String(100 + first + index),
        recordedAt: '2026-11-20T08:00:00.000Z',
        occurredOn: isAmendment ? TODAY : String(occurredOn),
        data: isAmendment ? planned.clear : data,
        ...(Object.keys(planned.personal).length === 0 ? {} : { sealed: JSON.stringify(planned.personal) }),
        metadata: { commandId: `command-${first}`, commandTag: '' } as EventMetadata,
      };
    });
    const consequences = this.fold.commit(plan.draft, events);
    this.log.push(...events);
    const known = ids.get(this.fold) ?? [];
    ids.set(this.fold, [...known, ...events.map(({ id }) => id)]);
    return { plan, consequences };
  }

  /** In a story the personal fields are not sealed, only set apart. */
  #open(revision: number): EventData {
    const event = this.log[revision];
    return { ...event?.data, ...(JSON.parse(event?.sealed ?? '{}') as EventData) };
  }
}

export class Outcome {
  constructor(
    readonly story: Story,
    readonly ask: Ask,
  ) {}

  /** The events are recorded, and their types are these. */
  async thenRecorded(...types: string[]): Promise<Teller> {
    const teller = await this.story.told();
    const { plan } = await teller.tell(this.ask);
    expect(plan.events.map(({ type }) => type)).toEqual(types);
    return teller;
  }

  /** It is refused with this code; the refusal is handed on for a closer look. Nothing of it is in the stream. */
  async thenRefused(code: string, status?: number): Promise<Refusal> {
    const teller = await this.story.told();
    const before = { revision: teller.fold.revision, facts: [...teller.fold.facts], state: teller.fold.state };
    const refusal = await teller.plan(this.ask, this.story.options.dryRun).then(
      () => {
        throw new Error(`expected the refusal ${code}, but it was recorded`);
      },
      (error: unknown) => error,
    );
    if (!(refusal instanceof Refusal)) throw refusal;
    expect({ code: refusal.code, detail: refusal.message }).toEqual({ code, detail: refusal.message });
    if (status !== undefined) expect(refusal.status).toBe(status);
    expect(refusal.remedy.length).toBeGreaterThan(10);
    expect({ revision: teller.fold.revision, facts: [...teller.fold.facts], state: teller.fold.state }).toEqual(before);
    return refusal;
  }

  /** The obligations that it opens and closes, by rule. */
  async thenObligations(expected: { readonly opened?: string[]; readonly closed?: string[] }): Promise<void> {
    const teller = await this.story.told();
    const { consequences } = await teller.tell(this.ask);
    const rules = (list: Consequences['opened']) => list.map(({ rule }) => rule).sort();
    expect({ opened: rules(consequences.opened), closed: rules(consequences.closed) }).toEqual({
      opened: [...(expected.opened ?? [])].sort(),
      closed: [...(expected.closed ?? [])].sort(),
    });
  }
}
