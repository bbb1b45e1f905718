import { describe, expect, it } from '@jest/globals';
import type { Fact } from '../../src/domain/recorded-event.js';
import { Assessment, assess } from '../../src/law/assess.js';
import type { RuleBook } from '../../src/law/book.js';
import type { Obligation } from '../../src/law/obligation.js';
import { fact, history } from './kit.js';
import { smallLaw } from './small-law.js';

const law = smallLaw();

interface RuleParts {
  readonly opens?: string;
  readonly deadline?: string;
  readonly closes?: string;
  readonly versions?: string;
  readonly penalty?: string;
}

/** The small law with one more rule, `the-duty`, opened by an arrival and due three calendar days later. */
function lawWith({ opens, deadline, closes = '', versions, penalty = 'late-notice' }: RuleParts): RuleBook {
  law.write(
    'obligations/the-duty.yaml',
    `rule: the-duty
title: The duty
rows: []
sentence: { en: The duty., ru: Долг., kk: Парыз. }
sourceKind: law
checkedOn: 2026-11-22
verified: true
reference: A law
penalty: ${penalty}
opens: [${opens ?? '{ on: Arrived, subject: worker, responsible: employer }'}]
deadline: ${deadline ?? '{ dueOn: { calendarDays: 3, after: occurredOn }, safeBy: due-day }'}
closes: [${closes}]
versions: ${versions ?? '[{ validFrom: 2016-01-01 }]'}
`,
  );
  return law.book();
}

function duties(book: RuleBook, ...facts: readonly Fact[]): readonly Obligation[] {
  return [...assess(history(...facts), book, { kind: 'worker', id: 'w' }).obligations()].filter(
    ({ rule }) => rule === 'the-duty',
  );
}
const arrival = (on = '2026-11-02', id = 'a', data: Fact['data'] = {}) => fact(on, 'Arrived', data, id);
const ends = (book: RuleBook, ...facts: readonly Fact[]) =>
  duties(book, ...facts).map(({ metOn, voidOn, submittedOn }) => [metOn, voidOn, submittedOn]);

describe('the opening of a duty', () => {
  const each = (kind: string, subject: string) =>
    lawWith({
      opens: `{ on: Departed, each: ${kind}, subject: "${subject}", responsible: employer, region: [entity] }`,
    });
  const permit = (number: string, more: Fact['data'] = {}) =>
    fact('2026-01-05', 'WorkPermitIssued', {
      number,
      category: '2',
      region: 'KZ-71',
      validFrom: '2026-01-05',
      validUntil: '2026-12-31',
      ...more,
    });
  const seen = (book: RuleBook, ...facts: readonly Fact[]) =>
    duties(book, ...facts).map(({ id, region }) => [id, region]);
  const left = fact('2026-11-04', 'Departed', {}, 'd');

  it('is one for each permit, named by its number where there are several', () => {
    const book = each('permit', 'permit:{number}');
    expect(seen(book, permit('P'), left)).toEqual([['the-duty.d', 'KZ-71']]);
    expect(seen(book, permit('P'), permit('Q', { region: 'KZ-10' }), left)).toEqual([
      ['the-duty.d.permit:P', 'KZ-71'],
      ['the-duty.d.permit:Q', 'KZ-10'],
    ]);
    expect(seen(book, permit('P', { validUntil: '2026-11-03' }), left)).toEqual([]);
    expect(seen(book, permit('P', { validUntil: '2026-11-04' }), left)).toHaveLength(1);
    expect(seen(book, permit('P'), fact('2026-02-02', 'WorkPermitCancelled', { number: 'P' }), left)).toEqual([]);
  });

  it('is one for each visa, or for the last of them', () => {
    const visa = (number: string, validUntil: string) =>
      fact('2026-01-05', 'VisaIssued', { number, category: 'C3', validFrom: '2026-01-05', validUntil });
    const facts = [visa('V', '2026-12-31'), visa('W', '2026-11-30'), visa('X', '2026-11-03'), left];
    expect(seen(each('visa', 'visa:{number}'), ...facts)).toEqual([
      ['the-duty.d.visa:V', null],
      ['the-duty.d.visa:W', null],
    ]);
    const last = each('last-visa', 'visa:{number}');
    expect(duties(last, ...facts).map(({ id, subject }) => [id, subject])).toEqual([['the-duty.d', 'visa:V']]);
    expect(
      duties(last, ...facts.slice(0, 3), fact('2026-02-02', 'VisaCancelled', { number: 'V' }), left)[0]?.subject,
    ).toBe('visa:W');
    expect(duties(last, left)).toEqual([]);
  });

  it('is one for each member of the family, always named, or for those who are here', () => {
    const member = (memberId: string) => fact('2026-01-05', 'FamilyMemberAdded', { memberId, relation: 'child' });
    const came = (memberId: string) => fact('2026-01-06', 'FamilyMemberArrived', { memberId });
    expect(seen(each('member', 'member:{memberId}'), member('m'), left)).toEqual([['the-duty.d.member:m', null]]);
    const here = each('family', 'member:{memberId}');
    expect(seen(here, member('m'), member('n'), came('n'), left)).toEqual([['the-duty.d.member:n', null]]);
    expect(
      seen(here, member('n'), came('n'), fact('2026-01-07', 'FamilyMemberDeparted', { memberId: 'n' }), left),
    ).toEqual([]);
  });

  it('happens once a subject where the rule says so, until it is closed', () => {
    const again = (once: string) =>
      lawWith({
        opens: `{ on: Arrived, subject: "stay:{region}", responsible: employer${once} }`,
        closes: '{ on: Departed, match: any, becomes: met }',
      });
    const stays = [
      arrival('2026-11-02', 'a', { region: 'KZ-75' }),
      arrival('2026-11-03', 'b', { region: 'KZ-75' }),
      arrival('2026-11-04', 'c', { region: 'KZ-71' }),
    ];
    const opened = (book: RuleBook, ...facts: readonly Fact[]) =>
      duties(book, ...facts).map(({ triggeredBy, subject }) => [triggeredBy.eventId, subject]);
    expect(opened(again(''), ...stays)).toHaveLength(3);
    expect(opened(again(', once: true'), ...stays)).toEqual([
      ['a', 'stay:KZ-75'],
      ['c', 'stay:KZ-71'],
    ]);
    expect(
      opened(again(', once: true'), ...stays.slice(0, 1), fact('2026-11-02', 'Departed'), ...stays.slice(1)),
    ).toHaveLength(3);
  });

  it('takes the region that comes first: of the event, of the stay, of the permit', () => {
    const region = (opens: string, ...facts: readonly Fact[]) =>
      duties(lawWith({ opens: `{ on: Departed, subject: worker, responsible: employer${opens} }` }), ...facts)[0]
        ?.region;
    const inAlmaty = arrival('2026-11-02', 'a', { region: 'KZ-75' });
    const home = permit('P');
    const going = fact('2026-11-04', 'Departed', { region: 'KZ-10' });
    expect(region('', home, inAlmaty, going)).toBe('KZ-10');
    expect(region('', home, inAlmaty, left)).toBe('KZ-75');
    expect(region('', home, left)).toBe('KZ-71');
    expect(region('', left)).toBeNull();
    expect(region(', region: [permit, stay]', home, inAlmaty, going)).toBe('KZ-71');
    expect(
      region(
        ', region: [permit]',
        permit('P'),
        permit('Q', { region: 'KZ-10' }),
        fact('2026-11-04', 'Departed', { number: 'P' }),
      ),
    ).toBe('KZ-71');
    expect(region(', region: [permit]', permit('P'), permit('Q', { region: 'KZ-10' }), left)).toBe('KZ-10');
  });

  it("is a third party's duty where the host is one", () => {
    const book = lawWith({ opens: '{ on: Arrived, subject: worker, responsible: host }' });
    const responsible = (host?: string) => duties(book, arrival('2026-11-02', 'a', { host }))[0]?.responsible;
    expect([responsible(), responsible('employer'), responsible('third-party')]).toEqual([
      'employer',
      'employer',
      'third-party',
    ]);
  });

  it('happens under the version of its day, and not at all where the rule is off', () => {
    const versions =
      '[{ validFrom: 2020-01-01, reference: First }, { validFrom: 2026-11-02, reference: Second }, { validFrom: 2026-11-05, "off": true }]';
    const book = lawWith({ versions });
    const version = (on: string) => duties(book, arrival(on)).map(({ ruleVersion }) => ruleVersion);
    expect([version('2019-12-31'), version('2020-01-01'), version('2026-11-01')]).toEqual([
      [],
      ['2020-01-01'],
      ['2020-01-01'],
    ]);
    expect([version('2026-11-02'), version('2026-11-04'), version('2026-11-05')]).toEqual([
      ['2026-11-02'],
      ['2026-11-02'],
      [],
    ]);
  });

  it('does not happen twice for one event', () => {
    const both =
      '{ on: Arrived, subject: worker, responsible: employer }, { on: Arrived, subject: other, responsible: worker }';
    expect(duties(lawWith({ opens: both }), arrival()).map(({ subject }) => subject)).toEqual(['worker']);
  });
});

describe('the days of a duty', () => {
  const days = (deadline: string, on = '2026-11-06') => {
    const [one] = duties(lawWith({ deadline }), arrival(on));
    return [one?.opensOn, one?.dueOn, one?.safeBy, one?.count?.unit ?? null, one?.reading];
  };

  it.each([
    [
      '{ dueOn: { businessDays: 2, after: occurredOn }, safeBy: inclusive }',
      '2026-11-06',
      '2026-11-10',
      '2026-11-09',
      'business-days',
      'exclusive',
    ],
    [
      '{ dueOn: { calendarDays: 2, after: occurredOn }, safeBy: inclusive }',
      '2026-11-06',
      '2026-11-08',
      '2026-11-06',
      'calendar-days',
      'exclusive',
    ],
    [
      '{ dueOn: { calendarDays: 2, after: occurredOn }, safeBy: working-day-before }',
      '2026-11-06',
      '2026-11-08',
      '2026-11-06',
      'calendar-days',
      'exclusive',
    ],
    [
      '{ dueOn: { calendarDays: 2, after: occurredOn }, safeBy: due-day }',
      '2026-11-06',
      '2026-11-08',
      '2026-11-08',
      'calendar-days',
      'exclusive',
    ],
    [
      '{ dueOn: { months: 1, after: occurredOn }, safeBy: due-day }',
      '2026-11-06',
      '2026-12-06',
      '2026-12-06',
      'months',
      'default',
    ],
    [
      '{ dueOn: { calendarDays: 2, before: occurredOn }, safeBy: due-day }',
      '2026-11-04',
      '2026-11-04',
      '2026-11-04',
      'calendar-days',
      'default',
    ],
    ['{ dueOn: occurredOn, safeBy: due-day }', '2026-11-06', '2026-11-06', '2026-11-06', null, 'default'],
    [
      '{ opensOn: { calendarDays: 1, after: occurredOn }, dueOn: { calendarDays: 2, after: occurredOn }, safeBy: due-day }',
      '2026-11-07',
      '2026-11-08',
      '2026-11-08',
      'calendar-days',
      'exclusive',
    ],
    [
      '{ opensOn: { calendarDays: 9, after: occurredOn }, dueOn: { calendarDays: 2, after: occurredOn }, safeBy: due-day }',
      '2026-11-08',
      '2026-11-08',
      '2026-11-08',
      'calendar-days',
      'exclusive',
    ],
    [
      '{ opensOn: event.until, dueOn: { calendarDays: 2, after: occurredOn }, safeBy: due-day }',
      '2026-11-06',
      '2026-11-08',
      '2026-11-08',
      'calendar-days',
      'exclusive',
    ],
    [
      '{ opensOn: { calendarDays: 9, after: occurredOn }, dueOn: event.until, safeBy: inclusive }',
      '2026-11-15',
      null,
      null,
      null,
      'default',
    ],
  ])('%s', (deadline, ...expected) => {
    expect(days(deadline)).toEqual(expected);
  });
});

describe('the end of a duty', () => {
  const closing = (parts: string, on = 'Departed') => lawWith({ closes: `{ on: ${on}, ${parts} }` });
  const left = (on: string, data: Fact['data'] = {}) => fact(on, 'Departed', data, 'd');

  it('meets it on the day of the event, in time or late', () => {
    const book = closing('match: any, becomes: met');
    expect(ends(book, arrival(), left('2026-11-05'))).toEqual([['2026-11-05', null, null]]);
    const [late] = duties(book, arrival(), left('2026-11-06'));
    expect(late).toMatchObject({
      metOn: '2026-11-06',
      metBy: 'd',
      overdueFrom: '2026-11-06',
      overdueUntil: '2026-11-06',
      accruesUntil: '2027-01-07',
    });
    const [inTime] = duties(book, arrival(), left('2026-11-05'));
    expect(inTime).toMatchObject({ metBy: 'd', overdueFrom: null, overdueUntil: null, accruesUntil: '2026-11-05' });
    const [open] = duties(book, arrival());
    expect(open).toMatchObject({
      metOn: null,
      metBy: null,
      overdueFrom: '2026-11-06',
      overdueUntil: null,
      accruesUntil: null,
    });
  });

  it('meets it on another day where the rule names one', () => {
    const book = closing('match: any, becomes: met, onDay: event.until');
    expect(ends(book, arrival(), left('2026-11-09', { until: '2026-11-04' }))).toEqual([['2026-11-04', null, null]]);
    expect(ends(book, arrival(), left('2026-11-09'))).toEqual([['2026-11-09', null, null]]);
  });

  it('meets it once', () => {
    const book = closing('match: any, becomes: met');
    expect(duties(book, arrival(), left('2026-11-04'), fact('2026-11-05', 'Departed', {}, 'e'))[0]).toMatchObject({
      metOn: '2026-11-04',
      metBy: 'd',
    });
  });

  it.each([
    ['2026-11-05', '', [null, '2026-11-05', null]],
    ['2026-11-06', '', [null, '2026-11-06', null]],
    ['2026-11-06', ', late: void', [null, '2026-11-06', null]],
    ['2026-11-05', ', late: met', [null, '2026-11-05', null]],
    ['2026-11-06', ', late: met', ['2026-11-06', null, null]],
    ['2026-11-05', ', late: keep', [null, '2026-11-05', null]],
    ['2026-11-06', ', late: keep', [null, null, null]],
  ])('on %s with "%s" is %j', (on, late, expected) => {
    expect(ends(closing(`match: any, becomes: void${late}`), arrival(), left(on))).toEqual([expected]);
  });

  it('says why it is void', () => {
    expect(
      duties(closing('match: any, becomes: void, reason: the worker left'), arrival(), left('2026-11-05'))[0]
        ?.voidReason,
    ).toBe('the worker left');
    expect(duties(closing('match: any, becomes: void'), arrival(), left('2026-11-05'))[0]).toMatchObject({
      voidReason: 'the duty ended',
      accruesUntil: '2026-11-05',
      overdueFrom: null,
    });
    const [late] = duties(closing('match: any, becomes: void'), arrival(), left('2026-11-08'));
    expect(late).toMatchObject({ overdueFrom: '2026-11-06', overdueUntil: '2026-11-08', accruesUntil: '2026-11-08' });
  });

  it('is in time on the day after the last day for something that begins', () => {
    const book = closing('match: any, becomes: void, late: met, starts: event.validFrom');
    const begun = (validFrom?: string) => ends(book, arrival(), left('2026-11-09', { validFrom }));
    expect(begun('2026-11-06')).toEqual([[null, '2026-11-09', null]]);
    expect(begun('2026-11-07')).toEqual([['2026-11-07', null, null]]);
    expect(begun()).toEqual([['2026-11-09', null, null]]);
  });

  it('needs a day beyond the last one where the rule asks for it', () => {
    const book = closing('match: any, becomes: met, outlasts: event.validUntil');
    const until = (validUntil?: string) => ends(book, arrival(), left('2026-11-04', { validUntil }))[0]?.[0];
    expect([until('2026-11-06'), until('2026-11-05'), until()]).toEqual(['2026-11-04', null, null]);
    const term = closing('match: any, becomes: met, outlastsTerm: event.validUntil');
    const longer = (own: string | undefined, other?: string) =>
      ends(term, arrival('2026-11-02', 'a', { validUntil: own }), left('2026-11-04', { validUntil: other }))[0]?.[0];
    expect([longer('2026-12-01', '2026-12-02'), longer('2026-12-01', '2026-12-01'), longer('2026-12-01')]).toEqual([
      '2026-11-04',
      null,
      null,
    ]);
    expect(longer(undefined, '2026-12-01')).toBe('2026-11-04');
  });

  it('reaches the duty that the event names by a field, a subject or the event before', () => {
    const two = [
      arrival('2026-11-02', 'a', { region: 'KZ-75', number: 'x y' }),
      arrival('2026-11-03', 'b', { region: 'KZ-71', number: 'Z' }),
    ];
    const met = (match: string, data: Fact['data'], opens?: string) =>
      duties(
        lawWith({ opens, closes: `{ on: Departed, match: ${match}, becomes: met }` }),
        ...two,
        left('2026-11-04', data),
      )
        .filter(({ metOn }) => metOn !== null)
        .map(({ triggeredBy }) => triggeredBy.eventId);
    const bySubject = '{ on: Arrived, subject: "stay:{region}", responsible: employer }';
    expect(met('any', {})).toEqual(['a', 'b']);
    expect(met('{ same: number }', { number: 'XY' })).toEqual(['a']);
    expect(met('{ openedBy: Arrived }', {})).toEqual(['a', 'b']);
    expect(met('{ openedBy: Departed }', {})).toEqual([]);
    expect(met('subject', { region: 'KZ-71' }, bySubject)).toEqual(['b']);
    expect(met('subject', { region: 'KZ-71' })).toEqual([]);
    expect(met('{ subject: "stay:{number}" }', { number: 'KZ-75' }, bySubject)).toEqual(['a']);
    expect(met('trigger', { eventId: 'b' })).toEqual(['b']);
    expect(met('trigger', { eventId: 'c' })).toEqual([]);
    expect(met('trigger', {})).toEqual(['a']);
  });
});

describe('a notice that is filed, answered and rejected', () => {
  const notices = () =>
    lawWith({
      closes: `{ on: NotificationSubmitted, match: trigger, becomes: submitted },
  { on: NotificationAcknowledged, match: trigger, becomes: met, onDay: filing },
  { on: NotificationRejected, match: trigger, becomes: reopened }`,
    });
  const two = [arrival('2026-11-02', 'a'), arrival('2026-11-03', 'b')];
  const filed = (on: string, data: Fact['data'] = {}) => fact(on, 'NotificationSubmitted', data);
  const answered = (on: string, data: Fact['data'] = {}) => fact(on, 'NotificationAcknowledged', data, `answer-${on}`);
  const rejected = (on: string, data: Fact['data'] = {}) => fact(on, 'NotificationRejected', data);
  const endedBy = (...facts: readonly Fact[]) => ends(notices(), ...two, ...facts);

  it('is met on the day of filing, whichever way that day is told', () => {
    expect(endedBy(filed('2026-11-04', { eventId: 'a' }), answered('2026-11-09', { eventId: 'a' }))[0]).toEqual([
      '2026-11-04',
      null,
      '2026-11-04',
    ]);
    expect(endedBy(answered('2026-11-09', { eventId: 'a' }))[0]).toEqual(['2026-11-09', null, null]);
    expect(endedBy(answered('2026-11-09', { eventId: 'a', submittedOn: '2026-11-03' }))[0]).toEqual([
      '2026-11-03',
      null,
      null,
    ]);
    expect(endedBy(filed('2026-11-04', { eventId: 'a', submittedOn: '2026-11-03' }))[0]).toEqual([
      null,
      null,
      '2026-11-03',
    ]);
  });

  it('means the oldest duty that was not filed when it is filed without a name', () => {
    expect(endedBy(filed('2026-11-04'))).toEqual([
      [null, null, '2026-11-04'],
      [null, null, null],
    ]);
    expect(endedBy(filed('2026-11-04'), filed('2026-11-05'))).toEqual([
      [null, null, '2026-11-04'],
      [null, null, '2026-11-05'],
    ]);
  });

  it('means the oldest that was filed when it is answered without a name, or the oldest at all', () => {
    expect(endedBy(filed('2026-11-04', { eventId: 'b' }), answered('2026-11-09'))).toEqual([
      [null, null, null],
      ['2026-11-04', null, '2026-11-04'],
    ]);
    expect(endedBy(answered('2026-11-09'))).toEqual([
      ['2026-11-09', null, null],
      [null, null, null],
    ]);
  });

  it('is the oldest again when it was rejected after it had been met', () => {
    const again = [answered('2026-11-04', { eventId: 'a' }), rejected('2026-11-05', { eventId: 'a' })];
    expect(endedBy(...again, answered('2026-11-09'))).toEqual([
      ['2026-11-09', null, null],
      [null, null, null],
    ]);
  });

  it('is open again when it is rejected, and only if it was filed', () => {
    expect(endedBy(filed('2026-11-04', { eventId: 'b' }), rejected('2026-11-05'))).toEqual([
      [null, null, null],
      [null, null, null],
    ]);
    expect(endedBy(filed('2026-11-04'), filed('2026-11-04'), rejected('2026-11-05'))).toEqual([
      [null, null, null],
      [null, null, '2026-11-04'],
    ]);
    expect(endedBy(answered('2026-11-04', { eventId: 'a' }), rejected('2026-11-05', { eventId: 'a' }))[0]).toEqual([
      null,
      null,
      null,
    ]);
    expect(endedBy(answered('2026-11-04', { eventId: 'a' }), filed('2026-11-05', { eventId: 'a' }))[0]).toEqual([
      '2026-11-04',
      null,
      null,
    ]);
  });

  it('touches what the last fact changed, and nothing else', () => {
    const assessment = new Assessment(notices(), { kind: 'worker', id: 'w' });
    const touched = (one: Fact) => {
      assessment.apply(one);
      return assessment.touched.filter(({ rule }) => rule === 'the-duty').map(({ id }) => id);
    };
    const [first, second] = two;
    if (first === undefined || second === undefined) throw new Error('two arrivals are needed');
    expect(touched(first)).toEqual(['the-duty.a']);
    expect(touched(second)).toEqual(['the-duty.b']);
    expect(touched(filed('2026-11-04', { eventId: 'a' }))).toEqual(['the-duty.a']);
    expect(touched(rejected('2026-11-04', { eventId: 'b' }))).toEqual([]);
    expect(touched(fact('2026-11-05', 'IinAssigned'))).toEqual([]);
    expect(touched(answered('2026-11-05'))).toEqual(['the-duty.a']);
    expect(touched(answered('2026-11-06', { eventId: 'a' }))).toEqual([]);
    expect(touched(answered('2026-11-06'))).toEqual(['the-duty.b']);
    expect(touched(answered('2026-11-07'))).toEqual([]);
  });
});

describe('the subject of a duty', () => {
  const subject = (template: string, data: Fact['data']) =>
    duties(
      lawWith({ opens: `{ on: Arrived, subject: "${template}", responsible: employer }` }),
      arrival('2026-11-02', 'a', data),
    )[0]?.subject;

  it('is filled in from the event', () => {
    expect(subject('worker', {})).toBe('worker');
    expect(subject('stay:{region}!', { region: 'KZ-75' })).toBe('stay:KZ-75!');
    expect(subject('{region}', {})).toBe('?');
    expect(subject('{year}', { year: 2026 })).toBe('2026');
    expect(subject('{year+1}', { year: 2026 })).toBe('2027');
    expect(subject('{year+1}', { year: '2026' })).toBe('?');
    expect(subject('quota:{region}-{year+1}.', { region: 'KZ-75', year: 2026 })).toBe('quota:KZ-75-2027.');
    expect(subject('{region}-{city}', { region: 'KZ-75' })).toBe('KZ-75-?');
  });
});
