function Set-SmtpConnector {
    <#
    .SYNOPSIS
    Changes a connector; waiting mail is routed again.

    .DESCRIPTION
    Give only what is to change; -SmartHost and -AddressSpace replace their whole list.

    .PARAMETER Identity
    The name of the connector, without wildcards.

    .PARAMETER Type
    SmartHost hands all mail to the smart hosts; Direct looks up the MX of each recipient domain; Graph hands
    it to Microsoft Graph.

    .PARAMETER AddressSpace
    The recipient domains of this connector: *, example.com or *.example.com.

    .PARAMETER Cost
    Decides among connectors with the same address space; the lower cost wins.

    .PARAMETER SmartHost
    The smart hosts, tried in order: host, host:port or [IPv6]:port. The port is 25 if not given.

    .PARAMETER Port
    The port of MX hosts (Direct).

    .PARAMETER TlsMode
    None: clear text. Opportunistic: encrypts when the next hop offers it. Required: encrypts or waits.
    Verify: also checks name and chain of the certificate.

    .PARAMETER Fqdn
    The EHLO name; an empty text takes the general one.

    .PARAMETER MaxConnections
    The most connections to one next hop at one time.

    .PARAMETER MaxMessagesPerConnection
    The most messages sent over one connection.

    .PARAMETER MaxRecipientsPerTransaction
    The most recipients sent in one transaction; more are split.

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

    .PARAMETER Comment
    A comment for administrators.

    .PARAMETER PassThru
    Returns the connector.

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

        [ValidateSet('SmartHost', 'Direct', 'Graph')]
        [string]$Type,

        [Alias('AddressSpaces')]
        [string[]]$AddressSpace,

        [int]$Cost,

        [Alias('SmartHosts')]
        [AllowEmptyCollection()]
        [string[]]$SmartHost,

        [int]$Port,

        [ValidateSet('None', 'Opportunistic', 'Required', 'Verify')]
        [string]$TlsMode,

        [AllowNull()]
        [AllowEmptyString()]
        [string]$Fqdn,

        [int]$MaxConnections,

        [int]$MaxMessagesPerConnection,

        [int]$MaxRecipientsPerTransaction,

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

        [AllowNull()]
        [AllowEmptyString()]
        [string]$Comment,

        [switch]$PassThru
    )

    process {
        $rename = @{ Identity = 'name'; AddressSpace = 'addressSpaces'; SmartHost = 'smartHosts' }
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
