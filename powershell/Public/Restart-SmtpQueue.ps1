function Restart-SmtpQueue {
    <#
    .SYNOPSIS
    Tries to deliver a queue at once, without waiting for its next retry time.

    .DESCRIPTION
    Use it when the trouble that held the mail is over: the smart host is back, the firewall is open.
    Messages that had to wait are tried again now; their retry schedule goes on from there. A message that is
    being delivered at this moment is not tried once more if that attempt fails: it is the attempt asked for.
    The alias is Retry-SmtpQueue.

    .PARAMETER Identity
    The number of the queue or its next hop. Wildcards are allowed: * is every queue.

    .PARAMETER Filter
    A condition on the properties of the queues, such as "Status -eq 'Retry' -and MessageCount -gt 10". Operators: -eq -ne
    -gt -ge -lt -le -like -notlike -contains -notcontains, joined with -and, -or, -not and parentheses.

    .PARAMETER PassThru
    Returns the queues.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

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
    [CmdletBinding(DefaultParameterSetName = 'Identity', SupportsShouldProcess)]
    [Alias('Retry-SmtpQueue')]
    [OutputType('SmtpRelay.Queue')]
    param(
        [Parameter(ParameterSetName = 'Identity', Mandatory, Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)]
        [SupportsWildcards()]
        [string]$Identity,

        [Parameter(ParameterSetName = 'Filter', Mandatory)]
        [string]$Filter,

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
        $which = SelectByIdentityOrFilter -Bound $PSBoundParameters
        if ($PSCmdlet.ShouldProcess("Queue $($which.Target)", 'Try to deliver at once')) {
            $queue = WriteRelayResult -Cmdlet $PSCmdlet -Method queue.retry -Parameter $which.Parameter -Target $which.Target
            if ($PassThru) {
                $queue
            }
        }
    }
}
