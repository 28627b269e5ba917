function Resume-SmtpQueue {
    <#
    .SYNOPSIS
    Lets a suspended queue go on.

    .DESCRIPTION
    Its mail is delivered from now on. Mail that grew too old while the queue was suspended is tried for
    another quarter of an hour before it is returned to its sender.

    .PARAMETER Identity
    The number of the queue or its next hop. Wildcards are allowed: * is every queue.

    .PARAMETER PassThru
    Returns the queues.

    .EXAMPLE
    Resume-SmtpQueue -Identity example.com

    Delivers the mail for example.com again.

    .EXAMPLE
    Get-SmtpQueue | Where-Object -Property Status -EQ -Value Suspended | Resume-SmtpQueue -PassThru

    Lets all suspended queues go on, and shows them.

    .OUTPUTS
    None, or SmtpRelay.Queue with -PassThru.

    .LINK
    Suspend-SmtpQueue

    .LINK
    Get-SmtpQueue
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType('SmtpRelay.Queue')]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)]
        [SupportsWildcards()]
        [string]$Identity,

        [switch]$PassThru
    )

    process {
        if ($PSCmdlet.ShouldProcess("Queue $Identity", 'Resume')) {
            $queue = WriteRelayResult -Cmdlet $PSCmdlet -Method queue.resume -Parameter @{ identity = $Identity } -Target $Identity
            if ($PassThru) {
                $queue
            }
        }
    }
}
