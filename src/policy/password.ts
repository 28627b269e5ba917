import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

/**
 * Passwords of accounts, kept only as scrypt verifiers: `scrypt$<N>$<salt>$<hash>`, base64, r=8, p=1
 * (RFC 7914). Hashing runs in the thread pool, so the service goes on meanwhile. A malformed verifier
 * fits no password. For an unknown account verify against DUMMY_VERIFIER, so that the time of the
 * answer does not tell which accounts exist.
 */

const COST = 16384;
const SALT_BYTES = 16;
const HASH_BYTES = 32;
/** Bounds what a hand-written settings file can make the service spend: 256 MiB at r=8. */
const MAX_COST = 262_144;

const VERIFIER = /^scrypt\$([1-9]\d{0,6})\$([A-Za-z0-9+/]{4,88}={0,2})\$([A-Za-z0-9+/]{43}=)$/;

/** Costs what a real verifier costs and fits no password: its hash is of nothing. */
export const DUMMY_VERIFIER: string = formatVerifier(randomBytes(SALT_BYTES), randomBytes(HASH_BYTES));

/** Makes the verifier of a new password, with a salt of its own. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  return formatVerifier(salt, await derive(password, salt, COST));
}

/** Whether the password fits; compares in constant time. */
export async function verifyPassword(password: string, verifier: string): Promise<boolean> {
  const parts = VERIFIER.exec(verifier);
  if (!parts) return false;
  const cost = Number(parts[1]);
  const powerOfTwo = cost >= 2 && (cost & (cost - 1)) === 0;
  if (!powerOfTwo || cost > MAX_COST) return false;
  const expected = Buffer.from(parts[3]!, 'base64');
  return timingSafeEqual(await derive(password, Buffer.from(parts[2]!, 'base64'), cost), expected);
}

function formatVerifier(salt: Buffer, hash: Buffer): string {
  return `scrypt$${COST}$${salt.toString('base64')}$${hash.toString('base64')}`;
}

function derive(password: string, salt: Buffer, cost: number): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  // Memory is 128 * N * r; the default limit of Node is just that for N=16384, so it is set with room.
  const options = { N: cost, r: 8, p: 1, maxmem: 256 * cost * 8 };
  scrypt(password, salt, HASH_BYTES, options, (error, hash) => (error ? reject(error) : resolve(hash)));
  return promise;
}
