/**
 * What administrators do with certificates: make, take over, assign, remove. A certificate is judged
 * before anything of it is kept; its secret part goes to the vault first and into the settings then,
 * so that the settings never name what is not there.
 */
import { readFile } from 'node:fs/promises';
import { RelayProblem } from '../../contract/problems.ts';
import type { KeyStore } from '../../platform/key-store.ts';
import { certificatesOf, SELF_SIGNED } from '../listener-rules.ts';
import type { Certificate, Listener, Settings } from '../settings.ts';
import type { SettingsStore } from '../store.ts';
import { assemble, type Bundle, refuseUnusable } from './bundle.ts';
import type { Certificates } from './certificates.ts';
import { makeCertificate } from './make.ts';
import { type Kind, keyPem, pemOf } from './pem.ts';
import { type Found, readFiles, refused } from './read.ts';

const DAY = 86_400_000;

export interface Dependencies {
  readonly store: SettingsStore;
  readonly certificates: Certificates;
  readonly keys: KeyStore;
  readonly fqdn: () => string;
  readonly now: () => number;
}

export interface NewCertificate {
  readonly name: string;
  readonly dnsNames?: readonly string[];
  readonly keyAlgorithm?: 'EC' | 'RSA';
  readonly days?: number;
  readonly authority?: boolean;
  readonly signedBy?: string;
  readonly replace?: boolean;
  readonly comment?: string | null;
}

export interface ImportedCertificate {
  readonly name: string;
  /** Base64. */
  readonly content?: readonly string[];
  readonly password?: string;
  readonly file?: string;
  readonly keyFile?: string;
  readonly find?: string;
  readonly replace?: boolean;
  readonly comment?: string | null;
}

/** What of a certificate stands in the settings. */
type Place = Pick<Certificate, 'source' | 'file' | 'keyFile' | 'find'>;

const STORED: Place = { source: 'Stored', file: null, keyFile: null, find: null };

const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();

export class CertificateAdministration {
  readonly #deps: Dependencies;

  constructor(deps: Dependencies) {
    this.#deps = deps;
  }

  /** @throws RelayProblem AlreadyExists, NotFound, InvalidParameter, StorageFailed. */
  async create(wanted: NewCertificate): Promise<void> {
    this.#refuseTaken(wanted.name, wanted.replace ?? false);
    const now = this.#deps.now();
    const isAuthority = wanted.authority ?? false;
    if (isAuthority && wanted.signedBy !== undefined)
      throw invalid('signedBy', wanted.signedBy, 'an authority signs itself; leave it out');
    const signer = wanted.signedBy === undefined ? null : this.#authority(wanted.signedBy);
    const keyAlgorithm = this.#keyAlgorithm(wanted, signer);
    const names = (wanted.dnsNames ?? []).map(name => name.toLowerCase());
    if (names.length === 0) names.push(this.#deps.fqdn().toLowerCase());
    const days = wanted.days ?? (isAuthority ? 3650 : 397);
    const end = now + days * DAY;
    const found = await makeCertificate(
      {
        commonName: (isAuthority ? `SmtpRelay authority ${wanted.name}` : names[0]!).slice(0, 64),
        names: [...new Set(names)],
        keyAlgorithm,
        notBefore: now - 3_600_000,
        notAfter: signer ? Math.min(end, signer.certificate.validToDate.getTime()) : end,
        isAuthority,
      },
      signer && { key: keyPem(signer.key), cert: signer.certificate.toString() },
    );
    // Clients that trust the root need nothing else; it goes along so that it can be shown.
    const bundle = assemble(signer ? { ...found, certificates: [...found.certificates, signer.certificate] } : found);
    await this.#keep(wanted, STORED, 'pem', pemOf(bundle));
  }

  /** @throws RelayProblem CertificateRefused, AlreadyExists, InvalidParameter, StorageFailed. */
  async import(wanted: ImportedCertificate): Promise<void> {
    const { content, file, keyFile, find, password = null } = wanted;
    this.#refuseTaken(wanted.name, wanted.replace ?? false);
    if ([content, file, find].filter(given => given !== undefined).length !== 1)
      throw invalid('content', undefined, 'give one of content, file and find');
    if (content) {
      const bundle = this.#judged(
        readFiles(
          content.map(text => Buffer.from(text, 'base64')),
          password,
        ),
      );
      await this.#keep(wanted, STORED, 'pem', pemOf(bundle));
    } else if (file !== undefined) {
      const paths = keyFile === undefined ? [file] : [file, keyFile];
      this.#judged(readFiles(await Promise.all(paths.map(readGiven)), password));
      const place: Place = { source: 'File', file, keyFile: keyFile ?? null, find: null };
      await this.#keep(wanted, place, 'password', password);
    } else {
      this.#judged(await this.#fromStore(find!));
      await this.#keep(wanted, { source: 'WindowsStore', file: null, keyFile: null, find: find! }, 'pem', null);
    }
  }

  /** @throws RelayProblem NotFound. */
  async set(name: string, comment: string | null | undefined, listeners: readonly string[]): Promise<void> {
    const isAutomatic = same(name, SELF_SIGNED);
    if (!isAutomatic || comment !== undefined) this.#known(name);
    for (const listener of listeners) this.#knownListener(listener);
    await this.#change(current => ({
      ...current,
      certificates: current.certificates.map(certificate =>
        same(certificate.name, name) && comment !== undefined ? { ...certificate, comment } : certificate,
      ),
      listeners: current.listeners.map(listener =>
        listeners.some(wanted => same(wanted, listener.name)) ? withFirst(listener, name) : listener,
      ),
    }));
  }

  /** @throws RelayProblem NotFound, InUse. */
  async remove(name: string, force: boolean): Promise<void> {
    if (same(name, SELF_SIGNED))
      throw new RelayProblem('InUse', `${SELF_SIGNED} is made by the relay; give its listeners another certificate.`);
    const { name: exact } = this.#known(name);
    const { certificates } = this.#deps;
    const users = [
      ...certificates.usersOf(exact).map(user => `listener ${user}`),
      ...certificates.connectorsOf(exact).map(user => `connector ${user}`),
    ];
    if (users.length > 0 && !force) {
      const message = `is used by ${users.join(', ')}`;
      throw new RelayProblem('InUse', `Certificate ${exact} ${message}.`, [{ path: 'name', value: exact, message }]);
    }
    await this.#change(current => ({
      ...current,
      certificates: current.certificates.filter(certificate => certificate.name !== exact),
      listeners: current.listeners.map(listener => ({
        ...listener,
        certificates: listener.certificates.filter(used => !same(used, exact)),
      })),
      connectors: current.connectors.map(connector => ({
        ...connector,
        tokenCertificate: same(connector.tokenCertificate ?? '', exact) ? null : connector.tokenCertificate,
        tlsCertificate: same(connector.tlsCertificate ?? '', exact) ? null : connector.tlsCertificate,
      })),
    }));
    await certificates.vault.remove(exact);
  }

  #change(edit: (current: Settings) => unknown): Promise<unknown> {
    return this.#deps.store.change(edit, this.#deps.now());
  }

  #judged(found: Found): Bundle {
    const bundle = assemble(found);
    refuseUnusable(bundle, this.#deps.now());
    return bundle;
  }

  async #fromStore(find: string): Promise<Found> {
    try {
      const { pfx, password } = await this.#deps.keys.export(find);
      return readFiles([pfx], password);
    } catch (error) {
      if (error instanceof RelayProblem) throw error;
      throw refused('find', `The certificate could not be taken from the store: ${(error as Error).message}`, error);
    }
  }

  /** Vault and settings; what was there before comes back when the settings can't be written. */
  async #keep(
    { name, comment }: { readonly name: string; readonly comment?: string | null },
    place: Place,
    kind: Kind,
    secret: string | null,
  ): Promise<void> {
    const { certificates } = this.#deps;
    const { vault } = certificates;
    const before = { pem: await vault.read(name, 'pem'), password: await vault.read(name, 'password') };
    const putBack = async () => {
      await vault.remove(name);
      for (const each of ['pem', 'password'] as const)
        if (before[each] !== null) await vault.write(name, each, before[each].toString());
    };
    try {
      // Written over, not removed and made: a look in between must not miss it.
      if (secret !== null) await vault.write(name, kind, secret);
      if (kind === 'password' || secret === null) await vault.removeOne(name, 'pem');
      if (kind === 'pem' || secret === null) await vault.removeOne(name, 'password');
      await this.#change(current => ({
        ...current,
        certificates: withOne(current.certificates, name, place, comment),
      }));
    } catch (error) {
      await putBack();
      if (error instanceof RelayProblem) throw error;
      throw new RelayProblem('StorageFailed', `The certificate could not be kept: ${(error as Error).message}.`, [], {
        cause: error,
      });
    }
    // The settings may be the same as before; the file is not.
    await certificates.reload();
  }

  #refuseTaken(name: string, replace: boolean): void {
    if (same(name, SELF_SIGNED)) throw invalid('name', name, 'is the name of the certificate that the relay makes');
    if (replace || !this.#deps.store.current.certificates.some(certificate => same(certificate.name, name))) return;
    throw new RelayProblem('AlreadyExists', `There is a certificate "${name}" already; say -Force to replace it.`, [
      { path: 'name', value: name, message: 'exists already' },
    ]);
  }

  #known(name: string): Certificate {
    const found = this.#deps.store.current.certificates.find(certificate => same(certificate.name, name));
    if (found) return found;
    throw new RelayProblem('NotFound', `There is no certificate "${name}".`, [
      { path: 'name', value: name, message: 'does not exist' },
    ]);
  }

  #knownListener(name: string): void {
    if (this.#deps.store.current.listeners.some(listener => same(listener.name, name))) return;
    throw new RelayProblem('NotFound', `There is no listener "${name}".`, [
      { path: 'listeners', value: name, message: 'does not exist' },
    ]);
  }

  /** What an authority signs has a key of the same kind, which is all that selfsigned can do. */
  #keyAlgorithm({ keyAlgorithm, signedBy }: NewCertificate, signer: Bundle | null): 'EC' | 'RSA' {
    if (!signer) return keyAlgorithm ?? 'EC';
    const own = signer.key.asymmetricKeyType === 'ec' ? 'EC' : 'RSA';
    if (keyAlgorithm === undefined || keyAlgorithm === own) return own;
    throw invalid('keyAlgorithm', keyAlgorithm, `must be ${own}, as the key of the authority "${signedBy}" is`);
  }

  #authority(name: string): Bundle {
    const bundle = this.#deps.certificates.get(this.#known(name).name)?.bundle;
    if (bundle?.certificate.ca) return bundle;
    throw invalid('signedBy', name, 'is no authority; make one with New-SmtpCertificate -Authority');
  }
}

const invalid = (path: string, value: unknown, message: string) =>
  new RelayProblem('InvalidParameter', `${path} ${message}.`, [{ path, value, message }]);

function withOne(
  list: readonly Certificate[],
  name: string,
  place: Place,
  comment: string | null | undefined,
): unknown[] {
  const before = list.find(certificate => same(certificate.name, name));
  const one = {
    name: before?.name ?? name,
    ...place,
    comment: comment === undefined ? (before?.comment ?? null) : comment,
  };
  return before ? list.map(certificate => (certificate === before ? one : certificate)) : [...list, one];
}

function withFirst(listener: Listener, name: string): Listener {
  if (same(name, SELF_SIGNED)) return { ...listener, certificates: [] };
  const others = certificatesOf(listener).filter(used => !same(used, name) && !same(used, SELF_SIGNED));
  return { ...listener, certificates: [name, ...others] };
}

async function readGiven(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw refused('file', `${path} can't be read by the relay: ${(error as Error).message}`, error);
  }
}
