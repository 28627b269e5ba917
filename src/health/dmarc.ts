/** DMARC (RFC 7489): whether mail of a domain passes, by what, and what becomes of it where it does not. */
import { tagsOf } from '../dkim/record.ts';
import type { Dns } from '../platform/dns.ts';
import { type Finding, failed, passed, warning } from './check.ts';

export interface Authentication {
  /** For the domain itself as envelope sender; null when it is not known. */
  readonly spfPasses: boolean | null;
  /** Domains (d=) whose signatures receivers can verify. */
  readonly signing: readonly string[];
}

export async function judgeDmarc(dns: Dns, domain: string, { spfPasses, signing }: Authentication): Promise<Finding> {
  const found = await recordOf(dns, domain);
  if (found.kind === 'temporary') return warning(`DNS gave no answer about DMARC: ${found.reason}.`, 'Try again.');
  if (found.kind === 'none')
    return warning(
      `${domain} has no DMARC record. Google, Yahoo and Microsoft ask for one from who sends much.`,
      `Make a TXT record for _dmarc.${domain}: v=DMARC1; p=none; rua=mailto:postmaster@${domain}`,
    );
  const { tags, owner } = found;
  const policy = (owner === domain ? tags.get('p') : (tags.get('sp') ?? tags.get('p')))?.toLowerCase() ?? 'none';
  const outcome = `The policy for mail that fails is ${policy}.`;
  // RFC 7489 3.1.1: relaxed is the same organization, and keys are of the domain or of one above it.
  const isStrict = tags.get('adkim')?.toLowerCase() === 's';
  const aligned = signing.filter(signer => !isStrict || signer === domain);
  const by = [...(spfPasses === true ? ['by SPF'] : []), ...(aligned.length > 0 ? ['by DKIM'] : [])];
  if (by.length > 0)
    return passed(`Mail whose sender and From are of ${domain} passes ${by.join(' and ')}. ${outcome}`);
  const misfit = signing.length > 0 ? ` Signatures of ${signing[0]} do not count, as the record says adkim=s.` : '';
  if (spfPasses === null)
    return passed(
      `DMARC is there. ${outcome}${misfit} Whether mail passes depends on what the smart host signs and sends.`,
    );
  const detail = `Mail of ${domain} from here passes neither by SPF nor by DKIM.${misfit} ${outcome}`;
  const action = 'Correct SPF or DKIM as said there; the domain of From must be that of the envelope sender.';
  return policy === 'none' ? warning(detail, action) : failed(detail, action);
}

type RecordAnswer =
  | { readonly kind: 'found'; readonly tags: ReadonlyMap<string, string>; readonly owner: string }
  | { readonly kind: 'none' }
  | { readonly kind: 'temporary'; readonly reason: string };

/** Of the domain, else of the domains above it (at most the one that is two labels long). */
async function recordOf(dns: Dns, domain: string): Promise<RecordAnswer> {
  for (let owner = domain; owner.includes('.'); owner = owner.slice(owner.indexOf('.') + 1)) {
    const answer = await dns.texts(`_dmarc.${owner}`);
    if (answer.kind === 'temporary') return answer;
    const record = answer.kind === 'found' ? answer.records.find(text => /^v=DMARC1\b/i.test(text)) : undefined;
    if (record !== undefined) return { kind: 'found', tags: tagsOf(record) ?? new Map(), owner };
  }
  return { kind: 'none' };
}
