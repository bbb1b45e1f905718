// A made-up log of workers' lives: registered, permitted, arrived, notified (mostly in time), moved, travelled, extended,
// some with a title changed without a permit. The same numbers give the same log.
import { createHash } from 'node:crypto';

const DAY_MS = 86_400_000;
const START = Date.UTC(2024, 0, 1);
const REGIONS = ['KZ-75', 'KZ-71', 'KZ-79', 'KZ-23', 'KZ-35'];
const COUNTRIES = ['TR', 'IN', 'CN', 'GB', 'UZ'];
const WORKERS_PER_EMPLOYER = 100;

function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function uuid(text) {
  const hex = createHash('md5').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
}

/** A BIN with a right check digit. */
export function bin(serial) {
  const body = `10014000${String(serial % 1000).padStart(3, '0')}`;
  const sum = (first) =>
    Array.from(body, Number).reduce((total, digit, i) => total + digit * (((i + first - 1) % 11) + 1), 0) % 11;
  const check = sum(1) === 10 ? sum(3) : sum(1);
  return check < 10 ? `${body}${check}` : bin(serial + 500);
}

const day = (n) => new Date(START + n * DAY_MS).toISOString().slice(0, 10);

/** One worker's facts with the day (from the start) on which each is recorded. */
function lifeOf(index) {
  const random = generator(index);
  const pick = (list) => list[Math.floor(random() * list.length)];
  const first = Math.floor(random() * 500);
  const facts = [];
  const on = (n, type, data = {}, late = 0) =>
    facts.push({ at: n + late, type, data: { occurredOn: day(n), ...data } });
  const region = pick(REGIONS);
  const permit = `KZ${index}`;
  const visa = `V${index}`;
  on(first, 'WorkerRegistered', {
    employerBin: bin(Math.floor(index / WORKERS_PER_EMPLOYER) % 400),
    citizenship: pick(COUNTRIES),
    passportExpiresOn: day(first + 1500),
    passportTag: createHash('md5').update(permit).digest('base64url'),
  });
  on(first + 5, 'WorkPermitIssued', {
    number: permit,
    category: '3',
    position: 'Engineer',
    region,
    validFrom: day(first + 10),
    validUntil: day(first + 374),
  });
  on(first + 8, 'EmploymentContractSigned', {
    number: `C${index}`,
    validFrom: day(first + 10),
    validUntil: day(first + 374),
    clauses: ['permitNumber'],
  });
  on(first + 9, 'VisaIssued', {
    category: 'C3',
    number: visa,
    validFrom: day(first + 10),
    validUntil: day(first + 374),
  });
  let now = first + 12;
  const notify = (about) => {
    const delay = random() < 0.9 ? 1 : 3 + Math.floor(random() * 20);
    if (random() < 0.03) return;
    on(now + delay, 'NotificationSubmitted', { about, channel: 'vmp' });
    on(now + delay + 1, 'NotificationAcknowledged', { about, channel: 'vmp', submittedOn: day(now + delay) });
  };
  on(now, 'Arrived', { region, purpose: 'work' });
  notify('arrival');
  on(now + 30, 'IinAssigned', { iinTag: createHash('md5').update(visa).digest('base64url') });
  now += 80;
  on(now, 'AddressChanged', { region: pick(REGIONS) });
  notify('address-change');
  now += 60;
  on(now, 'Departed');
  now += 20;
  on(now, 'Arrived', { region, purpose: 'work' });
  notify('arrival');
  if (random() < 0.1) on(now + 40, 'JobTitleChanged', { position: 'Chief engineer' });
  now += 90;
  if (random() < 0.9) on(now, 'WorkPermitExtensionApplied', { number: permit, applicationNumber: `A${index}` });
  now += 60;
  if (random() < 0.8) {
    on(now, 'WorkPermitExtended', { number: permit, validFrom: day(first + 375), validUntil: day(first + 739) });
    on(now + 3, 'VisaExtended', { number: visa, validFrom: day(first + 375), validUntil: day(first + 739) });
  }
  now += 40;
  on(now, 'AddressChanged', { region: pick(REGIONS) });
  notify('address-change');
  now += 60;
  if (random() < 0.5) {
    on(now, 'EmploymentTerminated');
    on(now + 2, 'WorkPermitSurrendered', { number: permit });
    on(now + 10, 'Departed');
  }
  return facts.sort((a, b) => a.at - b.at);
}

/** All events in log order, as a subscription would hand them out. */
function* log(workers) {
  const employers = Math.min(400, Math.ceil(workers / WORKERS_PER_EMPLOYER));
  const sizes = ['small', 'medium', 'large'];
  const pending = [];
  for (let i = 0; i < employers; i++) {
    pending.push({
      at: 0,
      stream: `employer-${bin(i)}`,
      type: 'EmployerRegistered',
      data: { occurredOn: day(0), name: `Employer ${i}`, size: sizes[i % 3] },
    });
  }
  const sealed = createHash('sha512').update('sealed').digest('base64url').repeat(3);
  for (let i = 0; i < workers; i++) {
    const stream = `worker-${uuid(`worker ${i}`)}`;
    for (const fact of lifeOf(i)) {
      if (fact.type === 'WorkerRegistered' || fact.type === 'Arrived' || fact.type === 'AddressChanged')
        fact.data.sealed = sealed;
      pending.push({ ...fact, stream });
    }
  }
  pending.sort((a, b) => a.at - b.at);
  const revisions = new Map();
  for (const [index, { at, stream, type, data }] of pending.entries()) {
    const revision = (revisions.get(stream) ?? -1) + 1;
    revisions.set(stream, revision);
    const id = uuid(`${stream}/${revision}`);
    const position = String(1_000 + index * 640);
    const recordedAt = new Date(START + at * DAY_MS + 5 * 3_600_000 + (index % 3_600_000)).toISOString();
    yield {
      id,
      stream,
      type,
      revision,
      position,
      prepare: position,
      recordedAt,
      storedAt: recordedAt,
      data,
      metadata: {
        schemaVersion: 1,
        actor: 'aigerim.s',
        commandId: id,
        commandTag: createHash('md5').update(id).digest('base64url'),
        $correlationId: id,
        $causationId: id,
      },
    };
  }
}

export const workerStory = { log, bin };
