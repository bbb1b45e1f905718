import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type ReplayStep, replay } from '../../src/audit/replay.js';
import { told } from '../../src/cli/replay.js';
import { withHiddenShown } from '../../src/domain/hidden.js';
import { decode as decodeStored } from '../../src/ledger/codec.js';
import type { ArrivedEvent } from '../../src/reading/kept-log.js';
import { Log, theBook } from '../reading/kit.js';

const medium = { sizeOn: () => 'medium' as const };
const options = { lawKnownAt: () => theBook(), circumstancesKnownAt: () => medium };
const steps = (events: readonly ArrivedEvent[]): ReplayStep[] => [...replay(events.map(decodeStored), options)];
const rules = (list: readonly { readonly rule: string }[]) => list.map(({ rule }) => rule);
const at = <T>(list: readonly T[], index: number): T => {
  const found = list.at(index);
  if (found === undefined) throw new Error(`nothing at ${index}`);
  return found;
};

describe('"Show me, step by step, what you knew and when"', () => {
  it('tells each event with the state before and after, and what it opened and closed', () => {
    const log = new Log();
    log.registered('Mehmet', '2026-03-01');
    const arrival = log.arrived('Mehmet', '2026-03-02');
    log.worker('Mehmet', 'NotificationAcknowledged', '2026-03-04', {
      about: 'arrival',
      eventId: arrival.id,
      channel: 'vmp',
      submittedOn: '2026-03-03',
    });
    const [registered, arrived, acknowledged] = steps(log.events);
    expect(registered).toMatchObject({ step: 1, before: null, after: { status: 'registered' } });
    expect(arrived).toMatchObject({
      step: 2,
      asOf: '2026-03-02',
      before: { status: 'registered' },
      after: { status: 'in-country', region: 'KZ-75' },
      event: { recordedBy: 'aigerim.s', late: false, amends: null },
    });
    expect(rules(arrived?.opened ?? [])).toContain('notify-arrival');
    expect(arrived?.exposure?.atRisk.obligations).toBeGreaterThan(0);
    expect(rules(acknowledged?.closed ?? [])).toEqual(['notify-arrival']);
    expect(at(acknowledged?.closed ?? [], 0).metOn).toBe('2026-03-03');
  });

  it('shows a late notice as money on the day it was found out', () => {
    const log = new Log();
    log.registered('Mehmet', '2026-03-01');
    const arrival = log.arrived('Mehmet', '2026-03-02');
    log.worker('Mehmet', 'NotificationAcknowledged', '2026-03-20', {
      about: 'arrival',
      eventId: arrival.id,
      channel: 'vmp',
      submittedOn: '2026-03-20',
    });
    expect(at(steps(log.events), -1).exposure?.accrued).toMatchObject({ obligations: 1 });
    expect(at(steps(log.events), -1).exposure?.accrued.mciMin).toBeGreaterThan(0);
  });

  it('says that an event came late, and what a correction moved, under the original it is about', () => {
    const log = new Log().at('2026-03-25T05:00:00.000Z');
    log.registered('Mehmet', '2026-03-01');
    const arrival = log.arrived('Mehmet', '2026-03-10');
    log.worker('Mehmet', 'JobTitleChanged', '2026-03-05', { position: 'Driller' });
    log.corrected(arrival, { occurredOn: '2026-03-12' });
    log.retracted(arrival);
    const [, , late, correction, retraction] = steps(log.events);
    expect(late?.event.late).toBe(true);
    expect(correction?.event).toMatchObject({ amends: arrival.id, reason: 'typed wrongly', late: false });
    expect(retraction?.event).toMatchObject({ amends: arrival.id, reason: 'never happened' });
    expect(retraction).toMatchObject({ before: { status: 'in-country' }, after: { status: 'registered' } });
    expect(rules(retraction?.closed ?? [])).toContain('notify-arrival');
  });

  it('does not lay to an event what time alone did', () => {
    const log = new Log();
    log.registered('Mehmet', '2026-02-02');
    log.arrived('Mehmet', '2026-02-05');
    const permit = { number: 'P1', category: '3', position: 'Engineer', region: 'KZ-75' };
    log.worker('Mehmet', 'WorkPermitIssued', '2026-02-05', {
      ...permit,
      validFrom: '2026-02-05',
      validUntil: '2026-06-30',
    });
    log.worker('Mehmet', 'AddressChanged', '2026-07-06', { region: 'KZ-75' });
    const [, , issued, moved] = steps(log.events);
    expect([issued?.before, issued?.after]).toMatchObject([{ mayWork: 'no' }, { mayWork: 'yes' }]);
    expect(moved?.before).toEqual(moved?.after);
    expect(moved?.after).toMatchObject({ mayWork: 'no' });
  });

  it('does not depend on how much of the history comes later (property)', () => {
    const kinds = fc.constantFrom('arrive', 'depart', 'move', 'correct', 'retract');
    fc.assert(
      fc.property(
        fc.array(fc.tuple(kinds, fc.integer({ min: 1, max: 27 })), { maxLength: 25 }),
        fc.nat(),
        (acts, cut) => {
          const log = new Log();
          log.registered('Mehmet', '2026-03-01');
          const amendable: ArrivedEvent[] = [];
          for (const [kind, day] of acts) {
            const on = `2026-04-${String(day).padStart(2, '0')}`;
            const target = amendable.at(-1);
            if (kind === 'arrive') amendable.push(log.arrived('Mehmet', on));
            else if (kind === 'depart') log.worker('Mehmet', 'Departed', on);
            else if (kind === 'move') log.worker('Mehmet', 'AddressChanged', on, { region: 'KZ-71' });
            else if (target !== undefined && kind === 'correct') log.corrected(target, { occurredOn: on });
            else if (target !== undefined) log.retracted(amendable.pop() as ArrivedEvent);
          }
          const whole = steps(log.events);
          const until = cut % (log.events.length + 1);
          expect(steps(log.events.slice(0, until))).toEqual(whole.slice(0, until));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('tells of a day in the past where the worker stood on that day, not where the worker is now', () => {
    const log = new Log();
    log.registered('Mehmet', '2025-02-03');
    log.arrived('Mehmet', '2025-05-05');
    log.worker('Mehmet', 'WorkPermitIssued', '2025-03-03', permit);
    log.worker('Mehmet', 'AddressChanged', '2025-05-20', { region: 'KZ-71' });
    log.worker('Mehmet', 'EmploymentTerminated', '2025-08-01');
    log.worker('Mehmet', 'DocumentProvided', '2025-05-05', { kind: 'diploma', issuedOn: '2010-06-30', country: 'TR' });
    const [, , issued, moved, , provided] = steps(log.events);
    const abroad = { status: 'registered', region: null };
    expect([issued?.asOf, issued?.before, issued?.after]).toMatchObject(['2025-03-03', abroad, abroad]);
    expect(moved).toMatchObject({ before: { region: 'KZ-75' }, after: { region: 'KZ-71' } });
    const there = { status: 'in-country', region: 'KZ-75' };
    expect([provided?.asOf, provided?.before, provided?.after]).toMatchObject(['2025-05-05', there, there]);
  });

  it('knows nobody before the registration, and nobody after it was retracted', () => {
    const log = new Log().at('2025-03-01T05:00:00.000Z');
    const registration = log.registered('Mehmet', '2025-02-03');
    log.worker('Mehmet', 'DocumentProvided', '2025-01-15', { kind: 'diploma', issuedOn: '2010-06-30', country: 'TR' });
    log.retracted(registration);
    const [, early, retracted] = steps(log.events);
    expect([early?.before, early?.after]).toEqual([null, null]);
    expect(retracted).toMatchObject({ before: { status: 'registered' }, after: null });
  });

  it('tells of a duty that was met and is withdrawn, and blames nobody for a correction that never was', () => {
    const log = new Log();
    log.registered('Mehmet', '2025-02-03');
    log.worker('Mehmet', 'WorkPermitIssued', '2025-06-02', permit);
    const term = { validFrom: '2025-06-03', validUntil: '2026-06-01' };
    log.worker('Mehmet', 'EmploymentContractSigned', '2025-06-03', { number: 'C-1', ...term, clauses: [] });
    log.worker('Mehmet', 'MentorAssigned', '2025-06-05', { from: '2025-06-05' });
    log.worker('Mehmet', 'CitizenshipChanged', '2025-03-01', { citizenship: 'RU' });
    const [, , , mentored, changed] = steps(log.events);
    expect(rules(mentored?.closed ?? [])).toContain('assign-mentor');
    const gone = changed?.closed.find(({ rule }) => rule === 'assign-mentor');
    expect(gone).toMatchObject({
      metOn: null,
      voidOn: '2025-06-03',
      voidReason: 'By what is known now nothing asks for it.',
    });
  });

  it('shows what was imposed beside what has accrued, and what was paid on it', () => {
    const log = new Log();
    log.registered('Mehmet', '2026-03-01');
    const arrival = log.arrived('Mehmet', '2026-03-02');
    const obligationId = `notify-arrival.${arrival.id}`;
    log.worker('Mehmet', 'PenaltyImposed', '2026-04-10', { obligationId, mci: 15, caseOpenedOn: '2026-04-09' });
    log.worker('Mehmet', 'PenaltyPaid', '2026-04-12', { obligationId, amountTenge: 32_438 });
    const costs = steps(log.events).map(({ exposure }) => exposure?.imposed);
    expect(costs).toMatchObject([
      { penalties: 0 },
      { penalties: 0 },
      { penalties: 1, mci: 15, tenge: 64_875, paidTenge: 0, outstandingTenge: 64_875 },
      { penalties: 1, mci: 15, paidTenge: 32_438, outstandingTenge: 0 },
    ]);
  });
});

const permit = {
  number: 'WP-1',
  category: '2',
  position: 'Engineer',
  region: 'KZ-75',
  validFrom: '2025-06-02',
  validUntil: '2026-06-01',
};
describe('"Show it to me on the screen"', () => {
  const shown = (step: ReplayStep, width = 80) => told({ seq: 1, ...step }, { withStream: true, width });
  const dismissed = () => {
    const log = new Log();
    log.registered('Mehmet', '2025-06-02');
    const permit = { number: 'P1', category: '3', position: 'Engineer', region: 'KZ-75' };
    const valid = { validFrom: '2025-06-02', validUntil: '2026-06-01' };
    log.worker('Mehmet', 'WorkPermitIssued', '2025-06-02', { ...permit, ...valid });
    const end = log.worker('Mehmet', 'EmploymentTerminated', '2025-09-01');
    return { log, end };
  };

  it('says from which day on a duty fell away when a correction moves that day', () => {
    const { log, end } = dismissed();
    log.corrected(end, { occurredOn: '2025-09-10' });
    const correction = at(steps(log.events), -1);
    expect(correction.changed.find(({ rule }) => rule === 'renew-work-permit')).toMatchObject({ voidOn: '2025-09-10' });
    const [line, ...more] = shown(correction, 500).filter((text) => text.includes('~ renew-work-permit'));
    expect([line, more]).toEqual([
      expect.stringMatching(/^ {12}~ renew-work-permit \(permit:P1\), void from 2025-09-10/),
      [],
    ]);
  });

  it('breaks long lines at their spaces, further in than where they begin', () => {
    const { log, end } = dismissed();
    const reason = 'the day in the order differs from that in the letter, '.repeat(9).trim();
    log.add(end.stream, 'EventRetracted', { eventId: end.id, reason });
    const lines = shown(at(steps(log.events), -1));
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    const from = lines.findIndex((line) => line.startsWith('            recorded '));
    const until = lines.findIndex((line) => line.includes('  ->  '));
    expect(until - from).toBeGreaterThan(5);
    expect(lines.slice(from + 1, until).every((line) => /^ {14}\S/.test(line))).toBe(true);
    expect(
      lines
        .slice(from, until)
        .map((line) => line.trim())
        .join(' '),
    ).toMatch(new RegExp(`: ${reason}$`));
  });

  it('says once that an event cannot be read', () => {
    const log = new Log();
    const { id, stream, revision, position, type, recordedAt } = log.registered('Mehmet', '2025-06-02');
    const unreadable = `${type} ${id}, revision 0 of ${stream}, cannot be read: its data is wrong at citizenship`;
    const event = { id, stream, revision, position, type, recordedAt };
    const [line, ...more] = told({ seq: 1, stream, event, unreadable }, { withStream: true, width: 500 });
    expect([line, more]).toEqual([`${recordedAt}  ${unreadable}`, ['']]);
  });

  it('reads what was recorded with characters that are refused today, and writes them out', () => {
    const { log, end } = dismissed();
    log.add(end.stream, 'EventRetracted', { eventId: end.id, reason: 'paid \u{202E}005\u{202C} tenge' });
    log.worker('Mehmet', 'JobTitleChanged', '2025-09-02', { position: 'Dril\u{200B}ler' });
    const read = steps(log.events);
    expect(read).toHaveLength(5);
    const line = shown(at(read, 3)).find((text) => text.includes('paid')) ?? '';
    expect(withHiddenShown(line)).toContain('paid \\u202e005\\u202c tenge');
    const json = JSON.stringify(at(read, 3));
    expect(JSON.parse(withHiddenShown(json))).toEqual(JSON.parse(json));
  });
});
