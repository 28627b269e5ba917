/**
 * Turns what a command line asks for into settings: a changed copy, checked later like any change.
 * Asking for what is there already changes nothing.
 */
import type { Settings } from './settings.ts';

export interface SettingsWishes {
  readonly port: number | null;
  /** Port for mail programs that log in, under TLS; null adds none. */
  readonly submissionPort: number | null;
  readonly controlPort: number | null;
  readonly smartHost: { readonly host: string; readonly port: number } | null;
  readonly relayNetworks: readonly string[];
}

const LOOPBACK = new Set(['127.0.0.1', '::1']);

export function withWishes(settings: Settings, wishes: SettingsWishes): unknown {
  const { port, submissionPort, controlPort, smartHost, relayNetworks } = wishes;
  const known = new Set(settings.restriction.entries.map(entry => entry.entry));
  const networks = relayNetworks.filter(network => !known.has(network)).map(entry => ({ entry, comment: null }));
  return {
    ...settings,
    general: controlPort === null ? settings.general : { ...settings.general, controlPort },
    listeners: withSubmission(
      settings.listeners.map((listener, index) =>
        index === 0 ? changedListener(listener, port, networks.length > 0) : listener,
      ),
      submissionPort,
    ),
    restriction:
      networks.length === 0
        ? settings.restriction
        : { ...settings.restriction, entries: [...settings.restriction.entries, ...networks] },
    connectors: smartHost === null ? settings.connectors : withSmartHost(settings.connectors, smartHost),
  };
}

/** Networks that may relay must be able to connect: a listener on loopback alone opens to all addresses. */
function changedListener(listener: Settings['listeners'][number], port: number | null, remote: boolean) {
  const bindings = listener.bindings.map(binding => ({
    address: remote && LOOPBACK.has(binding.address) ? (binding.address === '::1' ? '::' : '0.0.0.0') : binding.address,
    port: port ?? binding.port,
  }));
  return { ...listener, bindings };
}

const SUBMISSION = 'Submission';

/** RFC 6409: for clients from anywhere, which must encrypt and log in. */
function withSubmission(listeners: readonly { readonly name: string }[], port: number | null): unknown[] {
  if (port === null) return [...listeners];
  const existing = listeners.find(({ name }) => name === SUBMISSION);
  const submission = {
    ...(existing ?? { name: SUBMISSION, tlsMode: 'Required', requireAuthentication: true }),
    bindings: [{ address: '0.0.0.0', port }],
  };
  return [...listeners.filter(listener => listener !== existing), submission];
}

/** The smart host takes over the address space `*`; connectors for single domains stay. */
function withSmartHost(
  connectors: Settings['connectors'],
  smartHost: { readonly host: string; readonly port: number },
): unknown[] {
  const name = 'SmartHost';
  const others = connectors
    .filter(connector => connector.name !== name)
    .map(connector =>
      connector.addressSpaces.includes('*') && connector.type === 'Direct'
        ? { ...connector, enabled: false }
        : connector,
    );
  const existing = connectors.find(connector => connector.name === name);
  return [
    ...others,
    { ...existing, name, type: 'SmartHost', enabled: true, addressSpaces: ['*'], smartHosts: [smartHost] },
  ];
}
