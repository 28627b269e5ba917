/**
 * Rules about connectors and how they log on that a schema cannot say. The first of them: a password
 * never goes to servers that nobody named, and never in clear text unless that is meant.
 */
import type { ProblemDetail } from '../contract/problems.ts';
import type { Connector, Settings } from './settings.ts';

type Check = (connector: Connector, settings: Settings) => readonly [setting: keyof Connector, message: string] | null;

const logOnToNamedServersOnly: Check = ({ type, authenticationMethod }) =>
  type === 'Direct' && authenticationMethod !== 'None'
    ? [
        'authenticationMethod',
        'can not be used with MX hosts, which anybody can name; use type SmartHost, or DirectThenSmartHost, which logs on to its smart hosts only',
      ]
    : authenticationMethod !== 'None' && (type === 'Drop' || type === 'Capture')
      ? ['authenticationMethod', `is for mail that is sent; a ${type} connector sends nothing`]
      : null;

const noClearText: Check = ({ type, tlsMode, authenticationMethod, allowClearTextAuthentication }) =>
  type !== 'Direct' && tlsMode === 'None' && authenticationMethod !== 'None' && !allowClearTextAuthentication
    ? [
        'tlsMode',
        'would send the password in clear text; choose Required or Verify, or say allowClearTextAuthentication for a private network',
      ]
    : null;

const userForTokens: Check = ({ authenticationMethod, authenticationUserName }) =>
  authenticationMethod === 'XOAUTH2' && authenticationUserName === null
    ? ['authenticationUserName', 'is needed for XOAUTH2: the mailbox that sends']
    : null;

const graphHasItsOwnLogOn: Check = ({ type, authenticationMethod }) =>
  type === 'Graph' && authenticationMethod !== 'None'
    ? ['authenticationMethod', 'is for SMTP; Graph always takes a token']
    : null;

const knownTokenCertificate: Check = ({ tokenCertificate }, { certificates }) =>
  tokenCertificate !== null && !certificates.some(({ name }) => name.toLowerCase() === tokenCertificate.toLowerCase())
    ? ['tokenCertificate', 'is no certificate of this relay; see Get-SmtpCertificate']
    : null;

const knownTlsCertificate: Check = ({ tlsCertificate }, { certificates }) =>
  tlsCertificate !== null && !certificates.some(({ name }) => name.toLowerCase() === tlsCertificate.toLowerCase())
    ? ['tlsCertificate', 'is no certificate of this relay; see Get-SmtpCertificate']
    : null;

/** Of many hosts not one carries the same name; and a name that nobody looks at only seems to protect. */
const nameThatIsVerified: Check = ({ tlsDomain, tlsMode, type }) => {
  if (tlsDomain === null) return null;
  if (type !== 'SmartHost') return ['tlsDomain', 'is for type SmartHost; MX hosts are verified by their own names'];
  return tlsMode === 'Verify' ? null : ['tlsDomain', 'is looked at only with tlsMode Verify'];
};

const policyOnlyForMailHosts: Check = ({ type, tlsMode }) =>
  (tlsMode === 'MtaSts' || tlsMode === 'Dane') && type !== 'Direct'
    ? [
        'tlsMode',
        type === 'DirectThenSmartHost'
          ? `${tlsMode} is for type Direct: mail that it keeps from the mail hosts of a domain would go out by the smart hosts all the same`
          : `${tlsMode} is for type Direct: it goes by what DNS says of a domain; choose Verify for smart hosts`,
      ]
    : null;

/** Answers that nobody has verified would only seem to protect. */
const noDaneWithoutValidation: Check = ({ tlsMode }, { general }) =>
  tlsMode === 'Dane' && !general.dnsServerValidates
    ? [
        'tlsMode',
        'Dane needs DNS answers whose signatures (DNSSEC) were verified: name a validating resolver that you trust in general.dnsServer, best one on this computer, and set general.dnsServerValidates; or choose MtaSts',
      ]
    : null;

const smartHostsWhereNeeded: Check = ({ type, smartHosts }) => {
  const takesThem = type === 'SmartHost' || type === 'DirectThenSmartHost';
  if (takesThem && smartHosts.length === 0) return ['smartHosts', `a ${type} connector needs at least one smart host`];
  return !takesThem && smartHosts.length > 0
    ? ['smartHosts', `a ${type} connector has no smart hosts; use type SmartHost or DirectThenSmartHost`]
    : null;
};

const folderWhereNeeded: Check = ({ type, dropDirectory }) => {
  if (type === 'Drop' && dropDirectory === null) return ['dropDirectory', 'is needed for type Drop'];
  return type !== 'Drop' && dropDirectory !== null ? ['dropDirectory', 'is only for type Drop'] : null;
};

/** A name that is misspelt would quietly send the mail another way. */
const knownListeners: Check = (connector, { listeners }) => {
  const unknown = connector.listeners.find(
    wanted => !listeners.some(({ name }) => name.toLowerCase() === wanted.toLowerCase()),
  );
  return unknown === undefined
    ? null
    : ['listeners', `"${unknown}" is no listener of this relay; see Get-SmtpListener`];
};

const noHeloWithTls: Check = ({ forceHelo, tlsMode, authenticationMethod }) => {
  if (!forceHelo) return null;
  if (tlsMode !== 'None' && tlsMode !== 'Opportunistic')
    return ['forceHelo', `is without TLS, which tlsMode ${tlsMode} asks for`];
  return authenticationMethod === 'None'
    ? null
    : ['forceHelo', 'is without a log-on, which authenticationMethod asks for'];
};

const CHECKS = [
  noHeloWithTls,
  smartHostsWhereNeeded,
  folderWhereNeeded,
  knownListeners,
  logOnToNamedServersOnly,
  noClearText,
  userForTokens,
  graphHasItsOwnLogOn,
  knownTokenCertificate,
  knownTlsCertificate,
  nameThatIsVerified,
  policyOnlyForMailHosts,
  noDaneWithoutValidation,
];

/** What these rules have against the connectors. */
export const CONNECTOR_RULES = [
  (settings: Settings): ProblemDetail[] =>
    settings.connectors.flatMap((connector, index) =>
      CHECKS.flatMap(check => {
        const broken = check(connector, settings);
        if (!broken) return [];
        const [setting, message] = broken;
        return [{ path: `connectors[${index}].${setting}`, value: connector[setting], message }];
      }),
    ),
];
