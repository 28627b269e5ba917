/**
 * Gets the policy of a domain over HTTPS (RFC 8461 3.3): from its policy host and no other, whose certificate must be
 * good for that name; no redirects, no caches in between, bounded in time and size.
 */
import { request } from 'node:https';
import { isIPv6, type LookupFunction } from 'node:net';
import type { Dns } from '../platform/dns.ts';
import { parsePolicy, type StsPolicy } from './policy.ts';

/** Bytes. RFC 8461 3.3 advises 64 kilobytes. */
const LARGEST = 65_536;
const PATH = '/.well-known/mta-sts.txt';

export interface PolicyHosts {
  readonly dns: Pick<Dns, 'addresses'>;
  readonly port: number;
  /** Milliseconds for all of it. */
  readonly timeout: number;
  /** Cuts it off earlier. */
  readonly signal?: AbortSignal;
  /** PEM of authorities; null for those that the system trusts. */
  readonly authorities: string | null;
}

/** @param domain ASCII. @throws Error that says why there is no policy */
export async function fetchPolicy(domain: string, hosts: PolicyHosts): Promise<StsPolicy> {
  const host = `mta-sts.${domain}`;
  const text = await get(host, hosts).catch((error: Error) => {
    throw new Error(`https://${host}${PATH} could not be read: ${error.message}`, { cause: error });
  });
  try {
    return parsePolicy(text);
  } catch (error) {
    throw new Error(`https://${host}${PATH} is no policy: ${(error as Error).message}`, { cause: error });
  }
}

function get(host: string, { dns, port, timeout, signal, authorities }: PolicyHosts): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request({
      host,
      port,
      path: PATH,
      servername: host,
      headers: { Host: port === 443 ? host : `${host}:${port}`, 'User-Agent': 'SmtpRelay' },
      // A connection that others use may have been opened under other conditions.
      agent: false,
      lookup: lookupBy(dns),
      minVersion: 'TLSv1.2',
      signal: AbortSignal.any([AbortSignal.timeout(timeout), ...(signal ? [signal] : [])]),
      ...(authorities === null ? {} : { ca: authorities }),
    });
    const fail = (why: string) => {
      reject(new Error(why));
      asked.destroy();
    };
    asked.on('error', error => reject(error.name === 'AbortError' ? new Error('no answer in time') : error));
    asked.on('response', response => {
      const type = (response.headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase();
      if (response.statusCode !== 200) return fail(`the answer was ${response.statusCode}`);
      if (type !== 'text/plain') return fail(`it is of type ${type || 'none'}, not text/plain`);
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        size += chunk.length;
        if (size > LARGEST) fail(`it has more than ${LARGEST} bytes`);
      });
      response.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
      response.on('error', reject);
    });
    asked.end();
  });
}

/** The relay's own DNS, so that the policy host is found the way mail hosts are. */
const lookupBy =
  (dns: Pick<Dns, 'addresses'>): LookupFunction =>
  (host, options, done) => {
    void dns.addresses(host).then(answer => {
      if (answer.kind !== 'found') {
        done(new Error(answer.reason), []);
        return;
      }
      const entries = answer.records.map(address => ({ address, family: isIPv6(address) ? 6 : 4 }));
      if (options.all) done(null, entries);
      else done(null, entries[0]!.address, entries[0]!.family);
    });
  };
