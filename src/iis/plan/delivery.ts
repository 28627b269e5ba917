/** Where mail goes and how long it is tried: smart host, remote domains with their own route, retry times. */
import { isIP } from 'node:net';
import { parseMailbox } from '../../message/address.ts';
import { isHostName } from '../../message/host-name.ts';
import { bitsOf, ROUTE, readRetryMinutes, readSmartHosts, ValueError } from '../values.ts';
import { type Limit, limitOf } from './limits.ts';
import { freeName } from './listener.ts';
import { type DomainView, domainText, type ServerView } from './server-view.ts';

export interface PlannedConnector {
  readonly name: string;
  readonly type: 'SmartHost' | 'Direct';
  readonly addressSpaces: readonly string[];
  readonly [setting: string]: unknown;
}

/** A connector that logs on with a password that nobody can read out of the file. */
export interface NeededSecret {
  readonly connector: string;
  readonly userName: string;
}

export interface PlannedDelivery {
  readonly general: Readonly<Record<string, unknown>>;
  readonly connectors: readonly PlannedConnector[];
  readonly secrets: readonly NeededSecret[];
}

const isHost = (text: string): boolean => isHostName(text) || isIP(text) !== 0;

/** The server's own route and times. @param taken names of connectors in lower case */
export function planDelivery(view: ServerView, taken: Set<string>): PlannedDelivery {
  const common = planConnectorLimits(view);
  const { connector, secrets } = planDefaultRoute(view, taken, common);
  return {
    general: { ...planTimes(view), ...planOutbound(view), ...planNotices(view) },
    connectors: [connector],
    secrets,
  };
}

const OUTBOUND: readonly (Limit & { readonly setting: string })[] = [
  {
    setting: 'maxOutboundConnections',
    property: 'MaxOutConnections',
    schemaDefault: 1000,
    min: 1,
    max: 5000,
    unlimited: 5000,
    zeroIsNone: true,
    mapsTo: 'general.maxOutboundConnections',
  },
  {
    setting: 'commandTimeout',
    property: 'RemoteTimeout',
    schemaDefault: 600,
    min: 5,
    max: 3600,
    unlimited: 300,
    zeroIsNone: true,
    mapsTo: 'general.commandTimeout',
  },
  {
    setting: 'maxHopCount',
    property: 'HopCount',
    schemaDefault: 10,
    min: 3,
    max: 100,
    unlimited: 30,
    zeroIsNone: true,
    mapsTo: 'general.maxHopCount',
  },
  {
    setting: 'messageExpirationTimeout',
    property: 'SmtpRemoteNDRExpireMinutes',
    schemaDefault: 2880,
    min: 5,
    max: 7_776_000,
    unlimited: 172_800,
    zeroIsNone: true,
    times: 60,
    mapsTo: 'general.messageExpirationTimeout',
  },
  {
    setting: 'delayNotificationTimeout',
    property: 'SmtpRemoteDelayExpireMinutes',
    schemaDefault: 720,
    min: 0,
    max: 7_776_000,
    unlimited: 0,
    zeroIsNone: true,
    times: 60,
    mapsTo: 'general.delayNotificationTimeout',
  },
];

const planOutbound = (view: ServerView): Record<string, unknown> =>
  Object.fromEntries(OUTBOUND.map(limit => [limit.setting, limitOf(view, limit)]));

function planConnectorLimits(view: ServerView): Record<string, unknown> {
  const maxConnections = limitOf(view, {
    property: 'MaxOutConnectionsPerDomain',
    schemaDefault: 100,
    min: 1,
    max: 1000,
    unlimited: 1000,
    zeroIsNone: true,
    mapsTo: 'connectors.maxConnections',
  });
  const batched = view.numberOf('MaxBatchedMessages', 0).value;
  return { maxConnections, ...(batched > 0 && batched <= 100_000 ? { maxMessagesPerConnection: batched } : {}) };
}

const FRESH_RETRY = [15, 30, 60, 240];

function planTimes(view: ServerView): Record<string, unknown> {
  const mapsTo = 'general.retryInterval';
  const found = view.find('SmtpRemoteProgressiveRetry');
  const old = view.find('RemoteRetryInterval');
  let minutes = FRESH_RETRY;
  if (found !== null && found.value !== null && found.value !== '') {
    try {
      minutes = readRetryMinutes(found.value);
      const seconds = secondsOf(minutes);
      const clamped = minutes.length > 32 || minutes.some((minute, index) => minute * 60 !== seconds[index]);
      view.tell('SmtpRemoteProgressiveRetry', {
        outcome: clamped ? 'CarriedWithChange' : 'Carried',
        mapsTo,
        newValue: seconds,
        ...(minutes.length < 4 ? { reason: 'Fewer than four times; the last one repeats.' } : {}),
      });
      return { retryInterval: seconds };
    } catch (error) {
      if (!(error instanceof ValueError)) throw error;
      view.tell('SmtpRemoteProgressiveRetry', {
        outcome: 'Refused',
        mapsTo,
        newValue: secondsOf(FRESH_RETRY),
        reason: `${error.message}; the usual times are taken.`,
        action: 'Set-SmtpRelayConfiguration -RetryInterval',
      });
      return { retryInterval: secondsOf(FRESH_RETRY) };
    }
  }
  if (old !== null) {
    minutes = [view.numberOf('RemoteRetryInterval', 60).value];
    view.tell('RemoteRetryInterval', {
      outcome: 'CarriedWithChange',
      mapsTo,
      newValue: secondsOf(minutes),
      reason: 'Of NT 4; the newer times are not there.',
    });
  } else view.tell('SmtpRemoteProgressiveRetry', { outcome: 'Defaulted', mapsTo, newValue: secondsOf(minutes) });
  return { retryInterval: secondsOf(minutes) };
}

const secondsOf = (minutes: readonly number[]): number[] =>
  minutes.slice(0, 32).map(minute => Math.min(604_800, Math.max(60, minute * 60)));

function planNotices(view: ServerView): Record<string, unknown> {
  const copy = view.text('SendNdrTo');
  if (copy === null) return {};
  const usable = parseMailbox(copy) !== null;
  view.tell(
    'SendNdrTo',
    usable
      ? { outcome: 'Carried', mapsTo: 'general.ndrCopyTo', newValue: copy }
      : {
          outcome: 'Refused',
          mapsTo: 'general.ndrCopyTo',
          reason: 'It is no mail address.',
          action: 'Set-SmtpRelayConfiguration -NdrCopyTo',
        },
  );
  return usable ? { ndrCopyTo: copy } : {};
}

interface Route {
  readonly connector: PlannedConnector;
  readonly secrets: readonly NeededSecret[];
}

function planDefaultRoute(view: ServerView, taken: Set<string>, common: Record<string, unknown>): Route {
  const type = view.numberOf('SmartHostType', 0);
  const hosts = readSmartHosts(view.find('SmartHost')?.value);
  const port = portOf(view);
  const usable = hosts.filter(({ host }) => isHost(host));
  const always = type.value !== 0 && usable.length > 0;
  const name = take(always ? 'SmartHost' : 'Internet', taken);
  const at = `connectors[${name}]`;
  tellSmartHost(view, at, type.value, hosts.length, usable);
  const security = securityOf(view, null, view.numberOf('RouteAction', 0, ROUTE).value, at, name, always);
  return {
    connector: {
      name,
      type: always ? 'SmartHost' : 'Direct',
      addressSpaces: ['*'],
      ...(always ? { smartHosts: usable.slice(0, 16).map(({ host }) => ({ host, port })) } : { port }),
      ...common,
      ...security.settings,
    },
    secrets: security.secrets,
  };
}

function tellSmartHost(
  view: ServerView,
  at: string,
  type: number,
  given: number,
  usable: readonly { readonly host: string; readonly literal: boolean; readonly bracketed: boolean }[],
): void {
  const hosts = usable.map(({ host }) => host);
  view.tell('SmartHostType', {
    outcome:
      type === 1 && hosts.length > 0 ? 'CarriedWithChange' : view.find('SmartHostType') ? 'Carried' : 'Defaulted',
    mapsTo: `${at}.type`,
    newValue: type !== 0 && hosts.length > 0 ? 'SmartHost' : 'Direct',
    ...(type === 1 && hosts.length > 0
      ? { reason: 'Direct first and the smart host second is not done here: all mail goes to the smart host.' }
      : {}),
    ...(type !== 0 && hosts.length === 0
      ? {
          reason: 'There is no smart host that can be used, so mail goes to the MX hosts.',
          action: 'New-SmtpConnector -Type SmartHost, if it should not.',
        }
      : {}),
  });
  if (given === 0) return;
  if (type === 0) {
    view.tell('SmartHost', { outcome: 'Ignored', reason: 'SmartHostType 0 does not use it.' });
    return;
  }
  const reasons = [
    ...(usable.length < given ? ['What is no host name or address was left out'] : []),
    ...(usable.length > 1 ? ['Several hosts are tried in order'] : []),
    ...(usable.some(({ literal, bracketed }) => literal && !bracketed)
      ? ['An address without brackets is taken as an address']
      : []),
  ];
  view.tell('SmartHost', {
    outcome: usable.length < given ? 'Refused' : reasons.length > 0 ? 'CarriedWithChange' : 'Carried',
    mapsTo: `${at}.smartHosts`,
    newValue: hosts.join(', '),
    ...(reasons.length > 0 ? { reason: `${reasons.join('; ')}.` } : {}),
    ...(given > 1 || usable.length < given ? { action: `Look at Get-SmtpConnector.` } : {}),
  });
}

function portOf(view: ServerView): number {
  const { value, origin } = view.numberOf('RemoteSmtpPort', 25);
  const port = value >= 1 && value <= 65_535 ? value : 25;
  view.tell('RemoteSmtpPort', {
    outcome: origin === 'SchemaDefault' ? 'Defaulted' : port === value ? 'Carried' : 'Refused',
    mapsTo: 'connectors.smartHosts.port',
    newValue: port,
  });
  return port;
}

/** A remote domain with a route of its own; null when it has none. */
export function planDomainRoute(view: ServerView, domain: DomainView, bits: number, taken: Set<string>): Route | null {
  const text = domainText(domain, 'RouteActionString');
  if (text === null && (bits & ROUTE.SMARTHOST) === 0) return null;
  const tell = (verdict: Parameters<ServerView['tell']>[1]) =>
    view.tellOf('RouteActionString', text, 'Domain', domain.key.location, verdict);
  const hosts = readSmartHosts(text).filter(({ host }) => isHost(host));
  if (hosts.length === 0) {
    tell({
      outcome: 'Refused',
      reason: 'There is no host that can be used; mail for the domain goes the way of all other mail.',
      action: `New-SmtpConnector -Type SmartHost -AddressSpace ${domain.name} -SmartHost ...`,
    });
    return null;
  }
  const name = take(`Domain ${domain.name}`, taken);
  const at = `connectors[${name}]`;
  tell({ outcome: 'Carried', mapsTo: `${at}.smartHosts`, newValue: hosts.map(({ host }) => host).join(', ') });
  const port = view.numberOf('RemoteSmtpPort', 25).value;
  const security = securityOf(view, domain, bits, at, name, true);
  return {
    connector: {
      name,
      type: 'SmartHost',
      addressSpaces: [domain.name],
      smartHosts: hosts.slice(0, 16).map(({ host }) => ({ host, port: port >= 1 && port <= 65_535 ? port : 25 })),
      ...security.settings,
    },
    secrets: security.secrets,
  };
}

/** TLS and log-on of a route: of a domain, or of the server itself. */
function securityOf(
  view: ServerView,
  domain: DomainView | null,
  bits: number,
  at: string,
  connector: string,
  canLogOn: boolean,
) {
  const read = (property: string): string | null =>
    domain === null ? view.text(property) : domainText(domain, property);
  const tell = (property: string, verdict: Parameters<ServerView['tell']>[1]) =>
    domain === null
      ? view.tell(property, verdict)
      : view.tellOf(property, read(property), 'Domain', domain.key.location, verdict);
  const tlsMode = tlsOf(view, bits);
  if (domain === null && view.find('RouteAction'))
    tell('RouteAction', {
      outcome: 'Carried',
      mapsTo: `${at}.tlsMode`,
      newValue: tlsMode,
      reason: bitsOf(bits, ROUTE).join(', ') || 'no bit is set',
    });
  if (domain === null) tellTls(view, at, tlsMode);
  const userName = read('RouteUserName');
  const clear = (bits & ROUTE.AUTH_CLEARTEXT) !== 0;
  const windowsOnly = !clear && (bits & (ROUTE.AUTH_NTLM | ROUTE.AUTH_KERBEROS)) !== 0;
  if (!clear || userName === null || !canLogOn) {
    if (windowsOnly || clear)
      tell('RouteUserName', {
        outcome: 'NotSupported',
        mapsTo: `${at}.authenticationMethod`,
        newValue: 'None',
        reason: !canLogOn
          ? 'Passwords are not sent to MX hosts.'
          : windowsOnly
            ? 'Integrated Windows log-ons to other servers are not done here.'
            : 'There is no user name.',
        action: `Set-SmtpConnectorCredential -Identity '${connector}', with an account that can log on by password.`,
      });
    else if (userName !== null)
      tell('RouteUserName', { outcome: 'Ignored', reason: 'No log-on is switched on for it.' });
    if (read('RoutePassword') !== null && !clear && !windowsOnly)
      tell('RoutePassword', { outcome: 'Ignored', reason: 'No log-on is switched on for it.' });
    return { settings: { tlsMode }, secrets: [] };
  }
  tell('RouteUserName', {
    outcome: tlsMode === 'Opportunistic' ? 'CarriedWithChange' : 'Carried',
    mapsTo: `${at}.authenticationUserName`,
    newValue: userName,
    ...(tlsMode === 'Opportunistic' ? { reason: 'With a password the connection is always encrypted here.' } : {}),
  });
  tell('RoutePassword', {
    outcome: 'NeedsSecret',
    mapsTo: `${at}.authenticationMethod`,
    newValue: 'Automatic',
    reason: 'It is encrypted with the key of the old computer. Mail waits until it is there.',
    action: `Import-IisSmtpConfiguration -Credential (Get-Credential '${userName}'), or Set-SmtpConnectorCredential -Identity '${connector}'.`,
  });
  return {
    settings: { tlsMode, authenticationMethod: 'Automatic', authenticationUserName: userName },
    secrets: [{ connector, userName }],
  };
}

function tlsOf(view: ServerView, bits: number): string {
  const required = (bits & ROUTE.SSL) !== 0 || view.truthOf('AlwaysUseSsl', false).value;
  if (!required) return 'Opportunistic';
  const checked = ['SmtpSSLRequireTrustedCA', 'SmtpSSLCertHostnameValidation'].every(
    name => view.truthOf(name, false).value,
  );
  return checked ? 'Verify' : 'Required';
}

function tellTls(view: ServerView, at: string, tlsMode: string): void {
  for (const property of ['AlwaysUseSsl', 'SmtpSSLRequireTrustedCA', 'SmtpSSLCertHostnameValidation'])
    if (view.find(property)) view.tell(property, { outcome: 'Carried', mapsTo: `${at}.tlsMode`, newValue: tlsMode });
}

function take(wanted: string, taken: Set<string>): string {
  const name = freeName(wanted, taken);
  taken.add(name.toLowerCase());
  return name;
}
