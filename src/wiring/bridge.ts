/**
 * .NET, loaded when a listener first asks for it, and what was wrong when it could not be. It stays loaded:
 * there is no way to take it out of a process.
 */
import type { WindowsBridge } from '../platform/windows-bridge.ts';
import type { Settings } from '../settings/settings.ts';

const wantsBridge = ({ enabled, authenticationMethods, windowsAccounts }: Settings['listeners'][number]): boolean =>
  enabled && (windowsAccounts || authenticationMethods.some(method => method === 'NTLM' || method === 'GSSAPI'));

export class BridgeDoor {
  readonly #load: () => Promise<WindowsBridge>;
  #bridge: WindowsBridge | null = null;
  #problem: string | null = null;

  constructor(load: () => Promise<WindowsBridge>) {
    this.#load = load;
  }

  /** Null as long as nobody asked, and when it can't be had. */
  get bridge(): WindowsBridge | null {
    return this.#bridge;
  }

  /** A sentence for the administrator; null when all is well. */
  get problem(): string | null {
    return this.#problem;
  }

  async open({ listeners }: Settings): Promise<void> {
    const asking = listeners.filter(wantsBridge).map(({ name }) => name);
    this.#problem = null;
    if (asking.length === 0 || this.#bridge !== null) return;
    try {
      this.#bridge = await this.#load();
    } catch (error) {
      this.#problem = `Listener ${asking.join(', ')} offers no NTLM, GSSAPI and Windows accounts: ${(error as Error).message}.`;
    }
  }
}
