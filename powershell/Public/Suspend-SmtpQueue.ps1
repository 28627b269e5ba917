function Suspend-SmtpQueue {
    <#
    .SYNOPSIS
    Holds a queue: no delivery starts until it is resumed.

    .DESCRIPTION
    What is on its way ends; new mail still enters the queue. The queue stays suspended over a restart of
    the relay, also when it is empty, and its mail is not returned as too old meanwhile.

    .PARAMETER Identity
    The number of the queue or its next hop. Wildcards are allowed: * is every queue there is now.

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
    Suspend-SmtpQueue -Identity example.com

    Holds the mail for example.com.

    .EXAMPLE
    Suspend-SmtpQueue -Filter 'MessageCount -gt 1000' -PassThru

    Holds the long queues, and shows them.

    .OUTPUTS
    None, or SmtpRelay.Queue with -PassThru.

    .LINK
    Resume-SmtpQueue

    .LINK
    Get-SmtpQueue
    #>
    [CmdletBinding(DefaultParameterSetName = 'Identity', SupportsShouldProcess)]
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
        if ($PSCmdlet.ShouldProcess("Queue $($which.Target)", 'Suspend')) {
            $queue = WriteRelayResult -Cmdlet $PSCmdlet -Method queue.suspend -Parameter $which.Parameter -Target $which.Target
            if ($PassThru) {
                $queue
            }
        }
    }
}
