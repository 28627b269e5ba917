import { parseDomain } from './address.ts';

/**
 * Address spaces: which recipients' domains a connector or an accepted domain is for. Written as `*`
 * (all), `*.example.com` (subdomains at any depth, not the domain itself), `example.com` or an address
 * literal (exactly that). Specificity orders the spaces that match the same domain.
 */

export interface AddressSpace {
  /** Canonical: lower-case ASCII. */
  readonly text: string;
  /** Takes a domain as `Mailbox.domain` has it. */
  matches(domain: string): boolean;
  /** Higher wins: exact, then the longer subdomain pattern, then the shorter, then `*`. */
  readonly specificity: number;
}

/** Above every length a domain can have. */
const EXACT = 1000;

/** Reads an address space; null when it is none. */
export function parseAddressSpace(text: string): AddressSpace | null {
  if (text === '*') return { text, matches: () => true, specificity: 0 };
  const subdomains = text.startsWith('*.');
  const domain = parseDomain(subdomains ? text.slice(2) : text);
  if (domain === null) return null;
  if (!subdomains) return { text: domain, matches: other => other.toLowerCase() === domain, specificity: EXACT };
  if (domain.startsWith('[')) return null;
  const suffix = `.${domain}`;
  return {
    text: `*${suffix}`,
    matches: other => other.length > suffix.length && other.toLowerCase().endsWith(suffix),
    specificity: suffix.length,
  };
}
