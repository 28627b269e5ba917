/** What receivers look at before they believe a sender: SPF, DKIM, DMARC and MTA-STS of the sender's domain. */
import { domainOf } from '../message/address.ts';
import type { Dns } from '../platform/dns.ts';
import { type Check, type Finding, failed, passed, skipped, warning } from './check.ts';
import { checkSpf, type SpfAnswer } from './spf.ts';

export interface DeliverabilityQuestion {
  readonly dns: Dns;
  /** The address that mail comes from. */
  readonly sender: string;
  /** Public addresses that receivers see; empty when a smart host sends on. */
  readonly addresses: readonly string[];
}

const PATIENCE = 5000;

export async function checkDeliverability({ dns, sender, addresses }: DeliverabilityQuestion): Promise<Check[]> {
  const domain = domainOf(sender)!;
  const answers = await Promise.all(
    addresses.map(async address => ({ address, spf: await checkSpf(dns, address, domain) })),
  );
  const checks: Check[] = answers.map(({ address, spf }) => ({
    name: 'Spf',
    target: address,
    ...judgeSpf(address, spf),
  }));
  if (answers.length === 0) checks.push({ name: 'Spf', target: domain, ...(await recordOnly(dns, domain)) });
  const aligned = answers.length > 0 && answers.every(({ spf }) => spf.result === 'pass');
  checks.push({
    name: 'Dmarc',
    target: domain,
    ...(await judgeDmarc(dns, domain, answers.length === 0 ? null : aligned)),
  });
  checks.push({
    name: 'Dkim',
    target: domain,
    ...skipped(
      'The keys of this relay are compared with DNS by a command of their own.',
      'Test-SmtpDkimKey looks whether their records are there. Without a key let the smart host sign (Microsoft 365, Amazon SES and others do), or the program that writes the mail.',
    ),
  });
  checks.push({ name: 'MtaSts', target: domain, ...(await judgeMtaSts(dns, domain)) });
  return checks;
}

function judgeSpf(address: string, { result, record, reason }: SpfAnswer): Finding {
  const add = `Add ${address.includes(':') ? 'ip6' : 'ip4'}:${address} to the TXT record that begins with v=spf1.`;
  switch (result) {
    case 'pass':
      return passed(`The SPF record covers ${address} (${reason}).`);
    case 'none':
      return failed(
        `${reason}, so receivers can't know that ${address} may send for it.`,
        `Make a TXT record: v=spf1 ${address.includes(':') ? 'ip6' : 'ip4'}:${address} -all`,
      );
    case 'temperror':
      return warning(`DNS gave no answer about SPF: ${reason}.`, 'Try again when DNS works.');
    case 'permerror':
      return failed(`The SPF record can't be used: ${reason}.`, 'Correct the TXT record that begins with v=spf1.');
    case 'neutral':
    case 'softfail':
      return warning(`The SPF record does not cover ${address} (${reason}); mail may go to junk: ${record}`, add);
    case 'fail':
      return failed(`The SPF record forbids mail from ${address} (${reason}): ${record}`, add);
  }
}

async function recordOnly(dns: Dns, domain: string): Promise<Finding> {
  const answer = await dns.texts(domain);
  const record = answer.kind === 'found' ? answer.records.find(text => /^v=spf1( |$)/i.test(text)) : undefined;
  if (record === undefined)
    return warning(`${domain} has no SPF record.`, 'Make one that includes the smart host, as its operator says.');
  return skipped(
    `A smart host sends on, so its addresses count, which are not known here. The record is: ${record}`,
    'See that the record includes the smart host, as its operator says.',
  );
}

/** @param spfPasses null when it is not known */
async function judgeDmarc(dns: Dns, domain: string, spfPasses: boolean | null): Promise<Finding> {
  const found = await dmarcOf(dns, domain);
  if (found.kind === 'temporary') return warning(`DNS gave no answer about DMARC: ${found.reason}.`, 'Try again.');
  if (found.record === null)
    return warning(
      `${domain} has no DMARC record. Google, Yahoo and Microsoft ask for one from who sends much.`,
      `Make a TXT record for _dmarc.${domain}: v=DMARC1; p=none; rua=mailto:postmaster@${domain}`,
    );
  const policy = /(?:^|;)\s*p\s*=\s*(\w+)/i.exec(found.record)?.[1]?.toLowerCase() ?? 'none';
  const outcome = `The policy for mail that fails is ${policy}.`;
  if (spfPasses === null)
    return passed(`DMARC is there. ${outcome} Whether mail passes depends on what the smart host signs and sends.`);
  if (spfPasses) return passed(`Mail whose sender and From are of ${domain} passes by SPF. ${outcome}`);
  const detail = `Mail of ${domain} from here passes neither by SPF nor by DKIM. ${outcome}`;
  const action = 'Correct SPF as said there; the domain of From must be that of the envelope sender.';
  return policy === 'none' ? warning(detail, action) : failed(detail, action);
}

type DmarcAnswer =
  | { readonly kind: 'known'; readonly record: string | null }
  | { readonly kind: 'temporary'; readonly reason: string };

/** Of the domain, else of the domains above it (at most the one that is two labels long). */
async function dmarcOf(dns: Dns, domain: string): Promise<DmarcAnswer> {
  for (let name = domain; name.includes('.'); name = name.slice(name.indexOf('.') + 1)) {
    const answer = await dns.texts(`_dmarc.${name}`);
    if (answer.kind === 'temporary') return answer;
    const record = answer.kind === 'found' ? answer.records.find(text => /^v=DMARC1\b/i.test(text)) : undefined;
    if (record !== undefined) return { kind: 'known', record };
  }
  return { kind: 'known', record: null };
}

/** For mail to the domain: who sends to it must use TLS. */
async function judgeMtaSts(dns: Dns, domain: string): Promise<Finding> {
  const answer = await dns.texts(`_mta-sts.${domain}`);
  if (answer.kind === 'temporary') return warning(`DNS gave no answer about MTA-STS: ${answer.reason}.`, 'Try again.');
  const record = answer.kind === 'found' ? answer.records.find(text => /^v=STSv1\b/i.test(text)) : undefined;
  if (record === undefined)
    return skipped(`${domain} has no MTA-STS record; mail to it may be sent in clear text.`, null);
  const url = `https://mta-sts.${domain}/.well-known/mta-sts.txt`;
  try {
    const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(PATIENCE) });
    const text = await response.text();
    const mode = /^mode:\s*(\w+)/m.exec(text)?.[1];
    if (!response.ok || !/^version:\s*STSv1/m.test(text) || mode === undefined)
      return failed(`${url} is no MTA-STS policy (HTTP ${response.status}).`, 'Put the policy file there.');
    return passed(`The MTA-STS policy of ${domain} is in the mode ${mode}.`);
  } catch (error) {
    const why = ((error as Error).cause as Error | undefined)?.message ?? (error as Error).message;
    return failed(
      `The record asks for ${url}, which can't be read: ${why}.`,
      'Let the web server answer, or remove the record.',
    );
  }
}
