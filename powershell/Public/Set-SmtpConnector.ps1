function Set-SmtpConnector {
    <#
    .SYNOPSIS
    Changes a connector; waiting mail is routed again.

    .DESCRIPTION
    Give only what is to change; -SmartHost and -AddressSpace replace their whole list.

    .PARAMETER Identity
    The name of the connector, without wildcards.

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
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType('SmtpRelay.Connector')]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)]
        [Alias('Name')]
        [string]$Identity,

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
