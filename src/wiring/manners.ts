/** A connector in the words of delivery: how its servers are spoken to, and which they are. */
import { domainToASCII } from 'node:url';
import { daneTargets } from '../dane/find-tlsa.ts';
import type { HopManners } from '../deliver/manners.ts';
import type { Reply } from '../message/reply.ts';
import type { Targets } from '../route/next-hop.ts';
import {
  asFallbacks,
  byWeight,
  directTargets,
  directThenSmartHostTargets,
  ofFamily,
  smartHostTargets,
} from '../route/targets.ts';
import type { Certificates } from '../settings/certificates/certificates.ts';
import { type Connector, fqdnOf } from '../settings/settings.ts';
import { followPolicy } from '../sts/follow-policy.ts';
import type { InForce } from './in-force.ts';
import type { LogOns } from './log-ons.ts';
import type { Sts } from './sts.ts';

export interface MannersDependencies {
  readonly inForce: InForce;
  readonly logOns: LogOns;
  readonly certificates: () => Pick<Certificates, 'materialOf'>;
}

/** How the servers of a connector are spoken to, or why they can't be. */
export function mannersOf(deps: MannersDependencies, connector: Connector): HopManners | { readonly missing: Reply } {
  const { settings } = deps.inForce;
  const { connectionTimeout, commandTimeout } = settings.general;
  const { tlsCertificate, minimumTlsVersion, tlsDomain } = connector;
  const certificate = tlsCertificate === null ? null : deps.certificates().materialOf(tlsCertificate);
  if (tlsCertificate !== null && !certificate) return { missing: noCertificate(connector) };
  return {
    connector: connector.name,
    ehloName: connector.fqdn ?? fqdnOf(settings),
    tls: connector.tlsMode,
    tlsParameters: { minimumVersion: minimumTlsVersion, domain: tlsDomain, certificate: certificate ?? null },
    logOn: deps.logOns.of(connector),
    logsOnOnlyToFallbacks: connector.type === 'DirectThenSmartHost',
    maxMessagesPerConnection: connector.maxMessagesPerConnection,
    sourceAddress: connector.sourceAddress,
    forceHelo: connector.forceHelo,
    idleTimeout: connector.idleTimeout * 1000,
    connectTimeout: connectionTimeout * 1000,
    commandTimeout: commandTimeout * 1000,
  };
}

const noCertificate = ({ name, tlsCertificate }: Connector): Reply => ({
  code: 451,
  enhanced: '4.7.5',
  text: `The certificate ${tlsCertificate} that connector ${name} shows to servers can not be read; see Get-SmtpCertificate`,
});

export interface ServersDependencies {
  readonly inForce: InForce;
  readonly sts: () => Sts;
}

/** The servers of a connector for a domain, in the order to try them. */
export async function serversOf(deps: ServersDependencies, connector: Connector, domain: string): Promise<Targets> {
  const { smartHosts, smartHostSelection, type, sourceAddress } = connector;
  const hosts = smartHostSelection === 'Weighted' ? byWeight(smartHosts, Math.random) : smartHosts;
  if (type === 'SmartHost') return smartServersOf(deps, connector, hosts);
  if (type === 'Direct') return mailServersOf(deps, connector, domain);
  const targets = await directThenSmartHostTargets(deps.inForce.dns, domain, directOptions(deps, connector), hosts);
  return ofFamily(sourceAddress, targets);
}

/** Only smart hosts. */
export async function smartServersOf(
  { inForce }: ServersDependencies,
  { sourceAddress, type }: Connector,
  hosts: Connector['smartHosts'],
): Promise<Targets> {
  const found = await smartHostTargets(inForce.dns, hosts);
  return ofFamily(sourceAddress, type === 'DirectThenSmartHost' ? asFallbacks(found) : found);
}

/** Only the mail hosts of a domain, as its MTA-STS policy or TLSA records leave them where the connector asks for that. */
export async function mailServersOf(deps: ServersDependencies, connector: Connector, domain: string): Promise<Targets> {
  const options = directOptions(deps, connector);
  const { dns } = deps.inForce;
  if (connector.tlsMode === 'Dane')
    return ofFamily(
      connector.sourceAddress,
      await daneTargets(dns, domain, proving => directTargets(proving, domain, options)),
    );
  const name = connector.tlsMode === 'MtaSts' ? domainToASCII(domain).toLowerCase() : '';
  // Both are questions to DNS; an address in brackets is no domain and has no policy.
  const [targets, policy] = await Promise.all([
    directTargets(dns, domain, options),
    name === '' ? null : deps.sts().policies.of(name),
  ]);
  return ofFamily(connector.sourceAddress, policy === null ? targets : followPolicy(targets, name, policy));
}

const directOptions = ({ inForce }: ServersDependencies, { port }: Connector) => ({
  port,
  ownName: fqdnOf(inForce.settings),
  random: Math.random,
});
