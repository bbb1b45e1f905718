import type { Day } from './dates.js';
import type { NoticeSubject } from './events/notification.js';
import type { Fact } from './recorded-event.js';
import { type Candidate, conflict, Refusal, unknownReference } from './refusal.js';

/** Something that a notice to the migration service can be about, and how far that notice is. */
export interface Notice {
  /** The event that the notice is about. */
  readonly eventId: string;
  readonly type: string;
  readonly about: NoticeSubject;
  readonly occurredOn: Day;
  readonly progress: 'none' | 'submitted' | 'rejected' | 'acknowledged';
}

/** Events named in a refusal at most, the last ones. */
const MOST_CANDIDATES = 50;

const subjects: Readonly<Record<string, NoticeSubject>> = {
  Arrived: 'arrival',
  FamilyMemberArrived: 'arrival',
  AddressChanged: 'address-change',
  RegionalTravel: 'regional-travel',
};

const progressAfter: Readonly<Record<string, Notice['progress']>> = {
  NotificationSubmitted: 'submitted',
  NotificationAcknowledged: 'acknowledged',
  NotificationRejected: 'rejected',
};

/** Whether a type of event is a notice to the migration service. */
export function isNotification(type: string): boolean {
  return type in progressAfter;
}

export function evolveNotices(notices: readonly Notice[], fact: Fact): readonly Notice[] {
  const about = subjects[fact.type];
  if (about !== undefined) {
    return [
      ...notices,
      { eventId: fact.eventId, type: fact.type, about, occurredOn: fact.occurredOn, progress: 'none' },
    ];
  }
  const progress = progressAfter[fact.type];
  if (progress === undefined) return notices;
  const index = notices.findIndex(({ eventId }) => eventId === fact.data['eventId']);
  const notice = notices[index];
  if (notice === undefined) return notices;
  const next = notices.slice();
  next[index] = { ...notice, progress };
  return next;
}

/**
 * Fills in which event a notification is about where the caller left it out and only one is open. A fact then says it for
 * good, and an event recorded later cannot make it ambiguous.
 * @throws Refusal 409 when nothing is open, 422 with the candidates when several are
 */
export function resolveNotification(notices: readonly Notice[], fact: Fact): Fact {
  if (!isNotification(fact.type) || fact.data['eventId'] !== undefined) return fact;
  const about = String(fact.data['about']);
  const open = notices.filter((notice) => notice.about === about && notice.progress !== 'acknowledged');
  const [only, ...more] = open;
  if (only === undefined) {
    throw conflict(
      'nothing-to-notify',
      `No ${about} recorded by ${fact.occurredOn} waits for a notice.`,
      'Record the event that the notice is about first, or check `about`.',
    );
  }
  if (more.length > 0) {
    throw ambiguous(about, open);
  }
  return { ...fact, data: { ...fact.data, eventId: only.eventId } };
}

/** Several events may be meant, and only the caller knows which. */
export function ambiguous(about: string, open: readonly Candidate[]): Refusal {
  const shown = open.slice(-MOST_CANDIDATES);
  return new Refusal({
    code: 'ambiguous-notification',
    status: 422,
    detail: `${open.length} events wait for a notice about ${about}: ${shown.map(described).join(', ')}.`,
    remedy: 'Name the one that is meant in `data.eventId`.',
    candidates: shown.map(({ eventId, type, occurredOn }) => ({ eventId, type, occurredOn })),
  });
}

/** Refuses a notification about nothing, or about what is settled already. */
export function decideNotices(notices: readonly Notice[], fact: Fact): void {
  const { about, eventId, submittedOn } = fact.data;
  const notice = notices.find((each) => each.eventId === eventId);
  if (notice === undefined || notice.about !== about) {
    const open = notices.filter((each) => each.about === about && each.progress !== 'acknowledged');
    throw unknownReference(
      'unknown-trigger',
      `The event ${String(eventId)} is no ${String(about)} of this worker recorded by ${fact.occurredOn}${open.length === 0 ? '' : `; open are ${open.slice(-10).map(described).join(', ')}`}.`,
      'Check `data.eventId` and `data.about`.',
    );
  }
  if (notice.progress === 'acknowledged') {
    throw conflict(
      'already-acknowledged',
      `The notice about ${described(notice)} was already acknowledged.`,
      'Check `data.eventId`, or correct or retract the acknowledgement that is recorded.',
    );
  }
  if (typeof submittedOn === 'string' && submittedOn < notice.occurredOn) {
    throw conflict(
      'filed-before-the-event',
      `The notice about ${described(notice)} cannot have been filed on ${submittedOn}, before that day.`,
      'Check `data.submittedOn` and `data.eventId`.',
    );
  }
}

function described({ type, occurredOn, eventId }: Candidate): string {
  return `${type} of ${occurredOn} (${eventId})`;
}
