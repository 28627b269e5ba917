/**
 * Rules about connectors and how they log on that a schema cannot say. The first of them: a password
 * never goes to servers that nobody named, and never in clear text unless that is meant.
 */
import type { ProblemDetail } from '../contract/problems.ts';
import type { Connector, Settings } from './settings.ts';

type Check = (connector: Connector, settings: Settings) => readonly [setting: keyof Connector, message: string] | null;

const logOnToNamedServersOnly: Check = ({ type, authenticationMethod }) =>
  type === 'Direct' && authenticationMethod !== 'None'
    ? ['authenticationMethod', 'can not be used with MX hosts, which anybody can name; use type SmartHost']
    : null;

const noClearText: Check = ({ type, tlsMode, authenticationMethod, allowClearTextAuthentication }) =>
  type === 'SmartHost' && tlsMode === 'None' && authenticationMethod !== 'None' && !allowClearTextAuthentication
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

const CHECKS = [logOnToNamedServersOnly, noClearText, userForTokens, graphHasItsOwnLogOn, knownTokenCertificate];

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
