function Restart-SmtpQueue {
    <#
    .SYNOPSIS
    Tries to deliver a queue at once, without waiting for its next retry time.

    .DESCRIPTION
    Use it when the trouble that held the mail is over: the smart host is back, the firewall is open.
    Messages that had to wait are tried again now; their retry schedule goes on from there.
    The alias is Retry-SmtpQueue.

    .PARAMETER Identity
    The number of the queue or its next hop. Wildcards are allowed: * is every queue.

    .PARAMETER PassThru
    Returns the queues.

    .EXAMPLE
    Restart-SmtpQueue -Identity *

    Tries all queues now.

    .EXAMPLE
    Get-SmtpQueue | Where-Object -Property Status -EQ -Value Retry | Restart-SmtpQueue -PassThru

    Tries the queues that wait after an error, and shows them.

    .OUTPUTS
    None, or SmtpRelay.Queue with -PassThru.

    .LINK
    Get-SmtpQueue
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [Alias('Retry-SmtpQueue')]
    [OutputType('SmtpRelay.Queue')]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)]
        [SupportsWildcards()]
        [string]$Identity,

        [switch]$PassThru
    )

    process {
        if ($PSCmdlet.ShouldProcess("Queue $Identity", 'Try to deliver at once')) {
            $queue = WriteRelayResult -Cmdlet $PSCmdlet -Method queue.retry -Parameter @{ identity = $Identity } -Target $Identity
            if ($PassThru) {
                $queue
            }
        }
    }
}
