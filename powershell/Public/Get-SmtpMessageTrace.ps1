function Get-SmtpMessageTrace {
    <#
    .SYNOPSIS
    Tells the whole story of a message, and ends with a sentence that says what became of it.

    .DESCRIPTION
    Joins what the tracking log knows of a message from the moment the relay took it: every attempt with
    what the next hop said, reports to the sender, and what an administrator did, also over restarts of the
    relay. Summary says what became of it and, where something is known, what to do. Without a condition,
    the latest messages are shown.

    .PARAMETER Recipient
    Only messages to this recipient. Wildcards are allowed, but then the log is read from end to end.

    .PARAMETER Sender
    Only messages with this reverse-path. Wildcards are allowed.

    .PARAMETER MessageId
    Only the message with this Message-ID header, or with this queue id.

    .PARAMETER InternalMessageId
    Only the message with this queue id.

    .PARAMETER Start
    Only messages of which something happened from this time on (local time).

    .PARAMETER End
    Only messages of which something happened up to this time (local time).

    .PARAMETER ResultSize
    How many of the latest messages, a number or Unlimited. 10 if not given.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Get-SmtpMessageTrace -Recipient jo@example.com

    Tells what became of the latest messages to one recipient.

    .EXAMPLE
    Get-SmtpMessageTrace -MessageId 1K12P16Y5VG | Select-Object -ExpandProperty Events

    Shows everything that happened to one message, in order.

    .EXAMPLE
    Get-SmtpMessageTrace -Sender app@example.com -Start (Get-Date).Date -ResultSize Unlimited | Where-Object { $_.Status -eq 'Failed' }

    Shows what of one sender's mail failed today, and why.

    .OUTPUTS
    SmtpRelay.MessageTrace with Received, Sender, Recipients, Status, Summary, Events.

    .LINK
    Get-SmtpTrackingLog

    .LINK
    Get-SmtpLog
    #>
    [CmdletBinding()]
    [OutputType('SmtpRelay.MessageTrace')]
    param(
        [SupportsWildcards()]
        [string]$Recipient,

        [SupportsWildcards()]
        [string]$Sender,

        [Parameter(ValueFromPipelineByPropertyName)]
        [string]$MessageId,

        [Parameter(ValueFromPipelineByPropertyName)]
        [string]$InternalMessageId,

        [datetime]$Start,

        [datetime]$End,

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
        foreach ($name in 'messageId', 'internalMessageId') {
            if (-not $parameter[$name]) {
                $parameter.Remove($name)
            }
        }
        WriteRelayResult -Cmdlet $PSCmdlet -Method tracking.trace -Parameter $parameter
    }
}
