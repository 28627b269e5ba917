/** What receivers look at before they believe a sender: SPF, DKIM, DMARC and MTA-STS of the sender's domain. */
import { judgeRecords, type PublicPart } from '../dkim/record.ts';
import { domainOf } from '../message/address.ts';
import type { Dns } from '../platform/dns.ts';
import { isNamed } from '../sts/policy.ts';
import type { PublishedPolicy } from '../sts/published-policy.ts';
import { type Check, check, type Finding, failed, passed, skipped, warning } from './check.ts';
import { judgeDmarc } from './dmarc.ts';
import { checkSpf, type SpfAnswer } from './spf.ts';

/** A key that signs mail of the sender. */
export interface SigningKey extends PublicPart {
  /** Of its record: selector, `_domainkey` and domain. */
  readonly name: string;
  readonly domain: string;
  /** Why it can't sign; null when it can. */
  readonly error: string | null;
}

export interface DeliverabilityQuestion {
  /** One that remembers nothing: records may have been entered a moment ago. */
  readonly dns: Dns;
  /** The address that mail comes from, in its envelope and in From. */
  readonly sender: string;
  /** Public addresses that receivers see; empty when a smart host sends on. */
  readonly addresses: readonly string[];
  readonly keys: readonly SigningKey[];
  /** What a domain publishes about MTA-STS. */
  readonly policyOf: (domain: string) => Promise<PublishedPolicy>;
}

export async function checkDeliverability(question: DeliverabilityQuestion): Promise<Check[]> {
  const { dns, sender, addresses, keys, policyOf } = question;
  const domain = domainOf(sender)!;
  const [spf, signatures] = await Promise.all([
    Promise.all(addresses.map(async address => ({ address, answer: await checkSpf(dns, address, domain) }))),
    Promise.all(keys.map(async key => ({ key, finding: await judgeKey(dns, key) }))),
  ]);
  const spfPasses = spf.length === 0 ? null : spf.every(({ answer }) => answer.result === 'pass');
  const signing = signatures.filter(({ finding }) => finding.status === 'Passed').map(({ key }) => key.domain);
  const [spfChecks, dmarc, sts] = await Promise.all([
    spf.length === 0
      ? recordOnly(dns, domain).then(finding => [check('Spf', domain, finding)])
      : spf.map(({ address, answer }) => check('Spf', address, judgeSpf(address, answer))),
    judgeDmarc(dns, domain, { spfPasses, signing }),
    judgeMtaSts(dns, domain, await policyOf(domain)),
  ]);
  return [
    ...spfChecks,
    check('Dmarc', domain, dmarc),
    ...(keys.length === 0 ? [check('Dkim', domain, noKey(domain))] : []),
    ...signatures.map(({ key, finding }) => check('Dkim', key.name, finding)),
    check('MtaSts', domain, sts),
  ];
}

const noKey = (domain: string): Finding =>
  skipped(
    `This relay signs no mail of ${domain}.`,
    `New-SmtpDkimKey -Domain ${domain} -Selector NAME makes a key. Or let the smart host sign (Microsoft 365, Amazon SES and others do), or the program that writes the mail.`,
  );

/** Whether receivers find the key that mail is signed with. */
async function judgeKey(dns: Dns, key: SigningKey): Promise<Finding> {
  const { name, error } = key;
  if (error !== null)
    return failed(
      `The key ${name} can't be used, so mail goes out without its signature: ${error}.`,
      'Import-SmtpDkimKey -Replace, or New-SmtpDkimKey with another selector.',
    );
  const answer = await dns.texts(name);
  if (answer.kind === 'temporary') return warning(`DNS gave no answer about ${name}: ${answer.reason}.`, 'Try again.');
  const verdict = judgeRecords(answer.kind === 'found' ? answer.records : [], key);
  if (verdict.status === 'Valid') return passed(`The record ${name} is that of the key that this relay signs with.`);
  return failed(
    `Receivers can't verify what ${name} signs. ${verdict.message}`,
    `${verdict.hint} Get-SmtpDkimKey -Identity ${name} | Format-List shows both.`,
  );
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

/** For mail to the domain: who sends to it must use TLS, to the hosts that the policy names. */
async function judgeMtaSts(dns: Dns, domain: string, published: PublishedPolicy): Promise<Finding> {
  if (published.kind === 'unknown')
    return warning(`DNS gave no answer about MTA-STS: ${published.reason}.`, 'Try again.');
  if (published.kind === 'none')
    return skipped(`${domain} has no MTA-STS record; mail to it may be sent in clear text.`);
  if (published.kind === 'broken')
    return failed(
      `MTA-STS is announced, but senders can't have the policy: ${published.reason}.`,
      'Correct the record or the web server, or remove the record.',
    );
  const { policy } = published;
  const mode = `The MTA-STS policy of ${domain} is in the mode ${policy.mode}`;
  const answer = await dns.mx(domain);
  const hosts = answer.kind === 'found' ? answer.records.map(({ exchange }) => exchange) : [];
  const strange = policy.mode === 'none' ? [] : hosts.filter(host => !isNamed(policy, host));
  if (strange.length === 0) return passed(`${mode}${hosts.length > 0 ? ` and fits ${hosts.join(', ')}` : ''}.`);
  const make = policy.mode === 'enforce' ? failed : warning;
  return make(
    `${mode}, but it does not name ${strange.join(', ')}, where mail of ${domain} is taken: senders that follow it do not deliver there.`,
    'Add an mx line for the host to the policy, and give the record another id.',
  );
}
