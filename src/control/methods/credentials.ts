/** What connectors log on with. Secrets come in and never leave. */
import { RelayProblem } from '../../contract/problems.ts';
import type { Scheduler } from '../../scheduler/scheduler.ts';
import { type Credentials, readServiceAccount, type Secret } from '../../settings/credentials.ts';
import type { Connector } from '../../settings/settings.ts';
import type { SettingsStore } from '../../settings/store.ts';
import { isoTime, type Params, type PartOf, type Result } from '../handlers.ts';
import { changeNamed, findNamed } from '../named-list.ts';
import { inTermsOf } from '../settings-change.ts';

export interface CredentialMethodsDependencies {
  readonly store: SettingsStore;
  readonly credentials: Credentials;
  readonly now: () => number;
  readonly scheduler: Scheduler;
  /** Sessions that logged on with another secret are not used any more. */
  readonly secretChanged: () => void;
  /** Connector of a next hop. */
  readonly describe: (hop: string) => { readonly connector: string | null };
}

type Given = Params<'credential.set'>;

const KINDS = ['password', 'clientSecret', 'serviceAccount', 'certificate', 'remove'] as const;

export function credentialMethods(deps: CredentialMethodsDependencies): PartOf<'credential'> {
  const { store, credentials, now, scheduler } = deps;
  const find = (name: string) => findNamed(store.current.connectors, 'connector', name);
  const show = async (connector: Connector): Promise<Result<'credential.set'>> => {
    const { kind, changed, error } = await credentials.factsOf(connector.name);
    return {
      name: connector.name,
      authenticationMethod: connector.authenticationMethod,
      userName: connector.authenticationUserName,
      kind: connector.tokenCertificate === null ? kind : 'Certificate',
      certificate: connector.tokenCertificate,
      changed: isoTime(changed),
      error,
    };
  };

  return {
    'credential.list': () => Promise.all(store.current.connectors.map(show)),
    'credential.set': async params => {
      const connector = find(params.name);
      const secret = secretOf(params);
      await inTermsOf(`connectors[${store.current.connectors.indexOf(connector)}].`, () =>
        store.change(
          current => ({
            ...current,
            connectors: changeNamed(current.connectors, 'connector', connector.name, settingsOf(params, connector)),
          }),
          now(),
        ),
      );
      if (secret) await credentials.keep(connector.name, secret, now());
      else await credentials.remove(connector.name);
      deps.secretChanged();
      // Mail that waits for want of a credential waits no longer.
      const waiting = scheduler.queues.map(({ hop }) => hop);
      await scheduler.administration.retry(waiting.filter(hop => deps.describe(hop).connector === connector.name));
      return show(find(connector.name));
    },
  };
}

/** Null when the kind that is given keeps none. @throws RelayProblem InvalidParameter. */
function secretOf(params: Given): Secret | null {
  const given = KINDS.filter(kind => params[kind] !== undefined && params[kind] !== false);
  if (given.length !== 1)
    throw new RelayProblem('InvalidParameter', `Give one of ${KINDS.join(', ')}.`, [
      { path: given[0] ?? 'password', message: `give one of ${KINDS.join(', ')}` },
    ]);
  const { password, clientSecret, serviceAccount } = params;
  if (password !== undefined) return { kind: 'Password', password };
  if (clientSecret !== undefined) return { kind: 'ClientSecret', clientSecret };
  if (serviceAccount !== undefined) return { kind: 'ServiceAccount', account: readServiceAccount(serviceAccount) };
  return null;
}

/** A password needs a way to log on; what else is given for tokens leaves that as it is. */
function settingsOf({ userName, certificate, password }: Given, connector: Connector): Partial<Connector> {
  return {
    tokenCertificate: certificate ?? null,
    ...(userName === undefined ? {} : { authenticationUserName: userName }),
    ...(password !== undefined && connector.authenticationMethod === 'None' && connector.smartHosts.length > 0
      ? { authenticationMethod: 'Automatic' as const }
      : {}),
  };
}
