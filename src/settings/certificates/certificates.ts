/**
 * The certificates in force: reads each from its place, sees within seconds when a file was renewed,
 * makes the self-signed one when a listener first needs it, and knows what is wrong with each. One
 * that can't be read any more stays in force as it was last read, and that is said.
 */
import type { X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import type { KeyStore } from '../../platform/key-store.ts';
import { certificatesOf, SELF_SIGNED } from '../listener-rules.ts';
import type { Certificate, Settings } from '../settings.ts';
import { Vault } from '../vault.ts';
import { assemble, type Bundle, dnsNamesOf, oneLine, warningsOf } from './bundle.ts';
import { makeCertificate } from './make.ts';
import { certificatesPem, KINDS, type Kind, keyPem, pemOf } from './pem.ts';
import { type Found, readFiles } from './read.ts';

const DAY = 86_400_000;
const LOOK_EVERY = 2_000;
const STORE_EVERY = 3_600_000;
/** Days before the end at which an administrator is told. */
const TELL_AT = [30, 14, 3, 0] as const;

export interface CertificatesDependencies {
  readonly folder: string;
  readonly keys: KeyStore;
  readonly settings: () => Settings;
  readonly fqdn: () => string;
  readonly now: () => number;
  /** Something new is in force: listeners take it up. */
  readonly onRenewed: () => Promise<void>;
  readonly tell: (level: 'info' | 'warn' | 'error', what: string) => void;
}

/** One certificate as it is in force; `bundle` is null when it could never be read. */
export interface InForce {
  readonly name: string;
  readonly source: Certificate['source'] | 'Automatic';
  readonly comment: string | null;
  readonly bundle: Bundle | null;
  /** Why it can't be read now. */
  readonly problem: string | null;
}

interface Entry extends InForce {
  /** What it was read from, so that a change is seen. */
  readonly stamp: string;
}

export interface Material {
  readonly key: string;
  readonly certificates: string;
  readonly dnsNames: readonly string[];
}

const AUTOMATIC: Certificate = {
  name: SELF_SIGNED,
  source: 'Stored',
  file: null,
  keyFile: null,
  find: null,
  comment: null,
};

export class Certificates {
  readonly vault: Vault<Kind>;
  readonly #deps: CertificatesDependencies;
  readonly #entries = new Map<string, Entry>();
  readonly #materials = new WeakMap<Bundle, Material>();
  /** By thumbprint: the threshold that was told last. */
  readonly #told = new Map<string, number>();
  #pending: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | null = null;

  constructor(deps: CertificatesDependencies) {
    this.#deps = deps;
    this.vault = new Vault(deps.folder, deps.keys, KINDS);
  }

  async open(): Promise<void> {
    await this.vault.open();
    await this.refresh();
    this.#timer = setInterval(() => void this.#look(), LOOK_EVERY).unref();
  }

  close(): void {
    if (this.#timer) clearInterval(this.#timer);
  }

  /** Reads what the settings name, where it changed; after this the listeners can be refreshed. */
  refresh(): Promise<void> {
    return this.#inTurn(async () => void (await this.#readAll()));
  }

  all(): readonly InForce[] {
    return [...this.#entries.values()];
  }

  /** Names are compared without case. */
  get(name: string): InForce | null {
    return this.#entries.get(name.toLowerCase()) ?? null;
  }

  /** Our own authorities, which our clients were told to trust. */
  authorities(): X509Certificate[] {
    return this.all().flatMap(({ bundle }) => (bundle?.certificate.ca ? [bundle.certificate] : []));
  }

  /** For a listener: what it can use, and what is wrong with the rest. */
  of(listener: string): { readonly materials: readonly Material[]; readonly problems: readonly string[] } {
    const found = this.#deps.settings().listeners.find(({ name }) => name === listener);
    const entries = (found ? certificatesOf(found) : []).map(name => ({ name, entry: this.get(name) }));
    return {
      materials: entries.flatMap(({ entry }) => (entry?.bundle ? [this.#materialOf(entry.bundle)] : [])),
      problems: entries.flatMap(({ name, entry }) => {
        if (entry?.problem) return [`Certificate ${name}: ${entry.problem}`];
        return entry?.bundle ? [] : [`Certificate ${name} is not there.`];
      }),
    };
  }

  /** Listeners that use a certificate. */
  usersOf(name: string): string[] {
    return this.#deps
      .settings()
      .listeners.filter(listener => certificatesOf(listener).some(used => isSame(used, name)))
      .map(listener => listener.name);
  }

  /** Connectors that use a certificate. */
  connectorsOf(name: string): string[] {
    return this.#deps
      .settings()
      .connectors.filter(({ tokenCertificate, tlsCertificate }) =>
        [tokenCertificate, tlsCertificate].some(used => used !== null && isSame(used, name)),
      )
      .map(connector => connector.name);
  }

  #isUsed(name: string): boolean {
    return this.usersOf(name).length > 0 || this.connectorsOf(name).length > 0;
  }

  /** Certificates in use that end soon, with a sentence, for health. */
  warnings(): { readonly name: string; readonly text: string }[] {
    return this.all().flatMap(({ name, bundle }) => {
      if (!bundle || !this.#isUsed(name)) return [];
      const days = daysLeft(bundle.certificate, this.#deps.now());
      return days <= TELL_AT[0] ? [{ name, text: expirySentence(name, bundle.certificate, days) }] : [];
    });
  }

  /** When the certificates in use end; milliseconds since 1970. */
  ends(): Map<string, number> {
    return new Map(
      this.all().flatMap(({ name, bundle }) =>
        bundle && this.#isUsed(name) ? [[name, bundle.certificate.validToDate.getTime()] as const] : [],
      ),
    );
  }

  /** Takes up what changed on the disk, and tells the listeners. */
  reload(): Promise<void> {
    return this.#inTurn(async () => {
      if (await this.#readAll()) await this.#deps.onRenewed();
    });
  }

  async #look(): Promise<void> {
    await this.reload().catch((error: Error) =>
      this.#deps.tell('error', `The certificates could not be looked at: ${error.message}`),
    );
  }

  #inTurn(run: () => Promise<void>): Promise<void> {
    const result = this.#pending.then(run);
    this.#pending = result.catch(() => {});
    return result;
  }

  /** @returns whether something else is in force now */
  async #readAll(): Promise<boolean> {
    const settings = this.#deps.settings();
    const wanted = [...settings.certificates];
    if (this.#isNeeded(settings)) {
      await this.#renewAutomatic().catch((error: Error) =>
        this.#deps.tell('error', `The self-signed certificate could not be made: ${error.message}`),
      );
      wanted.push(AUTOMATIC);
    }
    let changed = false;
    for (const certificate of wanted) changed = (await this.#readOne(certificate)) || changed;
    const names = new Set(wanted.map(({ name }) => name.toLowerCase()));
    for (const name of this.#entries.keys()) if (!names.has(name)) changed = this.#entries.delete(name) || changed;
    this.#tellOfExpiry();
    return changed;
  }

  #isNeeded({ listeners }: Settings): boolean {
    return listeners.some(
      listener => listener.enabled && certificatesOf(listener).some(name => isSame(name, SELF_SIGNED)),
    );
  }

  async #readOne(certificate: Certificate): Promise<boolean> {
    const key = certificate.name.toLowerCase();
    const before = this.#entries.get(key);
    const stamp = await this.#stampOf(certificate);
    const about = {
      name: certificate.name,
      source: certificate === AUTOMATIC ? ('Automatic' as const) : certificate.source,
      comment: certificate.comment,
    };
    if (before?.stamp === stamp) {
      this.#entries.set(key, { ...before, ...about });
      return false;
    }
    try {
      const bundle = assemble(await this.#find(certificate));
      const isNew = before?.bundle?.certificate.fingerprint256 !== bundle.certificate.fingerprint256;
      this.#entries.set(key, { ...about, bundle, problem: null, stamp });
      if (before && isNew)
        this.#deps.tell(
          'info',
          `Certificate ${certificate.name} was renewed: ${oneLine(bundle.certificate.subject)}, valid to ${bundle.certificate.validToDate.toISOString()}.`,
        );
      return true;
    } catch (error) {
      // A file that is just being replaced is half there; the next look reads it again.
      const problem = (error as Error).message;
      const isNew = problem !== before?.problem;
      if (isNew) this.#deps.tell('error', `Certificate ${certificate.name} can't be read: ${problem}`);
      this.#entries.set(key, { ...about, bundle: before?.bundle ?? null, problem, stamp: '' });
      return isNew;
    }
  }

  async #find({ name, source, file, keyFile, find }: Certificate): Promise<Found> {
    if (source === 'WindowsStore') {
      const { pfx, password } = await this.#deps.keys.export(find!);
      return readFiles([pfx], password);
    }
    if (source === 'File') {
      const password = await this.vault.read(name, 'password');
      const files = await Promise.all([file!, ...(keyFile === null ? [] : [keyFile])].map(path => readFile(path)));
      return readFiles(files, password?.toString() ?? null);
    }
    const stored = await this.vault.read(name, 'pem');
    if (!stored) throw new Error(`${this.vault.fileOf(name, 'pem')} is not there; import the certificate again.`);
    return readFiles([stored], null);
  }

  async #stampOf({ name, source, file, keyFile, find }: Certificate): Promise<string> {
    if (source === 'WindowsStore') return `${find} ${Math.floor(this.#deps.now() / STORE_EVERY)}`;
    const paths =
      source === 'File'
        ? [file!, ...(keyFile === null ? [] : [keyFile]), this.vault.fileOf(name, 'password')]
        : [this.vault.fileOf(name, 'pem')];
    const stamps = await Promise.all(
      paths.map(path =>
        stat(path).then(
          ({ mtimeMs, size, ino }) => `${path} ${mtimeMs} ${size} ${ino}`,
          () => '-',
        ),
      ),
    );
    return stamps.join('|');
  }

  /** Made at first use, and again a month before it ends or when the relay got another name. */
  async #renewAutomatic(): Promise<void> {
    const now = this.#deps.now();
    const fqdn = this.#deps.fqdn().toLowerCase();
    const current = this.get(SELF_SIGNED)?.bundle ?? (await this.#storedAutomatic());
    const isGood =
      current !== null &&
      current.certificate.validToDate.getTime() > now + 30 * DAY &&
      dnsNamesOf(current.certificate).includes(fqdn);
    if (isGood) return;
    const found = await makeCertificate(
      {
        // RFC 5280: 64 characters; clients look at the alternative names.
        commonName: fqdn.slice(0, 64),
        names: [...new Set([fqdn, 'localhost']), '127.0.0.1', '::1'],
        keyAlgorithm: 'EC',
        notBefore: now - DAY,
        notAfter: now + 397 * DAY,
        isAuthority: false,
      },
      null,
    );
    await this.vault.write(SELF_SIGNED, 'pem', pemOf(assemble(found)));
  }

  async #storedAutomatic(): Promise<Bundle | null> {
    try {
      const stored = await this.vault.read(SELF_SIGNED, 'pem');
      return stored ? assemble(readFiles([stored], null)) : null;
    } catch {
      return null;
    }
  }

  /** Key and certificates to be shown to others; null when it was never read. */
  materialOf(name: string): Material | null {
    const bundle = this.get(name)?.bundle;
    return bundle ? this.#materialOf(bundle) : null;
  }

  #materialOf(bundle: Bundle): Material {
    let material = this.#materials.get(bundle);
    if (!material) {
      material = {
        key: keyPem(bundle.key),
        certificates: certificatesPem(bundle),
        dnsNames: dnsNamesOf(bundle.certificate),
      };
      this.#materials.set(bundle, material);
    }
    return material;
  }

  /** Once at each threshold. */
  #tellOfExpiry(): void {
    for (const { name, bundle } of this.all()) {
      if (!bundle || !this.#isUsed(name)) continue;
      const { certificate } = bundle;
      const days = daysLeft(certificate, this.#deps.now());
      const threshold = TELL_AT.findLast(limit => days <= limit);
      if (threshold === undefined || this.#told.get(certificate.fingerprint256) === threshold) continue;
      this.#told.set(certificate.fingerprint256, threshold);
      this.#deps.tell(threshold === 0 ? 'error' : 'warn', expirySentence(name, certificate, days));
    }
  }

  /** What is in force about one, with what an administrator should know. */
  warningsOf(bundle: Bundle): string[] {
    return warningsOf(bundle, this.authorities(), this.#deps.now());
  }
}

const isSame = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();

/** Whole days until it ends; negative when it has. */
export const daysLeft = ({ validToDate }: X509Certificate, now: number): number =>
  Math.floor((validToDate.getTime() - now) / DAY);

function expirySentence(name: string, certificate: X509Certificate, days: number): string {
  const when = certificate.validToDate.toISOString().slice(0, 10);
  return days < 0
    ? `Certificate ${name} has expired on ${when}. Renew it with Import-SmtpCertificate or New-SmtpCertificate.`
    : `Certificate ${name} expires in ${days} day(s), on ${when}. Renew it with Import-SmtpCertificate or New-SmtpCertificate.`;
}
