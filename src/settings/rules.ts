/**
 * Rules between settings that a schema cannot say: each returns what is wrong, with its path.
 * They run on settings that the schema has already found well formed.
 */
import type { ProblemDetail } from '../contract/problems.ts';
import { parseIp } from '../message/ip.ts';
import { ALERT_RULES } from './alert-rules.ts';
import { CONNECTOR_RULES } from './connector-rules.ts';
import { LISTENER_RULES } from './listener-rules.ts';
import { LOGGING_RULES } from './logging-rules.ts';
import { REWRITE_RULES } from './rewrite-rules.ts';
import { dkimName, type Settings } from './settings.ts';

type Rule = (settings: Settings) => ProblemDetail[];

/** Everything the rules have against these settings; empty when nothing. */
export function brokenRules(settings: Settings): ProblemDetail[] {
  return [
    uniqueNames,
    bindingsOfTheirOwn,
    controlPortOfItsOwn,
    ...LOGGING_RULES,
    ...LISTENER_RULES,
    ...CONNECTOR_RULES,
    ...REWRITE_RULES,
    ...ALERT_RULES,
    noDomainForAll,
    validatingServersByName,
  ].flatMap(rule => rule(settings));
}

const uniqueNames: Rule = settings => {
  const check = (path: string, names: readonly string[]) => {
    const seen = new Map<string, number>();
    return names.flatMap((name, index) => {
      const key = name.toLowerCase();
      const first = seen.get(key);
      if (first === undefined) {
        seen.set(key, index);
        return [];
      }
      return [{ path: `${path}[${index}].name`, value: name, message: `is the name of ${path}[${first}] already` }];
    });
  };
  return [
    ...check(
      'listeners',
      settings.listeners.map(listener => listener.name),
    ),
    ...check(
      'certificates',
      settings.certificates.map(certificate => certificate.name),
    ),
    ...check(
      'connectors',
      settings.connectors.map(connector => connector.name),
    ),
    ...check(
      'domains',
      settings.domains.map(domain => domain.name),
    ),
    ...check(
      'accounts',
      settings.accounts.map(account => account.name),
    ),
    ...check(
      'rewriteRules',
      settings.rewriteRules.map(rule => rule.name),
    ),
    ...check('dkimKeys', settings.dkimKeys.map(dkimName)),
    ...check(
      'webhooks',
      settings.webhooks.map(webhook => webhook.name),
    ),
  ];
};

/** Two sockets clash on a port when their addresses are equal or one means all of that family; `::` means both. */
function clash(first: string, second: string): boolean {
  const [a, b] = [parseIp(first)!, parseIp(second)!];
  const isAll = [a, b].some(ip => ip.value === 0n && (ip.family === 6 || a.family === b.family));
  return isAll || (a.family === b.family && a.value === b.value);
}

const bindingsOfTheirOwn: Rule = settings => {
  const all = settings.listeners.flatMap((listener, l) =>
    listener.enabled
      ? listener.bindings.map((binding, b) => ({
          ...binding,
          name: listener.name,
          path: `listeners[${l}].bindings[${b}]`,
        }))
      : [],
  );
  return all.flatMap((binding, index) => {
    const other = all
      .slice(0, index)
      .find(earlier => earlier.port === binding.port && clash(earlier.address, binding.address));
    if (!other) return [];
    return [
      {
        path: `${binding.path}.port`,
        value: binding.port,
        message: `${binding.address} port ${binding.port} is taken by ${other.path} of listener "${other.name}"; give one of them another port or address`,
      },
    ];
  });
};

const controlPortOfItsOwn: Rule = settings =>
  settings.listeners.flatMap((listener, l) =>
    listener.bindings.flatMap((binding, b) =>
      listener.enabled && binding.port === settings.general.controlPort && clash(binding.address, '127.0.0.1')
        ? [
            {
              path: `listeners[${l}].bindings[${b}].port`,
              value: binding.port,
              message: 'is the control port (general.controlPort); choose another one',
            },
          ]
        : [],
    ),
  );

/** The system's servers come from whatever network this computer is in. */
const validatingServersByName: Rule = ({ general }) =>
  general.dnsServerValidates && general.dnsServer.length === 0
    ? [
        {
          path: 'general.dnsServerValidates',
          value: true,
          message: 'is for servers that are named: put the validating resolver into dnsServer, such as 127.0.0.1',
        },
      ]
    : [];

/** It would open the relay to the world by a side door; who wants that says so with the restriction. */
const noDomainForAll: Rule = settings =>
  settings.domains.flatMap(({ name, allowRelay, dropDirectory }, index) =>
    name === '*' && (allowRelay || dropDirectory !== null)
      ? [
          {
            path: `domains[${index}].name`,
            value: name,
            message: 'can not let everybody send to all domains; name the domains',
          },
        ]
      : [],
  );
