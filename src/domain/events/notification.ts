import { z } from 'zod';
import type { Day } from '../dates.js';
import { type EventData, eventType } from '../event-type.js';
import { day, oneOf, text, uuid } from '../fields.js';

/** What a notice to the migration service can be about. */
export const noticeSubjects = ['arrival', 'address-change', 'regional-travel'] as const;

export type NoticeSubject = (typeof noticeSubjects)[number];

const notice = {
  about: oneOf(noticeSubjects, 'What the notice is about.'),
  eventId: uuid('The event it is about; may be left out while only one is open, and is then filled in.').optional(),
  channel: oneOf(['vmp', 'egov', 'paper'], 'How it was filed: the Visa-Migration Portal, eGov, or on paper.'),
  reference: text('Number or mark of the filing.', 100).optional(),
  submittedOn: day(
    'Day of the filing, where it is not the day of this event: what counts for the deadline.',
  ).optional(),
};

export const NotificationSubmitted = eventType({
  type: 'NotificationSubmitted',
  stream: 'worker',
  version: 1,
  meaning: 'A notice was filed with the migration service; filed is not yet proven.',
  data: z.strictObject(notice),
  check: filedLater,
});

export const NotificationAcknowledged = eventType({
  type: 'NotificationAcknowledged',
  stream: 'worker',
  version: 1,
  meaning: 'The migration service acknowledged a notice: the duty is met, as of the day of filing.',
  data: z.strictObject(notice),
  check: filedLater,
});

export const NotificationRejected = eventType({
  type: 'NotificationRejected',
  stream: 'worker',
  version: 1,
  meaning: 'The migration service rejected a notice: the duty stays open.',
  data: z.strictObject(notice),
  check: filedLater,
});

function filedLater(data: EventData, occurredOn: Day) {
  const { submittedOn } = data;
  return typeof submittedOn === 'string' && submittedOn > occurredOn
    ? [
        {
          field: 'submittedOn',
          message: 'lies after the day of the event: it cannot have been filed later, check both dates',
        },
      ]
    : [];
}
