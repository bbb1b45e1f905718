import { describe, expect, it } from '@jest/globals';
import type { Fact } from '../../src/domain/recorded-event.js';
import { Assessment, assess } from '../../src/law/assess.js';
import { book, fact, history, obligation, worker } from './kit.js';

const permit = {
  number: 'P-1',
  category: '2',
  position: 'Engineer',
  region: 'KZ-75',
  validFrom: '2026-01-10',
  validUntil: '2026-12-31',
};

describe('the assessment', () => {
  it('names an obligation by its rule and its trigger, and by its subject where one trigger opens several', () => {
    const facts = history(
      fact('2026-01-05', 'WorkPermitIssued', permit),
      fact('2026-01-06', 'WorkPermitIssued', { ...permit, number: 'P-2' }),
      fact('2026-01-20', 'Arrived', { region: 'KZ-75' }, 'arrival'),
      fact('2026-11-13', 'EmploymentTerminated', {}, 'end'),
    );
    const ids = [...worker(facts).obligations()].map(({ id }) => id);
    expect(ids).toContain('notify-arrival.arrival');
    expect(ids).toContain('ensure-departure.end');
    expect(ids).toContain('cancel-work-permit.end.permit:P-1');
    expect(ids).toContain('cancel-work-permit.end.permit:P-2');
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('says after each fact what it opened or changed, and leaves what was handed out before as it was', () => {
    const assessment = new Assessment(book, { kind: 'worker', id: 'w' });
    assessment.apply(fact('2026-11-02', 'Arrived', { region: 'KZ-75' }, 'arrival'));
    const [opened] = assessment.touched;
    expect(assessment.touched.map(({ id }) => id)).toEqual(['notify-arrival.arrival']);
    assessment.apply(fact('2026-11-03', 'JobTitleChanged', { position: 'Cook' }, 'title'));
    expect(assessment.touched).toEqual([]);
    assessment.apply(
      fact('2026-11-04', 'NotificationAcknowledged', { about: 'arrival', eventId: 'arrival' }, 'answer'),
    );
    expect(assessment.touched).toMatchObject([{ id: 'notify-arrival.arrival', metOn: '2026-11-04', metBy: 'answer' }]);
    expect(opened?.metOn).toBeNull();
    expect(assessment.get('notify-arrival.arrival')?.metOn).toBe('2026-11-04');
    expect(assessment.get('notify-arrival.nobody')).toBeUndefined();
  });

  it('takes an answer without an event id as meant for the notice that was filed', () => {
    const facts = history(
      fact('2026-11-02', 'Arrived', { region: 'KZ-75' }, 'first'),
      fact('2026-11-03', 'Departed'),
      fact('2026-11-04', 'Arrived', { region: 'KZ-75' }, 'second'),
      fact('2026-11-05', 'NotificationSubmitted', { about: 'arrival', eventId: 'second' }),
      fact('2026-11-06', 'NotificationAcknowledged', { about: 'arrival' }),
    );
    const [first, second] = [...worker(facts).obligations()];
    expect(first).toMatchObject({ id: 'notify-arrival.first', metOn: null });
    expect(second).toMatchObject({ id: 'notify-arrival.second', metOn: '2026-11-05' });
  });

  it('takes the day of filing from the answer where it names one', () => {
    const facts = history(
      fact('2026-11-02', 'Arrived', { region: 'KZ-75' }, 'arrival'),
      fact('2026-11-10', 'NotificationAcknowledged', {
        about: 'arrival',
        eventId: 'arrival',
        submittedOn: '2026-11-05',
      }),
    );
    expect(obligation(facts, 'notify-arrival')).toMatchObject({
      metOn: '2026-11-05',
      overdueFrom: null,
      accruesUntil: '2026-11-05',
    });
  });

  it('opens a notice again that was acknowledged and then rejected', () => {
    const facts = history(
      fact('2026-11-02', 'Arrived', { region: 'KZ-75' }, 'arrival'),
      fact('2026-11-03', 'NotificationAcknowledged', { about: 'arrival', eventId: 'arrival' }),
      fact('2026-11-04', 'NotificationRejected', { about: 'arrival', eventId: 'arrival' }),
      fact('2026-11-09', 'NotificationAcknowledged', { about: 'arrival', eventId: 'arrival' }),
    );
    expect(obligation(facts, 'notify-arrival')).toMatchObject({
      metOn: '2026-11-09',
      overdueFrom: '2026-11-06',
      overdueUntil: '2026-11-09',
      accruesUntil: '2027-01-10',
    });
  });

  it('states the days of an overdue duty that nobody has met', () => {
    const facts = history(fact('2026-11-02', 'Arrived', { region: 'KZ-75' }));
    expect(obligation(facts, 'notify-arrival')).toMatchObject({
      overdueFrom: '2026-11-06',
      overdueUntil: null,
      accruesUntil: null,
      dueReason: null,
    });
  });

  it('follows the region of the event, then of the stay', () => {
    const facts = history(
      fact('2026-10-01', 'FamilyMemberAdded', { memberId: 'm', relation: 'spouse', citizenship: 'TR' }),
      fact('2026-11-02', 'Arrived', { region: 'KZ-71' }),
      fact('2026-11-02', 'FamilyMemberArrived', { memberId: 'm' }),
    );
    expect([...worker(facts).obligations()].map(({ region }) => region)).toEqual(['KZ-71', 'KZ-71']);
  });

  it('gives the same answer twice, and all at once or fact by fact', () => {
    const facts = history(
      fact('2025-12-01', 'WorkerRegistered', { citizenship: 'TR' }),
      fact('2026-01-05', 'WorkPermitIssued', permit),
      fact('2026-01-20', 'Arrived', { region: 'KZ-75' }),
      fact('2026-06-01', 'JobTitleChanged', { position: 'Director' }),
      fact('2026-11-13', 'EmploymentTerminated', {}),
    );
    const all = [...worker(facts).obligations()];
    expect([...worker(facts).obligations()]).toEqual(all);
    const seen = new Map<string, unknown>();
    const assessment = new Assessment(book, { kind: 'worker', id: 'w' });
    for (const one of facts) {
      assessment.apply(one);
      for (const touched of assessment.touched) seen.set(touched.id, touched);
    }
    expect([...seen.values()]).toEqual(all);
  });

  it('never takes an obligation back, whatever comes later', () => {
    const facts = history(
      fact('2025-12-01', 'WorkerRegistered', { citizenship: 'UZ' }),
      fact('2026-01-05', 'WorkPermitIssued', permit),
      fact('2026-01-20', 'Arrived', { region: 'KZ-75' }),
      fact('2026-02-02', 'RegionalTravel', { region: 'KZ-23', from: '2026-02-02' }),
      fact('2026-02-04', 'RegionalTravelEnded', { until: '2026-02-04' }),
      fact('2026-03-01', 'WorkPermitCancelled', { number: 'P-1' }),
      fact('2026-03-05', 'ResidencePermitGranted', { number: 'R-1', validFrom: '2026-03-05' }),
      fact('2026-11-13', 'EmploymentTerminated', {}),
    );
    let before: readonly string[] = [];
    for (let length = 1; length <= facts.length; length++) {
      const ids = [...worker(facts.slice(0, length)).obligations()].map(({ id }) => id);
      expect(ids.slice(0, before.length)).toEqual(before);
      before = ids;
    }
  });

  it('stays linear in a long life', () => {
    const life = (arrivals: number): readonly Fact[] =>
      history(
        ...Array.from({ length: arrivals }, (_, index) => {
          const day = new Date(Date.UTC(2019, 0, 6) + Math.floor(index / 8) * 86_400_000).toISOString().slice(0, 10);
          return [
            fact(day, 'Arrived', { region: 'KZ-75' }, `a${index}`),
            fact(day, 'NotificationAcknowledged', { about: 'arrival', eventId: `a${index}` }),
            fact(day, 'Departed'),
          ];
        }).flat(),
      );
    const [short, long] = [life(500), life(8000)];
    const time = (facts: readonly Fact[]) => {
      let best = Number.POSITIVE_INFINITY;
      for (let round = 0; round < 5; round++) {
        const start = process.cpuUsage().user;
        assess(facts, book, { kind: 'worker', id: 'w' });
        best = Math.min(best, process.cpuUsage().user - start);
      }
      return best / facts.length;
    };
    time(short);
    expect(time(long)).toBeLessThan(8 * Math.max(time(short), 0.5));
  });

  it("leaves the employer alone with a worker's facts and the other way round", () => {
    const facts = history(fact('2026-05-04', 'ForeignStaffPlanned', { year: 2027, region: 'KZ-75', count: 2 }));
    expect([...worker(facts).obligations()]).toEqual([]);
    expect([...assess(facts, book, { kind: 'employer', id: '1' }).obligations()]).toHaveLength(1);
  });
});
