/** Which addresses may connect to a listener: those of its ranges, without those that are denied. */
import { NetworkList } from '../message/network.ts';

export class SourceList {
  readonly #allowed: NetworkList;
  readonly #denied: NetworkList;

  /** @param allowed empty means all. @throws TypeError on a bad entry; the schema has refused those before. */
  constructor(allowed: readonly string[], denied: readonly string[]) {
    this.#allowed = new NetworkList(allowed);
    this.#denied = new NetworkList(denied);
  }

  /** The rule that keeps an address out, for the log; null lets it in. */
  keepsOut(address: string): string | null {
    const denied = this.#denied.match(address);
    if (denied !== null) return `DeniedIPRange:${denied}`;
    if (this.#allowed.size > 0 && this.#allowed.match(address) === null) return 'RemoteIPRange:none';
    return null;
  }
}
