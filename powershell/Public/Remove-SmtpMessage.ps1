function Remove-SmtpMessage {
    <#
    .SYNOPSIS
    Removes waiting messages from their queues.

    .DESCRIPTION
    The sender gets a report that an administrator removed the message (5.7.1), unless -WithNDR is $false.
    A message that is being delivered at this moment is refused with an error: what is under way cannot be
    called back. The command asks first.

    .PARAMETER Identity
    The message as queue\number, or its queue id (then from all its queues). Wildcards are allowed:
    * is every message, 3\* every message of queue 3.

    .PARAMETER WithNDR
    Whether the sender gets a report. $true if not given.

    .PARAMETER Force
    Does not ask.

    .EXAMPLE
    Remove-SmtpMessage -Identity 1K11YVFB9Q0

    Asks, removes one message, and tells its sender.

    .EXAMPLE
    Get-SmtpMessage | Where-Object -Property Subject -EQ -Value 'Test' | Remove-SmtpMessage -WithNDR $false -Force

    Removes messages silently.

    .OUTPUTS
    None.

    .LINK
    Get-SmtpMessage

    .LINK
    Suspend-SmtpMessage
    #>
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'High')]
    [OutputType([void])]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)]
        [SupportsWildcards()]
        [string]$Identity,

        [bool]$WithNDR = $true,

        [switch]$Force
    )

    process {
        if ($Force -and -not $PSBoundParameters.ContainsKey('Confirm')) {
            $ConfirmPreference = 'None'
        }
        $action = 'Remove without a report to the sender'
        if ($WithNDR) {
            $action = 'Remove, with a report to the sender'
        }
        if (ConfirmChange -Cmdlet $PSCmdlet -Target "Message $Identity" -Action $action) {
            $parameter = @{ identity = $Identity; withNDR = $WithNDR }
            $null = WriteRelayResult -Cmdlet $PSCmdlet -Method message.remove -Parameter $parameter -Target $Identity
        }
    }
}
