function Restart-SmtpBadMail {
    <#
    .SYNOPSIS
    Puts bad mail into the queue again.

    .DESCRIPTION
    The message goes the way of all mail, with the sender and the recipients of its x-sender and x-receiver
    lines, or of its header, or those given here. When it is safely in the queue, its files are removed from
    BadMail. What has no usable sender and recipients is refused with the reason, and stays.

    .PARAMETER Identity
    The name of the file without its ending. Wildcards are allowed: * is everything.

    .PARAMETER Filter
    A condition on the properties of Get-SmtpBadMail, such as "Reason -like '*5.7.1*'". Operators: -eq -ne
    -gt -ge -lt -le -like -notlike -contains -notcontains, joined with -and, -or, -not and parentheses.

    .PARAMETER Sender
    The sender, instead of the one it has. An empty text is the null sender of reports.

    .PARAMETER Recipient
    The recipients, instead of those it has.

    .PARAMETER PassThru
    Returns what was put into the queue.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Restart-SmtpBadMail -Identity 1K11YVFB9Q0-0

    Sends one message again.

    .EXAMPLE
    Get-SmtpBadMail -Filter "Subject -like 'Undeliverable*'" | Restart-SmtpBadMail -Recipient postmaster@contoso.com -PassThru

    Sends reports that nobody took to the postmaster, and shows their new queue ids.

    .OUTPUTS
    None, or SmtpRelay.Submission with -PassThru.

    .LINK
    Get-SmtpBadMail

    .LINK
    Import-SmtpMessage
    #>
    [CmdletBinding(DefaultParameterSetName = 'Identity', SupportsShouldProcess)]
    [OutputType('SmtpRelay.Submission')]
    param(
        [Parameter(ParameterSetName = 'Identity', Mandatory, Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)]
        [SupportsWildcards()]
        [string]$Identity,

        [Parameter(ParameterSetName = 'Filter', Mandatory)]
        [string]$Filter,

        [AllowEmptyString()]
        [string]$Sender,

        [string[]]$Recipient,

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
        $parameter = SelectEnvelope -Bound $PSBoundParameters
        $progress = NewWorkProgress -Activity 'Sending bad mail again'
        foreach ($name in ExpandBadMail -Cmdlet $PSCmdlet -Bound $PSBoundParameters -Progress $progress) {
            if ($PSCmdlet.ShouldProcess("Bad mail $name", 'Put into the queue again')) {
                $parameter.identity = $name
                $sent = WriteSubmission -Cmdlet $PSCmdlet -Method badmail.restart -Parameter $parameter -Target $name
                if ($PassThru) {
                    $sent
                }
            }
            StepWorkProgress -Cmdlet $PSCmdlet -Progress $progress
        }
        StopWorkProgress -Cmdlet $PSCmdlet -Progress $progress
    }
}
