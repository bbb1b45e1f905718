import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Content, TableCell, TDocumentDefinitions } from 'pdfmake/interfaces.js';
import type { ReportPage, ReportTable } from './report.js';

interface PdfMake {
  setFonts(fonts: Readonly<Record<string, Readonly<Record<string, string>>>>): void;
  setUrlAccessPolicy(policy: (url: string) => boolean): void;
  setLocalAccessPolicy(policy: (path: string) => boolean): void;
  createPdf(definition: TDocumentDefinitions): { getBuffer(): Promise<Buffer> };
}

let ready: Promise<PdfMake> | undefined;

const GREY = '#5b6475';
const LINE = '#dfe3ea';

/**
 * The report as PDF. The same report gives the same bytes: the only instant in it is the one given.
 * @param madeAt stands as its date of creation
 */
export async function pdfOf(page: ReportPage, madeAt: Date): Promise<Buffer> {
  ready ??= prepare();
  return (await ready).createPdf(definitionOf(printable(page), madeAt)).getBuffer();
}

// What the shipped fonts have: Latin, Greek and Cyrillic letters, marks and signs. A letter beyond would be an empty box.
const BEYOND_THE_FONT =
  /[^\n -~\u00a0-\u017f\u018f\u0192\u01a0\u01a1\u01af\u01b0\u0218-\u021b\u0259\u02bc\u0384-\u038a\u038c\u038e-\u03a1\u03a3-\u03ce\u0400-\u0486\u0488-\u0513\u1ea0-\u1ef9\u2000-\u200b\u2010\u2011\u2013-\u2015\u2017-\u201e\u2020-\u2022\u2025-\u2027\u2030\u2039\u203a\u20ac\u2116\u2122\u2212\u2260\u2264\u2265]/gu;

const SHOWN_AS_MARKS =
  'Letters that the font of this file lacks, such as Chinese or Arabic ones, stand here as question marks; report.html in this pack shows them.';

/** The report in letters that the fonts have; where some were replaced, a remark says so. */
export function printable(page: ReportPage): ReportPage {
  let isReplaced = false;
  const shown = (text: string): string =>
    text.normalize('NFC').replace(BEYOND_THE_FONT, () => {
      isReplaced = true;
      return '?';
    });
  const { title, subtitle, facts, figures, tables, remarks } = page;
  const printed: ReportPage = {
    title: shown(title),
    subtitle: shown(subtitle),
    facts: facts.map(([name, value]) => [name, shown(value)] as const),
    figures: figures.map(({ label, value, detail }) => ({ label, value: shown(value), detail: shown(detail) })),
    tables: tables.map((table) => ({ ...table, rows: table.rows.map((row) => row.map(shown)) })),
    remarks,
  };
  return isReplaced ? { ...printed, remarks: [SHOWN_AS_MARKS, ...remarks] } : printed;
}

/**
 * Loaded when the first report is made, for it is large. The fonts that come with the package have all letters of Kazakh and
 * Russian. Nothing else is read, nothing fetched.
 */
async function prepare(): Promise<PdfMake> {
  // The package's types describe the version that runs in browsers.
  const pdfmake = (await import('pdfmake')).default as unknown as PdfMake;
  const fonts = join(dirname(createRequire(import.meta.url).resolve('pdfmake/package.json')), 'fonts', 'Roboto');
  const file = (name: string) => join(fonts, `Roboto-${name}.ttf`);
  pdfmake.setFonts({
    Roboto: {
      normal: file('Regular'),
      bold: file('Medium'),
      italics: file('Italic'),
      bolditalics: file('MediumItalic'),
    },
  });
  pdfmake.setUrlAccessPolicy(() => false);
  pdfmake.setLocalAccessPolicy((path) => path.startsWith(fonts));
  return pdfmake;
}

function definitionOf(
  { title, subtitle, facts, figures, tables, remarks }: ReportPage,
  madeAt: Date,
): TDocumentDefinitions {
  return {
    pageSize: 'A4',
    pageMargins: [42, 46, 42, 50],
    info: {
      title,
      creationDate: madeAt,
      modDate: madeAt,
      creator: 'Immigration compliance ledger',
      producer: 'pdfmake',
    },
    defaultStyle: { font: 'Roboto', fontSize: 9, lineHeight: 1.2, color: '#1d2330' },
    styles: {
      title: { fontSize: 18, bold: true },
      subtitle: { color: GREY, margin: [0, 2, 0, 14] },
      heading: { fontSize: 12, bold: true, margin: [0, 16, 0, 4] },
      note: { color: GREY, margin: [0, 0, 0, 4] },
      label: { color: GREY },
      head: { bold: true, color: GREY },
      remark: { color: GREY, fontSize: 8, margin: [0, 3, 0, 0] },
    },
    footer: (current, total) => ({
      columns: [
        { text: title, color: GREY, fontSize: 8 },
        { text: `${current} / ${total}`, alignment: 'right', color: GREY, fontSize: 8 },
      ],
      margin: [42, 18, 42, 0],
    }),
    content: [
      { text: title, style: 'title' },
      { text: subtitle, style: 'subtitle' },
      {
        layout: 'noBorders',
        table: { widths: ['auto', '*'], body: facts.map(([name, value]) => [{ text: name, style: 'label' }, value]) },
      },
      figuresOf(figures),
      ...tables.flatMap(tableOf),
      { text: '', margin: [0, 10, 0, 0] },
      ...remarks.map((text): Content => ({ text, style: 'remark' })),
    ],
  };
}

function figuresOf(figures: ReportPage['figures']): Content {
  return {
    margin: [0, 12, 0, 0],
    columnGap: 12,
    columns: figures.map(({ label, value, detail }) => ({
      layout: { hLineColor: () => LINE, vLineColor: () => LINE, hLineWidth: () => 0.7, vLineWidth: () => 0.7 },
      table: {
        widths: ['*'],
        body: [
          [
            {
              margin: [6, 4, 6, 4],
              stack: [
                { text: label, style: 'label' },
                { text: value, fontSize: 14, bold: true },
                { text: detail, style: 'label' },
              ],
            },
          ],
        ],
      },
    })),
  };
}

function tableOf({ title, note, columns, rows }: ReportTable): Content[] {
  const cell = (text: string, index: number, style?: string): TableCell => ({
    // Long names and ids have no blanks to break at.
    text: broken(text),
    alignment: columns[index]?.right ? 'right' : 'left',
    ...(style === undefined ? {} : { style }),
  });
  const heading: Content[] = [
    { text: title, style: 'heading', headlineLevel: 1 },
    ...(note === null ? [] : [{ text: note, style: 'note' }]),
  ];
  if (rows.length === 0) return heading;
  return [
    ...heading,
    {
      fontSize: 8,
      layout: {
        hLineWidth: (line) => (line === 0 ? 0 : line === 1 ? 1 : 0.5),
        hLineColor: () => LINE,
        vLineWidth: () => 0,
        paddingLeft: (column) => (column === 0 ? 0 : 6),
        paddingRight: (column, node) => (column === (node.table.widths?.length ?? 0) - 1 ? 0 : 6),
        paddingTop: () => 3,
        paddingBottom: () => 3,
      },
      table: {
        headerRows: 1,
        dontBreakRows: true,
        widths: columns.map(({ width }) => width),
        body: [
          columns.map(({ heading }, index) => cell(heading, index, 'head')),
          ...rows.map((row) => row.map((text, index) => cell(text, index))),
        ],
      },
    },
  ];
}

const LONGEST_WORD = 24;

function broken(text: string): string {
  return text.replace(/[^\s\u200b]{25,}/g, (word) => word.replace(new RegExp(`(.{${LONGEST_WORD}})`, 'g'), '$1\u200b'));
}
