function Suspend-SmtpMessage {
    <#
    .SYNOPSIS
    Holds waiting messages back until they are resumed.

    .DESCRIPTION
    A suspended message stays in its queue and is not tried, also after a restart of the relay, and it is
    not returned as too old. A message that is being delivered at this moment shows PendingSuspend, and is
    suspended when its attempt ends if recipients are left then, unless it is resumed or the relay ends before.

    .PARAMETER Identity
    The message as queue\number, or its queue id (then in all its queues). Wildcards are allowed:
    * is every message, 3\* every message of queue 3.

    .PARAMETER Filter
    A condition on the properties of the messages, such as "Size -gt 1MB -and FromAddress -like '*@contoso.com'". Operators: -eq -ne
    -gt -ge -lt -le -like -notlike -contains -notcontains, joined with -and, -or, -not and parentheses.

    .PARAMETER PassThru
    Returns the messages.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Suspend-SmtpMessage -Identity 1K11YVFB9Q0

    Holds one message.

    .EXAMPLE
    Get-SmtpQueue -Identity example.com | Get-SmtpMessage | Suspend-SmtpMessage -PassThru

    Holds what waits for example.com now, and shows it. Mail that comes later is delivered.

    .OUTPUTS
    None, or SmtpRelay.Message with -PassThru.

    .LINK
    Resume-SmtpMessage

    .LINK
    Suspend-SmtpQueue
    #>
    [CmdletBinding(DefaultParameterSetName = 'Identity', SupportsShouldProcess)]
    [OutputType('SmtpRelay.Message')]
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
        if ($PSCmdlet.ShouldProcess("Message $($which.Target)", 'Suspend')) {
            ChangeMessage -Cmdlet $PSCmdlet -Method message.suspend -Which $which -Activity 'Suspending messages' -Done suspended -PassThru:$PassThru
        }
    }
}
