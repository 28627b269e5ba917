/**
 * The credentials folder: the secret that each connector logs on with, kept by the connector's name in
 * a vault and never in the settings, so that no export, history or ticket holds it.
 */

import { RelayProblem } from '../contract/problems.ts';
import { isServiceUrl } from '../contract/schemas.ts';
import type { KeyStore } from '../platform/key-store.ts';
import { Vault } from './vault.ts';

/** What a connector logs on with. */
export type Secret =
  | { readonly kind: 'Password'; readonly password: string }
  | { readonly kind: 'ClientSecret'; readonly clientSecret: string }
  | { readonly kind: 'ServiceAccount'; readonly account: ServiceAccount };

/** What counts of the JSON key that Google gives out for a service account. */
export interface ServiceAccount {
  readonly email: string;
  /** PEM. */
  readonly privateKey: string;
  readonly keyId: string | null;
  readonly tokenEndpoint: string | null;
}

interface Kept {
  readonly secret: Secret;
  /** Milliseconds since 1970. */
  readonly changed: number;
}

/** What may be told of a secret. */
export interface SecretFacts {
  readonly kind: Secret['kind'] | 'None';
  readonly changed: number | null;
  /** Why it can't be read. */
  readonly error: string | null;
}

export class Credentials {
  readonly #vault: Vault<'credential'>;
  /** Read once: on Windows each opening of a secret starts a program. */
  readonly #known = new Map<string, Promise<Kept | null>>();
  #changes = 0;

  constructor(folder: string, keys: KeyStore) {
    this.#vault = new Vault(folder, keys, ['credential']);
  }

  open(): Promise<void> {
    return this.#vault.open();
  }

  /** Counts changes: what was made with a secret before is out of date. */
  get changes(): number {
    return this.#changes;
  }

  /** Null when none is kept. @throws Error with a sentence when it can't be read. */
  async of(connector: string): Promise<Secret | null> {
    return (await this.#kept(connector))?.secret ?? null;
  }

  async factsOf(connector: string): Promise<SecretFacts> {
    try {
      const kept = await this.#kept(connector);
      return { kind: kept?.secret.kind ?? 'None', changed: kept?.changed ?? null, error: null };
    } catch (error) {
      return { kind: 'None', changed: null, error: (error as Error).message };
    }
  }

  /** @throws RelayProblem StorageFailed; then the old one is kept. */
  async keep(connector: string, secret: Secret, now: number): Promise<void> {
    const kept: Kept = { secret, changed: now };
    await this.#storing(() => this.#vault.write(connector, 'credential', JSON.stringify(kept)));
    this.#known.set(connector.toLowerCase(), Promise.resolve(kept));
    this.#changes++;
  }

  /** @throws RelayProblem StorageFailed. */
  async remove(connector: string): Promise<void> {
    await this.#storing(() => this.#vault.remove(connector));
    this.#known.delete(connector.toLowerCase());
    this.#changes++;
  }

  #kept(connector: string): Promise<Kept | null> {
    const key = connector.toLowerCase();
    const known = this.#known.get(key) ?? this.#read(connector);
    this.#known.set(key, known);
    // What failed once may work the next time.
    known.catch(() => this.#known.delete(key));
    return known;
  }

  async #read(connector: string): Promise<Kept | null> {
    try {
      const text = await this.#vault.read(connector, 'credential');
      return text === null ? null : (JSON.parse(text.toString()) as Kept);
    } catch (error) {
      // What JSON.parse says would quote the secret.
      const why = error instanceof SyntaxError ? 'it is damaged' : (error as Error).message;
      throw new Error(`The credential of connector ${connector} can't be read: ${why}; give it again`);
    }
  }

  async #storing(run: () => Promise<void>): Promise<void> {
    try {
      await run();
    } catch (error) {
      throw new RelayProblem('StorageFailed', `The credential could not be kept: ${(error as Error).message}.`, [], {
        cause: error,
      });
    }
  }
}

/** Takes the JSON key of a service account apart. @throws RelayProblem InvalidParameter. */
export function readServiceAccount(text: string): ServiceAccount {
  const refuse = (message: string) =>
    new RelayProblem('InvalidParameter', `serviceAccount ${message}.`, [{ path: 'serviceAccount', message }]);
  let key: Record<string, unknown>;
  try {
    key = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    throw refuse('is not JSON; give the key file as Google made it');
  }
  const { type, client_email: email, private_key: privateKey, private_key_id: keyId, token_uri: endpoint } = key;
  if (type !== 'service_account' || typeof email !== 'string' || typeof privateKey !== 'string')
    throw refuse('is not the key of a service account (type, client_email, private_key)');
  const tokenEndpoint = typeof endpoint === 'string' ? endpoint : null;
  if (tokenEndpoint !== null && !isServiceUrl(tokenEndpoint)) throw refuse('has a token_uri that is no https address');
  return { email, privateKey, keyId: typeof keyId === 'string' ? keyId : null, tokenEndpoint };
}
