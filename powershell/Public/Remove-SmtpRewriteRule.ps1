function Remove-SmtpRewriteRule {
    <#
    .SYNOPSIS
    Removes a rewrite rule.

    .DESCRIPTION
    Mail that waits goes out without it, but to the recipients that it was given as it came in. With a rule that
    sends everything to one mailbox removed, new mail goes to its real recipients; so the command asks first.

    .PARAMETER Identity
    The name of the rewrite rule, without wildcards.

    .PARAMETER Force
    Does not ask.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Remove-SmtpRewriteRule -Identity Masquerade

    Asks, and removes it.

    .EXAMPLE
    Get-SmtpRewriteRule -Identity *test* | Remove-SmtpRewriteRule -WhatIf

    Says which would be removed.

    .OUTPUTS
    None.

    .LINK
    Get-SmtpRewriteRule

    .LINK
    New-SmtpRewriteRule
    #>
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'High')]
    [OutputType([void])]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)]
        [Alias('Name')]
        [string]$Identity,

        [switch]$Force,

        [Parameter(ValueFromPipelineByPropertyName)]
        [Alias('PSComputerName')]
        [string[]]$ComputerName,

        [System.Management.Automation.Runspaces.PSSession[]]$Session
    )

    process {
        if ($ComputerName -or $Session) {
            return InvokeOverThere -Cmdlet $PSCmdlet -Bound $PSBoundParameters
        }
        if ($Force -and -not $PSBoundParameters.ContainsKey('Confirm')) {
            $ConfirmPreference = 'None'
        }
        if (ConfirmChange -Cmdlet $PSCmdlet -Target "rewrite rule $Identity" -Action 'Remove') {
            $null = WriteRelayResult -Cmdlet $PSCmdlet -Method rewrite.remove -Parameter @{ name = $Identity } -Target $Identity
        }
    }
}
