function Get-SmtpQueue {
    <#
    .SYNOPSIS
    Shows the queues of waiting mail, one for each next hop.

    .DESCRIPTION
    The relay keeps waiting messages in one queue for each next hop: a recipient domain (delivery by MX)
    or the smart hosts of a connector. A queue in status Retry waits until NextRetryTime because its next
    hop cannot be reached; LastError says what happened last, also to a single message. An idle relay has
    no queues.

    .PARAMETER Identity
    The number of the queue or its next hop. Wildcards are allowed.

    .PARAMETER ResultSize
    The most queues to return, a number or Unlimited. 1000 if not given.

    .EXAMPLE
    Get-SmtpQueue

    Shows all queues.

    .EXAMPLE
    Get-SmtpQueue -Identity *.example.com | Get-SmtpMessage

    Shows the messages that wait for the hosts of example.com.

    .EXAMPLE
    Get-SmtpQueue | Where-Object -Property Status -EQ -Value Retry | Format-Table -Property NextHopDomain, MessageCount, LastError

    Shows the next hops that give trouble, and what they said.

    .OUTPUTS
    SmtpRelay.Queue with Identity, DeliveryType, Status, MessageCount, NextRetryTime, NextHopDomain, LastError.

    .LINK
    Restart-SmtpQueue

    .LINK
    Get-SmtpMessage
    #>
    [CmdletBinding()]
    [OutputType('SmtpRelay.Queue')]
    param(
        [Parameter(Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)]
        [SupportsWildcards()]
        [string]$Identity,

        [ValidatePattern('^([0-9]+|Unlimited)$')]
        [string]$ResultSize
    )

    process {
        $parameter = ConvertToMethodParameter -Bound $PSBoundParameters
        WriteRelayList -Cmdlet $PSCmdlet -Method queue.list -Parameter $parameter -Noun queue
    }
}
