import { z } from 'zod';
import type { Day } from '../dates.js';
import { type EventData, eventType } from '../event-type.js';
import { count, day, text } from '../fields.js';

const obligationId = text('The obligation that was breached, by its id in this ledger.');

export const PenaltyImposed = eventType({
  type: 'PenaltyImposed',
  stream: 'worker',
  version: 1,
  meaning: 'A penalty was imposed for the breach of an obligation.',
  data: z.strictObject({
    obligationId,
    mci: count('The fine in monthly calculation indexes; 0 for a warning.', 0, 10_000),
    article: text('Article and part of the Code on Administrative Offences.', 60).optional(),
    caseOpenedOn: day('Day on which the case was opened: it decides the value of the index.'),
  }),
  check: (data: EventData, occurredOn: Day) =>
    String(data['caseOpenedOn']) > occurredOn
      ? [
          {
            field: 'caseOpenedOn',
            message: 'lies after the day of the penalty: a case is opened first, check both dates',
          },
        ]
      : [],
});

export const PenaltyPaid = eventType({
  type: 'PenaltyPaid',
  stream: 'worker',
  version: 1,
  meaning: 'A penalty was paid.',
  data: z.strictObject({
    obligationId,
    amountTenge: count('Amount paid, in whole tenge.', 1, Number.MAX_SAFE_INTEGER),
  }),
});
