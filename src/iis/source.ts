/**
 * An IIS SMTP configuration in neutral terms: keys of the metabase with their properties as they were
 * written, whatever file they came from.
 */
export type SourceFormat = 'MetaBaseXml' | 'ExporterJson' | 'WmiJson' | 'WmiCliXml' | 'AdsutilText';

export interface IisProperty {
  /** As it is spelled in the source. */
  readonly name: string;
  /** Text, number, boolean, list of those, a decoded address list, or null for none. */
  readonly value: unknown;
  /** Why it may not be what held, such as `it stands twice with different values`; null when it is sure. */
  readonly doubt: string | null;
  /** Kept at this key. Else the old server showed what the service above or the schema has. */
  readonly stored: boolean;
}

export interface IisKey {
  /** `/LM/SmtpSvc/1/Domain/example.com`, as it is spelled. */
  readonly location: string;
  /** Of the element or the WMI class; empty when the source does not say. */
  readonly className: string;
  /** By name in lower case. */
  readonly properties: ReadonlyMap<string, IisProperty>;
}

export interface CertificateFacts {
  readonly thumbprint: string;
  readonly subject: string;
  readonly notAfter: string;
  readonly hasPrivateKey: boolean;
}

export interface IisSource {
  readonly format: SourceFormat;
  /** By `placeOf` their location. */
  readonly keys: ReadonlyMap<string, IisKey>;
  /** A property that is not there was not there on the old server either. */
  readonly complete: boolean;
  /** What a person should know about the file itself. */
  readonly notes: readonly string[];
  readonly certificates: readonly CertificateFacts[];
}

/** The file can't be read as an IIS SMTP configuration; the message says why and what to do. */
export class SourceError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SourceError';
  }
}

/** 64 MiB: a metabase has a few. */
export const LARGEST_SOURCE = 64 * 1024 * 1024;

/** Locations are compared without case, with or without `/LM` and slashes around. */
export function placeOf(location: string): string {
  const parts = location
    .toLowerCase()
    .split('/')
    .filter(part => part !== '');
  if (parts[0] === 'lm') parts.shift();
  return parts.join('/');
}

export const isSmtpPlace = (place: string): boolean => place === 'smtpsvc' || place.startsWith('smtpsvc/');

/** IDs of properties that `Custom` children may give without their name. */
const NAMES_BY_ID: Readonly<Record<number, string>> = {
  1013: 'ConnectionTimeout',
  1014: 'MaxConnections',
  1015: 'ServerComment',
  1016: 'ServerState',
  1017: 'ServerAutoStart',
  1023: 'ServerBindings',
  2021: 'SecureBindings',
  4000: 'LogType',
  4001: 'LogFileDirectory',
  4003: 'LogFilePeriod',
  4004: 'LogFileTruncateSize',
  4005: 'LogPluginClsid',
  4013: 'LogExtFileFlags',
  4015: 'LogFileLocaltimeRollover',
  5506: 'SSLCertHash',
  5511: 'SSLStoreName',
  6000: 'AuthFlags',
  6019: 'IPSecurity',
  6023: 'DontLog',
  6027: 'AdminACL',
  6030: 'AccessSSLFlags',
  36871: 'MaxBatchedMessages',
  36873: 'MaxMailObjects',
  36875: 'QueueDirectory',
  36880: 'PickupDirectory',
  36882: 'DropDirectory',
  36886: 'HopCount',
  36887: 'MaxSmtpErrors',
  36891: 'MaxMessageSize',
  36892: 'MaxSessionSize',
  36894: 'MaxOutConnections',
  36895: 'MaxRecipients',
  36896: 'LocalRetryAttempts',
  36897: 'LocalRetryInterval',
  36898: 'RemoteRetryAttempts',
  36899: 'RemoteRetryInterval',
  36902: 'ShouldPipelineIn',
  36905: 'SmartHostType',
  36906: 'SmartHost',
  36908: 'DefaultDomain',
  36909: 'BadMailDirectory',
  36912: 'MasqueradeDomain',
  36913: 'DoMasquerade',
  36921: 'RemoteTimeout',
  36923: 'SendBadTo',
  36925: 'MaxOutConnectionsPerDomain',
  36946: 'RouteAction',
  36947: 'RouteActionString',
  36948: 'RouteUserName',
  36949: 'RoutePassword',
  36970: 'RelayIpList',
  36973: 'RelayForAuth',
  36974: 'SmtpDisableRelay',
  36992: 'SmtpDomainValidationFlags',
  36995: 'SmtpRemoteRetryThreshold',
  36996: 'SmtpRemoteProgressiveRetry',
  36998: 'SmtpInboundCommandSupportOptions',
  36999: 'SmtpOutboundCommandSupportOptions',
  37004: 'DataTimeout',
  37010: 'RsetTimeout',
  37017: 'SmtpLocalDelayExpireMinutes',
  37018: 'SmtpLocalNDRExpireMinutes',
  37019: 'SmtpRemoteDelayExpireMinutes',
  37020: 'SmtpRemoteNDRExpireMinutes',
  37030: 'SmtpDotStuffPickupDirFiles',
  37031: 'SmtpIpRestrictionFlag',
};

export const nameOfId = (id: number): string | undefined => NAMES_BY_ID[id];

const SPECIAL = /^(name|location|version|adspath|class|guid|parent|schema)$/i;
const MOST_KEYS = 20_000;
const MOST_PROPERTIES = 50_000;

export interface PropertyFacts {
  readonly doubt?: string;
  readonly stored?: boolean;
}

/** The place of a virtual server, with its number. */
export const SERVER_PLACE = /^smtpsvc\/([1-9]\d{0,8})$/;

/** Collects keys while a file is read. */
export class SourceBuilder {
  readonly #keys = new Map<string, { location: string; className: string; properties: Map<string, IisProperty> }>();
  #properties = 0;
  readonly notes: string[] = [];
  readonly certificates: CertificateFacts[] = [];

  /** Begins a key; one that was begun already goes on. @throws SourceError when `once` and it is there */
  key(location: string, className: string, once = false): void {
    const place = placeOf(location);
    const found = this.#keys.get(place);
    if (found && once) throw new SourceError(`${location} stands twice in the file, so nobody can say which one held.`);
    if (found) return;
    if (this.#keys.size >= MOST_KEYS) throw new SourceError(`It has more than ${MOST_KEYS} keys of the SMTP service.`);
    this.#keys.set(place, { location, className, properties: new Map() });
  }

  /** A later value for the same name counts, and is doubtful when it differs. @throws SourceError */
  property(location: string, name: string, value: unknown, { doubt, stored = true }: PropertyFacts = {}): void {
    if (SPECIAL.test(name)) return;
    if (++this.#properties > MOST_PROPERTIES) throw new SourceError(`It has more than ${MOST_PROPERTIES} values.`);
    const { properties } = this.#keys.get(placeOf(location))!;
    const before = properties.get(name.toLowerCase());
    const differs = before !== undefined && JSON.stringify(before.value) !== JSON.stringify(value);
    if (differs)
      this.notes.push(`${name} of ${location} stands twice with different values; nobody can say which one held.`);
    const twice = differs ? 'it stands twice with different values' : null;
    properties.set(name.toLowerCase(), { name, value, doubt: doubt ?? twice ?? before?.doubt ?? null, stored });
  }

  /** @throws SourceError when no SMTP server was found. */
  build(format: SourceFormat, complete: boolean): IisSource {
    if (![...this.#keys.keys()].some(place => SERVER_PLACE.test(place)))
      throw new SourceError('There is no SMTP virtual server in it (no key such as /LM/SmtpSvc/1).');
    return { format, keys: this.#keys, complete, notes: this.notes, certificates: this.certificates };
  }
}
