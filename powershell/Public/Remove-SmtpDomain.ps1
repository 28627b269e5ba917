function Remove-SmtpDomain {
    <#
    .SYNOPSIS
    Removes an accepted domain.

    .DESCRIPTION
    Mail to the domain is then accepted only from clients that may relay.

    .PARAMETER Identity
    The name of the domain, without wildcards.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Remove-SmtpDomain -Identity example.com

    Removes the domain.

    .EXAMPLE
    Get-SmtpDomain -Identity *test* | Remove-SmtpDomain -WhatIf

    Says which would be removed.

    .OUTPUTS
    None.

    .LINK
    Get-SmtpDomain

    .LINK
    New-SmtpDomain
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
        if ($PSCmdlet.ShouldProcess("domain $Identity", 'Remove')) {
            $null = WriteRelayResult -Cmdlet $PSCmdlet -Method domain.remove -Parameter @{ name = $Identity } -Target $Identity
        }
    }
}
