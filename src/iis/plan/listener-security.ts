/** How clients of a virtual server log on and encrypt. What cannot be read asks for most. */
import { ListError } from '../ip-security-list.ts';
import { bytesOfList } from '../ip-security-text.ts';
import { ACCESS_SSL, AUTH, bitsOf } from '../values.ts';
import { openingOf } from './connections.ts';
import type { PlanOptions } from './plan-options.ts';
import type { ServerView } from './server-view.ts';

export interface PlannedLogOn {
  /** Nobody could log on and nobody may do without. */
  readonly closed: boolean;
  readonly settings: {
    readonly requireAuthentication: boolean;
    readonly authenticationMethods: readonly string[];
    readonly windowsAccounts: boolean;
  };
}

export function planLogOn(view: ServerView, at: string, name: string, { windows }: PlanOptions): PlannedLogOn {
  const flags = view.numberOf('AuthFlags', AUTH.AuthAnonymous, AUTH);
  // What can't be read may have kept anonymous clients out.
  const value = flags.sure ? flags.value : 0;
  const has = (bit: number) => (value & bit) !== 0;
  const basic = has(AUTH.AuthBasic);
  const integrated = has(AUTH.AuthNTLM);
  const anonymous = has(AUTH.AuthAnonymous);
  const methods = [...(basic ? ['PLAIN', 'LOGIN'] : []), ...(integrated && windows ? ['GSSAPI', 'NTLM'] : [])];
  const closed = !anonymous && methods.length === 0;
  const others = bitsOf(value, { AuthMD5: AUTH.AuthMD5, AuthPassport: AUTH.AuthPassport });
  const hints = [
    ...(flags.sure ? [] : ['How clients logged on cannot be told']),
    ...(basic ? ['Passwords are taken under TLS only'] : []),
    ...(integrated && !windows
      ? ['Integrated Windows log-ons are not carried to a relay that does not run on Windows']
      : []),
    ...(others.length > 0 ? [`${others.join(', ')} is not done here`] : []),
    ...(closed ? ['Nobody could log on, so the listener is closed'] : []),
  ];
  const person = closed
    ? openingOf(name, `Set-SmtpListener -Identity '${name}' -AuthenticationMethod with what clients can do`)
    : integrated && !windows
      ? 'Set-SmtpListener -AuthenticationMethod GSSAPI, NTLM needs a keytab here; or make accounts with New-SmtpAccount.'
      : basic && !windows
        ? 'Make accounts with New-SmtpAccount: Windows accounts are not known here.'
        : integrated
          ? 'Run "npm run bridge" once for NTLM and Kerberos.'
          : undefined;
  view.tell('AuthFlags', {
    outcome:
      !flags.sure || closed
        ? 'Refused'
        : flags.origin === 'SchemaDefault'
          ? 'Defaulted'
          : hints.length > 0
            ? 'CarriedWithChange'
            : 'Carried',
    mapsTo: `${at}.authenticationMethods`,
    newValue: `${methods.join(', ') || '(none)'}${anonymous ? '' : ', required'}`,
    ...(hints.length > 0 ? { reason: `${hints.join('. ')}.` } : {}),
    ...(person ? { action: person } : {}),
  });
  return {
    closed,
    settings: {
      requireAuthentication: !anonymous,
      authenticationMethods: methods,
      windowsAccounts: basic && windows,
    },
  };
}

export interface PlannedTls {
  /** The old server asked for what cannot be had here, so nobody may come in. */
  readonly closed: boolean;
  readonly certificates: readonly { readonly name: string; readonly source: 'WindowsStore'; readonly find: string }[];
  readonly settings: {
    readonly tlsMode: 'Required' | 'Optional';
    readonly clientCertificate: 'None' | 'Request' | 'Require';
    readonly certificates: readonly string[];
  };
}

export function planTls(view: ServerView, at: string, name: string, { windows, current }: PlanOptions): PlannedTls {
  const flags = view.numberOf('AccessSSLFlags', 0, ACCESS_SSL);
  const bits = flags.sure ? flags.value : flags.value | ACCESS_SSL.AccessSSL;
  const has = (bit: number) => (bits & bit) !== 0;
  const needsClient = has(ACCESS_SSL.AccessSSLRequireCert);
  const required = has(ACCESS_SSL.AccessSSL) || has(ACCESS_SSL.AccessSSL128) || needsClient;
  const thumbprint = thumbprintOf(view);
  const lacksCertificate = required && thumbprint === null;
  const tlsMode = required ? 'Required' : 'Optional';
  view.tell('AccessSSLFlags', {
    outcome:
      !flags.sure || needsClient || lacksCertificate
        ? 'Refused'
        : flags.origin === 'SchemaDefault'
          ? 'Defaulted'
          : 'Carried',
    mapsTo: `${at}.tlsMode`,
    newValue: `${tlsMode}${needsClient ? ', with client certificate' : ''}`,
    ...tlsHints(name, flags.sure, needsClient, lacksCertificate, has(ACCESS_SSL.AccessSSLMapCert)),
  });
  const known = current.certificates.find(({ find }) => find?.toUpperCase() === thumbprint);
  const own = thumbprint === null ? null : (known?.name ?? `IIS ${thumbprint.slice(0, 16)}`);
  if (thumbprint !== null) tellCertificate(view, at, name, thumbprint, windows ? own : null);
  return {
    closed: needsClient || lacksCertificate,
    certificates:
      windows && own !== null && !known ? [{ name: own, source: 'WindowsStore' as const, find: thumbprint! }] : [],
    settings: {
      tlsMode,
      clientCertificate: needsClient ? 'Require' : has(ACCESS_SSL.AccessSSLNegotiateCert) ? 'Request' : 'None',
      certificates: windows && own !== null ? [own] : [],
    },
  };
}

function tlsHints(name: string, sure: boolean, needsClient: boolean, lacksCertificate: boolean, mapped: boolean) {
  const reasons = [
    ...(sure ? [] : ['Whether TLS was required cannot be told, so it is.']),
    ...(needsClient
      ? [
          'IIS took clients with a certificate of a trusted authority only, and here any certificate would do, so the listener is closed.',
        ]
      : []),
    ...(lacksCertificate
      ? ['TLS is required and there is no certificate, so nobody could send; the listener is closed.']
      : []),
    ...(mapped ? ['Certificates are not mapped to Windows accounts.'] : []),
  ];
  const first = lacksCertificate
    ? `Import-SmtpCertificate, Set-SmtpListener -Identity '${name}' -Certificate`
    : 'Set-RelayRestriction -ClientCertificate with those of the clients';
  return {
    ...(reasons.length > 0 ? { reason: reasons.join(' ') } : {}),
    ...(needsClient || lacksCertificate ? { action: openingOf(name, first) } : {}),
  };
}

function thumbprintOf(view: ServerView): string | null {
  const found = view.find('SSLCertHash');
  if (found === null) return null;
  if (found.doubt === null) {
    try {
      const bytes = bytesOfList(found.value);
      if (bytes === null || bytes.length === 0) {
        view.tell('SSLCertHash', { outcome: 'Ignored', reason: 'There is no certificate.' });
        return null;
      }
      if (bytes.length === 20) return Buffer.from(bytes).toString('hex').toUpperCase();
    } catch (error) {
      if (!(error instanceof ListError)) throw error;
    }
  }
  view.tell('SSLCertHash', {
    outcome: 'Refused',
    reason: found.doubt === null ? 'It is no thumbprint of 20 bytes.' : 'Nobody can tell which certificate it was.',
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
