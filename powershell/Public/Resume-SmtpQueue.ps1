function Resume-SmtpQueue {
    <#
    .SYNOPSIS
    Lets a suspended queue go on.

    .DESCRIPTION
    Its mail is delivered from now on. Mail that grew too old while the queue was suspended is tried for
    another quarter of an hour before it is returned to its sender.

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
        if ($PSCmdlet.ShouldProcess("Queue $($which.Target)", 'Resume')) {
            $queue = WriteRelayResult -Cmdlet $PSCmdlet -Method queue.resume -Parameter $which.Parameter -Target $which.Target
            if ($PassThru) {
                $queue
            }
        }
    }
}
