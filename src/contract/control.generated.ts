// Made from schemas/control.schema.json by "npm run generate". Do not edit.
/* eslint-disable */

/**
 * The contract of the control port: one property per JSON-RPC method, each with its params and its result. Times in seconds where unit is s, sizes in bytes where unit is B.
 */
export interface Control {
  /**
   * This contract.
   */
  'rpc.discover': {
    params: {};
    /**
     * The schema of all methods.
     */
    result: {};
  };
  /**
   * The state of the service.
   */
  'relay.get': {
    params: {};
    result: Relay;
  };
  /**
   * Stops the service: no new sessions, deliveries in flight end within the time-out, nothing is lost.
   */
  'relay.stop': {
    params: {
      /**
       * Longest wait for deliveries in flight.
       */
      timeout?: number;
    };
    result: {
      /**
       * Always true.
       */
      stopping: boolean;
    };
  };
  /**
   * Refuses new clients, holds deliveries, or both; also after a restart.
   */
  'relay.suspend': {
    params: {
      /**
       * New clients; both directions when none is named.
       */
      inbound?: boolean;
      /**
       * Deliveries.
       */
      outbound?: boolean;
      /**
       * Why, for other administrators.
       */
      reason?: string;
    };
    result: Relay;
  };
  /**
   * Takes mail and delivers it again.
   */
  'relay.resume': {
    params: {
      /**
       * New clients; both directions when none is named.
       */
      inbound?: boolean;
      /**
       * Deliveries.
       */
      outbound?: boolean;
    };
    result: Relay;
  };
  /**
   * General settings.
   */
  'settings.get': {
    params: {};
    result: Configuration;
  };
  /**
   * Changes general settings; live at once.
   */
  'settings.set': {
    params: {
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
    };
    result: Configuration;
  };
  /**
   * What is logged, where, and how long it is kept.
   */
  'logging.get': {
    params: {};
    result: Logging;
  };
  /**
   * Changes what is logged; live at once, and no line is lost.
   */
  'logging.set': {
    params: {
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
    };
    result: Logging;
  };
  /**
   * Who may relay.
   */
  'restriction.get': {
    params: {};
    result: RelayRestriction;
  };
  /**
   * Replaces the list, the mode or the right of authenticated clients.
   */
  'restriction.set': {
    params: {
      mode?: 'OnlyListed' | 'AllExceptListed';
      /**
       * The whole list.
       *
       * @maxItems 10000
       */
      entries?: RestrictionEntry[];
      /**
       * Whether authenticated clients may relay.
       */
      allowAuthenticated?: boolean;
      /**
       * Certificates of clients that may relay, whatever the list says.
       *
       * @maxItems 1000
       */
      clientCertificates?: ClientCertificate[];
      /**
       * Says that the administrator knows the result lets anyone relay.
       */
      acceptOpenRelay?: boolean;
    };
    result: RelayRestriction;
  };
  /**
   * Adds entries.
   */
  'restriction.add': {
    params: {
      /**
       * Entries.
       *
       * @minItems 1
       * @maxItems 10000
       */
      entries: RestrictionEntry[];
      /**
       * As in restriction.set.
       */
      acceptOpenRelay?: boolean;
    };
    result: RelayRestriction;
  };
  /**
   * Removes entries.
   */
  'restriction.remove': {
    params: {
      /**
       * Entries as listed.
       *
       * @minItems 1
       * @maxItems 10000
       *
       * Items: An entry.
       */
      entries: string[];
    };
    result: RelayRestriction;
  };
  /**
   * Says whether a client may relay, and the rule that decides.
   */
  'restriction.test': {
    params: {
      /**
       * Client.
       */
      ipAddress: string;
      /**
       * Reverse-path.
       */
      sender?: string;
      /**
       * Recipient.
       */
      recipient?: string;
      /**
       * The client logged in as this account.
       */
      account?: string;
      /**
       * The client showed a certificate with this thumbprint (SHA-1 or SHA-256), or one of a trusted authority with this name: CN=name.
       */
      clientCertificate?: string;
      /**
       * Listener.
       */
      listener?: string;
    };
    result: RelayDecision;
  };
  /**
   * Accepted domains.
   */
  'domain.list': {
    params: {};
    /**
     * Domains.
     */
    result: Domain[];
  };
  /**
   * Adds an accepted domain.
   */
  'domain.create': {
    params: {
      /**
       * Recipient domain; *.example.com means its subdomains.
       */
      name: string;
      /**
       * Anybody may send to this domain.
       */
      allowRelay?: boolean;
      /**
       * Folder that the domain's mail is written into, one file a message, instead of being sent on; a full path, or Default for Drop in the data folder. Anybody may send to such a domain. Null sends it on.
       */
      dropDirectory?: string | null;
    };
    result: Domain;
  };
  /**
   * Changes an accepted domain.
   */
  'domain.set': {
    params: {
      /**
       * Domain.
       */
      name: string;
      /**
       * Anybody may send to this domain.
       */
      allowRelay?: boolean;
      /**
       * Folder that the domain's mail is written into, one file a message, instead of being sent on; a full path, or Default for Drop in the data folder. Anybody may send to such a domain. Null sends it on.
       */
      dropDirectory?: string | null;
    };
    result: Domain;
  };
  /**
   * Removes an accepted domain.
   */
  'domain.remove': {
    params: {
      /**
       * Domain.
       */
      name: string;
    };
    result: Removed;
  };
  /**
   * Relay accounts.
   */
  'account.list': {
    params: {};
    /**
     * Accounts.
     */
    result: Account[];
  };
  /**
   * Adds a relay account.
   */
  'account.create': {
    params: {
      name: string;
      /**
       * Password; kept only as a scrypt hash.
       */
      password: string;
      /**
       * May log in.
       */
      enabled?: boolean;
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
    };
    result: Account;
  };
  /**
   * Changes a relay account.
   */
  'account.set': {
    params: {
      /**
       * Account.
       */
      name: string;
      /**
       * New password.
       */
      password?: string;
      /**
       * May log in.
       */
      enabled?: boolean;
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
    };
    result: Account;
  };
  /**
   * Removes a relay account.
   */
  'account.remove': {
    params: {
      /**
       * Account.
       */
      name: string;
    };
    result: Removed;
  };
  /**
   * Listeners, with what they do now.
   */
  'listener.list': {
    params: {};
    /**
     * Listeners.
     */
    result: Listener[];
  };
  /**
   * Adds a listener; it listens when this returns, or its state says why not.
   */
  'listener.create': {
    params: {
      /**
       * A name without wildcards, slashes or quotes.
       */
      name: string;
      /**
       * Whether it listens.
       */
      enabled?: boolean;
      /**
       * Local addresses and ports; all of them.
       *
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
       *
       * Items: A name without wildcards, slashes or quotes.
       */
      certificates?: string[];
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
    };
    result: Listener;
  };
  /**
   * Changes a listener; open sessions of others go on, and its own as far as they can.
   */
  'listener.set': {
    params: {
      /**
       * Listener.
       */
      name: string;
      /**
       * Whether it listens.
       */
      enabled?: boolean;
      /**
       * Local addresses and ports; all of them.
       *
       * @minItems 1
       * @maxItems 64
       */
      bindings?: Binding[];
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
       *
       * Items: A name without wildcards, slashes or quotes.
       */
      certificates?: string[];
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
    };
    result: Listener;
  };
  /**
   * Removes a listener; its sessions end with 421 after their message.
   */
  'listener.remove': {
    params: {
      /**
       * Listener.
       */
      name: string;
    };
    result: Removed;
  };
  /**
   * Certificates, with what they are good for and who uses them. Never their keys.
   */
  'certificate.list': {
    params: {};
    /**
     * Certificates.
     */
    result: Certificate[];
  };
  /**
   * Makes a certificate: self-signed, signed by an authority of this relay, or such an authority.
   */
  'certificate.create': {
    params: {
      /**
       * A name without wildcards, slashes or quotes.
       */
      name: string;
      /**
       * DNS names and IP addresses it is for. Left out, the fqdn of the relay.
       *
       * @maxItems 100
       */
      dnsNames?: string[];
      /**
       * EC (P-256) if left out; RSA (2048 bits) for devices that know nothing else.
       */
      keyAlgorithm?: 'EC' | 'RSA';
      /**
       * Days it is valid: 397 if left out, 3650 for an authority.
       */
      days?: number;
      /**
       * Makes an authority, which signs others and serves nothing else.
       */
      authority?: boolean;
      /**
       * Name of an authority of this relay that signs it. Left out, it signs itself.
       */
      signedBy?: string;
      /**
       * Takes the place of the certificate of this name; listeners go on with the new one.
       */
      replace?: boolean;
      /**
       * A comment for administrators.
       */
      comment?: string | null;
    };
    result: Certificate;
  };
  /**
   * Takes over a certificate with its key from files, or says where it lies. Give one of content, file and find.
   */
  'certificate.import': {
    params: {
      /**
       * A name without wildcards, slashes or quotes.
       */
      name: string;
      /**
       * Bytes of PEM, DER or PFX files with the certificate, its key and its chain, base64.
       *
       * @minItems 1
       * @maxItems 8
       */
      content?: string[];
      /**
       * Password of the PFX file or of the key.
       */
      password?: string;
      /**
       * A file that others renew: the relay reads it where it is, and again when it changes.
       */
      file?: string;
      /**
       * The file with the key, where it is not in the same file.
       */
      keyFile?: string;
      /**
       * Thumbprint or subject in the Windows store of this computer.
       */
      find?: string;
      /**
       * Takes the place of the certificate of this name; listeners go on with the new one.
       */
      replace?: boolean;
      /**
       * A comment for administrators.
       */
      comment?: string | null;
    };
    result: Certificate;
  };
  /**
   * Changes the comment of a certificate, or gives it to listeners as their first one.
   */
  'certificate.set': {
    params: {
      /**
       * Certificate.
       */
      name: string;
      /**
       * A comment for administrators.
       */
      comment?: string | null;
      /**
       * Listeners that use it from now on, before any other they have.
       *
       * @maxItems 1000
       */
      listeners?: string[];
    };
    result: Certificate;
  };
  /**
   * Removes a certificate with its key; refused while a listener uses it.
   */
  'certificate.remove': {
    params: {
      /**
       * Certificate.
       */
      name: string;
      /**
       * Also takes it from the listeners that use it.
       */
      force?: boolean;
    };
    result: Removed;
  };
  /**
   * Connects to a listener as a mail client from this computer, and tells each step. Sends no message.
   */
  'listener.test': {
    params: {
      /**
       * Listener.
       */
      name: string;
    };
    /**
     * Steps.
     */
    result: ListenerTest[];
  };
  /**
   * Open SMTP sessions: those of clients, and those with next hops.
   */
  'session.list': {
    params: {
      /**
       * Only this one; wildcards allowed.
       */
      identity?: string;
      /**
       * Only these.
       */
      direction?: 'Inbound' | 'Outbound';
      /**
       * Only with this other side; wildcards allowed.
       */
      ipAddress?: string;
    };
    /**
     * Sessions.
     */
    result: Session[];
  };
  /**
   * Ends a session. That of a client ends with 421 after the reply it works on; one with a next hop says QUIT, or is cut when it carries a message, which is then tried again.
   */
  'session.stop': {
    params: {
      /**
       * Session.
       */
      identity: string;
      /**
       * Cuts the connection of a client at once.
       */
      force?: boolean;
    };
    result: Removed;
  };
  /**
   * What happened since the start of the relay: in all, by listener and by connector.
   */
  'statistic.list': {
    params: {};
    /**
     * One row for the relay, one for each listener and each connector that had mail.
     */
    result: Statistic[];
  };
  /**
   * Looks at the health of the relay, by what it knows and by trying: listeners, open relay, DNS, reverse DNS, port outward, connectors, certificates, queue, disk, clock, logs, rights.
   */
  'health.test': {
    params: {
      /**
       * Time server to compare the clock with, host, host:port or [IPv6]:port. Left out, pool.ntp.org, on Windows time.windows.com.
       */
      timeServer?: string;
      /**
       * Domain whose mail host is connected to, where a connector sends directly. Left out, gmail.com. No mail is sent.
       */
      probeDomain?: string;
      /**
       * Also looks at SPF, DKIM (the record against the key that signs), DMARC and MTA-STS of the sender's domain.
       */
      deliverability?: boolean;
      /**
       * Address that mail comes from.
       */
      sender?: string;
    };
    /**
     * Checks.
     */
    result: HealthCheck[];
  };
  /**
   * Looks at the name of an address by DNS: whether it is there, leads back, and is the one it should be.
   */
  'reversedns.test': {
    params: {
      /**
       * Address.
       */
      ipAddress: string;
      /**
       * Name that it should have, such as that of the relay.
       */
      hostName?: string;
    };
    result: ReverseDns;
  };
  /**
   * Makes the report of the last days: one HTML page that needs nothing else.
   */
  'report.create': {
    params: {
      /**
       * Days it tells of; 7 if left out.
       */
      days?: number;
    };
    result: {
      /**
       * The page.
       */
      content: string;
    };
  };
  /**
   * Source addresses banned after failed log-ons.
   */
  'ban.list': {
    params: {
      /**
       * Only these; wildcards allowed.
       */
      ipAddress?: string;
    };
    /**
     * Bans in force.
     */
    result: Ban[];
  };
  /**
   * Ends the ban of a source address.
   */
  'ban.remove': {
    params: {
      /**
       * The address or network, as ban.list shows it.
       */
      ipAddress: string;
    };
    result: Removed;
  };
  /**
   * Connectors.
   */
  'connector.list': {
    params: {};
    /**
     * Connectors.
     */
    result: Connector[];
  };
  /**
   * Adds a connector.
   */
  'connector.create': {
    params: {
      /**
       * A name without wildcards, slashes or quotes.
       */
      name: string;
      enabled?: boolean;
      /**
       * SmartHost hands everything to the smart hosts; Direct looks up each domain's MX; DirectThenSmartHost hands to the smart hosts what can't be reached directly; Graph hands it to Microsoft Graph; Drop writes it into a folder; Capture keeps it to be looked at and sends nothing.
       */
      type?: 'SmartHost' | 'Direct' | 'DirectThenSmartHost' | 'Graph' | 'Drop' | 'Capture';
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
       * How to log on to the smart hosts. Automatic takes what they offer of PLAIN, LOGIN and CRAM-MD5; XOAUTH2 gets a token first. The secret is kept apart (Set-SmtpConnectorCredential). With a log-on the connection is always encrypted, whatever tlsMode says; see allowClearTextAuthentication.
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
       * A service: host, port, TLS, log-on and limits are filled in where nothing else is said.
       */
      preset?:
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
    };
    result: Connector;
  };
  /**
   * Changes a connector; waiting mail is routed again.
   */
  'connector.set': {
    params: {
      /**
       * Connector.
       */
      name: string;
      enabled?: boolean;
      /**
       * SmartHost hands everything to the smart hosts; Direct looks up each domain's MX; DirectThenSmartHost hands to the smart hosts what can't be reached directly; Graph hands it to Microsoft Graph; Drop writes it into a folder; Capture keeps it to be looked at and sends nothing.
       */
      type?: 'SmartHost' | 'Direct' | 'DirectThenSmartHost' | 'Graph' | 'Drop' | 'Capture';
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
       * How to log on to the smart hosts. Automatic takes what they offer of PLAIN, LOGIN and CRAM-MD5; XOAUTH2 gets a token first. The secret is kept apart (Set-SmtpConnectorCredential). With a log-on the connection is always encrypted, whatever tlsMode says; see allowClearTextAuthentication.
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
       * Protocol log of this connector. General: as the setting for all says.
       */
      protocolLoggingLevel?: 'General' | 'None' | 'Verbose';
      comment?: string | null;
    };
    result: Connector;
  };
  /**
   * Keeps the secret that a connector logs on with, protected, in the credentials folder; waiting mail is tried at once. Give one of password, clientSecret, serviceAccount, certificate and remove.
   */
  'credential.set': {
    params: {
      /**
       * Connector.
       */
      name: string;
      /**
       * Account that logs on; changes authenticationUserName.
       */
      userName?: string;
      /**
       * Password of the account.
       */
      password?: string;
      /**
       * Secret of the application, for tokens.
       */
      clientSecret?: string;
      /**
       * JSON key of a Google service account, for tokens.
       */
      serviceAccount?: string;
      /**
       * Name of a certificate of the relay whose key signs the request for tokens; changes tokenCertificate.
       */
      certificate?: string;
      /**
       * Forgets the secret.
       */
      remove?: boolean;
    };
    result: ConnectorCredential;
  };
  /**
   * What connectors log on with, without the secrets.
   */
  'credential.list': {
    params: {};
    /**
     * Credentials.
     */
    result: ConnectorCredential[];
  };
  /**
   * What a reply of a mail server means and what to do about it; empty when nobody knows.
   */
  'status.resolve': {
    params: {
      /**
       * A reply, or its codes: 550 5.7.64.
       */
      status: string;
    };
    /**
     * What it means, the best first.
     */
    result: StatusMeaning[];
  };
  /**
   * Services that connectors can be made for, with what is to be done on their side.
   */
  'preset.list': {
    params: {
      /**
       * Only this one.
       */
      name?:
        | 'Microsoft365Smtp'
        | 'Microsoft365Connector'
        | 'Microsoft365Graph'
        | 'HighVolumeEmail'
        | 'AmazonSes'
        | 'SendGrid'
        | 'GoogleRelay'
        | 'AzureCommunication';
      /**
       * The steps with the names of this connector; without a name those of the preset it was made with.
       */
      connector?: string;
    };
    /**
     * Presets.
     */
    result: ConnectorPreset[];
  };
  /**
   * Tries a connector step by step, as its servers meet it. The first call begins a test, the next ones get the steps after those that came; a test that nobody asks for is cut off.
   */
  'connector.test': {
    params: {
      /**
       * Connector; without it the one that takes the recipient's mail.
       */
      name?: string;
      /**
       * Shows the route, and is offered to the servers.
       */
      recipient?: string;
      /**
       * Sender offered to the servers; empty for none. The mailbox that logs on, or the postmaster, when it is not given.
       */
      sender?: string;
      /**
       * Sends a message to the recipient.
       */
      send?: boolean;
      /**
       * The test whose steps are asked for.
       */
      test?: string;
      /**
       * Steps that came already.
       */
      after?: number;
      /**
       * Ends the test.
       */
      cancel?: boolean;
    };
    result: ConnectorTestRun;
  };
  /**
   * Removes a connector; waiting mail is routed again.
   */
  'connector.remove': {
    params: {
      /**
       * Connector.
       */
      name: string;
    };
    result: Removed;
  };
  /**
   * Rewrite rules.
   */
  'rewrite.list': {
    params: {};
    /**
     * Rules.
     */
    result: RewriteRule[];
  };
  /**
   * Adds a rewrite rule.
   */
  'rewrite.create': {
    params: {
      /**
       * A name without wildcards, slashes or quotes.
       */
      name: string;
      /**
       * In force.
       */
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
      /**
       * A comment for administrators.
       */
      comment?: string | null;
    };
    result: RewriteRule;
  };
  /**
   * Changes a rewrite rule; mail that waits goes out by the new one.
   */
  'rewrite.set': {
    params: {
      /**
       * Rule.
       */
      name: string;
      /**
       * In force.
       */
      enabled?: boolean;
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
      /**
       * A comment for administrators.
       */
      comment?: string | null;
    };
    result: RewriteRule;
  };
  /**
   * Removes a rewrite rule.
   */
  'rewrite.remove': {
    params: {
      /**
       * Rule.
       */
      name: string;
    };
    result: Removed;
  };
  /**
   * Programs elsewhere that are called when something is wrong, and how they take it.
   */
  'webhook.list': {
    params: {};
    /**
     * Webhooks.
     */
    result: Webhook[];
  };
  /**
   * Adds a webhook.
   */
  'webhook.create': {
    params: {
      /**
       * A name without wildcards, slashes or quotes.
       */
      name: string;
      /**
       * In force.
       */
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
      /**
       * For administrators.
       */
      comment?: string | null;
      /**
       * Signs the calls (Standard Webhooks): whsec_ and base64, or any text. Without one, one is made.
       */
      secret?: string;
    };
    result: NewWebhook;
  };
  /**
   * Changes a webhook; what waits for it is tried at once.
   */
  'webhook.set': {
    params: {
      /**
       * Webhook.
       */
      name: string;
      /**
       * In force.
       */
      enabled?: boolean;
      /**
       * What is called by POST, with JSON: an https address, or http to this computer. It is not followed elsewhere.
       */
      url?: string;
      /**
       * Kinds of alerts: mail that failed or waits longer than DelayNotification, a next hop out of reach, a log-on refused, a certificate that ends, a listener that is down, a disk or log that can't be written, an open relay. Empty means all.
       *
       * @maxItems 20
       */
      events?: (
        'MessageFailed' | 'MessageDelayed' | 'Queue' | 'LogOn' | 'Certificate' | 'Listener' | 'Storage' | 'OpenRelay'
      )[];
      /**
       * For administrators.
       */
      comment?: string | null;
      /**
       * Signs the calls (Standard Webhooks): whsec_ and base64, or any text. Replaces the one it has.
       */
      secret?: string;
    };
    result: Webhook;
  };
  /**
   * Removes a webhook with its secret and what waits for it.
   */
  'webhook.remove': {
    params: {
      /**
       * Webhook.
       */
      name: string;
    };
    result: Removed;
  };
  /**
   * Calls a webhook now, without an alert in it.
   */
  'webhook.test': {
    params: {
      /**
       * Webhook.
       */
      name: string;
    };
    result: WebhookTest;
  };
  /**
   * Mail about what is wrong.
   */
  'alertmail.get': {
    params: {};
    result: AlertMail;
  };
  /**
   * Changes the mail about what is wrong.
   */
  'alertmail.set': {
    params: {
      /**
       * In force.
       */
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
    };
    result: AlertMail;
  };
  /**
   * Sends such a mail now, without an alert in it.
   */
  'alertmail.test': {
    params: {};
    result: AlertMailTest;
  };
  /**
   * Keys that outgoing mail is signed with, and their DNS records. Never the secret part.
   */
  'dkim.list': {
    params: {};
    /**
     * Keys.
     */
    result: DkimKey[];
  };
  /**
   * Makes a key.
   */
  'dkim.create': {
    params: {
      /**
       * Domain that signs (d=): the mail whose From is of it or below it.
       */
      domain: string;
      /**
       * Name of the key in DNS (s=).
       */
      selector: string;
      /**
       * Signs. Switch it on when its record is in DNS.
       */
      enabled?: boolean;
      /**
       * A comment for administrators.
       */
      comment?: string | null;
      /**
       * RSA (2048 bits) if left out, which all verifiers know; Ed25519 only beside it.
       */
      algorithm?: 'RSA' | 'Ed25519';
    };
    result: DkimKey;
  };
  /**
   * Takes over a key that another server signs with.
   */
  'dkim.import': {
    params: {
      /**
       * Domain that signs (d=): the mail whose From is of it or below it.
       */
      domain: string;
      /**
       * Name of the key in DNS (s=).
       */
      selector: string;
      /**
       * Signs. Switch it on when its record is in DNS.
       */
      enabled?: boolean;
      /**
       * A comment for administrators.
       */
      comment?: string | null;
      /**
       * The private key, PEM.
       */
      content: string;
      /**
       * Takes the place of the key of this name.
       */
      replace?: boolean;
    };
    result: DkimKey;
  };
  /**
   * Changes a key.
   */
  'dkim.set': {
    params: {
      /**
       * The name in DNS, selector._domainkey.domain.
       */
      name: string;
      /**
       * Signs. Switch it on when its record is in DNS.
       */
      enabled?: boolean;
      /**
       * A comment for administrators.
       */
      comment?: string | null;
    };
    result: DkimKey;
  };
  /**
   * Removes a key; mail that was signed with it is valid as long as its record stays in DNS.
   */
  'dkim.remove': {
    params: {
      /**
       * The name in DNS, selector._domainkey.domain.
       */
      name: string;
    };
    result: Removed;
  };
  /**
   * Compares a key with its record in DNS.
   */
  'dkim.test': {
    params: {
      /**
       * The name in DNS, selector._domainkey.domain.
       */
      name: string;
    };
    result: DkimTest;
  };
  /**
   * Queues, one per next hop.
   */
  'queue.list': {
    params: {
      /**
       * Number or next hop; wildcards allowed.
       */
      identity?: string;
      /**
       * Condition such as Status -eq 'Retry' -and Size -gt 1MB.
       */
      filter?: string;
      /**
       * Order.
       *
       * @maxItems 20
       *
       * Items: +Property ascending, -Property descending; several with commas.
       */
      sortOrder?: string[];
      /**
       * Most objects returned; null means all.
       */
      resultSize?: number | null;
    };
    /**
     * Queues.
     */
    result: Queue[];
  };
  /**
   * Tries queues at once.
   */
  'queue.retry': {
    params: {
      /**
       * Number or next hop; wildcards allowed.
       */
      identity?: string;
      /**
       * Condition such as Status -eq 'Retry' -and Size -gt 1MB.
       */
      filter?: string;
    };
    /**
     * The queues.
     */
    result: Queue[];
  };
  /**
   * Holds queues: nothing more starts, what is on its way ends, new mail still enters.
   */
  'queue.suspend': {
    params: {
      /**
       * Number or next hop; wildcards allowed.
       */
      identity?: string;
      /**
       * Condition such as Status -eq 'Retry' -and Size -gt 1MB.
       */
      filter?: string;
    };
    /**
     * The queues.
     */
    result: Queue[];
  };
  /**
   * Lets suspended queues go on.
   */
  'queue.resume': {
    params: {
      /**
       * Number or next hop; wildcards allowed.
       */
      identity?: string;
      /**
       * Condition such as Status -eq 'Retry' -and Size -gt 1MB.
       */
      filter?: string;
    };
    /**
     * The queues.
     */
    result: Queue[];
  };
  /**
   * Waiting messages.
   */
  'message.list': {
    params: {
      /**
       * queue\number or queue id; wildcards allowed in either part.
       */
      identity?: string;
      /**
       * Number or next hop; wildcards allowed.
       */
      queue?: string;
      /**
       * Condition such as Status -eq 'Retry' -and Size -gt 1MB.
       */
      filter?: string;
      /**
       * Order.
       *
       * @maxItems 20
       *
       * Items: +Property ascending, -Property descending; several with commas.
       */
      sortOrder?: string[];
      /**
       * Most objects returned; null means all.
       */
      resultSize?: number | null;
    };
    /**
     * Messages.
     */
    result: Message[];
  };
  /**
   * Removes waiting messages from their queues, a page at a time; what is being delivered when its attempt ends.
   */
  'message.remove': {
    params: {
      /**
       * queue\number or queue id; wildcards allowed in either part.
       */
      identity?: string;
      /**
       * Condition such as Status -eq 'Retry' -and Size -gt 1MB.
       */
      filter?: string;
      /**
       * The sender gets a report.
       */
      withNDR?: boolean;
      /**
       * Only messages with a higher number: the next of the page before.
       */
      after?: number;
      /**
       * Most messages looked at in this call.
       */
      limit?: number;
      /**
       * Also counts the messages meant, from after on.
       */
      count?: boolean;
      /**
       * Returns the messages as they are now.
       */
      show?: boolean;
    };
    result: MessageChange;
  };
  /**
   * Holds waiting messages back, a page at a time; what is being delivered when its attempt ends.
   */
  'message.suspend': {
    params: {
      /**
       * queue\number or queue id; wildcards allowed in either part.
       */
      identity?: string;
      /**
       * Condition such as Status -eq 'Retry' -and Size -gt 1MB.
       */
      filter?: string;
      /**
       * Only messages with a higher number: the next of the page before.
       */
      after?: number;
      /**
       * Most messages looked at in this call.
       */
      limit?: number;
      /**
       * Also counts the messages meant, from after on.
       */
      count?: boolean;
      /**
       * Returns the messages as they are now.
       */
      show?: boolean;
    };
    result: MessageChange;
  };
  /**
   * Lets suspended messages go on, a page at a time.
   */
  'message.resume': {
    params: {
      /**
       * queue\number or queue id; wildcards allowed in either part.
       */
      identity?: string;
      /**
       * Condition such as Status -eq 'Retry' -and Size -gt 1MB.
       */
      filter?: string;
      /**
       * Only messages with a higher number: the next of the page before.
       */
      after?: number;
      /**
       * Most messages looked at in this call.
       */
      limit?: number;
      /**
       * Also counts the messages meant, from after on.
       */
      count?: boolean;
      /**
       * Returns the messages as they are now.
       */
      show?: boolean;
    };
    result: MessageChange;
  };
  /**
   * Tries waiting messages at once, a page at a time.
   */
  'message.retry': {
    params: {
      /**
       * queue\number or queue id; wildcards allowed in either part.
       */
      identity?: string;
      /**
       * Condition such as Status -eq 'Retry' -and Size -gt 1MB.
       */
      filter?: string;
      /**
       * Only messages with a higher number: the next of the page before.
       */
      after?: number;
      /**
       * Most messages looked at in this call.
       */
      limit?: number;
      /**
       * Also counts the messages meant, from after on.
       */
      count?: boolean;
      /**
       * Returns the messages as they are now.
       */
      show?: boolean;
    };
    result: MessageChange;
  };
  /**
   * Gives waiting messages to another connector until they are delivered, a page at a time.
   */
  'message.move': {
    params: {
      /**
       * queue\number or queue id; wildcards allowed in either part.
       */
      identity?: string;
      /**
       * Condition such as Status -eq 'Retry' -and Size -gt 1MB.
       */
      filter?: string;
      /**
       * Connector.
       */
      connector: string;
      /**
       * Only messages with a higher number: the next of the page before.
       */
      after?: number;
      /**
       * Most messages looked at in this call.
       */
      limit?: number;
      /**
       * Also counts the messages meant, from after on.
       */
      count?: boolean;
      /**
       * Returns the messages as they are now.
       */
      show?: boolean;
    };
    result: MessageChange;
  };
  /**
   * A waiting message with its envelope lines, piece by piece.
   */
  'message.export': {
    params: {
      /**
       * Queue id.
       */
      identity: string;
      /**
       * Bytes to leave out.
       */
      offset?: number;
    };
    result: MessageContent;
  };
  /**
   * Puts a whole message into the queue, at once or piece by piece.
   */
  'message.import': {
    params: {
      /**
       * The message in base64, or a piece of it, up to 64 MiB; it may begin with the lines x-sender: and x-receiver:.
       */
      content: string;
      /**
       * Reverse-path instead of that of x-sender, Sender or From; empty for none. With the first piece.
       */
      sender?: string;
      /**
       * Recipients instead of those of x-receiver, or To, Cc and Bcc. With the first piece.
       *
       * @minItems 1
       * @maxItems 1000
       *
       * Items: Recipient.
       */
      recipients?: string[];
      /**
       * The message that the first piece began; without it a new one begins.
       */
      transfer?: string;
      /**
       * Bytes sent before this piece.
       */
      offset?: number;
      /**
       * More pieces follow; without the last one nothing is put into the queue.
       */
      more?: boolean;
    };
    result: Submission;
  };
  /**
   * Puts a message into the queue.
   */
  'message.submit': {
    params: {
      /**
       * Reverse-path; empty for none.
       */
      sender: string;
      /**
       * Recipients.
       *
       * @minItems 1
       * @maxItems 1000
       *
       * Items: Recipient.
       */
      recipients: string[];
      /**
       * Subject.
       */
      subject: string;
      /**
       * Text.
       */
      body: string;
    };
    result: DeliveryResult;
  };
  /**
   * What became of a message put in with message.submit.
   */
  'message.result': {
    params: {
      /**
       * Queue id.
       */
      internalMessageId: string;
      /**
       * Longest wait for a change.
       */
      wait?: number;
    };
    result: DeliveryResult;
  };
  /**
   * Mail that connectors of type Capture kept, newest first.
   */
  'captured.list': {
    params: {
      /**
       * Name of the file without its ending; wildcards allowed.
       */
      identity?: string;
      /**
       * Most objects returned; null means all.
       */
      resultSize?: number | null;
    };
    /**
     * Captured mail.
     */
    result: CapturedMessage[];
  };
  /**
   * Removes captured mail for good. Give identity, olderThan or both.
   */
  'captured.clear': {
    params: {
      /**
       * Name of the file without its ending; wildcards allowed.
       */
      identity?: string;
      /**
       * Only what has been there for longer.
       */
      olderThan?: number;
    };
    result: Removed;
  };
  /**
   * What could neither be delivered nor returned, newest first.
   */
  'badmail.list': {
    params: {
      /**
       * Name of the file without its ending; wildcards allowed.
       */
      identity?: string;
      /**
       * Condition such as Status -eq 'Retry' -and Size -gt 1MB.
       */
      filter?: string;
      /**
       * Order.
       *
       * @maxItems 20
       *
       * Items: +Property ascending, -Property descending; several with commas.
       */
      sortOrder?: string[];
      /**
       * Most objects returned; null means all.
       */
      resultSize?: number | null;
    };
    /**
     * Bad mail.
     */
    result: BadMail[];
  };
  /**
   * Puts bad mail into the queue again and removes its files.
   */
  'badmail.restart': {
    params: {
      /**
       * Name of the file without its ending.
       */
      identity: string;
      /**
       * Reverse-path instead of the one it has; empty for none.
       */
      sender?: string;
      /**
       * Recipients instead of those it has.
       *
       * @minItems 1
       * @maxItems 1000
       *
       * Items: Recipient.
       */
      recipients?: string[];
    };
    result: Submission;
  };
  /**
   * Bad mail as it lies there, piece by piece.
   */
  'badmail.export': {
    params: {
      /**
       * Name of the file without its ending.
       */
      identity: string;
      /**
       * Bytes to leave out.
       */
      offset?: number;
    };
    result: MessageContent;
  };
  /**
   * Removes bad mail for good, a bounded part at a time.
   */
  'badmail.clear': {
    params: {
      /**
       * Name of the file without its ending; wildcards allowed.
       */
      identity?: string;
      /**
       * Condition such as Status -eq 'Retry' -and Size -gt 1MB.
       */
      filter?: string;
      /**
       * Only what has been there for longer.
       */
      olderThan?: number;
      /**
       * Most to remove in this call.
       */
      limit?: number;
    };
    result: Cleared;
  };
  /**
   * Entries of the protocol log.
   */
  'log.read': {
    params: {
      /**
       * Not before.
       */
      start?: string;
      /**
       * Not after.
       */
      end?: string;
      /**
       * Peer.
       */
      clientIP?: string;
      /**
       * Part of a reverse-path.
       */
      sender?: string;
      /**
       * Part of a recipient.
       */
      recipient?: string;
      /**
       * Reply code.
       */
      code?: number;
      /**
       * Session id.
       */
      session?: string;
      /**
       * Queue id.
       */
      messageId?: string;
      /**
       * Direction.
       */
      direction?: 'Inbound' | 'Outbound';
      /**
       * Only the last entries.
       */
      tail?: number;
      /**
       * Most objects returned; null means all.
       */
      resultSize?: number | null;
    };
    /**
     * Entries, oldest first.
     */
    result: LogEntry[];
  };
  /**
   * Stories of messages.
   */
  'tracking.trace': {
    params: {
      /**
       * Recipient; wildcards allowed.
       */
      recipient?: string;
      /**
       * Reverse-path; wildcards allowed.
       */
      sender?: string;
      /**
       * Message-ID, or queue id.
       */
      messageId?: string;
      /**
       * Queue id.
       */
      internalMessageId?: string;
      /**
       * Not before.
       */
      start?: string;
      /**
       * Not after.
       */
      end?: string;
      /**
       * The latest messages; null means all.
       */
      resultSize?: number | null;
    };
    /**
     * Messages, oldest first.
     */
    result: MessageTrace[];
  };
  /**
   * Entries of the tracking log.
   */
  'tracking.read': {
    params: {
      /**
       * Not before.
       */
      start?: string;
      /**
       * Not after.
       */
      end?: string;
      /**
       * Event.
       */
      eventId?: 'RECEIVE' | 'SEND' | 'DELIVER' | 'DEFER' | 'FAIL' | 'DSN' | 'BADMAIL' | 'SUBMIT' | 'DROP' | 'REDIRECT';
      /**
       * Reverse-path; wildcards allowed.
       */
      sender?: string;
      /**
       * Any of these.
       *
       * @maxItems 100
       *
       * Items: Recipient; wildcards allowed.
       */
      recipients?: string[];
      /**
       * Message-ID.
       */
      messageId?: string;
      /**
       * Queue id.
       */
      internalMessageId?: string;
      /**
       * Part of the subject.
       */
      messageSubject?: string;
      /**
       * Source.
       */
      source?: 'SMTP' | 'DSN' | 'ADMIN' | 'ROUTING' | 'PICKUP' | 'GATEWAY';
      /**
       * Related message.
       */
      reference?: string;
      /**
       * Most objects returned; null means all.
       */
      resultSize?: number | null;
    };
    /**
     * Entries, oldest first.
     */
    result: TrackingEntry[];
  };
  /**
   * Puts an earlier version of the settings into force again.
   */
  'settings.restore': {
    params: {
      /**
       * Number of the version, as settingsVersion tells it.
       */
      version: number;
    };
    result: Configuration;
  };
  /**
   * What of wished settings is not in force; changes nothing.
   */
  'settings.compare': {
    params: {
      /**
       * Settings as JSON, whole or in part, in the form of settings.json.
       */
      content: string;
    };
    /**
     * None when all is as wished.
     */
    result: ConfigurationDifference[];
  };
  /**
   * What an import of an IIS SMTP configuration would do; changes nothing.
   */
  'iis.plan': {
    params: {
      /**
       * The file in base64, up to 64 MiB: export, MetaBase.xml, *.MD0, WMI objects or text of adsutil.
       */
      content: string;
      /**
       * Numbers of the virtual servers; without them all.
       *
       * @minItems 1
       * @maxItems 1000
       *
       * Items: Number.
       */
      virtualServers?: number[];
      /**
       * Adds listeners and routes of domains; everything else, and who may relay, stays. A listener is added closed where this relay lets more through than its virtual server did.
       */
      merge?: boolean;
      /**
       * Networks that may relay where the old server let everybody.
       *
       * @maxItems 1000
       *
       * Items: Network.
       */
      openTo?: string[];
    };
    result: IisImport;
  };
  /**
   * Takes over an IIS SMTP configuration, as one change of the settings.
   */
  'iis.import': {
    params: {
      /**
       * The file in base64, up to 64 MiB: export, MetaBase.xml, *.MD0, WMI objects or text of adsutil.
       */
      content: string;
      /**
       * Numbers of the virtual servers; without them all.
       *
       * @minItems 1
       * @maxItems 1000
       *
       * Items: Number.
       */
      virtualServers?: number[];
      /**
       * Adds listeners and routes of domains; everything else, and who may relay, stays. A listener is added closed where this relay lets more through than its virtual server did.
       */
      merge?: boolean;
      /**
       * Networks that may relay where the old server let everybody.
       *
       * @maxItems 1000
       *
       * Items: Network.
       */
      openTo?: string[];
      /**
       * Changes nothing when a value was refused or a secret is missing.
       */
      strict?: boolean;
      /**
       * Passwords for smart hosts, which no file has.
       *
       * @maxItems 1000
       */
      credentials?: {
        /**
         * As RouteUserName has it.
         */
        userName: string;
        /**
         * Password.
         */
        password: string;
      }[];
    };
    result: IisImport;
  };
}
export interface Relay {
  /**
   * Name in the greeting.
   */
  name: string;
  status: 'Running' | 'Stopping';
  /**
   * Version of the relay.
   */
  version: string;
  /**
   * Start.
   */
  startTime: string;
  /**
   * Since the start.
   */
  uptime: number;
  /**
   * Process.
   */
  processId: number;
  /**
   * Data folder.
   */
  dataPath: string;
  /**
   * Control port.
   */
  controlPort: number;
  /**
   * Where it listens.
   */
  endpoints: Endpoint[];
  /**
   * Messages waiting.
   */
  queued: number;
  /**
   * Recipients waiting.
   */
  queuedRecipients: number;
  /**
   * Open SMTP sessions.
   */
  sessions: number;
  /**
   * Open outgoing connections.
   */
  outboundConnections: number;
  /**
   * Messages accepted since the start.
   */
  received: number;
  /**
   * Recipients delivered since the start.
   */
  delivered: number;
  /**
   * Delivery attempts deferred since the start.
   */
  deferred: number;
  /**
   * Recipients failed since the start.
   */
  failed: number;
  /**
   * Messages put into BadMail since the start.
   */
  badMail: number;
  /**
   * Resident memory.
   */
  memory: number;
  health: 'Green' | 'Yellow' | 'Red';
  /**
   * What an administrator should look at.
   *
   * Items: A sentence.
   */
  warnings: string[];
  /**
   * New clients are refused by an administrator.
   */
  inboundSuspended: boolean;
  /**
   * Deliveries are held by an administrator.
   */
  outboundSuspended: boolean;
}
export interface Endpoint {
  /**
   * Listener name.
   */
  listener: string;
  /**
   * Local address.
   */
  address: string;
  /**
   * Local port.
   */
  port: number;
  state: 'Listening' | 'Failed' | 'Disabled';
  /**
   * Why it does not listen.
   */
  error: string | null;
}
export interface Configuration {
  /**
   * Name used in the greeting, EHLO, Received and reports. Null takes the computer's full name.
   */
  fqdn: string | null;
  /**
   * Address in the From line of reports. Null takes postmaster at the fqdn.
   */
  postmaster: string | null;
  /**
   * How long a trouble lasts before webhooks and alert mail tell of it. Mail that failed is told at once.
   */
  alertDelay: number;
  /**
   * Domain that is added to addresses without one, in the envelope as mail comes in and in From, Sender and Reply-To as it goes out. Null refuses such addresses.
   */
  defaultDomain: string | null;
  /**
   * Largest message accepted; announced as SIZE.
   */
  maxMessageSize: number;
  /**
   * Recipients accepted per message.
   */
  maxRecipientsPerMessage: number;
  /**
   * Received lines after which a loop is assumed (5.4.6).
   */
  maxHopCount: number;
  /**
   * Waits between delivery attempts; the last one repeats. Each counts from the previous attempt.
   *
   * @minItems 1
   * @maxItems 32
   */
  retryInterval: number[];
  /**
   * Age at which an undelivered message is returned to its sender.
   */
  messageExpirationTimeout: number;
  /**
   * Outgoing connections at one time, over all next hops.
   */
  maxOutboundConnections: number;
  /**
   * Time to open an outgoing connection to one address.
   */
  connectionTimeout: number;
  /**
   * Silence of the next hop after which an outgoing connection is given up (RFC 5321 4.5.3.2: 5 minutes).
   */
  commandTimeout: number;
  /**
   * DNS servers for MX look-ups, address or address:port. Empty takes the system's.
   *
   * @maxItems 8
   */
  dnsServer: string[];
  /**
   * The servers of dnsServer verify DNSSEC signatures and are trusted when they say that an answer is proven (AD bit); tlsMode Dane needs that. Say it only of servers to which nobody can get in between: best a validating resolver on this computer, such as Unbound at 127.0.0.1.
   */
  dnsServerValidates: boolean;
  /**
   * Age at which files in BadMail are removed.
   */
  badMailMaxAge: number;
  /**
   * Total size of BadMail; the oldest files go first.
   */
  badMailMaxSize: number;
  /**
   * Free space below which new mail is answered with 452.
   */
  minimumFreeSpace: number;
  /**
   * Failed log-ons of a source address (IPv6: of its /64) that ban it; 0 bans nobody. This computer is never banned.
   */
  maxLogonFailures: number;
  /**
   * Time in which the failed log-ons are counted.
   */
  logonFailureWindow: number;
  /**
   * Time a source stays banned.
   */
  banDuration: number;
  /**
   * Addresses that are never banned: load balancers and gateways, behind which many clients stand.
   *
   * @maxItems 1000
   */
  banExemptIPRanges: string[];
  /**
   * Port of the control interface on 127.0.0.1.
   */
  controlPort: number;
  /**
   * Send the files that are put into the Pickup folder.
   */
  pickupEnabled: boolean;
  /**
   * The Pickup folder, a full path. Null takes Pickup in the data folder.
   */
  pickupDirectory: string | null;
  /**
   * Leading dots of lines in Pickup files. AsIs keeps them; Unstuff takes one away; Auto takes one away where every line that begins with a dot begins with two.
   */
  pickupDotHandling: 'AsIs' | 'Unstuff' | 'Auto';
  /**
   * Age at which the sender is told that a message still waits; 0 tells nobody.
   */
  delayNotificationTimeout: number;
  /**
   * Address that gets a copy of every report about mail that could not be delivered. Null sends no copies.
   */
  ndrCopyTo: string | null;
  /**
   * Copies of reports sent in one hour; further ones are left out.
   */
  ndrCopyPerHour: number;
  /**
   * Connections of one client address in a minute; further ones get 421. 0 sets no limit.
   */
  connectionRateLimit: number;
  /**
   * Messages of one client address in a minute; further ones get 450. 0 sets no limit.
   */
  messageRateLimit: number;
  /**
   * Recipients of one client address in a minute; further ones get 450. 0 sets no limit.
   */
  recipientRateLimit: number;
  /**
   * Bytes of messages of one client address in a minute; once they are reached, further messages get 450. 0 sets no limit.
   */
  byteRateLimit: number;
  /**
   * Number of this configuration.
   */
  settingsVersion: number;
  /**
   * When it was made.
   */
  changed: string;
}
export interface Logging {
  /**
   * Protocol log of SMTP conversations, both directions, where a listener or connector says nothing else.
   */
  protocolLoggingLevel: 'None' | 'Verbose';
  /**
   * W3C: extended log with fields of our own (x-...). Compatible: fields, header, bytes and file names of the IIS SMTP service, for tools made for it.
   */
  protocolLogFormat: 'W3C' | 'Compatible';
  /**
   * Fields of the protocol log, always in this order; time must be among them. Empty writes all that the format has.
   *
   * @maxItems 28
   */
  protocolLogFields: (
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
  protocolLogPeriod: 'Hour' | 'Day' | 'Week' | 'Month' | 'Size';
  /**
   * Periods of the protocol log begin by the clock of this computer. The times in it are UTC all the same.
   */
  protocolLogLocalTimeRollover: boolean;
  /**
   * Folder of the protocol log, a full path. Null takes protocol in the logs folder of the data folder. Files of a folder that was left stay there.
   */
  protocolLogPath: string | null;
  /**
   * Size at which a new file begins, at most half of what the folder may hold. Null: 64 MB, with Size 20 MB, with Compatible and another period no limit of its own; never more than the folder allows.
   */
  protocolLogMaxFileSize: number | null;
  /**
   * Age at which files are removed, counted from the end of their period.
   */
  protocolLogMaxAge: number;
  /**
   * Total size of the files; the oldest go first.
   */
  protocolLogMaxDirectorySize: number;
  /**
   * Folder of the message tracking log, a full path. Null takes tracking in the logs folder of the data folder. Files of a folder that was left stay there.
   */
  messageTrackingLogPath: string | null;
  /**
   * Write subjects to the message tracking log.
   */
  messageTrackingLogSubjectLoggingEnabled: boolean;
  /**
   * Size at which a new file begins, at most half of what the folder may hold. Null: 16 MB, or an eighth of what the folder may hold. The file that is written, and one of more than 1 GB, has no index: it is searched line by line.
   */
  messageTrackingLogMaxFileSize: number | null;
  /**
   * Age at which files are removed, counted from the end of their period.
   */
  messageTrackingLogMaxAge: number;
  /**
   * Total size of the files; the oldest go first.
   */
  messageTrackingLogMaxDirectorySize: number;
  /**
   * Folder of the activity log, a full path. Null takes activity in the logs folder of the data folder. Files of a folder that was left stay there.
   */
  activityLogPath: string | null;
  /**
   * Size at which a new file begins, at most half of what the folder may hold. Null: 64 MB, or an eighth of what the folder may hold.
   */
  activityLogMaxFileSize: number | null;
  /**
   * Age at which files are removed, counted from the end of their period.
   */
  activityLogMaxAge: number;
  /**
   * Total size of the files; the oldest go first.
   */
  activityLogMaxDirectorySize: number;
  /**
   * Where the protocol log is written.
   */
  protocolLogDirectory: string;
  /**
   * Where the message tracking log is written.
   */
  messageTrackingLogDirectory: string;
  /**
   * Where the activity log is written.
   */
  activityLogDirectory: string;
}
export interface RelayRestriction {
  mode: 'OnlyListed' | 'AllExceptListed';
  /**
   * Entries.
   */
  entries: RestrictionEntry[];
  /**
   * Whether authenticated clients may relay.
   */
  allowAuthenticated: boolean;
  /**
   * Certificates of clients that may relay.
   */
  clientCertificates: ClientCertificate[];
  /**
   * Whether strangers may relay.
   */
  openToEveryone: boolean;
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
export interface RelayDecision {
  /**
   * Client.
   */
  ipAddress: string;
  /**
   * Whether it may relay.
   */
  allowed: boolean;
  /**
   * The rule that decided.
   */
  rule: string;
  /**
   * A sentence.
   */
  reason: string;
  /**
   * Listener.
   */
  listener: string | null;
  /**
   * The connector the mail would take.
   */
  connector: string | null;
  /**
   * Where it would go.
   */
  nextHop: string | null;
  /**
   * Reverse-path.
   */
  sender: string | null;
  /**
   * Recipient.
   */
  recipient: string | null;
  /**
   * Account.
   */
  account: string | null;
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
export interface Removed {
  /**
   * How many.
   */
  removed: number;
}
export interface Account {
  /**
   * Account name.
   */
  name: string;
  /**
   * May log in.
   */
  enabled: boolean;
  /**
   * Senders the account may use, in the envelope and in From; wildcards allowed. Empty means any.
   *
   * @maxItems 1000
   */
  sendAs: string[];
  /**
   * Recipients the account may send to; wildcards allowed. Empty means any.
   *
   * @maxItems 1000
   */
  allowedRecipients: string[];
  /**
   * Addresses the account may log on from. Empty means any.
   *
   * @maxItems 1000
   */
  remoteIPRanges: string[];
  /**
   * Messages in any hour, after which 450 is answered. Null sets no limit.
   */
  maxMessagesPerHour: number | null;
  /**
   * Last successful log-on since the start.
   */
  lastLogon: string | null;
}
export interface Listener {
  /**
   * A name without wildcards, slashes or quotes.
   */
  name: string;
  /**
   * Whether it listens.
   */
  enabled: boolean;
  /**
   * Local addresses and ports; all of them.
   *
   * @minItems 1
   * @maxItems 64
   */
  bindings: Binding[];
  /**
   * Name in the greeting; null takes the general one.
   */
  fqdn: string | null;
  /**
   * Text after the name in the greeting.
   */
  banner: string | null;
  /**
   * Sessions at one time.
   */
  maxInboundConnection: number;
  /**
   * Sessions at one time from one address.
   */
  maxInboundConnectionPerSource: number;
  /**
   * Silence after which a session is closed with 421.
   */
  connectionInactivityTimeout: number;
  /**
   * Refused commands after which a session is closed with 421.
   */
  maxProtocolErrors: number;
  /**
   * Bytes of a message that must come each second, over the inactivity time; slower sessions are closed with 421. 0 asks for none.
   */
  minimumDataRate: number;
  /**
   * A CR or LF that stands alone in a message. Normalize makes it a line end; Reject refuses the message with 550 5.6.11. It never ends a message.
   */
  bareLineEndings: 'Normalize' | 'Reject';
  /**
   * Clients that go on where they must wait: before the greeting, after HELO, EHLO, DATA and AUTH. Reject answers 554 and closes the session. After STARTTLS it is always rejected.
   */
  unauthorizedPipelining: 'Allow' | 'Reject';
  /**
   * Names of clients by their addresses (PTR). Log writes a name that leads back to the address into the tracking log and the Received line; Require also refuses mail of clients without one (550 5.7.25), except from this computer and from who logged on.
   */
  reverseDns: 'None' | 'Log' | 'Require';
  /**
   * Load balancers that must send a PROXY protocol header (version 1 or 2); its client address is the one that counts. From others the header is an error.
   *
   * @maxItems 256
   */
  proxyProtocolFrom: string[];
  /**
   * Age at which a session is ended with 421, after the message it is about. Null lets it go on.
   */
  connectionTimeout: number | null;
  /**
   * Messages of one session, after which it is ended with 421. Null sets no limit.
   */
  maxMessagesPerConnection: number | null;
  /**
   * Largest message accepted here. Null takes the general one.
   */
  maxMessageSize: number | null;
  /**
   * Recipients accepted per message here. Null takes the general number.
   */
  maxRecipientsPerMessage: number | null;
  /**
   * Optional offers STARTTLS; Required takes mail only after it; Implicit begins with TLS (port 465); Off has none.
   */
  tlsMode: 'Off' | 'Optional' | 'Required' | 'Implicit';
  /**
   * Oldest TLS version spoken. 1.0 and 1.1 only together with remoteIPRanges.
   */
  minimumTlsVersion: '1.0' | '1.1' | '1.2' | '1.3';
  /**
   * Default: forward secrecy and authenticated encryption only. Legacy: also what old devices need, only together with remoteIPRanges.
   */
  cipherProfile: 'Default' | 'Legacy';
  /**
   * Names of certificates. A client that asks for a name gets the one that has it, any other the first. Empty takes a self-signed one that the relay makes.
   *
   * @maxItems 32
   *
   * Items: A name without wildcards, slashes or quotes.
   */
  certificates: string[];
  /**
   * Whether clients are asked for a certificate; Require ends sessions without one. What it is good for, the restriction says.
   */
  clientCertificate: 'None' | 'Request' | 'Require';
  /**
   * Ways to log in; offered under TLS and to this computer only. NTLM and GSSAPI (Kerberos) take accounts of Windows or of a realm. Empty offers none.
   *
   * @maxItems 4
   */
  authenticationMethods: ('PLAIN' | 'LOGIN' | 'NTLM' | 'GSSAPI')[];
  /**
   * PLAIN and LOGIN also take Windows accounts, as DOMAIN\user or user@domain. Only on Windows.
   */
  windowsAccounts: boolean;
  /**
   * Takes mail only from clients that logged in, or showed a certificate that may relay.
   */
  requireAuthentication: boolean;
  /**
   * Clients that may connect. Empty means all.
   *
   * @maxItems 10000
   */
  remoteIPRanges: string[];
  /**
   * Clients that may not connect, also where remoteIPRanges has them.
   *
   * @maxItems 10000
   */
  deniedIPRanges: string[];
  /**
   * Senders taken here, in the envelope and in From; wildcards allowed. Empty means any.
   *
   * @maxItems 1000
   */
  allowedSenders: string[];
  /**
   * Recipients taken here; wildcards allowed. Empty means any.
   *
   * @maxItems 1000
   */
  allowedRecipients: string[];
  /**
   * Takes addresses without angle brackets and HELO without a name; only together with remoteIPRanges.
   */
  legacyClients: boolean;
  /**
   * SMTP extensions that are not offered.
   *
   * @maxItems 16
   */
  disabledExtensions: ('PIPELINING' | '8BITMIME' | 'SMTPUTF8' | 'ENHANCEDSTATUSCODES' | 'DSN' | 'SIZE')[];
  /**
   * Protocol log of this listener. General: as the setting for all says.
   */
  protocolLoggingLevel: 'General' | 'None' | 'Verbose';
  comment: string | null;
  /**
   * Failed when one of its bindings, or its TLS, does not work.
   */
  status: 'Listening' | 'Failed' | 'Disabled';
  /**
   * What does not work, and why.
   */
  error: string | null;
  /**
   * Open sessions.
   */
  sessions: number;
}
export interface Binding {
  /**
   * Local address; 0.0.0.0 and :: mean all.
   */
  address: string;
  port: number;
}
export interface Certificate {
  /**
   * Name.
   */
  name: string;
  /**
   * Where it lies; Automatic is made and renewed by the relay.
   */
  source: 'Stored' | 'File' | 'WindowsStore' | 'Automatic';
  /**
   * Expiring: less than 30 days are left. Failed: it could never be read.
   */
  status: 'Valid' | 'Expiring' | 'Expired' | 'NotYetValid' | 'Failed';
  /**
   * Whom it was issued to.
   */
  subject: string | null;
  /**
   * Who issued it.
   */
  issuer: string | null;
  /**
   * DNS names and IP addresses it is for.
   */
  dnsNames: string[];
  /**
   * First moment it is valid.
   */
  notBefore: string | null;
  /**
   * Last moment it is valid.
   */
  notAfter: string | null;
  /**
   * Whole days until it ends; negative when it has.
   */
  daysLeft: number | null;
  /**
   * SHA-1, hexadecimal, as Windows shows it.
   */
  thumbprint: string | null;
  /**
   * SHA-256, hexadecimal.
   */
  thumbprint256: string | null;
  /**
   * Serial number, hexadecimal.
   */
  serialNumber: string | null;
  /**
   * Kind and size of the key.
   */
  keyAlgorithm: string | null;
  /**
   * It may sign others.
   */
  isAuthority: boolean;
  /**
   * It was issued by itself.
   */
  isSelfSigned: boolean;
  /**
   * Subjects of the certificates that are sent with it.
   */
  chain: string[];
  /**
   * Listeners that use it.
   */
  usedBy: string[];
  /**
   * What an administrator should know.
   */
  warnings: string[];
  /**
   * Why it can not be read now; what was read last stays in use.
   */
  error: string | null;
  /**
   * The file it is read from.
   */
  file: string | null;
  /**
   * The file its key is read from.
   */
  keyFile: string | null;
  /**
   * What is looked for in the Windows store.
   */
  find: string | null;
  /**
   * The certificate and its chain, for those who are to trust it. Not the key.
   */
  pem: string | null;
  /**
   * Comment.
   */
  comment: string | null;
}
export interface ListenerTest {
  /**
   * Listener.
   */
  listener: string;
  /**
   * Address and port.
   */
  binding: string;
  /**
   * What was tried.
   */
  step: 'Connect' | 'Greeting' | 'Ehlo' | 'StartTls' | 'Certificate' | 'Authentication';
  /**
   * What came of it.
   */
  status: 'Passed' | 'Warning' | 'Failed' | 'Skipped';
  /**
   * What was seen.
   */
  detail: string;
  /**
   * What to do about it.
   */
  action: string | null;
  /**
   * Time it took.
   */
  elapsed: number;
}
export interface Session {
  /**
   * Session id, as in the protocol log.
   */
  identity: string;
  /**
   * Who connected: a client to us, or we to a next hop.
   */
  direction: 'Inbound' | 'Outbound';
  /**
   * Listener or connector.
   */
  name: string;
  /**
   * Address of the other side.
   */
  ipAddress: string;
  /**
   * Port of the other side.
   */
  port: number;
  /**
   * Name of the other side: what a client said in EHLO, or the host of the next hop.
   */
  hostName: string | null;
  /**
   * Account that logged on (inbound).
   */
  account: string | null;
  /**
   * TLS version and cipher; null in clear text.
   */
  tls: string | null;
  /**
   * Receiving or Sending: a message is on its way. Working: a command is being answered.
   */
  state: 'Receiving' | 'Sending' | 'Working' | 'Idle';
  /**
   * Envelope sender of the message that is being given (inbound).
   */
  sender: string | null;
  /**
   * Queue id of the message that is being sent (outbound).
   */
  messageId: string | null;
  /**
   * Messages so far.
   */
  messages: number;
  /**
   * Begin.
   */
  startTime: string;
  /**
   * Since the begin.
   */
  age: number;
  /**
   * Since the last reply (inbound).
   */
  idle: number | null;
}
export interface Statistic {
  /**
   * What the row is about.
   */
  scope: 'Relay' | 'Listener' | 'Connector';
  /**
   * The relay, a listener, or a connector; (none) is mail of no listener (files, reports, administrators), (drop) is mail into drop folders of domains.
   */
  name: string;
  /**
   * Messages accepted.
   */
  received: number;
  /**
   * Their bytes.
   */
  bytesReceived: number;
  /**
   * Commands and sessions refused.
   */
  refused: number;
  /**
   * Failed log-ons.
   */
  logonFailures: number;
  /**
   * Recipients delivered.
   */
  delivered: number;
  /**
   * Delivery attempts deferred, by recipient.
   */
  deferred: number;
  /**
   * Recipients failed.
   */
  failed: number;
  /**
   * Last delivery since the start.
   */
  lastSuccess: string | null;
  /**
   * Last trouble since the start.
   */
  lastFailure: string | null;
  /**
   * What it was.
   */
  lastError: string | null;
  /**
   * Start of the relay.
   */
  since: string;
}
export interface HealthCheck {
  /**
   * What was looked at.
   */
  name:
    | 'Service'
    | 'Listener'
    | 'OpenRelay'
    | 'Dns'
    | 'ReverseDns'
    | 'OutboundPort'
    | 'Connector'
    | 'Certificate'
    | 'Queue'
    | 'Disk'
    | 'Clock'
    | 'Logs'
    | 'ControlToken'
    | 'Spf'
    | 'Dkim'
    | 'Dmarc'
    | 'MtaSts';
  /**
   * Listener, connector, address or domain; null for the relay as a whole.
   */
  target: string | null;
  /**
   * What came of it.
   */
  status: 'Passed' | 'Warning' | 'Failed' | 'Skipped';
  /**
   * What was seen.
   */
  detail: string;
  /**
   * What to do about it.
   */
  action: string | null;
}
export interface ReverseDns {
  /**
   * Address.
   */
  ipAddress: string;
  /**
   * Its name by DNS.
   */
  hostName: string | null;
  /**
   * What came of it.
   */
  status: 'Passed' | 'Warning' | 'Failed' | 'Skipped';
  /**
   * What was seen.
   */
  detail: string;
  /**
   * What to do about it.
   */
  action: string | null;
}
export interface Ban {
  /**
   * IPv4 address, or IPv6 network of 64 bits.
   */
  ipAddress: string;
  /**
   * Failed log-ons that led to it.
   */
  failures: number;
  /**
   * Begin.
   */
  since: string;
  /**
   * End.
   */
  expires: string;
}
export interface Connector {
  /**
   * A name without wildcards, slashes or quotes.
   */
  name: string;
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
  host: string;
  port?: number;
  /**
   * Share of the mail with smartHostSelection Weighted.
   */
  weight?: number;
}
export interface ConnectorCredential {
  /**
   * Connector.
   */
  name: string;
  /**
   * How it logs on.
   */
  authenticationMethod: 'None' | 'Automatic' | 'PLAIN' | 'LOGIN' | 'CRAM-MD5' | 'XOAUTH2';
  /**
   * Account that logs on.
   */
  userName: string | null;
  /**
   * What is kept; the secret itself is never shown.
   */
  kind: 'None' | 'Password' | 'ClientSecret' | 'ServiceAccount' | 'Certificate';
  /**
   * Certificate that signs the request for tokens.
   */
  certificate: string | null;
  /**
   * When the secret was kept.
   */
  changed: string | null;
  /**
   * Why it can't be used.
   */
  error: string | null;
}
export interface StatusMeaning {
  /**
   * What was asked.
   */
  status: string;
  /**
   * Whose reply it is, or general.
   */
  about: string;
  /**
   * What it means.
   */
  meaning: string;
  /**
   * What to do about it.
   */
  action: string;
}
export interface ConnectorPreset {
  /**
   * Value of -Preset.
   */
  name:
    | 'Microsoft365Smtp'
    | 'Microsoft365Connector'
    | 'Microsoft365Graph'
    | 'HighVolumeEmail'
    | 'AmazonSes'
    | 'SendGrid'
    | 'GoogleRelay'
    | 'AzureCommunication';
  /**
   * What it is.
   */
  description: string;
  type: 'SmartHost' | 'Direct' | 'DirectThenSmartHost' | 'Graph' | 'Drop' | 'Capture';
  /**
   * Where mail goes; empty where only the administrator knows.
   */
  smartHosts: SmartHost[];
  tlsMode: 'None' | 'Opportunistic' | 'Required' | 'Verify' | 'MtaSts' | 'Dane';
  authenticationMethod: 'None' | 'Automatic' | 'PLAIN' | 'LOGIN' | 'CRAM-MD5' | 'XOAUTH2';
  /**
   * Settings that are to be given.
   */
  needs: string[];
  /**
   * What the service takes.
   */
  limits: string[];
  /**
   * What is to be done on the side of the service, in order.
   */
  steps: string[];
  /**
   * What the service says about it.
   */
  link: string;
}
export interface ConnectorTestRun {
  /**
   * To ask for more.
   */
  test: string;
  /**
   * Steps that came.
   */
  steps: ConnectorTest[];
  /**
   * No more will come.
   */
  done: boolean;
}
export interface ConnectorTest {
  /**
   * Connector.
   */
  connector: string;
  /**
   * Server and port.
   */
  target: string | null;
  /**
   * What was tried.
   */
  step:
    | 'Route'
    | 'Settings'
    | 'Credential'
    | 'Token'
    | 'Dns'
    | 'Connect'
    | 'Greeting'
    | 'Ehlo'
    | 'StartTls'
    | 'Certificate'
    | 'Authentication'
    | 'MailFrom'
    | 'RcptTo'
    | 'Send';
  /**
   * What came of it.
   */
  status: 'Passed' | 'Warning' | 'Failed' | 'Skipped';
  /**
   * What was seen.
   */
  detail: string;
  /**
   * The words of the server.
   */
  reply: string | null;
  /**
   * What to do about it.
   */
  action: string | null;
  /**
   * Time it took.
   */
  elapsed: number;
}
export interface RewriteRule {
  /**
   * A name without wildcards, slashes or quotes.
   */
  name: string;
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
/**
 * A webhook and how it takes its calls.
 */
export interface Webhook {
  name: string;
  enabled: boolean;
  url: string;
  /**
   * Kinds of alerts; empty for all.
   */
  events: string[];
  comment: string | null;
  /**
   * Calls that wait.
   */
  waiting: number;
  /**
   * Last call that was taken since the start.
   */
  lastSuccess: string | null;
  /**
   * Why the last call failed; null when it did not.
   */
  lastError: string | null;
}
/**
 * A webhook with the secret that its receiver needs; it is told only once.
 */
export interface NewWebhook {
  name: string;
  enabled: boolean;
  url: string;
  /**
   * Kinds of alerts; empty for all.
   */
  events: string[];
  comment: string | null;
  /**
   * Calls that wait.
   */
  waiting: number;
  /**
   * Last call that was taken since the start.
   */
  lastSuccess: string | null;
  /**
   * Why the last call failed; null when it did not.
   */
  lastError: string | null;
  /**
   * The secret of the signature.
   */
  secret: string;
}
/**
 * What a receiver made of a call.
 */
export interface WebhookTest {
  name: string;
  /**
   * It was taken.
   */
  ok: boolean;
  /**
   * Null when there was no answer.
   */
  httpStatus: number | null;
  /**
   * Time to the answer.
   */
  elapsed: number;
  /**
   * What went wrong; a sentence in any case.
   */
  detail: string;
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
/**
 * A mail that was sent to try the way.
 */
export interface AlertMailTest {
  /**
   * Its queue id.
   */
  messageId: string;
  /**
   * Who gets it.
   */
  recipients: string[];
}
export interface DkimKey {
  /**
   * selector._domainkey.domain
   */
  name: string;
  /**
   * Domain that signs (d=).
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
   * Bits.
   */
  keySize: number;
  /**
   * Signs.
   */
  enabled: boolean;
  /**
   * Public key as it stands in DNS (p=).
   */
  publicKey: string;
  /**
   * Name of the TXT record.
   */
  recordName: string;
  /**
   * Its text in one piece.
   */
  recordValue: string;
  /**
   * The same in strings of at most 255 characters, quoted, as zone files want it.
   */
  recordStrings: string;
  /**
   * Why it can't sign.
   */
  error: string | null;
  comment: string | null;
}
export interface DkimTest {
  /**
   * selector._domainkey.domain
   */
  name: string;
  /**
   * Valid: the record is that of the key. Unknown: DNS did not answer.
   */
  status: 'Valid' | 'Missing' | 'Mismatch' | 'Invalid' | 'Revoked' | 'Unknown';
  /**
   * TXT records that were found.
   */
  found: string[];
  /**
   * One sentence.
   */
  message: string;
  /**
   * What to do.
   */
  hint: string | null;
}
export interface Queue {
  /**
   * Queue number.
   */
  identity: string;
  /**
   * Domain or smart hosts.
   */
  nextHopDomain: string;
  /**
   * Connector.
   */
  nextHopConnector: string;
  deliveryType:
    | 'SmartHostConnectorDelivery'
    | 'DnsConnectorDelivery'
    | 'GraphDelivery'
    | 'DropDelivery'
    | 'CaptureDelivery'
    | 'Undefined';
  status: 'Active' | 'Ready' | 'Connecting' | 'Throttled' | 'Retry' | 'Suspended';
  /**
   * Messages waiting.
   */
  messageCount: number;
  /**
   * Recipients waiting.
   */
  recipientCount: number;
  /**
   * What went wrong last.
   */
  lastError: string | null;
  /**
   * What that means, where it is known.
   */
  lastErrorMeaning: string | null;
  /**
   * What to do about it.
   */
  lastErrorAction: string | null;
  /**
   * Last attempt.
   */
  lastRetryTime: string | null;
  /**
   * Next attempt.
   */
  nextRetryTime: string | null;
  /**
   * First failed attempt.
   */
  firstRetryTime: string | null;
  /**
   * Failed attempts in a row.
   */
  retryCount: number;
  /**
   * Connections at the same time, lowered because the next hop asked for fewer.
   */
  loweredConnections: number | null;
  /**
   * Messages a minute, lowered because the next hop asked for fewer.
   */
  loweredMessagesPerMinute: number | null;
  /**
   * Since when; it recovers step by step.
   */
  loweredSince: string | null;
  /**
   * What the next hop said.
   */
  loweredReason: string | null;
  /**
   * Open connections.
   */
  activeConnections: number;
  /**
   * Messages per second, last minute.
   */
  incomingRate: number;
  /**
   * Messages per second, last minute.
   */
  outgoingRate: number;
  /**
   * Outgoing minus incoming rate.
   */
  velocity: number;
}
export interface Message {
  /**
   * queue\number.
   */
  identity: string;
  /**
   * Queue number.
   */
  queue: string;
  /**
   * Domain or smart hosts.
   */
  nextHopDomain: string;
  /**
   * Queue id, as in the 250 reply, Received and the logs.
   */
  internalMessageId: string;
  /**
   * Reverse-path; <> is the null sender.
   */
  fromAddress: string;
  /**
   * Recipients in this queue.
   */
  recipients: MessageRecipient[];
  /**
   * Subject.
   */
  subject: string | null;
  /**
   * Size.
   */
  size: number;
  status: 'Active' | 'Ready' | 'Retry' | 'Suspended' | 'PendingRemove' | 'PendingSuspend';
  /**
   * Accepted.
   */
  dateReceived: string;
  /**
   * Returned to the sender then.
   */
  expirationTime: string;
  /**
   * Message-ID.
   */
  internetMessageId: string | null;
  /**
   * Last reply.
   */
  lastError: string | null;
  /**
   * What that means, where it is known.
   */
  lastErrorMeaning: string | null;
  /**
   * What to do about it.
   */
  lastErrorAction: string | null;
  /**
   * Attempts.
   */
  retryCount: number;
  /**
   * Next attempt.
   */
  nextRetryTime: string | null;
  /**
   * Client.
   */
  sourceIP: string | null;
  /**
   * How it came in.
   */
  messageSourceName: string;
  /**
   * Age.
   */
  messageLatency: number;
}
export interface MessageRecipient {
  /**
   * Recipient.
   */
  emailAddress: string;
  status: 'Pending' | 'Delivered' | 'Failed' | 'Suspended';
  /**
   * Last reply.
   */
  lastError: string | null;
  /**
   * Attempts.
   */
  retryCount: number;
  /**
   * Next attempt.
   */
  nextRetryTime: string | null;
}
export interface MessageChange {
  /**
   * Messages it was done to.
   */
  done: number;
  /**
   * Messages being delivered: it is done when their attempts end.
   */
  pending: number;
  /**
   * Messages being delivered: it is not done.
   */
  busy: number;
  /**
   * The after of the next page; null when all are done.
   */
  next: number | null;
  /**
   * Messages meant, when they were counted.
   */
  matched: number | null;
  /**
   * They, where they wait on and were asked for.
   */
  messages: Message[];
}
export interface MessageContent {
  /**
   * Queue id, or name of the bad mail.
   */
  identity: string;
  /**
   * Bytes of the whole, envelope lines included.
   */
  size: number;
  /**
   * Where this piece begins.
   */
  offset: number;
  /**
   * The piece in base64; empty at the end.
   */
  content: string;
}
export interface Submission {
  /**
   * Queue id; null while pieces are missing.
   */
  internalMessageId: string | null;
  /**
   * To go on with; null when the message is in the queue.
   */
  transfer: string | null;
  /**
   * Reverse-path; <> is the null sender, null is not known yet.
   */
  fromAddress: string | null;
  /**
   * Recipients.
   *
   * Items: Address.
   */
  recipients: string[];
  /**
   * Subject.
   */
  subject: string | null;
  /**
   * Size.
   */
  size: number;
}
export interface DeliveryResult {
  /**
   * Queue id.
   */
  internalMessageId: string;
  /**
   * Every recipient has a final result.
   */
  finished: boolean;
  /**
   * Recipients.
   */
  recipients: {
    /**
     * Address.
     */
    recipient: string;
    result: 'Pending' | 'Delivered' | 'Retry' | 'Failed';
    /**
     * Connector.
     */
    connector: string | null;
    /**
     * Remote host.
     */
    remote: string | null;
    /**
     * What it said.
     */
    reply: string | null;
    /**
     * Since acceptance.
     */
    elapsed: number;
    /**
     * Next attempt.
     */
    nextRetryTime: string | null;
  }[];
}
export interface CapturedMessage {
  /**
   * Name of the file without its ending.
   */
  identity: string;
  /**
   * Put there.
   */
  timestamp: string;
  /**
   * Reverse-path; <> is the null sender, null is unknown.
   */
  fromAddress: string | null;
  /**
   * Recipients.
   *
   * Items: Address.
   */
  recipients: string[];
  /**
   * Subject.
   */
  subject: string | null;
  /**
   * Size of the message with its envelope lines.
   */
  size: number;
  /**
   * Where the message is.
   */
  file: string;
}
export interface BadMail {
  /**
   * Name of the file without its ending.
   */
  identity: string;
  /**
   * Put there.
   */
  timestamp: string;
  /**
   * Reverse-path; <> is the null sender, null is unknown.
   */
  fromAddress: string | null;
  /**
   * Recipients.
   *
   * Items: Address.
   */
  recipients: string[];
  /**
   * Subject.
   */
  subject: string | null;
  /**
   * Size of the message with its envelope lines.
   */
  size: number;
  /**
   * Why it is here.
   */
  reason: string | null;
  /**
   * Queue id it had.
   */
  internalMessageId: string | null;
  /**
   * Where the message is; null when only the reason is left.
   */
  file: string | null;
}
export interface Cleared {
  /**
   * How many.
   */
  removed: number;
  /**
   * There are more; call again.
   */
  more: boolean;
}
export interface LogEntry {
  /**
   * Time.
   */
  time: string;
  direction: 'Inbound' | 'Outbound';
  /**
   * Peer.
   */
  clientIP: string | null;
  /**
   * HELO or EHLO name.
   */
  heloName: string | null;
  /**
   * Verb, or Reply for what a next hop said.
   */
  command: string | null;
  /**
   * What followed the verb, or the reply text.
   */
  argument: string | null;
  /**
   * Reply code.
   */
  code: number | null;
  /**
   * Reply text.
   */
  reply: string | null;
  /**
   * Time from the command to its reply.
   */
  elapsed: number;
  /**
   * Time the session took, as the old SMTP service writes it at QUIT.
   */
  sessionTime: number | null;
  /**
   * Session id.
   */
  session: string | null;
  /**
   * Queue id.
   */
  messageId: string | null;
  /**
   * Listener.
   */
  listener: string | null;
  /**
   * Connector.
   */
  connector: string | null;
  /**
   * Rule that refused.
   */
  rule: string | null;
  /**
   * TLS version and cipher; empty in clear text.
   */
  tls: string | null;
  /**
   * Log file.
   */
  file: string;
}
export interface MessageTrace {
  /**
   * Queue id.
   */
  internalMessageId: string;
  /**
   * Message-ID.
   */
  messageId: string | null;
  /**
   * Time of the first entry.
   */
  received: string;
  /**
   * Reverse-path.
   */
  sender: string;
  /**
   * Recipients.
   *
   * Items: Address.
   */
  recipients: string[];
  /**
   * Subject.
   */
  messageSubject: string | null;
  /**
   * Size.
   */
  totalBytes: number;
  /**
   * Client.
   */
  clientIp: string | null;
  /**
   * What became of it.
   */
  status: 'Delivered' | 'PartlyDelivered' | 'Failed' | 'Pending' | 'Removed';
  /**
   * What became of it, in sentences.
   */
  summary: string;
  /**
   * Everything that happened, in order.
   */
  events: TrackingEntry[];
}
export interface TrackingEntry {
  /**
   * Time.
   */
  timestamp: string;
  eventId: 'RECEIVE' | 'SEND' | 'DELIVER' | 'DEFER' | 'FAIL' | 'DSN' | 'BADMAIL' | 'SUBMIT' | 'DROP' | 'REDIRECT';
  source: 'SMTP' | 'DSN' | 'ADMIN' | 'ROUTING' | 'PICKUP' | 'GATEWAY';
  /**
   * Client.
   */
  clientIp: string | null;
  /**
   * Its name.
   */
  clientHostname: string | null;
  /**
   * Peer or local address.
   */
  serverIp: string | null;
  /**
   * Its name.
   */
  serverHostname: string | null;
  /**
   * Remote reply or detail.
   */
  sourceContext: string | null;
  /**
   * Listener or connector.
   */
  connectorId: string | null;
  /**
   * Queue id.
   */
  internalMessageId: string;
  /**
   * Message-ID.
   */
  messageId: string | null;
  /**
   * Recipients.
   *
   * Items: Address.
   */
  recipients: string[];
  /**
   * One per recipient.
   *
   * Items: Status.
   */
  recipientStatus: string[];
  /**
   * Size.
   */
  totalBytes: number;
  /**
   * Recipients.
   */
  recipientCount: number;
  /**
   * Related message.
   */
  reference: string | null;
  /**
   * Subject.
   */
  messageSubject: string | null;
  /**
   * Reverse-path.
   */
  sender: string;
  /**
   * Reverse-path as sent.
   */
  returnPath: string;
  /**
   * Time since acceptance.
   */
  messageLatency: number | null;
}
export interface ConfigurationDifference {
  /**
   * Where, with the names of listeners, connectors and so on in brackets.
   */
  path: string;
  /**
   * JSON; null for what should not be there.
   */
  desired: string | null;
  /**
   * JSON; null for what is not there.
   */
  actual: string | null;
}
export interface IisImport {
  /**
   * The settings were changed.
   */
  applied: boolean;
  /**
   * Version of the settings before, for Restore-SmtpRelayConfiguration; null when nothing was changed.
   */
  previousVersion: number | null;
  /**
   * Version of the settings now.
   */
  settingsVersion: number;
  /**
   * Virtual servers and their listeners.
   */
  virtualServers: {
    /**
     * Number.
     */
    number: number;
    /**
     * Listener.
     */
    listener: string;
  }[];
  /**
   * Values by outcome.
   */
  counts: {
    /**
     * Outcome.
     */
    outcome:
      | 'Carried'
      | 'CarriedWithChange'
      | 'Defaulted'
      | 'NotSupported'
      | 'NeedsSecret'
      | 'Ignored'
      | 'Refused'
      | 'UnknownProperty';
    /**
     * Values.
     */
    count: number;
  }[];
  /**
   * Values that need a person.
   */
  needsPerson: number;
  /**
   * About the file.
   */
  notes: string[];
  /**
   * Every value.
   */
  settings: IisSetting[];
  /**
   * The report as text.
   */
  text: string;
  /**
   * The report as an HTML page.
   */
  html: string;
}
export interface IisSetting {
  /**
   * Number of the virtual server; null for what concerns all.
   */
  virtualServer: number | null;
  /**
   * Place in the metabase.
   */
  location: string;
  /**
   * Property of the metabase.
   */
  setting: string;
  /**
   * Its value; never a secret.
   */
  value: string | null;
  /**
   * Where the value comes from.
   */
  origin: 'Server' | 'Service' | 'Domain' | 'SchemaDefault' | 'Relay';
  /**
   * Setting of this relay.
   */
  mapsTo: string | null;
  /**
   * Value of that setting.
   */
  newValue: string | null;
  /**
   * What became of it.
   */
  outcome:
    | 'Carried'
    | 'CarriedWithChange'
    | 'Defaulted'
    | 'NotSupported'
    | 'NeedsSecret'
    | 'Ignored'
    | 'Refused'
    | 'UnknownProperty';
  /**
   * Why.
   */
  reason: string | null;
  /**
   * What a person has to do.
   */
  action: string | null;
}
