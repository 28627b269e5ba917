/**
 * DNS as the route needs it: every answer is a value. "None" means the name or the record does not
 * exist; everything that may be different in a minute (time-out, refused, SERVFAIL) is "temporary",
 * because trouble with DNS must never bounce mail.
 */
import { lookup, Resolver } from 'node:dns/promises';

export type DnsAnswer<T> =
  | { readonly kind: 'found'; readonly records: readonly T[] }
  | { readonly kind: 'none'; readonly reason: string }
  | { readonly kind: 'temporary'; readonly reason: string };

export interface MxRecord {
  readonly exchange: string;
  readonly priority: number;
}

export interface Dns {
  mx(domain: string): Promise<DnsAnswer<MxRecord>>;
  /** IPv4 and IPv6 addresses of a host, in the order to try. */
  addresses(host: string): Promise<DnsAnswer<string>>;
}

const DOES_NOT_EXIST = new Set(['ENOTFOUND', 'ENODATA']);

const codeOf = (error: unknown) => String((error as NodeJS.ErrnoException).code ?? (error as Error).message);

function failure<T>(what: string, error: unknown): DnsAnswer<T> {
  const code = codeOf(error);
  if (DOES_NOT_EXIST.has(code)) return { kind: 'none', reason: `${what} does not exist in DNS` };
  return { kind: 'temporary', reason: `DNS look-up of ${what} failed (${code})` };
}

/**
 * @param servers address or address:port; empty for the system's servers, then host names are
 * looked up the way every program of the computer does it (hosts file included).
 */
export function createDns(servers: readonly string[]): Dns {
  const resolver = new Resolver({ timeout: 5000, tries: 3 });
  if (servers.length > 0) resolver.setServers(servers);

  const query = async (host: string): Promise<DnsAnswer<string>> => {
    const [four, six] = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
    const records = [four, six].flatMap(result => (result.status === 'fulfilled' ? result.value : []));
    if (records.length > 0) return { kind: 'found', records };
    const errors = [four, six].flatMap(result => (result.status === 'rejected' ? [result.reason] : []));
    // One family may fail while the other truly has nothing: then nothing is certain.
    const uncertain = errors.find(error => !DOES_NOT_EXIST.has(codeOf(error)));
    return failure(`the address of ${host}`, uncertain ?? errors[0]);
  };

  const system = async (host: string): Promise<DnsAnswer<string>> => {
    try {
      return {
        kind: 'found',
        records: (await lookup(host, { all: true, order: 'verbatim' })).map(entry => entry.address),
      };
    } catch (error) {
      return failure(`the address of ${host}`, error);
    }
  };

  return {
    async mx(domain) {
      try {
        return { kind: 'found', records: await resolver.resolveMx(domain) };
      } catch (error) {
        return failure(`the MX record of ${domain}`, error);
      }
    },
    addresses: servers.length > 0 ? query : system,
  };
}
