/**
 * MTA-STS (RFC 8461) as text: the TXT record that announces a policy, the policy itself, and which mail hosts it names.
 * Pure. Read strictly: who publishes a policy that others can't read is better off without one than with half of it.
 */

export interface StsPolicy {
  readonly mode: 'enforce' | 'testing' | 'none';
  /** Host names, or `*.` and a domain. */
  readonly mx: readonly string[];
  /** Seconds. */
  readonly maxAge: number;
}

/** RFC 8461 3.2: about a year. */
const LONGEST = 31_557_600;
const HOST = /^(?:\*\.)?[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/;

/** The id of the announced policy; null where none is announced, or more than one (RFC 8461 3.1). */
export function policyIdOf(texts: readonly string[]): string | null {
  const records = texts.filter(text => /^v=STSv1[ \t]*;/.test(text));
  if (records.length !== 1) return null;
  const fields = records[0]!.split(';').slice(1);
  const ids = fields.flatMap(field => /^[ \t]*id=([A-Za-z0-9]{1,32})[ \t]*$/.exec(field)?.[1] ?? []);
  return ids[0] ?? null;
}

/** @throws Error that says what is wrong with it */
export function parsePolicy(text: string): StsPolicy {
  const pairs = text.split(/\r?\n/).flatMap(line => {
    const match = /^([A-Za-z0-9][A-Za-z0-9_.-]{0,31}):[ \t]*(.*?)[ \t]*$/.exec(line);
    return match ? [[match[1]!, match[2]!] as const] : [];
  });
  // Of a field that stands twice the first one counts.
  const first = (key: string) => pairs.find(([name]) => name === key)?.[1];
  if (first('version') !== 'STSv1') throw new Error('its version is not STSv1');
  const mode = first('mode');
  if (mode !== 'enforce' && mode !== 'testing' && mode !== 'none') throw new Error(`it has no known mode (${mode})`);
  const maxAge = first('max_age') ?? '';
  if (!/^\d{1,10}$/.test(maxAge)) throw new Error(`its max_age is no number (${maxAge})`);
  const mx = pairs.filter(([name]) => name === 'mx').map(([, host]) => host.toLowerCase().replace(/\.$/, ''));
  const bad = mx.find(host => !HOST.test(host));
  if (bad !== undefined) throw new Error(`it names a mail host that can be none (${bad})`);
  if (mode !== 'none' && mx.length === 0) throw new Error('it names no mail host');
  return { mode, mx, maxAge: Math.min(Number(maxAge), LONGEST) };
}

/** Whether a policy names a mail host; `*.` stands for exactly one label (RFC 8461 4.1). */
export function isNamed({ mx }: StsPolicy, host: string): boolean {
  const name = host.toLowerCase().replace(/\.$/, '');
  const behindFirstLabel = name.includes('.') ? `*${name.slice(name.indexOf('.'))}` : null;
  return mx.some(pattern => pattern === name || pattern === behindFirstLabel);
}
