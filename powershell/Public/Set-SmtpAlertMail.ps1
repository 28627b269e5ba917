function Set-SmtpAlertMail {
    <#
    .SYNOPSIS
    Says who gets mail from the relay when something is wrong.

    .DESCRIPTION
    The mail is a digest: what is broken now, what is over, mail that was not delivered and mail that is late, with what
    to do. What comes within a minute goes out together; the next mail not before Interval, and no more than MaxPerDay in
    any 24 hours. What is gathered when the relay stops is sent with its next start.

    When the way out is broken, mail about it can't leave by it: give it a connector of its own, which may have an address
    space that no mail has. What becomes of this mail is told to nobody.

    Troubles are told of when they have lasted for AlertDelay (Set-SmtpRelayConfiguration).

    .PARAMETER Enabled
    Whether mail is sent.

    .PARAMETER Recipient
    Who gets it.

    .PARAMETER Sender
    Its sender and From line. An empty text takes the postmaster.

    .PARAMETER Connector
    The connector that sends it, whatever its address spaces. An empty text takes the usual way.

    .PARAMETER Event
    The kinds of alerts: MessageFailed, MessageDelayed (mail that failed, or waits longer than
    DelayNotificationTimeout), Queue (a next hop is out of reach), LogOn (a connector can't log on), Certificate (one
    ends), Listener (one is down), Storage (a disk or log can't be written), OpenRelay. An empty list means all.

    .PARAMETER Interval
    The least time between two mails.

    .PARAMETER MaxPerDay
    The most mails in any 24 hours.

    .PARAMETER Test
    Sends one now, with no alert in it, and returns its message id.

    .PARAMETER PassThru
    Returns the settings.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Set-SmtpAlertMail -Enabled $true -Recipient ops@contoso.com -Test

    Tells ops of everything, and sends a first mail at once.

    .EXAMPLE
    New-SmtpConnector -Name Alerts -AddressSpace alerts.invalid -SmartHost smtp.other.example:587 -TlsMode Verify
    Set-SmtpAlertMail -Connector Alerts

    Sends this mail by another provider than all other mail.

    .OUTPUTS
    None; SmtpRelay.AlertMail with -PassThru, SmtpRelay.AlertMailTest with -Test.

    .LINK
    Get-SmtpAlertMail

    .LINK
    New-SmtpWebhook
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType('SmtpRelay.AlertMail', 'SmtpRelay.AlertMailTest')]
    param(
        [bool]$Enabled,

        [Alias('Recipients')]
        [AllowEmptyCollection()]
        [string[]]$Recipient,

        [AllowNull()]
        [AllowEmptyString()]
        [string]$Sender,

        [AllowNull()]
        [AllowEmptyString()]
        [string]$Connector,

        [Alias('Events')]
        [AllowEmptyCollection()]
        [ValidateSet('MessageFailed', 'MessageDelayed', 'Queue', 'LogOn', 'Certificate', 'Listener', 'Storage', 'OpenRelay')]
        [string[]]$Event,

        [timespan]$Interval,

        [int]$MaxPerDay,

        [switch]$Test,

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
        $parameter = ConvertToMethodParameter -Bound $PSBoundParameters -Rename @{ Recipient = 'recipients'; Event = 'events' }
        $parameter.Remove('test')
        if ($parameter.Count -eq 0 -and -not $Test) {
            Write-Warning 'Nothing was given to change.'
            return
        }
        if ($parameter.Count -gt 0 -and $PSCmdlet.ShouldProcess('Alert mail', 'Change ' + (FormatChange -Parameter $parameter))) {
            $settings = WriteRelayResult -Cmdlet $PSCmdlet -Method alertmail.set -Parameter $parameter
            if ($PassThru) {
                $settings
            }
        }
        if ($Test -and $PSCmdlet.ShouldProcess('Alert mail', 'Send one now')) {
            WriteRelayResult -Cmdlet $PSCmdlet -Method alertmail.test
        }
    }
}
