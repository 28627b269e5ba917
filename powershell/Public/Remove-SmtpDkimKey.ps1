function Remove-SmtpDkimKey {
    <#
    .SYNOPSIS
    Removes a DKIM key.

    .DESCRIPTION
    The private key is gone with it; it can't be brought back. Leave its record in DNS for a week: mail that was
    signed with it may still be under way. The command asks first.

    .PARAMETER Identity
    The name of the DKIM key, without wildcards.

    .PARAMETER Force
    Does not ask.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Remove-SmtpDkimKey -Identity 2026._domainkey.contoso.com

    Asks, and removes it.

    .EXAMPLE
    Get-SmtpDkimKey -Identity *test* | Remove-SmtpDkimKey -WhatIf

    Says which would be removed.

    .OUTPUTS
    None.

    .LINK
    Get-SmtpDkimKey

    .LINK
    New-SmtpDkimKey
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
        if (ConfirmChange -Cmdlet $PSCmdlet -Target "DKIM key $Identity" -Action 'Remove') {
            $null = WriteRelayResult -Cmdlet $PSCmdlet -Method dkim.remove -Parameter @{ name = $Identity } -Target $Identity
        }
    }
}
