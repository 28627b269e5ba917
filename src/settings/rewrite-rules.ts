/**
 * Rules about rewrite rules that a schema cannot say. The first of them: a rule never does less than its
 * words say, such as hiding a name for a connector that does not exist.
 */
import type { ProblemDetail } from '../contract/problems.ts';
import type { RewriteRule, Settings } from './settings.ts';

type Check = (rule: RewriteRule, settings: Settings) => readonly [setting: keyof RewriteRule, message: string] | null;

/** What says how the body is to be read; a rule that changed it would make the body unreadable. */
const OF_THE_BODY = /^(content-|mime-version$)/i;
const NEEDED = /^(from|date|message-id)$/i;

const stars = (pattern: string) => pattern.split('*').length - 1;

const newAddressWhereNeeded: Check = ({ type, newAddress }) =>
  type !== 'Header' && newAddress === null ? ['newAddress', `is needed by a ${type} rule`] : null;

const starsFromSomewhere: Check = ({ newAddress, address }) =>
  newAddress !== null && stars(newAddress) > stars(address === '*' ? '*@*' : address)
    ? ['newAddress', 'has more * than address, so nothing is known to put there']
    : null;

const fieldWhereNeeded: Check = ({ type, headerName }) =>
  type === 'Header' && headerName === null ? ['headerName', 'is needed by a Header rule'] : null;

const valueWhereNeeded: Check = ({ type, headerAction, headerValue }) =>
  type === 'Header' && headerAction !== 'Remove' && headerValue === null
    ? ['headerValue', `is needed to ${headerAction.toLowerCase()} a field`]
    : null;

const oneName: Check = ({ type, headerAction, headerName }) =>
  type === 'Header' && headerAction !== 'Remove' && /[*?]/.test(headerName ?? '')
    ? ['headerName', 'has a wildcard, which only Remove takes']
    : null;

const notOfTheBody: Check = ({ type, headerName }) =>
  type === 'Header' && OF_THE_BODY.test(headerName ?? '')
    ? ['headerName', 'says how the body is to be read and stays as it is']
    : null;

const notWhatIsNeeded: Check = ({ type, headerAction, headerName }) =>
  type === 'Header' && headerAction !== 'Add' && NEEDED.test(headerName ?? '') && headerAction === 'Remove'
    ? ['headerName', 'is needed by every message (RFC 5322 3.6); change senders with type Sender']
    : null;

const noConnectorYet: Check = ({ type, connectors }) =>
  type === 'Recipient' && connectors.length > 0
    ? ['connectors', 'can not be a condition of a Recipient rule: recipients are changed before a connector is chosen']
    : null;

const knownConnectors: Check = ({ connectors }, settings) => {
  const known = settings.connectors.map(({ name }) => name.toLowerCase());
  const stranger = connectors.find(name => !known.includes(name.toLowerCase()));
  return stranger === undefined ? null : ['connectors', `names ${stranger}, which is no connector of this relay`];
};

const CHECKS = [
  newAddressWhereNeeded,
  starsFromSomewhere,
  fieldWhereNeeded,
  valueWhereNeeded,
  oneName,
  notOfTheBody,
  notWhatIsNeeded,
  noConnectorYet,
  knownConnectors,
];

/** What these rules have against the rewrite rules. */
export const REWRITE_RULES = [
  (settings: Settings): ProblemDetail[] =>
    settings.rewriteRules.flatMap((rule, index) =>
      CHECKS.flatMap(check => {
        const broken = check(rule, settings);
        if (!broken) return [];
        const [setting, message] = broken;
        return [{ path: `rewriteRules[${index}].${setting}`, value: rule[setting], message }];
      }),
    ),
];
