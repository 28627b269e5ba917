/** Listeners: where mail clients connect, with what they do now. */
import { testBinding } from '../../listener/listener-test.ts';
import type { EndpointState } from '../../listener/listeners.ts';
import type { Certificates } from '../../settings/certificates/certificates.ts';
import { fqdnOf, type Listener } from '../../settings/settings.ts';
import type { SettingsStore } from '../../settings/store.ts';
import type { PartOf, Result } from '../handlers.ts';
import { NamedSettings } from '../named-settings.ts';
import { mutable } from '../settings-change.ts';

export interface ListenerMethodsDependencies {
  readonly store: SettingsStore;
  readonly now: () => number;
  readonly endpoints: () => readonly EndpointState[];
  readonly sessionsOf: (listener: string) => number;
  readonly certificates: Certificates;
}

export function listenerMethods({
  store,
  now,
  endpoints,
  sessionsOf,
  certificates,
}: ListenerMethodsDependencies): PartOf<'listener'> {
  const listeners = new NamedSettings(store, now, 'listeners', 'listener');
  const show = (listener: Listener): Result<'listener.list'>[number] => {
    const states = endpoints().filter(endpoint => endpoint.listener === listener.name);
    const errors = new Set(states.flatMap(({ error }) => error ?? []));
    return {
      ...mutable(listener),
      status: !listener.enabled ? 'Disabled' : errors.size > 0 ? 'Failed' : 'Listening',
      error: errors.size > 0 ? [...errors].join(' ') : null,
      sessions: sessionsOf(listener.name),
    };
  };

  return {
    'listener.list': () => listeners.all.map(show),
    'listener.create': async params => show(await listeners.add(params)),
    'listener.set': async ({ name, ...rest }) => show(await listeners.change(name, rest)),
    'listener.remove': ({ name }) => listeners.remove(name),
    'listener.test': async ({ name }) => {
      const listener = listeners.find(name);
      const tested = { ...listener, fqdn: listener.fqdn ?? fqdnOf(store.current) };
      const authorities = certificates.authorities().map(authority => authority.toString());
      const steps = await Promise.all(listener.bindings.map(binding => testBinding(tested, binding, authorities)));
      return mutable(steps.flat());
    },
  };
}
