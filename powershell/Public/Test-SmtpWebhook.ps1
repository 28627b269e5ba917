function Test-SmtpWebhook {
    <#
    .SYNOPSIS
    Calls a webhook now, and says what its receiver made of it.

    .DESCRIPTION
    The call is signed like every other one and has no alerts in it; its type is smtprelay.test. It is made from the
    computer of the relay, also for a webhook that is not enabled.

    .PARAMETER Identity
    The name of the webhook, without wildcards.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Test-SmtpWebhook -Identity Ops

    Shows whether it takes calls.

    .EXAMPLE
    Get-SmtpWebhook | Test-SmtpWebhook | Where-Object -Property Ok -EQ -Value $false

    Tries all of them, and shows those that do not.

    .OUTPUTS
    SmtpRelay.WebhookTest with Name, Ok, HttpStatus, Elapsed and Detail.

    .LINK
    Get-SmtpWebhook
    #>
    [CmdletBinding()]
    [OutputType('SmtpRelay.WebhookTest')]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)]
        [Alias('Name')]
        [string]$Identity,

        [Parameter(ValueFromPipelineByPropertyName)]
        [Alias('PSComputerName')]
        [string[]]$ComputerName,

        [System.Management.Automation.Runspaces.PSSession[]]$Session
    )

    process {
        if ($ComputerName -or $Session) {
            return InvokeOverThere -Cmdlet $PSCmdlet -Bound $PSBoundParameters
        }
        WriteRelayResult -Cmdlet $PSCmdlet -Method webhook.test -Parameter @{ name = $Identity } -Target $Identity
    }
}
