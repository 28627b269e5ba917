function Get-SmtpWebhook {
    <#
    .SYNOPSIS
    Shows the webhooks: programs elsewhere that the relay calls when something is wrong.

    .DESCRIPTION
    Waiting says how many calls their receiver has not taken yet, LastError why. Secrets are not shown.

    .PARAMETER Identity
    The name. Wildcards are allowed; without a name all are shown.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Get-SmtpWebhook

    Shows all.

    .EXAMPLE
    Get-SmtpWebhook | Where-Object -Property LastError

    Shows those that do not take their calls.

    .OUTPUTS
    SmtpRelay.Webhook with Name, Enabled, Url, Events, Waiting, LastSuccess, LastError and Comment.

    .LINK
    New-SmtpWebhook

    .LINK
    Test-SmtpWebhook

    .LINK
    Get-SmtpAlertMail
    #>
    [CmdletBinding()]
    [OutputType('SmtpRelay.Webhook')]
    param(
        [Parameter(Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)]
        [Alias('Name')]
        [SupportsWildcards()]
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
        WriteByIdentity -Cmdlet $PSCmdlet -Method webhook.list -Identity $Identity -Noun 'webhook'
    }
}
