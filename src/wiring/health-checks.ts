/** The health of a relay as it is in force: what it says about itself, and what shows only when it is tried. */
import { access, constants, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import type { RelayFacts } from '../control/methods/relay.ts';
import { type Check, type Finding, failed, passed, skipped, warning } from '../health/check.ts';
import { checkClock } from '../health/clock-check.ts';
import { checkDeliverability } from '../health/deliverability.ts';
import { checkOpenRelay } from '../health/open-relay-check.ts';
import { healthOf, type ProblemArea, problemsOf } from '../health/problems.ts';
import { judgeName, type ReverseDnsFinding } from '../health/reverse-dns-check.ts';
import { testBinding } from '../listener/listener-test.ts';
import type { Statistics } from '../log/statistics.ts';
import { NetworkList } from '../message/network.ts';
import { freeSpace } from '../platform/files.ts';
import { ReverseNames } from '../platform/reverse-names.ts';
import type { Certificates } from '../settings/certificates/certificates.ts';
import { type Connector, fqdnOf } from '../settings/settings.ts';
import type { ConnectorTests } from './connector-tests.ts';
import type { InForce } from './in-force.ts';

export interface HealthChecksDependencies {
  readonly dataFolder: string;
  readonly inForce: InForce;
  readonly now: () => number;
  readonly facts: () => Promise<RelayFacts>;
  /** When the oldest waiting message came; null when none waits. */
  readonly oldest: () => Promise<number | null>;
  readonly certificates: () => Certificates;
  readonly connectorTests: ConnectorTests;
  readonly statistics: Statistics;
  readonly logFolders: () => readonly string[];
}

export interface HealthWish {
  /** Host and port of a time server. */
  readonly timeServer: string;
  /** A domain to whose mail hosts the port outward is tried. */
  readonly probeDomain: string;
  /** Null leaves deliverability out. */
  readonly sender: string | null;
}

/** Mail that waits for longer is worth a look, or a person; milliseconds. */
const OLD = 15 * 60_000;
const VERY_OLD = 4 * 3_600_000;
const CONNECT_PATIENCE = 8000;
const NAME_PATIENCE = 5000;

/** Not reached from the Internet (RFC 1918, 3927, 4193, 4291, 6598, 5737). */
const PRIVATE = new NetworkList([
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '::/128',
  '::1/128',
  'fc00::/7',
  'fe80::/10',
]);

export class HealthChecks {
  readonly #deps: HealthChecksDependencies;
  readonly #names: ReverseNames;

  constructor(deps: HealthChecksDependencies) {
    this.#deps = deps;
    this.#names = new ReverseNames(() => deps.inForce.dns, deps.now);
  }

  /** All checks, each for itself: one that fails in itself says so and hinders no other. */
  async run(wish: HealthWish): Promise<Check[]> {
    const facts = await this.#deps.facts();
    const addresses = await this.#publicAddresses();
    const parts = await Promise.all(
      [
        one('Service', () => this.#service(facts)),
        () => this.#listeners(),
        () => this.#openRelay(),
        one('Dns', () => this.#dns()),
        () => this.#reverseDns(addresses),
        () => this.#outboundPort(wish.probeDomain),
        () => this.#connectors(),
        one('Certificate', async () => this.#certificates(facts)),
        one('Queue', () => this.#queue(facts)),
        one('Disk', () => this.#disk(facts)),
        one('Clock', () => checkClock(wish.timeServer, this.#deps.now)),
        one('Logs', () => this.#logs(facts)),
        one('ControlToken', () => this.#controlToken()),
        async () =>
          wish.sender === null
            ? []
            : checkDeliverability({ dns: this.#deps.inForce.dns, sender: wish.sender, addresses }),
      ].map(run =>
        run().catch((error: Error): Check[] => [
          {
            name: 'Service',
            target: null,
            ...failed(`A check broke: ${error.message}.`, 'Look into the activity log.'),
          },
        ]),
      ),
    );
    return parts.flat();
  }

  /** The name of an address. @param ehloName what it should be; null for any, undefined for ours when it is ours */
  async reverseDns(ipAddress: string, ehloName: string | null): Promise<ReverseDnsFinding> {
    return judgeName(ipAddress, await this.#names.ask(ipAddress).wait(NAME_PATIENCE), ehloName);
  }

  async #service(facts: RelayFacts): Promise<Finding> {
    const action = 'Do what the sentence says; Get-SmtpRelay shows when it is well again.';
    return (
      found(facts, ['Service', 'Listener'], action) ??
      passed(`Version ${facts.version} runs since ${new Date(facts.startedAt).toISOString()}.`)
    );
  }

  async #listeners(): Promise<Check[]> {
    const { settings } = this.#deps.inForce;
    const authorities = this.#deps.certificates().authorities().map(String);
    const tests = settings.listeners
      .filter(({ enabled }) => enabled)
      .flatMap(listener =>
        listener.bindings.map(async (binding): Promise<Check> => {
          const steps = await testBinding(
            { ...listener, fqdn: listener.fqdn ?? fqdnOf(settings) },
            binding,
            authorities,
          );
          const target = `${listener.name} ${binding.address}:${binding.port}`;
          // That nobody vouches for our own certificate is no trouble where clients don't ask; its end has a check.
          const bad = worst(steps.filter(({ step, status }) => step !== 'Certificate' || status === 'Failed'));
          if (!bad)
            return { name: 'Listener', target, ...passed(`It answers: ${steps[1]?.detail ?? steps[0]!.detail}`) };
          const action = bad.action ?? `Test-SmtpListener -Identity ${listener.name}`;
          return { name: 'Listener', target, status: bad.status, detail: `${bad.step}: ${bad.detail}`, action };
        }),
      );
    return Promise.all(tests);
  }

  async #openRelay(): Promise<Check[]> {
    const { settings, policy } = this.#deps.inForce;
    const mayRelay = (ipAddress: string, recipient: string) =>
      policy.decide({ ipAddress, account: null, recipient, sender: null }).allowed;
    const plain = settings.listeners.filter(({ enabled, tlsMode }) => enabled && tlsMode !== 'Implicit');
    return Promise.all(
      plain.flatMap(({ name: listener, bindings }) =>
        bindings.map(
          async ({ address, port }): Promise<Check> => ({
            name: 'OpenRelay',
            target: `${listener} ${address}:${port}`,
            ...(await checkOpenRelay({ listener, address, port, mayRelay })),
          }),
        ),
      ),
    );
  }

  async #dns(): Promise<Finding> {
    const { dns, settings } = this.#deps.inForce;
    const servers = settings.general.dnsServer.join(', ') || 'the servers of the system';
    const name = fqdnOf(settings);
    const begin = performance.now();
    const answer = await dns.mx(name);
    const took = Math.round(performance.now() - begin);
    if (answer.kind === 'temporary')
      return failed(
        `DNS does not work (${servers}): ${answer.reason}.`,
        'See whether the DNS servers of this computer answer on port 53, or name others: Set-SmtpRelayConfiguration -DnsServer.',
      );
    return passed(`DNS answers in ${took} ms (${servers}).`);
  }

  /** What the Internet sees: source addresses of connectors, addresses of this computer, or those of our name. */
  async #publicAddresses(): Promise<string[]> {
    const { settings, dns } = this.#deps.inForce;
    const direct = settings.connectors.filter(isDirect);
    if (direct.length === 0) return [];
    const isPublic = (address: string) => PRIVATE.match(address) === null;
    const sources = direct.flatMap(({ sourceAddress }) => sourceAddress ?? []).filter(isPublic);
    if (sources.length > 0) return [...new Set(sources)];
    const own = Object.values(networkInterfaces())
      .flatMap(list => list ?? [])
      .flatMap(({ address, internal, scopeid }) => (internal || scopeid || !isPublic(address) ? [] : [address]));
    if (own.length > 0) return own;
    const answer = await dns.addresses(fqdnOf(settings));
    return answer.kind === 'found' ? answer.records.filter(isPublic) : [];
  }

  async #reverseDns(addresses: readonly string[]): Promise<Check[]> {
    const { settings } = this.#deps.inForce;
    if (!settings.connectors.some(isDirect))
      return [
        { name: 'ReverseDns', target: null, ...skipped('Smart hosts send on; only their addresses are looked at.') },
      ];
    if (addresses.length === 0)
      return [
        {
          name: 'ReverseDns',
          target: null,
          ...skipped(
            `The public address of this relay is not known: it has none itself, and ${fqdnOf(settings)} has none in DNS.`,
            'Test-SmtpReverseDns -IPAddress with the address that the Internet sees.',
          ),
        },
      ];
    return Promise.all(
      addresses.map(async (target): Promise<Check> => {
        const { status, detail, action } = await this.reverseDns(target, fqdnOf(settings));
        return { name: 'ReverseDns', target, status, detail, action };
      }),
    );
  }

  async #outboundPort(domain: string): Promise<Check[]> {
    const { settings, dns } = this.#deps.inForce;
    const ports = [...new Set(settings.connectors.filter(isDirect).map(({ port }) => port))];
    if (ports.length === 0)
      return [{ name: 'OutboundPort', target: null, ...skipped('No connector sends directly to mail hosts.') }];
    const answer = await dns.mx(domain);
    const host =
      answer.kind === 'found' ? [...answer.records].sort((a, b) => a.priority - b.priority)[0]?.exchange : undefined;
    const found = host ? await dns.addresses(host) : null;
    const address =
      found?.kind === 'found' ? (found.records.find(one => !one.includes(':')) ?? found.records[0]!) : null;
    if (address === null)
      return [
        {
          name: 'OutboundPort',
          target: domain,
          ...skipped(`No mail host of ${domain} was found in DNS.`, 'See the check Dns.'),
        },
      ];
    return Promise.all(
      ports.map(
        async (port): Promise<Check> => ({
          name: 'OutboundPort',
          target: `${host}:${port}`,
          ...(await greets(address, port)),
        }),
      ),
    );
  }

  async #connectors(): Promise<Check[]> {
    const { settings } = this.#deps.inForce;
    return Promise.all(
      settings.connectors
        .filter(({ enabled }) => enabled)
        .map(async (connector): Promise<Check> => {
          const steps: {
            status: Finding['status'];
            step: string;
            target: string | null;
            detail: string;
            action: string | null;
          }[] = [];
          const wish = { sender: null, recipient: null, send: false };
          // Mail hosts depend on the recipient: of a direct connector only its settings can be tested.
          await this.#deps.connectorTests.run(
            connector,
            wish,
            step => void steps.push(step),
            new AbortController().signal,
          );
          const bad = worst(steps);
          const ends = this.#certificateOf(connector);
          const record = this.#deps.statistics.connectors.get(connector.name);
          const last = record?.lastSuccess
            ? ` It last delivered ${new Date(record.lastSuccess).toISOString()}.`
            : ' It has delivered nothing since the start.';
          if (bad)
            return {
              name: 'Connector',
              target: connector.name,
              status: bad.status,
              detail: `${bad.step}${bad.target ? ` ${bad.target}` : ''}: ${bad.detail}${last}`,
              action: bad.action ?? `Test-SmtpConnector -Identity ${connector.name}`,
            };
          if (ends) return { name: 'Connector', target: connector.name, ...ends };
          const seen = steps.filter(({ status }) => status === 'Passed').map(({ step }) => step);
          return {
            name: 'Connector',
            target: connector.name,
            ...passed(`${[...new Set(seen)].join(', ')}: as they should be.${last}`),
          };
        }),
    );
  }

  #certificateOf({ tokenCertificate }: Connector): Finding | null {
    if (tokenCertificate === null) return null;
    const bundle = this.#deps.certificates().get(tokenCertificate)?.bundle;
    const days = bundle ? Math.floor((bundle.certificate.validToDate.getTime() - this.#deps.now()) / 86_400_000) : null;
    if (days === null || days > 30) return null;
    return warning(
      `The certificate ${tokenCertificate}, which signs requests for tokens, ends in ${days} days.`,
      'Make a new one, enter it at the application in Entra, and give it with Set-SmtpConnectorCredential -Certificate.',
    );
  }

  #certificates(facts: RelayFacts): Finding {
    const action = 'Import-SmtpCertificate with a new one, or let certbot renew it.';
    const trouble = found(facts, ['Certificate'], action);
    if (trouble) return trouble;
    const ends = [...this.#deps.certificates().ends().values()];
    if (ends.length === 0) return passed('No certificate is in use.');
    return passed(
      `The first certificate ends in ${Math.floor((Math.min(...ends) - this.#deps.now()) / 86_400_000)} days.`,
    );
  }

  async #queue({ queues, nextHopOf }: RelayFacts): Promise<Finding> {
    const waiting = queues.reduce((sum, { messages }) => sum + Math.max(0, messages), 0);
    const oldest = await this.#deps.oldest();
    const age = oldest === null ? 0 : this.#deps.now() - oldest;
    const troubles = queues
      .filter(queue => queue.messages > 0 && queue.lastError !== null)
      .map(queue => `${queue.messages} for ${nextHopOf(queue.hop)}: ${queue.lastError}`);
    const detail = [
      `${waiting} message(s) wait`,
      oldest === null ? '' : `, the oldest for ${duration(age)}`,
      '. ',
      troubles.slice(0, 3).join(' | '),
    ];
    const text = detail.join('').trim();
    const action = 'Get-SmtpQueue | Format-List says why and what to do; Restart-SmtpQueue tries again.';
    if (age > VERY_OLD) return failed(text, action);
    return age > OLD ? warning(text, action) : passed(text);
  }

  async #disk(facts: RelayFacts): Promise<Finding> {
    const free = await freeSpace(this.#deps.dataFolder);
    const { minimumFreeSpace } = this.#deps.inForce.settings.general;
    const text = `${megabytes(free)} are free in ${this.#deps.dataFolder}`;
    const action = 'Free space on that disk, or lower MinimumFreeSpace, LogMaxSize and BadMailMaxSize.';
    const trouble = found(facts, ['Disk'], action);
    if (trouble) return { ...trouble, detail: `${trouble.detail} ${text}.` };
    if (free < 2 * minimumFreeSpace)
      return warning(`${text}; below ${megabytes(minimumFreeSpace)} mail is refused.`, action);
    return passed(`${text}.`);
  }

  async #logs(facts: RelayFacts): Promise<Finding> {
    const action = 'Give the account of the relay the right to write there, or free space.';
    const trouble = found(facts, ['Log'], action);
    if (trouble) return trouble;
    for (const folder of this.#deps.logFolders()) {
      try {
        await access(folder, constants.W_OK);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
          return failed(`${folder} can't be written: ${(error as Error).message}.`, action);
      }
    }
    return passed('All logs are written.');
  }

  async #controlToken(): Promise<Finding> {
    const path = join(this.#deps.dataFolder, 'control.token');
    if (process.platform === 'win32')
      return skipped(`The rights of ${path} come from the data folder: SYSTEM and Administrators.`);
    const { mode, uid } = await stat(path);
    const action = `Whoever can read it administers the relay: chmod 600 ${path}, then remove it and restart for a new one.`;
    if ((mode & 0o077) !== 0) return failed(`Others can read ${path} (mode ${(mode & 0o777).toString(8)}).`, action);
    if (uid !== process.getuid?.()) return warning(`${path} belongs to another account (uid ${uid}).`, action);
    return passed(`Only the account of the relay and administrators can read ${path}.`);
  }
}

/** What the relay says of itself about some things; null for nothing. */
function found(facts: RelayFacts, areas: readonly ProblemArea[], action: string): Finding | null {
  const problems = problemsOf(facts).filter(({ area }) => areas.includes(area));
  if (problems.length === 0) return null;
  const make = healthOf(problems) === 'Red' ? failed : warning;
  return make(problems.map(({ text }) => text).join(' '), action);
}

const isDirect = ({ enabled, type }: Connector) => enabled && (type === 'Direct' || type === 'DirectThenSmartHost');

const one = (name: Check['name'], run: () => Promise<Finding>) => async (): Promise<Check[]> => [
  { name, target: null, ...(await run()) },
];

function worst<Step extends { readonly status: Finding['status'] }>(steps: readonly Step[]): Step | null {
  return steps.find(({ status }) => status === 'Failed') ?? steps.find(({ status }) => status === 'Warning') ?? null;
}

/** Whether a mail host can be reached, by its greeting. */
function greets(address: string, port: number): Promise<Finding> {
  const cure =
    'Open the port in the firewall or ask the provider; many block it. Else send through a smart host on port 587.';
  return new Promise(resolve => {
    const socket = connect({ host: address, port });
    const end = (finding: Finding) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(finding);
    };
    const timer = setTimeout(
      () =>
        end(failed(`${address} port ${port} gives no answer: a firewall or the provider drops the connection.`, cure)),
      CONNECT_PATIENCE,
    );
    socket.on('error', error => end(failed(`${address} port ${port} can't be reached: ${error.message}.`, cure)));
    socket.on('data', chunk => {
      const line = chunk.toString('latin1').split('\r\n', 1)[0]!.slice(0, 200);
      end(
        /^220/.test(line)
          ? passed(`${address} greets: ${line}`)
          : warning(`${address} says: ${line}`, 'Test-SmtpReverseDns; perhaps the address is on a block list.'),
      );
    });
  });
}

const megabytes = (bytes: number) =>
  bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.round(bytes / 1e6)} MB`;

function duration(milliseconds: number): string {
  const minutes = Math.round(milliseconds / 60_000);
  if (minutes < 120) return `${minutes} minutes`;
  return minutes < 2880 ? `${Math.round(minutes / 60)} hours` : `${Math.round(minutes / 1440)} days`;
}
