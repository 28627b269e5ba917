/** A virtual server's door: bindings, identity, limits, log-ons and TLS, as a listener of the settings. */
import { isHostName } from '../../message/host-name.ts';
import { type Binding, planBindings, secureBindings } from './bindings.ts';
import { type ConnectionRanges, openingOf } from './connections.ts';
import { type Limit, limitOf } from './limits.ts';
import { planLogOn, planTls } from './listener-security.ts';
import type { PlanOptions } from './plan-options.ts';
import type { ServerView } from './server-view.ts';

export interface PlannedListener {
  readonly name: string;
  readonly enabled: boolean;
  readonly bindings: readonly Binding[];
  readonly [setting: string]: unknown;
}

export interface PlannedDoor {
  readonly listeners: readonly PlannedListener[];
  readonly certificates: readonly { readonly name: string; readonly source: 'WindowsStore'; readonly find: string }[];
}

/** A name that the settings take, and that is not among `taken` (lower case). */
export function freeName(wanted: string, taken: ReadonlySet<string>): string {
  const plain = wanted
    .replace(/[*?[\]/\\"',;|<>:\x00-\x1f]+/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 56)
    .trim();
  const base = plain === '' ? 'SMTP' : plain;
  for (let number = 1; ; number++) {
    const name = number === 1 ? base : `${base} ${number}`;
    if (!taken.has(name.toLowerCase())) return name;
  }
}

/** Tells the name before anything else is said about the listener. */
export function nameOfListener(view: ServerView, taken: ReadonlySet<string>): string {
  const comment = view.text('ServerComment');
  const name = freeName(comment ?? `SMTP Virtual Server ${view.number}`, taken);
  view.tell('ServerComment', {
    outcome: comment === null ? 'Defaulted' : comment === name ? 'Carried' : 'CarriedWithChange',
    ...(comment === null ? { origin: 'Relay' as const } : {}),
    mapsTo: `listeners[${name}].name`,
    newValue: name,
  });
  return name;
}

/** Nobody gets in, not even where somebody enables the listener without a look at it. */
const CLOSED = { deniedIPRanges: ['0.0.0.0/0', '::/0'], requireAuthentication: true } as const;

/** @param taken bindings that others have already @param wider why the door would let in more than the old one; null when not */
export function planListener(
  view: ServerView,
  name: string,
  connections: ConnectionRanges,
  taken: readonly Binding[],
  wider: string | null,
  options: PlanOptions,
): PlannedDoor {
  const at = `listeners[${name}]`;
  const { bindings, usable, unknown } = planBindings(view, name, taken);
  const starts = planStart(view, at);
  const tls = planTls(view, at, name, options);
  const logOn = planLogOn(view, at, name, options);
  if (wider !== null)
    view.tell('RelayIpList', {
      outcome: 'Refused',
      mapsTo: `${at}.enabled`,
      newValue: false,
      reason: `${wider} The listener is off, and lets nobody in.`,
      action: openingOf(
        name,
        'See with Get-RelayRestriction and Get-SmtpDomain that all of them may use this listener',
      ),
    });
  const closed = connections.closed || tls.closed || logOn.closed || unknown || wider !== null;
  const methods = logOn.settings.authenticationMethods;
  const door = {
    ...planIdentity(view, at),
    ...planLimits(view, at),
    ...tls.settings,
    ...logOn.settings,
    ...planProtocol(view, at),
    remoteIPRanges: connections.remoteIPRanges,
    deniedIPRanges: connections.deniedIPRanges,
    ...(closed ? { ...CLOSED, authenticationMethods: methods.length > 0 ? methods : ['PLAIN', 'LOGIN'] } : {}),
    comment: `From IIS virtual server ${view.number}`,
  };
  const secure = planSecureListener(view, name, door, options);
  return {
    listeners: [{ name, enabled: usable && starts && !closed, bindings, ...door }, ...secure],
    certificates: tls.certificates,
  };
}

function planStart(view: ServerView, at: string): boolean {
  const { value, origin, sure } = view.truthOf('ServerAutoStart', true);
  const starts = value && sure;
  view.tell('ServerAutoStart', {
    outcome: !sure ? 'Refused' : origin === 'SchemaDefault' ? 'Defaulted' : 'Carried',
    mapsTo: `${at}.enabled`,
    newValue: starts,
    ...(sure
      ? {}
      : {
          reason: 'Nobody can tell whether it was started, so the listener is off.',
          action: 'Enable-SmtpListener, if the old server was started.',
        }),
  });
  return starts;
}

/** A listener of its own for ports that begin with TLS, which is not opened unseen. */
function planSecureListener(view: ServerView, name: string, door: object, options: PlanOptions): PlannedListener[] {
  const bindings = secureBindings(view);
  if (bindings.length === 0) {
    if (view.find('SecureBindings'))
      view.tell('SecureBindings', { outcome: 'Ignored', reason: 'There is none to take.' });
    return [];
  }
  const own = freeName(`${name.slice(0, 50)} TLS`, options.takenNames ?? new Set());
  view.tell('SecureBindings', {
    outcome: 'CarriedWithChange',
    mapsTo: `listeners[${own}]`,
    newValue: 'off',
    reason: 'It is there, but off.',
    action: `Enable-SmtpListener -Identity '${own}' where clients use it.`,
  });
  return [{ ...door, name: own, enabled: false, bindings, tlsMode: 'Implicit' }];
}

function planIdentity(view: ServerView, at: string) {
  const fqdn = hostNameOf(view, 'FullyQualifiedDomainName', `${at}.fqdn`);
  const banner = view.text('ConnectResponse');
  const plain = banner?.replace(/[^ -~]+/g, ' ').slice(0, 200) ?? null;
  if (banner !== null)
    view.tell('ConnectResponse', {
      outcome: plain === banner ? 'Carried' : 'CarriedWithChange',
      mapsTo: `${at}.banner`,
      newValue: plain,
      ...(plain === banner ? {} : { reason: 'Here it is ASCII, and at most 200 characters.' }),
    });
  else tellEmpty(view, 'ConnectResponse');
  return { fqdn, banner: plain };
}

/** What stands there and says nothing. */
export function tellEmpty(view: ServerView, property: string): void {
  if (view.find(property)) view.tell(property, { outcome: 'Ignored', reason: 'It is empty.' });
}

/** A host name of the old server; null when it is absent or none. */
export function hostNameOf(view: ServerView, property: string, mapsTo: string): string | null {
  const text = view.text(property);
  if (text === null) {
    tellEmpty(view, property);
    return null;
  }
  const name = isHostName(text) ? text : null;
  view.tell(
    property,
    name === null
      ? {
          outcome: 'Refused',
          mapsTo,
          reason: 'It is no host name; the name of this computer is taken.',
          action: 'Set-SmtpRelayConfiguration -Fqdn and Set-SmtpListener -Fqdn, if another name is wanted.',
        }
      : { outcome: 'Carried', mapsTo, newValue: name },
  );
  return name;
}

const LIMITS: readonly (Limit & { readonly setting: string })[] = [
  {
    setting: 'maxMessageSize',
    property: 'MaxMessageSize',
    schemaDefault: 33_554_432,
    min: 1024,
    max: 2_147_483_647,
    unlimited: 2_147_483_647,
    zeroIsNone: true,
    mapsTo: '',
  },
  {
    setting: 'maxRecipientsPerMessage',
    property: 'MaxRecipients',
    schemaDefault: 100,
    min: 1,
    max: 50_000,
    unlimited: 50_000,
    zeroIsNone: true,
    mapsTo: '',
  },
  {
    setting: 'maxMessagesPerConnection',
    property: 'MaxBatchedMessages',
    schemaDefault: 0,
    min: 1,
    max: 1_000_000,
    unlimited: null,
    zeroIsNone: true,
    mapsTo: '',
  },
  {
    setting: 'maxInboundConnection',
    property: 'MaxConnections',
    schemaDefault: 2_000_000_000,
    min: 1,
    max: 100_000,
    unlimited: 1000,
    zeroIsNone: true,
    mapsTo: '',
  },
  {
    setting: 'connectionInactivityTimeout',
    property: 'ConnectionTimeout',
    schemaDefault: 600,
    min: 5,
    max: 3600,
    unlimited: 3600,
    zeroIsNone: true,
    mapsTo: '',
  },
  {
    setting: 'maxProtocolErrors',
    property: 'MaxSmtpErrors',
    schemaDefault: 0xffff_ffff,
    min: 1,
    max: 1000,
    unlimited: 20,
    zeroIsNone: true,
    mapsTo: '',
  },
];

function planLimits(view: ServerView, at: string): Record<string, number | null> {
  return Object.fromEntries(
    LIMITS.map(limit => [limit.setting, limitOf(view, { ...limit, mapsTo: `${at}.${limit.setting}` })]),
  );
}

function planProtocol(view: ServerView, at: string) {
  const verbs = view.numberOf('SmtpInboundCommandSupportOptions', 7_697_601);
  const eightBit = (verbs.value & 0x40_0000) !== 0;
  if (view.find('SmtpInboundCommandSupportOptions'))
    view.tell('SmtpInboundCommandSupportOptions', {
      outcome: verbs.value === 7_697_601 || verbs.value === 3_503_297 ? 'Carried' : 'CarriedWithChange',
      mapsTo: `${at}.disabledExtensions`,
      newValue: eightBit ? '(none)' : '8BITMIME',
      ...(verbs.value === 7_697_601 || verbs.value === 3_503_297
        ? {}
        : { reason: 'Only the bit of 8BITMIME is documented; the others were not carried.' }),
    });
  const names = view.truthOf('EnableReverseDnsLookup', false);
  if (view.find('EnableReverseDnsLookup'))
    view.tell('EnableReverseDnsLookup', {
      outcome: 'Carried',
      mapsTo: `${at}.reverseDns`,
      newValue: names.value ? 'Log' : 'None',
    });
  const logged = view.numberOf('LogType', 0);
  view.tell('LogType', {
    outcome: logged.origin === 'SchemaDefault' ? 'Defaulted' : 'Carried',
    mapsTo: `${at}.protocolLoggingLevel`,
    newValue: logged.value === 0 ? 'None' : 'General',
  });
  return {
    disabledExtensions: eightBit ? [] : ['8BITMIME'],
    reverseDns: names.value ? 'Log' : 'None',
    protocolLoggingLevel: logged.value === 0 ? 'None' : 'General',
  };
}
