function Get-SmtpTrackingLog {
    <#
    .SYNOPSIS
    Reads the tracking log: what became of each message.

    .DESCRIPTION
    Shows one entry for each thing that happened to a message, oldest first: RECEIVE when the relay took
    it, SEND when a next hop took it, DELIVER when it was written into a drop folder, DEFER and FAIL with
    what the next hop said, REDIRECT when an administrator gave it to another connector, DSN for a report,
    BADMAIL when not even the report could be delivered. Several conditions must all be met.

    .PARAMETER Start
    Only entries from this time on (local time).

    .PARAMETER End
    Only entries up to this time (local time).

    .PARAMETER EventId
    Only this event.

    .PARAMETER Sender
    Only this reverse-path. Wildcards are allowed.

    .PARAMETER Recipients
    Only entries with any of these recipients. Wildcards are allowed.

    .PARAMETER MessageId
    Only the message with this Message-ID header, or with this queue id.

    .PARAMETER InternalMessageId
    Only the message with this queue id.

    .PARAMETER MessageSubject
    Only messages whose subject contains this text.

    .PARAMETER Source
    Only entries of this part of the relay.

    .PARAMETER Reference
    Only entries that refer to this message, for example the report about it.

    .PARAMETER ResultSize
    The most entries to return, a number or Unlimited. 1000 if not given.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Get-SmtpTrackingLog -Recipients jo@example.com -Start (Get-Date).AddDays(-1)

    Shows what became of the mail to one recipient since yesterday.

    .EXAMPLE
    Get-SmtpMessage -Identity 1K11YVFB9Q0 | Get-SmtpTrackingLog

    Shows the history of a message that still waits.

    .EXAMPLE
    Get-SmtpTrackingLog -EventId FAIL -ResultSize Unlimited | Group-Object -Property SourceContext

    Counts the failures by what the next hops said.

    .OUTPUTS
    SmtpRelay.TrackingEntry with Timestamp, EventId, Source, Sender, Recipients, MessageSubject.

    .LINK
    Get-SmtpLog

    .LINK
    Get-SmtpMessage
    #>
    [CmdletBinding()]
    [OutputType('SmtpRelay.TrackingEntry')]
    param(
        [datetime]$Start,

        [datetime]$End,

        [ValidateSet('RECEIVE', 'SEND', 'DELIVER', 'DEFER', 'FAIL', 'DSN', 'BADMAIL', 'SUBMIT', 'DROP', 'REDIRECT')]
        [string]$EventId,

        [SupportsWildcards()]
        [string]$Sender,

        [Alias('Recipient')]
        [SupportsWildcards()]
        [string[]]$Recipients,

        [string]$MessageId,

        [Parameter(ValueFromPipelineByPropertyName)]
        [string]$InternalMessageId,

        [string]$MessageSubject,

        [ValidateSet('SMTP', 'DSN', 'ADMIN', 'ROUTING', 'PICKUP', 'GATEWAY')]
        [string]$Source,

        [string]$Reference,

        [ValidatePattern('^([0-9]+|Unlimited)$')]
        [string]$ResultSize,

        [Parameter(ValueFromPipelineByPropertyName)]
        [Alias('PSComputerName')]
        [string[]]$ComputerName,

        [System.Management.Automation.Runspaces.PSSession[]]$Session
    )

    process {
        if ($ComputerName -or $Session) {
            return InvokeOverThere -Cmdlet $PSCmdlet -Bound $PSBoundParameters
        }
        $parameter = ConvertToMethodParameter -Bound $PSBoundParameters
        WriteRelayList -Cmdlet $PSCmdlet -Method tracking.read -Parameter $parameter
    }
}
