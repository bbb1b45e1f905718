import { describe, expect, it } from '@jest/globals';
import { type Trace, traceOf } from '../../src/law/trace.js';
import { book, fact, history, obligation, worker } from './kit.js';

const arrived = history(
  fact('2026-05-06', 'WorkerRegistered', { citizenship: 'TR' }),
  fact('2026-05-06', 'Arrived', { region: 'KZ-75' }, 'arrival'),
);

function explain(
  facts = arrived,
  rule = 'notify-arrival',
  asOf = '2026-11-22',
  size: 'medium' | 'unknown' | 'individual' = 'medium',
): Trace {
  return traceOf(obligation(facts, rule), { facts, asOf, sizeOn: () => size, book });
}

describe('the trace of an obligation', () => {
  it('walks every day from the trigger to the last day and says which count', () => {
    expect(explain().walk).toEqual([
      { date: '2026-05-06', counted: false, why: 'the day itself is not counted', decree: null },
      { date: '2026-05-07', counted: false, why: 'Defender of the Fatherland Day', decree: null },
      { date: '2026-05-08', counted: true, why: 'working day 1 of 3', decree: null },
      { date: '2026-05-09', counted: false, why: 'Victory Day', decree: null },
      { date: '2026-05-10', counted: false, why: 'Sunday', decree: null },
      { date: '2026-05-11', counted: false, why: 'day off for Victory Day of 2026-05-09, a Saturday', decree: null },
      { date: '2026-05-12', counted: true, why: 'working day 2 of 3', decree: null },
      { date: '2026-05-13', counted: true, why: 'working day 3 of 3', decree: null },
    ]);
    expect(explain().counting).toBe(
      '3 working days after 2026-05-06: the day after 2026-05-06 is the first that can count, so the last day is 2026-05-13.',
    );
  });

  it('names the act behind a day that was moved', () => {
    const facts = history(fact('2024-05-03', 'Arrived', { region: 'KZ-75' }, 'arrival'));
    const { walk } = explain(facts);
    expect(walk[1]).toEqual({
      date: '2024-05-04',
      counted: true,
      why: 'working day 1 of 3: worked instead of 2024-05-08',
      decree: 'ministry order not at hand',
    });
    expect(walk.find(({ date }) => date === '2024-05-08')).toMatchObject({
      counted: false,
      decree: 'ministry order not at hand',
    });
  });

  it('counts inclusively under the other reading', () => {
    const inclusive = book.withReadings({ 'counting-of-days': 'inclusive' });
    const one = obligation(arrived, 'notify-arrival', inclusive);
    const trace = traceOf(one, { facts: arrived, asOf: '2026-11-22', sizeOn: () => 'medium', book: inclusive });
    expect(one).toMatchObject({ dueOn: '2026-05-12', safeBy: '2026-05-12', reading: 'three-days' });
    expect(trace.walk[0]).toMatchObject({ date: '2026-05-06', counted: true, why: 'working day 1 of 3' });
    expect(trace.counting).toContain('2026-05-06 itself is day 1 when it counts');
  });

  it('shows the tier, the arithmetic and what was assumed', () => {
    const trace = explain();
    expect(trace.tier).toMatchObject({
      penalty: 'cao-518-1',
      article: 'CAO art. 518 p. 1',
      size: 'medium',
      on: '2026-05-14',
      why: 'the employer\'s class on 2026-05-14 was "medium"',
      verified: false,
    });
    expect(trace.arithmetic).toBe('15 MCI × 4325 tenge (MCI for fines from 2026-01-01) = 64875 tenge');
    expect(trace.firstOffence).toBe('assumed');
    expect(trace.assumptions.join(' ')).toContain('A first offence is assumed');
    expect(trace.assumptions.join(' ')).toContain(
      'as if a case were opened on that day (Code on Administrative Offences No. 235-V, art. 44 p. 1',
    );
    expect(trace.verified).toBe(false);
    expect(trace.rule).toMatchObject({
      id: 'notify-arrival',
      version: '2020-03-31',
      sourceKind: 'law',
      verified: true,
      reading: 'three-days',
    });
    expect(trace.rule.sentence.ru).toContain('трёх рабочих дней');
    expect(trace.rule.sentence.kk).toContain('үш жұмыс күні');
    expect(trace.ruleBook).toBe(book.hash);
    expect(trace.state).toBe('overdue');
  });

  it('shows a range where the size is not known, a warning for an individual and no sum for an unknown year', () => {
    expect(explain(arrived, 'notify-arrival', '2026-11-22', 'unknown').arithmetic).toBe(
      '10 to 20 MCI × 4325 tenge (MCI for fines from 2026-01-01) = 43250 to 86500 tenge',
    );
    expect(explain(arrived, 'notify-arrival', '2026-11-22', 'unknown').tier?.why).toContain(
      'is not known, so the range from small to large',
    );
    expect(explain(arrived, 'notify-arrival', '2026-11-22', 'individual').arithmetic).toBe('A warning: no money.');
    expect(explain(arrived, 'notify-arrival', '2027-01-05').arithmetic).toBe(
      '15 MCI; the MCI of that year is not known yet (the last known is 4325 tenge from 2026-01-01), so no sum in tenge is given.',
    );
  });

  it('lists the events that made the obligation what it is', () => {
    const facts = history(
      fact('2026-11-02', 'Arrived', { region: 'KZ-75' }, 'arrival'),
      fact('2026-11-03', 'AddressChanged', { region: 'KZ-75' }, 'move'),
      fact('2026-11-04', 'NotificationSubmitted', { about: 'arrival', eventId: 'arrival' }, 'filed'),
      fact('2026-11-06', 'NotificationAcknowledged', { about: 'arrival', eventId: 'arrival' }, 'answered'),
    );
    expect(explain(facts).events).toEqual([
      { eventId: 'arrival', type: 'Arrived', occurredOn: '2026-11-02', did: 'opened' },
      { eventId: 'filed', type: 'NotificationSubmitted', occurredOn: '2026-11-04', did: 'changed' },
      { eventId: 'answered', type: 'NotificationAcknowledged', occurredOn: '2026-11-06', did: 'met' },
    ]);
    expect(explain(facts).arithmetic).toBeNull();
  });

  it('names the trip that a later event made long enough', () => {
    const facts = history(
      fact('2026-11-02', 'Arrived', { region: 'KZ-75' }),
      fact('2026-11-09', 'RegionalTravel', { region: 'KZ-23', from: '2026-11-09', until: '2026-11-10' }, 'trip'),
      fact('2026-11-20', 'RegionalTravelEnded', { until: '2026-11-20' }, 'end'),
    );
    expect(explain(facts, 'notify-regional-travel').events.map(({ eventId }) => eventId)).toEqual(['trip', 'end']);
    expect(explain(facts, 'notify-regional-travel').assumptions.join(' ')).toContain('dropped the clause on trips');
  });

  it('counts back from the end of a permit', () => {
    const facts = history(
      fact('2026-01-05', 'WorkPermitIssued', {
        number: 'P-1',
        category: '2',
        position: 'Engineer',
        validFrom: '2026-01-10',
        validUntil: '2026-12-31',
      }),
    );
    const trace = explain(facts, 'renew-work-permit');
    expect(trace.walk).toHaveLength(31);
    expect(trace.walk[0]).toMatchObject({ date: '2026-12-31', counted: false });
    expect(trace.walk.at(-1)).toMatchObject({ date: '2026-12-01', counted: true, why: 'calendar day 30 of 30 back' });
    expect(trace.counting).toBe('30 calendar days back from 2026-12-31 give 2026-12-01; the duty opens on 2026-11-01.');
    expect(trace.tier).toBeNull();
  });

  it('says why a last day is not known', () => {
    const facts = history(fact('2028-12-28', 'Arrived', { region: 'KZ-75' }));
    const one = obligation(facts, 'notify-arrival');
    expect(one).toMatchObject({
      dueOn: null,
      safeBy: null,
      dueReason: 'the calendar of working days of 2029 is not known yet',
    });
    expect(explain(facts, 'notify-arrival', '2028-12-30').counting).toBe(
      'The last day is not known: the calendar of working days of 2029 is not known yet.',
    );
    expect(explain(facts, 'notify-arrival', '2028-12-30').walk).toEqual([]);
  });

  it('explains every obligation of a busy life without failing', () => {
    const facts = history(
      fact('2026-01-04', 'WorkerRegistered', { citizenship: 'UZ' }),
      fact('2026-01-05', 'WorkPermitIssued', {
        number: 'P-1',
        category: '2',
        position: 'Engineer',
        region: 'KZ-75',
        validFrom: '2026-01-10',
        validUntil: '2026-12-31',
      }),
      fact('2026-01-06', 'EmploymentContractSigned', {
        number: 'C-1',
        validFrom: '2026-01-10',
        validUntil: '2026-12-31',
      }),
      fact('2026-01-12', 'Arrived', { region: 'KZ-75' }),
      fact('2026-02-01', 'TemporaryResidencePermitIssued', {
        number: 'T-1',
        validFrom: '2026-02-01',
        validUntil: '2026-12-31',
      }),
      fact('2026-06-01', 'JobTitleChanged', { position: 'Director' }),
      fact('2026-11-13', 'EmploymentTerminated', {}),
    );
    const all = [...worker(facts).obligations()];
    expect(all.length).toBeGreaterThan(9);
    for (const one of all) {
      const trace = traceOf(one, { facts, asOf: '2026-11-22', sizeOn: () => 'large', book });
      expect(trace.events[0]?.eventId).toBe(one.triggeredBy.eventId);
      expect(trace.counting.length).toBeGreaterThan(20);
    }
  });
});
