/**
 * Who may relay and who may connect. The rule over all: nobody who could not relay through the old server
 * relays through this one. What is unclear lets nobody in, and the report says so.
 */
import { coversEveryone } from '../../message/network.ts';
import { AddressSet } from '../address-set.ts';
import { decodeIpSecurityList, type IpSecurityList, ListError } from '../ip-security-list.ts';
import { bytesOfList, listOfTexts } from '../ip-security-text.ts';
import { isDecodedList } from '../source.ts';
import type { Verdict } from './entry.ts';
import type { ServerView } from './server-view.ts';

const BY_HAND = 'Look at the list on the old server, and enter the addresses with Add-RelayRestriction.';
const ENTRIES = 'restriction.entries';

type Read = { readonly list: IpSecurityList } | { readonly error: string };

function readList(view: ServerView, name: string): Read {
  const found = view.find(name);
  if (found?.doubtful) return { error: 'it stands twice with different values' };
  const value = found?.value ?? null;
  try {
    if (isDecodedList(value)) return { list: listOfTexts(value) };
    return { list: decodeIpSecurityList(bytesOfList(value)) };
  } catch (error) {
    if (error instanceof ListError) return { error: `${error.message} (${error.problem})` };
    throw error;
  }
}

const cidrsOf = (addresses: IpSecurityList['grant']): string[] =>
  addresses.flatMap(({ cidr }) => (cidr === null ? [] : [cidr]));

const WORDS: Record<string, string> = {
  'host-bits-set': 'host bits were cleared',
  'total-differs': 'the count in the value is wrong, the groups were taken',
  'leftover-bytes': 'bytes are left over',
  'mask-not-contiguous': 'masks whose one-bits are not contiguous were left out',
  'group-skipped': 'groups that are not IPv4 were left out',
  'domain-name-rules-not-decoded': 'rules by domain name were left out, since names of clients prove nothing',
  'both-lists-present': 'denied addresses were taken out of the granted ones',
  'text-not-understood': 'entries that are no address were left out',
};

const wordsOf = (list: IpSecurityList): string[] => list.warnings.flatMap(warning => WORDS[warning] ?? []);

/** The addresses that may relay through the old server and shall do so here. */
export function relayClients(view: ServerView, openTo: readonly string[]): AddressSet {
  const read = readList(view, 'RelayIpList');
  const { clients, verdict } =
    'error' in read
      ? nobody('Refused', `The list cannot be read: ${read.error}. Nobody may relay by address.`, BY_HAND)
      : clientsOf(read.list, openTo);
  view.tell('RelayIpList', { mapsTo: ENTRIES, newValue: clients.entries().join(', ') || '(nobody)', ...verdict });
  tellSwitches(view);
  return clients;
}

interface Clients {
  readonly clients: AddressSet;
  readonly verdict: Verdict;
}

const nobody = (outcome: Verdict['outcome'], reason: string, action?: string): Clients => ({
  clients: AddressSet.nobody,
  verdict: { outcome, reason, ...(action === undefined ? {} : { action }) },
});

function clientsOf(list: IpSecurityList, openTo: readonly string[]): Clients {
  if (list.warnings.includes('absent'))
    return nobody('Defaulted', 'There is no list, which means: only the list, with nobody in it.');
  if (list.deniedNames)
    return nobody(
      'Refused',
      `The list denies by domain name, which is not carried over, so nobody may relay by address. Granted were: ${cidrsOf(list.grant).join(', ') || 'none'}.`,
      BY_HAND,
    );
  if (list.denyIncomplete)
    return nobody('Refused', 'The denied addresses cannot all be read, so nobody may relay by address.', BY_HAND);
  const denied = AddressSet.of(cidrsOf(list.deny));
  if (list.mode === 'onlyListed' && !coversEveryone(cidrsOf(list.grant))) {
    const clients = AddressSet.of(cidrsOf(list.grant)).without(denied);
    const words = wordsOf(list);
    return {
      clients,
      verdict: {
        outcome: words.length === 0 ? 'Carried' : 'CarriedWithChange',
        reason: words.length === 0 ? 'Only the list.' : `Only the list; ${words.join('; ')}.`,
        ...(list.grantIncomplete || list.grantedNames || list.warnings.includes('both-lists-present')
          ? { action: BY_HAND }
          : {}),
      },
    };
  }
  return openRelay(list, denied, openTo);
}

function openRelay(list: IpSecurityList, denied: AddressSet, openTo: readonly string[]): Clients {
  const open = `The old server is an open relay: everybody ${denied.isEmpty ? '' : `except ${denied.entries().join(', ')} `}may relay.`;
  if (openTo.length === 0)
    return nobody(
      'Refused',
      `${open} Here nobody may relay by address.`,
      'Name those who need it: Import-IisSmtpConfiguration -AcceptOpenRelay -Network 10.0.0.0/8, or Add-RelayRestriction.',
    );
  const granted = list.mode === 'onlyListed' ? AddressSet.of(cidrsOf(list.grant)) : AddressSet.everybody;
  return {
    clients: AddressSet.of(openTo).and(granted).without(denied),
    verdict: { outcome: 'CarriedWithChange', reason: `${open} Here only the networks that were named.` },
  };
}

/** Two properties that may bear on who relays; what they mean is not sure, so they never let anybody in. */
function tellSwitches(view: ServerView): void {
  const disable = view.find('SmtpDisableRelay');
  if (disable && !view.truthOf('SmtpDisableRelay', true).value)
    view.tell('SmtpDisableRelay', {
      outcome: 'Ignored',
      reason: 'It is not at its default; what it does is not documented well enough, so it lets nobody in here.',
      action: 'Compare who may relay with the old server.',
    });
  if (view.find('SmtpIpRestrictionFlag') && view.numberOf('SmtpIpRestrictionFlag', 0).value !== 0)
    view.tell('SmtpIpRestrictionFlag', { outcome: 'Ignored', reason: 'Reserved; it lets nobody in here.' });
}

export interface ConnectionRanges {
  readonly remoteIPRanges: readonly string[];
  readonly deniedIPRanges: readonly string[];
  /** Nobody may connect, or nobody can say who may: the listener stays off. */
  readonly closed: boolean;
}

/** Who may connect to the virtual server. */
export function connectingClients(view: ServerView, listener: string): ConnectionRanges {
  const everybody: ConnectionRanges = { remoteIPRanges: [], deniedIPRanges: [], closed: false };
  const closed: ConnectionRanges = { ...everybody, closed: true };
  const at = `listeners[${listener}]`;
  const action = `Set-SmtpListener -Identity '${listener}' -RemoteIPRange ..., then Enable-SmtpListener -Identity '${listener}'`;
  const found = view.find('IPSecurity');
  if (found === null || found.value === null) {
    if (view.source.complete) return everybody;
    view.tell('IPSecurity', {
      outcome: 'Refused',
      mapsTo: `${at}.enabled`,
      newValue: false,
      reason: 'This kind of file does not tell who may connect, so the listener stays off.',
      action,
    });
    return closed;
  }
  const read = readList(view, 'IPSecurity');
  if ('error' in read) {
    view.tell('IPSecurity', {
      outcome: 'Refused',
      mapsTo: `${at}.enabled`,
      newValue: false,
      reason: `The list cannot be read: ${read.error}. The listener stays off.`,
      action,
    });
    return closed;
  }
  const { list } = read;
  if (list.denyIncomplete || list.deniedNames) {
    view.tell('IPSecurity', {
      outcome: 'Refused',
      mapsTo: `${at}.enabled`,
      newValue: false,
      reason: 'Some that must not connect cannot be told from the list, so the listener stays off.',
      action,
    });
    return closed;
  }
  const deniedIPRanges = AddressSet.of(cidrsOf(list.deny)).entries();
  const words = wordsOf(list);
  const outcome = words.length === 0 ? 'Carried' : 'CarriedWithChange';
  const reason = words.length === 0 ? undefined : `${words.join('; ')}.`;
  if (list.mode === 'allExcept') {
    view.tell('IPSecurity', {
      outcome,
      mapsTo: `${at}.deniedIPRanges`,
      newValue: deniedIPRanges.join(', '),
      ...(reason ? { reason } : {}),
    });
    return { ...everybody, deniedIPRanges };
  }
  const remoteIPRanges = AddressSet.of(cidrsOf(list.grant)).entries();
  if (remoteIPRanges.length === 0) {
    view.tell('IPSecurity', {
      outcome: 'CarriedWithChange',
      mapsTo: `${at}.enabled`,
      newValue: false,
      reason: 'Nobody may connect, so the listener is off.',
      action,
    });
    return closed;
  }
  view.tell('IPSecurity', {
    outcome,
    mapsTo: `${at}.remoteIPRanges`,
    newValue: remoteIPRanges.join(', '),
    ...(reason ? { reason } : {}),
    ...(list.grantIncomplete || list.grantedNames ? { action } : {}),
  });
  return { remoteIPRanges, deniedIPRanges, closed: false };
}

/** Whether clients that logged on may relay. */
export function authenticatedMayRelay(view: ServerView): boolean {
  const { value, origin } = view.numberOf('RelayForAuth', 0);
  // Twice with different values: the narrower one holds.
  const may = value !== 0 && !view.find('RelayForAuth')?.doubtful;
  view.tell('RelayForAuth', {
    outcome: origin === 'SchemaDefault' ? 'Defaulted' : 'Carried',
    mapsTo: 'restriction.allowAuthenticated',
    newValue: may,
  });
  return may;
}
