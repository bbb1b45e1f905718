import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { type Checklist, type ChecklistQuestion, checklistsOf, routeQuestion } from '../../src/law/checklists.js';
import { factsOf } from '../../src/law/examples.js';
import { papersOf } from '../../src/law/papers.js';
import type { Example } from '../../src/law/schema.js';
import { smallLaw } from './small-law.js';

interface Case {
  readonly facts?: Example['facts'];
  readonly hasQuotaPlace?: boolean;
  readonly state: string;
  readonly because?: string;
}
const { slots } = parse(readFileSync(join(__dirname, 'slots.yaml'), 'utf8')) as {
  readonly slots: readonly { readonly slot: object; readonly cases: readonly Case[] }[];
};

const law = smallLaw();
const TODAY = '2026-02-02';
const SOURCE = { reference: 'A guide', sourceKind: 'seed', checkedOn: '2026-11-22', verified: false };
const LEGALISATION = [
  {
    treaty: 'over',
    title: 'an old treaty',
    form: 'legalisation',
    countries: ['TR', 'KZ'],
    validFrom: '1990-01-01',
    validTo: '2026-02-01',
  },
  { treaty: 'own', title: 'own papers', form: 'none', countries: ['KZ'], validFrom: '1991-12-16' },
  { treaty: 'cis', title: 'the commonwealth', form: 'notarised-copy', countries: ['KG'], validFrom: TODAY },
  {
    treaty: 'hague',
    title: 'the convention',
    form: 'apostille',
    countries: ['TR'],
    validFrom: '2001-01-30',
    validTo: TODAY,
  },
  { treaty: 'rest', title: 'everybody else', form: 'legalisation', validFrom: '1991-12-16' },
];

/** A file of the law: JSON is YAML, but for the first key, which stands at the beginning of a line. */
const lawFile = (kind: string, entries: readonly object[]) =>
  `${kind}: ${JSON.stringify(entries)}\ndefaults: ${JSON.stringify(SOURCE)}\n`;

const worker = (facts: Example['facts'], citizenship?: string | null) =>
  papersOf(
    factsOf({
      example: 'x',
      asOf: TODAY,
      expect: [],
      facts: [{ on: '2026-01-04', Departed: {} }, ...facts],
      citizenship,
    } as Example),
  );

function checklist(
  spec: object,
  slotSpecs: readonly object[],
  facts: Example['facts'],
  more: Partial<ChecklistQuestion> = {},
): Checklist {
  const named = slotSpecs.map((one, index) => ({ slot: `slot-${index + 1}`, title: 'The paper', ...one }));
  law.write(
    'checklists.yaml',
    lawFile('checklists', [{ checklist: 'file', title: 'The file', rows: [], ...spec, slots: named }]),
  );
  law.write('legalisation.yaml', lawFile('legalisation', LEGALISATION));
  const all = checklistsOf({ papers: worker(facts), today: TODAY, employerKind: 'company', ...more }, law.book());
  const [only] = all;
  if (only === undefined || all.length > 1) throw new Error(`${all.length} files instead of one`);
  return only;
}

describe('a slot of a file', () => {
  for (const { slot, cases } of slots) {
    describe(JSON.stringify(slot), () => {
      it.each(cases.map((one) => [one.state, JSON.stringify(one.facts ?? []), one] as const))(
        'is %s after %s',
        (_, __, one) => {
          const { hasQuotaPlace } = one;
          const [seen] = checklist({}, [slot], one.facts ?? [], { hasQuotaPlace }).slots;
          expect(seen?.state).toBe(one.state);
          if (one.because !== undefined) expect(seen?.because).toBe(one.because);
          expect(seen).toMatchObject({
            slot: 'slot-1',
            title: 'The paper',
            required: true,
            reference: 'A guide',
            verified: false,
          });
        },
      );
    });
  }
});

describe('a file of papers', () => {
  const diploma = { on: '2026-01-05', DocumentProvided: { kind: 'diploma' } };
  const [first, second] = [
    { documents: ['diploma'], title: 'Diploma' },
    { fact: 'iin', title: 'IIN' },
  ];

  it('is ready when all that is required is there, and says what blocks it', () => {
    expect(checklist({}, [first, second], [diploma])).toMatchObject({
      checklist: 'file',
      title: 'The file',
      ready: 'no',
      blockedBy: ['IIN is missing.'],
      next: 'slot-2',
      reference: 'A guide',
      sourceKind: 'seed',
      verified: false,
    });
    expect(checklist({}, [first, { ...second, required: false }], [diploma])).toMatchObject({
      ready: 'yes',
      blockedBy: [],
      next: null,
    });
    expect(checklist({}, [second], [{ on: '2026-01-05', IinAssigned: {} }]).ready).toBe('yes');
  });

  it('is not known to be ready where nothing but unknown things block it', () => {
    const passport = { fact: 'passport', title: 'Passport' };
    expect(checklist({}, [first, passport], [diploma])).toMatchObject({ ready: 'not-known', next: 'slot-2' });
    expect(checklist({}, [first, passport], [])).toMatchObject({ ready: 'no', next: 'slot-1' });
  });

  it('asks for one thing after another where the order counts', () => {
    const states = (spec: object, facts: Example['facts']) =>
      checklist(spec, [first, second, { ...second, title: 'Again' }], facts).slots.map(
        ({ state, because }) => `${state}: ${because}`,
      );
    expect(states({ inOrder: true }, [])).toEqual([
      'missing: Diploma is missing.',
      'waiting: IIN: Diploma comes first.',
      'waiting: Again: Diploma comes first.',
    ]);
    expect(states({ inOrder: true }, [diploma])).toEqual([
      'there: Diploma of 2026-01-05 is there.',
      'missing: IIN is missing.',
      'waiting: Again: IIN comes first.',
    ]);
    expect(states({}, [])).toEqual([
      'missing: Diploma is missing.',
      'missing: IIN is missing.',
      'missing: Again is missing.',
    ]);
    expect(states({ inOrder: true }, [{ on: '2026-01-05', IinAssigned: {} }])[1]).toBe('there: IIN is there.');
  });

  it('leaves out a slot that is not asked of this worker, and keeps one of which that is not known', () => {
    const child = { ...first, when: { withChild: true } };
    const family = (relation: string) => [{ on: '2026-01-05', FamilyMemberAdded: { memberId: 'm', relation } }];
    expect(checklist({}, [child, second], []).slots.map(({ slot }) => slot)).toEqual(['slot-2']);
    expect(checklist({}, [child, second], family('child')).slots).toHaveLength(2);
    expect(checklist({}, [{ ...first, when: { withSpouse: true } }, second], family('spouse')).slots).toHaveLength(2);
    expect(checklist({}, [{ ...first, when: { withSpouse: true } }, second], family('child')).slots).toHaveLength(1);
    expect(checklist({}, [{ ...first, when: { stayUntil: { after: TODAY } } }, second], []).slots).toHaveLength(2);
  });

  it.each<[object, Example['facts'], boolean]>([
    [{ hasPermit: true }, [{ on: '2026-01-05', WorkPermitIssued: { number: 'P', validUntil: TODAY } }], true],
    [{ hasPermit: true }, [{ on: '2026-01-05', WorkPermitIssued: { number: 'P', validUntil: '2026-02-01' } }], false],
    [{ hasVisa: true }, [{ on: '2026-01-05', VisaIssued: { number: 'V', validUntil: TODAY } }], true],
    [{ hasVisa: true }, [{ on: '2026-01-05', VisaIssued: { number: 'V', validUntil: '2026-02-01' } }], false],
    [{ hasIin: true }, [{ on: '2026-01-05', IinAssigned: {} }], true],
    [{ hasIin: true }, [], false],
    [{ today: TODAY }, [], true],
  ])('is asked for when %j holds', (when, facts, asked) => {
    const seen = () => checklist({ when }, [second], facts);
    if (asked) expect(seen().slots).toHaveLength(1);
    else expect(seen).toThrow('0 files instead of one');
  });
});

describe('the route that the papers put a worker on', () => {
  const route = (facts: Example['facts'], more: Partial<ChecklistQuestion> = {}, citizenship?: string | null) =>
    routeQuestion({ papers: worker(facts, citizenship), today: TODAY, employerKind: 'company', ...more });

  it('is that of an employee of a company where nothing else was recorded', () => {
    expect(route([])).toEqual({
      citizenship: 'TR',
      category: null,
      employerKind: 'company',
      basis: 'employment-contract',
      purpose: 'work',
      stayDays: null,
      exemptionGround: null,
      permanentResident: false,
      withFamily: false,
      on: TODAY,
    });
    expect(route([], { employerKind: 'individual' }, null)).toMatchObject({
      citizenship: null,
      employerKind: 'individual',
    });
  });

  it('follows the permit, else the application, and what was chosen', () => {
    const permit = { on: '2026-01-05', WorkPermitIssued: { number: 'P', category: 'ict', validUntil: '2026-03-31' } };
    const applied = { on: '2026-01-05', WorkPermitApplied: { applicationNumber: 'A', category: '2' } };
    expect(route([permit, applied])).toMatchObject({ category: 'ict', basis: 'ict' });
    expect(route([applied])).toMatchObject({ category: '2', basis: 'employment-contract' });
    expect(route([permit, { on: '2026-01-06', RouteChosen: { basis: 'service-contract' } }]).basis).toBe(
      'service-contract',
    );
    expect(route([{ on: '2026-01-06', EntryPurposeDeclared: { purpose: 'tourism' } }]).purpose).toBe('tourism');
    expect(route([{ on: '2026-01-06', FamilyMemberAdded: { memberId: 'm', relation: 'child' } }]).withFamily).toBe(
      true,
    );
  });

  it('counts the days of the stay from the arrival or today, to the last paper that is not over', () => {
    const visa = (validUntil: string) => ({ on: '2026-01-05', VisaIssued: { number: 'V', validUntil } });
    const contract = { on: '2026-01-05', EmploymentContractSigned: { number: 'C', validUntil: '2026-02-10' } };
    expect(route([visa(TODAY)]).stayDays).toBe(1);
    expect(route([visa('2026-02-01')]).stayDays).toBeNull();
    expect(route([visa('2026-02-05'), contract]).stayDays).toBe(9);
    expect(route([contract, visa('2026-02-12')]).stayDays).toBe(11);
    expect(route([visa('2026-02-05'), { on: '2026-01-30', Arrived: {} }]).stayDays).toBe(7);
    expect(route([visa('2026-02-05')], { stayUntil: '2026-02-03' }).stayDays).toBe(2);
    expect(route([visa('2026-02-05')], { stayUntil: '2026-01-03' }).stayDays).toBe(1);
  });

  it('knows an exemption on its days and a residence permit from its first day', () => {
    const exempt = (until?: string) => ({ on: '2026-01-05', ExemptionClaimed: { ground: 'branch-head', until } });
    expect(route([exempt()]).exemptionGround).toBe('branch-head');
    expect(route([exempt(TODAY)]).exemptionGround).toBe('branch-head');
    expect(route([exempt('2026-02-01')]).exemptionGround).toBeNull();
    expect(route([{ ...exempt(), on: TODAY }]).exemptionGround).toBe('branch-head');
    expect(route([{ ...exempt(), on: '2026-02-03' }]).exemptionGround).toBeNull();
    const resident = (validFrom: string) => ({ on: '2026-01-05', ResidencePermitGranted: { validFrom } });
    expect([route([resident(TODAY)]).permanentResident, route([resident('2026-02-03')]).permanentResident]).toEqual([
      true,
      false,
    ]);
  });
});
