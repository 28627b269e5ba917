/**
 * Reads a PFX file (PKCS #12, RFC 7292), also the old encryptions that Windows still writes. Only the
 * container is read here; node:crypto makes keys and certificates of what is in it.
 */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { createRequire } from 'node:module';
import type Forge from 'node-forge';

export interface PfxContent {
  readonly keys: readonly KeyObject[];
  readonly certificates: readonly X509Certificate[];
}

type Asn1 = Forge.asn1.Asn1;
type Bag = Forge.pkcs12.Bag;

const load = createRequire(import.meta.url);
let forgeInUse: typeof Forge | null = null;

/** Loaded when a PFX file comes, which most relays never see. */
function library(): typeof Forge {
  forgeInUse ??= withUtf8Passwords(load('node-forge') as typeof Forge);
  return forgeInUse;
}

interface Pbe {
  getCipherForPBES2(oid: string, params: unknown, password: string): unknown;
}

/** The MAC of a file takes the password as it is, PBES2 its UTF-8 (RFC 8018 3), which the library leaves to us. */
function withUtf8Passwords(forge: typeof Forge): typeof Forge {
  const { pbe } = forge.pki as unknown as { readonly pbe: Pbe };
  const original = pbe.getCipherForPBES2.bind(pbe);
  pbe.getCipherForPBES2 = (oid, params, password) => original(oid, params, forge.util.encodeUtf8(password));
  return forge;
}

/** Null when it is no PFX file at all. @throws PfxPassword when it is one that this password does not open. */
export function readPfx(file: Buffer, password: string | null): PfxContent | null {
  const forge = library();
  const asn1 = parse(forge, file);
  if (asn1 === null) return null;
  const container = open(forge, asn1, password ?? '');
  const { oids } = forge.pki as unknown as { readonly oids: Record<string, string> };
  const bags = (type: string) => container.getBags({ bagType: oids[type]! })[oids[type]!] ?? [];
  return {
    keys: [...bags('pkcs8ShroudedKeyBag'), ...bags('keyBag')].map(bag => keyOf(forge, bag)),
    certificates: bags('certBag').map(bag => certificateOf(forge, bag)),
  };
}

export class PfxPassword extends Error {}

function parse(forge: typeof Forge, file: Buffer): Asn1 | null {
  try {
    const asn1 = forge.asn1.fromDer(forge.util.createBuffer(file.toString('binary')));
    const [version, content] = asn1.value as Asn1[];
    // PFX ::= SEQUENCE { version INTEGER 3, authSafe ContentInfo, ... }
    const isPfx = version?.type === forge.asn1.Type.INTEGER && version.value === '\x03';
    return isPfx && content?.type === forge.asn1.Type.SEQUENCE ? asn1 : null;
  } catch {
    return null;
  }
}

function open(forge: typeof Forge, asn1: Asn1, password: string): Forge.pkcs12.Pkcs12Pfx {
  try {
    return forge.pkcs12.pkcs12FromAsn1(asn1, password);
  } catch (error) {
    const { message } = error as Error;
    if (/invalid password|could not be verified|decrypt/i.test(message)) throw new PfxPassword();
    throw error;
  }
}

const derOf = (forge: typeof Forge, asn1: Asn1) => Buffer.from(forge.asn1.toDer(asn1).getBytes(), 'binary');

/** The library understands RSA alone; of any other key it hands over the bytes. */
function keyOf(forge: typeof Forge, { key, asn1 }: Bag): KeyObject {
  const info = key ? forge.pki.wrapRsaPrivateKey(forge.pki.privateKeyToAsn1(key)) : asn1;
  return createPrivateKey({ key: derOf(forge, info), format: 'der', type: 'pkcs8' });
}

function certificateOf(forge: typeof Forge, { cert, asn1 }: Bag): X509Certificate {
  return new X509Certificate(derOf(forge, cert ? forge.pki.certificateToAsn1(cert) : asn1));
}
