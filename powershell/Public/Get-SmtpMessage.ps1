function Get-SmtpMessage {
    <#
    .SYNOPSIS
    Shows the messages that wait in the queues.

    .DESCRIPTION
    A message that goes to several next hops stands in several queues, with the recipients of each.
    InternalMessageId is the queue id that the sending client got in the 250 reply; it also stands in
    the Received line and in the logs. Delivered messages are in Get-SmtpTrackingLog.

    .PARAMETER Identity
    The message as queue\number, or its queue id. * is every message, 3\* every message of queue 3.

    .PARAMETER Queue
    Only messages of this queue: its number or its next hop. Wildcards are allowed.

    .PARAMETER InputObject
    A queue from Get-SmtpQueue; only its messages are shown.

    .PARAMETER Filter
    A condition on the properties of the messages, such as "Size -gt 1MB -and FromAddress -like '*@contoso.com'". Operators: -eq -ne
    -gt -ge -lt -le -like -notlike -contains -notcontains, joined with -and, -or, -not and parentheses.

    .PARAMETER SortOrder
    The properties to sort by, with + (ascending) or - (descending) in front: '+Size,-DateReceived'.

    .PARAMETER ResultSize
    The most messages to return, a number or Unlimited. 1000 if not given.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Get-SmtpMessage

    Shows the first 1000 waiting messages.

    .EXAMPLE
    Get-SmtpQueue -Identity example.com | Get-SmtpMessage -ResultSize Unlimited

    Shows all messages that wait for example.com.

    .EXAMPLE
    Get-SmtpMessage -Filter "Size -gt 10MB -or Recipients -contains 'jo@example.com'" -SortOrder '-Size,+DateReceived'

    Shows large messages and those for one recipient, the largest first.

    .EXAMPLE
    (Get-SmtpMessage -Identity 1K11YVFB9Q0).Recipients

    Shows the recipients of one message, each with its status and the last answer of the next hop.

    .OUTPUTS
    SmtpRelay.Message with Identity, FromAddress, Status, Queue, Size, Subject.

    .LINK
    Get-SmtpQueue

    .LINK
    Get-SmtpTrackingLog
    #>
    [CmdletBinding(DefaultParameterSetName = 'Identity')]
    [OutputType('SmtpRelay.Message')]
    param(
        [Parameter(ParameterSetName = 'Identity', Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)]
        [SupportsWildcards()]
        [string]$Identity,

        [Parameter(ParameterSetName = 'Queue', Mandatory)]
        [SupportsWildcards()]
        [string]$Queue,

        [Parameter(ParameterSetName = 'InputObject', Mandatory, ValueFromPipeline)]
        [PSTypeName('SmtpRelay.Queue')]
        [psobject]$InputObject,

        [Parameter(ParameterSetName = 'Filter', Mandatory)]
        [Parameter(ParameterSetName = 'Queue')]
        [Parameter(ParameterSetName = 'InputObject')]
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
        if ($PSCmdlet.ParameterSetName -eq 'InputObject') {
            $parameter.Remove('identity')
            $parameter.queue = $InputObject.Identity
        }
        WriteRelayList -Cmdlet $PSCmdlet -Method message.list -Parameter $parameter -Noun message
    }
}
