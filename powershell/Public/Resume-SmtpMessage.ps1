function Resume-SmtpMessage {
    <#
    .SYNOPSIS
    Lets suspended messages go on.

    .DESCRIPTION
    They are tried at once, unless their queue waits for its next hop. A message that grew too old while it
    was suspended is tried for another quarter of an hour before it is returned to its sender.

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
    Resume-SmtpMessage -Identity *

    Lets every suspended message go on.

    .EXAMPLE
    Get-SmtpMessage | Where-Object -Property Status -EQ -Value Suspended | Resume-SmtpMessage -WhatIf

    Says which messages are suspended.

    .OUTPUTS
    None, or SmtpRelay.Message with -PassThru.

    .LINK
    Suspend-SmtpMessage

    .LINK
    Restart-SmtpMessage
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
        if ($PSCmdlet.ShouldProcess("Message $($which.Target)", 'Resume')) {
            ChangeMessage -Cmdlet $PSCmdlet -Method message.resume -Which $which -Activity 'Resuming messages' -Done resumed -PassThru:$PassThru
        }
    }
}
