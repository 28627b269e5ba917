/** Listeners: where mail clients connect, with what they do now. */
import { testBinding } from '../../listener/listener-test.ts';
import type { EndpointState } from '../../listener/listeners.ts';
import type { Certificates } from '../../settings/certificates/certificates.ts';
import { fqdnOf, type Listener, type Settings } from '../../settings/settings.ts';
import type { SettingsStore } from '../../settings/store.ts';
import type { PartOf, Result } from '../handlers.ts';
import { addNamed, changeNamed, findNamed, removeNamed } from '../named-list.ts';
import { inTermsOf, mutable } from '../settings-change.ts';

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
  const change = (edit: (current: Settings) => unknown) => store.change(edit, now());
  const find = (name: string) => findNamed(store.current.listeners, 'listener', name);
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
    'listener.list': () => store.current.listeners.map(show),
    'listener.create': async params => {
      await inTermsOf(`listeners[${store.current.listeners.length}].`, () =>
        change(current => ({ ...current, listeners: addNamed(current.listeners, 'listener', params as never) })),
      );
      return show(find(params.name));
    },
    'listener.set': async ({ name, ...rest }) => {
      const index = store.current.listeners.indexOf(find(name));
      await inTermsOf(`listeners[${index}].`, () =>
        change(current => ({ ...current, listeners: changeNamed(current.listeners, 'listener', name, rest) })),
      );
      return show(find(name));
    },
    'listener.test': async ({ name }) => {
      const listener = find(name);
      const tested = { ...listener, fqdn: listener.fqdn ?? fqdnOf(store.current) };
      const authorities = certificates.authorities().map(authority => authority.toString());
      const steps = await Promise.all(listener.bindings.map(binding => testBinding(tested, binding, authorities)));
      return mutable(steps.flat());
    },
    'listener.remove': async ({ name }) => {
      await change(current => ({ ...current, listeners: removeNamed(current.listeners, 'listener', name) }));
      return { removed: 1 };
    },
  };
}
