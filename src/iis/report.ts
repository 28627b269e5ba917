/** The report of an import for people: as text, and as one HTML page without anything from elsewhere. */
import type { Plan, PlanEntry } from './plan.ts';

/** Entries by outcome, those that went well first. */
export function countsOf(entries: readonly PlanEntry[]): { outcome: PlanEntry['outcome']; count: number }[] {
  return ORDER.flatMap(outcome => {
    const count = entries.filter(entry => entry.outcome === outcome).length;
    return count === 0 ? [] : [{ outcome, count }];
  });
}

const ORDER: readonly PlanEntry['outcome'][] = [
  'Carried',
  'CarriedWithChange',
  'Defaulted',
  'Ignored',
  'NotSupported',
  'UnknownProperty',
  'NeedsSecret',
  'Refused',
];

const serverOf = ({ virtualServer }: PlanEntry): string => (virtualServer === null ? '-' : String(virtualServer));

/** The report as plain text, lines ended by LF. */
export function textReport({ notes, virtualServers }: Plan, entries: readonly PlanEntry[]): string {
  const person = entries.filter(({ action }) => action !== null);
  return [
    'Import from IIS SMTP',
    '',
    ...virtualServers.map(({ number, listener }) => `Virtual server ${number}: listener ${listener}`),
    '',
    ...countsOf(entries).map(({ outcome, count }) => `${outcome.padEnd(18)}${count}`),
    ...notes.map(note => `Note: ${note}`),
    '',
    person.length === 0 ? 'Nothing needs a person.' : `Needs a person (${person.length}):`,
    ...person.flatMap(entry => [
      `  [${serverOf(entry)}] ${entry.setting}: ${entry.reason ?? entry.outcome}`,
      `      ${entry.action}`,
    ]),
    '',
    'Every value:',
    ...entries.map(
      entry =>
        `  [${serverOf(entry)}] ${entry.setting} = ${entry.value ?? '(absent)'} (${entry.origin}): ${entry.outcome}` +
        `${entry.mapsTo === null ? '' : `, ${entry.mapsTo} = ${entry.newValue ?? ''}`}${entry.reason === null ? '' : `. ${entry.reason}`}`,
    ),
    '',
  ].join('\n');
}

const escaped = (text: string): string => text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`);

const row = (cells: readonly (string | null)[], tag = 'td'): string =>
  `<tr>${cells.map(cell => `<${tag}>${escaped(cell ?? '')}</${tag}>`).join('')}</tr>`;

const table = (head: readonly string[], rows: readonly string[]): string =>
  `<table><thead>${row(head, 'th')}</thead><tbody>\n${rows.join('\n')}\n</tbody></table>`;

/** The report as a page; everything from the file is escaped. */
export function htmlReport(plan: Plan, entries: readonly PlanEntry[]): string {
  const person = entries.filter(({ action }) => action !== null);
  return `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Import from IIS SMTP</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>body{font:14px sans-serif;margin:2em}table{border-collapse:collapse}td,th{border:1px solid #bbb;padding:.3em .5em;text-align:left;vertical-align:top;overflow-wrap:anywhere}</style>
</head><body><h1>Import from IIS SMTP</h1>
${table(
  ['Virtual server', 'Listener'],
  plan.virtualServers.map(({ number, listener }) => row([String(number), listener])),
)}
<h2>Outcomes</h2>
${table(
  ['Outcome', 'Values'],
  countsOf(entries).map(({ outcome, count }) => row([outcome, String(count)])),
)}
${plan.notes.map(note => `<p>${escaped(note)}</p>`).join('\n')}
<h2>Needs a person</h2>
${table(
  ['Server', 'Setting', 'Why', 'What to do'],
  person.map(entry => row([serverOf(entry), entry.setting, entry.reason ?? entry.outcome, entry.action])),
)}
<h2>Every value</h2>
${table(
  ['Server', 'Place', 'Setting', 'Value', 'Origin', 'Maps to', 'New value', 'Outcome', 'Reason'],
  entries.map(entry =>
    row([
      serverOf(entry),
      entry.location,
      entry.setting,
      entry.value,
      entry.origin,
      entry.mapsTo,
      entry.newValue,
      entry.outcome,
      entry.reason,
    ]),
  ),
)}
</body></html>
`;
}
