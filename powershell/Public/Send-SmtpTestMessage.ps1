function Send-SmtpTestMessage {
    <#
    .SYNOPSIS
    Sends a test message through the relay and says what became of it.

    .DESCRIPTION
    Puts a short message into the queue, as if a client had sent it. With -Wait the command waits until
    every recipient has a final result or the time is over, and shows what the next hop said.

    .PARAMETER To
    The recipients.

    .PARAMETER From
    The sender. postmaster at the relay's own name if not given.

    .PARAMETER Subject
    The subject.

    .PARAMETER Body
    The text of the message.

    .PARAMETER Wait
    Waits for the result.

    .PARAMETER Timeout
    The longest wait, a TimeSpan such as '00:01:00' or a number of seconds. One minute if not given.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Send-SmtpTestMessage -To jo@example.com -Wait

    Sends a message, waits, and shows which host took it and what it said.

    .EXAMPLE
    Send-SmtpTestMessage -To jo@example.com, kim@example.org -From relay@example.com -Wait -Timeout '00:05:00'

    Waits up to five minutes for both recipients.

    .OUTPUTS
    SmtpRelay.TestResult, one for each recipient, with Recipient, Result, Connector, Remote, Reply, Elapsed.

    .LINK
    Get-SmtpQueue

    .LINK
    Get-SmtpTrackingLog
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType('SmtpRelay.TestResult')]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)]
        [Alias('Recipient', 'Recipients')]
        [string[]]$To,

        [Alias('Sender')]
        [AllowEmptyString()]
        [string]$From,

        [string]$Subject = 'Test message of the SMTP relay',

        [string]$Body = 'This message was sent with Send-SmtpTestMessage to test the way through the SMTP relay.',

        [switch]$Wait,

        [timespan]$Timeout = '00:01:00',

        [Parameter(ValueFromPipelineByPropertyName)]
        [Alias('PSComputerName')]
        [string[]]$ComputerName,

        [System.Management.Automation.Runspaces.PSSession[]]$Session
    )

    process {
        if ($ComputerName -or $Session) {
            return InvokeOverThere -Cmdlet $PSCmdlet -Bound $PSBoundParameters
        }
        if (-not $PSCmdlet.ShouldProcess($To -join ', ', 'Send a test message')) {
            return
        }
        $parameter = @{ recipients = [object[]]$To; subject = $Subject; body = $Body }
        if ($PSBoundParameters.ContainsKey('From')) {
            $parameter.sender = $From
        } else {
            $name = GetGreetingName -Cmdlet $PSCmdlet
            if (-not $name) {
                return
            }
            $parameter.sender = "postmaster@$name"
        }
        $delivery = WriteRelayResult -Cmdlet $PSCmdlet -Method message.submit -Parameter $parameter -Target ($To -join ', ')
        if ($delivery -and $Wait -and -not $delivery.Finished) {
            $seconds = ConvertToSecond -Value $Timeout
            $delivery = WaitDelivery -Cmdlet $PSCmdlet -Delivery $delivery -Timeout ([timespan]::FromSeconds($seconds))
        }
        foreach ($recipient in @($delivery | ForEach-Object { $_.Recipients })) {
            ConvertToTestResult -Recipient $recipient -Delivery $delivery
        }
    }
}
