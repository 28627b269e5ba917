function New-SmtpConnector {
    <#
    .SYNOPSIS
    Adds a connector: a way for mail to leave the relay.

    .DESCRIPTION
    A connector takes the mail of its address spaces to smart hosts or to the MX hosts of the recipient
    domains. With -SmartHost and without -Type the type is SmartHost. Waiting mail is routed again.

    .PARAMETER Name
    The name of the connector.

    .PARAMETER Type
    SmartHost hands all mail to the smart hosts; Direct looks up the MX of each recipient domain.

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

    .PARAMETER Enabled
    Whether the connector is used.

    .PARAMETER Comment
    A comment for administrators.

    .EXAMPLE
    New-SmtpConnector -Name Partner -AddressSpace example.com, *.example.com -SmartHost mail.example.com:587 -TlsMode Verify

    Sends the mail for example.com and its subdomains to one host, only with a valid certificate.

    .EXAMPLE
    New-SmtpConnector -Name Backup -SmartHost relay1.example.net, relay2.example.net -Cost 50

    Adds two smart hosts for all mail that no cheaper connector takes.

    .OUTPUTS
    SmtpRelay.Connector with Name, Type, AddressSpaces, SmartHosts, Port, TlsMode, Enabled, and with
    RetryInterval and MessageExpirationTimeout, which are empty where the general ones hold.

    .LINK
    Get-SmtpConnector

    .LINK
    Set-SmtpConnector
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType('SmtpRelay.Connector')]
    param(
        [Parameter(Mandatory, Position = 0)]
        [string]$Name,

        [ValidateSet('SmartHost', 'Direct')]
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

        [bool]$Enabled,

        [AllowNull()]
        [AllowEmptyString()]
        [string]$Comment
    )

    process {
        $rename = @{ AddressSpace = 'addressSpaces'; SmartHost = 'smartHosts' }
        $parameter = ConvertToMethodParameter -Bound $PSBoundParameters -Rename $rename
        if (-not $parameter.ContainsKey('type') -and $parameter.ContainsKey('smartHosts')) {
            $parameter.type = 'SmartHost'
        }
        if ($PSCmdlet.ShouldProcess("connector $Name", 'Add')) {
            WriteRelayResult -Cmdlet $PSCmdlet -Method connector.create -Parameter $parameter -Target $Name
        }
    }
}
