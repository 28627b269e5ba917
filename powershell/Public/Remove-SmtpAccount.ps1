function Remove-SmtpAccount {
    <#
    .SYNOPSIS
    Removes an account; nobody can log in with it any more.

    .DESCRIPTION
    Sessions that are logged in are strangers from the next message on. To lock an account for a time use
    Set-SmtpAccount -Enabled $false.

    .PARAMETER Identity
    The name of the account, without wildcards.

    .PARAMETER ComputerName
    Runs the command on these computers by PowerShell remoting. The module SmtpRelay must be installed there, and
    files are those of that computer. Objects bring the name of their computer along in the pipeline.

    .PARAMETER Session
    Runs the command in these sessions of New-PSSession, which can also go over SSH. Has precedence over -ComputerName.

    .EXAMPLE
    Remove-SmtpAccount -Identity scanner

    Removes the account scanner.

    .EXAMPLE
    Get-SmtpAccount -Identity *test* | Remove-SmtpAccount -WhatIf

    Says which would be removed.

    .OUTPUTS
    None.

    .LINK
    Get-SmtpAccount

    .LINK
    New-SmtpAccount
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
        if ($PSCmdlet.ShouldProcess("account $Identity", 'Remove')) {
            $null = WriteRelayResult -Cmdlet $PSCmdlet -Method account.remove -Parameter @{ name = $Identity } -Target $Identity
        }
    }
}
