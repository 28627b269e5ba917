/** Whether the relay is well, and whether the world thinks well of it. */
import { RelayProblem } from '../../contract/problems.ts';
import { formatIp, parseIp } from '../../message/ip.ts';
import type { PartOf, Result } from '../handlers.ts';
import { requireMailbox } from '../mailbox.ts';

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

export interface HealthMethodsDependencies {
  readonly health: {
    run(wish: {
      readonly timeServer: string;
      readonly probeDomain: string;
      readonly sender: string | null;
    }): Promise<readonly Readonly<Result<'health.test'>[number]>[]>;
    reverseDns(
      ipAddress: string,
      ehloName: string | null,
    ): Promise<Readonly<Pick<Mutable<Result<'reversedns.test'>>, 'hostName' | 'status' | 'detail' | 'action'>>>;
  };
}

const TIME_SERVER = process.platform === 'win32' ? 'time.windows.com' : 'pool.ntp.org';
const PROBE_DOMAIN = 'gmail.com';

export function healthMethods({ health }: HealthMethodsDependencies): PartOf<'health'> & PartOf<'reversedns'> {
  return {
    'health.test': async ({ timeServer, probeDomain, deliverability, sender }) => {
      if (deliverability && sender === undefined)
        throw new RelayProblem('InvalidParameter', 'sender is needed to look at its domain.', [
          { path: 'sender', message: 'is needed to look at its domain' },
        ]);
      const checks = await health.run({
        timeServer: timeServer ?? TIME_SERVER,
        probeDomain: probeDomain ?? PROBE_DOMAIN,
        sender: deliverability ? requireMailbox('sender', sender!) : null,
      });
      return checks.map(({ name, target, status, detail, action }) => ({ name, target, status, detail, action }));
    },
    'reversedns.test': async ({ ipAddress, hostName }) => {
      const ip = parseIp(ipAddress);
      if (ip === null)
        throw new RelayProblem('InvalidParameter', `ipAddress ${ipAddress} is no IP address.`, [
          { path: 'ipAddress', value: ipAddress, message: 'is no IP address' },
        ]);
      const found = await health.reverseDns(formatIp(ip), hostName ?? null);
      const { status, detail, action } = found;
      return { ipAddress: formatIp(ip), hostName: found.hostName, status, detail, action };
    },
  };
}
