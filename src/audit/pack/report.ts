import { withHiddenShown } from '../../domain/hidden.js';
import type { ObligationAnswer } from '../../reading/answers.js';
import type { StandingSums } from '../../reading/exposure-sums.js';
import type { LedgerStep } from '../steps.js';
import type { PackScope } from './scope.js';

/** What the readable report tells, in the order in which it tells it. Small, whatever the size of the pack. */
export interface Report {
  readonly title: string;
  readonly scope: PackScope;
  readonly asOf: string;
  readonly knownAt: string | null;
  readonly ruleBook: string;
  readonly events: number;
  readonly streams: number;
  readonly total: StandingSums;
  readonly byRule: readonly (StandingSums & { readonly key: string | null })[];
  /** The obligations that cost or are due, those with a fine first, then by the last day, as many as a reader will read. */
  readonly obligations: readonly ObligationAnswer[];
  readonly obligationsInAll: number;
  /** Empty where the pack holds more than a reader will read. */
  readonly timeline: readonly LedgerStep[];
  /** Names by person, where names were asked for. */
  readonly names: ReadonlyMap<string, string>;
}

/** A table with what its columns are called; numbers stand to the right. Without rows its note alone is told. */
export interface ReportTable {
  readonly title: string;
  readonly note: string | null;
  readonly columns: readonly {
    readonly heading: string;
    readonly width: 'auto' | '*' | number;
    readonly right?: boolean;
    /** Whether its texts may be broken anywhere: who recorded something is named as long as the caller likes. */
    readonly breaks?: boolean;
  }[];
  readonly rows: readonly (readonly string[])[];
}

/** The report as headings, facts and tables: what HTML and PDF have in common. */
export interface ReportPage {
  readonly title: string;
  readonly subtitle: string;
  readonly facts: readonly (readonly [string, string])[];
  readonly figures: readonly { readonly label: string; readonly value: string; readonly detail: string }[];
  readonly tables: readonly ReportTable[];
  readonly remarks: readonly string[];
}

/** Lays a report out. */
export function pageOf(report: Report): ReportPage {
  const { asOf, knownAt, ruleBook, events, streams, total } = report;
  return {
    title: report.title,
    subtitle: `As of ${day(asOf)}, by what was recorded ${knownAt === null ? 'by then' : `by ${moment(knownAt)}`}`,
    facts: [
      ['About', aboutOf(report)],
      ...figuresOfAll(report),
      ['Events', `${grouped(events)} of ${grouped(streams)} ${streams === 1 ? 'history' : 'histories'}`],
      ['State of things on', day(asOf)],
      ['Last event recorded', knownAt === null ? 'none' : moment(knownAt)],
      ['Law', `rule book ${ruleBook}`],
    ],
    figures: [
      {
        label: 'Accrued',
        value: tenge(total.accrued.tengeMin, total.accrued.tengeMax),
        detail: `${mci(total.accrued.mciMin, total.accrued.mciMax)} over ${count(total.accrued.obligations)}`,
      },
      {
        label: 'At risk within 30 days',
        value: tenge(total.atRisk.tengeMin, total.atRisk.tengeMax),
        detail: `${mci(total.atRisk.mciMin, total.atRisk.mciMax)} over ${count(total.atRisk.obligations)}`,
      },
    ],
    tables: [byRule(report), obligations(report), timeline(report)].filter(
      ({ rows, note }) => rows.length > 0 || note !== null,
    ),
    remarks: [
      'Every figure here stands with its trace (events, days counted, tier, arithmetic, reference) in obligations.jsonl of this pack; the events themselves are in events.jsonl, the law as data under law/.',
      'manifest.json names the SHA-256 of each file. Each event carries a hash over its content and over the event before it; README.txt says how to check both.',
      'Amounts take an offence for a first one unless a penalty of its kind is recorded here, and the law as it is recorded in the rule book named above. This is no legal advice.',
    ],
  };
}

function aboutOf({ scope, names }: Report): string {
  const { worker, employer, from, to } = scope;
  const named = (id: string) => (names.has(id) ? `${withHiddenShown(names.get(id) ?? '')} (${id})` : id);
  const whom =
    worker !== undefined
      ? `worker ${named(worker)}`
      : employer !== undefined
        ? `employer ${employer}`
        : 'the whole ledger';
  if (from === undefined && to === undefined) return whom;
  return `${whom}, recorded ${from === undefined ? '' : `from ${from} `}${to === undefined ? '' : `until ${to}`}`.trimEnd();
}

/** Of a pack that begins in the middle: its figures are not those of its events alone. */
function figuresOfAll({ scope }: Report): readonly (readonly [string, string])[] {
  const { from } = scope;
  return from === undefined
    ? []
    : [
        [
          'Figures',
          `of the whole history, also of what was recorded before ${from}; those events are not in this pack`,
        ],
      ];
}

function byRule({ byRule: sums }: Report): ReportTable {
  return {
    title: 'What it may cost, by rule',
    note: null,
    columns: [
      { heading: 'Rule', width: '*' },
      { heading: 'Accrued', width: 'auto', right: true },
      { heading: 'MCI', width: 'auto', right: true },
      { heading: 'Tenge', width: 'auto', right: true },
      { heading: 'At risk', width: 'auto', right: true },
      { heading: 'Tenge', width: 'auto', right: true },
    ],
    rows: sums.map(({ key, accrued, atRisk }) => [
      words(key ?? 'other'),
      grouped(accrued.obligations),
      range(accrued.mciMin, accrued.mciMax),
      range(accrued.tengeMin, accrued.tengeMax),
      grouped(atRisk.obligations),
      range(atRisk.tengeMin, atRisk.tengeMax),
    ]),
  };
}

function obligations({ obligations: list, obligationsInAll, names, scope }: Report): ReportTable {
  const isOne = scope.worker !== undefined;
  return {
    title: 'Obligations that cost or are due',
    note:
      list.length < obligationsInAll
        ? `The ${list.length} first of ${grouped(obligationsInAll)}; all are in obligations.jsonl.`
        : null,
    columns: [
      { heading: 'Rule', width: '*' },
      ...(isOne ? [] : [{ heading: 'Of', width: '*' as const }]),
      { heading: 'Due', width: 'auto' },
      { heading: 'State', width: 'auto' },
      { heading: 'Late by', width: 'auto', right: true },
      { heading: 'MCI', width: 'auto', right: true },
      { heading: 'Tenge', width: 'auto', right: true },
    ],
    rows: list.map((one) => {
      const { rule, workerId, employerBin, dueOn, state, daysOverdue, metOn, late, exposure } = one;
      const whose = workerId ?? employerBin ?? '';
      return [
        words(rule),
        ...(isOne ? [] : [withHiddenShown(names.get(whose) ?? whose)]),
        dueOn === null ? 'not known' : day(dueOn),
        late && metOn !== null ? `met late, ${day(metOn)}` : state,
        daysOverdue > 0 ? `${grouped(daysOverdue)} d` : '',
        exposure === null ? '' : exposure.penalty === 'warning' ? 'warning' : range(exposure.mciMin, exposure.mciMax),
        exposure === null ? '' : range(exposure.tengeMin, exposure.tengeMax),
      ];
    }),
  };
}

function timeline({ timeline: steps, scope, events }: Report): ReportTable {
  return {
    title: 'What happened, in the order in which it was recorded',
    note:
      steps.length === 0 && events > 0
        ? `Left out here, for ${grouped(events)} events are more than a reader will read: it is in timeline.jsonl.`
        : null,
    columns: [
      { heading: 'Day', width: 'auto' },
      { heading: 'Event', width: '*' },
      { heading: 'Recorded', width: 'auto', breaks: true },
      { heading: 'What followed', width: '*' },
      { heading: 'Accrued then', width: 'auto', right: true },
    ],
    rows: steps.map((step) => {
      if ('unreadable' in step) return ['', step.event.type, moment(step.event.recordedAt), step.unreadable, ''];
      const { event, opened, closed, exposure, asOf, stream } = step;
      const whose = scope.worker === undefined ? ` · ${stream.slice(stream.indexOf('-') + 1)}` : '';
      // Older events may hold characters that are not seen.
      const reason = event.reason === null ? '' : `: ${withHiddenShown(event.reason)}`;
      const remark =
        event.amends !== null ? ` (about ${event.amends.slice(0, 8)})` : event.late ? ' (recorded late)' : '';
      return [
        day(asOf),
        `${words(event.type)}${remark}${whose}${reason}`,
        `${moment(event.recordedAt)}, ${withHiddenShown(event.recordedBy)}`,
        [
          ...opened.map(({ rule, dueOn }) => `opened ${inWords(rule)}${dueOn === null ? '' : `, due ${day(dueOn)}`}`),
          ...closed.map(({ rule, metOn }) => `closed ${inWords(rule)}${metOn === null ? '' : `, met ${day(metOn)}`}`),
        ].join('; '),
        exposure === null || exposure.accrued.obligations === 0
          ? ''
          : range(exposure.accrued.tengeMin, exposure.accrued.tengeMax),
      ];
    }),
  };
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** 2026-11-20 → 20 Nov 2026, with spaces that do not break. */
function day(text: string): string {
  const [year, month, date] = text.split('-');
  return `${Number(date)}\u00a0${MONTHS[Number(month) - 1] ?? ''}\u00a0${year}`;
}

/** The instant in Kazakhstan's time: what an officer's clock showed. */
function moment(instant: string): string {
  const local = new Date(Date.parse(instant) + ALMATY_AHEAD_MS).toISOString();
  return `${day(local.slice(0, 10))}, ${local.slice(11, 16)}`;
}

// All of Kazakhstan has kept UTC+5 since 1 March 2024; the exact instants stand in the files.
const ALMATY_AHEAD_MS = 5 * 3_600_000;

/** notify-arrival → Notify arrival; WorkPermitIssued → Work permit issued; IinAssigned → IIN assigned. */
function words(name: string): string {
  const spaced = inWords(name);
  return spaced.slice(0, 1).toUpperCase() + spaced.slice(1);
}

function inWords(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll('-', ' ')
    .toLowerCase()
    .replace(ABBREVIATIONS, (word) => word.toUpperCase());
}

const ABBREVIATIONS = /\b(iin|bin|mci)\b/g;

function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, '\u00a0');
}

function range(min: number | null, max: number | null): string {
  if (min === null || max === null) return 'not known';
  return min === max ? grouped(min) : `${grouped(min)} – ${grouped(max)}`;
}

function tenge(min: number | null, max: number | null): string {
  const text = range(min, max);
  return min === null || max === null ? text : `${text}\u00a0tenge`;
}

function mci(min: number, max: number): string {
  return `${range(min, max)} MCI`;
}

function count(obligations: number): string {
  return `${grouped(obligations)} ${obligations === 1 ? 'obligation' : 'obligations'}`;
}
