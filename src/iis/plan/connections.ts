/** Who may connect to a virtual server. */
import type { IpSecurityList } from '../ip-security-list.ts';
import { isMadeUp, readList, setOf, wordsOf } from './address-lists.ts';
import type { Verdict } from './entry.ts';
import type { ServerView } from './server-view.ts';

export interface ConnectionRanges {
  readonly remoteIPRanges: readonly string[];
  readonly deniedIPRanges: readonly string[];
  /** Nobody may connect, or nobody can say who may: the listener is closed. */
  readonly closed: boolean;
}

/** What a listener takes of either kind. */
const MOST_RANGES = 10_000;

/** How a person opens a listener that was closed. */
export const openingOf = (listener: string, first: string): string =>
  `${first}, then Set-SmtpListener -Identity '${listener}' -DeniedIPRange @() (with -RequireAuthentication $false where clients need no log-on), and Enable-SmtpListener -Identity '${listener}'.`;

/** @param listener its name here */
export function connectingClients(view: ServerView, listener: string): ConnectionRanges {
  const found = view.find('IPSecurity');
  const open = { remoteIPRanges: [], deniedIPRanges: [], closed: false };
  const isAbsent = found === null || isMadeUp(found) || (found.value === null && found.doubt === null);
  if (isAbsent && view.source.complete) {
    if (found !== null)
      view.tell('IPSecurity', { outcome: 'Carried', reason: 'There is no list: everybody may connect.' });
    return open;
  }
  const read = readList(view, 'IPSecurity');
  if ('error' in read) return closed(view, listener, 'Refused', `The list cannot be read: ${read.error}.`);
  const { list } = read;
  if (list.warnings.includes('absent'))
    return closed(view, listener, 'Refused', 'This kind of file does not tell who may connect.');
  if (list.denyIncomplete || list.deniedNames)
    return closed(view, listener, 'Refused', 'Some that must not connect cannot be told from the list.');
  return rangesOf(view, listener, list);
}

function closed(view: ServerView, listener: string, outcome: Verdict['outcome'], why: string): ConnectionRanges {
  view.tell('IPSecurity', {
    outcome,
    mapsTo: `listeners[${listener}].enabled`,
    newValue: false,
    reason: `${why} The listener is off, and lets nobody in.`,
    action: openingOf(listener, `Set-SmtpListener -Identity '${listener}' -RemoteIPRange with those who may connect`),
  });
  return { remoteIPRanges: [], deniedIPRanges: [], closed: true };
}

function rangesOf(view: ServerView, listener: string, list: IpSecurityList): ConnectionRanges {
  const deniedIPRanges = setOf(list.deny).entries();
  if (deniedIPRanges.length > MOST_RANGES)
    return closed(view, listener, 'Refused', `There are more than ${MOST_RANGES} denied ranges.`);
  const granted = setOf(list.grant).entries();
  const remoteIPRanges = granted.slice(0, MOST_RANGES);
  if (list.mode === 'onlyListed' && remoteIPRanges.length === 0)
    return closed(
      view,
      listener,
      list.grantIncomplete || list.grantedNames ? 'Refused' : 'CarriedWithChange',
      list.grantIncomplete || list.grantedNames
        ? 'None that may connect can be told from the list.'
        : 'Nobody may connect.',
    );
  const words = [
    ...wordsOf(list),
    ...(granted.length > MOST_RANGES ? [`only the first ${MOST_RANGES} ranges were taken`] : []),
  ];
  const isLess = list.grantIncomplete || list.grantedNames || granted.length > MOST_RANGES;
  const only = list.mode === 'onlyListed';
  view.tell('IPSecurity', {
    outcome: words.length === 0 ? 'Carried' : 'CarriedWithChange',
    mapsTo: `listeners[${listener}].${only ? 'remoteIPRanges' : 'deniedIPRanges'}`,
    newValue: (only ? remoteIPRanges : deniedIPRanges).join(', '),
    ...(words.length === 0 ? {} : { reason: `${words.join('; ')}.` }),
    ...(isLess
      ? { action: `Look at the list on the old server: Set-SmtpListener -Identity '${listener}' -RemoteIPRange.` }
      : {}),
  });
  return { remoteIPRanges, deniedIPRanges, closed: false };
}
