/**
 * Remembers servers whose TLS failed although they offer it, so that opportunistic TLS does not pay
 * for the same failed handshake with every message; each connector for itself, because it may be what the
 * connector asks of TLS that fails. Forgets after an hour: the server may be mended.
 */
import type { Clock } from '../platform/clock.ts';
import type { Target } from '../route/next-hop.ts';
import type { TlsMode } from './tls.ts';

const REMEMBERED_FOR = 3_600_000;
const MOST = 10_000;

const keyOf = (connector: string, { address, port }: Target) => `${connector}|${address}|${port}`;

export class PlainTextMemory {
  readonly #clock: Clock;
  readonly #until = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  remember(connector: string, target: Target): void {
    if (this.#until.size >= MOST) this.#until.clear();
    this.#until.set(keyOf(connector, target), this.#clock.now() + REMEMBERED_FOR);
  }

  modeFor(connector: string, target: Target, wanted: TlsMode): TlsMode {
    if (wanted !== 'Opportunistic') return wanted;
    const until = this.#until.get(keyOf(connector, target));
    if (until === undefined) return wanted;
    if (until > this.#clock.now()) return 'None';
    this.#until.delete(keyOf(connector, target));
    return wanted;
  }
}
