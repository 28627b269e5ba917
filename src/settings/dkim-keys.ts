/**
 * The keys that outgoing mail is signed with. The settings say domain, selector and public key; the
 * private key lies in the dkim folder, a vault, and never leaves it. A key comes into force when both are
 * written; one that can't be read is told and does not sign, because mail without a signature is better
 * than mail that waits.
 */
import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { RelayProblem } from '../contract/problems.ts';
import type { KeyStore } from '../platform/key-store.ts';
import { type DkimKey, dkimName, type Settings } from './settings.ts';
import type { SettingsStore } from './store.ts';
import { Vault } from './vault.ts';

export interface DkimKeysDependencies {
  readonly folder: string;
  readonly keys: KeyStore;
  readonly store: SettingsStore;
  readonly now: () => number;
  readonly tell: (level: 'warn' | 'error', what: string) => void;
}

/** A key in force. */
export interface DkimSigner {
  readonly domain: string;
  readonly selector: string;
  readonly algorithm: DkimKey['algorithm'];
  readonly key: KeyObject;
}

interface Loaded {
  readonly key: KeyObject | null;
  readonly error: string | null;
}

type Wish = Pick<DkimKey, 'domain' | 'selector'> & Partial<Pick<DkimKey, 'enabled' | 'comment'>>;

const generate = promisify(generateKeyPair);
const RSA_BITS = 2048;
/** RFC 8301 3.2: verifiers take no less. */
const LEAST_RSA_BITS = 1024;

export class DkimKeys {
  readonly #deps: DkimKeysDependencies;
  readonly #vault: Vault<'key'>;
  readonly #loaded = new Map<string, Loaded>();
  /** Changes run one after the other: each writes a file and the settings, and takes both back when one fails. */
  #changing: Promise<unknown> = Promise.resolve();

  constructor(deps: DkimKeysDependencies) {
    this.#deps = deps;
    this.#vault = new Vault(deps.folder, deps.keys, ['key']);
  }

  async open(): Promise<void> {
    await this.#vault.open();
    await this.refresh(this.#deps.store.current);
  }

  /** Reads what is new, and forgets what the settings do not have any more. */
  async refresh(settings: Settings): Promise<void> {
    const names = new Set(settings.dkimKeys.map(dkimName));
    for (const name of this.#loaded.keys()) if (!names.has(name)) this.#loaded.delete(name);
    await Promise.all(
      settings.dkimKeys.map(async key => {
        const name = dkimName(key);
        if (this.#loaded.get(name)?.key) return;
        const loaded = await this.#load(key);
        this.#loaded.set(name, loaded);
        if (loaded.error !== null)
          this.#deps.tell(
            'error',
            `The DKIM key ${name} can't be used, so mail goes out without its signature: ${loaded.error}`,
          );
      }),
    );
  }

  /** Those that sign mail from a domain: its own, or those of the nearest domain above it. */
  keysFor(domain: string): readonly DkimKey[] {
    const all = this.#deps.store.current.dkimKeys.filter(({ enabled }) => enabled);
    for (let at = domain.toLowerCase(); at !== ''; at = at.includes('.') ? at.slice(at.indexOf('.') + 1) : '') {
      const own = all.filter(key => key.domain.toLowerCase() === at);
      if (own.length > 0) return own;
    }
    return [];
  }

  /** The same, as far as they can be used. */
  signersFor(domain: string): readonly DkimSigner[] {
    return this.keysFor(domain).flatMap(settings => {
      const key = this.#loaded.get(dkimName(settings))?.key;
      const { selector, algorithm } = settings;
      return key ? [{ domain: settings.domain.toLowerCase(), selector, algorithm, key }] : [];
    });
  }

  /** Whether there is any key that signs. */
  get any(): boolean {
    return this.#deps.store.current.dkimKeys.some(({ enabled }) => enabled);
  }

  /** Why a key can't sign; null when it can. */
  errorOf(key: DkimKey): string | null {
    return this.#loaded.get(dkimName(key))?.error ?? null;
  }

  /** @throws RelayProblem AlreadyExists, InvalidParameter, StorageFailed */
  async create(wish: Wish, algorithm: DkimKey['algorithm']): Promise<void> {
    const pair = algorithm === 'RSA' ? await generate('rsa', { modulusLength: RSA_BITS }) : await generate('ed25519');
    await this.#inTurn(() => this.#add(wish, pair.privateKey, false));
  }

  /** @param pem private key @throws RelayProblem AlreadyExists, InvalidParameter, StorageFailed */
  async import(wish: Wish, pem: string, replace: boolean): Promise<void> {
    let key: KeyObject;
    try {
      key = createPrivateKey(pem);
    } catch {
      throw notUsable('is no private key in PEM without a password');
    }
    if (key.asymmetricKeyType !== 'rsa' && key.asymmetricKeyType !== 'ed25519')
      throw notUsable(`is a key of kind ${key.asymmetricKeyType}; DKIM knows RSA and Ed25519`);
    const bits = sizeOf(key);
    if (key.asymmetricKeyType === 'rsa' && bits < LEAST_RSA_BITS)
      throw notUsable(`has ${bits} bits; verifiers take RSA keys from ${LEAST_RSA_BITS} bits on`);
    await this.#inTurn(() => this.#add(wish, key, replace));
  }

  /** @throws RelayProblem StorageFailed */
  remove(found: DkimKey): Promise<void> {
    const name = dkimName(found);
    return this.#inTurn(async () => {
      await this.#deps.store.change(
        current => ({ ...current, dkimKeys: current.dkimKeys.filter(key => dkimName(key) !== name) }),
        this.#deps.now(),
      );
      this.#loaded.delete(name);
      await storing(() => this.#vault.remove(name));
    });
  }

  #inTurn(change: () => Promise<void>): Promise<void> {
    const run = this.#changing.then(change);
    this.#changing = run.catch(() => {});
    return run;
  }

  async #add(wish: Wish, key: KeyObject, replace: boolean): Promise<void> {
    const name = dkimName(wish);
    const { store, now } = this.#deps;
    const exists = store.current.dkimKeys.some(other => dkimName(other) === name);
    if (exists && !replace)
      throw new RelayProblem('AlreadyExists', `There is a DKIM key "${name}" already.`, [
        { path: 'selector', value: wish.selector, message: 'exists already' },
      ]);
    const before = exists ? await this.#vault.read(name, 'key').catch(() => null) : null;
    await storing(() => this.#vault.write(name, 'key', key.export({ type: 'pkcs8', format: 'pem' }).toString()));
    this.#loaded.set(name, { key, error: null });
    const entry = { ...wish, ...publicPartOf(key) };
    try {
      await store.change(
        current => ({
          ...current,
          dkimKeys: exists
            ? current.dkimKeys.map(old => (dkimName(old) === name ? { ...old, ...entry } : old))
            : [...current.dkimKeys, entry],
        }),
        now(),
      );
    } catch (error) {
      this.#loaded.delete(name);
      if (before === null) await this.#vault.remove(name).catch(() => {});
      else await this.#vault.write(name, 'key', before.toString()).catch(() => {});
      await this.refresh(store.current);
      throw error;
    }
  }

  async #load(settings: DkimKey): Promise<Loaded> {
    try {
      const pem = await this.#vault.read(dkimName(settings), 'key');
      if (pem === null) return { key: null, error: 'its private key is not in the dkim folder; import it again' };
      const key = createPrivateKey(pem);
      if (publicPartOf(key).publicKey !== settings.publicKey)
        return { key: null, error: 'the private key in the dkim folder is another one; import it again' };
      return { key, error: null };
    } catch (error) {
      return {
        key: null,
        error: `its private key can't be read (${(error as NodeJS.ErrnoException).code ?? 'damaged'})`,
      };
    }
  }
}

/** Bits of a key. */
export function sizeOf(key: KeyObject): number {
  return key.asymmetricKeyDetails?.modulusLength ?? 256;
}

/** Bits of a public key as the settings have it. */
export function sizeOfPublic({ algorithm, publicKey }: Pick<DkimKey, 'algorithm' | 'publicKey'>): number {
  if (algorithm === 'Ed25519') return 256;
  return sizeOf(createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' }));
}

/** RFC 8463 4: of an Ed25519 key DNS has the 32 bytes alone, without what SPKI puts in front. */
function publicPartOf(key: KeyObject): Pick<DkimKey, 'algorithm' | 'publicKey'> {
  const spki = createPublicKey(key).export({ type: 'spki', format: 'der' });
  return key.asymmetricKeyType === 'ed25519'
    ? { algorithm: 'Ed25519', publicKey: spki.subarray(-32).toString('base64') }
    : { algorithm: 'RSA', publicKey: spki.toString('base64') };
}

const notUsable = (message: string) =>
  new RelayProblem('InvalidParameter', `content ${message}.`, [{ path: 'content', message }]);

async function storing(run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    const text = `The DKIM key could not be kept: ${(error as Error).message}.`;
    throw new RelayProblem('StorageFailed', text, [], { cause: error });
  }
}
