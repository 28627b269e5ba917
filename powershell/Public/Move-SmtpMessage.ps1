function Move-SmtpMessage {
    <#
    .SYNOPSIS
    Gives waiting messages to another connector.

    .DESCRIPTION
    The connector keeps the recipients of the message until they are delivered, whatever its address spaces
    say, also after a restart and a change of the connectors; if it is removed, they are routed as all mail.
    A message that is being delivered at this moment stays where it is, with an error. The alias is
    Redirect-SmtpMessage.

    .PARAMETER Identity
    The message as queue\number, or its queue id (then in all its queues). Wildcards are allowed:
    * is every message, 3\* every message of queue 3.

    .PARAMETER Filter
    A condition on the properties of the messages, such as "Size -gt 1MB -and FromAddress -like '*@contoso.com'". Operators: -eq -ne
    -gt -ge -lt -le -like -notlike -contains -notcontains, joined with -and, -or, -not and parentheses.

    .PARAMETER Connector
    The name of the connector.

    .PARAMETER PassThru
    Returns the messages.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Move-SmtpMessage -Identity 1K11YVFB9Q0 -Connector Backup

    Sends one message by another way.

    .EXAMPLE
    Get-SmtpQueue -Identity example.com | Get-SmtpMessage | Move-SmtpMessage -Connector Backup -PassThru

    Sends what waits for example.com by another way, and shows it in its new queue.

    .OUTPUTS
    None, or SmtpRelay.Message with -PassThru.

    .LINK
    Get-SmtpConnector

    .LINK
    Restart-SmtpMessage
    #>
    [CmdletBinding(DefaultParameterSetName = 'Identity', SupportsShouldProcess)]
    [Alias('Redirect-SmtpMessage')]
    [OutputType('SmtpRelay.Message')]
    param(
        [Parameter(ParameterSetName = 'Identity', Mandatory, Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)]
        [SupportsWildcards()]
        [string]$Identity,

        [Parameter(ParameterSetName = 'Filter', Mandatory)]
        [string]$Filter,

        [Parameter(Mandatory)]
        [string]$Connector,

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
        if ($PSCmdlet.ShouldProcess("Message $($which.Target)", "Move to the connector $Connector")) {
            $which.Parameter.connector = $Connector
            ChangeMessage -Cmdlet $PSCmdlet -Method message.move -Which $which -Activity 'Moving messages' -Done moved -PassThru:$PassThru
        }
    }
}
