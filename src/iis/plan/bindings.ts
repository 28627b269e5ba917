/** Where a virtual server listens. */
import { type IisBinding, readBinding, readTexts, ValueError } from '../values.ts';
import { openingOf } from './connections.ts';
import type { ServerView } from './server-view.ts';

export interface Binding {
  readonly address: string;
  readonly port: number;
}

export interface PlannedBindings {
  readonly bindings: readonly Binding[];
  /** Free, so that the listener may be started. */
  readonly usable: boolean;
  /** Not those of the old server, which can't be told. */
  readonly unknown: boolean;
}

const MOST_BINDINGS = 64;
const EVERY = '0.0.0.0';

const clashes = (a: Binding, b: Binding): boolean =>
  a.port === b.port && (a.address === b.address || [a.address, b.address].some(isEvery));

const isEvery = (address: string): boolean => address === EVERY || address === '::';

/** @param name of the listener @param taken bindings that others have already */
export function planBindings(view: ServerView, name: string, taken: readonly Binding[]): PlannedBindings {
  const at = `listeners[${name}]`;
  const texts = readTexts(view.find('ServerBindings')?.value, true);
  const read = readAll(view, 'ServerBindings', texts);
  const wide = new Set(read.filter(({ ip }) => ip === null).map(({ port }) => port));
  const bindings: Binding[] = [];
  let usable = true;
  for (const { ip, port, host, text } of read) {
    const binding = { address: ip ?? EVERY, port };
    const isCovered =
      bindings.some(own => own.port === port && own.address === binding.address) || (ip !== null && wide.has(port));
    if (isCovered) {
      view.tellItem('ServerBindings', text, {
        outcome: 'Ignored',
        reason: 'Another binding of this server has this address and port already.',
      });
      continue;
    }
    const clash = taken.some(other => clashes(other, binding));
    if (clash) usable = false;
    bindings.push(binding);
    view.tellItem('ServerBindings', text, {
      outcome: clash ? 'Refused' : host === null ? 'Carried' : 'CarriedWithChange',
      mapsTo: `${at}.bindings`,
      newValue: `${binding.address}:${port}`,
      ...(clash
        ? {
            reason: 'Another listener or the control port has this port, so this listener stays off.',
            action: 'Give one of them another address or port, then Enable-SmtpListener.',
          }
        : host === null
          ? {}
          : { reason: 'The host name means nothing for SMTP and was left out.' }),
    });
  }
  const isDoubtful = (view.find('ServerBindings')?.doubt ?? null) !== null;
  if (bindings.length > 0 && !isDoubtful) return { bindings, usable, unknown: false };
  view.tell('ServerBindings', {
    outcome: 'Refused',
    mapsTo: `${at}.enabled`,
    newValue: false,
    reason: isDoubtful
      ? 'Nobody can tell which bindings held, so the listener is closed.'
      : 'There is no binding that can be read, so the listener is closed.',
    action: openingOf(name, `Set-SmtpListener -Identity '${name}' -Binding`),
  });
  return {
    bindings: bindings.length > 0 ? bindings : [{ address: '127.0.0.1', port: 25 }],
    usable: false,
    unknown: true,
  };
}

/** Ports that begin with TLS; IIS showed no way to set them. */
export function secureBindings(view: ServerView): Binding[] {
  const texts = readTexts(view.find('SecureBindings')?.value, true);
  const read = readAll(view, 'SecureBindings', texts);
  return read.map(({ ip, port }) => ({ address: ip ?? EVERY, port }));
}

function readAll(view: ServerView, property: string, texts: readonly string[]): (IisBinding & { text: string })[] {
  if (texts.length > MOST_BINDINGS)
    view.tell(property, {
      outcome: 'Refused',
      reason: `Only the first ${MOST_BINDINGS} of ${texts.length} bindings were taken.`,
      action: 'Import the others as listeners of their own: New-SmtpListener.',
    });
  return texts.slice(0, MOST_BINDINGS).flatMap(text => {
    try {
      const needsColon = property === 'SecureBindings' && !/:.*:/.test(text);
      return [{ ...readBinding(needsColon ? `${text}:` : text), text }];
    } catch (error) {
      if (!(error instanceof ValueError)) throw error;
      view.tellItem(property, text, {
        outcome: 'Refused',
        reason: `${error.message}.`,
        action: 'Look at the binding on the old server, and add it with Set-SmtpListener -Binding.',
      });
      return [];
    }
  });
}
