/**
 * What a connector asks of mail beside the recipient's domain: who sends it, and what the client was that
 * gave it. All conditions must hold; of the entries of one, any. Pure.
 */
import { domainOf } from '../message/address.ts';
import { parseAddressSpace } from '../message/address-space.ts';
import type { Origin } from '../message/envelope.ts';
import { NetworkList } from '../message/network.ts';
import { wildcardMatcher } from '../message/wildcard.ts';

/** Empty lists ask for nothing. */
export interface Conditions {
  /** Addresses, wildcards allowed; `<>` for the null sender. */
  readonly senders: readonly string[];
  readonly senderDomains: readonly string[];
  readonly remoteIPRanges: readonly string[];
  readonly listeners: readonly string[];
  readonly accounts: readonly string[];
}

/** What is known of mail beside its recipient; kept with it in the spool, so that it can be asked again. */
export interface MailFacts {
  /** Empty for the null sender. */
  readonly reversePath: string;
  readonly origin: Pick<Origin, 'clientIp' | 'listener' | 'account'>;
}

type Holds = (mail: MailFacts) => boolean;

export interface ConditionCheck {
  /** How many conditions there are. */
  readonly count: number;
  readonly hold: Holds;
}

export function checkOf(conditions: Conditions): ConditionCheck {
  const all = [
    sender(conditions.senders),
    senderDomain(conditions.senderDomains),
    network(conditions.remoteIPRanges),
    named(conditions.listeners, ({ listener }) => listener),
    named(conditions.accounts, ({ account }) => account),
  ].filter(condition => condition !== null);
  return { count: all.length, hold: mail => all.every(condition => condition(mail)) };
}

function sender(patterns: readonly string[]): Holds | null {
  if (patterns.length === 0) return null;
  const matchers = patterns.filter(pattern => pattern !== '<>').map(wildcardMatcher);
  const takesNull = patterns.includes('<>');
  return ({ reversePath }) => (reversePath === '' ? takesNull : matchers.some(matches => matches(reversePath)));
}

function senderDomain(spaces: readonly string[]): Holds | null {
  if (spaces.length === 0) return null;
  const parsed = spaces.map(text => parseAddressSpace(text)!);
  return ({ reversePath }) => {
    if (reversePath === '') return false;
    const domain = domainOf(reversePath);
    return parsed.some(space => space.matches(domain));
  };
}

function network(entries: readonly string[]): Holds | null {
  if (entries.length === 0) return null;
  const list = new NetworkList(entries);
  return ({ origin: { clientIp } }) => clientIp !== null && list.match(clientIp) !== null;
}

/** Names of listeners hold no wildcard; names of accounts may. */
function named(names: readonly string[], of: (origin: MailFacts['origin']) => string | null): Holds | null {
  if (names.length === 0) return null;
  const matchers = names.map(wildcardMatcher);
  return ({ origin }) => {
    const name = of(origin);
    return name !== null && matchers.some(matches => matches(name));
  };
}
