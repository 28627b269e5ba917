function Set-SmtpRelayConfiguration {
    <#
    .SYNOPSIS
    Changes general settings of the relay; they are in force at once.

    .DESCRIPTION
    Give only what is to change. All values are checked together; when one is refused, nothing is changed
    and there is one error for each wrong value. Times are TimeSpans such as '00:15:00'; a plain number is
    taken as seconds. Sizes may be written as 36MB.

    .PARAMETER Fqdn
    The name used in the greeting, in EHLO, in Received lines and in reports. An empty text goes back to
    the full name of the computer.

    .PARAMETER Postmaster
    The address that delivery reports come from. An empty text goes back to postmaster at the Fqdn.

    .PARAMETER AlertDelay
    How long a trouble lasts before webhooks and alert mail tell of it. Mail that failed is told of at once.

    .PARAMETER DefaultDomain
    The domain that is added to addresses without one, in the envelope as mail comes in and in From, Sender and
    Reply-To as it goes out. An empty text refuses such addresses.

    .PARAMETER MaxMessageSize
    The largest message that is accepted, for example 36MB.

    .PARAMETER MaxRecipientsPerMessage
    The most recipients accepted for one message.

    .PARAMETER MaxHopCount
    The number of Received lines after which a message is taken to be in a loop.

    .PARAMETER RetryInterval
    The waits between delivery attempts; the last one repeats.

    .PARAMETER MessageExpirationTimeout
    The age at which an undelivered message is returned to its sender.

    .PARAMETER DelayNotificationTimeout
    The age at which the sender is told, once, that a message still waits. Zero tells nobody.

    .PARAMETER NdrCopyTo
    The address that gets a copy of every report about mail that could not be delivered. An empty text
    sends no copies.

    .PARAMETER NdrCopyPerHour
    The most copies of reports in one hour; further ones are left out.

    .PARAMETER ConnectionRateLimit
    The most connections of one client address in a minute; further ones get 421. 0 sets no limit.

    .PARAMETER MessageRateLimit
    The most messages of one client address in a minute; further ones get 450 and the time to wait. 0
    sets no limit.

    .PARAMETER RecipientRateLimit
    The most recipients of one client address in a minute. 0 sets no limit.

    .PARAMETER ByteRateLimit
    The bytes of messages of one client address in a minute after which further messages get 450. 0 sets
    no limit.

    .PARAMETER MaxOutboundConnections
    The most outgoing connections at one time.

    .PARAMETER ConnectionTimeout
    The longest wait for an outgoing connection to open.

    .PARAMETER CommandTimeout
    The silence of a next hop after which the connection is given up.

    .PARAMETER DnsServer
    The DNS servers to ask for MX records, as address or address:port. An empty list takes those of the
    system.

    .PARAMETER DnsServerValidates
    The servers of -DnsServer verify DNSSEC signatures, and are trusted when they say that an answer is proven.
    Connectors with -TlsMode Dane need that. Say it only of servers to which nobody can get in between: best a
    validating resolver on this computer, such as Unbound at 127.0.0.1.

    .PARAMETER BadMailMaxAge
    The age at which files in BadMail are removed.

    .PARAMETER BadMailMaxSize
    The size of BadMail above which its oldest files are removed.

    .PARAMETER MinimumFreeSpace
    The free space below which new mail is put off with 452.

    .PARAMETER PickupEnabled
    Whether the files that are put into the Pickup folder are sent.

    .PARAMETER PickupDirectory
    The Pickup folder, as a full path; it is made if it does not exist. Each file in it is sent and
    removed. An empty text goes back to Pickup in the data folder. Whoever may write into the folder may
    relay: give the accounts of your programs the right to create files, and nobody else.

    .PARAMETER PickupDotHandling
    What happens to lines in Pickup files that begin with a dot. AsIs leaves them, as .NET and people
    write them. Unstuff takes one dot away, as CDO writes them. Auto takes one away where every line that
    begins with a dot begins with two.

    .PARAMETER MaxLogonFailures
    The failed log-ons of a source address (IPv6: of its /64 network) after which it is banned; 0 bans nobody.
    This computer is never banned. See Get-SmtpBan.

    .PARAMETER LogonFailureWindow
    The time in which failed log-ons are counted.

    .PARAMETER BanDuration
    The time a source address stays banned.

    .PARAMETER BanExemptIPRange
    Addresses that are never banned: name your load balancers and gateways here, behind which many clients
    stand with one address. Single addresses, networks such as 10.0.0.0/8, or ranges.

    .PARAMETER ControlPort
    The port on 127.0.0.1 that these commands use.

    .PARAMETER PassThru
    Returns the new settings.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Set-SmtpRelayConfiguration -Fqdn relay.example.com -MaxMessageSize 50MB

    Sets the name and the largest message.

    .EXAMPLE
    Set-SmtpRelayConfiguration -RetryInterval '00:01:00', '00:05:00', '00:15:00' -MessageExpirationTimeout '2.00:00:00'

    Tries after 1, 5 and then every 15 minutes, and gives up after two days.

    .EXAMPLE
    Set-SmtpRelayConfiguration -MessageRateLimit 120 -RecipientRateLimit 1000

    Lets no client send more than 120 messages or 1000 recipients in a minute.

    .EXAMPLE
    Set-SmtpRelayConfiguration -BadMailMaxAge '90.00:00:00' -WhatIf

    Says what would be changed.

    .OUTPUTS
    None, or SmtpRelay.Configuration with -PassThru.

    .LINK
    Get-SmtpRelayConfiguration

    .LINK
    Set-SmtpLogging
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType('SmtpRelay.Configuration')]
    param(
        [AllowNull()]
        [AllowEmptyString()]
        [string]$Fqdn,

        [AllowNull()]
        [AllowEmptyString()]
        [string]$Postmaster,

        [timespan]$AlertDelay,

        [AllowNull()]
        [AllowEmptyString()]
        [string]$DefaultDomain,

        [long]$MaxMessageSize,

        [int]$MaxRecipientsPerMessage,

        [int]$MaxHopCount,

        [timespan[]]$RetryInterval,

        [timespan]$MessageExpirationTimeout,

        [timespan]$DelayNotificationTimeout,

        [AllowNull()]
        [AllowEmptyString()]
        [string]$NdrCopyTo,

        [int]$NdrCopyPerHour,

        [int]$ConnectionRateLimit,

        [int]$MessageRateLimit,

        [int]$RecipientRateLimit,

        [long]$ByteRateLimit,

        [int]$MaxOutboundConnections,

        [timespan]$ConnectionTimeout,

        [timespan]$CommandTimeout,

        [AllowEmptyCollection()]
        [string[]]$DnsServer,

        [bool]$DnsServerValidates,

        [timespan]$BadMailMaxAge,

        [long]$BadMailMaxSize,

        [long]$MinimumFreeSpace,

        [bool]$PickupEnabled,

        [AllowNull()]
        [AllowEmptyString()]
        [string]$PickupDirectory,

        [ValidateSet('AsIs', 'Unstuff', 'Auto')]
        [string]$PickupDotHandling,

        [int]$MaxLogonFailures,

        [timespan]$LogonFailureWindow,

        [timespan]$BanDuration,

        [AllowEmptyCollection()]
        [string[]]$BanExemptIPRange,

        [int]$ControlPort,

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
        $parameter = ConvertToMethodParameter -Bound $PSBoundParameters -Rename @{ BanExemptIPRange = 'banExemptIPRanges' }
        if ($parameter.Count -eq 0) {
            Write-Warning 'Nothing was given to change.'
        } elseif ($PSCmdlet.ShouldProcess('SMTP relay', 'Change ' + (FormatChange -Parameter $parameter))) {
            $configuration = WriteRelayResult -Cmdlet $PSCmdlet -Method settings.set -Parameter $parameter
            if ($PassThru) {
                $configuration
            }
        }
    }
}
