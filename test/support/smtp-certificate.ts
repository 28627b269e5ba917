/** A self-signed certificate for `localhost`, made by OpenSSL when a test asks for it. */
import { execFileSync } from 'node:child_process';

export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

let made: Certificate | null | undefined;

/** Null where there is no OpenSSL. */
export function selfSigned(): Certificate | null {
  if (made !== undefined) return made;
  const request = '-x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost';
  const names = 'subjectAltName=DNS:localhost';
  try {
    const pem = execFileSync('openssl', ['req', ...request.split(' '), '-addext', names, '-keyout', '-', '-out', '-'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const block = (what: string) => new RegExp(`-----BEGIN ${what}-----[^]+?-----END ${what}-----\\n`).exec(pem)![0];
    made = { key: block('(?:EC )?PRIVATE KEY'), cert: block('CERTIFICATE') };
  } catch {
    made = null;
  }
  return made;
}
