function Remove-SmtpMessage {
    <#
    .SYNOPSIS
    Removes waiting messages from their queues.

    .DESCRIPTION
    The sender gets a report that an administrator removed the message (5.7.1), unless -WithNDR is $false.
    A message that is being delivered at this moment shows PendingRemove, and is removed when its attempt ends
    if recipients are left then; what is under way cannot be called back, and if the relay ends before, the
    message stays. Ctrl+C ends the command between two pages of messages and says how many were removed. The
    command asks first.

    .PARAMETER Identity
    The message as queue\number, or its queue id (then from all its queues). Wildcards are allowed:
    * is every message, 3\* every message of queue 3.

    .PARAMETER Filter
    A condition on the properties of the messages, such as "Size -gt 1MB -and FromAddress -like '*@contoso.com'". Operators: -eq -ne
    -gt -ge -lt -le -like -notlike -contains -notcontains, joined with -and, -or, -not and parentheses.

    .PARAMETER WithNDR
    Whether the sender gets a report. $true if not given.

    .PARAMETER Force
    Does not ask.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Remove-SmtpMessage -Identity 1K11YVFB9Q0

    Asks, removes one message, and tells its sender.

    .EXAMPLE
    Remove-SmtpMessage -Filter "FromAddress -eq 'scanner@contoso.com' -and Subject -like 'Test*'" -WithNDR $false -Force

    Removes messages silently.

    .OUTPUTS
    None.

    .LINK
    Get-SmtpMessage

    .LINK
    Suspend-SmtpMessage
    #>
    [CmdletBinding(DefaultParameterSetName = 'Identity', SupportsShouldProcess, ConfirmImpact = 'High')]
    [OutputType([void])]
    param(
        [Parameter(ParameterSetName = 'Identity', Mandatory, Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)]
        [SupportsWildcards()]
        [string]$Identity,

        [Parameter(ParameterSetName = 'Filter', Mandatory)]
        [string]$Filter,

        [bool]$WithNDR = $true,

        [switch]$Force,

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
        if ($Force -and -not $PSBoundParameters.ContainsKey('Confirm')) {
            $ConfirmPreference = 'None'
        }
        $action = 'Remove without a report to the sender'
        if ($WithNDR) {
            $action = 'Remove, with a report to the sender'
        }
        if (ConfirmChange -Cmdlet $PSCmdlet -Target "Message $($which.Target)" -Action $action) {
            $which.Parameter.withNDR = $WithNDR
            ChangeMessage -Cmdlet $PSCmdlet -Method message.remove -Which $which -Activity 'Removing messages' -Done removed
        }
    }
}
