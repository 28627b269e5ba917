/** Who may relay: reading, changing and explaining it. Nothing here opens the relay by accident. */
import { RelayProblem } from '../../contract/problems.ts';
import { parseMailbox } from '../../message/address.ts';
import { parseNetwork } from '../../message/network.ts';
import { RelayPolicy, type ShownCertificate } from '../../policy/relay-restriction.ts';
import type { NextHop } from '../../route/next-hop.ts';
import type { Mail } from '../../route/router.ts';
import { postmasterOf, type Restriction, type Settings } from '../../settings/settings.ts';
import type { SettingsStore } from '../../settings/store.ts';
import type { Params, PartOf, Result } from '../handlers.ts';

export interface RestrictionMethodsDependencies {
  readonly store: SettingsStore;
  readonly now: () => number;
  readonly policy: () => RelayPolicy;
  /** The next hop of mail to a recipient. */
  readonly route: (mail: Omit<Mail, 'pinned'>) => NextHop;
}

type Entry = { entry: string; comment?: string | null };

/** How entries are compared: 10.0.0.0/8 and 10.1.2.3/8 are the same network. */
function canonical(entry: string): string {
  const network = parseNetwork(entry);
  return 'error' in network ? entry : network.text;
}

export function restrictionMethods({
  store,
  now,
  policy,
  route,
}: RestrictionMethodsDependencies): PartOf<'restriction'> {
  const show = (): Result<'restriction.get'> => ({
    mode: store.current.restriction.mode,
    entries: store.current.restriction.entries.map(entry => ({ ...entry })),
    allowAuthenticated: store.current.restriction.allowAuthenticated,
    clientCertificates: store.current.restriction.clientCertificates.map(entry => ({ ...entry })),
    openToEveryone: policy().openToEveryone,
  });

  const change = async (edit: (current: Restriction) => object, acceptOpenRelay: boolean) => {
    await store.change(current => {
      const restriction = { ...current.restriction, ...edit(current.restriction) } as Restriction;
      if (!acceptOpenRelay) refuseOpenRelay(restriction, current);
      return { ...current, restriction };
    }, now());
    return show();
  };

  return {
    'restriction.get': show,
    'restriction.set': ({ acceptOpenRelay, ...rest }) =>
      change(
        () => ({ ...rest, ...(rest.entries ? { entries: normalized(rest.entries) } : {}) }),
        acceptOpenRelay ?? false,
      ),
    'restriction.add': ({ entries, acceptOpenRelay }) =>
      change(current => {
        const known = new Set(current.entries.map(entry => canonical(entry.entry)));
        return { entries: [...current.entries, ...normalized(entries).filter(entry => !known.has(entry.entry))] };
      }, acceptOpenRelay ?? false),
    'restriction.remove': ({ entries }) =>
      change(current => {
        const going = new Set(entries.map(canonical));
        const missing = [...going].filter(text => !current.entries.some(entry => canonical(entry.entry) === text));
        if (missing.length > 0) {
          const details = missing.map(value => ({ path: 'entries', value, message: 'is not in the list' }));
          throw new RelayProblem('NotFound', `Not in the list: ${missing.join(', ')}. Nothing was removed.`, details);
        }
        return { entries: current.entries.filter(entry => !going.has(canonical(entry.entry))) };
        // In AllExceptListed mode a shorter list lets more in, but it was open before already.
      }, true),
    'restriction.test': params => explain(params, policy(), route, postmasterOf(store.current)),
  };
}

/** Entries as they are kept: canonical text, none twice. */
function normalized(entries: readonly Entry[]): { entry: string; comment: string | null }[] {
  const unique = new Map<string, { entry: string; comment: string | null }>();
  for (const { entry, comment } of entries) {
    const text = canonical(entry);
    if (!unique.has(text)) unique.set(text, { entry: text, comment: comment ?? null });
  }
  return [...unique.values()];
}

function refuseOpenRelay(restriction: Restriction, current: Settings): void {
  const opens = new RelayPolicy(restriction, current.domains).openToEveryone;
  const wasOpen = new RelayPolicy(current.restriction, current.domains).openToEveryone;
  if (!opens || wasOpen) return;
  const what =
    restriction.mode === 'AllExceptListed'
      ? 'the mode AllExceptListed lets everybody relay but the listed addresses'
      : 'the listed networks cover the whole Internet';
  throw new RelayProblem('OpenRelay', `This would be an open relay: ${what}. Nothing was changed.`, [
    { path: 'mode', value: restriction.mode, message: what },
  ]);
}

/** What a client would have shown whom an entry with this text lets relay. */
function shown(text: string): ShownCertificate {
  const thumbprint = text.toUpperCase();
  const trustedName = /^CN=(.+)$/i.exec(text)?.[1] ?? null;
  return { sha1: thumbprint, sha256: thumbprint, trustedName };
}

function explain(
  params: Params<'restriction.test'>,
  policy: RelayPolicy,
  route: (mail: Omit<Mail, 'pinned'>) => NextHop,
  postmaster: string,
): Result<'restriction.test'> {
  const { ipAddress, sender = null, recipient = null, account = null, listener = null, clientCertificate } = params;
  // As a listener hears it: the bare postmaster is ours.
  const mailbox = recipient === null ? null : parseMailbox(/^postmaster$/i.test(recipient) ? postmaster : recipient);
  const about = { ipAddress, sender, recipient, account, listener };
  if (recipient !== null && !mailbox) {
    return {
      ...about,
      allowed: false,
      rule: 'BadAddress',
      reason: `${recipient} is not a mail address.`,
      connector: null,
      nextHop: null,
    };
  }
  const answer = policy.decide({
    ipAddress,
    account,
    certificate: clientCertificate === undefined ? null : shown(clientCertificate),
    sender,
    recipient: mailbox?.address ?? null,
  });
  const origin = { clientIp: ipAddress, listener, account };
  const hop =
    answer.allowed && mailbox ? route({ recipient: mailbox.address, reversePath: sender ?? '', origin }) : null;
  return { ...about, ...answer, connector: hop?.connector ?? null, nextHop: hop?.nextHopDomain ?? null };
}
