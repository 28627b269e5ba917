function Set-SmtpConnector {
    <#
    .SYNOPSIS
    Changes a connector; waiting mail is routed again.

    .DESCRIPTION
    Give only what is to change; -SmartHost and -AddressSpace replace their whole list.

    .PARAMETER Identity
    The name of the connector, without wildcards.

    .PARAMETER Type
    SmartHost hands all mail to the smart hosts; Direct looks up the MX of each recipient domain;
    DirectThenSmartHost hands to the smart hosts what can't be reached directly; Graph hands it to Microsoft
    Graph; Drop writes it into a folder; Capture keeps it to be looked at (Get-SmtpCapturedMessage) and sends
    nothing, for test servers.

    .PARAMETER AddressSpace
    The recipient domains of this connector: *, example.com or *.example.com.

    .PARAMETER Cost
    Decides among connectors with the same address space; the lower cost wins.

    .PARAMETER Sender
    A condition: the envelope senders whose mail takes this connector; wildcards are allowed, <> is the null
    sender of reports. All conditions of a connector must hold; an empty list asks for nothing.

    .PARAMETER SenderDomain
    A condition: the domains of the envelope sender, example.com or *.example.com.

    .PARAMETER RemoteIPRange
    A condition: addresses, networks or ranges of the clients that gave the mail.

    .PARAMETER Listener
    A condition: the names of the listeners that took the mail.

    .PARAMETER Account
    A condition: the accounts that logged on to give the mail; wildcards are allowed.

    .PARAMETER SmartHost
    The smart hosts, tried in order: host, host:port or [IPv6]:port. The port is 25 if not given. See
    -SmartHostSelection for weights.

    .PARAMETER SmartHostSelection
    Ordered takes the first smart host that works. Weighted shares the mail out by the weights that follow the
    hosts: relay1.example.net:25;weight=3. One that fails is passed over at once and tried again later.

    .PARAMETER Port
    The port of MX hosts (Direct, DirectThenSmartHost).

    .PARAMETER DropDirectory
    The folder that mail is written into, one file a message (type Drop); Default is the Drop folder of the
    data folder.

    .PARAMETER TlsMode
    None: clear text. Opportunistic: encrypts when the next hop offers it. Required: encrypts or waits.
    Verify: also checks name and chain of the certificate. MtaSts (type Direct): does what the policy of each
    recipient domain asks for (RFC 8461), and else is Opportunistic. Dane (type Direct): takes
    only certificates that the TLSA records of the mail host tell (RFC 7672), where DNSSEC proves those records, and
    else is Opportunistic. It needs a validating resolver: Set-SmtpRelayConfiguration -DnsServer 127.0.0.1
    -DnsServerValidates $true.

    .PARAMETER MinimumTlsVersion
    The oldest TLS version that is spoken with the next hop, 1.2 if not given. A host that only knows older ones
    counts as one without TLS (Opportunistic), or is not sent to.

    .PARAMETER TlsDomain
    The name that the certificate of the smart hosts must carry, with -TlsMode Verify; an empty text takes the
    name of each host.

    .PARAMETER TlsCertificate
    The certificate of this relay that is shown, with its chain, to hosts that ask for one: its name or its
    thumbprint, as Get-SmtpCertificate has them.

    .PARAMETER Fqdn
    The EHLO name; an empty text takes the general one.

    .PARAMETER MaxConnections
    The most connections to one next hop at one time.

    .PARAMETER MaxMessagesPerConnection
    The most messages sent over one connection.

    .PARAMETER MaxRecipientsPerTransaction
    The most recipients sent in one transaction; more are split.

    .PARAMETER SourceAddress
    The own address that connections come from. Hosts of the other address family are then not tried. An empty
    text leaves it to the system.

    .PARAMETER ForceHelo
    Greets with HELO, for hosts that can't bear EHLO. Then there is no TLS and no log-on.

    .PARAMETER MaxMessageSize
    The largest message in bytes that is sent this way. A larger one is refused where it comes in, or returned.
    $null sets no limit.

    .PARAMETER MaxMessagesPerMinute
    The most messages in any minute, over all next hops of the connector. Then its queues wait in the status
    Throttled. $null sets no limit.

    .PARAMETER IdleTimeout
    The time after which a connection without mail is ended. A host that ends it sooner is remembered, and left
    sooner.

    .PARAMETER RetryInterval
    The waits between delivery attempts of this connector's mail, also while its next hop can't be
    reached; the last one repeats. They count from the next attempt on. An empty list takes the general
    ones.

    .PARAMETER MessageExpirationTimeout
    The age at which undelivered mail of this connector is returned to its sender. $null takes the general
    one.

    .PARAMETER DelayNotificationTimeout
    The age at which the sender is told, once, that mail of this connector still waits. Zero tells nobody,
    $null takes the general one.

    .PARAMETER AuthenticationMethod
    How to log on to the smart hosts. Automatic takes what they offer of PLAIN, LOGIN and CRAM-MD5; XOAUTH2
    gets a token first. With a log-on the connection is always encrypted. The secret is given with
    Set-SmtpConnectorCredential.

    .PARAMETER AuthenticationUserName
    The account that logs on; with XOAUTH2 and Graph the mailbox that sends. An empty text with Graph takes
    the sender of each message.

    .PARAMETER AllowClearTextAuthentication
    Logs on without encryption where there is none, and only to this computer and private addresses. Who can
    listen there can read the password.

    .PARAMETER TenantId
    The directory (tenant) of Microsoft 365 that gives tokens: its id, or a domain of it.

    .PARAMETER ClientId
    The application (client) id that asks for tokens.

    .PARAMETER TokenCertificate
    The name of the certificate whose key signs the request for tokens, instead of a client secret.

    .PARAMETER TokenEndpoint
    The address that gives out tokens; an empty text takes that of the tenant at Microsoft, or of the Google
    service account.

    .PARAMETER TokenScope
    What the token is for; an empty text takes the scope of Exchange Online, Microsoft Graph or Gmail.

    .PARAMETER GraphEndpoint
    The base address of Microsoft Graph (type Graph), for national clouds.

    .PARAMETER Enabled
    Whether the connector is used.

    .PARAMETER ProtocolLoggingLevel
    Whether conversations of this connector are in the protocol log. General does as Set-SmtpLogging says for all;
    None and Verbose hold for this connector, whatever is said there.

    .PARAMETER Comment
    A comment for administrators.

    .PARAMETER PassThru
    Returns the connector.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Set-SmtpConnector -Identity Internet -Type SmartHost -SmartHost smtp.example.net:587 -TlsMode Required

    Sends all mail of this connector to a smart host from now on, always encrypted.

    .EXAMPLE
    Get-SmtpConnector | Set-SmtpConnector -MaxConnections 5

    Sets a limit for all connectors.

    .EXAMPLE
    Set-SmtpConnector -Identity Partner -RetryInterval '00:01:00', '00:05:00' -MessageExpirationTimeout '04:00:00'

    Tries this partner's server every five minutes and returns after four hours what it did not take.

    .OUTPUTS
    None, or SmtpRelay.Connector with -PassThru.

    .LINK
    Get-SmtpConnector

    .LINK
    Set-SmtpConnectorCredential
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType('SmtpRelay.Connector')]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)]
        [Alias('Name')]
        [string]$Identity,

        [ValidateSet('SmartHost', 'Direct', 'DirectThenSmartHost', 'Graph', 'Drop', 'Capture')]
        [string]$Type,

        [Alias('AddressSpaces')]
        [string[]]$AddressSpace,

        [int]$Cost,

        [AllowEmptyCollection()]
        [string[]]$Sender,

        [AllowEmptyCollection()]
        [string[]]$SenderDomain,

        [AllowEmptyCollection()]
        [string[]]$RemoteIPRange,

        [AllowEmptyCollection()]
        [string[]]$Listener,

        [AllowEmptyCollection()]
        [string[]]$Account,

        [Alias('SmartHosts')]
        [AllowEmptyCollection()]
        [string[]]$SmartHost,

        [ValidateSet('Ordered', 'Weighted')]
        [string]$SmartHostSelection,

        [int]$Port,

        [AllowNull()]
        [AllowEmptyString()]
        [string]$DropDirectory,

        [ValidateSet('None', 'Opportunistic', 'Required', 'Verify', 'MtaSts', 'Dane')]
        [string]$TlsMode,

        [ValidateSet('1.0', '1.1', '1.2', '1.3')]
        [string]$MinimumTlsVersion,

        [AllowNull()]
        [AllowEmptyString()]
        [string]$TlsDomain,

        [AllowNull()]
        [AllowEmptyString()]
        [Alias('TlsCertificateName')]
        [string]$TlsCertificate,

        [AllowNull()]
        [AllowEmptyString()]
        [string]$Fqdn,

        [int]$MaxConnections,

        [int]$MaxMessagesPerConnection,

        [int]$MaxRecipientsPerTransaction,

        [AllowNull()]
        [AllowEmptyString()]
        [string]$SourceAddress,

        [bool]$ForceHelo,

        [AllowNull()]
        [Nullable[int]]$MaxMessageSize,

        [AllowNull()]
        [Nullable[int]]$MaxMessagesPerMinute,

        [timespan]$IdleTimeout,

        [AllowNull()]
        [AllowEmptyCollection()]
        [timespan[]]$RetryInterval,

        [AllowNull()]
        [Nullable[timespan]]$MessageExpirationTimeout,

        [AllowNull()]
        [Nullable[timespan]]$DelayNotificationTimeout,

        [ValidateSet('None', 'Automatic', 'PLAIN', 'LOGIN', 'CRAM-MD5', 'XOAUTH2')]
        [string]$AuthenticationMethod,

        [AllowNull()]
        [AllowEmptyString()]
        [string]$AuthenticationUserName,

        [bool]$AllowClearTextAuthentication,

        [AllowNull()]
        [AllowEmptyString()]
        [string]$TenantId,

        [AllowNull()]
        [AllowEmptyString()]
        [string]$ClientId,

        [AllowNull()]
        [AllowEmptyString()]
        [string]$TokenCertificate,

        [AllowNull()]
        [AllowEmptyString()]
        [string]$TokenEndpoint,

        [AllowNull()]
        [AllowEmptyString()]
        [string]$TokenScope,

        [string]$GraphEndpoint,

        [bool]$Enabled,

        [ValidateSet('General', 'None', 'Verbose')]
        [string]$ProtocolLoggingLevel,

        [AllowNull()]
        [AllowEmptyString()]
        [string]$Comment,

        [switch]$PassThru,

        [Parameter(ValueFromPipelineByPropertyName)]
        [Alias('PSComputerName')]
        [string[]]$ComputerName,

        [System.Management.Automation.Runspaces.PSSession[]]$Session
    )

    process {
        if ($ComputerName -or $Session) {
            return InvokeOverThere -Cmdlet $PSCmdlet -Bound $PSBoundParameters
        }
        $rename = @{ Identity = 'name'; AddressSpace = 'addressSpaces'; SmartHost = 'smartHosts'; Sender = 'senders'; SenderDomain = 'senderDomains'; RemoteIPRange = 'remoteIPRanges'; Listener = 'listeners'; Account = 'accounts' }
        $parameter = ConvertToMethodParameter -Bound $PSBoundParameters -Rename $rename
        if ($parameter.Count -eq 1) {
            Write-Warning "Nothing was given to change for connector $Identity."
        } elseif ($PSCmdlet.ShouldProcess("connector $Identity", 'Change ' + (FormatChange -Parameter $parameter))) {
            $connector = WriteRelayResult -Cmdlet $PSCmdlet -Method connector.set -Parameter $parameter -Target $Identity
            if ($PassThru) {
                $connector
            }
        }
    }
}
