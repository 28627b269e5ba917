function Remove-SmtpWebhook {
    <#
    .SYNOPSIS
    Removes a webhook with its secret.

    .DESCRIPTION
    It is called no more, and calls that wait for it are dropped. Whoever makes it again gets a new secret.

    .PARAMETER Identity
    The name of the webhook, without wildcards.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Remove-SmtpWebhook -Identity Ops

    Removes it.

    .EXAMPLE
    Get-SmtpWebhook | Remove-SmtpWebhook -WhatIf

    Says which would be removed.

    .OUTPUTS
    None.

    .LINK
    New-SmtpWebhook
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType([void])]
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
        if ($PSCmdlet.ShouldProcess("webhook $Identity", 'Remove')) {
            $null = WriteRelayResult -Cmdlet $PSCmdlet -Method webhook.remove -Parameter @{ name = $Identity } -Target $Identity
        }
    }
}
