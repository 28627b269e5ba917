/** The mail that a digest of alerts is: what is broken first, then what is over, then the mail that failed or is late. Pure. */
import { encodeField } from '../message/encoded-words.ts';
import { mailDate } from '../message/mail-date.ts';
import type { Alert } from './alert.ts';
import type { Gathered } from './digest.ts';

export interface DigestFacts {
  readonly fqdn: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly messageId: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Of each kind, that a mail can be read on a telephone. */
const SHOWN = 20;

export function digestText(gathered: Gathered, facts: DigestFacts): string {
  const { alerts, omitted, isLast } = gathered;
  const parts = [
    part(
      'Is so now',
      alerts.filter(({ message, isOver }) => message === null && !isOver),
    ),
    part(
      'Is over',
      alerts.filter(({ message, isOver }) => message === null && isOver),
    ),
    part(
      'Mail that was not delivered',
      alerts.filter(({ kind }) => kind === 'MessageFailed'),
    ),
    part(
      'Mail that is late',
      alerts.filter(({ kind }) => kind === 'MessageDelayed'),
    ),
  ];
  const more = omitted > 0 ? [`${omitted} more alerts are not listed here.`, ''] : [];
  const last = isLast
    ? ['With this mail MaxPerDay is reached, so the next one waits; Test-SmtpRelay shows how things are meanwhile.', '']
    : [];
  return [
    `From: "SmtpRelay ${facts.fqdn}" <${facts.from}>`,
    `To: ${facts.to.join(',\r\n ')}`,
    ...encodeField('Subject', `[SmtpRelay ${facts.fqdn}] ${summary(alerts)}`),
    `Date: ${mailDate(facts.now)}`,
    `Message-ID: <${facts.messageId}>`,
    'Auto-Submitted: auto-generated',
    'X-Auto-Response-Suppress: All',
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: 8bit',
    '',
    ...parts.flat(),
    ...more,
    ...last,
    `The relay ${facts.fqdn} tells this. Test-SmtpRelay shows its state, Get-SmtpMessageTrace -MessageId the story of a message,`,
    'Set-SmtpAlertMail changes what is told and to whom.',
    '',
  ].join('\r\n');
}

function part(title: string, alerts: readonly Alert[]): string[] {
  if (alerts.length === 0) return [];
  const rest = alerts.length - SHOWN;
  return [
    `${title}:`,
    '',
    ...alerts
      .slice(0, SHOWN)
      .flatMap(({ time, text, action }) => [
        `- ${new Date(time).toISOString().slice(0, 19).replace('T', ' ')} UTC  ${oneLine(text)}`,
        ...(action === null ? [] : [`  What to do: ${oneLine(action)}`]),
      ]),
    ...(rest > 0 ? [`- and ${rest} more`] : []),
    '',
  ];
}

/** With three octets for each character a line of mail holds no more (RFC 5322 2.1.1). */
const LINE = 300;
const oneLine = (text: string): string => text.replace(/[\x00-\x1f\x7f]+/g, ' ').slice(0, LINE);

const WORDS: Record<Alert['kind'], string> = {
  MessageFailed: 'mail not delivered',
  MessageDelayed: 'mail late',
  Queue: 'next hop out of reach',
  LogOn: 'log-on refused',
  Certificate: 'certificate ends',
  Listener: 'listener down',
  Storage: 'disk or log trouble',
  OpenRelay: 'open relay',
};

/** What counts most comes first; what is over only when nothing else is. */
function summary(alerts: readonly Alert[]): string {
  const now = alerts.filter(({ isOver }) => !isOver);
  if (now.length === 0) return `over: ${[...new Set(alerts.map(({ kind }) => WORDS[kind]))].join(', ')}`;
  const counts = new Map<string, number>();
  for (const { kind } of [...now].sort((a, b) => rank(a.kind) - rank(b.kind)))
    counts.set(WORDS[kind], (counts.get(WORDS[kind]) ?? 0) + 1);
  return [...counts].map(([words, count]) => (count === 1 ? words : `${count} x ${words}`)).join(', ');
}

const ORDER: readonly Alert['kind'][] = [
  'OpenRelay',
  'Storage',
  'Listener',
  'LogOn',
  'Queue',
  'Certificate',
  'MessageFailed',
  'MessageDelayed',
];
const rank = (kind: Alert['kind']): number => ORDER.indexOf(kind);
