/** Joins the methods of all subjects to the one table the contract asks for. */

import type { RelayLog } from '../log/relay-log.ts';
import type { Handlers } from './handlers.ts';
import { type AlertMethodsDependencies, alertMethods } from './methods/alerts.ts';
import { type BadMailMethodsDependencies, badMailMethods } from './methods/bad-mail.ts';
import { type BanMethodsDependencies, banMethods } from './methods/bans.ts';
import { type CapturedMethodsDependencies, capturedMethods } from './methods/captured.ts';
import { type CertificateMethodsDependencies, certificateMethods } from './methods/certificates.ts';
import { type ConnectorTestDependencies, connectorTestMethods } from './methods/connector-test.ts';
import { type CredentialMethodsDependencies, credentialMethods } from './methods/credentials.ts';
import { type DkimMethodsDependencies, dkimMethods } from './methods/dkim.ts';
import { type HealthMethodsDependencies, healthMethods } from './methods/health.ts';
import { type IisMethodsDependencies, iisMethods } from './methods/iis.ts';
import { type ListenerMethodsDependencies, listenerMethods } from './methods/listeners.ts';
import { loggingMethods } from './methods/logging.ts';
import { logMethods } from './methods/logs.ts';
import { messageMethods } from './methods/messages.ts';
import { presetMethods } from './methods/presets.ts';
import { type QueueMethodsDependencies, queueMethods } from './methods/queue.ts';
import { type RelayMethodsDependencies, relayMethods } from './methods/relay.ts';
import { type ReportMethodsDependencies, reportMethods } from './methods/report.ts';
import { type RestrictionMethodsDependencies, restrictionMethods } from './methods/restriction.ts';
import { rewriteMethods } from './methods/rewrite.ts';
import { type SessionMethodsDependencies, sessionMethods } from './methods/sessions.ts';
import { type SettingsMethodsDependencies, settingsMethods } from './methods/settings.ts';
import { statusMethods } from './methods/status.ts';
import { type SubmitMethodsDependencies, submitMethods } from './methods/submit.ts';
import { contract } from './rpc.ts';

export type ControlDependencies = RestrictionMethodsDependencies &
  QueueMethodsDependencies &
  RelayMethodsDependencies &
  AlertMethodsDependencies &
  BadMailMethodsDependencies &
  BanMethodsDependencies &
  CapturedMethodsDependencies &
  Pick<SettingsMethodsDependencies, 'dataFolder'> &
  ListenerMethodsDependencies &
  CertificateMethodsDependencies &
  CredentialMethodsDependencies &
  IisMethodsDependencies &
  ConnectorTestDependencies &
  Omit<SessionMethodsDependencies, 'log'> &
  DkimMethodsDependencies &
  HealthMethodsDependencies &
  ReportMethodsDependencies &
  Pick<SubmitMethodsDependencies, 'submit' | 'written'> & { readonly log: RelayLog };

export function createHandlers(deps: ControlDependencies): Handlers {
  const logons = new Map<string, number>();
  deps.log.subscribe(event => {
    if (event.type === 'logon' && event.success) logons.set(event.account.toLowerCase(), deps.now());
  });
  return {
    'rpc.discover': () => contract,
    ...relayMethods(deps),
    ...settingsMethods({ ...deps, lastLogon: account => logons.get(account.toLowerCase()) ?? null }),
    ...listenerMethods(deps),
    ...certificateMethods(deps),
    ...credentialMethods(deps),
    ...connectorTestMethods(deps),
    ...iisMethods(deps),
    ...statusMethods(),
    ...presetMethods(deps),
    ...sessionMethods(deps),
    ...rewriteMethods(deps),
    ...dkimMethods(deps),
    ...healthMethods(deps),
    ...reportMethods(deps),
    ...restrictionMethods(deps),
    ...queueMethods(deps),
    ...messageMethods({ ...deps, connectors: () => deps.store.current.connectors }),
    ...submitMethods({ ...deps, subscribe: listener => deps.log.subscribe(listener) }),
    ...alertMethods(deps),
    ...badMailMethods(deps),
    ...banMethods(deps),
    ...capturedMethods(deps),
    ...logMethods(deps.log),
    ...loggingMethods({ ...deps, logFolders: () => deps.log.folders }),
  };
}
