import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Pack } from '../../src/audit/pack/archive.js';
import { pageOf, type Report } from '../../src/audit/pack/report.js';
import { htmlOf } from '../../src/audit/pack/report-html.js';
import { pdfOf, printable } from '../../src/audit/pack/report-pdf.js';
import { MEHMET, Office } from './kit.js';

const LONG_NAME = 'a'.repeat(120);
const office = new Office();

beforeAll(async () => {
  await office.open();
  await office.withMehmet();
  office.at('2026-01-12T05:00:00.000Z');
  await office.worker(MEHMET, 'Arrived', '2026-01-12', { region: 'KZ-75', address: 'Abay 1', purpose: 'work' });
  await office.worker(MEHMET, 'EmploymentContractSigned', '2026-01-12', {
    number: 'C-1',
    validFrom: '2026-01-12',
    validUntil: '2026-12-31',
    clauses: [],
  });
  office.at('2026-01-20T05:00:00.000Z');
  const assigned = { type: 'IinAssigned', occurredOn: '2026-01-19', data: { iin: '880417300178' } };
  const { status, text } = await office.post(`/v1/workers/${MEHMET}/events`, assigned, { 'ledger-actor': LONG_NAME });
  if (status !== 201) throw new Error(text);
});

afterAll(() => office.remove());

async function reportOf(query = ''): Promise<string> {
  const { bytes, text, status } = await office.get(`/v1/audit/pack?asOf=2026-02-10&worker=${MEHMET}${query}`);
  if (status !== 200) throw new Error(text);
  const pack = await Pack.open(bytes);
  const lines: string[] = [];
  for await (const line of pack.lines('report.html')) lines.push(line);
  return lines.join('\n');
}

const NOTHING = { mciMin: 0, mciMax: 0, tengeMin: 0, tengeMax: 0, obligations: 0 };

function bare(more: Partial<Report>): Report {
  const total = {
    accrued: NOTHING,
    atRisk: NOTHING,
    imposed: { ...NOTHING, penalties: 0 },
  } as unknown as Report['total'];
  return {
    title: 'The whole ledger',
    scope: {},
    asOf: '2026-02-10',
    knownAt: '2026-01-20T05:00:00.000Z',
    ruleBook: 'book',
    events: 0,
    streams: 0,
    total,
    byRule: [],
    obligations: [],
    obligationsInAll: 0,
    timeline: [],
    names: new Map(),
    ...more,
  };
}

describe('The report of a pack', () => {
  it('writes abbreviations as officers do', async () => {
    const html = await reportOf();
    expect(html).toContain('IIN assigned');
    expect(html).toContain('closed obtain IIN');
    expect(html).not.toMatch(/\biin\b|\bIin\b/);
  });

  it('breaks what has no blanks, so that no column is pushed off the page', async () => {
    const html = await reportOf();
    expect(html).toMatch(new RegExp(`<td class="breaks">[^<]*, ${LONG_NAME}</td>`));
    expect(html).toMatch(/\ntd \{[^}]*overflow-wrap: anywhere/);
  });

  it('says in its place that the history is left out because it is long, and where it is', () => {
    const html = htmlOf(pageOf(bare({ events: 4_419, streams: 205 })));
    expect(html).toContain(
      'Left out here, for 4\u00a0419 events are more than a reader will read: it is in timeline.jsonl.',
    );
    expect(html).not.toContain('<table>');
    expect(htmlOf(pageOf(bare({})))).not.toContain('Left out');
  });

  it('says of a pack that begins in the middle that its figures are of the whole history', async () => {
    expect(await reportOf('&from=2026-01-20')).toContain(
      'of the whole history, also of what was recorded before 2026-01-20; those events are not in this pack',
    );
    expect(await reportOf()).not.toContain('of the whole history');
  });

  it('writes out characters that are not seen, as older events may hold them', () => {
    const names = new Map([[MEHMET, 'Yil\u202Emaz Mehmet']]);
    expect(pageOf(bare({ names, scope: { worker: MEHMET } })).facts[0]).toEqual([
      'About',
      `worker Yil\\u202emaz Mehmet (${MEHMET})`,
    ]);
  });

  it('says on paper which letters it cannot show, and leaves those of Kazakh, Russian, Turkish and Vietnamese', async () => {
    const known = 'Әбдіқадыр Ғалымжан, Щербаков, Yıldırım Öğüş, Nguyễn Thị, 15 – 20 · №';
    const page = pageOf(bare({ names: new Map([[MEHMET, '王小明 Ali']]), scope: { worker: MEHMET }, title: known }));
    const printed = printable(page);
    expect(printed.title).toBe(known);
    expect(printed.facts[0]).toEqual(['About', `worker ??? Ali (${MEHMET})`]);
    expect(printed.remarks).toEqual([expect.stringContaining('stand here as question marks'), ...page.remarks]);
    const plain = pageOf(bare({ title: known }));
    expect(printable(plain)).toEqual(plain);
    expect((await pdfOf(page, new Date(0))).subarray(0, 5).toString()).toBe('%PDF-');
  });
});
