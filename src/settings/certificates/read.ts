/**
 * Certificates and keys out of whatever files an administrator has: PEM with any number of blocks,
 * DER, PFX. @throws RelayProblem CertificateRefused with what is wrong and what to do.
 */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { RelayProblem } from '../../contract/problems.ts';
import { PfxPassword, readPfx } from './pfx.ts';

export interface Found {
  readonly keys: readonly KeyObject[];
  readonly certificates: readonly X509Certificate[];
}

export const refused = (path: string, message: string, cause?: unknown): RelayProblem =>
  new RelayProblem('CertificateRefused', `${message}.`, [{ path, message }], { cause });

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[^-]*-----END \1-----/g;

export function readFiles(files: readonly Buffer[], password: string | null): Found {
  const found = files.map(file => readFileBytes(file, password));
  return { keys: found.flatMap(({ keys }) => keys), certificates: found.flatMap(({ certificates }) => certificates) };
}

function readFileBytes(file: Buffer, password: string | null): Found {
  const text = file.toString('latin1');
  return text.includes('-----BEGIN ') ? readPem(text, password) : readBinary(file, password);
}

function readPem(text: string, password: string | null): Found {
  const keys: KeyObject[] = [];
  const certificates: X509Certificate[] = [];
  for (const [block, label] of text.matchAll(BLOCK)) {
    if (label!.endsWith('PRIVATE KEY')) keys.push(readKey(block, password));
    else if (label === 'CERTIFICATE' || label === 'X509 CERTIFICATE') certificates.push(readCertificate(block));
    else if (label === 'PKCS7')
      throw refused('data', 'A PKCS #7 file has no key and is not read; export the certificate as PEM or PFX');
  }
  return { keys, certificates };
}

function readCertificate(block: string | Buffer): X509Certificate {
  try {
    return new X509Certificate(block);
  } catch (error) {
    throw refused('data', `A certificate in the file is damaged: ${(error as Error).message}`, error);
  }
}

function readKey(block: string, password: string | null): KeyObject {
  try {
    return createPrivateKey({ key: block, passphrase: password ?? undefined });
  } catch (error) {
    const isEncrypted = /ENCRYPTED/.test(block);
    if (isEncrypted && password === null)
      throw refused('password', 'The private key is encrypted; give its password', error);
    if (isEncrypted) throw refused('password', 'The password does not open the private key', error);
    throw refused('data', 'The private key in the file is damaged or of a kind that is not known', error);
  }
}

function readBinary(file: Buffer, password: string | null): Found {
  const attempts: (() => Found | null)[] = [
    () => ({ keys: [], certificates: [new X509Certificate(file)] }),
    () => ({ keys: [createPrivateKey({ key: file, format: 'der', type: 'pkcs8' })], certificates: [] }),
    () => ({ keys: [createPrivateKey({ key: file, format: 'der', type: 'pkcs1' })], certificates: [] }),
    () => ({ keys: [createPrivateKey({ key: file, format: 'der', type: 'sec1' })], certificates: [] }),
    () => readPfx(file, password),
    () => encryptedKey(file, password),
  ];
  for (const attempt of attempts) {
    try {
      const found = attempt();
      if (found) return found;
    } catch (error) {
      if (error instanceof RelayProblem) throw error;
      if (!(error instanceof PfxPassword)) continue;
      const why =
        password === null ? 'The PFX file has a password; give it' : 'The password does not open the PFX file';
      throw refused('password', why, error);
    }
  }
  throw refused('data', 'The file is neither PEM nor DER nor PFX, or it is damaged');
}

function encryptedKey(file: Buffer, password: string | null): Found | null {
  if (password === null) return null;
  return {
    keys: [createPrivateKey({ key: file, format: 'der', type: 'pkcs8', passphrase: password })],
    certificates: [],
  };
}
