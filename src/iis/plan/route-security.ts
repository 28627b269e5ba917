/** How next hops are spoken to: encryption, greeting and log-on. */
import { bitsOf, ROUTE } from '../values.ts';
import type { Verdict } from './entry.ts';
import { type DomainView, domainText, type ServerView } from './server-view.ts';

export interface RouteSecurity {
  readonly settings: Readonly<Record<string, unknown>>;
  readonly secrets: readonly { readonly connector: string; readonly userName: string }[];
}

/** TLS, greeting and log-on of a route: of a domain, or of the server itself where `domain` is null. */
export function securityOf(
  view: ServerView,
  domain: DomainView | null,
  bits: number,
  at: string,
  connector: string,
  canLogOn: boolean,
): RouteSecurity {
  const read = (property: string): string | null =>
    domain === null ? view.text(property) : domainText(domain, property);
  const tell = (property: string, verdict: Verdict) =>
    domain === null ? view.tell(property, verdict) : view.tellDomain(domain, property, verdict);
  const tlsMode = tlsOf(view, bits);
  const userName = read('RouteUserName');
  const logOn = logOnOf(bits, userName, canLogOn);
  const logsOn = logOn === 'Yes';
  const wantsHelo = (bits & ROUTE.USE_HELO) !== 0;
  const canHelo = tlsMode === 'Opportunistic' && !logsOn;
  const forceHelo = wantsHelo && canHelo ? { forceHelo: true } : {};
  if (domain === null) tellTls(view, at, tlsMode);
  if (wantsHelo || (domain === null && view.find('RouteAction')))
    tell('RouteAction', {
      outcome: wantsHelo && !canHelo ? 'NotSupported' : 'Carried',
      mapsTo: wantsHelo && canHelo ? `${at}.tlsMode, ${at}.forceHelo` : `${at}.tlsMode`,
      newValue: wantsHelo && canHelo ? `${tlsMode}, true` : tlsMode,
      reason: `${bitsOf(bits, ROUTE).join(', ') || 'No bit is set'}.${wantsHelo && !canHelo ? ' Without EHLO there is no encryption and no log-on; those count.' : ''}`,
      ...(wantsHelo && !canHelo
        ? { action: `See with Test-SmtpConnector -Identity '${connector}' whether the host takes EHLO.` }
        : {}),
    });
  const has = (property: string) =>
    domain === null ? view.find(property) !== null : domain.key.properties.has(property.toLowerCase());
  if (!logsOn) {
    if (logOn !== 'No')
      tell('RouteUserName', {
        outcome: 'NotSupported',
        mapsTo: `${at}.authenticationMethod`,
        newValue: 'None',
        reason: logOn,
        action: `Set-SmtpConnectorCredential -Identity '${connector}', with an account that can log on by password${canLogOn ? '' : ', to smart hosts only'}.`,
      });
    else if (has('RouteUserName')) tell('RouteUserName', NOT_SWITCHED_ON);
    if (has('RoutePassword'))
      tell('RoutePassword', logOn === 'No' ? NOT_SWITCHED_ON : { outcome: 'Ignored', reason: logOn });
    return { settings: { tlsMode, ...forceHelo }, secrets: [] };
  }
  const user = userName!;
  tell('RouteUserName', {
    outcome: tlsMode === 'Opportunistic' ? 'CarriedWithChange' : 'Carried',
    mapsTo: `${at}.authenticationUserName`,
    newValue: user,
    ...(tlsMode === 'Opportunistic' ? { reason: 'With a password the connection is always encrypted here.' } : {}),
  });
  tell('RoutePassword', {
    outcome: 'NeedsSecret',
    mapsTo: `${at}.authenticationMethod`,
    newValue: 'Automatic',
    reason: 'It is encrypted with the key of the old computer. Mail waits until it is there.',
    action: `Import-IisSmtpConfiguration -Credential (Get-Credential '${user.replaceAll("'", "''")}'), or Set-SmtpConnectorCredential -Identity '${connector}'.`,
  });
  return {
    settings: { tlsMode, authenticationMethod: 'Automatic', authenticationUserName: user },
    secrets: [{ connector, userName: user }],
  };
}

const NOT_SWITCHED_ON: Verdict = { outcome: 'Ignored', reason: 'No log-on is switched on for it.' };

/** Yes, No, or why a log-on that is wanted can't be done. */
function logOnOf(bits: number, userName: string | null, canLogOn: boolean): string {
  const clear = (bits & ROUTE.AUTH_CLEARTEXT) !== 0;
  const windows = (bits & (ROUTE.AUTH_NTLM | ROUTE.AUTH_KERBEROS)) !== 0;
  if (!clear && !windows && (bits & ROUTE.SASL) === 0) return 'No';
  if (!canLogOn) return 'Passwords are not sent to MX hosts.';
  if (!clear)
    return windows ? 'Integrated Windows log-ons to other servers are not done here.' : 'It is not said how to log on.';
  if (userName === null) return 'There is no user name.';
  return USABLE_NAME.test(userName) ? 'Yes' : 'The user name is too long or has control characters.';
}

/** As the settings take it. */
const USABLE_NAME = /^[^\x00-\x1f\x7f]{1,320}$/;

function tlsOf(view: ServerView, bits: number): string {
  // A value that can't be read may have asked for it.
  const always = view.truthOf('AlwaysUseSsl', false);
  if ((bits & ROUTE.SSL) === 0 && !always.value && (always.sure || view.find('AlwaysUseSsl') === null))
    return 'Opportunistic';
  const checked = ['SmtpSSLRequireTrustedCA', 'SmtpSSLCertHostnameValidation'].every(
    name => view.truthOf(name, false).value,
  );
  return checked ? 'Verify' : 'Required';
}

function tellTls(view: ServerView, at: string, tlsMode: string): void {
  for (const property of ['AlwaysUseSsl', 'SmtpSSLRequireTrustedCA', 'SmtpSSLCertHostnameValidation'])
    if (view.find(property))
      view.tell(property, {
        outcome: 'Carried',
        mapsTo: `${at}.tlsMode`,
        newValue: tlsMode,
        ...(property === 'AlwaysUseSsl' ? {} : { reason: 'It holds where TLS is required.' }),
      });
}
