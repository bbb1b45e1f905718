import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach } from '@jest/globals';
import { loadRuleBook, type RuleBook } from '../../src/law/book.js';
import { LawError } from '../../src/law/law-error.js';

/** A law that fits on a page: one rule, one penalty, two years. Tests change it file by file. */
const FILES: Readonly<Record<string, string>> = {
  'calendar/2026.yaml': `calendar: 2026
reference: Law on holidays
sourceKind: law
checkedOn: 2026-11-22
verified: true
forecast: false
days: |
  2026-01-01 holiday New Year
  2026-05-11 substitute day off for Victory Day | decree 7
`,
  'calendar/2027.yaml': `calendar: 2027
reference: Law on holidays
sourceKind: law
checkedOn: 2026-11-22
verified: false
forecast: true
days: |
  2027-01-01 holiday New Year
`,
  'countries.yaml': `codesFrom: ISO 3166-1
countries: |
  KG Kyrgyzstan
  TR Türkiye
defaults: { sourceKind: law, checkedOn: 2026-11-22, verified: false }
groups:
  - group: union
    title: Economic union
    countries: [KG]
    validFrom: 2015-01-01
    workPermitNeeded: false
    workVisaNeeded: true
    residencePermitAfterDays: 30
    stay: { daysPerEntry: 90 }
    reference: Treaty on the union
  - group: friends
    title: Friends
    countries: [KG, TR]
    validFrom: 2020-01-01
    workPermitNeeded: true
    workVisaNeeded: false
    reference: Letter of | friendship
    verified: true
`,
  'parameters/counting-of-days.yaml': `parameter: counting-of-days
title: The first day of a term
values:
  - { validFrom: 1995-01-01, value: exclusive, reference: Our choice, sourceKind: policy, checkedOn: 2026-11-22, verified: false }
readings:
  - { reading: exclusive, default: true, says: The day after the event is day 1., reference: Civil Code, sourceKind: law, checkedOn: 2026-11-22, verified: true }
  - { reading: inclusive, says: The day of the event is day 1., reference: A newspaper, sourceKind: press, checkedOn: 2026-11-20, verified: false }
`,
  'parameters/limitation.yaml': `parameter: limitation
title: Time after which nobody is liable
unit: months
values:
  - { validFrom: 2015-01-01, value: 2, reference: Code art. 62, sourceKind: law, checkedOn: 2026-11-22, verified: true }
`,
  'parameters/mci.yaml': `parameter: mci
title: Monthly index
unit: tenge
expires: year-end
values:
  - { purposes: [fines, benefits], validFrom: 2025-01-01, value: 3932, reference: Budget of 2025, sourceKind: law, checkedOn: 2026-11-22, verified: true }
  - { purpose: fines, validFrom: 2026-01-01, value: 4325, reference: Budget of 2026, sourceKind: press, checkedOn: 2026-11-22, verified: false }
`,
  'penalties/hosts.yaml': `penalties:
  - penalty: late-notice
    article: art. 518 p. 1
    title: The host told nothing | or too late
    repeat: late-again
    repeatWithinMonths: 12
    tiers: { individual: warning, official: 10, small: 11, nonprofit: 12, medium: 15, large: 20 }
    sourceKind: law
    checkedOn: 2026-11-22
    versions:
      - { validFrom: 2015-01-01, verified: false, reference: "Code of 2015" }
      - { validFrom: 2018-01-01, verified: true, reference: "Code of 2018" }
  - penalty: late-again
    article: art. 518 p. 3
    title: The same within a year
    tiers: { individual: 30, official: 40, small: 41, nonprofit: 42, medium: 70, large: 100 }
    sourceKind: law
    checkedOn: 2026-11-22
    versions:
      - { validFrom: 2015-01-01, verified: true, reference: "Code of 2015" }
`,
  'obligations/tell.yaml': `rule: tell-police
title: Tell the police
rows: [S35, S36]
sentence: { en: The host tells the police., ru: Хозяин сообщает полиции., kk: Қожайын полицияға хабарлайды. }
sourceKind: law
checkedOn: 2026-11-22
penalty: late-notice
consequence: The guest may be asked to leave.
opens:
  - on: Arrived
    when: { needsPermit: true, anyOf: [{ inCountry: true }, { event.host: [employer, third-party] }] }
    subject: worker
    responsible: host
  - { on: FamilyMemberArrived, subject: "member:{memberId}", responsible: employer, deadline: { dueOn: { calendarDays: 5, after: occurredOn }, safeBy: due-day } }
deadline: { dueOn: { businessDays: 3, after: occurredOn }, safeBy: inclusive }
closes:
  - { on: NotificationAcknowledged, when: { event.about: arrival }, match: trigger, becomes: met }
  - { on: Departed, match: any, becomes: void, reason: the worker left }
versions:
  - { validFrom: 2016-01-01, verified: false, reference: First order, remark: nobody has read it }
  - { validFrom: 2020-03-31, verified: true, reference: Second order, remark: nobody has read it }
  - { validFrom: 2027-01-01, verified: false, reference: Third order, "off": true }
readings:
  - { reading: three-days, default: true, says: Three working days., reference: Second order, sourceKind: law, checkedOn: 2026-11-22, verified: true }
  - reading: five-days
    says: Five working days from July.
    reference: A newspaper
    sourceKind: press
    checkedOn: 2026-11-20
    verified: false
    instead: { validFrom: 2026-07-01, deadline: { dueOn: { businessDays: 5, after: occurredOn }, safeBy: working-day-before } }
---
examples:
  - example: On the last day it is open
    facts: [{ on: 2026-11-02, Arrived: { region: KZ-75 } }]
    asOf: 2026-11-05
    expect: [{ dueOn: 2026-11-05, state: open }]
  - example: On the next day it is overdue
    facts: [{ on: 2026-11-02, Arrived: { region: KZ-75 } }]
    asOf: 2026-11-06
    expect: [{ dueOn: 2026-11-05, state: overdue }]
`,
  'obligations/ask.yaml': `rule: ask-places
title: Ask for places
stream: employer
rows: []
sentence: { en: The employer asks., ru: Работодатель просит., kk: Жұмыс беруші сұрайды. }
sourceKind: policy
checkedOn: 2026-11-21
verified: false
reference: Custom of the house
opens: [{ on: ForeignStaffPlanned, subject: "quota:{region}-{year+1}", responsible: employer }]
deadline: { opensOn: { monthDay: "01-01", year: event.year }, dueOn: { monthDay: "08-01", year: event.year }, safeBy: working-day-before }
versions: [{ validFrom: 2016-01-01, validTo: 2028-12-31 }]
---
examples:
  - example: Asked for before August
    stream: employer
    facts: [{ on: 2026-05-04, ForeignStaffPlanned: { year: 2026, region: KZ-75, count: 2 } }]
    asOf: 2026-07-31
    expect: [{ subject: "quota:KZ-75-2027", opensOn: 2026-01-01, dueOn: 2026-08-01, safeBy: 2026-07-31, state: open, responsible: employer, penalty: null }]
  - example: Forgotten
    stream: employer
    facts: [{ on: 2026-05-04, ForeignStaffPlanned: { year: 2026, region: KZ-75, count: 2 } }]
    asOf: 2026-08-02
    expect: [{ state: overdue, daysOverdue: 1 }]
`,
  'regions.yaml': `defaults: { sourceKind: law, checkedOn: 2026-11-22, verified: false, reference: ISO 3166-2 }
regions:
  - { code: KZ-75, name: Almaty, kind: city, validFrom: 1997-01-01 }
`,
  'sizes.yaml': `defaults: { sourceKind: law, checkedOn: 2026-11-22, verified: false, reference: Entrepreneurial Code art. 24 }
sizes:
  - { size: medium, title: Medium business, validFrom: 2015-01-01 }
`,
  'conflicts.yaml': `checkedOn: 2026-11-22
conflicts:
  - conflict: amount
    title: A range or an amount?
    rows: [S33]
    rule: tell-police
    sides:
      - { says: A range., reference: A guide, sourceKind: seed, verified: true }
      - { says: An amount., reference: Code art. 518, sourceKind: law, verified: false, checkedOn: 2026-11-01 }
    decided: The amount is followed.
`,
};

/** A folder with the small law, fresh for every test. */
export class SmallLaw {
  #folder = '';

  get folder(): string {
    return this.#folder;
  }

  start(): void {
    this.#folder = mkdtempSync(join(tmpdir(), 'small-law-'));
    for (const [path, text] of Object.entries(FILES)) this.write(path, text);
  }

  end(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.#folder, path)), { recursive: true });
    writeFileSync(join(this.#folder, path), text);
  }

  remove(path: string): void {
    rmSync(join(this.#folder, path));
  }

  /** Changes one place of a file; a place that is not there is a mistake in the test. */
  change(path: string, right: string | RegExp, wrong: string): void {
    const before = readFileSync(join(this.#folder, path), 'utf8');
    const after = before.replace(right, () => wrong);
    if (after === before) throw new Error(`${path} does not hold ${String(right)}`);
    this.write(path, after);
  }

  book(): RuleBook {
    return loadRuleBook({ dir: this.#folder });
  }

  /** What the loader says of the law as it stands. */
  refusal(load: () => unknown = () => this.book()): LawError {
    try {
      load();
    } catch (error) {
      if (error instanceof LawError) return error;
      throw error;
    }
    throw new Error('the law was accepted');
  }
}

export function smallLaw(): SmallLaw {
  const law = new SmallLaw();
  beforeEach(() => law.start());
  afterEach(() => law.end());
  return law;
}
