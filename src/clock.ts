import { type Day, endOfLegalDay, legalDayOf } from './domain/dates.js';

/** Injection token of the clock: the only way to ask for the time. */
export const CLOCK = Symbol('clock');

export interface Clock {
  now(): Date;
  /** The civil date in Kazakhstan. */
  today(): Day;
}

/** The machine's clock. The day is worked out once and kept until it ends. */
export class SystemClock implements Clock {
  #today: Day = '';
  #endsAt = 0;

  now(): Date {
    return new Date();
  }

  today(): Day {
    const now = Date.now();
    if (now > this.#endsAt || this.#today === '') {
      this.#today = legalDayOf(new Date(now).toISOString());
      this.#endsAt = Date.parse(endOfLegalDay(this.#today));
    }
    return this.#today;
  }
}

/** A clock that stands still, or is moved by hand: for tests, examples and generated documents. */
export class FixedClock implements Clock {
  #now: Date;

  constructor(instant: string) {
    this.#now = new Date(instant);
  }

  now(): Date {
    return this.#now;
  }

  today(): Day {
    return legalDayOf(this.#now.toISOString());
  }

  moveTo(instant: string): void {
    this.#now = new Date(instant);
  }
}
