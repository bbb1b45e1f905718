import type { EpochDay } from '../domain/dates.js';
import type { StreamKind } from '../domain/event-type.js';
import { byOccurrence } from '../domain/history.js';
import type { Fact } from '../domain/recorded-event.js';
import type { RuleBook } from './book.js';
import { dayNumber, dayNumberOf, dayText, dayTextOrNull, plusMonths } from './days.js';
import type { Count, Reckoning } from './deadline.js';
import type { Obligation, Responsible } from './obligation.js';
import type { Closer, CompiledRule, CompiledVersion, Opener, Plan, Template } from './program.js';
import { FoldedState, type PermitState, plainText } from './state.js';
import { type Entity, entitiesOf, entityKey, type Scope } from './vocabulary.js';

/** Whom an assessment is about: a worker's stream or an employer's. */
export interface AssessedSubject {
  readonly kind: StreamKind;
  /** The worker's UUID or the employer's BIN. */
  readonly id: string;
}

/**
 * What the law makes of one stream's facts. Facts are applied one by one in the order in which they happened; each costs
 * the same however many came before. An obligation is never taken back by a later fact, only met or void. The same facts
 * and the same rule book give the same obligations, whatever the day.
 */
export class Assessment {
  readonly book: RuleBook;
  readonly subject: AssessedSubject;
  readonly #plans: ReadonlyMap<string, Plan>;
  readonly #state = new FoldedState();
  readonly #scope: Scope;
  readonly #reckoning: Reckoning;
  readonly #duties = new Map<string, Duty>();
  /** Duties that are neither met nor void, by rule. */
  readonly #open: (Duty[] | undefined)[] = [];
  #touched: Duty[] = [];

  constructor(book: RuleBook, subject: AssessedSubject) {
    this.book = book;
    this.subject = subject;
    this.#plans = book.program.plans[subject.kind];
    this.#scope = {
      fact: NOTHING,
      day: 0,
      state: this.#state,
      countries: book.countries,
      extensionLimit: book.extensionLimit,
      entity: null,
      openDues: [],
    };
    this.#reckoning = { calendar: book.calendar, inclusive: false, unknown: null, count: null };
  }

  /** Takes the next fact. Facts must come ordered by the day they happened and, within a day, by recording order. */
  apply(fact: Fact): void {
    const scope = this.#scope;
    scope.fact = fact;
    scope.day = dayNumber(fact.occurredOn);
    scope.entity = null;
    this.#touched = [];
    this.#state.apply(fact, scope.day);
    const plan = this.#plans.get(fact.type);
    if (plan === undefined) return;
    for (const rule of plan.closing) this.#close(rule, fact);
    for (const rule of plan.opening) this.#openUnder(rule, fact);
  }

  /** Obligations opened or changed by the last fact. */
  get touched(): readonly Obligation[] {
    return this.#touched.map((duty) => duty.stated());
  }

  *obligations(): Generator<Obligation> {
    for (const duty of this.#duties.values()) yield duty.stated();
  }

  get(id: string): Obligation | undefined {
    return this.#duties.get(id)?.stated();
  }

  /** The folded history, for the other readers of this room. */
  get state(): FoldedState {
    return this.#state;
  }

  #openUnder(rule: CompiledRule, fact: Fact): void {
    const scope = this.#scope;
    const version = versionOn(rule, scope.day);
    const openers = version?.openers.get(fact.type);
    if (version === undefined || openers === undefined || version.spec.off === true) return;
    scope.openDues = this.#open[rule.index] ?? [];
    for (const opener of openers) {
      scope.entity = null;
      if (opener.spec.each === undefined) {
        if (opener.holds(scope)) this.#openOne(rule, version, opener, opener.subject.fill(fact.data), false);
        continue;
      }
      const entities = entitiesOf(opener.spec.each, scope);
      for (const entity of entities) {
        scope.entity = entity;
        if (!opener.holds(scope)) continue;
        const subject = opener.subject.fill(entityData(entity));
        this.#openOne(
          rule,
          version,
          opener,
          subject,
          entities.length > 1 || opener.spec.each === 'family' || opener.spec.each === 'member',
        );
      }
    }
    scope.entity = null;
  }

  #openOne(rule: CompiledRule, onEventDay: CompiledVersion, opener: Opener, subject: string, suffixed: boolean): void {
    const { fact: event } = this.#scope;
    const fact = opener.spec.trigger === 'trip' ? (this.#state.trip?.fact ?? event) : event;
    const version = fact === event ? onEventDay : (versionOn(rule, dayNumber(fact.occurredOn)) ?? onEventDay);
    const id = suffixed ? `${rule.id}.${fact.eventId}.${subject}` : `${rule.id}.${fact.eventId}`;
    if (this.#duties.has(id)) return;
    if (opener.spec.once === true && this.#open[rule.index]?.some((one) => one.subject === subject) === true) return;
    const duty = this.#reckon(version, opener, fact, id, subject);
    this.#duties.set(id, duty);
    this.#list(rule, duty);
    this.#touched.push(duty);
    this.#closeByPermitToCome(rule, duty);
  }

  /** A permit that was issued before the duty opened and begins only after its last day ends it when it begins. */
  #closeByPermitToCome(rule: CompiledRule, duty: Duty): void {
    const { due } = duty;
    const closers = duty.version.closers.get('WorkPermitIssued');
    if (due === null || closers === undefined || closers.every(({ starts }) => starts === null)) return;
    const scope = this.#scope;
    const { fact, day } = scope;
    let first: PermitState | null = null;
    for (const permit of this.#state.permits) {
      if (permit.issuedBy === fact || permit.endedOn !== null || permit.validFrom <= due + 1) continue;
      if (first === null || permit.validFrom < first.validFrom) first = permit;
    }
    if (first === null) return;
    scope.fact = first.issuedBy;
    scope.day = dayNumber(first.issuedBy.occurredOn);
    this.#closeOne(rule, duty, first.issuedBy);
    if (duty.isClosed) this.#unlist(rule, duty);
    scope.fact = fact;
    scope.day = day;
  }

  /** Works out the days of a new duty: the default counting gives the due day, the stricter one the safe day. */
  #reckon(version: CompiledVersion, opener: Opener, fact: Fact, id: string, subject: string): Duty {
    const scope = this.#scope;
    const reckoning = this.#reckoning;
    const counting = this.book.countingOn(dayNumber(fact.occurredOn));
    reckoning.inclusive = counting === 'inclusive';
    reckoning.unknown = null;
    reckoning.count = null;
    const due = opener.dueOn(scope, reckoning);
    const count = reckoning.count as Count | null;
    const dueReason = due === null ? (reckoning.unknown ?? 'the last day is not known') : null;
    const opens = opener.opensOn === null ? scope.day : (opener.opensOn(scope, reckoning) ?? scope.day);
    return new Duty(version, this.book.limitationMonthsOn, {
      id,
      fact,
      subject,
      named: opener.subject,
      region: this.#regionOf(opener, fact),
      responsible: responsibleFor(opener, fact),
      opens: due === null ? opens : Math.min(opens, due),
      due,
      dueReason,
      safe: this.#safeDay(opener, due),
      count,
      counting: count !== null && count.direction === 'after' && count.unit !== 'months' ? counting : null,
    });
  }

  #safeDay(opener: Opener, due: EpochDay | null): EpochDay | null {
    if (due === null) return null;
    const { calendar } = this.book;
    if (opener.safeBy === 'due-day') return due;
    if (opener.safeBy === 'working-day-before') return calendar.lastNotAfter(due);
    const reckoning = this.#reckoning;
    reckoning.inclusive = true;
    const stricter = opener.dueOn(this.#scope, reckoning);
    if (stricter === null) return null;
    return calendar.lastNotAfter(Math.min(stricter, due)) ?? null;
  }

  #regionOf(opener: Opener, fact: Fact): string | null {
    for (const where of opener.spec.region ?? ['event', 'stay', 'permit']) {
      const region = this.#regionFrom(where, fact);
      if (region !== null) return region;
    }
    return null;
  }

  #regionFrom(where: 'event' | 'stay' | 'permit' | 'entity', fact: Fact): string | null {
    const { entity } = this.#scope;
    switch (where) {
      case 'event':
        return typeof fact.data['region'] === 'string' ? fact.data['region'] : null;
      case 'stay':
        return this.#state.stayRegion;
      case 'permit':
        return (this.#state.permit(fact.data['number']) ?? this.#state.permits.at(-1))?.region ?? null;
      case 'entity':
        return entity !== null && 'region' in entity ? entity.region : null;
    }
  }

  #close(rule: CompiledRule, fact: Fact): void {
    const eventId = fact.data['eventId'];
    if (typeof eventId === 'string') {
      // The event names its trigger, so the duty is found without a search; it may have been met before.
      const named = this.#duties.get(`${rule.id}.${eventId}`);
      if (named !== undefined && this.#closeOne(rule, named, fact) === 'stop' && named.isClosed)
        this.#unlist(rule, named);
      return;
    }
    const open = this.#open[rule.index];
    if (open === undefined || open.length === 0) return;
    const before = open.length;
    let closed = 0;
    for (let index = 0; index < before; index++) {
      const duty = open[index];
      if (duty === undefined) continue;
      const done = this.#closeOne(rule, duty, fact);
      if (duty.isClosed) closed++;
      if (done === 'stop') break;
    }
    if (closed > 0) this.#open[rule.index] = open.filter(({ isClosed }) => !isClosed);
  }

  /** Lets the event do to one duty what its version says; `stop` when the event is spent on this duty alone. */
  #closeOne(rule: CompiledRule, duty: Duty, fact: Fact): 'stop' | 'go-on' {
    const closers = duty.version.closers.get(fact.type);
    if (closers === undefined) return 'go-on';
    for (const closer of closers) {
      if (!this.#matches(closer, duty, fact) || !closer.holds(this.#scope) || !this.#outlasts(closer, duty)) continue;
      if (!this.#take(rule, closer, duty, fact)) continue;
      this.#touched.push(duty);
      return closer.spec.match === 'trigger' ? 'stop' : 'go-on';
    }
    return 'go-on';
  }

  #outlasts({ outlasts, outlastsTerm }: Closer, { due, fact }: Duty): boolean {
    if (outlasts !== null && due !== null) {
      const day = outlasts(this.#scope, this.#reckoning);
      if (day === null || day <= due) return false;
    }
    if (outlastsTerm === null) return true;
    const term = dayNumberOf(fact.data['validUntil']);
    const day = outlastsTerm(this.#scope, this.#reckoning);
    return term === null || (day !== null && day > term);
  }

  #matches(closer: Closer, duty: Duty, fact: Fact): boolean {
    const { match } = closer.spec;
    switch (match) {
      case 'any':
        return true;
      case 'trigger':
        return this.#isMeant(closer, duty, fact);
      case 'trip':
        return this.#state.trip?.fact.eventId === duty.fact.eventId;
      case 'previous-trip':
        return this.#state.previousTrip?.fact.eventId === duty.fact.eventId;
      case 'subject':
        return duty.isNamedBy(fact.data);
      default:
        if ('openedBy' in match) return match.openedBy === duty.fact.type;
        if ('subject' in match) return closer.subject?.fill(fact.data) === duty.subject;
        return plainText(fact.data[match.same]) === plainText(duty.fact.data[match.same]);
    }
  }

  /** An event that names no trigger means the oldest open duty; an answer of the police, the oldest that was filed. */
  #isMeant(closer: Closer, duty: Duty, fact: Fact): boolean {
    const eventId = fact.data['eventId'];
    if (typeof eventId === 'string') return eventId === duty.fact.eventId;
    switch (closer.spec.becomes) {
      case 'submitted':
        return duty.submitted === null;
      case 'reopened':
        return duty.submitted !== null;
      default:
        return duty.submitted !== null || !this.#someSubmitted(duty);
    }
  }

  #someSubmitted({ version }: Duty): boolean {
    return this.#open.some((duties) =>
      duties?.some((duty) => duty.version.rule === version.rule && duty.submitted !== null),
    );
  }

  #take(rule: CompiledRule, closer: Closer, duty: Duty, fact: Fact): boolean {
    const { spec } = closer;
    const { day } = this.#scope;
    if (duty.isVoid) return false;
    switch (spec.becomes) {
      case 'submitted':
        return duty.submit(dayNumberOf(fact.data['submittedOn']) ?? day);
      case 'reopened': {
        const reopened = duty.reopen();
        if (reopened) this.#listAgain(rule, duty);
        return reopened;
      }
      case 'met':
        if (duty.isMet) return false;
        duty.meet(this.#doneOn(closer, duty, fact), fact.eventId);
        return true;
      case 'void':
        return !duty.isMet && this.#end(closer, duty, fact);
    }
  }

  #list({ index }: CompiledRule, duty: Duty): void {
    const open = this.#open[index];
    if (open === undefined) this.#open[index] = [duty];
    else if (!open.includes(duty)) open.push(duty);
  }

  /** A duty that is open again stands where it stood: what names no trigger means the oldest. */
  #listAgain(rule: CompiledRule, duty: Duty): void {
    this.#list(rule, duty);
    this.#open[rule.index]?.sort((a, b) => byOccurrence(a.fact, b.fact));
  }

  #unlist({ index }: CompiledRule, duty: Duty): void {
    const open = this.#open[index];
    const at = open?.indexOf(duty) ?? -1;
    if (at >= 0) open?.splice(at, 1);
  }

  #doneOn(closer: Closer, duty: Duty, fact: Fact): EpochDay {
    const { day } = this.#scope;
    if (closer.spec.onDay === 'filing') return dayNumberOf(fact.data['submittedOn']) ?? duty.submitted ?? day;
    if (closer.onDay === null) return day;
    return closer.onDay(this.#scope, this.#reckoning) ?? day;
  }

  #end(closer: Closer, duty: Duty, fact: Fact): boolean {
    const { spec } = closer;
    const { day } = this.#scope;
    const start = closer.starts === null ? null : closer.starts(this.#scope, this.#reckoning);
    const ended = start ?? this.#doneOn(closer, duty, fact);
    // What begins on the day after the due day leaves no gap.
    const inTime = duty.due === null || ended <= (start === null ? duty.due : duty.due + 1);
    if (inTime || spec.late === undefined || spec.late === 'void') {
      duty.void(day, spec.reason ?? 'the duty ended');
      return true;
    }
    if (spec.late === 'keep') return false;
    duty.meet(ended, fact.eventId);
    return true;
  }
}

/** Assesses a whole history at once. */
export function assess(facts: Iterable<Fact>, book: RuleBook, subject: AssessedSubject): Assessment {
  const assessment = new Assessment(book, subject);
  for (const fact of facts) assessment.apply(fact);
  return assessment;
}

interface Opened {
  readonly id: string;
  readonly fact: Fact;
  readonly subject: string;
  readonly named: Template;
  readonly region: string | null;
  readonly responsible: Responsible;
  readonly opens: EpochDay;
  readonly due: EpochDay | null;
  readonly dueReason: string | null;
  readonly safe: EpochDay | null;
  readonly count: Count | null;
  readonly counting: string | null;
}

/** An obligation while it is being worked on, its days as numbers. */
class Duty {
  readonly version: CompiledVersion;
  readonly fact: Fact;
  readonly subject: string;
  readonly due: EpochDay | null;
  submitted: EpochDay | null = null;
  readonly #opened: Opened;
  readonly #limitationMonthsOn: RuleBook['limitationMonthsOn'];
  #met: EpochDay | null = null;
  #metBy: string | null = null;
  #void: EpochDay | null = null;
  #voidReason: string | null = null;
  #stated: Obligation | null = null;

  constructor(version: CompiledVersion, limitationMonthsOn: RuleBook['limitationMonthsOn'], opened: Opened) {
    this.version = version;
    this.fact = opened.fact;
    this.subject = opened.subject;
    this.due = opened.due;
    this.#opened = opened;
    this.#limitationMonthsOn = limitationMonthsOn;
  }

  get isMet(): boolean {
    return this.#met !== null;
  }

  get isVoid(): boolean {
    return this.#void !== null;
  }

  get isClosed(): boolean {
    return this.#met !== null || this.#void !== null;
  }

  /** Whether an event's data names this obligation's subject. */
  isNamedBy(data: Readonly<Record<string, unknown>>): boolean {
    return !this.#opened.named.isConstant && this.#opened.named.fill(data) === this.subject;
  }

  submit(day: EpochDay): boolean {
    if (this.#met !== null) return false;
    this.submitted = day;
    this.#stated = null;
    return true;
  }

  reopen(): boolean {
    if (this.submitted === null && this.#met === null) return false;
    this.submitted = null;
    this.#met = null;
    this.#metBy = null;
    this.#stated = null;
    return true;
  }

  meet(day: EpochDay, by: string): void {
    this.#met = day;
    this.#metBy = by;
    this.#stated = null;
  }

  void(day: EpochDay, reason: string): void {
    this.#void = day;
    this.#voidReason = reason;
    this.#stated = null;
  }

  stated(): Obligation {
    this.#stated ??= this.#state();
    return this.#stated;
  }

  #state(): Obligation {
    const { id, fact, subject, region, responsible, opens, due, dueReason, safe, count, counting } = this.#opened;
    const { rule, reading, spec } = this.version;
    const ended = this.#met ?? this.#void;
    const missed = due !== null && (ended === null || ended > due);
    return {
      id,
      rule,
      ruleVersion: spec.validFrom,
      reading: reading === 'default' && counting !== null ? counting : reading,
      subject,
      region,
      responsible,
      triggeredBy: { eventId: fact.eventId, type: fact.type, occurredOn: fact.occurredOn },
      opensOn: dayText(opens),
      dueOn: dayTextOrNull(due),
      dueReason,
      safeBy: dayTextOrNull(safe),
      submittedOn: dayTextOrNull(this.submitted),
      metOn: dayTextOrNull(this.#met),
      metBy: this.#metBy,
      voidOn: dayTextOrNull(this.#void),
      voidReason: this.#voidReason,
      penalty: spec.penalty,
      overdueFrom: missed ? dayText(due + 1) : null,
      overdueUntil: missed ? dayTextOrNull(ended) : null,
      accruesUntil: dayTextOrNull(this.#accruesUntil(missed)),
      count:
        count === null
          ? null
          : {
              unit: count.unit,
              days: count.days,
              direction: count.direction,
              from: dayText(count.from),
              inclusive: count.inclusive,
            },
      verified: spec.verified,
      sourceKind: spec.sourceKind,
      consequence: spec.consequence,
    };
  }

  /** A duty done late stays punishable until the limitation has run; the last day of the term still counts. */
  #accruesUntil(missed: boolean): EpochDay | null {
    if (this.#void !== null) return this.#void;
    if (this.#met === null) return null;
    return missed ? plusMonths(this.#met, this.#limitationMonthsOn(this.#met)) + 1 : this.#met;
  }
}

const NOTHING: Fact = { eventId: '', type: '', occurredOn: '1970-01-01', data: {}, revision: -1, statedBy: '' };

function versionOn({ versions }: CompiledRule, day: EpochDay): CompiledVersion | undefined {
  for (const version of versions) if (version.from <= day && day <= version.until) return version;
  return undefined;
}

function responsibleFor({ spec }: Opener, fact: Fact): Responsible {
  if (spec.responsible !== 'host') return spec.responsible;
  return fact.data['host'] === 'third-party' ? 'third-party' : 'employer';
}

function entityData(entity: Entity): Readonly<Record<string, unknown>> {
  return { number: entityKey(entity), memberId: entityKey(entity) };
}
