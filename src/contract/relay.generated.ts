// Made from schemas/relay.schema.json by "npm run generate". Do not edit.
/* eslint-disable */

/**
 * A name without wildcards, slashes or quotes.
 */
export type Name = string;
export type Port = number;
export type HostName = string;

/**
 * Everything the administrator decided. Kept in settings.json in the data folder; replaced as a whole or not at all. Times are in seconds (unit s), sizes in bytes (unit B).
 */
export interface RelaySettings {
  /**
   * Version of this file's format.
   */
  version: 1;
  general: General;
  logging: Logging;
  /**
   * Where mail clients connect.
   */
  listeners: Listener[];
  /**
   * Certificates for TLS. What is secret about them lies in the certificates folder, never here.
   *
   * @maxItems 1000
   */
  certificates: Certificate[];
  restriction: Restriction;
  /**
   * Accepted domains: recipient domains with rights of their own.
   */
  domains: Domain[];
  /**
   * Relay accounts for SMTP AUTH.
   */
  accounts: Account[];
  /**
   * Outbound routes by address space.
   */
  connectors: Connector[];
  /**
   * What is changed of senders, recipients and header fields.
   *
   * @maxItems 1000
   */
  rewriteRules: RewriteRule[];
  /**
   * Keys that outgoing mail is signed with (DKIM). What is secret about them lies in the dkim folder, never here.
   *
   * @maxItems 1000
   */
  dkimKeys: DkimKey[];
  /**
   * Programs elsewhere that are called when something is wrong. Their secrets lie in the webhook-secrets folder, never here.
   *
   * @maxItems 20
   */
  webhooks: Webhook[];
  alertMail: AlertMail;
}
export interface General {
  /**
   * Name used in the greeting, EHLO, Received and reports. Null takes the computer's full name.
   */
  fqdn?: string | null;
  /**
   * Address in the From line of reports. Null takes postmaster at the fqdn.
   */
  postmaster?: string | null;
  /**
   * How long a trouble lasts before webhooks and alert mail tell of it. Mail that failed is told at once.
   */
  alertDelay?: number;
  /**
   * Domain that is added to addresses without one, in the envelope as mail comes in and in From, Sender and Reply-To as it goes out. Null refuses such addresses.
   */
  defaultDomain?: string | null;
  /**
   * Largest message accepted; announced as SIZE.
   */
  maxMessageSize?: number;
  /**
   * Recipients accepted per message.
   */
  maxRecipientsPerMessage?: number;
  /**
   * Received lines after which a loop is assumed (5.4.6).
   */
  maxHopCount?: number;
  /**
   * Waits between delivery attempts; the last one repeats. Each counts from the previous attempt.
   *
   * @minItems 1
   * @maxItems 32
   */
  retryInterval?: number[];
  /**
   * Age at which an undelivered message is returned to its sender.
   */
  messageExpirationTimeout?: number;
  /**
   * Outgoing connections at one time, over all next hops.
   */
  maxOutboundConnections?: number;
  /**
   * Time to open an outgoing connection to one address.
   */
  connectionTimeout?: number;
  /**
   * Silence of the next hop after which an outgoing connection is given up (RFC 5321 4.5.3.2: 5 minutes).
   */
  commandTimeout?: number;
  /**
   * DNS servers for MX look-ups, address or address:port. Empty takes the system's.
   *
   * @maxItems 8
   */
  dnsServer?: string[];
  /**
   * The servers of dnsServer verify DNSSEC signatures and are trusted when they say that an answer is proven (AD bit); tlsMode Dane needs that. Say it only of servers to which nobody can get in between: best a validating resolver on this computer, such as Unbound at 127.0.0.1.
   */
  dnsServerValidates?: boolean;
  /**
   * Age at which files in BadMail are removed.
   */
  badMailMaxAge?: number;
  /**
   * Total size of BadMail; the oldest files go first.
   */
  badMailMaxSize?: number;
  /**
   * Free space below which new mail is answered with 452.
   */
  minimumFreeSpace?: number;
  /**
   * Send the files that are put into the Pickup folder.
   */
  pickupEnabled?: boolean;
  /**
   * The Pickup folder, a full path. Null takes Pickup in the data folder.
   */
  pickupDirectory?: string | null;
  /**
   * Leading dots of lines in Pickup files. AsIs keeps them; Unstuff takes one away; Auto takes one away where every line that begins with a dot begins with two.
   */
  pickupDotHandling?: 'AsIs' | 'Unstuff' | 'Auto';
  /**
   * Age at which the sender is told that a message still waits; 0 tells nobody.
   */
  delayNotificationTimeout?: number;
  /**
   * Address that gets a copy of every report about mail that could not be delivered. Null sends no copies.
   */
  ndrCopyTo?: string | null;
  /**
   * Copies of reports sent in one hour; further ones are left out.
   */
  ndrCopyPerHour?: number;
  /**
   * Connections of one client address in a minute; further ones get 421. 0 sets no limit.
   */
  connectionRateLimit?: number;
  /**
   * Messages of one client address in a minute; further ones get 450. 0 sets no limit.
   */
  messageRateLimit?: number;
  /**
   * Recipients of one client address in a minute; further ones get 450. 0 sets no limit.
   */
  recipientRateLimit?: number;
  /**
   * Bytes of messages of one client address in a minute; once they are reached, further messages get 450. 0 sets no limit.
   */
  byteRateLimit?: number;
  /**
   * Failed log-ons of a source address (IPv6: of its /64) that ban it; 0 bans nobody. This computer is never banned.
   */
  maxLogonFailures?: number;
  /**
   * Time in which the failed log-ons are counted.
   */
  logonFailureWindow?: number;
  /**
   * Time a source stays banned.
   */
  banDuration?: number;
  /**
   * Addresses that are never banned: load balancers and gateways, behind which many clients stand.
   *
   * @maxItems 1000
   */
  banExemptIPRanges?: string[];
  /**
   * Port of the control interface on 127.0.0.1.
   */
  controlPort?: number;
}
export interface Logging {
  /**
   * Protocol log of SMTP conversations, both directions, where a listener or connector says nothing else.
   */
  protocolLoggingLevel?: 'None' | 'Verbose';
  /**
   * W3C: extended log with fields of our own (x-...). Compatible: fields, header, bytes and file names of the IIS SMTP service, for tools made for it.
   */
  protocolLogFormat?: 'W3C' | 'Compatible';
  /**
   * Fields of the protocol log, always in this order; time must be among them. Empty writes all that the format has.
   *
   * @maxItems 28
   */
  protocolLogFields?: (
    | 'date'
    | 'time'
    | 'c-ip'
    | 'cs-username'
    | 's-sitename'
    | 's-computername'
    | 's-ip'
    | 's-port'
    | 'cs-method'
    | 'cs-uri-stem'
    | 'cs-uri-query'
    | 'sc-status'
    | 'sc-win32-status'
    | 'sc-bytes'
    | 'cs-bytes'
    | 'time-taken'
    | 'cs-version'
    | 'cs-host'
    | 'cs(User-Agent)'
    | 'cs(Cookie)'
    | 'cs(Referer)'
    | 'x-session-id'
    | 'x-message-id'
    | 'x-listener'
    | 'x-connector'
    | 'x-reply'
    | 'x-rule'
    | 'x-tls'
  )[];
  /**
   * When a new file of the protocol log begins; by size only with Size.
   */
  protocolLogPeriod?: 'Hour' | 'Day' | 'Week' | 'Month' | 'Size';
  /**
   * Periods of the protocol log begin by the clock of this computer. The times in it are UTC all the same.
   */
  protocolLogLocalTimeRollover?: boolean;
  /**
   * Folder of the protocol log, a full path. Null takes protocol in the logs folder of the data folder. Files of a folder that was left stay there.
   */
  protocolLogPath?: string | null;
  /**
   * Size at which a new file begins, at most half of what the folder may hold. Null: 64 MB, with Size 20 MB, with Compatible and another period no limit of its own; never more than the folder allows.
   */
  protocolLogMaxFileSize?: number | null;
  /**
   * Age at which files are removed, counted from the end of their period.
   */
  protocolLogMaxAge?: number;
  /**
   * Total size of the files; the oldest go first.
   */
  protocolLogMaxDirectorySize?: number;
  /**
   * Folder of the message tracking log, a full path. Null takes tracking in the logs folder of the data folder. Files of a folder that was left stay there.
   */
  messageTrackingLogPath?: string | null;
  /**
   * Write subjects to the message tracking log.
   */
  messageTrackingLogSubjectLoggingEnabled?: boolean;
  /**
   * Size at which a new file begins, at most half of what the folder may hold. Null: 16 MB, or an eighth of what the folder may hold. The file that is written, and one of more than 1 GB, has no index: it is searched line by line.
   */
  messageTrackingLogMaxFileSize?: number | null;
  /**
   * Age at which files are removed, counted from the end of their period.
   */
  messageTrackingLogMaxAge?: number;
  /**
   * Total size of the files; the oldest go first.
   */
  messageTrackingLogMaxDirectorySize?: number;
  /**
   * Folder of the activity log, a full path. Null takes activity in the logs folder of the data folder. Files of a folder that was left stay there.
   */
  activityLogPath?: string | null;
  /**
   * Size at which a new file begins, at most half of what the folder may hold. Null: 64 MB, or an eighth of what the folder may hold.
   */
  activityLogMaxFileSize?: number | null;
  /**
   * Age at which files are removed, counted from the end of their period.
   */
  activityLogMaxAge?: number;
  /**
   * Total size of the files; the oldest go first.
   */
  activityLogMaxDirectorySize?: number;
}
export interface Listener {
  name: Name;
  enabled?: boolean;
  /**
   * @minItems 1
   * @maxItems 64
   */
  bindings: Binding[];
  /**
   * Name in the greeting; null takes the general one.
   */
  fqdn?: string | null;
  /**
   * Text after the name in the greeting.
   */
  banner?: string | null;
  /**
   * Sessions at one time.
   */
  maxInboundConnection?: number;
  /**
   * Sessions at one time from one address.
   */
  maxInboundConnectionPerSource?: number;
  /**
   * Silence after which a session is closed with 421.
   */
  connectionInactivityTimeout?: number;
  /**
   * Refused commands after which a session is closed with 421.
   */
  maxProtocolErrors?: number;
  /**
   * Bytes of a message that must come each second, over the inactivity time; slower sessions are closed with 421. 0 asks for none.
   */
  minimumDataRate?: number;
  /**
   * A CR or LF that stands alone in a message. Normalize makes it a line end; Reject refuses the message with 550 5.6.11. It never ends a message.
   */
  bareLineEndings?: 'Normalize' | 'Reject';
  /**
   * Clients that go on where they must wait: before the greeting, after HELO, EHLO, DATA and AUTH. Reject answers 554 and closes the session. After STARTTLS it is always rejected.
   */
  unauthorizedPipelining?: 'Allow' | 'Reject';
  /**
   * Names of clients by their addresses (PTR). Log writes a name that leads back to the address into the tracking log and the Received line; Require also refuses mail of clients without one (550 5.7.25), except from this computer and from who logged on.
   */
  reverseDns?: 'None' | 'Log' | 'Require';
  /**
   * Load balancers that must send a PROXY protocol header (version 1 or 2); its client address is the one that counts. From others the header is an error.
   *
   * @maxItems 256
   */
  proxyProtocolFrom?: string[];
  /**
   * Age at which a session is ended with 421, after the message it is about. Null lets it go on.
   */
  connectionTimeout?: number | null;
  /**
   * Messages of one session, after which it is ended with 421. Null sets no limit.
   */
  maxMessagesPerConnection?: number | null;
  /**
   * Largest message accepted here. Null takes the general one.
   */
  maxMessageSize?: number | null;
  /**
   * Recipients accepted per message here. Null takes the general number.
   */
  maxRecipientsPerMessage?: number | null;
  /**
   * Optional offers STARTTLS; Required takes mail only after it; Implicit begins with TLS (port 465); Off has none.
   */
  tlsMode?: 'Off' | 'Optional' | 'Required' | 'Implicit';
  /**
   * Oldest TLS version spoken. 1.0 and 1.1 only together with remoteIPRanges.
   */
  minimumTlsVersion?: '1.0' | '1.1' | '1.2' | '1.3';
  /**
   * Default: forward secrecy and authenticated encryption only. Legacy: also what old devices need, only together with remoteIPRanges.
   */
  cipherProfile?: 'Default' | 'Legacy';
  /**
   * Names of certificates. A client that asks for a name gets the one that has it, any other the first. Empty takes a self-signed one that the relay makes.
   *
   * @maxItems 32
   */
  certificates?: Name[];
  /**
   * Whether clients are asked for a certificate; Require ends sessions without one. What it is good for, the restriction says.
   */
  clientCertificate?: 'None' | 'Request' | 'Require';
  /**
   * Ways to log in; offered under TLS and to this computer only. NTLM and GSSAPI (Kerberos) take accounts of Windows or of a realm. Empty offers none.
   *
   * @maxItems 4
   */
  authenticationMethods?: ('PLAIN' | 'LOGIN' | 'NTLM' | 'GSSAPI')[];
  /**
   * PLAIN and LOGIN also take Windows accounts, as DOMAIN\user or user@domain. Only on Windows.
   */
  windowsAccounts?: boolean;
  /**
   * Takes mail only from clients that logged in, or showed a certificate that may relay.
   */
  requireAuthentication?: boolean;
  /**
   * Clients that may connect. Empty means all.
   *
   * @maxItems 10000
   */
  remoteIPRanges?: string[];
  /**
   * Clients that may not connect, also where remoteIPRanges has them.
   *
   * @maxItems 10000
   */
  deniedIPRanges?: string[];
  /**
   * Senders taken here, in the envelope and in From; wildcards allowed. Empty means any.
   *
   * @maxItems 1000
   */
  allowedSenders?: string[];
  /**
   * Recipients taken here; wildcards allowed. Empty means any.
   *
   * @maxItems 1000
   */
  allowedRecipients?: string[];
  /**
   * Takes addresses without angle brackets and HELO without a name; only together with remoteIPRanges.
   */
  legacyClients?: boolean;
  /**
   * SMTP extensions that are not offered.
   *
   * @maxItems 16
   */
  disabledExtensions?: ('PIPELINING' | '8BITMIME' | 'SMTPUTF8' | 'ENHANCEDSTATUSCODES' | 'DSN' | 'SIZE')[];
  /**
   * Protocol log of this listener. General: as the setting for all says.
   */
  protocolLoggingLevel?: 'General' | 'None' | 'Verbose';
  comment?: string | null;
}
export interface Binding {
  /**
   * Local address; 0.0.0.0 and :: mean all.
   */
  address: string;
  port: Port;
}
export interface Certificate {
  name: Name;
  /**
   * Stored: in the certificates folder. File: in files that others renew, read where they are. WindowsStore: in the computer's certificate store.
   */
  source?: 'Stored' | 'File' | 'WindowsStore';
  /**
   * PEM, DER or PFX file with the certificate and its chain (source File).
   */
  file?: string | null;
  /**
   * File with the private key, where it is not in the same file.
   */
  keyFile?: string | null;
  /**
   * Thumbprint or subject in the Windows store; of a subject the newest valid one is taken.
   */
  find?: string | null;
  comment?: string | null;
}
/**
 * Who may relay.
 */
export interface Restriction {
  /**
   * OnlyListed: nobody but the entries. AllExceptListed: everybody but the entries; this is an open relay for the rest.
   */
  mode?: 'OnlyListed' | 'AllExceptListed';
  /**
   * @maxItems 10000
   */
  entries?: RestrictionEntry[];
  /**
   * Clients that logged in may relay, whatever the list says.
   */
  allowAuthenticated?: boolean;
  /**
   * Certificates of clients that may relay, whatever the list says. Listeners ask for them with clientCertificate.
   *
   * @maxItems 1000
   */
  clientCertificates?: ClientCertificate[];
}
export interface RestrictionEntry {
  /**
   * An address, a CIDR network or a range from-to; IPv4 or IPv6.
   */
  entry: string;
  comment?: string | null;
}
export interface ClientCertificate {
  /**
   * A thumbprint (SHA-1 or SHA-256, hexadecimal), or CN=name for a certificate of an authority that this computer trusts.
   */
  certificate: string;
  comment?: string | null;
}
export interface Domain {
  /**
   * Recipient domain; *.example.com means its subdomains.
   */
  name: string;
  /**
   * Anybody may send to this domain.
   */
  allowRelay?: boolean;
  /**
   * Folder that the domain's mail is written into, one file a message, instead of being sent on; a full path. Anybody may send to such a domain. Null sends it on.
   */
  dropDirectory?: string | null;
}
export interface Account {
  name: string;
  enabled?: boolean;
  /**
   * scrypt hash of the password; the password itself is never kept.
   */
  verifier: string;
  /**
   * Senders the account may use, in the envelope and in From; wildcards allowed. Empty means any.
   *
   * @maxItems 1000
   */
  sendAs?: string[];
  /**
   * Recipients the account may send to; wildcards allowed. Empty means any.
   *
   * @maxItems 1000
   */
  allowedRecipients?: string[];
  /**
   * Addresses the account may log on from. Empty means any.
   *
   * @maxItems 1000
   */
  remoteIPRanges?: string[];
  /**
   * Messages in any hour, after which 450 is answered. Null sets no limit.
   */
  maxMessagesPerHour?: number | null;
}
export interface Connector {
  name: Name;
  enabled?: boolean;
  /**
   * SmartHost hands everything to the smart hosts; Direct looks up each domain's MX; DirectThenSmartHost hands to the smart hosts what can't be reached directly; Graph hands it to Microsoft Graph; Drop writes it into a folder; Capture keeps it to be looked at and sends nothing.
   */
  type: 'SmartHost' | 'Direct' | 'DirectThenSmartHost' | 'Graph' | 'Drop' | 'Capture';
  /**
   * Recipient domains: *, example.com or *.example.com. The most specific wins, then the lower cost, then the connector with conditions.
   *
   * @minItems 1
   * @maxItems 1000
   */
  addressSpaces?: string[];
  cost?: number;
  /**
   * Condition: the envelope sender; wildcards allowed, <> is the null sender. Empty means any. All conditions must hold.
   *
   * @maxItems 1000
   */
  senders?: string[];
  /**
   * Condition: the domain of the envelope sender, example.com or *.example.com. Empty means any.
   *
   * @maxItems 1000
   */
  senderDomains?: string[];
  /**
   * Condition: the address of the client that gave the mail. Empty means any.
   *
   * @maxItems 1000
   */
  remoteIPRanges?: string[];
  /**
   * Condition: the listener that took the mail, by name. Empty means any.
   *
   * @maxItems 100
   */
  listeners?: string[];
  /**
   * Condition: the account that logged on; wildcards allowed. Empty means any, and nobody too.
   *
   * @maxItems 1000
   */
  accounts?: string[];
  /**
   * Tried in order, or by weight; see smartHostSelection.
   *
   * @maxItems 16
   */
  smartHosts?: SmartHost[];
  /**
   * Ordered takes the first smart host that works; Weighted shares the mail out by the weights. One that fails is passed over and tried again later.
   */
  smartHostSelection?: 'Ordered' | 'Weighted';
  /**
   * Port for MX hosts (Direct, DirectThenSmartHost).
   */
  port?: number;
  /**
   * Folder that the mail is written into, one file a message; a full path (type Drop).
   */
  dropDirectory?: string | null;
  /**
   * Opportunistic falls back to clear text; Required encrypts or defers; Verify also checks the certificate's name and chain; MtaSts does what the policies of the recipient domains ask for (RFC 8461, type Direct) and else is Opportunistic; Dane (type Direct) takes the certificates that TLSA records tell (RFC 7672) where DNSSEC proves them, and else is Opportunistic; it needs dnsServer and dnsServerValidates.
   */
  tlsMode?: 'None' | 'Opportunistic' | 'Required' | 'Verify' | 'MtaSts' | 'Dane';
  /**
   * Oldest TLS version that is spoken with the next hop. A host that only knows older ones counts as one without TLS (Opportunistic) or is not sent to.
   */
  minimumTlsVersion?: '1.0' | '1.1' | '1.2' | '1.3';
  /**
   * Name that the certificate of the smart hosts must carry (Verify); null takes each host's own name.
   */
  tlsDomain?: string | null;
  /**
   * Name of the certificate of this relay that is shown, with its chain, to hosts that ask for one.
   */
  tlsCertificate?: string | null;
  /**
   * EHLO name; null takes the general one.
   */
  fqdn?: string | null;
  /**
   * Connections at one time to one next hop.
   */
  maxConnections?: number;
  maxMessagesPerConnection?: number;
  /**
   * Recipients sent in one transaction; more are split.
   */
  maxRecipientsPerTransaction?: number;
  /**
   * Own address that connections come from. Hosts of the other address family are then not tried. Null leaves it to the system.
   */
  sourceAddress?: string | null;
  /**
   * Greet with HELO, for hosts that can't bear EHLO. Then there is no TLS, no log-on and no extension.
   */
  forceHelo?: boolean;
  /**
   * Largest message sent this way; a larger one is refused (552 5.3.4) where it comes in, or returned. Null sets no limit.
   */
  maxMessageSize?: number | null;
  /**
   * Messages sent in any minute over all next hops of the connector; then its queues wait. Null sets no limit.
   */
  maxMessagesPerMinute?: number | null;
  /**
   * Time after which a connection without mail is ended. A host that ends it sooner is remembered, and left sooner.
   */
  idleTimeout?: number;
  /**
   * Waits between delivery attempts of this connector's mail; the last one repeats. Null takes the general ones.
   *
   * @minItems 1
   * @maxItems 32
   */
  retryInterval?: number[] | null;
  /**
   * Age at which this connector's mail is returned. Null takes the general one.
   */
  messageExpirationTimeout?: number | null;
  /**
   * Age at which the sender is told that mail of this connector still waits; 0 tells nobody. Null takes the general one.
   */
  delayNotificationTimeout?: number | null;
  /**
   * How to log on to the smart hosts; mail hosts of domains are never logged on to. Automatic takes what they offer of PLAIN, LOGIN and CRAM-MD5; XOAUTH2 gets a token first. The secret is kept apart (Set-SmtpConnectorCredential). With a log-on the connection is always encrypted, whatever tlsMode says; see allowClearTextAuthentication.
   */
  authenticationMethod?: 'None' | 'Automatic' | 'PLAIN' | 'LOGIN' | 'CRAM-MD5' | 'XOAUTH2';
  /**
   * Account that logs on; with XOAUTH2 and Graph the mailbox that sends. Null with Graph takes each message's sender.
   */
  authenticationUserName?: string | null;
  /**
   * Log on without encryption where there is none, and only to this computer and private addresses. Who can listen there can read the password.
   */
  allowClearTextAuthentication?: boolean;
  /**
   * Directory (tenant) of Microsoft 365 that gives tokens: its id or a domain of it.
   */
  tenantId?: string | null;
  /**
   * Application (client) id that asks for tokens.
   */
  clientId?: string | null;
  /**
   * Name of the certificate whose key signs the request for tokens, instead of a client secret.
   */
  tokenCertificate?: string | null;
  /**
   * Where tokens are given out. Null takes that of the tenant at Microsoft, or the one that a Google service account names.
   */
  tokenEndpoint?: string | null;
  /**
   * What the token is for. Null takes the .default scope of Exchange Online or of Microsoft Graph; with a service account https://mail.google.com/.
   */
  tokenScope?: string | null;
  /**
   * Base address of Microsoft Graph (type Graph).
   */
  graphEndpoint?: string;
  /**
   * The service this connector was made for; hints go by it. It changes nothing else.
   */
  preset?:
    | null
    | 'Microsoft365Smtp'
    | 'Microsoft365Connector'
    | 'Microsoft365Graph'
    | 'HighVolumeEmail'
    | 'AmazonSes'
    | 'SendGrid'
    | 'GoogleRelay'
    | 'AzureCommunication';
  /**
   * Protocol log of this connector. General: as the setting for all says.
   */
  protocolLoggingLevel?: 'General' | 'None' | 'Verbose';
  comment?: string | null;
}
export interface SmartHost {
  host: HostName;
  port?: number;
  /**
   * Share of the mail with smartHostSelection Weighted.
   */
  weight?: number;
}
export interface RewriteRule {
  name: Name;
  enabled?: boolean;
  /**
   * Sender changes senders (envelope, From, Sender) as mail goes out; Recipient changes recipients of the envelope as mail comes in; Header changes header fields as mail goes out.
   */
  type: 'Sender' | 'Recipient' | 'Header';
  /**
   * The lower comes first. Of Sender and Recipient rules the first that fits an address counts; Header rules all do, one after the other.
   */
  priority?: number;
  /**
   * Addresses that are changed; * stands for any characters, ? for one.
   */
  address?: string;
  /**
   * Addresses that stay as they are; wildcards allowed.
   *
   * @maxItems 1000
   */
  exceptions?: string[];
  /**
   * The new address. Each * takes what the * of the same place in address stood for: *@new.example. Needed by Sender and Recipient.
   */
  newAddress?: string | null;
  /**
   * Where senders are changed (type Sender).
   */
  rewriteIn?: 'EnvelopeAndHeader' | 'Envelope' | 'Header';
  /**
   * Whether the old From becomes Reply-To where there is none (type Sender). Automatic does so when the new address is always the same.
   */
  replyTo?: 'Automatic' | 'Always' | 'Never';
  /**
   * Add puts the field in front of the others; Set puts it in the place of those of this name; Remove takes them out (type Header).
   */
  headerAction?: 'Add' | 'Set' | 'Remove';
  /**
   * Name of the field; with Remove wildcards are allowed. Needed by type Header.
   */
  headerName?: string | null;
  /**
   * Text of the field, in one line; folded and encoded as needed. Needed by Add and Set.
   */
  headerValue?: string | null;
  /**
   * Remove and Set: only fields whose text fits; wildcards allowed. Null means all of this name.
   */
  headerMatch?: string | null;
  /**
   * Condition: the envelope sender as the mail came; wildcards allowed, <> is the null sender. Empty means any. All conditions must hold.
   *
   * @maxItems 1000
   */
  senders?: string[];
  /**
   * Condition: the address of the client that gave the mail. Empty means any.
   *
   * @maxItems 1000
   */
  remoteIPRanges?: string[];
  /**
   * Condition: the listener that took the mail, by name. Empty means any.
   *
   * @maxItems 100
   */
  listeners?: string[];
  /**
   * Condition: the account that logged on; wildcards allowed. Empty means any, and nobody too.
   *
   * @maxItems 1000
   */
  accounts?: string[];
  /**
   * Condition: the connector that sends the mail, by name (types Sender and Header). Empty means any.
   *
   * @maxItems 1000
   */
  connectors?: string[];
  comment?: string | null;
}
export interface DkimKey {
  /**
   * Domain that signs (d=): the mail whose From is of it or below it.
   */
  domain: string;
  /**
   * Name of the key in DNS (s=).
   */
  selector: string;
  /**
   * Kind of the key.
   */
  algorithm: 'RSA' | 'Ed25519';
  /**
   * Public key as it stands in DNS (p=), base64.
   */
  publicKey: string;
  /**
   * Signs. Switch it on when its record is in DNS.
   */
  enabled?: boolean;
  comment?: string | null;
}
export interface Webhook {
  name: Name;
  enabled?: boolean;
  /**
   * What is called by POST, with JSON: an https address, or http to this computer. It is not followed elsewhere.
   */
  url: string;
  /**
   * Kinds of alerts: mail that failed or waits longer than DelayNotification, a next hop out of reach, a log-on refused, a certificate that ends, a listener that is down, a disk or log that can't be written, an open relay. Empty means all.
   *
   * @maxItems 20
   */
  events?: (
    'MessageFailed' | 'MessageDelayed' | 'Queue' | 'LogOn' | 'Certificate' | 'Listener' | 'Storage' | 'OpenRelay'
  )[];
  comment?: string | null;
}
export interface AlertMail {
  enabled?: boolean;
  /**
   * Who gets mail about what is wrong.
   *
   * @maxItems 20
   */
  recipients?: string[];
  /**
   * Sender and From line. Null takes the postmaster.
   */
  sender?: string | null;
  /**
   * The connector that sends this mail, whatever its address spaces: another one than the one that may be broken. Null takes the usual way.
   */
  connector?: string | null;
  /**
   * Kinds of alerts: mail that failed or waits longer than DelayNotification, a next hop out of reach, a log-on refused, a certificate that ends, a listener that is down, a disk or log that can't be written, an open relay. Empty means all.
   *
   * @maxItems 20
   */
  events?: (
    'MessageFailed' | 'MessageDelayed' | 'Queue' | 'LogOn' | 'Certificate' | 'Listener' | 'Storage' | 'OpenRelay'
  )[];
  /**
   * Least time between two mails; what comes meanwhile is gathered.
   */
  interval?: number;
  /**
   * Most mails in any 24 hours.
   */
  maxPerDay?: number;
}
