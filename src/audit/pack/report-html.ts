import type { ReportPage, ReportTable } from './report.js';

const STYLE = `
:root { color: #1d2330; background: #f4f5f7; font: 15px/1.5 system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
body { max-width: 62rem; margin: 2rem auto; padding: 2.5rem 3rem; background: #fff; box-shadow: 0 1px 6px rgb(20 30 50 / 12%); }
h1 { margin: 0; font-size: 1.7rem; line-height: 1.2; }
.subtitle { margin: .3rem 0 1.6rem; color: #5b6475; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1.4rem; margin: 0 0 1.6rem; }
dt { color: #5b6475; } dd { margin: 0; overflow-wrap: anywhere; }
.figures { display: flex; gap: 1rem; margin: 0 0 1.6rem; }
.figure { flex: 1; padding: .9rem 1.1rem; border: 1px solid #dfe3ea; border-radius: 6px; }
.figure b { display: block; font-size: 1.4rem; font-variant-numeric: tabular-nums; }
.figure span { color: #5b6475; }
h2 { margin: 2rem 0 .5rem; font-size: 1.1rem; }
.note { margin: 0 0 .5rem; color: #5b6475; }
table { width: 100%; border-collapse: collapse; font-size: .88rem; }
th { text-align: left; font-weight: 600; color: #5b6475; border-bottom: 2px solid #c9d0db; padding: .3rem .8rem .3rem 0; vertical-align: bottom; }
td { border-bottom: 1px solid #e7eaf0; padding: .35rem .8rem .35rem 0; vertical-align: top; overflow-wrap: anywhere; }
th:last-child, td:last-child { padding-right: 0; }
.right { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
.keep { white-space: nowrap; }
.breaks { max-width: 12rem; }
footer { margin-top: 2.2rem; padding-top: .8rem; border-top: 1px solid #dfe3ea; color: #5b6475; font-size: .85rem; }
footer p { margin: .3rem 0; }
@page { size: A4; margin: 16mm 14mm 18mm; }
@media print {
  :root { background: #fff; font-size: 11px; }
  body { max-width: none; margin: 0; padding: 0; box-shadow: none; }
  thead { display: table-header-group; }
  tr, .figure, footer { break-inside: avoid; }
  h2 { break-after: avoid; }
}`;

/** The report as one HTML file that needs nothing else, on the screen and on paper. */
export function htmlOf({ title, subtitle, facts, figures, tables, remarks }: ReportPage): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(title)}</title>
<style>${STYLE}
</style>
</head>
<body>
<h1>${escaped(title)}</h1>
<p class="subtitle">${escaped(subtitle)}</p>
<dl>
${facts.map(([name, value]) => `<dt>${escaped(name)}</dt><dd>${escaped(value)}</dd>`).join('\n')}
</dl>
<div class="figures">
${figures.map(({ label, value, detail }) => `<div class="figure"><span>${escaped(label)}</span><b>${escaped(value)}</b><span>${escaped(detail)}</span></div>`).join('\n')}
</div>
${tables.map(tableOf).join('\n')}
<footer>
${remarks.map((remark) => `<p>${escaped(remark)}</p>`).join('\n')}
</footer>
</body>
</html>
`;
}

function tableOf({ title, note, columns, rows }: ReportTable): string {
  const classes = columns.map(({ right, breaks, width }) =>
    right ? ' class="right"' : breaks ? ' class="breaks"' : width === 'auto' ? ' class="keep"' : '',
  );
  const cells = (tag: 'th' | 'td', texts: readonly string[]) =>
    texts.map((text, index) => `<${tag}${classes[index] ?? ''}>${escaped(text)}</${tag}>`).join('');
  const heading = `<h2>${escaped(title)}</h2>${note === null ? '' : `\n<p class="note">${escaped(note)}</p>`}`;
  if (rows.length === 0) return heading;
  return `${heading}
<table>
<thead><tr>${cells(
    'th',
    columns.map(({ heading }) => heading),
  )}</tr></thead>
<tbody>
${rows.map((row) => `<tr>${cells('td', row)}</tr>`).join('\n')}
</tbody>
</table>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
