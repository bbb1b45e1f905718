import { v5 as uuidV5 } from 'uuid';
import { addDays, addMonths, type Day, daysBetween, isoWeekday, toEpochDay } from '../../domain/dates.js';

/** One event of the sample, in the shape of a line of `ledger import`, plus what the story needs to tell it. */
export interface SampleEvent {
  readonly stream: { readonly kind: 'worker' | 'employer'; readonly id: string };
  readonly type: string;
  readonly occurredOn: Day;
  readonly data: Readonly<Record<string, unknown>>;
  /** Name by which a later event of the same stream refers to this one. */
  readonly key?: string;
  /** Key of the event that this notice is about; the recorder puts the id in. */
  readonly about?: string;
}

/** What the generated people and their employer got wrong, counted as it was generated: the story checks itself by it. */
export type Mistake =
  | 'arrival told late'
  | 'arrival never told'
  | 'notice rejected and filed again'
  | 'permit not renewed in time'
  | 'title changed without a permit'
  | 'new passport not put into the permit'
  | 'new address told late'
  | 'long trip to another region not told'
  | 'left without cancelling permit and visa';

export interface Sample {
  readonly employer: { readonly bin: string; readonly name: string };
  readonly asOf: Day;
  readonly events: readonly SampleEvent[];
  readonly mistakes: ReadonlyMap<Mistake, readonly string[]>;
}

const NAMESPACE = 'd7c2f1f0-6d5a-4d0f-8a53-6c0f0e9f7a11';
const NAMES: Readonly<Record<string, readonly [readonly string[], readonly string[]]>> = {
  TR: [
    ['Yılmaz', 'Kaya', 'Demir', 'Şahin', 'Çelik'],
    ['Mehmet', 'Ahmet', 'Murat', 'Emre', 'Hakan'],
  ],
  CN: [
    ['Wang', 'Li', 'Zhang', 'Chen', 'Liu'],
    ['Wei', 'Jun', 'Lei', 'Min', 'Tao'],
  ],
  IN: [
    ['Sharma', 'Patel', 'Singh', 'Nair', 'Reddy'],
    ['Rahul', 'Anil', 'Sanjay', 'Vijay', 'Arun'],
  ],
  GB: [
    ['Smith', 'Jones', 'Taylor', 'Brown', 'Wilson'],
    ['James', 'Oliver', 'Harry', 'Emma', 'Alice'],
  ],
  IT: [
    ['Rossi', 'Russo', 'Ferrari', 'Bianchi', 'Romano'],
    ['Marco', 'Luca', 'Paolo', 'Giulia', 'Andrea'],
  ],
  PH: [
    ['Santos', 'Reyes', 'Cruz', 'Bautista', 'Garcia'],
    ['Jose', 'Mark', 'John', 'Maria', 'Angelo'],
  ],
  RU: [
    ['Ivanov', 'Petrov', 'Sidorova', 'Smirnov', 'Volkova'],
    ['Ivan', 'Anna', 'Sergey', 'Olga', 'Dmitry'],
  ],
};
const COUNTRIES = ['TR', 'TR', 'TR', 'CN', 'CN', 'IN', 'IN', 'GB', 'IT', 'PH', 'RU', 'RU'] as const;
const POSITIONS = [
  'Drilling engineer',
  'Welding inspector',
  'Process engineer',
  'Crane operator',
  'HSE supervisor',
  'Electrician',
];
const REGIONS = ['KZ-23', 'KZ-23', 'KZ-23', 'KZ-47', 'KZ-75'];
const CLAUSES = ['permitNumber', 'territory', 'jobTitle', 'repatriation', 'salary', 'workingHours', 'duties'];
const STREETS = ['Satpayev St', 'Abay Ave', 'Azattyq Ave', 'Makhambet St', 'Temirqazyq St'];

/**
 * Generates an employer and its workers over the three years before `until`, the same for the same arguments on every
 * machine. Nobody in it exists.
 */
export function sampleEmployer(options: { until: Day; workers: number; seed?: number }): Sample {
  const { until, workers, seed = 1 } = options;
  const random = chance(seed);
  const since = addMonths(until, -36);
  const employer = {
    bin: validNumber(`${since.slice(2, 4)}${since.slice(5, 7)}4${String(seed % 1_000_000).padStart(6, '0')}`),
    name: 'Altyn Dala Well Services LLP',
  };
  const events: SampleEvent[] = [
    at({ kind: 'employer', id: employer.bin }, 'EmployerRegistered', since, { name: employer.name, size: 'medium' }),
    at({ kind: 'employer', id: employer.bin }, 'EmployerSizeChanged', addMonths(since, 18), { size: 'large' }),
  ];
  const mistakes = new Map<Mistake, string[]>();
  for (let number = 1; number <= workers; number++) {
    const id = uuidV5(`${seed}:${number}`, NAMESPACE);
    const hiredOn = addDays(
      since,
      1 + Math.floor(random() * (number <= workers * 0.6 ? 0.4 : 0.95) * daysBetween(since, until)),
    );
    const note = (mistake: Mistake) => mistakes.set(mistake, [...(mistakes.get(mistake) ?? []), id]);
    events.push(...career({ id, number, hiredOn, until, bin: employer.bin, random, note }));
  }
  return { employer, asOf: until, events, mistakes };
}

interface Life {
  readonly id: string;
  readonly number: number;
  readonly hiredOn: Day;
  readonly until: Day;
  readonly bin: string;
  readonly random: () => number;
  readonly note: (mistake: Mistake) => void;
}

/** One worker's events, in the order in which they happened, none after `until`. */
function career({ id, number, hiredOn, until, bin, random, note }: Life): SampleEvent[] {
  const stream = { kind: 'worker', id } as const;
  const events: SampleEvent[] = [];
  let serial = 0;
  const add = (type: string, on: Day, data: Record<string, unknown>, more: { key?: string; about?: string } = {}) => {
    if (on <= until) events.push({ ...at(stream, type, on, data), ...more });
  };
  const one = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const happens = (percent: number) => random() * 100 < percent;
  const country = one(COUNTRIES);
  const [families, given] = NAMES[country] as (typeof NAMES)['TR'] & {};
  const region = one(REGIONS);
  const position = one(POSITIONS);
  const needsPermit = country !== 'RU';
  const permit = `WP-${String(number).padStart(4, '0')}`;
  let address = `${one(STREETS)} ${1 + Math.floor(random() * 90)}-${1 + Math.floor(random() * 60)}`;

  /** A notice about an arrival, a new address or a trip: in time, late, refused once, or never. */
  const tell = (
    about: string,
    key: string,
    on: Day,
    odds: { late: number; never: number },
    late: Mistake,
    never: Mistake,
  ) => {
    if (happens(odds.never)) return note(never);
    const isLate = happens(odds.late);
    if (isLate) note(late);
    const filedOn = workday(addDays(on, isLate ? 7 + Math.floor(random() * 15) : 1 + Math.floor(random() * 2)));
    const file = (day: Day) =>
      add(
        'NotificationSubmitted',
        day,
        { about, channel: happens(70) ? 'vmp' : 'paper', reference: `N-${number}-${++serial}` },
        { about: key },
      );
    file(filedOn);
    if (happens(3)) {
      note('notice rejected and filed again');
      add(
        'NotificationRejected',
        filedOn,
        { about, channel: 'vmp', reference: `N-${number}-${serial}` },
        { about: key },
      );
      file(workday(addDays(filedOn, 1)));
    }
    const acknowledgedOn = workday(addDays(filedOn, 2));
    add(
      'NotificationAcknowledged',
      acknowledgedOn,
      { about, channel: 'vmp', reference: `N-${number}-${serial}` },
      { about: key },
    );
    return undefined;
  };
  const arrive = (on: Day) => {
    const key = `arrival-${++serial}`;
    add(
      'Arrived',
      on,
      { region, address, purpose: 'work', checkpoint: one(['Atyrau airport', 'Almaty airport', 'Aktau airport']) },
      { key },
    );
    tell('arrival', key, on, { late: 7, never: 1.5 }, 'arrival told late', 'arrival never told');
  };

  const birthDate = addDays('1965-01-01', Math.floor(random() * 12_000));
  add('WorkerRegistered', addDays(hiredOn, -45), {
    employerBin: bin,
    familyName: one(families),
    givenName: one(given),
    citizenship: country,
    birthDate,
    passportNumber: `${country}${1_000_000 + Math.floor(random() * 8_999_999)}`,
    passportExpiresOn: addDays(until, 400 + Math.floor(random() * 1500)),
  });
  let permitUntil = addDays(addMonths(hiredOn, 12), -1);
  if (needsPermit) {
    add('WorkPermitIssued', addDays(hiredOn, -20), {
      number: permit,
      category: '2',
      position,
      region,
      validFrom: hiredOn,
      validUntil: permitUntil,
    });
    add('VisaIssued', addDays(hiredOn, -12), {
      category: 'C3',
      number: `V-${number}`,
      validFrom: addDays(hiredOn, -12),
      validUntil: permitUntil,
    });
  }
  arrive(hiredOn);
  /** A contract, and on the next working day its entry in the register. */
  const sign = (on: Day, contract: Record<string, unknown>) => {
    add('EmploymentContractSigned', on, { ...contract, clauses: CLAUSES });
    if (happens(97)) add('InformationSystemEntryMade', workday(addDays(on, 1)), { system: 'esutd', about: 'contract' });
  };
  sign(addDays(hiredOn, 1), { number: `LC-${number}`, validFrom: addDays(hiredOn, 1), validUntil: permitUntil });
  if (happens(98)) {
    const iin = validNumber(`${birthDate.slice(2).replaceAll('-', '')}3${String(1000 + (number % 9000))}`);
    add('IinAssigned', addDays(hiredOn, 2), { iin });
  }
  if (happens(96)) {
    add('MentorAssigned', workday(addDays(hiredOn, 3)), { from: workday(addDays(hiredOn, 3)) });
    add('MentorshipCompleted', addMonths(hiredOn, 9), { until: addMonths(hiredOn, 9) });
  }
  if (!needsPermit)
    add('TemporaryResidencePermitIssued', addDays(hiredOn, 20), {
      number: `TRP-${number}`,
      validFrom: addDays(hiredOn, 20),
      validUntil: addMonths(hiredOn, 12),
    });

  const leavesOn = happens(25) ? addDays(hiredOn, 200 + Math.floor(random() * 500)) : null;
  const end = leavesOn !== null && leavesOn < until ? leavesOn : until;
  const leaves = leavesOn !== null && leavesOn < until;

  // What a year brings, told in order so that every event is possible when it is recorded.
  for (let year = 0; addMonths(hiredOn, 12 * year) < end; year++) {
    const yearStart = addMonths(hiredOn, 12 * year);
    const inYear = (from: number, spread: number) => addDays(yearStart, from + Math.floor(random() * spread));
    if (happens(35)) {
      const leave = inYear(60, 60);
      const back = addDays(leave, 14 + Math.floor(random() * 14));
      if (back < end) {
        add('Departed', leave, { checkpoint: 'Atyrau airport' });
        arrive(back);
      }
    }
    const movesOn = inYear(160, 30);
    if (happens(15) && movesOn < end) {
      address = `${one(STREETS)} ${1 + Math.floor(random() * 90)}`;
      const key = `address-${++serial}`;
      add('AddressChanged', movesOn, { region, address }, { key });
      tell('address-change', key, movesOn, { late: 12, never: 0 }, 'new address told late', 'new address told late');
    }
    const tripOn = inYear(215, 20);
    if (happens(25) && addDays(tripOn, 12) < end) {
      const key = `trip-${++serial}`;
      const backOn = addDays(tripOn, happens(50) ? 3 : 10);
      const other = region === 'KZ-71' ? 'KZ-75' : 'KZ-71';
      add('RegionalTravel', tripOn, { region: other, from: tripOn, until: backOn }, { key });
      if (daysBetween(tripOn, backOn) + 1 > 5) {
        tell(
          'regional-travel',
          key,
          tripOn,
          { late: 0, never: 25 },
          'long trip to another region not told',
          'long trip to another region not told',
        );
      }
    }
    const promotedOn = inYear(250, 20);
    if (needsPermit && happens(4) && promotedOn < end) {
      add('JobTitleChanged', promotedOn, { position: `Senior ${position.toLowerCase()}` });
      if (happens(50)) note('title changed without a permit');
      else
        add('WorkPermitUpdated', addDays(promotedOn, 6), {
          number: permit,
          position: `Senior ${position.toLowerCase()}`,
        });
    }
    const passportOn = inYear(275, 15);
    if (happens(4) && passportOn < end) {
      const passportNumber = `${country}${1_000_000 + Math.floor(random() * 8_999_999)}`;
      add('PassportReplaced', passportOn, { passportNumber, passportExpiresOn: addMonths(passportOn, 120) });
      if (needsPermit && happens(30)) note('new passport not put into the permit');
      else if (needsPermit) add('WorkPermitUpdated', addDays(passportOn, 3), { number: permit, passportNumber });
    }
    if (!needsPermit || year >= 3) continue;
    const appliedOn = addDays(permitUntil, -(33 + Math.floor(random() * 25)));
    if (appliedOn >= end) continue;
    if (happens(5)) {
      note('permit not renewed in time');
      if (happens(60)) break;
      add('WorkPermitExtensionApplied', addDays(permitUntil, -12), {
        number: permit,
        applicationNumber: `A-${number}-${year}`,
      });
    } else add('WorkPermitExtensionApplied', appliedOn, { number: permit, applicationNumber: `A-${number}-${year}` });
    const extendedOn = addDays(permitUntil, -6);
    if (extendedOn >= end) continue;
    const nextUntil = addDays(addMonths(hiredOn, 12 * (year + 2)), -1);
    add('WorkPermitExtended', extendedOn, {
      number: permit,
      validFrom: addDays(permitUntil, 1),
      validUntil: nextUntil,
    });
    add('VisaExtended', addDays(permitUntil, -2), {
      category: 'C3',
      number: `V-${number}`,
      validFrom: addDays(permitUntil, 1),
      validUntil: nextUntil,
    });
    sign(addDays(permitUntil, -3), {
      number: `LC-${number}-${year + 1}`,
      validFrom: addDays(permitUntil, 1),
      validUntil: nextUntil,
    });
    permitUntil = nextUntil;
  }
  if (!leaves) return inOrder(events);
  const last = inOrder(events).at(-1)?.occurredOn ?? hiredOn;
  const goneOn = last > end ? last : end;
  add('EmploymentTerminated', goneOn, { ground: 'agreement of the parties' });
  add('InformationSystemEntryMade', workday(addDays(goneOn, 1)), { system: 'esutd', about: 'termination' });
  add('Departed', addDays(goneOn, 4), { checkpoint: 'Atyrau airport' });
  if (!needsPermit) return inOrder(events);
  if (happens(20)) note('left without cancelling permit and visa');
  else {
    add('WorkPermitCancelled', addDays(goneOn, 2), { number: permit });
    add('WorkPermitSurrendered', addDays(goneOn, 2), { number: permit });
    add('VisaCancelled', addDays(goneOn, 3), { number: `V-${number}` });
  }
  return inOrder(events);
}

/** By day; what happened on one day stays as it was told. */
function inOrder(events: readonly SampleEvent[]): SampleEvent[] {
  return [...events].sort((a, b) => (a.occurredOn < b.occurredOn ? -1 : a.occurredOn > b.occurredOn ? 1 : 0));
}

function at(stream: SampleEvent['stream'], type: string, occurredOn: Day, data: Record<string, unknown>): SampleEvent {
  return { stream, type, occurredOn, data };
}

/** The day itself, or the Monday after a weekend. */
function workday(day: Day): Day {
  const weekday = isoWeekday(toEpochDay(day));
  return weekday < 6 ? day : addDays(day, 8 - weekday);
}

/** Makes a BIN of its first eleven digits: adds the check digit, moving on by one where none exists. */
export function validNumber(eleven: string): string {
  const digits = Array.from(eleven, Number);
  const sum = (first: number) =>
    digits.reduce((total, digit, index) => total + digit * (((index + first - 1) % 11) + 1), 0) % 11;
  const check = sum(1) < 10 ? sum(1) : sum(3);
  return check < 10 ? `${eleven}${check}` : validNumber(String(Number(eleven) + 1).padStart(11, '0'));
}

/** A small generator of repeatable chance (mulberry32), from 0 up to but not 1. */
export function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
