/** The secrets that calls of webhooks are signed with, by the name of the webhook, in a vault of their own. */
import { RelayProblem } from '../contract/problems.ts';
import type { KeyStore } from '../platform/key-store.ts';
import { Vault } from './vault.ts';

export class WebhookSecrets {
  readonly #vault: Vault<'secret'>;
  /** Read once: on Windows each opening of a secret starts a program. */
  readonly #known = new Map<string, string>();

  constructor(folder: string, keys: KeyStore) {
    this.#vault = new Vault(folder, keys, ['secret']);
  }

  open(): Promise<void> {
    return this.#vault.open();
  }

  /** @throws Error with a sentence when there is none or it can't be read. */
  async of(name: string): Promise<string> {
    const known = this.#known.get(name.toLowerCase());
    if (known !== undefined) return known;
    const kept = await this.#vault.read(name, 'secret').catch((error: Error) => {
      throw new Error(
        `The secret of webhook ${name} can't be read: ${error.message}; give it again with Set-SmtpWebhook`,
      );
    });
    if (kept === null) throw new Error(`No secret is kept for webhook ${name}; give it with Set-SmtpWebhook`);
    this.#known.set(name.toLowerCase(), kept.toString());
    return kept.toString();
  }

  /** @throws RelayProblem StorageFailed; then the old one is kept. */
  async keep(name: string, secret: string): Promise<void> {
    await storing(() => this.#vault.write(name, 'secret', secret));
    this.#known.set(name.toLowerCase(), secret);
  }

  /** @throws RelayProblem StorageFailed. */
  async remove(name: string): Promise<void> {
    await storing(() => this.#vault.remove(name));
    this.#known.delete(name.toLowerCase());
  }
}

async function storing(act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    const why = (error as Error).message;
    throw new RelayProblem('StorageFailed', `The secret can't be stored: ${why}.`, [], { cause: error });
  }
}
