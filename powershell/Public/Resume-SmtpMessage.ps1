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

        [switch]$PassThru
    )

    process {
        $which = SelectByIdentityOrFilter -Bound $PSBoundParameters
        if ($PSCmdlet.ShouldProcess("Message $($which.Target)", 'Resume')) {
            ChangeMessage -Cmdlet $PSCmdlet -Method message.resume -Which $which -Activity 'Resuming messages' -Done resumed -PassThru:$PassThru
        }
    }
}
