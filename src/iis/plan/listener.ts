/** A virtual server's door: bindings, identity, limits, log-ons and TLS, as a listener of the settings. */
import { isHostName } from '../../message/host-name.ts';
import { ListError } from '../ip-security-list.ts';
import { bytesOfList } from '../ip-security-text.ts';
import { ACCESS_SSL, AUTH, type IisBinding, readBinding, readTexts, ValueError } from '../values.ts';
import type { ConnectionRanges } from './access.ts';
import { type Limit, limitOf } from './limits.ts';
import type { PlanOptions } from './plan-options.ts';
import type { ServerView } from './server-view.ts';

interface Binding {
  readonly address: string;
  readonly port: number;
}

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
    mapsTo: `listeners[${name}].name`,
    newValue: name,
  });
  return name;
}

/** @param taken bindings that others have already */
export function planListener(
  view: ServerView,
  name: string,
  connections: ConnectionRanges,
  taken: readonly Binding[],
  options: PlanOptions,
): PlannedDoor {
  const at = `listeners[${name}]`;
  const { bindings, usable } = planBindings(view, at, taken);
  const autoStart = view.truthOf('ServerAutoStart', true);
  view.tell('ServerAutoStart', {
    outcome: autoStart.origin === 'SchemaDefault' ? 'Defaulted' : 'Carried',
    mapsTo: `${at}.enabled`,
    newValue: autoStart.value,
  });
  const tls = planTls(view, at, name, options);
  const logOn = planLogOn(view, at, options);
  const enabled = usable && autoStart.value && !connections.closed && !logOn.nobody;
  const door = {
    ...planIdentity(view, at),
    ...planLimits(view, at),
    ...tls.settings,
    ...logOn.settings,
    ...planProtocol(view, at),
    remoteIPRanges: connections.remoteIPRanges,
    deniedIPRanges: connections.deniedIPRanges,
    comment: `From IIS virtual server ${view.number}`,
  };
  const secure = planSecureBindings(view, name, door, options);
  return { listeners: [{ name, enabled, bindings, ...door }, ...secure], certificates: tls.certificates };
}

export const clashes = (a: Binding, b: Binding): boolean =>
  a.port === b.port &&
  (a.address === b.address || [a.address, b.address].some(address => address === '0.0.0.0' || address === '::'));

function planBindings(view: ServerView, at: string, taken: readonly Binding[]) {
  const found = view.find('ServerBindings');
  const bindings: Binding[] = [];
  let usable = true;
  for (const text of readTexts(found?.value, true)) {
    const read = bindingOf(view, 'ServerBindings', text);
    if (read === null) continue;
    const binding = { address: read.ip ?? '0.0.0.0', port: read.port };
    if (
      bindings.some(own => clashes(own, binding)) &&
      bindings.some(own => own.address === '0.0.0.0' && own.port === binding.port)
    ) {
      view.tellOf('ServerBindings', text, 'Server', view.location, {
        outcome: 'Ignored',
        reason: 'All addresses of this port are taken by this server already.',
      });
      continue;
    }
    const clash = taken.some(other => clashes(other, binding));
    if (clash) usable = false;
    bindings.push(binding);
    view.tellOf('ServerBindings', text, found!.origin, found!.location, {
      outcome: clash ? 'Refused' : read.host === null ? 'Carried' : 'CarriedWithChange',
      mapsTo: `${at}.bindings`,
      newValue: `${binding.address}:${binding.port}`,
      ...(clash
        ? {
            reason: 'Another listener or the control port has this port, so this listener stays off.',
            action: 'Give one of them another address or port, then Enable-SmtpListener.',
          }
        : read.host === null
          ? {}
          : { reason: 'The host name means nothing for SMTP and was left out.' }),
    });
  }
  // `:25:` may stand behind one of its addresses, which it covers.
  const wide = new Set(bindings.filter(({ address }) => address === '0.0.0.0').map(({ port }) => port));
  const own = bindings.filter(({ address, port }) => address === '0.0.0.0' || !wide.has(port));
  if (own.length > 0) return { bindings: own.slice(0, 64), usable };
  view.tell('ServerBindings', {
    outcome: 'Refused',
    mapsTo: `${at}.enabled`,
    newValue: false,
    reason: 'There is no binding that can be read, so the listener stays off.',
    action: 'Set-SmtpListener -Binding, then Enable-SmtpListener.',
  });
  return { bindings: [{ address: '127.0.0.1', port: 25 }], usable: false };
}

function bindingOf(view: ServerView, property: string, text: string): IisBinding | null {
  try {
    return readBinding(text);
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    view.tellOf(property, text, 'Server', view.location, {
      outcome: 'Refused',
      reason: `${error.message}.`,
      action: 'Look at the binding on the old server, and add it with Set-SmtpListener -Binding.',
    });
    return null;
  }
}

/** Ports that begin with TLS; IIS showed no way to set them, so one that is there is not opened unseen. */
function planSecureBindings(view: ServerView, name: string, door: object, options: PlanOptions): PlannedListener[] {
  const texts = readTexts(view.find('SecureBindings')?.value, true);
  const bindings = texts.flatMap(text => {
    const read = bindingOf(view, 'SecureBindings', text.endsWith(':') ? text : `${text}:`);
    return read === null ? [] : [{ address: read.ip ?? '0.0.0.0', port: read.port }];
  });
  if (bindings.length === 0) return [];
  const own = freeName(`${name.slice(0, 50)} TLS`, options.takenNames ?? new Set());
  view.tell('SecureBindings', {
    outcome: 'CarriedWithChange',
    mapsTo: `listeners[${own}]`,
    newValue: 'off',
    reason: 'It is there, but off.',
    action: `Enable-SmtpListener -Identity '${own}' where clients use it.`,
  });
  return [{ ...door, name: own, enabled: false, bindings: bindings.slice(0, 64), tlsMode: 'Implicit' }];
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
    });
  return { fqdn, banner: plain };
}

/** A host name of the old server; null when it is absent or none. */
export function hostNameOf(view: ServerView, property: string, mapsTo: string): string | null {
  const text = view.text(property);
  if (text === null) return null;
  const name = isHostName(text) ? text : null;
  view.tell(
    property,
    name === null
      ? { outcome: 'Refused', mapsTo, reason: 'It is no host name; the name of this computer is taken.' }
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
  if (verbs.origin !== 'SchemaDefault')
    view.tell('SmtpInboundCommandSupportOptions', {
      outcome: verbs.value === 7_697_601 || verbs.value === 3_503_297 ? 'Carried' : 'CarriedWithChange',
      mapsTo: `${at}.disabledExtensions`,
      newValue: eightBit ? '(none)' : '8BITMIME',
      ...(verbs.value === 7_697_601 || verbs.value === 3_503_297
        ? {}
        : { reason: 'Only the bit of 8BITMIME is documented; the others were not carried.' }),
    });
  const names = view.truthOf('EnableReverseDnsLookup', false);
  if (names.origin !== 'SchemaDefault')
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

function planLogOn(view: ServerView, at: string, { windows }: PlanOptions) {
  const flags = view.numberOf('AuthFlags', AUTH.AuthAnonymous, AUTH);
  const has = (bit: number) => (flags.value & bit) !== 0;
  const basic = has(AUTH.AuthBasic);
  const integrated = has(AUTH.AuthNTLM);
  const anonymous = has(AUTH.AuthAnonymous);
  const methods = [...(basic ? ['PLAIN', 'LOGIN'] : []), ...(integrated && windows ? ['GSSAPI', 'NTLM'] : [])];
  const nobody = !anonymous && methods.length === 0;
  const hints = [
    ...(basic ? ['Passwords are taken under TLS only'] : []),
    ...(integrated && !windows
      ? ['Integrated Windows log-ons are not carried to a relay that does not run on Windows']
      : []),
    ...(nobody ? ['nobody could log on, so the listener stays off'] : []),
  ];
  const person =
    integrated && !windows
      ? `Set-SmtpListener -AuthenticationMethod GSSAPI, NTLM needs a keytab here; or make accounts with New-SmtpAccount.`
      : basic && !windows
        ? 'Make accounts with New-SmtpAccount: Windows accounts are not known here.'
        : integrated
          ? 'Run "npm run bridge" once for NTLM and Kerberos.'
          : undefined;
  view.tell('AuthFlags', {
    outcome: flags.origin === 'SchemaDefault' ? 'Defaulted' : hints.length > 0 ? 'CarriedWithChange' : 'Carried',
    mapsTo: `${at}.authenticationMethods`,
    newValue: `${methods.join(', ') || '(none)'}${anonymous ? '' : ', required'}`,
    ...(hints.length > 0 ? { reason: `${hints.join('; ')}.` } : {}),
    ...(person ? { action: person } : {}),
  });
  return {
    nobody,
    settings: {
      // Without a way to log on the setting would be refused; the listener is off then.
      requireAuthentication: !anonymous && methods.length > 0,
      authenticationMethods: methods,
      windowsAccounts: basic && windows,
    },
  };
}

function planTls(view: ServerView, at: string, name: string, { windows, current }: PlanOptions) {
  const flags = view.numberOf('AccessSSLFlags', 0, ACCESS_SSL);
  const required = (flags.value & (ACCESS_SSL.AccessSSL | ACCESS_SSL.AccessSSL128)) !== 0;
  const needsClient = (flags.value & ACCESS_SSL.AccessSSLRequireCert) !== 0;
  const asksClient = (flags.value & ACCESS_SSL.AccessSSLNegotiateCert) !== 0;
  const thumbprint = thumbprintOf(view);
  view.tell('AccessSSLFlags', {
    outcome: flags.origin === 'SchemaDefault' ? 'Defaulted' : 'Carried',
    mapsTo: `${at}.tlsMode`,
    newValue: `${required || needsClient ? 'Required' : 'Optional'}${needsClient ? ', with client certificate' : ''}`,
    ...(required && thumbprint === null
      ? {
          action:
            'TLS is required, and there is no certificate: a self-signed one is used until Import-SmtpCertificate.',
        }
      : {}),
  });
  const known = current.certificates.find(({ find }) => find?.toUpperCase() === thumbprint);
  const own = thumbprint === null ? null : (known?.name ?? `IIS ${thumbprint.slice(0, 16)}`);
  if (thumbprint !== null) tellCertificate(view, at, name, thumbprint, windows ? own : null);
  return {
    certificates:
      windows && own !== null && !known ? [{ name: own, source: 'WindowsStore' as const, find: thumbprint! }] : [],
    settings: {
      tlsMode: required || needsClient ? 'Required' : 'Optional',
      clientCertificate: needsClient ? 'Require' : asksClient ? 'Request' : 'None',
      certificates: windows && own !== null ? [own] : [],
    },
  };
}

function thumbprintOf(view: ServerView): string | null {
  const found = view.find('SSLCertHash');
  if (found === null || found.value === null || found.value === '') return null;
  try {
    const bytes = bytesOfList(found.value);
    if (bytes?.length === 20) return Buffer.from(bytes).toString('hex').toUpperCase();
  } catch (error) {
    if (!(error instanceof ListError)) throw error;
  }
  view.tell('SSLCertHash', {
    outcome: 'Refused',
    reason: 'It is no thumbprint of 20 bytes.',
    action: 'Import-SmtpCertificate, then Set-SmtpListener -Certificate.',
  });
  return null;
}

function tellCertificate(view: ServerView, at: string, name: string, thumbprint: string, taken: string | null): void {
  const facts = view.source.certificates.find(certificate => certificate.thumbprint === thumbprint);
  const about = facts
    ? ` ${facts.subject}, valid until ${facts.notAfter}${facts.hasPrivateKey ? '' : ', without private key'}.`
    : '';
  view.tell('SSLCertHash', {
    outcome: taken === null ? 'NeedsSecret' : 'CarriedWithChange',
    mapsTo: `${at}.certificates`,
    newValue: taken ?? '(self-signed)',
    reason: `${taken === null ? 'The certificate and its key are not in the file.' : `It is taken from the certificate store of this computer by its thumbprint ${thumbprint}.`}${about}`,
    action:
      taken === null
        ? `Export certificate ${thumbprint} with its key on the old server, then Import-SmtpCertificate -Path, and Set-SmtpListener -Identity '${name}' -Certificate.`
        : 'See with Get-SmtpCertificate that it was found; bring it over with its key where not.',
  });
}
