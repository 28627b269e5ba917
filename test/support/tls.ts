/** OpenSSL and other programs that speak TLS, for tests. */
import { execFileSync, spawn } from 'node:child_process';
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
