/**
 * Who may relay. The rule over all: nobody who could not relay through the old server relays through this
 * one. What is unclear lets nobody in, and the report says so.
 */
import { coversEveryone } from '../../message/network.ts';
import { AddressSet } from '../address-set.ts';
import type { IpSecurityList } from '../ip-security-list.ts';
import { cidrsOf, readList, setOf, wordsOf } from './address-lists.ts';
import type { Verdict } from './entry.ts';
import type { ServerView } from './server-view.ts';

const BY_HAND = 'Look at the list on the old server, and enter the addresses with Add-RelayRestriction.';
const ENTRIES = 'restriction.entries';

/** What the restriction of the settings takes. */
export const MOST_ENTRIES = 10_000;

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
  const denied = setOf(list.deny);
  if (list.mode === 'onlyListed' && !coversEveryone(cidrsOf(list.grant))) {
    const clients = setOf(list.grant).without(denied);
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
  const granted = list.mode === 'onlyListed' ? setOf(list.grant) : AddressSet.everybody;
  return {
    clients: AddressSet.of(openTo).and(granted).without(denied),
    verdict: { outcome: 'CarriedWithChange', reason: `${open} Here only the networks that were named.` },
  };
}

/** Two properties that may bear on who relays; what they mean is not sure, so they never let anybody in. */
function tellSwitches(view: ServerView): void {
  if (view.find('SmtpDisableRelay'))
    view.tell(
      'SmtpDisableRelay',
      view.truthOf('SmtpDisableRelay', true).value
        ? { outcome: 'Ignored', reason: 'The list says who may relay.' }
        : {
            outcome: 'Ignored',
            reason: 'It is not at its default; what it does is not documented well enough, so it lets nobody in here.',
            action: 'Compare who may relay with the old server.',
          },
    );
  if (view.find('SmtpIpRestrictionFlag')) {
    view.numberOf('SmtpIpRestrictionFlag', 0);
    view.tell('SmtpIpRestrictionFlag', { outcome: 'Ignored', reason: 'Reserved; it lets nobody in here.' });
  }
}

/** Whether clients that logged on may relay. */
export function authenticatedMayRelay(view: ServerView): boolean {
  const { value, origin, sure } = view.numberOf('RelayForAuth', 0);
  const may = value !== 0 && sure;
  view.tell('RelayForAuth', {
    outcome: origin === 'SchemaDefault' ? 'Defaulted' : 'Carried',
    mapsTo: 'restriction.allowAuthenticated',
    newValue: may,
  });
  return may;
}
