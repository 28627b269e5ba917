function New-SmtpListener {
    <#
    .SYNOPSIS
    Adds a listener: addresses and ports that mail clients connect to.

    .DESCRIPTION
    The listener works when the command returns; nothing is restarted, and sessions of other listeners go on.
    When an address or port can't be opened, the listener is kept, and Status and Error say why it does not
    listen. Without -TlsMode it offers STARTTLS, with a self-signed certificate if none is named.

    Who may relay through it is decided by Set-RelayRestriction, for all listeners alike.

    .PARAMETER Name
    The name of the listener.

    .PARAMETER Binding
    The local addresses and ports: address:port, [IPv6]:port, or a port alone, which means all IPv4 addresses
    (0.0.0.0).

    .PARAMETER TlsMode
    Off: no TLS. Optional: offers STARTTLS. Required: takes mail only after STARTTLS. Implicit: begins with
    TLS, as port 465 does.

    .PARAMETER Certificate
    The names of certificates. A client that asks for a name (SNI) gets the one that has it, any other the
    first. An empty list takes a self-signed one that the relay makes and renews.

    .PARAMETER MinimumTlsVersion
    The oldest TLS version spoken. 1.0 and 1.1 need -CipherProfile Legacy and -RemoteIPRange.

    .PARAMETER CipherProfile
    Default: forward secrecy and authenticated encryption only. Legacy: also what old devices need; only
    together with -RemoteIPRange.

    .PARAMETER ClientCertificate
    Whether clients are asked for a certificate (Request), or must have one (Require). Set-RelayRestriction
    -ClientCertificate says which ones may relay.

    .PARAMETER AuthenticationMethod
    The ways to log in: PLAIN, LOGIN, NTLM, GSSAPI. They are offered under TLS, and to this computer. NTLM and
    GSSAPI (Kerberos) take accounts of Windows or of a Kerberos realm, and need .NET 10. An empty list offers none.

    .PARAMETER WindowsAccounts
    PLAIN and LOGIN also take Windows accounts, as DOMAIN\user or user@domain. Only on Windows.

    .PARAMETER RequireAuthentication
    Takes mail only from clients that logged in or showed a certificate that may relay.

    .PARAMETER RemoteIPRange
    The clients that may connect: addresses, networks, ranges. An empty list means all. May they relay? That
    is for Set-RelayRestriction.

    .PARAMETER DeniedIPRange
    The clients that may not connect, also where -RemoteIPRange has them.

    .PARAMETER AllowedSender
    The senders taken here, in the envelope and in From; wildcards are allowed. An empty list means any.

    .PARAMETER AllowedRecipient
    The recipients taken here; wildcards are allowed. An empty list means any.

    .PARAMETER Fqdn
    The name in the greeting and in EHLO; an empty text takes the general one.

    .PARAMETER Banner
    The text after the name in the greeting; an empty text leaves it out.

    .PARAMETER MaxInboundConnection
    The most sessions at one time.

    .PARAMETER MaxInboundConnectionPerSource
    The most sessions at one time from one address.

    .PARAMETER ConnectionInactivityTimeout
    The silence after which a session is closed with 421.

    .PARAMETER ConnectionTimeout
    The age at which a session is ended with 421, after the message it is about. $null lets it go on.

    .PARAMETER MaxMessagesPerConnection
    The messages of one session, after which it is ended with 421. $null sets no limit.

    .PARAMETER MaxMessageSize
    The largest message accepted here, in bytes (36MB is understood). $null takes the general size.

    .PARAMETER MaxRecipientsPerMessage
    The recipients accepted per message here. $null takes the general number.

    .PARAMETER MaxProtocolErrors
    The refused commands after which a session is closed with 421.

    .PARAMETER MinimumDataRate
    The bytes of a message that must come each second; slower sessions are closed. 0 asks for none.

    .PARAMETER BareLineEndings
    What becomes of a CR or LF that stands alone in a message: Normalize makes it a line end, Reject
    refuses the message.

    .PARAMETER UnauthorizedPipelining
    What becomes of clients that go on where they must wait: Allow or Reject.

    .PARAMETER ReverseDns
    Names of clients by their addresses. None: not asked. Log: a name that leads back to the address goes into
    the tracking log and the Received line. Require: mail of clients without such a name is refused, except
    from this computer and from clients that logged in.

    .PARAMETER ProxyProtocolFrom
    Load balancers that must send a PROXY protocol header; its client address is the one that counts.

    .PARAMETER LegacyClients
    Takes addresses without angle brackets and HELO without a name, as old devices say it; only together
    with -RemoteIPRange.

    .PARAMETER DisabledExtension
    SMTP extensions that are not offered: PIPELINING, 8BITMIME, SMTPUTF8, ENHANCEDSTATUSCODES, DSN, SIZE.

    .PARAMETER ProtocolLoggingLevel
    Whether conversations of this listener are in the protocol log. General does as Set-SmtpLogging says for all;
    None and Verbose hold for this listener, whatever is said there.

    .PARAMETER Enabled
    Whether it listens.

    .PARAMETER Comment
    A comment for administrators.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    New-SmtpListener -Name Submission -Binding 587 -TlsMode Required -RequireAuthentication $true -Certificate relay.example.com

    Lets mail programs in that encrypt and log in.

    .EXAMPLE
    New-SmtpListener -Name Smtps -Binding 465 -TlsMode Implicit

    Adds a port that begins with TLS, with a self-signed certificate.

    .EXAMPLE
    New-SmtpListener -Name Printers -Binding 10.0.0.5:2525 -MinimumTlsVersion 1.0 -CipherProfile Legacy -LegacyClients $true -RemoteIPRange 10.20.0.0/24

    Lets old devices of one network in, with all that they need and nobody else gets.

    .OUTPUTS
    SmtpRelay.Listener with Name, Bindings, Status, TlsMode, Certificates, AuthenticationMethods, Sessions and Error.

    .LINK
    Get-SmtpListener

    .LINK
    Set-SmtpListener

    .LINK
    Test-SmtpListener
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType('SmtpRelay.Listener')]
    param(
        [Parameter(Mandatory, Position = 0)]
        [string]$Name,

        [Parameter(Mandatory)]
        [Alias('Bindings')]
        [string[]]$Binding,

        [ValidateSet('Off', 'Optional', 'Required', 'Implicit')]
        [string]$TlsMode,

        [Alias('Certificates')]
        [AllowEmptyCollection()]
        [string[]]$Certificate,

        [ValidateSet('1.0', '1.1', '1.2', '1.3')]
        [string]$MinimumTlsVersion,

        [ValidateSet('Default', 'Legacy')]
        [string]$CipherProfile,

        [ValidateSet('None', 'Request', 'Require')]
        [string]$ClientCertificate,

        [Alias('AuthenticationMethods')]
        [AllowEmptyCollection()]
        [string[]]$AuthenticationMethod,

        [bool]$WindowsAccounts,

        [bool]$RequireAuthentication,

        [Alias('RemoteIPRanges')]
        [AllowEmptyCollection()]
        [string[]]$RemoteIPRange,

        [Alias('DeniedIPRanges')]
        [AllowEmptyCollection()]
        [string[]]$DeniedIPRange,

        [Alias('AllowedSenders')]
        [AllowEmptyCollection()]
        [string[]]$AllowedSender,

        [Alias('AllowedRecipients')]
        [AllowEmptyCollection()]
        [string[]]$AllowedRecipient,

        [AllowNull()]
        [AllowEmptyString()]
        [string]$Fqdn,

        [AllowNull()]
        [AllowEmptyString()]
        [string]$Banner,

        [int]$MaxInboundConnection,

        [int]$MaxInboundConnectionPerSource,

        [timespan]$ConnectionInactivityTimeout,

        [AllowNull()]
        [Nullable[timespan]]$ConnectionTimeout,

        [AllowNull()]
        [Nullable[int]]$MaxMessagesPerConnection,

        [AllowNull()]
        [Nullable[int]]$MaxMessageSize,

        [AllowNull()]
        [Nullable[int]]$MaxRecipientsPerMessage,

        [int]$MaxProtocolErrors,

        [int]$MinimumDataRate,

        [ValidateSet('Normalize', 'Reject')]
        [string]$BareLineEndings,

        [ValidateSet('Allow', 'Reject')]
        [string]$UnauthorizedPipelining,

        [ValidateSet('None', 'Log', 'Require')]
        [string]$ReverseDns,

        [AllowEmptyCollection()]
        [string[]]$ProxyProtocolFrom,

        [bool]$LegacyClients,

        [Alias('DisabledExtensions')]
        [AllowEmptyCollection()]
        [string[]]$DisabledExtension,

        [ValidateSet('General', 'None', 'Verbose')]
        [string]$ProtocolLoggingLevel,

        [bool]$Enabled,

        [AllowNull()]
        [AllowEmptyString()]
        [string]$Comment,

        [Parameter(ValueFromPipelineByPropertyName)]
        [Alias('PSComputerName')]
        [string[]]$ComputerName,

        [System.Management.Automation.Runspaces.PSSession[]]$Session
    )

    process {
        if ($ComputerName -or $Session) {
            return InvokeOverThere -Cmdlet $PSCmdlet -Bound $PSBoundParameters
        }
        $rename = @{ Binding = 'bindings'; Certificate = 'certificates'; AuthenticationMethod = 'authenticationMethods'; RemoteIPRange = 'remoteIPRanges'; DeniedIPRange = 'deniedIPRanges'; AllowedSender = 'allowedSenders'; AllowedRecipient = 'allowedRecipients'; DisabledExtension = 'disabledExtensions' }
        $parameter = ConvertToMethodParameter -Bound $PSBoundParameters -Rename $rename
        if ($PSCmdlet.ShouldProcess("listener $Name", 'Add')) {
            WriteRelayResult -Cmdlet $PSCmdlet -Method listener.create -Parameter $parameter -Target $Name
        }
    }
}
