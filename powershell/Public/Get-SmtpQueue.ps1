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

    .PARAMETER Filter
    A condition on the properties of the queues, such as "Status -eq 'Retry' -and MessageCount -gt 10". Operators: -eq -ne
    -gt -ge -lt -le -like -notlike -contains -notcontains, joined with -and, -or, -not and parentheses.

    .PARAMETER SortOrder
    The properties to sort by, with + (ascending) or - (descending) in front: '+Size,-DateReceived'.

    .PARAMETER ResultSize
    The most queues to return, a number or Unlimited. 1000 if not given.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Get-SmtpQueue

    Shows all queues.

    .EXAMPLE
    Get-SmtpQueue -Identity *.example.com | Get-SmtpMessage

    Shows the messages that wait for the hosts of example.com.

    .EXAMPLE
    Get-SmtpQueue -Filter "Status -eq 'Retry'" -SortOrder -MessageCount | Format-Table -Property NextHopDomain, MessageCount, LastError

    Shows the next hops that give trouble, and what they said, the longest queue first.

    .OUTPUTS
    SmtpRelay.Queue with Identity, DeliveryType, Status, MessageCount, NextRetryTime, NextHopDomain, LastError.

    .LINK
    Restart-SmtpQueue

    .LINK
    Get-SmtpMessage
    #>
    [CmdletBinding(DefaultParameterSetName = 'Identity')]
    [OutputType('SmtpRelay.Queue')]
    param(
        [Parameter(ParameterSetName = 'Identity', Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)]
        [SupportsWildcards()]
        [string]$Identity,

        [Parameter(ParameterSetName = 'Filter', Mandatory)]
        [string]$Filter,

        [string[]]$SortOrder,

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
        WriteRelayList -Cmdlet $PSCmdlet -Method queue.list -Parameter $parameter -Noun queue
    }
}
