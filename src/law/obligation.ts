import type { Day } from '../domain/dates.js';

/** Where a value of the law comes from; `policy` is our own choice where the law is silent. */
export type SourceKind = 'law' | 'portal' | 'agency' | 'press' | 'seed' | 'policy';

/** Who has to act: a third party's duty (a hotel's notice) is watched and costs the employer nothing. */
export type Responsible = 'employer' | 'worker' | 'third-party';

/** The event that opened an obligation. */
export interface Trigger {
  readonly eventId: string;
  readonly type: string;
  readonly occurredOn: Day;
}

/** A count of days: so many of a kind, after or before a day. */
export interface DayCount {
  readonly unit: 'business-days' | 'calendar-days' | 'months';
  readonly days: number;
  readonly direction: 'after' | 'before';
  readonly from: Day;
  /** Whether `from` itself is day 1. */
  readonly inclusive: boolean;
}

/**
 * A duty that the facts opened, with every date that follows from facts and law and none that follows from today.
 * What it costs is worked out at query time from `penalty`, `accruesFrom`, the employer's size and the MCI.
 */
export interface Obligation {
  /** `<rule>.<event id of the original trigger>`, with `.<subject>` behind it where one trigger opens several. */
  readonly id: string;
  readonly rule: string;
  /** The day from which the version of the rule applies; the version is chosen by the trigger's date. */
  readonly ruleVersion: Day;
  /** The named reading of the parameter that was applied, `default` where sources agree. */
  readonly reading: string;
  /** What it is about: `worker`, `family-member:<memberId>`, `permit:<number>`, `visa:<number>`, `quota:<year>:<region>` ... */
  readonly subject: string;
  readonly region: string | null;
  readonly responsible: Responsible;
  readonly triggeredBy: Trigger;
  readonly opensOn: Day;
  /** The last day in time; null where it is not known, with `dueReason`. */
  readonly dueOn: Day | null;
  readonly dueReason: string | null;
  /** The stricter reading of the last day: safe under every counting. */
  readonly safeBy: Day | null;
  readonly submittedOn: Day | null;
  readonly metOn: Day | null;
  /** Event id of what met it. */
  readonly metBy: string | null;
  /** The day from which the duty no longer exists. */
  readonly voidOn: Day | null;
  readonly voidReason: string | null;
  /** Key of the penalty in the law's data, null where none was found. */
  readonly penalty: string | null;
  /** First day on which the duty is overdue (`dueOn` + 1) when it was, or may yet be, missed; null when met or void in time. */
  readonly overdueFrom: Day | null;
  /** First day on which it is overdue no more (met or void); null while it is not known. */
  readonly overdueUntil: Day | null;
  /** First day on which its cost no longer counts: void, or the limitation after a late fulfilment; null while unknown. */
  readonly accruesUntil: Day | null;
  /** How the last day was counted, for the trace; null where it was not counted but named (a visa's last day). */
  readonly count: DayCount | null;
  readonly verified: boolean;
  readonly sourceKind: SourceKind;
  /** What follows if it is missed, in one sentence, where it is not (only) a fine. */
  readonly consequence: string | null;
}

/** The state of an obligation as of a day. */
export type ObligationState = 'upcoming' | 'open' | 'overdue' | 'met' | 'void';
