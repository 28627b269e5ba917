/** OpenSSL and other programs that speak TLS, for tests. */
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Certificate } from './smtp-certificate.ts';

export function hasProgram(name: string): boolean {
  try {
    execFileSync(name, [name === 'openssl' ? 'version' : '--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

export interface ProgramEnd {
  readonly code: number | null;
  /** Both streams. */
  readonly output: string;
}

/** Runs a program to its end. */
export function run(program: string, args: readonly string[], input = ''): Promise<ProgramEnd> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { timeout: 90_000 });
    let output = '';
    child.stdout.on('data', chunk => (output += chunk));
    child.stderr.on('data', chunk => (output += chunk));
    child.once('error', reject);
    child.once('close', code => resolve({ code, output }));
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}

/** A self-signed certificate by OpenSSL, `-addext` and others as given. Null where there is no OpenSSL. */
export function opensslCertificate(subject: string, ...more: string[]): Certificate | null {
  if (!hasProgram('openssl')) return null;
  const kind = more.includes('-newkey') ? [] : ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
  const days = more.includes('-days') || more.includes('-not_after') ? [] : ['-days', '90'];
  const args = ['req', '-x509', '-nodes', ...kind, ...days, '-subj', `/${subject}`, ...more];
  const pem = execFileSync('openssl', [...args, '-keyout', '-', '-out', '-'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const block = (what: string) => new RegExp(`-----BEGIN ${what}-----[^]+?-----END ${what}-----\\n`).exec(pem)![0];
  return { key: block('(?:EC )?PRIVATE KEY'), cert: block('CERTIFICATE') };
}

/** A chain by OpenSSL: root, intermediate, and a certificate for `name`; PEM. */
export interface TestChain {
  readonly key: string;
  readonly leaf: string;
  readonly intermediate: string;
  readonly root: string;
}

export interface LeafOptions {
  readonly name: string;
  /** For `openssl req -newkey`. */
  readonly newkey?: readonly string[];
  readonly days?: number;
  readonly digest?: string;
  /** Lines of an extension section. */
  readonly extensions?: string;
}

/** A small public-key infrastructure in a folder of its own. */
export class TestAuthority {
  readonly #folder: string;
  #serial = 1;

  constructor(folder: string) {
    this.#folder = folder;
    const ca = 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n';
    this.#certify('root', '/CN=Test Root', null, ca, 3650);
    this.#certify('intermediate', '/CN=Test Intermediate', 'root', ca, 1800);
  }

  issue({ name, newkey, days = 90, digest, extensions }: LeafOptions): TestChain {
    const file = `leaf${this.#serial}`;
    const section = extensions ?? `subjectAltName=DNS:${name}\nextendedKeyUsage=serverAuth\n`;
    this.#certify(file, `/CN=${name}`, 'intermediate', section, days, newkey, digest);
    const read = (what: string) => readFileSync(join(this.#folder, what), 'utf8');
    return {
      key: read(`${file}.key`),
      leaf: read(`${file}.crt`),
      intermediate: read('intermediate.crt'),
      root: read('root.crt'),
    };
  }

  /** A PFX file of a chain. */
  pfx(chain: TestChain, password: string, ...more: string[]): Buffer {
    const at = (name: string) => join(this.#folder, `pfx-${name}`);
    writeFileSync(at('key'), chain.key);
    writeFileSync(at('crt'), chain.leaf);
    writeFileSync(at('chain'), chain.intermediate + chain.root);
    const args = ['-inkey', at('key'), '-in', at('crt'), '-certfile', at('chain'), '-passout', `pass:${password}`];
    execFileSync('openssl', ['pkcs12', '-export', ...args, ...more, '-out', at('out')], { stdio: 'ignore' });
    return readFileSync(at('out'));
  }

  #certify(
    file: string,
    subject: string,
    issuer: string | null,
    extensions: string,
    days: number,
    newkey: readonly string[] = ['ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'],
    digest = 'sha256',
  ): void {
    const at = (name: string) => join(this.#folder, name);
    const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'ignore' });
    writeFileSync(at(`${file}.ext`), extensions);
    const keys = ['-newkey', ...newkey, '-nodes', '-keyout', at(`${file}.key`)];
    openssl('req', '-new', ...keys, '-subj', subject, '-out', at(`${file}.csr`));
    const signer = issuer
      ? ['-CA', at(`${issuer}.crt`), '-CAkey', at(`${issuer}.key`)]
      : ['-signkey', at(`${file}.key`)];
    const common = ['-days', String(days), `-${digest}`, '-set_serial', String(this.#serial++)];
    openssl(
      'x509',
      '-req',
      '-in',
      at(`${file}.csr`),
      ...signer,
      ...common,
      '-extfile',
      at(`${file}.ext`),
      '-out',
      at(`${file}.crt`),
    );
  }
}
