function Suspend-SmtpQueue {
    <#
    .SYNOPSIS
    Holds a queue: no delivery starts until it is resumed.

    .DESCRIPTION
    What is on its way ends; new mail still enters the queue. The queue stays suspended over a restart of
    the relay, also when it is empty, and its mail is not returned as too old meanwhile.

    .PARAMETER Identity
    The number of the queue or its next hop. Wildcards are allowed: * is every queue there is now.

    .PARAMETER PassThru
    Returns the queues.

    .EXAMPLE
    Suspend-SmtpQueue -Identity example.com

    Holds the mail for example.com.

    .EXAMPLE
    Get-SmtpQueue | Where-Object -Property MessageCount -GT -Value 1000 | Suspend-SmtpQueue -PassThru

    Holds the long queues, and shows them.

    .OUTPUTS
    None, or SmtpRelay.Queue with -PassThru.

    .LINK
    Resume-SmtpQueue

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
        if ($PSCmdlet.ShouldProcess("Queue $Identity", 'Suspend')) {
            $queue = WriteRelayResult -Cmdlet $PSCmdlet -Method queue.suspend -Parameter @{ identity = $Identity } -Target $Identity
            if ($PassThru) {
                $queue
            }
        }
    }
}
