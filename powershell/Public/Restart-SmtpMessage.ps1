function Restart-SmtpMessage {
    <#
    .SYNOPSIS
    Tries to deliver waiting messages at once.

    .DESCRIPTION
    One message that is named is tried before the others of its queue, whose next hop is tried too, even
    if its retry time has not come. A suspended message, or one in a suspended queue, is refused; with
    wildcards it is skipped. The alias is Retry-SmtpMessage.

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
    Restart-SmtpMessage -Identity 1K11YVFB9Q0

    Tries one message now.

    .EXAMPLE
    Restart-SmtpMessage -Filter "FromAddress -like '*@contoso.com'"

    Tries the messages of one domain.

    .OUTPUTS
    None, or SmtpRelay.Message with -PassThru.

    .LINK
    Restart-SmtpQueue

    .LINK
    Get-SmtpMessage
    #>
    [CmdletBinding(DefaultParameterSetName = 'Identity', SupportsShouldProcess)]
    [Alias('Retry-SmtpMessage')]
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
        if ($PSCmdlet.ShouldProcess("Message $($which.Target)", 'Try to deliver at once')) {
            ChangeMessage -Cmdlet $PSCmdlet -Method message.retry -Which $which -Activity 'Trying messages' -Done tried -PassThru:$PassThru
        }
    }
}
